"""Turns of a `prange` share nothing that one of them writes.

A written array is told apart by one axis, on which every access of the loop's body has the same multiple of the loop's
variable, plus offsets that no other turn can reach (`y[i]`, or `y[2 * i]` and `y[2 * i + 1]`). Locals of the body are a
turn's own; anything else that is written is a race.
"""

from __future__ import annotations

from collections.abc import Iterator

from revbench.errors import Label, Race, Report, Span
from revbench.ir.nodes import Block, Const, Enter, Expr, Fn, For, ForBack, Index, Name, Place, Program, Slice, Unstash
from revbench.ir.show import show_expr
from revbench.ir.walk import blocks, expressions, names, statements, subexpressions

from .effects import Effects

Affine = tuple[int, int, Expr | None]                     # factor of the variable, offset, and what else is added


def check_races(p: Program, effects: Effects, report: Report) -> None:
    """Mistakes for every parallel loop of a program, before its locals are cleaned up."""
    for s in statements(p.body):
        if isinstance(s, For | ForBack) and s.parallel:
            _loop(s, effects, report)


def _loop(s: For | ForBack, effects: Effects, report: Report) -> None:
    own = frozenset(t.name for t in statements(s.body) if isinstance(t, Enter | Unstash)) | {t.var for t in statements(s.body) if isinstance(t, For | ForBack)}
    written = effects.block(s.body).writes - own
    for name in sorted(written):
        places = [(p, span) for p, span in _places(s.body) if p.name == name]
        if any(_told_apart(s.var, [p for p, _ in places], axis, written | own) for axis in range(4)):
            continue
        first = next((p for p, _ in places if _told_apart(s.var, [p], 0, written | own)), places[0][0])
        place, span = next(((p, at) for p, at in places if not _told_apart(s.var, [first, p], 0, written | own)), places[0])
        text = show_expr(place)
        hint = f"write `for {s.var} in range(...):`, or give each turn an element of its own, `{name}[{s.var}]`"
        if isinstance(place, Name):
            message = f"every turn of this parallel loop touches `{text}`, and one of them writes it"
            hint = f"write `for {s.var} in range(...):`, or collect the parts in an array, `t[{s.var}] += ...`, and add `sum(t)` after the loop"
        else:
            message = f"turns of this parallel loop may meet in `{name}`: `{text}` is not the turn's own"
        report.add(Race(message, Label(place.span or span, "shared"), Label(s.span, "the loop", "~"), hint=hint))


def _places(block: Block) -> Iterator[tuple[Place, Span | None]]:
    """Every place that is read or written."""
    for s in block:
        for e in expressions(s):
            for q in subexpressions(e):
                if isinstance(q, Name | Index):
                    yield q, s.span
        for b in blocks(s):
            yield from _places(b)


def _told_apart(var: str, places: list[Place], axis: int, changing: frozenset[str]) -> bool:
    """Whether this axis keeps the accesses of different turns apart."""
    found: list[Affine] = []
    for p in places:
        if not isinstance(p, Index) or axis >= len(p.indices) or isinstance(p.indices[axis], Slice):
            return False
        form = _affine(p.indices[axis], var)
        if form is None or form[0] == 0 or (form[2] is not None and (names(form[2]) & changing)):
            return False
        found.append(form)
    factor, offset, rest = found[0]
    return all(f == factor and r == rest and (o == offset or (o - offset) % factor != 0) for f, o, r in found)


def _affine(e: Expr, var: str) -> Affine | None:
    match e:
        case Const(int() as value):
            return 0, int(value), None
        case Name(name) if name == var:
            return 1, 0, None
        case Fn("add" | "sub" as fn, (a, b)):
            x, y = _affine(a, var), _affine(b, var)
            if x is None or y is None or (x[2] is not None and y[2] is not None) or (fn == "sub" and y[2] is not None):
                return None
            sign = 1 if fn == "add" else -1
            return x[0] + sign * y[0], x[1] + sign * y[1], x[2] or y[2]
        case Fn("mul", (a, Const(int() as c)) | (Const(int() as c), a)):
            x = _affine(a, var)
            return None if x is None or x[2] is not None else (x[0] * int(c), x[1] * int(c), None)
        case _:
            return None if var in names(e) else (0, 0, e)
