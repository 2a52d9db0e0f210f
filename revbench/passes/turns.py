"""Which loops can run several turns at once, and what differs between these turns.

A turn is independent of the others when what it makes is its own, and what it changes outside is only added to, or lies in a row of
its own. What differs from turn to turn is *varying*; what does not is *uniform*, and stays a scalar.

Two kinds of turns gain from lanes: those that make arrays of their own, and long ones that compute with numbers only, without loops in
them: these may also read rows of tables that other arrays have the numbers of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from revbench.ir.nodes import (
    Assert,
    Const,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    If,
    IfExp,
    Index,
    Lazy,
    Name,
    Permute,
    Reduce,
    Shape,
    Stmt,
    Unchecked,
    Update,
    Zeros,
    ZerosLike,
)
from revbench.ir.types import Array, Scalar, Type
from revbench.ir.walk import expressions, mentions, names, statements, subexpressions

Loop = For | ForBack
STATEMENTS = (Update, Enter, For, ForBack, Permute, If, Assert, Unchecked)
LONG = 40                                                   # operations of a turn from which on LLVM rarely vectorises by itself
WHOLE = ("floordiv", "mod", "lshift", "rshift", "bitand", "bitor", "bitxor")     # operations of whole numbers: no lanes for those


@dataclass(frozen=True)
class Turns:
    """What a writer must know of a loop that runs in lanes."""

    var: str
    varying: frozenset[str]                                 # locals, scalars and arrays
    rows: Mapping[str, int]                                 # outer arrays of which each turn has a row: along which axis
    sums: frozenset[str]                                    # outer registers that are added to
    arrays: bool                                            # whether a turn makes arrays
    changed: frozenset[str]                                 # outer names that are written


def turns_of(s: Loop, types: Mapping[str, Type]) -> Turns | None:
    """How a loop runs in lanes; None where it cannot, or where nothing is gained: short turns of numbers vectorise as they are."""
    inside = list(statements(s.body))
    arrays = any(isinstance(t, Enter) and isinstance(types[t.name], Array) for t in inside)
    if not all(isinstance(t, STATEMENTS) for t in inside) or not (arrays or _long(inside)):
        return None
    if not (isinstance(s.range.step, Const) and s.range.step.value == 1):
        return None
    own = {t.name for t in inside if isinstance(t, Enter)}
    varying = frozenset(_varying(inside, s.var, own))
    outer = _outer(inside, own)
    rows = {n: axis for n in {p.name for p in _places(inside)} - own if (axis := _row(n, inside, s.var)) is not None}
    sums = frozenset(outer - rows.keys())
    found = Turns(s.var, varying, rows, sums, arrays, frozenset(outer))
    return found if all(_fits(t, found, types) for t in inside) and not sums & _read(inside) else None


def _long(inside: list[Stmt]) -> bool:
    """Whether a turn is one long sequence of operations."""
    return all(isinstance(t, Update | Enter | Permute) for t in inside) \
        and sum(isinstance(x, Fn) for t in inside for e in expressions(t) for x in subexpressions(e)) >= LONG


def _varying(inside: list[Stmt], var: str, own: set[str]) -> set[str]:
    """Locals that differ from turn to turn."""
    out: set[str] = set()
    while True:
        new = {p.name for t in inside for p, read in _flows(t) if p.name in own and read & (out | {var})} - out
        if not new:
            return out
        out |= new


def _flows(s: Stmt) -> Iterator[tuple[Name | Index, frozenset[str]]]:
    match s:
        case Update(place, _, value):
            yield place, names(value) | names(place) - {place.name}
        case Enter(name, init):
            yield Name(name), names(init)
        case Permute(places):
            for p in places:
                yield p, frozenset().union(*map(names, places))


def changed(inside: Iterable[Stmt]) -> Iterator[str]:
    """What these statements begin or change themselves; of calls and stacks nothing is known here."""
    for s in inside:
        match s:
            case Update(place):
                yield place.name
            case Enter(name):
                yield name
            case For(var) | ForBack(var):
                yield var
            case Permute(places):
                yield from (p.name for p in places)


def _outer(inside: list[Stmt], own: set[str]) -> set[str]:
    changed = {s.place.name for s in inside if isinstance(s, Update)} | {p.name for s in inside if isinstance(s, Permute) for p in s.places}
    return changed - own


def _places(inside: list[Stmt]) -> Iterator[Index]:
    return (x for s in inside for e in expressions(s) for x in subexpressions(e) if isinstance(x, Index))


def _row(name: str, inside: list[Stmt], var: str) -> int | None:
    """The axis along which every place of an array is at the loop's variable."""
    places = [p for p in _places(inside) if p.name == name]
    whole = any(isinstance(x, Name) and x.name == name for s in inside for e in expressions(s) for x in subexpressions(e))
    for axis in range(0 if whole else min(len(p.indices) for p in places)):
        if all(p.indices[axis] == Name(var) and not any(var in names(i) for k, i in enumerate(p.indices) if k != axis) for p in places):
            return axis
    return None


def _read(inside: list[Stmt]) -> frozenset[str]:
    """What is read, not counting what an update reads of its own place."""
    out: set[str] = set()
    for s in inside:
        if isinstance(s, Update):
            out |= mentions(s.value).union(*(mentions(i) for i in s.place.indices) if isinstance(s.place, Index) else ())
        else:
            out |= frozenset().union(*map(mentions, expressions(s)))
    return frozenset(out)


def _fits(s: Stmt, lanes: Turns, types: Mapping[str, Type]) -> bool:
    """Whether a statement can be written for lanes."""
    varies = lanes.varying | {lanes.var} | lanes.rows.keys()

    def uniform(e: Expr) -> bool:
        return not names(e) & varies

    def fits(e: Expr) -> bool:
        match e:
            case Index(name, indices) if name in lanes.rows:
                return types[name].dtype == "float64" and all(uniform(i) for k, i in enumerate(indices) if k != lanes.rows[name])
            case Index(name, indices) if not lanes.arrays and sum(not uniform(i) for i in indices) == 1:
                return types[name].dtype == "float64" and name not in lanes.varying | lanes.changed and all(uniform(i) or number(i) for i in indices)
            case Index(_, indices):
                return all(map(uniform, indices)) and (uniform(e) or types[e.name].dtype == "float64")
            case Name(name) if name == lanes.var:
                return True
            case Name(name) if name in lanes.varying:
                return types[name].dtype == "float64" and isinstance(types[name], Scalar)
            case IfExp(test, a, b):                         # where the test varies, both are computed: nothing may hang on it
                safe = uniform(test) or not (_elements(a) | _elements(b)) - _elements(test)
                return safe and fits(test) and fits(a) and fits(b)
            case Fn(fn, args):
                return uniform(e) or (fn not in WHOLE and all(map(fits, args)))
            case Name() | Const() | Shape():
                return True
            case Lazy() | Reduce():
                return uniform(e)
            case _:
                return False

    def number(i: Expr) -> bool:
        """Whether it is the number of a row: the turn's own, or one that an array of them holds."""
        return i == Name(lanes.var) or (isinstance(i, Index) and i.indices == (Name(lanes.var),) and i.name not in lanes.changed
                                        and types[i.name].dtype.startswith(("int", "uint")))

    match s:
        case Update(place, op, value):
            if place.name in lanes.sums:
                return types[place.name].dtype == "float64" and op in ("+=", "-=") and uniform(place) and fits(value)
            return fits(place) and fits(value)
        case Enter(name, init):
            if isinstance(types[name], Array):
                return types[name].dtype == "float64" and isinstance(init, Zeros | ZerosLike) and init.fill is None and all(map(uniform, _shape(init)))
            return fits(init) and (name not in lanes.varying or types[name].dtype == "float64")
        case For() | ForBack():
            return all(map(uniform, (s.range.start, s.range.stop, s.range.step)))
        case Permute(places):
            own = all(p.name in lanes.varying | lanes.rows.keys() and fits(p) for p in places)
            return own or (all(map(uniform, places)) and not any(p.name in lanes.sums for p in places))
        case If(test):
            return uniform(test)
        case Assert(test):
            return uniform(test)
        case Unchecked():
            return True
        case _:
            return False


def _elements(e: Expr) -> frozenset[Expr]:
    return frozenset(x for x in subexpressions(e) if isinstance(x, Index))


def _shape(e: Zeros | ZerosLike) -> tuple[Expr, ...]:
    return e.shape if isinstance(e, Zeros) else ()

