"""Text -> Expr. Stands low in the house, so that rule rows can be parsed below the front end.

Operators are function rows under another spelling; the table of their symbols is here, and `ir.show` reads it too.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from revbench.errors import Label, Report, Source, Span, UnsupportedExpression

from .nodes import Const, CopyOf, Expr, Fn, IfExp, Index, Lazy, Name, Shape, Zeros, ZerosLike
from .types import DTYPES

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
CASTS = {**{d: d for d in DTYPES}, "float": "float64", "int": "int64", "bool_": "bool"}
SAME_FUNCTION = {"log": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
                 "arccosh": "acosh", "arctanh": "atanh", "absolute": "abs", "fabs": "abs", "minimum": "min", "maximum": "max",
                 "gammaln": "lgamma", "expit": "logistic", "psi": "digamma", "power": "pow"}


def span_of(node: ast.AST, source: Source, shift: int = 0) -> Span:
    """The span of an ast node; `shift` is added to lines (a function's place in its file)."""
    line, end = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or getattr(node, "lineno", 1)

    def column(at: int, offset: int) -> int:             # ast counts UTF-8 bytes, people count characters
        text = source.line(at + shift)
        return len(text.encode()[:offset].decode(errors="replace")) + 1

    return Span(source, line + shift, column(line, getattr(node, "col_offset", 0)),
                end + shift, column(end, getattr(node, "end_col_offset", 0) or 0))


class Reader:
    """Turns ast expressions into ours and collects what it refuses."""

    def __init__(self, source: Source, report: Report, shift: int = 0) -> None:
        self.source, self.report, self.shift = source, report, shift

    def span(self, node: ast.AST) -> Span:
        return span_of(node, self.source, self.shift)

    def refuse(self, node: ast.AST, what: str, hint: str = "") -> Expr:
        self.report.add(UnsupportedExpression(what, Label(self.span(node), "not part of the language"), hint=hint))
        return Const(0, span=self.span(node))

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
                return Const(value, span=span)
            case ast.Constant(value=value):
                return self.refuse(node, f"{type(value).__name__} constants cannot be computed with")
            case ast.Name(id=name):
                return Name(name, span=span)
            case ast.Attribute(value=value, attr="size") if (name := self.dotted(value)) and "." not in name:
                return self.refuse(node, f"`{name}.size` is not known", f"write `len({name})` or `{name}.shape[0]`")
            case ast.Attribute():
                dotted = self.dotted(node)
                return Name(dotted, span=span) if dotted else self.refuse(node, "attributes of expressions are not known")
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr="shape"), slice=ast.Constant(value=int(axis))):
                return Shape(name, axis, span=span)
            case ast.Subscript(value=ast.Subscript()):
                return self.refuse(node, "an element of an element", "write `x[i, j]` instead of `x[i][j]`")
            case ast.Subscript(value=value, slice=index) if (name := self.dotted(value)):
                parts = index.elts if isinstance(index, ast.Tuple) else [index]
                if any(isinstance(p, ast.Slice) for p in parts):
                    return self.refuse(node, "slices are not part of the language yet", "write a loop over the indices")
                return Index(name, tuple(map(self.index, parts)), span=span)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.expr(operand)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if value is not True and value is not False:
                return Const(-value, span=span)
            case ast.UnaryOp(op=op, operand=operand):
                return Fn(_OF_NODE[type(op)], (self.expr(operand),), span=span)
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in _OF_NODE:
                    return self.refuse(node, "matrix products in expressions are not part of the language yet", "write the sums as loops")
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
            case _:
                return self.refuse(node, f"{_words(node)} cannot stand in a kernel")

    def index(self, node: ast.expr) -> Expr:
        e = self.expr(node)
        if isinstance(e, Const) and e.value < 0:
            return self.refuse(node, "negative indices count from the end in Python, not here", "write `x[len(x) - 1]`")
        return e

    def comparison(self, node: ast.Compare) -> Expr:
        out: Expr | None = None
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            if type(op) not in _OF_NODE:
                return self.refuse(node, f"`{_words(op)}` is not a comparison that kernels know")
            one = Fn(_OF_NODE[type(op)], (self.expr(left), self.expr(right)), span=self.span(node))
            out = one if out is None else Lazy("and", out, one, span=self.span(node))
            left = right
        assert out is not None
        return out

    def call(self, node: ast.Call) -> Expr:
        span, dotted = self.span(node), self.dotted(node.func)
        if dotted is None:
            return self.refuse(node, "only named functions can be called in an expression")
        name = dotted.rpartition(".")[2]
        if node.keywords and name != "zeros":
            return self.refuse(node, f"`{name}` takes no keyword arguments in an expression")
        if any(isinstance(a, ast.Starred) for a in node.args):
            return self.refuse(node, "starred arguments cannot stand in an expression")
        if name == "zeros":
            return self.zeros(node)
        args = tuple(map(self.expr, node.args))
        if name == "len" and len(args) == 1 and isinstance(args[0], Name):
            return Shape(args[0].name, 0, span=span)
        if name == "len" and len(args) == 1 and isinstance(args[0], Index):
            return Shape(args[0].name, len(args[0].indices), span=span)
        if name in ("zeros_like", "copy") and len(args) == 1 and isinstance(args[0], Name | Index):
            return (ZerosLike if name == "zeros_like" else CopyOf)(args[0], span=span)
        name = SAME_FUNCTION.get(name, CASTS.get(name, name))
        if name in ("min", "max") and len(args) > 2:
            out = args[0]
            for a in args[1:]:
                out = Fn(name, (out, a), span=span)
            return out
        return Fn(name, args, span=span)

    def zeros(self, node: ast.Call) -> Expr:
        given = list(node.args) + [k.value for k in node.keywords if k.arg == "dtype"]
        if not 1 <= len(given) <= 2 or any(k.arg != "dtype" for k in node.keywords):
            return self.refuse(node, "`zeros` takes a shape and a dtype", "write `zeros(n)` or `zeros((n, m), float32)`")
        dims = given[0].elts if isinstance(given[0], ast.Tuple) else [given[0]]
        dtype = None
        if len(given) == 2:
            dtype = CASTS.get((self.dotted(given[1]) or "?").rpartition(".")[2])
            if dtype is None:
                return self.refuse(given[1], "this dtype is not known", f"one of {', '.join(DTYPES)}")
        return Zeros(tuple(map(self.expr, dims)), dtype, span=self.span(node))


def _words(node: ast.AST) -> str:
    """`ListComp` -> `list comp`."""
    name = type(node).__name__
    return "".join(" " + c.lower() if c.isupper() else c for c in name).strip()


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
