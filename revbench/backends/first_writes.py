"""Which updates of a new array are the first for every element: those can store, and the array need not be cleared before.

`y = zeros(n)`, then `for i in range(n): y[i] += e` before anything else touches `y`, writes every element once, and finds zeros.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from revbench.ir.nodes import Block, Const, Enter, Expr, For, ForBack, Index, Name, Stmt, Update, Zeros, ZerosLike
from revbench.ir.walk import everywhere, names

from .ranges import Ranges

Loop = For | ForBack


def first_writes(b: Block, ndim: dict[str, int], ranges: Ranges) -> Iterator[tuple[Enter, Update]]:
    """The arrays that a block makes and fills at once, each with the update that fills it; `ndim` has the arrays that may be asked about."""
    for k, s in enumerate(b):
        if isinstance(s, Enter) and s.name in ndim and isinstance(s.init, Zeros | ZerosLike) and getattr(s.init, "fill", None) is None:
            extents = [ranges.extent(s.name, axis) for axis in range(ndim[s.name])]
            found = filling(s.name, extents, b[k + 1:], (), ranges)
            if found is not None:
                yield s, found


def filling(name: str, extents: Sequence[Expr], b: Sequence[Stmt], at: tuple[Name, ...], ranges: Ranges) -> Update | None:
    """The update that fills `name[at]`, if it does so before anything else in these statements reads it or writes there."""
    first = next((s for s in b if name in touched(s)), None)
    if not extents:
        good = isinstance(first, Update) and first.place == Index(name, at) and first.op in ("+=", "-=") and name not in names(first.value)
        return first if good and isinstance(first, Update) else None
    if not isinstance(first, Loop) or first.range.start != Const(0) or first.range.step != Const(1) or ranges.canonical(first.range.stop) != extents[0]:
        return None
    own = Name(first.var)
    alone = all(isinstance(e, Index) and e.indices[len(at)] == own for e in everywhere(first.body) if isinstance(e, Index | Name) and e.name == name)
    return filling(name, extents[1:], first.body, (*at, own), ranges) if alone and own not in at else None


def touched(s: Stmt) -> frozenset[str]:
    own = getattr(s, "name", None)
    return frozenset(e.name for e in everywhere((s,)) if isinstance(e, Name | Index)) | ({own} if own else set())
