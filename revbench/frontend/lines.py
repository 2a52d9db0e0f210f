"""Statements without blocks: Python ast -> raw IR."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from revbench.errors import (
    AnnotatedLocal,
    ArrowAssignment,
    ChainedAssignment,
    DiscardedValue,
    Label,
    MisplacedFi,
    MisplacedKeep,
    MisplacedUntil,
    NotAPermutation,
    NotAPlace,
    NotYet,
    Report,
    RevbenchError,
    Source,
    Span,
    UnknownMethod,
    UnsupportedOperator,
    UnsupportedStatement,
    WrongArguments,
)
from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    Drop,
    Enter,
    Expr,
    Forget,
    Index,
    Name,
    Op,
    Permute,
    Place,
    Pop,
    Print,
    Probe,
    Push,
    Release,
    Stash,
    Unapply,
    Uncall,
    Uncompute,
    Unstash,
    Update,
)
from revbench.ir.read import STACK, Reader
from revbench.ir.spelling import as_bijection
from revbench.rules.bijections import BIJECTIONS
from revbench.rules.functions import VOCABULARY

from .advice import one_by_one, overwriting, overwritten_element
from .fence import NOT_YET

UPDATES: dict[type[ast.operator], Op] = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/=",
                                         ast.FloorDiv: "/=", ast.BitXor: "^="}


@dataclass(frozen=True, slots=True)
class Notes:
    """What errors about a kernel need to know of its text, and programs do not."""

    places: dict[str, Span] = field(default_factory=dict)             # where each parameter stands
    elements: dict[Span, tuple[str, ...]] = field(default_factory=dict)   # the head of `for i, v in enumerate(x)` -> `i`, `v`
    excused: set[str] = field(default_factory=set)                    # made by a statement that was refused
    spoiled: set[Span] = field(default_factory=set)                   # assignments whose value was refused
    names: frozenset[str] = frozenset()                               # every name in the text
    moving: frozenset[str] = frozenset()                              # names that are assigned more than once
    made: dict[str, ast.Assign] = field(default_factory=dict)         # the first assignment to each name
    operators: set[Span] = field(default_factory=set)                 # `n &= e` and the like, read as assignments


class Lines:
    """Reads the statements of one kernel; what it refuses goes to the report."""

    def __init__(self, source: Source, report: Report, shift: int) -> None:
        self.source, self.report, self.shift = source, report, shift
        self.reader = Reader(source, report, shift)
        self.notes = Notes()
        self.star = ""
        self.arms: list[tuple[ast.If, bool]] = []                         # the `if`s around, and which branch
        self.loops: list[ast.For | ast.While] = []                        # the loops around

    # ---- helpers
    def span(self, node: ast.AST) -> Span:
        return self.reader.span(node)

    def upto(self, node: ast.AST, last: ast.AST) -> Span:
        """The head of a statement: from its first character to the end of `last`."""
        start, end = self.span(node), self.span(last)
        return replace(start, end_line=end.end_line, end_col=end.end_col)

    def refuse(self, kind: type[RevbenchError], node: ast.AST, message: str, mark: str = "here", hint: str = "") -> Block:
        self.report.add(kind(message, Label(self.span(node), mark), hint=hint))
        return ()

    def not_yet(self, node: ast.AST, name: str) -> Block:
        what, hint = NOT_YET[name]
        return self.refuse(NotYet, node, f"{what} not part of the language yet", "not yet", hint)

    def new(self, name: str) -> str:
        """A name like this one that the kernel does not use."""
        return fresh_name(name, self.notes.names)

    def expr(self, node: ast.expr) -> Expr:
        return self.reader.expr(node)

    def place(self, node: ast.expr) -> Place | None:
        before = len(self.report.mistakes)
        e = self.expr(node)
        if isinstance(e, Name | Index):
            return e
        if len(self.report.mistakes) == before:
            self.refuse(UnsupportedStatement, node, "only names and elements can be changed", hint="write `x += ...` or `x[i] += ...`")
        return None

    # ---- statements
    def line(self, node: ast.stmt) -> Block:
        span = self.span(node)
        match node:
            case ast.Pass():
                return ()
            case ast.AugAssign():
                return self.update(node)
            case ast.Assign(targets=[ast.Tuple() | ast.List() as left], value=right):
                return self.permutation(node, left, right)
            case ast.Assign(targets=[ast.Name() as target], value=ast.Call(func=ast.UnaryOp(op=ast.Invert())) as value) if (
                    made := self.in_place(node, [target], value)):
                return made
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                before = len(self.report.mistakes)
                self.reader.target = name
                init = self.expr(value)
                self.reader.target = ""
                if len(self.report.mistakes) > before:
                    self.notes.spoiled.add(span)
                    self.notes.excused.add(name)
                return (Enter(name, init, span=span),)
            case ast.Assign(targets=[target], value=value):
                before = len(self.report.mistakes)
                if isinstance(target, ast.Subscript | ast.Attribute) and (made := self.in_place(node, [target], value)):
                    return made
                place, e = self.place(target), self.expr(value)
                if place is not None and len(self.report.mistakes) == before:
                    if (same := as_bijection(place, e, BIJECTIONS, span)) is not None:
                        return (same,)
                    self.overwritten(node, place, e)
                return ()
            case ast.Assign(targets=targets, value=value):
                lines = " and ".join(f"`{ast.unparse(t)} = {ast.unparse(value)}`" for t in targets)
                return self.refuse(ChainedAssignment, node, "one assignment makes one local", hint=f"write {lines}, each in a line of its own")
            case ast.AnnAssign(target=target, value=value):
                line = f"{ast.unparse(target)} = {ast.unparse(value)}" if value is not None else "t = ..."
                return self.refuse(AnnotatedLocal, node, "locals have no annotations", hint=f"write `{line}`: its type follows from its value")
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

    def overwritten(self, node: ast.Assign, place: Place, value: Expr) -> None:
        """`x[i] = e`: an element holds something already."""
        kind, message, hint = overwriting(place, value, ast.unparse(node), self.new)
        span, second = self.span(node), None
        made = self.notes.made.get(place.name)
        inside = [at for at in self.reader.reads(place.name) if (at.line, at.col) < (span.end_line, span.end_col)]
        before = [at for at in inside if (at.line, at.col) < (span.line, span.col)]
        if before:
            second = Label(before[-1], "last read here", "~")
        elif place.name in self.notes.places:
            second = Label(self.notes.places[place.name], "a parameter", "~")
        elif made is not None:
            second = Label(self.span(made), "made here", "~")
        if kind not in (NotYet, MisplacedKeep) and isinstance(place, Index):
            fresh = made is not None and isinstance(made.value, ast.Call) and (self.reader.dotted(made.value.func) or "").endswith("zeros")
            arm = next(((self.expr(a.test), first) for a, first in self.arms[-1:] if [*a.body, *a.orelse] == [node]), None)
            hint = overwritten_element(place, value, arm, bool(inside) and not fresh, self.new)
        self.report.add(kind(message, Label(span, "not yet" if kind is NotYet else "overwritten here"), *([second] if second else []), hint=hint))

    def update(self, node: ast.AugAssign) -> Block:
        op = UPDATES.get(type(node.op))
        if op is None and isinstance(node.target, ast.Name) and not isinstance(node.op, ast.MatMult):
            span = self.span(node)
            self.notes.operators.add(span)
            return (Enter(node.target.id, self.expr(ast.copy_location(ast.BinOp(ast.copy_location(ast.Name(node.target.id), node.target),
                                                                                  node.op, node.value), node)), span=span),)
        if op is None:
            value = ast.unparse(ast.BinOp(node.target, node.op, node.value))
            self.report.add(UnsupportedOperator(f"`{ast.unparse(node)}` cannot be undone", Label(self.span(node), "forgets the old value"),
                                                *filter(None, [self.reader.home(getattr(node.target, "value", node.target))]),
                                                hint=f"make a new local: `{self.new('t')} = {value}`"))
            return ()
        place = self.place(node.target)
        return () if place is None else (Update(place, op, self.expr(node.value), span=self.span(node)),)

    def whereabouts(self, node: ast.expr) -> Label | None:
        """Where what a place belongs to was made."""
        name = node.value if isinstance(node, ast.Subscript) else node
        if not isinstance(name, ast.Name):
            return None
        made = self.notes.made.get(name.id)
        if made is not None and self.span(made).line < self.span(node).line:
            return Label(self.span(made), "made here", "~")
        return self.reader.home(name)

    def permutation(self, node: ast.stmt, left: ast.Tuple | ast.List, right: ast.expr) -> Block:
        texts = [ast.unparse(e) for e in left.elts]
        given = [ast.unparse(e) for e in right.elts] if isinstance(right, ast.Tuple | ast.List) else []
        if isinstance(right, ast.Call) and (name := (self.reader.dotted(right.func) or "").rpartition(".")[2]) in NOT_YET:
            return self.not_yet(node, name)
        if twice := [x for x in texts if texts.count(x) > 1]:
            return self.refuse(NotAPermutation, node, f"`{twice[0]}` stands twice on the left", "forgets something", "exchange different places")
        if made := self.in_place(node, left.elts, right):
            return made
        if sorted(texts) != sorted(given):
            new = all(isinstance(e, ast.Name) and e.id not in self.notes.places for e in left.elts)
            hint = one_by_one(left.elts, right, new, self.new)
            self.report.add(NotAPermutation("the right side is not the left side in another order", Label(self.span(node), "forgets something"),
                                            *filter(None, [self.whereabouts(e) for e in left.elts[:1]]), hint=hint))
            return ()
        places = [self.place(e) for e in left.elts]
        if any(p is None for p in places):
            return ()
        return (Permute(tuple(p for p in places if p is not None), tuple(texts.index(g) for g in given), span=self.span(node)),)

    def in_place(self, node: ast.stmt, left: list[ast.expr], right: ast.expr) -> Block:
        """`a, b = rot(a, b, t)`, `x = (~rotl)(x, 7)`: a bijection of the places, by its name; nothing if it is something else."""
        match right:
            case ast.Call(func=ast.UnaryOp(op=ast.Invert(), operand=func), args=args, keywords=[]):
                kind: type[Apply] | type[Unapply] = Unapply
            case ast.Call(func=func, args=args, keywords=[]):
                kind = Apply
            case _:
                return ()
        name = self.reader.dotted(func)
        same = list(map(ast.unparse, args[:len(left)])) == list(map(ast.unparse, left))
        if name is None or not same or name.rpartition(".")[2] in VOCABULARY | NOT_YET.keys():
            return ()
        places = [self.place(e) for e in left]
        params = tuple(map(self.expr, args[len(left):]))
        return (kind(name, tuple(p for p in places if p is not None), params, span=self.span(node)),) if all(places) else ()

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
            case ast.Yield() | ast.YieldFrom() | ast.Await():
                return ()
            case ast.Compare(left=left, ops=[ast.Lt()], comparators=[right]) if self.source_between(left, right).startswith("<-"):
                return self.arrow(node, left)
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                return self.refuse(DiscardedValue, node, f"`{ast.unparse(node)}` is a comparison that nobody reads", "value lost here",
                                   f"write `{ast.unparse(left)} += {ast.unparse(right)}`")
            case ast.UnaryOp(op=ast.USub(), operand=ast.Call() as called):
                return self.refuse(DiscardedValue, node, f"nobody keeps the value of `{ast.unparse(node)}`", "value lost here",
                                   f"to run a kernel backwards, write `~{ast.unparse(called)}`")
            case _:
                return self.refuse(DiscardedValue, node, f"nobody keeps the value of `{ast.unparse(node)}`", "value lost here",
                                   f"write `{next(iter(self.notes.places), 'out')} += {ast.unparse(node)}`, with the register that it belongs to")

    def source_between(self, left: ast.expr, right: ast.expr) -> str:
        """The text from the end of one expression to the end of the other."""
        a, b = self.span(left), self.span(right)
        return self.source.line(a.end_line)[a.end_col - 1:b.end_col if b.end_line == a.end_line else None].strip()

    def arrow(self, node: ast.stmt, left: ast.expr) -> Block:
        span, name = self.span(node), ast.unparse(left)
        value = span.text.partition("<-")[2].strip()
        live = not isinstance(left, ast.Name) or name in self.reader.registers
        self.notes.excused.add(name)
        hint = f"write `{name} += {value}`: `{name}` holds something already" if live else f"write `{name} = {value}` for a new local"
        return self.refuse(ArrowAssignment, node, f"`{name} <- {value}` compares `{name}` with `-{value}`", "Python reads `<` and `-`", hint)

    def call(self, node: ast.stmt, call: ast.Call, func: ast.expr) -> Block:
        span, args = self.span(node), call.args
        match (func.id if isinstance(func, ast.Name) else ""), args:
            case "fi", _:
                return self.refuse(MisplacedFi, node, "`fi(...)` belongs to the `if` before it", hint="write it on the line after the `if`, at the same depth")
            case "until", _:
                return self.refuse(MisplacedUntil, node, "`until(...)` belongs into a `while True:`, not into a block inside it",
                                   hint="write it once, at the depth of the loop's body")
            case ("free" | "dealloc"), [ast.Name(id=name), value]:
                return (Release(name, self.expr(value), span=span),)
            case ("free" | "dealloc"), _:
                return self.refuse(WrongArguments, node, "`free` takes a local and the value that it holds by then",
                                   hint="write `free(t, ...)` with that value, or `del t`")
            case "uncompute", [ast.Name(id=label)]:
                return (Uncompute(label, span=span),)
            case "uncompute", []:
                return (Uncompute("", span=span),)
            case "uncompute", _:
                return self.refuse(WrongArguments, node, "`uncompute` takes the label of a compute block", hint="write `uncompute(r)`")
            case ("stash" | "unstash" | "forget") as kind, [ast.Name(id=name)]:
                made: dict[str, type[Stash] | type[Unstash] | type[Forget]] = {"stash": Stash, "unstash": Unstash, "forget": Forget}
                return (made[kind](name, span=span),)
            case "print", _:
                if call.keywords:
                    return self.refuse(WrongArguments, node, "`print` takes no keyword arguments in a kernel", hint="write only what is to be shown")
                parts: list[str | Expr] = [a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else self.expr(a) for a in args]
                return (Print(tuple(parts), span=span),)
            case "probe", [ast.Constant(value=str(label)), value]:
                return (Probe(label, self.expr(value), span=span),)
            case "probe", [value]:
                return (Probe(ast.unparse(value), self.expr(value), span=span),)
            case "probe", _:
                return self.refuse(WrongArguments, node, "`probe` takes a name and a value", hint='write `probe("x", x)`')
            case _:
                return self.kernel_call(node, call, func, Call)

    def kernel_call(self, node: ast.stmt, call: ast.Call, func: ast.expr, kind: type[Call] | type[Uncall]) -> Block:
        name = self.reader.dotted(func)
        inner = func.func if isinstance(func, ast.Call) else None
        every = isinstance(func, ast.Call) and self.reader.dotted(func.func) in ("each", "rb.each", "revbench.each") and len(func.args) == 1
        if every and isinstance(func, ast.Call):
            func = func.args[0]
            if isinstance(func, ast.UnaryOp) and isinstance(func.op, ast.Invert):
                func, kind = func.operand, Call if kind is Uncall else Uncall
            name = self.reader.dotted(func)
        if isinstance(inner, ast.Name) and inner.id in NOT_YET:
            return self.not_yet(node, inner.id)
        if name is None:
            return self.refuse(UnsupportedStatement, node, "only a kernel that has a name can be called", hint="write `f(y, x)` or `~f(y, x)`")
        root, _, method = name.rpartition(".")
        if root.partition(".")[0] in self.reader.registers:
            if root in self.notes.excused:
                return ()
            if method in STACK:
                return self.stack(node, call, root, method)
            home = self.reader.home(ast.Name(root))
            self.report.add(UnknownMethod(f"`{root}` has no methods in a kernel", Label(self.span(node), "here"), *([home] if home else []),
                                          hint=f"an update changes it: `{root} += 1`, or of an element `{root}[0] += 1`"))
            return ()
        if wrong := next((a for a in call.args if isinstance(a, ast.Starred) and not (isinstance(a.value, ast.Name) and a.value.id == self.star)), None):
            hint = f"only `*{self.star}` can be handed on" if self.star else "write every argument out"
            return self.refuse(WrongArguments, wrong, f"`{ast.unparse(wrong)}` is not what this kernel has been handed", "here", hint)
        if any(k.arg is None for k in call.keywords):
            return self.refuse(WrongArguments, node, "constants are handed in one by one", "here", "write every one out: `n=n`")
        args = tuple(Name(f"*{self.star}", span=self.span(a)) if isinstance(a, ast.Starred) else self.expr(a) for a in call.args)
        return (kind(name, args, tuple((k.arg or "", self.expr(k.value)) for k in call.keywords), each=every, span=self.span(node)),)


    def stack(self, node: ast.stmt, call: ast.Call, name: str, method: str) -> Block:
        span, stack = self.span(node), Name(name, span=self.span(call.func))
        if len(call.args) != 1 or call.keywords or "." in name:
            what = f"`{name}.pop` takes the place that receives the value" if method == "pop" else f"`{name}.{method}` takes one value"
            return self.refuse(WrongArguments, node, what, hint=f"write `{name}.{method}(x)`")
        if method in ("append", "drop"):
            return ((Append if method == "append" else Drop)(stack, self.expr(call.args[0]), span=span),)
        before = len(self.report.mistakes)
        e = self.expr(call.args[0])
        if isinstance(e, Name | Index):
            return ((Push if method == "push" else Pop)(stack, e, span=span),)
        if len(self.report.mistakes) > before:
            return ()
        more = "" if method == "pop" else f", or `{name}.append({ast.unparse(call.args[0])})` for a copy of a value"
        return self.refuse(NotAPlace, node, f"`{name}.{method}` moves what a place holds, and `{ast.unparse(call.args[0])}` is not a place",
                           hint=f"write `{name}.{method}(x)`{more}")


def _is_text(value: ast.Constant) -> bool:
    return isinstance(value.value, str) or value.value is ...
