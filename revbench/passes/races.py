"""Turns of a `prange` share nothing that one of them writes, but what all of them only add to.

A written array is told apart by one axis, on which every access of the loop's body has the same multiple of the loop's
variable, plus offsets that no other turn can reach (`y[i]`, or `y[2 * i]` and `y[2 * i + 1]`). Locals of the body are a
turn's own. What turns only add to, and none reads, is a sum: whoever splits the loop adds to private copies, which are
summed in order. So it is with the cotangent of what several turns read. Anything else that is written is a race.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from revbench.errors import Label, Race, Report, Span
from revbench.ir.nodes import Block, Call, Const, Enter, Expr, Fn, For, ForBack, Index, Name, Place, Program, Slice, Stmt, Uncall, Unstash, Update
from revbench.ir.show import show_expr
from revbench.ir.typed import TypedLibrary
from revbench.ir.walk import blocks, expressions, index_reads, names, statements, subexpressions, with_blocks

from .effects import Effects

Affine = tuple[int, int, Expr | None]                     # factor of the variable, offset, and what else is added
Loop = For | ForBack


@dataclass(frozen=True)
class Shared:
    """What the turns of a loop write, and is not their own.

    Attributes
    ----------
    apart : frozenset of str
        Arrays of which no turn touches what another one writes.
    sums : frozenset of str
        What turns only add to, and do not read.
    raced : frozenset of str
        All else.
    own : frozenset of str
        Names that a turn makes for itself.
    """

    apart: frozenset[str]
    sums: frozenset[str]
    raced: frozenset[str]
    own: frozenset[str]


def shared_by(s: Loop, effects: Effects) -> Shared:
    """What is written by several turns of a loop, and how."""
    own = frozenset(t.name for t in statements(s.body) if isinstance(t, Enter | Unstash)) | {t.var for t in statements(s.body) if isinstance(t, Loop)}
    written = effects.block(s.body).writes - own
    added = _Added(effects.programs, {})
    places: dict[str, list[Place]] = {}
    for p, _ in _places(s.body):
        places.setdefault(p.name, []).append(p)
    apart = frozenset(n for n in written if any(_told_apart(s.var, places.get(n, []), axis, written | own) for axis in range(4)))
    sums = frozenset(n for n in written - apart if added.only(s.body, n))
    return Shared(apart, sums, written - apart - sums, own)


def check_races(p: Program, effects: Effects, report: Report) -> None:
    """Mistakes for every parallel loop of a program, before its locals are cleaned up."""
    for s in statements(p.body):
        if isinstance(s, Loop) and s.parallel:
            _loop(s, effects, report)


def without_races(library: TypedLibrary) -> TypedLibrary:
    """The library with loops as parallel as they are: derivatives may share more than what they were made of."""
    effects = Effects({n: t.program for n, t in library.items()})

    def statement(s: Stmt) -> Stmt:
        s = with_blocks(s, lambda b: tuple(map(statement, b)))
        return replace(s, parallel=False) if isinstance(s, Loop) and s.parallel and shared_by(s, effects).raced else s

    return {n: replace(t, program=replace(t.program, body=tuple(map(statement, t.program.body)))) for n, t in library.items()}


def _loop(s: Loop, effects: Effects, report: Report) -> None:
    found = shared_by(s, effects)
    changing = found.apart | found.sums | found.raced | found.own
    for name in sorted(found.raced):
        kept = next((t.span for t in statements(s.body) if name in _held(t)), s.span)
        places = [(p, span) for p, span in _places(s.body) if p.name == name] or [(Name(name), kept)]
        first = next((p for p, _ in places if _told_apart(s.var, [p], 0, changing)), places[0][0])
        place, span = next(((p, at) for p, at in places if not _told_apart(s.var, [first, p], 0, changing)), places[0])
        text = show_expr(place)
        hint = f"write `for {s.var} in range(...):`, or give each turn an element of its own, `{name}[{s.var}]`"
        if isinstance(place, Name):
            message = f"every turn of this parallel loop touches `{text}`, and one of them writes it"
            hint = f"write `for {s.var} in range(...):`; a parallel loop may add to `{text}`, but not read it"
        else:
            message = f"turns of this parallel loop may meet in `{name}`: `{text}` is not the turn's own"
        report.add(Race(message, Label(place.span or span, "shared"), Label(s.span, "the loop", "~"), hint=hint))


@dataclass
class _Added:
    """Which names are only added to."""

    programs: Mapping[str, Program]
    found: dict[tuple[str, int], bool]

    def only(self, block: Block, name: str) -> bool:
        return all(self.in_statement(s, name) for s in statements(block))

    def in_statement(self, s: Stmt, name: str) -> bool:
        match s:
            case Update(place, "+=" | "-=", value) if place.name == name:
                return name not in names(value) | index_reads(place)
            case Call(kernel, args) | Uncall(kernel, args):
                here = [k for k, a in enumerate(args) if isinstance(a, Name | Index) and a.name == name]
                read = [e for k, a in enumerate(args) for e in (_indices(a) if k in here else (a,))] + [e for _, e in s.consts]
                return len(here) <= 1 and not any(name in names(e) for e in read) and all(self.by_callee(kernel, k) for k in here)
            case _:
                return name not in _held(s) and not any(name in names(e) for e in expressions(s))

    def by_callee(self, kernel: str, k: int) -> bool:
        key = kernel, k
        if key not in self.found:
            p = self.programs.get(kernel)
            self.found[key] = True                                  # recursion: decided by the rest of the body
            self.found[key] = p is not None and not p.adjoint and not p.tangent and self.only(p.body, p.params[k])
        return self.found[key]


def _indices(e: Expr) -> tuple[Expr, ...]:
    return e.indices if isinstance(e, Index) else ()


def _held(s: Stmt) -> frozenset[str]:
    """The name that a statement begins, ends or keeps."""
    name = getattr(s, "name", None)
    return frozenset({name}) if isinstance(name, str) else frozenset()


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
    if not places:                                          # a number that is kept
        return False
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
