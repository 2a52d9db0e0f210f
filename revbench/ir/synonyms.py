"""Other names of the same functions and types."""

from __future__ import annotations

from .types import COMPLEX, DTYPES, NUMBERS, spelled

CASTS = {**{d: d for d in (*DTYPES, *COMPLEX)}, "float": "float64", "int": "int64", "bool_": "bool", **{spelled(d): d for d in NUMBERS}}
SAME_FUNCTION = {"log": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
                 "arccosh": "acosh", "arctanh": "atanh", "absolute": "abs", "fabs": "abs", "minimum": "min", "maximum": "max",
                 "gammaln": "lgamma", "expit": "logistic", "psi": "digamma", "power": "pow",
                 "conjugate": "conj"}
