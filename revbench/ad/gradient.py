"""grad and value_and_grad: one program that runs the kernel, then its adjoint."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from revbench._api import Kernel
from revbench.backends.layout import Layout
from revbench.backends.numba_cpu import compiled
from revbench.backends.passing import Passing, Specialisation
from revbench.backends.values import result
from revbench.errors import LeftOutOfGradient, NotDifferentiable, NotInvertible, WrongArguments
from revbench.explain.arrays import arrays_by_type
from revbench.explain.diagram import Drawn, Pictured
from revbench.explain.texts import library_programs, library_text
from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Append,
    Block,
    Call,
    Const,
    Depth,
    For,
    Name,
    Program,
    Range,
    Update,
)
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import Scalar, Type, fields_of, is_real, valued
from revbench.ir.types import Stack as StackType
from revbench.numerics.stack import Stack
from revbench.passes.adjoint import Adjoints
from revbench.passes.flatten import flatten
from revbench.passes.fuse import there_and_back

from .calls import Which, a_kernel, position, positions, zero, zero_like


class Gradient(Pictured):
    """The gradient of one scalar register of a kernel; call it with the kernel's arguments.

    The kernel runs forward, then its adjoint runs backward: every statement is undone and its cotangents are pushed,
    so that nothing has to be kept. The caller's arrays are never changed.
    """

    def __init__(self, kernel: Kernel, of: Which = 0, wrt: Which | Sequence[Which] | None = None, with_value: bool = False) -> None:
        self.kernel, self.with_value, self._asked = a_kernel("grad", kernel), with_value, (of, wrt)
        self.of, self.part = target(kernel, of)
        self.bare = isinstance(wrt, str | int)
        self.wrt = None if wrt is None else positions(kernel, wrt, "wrt")
        self.__name__ = f"grad({kernel.__qualname__})"
        self.__doc__ = f"Gradient of `{kernel.registers[self.of]}` of `{kernel.__qualname__}`: {kernel.__doc__}"
        self._made: dict[Specialisation, GradientCalls] = {}
        self._library: Any = None

    def __repr__(self) -> str:
        names = "None" if self.wrt is None else repr(tuple(self.kernel.registers[k] for k in self.wrt))
        return f"<{'value and ' if self.with_value else ''}gradient of {self.kernel!r}, of={self.kernel.registers[self.of]!r}, wrt={names}>"

    # ---- programs
    def positions(self, signature: Sequence[Type]) -> tuple[int, ...]:
        """The registers to differentiate with respect to, for these types.

        Raises
        ------
        NotDifferentiable
            When `of` or a named register is not a float.
        """
        names, layout = self.kernel.registers, self.layout(signature)
        self.loss(signature)
        if self.wrt is None:
            found = tuple(k for k, _ in enumerate(names) if (k != self.of or self.part) and layout.floats(k))
            if not found:
                raise NotDifferentiable(f"`{self.kernel.__name__}` has no float register besides `{names[self.of]}`, so there is nothing to differentiate by",
                                        hint="hand in floats: `[3.0, 4.0]` instead of `[3, 4]`")
            return found
        for k in self.wrt:
            if not layout.floats(k):
                raise NotDifferentiable(f"`{names[k]}` is {signature[k]}: there is no derivative with respect to it", hint="hand in floats")
        return self.wrt

    def layout(self, signature: Sequence[Type]) -> Layout:
        """How the kernel's registers of these types become registers of its lowered program."""
        return Layout(signature[:len(self.kernel.registers)])

    def loss(self, signature: Sequence[Type]) -> int:
        """The position of the loss among the lowered registers."""
        t, name = signature[self.of], self.kernel.registers[self.of]
        found = self.layout(signature).scalar(self.of, self.part)
        if found is not None and is_real(found[1]) and isinstance(found[1], Scalar):
            return found[0]
        parts = [] if not isinstance(t, Scalar) else [f for f, d in fields_of(t.dtype).items() if is_real(Scalar(d))]
        if parts:
            raise NotDifferentiable(f"`{name}` is {t}, and a gradient is taken of one real number", hint=f"choose one: `of={f'{name}.{parts[0]}'!r}`")
        shown = f"{name}.{self.part}" if self.part else name
        raise NotDifferentiable(f"`{shown}` is {found[1] if found else t}, and a gradient is taken of one float",
                                hint="start it at a float (`0.0`, not `0`), or choose another scalar output with `of=`")

    def typed(self, signature: tuple[Type, ...], fast: bool = False) -> tuple[TypedLibrary, str, dict[str, str], tuple[int, ...]]:
        """The gradient program: its library, its name, the cotangent of each register, and what it differentiates by.

        `fast` is the one for a host that need not step: one flat function, and value and gradient in one sweep where that can be.
        """
        wrt, of, layout = self.positions(signature), self.loss(signature), self.layout(signature)
        library, main = self.kernel.typed(signature)
        adjoints = Adjoints(dict(flatten(library, main) if fast else library))
        adjoint = adjoints.of(main, frozenset(q for k in wrt for q in layout.floats(k)), frozenset({of}))
        bars, sweep = adjoints.bars[adjoint], adjoints.sweeps[adjoint]
        p = adjoints.library[main].program
        types = sweep.types if fast else {n: library[main].types[n] for n in (*p.params, *p.consts)}
        types |= {b: valued(types[q]) for q, b in bars.items()}
        value = fresh_name("value", types)
        types[value] = Scalar(valued(types[p.params[of]]).dtype)
        out, consts = p.params[of], tuple((c, Name(c)) for c in p.consts)
        args = tuple(map(Name, p.params))
        read: Block = (Update(Name(value), "+=", Name(out), span=p.span),)
        middle: list[Any] = []
        for q, b in bars.items():                               # a zero for everything that lies on a stack by then
            if isinstance(types[q], StackType):
                at = fresh_name("_i", types)
                types[at] = Scalar("int64", True)
                middle.append(For(at, Range(Const(0), Depth(q), Const(1)), (Append(Name(b), Const(0.0), span=p.span),), span=p.span))
        if out in bars:
            middle.append(Update(Name(bars[out]), "+=", Const(1.0), span=p.span))
        body: Block
        if fast:
            body = there_and_back(sweep, sweep.source.body, out, tuple(middle), read)
        else:
            body = (Call(main, args, consts, span=p.span), *read, *middle, Call(adjoint, (*args, *map(Name, bars.values())), consts, span=p.span))
        name = fresh_name(f"{main}_gradient", adjoints.library)
        program = Program(name, (*p.params, *bars.values(), value), p.consts, body, p.doc, span=p.span)
        return {**adjoints.library, name: Typed(program, types)}, name, bars, wrt

    def show(self, *args: Any, **kwargs: Any) -> str:
        """The gradient program as reversible Python that compiles again, for the types of these arguments (default: of the last call).

        That of an unchecked kernel is the one that runs: one flat function, with value and gradient in one sweep where that can be.
        """
        if self.kernel.generic and (args or kwargs):
            chosen, kwargs = self.choice(args, kwargs)
            return chosen.show(*args, **kwargs)
        types = self.kernel.types_for(args, kwargs, f"grad({self.kernel.__qualname__}).show({{}})")
        library, name, _, _ = self.typed(types, fast=not self.kernel._checked)
        return library_text(library, name)

    def _pictured(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Drawn:
        kernel = self.kernel
        types = kernel.types_for(args, kwargs, f'grad({kernel.__qualname__}).diagram("flow", {{}})')
        library, name, _, _ = self.typed(types, fast=not kernel._checked)
        programs = library_programs(library, name)
        head = f"{self.__name__}({', '.join((*kernel.registers, *kernel.constants))})"
        return head, programs, {p.name: arrays_by_type(library[p.name].types) for p in programs}, {}

    def __invert__(self) -> None:
        f = self.kernel
        raise NotInvertible(f"a gradient erases the cotangents of its locals, so `{self.__name__}` has no inverse",
                            hint=f"`~{f.__name__}` is the inverse of the kernel, and `grad(~{f.__name__})` the gradient of that")

    # ---- running
    def choice(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Gradient, dict[str, Any]]:
        """The gradient that a call means: this one, unless the kernel takes kernels or `*args`."""
        kernel, left = self.kernel.choice(tuple(args), kwargs)
        return (self if kernel is self.kernel else Gradient(kernel, *self._asked, self.with_value)), left

    def arguments(self, args: Sequence[Any], kwargs: dict[str, Any]) -> tuple[list[Any], list[Any], tuple[Type, ...]]:
        registers, consts = self.kernel.bind(tuple(args), kwargs)
        return registers, consts, self.kernel.signature(registers, consts)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        kernel = self.kernel
        if kernel.generic:
            chosen, kwargs = self.choice(args, kwargs)
            return chosen(*args, **kwargs)
        kernel._refresh()
        if self._library is not kernel.library:                 # it was compiled again: a captured value changed
            self._library = kernel.library
            self._made.clear()
        registers, consts, special = kernel.specialise(args, kwargs)
        kernel._last = special.signature
        call = self._made.get(special)
        if call is None:
            call = self._made[special] = GradientCalls(self, special.signature)
        return call(registers, consts)


class GradientCalls:
    """A compiled gradient for one signature: takes normalised registers and constants, gives what a call returns."""

    def __init__(self, g: Gradient, signature: tuple[Type, ...]) -> None:
        kernel, n = g.kernel, len(g.kernel.registers)
        library, main, bars, wrt = g.typed(signature, fast=not kernel._checked)
        wanted = frozenset([*bars.values(), *library[main].program.params[-1:]][:None if g.with_value else -1])
        self.run = compiled(library, main, kernel.mode, wanted)
        self.layout, self.wrt, self.bare, self.with_value = g.layout(signature), wrt, g.bare, g.with_value
        written, params = self.run.emitted.written, self.run.emitted.typed.program.params
        self.passing = Passing(signature, n, [k for k in range(n) if not written.isdisjoint(self.layout.positions(k))])
        self.carried = list(map(params.index, bars))
        self.begins = [(at, zero_at_first(self.layout.flat[at])) for at in self.carried]
        self.made = named_tuple("Gradients", kernel, wrt, signature)
        self.picked = None                                  # where every gradient stands as it is: that of a plain register that has one
        if self.layout.plain and set(wrt) <= set(self.carried):
            self.picked = [(k, n + self.carried.index(k), result(valued(signature[k]))) for k in wrt]

    def __call__(self, registers: list[Any], constants: list[Any]) -> Any:
        layout = self.layout
        parts = layout.split(self.passing.registers(registers))
        cotangents = [begin(parts[at]) for at, begin in self.begins]
        out = self.run([*parts, *cotangents, 0.0], self.passing.constants(constants))
        if self.picked is not None:
            grads = [back(out[at], registers[k]) for k, at, back in self.picked]
        else:
            found = dict(zip(self.carried, out[len(parts):], strict=False))
            missing = zeros(layout, parts)
            grads = [layout.cotangent(k, found, missing, registers[k]) for k in self.wrt]
        gradient = grads[0] if self.bare else self.made._make(grads)
        return (float(out[-1]), gradient) if self.with_value else gradient


def named(title: str, kernel: Kernel, wrt: Sequence[int], grads: Sequence[Any], signature: Sequence[Type]) -> Any:
    """A named tuple of derivatives."""
    return named_tuple(title, kernel, wrt, signature)._make(grads)


def named_tuple(title: str, kernel: Kernel, wrt: Sequence[int], signature: Sequence[Type]) -> Any:
    """Its class; it knows why the other registers are not in it."""
    names = [kernel.registers[k] for k in wrt]
    made = namedtuple(title, names, rename=True)                              # type: ignore[misc]
    others = {q: t for k, (q, t) in enumerate(zip(kernel.registers, signature, strict=False)) if k not in wrt}

    def missing(self: Any, name: str) -> Any:
        if name not in others:
            raise AttributeError(f"{type(self).__name__!r} has no {name!r}")
        t = others[name]
        if Layout([t]).floats(0):
            raise LeftOutOfGradient(f"no derivative by `{name}` was asked for", hint=f"name it in `wrt=`, as in `grad({kernel.__name__}, wrt={name!r})`")
        raise LeftOutOfGradient(f"`{name}` is {t}, and there is no derivative by whole numbers: it was left out",
                                hint="hand in a float, `2.0` instead of `2`")

    made.__getattr__ = missing                                                      # type: ignore[attr-defined]
    return made


def zeros(layout: Layout, parts: Sequence[Any]) -> Callable[[int], Any]:
    """A cotangent of zero for each lowered register, made when it is asked for: most are never needed, and may be large."""
    return lambda at: zero_like(parts[at], layout.flat[at])


def at_first(prepared: Any, t: Type) -> Any:
    """What is handed to a gradient program for a cotangent."""
    return zero_at_first(t)(prepared)


def zero_at_first(t: Type) -> Callable[[Any], Any]:
    """`at_first` for a type: the program itself makes the zeros of a stack, as many as it ends with."""
    return (lambda prepared: Stack((), prepared.dtype)) if isinstance(t, StackType) else zero(t)


def target(kernel: Kernel, of: Which) -> tuple[int, str]:
    """A register, or `z.real`: a part or a field of one."""
    if isinstance(of, tuple | list):
        shown = ", ".join(map(repr, of))
        raise WrongArguments(f"a gradient is taken of one register, and `of` names {len(of)}",
                             hint=f"`jacobian({kernel.__name__}, of=({shown}))` has the derivatives of several, `vjp` their weighted sum")
    if isinstance(of, str) and of not in kernel.registers and "." in of:
        name, _, part = of.partition(".")
        return position(kernel, name), part
    return position(kernel, of), ""


def grad(f: Kernel, of: Which = 0, wrt: Which | Sequence[Which] | None = None) -> Gradient:
    """The gradient of a kernel's scalar register, without a tape.

    Parameters
    ----------
    f : Kernel
        The kernel; `~f` and `f.unchecked` are kernels too.
    of : str or int
        The scalar output, by name or position (default the first register); `"z.real"` is the real part of a complex one.
    wrt : str, int, sequence of them, or None
        The registers to differentiate with respect to. A single name or position gives the bare gradient; several, or
        None (every float register but `of`), a named tuple.

    Returns
    -------
    Gradient
        A callable that takes the kernel's arguments.

    Raises
    ------
    NotDifferentiable
        At the call, when an operation without a derivative lies between `wrt` and `of`.

    Notes
    -----
    The gradient with respect to a complex register `z = x + 1j * y` is `dL/dx + 1j * dL/dy`, the direction of steepest ascent
    (JAX gives its conjugate). That with respect to a record is a record of the fields that are floats.

    Liu and Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", section 4.
    """
    return Gradient(f, of, wrt)


def value_and_grad(f: Kernel, of: Which = 0, wrt: Which | Sequence[Which] | None = None) -> Gradient:
    """Like `grad`, but the call returns `(value, gradient)`; `value` is what `of` holds after the forward run."""
    return Gradient(f, of, wrt, with_value=True)
