"""Text of fast code: no laws, so that LLVM can do what it is good at.

Indices are unsigned (Numba's wrap-around of negative ones stops the vectoriser), loops count upwards, arrays that are made in a
loop are made once, and the stop button is polled where a turn takes long enough to pay for it.
"""

from __future__ import annotations

from revbench.ir.nodes import (
    Block,
    Const,
    Enter,
    Expr,
    For,
    ForBack,
    Index,
    Name,
    Permute,
    Shape,
    Slice,
    Stash,
    Stmt,
    Unstash,
    Update,
    Zeros,
    ZerosLike,
)
from revbench.ir.types import Array
from revbench.ir.walk import blocks, mentions, statements
from revbench.rules.typing import type_of

from .first_writes import first_writes
from .numba_expressions import name_of, numpy_name
from .numba_text import FunctionText


class FastText(FunctionText):
    """Writes one program without laws."""

    inside = 0                                              # how many loops stand around

    def write(self) -> str:
        exchanged = {p.name for s in statements(self.p.body) if isinstance(s, Permute) for p in s.places if isinstance(p, Name)}
        kept = {s.name for s in statements(self.p.body) if isinstance(s, Stash | Unstash)}
        self.given = (frozenset((*self.p.params, *self.p.consts)) | self.rows) - (self.ranges.changed - self.rows)
        self.stays = self.ranges.fixed.keys() - exchanged - kept
        self.made_once: dict[str, str] = {}
        self.fills: dict[int, Enter | Update] = {}          # by identity: arrays that need not be cleared, and what fills them
        head, _, body = super().write().partition("\n")
        return "\n".join([head, *(f"    {line}" for line in self.made_once.values()), body])

    def block(self, block: Block) -> None:
        if self.inside:
            arrays = {s.name: t.ndim for s in block if isinstance(s, Enter) and isinstance(t := self.types[s.name], Array) and t.dtype == "float64"}
            for made, filled in first_writes(block, arrays, self.ranges) if arrays else ():
                if self.extents(made.name, made.init) is not None:
                    self.fills |= {id(made): made, id(filled): filled}
        super().block(block)

    def statement(self, s: Stmt) -> None:
        match s:
            case Enter() if id(s) in self.fills:
                self.enter(s.name, s.init, cleared=False)
            case Update() if id(s) in self.fills:
                self.assign(s)
            case _:
                super().statement(s)

    def assign(self, s: Update) -> None:
        """What is added to a place that holds zero."""
        self.w(f"{self.place(s.place)} = {'' if s.op == '+=' else '-'}{self.expr(s.value)}")

    # ---- indices
    def place(self, p: Expr) -> str:
        if isinstance(p, Index):
            return f"{name_of(p.name)}[{', '.join(map(self.index, p.indices))}]"
        return super().place(p)

    def index(self, i: Expr) -> str:
        text = self.expr(i)
        return text if isinstance(i, Const | Slice) or type_of(i, self.types).dtype == "uint64" else f"_u({text})"

    # ---- arrays
    def enter(self, name: str, init: Expr, cleared: bool = True) -> None:
        extents = self.extents(name, init) if self.inside else None
        if extents is None:
            super().enter(name, init)
            return
        t, n = self.types[name], name_of(name)
        dims = ", ".join(self.expr(e) if isinstance(e, Shape | Const) else f"max({self.expr(e)}, 0)" for e in extents)
        self.made_once[name] = f"{n} = np.empty(({dims},), np.{numpy_name(t)})"
        if cleared:
            self.w(f"_clear({n})")

    def extents(self, name: str, init: Expr) -> list[Expr] | None:
        """The lengths of an array that is the same in every turn; None if it is not."""
        t = self.types[name]
        if not isinstance(t, Array) or name not in self.stays or not isinstance(init, Zeros | ZerosLike) or getattr(init, "fill", None) is not None:
            return None
        found = [self.ranges.extent(name, axis) for axis in range(t.ndim)]
        return None if any(name in mentions(e) or not mentions(e) <= self.given for e in found) else found

    def copies(self, name: str, count: str, q: str) -> None:
        self.w(f"{name} = _copies({count}, {name_of(q)})")

    # ---- loops
    def for_loop(self, s: For | ForBack) -> None:
        self.inside += 1
        if isinstance(s, For) or not (isinstance(s.range.step, Const) and s.range.step.value == 1):
            super().for_loop(s)
        else:
            start, stop = (self.cast(e, "int64") for e in (s.range.start, s.range.stop))
            turn, last, var = self.new("_n"), self.new("_l"), name_of(s.var)
            self.w(f"{last} = {stop} - 1")
            with self.w.indented(f"for {turn} in range({stop} - {start}):" if start != "0" else f"for {turn} in range({stop}):"), self.ranges.loop(s):
                self.w(f"{var} = {last} - {turn}")
                self.block(s.body)
                self.poll_in(s)
        self.inside -= 1

    def poll_in(self, s: For | ForBack) -> None:
        if height(s) >= (1 if self.inside == 1 else 2):
            self.poll()


def height(s: Stmt) -> int:
    """How deep loops are nested in a loop."""
    return max((height(t) + isinstance(t, For | ForBack) for b in blocks(s) for t in b), default=0)

