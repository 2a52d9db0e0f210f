"""Value and gradient in one sweep: what only accumulates need not run forward before it runs backward.

A gradient runs the kernel, then its adjoint, which undoes the kernel again. The last statements of most kernels only add to
registers that nothing reads: their adjoint needs nothing that they leave behind. So they run once, in the adjoint, which adds
where it would have subtracted. `F; F'` becomes `P; S'; P'` with `F = P; S`, and the memory is the same.
"""

from __future__ import annotations

from revbench.ir.nodes import (
    Block,
    Enter,
    For,
    ForBack,
    Forget,
    If,
    Index,
    Leave,
    Loop,
    Redo,
    Stash,
    Stmt,
    Top,
    Unchecked,
    Undo,
    Unstash,
    Update,
    Within,
)
from revbench.ir.walk import blocks, expressions, mentions, statements, subexpressions, with_blocks

from .adjoint import Sweep
from .drop import drop, literal
from .effects import Effects, entered
from .inverse import inverse_stmt

NONE: frozenset[str] = frozenset()


def there_and_back(adjoint: Sweep, block: Block, loss: str, middle: Block, value: Block, outside: frozenset[str] = NONE,
                   held: frozenset[str] = NONE) -> Block:
    """`block`, `middle`, the adjoint of `block`, with as much of it in one sweep as can be.

    What runs forward is not undone where it runs: its locals are dropped at once, and so is what only their undoing reads.

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
    held : frozenset of str
        Locals from outside that the adjoint takes as the forward run leaves them.
    """
    effects = adjoint.effects
    for k in range(len(block)):
        before, last = block[:k], block[k:]
        sums = accumulated(last, effects)
        if sums is not None and not sums & (outside | mentioned(before)):
            swept = one_sweep(adjoint, last, sums)
            at_once = (*swept, *value) if loss in sums else (*value, *swept)
            return (*forward(before, effects, held), *middle, *at_once, *adjoint.block(before))
    match block:
        case (*first, Within(compute, apply)) if adjoint.locals_only(compute) and (rest := not_undone(adjoint, apply)) is not None:
            before = tuple(first)
            inside = there_and_back(adjoint, rest, loss, middle, value, outside | mentioned(before) | mentioned(compute), held | entered(compute))
            return (*forward(before, effects, held), *adjoint.plain(compute), *inside, *adjoint.within(compute, False), *adjoint.block(before))
        case _:
            return (*forward(block, effects, held), *middle, *value, *adjoint.block(block))


def one_sweep(adjoint: Sweep, block: Block, sums: frozenset[str]) -> Block:
    """What the block adds, and its adjoint. Where it changes nothing else that has a cotangent, in its own order: it only runs once."""
    found = along(adjoint, block, sums)
    if found is None and all(isinstance(s, Update | For | ForBack | If | Loop | Within | Unchecked) for s in block):      # which do not need one another
        found = tuple(t for s in reversed(block) for t in along(adjoint, (s,), sums) or added(adjoint.statement(s), sums))
    return added(adjoint.block(block), sums) if found is None else found


def along(adjoint: Sweep, block: Block, sums: frozenset[str]) -> Block | None:
    """The block, pulling the cotangents of every sum where that is added to; None if it changes anything else that has one."""
    out: list[Stmt] = []
    for s in block:
        parts = blocks(s)
        if isinstance(s, Update) and s.place.name in sums:
            if any(isinstance(e, Top) for e in subexpressions(s.value)):
                return None
            out += (*adjoint.update(s)[1:], s)              # the first of them would undo it
            continue
        once = (s.compute,) if isinstance(s, Within) else parts if isinstance(s, Undo | Redo) else ()         # what is undone adds nothing
        if any(isinstance(t, Update) and t.place.name in sums for b in once for t in statements(b)):
            return None
        if not parts and changed(s, adjoint.effects) & (adjoint.active | sums):
            return None
        inside = {id(b): along(adjoint, b, sums) for b in parts}
        if None in inside.values():
            return None
        out.append(with_blocks(s, lambda b, inside=inside: inside[id(b)] or ()))       # type: ignore[misc]
    return tuple(out)


def changed(s: Stmt, effects: Effects) -> frozenset[str]:
    """The names that a statement which is no block begins, ends or changes."""
    own = {s.name} if isinstance(s, Enter | Leave | Stash | Unstash | Forget) else set()
    return effects.of(s).writes | own


def forward(block: Block, effects: Effects, held: frozenset[str]) -> Block:
    """What runs before the adjoint: nothing is undone, but what is held and would be done again."""
    again = any(isinstance(s, Undo) and effects.block(s.body).writes & held for s in statements(block))
    return literal(block) if again else drop(block, effects)


def not_undone(adjoint: Sweep, block: Block) -> Block | None:
    """The block without the slices that are undone at its end, which the adjoint would only run again; None if one is undone elsewhere."""
    end = len(block)
    while end and isinstance(block[end - 1], Undo) and all(isinstance(s, Redo) for s in adjoint.statement(block[end - 1])):
        end -= 1
    return None if any(isinstance(s, Undo) for s in block[:end]) else block[:end]


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
