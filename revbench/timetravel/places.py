"""Places of a running program: which cells of the machine's memory a name, an element or a cotangent is, and whose they are.

Cells are numbered as in recordings: 2 * index + bank (0 floats, 1 ints).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from revbench.backends.machine import Machine
from revbench.backends.machine_program import Symbol
from revbench.backends.machine_questions import expression
from revbench.errors import NotAPlace, UnknownName, ValueOutOfRange, WrongArguments, WrongType
from revbench.ir.nodes import Expr, Index, Name
from revbench.ir.show import show_expr
from revbench.ir.types import Stack, is_float
from revbench.numerics.exact import system


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A place in the frame where it was looked up.

    Attributes
    ----------
    text : str
        As the user wrote it.
    cells : array of int
        Its cells, in the order of its elements.
    shape : tuple of int
        () for a number.
    symbol : Symbol
        What it is, or what it is a part of.
    """

    text: str
    cells: NDArray[np.int64]
    shape: tuple[int, ...]
    symbol: Symbol

    @property
    def is_float(self) -> bool:
        return is_float(self.symbol.type) and not self.symbol.number

    @property
    def first(self) -> str:
        """How its first element is written."""
        return f"{self.text}[{', '.join('0' * len(self.shape))}]"

    def cell(self) -> int:
        """Its only cell.

        Raises
        ------
        WrongArguments
            When it has several.
        """
        if len(self.cells) != 1:
            raise WrongArguments(f"`{self.text}` has {len(self.cells)} values", hint=f"ask for one of them: `{self.first}`")
        return int(self.cells[0])

    def element(self, cell: int) -> str:
        """How one of its cells is written."""
        if not self.shape:
            return self.text
        where = np.unravel_index(int(np.searchsorted(self.cells, cell)), self.shape)
        return f"{self.text}[{', '.join(map(str, where))}]"

    def value(self, raw: Any) -> Any:
        """What a cell that holds `raw` means."""
        if (numbers := system(self.symbol.number)) is not None:
            return float(numbers.values(int(raw)))
        dtype = self.symbol.type.dtype
        return float(raw) if self.is_float else bool(raw) if dtype == "bool" else int(raw) % 2**64 if dtype == "uint64" else int(raw)

    def values(self, raws: NDArray[np.float64]) -> NDArray[Any]:
        """The same, of many."""
        if (numbers := system(self.symbol.number)) is not None:
            return np.asarray(numbers.values(raws.astype(np.int64)))
        return raws if self.is_float else raws.astype(self.symbol.type.dtype)

    def raw(self, value: Any) -> float | int:
        """What a cell holds that means `value`.

        Raises
        ------
        WrongType
            When the place cannot hold it.
        """
        if (numbers := system(self.symbol.number)) is not None:
            return int(numbers(value).raw)
        if self.is_float and isinstance(value, int | float | np.number):
            return float(value)
        if isinstance(value, bool | int | np.integer | np.bool_) and (self.symbol.type.dtype != "bool" or value in (0, 1)):
            return int(value) - 2**64 if int(value) >= 2**63 else int(value)
        raise WrongType(f"`{self.text}` is of type {self.symbol.type.dtype} and cannot hold {value!r}")


def find(machine: Machine, text: str, frame: int = 0) -> Place:
    """The place that `text` is: in the function that runs (`frame` 0; 1 is its caller), or in the nearest of its callers that has it.

    Raises
    ------
    UnknownName, NotAPlace, ValueOutOfRange
    """
    e = expression(text)
    if not isinstance(e, Name | Index):
        raise NotAPlace(f"`{text}` is not a place", hint="name a register or a local, an element of it, or a cotangent: `s`, `x[3]`, `x.bar[3]`")
    running = frames(machine)[::-1]
    for k, f in enumerate(running[frame:], frame):
        names = machine.names_now() if k == 0 else machine.names_in(f.ip, machine.code.rows[f.row])
        if e.name in names:
            return _place(machine, text, e, f, names)
    symbols = machine.code.functions[machine.code.rows[running[0].row].fn].symbols
    known = [f"`{symbols[n].of}.bar`" if symbols[n].of else f"`{n}`" for n in machine.names_now() if n in symbols and not n.startswith("_")]
    raise UnknownName(f"`{text}` is not live at this moment", hint=f"live are {', '.join(known)}" if known else "nothing is live here")


def _place(machine: Machine, text: str, e: Name | Index, frame: Frame, names: dict[str, Any]) -> Place:
    symbol = machine.code.functions[machine.code.rows[frame.row].fn].symbols[e.name]
    if isinstance(symbol.type, Stack):
        raise NotAPlace(f"`{text}` is a stack: its cells move", hint="ask for the place that a value was pushed from")
    at, full = machine.lies(symbol, frame.ip)
    offset, shape = _element(e, full, names, text)
    first = at + offset
    return Place(text, 2 * np.arange(first, first + int(np.prod(shape)), dtype=np.int64) + (symbol.bank == "I"), shape, symbol)


def _element(e: Expr, shape: tuple[int, ...], names: dict[str, Any], text: str) -> tuple[int, tuple[int, ...]]:
    """Where the element, or the row, begins in its array, and its shape."""
    offset = 0
    given = e.indices if isinstance(e, Index) else ()
    if len(given) > len(shape):
        raise NotAPlace(f"`{text}` has {len(given)} indices, and `{e.name if isinstance(e, Index) else text}` has {len(shape)} axes")
    for axis, i in enumerate(given):
        try:
            k = int(eval(show_expr(i), {"__builtins__": {"len": len}}, names))
        except (ArithmeticError, LookupError, NameError, TypeError, ValueError):
            raise UnknownName(f"the index `{show_expr(i)}` of `{text}` has no value at this moment") from None
        if not 0 <= k < shape[axis]:
            raise ValueOutOfRange(f"index {k} of `{text}` is out of range: axis {axis} has {shape[axis]} entries")
        offset = offset * shape[axis] + k
    rest = shape[len(given):]
    return offset * int(np.prod(rest)), rest


@dataclass(frozen=True, slots=True)
class Frame:
    """One of the functions that are running: where it stands, and on which source line."""

    function: str
    line: int
    text: str
    ip: int
    row: int

    def __str__(self) -> str:
        return f"{self.function}, line {self.line}: {self.text}"


def frames(machine: Machine) -> list[Frame]:
    """What is running, outermost first."""
    code, ip, row, out = machine.code, machine.register("ip"), machine.standing, []
    while row >= 0:
        r = code.rows[row]
        out.append(Frame(code.functions[r.fn].name, r.line, r.text, ip, row))
        ip, row = int(machine.I[ip]), int(machine.I[ip + 2])
    return out[::-1]


def is_register(symbol: Symbol, symbols: Mapping[str, Symbol]) -> bool:
    """Whether it was handed to its function: a parameter, a constant, or the cotangent of a parameter."""
    return symbol.role in ("param", "const") or (symbol.of is not None and symbols[symbol.of].role == "param")


def owner(machine: Machine, place: Place) -> tuple[Symbol, int, int] | None:
    """The local (symbol, function, frame) whose memory the place is; None if it is a register of the whole run."""
    cell = int(place.cells[0])
    at, bank = cell >> 1, cell & 1
    for frame in frames(machine):
        fn = machine.code.rows[frame.row].fn
        symbols = machine.code.functions[fn].symbols
        for s in symbols.values():
            if is_register(s, symbols) or (s.bank == "F") != (bank == 0):
                continue
            if s.mode == "local" or s.name in machine.code.rows[frame.row].live | machine.code.rows[frame.row].live_after:
                first, shape = machine.lies(s, frame.ip)
                if first <= at < first + int(np.prod(shape)):
                    return s, fn, frame.ip
    return None
