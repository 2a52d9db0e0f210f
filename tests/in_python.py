"""Kernels as what they look like: Python functions, run by the interpreter. The oracle that shares nothing with the compiler."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from revbench import Fixed43, ULog
from revbench.numerics import elementary
from revbench.numerics.exact import Exact, ExactArray
from revbench.rules.functions import FUNCTIONS, HELPERS
from revbench.rules.reductions import REDUCTIONS


def _nothing(*_: Any) -> None:
    """`fi`, `came_from`, `free`, `probe`: they say something about a program and change nothing."""


def _of_bits(x: Any, f: Any) -> Any:
    """A function of the bits of a number, as an unsigned whole number of Python's and its width."""
    dtype = getattr(x, "dtype", np.dtype("int64"))
    width = 8 * dtype.itemsize
    return np.array(f(int(x) % 2**width, width) % 2**width, f"uint{width}").astype(dtype)[()]


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray | np.void | ExactArray) else value


def _zeros(shape: Any, dtype: Any = float) -> Any:
    return dtype(np.zeros(shape)) if isinstance(dtype, type) and issubclass(dtype, Exact) else np.zeros(shape, dtype)


def _elementwise(f: Callable[..., Any]) -> Callable[..., Any]:
    """A row of one number, on arrays too."""
    def both(*args: Any) -> Any:
        return np.vectorize(f)(*args) if any(isinstance(a, np.ndarray) for a in args) else f(*args)

    return both


def _most(one: Callable[..., Any], many: Callable[..., Any]) -> Callable[..., Any]:
    """`min` and `max`: of one array, or of several numbers, or element by element."""
    def chosen(*args: Any) -> Any:
        if len(args) == 1:
            return many.reduce(np.asarray(args[0]), axis=None)
        return many(*args) if any(isinstance(a, np.ndarray) for a in args) else one(*args)

    return chosen


def _choose(test: Any, a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    return np.where(test, a(), b()) if isinstance(test, np.ndarray) else a() if test else b()


ROWS = {"math": math, "np": np, **{h: getattr(elementary, h) for h in HELPERS}}
VOCABULARY: dict[str, Any] = {
    **{f.name: _elementwise(eval(f"lambda {', '.join(f.params)}: {f.value}", ROWS)) for f in FUNCTIONS.values()
       if f.result in ("same", "float") and f.name not in ("min", "max")},
    **{d: getattr(np, d) for d in ("complex64", "complex128", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")},
    **dict.fromkeys(("fi", "came_from", "free", "probe", "print"), _nothing),
    "zeros": _zeros, "Fixed43": Fixed43, "ULog": ULog, "zeros_like": np.zeros_like, "copy": np.copy,
    **{r.name: eval(f"lambda {', '.join(r.params)}: {r.numpy}", ROWS) for r in REDUCTIONS.values()},
    "ones": np.ones, "ones_like": np.ones_like, "full": np.full, "full_like": np.full_like, "prange": range,
    **{name: _most(one, many) for names, one, many in (("min minimum", min, np.minimum), ("max maximum", max, np.maximum)) for name in names.split()},
    "rot": lambda a, b, t: (a * math.cos(t) - b * math.sin(t), a * math.sin(t) + b * math.cos(t)), "keep": lambda x: x,
    "hadamard": lambda a, b: ((a + b) / math.sqrt(2), (a - b) / math.sqrt(2)),
    "rotl": lambda x, k: _of_bits(x, lambda u, w: u << k % w | u >> (w - k % w)), "rotr": lambda x, k: _of_bits(x, lambda u, w: u >> k % w | u << (w - k % w)),
    "xorshl": lambda x, k: _of_bits(x, lambda u, _: u ^ u << k), "xorshr": lambda x, k: _of_bits(x, lambda u, _: u ^ u >> k),
    "np": np, "math": math, "_copied": _copied, "_choose": _choose,
}


def _either(name: str) -> Any:
    """A function for real numbers, and NumPy's for complex ones."""
    real, any_number = VOCABULARY.get(name), getattr(np, name, abs)
    return lambda *args: any_number(*args) if real is None or any(isinstance(a, complex | np.complexfloating) for a in args) else real(*args)


VOCABULARY |= {name: _either(name) for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "conj", "real", "imag", "angle")}
VOCABULARY |= {"abs2": lambda z: abs(z) ** 2 if isinstance(z, complex | np.complexfloating) else z * z, "complex": complex}


class _Copies(ast.NodeTransformer):
    """`t = x` copies in a kernel, and rows are exchanged, not views of them."""

    def visit_IfExp(self, node: ast.IfExp) -> ast.Call:
        def later(e: ast.expr) -> ast.expr:
            return ast.Lambda(ast.arguments([], [], None, [], [], None, []), self.visit(e))

        return ast.Call(ast.Name("_choose", ast.Load()), [self.visit(node.test), later(node.body), later(node.orelse)], [])

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        def copy(e: ast.expr) -> ast.expr:
            return ast.Call(ast.Name("_copied", ast.Load()), [e], [])

        self.generic_visit(node)
        node.value = ast.Tuple([copy(e) for e in node.value.elts], ast.Load()) if isinstance(node.value, ast.Tuple) else copy(node.value)
        return node


def is_plain(text: str) -> bool:
    """Whether Python understands the text as kernels do: one function, no calls of kernels, no `with`, no `until`."""
    tree = ast.parse(text)
    calls = {n.value.func.id for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and isinstance(n.value.func, ast.Name)}
    parts = any(isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) and n.attr in ("real", "imag") for n in ast.walk(tree))
    named = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    parts |= any(isinstance(n, ast.FunctionDef) and n.name in named for n in tree.body)                        # a kernel in an expression
    methods = any(isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and isinstance(n.value.func, ast.Attribute) for n in ast.walk(tree))
    inverse = any(isinstance(n, ast.Call) and isinstance(n.func, ast.UnaryOp) for n in ast.walk(tree))
    other = parts or methods or inverse or any(isinstance(n, ast.With) for n in ast.walk(tree))
    return not other and len(tree.body) == 1 and calls <= VOCABULARY.keys()


def run_in_python(text: str, args: Sequence[Any], consts: Mapping[str, Any], names: Mapping[str, Any]) -> list[Any]:
    """What the registers of a plain kernel hold at its end."""
    tree = _Copies().visit(ast.parse(text))
    function = tree.body[0]
    registers = [a.arg for a in function.args.args]
    function.body.append(ast.Return(ast.Tuple([ast.Name(r, ast.Load()) for r in registers], ast.Load())))
    space = {**VOCABULARY, **names}
    exec(compile(ast.fix_missing_locations(tree), "<kernel>", "exec"), space)
    given = [np.array(a) if isinstance(a, list | np.ndarray) else _copied(a) for a in args]
    given = [np.asarray(a.copy()).view(np.recarray) if isinstance(a, np.void | np.ndarray) and a.dtype.fields is not None else a for a in given]
    with np.errstate(over="ignore"):
        return list(space[function.name](*given, **consts))
