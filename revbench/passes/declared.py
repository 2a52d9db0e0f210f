"""What users declare: handles of their rows, and the values of rows in plain Python, by which declarations are checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import CodeType
from typing import Any

import numpy as np

from revbench.ir.nodes import Const, Expr, Fn, IfExp, Lazy, Name
from revbench.ir.walk import rebuild
from revbench.rules.functions import FUNCTIONS, HELPERS, Domain

BODIES: dict[str, tuple[tuple[str, ...], Expr]] = {}       # functions that a user declared by an expression: parameters and value
HOSTED: dict[str, Callable[..., Any]] = {}                 # and those that are Python functions
HASHES: dict[str, str] = {}                                # of their code: compiled kernels depend on it


@cache
def words() -> dict[str, Any]:
    """What a row's value may use. Made when first asked for: the helpers bring Numba with them, and importing us should not."""
    elementary = import_module("revbench.numerics.elementary")
    return {"math": math, "np": np, "min": min, "max": max, "abs": abs, **{h: getattr(elementary, h) for h in HELPERS}}


class Declared:
    """A row that a user has declared; kernels that see it by its name use it."""

    def __init__(self, row: str, params: Sequence[str], values: Callable[..., Any], doc: str) -> None:
        self.row, self.__name__, self.__doc__ = row, row, doc
        self._params, self._values = tuple(params), values

    def __call__(self, *args: float) -> Any:
        """The value in plain Python."""
        return self._values(*args)

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {self.row}({', '.join(self._params)})>"


class DeclaredBijection(Declared):
    """What `@bijection` returns."""


class Primitive(Declared):
    """What `@primitive` returns."""


@dataclass(frozen=True, slots=True)
class Point:
    """A sample, as what messages call it."""

    values: tuple[float, ...]
    params: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(f"{p} = {v:.6g}" for p, v in zip(self.params, self.values, strict=True))


def samples(params: tuple[str, ...], on: Sequence[Domain], count: int = 9, whole: bool = False) -> Iterator[Point]:
    """Points inside the domains, at no special place."""
    steps = [0.7548776662466927, 0.5698402909980532, 0.8191725133961645, 0.6710436067037893]
    for k in range(1, count + 1):
        at = [low + (0.02 + 0.96 * ((k * steps[j % 4] + 0.37 * (j // 4)) % 1)) * (high - low) for j, (low, high) in enumerate(on)]
        yield Point(tuple(float(math.floor(v)) for v in at) if whole else tuple(at), params)


@cache
def _code(text: str) -> CodeType:
    return compile(text, text, "eval")


def evaluate(e: Expr, env: Mapping[str, Any]) -> Any:
    """The value of an expression, from the rows' own texts."""
    match e:
        case Const(value):
            return value
        case Name(name):
            return env[name]
        case IfExp(test, a, b):
            return evaluate(a if evaluate(test, env) else b, env)
        case Lazy(op, a, b):
            first = evaluate(a, env)
            return evaluate(b, env) if bool(first) == (op == "and") else first
        case Fn(fn, args):
            given = [evaluate(a, env) for a in args]
            if fn in HOSTED:
                return HOSTED[fn](*given)
            if fn in BODIES:
                return evaluate(BODIES[fn][1], dict(zip(BODIES[fn][0], given, strict=True)))
            row = FUNCTIONS[fn]
            return eval(_code(row.value), words(), dict(zip(row.params, given, strict=True)))
        case _:
            raise AssertionError(f"compiler bug: {type(e).__name__} in a row")


def expanded(e: Expr) -> Expr:
    """The expression with the user's functions written out, where they are expressions."""
    e = rebuild(e, expanded)
    if not isinstance(e, Fn) or e.fn not in BODIES:
        return e
    params, body = BODIES[e.fn]
    given = dict(zip(params, e.args, strict=True))

    def put(x: Expr) -> Expr:
        return given[x.name] if isinstance(x, Name) else rebuild(x, put)

    return expanded(put(body))
