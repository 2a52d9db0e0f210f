"""The only generic traversals: children, rebuild, places and names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import is_
from typing import TypeVar, assert_never

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

AnyNode = TypeVar("AnyNode", bound=Expr | Stmt)


# ---- expressions
def children(e: Expr) -> tuple[Expr, ...]:
    match e:                                            # what is frequent stands first
        case Name() | Const():
            return ()
        case Index():
            return e.indices
        case Fn():
            return e.args
        case Shape() | Field() | NewStack() | Top() | Depth():
            return ()
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
        case Name() | Const():
            return e
        case Index():
            new = tuple(map(f, e.indices))
            return e if same(new, e.indices) else Index(e.name, new, span=e.span)
        case Fn():
            new = tuple(map(f, e.args))
            return e if same(new, e.args) else Fn(e.fn, new, span=e.span)
        case Shape() | Field() | NewStack() | Top() | Depth():
            return e
        case Reduce():
            return changed(e, args=tuple(map(f, e.args)))
        case Slice(start, stop, step):
            return changed(e, start=start and f(start), stop=stop and f(stop), step=step and f(step))
        case MatMul():
            return changed(e, left=f(e.left), right=f(e.right))
        case Transposed():
            return changed(e, source=f(e.source))
        case Lazy():
            return changed(e, left=f(e.left), right=f(e.right))
        case IfExp():
            return changed(e, test=f(e.test), then=f(e.then), orelse=f(e.orelse))
        case Zeros():
            return changed(e, shape=tuple(map(f, e.shape)), fill=e.fill and f(e.fill))
        case CopyOf():
            source = f(e.source)
            assert isinstance(source, Name | Index)
            return changed(e, source=source)
        case ZerosLike():
            source = f(e.source)
            assert isinstance(source, Name | Index)
            return changed(e, source=source, fill=e.fill and f(e.fill))
        case _:
            assert_never(e)


def same(new: Sequence[object], old: Sequence[object]) -> bool:
    """Whether these are as many of the same objects. (Equality would compare whole trees, and leave their spans out.)"""
    return len(new) == len(old) and all(map(is_, new, old))


def changed(node: AnyNode, **parts: object) -> AnyNode:
    """The node with these parts; the same object, if they are what it has."""
    for name, new in parts.items():
        old = getattr(node, name)
        if new is not old and not (isinstance(new, tuple) and isinstance(old, tuple) and same(new, old)):
            return replace(node, **parts)               # type: ignore[arg-type]
    return node


def subexpressions(e: Expr) -> Iterator[Expr]:
    """`e` and everything in it, outermost first."""
    waiting = [e]
    while waiting:
        s = waiting.pop()
        yield s
        waiting += reversed(children(s))


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
        case Update() | Enter():                        # what is frequent stands first
            return ()
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
    """`s` with `f` applied to each of its blocks; the same object when nothing changed."""
    match s:
        case Within():
            return changed(s, compute=f(s.compute), apply=f(s.apply))
        case If():
            return changed(s, then=f(s.then), orelse=f(s.orelse))
        case Loop():
            return changed(s, first=f(s.first), second=f(s.second))
        case For() | ForBack() | Undo() | Redo() | Unchecked() | ComputeBlock() | InverseBlock():
            return changed(s, body=f(s.body))
        case _:
            return s


def statements(block: Block) -> Iterator[Stmt]:
    """Every statement, outermost first."""
    waiting = list(reversed(block))
    while waiting:
        s = waiting.pop()
        yield s
        for b in reversed(blocks(s)):
            waiting += reversed(b)


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


def everywhere(block: Block) -> Iterator[Expr]:
    """Every expression of a block, and everything in it, as the text has it."""
    waiting: list[Expr] = []
    for s in statements(block):
        waiting += reversed(expressions(s))
        while waiting:
            e = waiting.pop()
            yield e
            waiting += reversed(children(e))


def map_expressions(s: Stmt, f: Callable[[Expr], Expr]) -> Stmt:
    """`s` with `f` applied to every expression and place of the statement itself; the same object when nothing changed."""
    def place(p: Place) -> Place:
        q = f(p)
        assert isinstance(q, Name | Index), q
        return q

    match s:
        case Update():
            return changed(s, place=place(s.place), value=f(s.value))
        case Permute():
            return changed(s, places=tuple(map(place, s.places)))
        case Apply() | Unapply():
            return changed(s, places=tuple(map(place, s.places)), params=tuple(map(f, s.params)))
        case Keep():
            return changed(s, value=f(s.value))
        case Push() | Pop():
            return changed(s, stack=place(s.stack), place=place(s.place))
        case Append() | Drop():
            return changed(s, stack=place(s.stack), value=f(s.value))
        case Enter() | Leave():
            return changed(s, init=f(s.init))
        case If():
            return changed(s, test=f(s.test), exit=None if s.exit is None else f(s.exit))
        case Loop():
            return changed(s, test=f(s.test), entry=None if s.entry is None else f(s.entry))
        case For() | ForBack():
            r = s.range
            new = f(r.start), f(r.stop), f(r.step)
            return s if same(new, (r.start, r.stop, r.step)) else replace(s, range=Range(*new))
        case Call() | Uncall():
            return changed(s, args=tuple(map(f, s.args)), consts=tuple((k, f(e)) for k, e in s.consts))
        case Assert():
            return changed(s, test=f(s.test))
        case Print():
            return changed(s, parts=tuple(p if isinstance(p, str) else f(p) for p in s.parts))
        case Probe():
            return changed(s, value=f(s.value))
        case Require():
            return changed(s, test=f(s.test), values=tuple((k, f(e)) for k, e in s.values))
        case Release():
            return changed(s, value=None if s.value is None else f(s.value))
        case (Within() | Undo() | Redo() | Stash() | Unstash() | Forget() | Unchecked() | ComputeBlock() | Uncompute()
              | InverseBlock()):
            return s
        case _:
            assert_never(s)


def replaced(block: Block, found: Mapping[Expr, Expr]) -> Block:
    """The block with other expressions in place of these; the largest first, and none within what is put."""
    def put(e: Expr) -> Expr:
        return found[e] if e in found else rebuild(e, put)

    return tuple(with_blocks(map_expressions(s, put), lambda b: replaced(b, found)) for s in block)


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
