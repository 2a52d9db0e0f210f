"""Local arrays of which only fixed elements are used become a number for each of those: `a[0]`, `a[2]` are `a_0`, `a_2`.

Numbers stay in registers of the processor, and nobody has to wonder whether an array that is written is one that is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from revbench.ir.library import fresh_name
from revbench.ir.nodes import Block, Const, Enter, Expr, Forget, Index, Name, Stmt, Zeros
from revbench.ir.typed import Typed
from revbench.ir.types import Array, Scalar
from revbench.ir.walk import expressions, map_expressions, mentions, rebuild, statements, subexpressions, with_blocks

Element = tuple[int, ...]


def elements_alone(typed: Typed) -> Typed:
    """The program with numbers for such arrays; only for arrays that begin as zeros and are forgotten in the end."""
    body, types = typed.program.body, dict(typed.types)
    made = [s.name for s in statements(body) if isinstance(s, Enter)]
    ended = {s.name for s in statements(body) if isinstance(s, Forget)}
    found: dict[str, dict[Element, str]] = {s.name: {} for s in statements(body) if isinstance(s, Enter) and isinstance(s.init, Zeros)
                                            and isinstance(types[s.name], Array) and made.count(s.name) == 1 and s.name in ended}
    for s in statements(body):
        for e in expressions(s):
            for name, at in _elements(e):
                if name not in found:
                    continue
                if at is None:
                    del found[name]
                elif at not in found[name]:
                    found[name][at] = fresh_name("_".join(map(str, (name, *at))), types)
                    types[found[name][at]] = Scalar(types[name].dtype)

    def expr(e: Expr) -> Expr:
        if isinstance(e, Index) and e.name in found:
            return Name(found[e.name][tuple(i.value for i in e.indices)], span=e.span)              # type: ignore[union-attr, misc]
        return rebuild(e, expr)

    def block(b: Block) -> Block:
        return tuple(t for s in b for t in statement(s))

    def statement(s: Stmt) -> Block:
        if isinstance(s, Enter) and s.name in found:
            return tuple(Enter(n, Const(0.0), span=s.span) for n in found[s.name].values())
        if isinstance(s, Forget) and s.name in found:
            return tuple(replace(s, name=n) for n in reversed(found[s.name].values()))
        return (with_blocks(map_expressions(s, expr), block),)

    return replace(typed, program=replace(typed.program, body=block(body)), types=types) if found else typed


def _elements(e: Expr) -> Iterator[tuple[str, Element | None]]:
    """Every array that is mentioned, with its element; None: not one that is known."""
    whole = set(mentions(e))
    for x in subexpressions(e):
        if isinstance(x, Index):
            fixed = all(isinstance(i, Const) and type(i.value) is int and i.value >= 0 for i in x.indices)
            yield x.name, tuple(i.value for i in x.indices) if fixed else None                      # type: ignore[union-attr, misc]
        elif not isinstance(x, Const):
            yield from ((n, None) for n in whole if n == getattr(x, "name", None) or n == getattr(getattr(x, "source", None), "name", None))
