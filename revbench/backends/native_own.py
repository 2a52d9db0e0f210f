"""Our own scalar functions, translated like the code that calls them: their source is as small a part of Python.

What a function takes and gives stands in its annotations; what it reads besides are numbers of its module. The files are read,
not imported: they import Numba, which this way to machine code does without (and which a notebook imports in a thread just then).
"""

from __future__ import annotations

import ast
import math
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from .native_heads import Kind, Signature

SOURCES = tuple(Path(__file__).parents[1] / "numerics" / f"{name}.py" for name in ("elementary", "modular"))
KINDS = {"float": Kind("float64"), "int": Kind("int64"), "np.int64": Kind("int64")}
RENAMED = {"math.floor": "np.floor"}                  # Python's gives a whole number; it is only compared with a float here


class _Numbers(ast.NodeTransformer):
    """Names and attributes that are numbers in a module become these: its own, and what it imports from modules without Numba."""

    def __init__(self, module: ast.Module) -> None:
        self.known: dict[str, Any] = {"math.pi": math.pi, "math.nan": math.nan, "math.inf": math.inf}
        for node in module.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.known[name] = eval(ast.unparse(value), {"__builtins__": {}})
                case ast.ImportFrom(module=str(source), level=level, names=names) if level or source.startswith("revbench."):
                    found = import_module(f"revbench.numerics.{source}" if level else source)
                    self.known |= {a.name: getattr(found, a.name) for a in names}

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
def translatable() -> dict[str, tuple[ast.FunctionDef, Signature]]:
    """Name -> source without its docstring, and types."""
    out: dict[str, tuple[ast.FunctionDef, Signature]] = {}
    for path in SOURCES:
        module = ast.parse(path.read_text("utf-8"))
        for node in module.body:
            if not isinstance(node, ast.FunctionDef):
                continue
            assert node.returns is not None, "compiler bug: a function without annotations"
            params = tuple(KINDS[ast.unparse(a.annotation)] for a in node.args.args if a.annotation is not None)
            signature = params, (KINDS[ast.unparse(node.returns)],)
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
            out[node.name] = _Numbers(module).visit(node), signature
    return out
