"""Value and gradient in one sweep: what only accumulates need not run forward before it runs backward.

A gradient runs the kernel, then its adjoint, which undoes the kernel again. The last statements of most kernels only add to
registers that nothing reads: their adjoint needs nothing that they leave behind. So they run once, in the adjoint, which adds
where it would have subtracted. `F; F'` becomes `P; S'; P'` with `F = P; S`, and the memory is the same.
"""

from __future__ import annotations

from dataclasses import replace

from revbench.ir.nodes import Block, Expr, Index, Name, Stmt, Update, Within
from revbench.ir.walk import blocks, expressions, mentions, statements, with_blocks

from .adjoint import Sweep
from .effects import Effects
from .inverse import inverse_stmt

NONE: frozenset[str] = frozenset()


def there_and_back(adjoint: Sweep, block: Block, loss: str, middle: Block, value: Block, outside: frozenset[str] = NONE) -> Block:
    """`block`, `middle`, the adjoint of `block`, with as much of it in one sweep as can be.

    Parameters
    ----------
    adjoint : Sweep
        Makes the adjoint of a block.
    loss : str
        The register that `value` reads.
    middle, value : Block
        What happens between both runs: where the cotangent of the loss begins, and where the value of the loss is read.
    outside : frozenset of str
        Names that stand around the block.
    """
    effects = adjoint.effects
    for k in range(len(block)):
        before, last = block[:k], block[k:]
        sums = accumulated(last, effects)
        if sums is not None and not sums & (outside | mentioned(before)):
            swept = added(adjoint.block(last), sums)
            at_once = (*swept, *value) if loss in sums else (*value, *swept)
            return (*before, *middle, *at_once, *adjoint.block(before))
    match block:
        case (*before, Within(compute, apply)) if adjoint.locals_only(compute):
            inside = there_and_back(adjoint, apply, loss, middle, value, outside | mentioned(tuple(before)) | mentioned(compute))
            return (*before, *adjoint.plain(compute), *inside, *adjoint.within(compute, False), *adjoint.block(tuple(before)))
        case _:
            return (*block, *middle, *value, *adjoint.block(block))


def accumulated(block: Block, effects: Effects) -> frozenset[str] | None:
    """The names that a block adds to and never reads; None if it changes anything else."""
    sums = effects.block(block).writes
    read: set[str] = set()
    for s in statements(block):
        if isinstance(s, Update) and s.op in ("+=", "-="):
            read |= mentions(s.value)
            read.update(*(mentions(i) for i in s.place.indices) if isinstance(s.place, Index) else ())
        elif not blocks(s) and named(s) & sums:
            return None
        else:
            read |= frozenset().union(*map(mentions, expressions(s)))
    return None if read & sums else sums


def named(s: Stmt) -> frozenset[str]:
    own = getattr(s, "name", None)
    return frozenset().union({own} if own else (), *map(mentions, expressions(s)))


def mentioned(block: Block) -> frozenset[str]:
    return frozenset().union(*(named(s) for s in statements(block)))


def added(block: Block, sums: frozenset[str]) -> Block:
    """What was undone is done: `s -= e` becomes `s += e` for these names."""
    def statement(s: Stmt) -> Stmt:
        return inverse_stmt(s) if isinstance(s, Update) and s.place.name in sums else with_blocks(s, lambda b: tuple(map(statement, b)))

    return tuple(map(statement, block))
