"""Our own scalar functions, translated like the code that calls them: their source is as small a part of Python.

What a function takes and gives stands in its annotations; what it reads besides are numbers of its module.
"""

from __future__ import annotations

import ast
import inspect
import math
from functools import cache
from types import ModuleType
from typing import Any

from revbench.numerics import elementary, modular

from .native_heads import Kind, Signature

KINDS = {"float": Kind("float64"), "int": Kind("int64"), "np.int64": Kind("int64")}
RENAMED = {"math.floor": "np.floor"}                  # Python's gives a whole number; it is only compared with a float here


class _Numbers(ast.NodeTransformer):
    """Names and attributes that are numbers in a module become these."""

    def __init__(self, module: ModuleType) -> None:
        self.known: dict[str, Any] = {n: v for n, v in vars(module).items() if type(v) in (int, float)}
        self.known |= {"math.pi": math.pi, "math.nan": math.nan, "math.inf": math.inf}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._number(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._number(node)

    def _number(self, node: ast.Name | ast.Attribute) -> ast.expr:
        text = ast.unparse(node)
        if text in RENAMED:
            return ast.parse(RENAMED[text], mode="eval").body
        return ast.Constant(self.known[text]) if text in self.known and isinstance(node.ctx, ast.Load) else node


@cache
def own_functions() -> dict[str, tuple[ast.FunctionDef, Signature]]:
    """Name -> source without its docstring, and types."""
    out: dict[str, tuple[ast.FunctionDef, Signature]] = {}
    for module in (elementary, modular):
        for node in ast.parse(inspect.getsource(module)).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            assert node.returns is not None, "compiler bug: a function without annotations"
            params = tuple(KINDS[ast.unparse(a.annotation)] for a in node.args.args if a.annotation is not None)
            signature = params, (KINDS[ast.unparse(node.returns)],)
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
            out[node.name] = _Numbers(module).visit(node), signature
    return out
