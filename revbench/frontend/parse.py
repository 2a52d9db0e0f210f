"""Python ast -> raw IR: statements as written, before names are resolved and locals are cleaned up."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from types import UnionType

from revbench.errors import (
    BadSignature,
    DuplicateKernel,
    ElseAfterLoop,
    Label,
    MisplacedCameFrom,
    MisplacedFi,
    MisplacedUntil,
    NotABijection,
    NotAKernel,
    Report,
    Source,
    Span,
    TooDeep,
    UnsupportedLoop,
    UnsupportedStatement,
    WrongArguments,
)
from revbench.ir.nodes import (
    Apply,
    Block,
    ComputeBlock,
    Const,
    Expr,
    For,
    ForBack,
    If,
    InverseBlock,
    Loop,
    Program,
    Range,
    Redo,
    Stmt,
    Unapply,
    Unchecked,
    Undo,
)
from revbench.ir.read import Reader
from revbench.ir.spelling import as_bijection
from revbench.ir.walk import places_read
from revbench.passes.inverse import negated
from revbench.rules.bijections import BIJECTIONS

from .elements import Bound, bind, over_elements, over_view
from .fence import NO_YIELD, NOT_YET, REFUSED
from .leaving import Leaving, head_of, loop_heads, made_by, swap_in
from .lines import Notes
from .source import parse_text
from .stacks import used_as_stacks
from .syntax import Syntax

WITH = "there are `with compute():`, `with inverse():` and `with unchecked():`"
#   nested more deeply than this               most   why
DEEPEST: tuple[tuple[type[ast.AST] | UnionType, int], ...] = (
    (ast.expr | ast.stmt,                      150),   # the passes call themselves for each level
    (ast.stmt,                                 80),    # Python reads no text with 100 levels of indentation, also no generated one
    (ast.Call,                                 80),    # nor with 200 open parentheses
    (ast.For | ast.While,                      16),    # nor with 20 loops inside each other
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A kernel as written, with the text of its defaults."""

    program: Program
    defaults: dict[str, str] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    star: str = ""                                         # the name of `*args`


def parse(source: Source, report: Report) -> list[Parsed]:
    """All kernels of a text, in order; mistakes go to `report`."""
    tree, shift = parse_text(source)
    reader = Reader(source, report, shift)
    out: list[Parsed] = []
    first: dict[str, Span] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            span = head_of(reader, node)
            if node.name in first:
                report.add(DuplicateKernel(f"there are two kernels `{node.name}` in this text", Label(span, "the second one"),
                                           Label(first[node.name], "the first one", "~"), hint="give one of them another name"))
            elif deep := _too_deep(node, syntax := Syntax(node)):
                report.add(TooDeep(f"this is nested more than {deep[1]} levels deep", Label(reader.span(deep[0]), "too deep"),
                                                hint="put parts of long expressions into locals, and inner loops into kernels of their own"))
            else:
                out.append(_Parser(source, report, shift).kernel(node, syntax))
            first.setdefault(node.name, span)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            _refuse_outside(node, reader, report)
    if not first and not report.mistakes:
        report.add(NotAKernel("there is no kernel in this text", hint="write `def name(registers): ...`"))
    return out


def _refuse_outside(node: ast.stmt, reader: Reader, report: Report) -> None:
    message, hint = "only kernels can stand here", "put plain Python into a cell or module of its own"
    if isinstance(node, ast.AsyncFunctionDef):
        message, hint = "an `async` function cannot be a kernel", f"write `def {node.name}(...):`"
    elif any(isinstance(n, ast.Lambda) for n in ast.walk(node)):
        message, hint = "a lambda cannot be a kernel", "write it as a function, with `def`"
    report.add(NotAKernel(message, Label(reader.span(node), "not a kernel"), hint=hint))


def _too_deep(node: ast.AST, syntax: Syntax) -> tuple[ast.AST, int] | None:
    """The first node that is nested too deeply, and the limit that it breaks."""
    if syntax.depth <= min(most for _, most in DEEPEST):                # most texts end here
        return None
    waiting: list[tuple[ast.AST, tuple[int, ...]]] = [(node, (0,) * len(DEEPEST))]
    while waiting:
        n, depths = waiting.pop()
        depths = tuple(d + isinstance(n, kind) for d, (kind, _) in zip(depths, DEEPEST, strict=True))
        if broken := [most for d, (_, most) in zip(depths, DEEPEST, strict=True) if d > most]:
            return n, broken[0]
        waiting += [(c, depths) for c in ast.iter_child_nodes(n)]
    return None


class _Parser(Leaving):
    """Statements with blocks; the others are `Lines`."""


    # ---- a kernel
    def kernel(self, node: ast.FunctionDef, syntax: Syntax) -> Parsed:
        a = node.args
        self.star = a.vararg.arg if a.vararg else ""
        named = {n.id for n in syntax.every(ast.Name)}
        given = [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else [])]
        params = tuple(dict.fromkeys(p.arg for p in given))
        consts = tuple(p.arg for p in [*a.kwonlyargs, *([a.kwarg] if a.kwarg else [])])
        self.notes = Notes({p.arg: self.span(p) for p in [*given, *a.kwonlyargs]}, names=frozenset({*named, *params, *consts}))
        self.look_ahead(syntax)
        self.node = node
        stored = {n.id for n in syntax.every(ast.Name) if isinstance(n.ctx, ast.Store)}
        self.reader.registers, self.reader.homes = frozenset({*params, *consts, *stored}), self.notes.places
        self.reader.stacks = used_as_stacks(syntax)
        self.signature(node, a, [p.arg for p in [*a.posonlyargs, *a.args, *a.kwonlyargs]])
        first = len(a.posonlyargs + a.args) - len(a.defaults)
        defaults = {p.arg: ast.unparse(d) for p, d in zip((a.posonlyargs + a.args)[first:], a.defaults, strict=True)}
        defaults |= {p.arg: ast.unparse(d) for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None}
        for sub in (*syntax.every(ast.Yield), *syntax.every(ast.YieldFrom), *syntax.every(ast.Await)):
            self.refuse(NO_YIELD[0], sub, NO_YIELD[1], hint=NO_YIELD[2])
        body = self.block(node.body)
        doc = ast.get_docstring(node) or ""
        return Parsed(Program(node.name, params, consts, body, doc, span=head_of(self.reader, node)), defaults, self.notes, self.star)

    def signature(self, node: ast.FunctionDef, a: ast.arguments, names: list[str]) -> None:
        if a.kwarg is not None:
            self.refuse(BadSignature, a.kwarg, f"`**{a.kwarg.arg}` cannot be a constant", hint="name every constant")
        if a.posonlyargs:
            self.refuse(BadSignature, a.posonlyargs[0], "registers have no positional-only form", hint="leave out the slash")
        for k, p in enumerate([*a.posonlyargs, *a.args, *a.kwonlyargs]):
            if p.arg in names[:k]:
                self.refuse(BadSignature, p, f"`{p.arg}` stands twice in the signature", hint="give each register a name of its own")
        if not names and a.vararg is None and a.kwarg is None:
            self.report.add(BadSignature("a kernel without registers has nothing to change", Label(head_of(self.reader, node), "no registers"),
                                         hint=f"give it one: `def {node.name}(out): ...`"))

    def block(self, nodes: list[ast.stmt]) -> Block:
        out: list[Stmt] = []
        entry: tuple[Expr, ast.stmt] | None = None
        at = 0
        while at < len(nodes):
            node = nodes[at]
            at += 1
            before = len(out), len(self.report.mistakes)
            if (swap := swap_in(nodes[at - 1:at + 2])) is not None:
                at += 2
                self.swapped(swap, node, nodes[at - 2])
                continue
            if entry and not isinstance(node, ast.While):
                self.misplaced_came_from(entry[1], node)
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
            if len(out) == before[0] and len(self.report.mistakes) > before[1]:
                self.notes.excused.update(made_by(node))
        if entry:
            self.misplaced_came_from(entry[1])
        return tuple(out)

    def misplaced_came_from(self, node: ast.AST, after: ast.AST | None = None) -> None:
        hint = "write `came_from(...)` with one condition, and the `while` on the next line"
        if isinstance(after, ast.For):
            hint = "leave it out: a `for` knows where it began"
        self.refuse(MisplacedCameFrom, node, "`came_from(...)` belongs to the `while` on the next line", hint=hint)

    # ---- statements
    def statement(self, node: ast.stmt) -> Block:
        match node:
            case ast.Return() | ast.Break() | ast.Continue() | ast.Global() | ast.Nonlocal() | ast.Try():
                return self.leaving(node)
        if (refusal := REFUSED.get(type(node))) is not None:
            return self.refuse(refusal[0], node, refusal[1], hint=refusal[2])
        match node:
            case ast.For():
                return self.for_loop(node)
            case ast.With(items=[ast.withitem(context_expr=ast.Call(func=ast.Name(id=kind), args=args), optional_vars=var)], body=body):
                return self.with_block(node, kind, args, var, body)
            case ast.With(items=items):
                several = "write one `with` for each block"
                return self.refuse(UnsupportedStatement, items[0].context_expr, "this block is not known", hint=several if len(items) > 1 else WITH)
            case _:
                return self.line(node)

    def turn(self, node: ast.For | ast.While, nodes: list[ast.stmt]) -> Block:
        """The body of a loop."""
        self.loops.append(node)
        arms, self.arms = self.arms, []
        block = self.block(nodes)
        self.arms = arms
        self.loops.pop()
        return block

    def branch(self, node: ast.If, exits: ast.Call | None) -> Stmt:
        chain: list[ast.If] = [node]
        while len(chain[-1].orelse) == 1 and isinstance(chain[-1].orelse[0], ast.If):
            chain.append(chain[-1].orelse[0])
        given: list[Expr | None] = [None] * len(chain)
        if exits is not None:
            if len(exits.args) == len(chain) and not exits.keywords:
                given = [self.expr(e) for e in exits.args]
            else:
                conditions = ", ".join(["..."] * len(chain))
                self.refuse(MisplacedFi, exits, f"`fi` takes one condition for each tested branch, here {len(chain)}",
                            hint=f"write `fi({conditions})`: each is true exactly when its branch was taken")
        orelse = self.arm(chain[-1], chain[-1].orelse, False)
        for link, exit_ in zip(reversed(chain), reversed(given), strict=True):
            orelse = (If(self.expr(link.test), exit_, self.arm(link, link.body, True), orelse, span=self.upto(link, link.test)),)
        assert isinstance(orelse[0], If)
        return orelse[0]

    def arm(self, link: ast.If, nodes: list[ast.stmt], first: bool) -> Block:
        self.arms.append((link, first))
        block = self.block(nodes)
        self.arms.pop()
        return block

    def no_else(self, node: ast.While | ast.For) -> Block:
        first = self.span(node.orelse[0])
        at = next(k for k in range(first.line, 0, -1) if self.source.line(k).lstrip().startswith("else"))
        col = len(self.source.line(at)) - len(self.source.line(at).lstrip()) + 1
        self.report.add(ElseAfterLoop("`else` after a loop needs `break`, which there is not",
                                      Label(Span(self.source, at, col, at, col + 4), "here"), hint="write its lines after the loop"))
        return ()

    def loop(self, node: ast.While, entry: Expr | None) -> Block:
        if node.orelse:
            return self.no_else(node)
        span = self.upto(node, node.test)
        forever = isinstance(node.test, ast.Constant) and node.test.value is True
        cuts = [k for k, s in enumerate(node.body) if _call_of(s, "until")]
        if not forever and not cuts:
            return (Loop(entry, (), self.expr(node.test), self.turn(node, node.body), span=span),)
        if not forever:
            return self.refuse(MisplacedUntil, node.body[cuts[0]], "`until(...)` belongs into a `while True:`", hint="leave it out, or write `while True:`")
        if not cuts and any(isinstance(n, ast.Break) for n in ast.walk(node)):
            self.turn(node, node.body)                         # which refuses the `break`
            return ()
        if len(cuts) != 1:
            what = "a `while True:` needs one `until(...)` in its body" if not cuts else "a `while True:` has one `until(...)`, here is another"
            return self.refuse(MisplacedUntil, node.body[cuts[1]] if cuts else node.test, what, hint="write `until(...)` once, where the loop may end")
        call = _call_of(node.body[cuts[0]], "until")
        assert call is not None
        if len(call.args) != 1 or call.keywords:
            return self.refuse(MisplacedUntil, call, "`until` takes one condition", hint="write `until(...)`")
        leave = self.expr(call.args[0])
        return (Loop(entry, self.turn(node, node.body[:cuts[0]]), negated(leave),
                     self.turn(node, node.body[cuts[0] + 1:]), span=span),)

    def for_loop(self, node: ast.For) -> Block:
        if node.orelse:
            return self.no_else(node)
        if isinstance(node.iter, ast.Call) and (name := (self.reader.dotted(node.iter.func) or "").rpartition(".")[2]) in NOT_YET:
            return self.not_yet(node.iter, name)
        span = self.upto(node, node.iter)
        back = isinstance(node.iter, ast.Call) and self.reader.dotted(node.iter.func) == "reversed" and len(node.iter.args) == 1
        over = node.iter.args[0] if back and isinstance(node.iter, ast.Call) else node.iter
        match over:
            case ast.Call(func=func, args=args, keywords=[]) if (name := self.reader.dotted(func) or "").rpartition(".")[2] in ("range", "prange"):
                parallel = name.endswith("prange")
                if not isinstance(node.target, ast.Name):
                    return self.refuse(UnsupportedLoop, node.target, "a loop over a range has one variable", hint=f"write `for i in {ast.unparse(over)}:`")
                if not 1 <= len(args) <= 3:
                    return self.refuse(WrongArguments, node.iter, f"`{name}` takes one, two or three numbers",
                                       hint=f"write `{name}(n)`, `{name}(a, b)` or `{name}(a, b, step)`")
                loop = For(node.target.id, self.range(args), self.turn(node, node.body), parallel, span=span)
            case ast.Name() | ast.Subscript() | ast.Call() if (found := self.elements(node, over, span)) is not None:
                loop = found
            case _:
                return self.refuse(UnsupportedLoop, node.iter, f"`{ast.unparse(node.iter)}` cannot be looped over{self.with_names(node)}",
                                   hint=loop_heads(node, self.reader.registers))
        return (ForBack(loop.var, loop.range, loop.body, loop.parallel, span=span) if back else loop,)

    def with_names(self, node: ast.For) -> str:
        return "" if isinstance(node.target, ast.Name) else f" by `{ast.unparse(node.target)}`"

    def elements(self, node: ast.For, over: ast.expr, span: Span) -> For | None:
        names = [n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)]
        bound = Bound(self.new(f"{names[0] if names else 'v'}_at"))
        if len(set(names)) < len(names) or not bind(node.target, over, bound, self.reader):
            return None
        self.notes.elements[span] = tuple(names)
        return over_elements(bound, self.turn(node, node.body), span, self.report)

    def range(self, args: list[ast.expr]) -> Range:
        e = [self.expr(a) for a in args]
        if len(e) == 1:
            return Range(Const(0), e[0], Const(1))
        return Range(e[0], e[1], e[2] if len(e) == 3 else Const(1))

    def with_block(self, node: ast.With, kind: str, args: list[ast.expr], var: ast.expr | None, body: list[ast.stmt]) -> Block:
        head = node.items[0].context_expr
        span = self.upto(node, head)
        if kind == "view":
            return self.view(node, args, var, body)
        if kind in NOT_YET:
            return self.not_yet(head, kind)
        if kind not in ("compute", "inverse", "unchecked", "undo", "redo") or args:
            return self.refuse(UnsupportedStatement, head, f"`with {ast.unparse(head)}` is not known", hint=WITH)
        if var is not None and (kind != "compute" or not isinstance(var, ast.Name)):
            return self.refuse(UnsupportedStatement, var, "only a compute block has a label, and it is one name", hint="write `with compute() as r:`")
        inner = self.block(body)
        if kind == "compute":
            return (ComputeBlock(var.id if isinstance(var, ast.Name) else "", inner, span=span),)
        if kind == "inverse":
            return (InverseBlock(inner, span=span),)
        made: dict[str, type[Unchecked] | type[Undo] | type[Redo]] = {"unchecked": Unchecked, "undo": Undo, "redo": Redo}
        return (made[kind](inner, span=span),)


    def view(self, node: ast.With, args: list[ast.expr], var: ast.expr | None, body: list[ast.stmt]) -> Block:
        head = node.items[0].context_expr
        names = [n.id for n in (var.elts if isinstance(var, ast.Tuple) else [var]) if isinstance(n, ast.Name)]
        hint = "write `with view(-x) as u:`, or another bijection of a place"
        if len(args) != 1 or not names or (isinstance(var, ast.Tuple) and len(names) < len(var.elts)):
            return self.refuse(UnsupportedStatement, head, "a view is one bijection with a name for each of its places", hint=hint)
        call, span = args[0], self.upto(node, head)
        found: Apply | Unapply | None = None
        if isinstance(call, ast.Call) and len(names) <= len(call.args):
            found = next((s for s in self.in_place(node, call.args[:len(names)], call) if isinstance(s, Apply | Unapply)), None)
        elif len(names) == 1:
            e = self.expr(call)
            found = next((s for p in places_read(e) if (s := as_bijection(p, e, BIJECTIONS, span)) is not None), None)
        inner = self.block(body)
        if found is None:
            if self.report.mistakes:
                return ()
            return self.refuse(NotABijection, head, f"`{ast.unparse(call)}` is not a bijection of a place", hint=hint)
        return over_view(replace(found, span=span), tuple(names), inner, self.report)


def _call_of(node: ast.stmt, name: str) -> ast.Call | None:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=found)) as call) if found == name:
            return call
        case _:
            return None
