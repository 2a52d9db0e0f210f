"""Python ast -> raw IR: statements as written, before names are resolved and locals are cleaned up."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from revbench.errors import (
    ArrowAssignment,
    BadSignature,
    DiscardedValue,
    ElseAfterLoop,
    IrreversibleAssignment,
    Label,
    MisplacedCameFrom,
    MisplacedFi,
    NotAKernel,
    NotAPermutation,
    Report,
    RevbenchError,
    Source,
    Span,
    UnsupportedOperator,
    UnsupportedStatement,
    WrittenLoopVariable,
)
from revbench.ir.nodes import (
    Assert,
    Block,
    Call,
    ComputeBlock,
    Const,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    Index,
    InverseBlock,
    Loop,
    Name,
    Op,
    Permute,
    Place,
    Print,
    Probe,
    Program,
    Range,
    Redo,
    Release,
    Shape,
    Stash,
    Stmt,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
)
from revbench.ir.read import Reader
from revbench.ir.walk import map_expressions, rebuild, with_blocks

from .fence import NO_YIELD, REFUSED
from .source import parse_text

UPDATES: dict[type[ast.operator], Op] = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/=",
                                         ast.FloorDiv: "/=", ast.BitXor: "^="}
HINTS = {ast.Pow: "`y += x ** 2` keeps `x`", ast.Mod: "write `t = x % m`: a new local", ast.MatMult: "write the sums as loops",
         ast.BitOr: "`x ^= e` can be undone", ast.BitAnd: "`x ^= e` can be undone",
         ast.LShift: "write `t = x << k`: a new local", ast.RShift: "write `t = x >> k`: a new local"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """A kernel as written, with the text of its defaults."""

    program: Program
    defaults: dict[str, str] = field(default_factory=dict)


def parse(source: Source, report: Report) -> list[Parsed]:
    """All kernels of a text, in order; mistakes go to `report`."""
    tree, shift = parse_text(source)
    out = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            out.append(_Parser(source, report, shift).kernel(node))
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            span = Reader(source, report, shift).span(node)
            report.add(NotAKernel("only kernels can stand here", Label(span, "not a function"),
                                  hint="put plain Python into a cell or module of its own"))
    if not out and not report.mistakes:
        report.add(NotAKernel("there is no kernel in this text", hint="write `def name(registers): ...`"))
    return out


class _Parser:
    def __init__(self, source: Source, report: Report, shift: int) -> None:
        self.source, self.report, self.shift = source, report, shift
        self.reader = Reader(source, report, shift)

    # ---- helpers
    def span(self, node: ast.AST) -> Span:
        return self.reader.span(node)

    def refuse(self, kind: type[RevbenchError], node: ast.AST, message: str, mark: str = "here", hint: str = "") -> Block:
        self.report.add(kind(message, Label(self.span(node), mark), hint=hint))
        return ()

    def expr(self, node: ast.expr) -> Expr:
        return self.reader.expr(node)

    def place(self, node: ast.expr) -> Place | None:
        e = self.expr(node)
        if isinstance(e, Name | Index):
            return e
        self.refuse(UnsupportedStatement, node, "only names and elements can be changed", hint="write `x += ...` or `x[i] += ...`")
        return None

    # ---- a kernel
    def kernel(self, node: ast.FunctionDef) -> Parsed:
        a = node.args
        for bad, what in ((a.vararg, "`*args`"), (a.kwarg, "`**kwargs`")):
            if bad is not None:
                self.refuse(BadSignature, bad, f"{what} cannot be a register", hint="name every register")
        if a.posonlyargs:
            self.refuse(BadSignature, a.posonlyargs[0], "positional-only parameters are not known here", hint="leave out the `/`")
        params = tuple(p.arg for p in a.posonlyargs + a.args)
        consts = tuple(p.arg for p in a.kwonlyargs)
        defaults = dict(zip(params[len(params) - len(a.defaults):], map(ast.unparse, a.defaults), strict=True))
        defaults |= {k: ast.unparse(d) for k, d in zip(consts, a.kw_defaults, strict=True) if d is not None}
        for sub in ast.walk(node):
            if isinstance(sub, ast.Yield | ast.YieldFrom | ast.Await):
                self.refuse(NO_YIELD[0], sub, NO_YIELD[1], hint=NO_YIELD[2])
        head = replace(self.span(node), end_line=self.span(node).line, end_col=self.span(node).col + 4 + len(node.name))
        body = self.block(node.body)
        doc = ast.get_docstring(node) or ""
        return Parsed(Program(node.name, params, consts, body, doc, span=head), defaults)

    def block(self, nodes: list[ast.stmt]) -> Block:
        out: list[Stmt] = []
        entry: tuple[Expr, ast.stmt] | None = None
        at = 0
        while at < len(nodes):
            node = nodes[at]
            at += 1
            if entry and not isinstance(node, ast.While):
                self.misplaced_came_from(entry[1])
                entry = None
            if isinstance(node, ast.If):
                after = nodes[at] if at < len(nodes) else None
                exits = None
                if after is not None and (call := _call_of(after, "fi")):
                    exits, at = call, at + 1
                out.append(self.branch(node, exits))
            elif isinstance(node, ast.While):
                out += self.loop(node, entry[0] if entry else None)
                entry = None
            elif call := _call_of(node, "came_from"):
                if len(call.args) == 1:
                    entry = (self.expr(call.args[0]), node)
                else:
                    self.misplaced_came_from(node)
            else:
                out += self.statement(node)
        if entry:
            self.misplaced_came_from(entry[1])
        return tuple(out)

    def misplaced_came_from(self, node: ast.AST) -> None:
        self.refuse(MisplacedCameFrom, node, "`came_from(...)` belongs to the `while` on the next line",
                    hint="write `came_from(entry)` with one condition, then `while ...:`")

    # ---- statements
    def statement(self, node: ast.stmt) -> Block:
        span = self.span(node)
        if (refusal := REFUSED.get(type(node))) is not None:
            return self.refuse(refusal[0], node, refusal[1], hint=refusal[2])
        match node:
            case ast.Pass():
                return ()
            case ast.AugAssign():
                return self.update(node)
            case ast.Assign(targets=[ast.Tuple() | ast.List() as left], value=right):
                return self.permutation(node, left, right)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return (Enter(name, self.expr(value), span=span),)
            case ast.Assign(targets=[target], value=value):
                text = ast.unparse(target)
                return self.refuse(IrreversibleAssignment, node, f"`{ast.unparse(node)}` forgets what `{text}` held", "overwritten here",
                                   f"write `{text} += {ast.unparse(value)}`")
            case ast.For():
                return self.for_loop(node)
            case ast.With(items=[ast.withitem(context_expr=ast.Call(func=ast.Name(id=kind), args=args), optional_vars=var)], body=body):
                return self.with_block(node, kind, args, var, body)
            case ast.Delete(targets=targets):
                names = [t.id for t in targets if isinstance(t, ast.Name)]
                if len(names) != len(targets):
                    return self.refuse(UnsupportedStatement, node, "only locals can be released", hint="write `del t`")
                return tuple(Release(n, None, span=span) for n in reversed(names))
            case ast.Assert(test=test, msg=msg):
                said = msg.value if isinstance(msg, ast.Constant) and isinstance(msg.value, str) else ast.unparse(msg) if msg else ""
                return (Assert(self.expr(test), said, span=span),)
            case ast.Expr(value=value):
                return self.expression_statement(node, value)
            case _:
                return self.refuse(UnsupportedStatement, node, f"`{ast.unparse(node).splitlines()[0]}` is not a statement of the language")

    def update(self, node: ast.AugAssign) -> Block:
        op = UPDATES.get(type(node.op))
        if op is None:
            return self.refuse(UnsupportedOperator, node, f"`{ast.unparse(node)}` cannot be undone", "forgets the old value",
                               HINTS.get(type(node.op), "`+=`, `-=`, `^=`, `*=` and `/=` can be undone"))
        place = self.place(node.target)
        return () if place is None else (Update(place, op, self.expr(node.value), span=self.span(node)),)

    def permutation(self, node: ast.stmt, left: ast.Tuple | ast.List, right: ast.expr) -> Block:
        texts = [ast.unparse(e) for e in left.elts]
        given = [ast.unparse(e) for e in right.elts] if isinstance(right, ast.Tuple | ast.List) else []
        if sorted(texts) != sorted(given) or len(set(texts)) != len(texts):
            return self.refuse(NotAPermutation, node, "the right side is not the left side in another order", "forgets something",
                               "permute places (`a, b = b, a`), or assign each new local in a line of its own")
        places = [self.place(e) for e in left.elts]
        if any(p is None for p in places):
            return ()
        return (Permute(tuple(p for p in places if p is not None), tuple(texts.index(g) for g in given), span=self.span(node)),)

    def branch(self, node: ast.If, exits: ast.Call | None) -> Stmt:
        chain: list[ast.If] = [node]
        while len(chain[-1].orelse) == 1 and isinstance(chain[-1].orelse[0], ast.If):
            chain.append(chain[-1].orelse[0])
        given: list[Expr | None] = [None] * len(chain)
        if exits is not None:
            if len(exits.args) == len(chain) and not exits.keywords:
                given = [self.expr(e) for e in exits.args]
            else:
                self.refuse(MisplacedFi, exits, f"`fi` takes one condition for each tested branch, here {len(chain)}",
                            hint="each is true exactly when its branch was taken")
        orelse = self.block(chain[-1].orelse)
        for link, exit_ in zip(reversed(chain), reversed(given), strict=True):
            span = self.span(link.test)
            orelse = (If(self.expr(link.test), exit_, self.block(link.body), orelse, span=replace(span, col=max(1, span.col - 3))),)
        assert isinstance(orelse[0], If)
        return orelse[0]

    def loop(self, node: ast.While, entry: Expr | None) -> Block:
        if node.orelse:
            return self.refuse(ElseAfterLoop, node.orelse[0], "`else` on a loop needs `break`, which there is not", hint="write it after the loop")
        test = self.span(node.test)
        span = replace(test, col=max(1, test.col - 6))
        cuts = [k for k, s in enumerate(node.body) if _call_of(s, "until")]
        if len(cuts) == 1 and isinstance(node.test, ast.Constant) and node.test.value is True:
            call = _call_of(node.body[cuts[0]], "until")
            assert call is not None
            leave = self.expr(call.args[0]) if len(call.args) == 1 else Const(True)
            return (Loop(entry, self.block(node.body[:cuts[0]]), Fn("not_", (leave,), span=leave.span),
                         self.block(node.body[cuts[0] + 1:]), span=span),)
        return (Loop(entry, (), self.expr(node.test), self.block(node.body), span=span),)

    def for_loop(self, node: ast.For) -> Block:
        if node.orelse:
            return self.refuse(ElseAfterLoop, node.orelse[0], "`else` on a loop needs `break`, which there is not", hint="write it after the loop")
        if not isinstance(node.target, ast.Name):
            return self.refuse(UnsupportedStatement, node.target, "a loop has one variable", hint="write `for i in range(len(x)):` and read `x[i]`")
        head = self.span(node)
        span = replace(head, end_line=head.line, end_col=self.span(node.iter).end_col)
        var, body = node.target.id, self.block(node.body)
        match node.iter:
            case ast.Call(func=ast.Name(id="range"), args=args, keywords=[]) if 1 <= len(args) <= 3:
                return (For(var, self.range(args), body, span=span),)
            case ast.Call(func=ast.Name(id="reversed"), args=[ast.Call(func=ast.Name(id="range"), args=args, keywords=[])]) if 1 <= len(args) <= 3:
                return (ForBack(var, self.range(args), body, span=span),)
            case ast.Name(id=array):
                return (self.elements(var, array, body, span),)
            case ast.Call(func=ast.Name(id="reversed"), args=[ast.Name(id=array)]):
                loop = self.elements(var, array, body, span)
                return (ForBack(loop.var, loop.range, loop.body, span=span),)
            case _:
                return self.refuse(UnsupportedStatement, node.iter, f"`{ast.unparse(node.iter)}` cannot be looped over",
                                   hint="write `for i in range(n):`, `for i in reversed(range(n)):` or `for v in x:`")

    def range(self, args: list[ast.expr]) -> Range:
        e = [self.expr(a) for a in args]
        if len(e) == 1:
            return Range(Const(0), e[0], Const(1))
        return Range(e[0], e[1], e[2] if len(e) == 3 else Const(1))

    def elements(self, var: str, array: str, body: Block, span: Span) -> For:
        """`for v in x`: `v` is another name for `x[v_at]`."""
        at = f"{var}_at"

        def meaning(e: Expr) -> Expr:
            match e:
                case Name(name) if name == var:
                    return Index(array, (Name(at),), span=e.span)
                case Index(name, indices) if name == var:
                    return Index(array, (Name(at), *map(meaning, indices)), span=e.span)
                case Shape(name, axis) if name == var:
                    return Shape(array, axis + 1, span=e.span)
                case _:
                    return rebuild(e, meaning)

        def inside(block: Block) -> Block:
            for s in block:
                written = [s.place] if isinstance(s, Update) else list(s.places) if isinstance(s, Permute) else []
                for p in written:
                    if p.name == var:
                        self.report.add(WrittenLoopVariable(f"`{var}` is read-only in its loop", Label(s.span, "written here"),
                                                            hint=f"write `for i in range(len({array})):` and change `{array}[i]`"))
            return tuple(with_blocks(map_expressions(s, meaning), inside) for s in block)

        return For(at, Range(Const(0), Shape(array, 0), Const(1)), inside(body), span=span)

    def with_block(self, node: ast.With, kind: str, args: list[ast.expr], var: ast.expr | None, body: list[ast.stmt]) -> Block:
        head = self.span(node)
        span = replace(head, end_line=head.line, end_col=self.span(node.items[0].context_expr).end_col)
        if kind not in ("compute", "inverse", "unchecked", "undo", "redo") or args:
            return self.refuse(UnsupportedStatement, node.items[0].context_expr, f"`with {kind}(...)` is not known",
                               hint="there are `with compute():`, `with inverse():` and `with unchecked():`")
        inner = self.block(body)
        if kind == "compute":
            return (ComputeBlock(var.id if isinstance(var, ast.Name) else "", inner, span=span),)
        if kind == "inverse":
            return (InverseBlock(inner, span=span),)
        return ({"unchecked": Unchecked, "undo": Undo, "redo": Redo}[kind](inner, span=span),)

    def expression_statement(self, node: ast.stmt, value: ast.expr) -> Block:
        match value:
            case ast.Constant() if _is_text(value):
                return ()
            case ast.Call(func=ast.UnaryOp(op=ast.Invert(), operand=func)) | ast.UnaryOp(op=ast.Invert(), operand=ast.Call(func=func)):
                call = value if isinstance(value, ast.Call) else value.operand
                assert isinstance(call, ast.Call)
                return self.kernel_call(node, call, func, Uncall)
            case ast.Call(func=func):
                return self.call(node, value, func)
            case ast.Compare(left=ast.Name(id=left), ops=[ast.Lt()], comparators=[ast.UnaryOp(op=ast.USub(), operand=right)]):
                return self.refuse(ArrowAssignment, node, f"`{left} <- {ast.unparse(right)}` compares `{left}` with `-{ast.unparse(right)}`",
                                   "Python reads `<` and `-`", f"write `{left} = {ast.unparse(right)}` for a new local")
            case ast.Compare(left=left_node, ops=[ast.Eq()], comparators=[right_node]):
                return self.refuse(DiscardedValue, node, f"`{ast.unparse(node)}` is a comparison that nobody reads", "value lost here",
                                   f"write `{ast.unparse(left_node)} += {ast.unparse(right_node)}`")
            case _:
                return self.refuse(DiscardedValue, node, f"nobody keeps the value of `{ast.unparse(node)}`", "value lost here",
                                   f"write `out += {ast.unparse(node)}`")

    def call(self, node: ast.stmt, call: ast.Call, func: ast.expr) -> Block:
        span, args = self.span(node), call.args
        match (func.id if isinstance(func, ast.Name) else ""), args:
            case "fi", _:
                return self.refuse(MisplacedFi, node, "`fi(...)` belongs to the `if` before it", hint="write it on the line after the `if`, at the same depth")
            case "until", _:
                return self.refuse(UnsupportedStatement, node, "`until(...)` stands once in a `while True:`")
            case ("free" | "dealloc"), [ast.Name(id=name), value]:
                return (Release(name, self.expr(value), span=span),)
            case "uncompute", [ast.Name(id=label)]:
                return (Uncompute(label, span=span),)
            case "uncompute", []:
                return (Uncompute("", span=span),)
            case ("stash" | "unstash" | "forget") as kind, [ast.Name(id=name)]:
                return ({"stash": Stash, "unstash": Unstash, "forget": Forget}[kind](name, span=span),)
            case "print", _:
                parts: list[str | Expr] = []
                for a in args:
                    parts.append(a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else self.expr(a))
                return (Print(tuple(parts), span=span),)
            case "probe", [ast.Constant(value=str(label)), value]:
                return (Probe(label, self.expr(value), span=span),)
            case "probe", [value]:
                return (Probe(ast.unparse(value), self.expr(value), span=span),)
            case _:
                return self.kernel_call(node, call, func, Call)

    def kernel_call(self, node: ast.stmt, call: ast.Call, func: ast.expr, kind: type[Call] | type[Uncall]) -> Block:
        name = self.reader.dotted(func)
        if name is None or any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
            return self.refuse(UnsupportedStatement, node, "only a named kernel can be called, with its arguments written out")
        args = tuple(map(self.expr, call.args))
        return (kind(name, args, tuple((k.arg or "", self.expr(k.value)) for k in call.keywords), span=self.span(node)),)


def _is_text(value: ast.Constant) -> bool:
    return isinstance(value.value, str) or value.value is ...


def _call_of(node: ast.stmt, name: str) -> ast.Call | None:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=found)) as call) if found == name:
            return call
        case _:
            return None
