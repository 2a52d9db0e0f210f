"""Statements that leave a block from inside, or reach outside it: what is said, and what to write instead."""

from __future__ import annotations

import ast
from dataclasses import replace

from revbench.errors import IrreversibleAssignment, Label, Span
from revbench.ir.nodes import Block
from revbench.ir.read import Reader
from revbench.passes.mending import quoted

from .advice import Fresh
from .fence import REFUSED
from .lines import Lines
from .syntax import Syntax


class Leaving(Lines):
    """What the parser refuses with a look at what stands around."""

    node: ast.FunctionDef                                      # the kernel at hand

    def leaving(self, node: ast.Return | ast.Break | ast.Continue | ast.Global | ast.Nonlocal | ast.Try) -> Block:
        """Statements that leave a block from inside, or reach outside: the second place is what they leave."""
        kind, message, hint = REFUSED[type(node)]
        inner = [n for n in ast.walk(node) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div | ast.Mod | ast.FloorDiv)]
        arm = self.arms[-1][0] if self.arms and self.arms[-1][1] else None
        loop = self.loops[-1] if self.loops else None
        second = Label(head_of(self.reader, self.node), "this kernel", "~")
        match node:
            case ast.Return():
                hint = handing_back(self.node, node.value, arm, self.new)
            case ast.Break() if loop is not None:
                hint = leaving_early(loop, arm, self.new)
            case ast.Continue() if arm is not None:
                hint = f"put the rest of the body under the opposite condition: `if {opposite(arm.test)}:`"
            case ast.Global() | ast.Nonlocal():
                self.notes.excused.update(node.names)
                hint = f"make it a register: `{signature(self.node, last=', '.join(node.names))}`"
            case ast.Try(handlers=[handler, *_]):
                second = Label(replace(self.span(handler), end_line=self.span(handler).line, end_col=self.span(handler).col + 6), "leads here", "~")
                hint = f"test before: `if {ast.unparse(inner[0].right)} != 0:`" if inner else hint
        if isinstance(node, ast.Break | ast.Continue) and loop is not None:
            second = Label(self.upto(loop, loop.iter if isinstance(loop, ast.For) else loop.test), "the loop", "~")
        at = self.span(node)
        if isinstance(node, ast.Try):
            at = replace(at, end_line=at.line, end_col=at.col + 3)
        self.report.add(kind(message, Label(at, "here"), second, hint=hint))
        return ()

    def swapped(self, line: str, first: ast.stmt, second: ast.stmt) -> None:
        """`t = a`, `a = b`, `b = t`."""
        self.notes.excused.update(made_by(first) - self.notes.places.keys())
        self.report.add(IrreversibleAssignment(f"`{ast.unparse(second)}` forgets what `{ast.unparse(second.targets[0])}` held",      # type: ignore[attr-defined]
                                               Label(self.span(second), "overwritten here"), Label(self.span(first), "kept in a local here", "~"),
                                               hint=f"exchange the two, without the local: `{line}`"))

    def look_ahead(self, syntax: Syntax) -> None:
        """What hints need to know of the whole text."""
        written = {id(n.value) for n in syntax.every(ast.Subscript) if isinstance(n.ctx, ast.Store)}
        for n in syntax.every(ast.Name):
            if isinstance(n.ctx, ast.Load) and id(n) not in written:
                self.reader.loads.setdefault(n.id, []).append(n)
        moving: set[str] = set()
        for made in sorted(syntax.every(ast.Assign), key=lambda n: n.lineno):
            for t in made.targets:
                if isinstance(t, ast.Name) and self.notes.made.setdefault(t.id, made) is not made:
                    moving.add(t.id)
        self.notes = replace(self.notes, moving=frozenset(moving))


def head_of(reader: Reader, node: ast.FunctionDef) -> Span:
    span = reader.span(node)
    return replace(span, end_line=span.line, end_col=span.col + 4 + len(node.name))





def swap_in(nodes: list[ast.stmt]) -> str | None:
    """The one line for `t = a`, `a = b`, `b = t`."""
    match nodes:
        case [ast.Assign(targets=[ast.Name(id=t)], value=a), ast.Assign(targets=[left], value=b), ast.Assign(targets=[right], value=ast.Name(id=again))] if (
                t == again and ast.unparse(a) == ast.unparse(left) and ast.unparse(b) == ast.unparse(right)):
            return f"{ast.unparse(left)}, {ast.unparse(right)} = {ast.unparse(right)}, {ast.unparse(left)}"
        case _:
            return None


def opposite(test: ast.expr) -> str:
    """The text of `not test`."""
    return ast.unparse(ast.UnaryOp(ast.Not(), test))


def leaving_early(loop: ast.For | ast.While, arm: ast.If | None, fresh: Fresh) -> str:
    """The way out of `if test: break`."""
    if arm is None:
        return "put the condition into the loop: `while` with what must hold to go on"
    test, go_on = ast.unparse(arm.test), opposite(arm.test)
    match loop:
        case ast.While(test=ast.Constant(value=True)):
            return f"write `until({test})` in place of the `if`: the loop ends there"
        case ast.While():
            return f"put the condition into the loop: `while {ast.unparse(loop.test)} and {go_on}:`"
        case ast.For(target=ast.Name(id=i), iter=ast.Call(func=ast.Name(id="range"), args=[stop])):
            return f"put the condition into the loop: `{i} = 0` before it, `while {i} < {ast.unparse(stop)} and {go_on}:`, and at its end `{i} += 1`"
        case ast.For(target=ast.Name(id=v), iter=ast.Name(id=x)):
            i = fresh("i")
            return (f"count, and put the condition into the loop: `{i} = 0` before it, `while {i} < len({x}) and {go_on}:` with `{x}[{i}]` for `{v}`, "
                    f"and at its end `{i} += 1`")
        case _:
            return f"make it a `while` loop that goes on as long as `{go_on}`"


def signature(node: ast.FunctionDef, first: str = "", last: str = "") -> str:
    """The head of a kernel with one more register."""
    args = ast.unparse(node.args)
    positional = len(node.args.posonlyargs) + len(node.args.args)
    if last and positional:
        at = ast.unparse(ast.arguments(node.args.posonlyargs, node.args.args, None, [], [], None, []))
        args = f"{at}, {last}{args[len(at):]}" if not node.args.defaults else f"{last}, {args}"
        first = ""
    return f"def {node.name}({', '.join(filter(None, [first or (last if not positional else ''), args]))}):"


def handing_back(node: ast.FunctionDef, value: ast.expr | None, arm: ast.If | None, fresh: Fresh) -> str:
    """The way out of `return value`."""
    if value is None:
        return f"put the rest of the kernel under `if {opposite(arm.test)}:`" if arm is not None else "leave it out: a kernel ends by itself"
    names = {a.arg for a in node.args.args}
    if isinstance(value, ast.Name) and value.id in names:
        return f"leave it out: `{value.id}` is a register, and a call hands all registers back"
    values = value.elts if isinstance(value, ast.Tuple) else [value]
    outs = ["out"] if len(values) == 1 else [f"out_{k + 1}" for k in range(len(values))]
    outs = [fresh(o) for o in outs]
    lines = [f"{o} += {ast.unparse(v)}" for o, v in zip(outs, values, strict=True)]
    return f"add the result to a register, which starts at 0: {quoted(lines)}, and `{signature(node, first=', '.join(outs))}`"


def made_by(node: ast.AST) -> set[str]:
    """Names that a refused statement would have made."""
    out = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for n in ast.walk(node):
        if isinstance(n, ast.alias):
            out.add((n.asname or n.name).partition(".")[0])
        elif isinstance(n, ast.FunctionDef | ast.ClassDef):
            out.add(n.name)
        elif isinstance(n, ast.Global | ast.Nonlocal):
            out |= set(n.names)
    return out


def loop_heads(node: ast.For, known: frozenset[str]) -> str:
    """What can be looped over instead."""
    var = ast.unparse(node.target)
    inside = [n.id for n in ast.walk(node.iter) if isinstance(n, ast.Name) and n.id in known]
    return f"loop over a range or an array: `for {var} in range(...):`, `for {var} in {inside[0] if inside else '...'}:`, or either in `reversed`"
