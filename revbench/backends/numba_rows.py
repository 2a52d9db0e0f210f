"""Text of long turns that compute with numbers only: N turns at once, one vector register for every number.

What is read of arrays that nobody writes is read when the turn begins, neighbours together; what is written to neighbours is written
together, too: rows are turned into lanes and back in registers, and memory sees whole ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from revbench.ir.nodes import Block, Const, Enter, Expr, For, ForBack, IfExp, Index, Lazy, Name, Permute, Update
from revbench.ir.walk import children, expressions, mentions, statements
from revbench.numerics.lane_width import NARROW
from revbench.passes.turns import Turns

from .numba_expressions import name_of
from .numba_lanes import LanesText

Stored = tuple[Index, str, Expr]                            # a place, the local that is exchanged with it, and what that is


class RowsText(LanesText):
    """Writes one program without laws, in lanes where that can be."""

    def begins(self, s: For | ForBack, found: Turns) -> None:
        super().begins(s, found)
        self.held: dict[Index, str] = {}
        if not found.arrays:
            self.width, self.same, self.numbers_of = NARROW, "_narrow", "_narrow_numbers"

    @property
    def of_numbers(self) -> bool:
        return self.lanes is not None and not self.lanes.arrays

    def turn(self, s: For | ForBack) -> None:
        if self.of_numbers:
            self.read_ahead(s.body)
        super().turn(s)

    # ---- reading
    def read_ahead(self, body: Block) -> None:
        """Locals for what is read of arrays that nobody writes."""
        assert self.lanes is not None
        found = dict.fromkeys(p for s in body for e in expressions(s) for p in _always(e) if p.name not in self.lanes.changed | self.lanes.varying)
        varying = [p for p in found if self.varies(p)]
        numbers = [p for p in varying if self.types[p.name].dtype != "float64"]                   # of rows: they are read first
        for run in (*([p] for p in numbers), *_runs([p for p in varying if p not in numbers])):
            names = [self.new("_x") for _ in run]
            self.w(f"{', '.join(names)}, = _rows({', '.join(self.row(run[0]))}, {len(run)})")
            self.held |= dict(zip(run, names, strict=True))

    def row(self, p: Index) -> tuple[str, str, str, str]:
        """The array of a place, the row of each lane, the distance between rows, and where in a row it lies."""
        assert self.lanes is not None
        axis = next(k for k, i in enumerate(p.indices) if self.varies(i))
        extents = [f"{name_of(p.name)}.shape[{k}]" for k in range(len(p.indices))]
        row = self.first if p.indices[axis] == Name(self.lanes.var) else self.expr(p.indices[axis])
        start = "0"
        for k, i in enumerate(p.indices):
            here = "0" if k == axis else self.expr(i)
            start = here if start == "0" else f"({start}) * {extents[k]}{'' if here == '0' else f' + {here}'}"
        return name_of(p.name), row, " * ".join(extents[axis + 1:]) or "1", start

    def loaded(self, p: Index, at: str | None = None) -> str:
        if not self.of_numbers:
            return super().loaded(p, at)
        return self.held.get(p) or f"_rows({', '.join(self.row(p))}, 1)[0]"

    # ---- writing
    def assigned(self, p: Expr, value: str, at: str | None = None) -> None:
        if self.of_numbers and isinstance(p, Index):
            self.put([p], [f"{self.same}({value} * 1.0)"])
        else:
            super().assigned(p, value, at)

    def put(self, run: list[Index], values: list[str]) -> None:
        self.w(f"_put_rows({', '.join(self.row(run[0]))}, ({', '.join(values)},))")

    def update(self, s: Update) -> None:
        if self.of_numbers and isinstance(s.place, Index) and self.varies(s.place):
            self.assigned(s.place, f"{self.loaded(s.place)} {s.op[0]} {self.expr(s.value)}")
        else:
            super().update(s)

    def block(self, block: Block) -> None:
        if not self.of_numbers:
            return super().block(block)
        k = 0
        while k < len(block):
            run = self.stored(block[k:])
            if not run:
                self.statement(block[k])
                k += 1
                continue
            values = {p: self.begun(local, init) for p, local, init in run}
            for places in _runs(list(values)):
                self.put(places, [values[p] for p in places])
            k += 2 * len(run)

    def begun(self, local: str, init: Expr) -> str:
        self.enter(local, init)
        return f"{name_of(local)}_v"

    def stored(self, block: Block) -> list[Stored]:
        """What the block begins to store in places that are all different, and locals that nobody reads afterwards with what they begin with."""
        assert self.lanes is not None
        run, arrays = list[Stored](), set[str]()
        for made, moved in zip(block[::2], block[1::2], strict=False):
            match made, moved:
                case Enter(local, init), Permute((Name(other), Index(array, indices) as p), (1, 0)) if other == local:
                    fixed = all(isinstance(i, Const) or i == Name(self.lanes.var) for i in indices)
                    arrays.add(array)
                    if not (fixed and self.varies(p) and self.only_stored(local)) or p in (q for q, _, _ in run) or arrays & mentions(init):
                        break
                    run.append((p, local, init))
                case _:
                    break
        return run

    def only_stored(self, local: str) -> bool:
        """Whether a local stands in two statements only: that which makes it, and that which stores it."""
        found = sum(getattr(s, "name", None) == local or any(local in mentions(e) for e in expressions(s)) for s in statements(self.p.body))
        return bool(found == 2)


def _always(e: Expr) -> Iterator[Index]:
    """The places that an expression reads, whatever is chosen in it."""
    if isinstance(e, Index):
        yield e
    for c in (e.test,) if isinstance(e, IfExp) else (e.left,) if isinstance(e, Lazy) else children(e):
        yield from _always(c)


def _runs(places: list[Index]) -> Iterator[list[Index]]:
    """Places in groups of neighbours."""
    fixed = [p for p in places if isinstance(p.indices[-1], Const)]
    yield from ([p] for p in places if p not in fixed)
    run: list[Index] = []
    for p in sorted(fixed, key=lambda p: (p.name, repr(p.indices[:-1]), p.indices[-1].value)):       # type: ignore[union-attr]
        if run and not _next(run[-1], p):
            yield run
            run = []
        run.append(p)
    if run:
        yield run


def _next(p: Index, q: Index) -> bool:
    """Whether `q` lies beside `p`."""
    match p.indices[-1], q.indices[-1]:
        case Const(int() as a), Const(int() as b):
            return (p.name, p.indices[:-1], b) == (q.name, q.indices[:-1], a + 1)
        case _:
            return False
