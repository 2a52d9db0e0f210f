"""The only generic traversals: children, rebuild, places and names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import assert_never

from .nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    ComputeBlock,
    Const,
    CopyOf,
    Depth,
    Drop,
    Enter,
    Expr,
    Field,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    IfExp,
    Index,
    InverseBlock,
    Keep,
    Lazy,
    Leave,
    Loop,
    MatMul,
    Name,
    NewStack,
    Permute,
    Place,
    Pop,
    Print,
    Probe,
    Program,
    Push,
    Range,
    Redo,
    Reduce,
    Release,
    Require,
    Shape,
    Slice,
    Stash,
    Stmt,
    Top,
    Transposed,
    Unapply,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    Within,
    Zeros,
    ZerosLike,
)


# ---- expressions
def children(e: Expr) -> tuple[Expr, ...]:
    match e:
        case Const() | Name() | Shape() | Field() | NewStack() | Top() | Depth():
            return ()
        case Index():
            return e.indices
        case Fn():
            return e.args
        case Lazy():
            return (e.left, e.right)
        case IfExp():
            return (e.test, e.then, e.orelse)
        case Zeros():
            return e.shape if e.fill is None else (*e.shape, e.fill)
        case CopyOf() | Transposed():
            return (e.source,)
        case Slice():
            return tuple(part for part in (e.start, e.stop, e.step) if part is not None)
        case Reduce():
            return e.args
        case MatMul():
            return (e.left, e.right)
        case ZerosLike():
            inside = e.source.indices if isinstance(e.source, Index) else ()    # reads no contents
            return inside if e.fill is None else (*inside, e.fill)
        case _:
            assert_never(e)


def rebuild(e: Expr, f: Callable[[Expr], Expr]) -> Expr:
    """`e` with `f` applied to its children; the same object when nothing changed."""
    match e:
        case Const() | Name() | Shape() | Field() | NewStack() | Top() | Depth():
            return e
        case Index():
            new = tuple(map(f, e.indices))
            return e if new == e.indices else replace(e, indices=new)
        case Fn() | Reduce():
            new = tuple(map(f, e.args))
            return e if new == e.args else replace(e, args=new)
        case Slice(start, stop, step):
            return replace(e, start=start and f(start), stop=stop and f(stop), step=step and f(step))
        case MatMul():
            return replace(e, left=f(e.left), right=f(e.right))
        case Transposed():
            return replace(e, source=f(e.source))
        case Lazy():
            return replace(e, left=f(e.left), right=f(e.right))
        case IfExp():
            return replace(e, test=f(e.test), then=f(e.then), orelse=f(e.orelse))
        case Zeros():
            return replace(e, shape=tuple(map(f, e.shape)), fill=e.fill and f(e.fill))
        case CopyOf():
            source = f(e.source)
            assert isinstance(source, Name | Index)
            return replace(e, source=source)
        case ZerosLike():
            source = f(e.source)
            assert isinstance(source, Name | Index)
            return replace(e, source=source, fill=e.fill and f(e.fill))
        case _:
            assert_never(e)


def subexpressions(e: Expr) -> Iterator[Expr]:
    yield e
    for c in children(e):
        yield from subexpressions(c)


NAMED = (Name, Index, Top, Depth)


def names(e: Expr) -> frozenset[str]:
    """Names whose contents are read. Shapes read no contents."""
    out: set[str] = set()
    waiting = [e]
    while waiting:
        s = waiting.pop()
        if isinstance(s, NAMED):
            out.add(s.name)
        waiting += children(s)
    return frozenset(out)


def mentions(e: Expr) -> frozenset[str]:
    """Names that stand in the text of `e`, shapes included."""
    return frozenset(s.source.name if isinstance(s, ZerosLike) else s.name for s in subexpressions(e)
                     if isinstance(s, Name | Index | Shape | ZerosLike | Top | Depth))


def of_shapes(e: Expr) -> bool:
    """Whether `e` reads nothing but shapes: such an assertion costs next to nothing, and unchecked code keeps it."""
    parts = list(subexpressions(e))
    return all(isinstance(p, Shape | Const | Fn | Lazy) for p in parts) and any(isinstance(p, Shape) for p in parts)


def places_read(e: Expr) -> list[Place]:
    return [s for s in subexpressions(e) if isinstance(s, Name | Index)]


def places_compared(e: Expr) -> tuple[Place, ...]:
    """The first places of a condition, as it is told when it does not hold; indices count as parts of their places."""
    def leaves(x: Expr) -> Iterator[Place]:
        if isinstance(x, Name | Index):
            yield x
        else:
            for c in children(x):
                yield from leaves(c)

    return tuple(dict.fromkeys(leaves(e)))[:3]


def index_reads(p: Place) -> frozenset[str]:
    return frozenset().union(*map(names, p.indices)) if isinstance(p, Index) else frozenset()


# ---- statements
def blocks(s: Stmt) -> tuple[Block, ...]:
    """The blocks that stand inside a statement."""
    match s:
        case Within():
            return (s.compute, s.apply)
        case If():
            return (s.then, s.orelse)
        case Loop():
            return (s.first, s.second)
        case For() | ForBack() | Undo() | Redo() | Unchecked() | ComputeBlock() | InverseBlock():
            return (s.body,)
        case _:
            return ()


def with_blocks(s: Stmt, f: Callable[[Block], Block]) -> Stmt:
    """`s` with `f` applied to each of its blocks."""
    match s:
        case Within():
            return replace(s, compute=f(s.compute), apply=f(s.apply))
        case If():
            return replace(s, then=f(s.then), orelse=f(s.orelse))
        case Loop():
            return replace(s, first=f(s.first), second=f(s.second))
        case For() | ForBack() | Undo() | Redo() | Unchecked() | ComputeBlock() | InverseBlock():
            return replace(s, body=f(s.body))
        case _:
            return s


def statements(block: Block) -> Iterator[Stmt]:
    """Every statement, outermost first."""
    for s in block:
        yield s
        for b in blocks(s):
            yield from statements(b)


def expressions(s: Stmt) -> tuple[Expr, ...]:
    """The expressions and places that stand in the statement itself, not in its blocks."""
    match s:
        case Update():
            return (s.place, s.value)
        case Permute():
            return s.places
        case Apply() | Unapply():
            return s.places + s.params
        case Keep():
            return (s.value,)
        case Push() | Pop():
            return (s.stack, s.place)
        case Append() | Drop():
            return (s.stack, s.value)
        case Enter() | Leave():
            return (s.init,)
        case If():
            return (s.test,) if s.exit is None else (s.test, s.exit)
        case Loop():
            return (s.test,) if s.entry is None else (s.entry, s.test)
        case For() | ForBack():
            return (s.range.start, s.range.stop, s.range.step)
        case Call() | Uncall():
            return s.args + tuple(e for _, e in s.consts)
        case Assert():
            return (s.test,)
        case Print():
            return tuple(p for p in s.parts if not isinstance(p, str))
        case Probe():
            return (s.value,)
        case Require():
            return (s.test, *(e for _, e in s.values))
        case Release():
            return () if s.value is None else (s.value,)
        case (Within() | Undo() | Redo() | Stash() | Unstash() | Forget() | Unchecked() | ComputeBlock() | Uncompute()
              | InverseBlock()):
            return ()
        case _:
            assert_never(s)


def map_expressions(s: Stmt, f: Callable[[Expr], Expr]) -> Stmt:
    """`s` with `f` applied to every expression and place of the statement itself."""
    def place(p: Place) -> Place:
        q = f(p)
        assert isinstance(q, Name | Index), q
        return q

    match s:
        case Update():
            return replace(s, place=place(s.place), value=f(s.value))
        case Permute():
            return replace(s, places=tuple(map(place, s.places)))
        case Apply() | Unapply():
            return replace(s, places=tuple(map(place, s.places)), params=tuple(map(f, s.params)))
        case Keep():
            return replace(s, value=f(s.value))
        case Push() | Pop():
            return replace(s, stack=place(s.stack), place=place(s.place))
        case Append() | Drop():
            return replace(s, stack=place(s.stack), value=f(s.value))
        case Enter() | Leave():
            return replace(s, init=f(s.init))
        case If():
            return replace(s, test=f(s.test), exit=None if s.exit is None else f(s.exit))
        case Loop():
            return replace(s, test=f(s.test), entry=None if s.entry is None else f(s.entry))
        case For() | ForBack():
            r = s.range
            return replace(s, range=Range(f(r.start), f(r.stop), f(r.step)))
        case Call() | Uncall():
            return replace(s, args=tuple(map(f, s.args)), consts=tuple((k, f(e)) for k, e in s.consts))
        case Assert():
            return replace(s, test=f(s.test))
        case Print():
            return replace(s, parts=tuple(p if isinstance(p, str) else f(p) for p in s.parts))
        case Probe():
            return replace(s, value=f(s.value))
        case Require():
            return replace(s, test=f(s.test), values=tuple((k, f(e)) for k, e in s.values))
        case Release():
            return replace(s, value=None if s.value is None else f(s.value))
        case (Within() | Undo() | Redo() | Stash() | Unstash() | Forget() | Unchecked() | ComputeBlock() | Uncompute()
              | InverseBlock()):
            return s
        case _:
            assert_never(s)


def renamed(block: Block, old: str, new: str) -> Block:
    """The block with one name replaced everywhere."""
    def expr(e: Expr) -> Expr:
        e = rebuild(e, expr)
        return replace(e, name=new) if isinstance(e, Name | Index | Shape | Top | Depth) and e.name == old else e

    def statement(s: Stmt) -> Stmt:
        s = with_blocks(map_expressions(s, expr), lambda b: tuple(map(statement, b)))
        match s:
            case Enter() | Leave() | Release() | Stash() | Unstash() | Forget() | Keep() if s.name == old:
                return replace(s, name=new)
            case For() | ForBack() if s.var == old:
                return replace(s, var=new)
            case _:
                return s

    return tuple(map(statement, block))


def callees(p: Program) -> tuple[str, ...]:
    """Names of the kernels that `p` calls, in order of first appearance."""
    found = dict.fromkeys(s.kernel for s in statements(p.body) if isinstance(s, Call | Uncall))
    return tuple(found)
