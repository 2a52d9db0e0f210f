"""Array expressions, element by element: their extents, the element at an index, and the laws that make all of them exist.

A *leaf* is an array that an expression reads as a whole or in part: `x`, `m[i]`, `x[1:k]`, `w.T`. Shapes meet as in
NumPy, trailing axes first, except that a length of 1 does not stretch: that is a broken law here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import gcd

from revbench.errors import Span
from revbench.ir.nodes import Const, CopyOf, Expr, Field, Fn, IfExp, Index, Lazy, MatMul, Name, Reduce, Require, Shape, Slice, Transposed, Zeros, ZerosLike
from revbench.ir.show import show_expr
from revbench.ir.types import Array, Type, kind
from revbench.ir.walk import children, rebuild
from revbench.rules.typing import type_of

Types = Mapping[str, Type]
Leaf = Name | Index | Transposed | Zeros | ZerosLike | CopyOf
ZERO, ONE = Const(0), Const(1)


@dataclass(frozen=True, slots=True)
class Axis:
    """`start + k * step` for `k` below `count`; all of it lies in `low <= ... < high`."""

    start: Expr
    step: Expr
    count: Expr
    low: Expr
    high: Expr


# ---- small arithmetic, so that generated text reads well
def plus(a: Expr, b: Expr) -> Expr:
    match a, b:
        case Const(x), Const(y):
            return Const(x + y)
        case (Const(0), other) | (other, Const(0)):
            return other
        case Const(), _:
            return plus(b, a)
        case _, Const(y) if y < 0:
            return Fn("sub", (a, Const(-y)))
        case _:
            return Fn("add", (a, b))


def minus(a: Expr, b: Expr) -> Expr:
    if isinstance(b, Const):
        return plus(a, Const(-b.value))
    return ZERO if a == b else Fn("sub", (a, b))


def times(a: Expr, b: Expr) -> Expr:
    match a, b:
        case Const(x), Const(y):
            return Const(x * y)
        case (Const(1), other) | (other, Const(1)):
            return other
        case _:
            return Fn("mul", (a, b))


def product(factors: Sequence[Expr]) -> Expr:
    out: Expr = ONE
    for f in factors:
        out = times(out, f)
    return out


def both(a: Expr, b: Expr) -> Expr:
    return Lazy("and", a, b)


# ---- one axis
def axis_of(part: Expr, extent: Expr) -> Axis:
    """What an index or a slice takes from an axis."""
    if not isinstance(part, Slice):
        return Axis(part, ONE, ONE, part, plus(part, ONE))
    step = part.step or ONE
    if isinstance(step, Const) and step.value < 0:
        start, stop = part.start or minus(extent, ONE), part.stop or Const(-1)
        room = extent if part.start is None and part.stop is None else Fn("max", (minus(start, stop), ZERO))
        return Axis(start, step, _turns(room, Const(-step.value)), plus(stop, ONE), plus(start, ONE))
    start, stop = part.start or ZERO, part.stop or extent
    room = minus(stop, start)
    if start != ZERO and part.stop is not None:
        room = Fn("max", (room, ZERO))                     # reversed bounds are empty
    return Axis(start, step, _turns(room, step), start, stop)


def _turns(room: Expr, step: Expr) -> Expr:
    return room if step == ONE else Fn("floordiv", (plus(room, minus(step, ONE)), step))


def axes(p: Name | Index, types: Types) -> list[Axis | Expr]:
    """For each axis of the array that `p` names: the index, or the part that is taken."""
    t = types[p.name]
    assert isinstance(t, Array)
    given = tuple(i for i in p.indices if not isinstance(i, Field)) if isinstance(p, Index) else ()
    parts = (*given, *(Slice(None, None, None) for _ in range(t.ndim - len(given))))
    return [axis_of(part, Shape(p.name, k)) if isinstance(part, Slice) else part for k, part in enumerate(parts)]


# ---- expressions
def in_steps(e: Expr, types: Types) -> bool:
    """Whether `e` is an array whose elements, in reading order, lie at equal distances in memory."""
    if not isinstance(e, Name | Index):
        return False
    parts = axes(e, types)
    first, one = next((k, a) for k, a in enumerate(parts) if isinstance(a, Axis))
    rest = parts[first + 1:]
    return not any(isinstance(a, Axis) for a in rest) or (
        one.step == ONE and all(isinstance(a, Axis) and a.start == ZERO and a.step == ONE and a.count == Shape(e.name, k)
                                for k, a in enumerate(rest, first + 1)))


def steps(e: Name | Index, types: Types) -> tuple[Index, Expr, Expr]:
    """The first element of an array that lies `in_steps`, how many there are, and how far apart."""
    parts = axes(e, types)
    first, one = next((k, a) for k, a in enumerate(parts) if isinstance(a, Axis))
    behind = [Shape(e.name, k) for k in range(first + 1, len(parts))]
    count, together = product([a.count for a in parts if isinstance(a, Axis)]), any(isinstance(a, Axis) for a in parts[first + 1:])
    at = tuple(a.start if isinstance(a, Axis) else a for a in parts)
    return Index(e.name, at, span=e.span), count, ONE if together else product([one.step, *behind])


def is_array(e: Expr, types: Types) -> bool:
    return isinstance(type_of(e, types), Array)


def leaves(e: Expr, types: Types) -> Iterator[Leaf]:
    """The arrays that an expression reads, in reading order. Reductions and products have gone before."""
    match e:
        case Name() | Index() | Transposed() | Zeros() | ZerosLike() | CopyOf():
            if is_array(e, types):
                yield e
        case _:
            for c in children(e):
                yield from leaves(c, types)


def extents(e: Expr, types: Types) -> tuple[Expr, ...]:
    """The lengths of the axes of an array expression, as its first operand with all of them has them."""
    match e:
        case Name() | Index():
            return tuple(a.count for a in axes(e, types) if isinstance(a, Axis))
        case Transposed(source):
            return extents(source, types)[::-1]
        case Zeros(shape):
            return shape
        case ZerosLike(source) | CopyOf(source):
            return extents(source, types)
        case MatMul(a, b):
            return (*extents(a, types)[:-1], *extents(b, types)[1:])
        case _:
            t = type_of(e, types)
            assert isinstance(t, Array)
            return next(found for c in children(e) if is_array(c, types) and len(found := extents(c, types)) == t.ndim)


def element(e: Expr, at: Sequence[Expr], types: Types) -> Expr:
    """The element of an array expression; `at` counts for the last axes. Of a number: the number."""
    t = type_of(e, types)
    if not isinstance(t, Array):
        return e
    at = at[len(at) - t.ndim:]
    match e:
        case Name() | Index():
            rest = iter(at)
            parts = [plus(a.start, times(next(rest), a.step)) if isinstance(a, Axis) else a for a in axes(e, types)]
            return Index(e.name, tuple(parts), span=e.span)
        case Transposed(source):
            return element(source, at[::-1], types)
        case CopyOf(source):
            return element(source, at, types)
        case Zeros() | ZerosLike():
            return e.fill or Const(0.0 if kind(t.dtype) == "f" else False if t.dtype == "bool" else 0)
        case _:
            return rebuild(e, lambda c: element(c, at, types))


# ---- laws
def shape_laws(reference: tuple[Expr, ...], said: str, operands: Sequence[Expr], types: Types, span: Span | None) -> list[Require]:
    """Every array among the operands has the trailing lengths of the reference (called `said`)."""
    out = []
    for leaf in dict.fromkeys(leaf for e in operands for leaf in leaves(e, types)):
        found = extents(leaf, types)
        pairs = [(a, b) for a, b in zip(reference[len(reference) - len(found):], found, strict=True) if a != b]
        if not pairs:
            continue
        tests: list[Expr] = [Fn("eq", pair) for pair in pairs]
        test = reduce(both, tests)
        text = show_expr(leaf)
        values = [v for a, b in pairs for v in ((_named(a, said, reference), a), (_named(b, text, found), b))]
        out.append(Require(test, "shape", f"the shapes of `{said}` and `{text}` do not fit", tuple(values[:4]), span=span))
    return out


def _named(length: Expr, said: str, shape: tuple[Expr, ...]) -> str:
    axis = shape.index(length)
    return f"len({said})" if len(shape) == 1 else f"axis {axis} of {said}"


def index_laws(operands: Sequence[Expr], types: Types, span: Span | None) -> list[Require]:
    """Every index and every end of a slice lies inside its array. Numbers read in a branch that may not be taken are left to it."""
    out: dict[Require, None] = {}
    for e, sure in (pair for operand in operands for pair in reads(operand, types)):
        if not sure and not is_array(e, types):
            continue
        for k, part in enumerate(i for i in e.indices if not isinstance(i, Field)):
            extent = Shape(e.name, k)
            ends: list[tuple[Expr | None, bool]] = [(part.start, True), (part.stop, True)] if isinstance(part, Slice) else [(part, False)]
            for end, inclusive in ends:
                if end is None or (end in (ZERO, extent) and inclusive):
                    continue
                low, high = Fn("le", (ZERO, end)), Fn("le" if inclusive else "lt", (end, extent))
                test = high if isinstance(end, Const) else both(low, high)
                what = "bound" if inclusive else "index"
                out[Require(test, "index", f"{what} `{show_expr(end)}` is out of range of `{e.name}`",
                            ((show_expr(end), end), (f"{e.name}.shape[{k}]", extent)), span=span)] = None
            if isinstance(part, Slice) and part.step is not None and not isinstance(part.step, Const):
                out[Require(Fn("gt", (part.step, ZERO)), "index", f"the step of `{show_expr(e)}` is not positive",
                            ((show_expr(part.step), part.step),), span=span)] = None
    return list(out)


def reads(e: Expr, types: Types, sure: bool = True) -> Iterator[tuple[Index, bool]]:
    """Elements and parts of arrays that are read, and whether they are read whatever happens."""
    match e:
        case Index():
            yield e, sure
            for i in children(e):
                yield from reads(i, types, sure)
        case IfExp(test, a, b):
            yield from reads(test, types, sure)
            yield from reads(a, types, False)
            yield from reads(b, types, False)
        case Lazy(_, a, b):
            yield from reads(a, types, sure)
            yield from reads(b, types, False)
        case _:
            for c in children(e):
                yield from reads(c, types, sure)


def sure_of_its_numbers(e: Expr, types: Types) -> bool:
    """Whether `index_laws` cover every element that is read."""
    return all(sure or is_array(p, types) for p, sure in reads(e, types))


def apart_laws(p: Index, others: Sequence[Index], types: Types, span: Span | None, doing: str = "overlap") -> list[Require]:
    """A written part has no element in common with the other parts of the same array; nothing is said where that is plain."""
    out = []
    for q in dict.fromkeys(others):
        if q.name != p.name:
            continue
        tests = [t for a, b in zip(axes(p, types), axes(q, types), strict=True) for t in _disjoint(a, b)]
        if Const(True) in tests:
            continue
        test: Expr = tests[0] if tests else Const(False)
        for other in tests[1:]:
            test = Lazy("or", test, other)
        ends = [i for x in (p, q) for part in x.indices for i in ((part.start, part.stop) if isinstance(part, Slice) else (part,))]
        values = {show_expr(i): i for i in ends if i is not None and not isinstance(i, Const)}
        out.append(Require(test, "alias", f"`{show_expr(p)}` and `{show_expr(q)}` {doing}", tuple(values.items())[:4], span=span))
    return out


def _disjoint(a: Axis | Expr, b: Axis | Expr) -> Iterator[Expr]:
    """Tests of which one suffices."""
    if not isinstance(a, Axis) and not isinstance(b, Axis):
        if isinstance(a, Const) and isinstance(b, Const):
            if a != b:
                yield Const(True)
        elif a != b:
            yield Fn("ne", (a, b))
        return
    one, other = (x if isinstance(x, Axis) else axis_of(x, ZERO) for x in (a, b))
    for x, y in ((one.high, other.low), (other.high, one.low), (one.high, one.low), (other.high, other.low)):
        if isinstance(x, Const) and isinstance(y, Const):
            if x.value <= y.value:
                yield Const(True)
        elif x == y:
            yield Const(True)
        elif x != plus(y, ONE) and not (isinstance(x, Shape) and y == ZERO and (x, y) in ((one.high, one.low), (other.high, other.low))):
            yield Fn("le", (x, y))
    steps = [s.value if isinstance(s, Const) else 1 for s, n in ((one.step, one.count), (other.step, other.count)) if n != ONE]
    common = gcd(*(int(s) for s in steps)) if steps else 1
    if common > 1:
        gap = minus(one.start, other.start)
        if isinstance(gap, Const):
            if gap.value % common:
                yield Const(True)
        else:
            yield Fn("ne", (Fn("mod", (gap, Const(common))), ZERO))


def fallible(e: Expr, types: Types) -> bool:
    """Whether evaluating `e` may break a law of its own (a division of whole numbers, a shift)."""
    match e:
        case Reduce():
            return True
        case Fn("floordiv" | "mod" | "pow", (_, b)) if kind(type_of(e, types).dtype) != "f":
            return not (isinstance(b, Const) and b.value > 0) or any(fallible(c, types) for c in e.args)
        case Fn("lshift" | "rshift", (_, b)):
            return not (isinstance(b, Const) and 0 <= b.value < 64) or any(fallible(c, types) for c in e.args)
        case _:
            return any(fallible(c, types) for c in children(e))
