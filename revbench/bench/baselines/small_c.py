"""The small programs in plain C, with gradients by hand: `small.c`. Results are in arrays that the next call writes again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from revbench.paper.petersen import EDGES, OTHERS

from .compiled import library, pointer

DECLARATIONS = """
double dot_value(int64_t n, const double *, const int64_t *, const int64_t *, const double *, const int64_t *, const int64_t *);
void dot_gradient(int64_t n, const double *, const int64_t *, const int64_t *, const double *, const int64_t *, const int64_t *, double *, double *);
void matvec_gradient(int64_t m, int64_t n, const double *, const int64_t *, const int64_t *, const double *, double *, double *, double *);
void embedding_gradient(int64_t many, int64_t k, const int64_t *, const int64_t *, const double *, double *);
void bessel_gradient(int64_t n, const double *, int64_t nu, double atol, double *);
void log_gradient(int64_t n, const double *, double *);
void norm_gradient(int64_t n, const double *, double *);
"""
Arrays = tuple[Any, ...]


def _program(name: str, before: Arrays, data: Arrays, after: Arrays, out: Arrays) -> Callable[[], Arrays]:
    """A call with numbers, arrays, numbers and results, in this order."""
    ffi, lib = library("small", DECLARATIONS)
    function, arguments = getattr(lib, name), (*before, *(pointer(ffi, a) for a in data), *after, *(pointer(ffi, a) for a in out))

    def run(keep: object = (data, out)) -> Arrays:
        function(*arguments)
        return out

    return run


def dot_value(a: Any, b: Any) -> Callable[[], Arrays]:
    return _program("dot_value", (a.shape[1],), (*_parts(a), *_parts(b)), (), ())


def dot_gradient(a: Any, b: Any) -> Callable[[], Arrays]:
    return _program("dot_gradient", (a.shape[1],), (*_parts(a), *_parts(b)), (), (np.empty_like(a.data), np.empty_like(b.data)))


def matvec_gradient(a: Any, x: Any) -> Callable[[], Arrays]:
    run = _program("matvec_gradient", a.shape, (*_parts(a), x), (), (np.empty(a.shape[0], complex), np.empty_like(a.data), np.empty_like(x)))
    return lambda: run()[1:]


def embedding_gradient(x: Any) -> Callable[[], Arrays]:
    return _program("embedding_gradient", (x.shape[0], x.shape[2]), (EDGES, OTHERS, x), (), (np.empty_like(x),))


def bessel_gradient(z: Any, nu: int, atol: float) -> Callable[[], Arrays]:
    return _program("bessel_gradient", (len(z),), (z,), (nu, atol), (np.empty_like(z),))


def log_gradient(z: Any) -> Callable[[], Arrays]:
    return _program("log_gradient", (len(z),), (z,), (), (np.empty_like(z),))


def norm_gradient(x: Any) -> Callable[[], Arrays]:
    return _program("norm_gradient", (len(x),), (x,), (), (np.empty_like(x),))


def _parts(a: Any) -> Arrays:
    return a.data, a.indices.astype(np.int64), a.indptr.astype(np.int64)
