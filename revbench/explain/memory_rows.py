"""The rows of a memory-oriented graph: what each statement reads, changes, begins and ends, and what stands in one frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, assert_never

from revbench.ir.nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    ComputeBlock,
    Drop,
    Enter,
    Expr,
    For,
    ForBack,
    Forget,
    If,
    InverseBlock,
    Keep,
    Leave,
    Loop,
    Permute,
    Pop,
    Print,
    Probe,
    Push,
    Redo,
    Release,
    Require,
    Stash,
    Stmt,
    Unapply,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    Within,
)
from revbench.ir.show import show_expr, show_head
from revbench.ir.walk import expressions
from revbench.passes.effects import NONE, Effect, Effects, entered, reads_of
from revbench.passes.inverse import inverse, negated

Kind = Literal["statement", "head", "part", "assertion", "close"]
Sign = Literal["begins", "leaves", "kept", "forgets"]
NOTHING = Effect()


@dataclass(frozen=True, slots=True)
class Row:
    """One horizontal line: the text on the left, and what happens to which names.

    Attributes
    ----------
    kind : str
        `statement`; `head` of a statement that holds others; `assertion` at its other end; `part`: a title within a frame;
        `close`: its end.
    depth : int
        How far it is indented.
    begins, ends : tuple of str
        Names whose lines begin or end here; `sign` says how.
    """

    kind: Kind
    depth: int
    text: str
    reads: frozenset[str] = NONE
    changes: frozenset[str] = NONE
    begins: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    sign: Sign = "begins"

    @property
    def touched(self) -> frozenset[str]:
        return self.reads | self.changes | {*self.begins, *self.ends}


@dataclass(frozen=True, slots=True)
class Frame:
    """What is drawn around the rows from `first` to `last`, with a line above those in `rules`."""

    depth: int
    first: int
    last: int
    rules: tuple[int, ...] = ()


@dataclass
class Sheet:
    """Rows and frames as they are found, in the order of time."""

    effects: Effects
    rows: list[Row] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    live: set[str] = field(default_factory=set)

    def row(self, kind: Kind, depth: int, text: str, effect: Effect = NOTHING, begins: tuple[str, ...] = (), ends: tuple[str, ...] = (),
            sign: Sign = "begins") -> None:
        reads, writes = (frozenset(n.partition(".")[0] for n in which) for which in (effect.reads, effect.writes))     # a field is part of its record
        self.rows.append(Row(kind, depth, text, reads - {*begins, *ends}, writes - {*begins, *ends}, begins, ends, sign))
        self.live = (self.live | {*begins}) - {*ends}

    def block(self, block: Block, depth: int) -> None:
        for s in block:
            self.statement(s, depth)

    def statement(self, s: Stmt, depth: int) -> None:
        match s:
            case Enter(name) | Unstash(name):
                self.row("statement", depth, show_head(s), self.effects.of(s), begins=(name,), sign="begins" if isinstance(s, Enter) else "kept")
            case Leave(name) | Release(name):
                self.row("statement", depth, show_head(s), self.effects.of(s), ends=(name,), sign="leaves")
            case Stash(name) | Forget(name):
                self.row("statement", depth, show_head(s), self.effects.of(s), ends=(name,), sign="kept" if isinstance(s, Stash) else "forgets")
            case (Update() | Permute() | Apply() | Unapply() | Keep() | Push() | Pop() | Append() | Drop() | Call() | Uncall() | Assert() | Print()
                  | Probe() | Require() | Uncompute()):
                self.row("statement", depth, show_head(s), self.effects.of(s))
            case If():
                self.if_(s, depth)
            case Loop():
                self.loop(s, depth)
            case For(var, _, body) | ForBack(var, _, body):
                first = len(self.rows)
                self.row("head", depth + 1, show_head(s), reads_of(expressions(s)), begins=(var,))
                self.block(body, depth + 2)
                self.close(depth, first, ends=(var,))
            case Within(compute, apply):
                self.within(compute, apply, depth)
            case Undo(body):
                self.part("undo", inverse(body), depth)
            case Redo(body):
                self.part("redo", body, depth)
            case Unchecked(body):
                self.part("unchecked", body, depth)
            case InverseBlock(body):
                self.part("inverse", body, depth)
            case ComputeBlock(label, body):
                self.part(f"compute {label}", body, depth)
            case _:
                assert_never(s)

    def close(self, depth: int, first: int, rules: Iterable[int] = (), ends: tuple[str, ...] = ()) -> None:
        self.row("close", depth + 1, "", ends=ends, sign="leaves")
        self.frames.append(Frame(depth, first, len(self.rows) - 1, tuple(rules)))

    def part(self, title: str, body: Block, depth: int) -> None:
        first = len(self.rows)
        self.row("part", depth + 1, title)
        self.block(body, depth + 1)
        self.close(depth, first)

    def assertion(self, name: str, test: Expr | None, depth: int) -> None:
        if test is not None:
            self.row("assertion", depth, f"{name}({show_expr(test)})", reads_of([test]))

    def if_(self, s: If, depth: int) -> None:
        first, rules = len(self.rows), list[int]()
        self.row("head", depth + 1, show_head(s), reads_of([s.test]))
        self.block(s.then, depth + 2)
        if s.orelse:
            rules.append(len(self.rows))
            self.row("part", depth + 1, "else")
            self.block(s.orelse, depth + 2)
        self.assertion("fi", s.exit, depth + 1)
        self.close(depth, first, rules)

    def loop(self, s: Loop, depth: int) -> None:
        first = len(self.rows)
        self.assertion("came_from", s.entry, depth + 1)
        self.block(s.first, depth + 2)
        self.row("head", depth + 1, f"until({show_expr(negated(s.test))})" if s.first else show_head(s), reads_of([s.test]))
        self.block(s.second, depth + 2)
        self.close(depth, first)

    def within(self, compute: Block, apply: Block, depth: int) -> None:
        first = len(self.rows)
        self.row("part", depth + 1, "compute")
        self.block(compute, depth + 1)
        second = len(self.rows)
        self.row("part", depth + 1, "apply")
        self.block(apply, depth + 1)
        third = len(self.rows)
        outside, own = self.effects.block(compute), entered(compute)
        self.row("head", depth + 1, "undo compute", outside, ends=tuple(sorted(own & self.live)), sign="leaves")
        self.close(depth, first, (second, third))


def sheet_of(block: Block, effects: Effects) -> Sheet:
    """The rows of a block, and the frames around them."""
    sheet = Sheet(effects)
    sheet.block(block, 0)
    return sheet


