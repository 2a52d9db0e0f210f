"""Text -> Expr. Stands low in the house, so that rule rows can be parsed below the front end.

Operators are function rows under another spelling; the table of their symbols is here, and `ir.show` reads it too.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from revbench.errors import Label, NotYet, Report, Source, Span, UnsupportedExpression

from .nodes import Const, CopyOf, Expr, Fn, IfExp, Index, Lazy, Name, NewStack, Shape, Top, Zeros, ZerosLike
from .types import DTYPES, NUMBERS, spelled

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
CASTS = {**{d: d for d in DTYPES}, "float": "float64", "int": "int64", "bool_": "bool", **{spelled(d): d for d in NUMBERS}}
SAME_FUNCTION = {"log": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
                 "arccosh": "acosh", "arctanh": "atanh", "absolute": "abs", "fabs": "abs", "minimum": "min", "maximum": "max",
                 "gammaln": "lgamma", "expit": "logistic", "psi": "digamma", "power": "pow"}

#   Python's node       what it is                      what to write
FOREIGN: dict[type[ast.expr], tuple[str, str]] = {
    ast.ListComp:       ("a list comprehension",        "make an array local, `t = zeros(n)`, and fill it in a loop"),
    ast.SetComp:        ("a set comprehension",         "make an array local, `t = zeros(n)`, and fill it in a loop"),
    ast.DictComp:       ("a dictionary comprehension",  "make an array local, `t = zeros(n)`, and fill it in a loop"),
    ast.GeneratorExp:   ("a generator",                 "add up in a loop: `for v in x:`"),
    ast.List:           ("a list",                      "hand an array in as a parameter, or make a local one: `t = zeros(3)`"),
    ast.Set:            ("a set",                       "hand an array in as a parameter, or make a local one: `t = zeros(3)`"),
    ast.Tuple:          ("a tuple",                     "give each value a name of its own"),
    ast.Dict:           ("a dictionary",                "give each value a name of its own"),
    ast.Lambda:         ("a lambda",                    "write the expression out, or make it a kernel of its own"),
    ast.JoinedStr:      ("an f-string",                 'write its parts one after the other: `print("x is", x)`'),
    ast.NamedExpr:      ("`:=`",                        "make the local in the line before: `t = ...`"),
    ast.Starred:        ("`*`",                         "write every argument out"),
    ast.Slice:          ("a slice",                     "write a loop over the indices"),
    ast.Subscript:      ("an element of an expression", "make a local first: `t = ...`, then `t[i]`"),
}
NO_COMPARISON: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.In:    ("in",     "compare the elements in a loop"),
    ast.NotIn: ("not in", "compare the elements in a loop"),
    ast.Is:    ("is",     "write `==`"),
    ast.IsNot: ("is not", "write `!=`"),
}
TWO_PARTS = "keep real and imaginary parts in two registers"
COMPLEX = ("real", "imag", "conj", "conjugate")
STACK = ("push", "pop", "append", "drop")
OF_ARRAYS = ("T", "ndim", "dtype", "flat", "itemsize", "nbytes", "strides")


def span_of(node: ast.AST, source: Source, shift: int = 0) -> Span:
    """The span of an ast node; `shift` is added to lines (a function's place in its file)."""
    line = getattr(node, "lineno", 1)
    end = int(getattr(node, "end_lineno", None) or line)

    def column(at: int, offset: int) -> int:             # ast counts UTF-8 bytes, people count characters
        text = source.line(at + shift)
        return len(text.encode()[:offset].decode(errors="replace")) + 1

    return Span(source, line + shift, column(line, getattr(node, "col_offset", 0)),
                end + shift, column(end, getattr(node, "end_col_offset", 0) or 0))


class Reader:
    """Turns ast expressions into ours and collects what it refuses."""

    def __init__(self, source: Source, report: Report, shift: int = 0) -> None:
        self.source, self.report, self.shift = source, report, shift
        self.stacks: frozenset[str] = frozenset()         # names that are used as stacks
        self.registers: frozenset[str] = frozenset()      # names that belong to the kernel: they have no attributes here

    def span(self, node: ast.AST) -> Span:
        return span_of(node, self.source, self.shift)

    def refuse(self, node: ast.AST, what: str, hint: str = "") -> Expr:
        self.report.add(UnsupportedExpression(what, Label(self.span(node), "not part of the language"), hint=hint))
        return Const(0, span=self.span(node))

    def not_yet(self, node: ast.AST, what: str, hint: str = "") -> Expr:
        self.report.add(NotYet(f"{what} not part of the language yet", Label(self.span(node), "not yet"), hint=hint))
        return Const(0, span=self.span(node))

    def number(self, value: float, node: ast.expr) -> Expr:
        if isinstance(value, int) and not -2**63 <= value < 2**63:
            return self.refuse(node, "this number does not fit into 64 bits", "write it as a float, with a point")
        return Const(value, span=self.span(node))

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
            case ast.Constant(value=complex()):
                return self.not_yet(node, "complex numbers are", TWO_PARTS)
            case ast.Constant(value=value):
                if value is ...:
                    return self.not_yet(node, "slices are", "write a loop over the indices")
                what = "`None`" if value is None else "text"
                return self.refuse(node, f"{what} cannot be computed with", "write a number" if value is None else "text may stand in `print` and `assert`")
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
                    return self.expr(value)
                parts = index.elts if isinstance(index, ast.Tuple) else [index]
                if any(isinstance(p, ast.Slice) for p in parts):
                    return self.not_yet(node, "slices are", "write a loop over the indices")
                return Index(root, tuple(self.index(p, root, k, len(parts)) for k, p in enumerate(parts)), span=span)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.expr(operand)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if value is not True and value is not False:
                return self.number(-value, node)
            case ast.UnaryOp(op=op, operand=operand):
                return Fn(_OF_NODE[type(op)], (self.expr(operand),), span=span)
            case ast.BinOp(left=left, op=op, right=right):
                if type(op) not in _OF_NODE:
                    return self.not_yet(node, "matrix products (`@`) are", "write the sums as loops")
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
                what, hint = FOREIGN.get(type(node), (f"this kind of expression ({type(node).__name__})", ""))
                return self.refuse(node, f"{what} cannot stand in an expression of a kernel", hint)

    def attribute(self, node: ast.Attribute) -> Expr:
        dotted = self.dotted(node)
        if dotted is None:
            if isinstance(node.value, ast.Subscript):
                return self.not_yet(node, f"fields of records (`.{node.attr}`) are", "hand each field in as an array of its own")
            return self.refuse(node, "attributes of expressions are not known", "use names, numbers and elements")
        root, attr = dotted.partition(".")[0], node.attr
        if attr == "size":
            return self.refuse(node, f"`{dotted}` is not known", f"write `len({root})` or `{root}.shape[0]`")
        if attr == "shape":
            return self.refuse(node, f"`{dotted}` is not one number", f"write `len({root})` or `{root}.shape[0]`")
        if root not in self.registers:
            return Name(dotted, span=self.span(node))
        if attr in COMPLEX:
            return self.not_yet(node, f"complex numbers (`{dotted}`) are", TWO_PARTS)
        if attr in OF_ARRAYS:
            return self.refuse(node, f"`{dotted}` is not known", f"of an array, kernels know `len({root})` and `{root}.shape[0]`")
        return self.not_yet(node, f"fields of records (`{dotted}`) are", "hand each field in as an array of its own")

    def element_of_element(self, node: ast.Subscript, outer: ast.Subscript) -> Expr:
        indices: list[ast.expr] = []
        for part in (outer.slice, node.slice):
            indices += part.elts if isinstance(part, ast.Tuple) else [part]
        if any(isinstance(i, ast.Constant) and isinstance(i.value, str) for i in indices):
            return self.not_yet(node, "fields of records are", "hand each field in as an array of its own")
        text = f"{ast.unparse(outer.value)}[{', '.join(map(ast.unparse, indices))}]"
        return self.refuse(node, "the indices of one element stand in one pair of brackets", f"write `{text}`")

    def index(self, node: ast.expr, array: str, axis: int, axes: int) -> Expr:
        if isinstance(node, ast.Constant) and node.value is None:
            return self.not_yet(node, "new axes (`None`) are", "write the indices out")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self.not_yet(node, "fields of records are", "hand each field in as an array of its own")
        e = self.expr(node)
        if isinstance(e, Const) and e.value < 0:
            length = f"len({array})" if axes == 1 else f"{array}.shape[{axis}]"
            return self.refuse(node, "a negative index counts from the end in Python, not here", f"count from the length: `{length} - {-e.value}`")
        return e

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
        if dotted is None:
            return self.refuse(node, "only functions that have a name can be called", "write the expression out, or make it a kernel of its own")
        root, _, name = dotted.rpartition(".")
        if root.partition(".")[0] in self.registers:
            return self.method(node, dotted)
        if name == "Stack":
            return self.new_stack(node)
        if node.keywords and name != "zeros":
            return self.refuse(node, f"`{name}` takes no keyword arguments in an expression", "write its arguments in order")
        if name == "zeros":
            return self.zeros(node)
        if name == "float" and len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value in ("nan", "inf", "-inf"):
            return Const(float(node.args[0].value), span=span)
        args = tuple(map(self.expr, node.args))
        if name == "len" and len(args) == 1 and isinstance(args[0], Name):
            return Shape(args[0].name, 0, span=span)
        if name == "len" and len(args) == 1 and isinstance(args[0], Index):
            return Shape(args[0].name, len(args[0].indices), span=span)
        if name == "len":
            return self.refuse(node, "`len` takes the name of an array", "write `len(x)`")
        if name in ("zeros_like", "copy"):
            if len(args) != 1 or not isinstance(args[0], Name | Index):
                return self.refuse(node, f"`{name}` takes the name of an array", f"write `{name}(x)`")
            return (ZerosLike if name == "zeros_like" else CopyOf)(args[0], span=span)
        name = SAME_FUNCTION.get(name, CASTS.get(name, name))
        if name in ("min", "max") and len(args) > 2:
            out = args[0]
            for a in args[1:]:
                out = Fn(name, (out, a), span=span)
            return out
        return Fn(name, args, span=span)

    def method(self, node: ast.Call, dotted: str) -> Expr:
        root, _, name = dotted.rpartition(".")
        if name in COMPLEX:
            return self.not_yet(node, f"complex numbers (`{dotted}()`) are", TWO_PARTS)
        if name in STACK:
            return self.refuse(node, f"`{dotted}(...)` has no value", f"write `{root}.{name}(x)` on a line of its own; the top is `{root}[-1]`")
        return self.refuse(node, f"`{root}` has no methods in a kernel", "call functions by their name: `sqrt(x)`")

    def new_stack(self, node: ast.Call) -> Expr:
        given = list(node.args) + [k.value for k in node.keywords if k.arg == "dtype"]
        dtype = CASTS.get((self.dotted(given[0]) or "?").rpartition(".")[2]) if given else None
        if len(given) != len(node.args) + len(node.keywords) or len(given) > 1 or (given and dtype is None):
            return self.refuse(node, "in a kernel a stack begins empty", "write `Stack()` or `Stack(float64)`, and append to it")
        return NewStack(dtype, span=self.span(node))

    def zeros(self, node: ast.Call) -> Expr:
        given = list(node.args) + [k.value for k in node.keywords if k.arg == "dtype"]
        if not 1 <= len(given) <= 2 or any(k.arg != "dtype" for k in node.keywords):
            return self.refuse(node, "`zeros` takes a shape and a dtype", "write `zeros(n)` or `zeros((n, m), float32)`")
        dims = given[0].elts if isinstance(given[0], ast.Tuple) else [given[0]]
        dtype = None
        if len(given) == 2:
            dtype = CASTS.get((self.dotted(given[1]) or "?").rpartition(".")[2])
            if dtype is None:
                return self.refuse(given[1], "this dtype is not known", f"one of {', '.join(DTYPES)}, Fixed43, ULog")
        return Zeros(tuple(map(self.expr, dims)), dtype, span=self.span(node))


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
