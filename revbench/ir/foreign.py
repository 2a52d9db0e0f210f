"""Python expressions that are not part of the language: what they are, and what to write."""

from __future__ import annotations

import ast

from revbench.errors import DictValue, FString, ListValue, RevbenchError, UnsupportedExpression

#   Python's node       class, what it is                          what to write
FOREIGN: dict[type[ast.expr], tuple[type[RevbenchError], str, str]] = {
    ast.ListComp:       (ListValue,             "a list comprehension",        "make an array of zeros, and fill it in a loop"),
    ast.SetComp:        (ListValue,             "a set comprehension",         "make an array of zeros, and fill it in a loop"),
    ast.DictComp:       (DictValue,             "a dictionary comprehension",  "make an array of zeros, and fill it in a loop"),
    ast.GeneratorExp:   (ListValue,             "a generator",                 "add up in a loop: `for v in x:`"),
    ast.List:           (ListValue,             "a list",                      "make an array of zeros, as large as it may get: `t = zeros(100)`"),
    ast.Set:            (ListValue,             "a set",                       "make an array of zeros, as large as it may get: `t = zeros(100)`"),
    ast.Tuple:          (ListValue,             "a tuple",                     "give each value a name of its own"),
    ast.Dict:           (DictValue,             "a dictionary",                "number the keys, and make an array of zeros: `t = zeros(100)`"),
    ast.Lambda:         (UnsupportedExpression, "a lambda",                    "write the expression out, or make it a kernel of its own"),
    ast.JoinedStr:      (FString,               "an f-string",                 'write its parts one after the other: `print("x is", x)`'),
    ast.NamedExpr:      (UnsupportedExpression, "`:=`",                        "make the local in the line before: `t = ...`"),
    ast.Starred:        (UnsupportedExpression, "`*`",                         "write every argument out"),
    ast.Slice:          (UnsupportedExpression, "a slice",                     "it belongs into the brackets of an array: `x[1:3]`"),
    ast.Subscript:      (UnsupportedExpression, "an element of an expression", "make a local first: `t = ...`, then `t[i]`"),
}
NO_COMPARISON: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.In:    ("in",     "compare the elements in a loop"),
    ast.NotIn: ("not in", "compare the elements in a loop"),
    ast.Is:    ("is",     "write `==`"),
    ast.IsNot: ("is not", "write `!=`"),
}


class OneBracket(ast.NodeTransformer):
    """`x[i][j]` -> `x[i, j]`."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.value, ast.Subscript):
            return node
        parts = [p for s in (node.value.slice, node.slice) for p in (s.elts if isinstance(s, ast.Tuple) else [s])]
        return ast.Subscript(node.value.value, ast.Tuple(parts, ast.Load()), node.ctx)


def parts_of(node: ast.JoinedStr) -> list[str]:
    """The parts of an f-string as arguments of `print`."""
    out = []
    for v in node.values:
        if isinstance(v, ast.FormattedValue):
            out.append(ast.unparse(v.value))
        elif isinstance(v, ast.Constant) and (text := str(v.value).strip()):
            out.append(f'"{text}"')
    return out
