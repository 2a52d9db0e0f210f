"""Text -> Expr. Stands low in the house, so that rule rows can be parsed below the front end.

Operators are function rows under another spelling; the table of their symbols is here, and `ir.show` reads it too.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from revbench.errors import (
    DictValue,
    DoubleIndex,
    Label,
    ListValue,
    NegativeIndex,
    NotYet,
    Report,
    RevbenchError,
    Source,
    Span,
    TextValue,
    UnknownMethod,
    UnsupportedExpression,
)

from .foreign import FOREIGN, NO_COMPARISON, OneBracket, parts_of
from .lengths import length
from .library import fresh_name
from .nodes import Const, CopyOf, Expr, Field, Fn, IfExp, Index, Lazy, MatMul, Name, NewStack, Shape, Slice, Top, Transposed, Zeros, ZerosLike
from .spans import span_of
from .synonyms import CASTS, SAME_FUNCTION
from .types import COMPLEX, DTYPES

#   function    symbol  binds  Python's node
BINARY: dict[str, tuple[str, int, type[ast.AST]]] = {
    "add":      ("+",   11, ast.Add),
    "sub":      ("-",   11, ast.Sub),
    "mul":      ("*",   12, ast.Mult),
    "div":      ("/",   12, ast.Div),
    "floordiv": ("//",  12, ast.FloorDiv),
    "mod":      ("%",   12, ast.Mod),
    "pow":      ("**",  14, ast.Pow),
    "lshift":   ("<<",  10, ast.LShift),
    "rshift":   (">>",  10, ast.RShift),
    "bitand":   ("&",    9, ast.BitAnd),
    "bitxor":   ("^",    8, ast.BitXor),
    "bitor":    ("|",    7, ast.BitOr),
    "lt":       ("<",    6, ast.Lt),
    "le":       ("<=",   6, ast.LtE),
    "gt":       (">",    6, ast.Gt),
    "ge":       (">=",   6, ast.GtE),
    "eq":       ("==",   6, ast.Eq),
    "ne":       ("!=",   6, ast.NotEq),
}
UNARY: dict[str, tuple[str, int, type[ast.AST]]] = {
    "neg":    ("-",    13, ast.USub),
    "invert": ("~",    13, ast.Invert),
    "not_":   ("not ",  5, ast.Not),
}
_OF_NODE = {node: fn for table in (BINARY, UNARY) for fn, (_, _, node) in table.items()}
PARTS = ("real", "imag")
MAKERS = ("zeros", "ones", "full")
LIKE = tuple(f"{m}_like" for m in MAKERS)
STACK = ("push", "pop", "append", "drop")
OF_ARRAYS = ("ndim", "dtype", "flat", "itemsize", "nbytes", "strides")


class Reader:
    """Turns ast expressions into ours and collects what it refuses."""

    def __init__(self, source: Source, report: Report, shift: int = 0) -> None:
        self.source, self.report, self.shift = source, report, shift
        self.stacks: frozenset[str] = frozenset()         # names that are used as stacks
        self.registers: frozenset[str] = frozenset()      # names that belong to the kernel: they have no attributes here
        self.homes: dict[str, Span] = {}                  # where its parameters stand
        self.target = ""                                  # the local that the statement at hand makes
        self.loads: dict[str, list[ast.Name]] = {}        # where the contents of each name are read

    def span(self, node: ast.AST) -> Span:
        return span_of(node, self.source, self.shift)

    def reads(self, name: str) -> list[Span]:
        """Where the contents of a name are read, in order."""
        return sorted(map(self.span, self.loads.get(name, ())), key=lambda at: (at.line, at.col))

    def refuse(self, node: ast.AST, what: str, hint: str = "", kind: type[RevbenchError] = UnsupportedExpression, second: Label | None = None) -> Expr:
        self.report.add(kind(what, Label(self.span(node), "not part of the language"), *([second] if second else []), hint=hint))
        return Const(0, span=self.span(node))

    def not_yet(self, node: ast.AST, what: str, hint: str = "") -> Expr:
        self.report.add(NotYet(f"{what} not part of the language yet", Label(self.span(node), "not yet"), hint=hint))
        return Const(0, span=self.span(node))

    def foreign(self, node: ast.expr, size: ast.expr | None = None) -> Expr:
        """Python's expressions that have no meaning here; `size`: a list that many times over."""
        kind, what, hint = FOREIGN.get(type(node), (UnsupportedExpression, f"this kind of expression ({type(node).__name__})", ""))
        second = None
        if self.target and kind in (ListValue, DictValue) and not isinstance(node, ast.Tuple | ast.GeneratorExp):
            used = next((at for at in self.reads(self.target) if at.line > self.span(node).line), None)
            second = Label(used, "used here", "~") if used is not None else None
            hint = hint.replace("`t = ", f"`{self.target} = ")
            if isinstance(node, ast.List) and (size is not None or node.elts):
                many = ast.unparse(size) if size is not None else str(len(node.elts))
                hint = f"make an array of zeros, and add what it starts from: `{self.target} = zeros({many})`"
            if isinstance(node, ast.List) and not node.elts:
                hint += f", and count what is in it: `{fresh_name('n', self.registers)} = 0`"
        if isinstance(node, ast.ListComp) and len(node.generators) == 1 and isinstance(node.generators[0].iter, ast.Name) and self.target:
            array = node.generators[0].iter.id
            hint = f"make an array of zeros, `{self.target} = zeros(len({array}))`, and fill it in a loop, `for i in range(len({array})):`"
        if isinstance(node, ast.JoinedStr):
            hint = f"write its parts one after the other: `print({', '.join(parts_of(node))})`"
            second = next((found for n in ast.walk(node) if (found := self.home(n)) is not None), None)
        return self.refuse(node, f"{what} cannot stand in an expression of a kernel", hint, kind, second)

    def number(self, value: float, node: ast.expr) -> Expr:
        if isinstance(value, int) and not -2**63 <= value < 2**64:                # above the largest int64 it is a uint64
            return self.refuse(node, "this number does not fit into 64 bits", "write it as a float, with a point")
        return Const(value, span=self.span(node))

    def home(self, node: ast.AST) -> Label | None:
        """Where a parameter stands, as the second place of a mistake."""
        return Label(self.homes[node.id], "a parameter", "~") if isinstance(node, ast.Name) and node.id in self.homes else None

    def line_with(self, node: ast.Subscript, text: str) -> str:
        """The user's line with every `x[i][j]` in one pair of brackets, or only this one if the line is not whole."""
        line = self.source.line(self.span(node).line).strip()
        try:
            return ast.unparse(OneBracket().visit(ast.parse(line)))
        except SyntaxError:
            return text

    def dotted(self, node: ast.expr) -> str | None:
        """`a.b.c` as text."""
        match node:
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=value, attr=attr):
                root = self.dotted(value)
                return None if root is None else f"{root}.{attr}"
            case _:
                return None

    def expr(self, node: ast.expr) -> Expr:
        span = self.span(node)
        match node:
            case ast.Constant(value=bool() | int() | float() as value):
                return self.number(value, node)
            case ast.Constant(value=complex() as value):
                return imaginary(value.imag, span)
            case ast.Constant(value=value):
                if value is ...:
                    return self.refuse(node, "`...` cannot stand in an expression of a kernel", "write a `:` for each axis: `m[:, 0]`")
                what = "`None`" if value is None else "text"
                return self.refuse(node, f"{what} cannot be computed with", "write a number" if value is None else "text may stand in `print` and `assert`",
                                   UnsupportedExpression if value is None else TextValue)
            case ast.Name(id=name):
                return Name(name, span=span)
            case ast.Attribute():
                return self.attribute(node)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))) if name in self.stacks:
                return Top(name, span=span)
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="shape"), slice=ast.Constant(value=int(axis))):
                return Shape(name, axis, span=span)
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="shape")):
                return self.refuse(node, "the axis of a shape is a number, written out and counted from 0", f"write `{name}.shape[0]`")
            case ast.Subscript(value=ast.Subscript() as outer):
                return self.element_of_element(node, outer)
            case ast.Subscript(value=value, slice=index) if (root := self.dotted(value)):
                if "." in root and root.partition(".")[0] in self.registers:
                    return self.elements_of_field(node, value)
                parts = index.elts if isinstance(index, ast.Tuple) else [index]
                return Index(root, tuple(self.index(p, root, k, len(parts)) for k, p in enumerate(parts)), span=span)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.expr(operand)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if value is not True and value is not False:
                return self.number(-value, node)
            case ast.UnaryOp(op=op, operand=operand):
                return Fn(_OF_NODE[type(op)], (self.expr(operand),), span=span)
            case ast.BinOp(left=ast.List() as items, op=ast.Mult(), right=size):
                return self.foreign(items, size)
            case ast.BinOp(left=left, op=op, right=right):
                if isinstance(op, ast.MatMult):
                    return MatMul(self.expr(left), self.expr(right), span=span)
                return Fn(_OF_NODE[type(op)], (self.expr(left), self.expr(right)), span=span)
            case ast.Compare():
                return self.comparison(node)
            case ast.BoolOp(op=op, values=values):
                out = self.expr(values[0])
                for v in values[1:]:
                    out = Lazy("and" if isinstance(op, ast.And) else "or", out, self.expr(v), span=span)
                return out
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return IfExp(self.expr(test), self.expr(body), self.expr(orelse), span=span)
            case ast.Call():
                return self.call(node)
            case ast.Yield() | ast.YieldFrom() | ast.Await():
                return Const(0, span=span)                   # the parser has refused it
            case _:
                return self.foreign(node)

    def attribute(self, node: ast.Attribute) -> Expr:
        dotted, attr, span = self.dotted(node), node.attr, self.span(node)
        if node.attr == "T" and (dotted is None or dotted.partition(".")[0] in self.registers):
            return Transposed(self.expr(node.value), span=span)
        if dotted is None:
            return self.part(node, self.expr(node.value))
        root, owner = dotted.partition(".")[0], dotted.rpartition(".")[0]
        if attr == "size":
            return self.refuse(node, f"`{dotted}` is not known", f"write `len({root})` or `{root}.shape[0]`")
        if attr == "shape":
            return self.refuse(node, f"`{dotted}` is not one number", f"write `len({root})` or `{root}.shape[0]`")
        if root not in self.registers:
            return Name(dotted, span=span)
        if attr in OF_ARRAYS:
            return self.refuse(node, f"`{dotted}` is not known", f"of an array, kernels know `len({root})` and `{root}.shape[0]`")
        if owner != root:
            return self.nested(node, owner)
        return Index(root, (Field(attr, span=span),), span=span)

    def part(self, node: ast.Attribute, whole: Expr) -> Expr:
        """`.attr` of an element, or of an expression that is complex."""
        if isinstance(whole, Index):
            if isinstance(whole.indices[-1], Field):
                return self.nested(node, ast.unparse(node.value))
            return Index(whole.name, (*whole.indices, Field(node.attr, span=self.span(node))), span=self.span(node))
        if node.attr in PARTS:
            return Fn(node.attr, (whole,), span=self.span(node))
        return self.refuse(node, "attributes of expressions are not known", "use names, numbers and elements")

    def nested(self, node: ast.AST, owner: str) -> Expr:
        return self.refuse(node, f"`{owner}` is one number: fields are not nested", f"write `{owner}`")

    def elements_of_field(self, node: ast.Subscript, owner: ast.expr) -> Expr:
        """`pool.next[i]` is `pool[i].next`."""
        whole = self.expr(owner)
        if not isinstance(whole, Index):
            return whole
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        at = tuple(self.index(p, whole.name, k, len(parts)) for k, p in enumerate(parts))
        return Index(whole.name, (*at, *whole.indices), span=self.span(node))

    def element_of_element(self, node: ast.Subscript, outer: ast.Subscript) -> Expr:
        indices: list[ast.expr] = []
        for part in (outer.slice, node.slice):
            indices += part.elts if isinstance(part, ast.Tuple) else [part]
        named = [i for i in indices if isinstance(i, ast.Constant) and isinstance(i.value, str)]
        if len(named) == 1 and (root := self.dotted(outer.value)) is not None:                   # `pool["next"][i]`
            at = tuple(self.index(p, root, k, len(indices) - 1) for k, p in enumerate(i for i in indices if i is not named[0]))
            return Index(root, (*at, Field(str(named[0].value), span=self.span(named[0]))), span=self.span(node))
        text = f"{ast.unparse(outer.value)}[{', '.join(map(ast.unparse, indices))}]"
        return self.refuse(node, "the indices of one element stand in one pair of brackets", f"write `{self.line_with(node, text)}`", DoubleIndex,
                           self.home(outer.value))

    def index(self, node: ast.expr, array: str, axis: int, axes: int) -> Expr:
        if isinstance(node, ast.Slice):
            return self.slice(node, array, axis, axes)
        if isinstance(node, ast.Constant) and node.value is None:
            return self.not_yet(node, "new axes (`None`) are", "write the indices out")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return Field(node.value, span=self.span(node))
        e = self.expr(node)
        if isinstance(e, Const) and e.value < 0:
            length = f"len({array})" if axes == 1 else f"{array}.shape[{axis}]"
            return self.refuse(node, "a negative index counts from the end in Python, not here", f"count from the length: `{length} - {-e.value}`",
                               NegativeIndex, self.home(ast.Name(array)))
        return e

    def slice(self, node: ast.Slice, array: str, axis: int, axes: int) -> Expr:
        start, stop = (None if e is None else self.index(e, array, axis, axes) for e in (node.lower, node.upper))
        step = None if node.step is None else self.expr(node.step)
        if isinstance(step, Const) and step.value == 0:
            return self.refuse(node.step or node, "the step of a slice is not 0", "write `x[::2]` for every second element")
        return Slice(start, stop, None if step == Const(1) else step, span=self.span(node))

    def comparison(self, node: ast.Compare) -> Expr:
        out: Expr | None = None
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            if type(op) not in _OF_NODE:
                symbol, hint = NO_COMPARISON[type(op)]
                return self.refuse(node, f"`{symbol}` is not a comparison that kernels know", hint)
            one = Fn(_OF_NODE[type(op)], (self.expr(left), self.expr(right)), span=self.span(node))
            out = one if out is None else Lazy("and", out, one, span=self.span(node))
            left = right
        assert out is not None
        return out

    def call(self, node: ast.Call) -> Expr:
        span, dotted = self.span(node), self.dotted(node.func)
        if dotted is None and isinstance(node.func, ast.Attribute) and node.func.attr in ("conj", "conjugate") and not node.args:
            return Fn("conj", (self.expr(node.func.value),), span=span)
        if dotted is None:
            return self.refuse(node, "only functions that have a name can be called", "write the expression out, or make it a kernel of its own")
        root, _, name = dotted.rpartition(".")
        if root.partition(".")[0] in self.registers:
            return self.method(node, dotted)
        if name == "Stack":
            return self.new_stack(node)
        if name in ("array", "asarray") and len(node.args) == 1 and isinstance(node.args[0], ast.List | ast.ListComp | ast.BinOp):
            return self.expr(node.args[0])
        if name in MAKERS:
            return self.filled(node, name)
        if [k.arg for k in node.keywords] == ["axis"]:
            return self.refuse(node, f"`{name}` takes a whole array here: there is no `axis`",
                               f"loop over the rows: `for i in range(len(m)):`, and write `{name}(m[i])` for each")
        if node.keywords:
            return self.refuse(node, f"`{name}` takes no keyword arguments in an expression", "write its arguments in order")
        if name == "float" and len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value in ("nan", "inf", "-inf"):
            return Const(float(node.args[0].value), span=span)
        args = tuple(map(self.expr, node.args))
        if name == "complex":
            return Fn("complex" if len(args) == 2 else "complex128", args, span=span)
        if name == "len" and len(args) == 1 and isinstance(args[0], Name | Index):
            return length(args[0])
        if name == "len":
            return self.refuse(node, "`len` takes the name of an array", "write `len(x)`")
        if name in LIKE or name == "copy":
            if len(args) != 1 + (name == "full_like") or not isinstance(args[0], Name | Index):
                return self.refuse(node, f"`{name}` takes the name of an array", f"write `{name}(x{', value' if name == 'full_like' else ''})`")
            if name == "copy":
                return CopyOf(args[0], span=span)
            return ZerosLike(args[0], args[1] if name == "full_like" else Const(1) if name == "ones_like" else None, span=span)
        name = SAME_FUNCTION.get(name, CASTS.get(name, name))
        if name in ("min", "max") and len(args) > 2:
            out = args[0]
            for a in args[1:]:
                out = Fn(name, (out, a), span=span)
            return out
        return Fn(name, args, span=span)

    def method(self, node: ast.Call, dotted: str) -> Expr:
        root, _, name = dotted.rpartition(".")
        if name in ("conj", "conjugate") and not node.args and isinstance(node.func, ast.Attribute):
            return Fn("conj", (self.expr(node.func.value),), span=self.span(node))
        if name in STACK:
            return self.refuse(node, f"`{dotted}(...)` has no value", f"write `{root}.{name}(x)` on a line of its own; the top is `{root}[-1]`")
        return self.refuse(node, f"`{root}` has no methods in a kernel", "call functions by their name: `sqrt(x)`", UnknownMethod, self.home(ast.Name(root)))

    def new_stack(self, node: ast.Call) -> Expr:
        given = list(node.args) + [k.value for k in node.keywords if k.arg == "dtype"]
        dtype = CASTS.get((self.dotted(given[0]) or "?").rpartition(".")[2]) if given else None
        if len(given) != len(node.args) + len(node.keywords) or len(given) > 1 or (given and dtype is None):
            return self.refuse(node, "in a kernel a stack begins empty", "write `Stack()` or `Stack(float64)`, and append to it")
        return NewStack(dtype, span=self.span(node))

    def filled(self, node: ast.Call, name: str) -> Expr:
        """`zeros(n)`, `ones((n, m), float32)`, `full(n, value)`."""
        own = 1 + (name == "full")
        given = list(node.args) + [k.value for k in node.keywords if k.arg == "dtype"]
        if not own <= len(given) <= own + 1 or any(k.arg != "dtype" for k in node.keywords):
            what, more = (", a value", ", value") if name == "full" else ("", "")
            return self.refuse(node, f"`{name}` takes a shape{what} and a dtype",
                               f"write `{name}(n{more})` or `{name}((n, m){more}, float32)`")
        dims = given[0].elts if isinstance(given[0], ast.Tuple) else [given[0]]
        dtype = None
        if len(given) == own + 1:
            dtype = CASTS.get((self.dotted(given[-1]) or "?").rpartition(".")[2])
            if dtype is None:
                return self.refuse(given[-1], "this dtype is not known", f"one of {', '.join((*DTYPES, *COMPLEX))}, Fixed43, ULog")
        fill = self.expr(given[1]) if name == "full" else Const(1) if name == "ones" else None
        return Zeros(tuple(map(self.expr, dims)), dtype, fill, span=self.span(node))


def imaginary(value: float, span: Span | None = None) -> Expr:
    """`2j`: a complex number is made of its parts."""
    return Fn("complex", (Const(0.0, span=span), Const(value, span=span)), span=span)


@lru_cache(maxsize=1024)
def read(text: str) -> Expr:
    """The expression that `text` spells; for rule rows and tests.

    Raises
    ------
    RevbenchError
        When the text is not an expression of the language.
    """
    report = Report()
    out = Reader(Source("rule", text), report).expr(ast.parse(text, mode="eval").body)
    report.raise_any()
    return out
