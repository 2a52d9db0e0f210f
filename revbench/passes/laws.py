"""Run-time laws that are not part of a node's own meaning, made explicit as `Require` in front of the statement.

No written place overlaps a place that the same statement reads or another argument; factors are not zero, those of
unsigned numbers odd; whole numbers divide without a remainder. Indices in range, `fi`, `came_from` and released locals are checked by the back
ends themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from revbench.ir.nodes import (
    Apply,
    Block,
    Call,
    Const,
    Expr,
    Field,
    Fn,
    IfExp,
    Index,
    Lazy,
    Name,
    Permute,
    Place,
    Require,
    Stmt,
    Unapply,
    Uncall,
    Unchecked,
    Update,
)
from revbench.ir.show import show_expr, show_head
from revbench.ir.types import UINTS, Type, bits, kind
from revbench.ir.walk import children, with_blocks
from revbench.rules.bijections import law

from .effects import Effects


def laws(block: Block, types: Mapping[str, Type], effects: Effects) -> Block:
    """The block with its laws in front of the statements that they guard; `with unchecked()` is left as it is."""
    out: list[Stmt] = []
    for s in block:
        match s:
            case Unchecked():
                out.append(s)
                continue
            case _:
                out += requirements(s, types, effects)
        out.append(with_blocks(s, lambda b: laws(b, types, effects)))
    return tuple(out)


def requirements(s: Stmt, types: Mapping[str, Type], effects: Effects) -> list[Require]:
    """The laws of one statement."""
    match s:
        case Update():
            return list(_update(s, types))
        case Permute():
            return list(_permute(s))
        case Apply() | Unapply():
            return list(_apply(s, types))
        case Call() | Uncall():
            return list(_call(s, effects))
        case _:
            return []


def _update(s: Update, types: Mapping[str, Type]) -> Iterator[Require]:
    if isinstance(s.place, Index):
        for read, when in _guarded_reads(s.value, None):
            yield from _apart(s.place, read, when, f"`{show_expr(s.place)}` and `{show_expr(read)}` are the same element", s)
    yield from _indices([s.place], [s.place], s)
    dtype = types[s.place.name].dtype
    if s.op in ("*=", "/=") and dtype in UINTS:                          # multiplied, or by the inverse, modulo a power of two
        yield Require(Fn("eq", (Fn("bitand", (s.value, Const(1))), Const(1))), "odd-factor",
                      f"`{show_expr(s.place)} {s.op if s.op == '*=' else '//='} {show_expr(s.value)}` with an even factor",
                      ((show_expr(s.place), s.place), (show_expr(s.value), s.value)), span=s.span)
        return
    if s.op in ("*=", "/=") and not (isinstance(s.value, Const) and s.value.value != 0):
        yield Require(Fn("ne", (s.value, Const(0))), "zero-factor", f"`{show_expr(s.place)} {s.op} {show_expr(s.value)}` with a factor of zero",
                      ((show_expr(s.place), s.place), (show_expr(s.value), s.value)), span=s.span)
    if s.op in ("*=", "/=") and kind(dtype) == "i":
        yield Require(_fits(s, dtype) if s.op == "*=" else Fn("eq", (Fn("mod", (s.place, s.value)), Const(0))),
                      "overflow" if s.op == "*=" else "divisible",
                      f"`{show_expr(s.place)} {s.op if s.op == '*=' else '//='} {show_expr(s.value)}` {'overflows' if s.op == '*=' else 'leaves a remainder'}",
                      ((show_expr(s.place), s.place), (show_expr(s.value), s.value)), span=s.span)


def _fits(s: Update, dtype: str) -> Expr:
    """The product fits its type. In floats, for a compiler may take `(x * y) // y == x` for granted."""
    product = Fn("mul", (Fn("float64", (s.place,)), Fn("float64", (s.value,))))
    return Fn("lt", (Fn("abs", (product,)), Const(2.0 ** (bits(dtype) - 1))))


def _permute(s: Permute) -> Iterator[Require]:
    """Two places may be one, and nothing moves then; three must be three."""
    elements = [p for p in s.places if isinstance(p, Index)]
    for j, a in enumerate(elements if len(s.places) > 2 else []):
        for b in elements[:j]:
            yield from _apart(a, b, None, f"`{show_expr(a)}` and `{show_expr(b)}` are the same element", s)
    yield from _indices(s.places, s.places, s)


def _apply(s: Apply | Unapply, types: Mapping[str, Type]) -> Iterator[Require]:
    elements = [p for p in s.places if isinstance(p, Index)]
    for j, a in enumerate(elements):
        for b in elements[:j]:
            yield from _apart(a, b, None, f"`{show_expr(a)}` and `{show_expr(b)}` are the same element", s)
        for e in s.params:
            for read, when in _guarded_reads(e, None):
                yield from _apart(a, read, when, f"`{show_expr(a)}` and `{show_expr(read)}` are the same element", s)
    yield from _indices(s.places, s.places, s)
    needed = law(s, types[s.places[0].name].dtype)
    if needed is not None and needed != Const(True):
        reads = tuple((show_expr(e), e) for e in (*s.places, *s.params) if not isinstance(e, Const))
        yield Require(needed, "bijection", f"`{show_head(s)}` needs `{show_expr(law(s, 'float64') or needed)}`", reads[:4], span=s.span)


def _indices(written: Iterable[Place], places: Iterable[Place], s: Stmt) -> Iterator[Require]:
    """No index of a place reads what is written."""
    for a in (p for p in written if isinstance(p, Index)):
        for b in (p for p in places if isinstance(p, Index)):
            for i in b.indices:
                for read, when in _guarded_reads(i, None):
                    yield from _apart(a, read, when, f"`{show_expr(a)}` is written, and an index of `{show_expr(b)}` reads it", s)


def _call(s: Call | Uncall, effects: Effects) -> Iterator[Require]:
    places: list[Place] = [a for a in (*s.args, *(e for _, e in s.consts)) if isinstance(a, Name | Index)]
    for k in sorted(effects.written[s.kernel]):
        a = places[k]
        for j, b in enumerate(places):
            if j != k and isinstance(a, Index) and isinstance(b, Index) and not (j in effects.written[s.kernel] and j < k):
                yield from _apart(a, b, None, f"`{show_expr(a)}` and `{show_expr(b)}` are the same memory", s)
    yield from _indices([places[k] for k in sorted(effects.written[s.kernel])], places, s)


def _apart(a: Index, b: Index, when: Expr | None, message: str, s: Stmt) -> Iterator[Require]:
    """The two elements (or rows) differ in some index; nothing is said where that is plain from the text."""
    if apart(a, b):
        return
    test: Expr | None = None
    for x, y in zip(a.indices, b.indices, strict=False):
        if x != y:
            one = Fn("ne", (x, y), span=s.span)
            test = one if test is None else Lazy("or", test, one)
    if test is None:
        test = Const(False)
    if when is not None:
        test = Lazy("or", Fn("not_", (when,)), test)
    values = tuple((show_expr(i), i) for i in (*a.indices, *b.indices) if not isinstance(i, Const))
    yield Require(test, "alias", message, tuple(dict(values).items()), span=s.span)


def apart(a: Place, b: Place) -> bool:
    """Plainly different memory."""
    if a.name != b.name:
        return True
    return isinstance(a, Index) and isinstance(b, Index) and any(_differ(x, y) for x, y in zip(a.indices, b.indices, strict=False))


def _differ(x: Expr, y: Expr) -> bool:
    """Plainly different: two constants, or `i` and `i + 1`."""
    match x, y:
        case (Const(a), Const(b)) | (Field(a), Field(b)):
            return a != b
        case (Fn("add" | "sub", (i, Const(c))), j) | (j, Fn("add" | "sub", (i, Const(c)))):
            return i == j and c != 0
        case _:
            return False


def _guarded_reads(e: Expr, when: Expr | None) -> Iterator[tuple[Index, Expr | None]]:
    """Every element that `e` reads, with the condition under which it is read."""
    match e:
        case Index():
            yield e, when
            for i in e.indices:
                yield from _guarded_reads(i, when)
        case IfExp(test, a, b):
            yield from _guarded_reads(test, when)
            yield from _guarded_reads(a, _both(when, test))
            yield from _guarded_reads(b, _both(when, Fn("not_", (test,))))
        case Lazy(op, a, b):
            yield from _guarded_reads(a, when)
            yield from _guarded_reads(b, _both(when, a if op == "and" else Fn("not_", (a,))))
        case _:
            for c in children(e):
                yield from _guarded_reads(c, when)


def _both(a: Expr | None, b: Expr) -> Expr:
    return b if a is None else Lazy("and", a, b)
