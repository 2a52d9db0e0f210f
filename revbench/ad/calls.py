"""One call of a kernel, prepared for its derivative programs: arguments, their types, and the directions that fit them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.backends.layout import Layout, layout_of
from revbench.backends.layout import moving as moving_fields
from revbench.backends.values import as_argument, normalise
from revbench.errors import NotDifferentiable, WrongArguments, WrongType
from revbench.ir.types import Array, Type, is_complex, is_record, valued
from revbench.ir.types import Stack as StackType
from revbench.numerics.exact import ExactArray
from revbench.numerics.stack import Stack

Which = str | int


@dataclass(frozen=True)
class Bound:
    """A kernel with the arguments of one call.

    Attributes
    ----------
    registers, constants : list
        The values, normalised; defaults are filled in.
    signature : tuple of Type
        The types of both.
    given : int
        How many registers the caller handed in; the others have defaults.
    """

    kernel: Kernel
    registers: list[Any]
    constants: list[Any]
    signature: tuple[Type, ...]
    given: int

    @property
    def mapping(self) -> Any:
        """What else than the types a program for such calls is made for."""
        return None

    @cached_property
    def layout(self) -> Layout:
        """How the registers become registers of the lowered program."""
        return layout_of(self.signature[:len(self.registers)])

    @cached_property
    def params(self) -> tuple[str, ...]:
        """The registers of the lowered program."""
        library, main = self.kernel.typed(self.signature)
        return library[main].program.params

    def shape(self, k: int) -> tuple[int, ...]:
        """The shape of register `k`."""
        return np.shape(self.registers[k])

    def split(self) -> list[Any]:
        """The registers of the lowered program: copies, where the kernel writes."""
        written = self.kernel._written
        return self.layout.split([as_argument(v, t, k in written) for k, (v, t) in enumerate(zip(self.registers, self.signature, strict=False))])

    def prepared(self) -> list[Any]:
        """Copies of the registers, as compiled programs take them (still those of the host)."""
        return [as_argument(v, t, True) for v, t in zip(self.registers, self.signature, strict=False)]

    def fixed(self) -> list[Any]:
        """The constants, as compiled programs take them."""
        if not self.constants:
            return []
        types = self.signature[len(self.registers):]
        return layout_of(types).split([as_argument(v, t, False) for v, t in zip(self.constants, types, strict=True)])

    def held(self) -> Bound:
        """The same call, whatever becomes of the caller's arrays."""
        def own(value: Any) -> Any:
            return value.copy() if isinstance(value, np.ndarray | ExactArray | Stack) else value

        return replace(self, registers=list(map(own, self.registers)), constants=list(map(own, self.constants)))

    def floats(self, k: int) -> list[int]:
        """The lowered registers of register `k` that have derivatives.

        Raises
        ------
        NotDifferentiable
            When there are none.
        """
        found = self.layout.floats(k)
        if not found:
            raise NotDifferentiable(f"`{self.kernel.registers[k]}` is {self.signature[k]}: it has no derivative", hint="hand in floats: `0.0` instead of `0`")
        return found


def bound(what: str, f: Any, args: Sequence[Any], consts: Mapping[str, Any]) -> Bound:
    """A call of a kernel; `what` is the function that differentiates it.

    Raises
    ------
    WrongType
        When `f` is no kernel.
    """
    f, registers, constants = bound_values(what, f, args, consts)
    signature = f._last = f.signature(registers, constants)
    return Bound(f, registers, constants, signature, len(args))


def bound_values(what: str, f: Any, args: Sequence[Any], consts: Mapping[str, Any]) -> tuple[Kernel, list[Any], list[Any]]:
    """The kernel that a call means, its registers and its constants."""
    f, left = a_kernel(what, f).choice(tuple(args), consts)
    f._refresh()
    return f, *f.bind(tuple(args), left)


def a_kernel(what: str, f: Any) -> Kernel:
    if not isinstance(f, Kernel):
        raise WrongType(f"`{what}` differentiates kernels, not a {type(f).__name__}", hint="decorate the function with `@reversible`")
    return f


# ---- registers by name or position
def position(kernel: Kernel, which: Which) -> int:
    names = kernel.registers
    if isinstance(which, str) and which in names:
        return names.index(which)
    if isinstance(which, int) and not isinstance(which, bool) and -len(names) <= which < len(names):
        return which % len(names)
    constant = f"; `{which}` is a constant (it stands after the `*`), and constants have no derivatives" if which in kernel.constants else ""
    raise WrongArguments(f"`{kernel.__name__}` has no register {which!r}", hint=f"its registers are {', '.join(names)}{constant}")


def positions(kernel: Kernel, which: Which | Sequence[Which], said: str) -> tuple[int, ...]:
    """The positions of one or several registers; `said` is the parameter that names them."""
    found = tuple(position(kernel, w) for w in ([which] if isinstance(which, str | int) else which))
    if len(set(found)) < len(found):
        raise WrongArguments(f"`{said}` names a register twice", hint=f"write `{said}={tuple(dict.fromkeys(kernel.registers[k] for k in found))!r}`")
    return found


# ---- zeros and directions
def zero_like(prepared: Any, t: Type) -> Any:
    """A cotangent of zero for a prepared argument of this type."""
    return zero(t)(prepared)


@cache
def zero(t: Type) -> Callable[[Any], Any]:
    """`zero_like` for a type."""
    dtype = np.dtype(valued(t).dtype)
    if isinstance(t, StackType):
        return lambda prepared: Stack(np.zeros(len(prepared), dtype))
    if isinstance(t, Array):
        return lambda prepared: np.zeros(prepared.shape, dtype)
    nothing = dtype.type(0)
    return lambda prepared: nothing


def fitting(direction: Any, value: Any, t: Type, name: str, what: str = "direction") -> Any:
    """A direction (or cotangent), as NumPy has it, of the shape of what moves."""
    found = np.asarray(normalise(direction, f"the {what} of {name}"))
    if is_record(t):
        if missing := [f for f in moving_fields(t) if f not in (found.dtype.names or ())]:
            raise WrongType(f"the {what} of `{name}` has no field `{missing[0]}`", hint=f"its fields are {', '.join(moving_fields(t))}, as in the gradient")
    elif found.dtype.kind not in ("iufc" if is_complex(t) else "iuf"):
        raise WrongType(f"the {what} of `{name}` is {found.dtype}, and {what}s are {'complex' if is_complex(t) else 'floats'}")
    if found.shape != np.shape(value):
        raise WrongArguments(f"`{name}` has shape {np.shape(value)}, and its {what} {found.shape}", hint="hand in one number for each element")
    return found


def directed(layout: Layout, moving: Mapping[int, Any]) -> dict[int, Any]:
    """Lowered position -> direction, from those of the host's registers."""
    return {at: part for k, given in moving.items() for at, part in zip(layout.floats(k), layout.direction(k, given), strict=True)}
