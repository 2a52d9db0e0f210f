"""Two loops over the same range that compute the same costly values become one.

A gradient undoes a compute part, then pushes its cotangents: both take the same roots and quotients, the one in a loop forward,
the other in a loop back. Where neither reads what the other changes, they are one loop, and what they share is computed once. What
stands between them goes before or after it. Sums change their order, so this is for unchecked code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from revbench.ir.nodes import Block, Const, Enter, Expr, Fn, For, ForBack, If, Stmt, Update
from revbench.ir.typed import Typed
from revbench.ir.walk import expressions, names, statements, subexpressions, with_blocks
from revbench.rules.functions import FUNCTIONS

from .effects import Effects
from .fuse import accumulated

Loop = For | ForBack
PLAIN = (Update, Enter, If, For, ForBack)                       # statements whose order is known to matter or not


def merged(typed: Typed, effects: Effects) -> Typed:
    """The same program, with such loops merged."""
    return replace(typed, program=replace(typed.program, body=_Merged(effects).block(typed.program.body)))


class _Merged:
    def __init__(self, effects: Effects) -> None:
        self.effects = effects

    def block(self, b: Block) -> Block:
        out = [with_blocks(s, self.block) for s in b]
        k = 0
        while k < len(out):
            found = self.partner(out[k], out[k + 1:])
            if found is not None:
                out[k:] = found
            k += found is None
        return tuple(out)

    def partner(self, first: Stmt, rest: list[Stmt]) -> list[Stmt] | None:
        """A loop and what follows it, with the loop moved into a later one; None if there is none for it."""
        costs = frozenset(costly(first.body)) if isinstance(first, Loop) else None
        if not costs or not isinstance(first, Loop):
            return None
        before, after = list[Stmt](), list[Stmt]()              # of what stands between: what may precede the first loop, and what may not
        for j, s in enumerate(rest):
            if isinstance(s, Loop) and (s.var, s.range) == (first.var, first.range) and not costs.isdisjoint(costly(s.body)) \
                    and not any(self.tied(t, s) for t in (first, *after)) and (one := self.one(first, s)) is not None:
                return [*before, one, *after, *rest[j + 1:]]
            (after if any(self.tied(t, s) for t in (first, *after)) else before).append(s)
        return None

    def tied(self, a: Stmt, b: Stmt) -> bool:
        """Whether the order of two statements matters."""
        x, y = self.effects.of(a), self.effects.of(b)
        return bool(x.writes & y.touched or x.reads & y.writes) or not all(isinstance(t, PLAIN) for t in statements((a, b)))

    def one(self, first: Loop, second: Loop) -> Loop | None:
        """Both loops in one, if they do not depend on each other; None if they run in directions that cannot be changed."""
        both = joined(first.body, second.body)
        if type(first) is type(second) or accumulated(first.body, self.effects) is not None:
            return replace(second, body=both)
        return replace(first, body=both) if accumulated(second.body, self.effects) is not None else None


def costly(block: Block) -> Iterator[Expr]:
    """What takes long to compute, in each turn of the loop itself."""
    for s in block:
        if isinstance(s, If):
            yield from costly((*s.then, *s.orelse))
        elif not isinstance(s, Loop):
            yield from (x for e in expressions(s) for x in subexpressions(e) if isinstance(x, Fn) and _takes_long(x))


def _takes_long(e: Fn) -> bool:
    whole = e.fn == "pow" and isinstance(e.args[1], Const) and isinstance(e.args[1].value, int)
    return e.fn in ("div", "sqrt") or (FUNCTIONS[e.fn].ulp is not None and not whole)


def joined(first: Block, second: Block) -> Block:
    """One block after the other; branches of the same test are one, and what begins alike in both begins once."""
    match first, second:
        case (*start, If(test) as a), (If() as b, *end) if a.test == b.test and a.exit == b.exit == test and not names(test) & changed((a,)):
            one = replace(a, then=joined(a.then, b.then), orelse=joined(a.orelse, b.orelse))
            return joined((*start, one), tuple(end)) if end else (*start, one)
    again = changed((*first, *second)) | {s.name for s in first if isinstance(s, Enter) for t in second
                                          if isinstance(t, Enter) and s.name == t.name and s.init != t.init}
    known = {(s.name, s.init) for s in first if isinstance(s, Enter) and not again & (names(s.init) | {s.name})}
    return (*first, *(s for s in second if not (isinstance(s, Enter) and (s.name, s.init) in known)))


def changed(block: Block) -> frozenset[str]:
    return frozenset(s.place.name for s in statements(block) if isinstance(s, Update))
