"""`@bijection` and `@primitive`: rows that users add. Both are tried out when they are declared."""

from __future__ import annotations

import ast
import hashlib
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from numba import njit
from numba.core.errors import NumbaError

from revbench.errors import Label, NotABijection, Report, Source, UnknownFunction, UnknownName, WrongArguments, WrongDerivative, WrongType
from revbench.ir.library import fresh_name
from revbench.ir.nodes import Const, Expr, Fn, Name
from revbench.ir.read import Reader
from revbench.ir.show import show_expr
from revbench.ir.walk import rebuild
from revbench.passes.declared import BODIES, HASHES, HOSTED, DeclaredBijection, Point, Primitive, evaluate, samples
from revbench.rules.bijections import Bijection, declared
from revbench.rules.functions import FUNCTIONS, Domain, Function, R

from .source import parse_text, source_of
from .unit import Surroundings

WHERE = "say with `on=[(low, high), ...]` where it is defined"
Text = str | Callable[..., Any]
Kinds = Literal["float", "int", "bool"]


# ---- reading
def _read(texts: list[ast.expr], source: Source, shift: int, params: Sequence[str], host: Mapping[str, Any]) -> tuple[Expr, ...]:
    """Expressions over the parameters; numbers of the host become constants."""
    report = Report()
    reader = Reader(source, report, shift)
    found = tuple(map(reader.expr, texts))
    report.raise_any()

    def settled(e: Expr) -> Expr:
        if isinstance(e, Name) and e.name not in params:
            value = host.get(e.name)
            if not isinstance(value, bool | int | float):
                raise UnknownName(f"`{e.name}` is not known here", Label(e.span, "read here"), hint=f"the parameters are `{', '.join(params)}`")
            return Const(value, span=e.span)
        if isinstance(e, Fn) and isinstance(known := host.get(e.fn), Primitive):
            e = Fn(known.row, e.args, span=e.span)
        if isinstance(e, Fn) and (e.fn not in FUNCTIONS or len(FUNCTIONS[e.fn].params) != len(e.args)):
            raise UnknownFunction(f"`{show_expr(e)}` is not a function that kernels know", Label(e.span, "here"), hint="write it out")
        return rebuild(e, settled)

    return tuple(map(settled, found))


def _parts(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _returned(fn: Callable[..., Any]) -> tuple[list[ast.expr], Source, int] | None:
    """The expressions that a function returns, if it does nothing else."""
    source = source_of(fn)
    tree, shift = parse_text(source)
    node = tree.body[0] if tree.body else None
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))] if isinstance(node, ast.FunctionDef) else []
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
        return _parts(body[0].value), source, shift
    return None


def _expressions(text: Text, what: str, params: Sequence[str], host: Mapping[str, Any]) -> tuple[Expr, ...]:
    """What a text, or a function with the same parameters, says."""
    if isinstance(text, str):
        source = Source(what, text)
        tree, shift = parse_text(source)
        statement = tree.body[0] if len(tree.body) == 1 else None
        if not isinstance(statement, ast.Expr):
            raise WrongArguments(f"the {what} is not an expression", hint="write it over the parameters, as in `x / k`")
        return _read(_parts(statement.value), source, shift, params, host)
    found = _returned(text)
    if found is None or tuple(inspect.signature(text).parameters) != tuple(params):
        raise WrongArguments(f"the {what} is a function of `{', '.join(params)}` that returns expressions, and does nothing else",
                             hint=f"write `lambda`s as text: {what.split()[0]}=\"...\"")
    return _read(*found, params, Surroundings(text))


def _domains(on: Sequence[Domain] | None, params: Sequence[str], default: Domain = R) -> tuple[Domain, ...]:
    given = tuple((float(low), float(high)) for low, high in on or [default] * len(params))
    if len(given) != len(params):
        raise WrongArguments(f"`on` gives {len(given)} domains for {len(params)} parameters", hint="give a pair (low, high) for each parameter")
    return given


# ---- bijections
def bijection(fn: Callable[..., Any] | None = None, /, *, inverse: Text, on: Sequence[Domain] | None = None, of: Kinds = "float") -> Any:
    """Declares a bijection in place, which kernels that see it by its name can assign with: `a, b = shear(a, b, t)`.

    The function is parsed, never run: it returns what the places hold afterwards, as expressions of the language. It returns
    as many values as it has places; the parameters after them pass unchanged.

    Parameters
    ----------
    inverse : str or function
        What the places held before, in terms of what they hold afterwards (under the same names).
    on : sequence of (low, high), optional
        Where each parameter may be sampled, for the check (default -3 to 3).
    of : {"float", "int", "bool"}
        What it is for.

    Raises
    ------
    NotABijection
        When one does not undo the other at some sample.

    Examples
    --------
    >>> @bijection(inverse="a - t * b, b")
    ... def shear(a, b, t):
    ...     return a + t * b, b
    >>> shear
    <declaredbijection shear(a, b, t)>
    """
    if fn is None:
        return partial(bijection, inverse=inverse, on=on, of=of)
    params, host = tuple(inspect.signature(fn).parameters), Surroundings(fn)
    found = _returned(fn)
    if found is None:
        raise WrongArguments(f"`{fn.__name__}` must return expressions, and do nothing else", hint="write one `return` with a value for each place")
    after = _read(*found, params, host)
    before = _expressions(inverse, f"inverse of `{fn.__name__}`", params, host)
    if len(after) != len(before) or not 1 <= len(after) <= len(params):
        raise WrongArguments(f"`{fn.__name__}` has {len(params)} parameters, gives {len(after)} values, and its inverse {len(before)}",
                             hint="give one value for each place; the places come first among the parameters")
    row = Bijection(fn.__name__, params, after, before, of[0], None, _domains(on, params, (0.0, 9.0) if of == "int" else R))
    for point in samples(params, row.on, whole=of != "float"):
        _comes_back(row, point, of)
    name = declared(row)

    def values(*args: float) -> Any:
        env = dict(zip(params, args, strict=True))
        out = tuple(evaluate(e, env) for e in after)
        return out if len(out) > 1 else out[0]

    return DeclaredBijection(name, params, values, inspect.getdoc(fn) or "")


def _comes_back(row: Bijection, point: Point, of: Kinds) -> None:
    given = tuple(bool(int(v) % 2) if of == "bool" else int(v) if of == "int" else v for v in point.values)
    here, said = dict(zip(row.params, given, strict=True)), [given[:row.places]]
    for exprs in (row.after, row.before, row.after):                     # there, back, and there again
        try:
            said.append(tuple(evaluate(e, here) for e in exprs))
        except (ArithmeticError, ValueError) as problem:
            raise NotABijection(f"`{row.name}` cannot be tried out where {point}: {problem}", hint=WHERE) from None
        here |= dict(zip(row.params, said[-1], strict=False))
    for want, got in ((said[0], said[2]), (said[1], said[3])):
        for p, x, y in zip(row.params, want, got, strict=False):
            if not (x == y or (of == "float" and abs(y - x) <= 1e-7 * max(1.0, *map(abs, (*want, *said[1]))))):
                raise NotABijection(f"`{row.name}` is not undone by its inverse: where {point}, `{p}` comes back as {y:.6g}",
                                    hint="the inverse gives what the places held before, in terms of what they hold afterwards")


# ---- functions
def primitive(fn: Callable[..., Any] | None = None, /, *, derivative: Text | Sequence[Text | None] | None,
              on: Sequence[Domain] | None = None) -> Any:
    """Declares a pure function of numbers with a derivative of its own, which kernels that see it by its name can use in expressions.

    A function that returns one expression of the language is parsed. Any other must be one that Numba can compile; the
    reversible machine asks Python for its values.

    Parameters
    ----------
    derivative : str, function, None, or a sequence of them
        The derivative with respect to each argument, in terms of the arguments. None: there is none, and differentiating
        through it is a mistake that names the function.
    on : sequence of (low, high), optional
        Where each argument may be sampled, for the check (default -3 to 3).

    Raises
    ------
    WrongDerivative
        When a derivative is not that of the values, at some sample.

    Examples
    --------
    >>> @primitive(derivative="3 * x ** 2")
    ... def cube(x):
    ...     return x * x * x
    >>> cube, cube(2.0)
    (<primitive cube(x)>, 8.0)
    """
    if fn is None:
        return partial(primitive, derivative=derivative, on=on)
    params, host = tuple(inspect.signature(fn).parameters), Surroundings(fn)
    given = list(derivative) if isinstance(derivative, Sequence) and not isinstance(derivative, str) else [derivative]
    if len(given) != len(params) or not params:
        raise WrongArguments(f"`{fn.__name__}` has {len(params)} arguments, and {len(given)} derivatives are given", hint="give one for each argument, or None")
    partials = [None if d is None else _expressions(d, f"derivative of `{fn.__name__}`", params, host)[0] for d in given]
    body = _body(fn, params, host)
    value: Callable[..., Any] = fn if body is None else lambda *args: evaluate(body, dict(zip(params, args, strict=True)))
    domains = _domains(on, params)
    for point in samples(params, domains):
        _agrees(fn.__name__, value, partials, point, domains)
    row = Function(fn.__name__, params, f"{fn.__name__}({', '.join(params)})", tuple(None if d is None else show_expr(d) for d in partials), domains, "float")
    code = hashlib.sha256((source_of(fn).text if body is None else show_expr(body)).encode()).hexdigest()[:16]
    name = _registered(row, code)
    HASHES[name] = code
    if body is None:
        _compiles(fn, next(samples(params, domains)))
        HOSTED[name] = fn
    else:
        BODIES[name] = params, body
    return Primitive(name, params, value, inspect.getdoc(fn) or "")


def _compiles(fn: Callable[..., Any], point: Point) -> None:
    try:
        njit(fn)(*point.values)
    except NumbaError as problem:
        raise WrongType(f"Numba cannot compile `{fn.__name__}`: {str(problem).splitlines()[0]}",
                        hint="write it with numbers, `math` and NumPy functions of numbers only") from None


def _body(fn: Callable[..., Any], params: tuple[str, ...], host: Mapping[str, Any]) -> Expr | None:
    """What the function returns, if that is an expression of the language."""
    found = _returned(fn)
    if found is None or len(found[0]) != 1:
        return None
    try:
        return _read(*found, params, host)[0]
    except Exception:                                        # whatever it is: Numba will compile the function
        return None


def _registered(row: Function, code: str) -> str:
    """The name of the row: the function's own, where that means nothing else."""
    taken = {n: f for n, f in FUNCTIONS.items() if n not in HASHES or HASHES[n] != code or f.partials != row.partials}
    name = fresh_name(row.name, taken)
    FUNCTIONS[name] = Function(name, row.params, f"_u_{name}({', '.join(row.params)})", row.partials, row.on, row.result)
    return name


def _agrees(name: str, value: Callable[..., Any], partials: Sequence[Expr | None], point: Point, on: Sequence[Domain]) -> None:
    for k, d in enumerate(partials):
        if d is None:
            continue
        h = 1e-3 * min(1.0, on[k][1] - on[k][0])
        try:
            moved = [value(*(v + j * h if i == k else v for i, v in enumerate(point.values))) for j in (-2, -1, 1, 2)]
            got = float(evaluate(d, dict(zip(point.params, point.values, strict=True))))
        except (ArithmeticError, ValueError) as problem:
            raise WrongDerivative(f"`{name}` cannot be tried out where {point}: {problem}", hint=WHERE) from None
        want = (moved[0] - 8 * moved[1] + 8 * moved[2] - moved[3]) / (12 * h)
        if not math.isfinite(got) or abs(got - want) > 1e-5 * max(1.0, abs(want), abs(moved[0]) / 10):
            raise WrongDerivative(f"the derivative of `{name}` by `{point.params[k]}` is {want:.6g} where {point}, and `{show_expr(d)}` gives {got:.6g}",
                                  hint="give None where there is no derivative")
