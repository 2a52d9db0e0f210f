"""Our own elementary functions, without branches: loops over them become vector code, for which libm has no functions.

Each is written once over `Value`s, for scalars and for lanes. They are right for every argument, infinities, NaN, zeros of
both signs and subnormals included.
"""

from __future__ import annotations

from .circular import acos, asin, atan, cos, sin, tan
from .exponential import cosh, exp, exp2, expm1, log, log1p, log2, log10, logaddexp, logistic, sinh, tanh

# the largest error that tests allow, in units of the last place
ULP = {"exp": 1.0, "exp2": 1.0, "expm1": 2.0, "log": 1.0, "log1p": 1.0, "log2": 2.0, "log10": 2.0,
       "sinh": 2.0, "cosh": 2.0, "tanh": 2.0, "sin": 2.0, "cos": 2.0, "tan": 2.0, "asin": 2.0, "acos": 2.0, "atan": 2.0}

__all__ = ["ULP", "acos", "asin", "atan", "cos", "cosh", "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "logaddexp", "logistic", "sin", "sinh", "tan", "tanh"]
