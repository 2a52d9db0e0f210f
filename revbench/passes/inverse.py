"""The program that undoes a program: statements in reverse order, each replaced by its opposite.

`inverse(inverse(b)) == b` by plain equality.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from revbench.errors import Label, NotInvertible
from revbench.ir.nodes import (
    OPPOSITE,
    Append,
    Apply,
    Assert,
    Block,
    Call,
    ComputeBlock,
    Drop,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    InverseBlock,
    Keep,
    Leave,
    Loop,
    Permute,
    Pop,
    Print,
    Probe,
    Push,
    Redo,
    Release,
    Require,
    Stash,
    Stmt,
    Unapply,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    Within,
)
from revbench.rules.bijections import BIJECTIONS


def inverse(block: Block) -> Block:
    """The block that undoes `block`.

    Raises
    ------
    NotInvertible
        When the block erases information (`forget`).
    """
    return tuple(inverse_stmt(s) for s in reversed(block))


def negated(e: Expr) -> Expr:
    return e.args[0] if isinstance(e, Fn) and e.fn == "not_" else Fn("not_", (e,), span=e.span)


def inverse_stmt(s: Stmt) -> Stmt:
    match s:
        case Update():
            return replace(s, op=OPPOSITE[s.op])
        case Permute(_, order):
            return replace(s, order=tuple(order.index(k) for k in range(len(order))))
        case Apply(bijection, places, params):
            return s if BIJECTIONS[bijection].own_inverse else Unapply(bijection, places, params, span=s.span)
        case Unapply(bijection, places, params):
            return Apply(bijection, places, params, span=s.span)
        case Push(stack, place):
            return Pop(stack, place, span=s.span)
        case Pop(stack, place):
            return Push(stack, place, span=s.span)
        case Append(stack, value):
            return Drop(stack, value, span=s.span)
        case Drop(stack, value):
            return Append(stack, value, span=s.span)
        case Enter(name, init):
            return Leave(name, init, span=s.span)
        case Leave(name, init):
            return Enter(name, init, span=s.span)
        case Within():
            return replace(s, apply=inverse(s.apply))
        case Undo(body):
            return Redo(body, span=s.span)
        case Redo(body):
            return Undo(body, span=s.span)
        case If():
            assert s.exit is not None, "compiler bug: an `if` without its other end"
            return If(s.exit, s.test, inverse(s.then), inverse(s.orelse), span=s.span)
        case Loop():
            assert s.entry is not None, "compiler bug: a loop without its other end"
            return Loop(negated(s.test), inverse(s.first), negated(s.entry), inverse(s.second), span=s.span)
        case For():
            return ForBack(s.var, s.range, inverse(s.body), s.parallel, span=s.span)
        case ForBack():
            return For(s.var, s.range, inverse(s.body), s.parallel, span=s.span)
        case Call(kernel, args, consts, each):
            return Uncall(kernel, args, consts, each, span=s.span)
        case Uncall(kernel, args, consts, each):
            return Call(kernel, args, consts, each, span=s.span)
        case Stash(name):
            return Unstash(name, span=s.span)
        case Unstash(name):
            return Stash(name, span=s.span)
        case Unchecked():
            return replace(s, body=inverse(s.body))
        case Assert() | Print() | Probe() | Require():
            return s
        case Forget(name):
            raise NotInvertible(f"`forget({name})` erases what `{name}` held", Label(s.span, "erased here"),
                                hint="a gradient program has no inverse; run the kernel forward again")
        case ComputeBlock() | Uncompute() | InverseBlock() | Release() | Keep():
            raise AssertionError(f"compiler bug: {type(s).__name__} after scopes")
        case _:
            assert_never(s)
