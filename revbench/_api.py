"""Kernel: what `@reversible` returns."""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable, Mapping
from functools import cached_property, update_wrapper
from types import SimpleNamespace
from typing import Any, overload

from ._calling import Calls
from ._generic import Choosing
from .backends.numba_cpu import CodeMode, Compiled
from .backends.passing import Specialisation, key_of
from .backends.values import as_result, normalise, type_of_value
from .errors import Source, WrongArguments, WrongType
from .explain.explained import Explained
from .frontend.binding import binding
from .frontend.infer import infer
from .frontend.source import source_of
from .frontend.unit import Surroundings, Unit, compile_unit, lookup
from .ir.typed import TypedLibrary
from .ir.types import Array, Type
from .passes.pipeline import inverted, lowered, with_places
from .passes.scopes import Keeper


class Kernel(Choosing, Explained):
    """A function that runs in both directions.

    Call it with its registers in order; it returns them all, changed or not, as a named tuple (`f.Outputs`), a single
    one bare. The caller's arrays are never changed. `~f` is the inverse kernel, and `~~f is f`.

    Attributes
    ----------
    inplace : callable
        The same call writing into the caller's arrays: nothing is copied.
    unchecked : Kernel
        The same kernel without run-time laws.
    precise : bool
        Whether it is compiled without fast-math and with the platform's elementary functions.
    Outputs : type
        The named tuple that calls return.
    """

    def __init__(self, unit: Unit, name: str, rebuild: Callable[[], Unit] | None = None, host: Mapping[str, Any] | None = None,
                 checked: bool = True, precise: bool = False) -> None:
        self._unit, self._rebuild, self._host, self._checked, self.precise = unit, rebuild, host, checked, precise
        self._backward = False
        self.__name__ = self.__qualname__ = name
        self._twin: Kernel = self._mirror()
        self._setup()

    def _mirror(self) -> Kernel:
        twin = object.__new__(Kernel)
        twin.__dict__.update(self.__dict__)
        twin._backward, twin._twin = True, self
        twin.__qualname__ = f"~{self.__name__}"
        twin._setup()
        return twin

    def _setup(self) -> None:
        self.library = self._unit.library(self.__name__)
        p = self.library.program
        self._begin_choosing(self._unit)
        self.__doc__ = p.doc or type(self).__doc__
        self._params = p.params
        hidden = self.library.captured[self.__name__]
        self._hidden = hidden
        self._consts = tuple(c for c in p.consts if c not in hidden)
        self._written = self._unit.written(self.__name__)
        self._standing = {**self.library.defaults.get(self.__name__, {}), **hidden}     # of the constants, if a call does not say otherwise
        self._standing = {c: v for c, v in self._standing.items() if c in p.consts}
        self._free = frozenset(self._consts)
        self._special: dict[tuple[Any, ...], Specialisation] = {}
        self._made: dict[Any, Compiled] = {}
        self._derived: dict[Any, Any] = {}                    # what `jvp` and `hvp` compiled of this kernel
        self._typed: dict[tuple[Type, ...], tuple[TypedLibrary, str]] = {}
        self._last: tuple[Type, ...] | None = None            # the types of the last call
        self.__dict__.pop("Outputs", None)
        self.__signature__ = self._signature()

    @cached_property
    def Outputs(self) -> Any:
        return namedtuple("Outputs", list(self._params), rename=True)

    def _signature(self) -> inspect.Signature:
        """For `help(f)`, `f?` and Shift+Tab."""
        defaults = self.library.defaults.get(self.__name__, {})
        made = inspect.Parameter
        registers = [made(n, made.POSITIONAL_OR_KEYWORD, default=defaults.get(n, made.empty)) for n in self._params]
        return inspect.Signature([*registers, *(made(n, made.KEYWORD_ONLY, default=defaults.get(n, made.empty)) for n in self._consts)])

    # ---- what a user sees
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(args, kwargs, copy=True)

    def inplace(self, *args: Any, **kwargs: Any) -> Any:
        """Runs in the caller's arrays: what the kernel writes is written there, and nothing is copied.

        On a broken law or an interrupt the arrays stay as they then are, and the error says so.

        Raises
        ------
        AliasedMemory
            When one memory is handed in twice and one of the two is written.
        ReadOnlyArray
            When an array that the kernel writes is marked read-only.
        WrongType
            When a list is handed in where the kernel writes.
        """
        self._refresh()
        for k in sorted(self._written):
            name = self._params[k]
            value = args[k] if k < len(args) else kwargs.get(name)
            if isinstance(value, list | tuple):
                raise WrongType(f"`{name}` is a {type(value).__name__}, and `{self.__name__}` writes it: what it writes would be lost",
                                hint=f"hand in an array, `{name} = np.array({name})`, or call without `.inplace`")
        return self._call(args, kwargs, copy=False)

    def __invert__(self) -> Kernel:
        return self._twin

    @property
    def unchecked(self) -> Kernel:
        """The same kernel without run-time laws: faster, and silent when a law breaks."""
        if "_fast" not in self.__dict__:
            fast = Kernel(self._unit, self.__name__, self._rebuild, self._host, checked=False, precise=self.precise)
            self._fast = fast._twin if self._backward else fast
        return self._fast

    @property
    def mode(self) -> CodeMode:                             # how its code is generated
        return CodeMode(self._checked, fast=not self._checked and not self.precise)

    def types_for(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], call: str) -> tuple[Type, ...]:
        """The types of an example call, or of the last one; `call` is what needs them, with a gap for the registers."""
        if args or kwargs:
            return self.signature(*self.bind(args, kwargs))
        last = self._last or self._twin._last
        if last is None:
            raise WrongArguments(f"`{self.__name__}` has not been called yet, and this depends on the types of its registers",
                                 hint=f"hand in an example: `{call.format(', '.join(self._params))}`")
        return last

    @property
    def source(self) -> str:
        """The text as the user wrote it."""
        return self._unit.source.text

    @property
    def registers(self) -> tuple[str, ...]:
        """Names of the positional parameters."""
        return self._params

    @property
    def constants(self) -> tuple[str, ...]:
        """Names of the keyword-only parameters."""
        return self._consts

    @property
    def captured(self) -> Mapping[str, Any]:
        """Arrays of the surroundings that the text reads, by the names of the constants that they became in `show()`."""
        return self._hidden

    @property
    def keepers(self) -> tuple[Keeper, ...]:
        """What the compiler keeps for the way back (branch bits, loop counters)."""
        return self._unit.keepers.get(self.__name__, ())

    def __repr__(self) -> str:
        given = ", ".join([*self._params, *(["*", *self._consts] if self._consts else [])])
        return f"<reversible {self.__qualname__}({given})>"

    # ---- arguments
    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        """The registers and constants of a call, normalised, defaults filled in (hidden constants last).

        Raises
        ------
        WrongArguments
            When something is missing, unknown or given twice.
        """
        defaults = self.library.defaults.get(self.__name__, {})
        if len(args) > len(self._params):
            named = f"; constants are given by name: `{', '.join(f'{c}=...' for c in self._consts)}`" if self._consts else ""
            raise WrongArguments(f"`{self.__name__}` has {len(self._params)} registers, here are {len(args)} arguments",
                                 hint=f"its registers are `{', '.join(self._params)}`{named}")
        given: dict[str, Any] = dict(zip(self._params, args, strict=False))
        for k, v in kwargs.items():
            if k in given:
                raise WrongArguments(f"`{k}` is given twice")
            if k not in self._params and k not in self._consts:
                raise WrongArguments(f"`{self.__name__}` has no parameter `{k}`", hint=f"it has `{', '.join((*self._params, *self._consts))}`")
            given[k] = v
        missing = [n for n in (*self._params, *self._consts) if n not in given and n not in defaults]
        if missing:
            raise WrongArguments(f"`{self.__name__}` needs {', '.join(f'`{m}`' for m in missing)}", hint=f"call it as `{repr(self)[12:-1]}`")
        values = {n: normalise(given[n] if n in given else defaults[n], n) for n in (*self._params, *self._consts)}
        consts = self.library.program.consts
        return [values[n] for n in self._params], [values[n] if n in values else self._hidden[n] for n in consts]

    def specialise(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[list[Any], list[Any], Specialisation]:
        """The registers and constants of a call, as `bind` gives them, with what their types are and what was made ready for those."""
        consts, n = self.library.program.consts, len(self._params)
        if len(args) == n and kwargs.keys() <= self._free:
            named = {**self._standing, **kwargs} if kwargs else self._standing
            if len(named) == len(consts):                     # nothing is missing; and what `key_of` knows needs no conversion
                values = [*args, *(named[c] for c in consts)]
                known = self._special.get(key_of(values) or ())
                if known is not None:
                    return values[:n], values[n:], known
        registers, constants = self.bind(args, kwargs)
        key = key_of((*registers, *constants)) or self.signature(registers, constants)
        if key not in self._special:
            self._special[key] = Specialisation(self.signature(registers, constants))
        return registers, constants, self._special[key]

    def signature(self, registers: list[Any], consts: list[Any]) -> tuple[Type, ...]:
        """The types of bound arguments: what a specialisation is made for."""
        p = self.library.program
        out = [binding(type_of_value(v, n), k in self._written) for k, (v, n) in enumerate(zip(registers, p.params, strict=True))]
        return (*out, *(type_of_value(v, n) for v, n in zip(consts, p.consts, strict=True)))

    def typed(self, signature: tuple[Type, ...]) -> tuple[TypedLibrary, str]:
        """The typed programs for a signature, and the name of this kernel's (its inverse's, for `~f`) among them."""
        if signature not in self._typed:
            library, main = infer(with_places(self.library.programs), self.__name__, signature)
            library = lowered(library)
            self._typed[signature] = inverted(library, main) if self._backward else (library, main)
        return self._typed[signature]

    def _call(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], copy: bool) -> Any:
        self._refresh()
        if self.generic:
            kernel, kwargs = self.choice(args, kwargs)
            return kernel._call(args, kwargs, copy)
        registers, consts, special = self.specialise(args, kwargs)
        self._last = special.signature
        if copy not in special.calls:
            special.calls[copy] = Calls(self, special.signature, copy)
        return special.calls[copy](registers, consts)

    def _result(self, k: int, value: Any, given: Any, t: Type, copy: bool) -> Any:
        if k not in self._written or (not copy and isinstance(t, Array)):
            return given
        return as_result(value, given, t)

    def _refresh(self) -> None:
        """A captured host value that changed means a new compilation, as if the text had been entered again."""
        if self._host is None or self._rebuild is None:
            return
        for name, value in self._unit.seen.items():
            now = lookup(self._host, name)
            if now is not value and not (isinstance(value, bool | int | float) and type(now) is type(value) and now == value):
                self._unit = self._twin._unit = self._rebuild()
                self._setup()
                self._twin._setup()
                return


@overload
def reversible(fn: Callable[..., Any], /) -> Kernel: ...
@overload
def reversible(*, check: bool = True, keepers: bool = True, precise: bool = False, **derivatives: Kernel) -> Callable[[Callable[..., Any]], Kernel]: ...
def reversible(fn: Callable[..., Any] | None = None, /, *, check: bool = True, keepers: bool = True, precise: bool = False,
               **derivatives: Kernel) -> Any:
    """Makes a kernel of a Python function: the function is parsed, never run by the interpreter.

    Parameters
    ----------
    check : bool
        Whether run-time laws are tested (default); `check=False` is the user's explicit choice of speed.
    keepers : bool
        Whether the compiler may keep branch bits and loop counters for the way back; if not, it names their lines.
    precise : bool
        Whether floats come out to the last bit as in plain Python, in unchecked code, too: no fast-math, and the platform's
        elementary functions instead of our own. The inverse, gradients and everything else made of the kernel inherit it.
    adjoint, tangent : Kernel, optional
        The derivative of a kernel that only adds to its first register, `out += f(x, y)`, where it is known better than by
        going through its statements: `f_adjoint(x_bar, y_bar, out_bar, x, y)` adds to the cotangents that come first,
        `f_tangent(out_dot, x_dot, y_dot, x, y)` to `out_dot`. They hold for plain floats; whole numbers have neither.

    Returns
    -------
    Kernel

    Raises
    ------
    RevbenchError
        All structural mistakes at once (`Mistakes` when there are several).

    Examples
    --------
    >>> @reversible
    ... def norm(out, x):
    ...     s = 0.0
    ...     for i in range(len(x)):
    ...         s += x[i] ** 2
    ...     out += sqrt(s)
    >>> norm(0.0, [3.0, 4.0])
    Outputs(out=5.0, x=array([3., 4.]))
    """
    if fn is None:
        return lambda f: _kernel_of(f, check, keepers, precise, derivatives)
    return _kernel_of(fn, check, keepers, precise, {})


def _kernel_of(fn: Callable[..., Any], check: bool, keepers: bool, precise: bool, derivatives: Any) -> Kernel:
    if not hasattr(fn, "__code__"):
        raise WrongType(f"`reversible` makes kernels of functions, not of {type(fn).__name__} objects", hint="decorate a `def`")
    source, host = source_of(fn), Surroundings(fn)

    def unit() -> Unit:
        return compile_unit(source, host, keepers, derivatives=derivatives)[0]

    kernel = Kernel(unit(), fn.__name__, unit, host, check, precise)
    update_wrapper(kernel, fn, assigned=("__module__",), updated=())
    return kernel


def compile(text: str, /, *, check: bool = True, keepers: bool = True, precise: bool = False, name: str = "<text>", **names: Any) -> Any:
    """Kernels from source text.

    Parameters
    ----------
    text : str
        One or more functions.
    check, keepers, precise : bool
        As for `reversible`.
    name : str
        What errors call the text.
    **names
        Host values and kernels that the text may use.

    Returns
    -------
    Kernel or SimpleNamespace
        One kernel, or a namespace of several.
    """
    kernels = compile_source(Source(name, text), names, check, keepers, precise)
    return next(iter(kernels.values())) if len(kernels) == 1 else SimpleNamespace(**kernels)


def compile_source(source: Source, host: Mapping[str, Any], check: bool = True, keepers: bool = True, precise: bool = False) -> dict[str, Kernel]:
    """All kernels of a source, by name; they recompile when a captured host value changes."""
    def unit() -> Unit:
        return compile_unit(source, host, keepers)[0]

    first, own = compile_unit(source, host, keepers)
    return {n: Kernel(first, n, unit, host, check, precise) for n in own}
