"""A program for the reversible machine: rows, functions with their symbols, and the tables that `run` reads."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from revbench.errors import Span
from revbench.ir.nodes import Expr, Fn
from revbench.ir.typed import Typed
from revbench.ir.types import Type

from .writer import Site

Token = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Symbol:
    """Where a name lives in its function's frame. `mode`: local (in the frame), ref (an address in the frame), array."""

    name: str
    bank: str
    mode: str
    slot: int
    type: Type
    role: str
    of: str | None = None
    number: str = ""                                           # the number system whose whole numbers stand there


@dataclass
class Row:
    """One instruction, still with symbolic jumps and token lists."""

    op: str
    kind: str
    text: str
    span: Span | None
    fn: int
    live: frozenset[str]
    live_after: frozenset[str]
    tokens: list[Token] = field(default_factory=list)
    back: list[Token] | None = None
    mode: int = 0
    dst: int = 0
    c: int = 0
    mode2: int = 0
    dst2: int = 0
    cell: int = 0
    n: int = 0
    site: tuple[str, str] = ("", "")
    names: tuple[str, str] = ("", "")
    number: str = ""                                           # the number system whose whole numbers a broken law reports
    parts: tuple[str | Expr, ...] = ()
    part: str = ""                                             # "clean s", "undo" or "redo": what it does for the program that the user did not write down

    @property
    def line(self) -> int:
        """Its source line, 0 where it has none."""
        return self.span.line if self.span is not None else 0


@dataclass
class Function:
    name: str
    symbols: dict[str, Symbol]
    begin: int = 0
    end: int = 0
    ints: int = 0
    floats: int = 0


@dataclass
class Code:
    """A whole program, ready for the machine."""

    rows: list[Row]
    functions: list[Function]
    table: NDArray[np.int64]
    tokens: NDArray[np.int64]
    constants: NDArray[np.float64]
    frames: NDArray[np.int64]
    sites: dict[int, Site]
    typed: Typed
    hosts: dict[int, Fn] = field(default_factory=dict)          # what Python is asked for, by where `constants` keeps its last answer
