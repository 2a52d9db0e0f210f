"""What is refused, one sentence each."""

from __future__ import annotations

import ast

from revbench.errors import (
                             BreakStatement,
                             ContinueStatement,
                             GlobalStatement,
                             ReturnStatement,
                             RevbenchError,
                             TryStatement,
                             UnsupportedStatement,
                             YieldExpression,
)

Refusal = tuple[type[RevbenchError], str, str]

#   Python's node      class, what it says, what to write
REFUSED: dict[type[ast.AST], Refusal] = {
    ast.Return:        (ReturnStatement, "a kernel returns nothing: its results are what its registers hold at the end",
                        "make the result a parameter and write `out += ...`"),
    ast.Break:         (BreakStatement, "`break` leaves the loop where the way back cannot find it",
                        "put the condition into the loop: `while i < n and not found:`"),
    ast.Continue:      (ContinueStatement, "`continue` joins two paths where the way back cannot tell them apart",
                        "put the rest of the body under `if not ...:`"),
    ast.Try:           (TryStatement, "an exception forgets how far the block came",
                        "test the condition before, with `if` or `assert`"),
    ast.Raise:         (TryStatement, "an exception forgets how far the block came", "write `assert condition, \"...\"`"),
    ast.Global:        (GlobalStatement, "a kernel changes its registers only", "make it a parameter"),
    ast.Nonlocal:      (GlobalStatement, "a kernel changes its registers only", "make it a parameter"),
    ast.FunctionDef:   (UnsupportedStatement, "a function inside a kernel", "write the two kernels side by side and call one"),
    ast.ClassDef:      (UnsupportedStatement, "a class inside a kernel", "kernels compute with numbers and arrays"),
    ast.Import:        (UnsupportedStatement, "an import inside a kernel", "every function that kernels know is there already"),
    ast.ImportFrom:    (UnsupportedStatement, "an import inside a kernel", "every function that kernels know is there already"),
    ast.AnnAssign:     (UnsupportedStatement, "an annotated local", "write `t = ...`: its type follows from its value"),
    ast.Match:         (UnsupportedStatement, "`match` inside a kernel", "write `if ... elif ... else`"),
    ast.AsyncFor:      (UnsupportedStatement, "`async` inside a kernel", "write a plain `for`"),
    ast.AsyncWith:     (UnsupportedStatement, "`async` inside a kernel", "write a plain `with`"),
}
NO_YIELD: Refusal = (YieldExpression, "a kernel runs to its end, it cannot be suspended", "write the values into an array")
