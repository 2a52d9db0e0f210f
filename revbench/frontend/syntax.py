"""One walk over a function's syntax tree, for all who look at the whole text before its statements are read."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TypeVar, cast

AnyNode = TypeVar("AnyNode", bound=ast.AST)
LAST = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)       # nothing stands in them


class Syntax:
    """The nodes of a function by class, outermost first, without contexts and operators.

    Attributes
    ----------
    depth : int
        How many levels there are.
    """

    def __init__(self, node: ast.AST) -> None:
        self._of_class: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        self.depth, level = 0, [node]
        while level:
            self.depth += 1
            below: list[ast.AST] = []
            for n in level:
                self._of_class[type(n)].append(n)
                if not isinstance(n, LAST):
                    for field in n._fields:
                        part = getattr(n, field, None)
                        if isinstance(part, list):
                            below += [p for p in part if isinstance(p, ast.AST) and not isinstance(p, LAST[2:])]
                        elif isinstance(part, ast.AST) and not isinstance(part, LAST[2:]):
                            below.append(part)
            level = below

    def every(self, kind: type[AnyNode]) -> list[AnyNode]:
        """The nodes of exactly this class."""
        return cast(list[AnyNode], self._of_class.get(kind, []))
