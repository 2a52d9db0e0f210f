"""Rows of an outer array that inner loops of a lane read time and again are read once, into an array of the lanes' own.

A turn `p` of a loop in lanes has the row `x[p]` of an array; the elements of several rows that are read together lie far apart, so each
such read is one load a lane. Where `x[p, i]` stands in a loop over `k` as well, it is the same for every `k`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from typing import Literal

from revbench.ir.library import fresh_name
from revbench.ir.nodes import Block, Enter, Expr, Fn, For, ForBack, If, Index, Lazy, Name, Stmt, Update, Zeros
from revbench.ir.types import Array, Type
from revbench.ir.walk import expressions, mentions, replaced, statements, subexpressions

from .turns import Turns, changed

Loop = For | ForBack
Around = tuple[Loop, ...]


def read_once(s: Loop, lanes: Turns, types: dict[str, Type]) -> Loop:
    """The loop with such rows read at the beginning of each turn; names that are made for that get their types."""
    moving = set(changed(statements(s.body)))
    where: dict[Index, list[Around | None]] = {}
    for p, around in _reads(s.body, ()):
        where.setdefault(p, []).append(around)
    begin: list[Stmt] = []
    moved: dict[Expr, Expr] = {}
    for p, places in where.items():
        axis = lanes.rows.get(p.name)
        if axis is None or p.name in moving or len(p.indices) != 2 or axis == 1 or not isinstance(i := p.indices[1], Name):
            continue
        within = [a for a in places if a and a[-1].var == i.name]
        fixed = {e for a in within for t in a for e in (t.range.start, t.range.stop, t.range.step)}
        if len(within) < len(places) or len({a[-1].range for a in within}) > 1 or max(map(len, within)) == 1 \
                or any(mentions(e) & (moving | {s.var}) for e in fixed):
            continue
        name, own = fresh_name(f"{p.name}_row", types), within[0][-1].range
        types[name] = Array("float64", 1)
        moved[p] = Index(name, (i,))
        read: Stmt = For(i.name, own, (Update(Index(name, (i,)), "+=", p, span=s.span),), span=s.span)
        if min(map(len, within)) > 1:                           # no element is read that no turn would read
            test = _joined("or", [_joined("and", [Fn("lt", (t.range.start, t.range.stop)) for t in a[:-1]]) for a in within])
            read = If(test, test, (read,), (), span=s.span)
        begin += [Enter(name, Zeros((own.stop,), "float64"), span=s.span), read]

    return replace(s, body=(*begin, *replaced(s.body, moved))) if moved else s


def _reads(b: Block, around: Around) -> Iterator[tuple[Index, Around | None]]:
    """Every element that a block reads, and the loops around it; None: a branch that need not be taken."""
    for s in b:
        for e in expressions(s):
            yield from ((x, around) for x in subexpressions(e) if isinstance(x, Index))
        match s:
            case For() | ForBack():
                yield from _reads(s.body, (*around, s))
            case If():
                yield from ((p, None) for p, _ in _reads((*s.then, *s.orelse), ()))


def _joined(op: Literal["and", "or"], tests: Iterable[Expr]) -> Expr:
    return reduce(lambda a, b: Lazy(op, a, b), dict.fromkeys(tests))
