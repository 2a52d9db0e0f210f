"""What an irreversible host need not undo is not undone: compute parts whose results nobody reads again are dropped.

`Within(C, A)` becomes `C; A` when C writes locals only; the slices of mixed statements (`Undo`) go with it, and so
do the keepers that only they would have read. `literal` is the other choice: everything spelled out and undone.
"""

from __future__ import annotations

from revbench.ir.nodes import Block, Leave, Redo, Stash, Stmt, Undo, Within
from revbench.ir.walk import statements, with_blocks

from .effects import Effects, entered
from .inverse import inverse

NONE: frozenset[str] = frozenset()


def drop(block: Block, effects: Effects, keepers: frozenset[str] = NONE) -> Block:
    """The same values with less work; locals end without being checked.

    Parameters
    ----------
    keepers : frozenset of str
        Hidden keepers that only dropped code would read back: they are not stashed.
    """
    here = keepers | stashed(tuple(s for s in block if isinstance(s, Undo)))
    out: list[Stmt] = []
    for s in block:
        match s:
            case Within(compute, apply) if not effects.open(compute).writes - entered(compute):
                out += drop(compute, effects, here | stashed(compute))
                out += drop(apply, effects, here)
            case Within():                                   # a register is changed for a while: it must really come back
                out += literal((s,))
            case Redo(body):
                out += drop(body, effects, here)
            case Undo() | Leave():
                pass
            case Stash(name) if name in here:
                pass
            case _:
                out.append(with_blocks(s, lambda b: drop(b, effects, here)))
    return tuple(out)


def literal(block: Block) -> Block:
    """Every `Within`, `Undo` and `Redo` spelled out: run, use, undo."""
    out: list[Stmt] = []
    for s in block:
        match s:
            case Within(compute, apply):
                c = literal(compute)
                out += [*c, *literal(apply), *inverse(c)]
            case Undo(body):
                out += inverse(literal(body))
            case Redo(body):
                out += literal(body)
            case _:
                out.append(with_blocks(s, literal))
    return tuple(out)


def stashed(block: Block) -> frozenset[str]:
    return frozenset(t.name for t in statements(block) if isinstance(t, Stash))
