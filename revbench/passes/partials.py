"""Derivatives of one expression, in both modes: which operand gets how much of a cotangent, and what can be shared.

`push` is forward mode: the tangent of the expression, from the tangents of its operands. `pull` gives for every active
operand the factor times the seed; `spread` turns that into statements, with the subexpressions that several of them
need computed once, in locals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce
from typing import assert_never

from revbench.errors import Label, NotDifferentiable
from revbench.ir.nodes import (
    Block,
    Const,
    CopyOf,
    Depth,
    Enter,
    Expr,
    Field,
    Fn,
    If,
    IfExp,
    Index,
    Lazy,
    MatMul,
    Name,
    NewStack,
    Place,
    Reduce,
    Shape,
    Slice,
    Stmt,
    Top,
    Transposed,
    Update,
    Within,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_expr
from revbench.ir.types import Array, is_number, valued
from revbench.ir.walk import children, rebuild, subexpressions
from revbench.rules.functions import FUNCTIONS

from .inverse import negated
from .simplify import add, is_const, mul, neg, simplify

Active = Callable[[Place], bool]
Dot = Callable[[Place], Place | None]          # the tangent of a place, None if it carries none
Guards = tuple[tuple[Expr, bool], ...]         # the tests that stand around an operand, and how each of them must come out
Pulled = list[tuple[Place, Expr, Guards]]
ZERO = Const(0.0)


def zeros_beside(name: str, t: Array) -> Expr:
    """The cotangent or tangent, zero as yet, of an array: of floats also beside one of a number system."""
    return Zeros(tuple(Shape(name, axis) for axis in range(t.ndim)), valued(t).dtype) if is_number(t) else ZerosLike(Name(name))


def pull(e: Expr, seed: Expr, active: Active) -> Pulled:
    """(operand, seed times derivative, guards) for every active operand, in reading order; an operand may occur twice.

    The branch of a conditional that is not taken must not even be evaluated: its factors are conditionals themselves.
    An element that is read nowhere else may not exist then; it has guards.

    Raises
    ------
    NotDifferentiable
        When an active operand passes through a function without a derivative.
    """
    sure = _certain(e)
    return [(p, g, guards) if guards and isinstance(p, Index) and p not in sure else (p, guarded(g, guards), ())
            for p, g, guards in _pull(e, seed, active, ())]


def _pull(e: Expr, seed: Expr, active: Active, guards: Guards) -> Pulled:
    if not any(isinstance(s, Name | Index) and active(s) for s in subexpressions(e)):
        return []
    match e:
        case Name() | Index():
            return [(e, seed, guards)] if active(e) else []
        case Fn(_, args):
            out: Pulled = []
            for k, a in enumerate(args):
                if any(isinstance(s, Name | Index) and active(s) for s in subexpressions(a)):
                    d = derivative(e, k)
                    if not is_const(d, 0):
                        out += _pull(a, mul(seed, d), active, guards)
            return out
        case IfExp(test, a, b):
            return _pull(a, seed, active, (*guards, (test, True))) + _pull(b, seed, active, (*guards, (test, False)))
        case Lazy() | Reduce():                                  # `argmax` and `argmin` are all that is left of reductions
            return []
        case _:
            raise AssertionError(f"compiler bug: no derivative of {type(e).__name__}")


def _certain(e: Expr) -> frozenset[Expr]:
    """The elements that are read whenever `e` is evaluated."""
    match e:
        case Lazy(_, a, _):
            return _certain(a)
        case IfExp(test, a, b):
            return _certain(test) | (_certain(a) & _certain(b))
        case _:
            return frozenset([e] if isinstance(e, Index) else []).union(*map(_certain, children(e)))


def guarded(g: Expr, guards: Guards) -> Expr:
    for test, wanted in reversed(guards):
        g = IfExp(test, g, ZERO) if wanted else IfExp(test, ZERO, g)
    return g


def _condition(guards: Guards) -> Expr:
    """The guards as one test."""
    tests = [test if wanted else negated(test) for test, wanted in guards]
    return reduce(lambda a, b: Lazy("and", a, b), tests)


def derivative(e: Fn, k: int) -> Expr:
    """d(e)/d(argument k), in terms of e's arguments."""
    rule = FUNCTIONS[e.fn]
    if rule.result in ("bool", "int"):
        return Const(0.0)
    d = rule.partial(k)
    if d is None:
        raise NotDifferentiable(f"`{show_expr(e)}` has no derivative with respect to `{show_expr(e.args[k])}`", Label(e.span, "here"),
                                hint="take the register out of `wrt`, or write the function out")
    by_name = dict(zip(rule.params, e.args, strict=True))

    def substitute(x: Expr) -> Expr:
        return by_name[x.name] if isinstance(x, Name) else rebuild(replace(x, span=e.span), substitute)

    return simplify(substitute(d))


def spread(pulled: Pulled, bar: Callable[[Place], Place], fresh: Iterator[int], span: object) -> tuple[Block, list[tuple[str, Expr]]]:
    """Statements that add the pulled factors to the cotangents, and the locals that they share."""
    sums: dict[tuple[Place, Guards], Expr] = {}
    for p, g, guards in pulled:
        sums[p, guards] = add(sums[p, guards], g) if (p, guards) in sums else g
    use, made = sharing([guarded(g, guards) for (_, guards), g in sums.items()], fresh)
    updates: list[Stmt] = []
    inside: dict[Guards, Pulled] = {}
    for (p, guards), g in sums.items():
        value = use(g)
        if guards:
            inside.setdefault(guards, []).append((p, value, ()))
            continue
        op, value = ("-=", neg(value)) if isinstance(value, Fn) and value.fn == "neg" else ("+=", value)
        updates.append(Update(bar(p), op, value, span=span))          # type: ignore[arg-type]
    more: list[tuple[str, Expr]] = []
    for guards, group in inside.items():
        test, (block, own) = _condition(guards), spread(group, bar, fresh, span)
        updates.append(If(test, test, block, (), span=span))          # type: ignore[arg-type]
        more += own
    if not made:
        return tuple(updates), more
    compute = tuple(Enter(name, e, span=span) for name, e in made)    # type: ignore[arg-type]
    return (Within(compute, tuple(updates), span=span),), made + more  # type: ignore[arg-type]


def push(e: Expr, dot: Dot) -> Expr:
    """Forward mode over one expression: its tangent, from the tangents of its operands. The constant zero where there is none.

    Raises
    ------
    NotDifferentiable
        When an active operand passes through a function without a derivative.
    """
    match e:
        case Name() | Index():
            return dot(e) or ZERO
        case Fn(fn, args):
            out: Expr = ZERO
            for k, a in enumerate(args):
                if is_const(t := push(a, dot), 0) or is_const(d := derivative(e, k), 0):
                    continue
                t = Fn(fn, (t,), span=e.span) if FUNCTIONS[fn].result == "cast" else mul(d, t)
                out = _plus(out, t)
            return out
        case IfExp(test, a, b):
            then, orelse = push(a, dot), push(b, dot)
            return then if then == orelse else IfExp(test, then, orelse, span=e.span)
        case Const() | Shape() | Lazy() | Depth() | Reduce():    # `argmax` and `argmin` are all that is left of reductions
            return ZERO
        case Top(name):
            along = dot(Name(name))
            return ZERO if along is None else Top(along.name, span=e.span)
        case MatMul(a, b):
            left, right = push(a, dot), push(b, dot)
            first: Expr = ZERO if is_const(left, 0) else replace(e, left=left)
            return first if is_const(right, 0) else _plus(first, replace(e, right=right))
        case Transposed(source):
            t = push(source, dot)
            return t if is_const(t, 0) else Transposed(t, span=e.span)
        case Zeros() | CopyOf() | ZerosLike() | NewStack() | Slice() | Field():
            raise AssertionError(f"compiler bug: {type(e).__name__} is no number")
        case _:
            assert_never(e)


def _plus(a: Expr, b: Expr) -> Expr:
    return b if is_const(a, 0) else add(a, b)


def sharing(exprs: list[Expr], fresh: Iterator[int]) -> tuple[Callable[[Expr], Expr], list[tuple[str, Expr]]]:
    """How to write expressions that are evaluated together: subexpressions that several of them need stand in locals, which are listed when used."""
    shared, temps = _shared(exprs), dict[Expr, str]()
    made: list[tuple[str, Expr]] = []

    def use(e: Expr) -> Expr:
        if isinstance(e, Index):                                # an index stays readable: the race check of a shown text reads it
            return e
        if e in temps:
            return Name(temps[e], span=e.span)
        inner = rebuild(e, use)
        if e in shared:
            temps[e] = f"_t{next(fresh)}"
            made.append((temps[e], inner))
            return Name(temps[e], span=e.span)
        return inner

    return use, made


def _shared(exprs: list[Expr]) -> set[Expr]:
    """Function applications that occur at least twice, and at least once where they are certainly evaluated."""
    seen: Counter[Expr] = Counter()
    certain: set[Expr] = set()

    def visit(e: Expr, sure: bool) -> None:
        if isinstance(e, Index):
            return
        if not isinstance(e, Fn | IfExp | Lazy):
            for c in children(e):
                visit(c, sure)
            return
        if isinstance(e, Fn):
            seen[e] += 1
            again = seen[e] > 1 and (e in certain or not sure)
            if sure:
                certain.add(e)
            if again:
                return
        match e:
            case IfExp(test, a, b):
                visit(test, sure)
                visit(a, False)
                visit(b, False)
            case Lazy(_, a, b):
                visit(a, sure)
                visit(b, False)
            case Fn():
                for c in e.args:
                    visit(c, sure)

    for e in exprs:
        visit(e, True)
    return {e for e, n in seen.items() if n > 1 and e in certain and not _plain_test(e)}


def _plain_test(e: Expr) -> bool:
    """A comparison of names and numbers: as short as the local that it would stand in, and lanes have no bools."""
    return isinstance(e, Fn) and FUNCTIONS[e.fn].result == "bool" and all(isinstance(a, Name | Const | Shape) for a in e.args)


