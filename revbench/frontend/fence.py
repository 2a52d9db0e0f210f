"""What is refused, one sentence each."""

from __future__ import annotations

import ast

from revbench.errors import (
                             BreakStatement,
                             ContinueStatement,
                             GlobalStatement,
                             ImportStatement,
                             NestedFunction,
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
                        "put the rest of the body under an `if` with the opposite condition"),
    ast.Try:           (TryStatement, "an exception forgets how far the block came",
                        "test the condition before, with `if` or `assert`"),
    ast.Raise:         (TryStatement, "an exception forgets how far the block came", "write `assert condition, \"...\"`"),
    ast.Global:        (GlobalStatement, "a kernel changes its registers only", "make the name a parameter"),
    ast.Nonlocal:      (GlobalStatement, "a kernel changes its registers only", "make the name a parameter"),
    ast.FunctionDef:   (NestedFunction, "a kernel cannot contain a function", "write the two kernels side by side and call one"),
    ast.ClassDef:      (NestedFunction, "a kernel cannot contain a class", "kernels compute with numbers and arrays"),
    ast.Import:        (ImportStatement, "a kernel cannot import", "functions like `sqrt` are known already; import anything else above the kernel"),
    ast.ImportFrom:    (ImportStatement, "a kernel cannot import", "functions like `sqrt` are known already; import anything else above the kernel"),
    ast.Match:         (UnsupportedStatement, "`match` is not part of the language", "write `if`, `elif` and `else`"),
    ast.AsyncFor:      (UnsupportedStatement, "`async` is not part of the language", "write a plain `for`"),
    ast.AsyncFunctionDef: (NestedFunction, "a kernel cannot contain a function", "write the two kernels side by side and call one"),
    ast.AsyncWith:     (UnsupportedStatement, "`async` is not part of the language", "write a plain `with`"),
}
NO_YIELD: Refusal = (YieldExpression, "a kernel runs to its end, it cannot be suspended", "write the values into an array")

LOOP = "write a loop over the elements"
ZEROS = "make it with `zeros(n)`, and add what it starts from"

#   name(s) of what is planned                                            what it is                         what to write until then
_PLANNED: tuple[tuple[str, str, str], ...] = (
)
NOT_YET: dict[str, tuple[str, str]] = {n: (what or f"`{n}` is", hint) for names, what, hint in _PLANNED for n in names.split()}

#   what throws dice
RANDOM = frozenset({"random", "rand", "randn", "randint", "uniform", "normal", "gauss", "normalvariate", "standard_normal", "choice", "integers",
                    "shuffle", "permutation", "exponential", "poisson"})
#   what NumPy or another language calls it -> what to write here
SPELLINGS: dict[str, str] = {
    "where": "write `a if c else b`", "select": "write `a if c else b`", "sigmoid": "write `logistic(x)`", "ln": "write `log(x)`",
    "square": "write `x ** 2`", "clip": "write `min(max(x, low), high)`", "reciprocal": "write `1 / x`", "round": "write `floor(x + 0.5)`",
    "divmod": "write `x // y` and `x % y`", "array": ZEROS, "empty": ZEROS, "empty_like": "write `zeros_like(x)`",
    "range": "write a loop: `for i in range(n):`",
    "fmod": "write `x % y`", "isclose": "write `abs(x - y) < 1e-9`", "deepcopy": "write `copy(x)`", "negative": "write `-x`",
}
STATEMENTS = frozenset({"fi", "came_from", "until", "free", "dealloc", "uncompute", "print", "probe", "stash", "unstash", "forget"})
