"""Which names of a kernel are stacks: known by their use, in the text or in a kernel that they are handed to."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from revbench.ir.nodes import Append, Call, Depth, Drop, Enter, Expr, Name, NewStack, Permute, Pop, Program, Push, Shape, Stmt, Top, Uncall
from revbench.ir.read import STACK
from revbench.ir.walk import everywhere, map_expressions, rebuild, statements, with_blocks

from .syntax import Syntax


def used_as_stacks(syntax: Syntax) -> frozenset[str]:
    """Names whose own text says that they are stacks: `s.push(x)`, `s = Stack()`, or nothing but `s[-1]`, `len(s)` and being handed on."""
    out: set[str] = set()
    for line in syntax.every(ast.Expr):
        match line.value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if attr in STACK:
                out.add(name)
    for made in syntax.every(ast.Assign):
        match made:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="Stack") | ast.Attribute(attr="Stack"))):
                out.add(name)
    tops: Counter[str] = Counter()
    for part in syntax.every(ast.Subscript):
        match part:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))):
                tops[name] += 1
    if tops:
        calls, all_uses = syntax.every(ast.Call), Counter(n.id for n in syntax.every(ast.Name))
        tops.update(a.id for n in calls for a in n.args if isinstance(a, ast.Name) and a.id in tops)
        handed_on = {n.args[0].id for n in calls if len(n.args) and isinstance(n.args[0], ast.Name)}
        out |= {name for name, k in tops.items() if k == all_uses[name] and name in handed_on}
    swaps = [{e.id for e in n.targets[0].elts if isinstance(e, ast.Name)} for n in syntax.every(ast.Assign) if isinstance(n.targets[0], ast.Tuple)]
    for _ in swaps:                                               # what is exchanged with a stack is one
        out = out.union(*(group for group in swaps if group & out))
    return frozenset(out)


def solved(programs: Mapping[str, Program], own: Iterable[str]) -> dict[str, Program]:
    """The programs with `len(s)` of stacks as what it is: it reads the contents."""
    found = {name: set(_direct(p)) for name, p in programs.items()}
    while any(found.values()):
        before = sum(map(len, found.values()))
        for name, p in programs.items():
            for s in statements(p.body):
                _spread(s, found[name], programs, found)
        if sum(map(len, found.values())) == before:
            break
    return {name: _with_depths(p, found[name]) if name in own else p for name, p in programs.items()}


def _direct(p: Program) -> Iterable[str]:
    for s in statements(p.body):
        match s:
            case Push(stack) | Pop(stack) | Append(stack) | Drop(stack):
                yield stack.name
            case Enter(name, NewStack()):
                yield name
    yield from (e.name for e in everywhere(p.body) if isinstance(e, Top | Depth))


def _spread(s: Stmt, mine: set[str], programs: Mapping[str, Program], found: dict[str, set[str]]) -> None:
    match s:
        case Call(kernel, args) | Uncall(kernel, args) if kernel in programs:
            for a, q in zip(args, programs[kernel].params, strict=False):
                if isinstance(a, Name) and q in found[kernel]:
                    mine.add(a.name)
                elif isinstance(a, Name) and a.name in mine:
                    found[kernel].add(q)
        case Permute(places) if any(isinstance(p, Name) and p.name in mine for p in places):
            mine |= {p.name for p in places}


def _with_depths(p: Program, stacks: set[str]) -> Program:
    def expr(e: Expr) -> Expr:
        return Depth(e.name, span=e.span) if isinstance(e, Shape) and e.name in stacks and e.axis == 0 else rebuild(e, expr)

    def block(b: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
        return tuple(with_blocks(map_expressions(s, expr), block) for s in b)

    return replace(p, body=block(p.body)) if stacks else p
