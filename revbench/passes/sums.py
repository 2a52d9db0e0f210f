"""What a loop adds to one place is summed up in a local, and added to the place once.

The local is a register of the processor; an element of an array is memory that every turn would wait for, and may be another name of
what the next turn reads. Sums change their order, so this is for unchecked code. No place is touched that the loop would not touch:
only what every turn adds is summed up, and nothing is added where there are no turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from revbench.ir.library import fresh_name
from revbench.ir.nodes import Block, Const, Enter, Expr, Fn, For, ForBack, If, Index, Name, Permute, Stmt, Update
from revbench.ir.typed import Typed
from revbench.ir.types import Array, Scalar, Type
from revbench.ir.walk import expressions, index_reads, names, statements, with_blocks
from revbench.rules.typing import type_of

from .turns import changed, turns_of

Loop = For | ForBack
PLAIN = (Update, Enter, If, For, ForBack, Permute)              # statements of loops whose places are known


def sums(typed: Typed) -> Typed:
    """The same program, with sums in locals."""
    found = _Sums(typed)
    body = found.block(typed.program.body)
    return replace(typed, program=replace(typed.program, body=body), types=found.types)


class _Sums:
    def __init__(self, typed: Typed) -> None:
        self.types = dict(typed.types)

    def block(self, b: Block) -> Block:
        return tuple(t for s in b for t in self.statement(s))

    def statement(self, s: Stmt) -> Block:
        s = with_blocks(s, self.block)
        if not isinstance(s, Loop) or turns_of(s, self.types) is not None or not all(isinstance(t, PLAIN) for t in statements(s.body)):
            return (s,)
        before, after, moved = list[Stmt](), list[Stmt](), dict[Expr, Name]()
        for p in dict.fromkeys(self.candidates(s)):
            total = Name(fresh_name("_sum", self.types))
            self.types[total.name] = Scalar("float64")
            test = Fn("lt", (s.range.start, s.range.stop))
            before.append(Enter(total.name, Const(0.0), span=s.span))
            after.append(If(test, test, (Update(p, "+=", total, span=s.span),), (), span=s.span))
            moved[p] = total
        body = tuple(replace(t, place=moved[t.place]) if isinstance(t, Update) and t.place in moved else t for t in s.body)
        return (*before, replace(s, body=body), *after)

    def candidates(self, s: Loop) -> Iterator[Index]:
        """Elements, the same in every turn, of arrays that each turn adds to and none reads."""
        inside = list(statements(s.body))
        changes = {s.var, *changed(inside)}
        used = set().union(*(_read(t, self.types) for t in inside))
        if not (isinstance(s.range.step, Const) and s.range.step.value == 1):
            return
        for t in s.body:
            if isinstance(t, Update) and isinstance(t.place, Index) and t.op in ("+=", "-=") and t.place.name not in used \
                    and type_of(t.place, self.types) == Scalar("float64") and not changes & index_reads(t.place):
                yield t.place


def _read(s: Stmt, types: Mapping[str, Type]) -> frozenset[str]:
    """What a statement reads, but for the element that it adds to."""
    if isinstance(s, Update) and s.op in ("+=", "-=") and not isinstance(type_of(s.place, types), Array):
        return names(s.value) | index_reads(s.place)
    return frozenset({s.name} if isinstance(s, Enter) else ()).union(*map(names, expressions(s)))
