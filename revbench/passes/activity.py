"""Which names need a cotangent: those that `wrt` can change and that can change the loss.

Both questions are answered by name, without regard to order, to a fixpoint: never too few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from revbench.errors import Label, NotDifferentiable
from revbench.ir.nodes import Append, Apply, Call, Drop, Enter, Expr, Leave, Permute, Pop, Program, Push, Unapply, Uncall, Update
from revbench.ir.types import Type, is_real
from revbench.ir.walk import mentions, names, statements

from .effects import Effects


def active(p: Program, types: Mapping[str, Type], effects: Effects, wrt: Iterable[str], of: Iterable[str]) -> frozenset[str]:
    """Names of `p` that carry cotangents when `of` is differentiated with respect to `wrt` (floats and number systems only)."""
    edges = [edge for s in statements(p.body) for edge in flows(s, effects)]

    def is_number(n: str) -> bool:
        return n in types and is_real(types[n])

    varied, useful = set(filter(is_number, wrt)), set(filter(is_number, of))
    while True:
        more_varied = {b for a, b in edges if a in varied and is_number(b)} - varied
        more_useful = {a for a, b in edges if b in useful and is_number(a)} - useful
        if not more_varied and not more_useful:
            return frozenset(varied & useful)
        varied |= more_varied
        useful |= more_useful


def passive_constants(s: Call | Uncall, carried: frozenset[str]) -> None:
    """Constants are not differentiated, so none may depend on what is.

    Raises
    ------
    NotDifferentiable
        When one does.
    """
    for k, e in s.consts:
        if names(e) & carried:
            raise NotDifferentiable(f"`{s.kernel}` takes `{k}` as a constant, and here it depends on what is differentiated", Label(e.span or s.span, "here"),
                                    hint=f"make `{k}` a positional parameter of `{s.kernel}`: `def {s.kernel}(..., {k})`, without the `*`")


def flows(s: object, effects: Effects) -> list[tuple[str, str]]:
    """(from, to) for every name that a statement's value may carry into another."""
    match s:
        case Update(place, _, value):
            return [(a, place.name) for a in names(value)]
        case Enter(name, init) | Leave(name, init):
            return [(a, name) for a in names(init)]
        case Permute(places):
            return [(a.name, b.name) for a in places for b in places]
        case Apply(_, places, params) | Unapply(_, places, params):
            return [(a, b.name) for a in [*(p.name for p in places), *(n for e in params for n in names(e))] for b in places]
        case Push(stack, place) | Pop(stack, place):
            return [(stack.name, place.name), (place.name, stack.name)]
        case Append(stack, value) | Drop(stack, value):
            return [(a, stack.name) for a in names(value)]
        case Call(kernel, args, consts) | Uncall(kernel, args, consts):
            to = [a for k, a in enumerate(args) if k in effects.written[kernel]]
            given = [*(x for a in args for x in _named(a)), *(x for _, e in consts for x in names(e))]
            return [(x, y) for x in given for b in to for y in _named(b)]
        case _:
            return []


def _named(e: Expr) -> frozenset[str]:
    return mentions(e)
