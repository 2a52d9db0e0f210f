"""One call for every item along leading axes: which registers have one, and what an item is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.backends.layout import layout_of, of_field
from revbench.backends.passing import key_of
from revbench.backends.values import as_argument, type_of_value
from revbench.errors import ShapeMismatch, WrongArguments, WrongType
from revbench.frontend.binding import binding
from revbench.ir.library import fresh_name
from revbench.ir.nodes import Const, Expr, Index, Name, Place
from revbench.ir.types import Array, Scalar, Type, fields_of, is_complex, is_record

from .calls import Bound, bound_values
from .rows import Rows

Axes = int | None | tuple[int | None, ...]
ROWS = Array("int64", 1)


@dataclass(frozen=True)
class Items(Bound):
    """A kernel with the arguments of many calls; `signature` and `layout` are those of one of them.

    Attributes
    ----------
    mapped : tuple of bool
        For each register whether it has a leading axis of items.
    count : int
        How many items there are.
    numbers : dict
        For each register whose items are rows of a table the rows' numbers; the register is the table.
    """

    mapped: tuple[bool, ...]
    count: int
    numbers: dict[int, Any]

    @property
    def mapping(self) -> Any:
        return self.mapped, tuple(self.numbers)

    @cached_property
    def whole(self) -> tuple[Type, ...]:
        """The types of the registers as they are handed in."""
        return whole(self.layout.types, self.mapped)

    @cached_property
    def named(self) -> list[tuple[str, Type]]:
        flat, taken, out = layout_of(self.whole), set[str](), list[tuple[str, Type]]()
        for k, q in enumerate(self.kernel.registers):
            for at in flat.positions(k):
                ending = flat.leaves[k][at - flat.starts[k]][0]
                out.append((fresh_name("_".join(filter(None, (q, ending))), taken), flat.flat[at]))
                taken.add(out[-1][0])
        return out

    @property
    def registered(self) -> tuple[tuple[str, Type], ...]:
        """The registers of a program that goes through all items; numbers of rows stand last."""
        return (*self.named, *((q, ROWS) for q in self.counted.values()))

    @cached_property
    def counted(self) -> dict[int, str]:
        """What the numbers of rows are called."""
        taken, out = {n for n, _ in self.named}, dict[int, str]()
        for k in self.numbers:
            out[k] = fresh_name(f"{self.kernel.registers[k]}_rows", taken)
            taken.add(out[k])
        return out

    @property
    def places(self) -> tuple[Place, ...]:
        """What stands for each lowered register of one item, number `_i`."""
        names = (n for n, _ in self.named)
        here, item = self.counted, Name("_i")
        at = [((Index(here[k], (item,)),) if k in here else (item,)) if m else () for k, m in enumerate(self.mapped)]
        return tuple(p for t, a in zip(self.layout.types, at, strict=True) for p in _places(t, names, a))

    def shape(self, k: int) -> tuple[int, ...]:
        shape: tuple[int, ...] = np.shape(self.registers[k])
        return shape[1:] if self.mapped[k] else shape

    def split(self) -> list[Any]:
        given = [as_argument(v, t, k in self.kernel._written) for k, (v, t) in enumerate(zip(self.registers, self.whole, strict=True))]
        return [*layout_of(self.whole).split(given), *self.numbers.values()]


def _places(t: Type, names: Iterator[str], at: tuple[Expr, ...]) -> list[Place]:
    if is_record(t):
        return [p for d in fields_of(t.dtype).values() for p in _places(of_field(t, d), names, at)]
    if is_complex(t) and isinstance(t, Scalar):
        if at:
            name = next(names)
            return [Index(name, (*at, Const(k))) for k in range(2)]
        return [Name(next(names)) for _ in range(2)]
    name = next(names)
    return [Index(name, at) if at else Name(name)]


@lru_cache(256)
def whole(types: tuple[Type, ...], mapped: tuple[bool, ...]) -> tuple[Type, ...]:
    return tuple(lifted(t) if m else t for t, m in zip(types, mapped, strict=True))


def lifted(t: Type) -> Type:
    """The type of many of them."""
    return Array(t.dtype, (t.ndim if isinstance(t, Array) else 0) + 1)


def bound_items(what: str, f: Any, args: Sequence[Any], consts: Mapping[str, Any], axes: Axes) -> Items:
    """A call for every item.

    Raises
    ------
    WrongArguments, WrongType, ShapeMismatch
        When `axes` do not fit the arguments, or these have different lengths.
    """
    f, registers, constants = bound_values(what, f, [a.table if isinstance(a, Rows) else a for a in args], consts)
    mapped = tuple(a is not None for a in per_register(axes, len(args))) + (False,) * (len(registers) - len(args))
    numbers = dict[int, Any]()
    for k, a in enumerate(args):
        if isinstance(a, Rows):
            if mapped[k] and a.plain and k not in f._written:
                numbers[k] = a.numbers
            else:
                registers[k] = np.asarray(a)
    key = "items", key_of((*registers, *constants)), mapped, tuple(numbers)
    if key not in f._derived or key[1] is None:
        f._derived[key] = item_types(f, registers, constants, mapped)
    lengths = {q: len(numbers.get(k, v)) for k, (q, v) in enumerate(zip(f.registers, registers, strict=True)) if mapped[k]}
    if len(set(lengths.values())) > 1:
        a, b = next((a, b) for a in lengths for b in lengths if lengths[a] != lengths[b])
        raise ShapeMismatch(f"`{a}` has {lengths[a]} items, and `{b}` has {lengths[b]}", hint="hand in as many of each, or None in place of one in `in_axes`")
    return Items(f, registers, constants, f._derived[key], len(args), mapped, next(iter(lengths.values())), numbers)


def item_types(f: Kernel, registers: Sequence[Any], constants: Sequence[Any], mapped: Sequence[bool]) -> tuple[Type, ...]:
    """The types of one item's registers and of the constants."""
    types = list[Type]()
    for k, (q, v) in enumerate(zip(f.registers, registers, strict=True)):
        t = type_of_value(v, q)
        if mapped[k]:
            if not isinstance(t, Array):
                example = f"({', '.join('None' if j == k else '0' for j in range(len(f.registers)))})"
                raise WrongType(f"`{q}` is {t}, and has no axis of items", hint=f"hand in an array of them, or None in its place: `in_axes={example}`")
            t = Array(t.dtype, t.ndim - 1) if t.ndim > 1 else Scalar(t.dtype)
        types.append(binding(t, k in f._written))
    return (*types, *(type_of_value(v, n) for v, n in zip(constants, f.library.program.consts, strict=True)))


def per_register(axes: Axes, n: int) -> tuple[int | None, ...]:
    """The axis of each of the `n` registers that are handed in."""
    if isinstance(axes, tuple) and len(axes) != n:
        raise WrongArguments(f"`in_axes` is for {len(axes)} registers, and here are {n}", hint="give one for each argument, 0 or None")
    return axes if isinstance(axes, tuple) else (axes,) * n

