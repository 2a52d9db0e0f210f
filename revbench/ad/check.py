"""Does a kernel come back, and is its gradient right? Reports that are true or false and show where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from tqdm import tqdm

from revbench._api import Kernel
from revbench.backends.layout import Layout
from revbench.backends.values import normalise
from revbench.errors import InvertibilityError, RevbenchError, WrongArguments
from revbench.ir.types import Scalar, Type, complex_of, is_float
from revbench.numerics.exact import Exact, ExactArray
from revbench.numerics.stack import Stack

from .calls import Which
from .forward import jvp
from .gradient import Gradient

Method = Literal["differences", "complex step"]
Row = tuple[str, float, float, float]
SINGLE = (np.float32, np.complex64)


@dataclass(frozen=True)
class CheckReport:
    """What a check found; `bool(report)` is its verdict.

    Attributes
    ----------
    rows : tuple
        (place, got, expected, error relative to the larger of 1 and the largest magnitude in that register), worst first.
    tolerance : float
    broken : InvertibilityError or None
        The law that broke on the way, if one did: then nothing was compared.
    """

    title: str
    rows: tuple[Row, ...]
    tolerance: float
    broken: InvertibilityError | None = None

    def __bool__(self) -> bool:
        return self.broken is None and all(row[3] <= self.tolerance for row in self.rows)          # nan is not <= anything

    @property
    def worst(self) -> float:
        return max((row[3] for row in self.rows), default=0.0)

    def __repr__(self) -> str:
        if self.broken is not None:
            return f"{self.title}: a law broke\n{self.broken}"
        bad = sum(not row[3] <= self.tolerance for row in self.rows)
        head = f"{self.title}: {'ok' if self else f'{bad} of {len(self.rows)} places differ'}, worst error {self.worst:.2g} (tolerance {self.tolerance:.2g})"
        if self:
            return head
        lines = [f"  {place}: got {got:.12g}, expected {want:.12g}" for place, got, want, err in self.rows if not err <= self.tolerance]
        return "\n".join([head, *lines[:10], *(["  ..."] if len(lines) > 10 else [])])


def check_inverse(f: Kernel, /, *args: Any, tolerance: float | None = None, **consts: Any) -> CheckReport:
    """Runs `f`, then `~f` on its results, and compares with the arguments.

    Parameters
    ----------
    tolerance : float, optional
        Largest error, relative to the largest magnitude in the register. Default: 1e-8 for float64, 1e-3 for float32,
        0 (bitwise) for integers, bools, fixed-point and logarithmic numbers.
    """
    title = f"check_inverse({f.__name__})"
    f, consts = f.choice(args, consts)
    registers, _ = f.bind(args, consts)
    try:
        out = f(*args, **consts)
        outs = list(out) if len(f.registers) > 1 else [out]
        back = (~f)(*outs, **consts)
    except InvertibilityError as broken:
        return CheckReport(title, (), tolerance or 0.0, broken)
    backs = list(back) if len(f.registers) > 1 else [back]
    rows: list[Row] = []
    allowed = 0.0
    for name, given, got in zip(f.registers, registers, backs, strict=True):
        allowed = max(allowed, *(0.0 if _exact(given) else 1e-3 if d in SINGLE else 1e-8 for d in _dtypes(np.asarray(given).dtype) if d.kind not in "iub"), 0.0)
        rows += _compare(name, got, given)
    return CheckReport(title, _sorted(rows), allowed if tolerance is None else tolerance)


def check_grad(f: Kernel, /, *args: Any, of: Which = 0, wrt: Which | Sequence[Which] | None = None, step: float | None = None,
               tolerance: float | None = None, method: Method = "differences", direction: bool = True, **consts: Any) -> CheckReport:
    """Compares `grad(f)` with differences, component by component, and with forward mode along a random direction.

    Parameters
    ----------
    step : float, optional
        Relative step (default: the cube root of the rounding unit).
    tolerance : float, optional
        Largest relative error (default 1e-6 for float64, 2e-2 for float32; with complex steps 1e-10 and 1e-4).
    method : {"differences", "complex step"}
        Central finite differences, or the imaginary part of a run on complex numbers, which does not cancel. A component
        where that differs is tried with differences too: `abs` and `max` of complex numbers are other functions.
    direction : bool
        Whether `<gradient, v>` is compared with `jvp` for a random direction `v`: the same number by another program.

    Returns
    -------
    CheckReport
        True where all agree; otherwise it names the components, with both values. A law that breaks is in the report, too.

    Raises
    ------
    WrongArguments
        When `method="complex step"`, and the kernel does not run on complex numbers: the message says why.
    NotDifferentiable
        When there is no gradient.

    Notes
    -----
    Squire and Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40 (1998).
    """
    f, consts = f.choice(args, consts)
    g = Gradient(f, of, wrt)
    registers, _, signature = g.arguments(args, consts)
    positions = g.positions(signature)
    single = any(d in SINGLE for k in (g.of, *positions) for d in _dtypes(np.asarray(registers[k]).dtype))
    h = step or (5e-3 if single else 6e-6)
    rough = 2e-2 if single else 1e-6
    fine = method == "complex step"
    if method not in get_args(Method):
        raise WrongArguments(f"`check_grad` knows no method {method!r}", hint=f"one of {', '.join(map(repr, get_args(Method)))}")
    allowed = tolerance or ((1e-4 if single else 1e-10) if fine else rough)
    title, rows = f"check_grad({f.__name__})", list[Row]()
    try:
        found = g(*args, **consts)
        several = [found] if g.bare else list(found)
        for k, got in zip(positions, several, strict=True):
            name = f"d/d{f.registers[k]}"
            if not fine:
                rows += _compare(name, got, _differences(f, g, registers, k, h, consts))
                continue
            exact = _compare(name, got, complex_steps(f, g, registers, signature, k, consts))
            if any(not row[3] <= allowed for row in exact):
                again = _compare(name, got, _differences(f, g, registers, k, h, consts))
                exact = [one if one[3] <= allowed else (*two[:3], two[3] * allowed / rough) for one, two in zip(exact, again, strict=True)]
            rows += exact
        if direction:
            rows.append(_along(f.unchecked, g, registers, positions, several, consts))
    except InvertibilityError as broken:
        return CheckReport(title, _sorted(rows), allowed, broken)
    return CheckReport(title, _sorted(rows), allowed)


def _along(f: Kernel, g: Gradient, registers: Sequence[Any], positions: Sequence[int], found: Sequence[Any], consts: dict[str, Any]) -> Row:
    """`<gradient, v>` and the tangent of the loss along `v`, relative to what could have cancelled."""
    rng, v = np.random.default_rng(0), [None] * len(registers)
    total, size = 0.0, 1.0
    for k, gradient in zip(positions, found, strict=True):
        base, grads = np.asarray(registers[k]), np.asarray(normalise(gradient, "the gradient"))
        given = np.zeros(base.shape, base.dtype if base.dtype.fields is not None or base.dtype.kind == "c" else float)
        by_part = dict(_planes(grads))
        for part, plane in _planes(given):
            if part not in by_part:
                continue
            plane[...] = rng.uniform(-1, 1, base.shape)
            products = np.asarray(by_part[part], float) * plane
            total, size = total + float(np.sum(products)), size + float(np.sum(np.abs(products)))
        v[k] = given if given.ndim else given[()]                                                  # type: ignore[call-overload]
    _, moved = jvp(f, registers, v, **consts)
    loss = np.asarray(moved[g.of] if len(registers) > 1 else moved)
    want = float(dict(_planes(loss))[f".{g.part}" if g.part else ""])
    return "<gradient, v>", total, want, abs(total - want) / size


def complex_steps(f: Kernel, g: Gradient, registers: list[Any], signature: Sequence[Type], k: int, consts: dict[str, Any]) -> Any:
    """The derivatives by register `k`, from runs on complex numbers.

    Raises
    ------
    WrongArguments
        When the kernel does not run on them.
    """
    def refused(why: str) -> WrongArguments:
        return WrongArguments(f"`{f.__name__}` has no complex step: {why}", hint='leave `method="complex step"` out')

    there = list(registers)
    for j, t in enumerate(signature[:len(registers)]):
        if Layout([t]).floats(0) and (not is_float(t) or isinstance(t, Stack)):
            raise refused(f"`{f.registers[j]}` is {t}")
        if is_float(t):
            there[j] = np.asarray(registers[j]).astype(complex_of(Scalar(t.dtype)).dtype)[()]
    out = np.zeros(np.shape(registers[k]))
    for at in np.ndindex(out.shape):
        moved = np.array(there[k])
        moved[at] += 1e-20j
        try:
            returned = f(*there[:k], moved[()], *there[k + 1:], **consts)
        except InvertibilityError:
            raise
        except RevbenchError as problem:
            raise refused(problem.message) from None
        out[at] = np.imag(returned[g.of] if len(f.registers) > 1 else returned) / 1e-20
    return out


def _dtypes(dtype: np.dtype[Any]) -> list[np.dtype[Any]]:
    return [dtype] if dtype.fields is None else [of for of, *_ in dtype.fields.values()]


def _planes(a: Any) -> list[tuple[str, Any]]:
    """The arrays of real numbers that an array consists of, as views: fields, real and imaginary parts."""
    if a.dtype.fields is not None:
        return [(f".{f}{name}", plane) for f in a.dtype.names for name, plane in _planes(a[f])]
    return [(".real", a.real), (".imag", a.imag)] if a.dtype.kind == "c" else [("", a)]


def _differences(f: Kernel, g: Gradient, registers: list[Any], k: int, h: float, consts: dict[str, Any]) -> Any:
    base = np.asarray(registers[k])
    out = np.zeros(base.shape, base.dtype if base.dtype.fields is not None or base.dtype.kind == "c" else float)
    many = len(f.registers) > 1
    results = [(j, result) for j, ((_, plane), (_, result)) in enumerate(zip(_planes(base), _planes(out), strict=True)) if plane.dtype.kind == "f"]
    places = [(j, result, at) for j, result in results for at in np.ndindex(base.shape)]
    for j, result, at in tqdm(places, desc=f"differences by {f.registers[k]}", delay=2, leave=False):
        values, steps = [], []
        for sign in (1, -1):
            moved = base.copy()
            here = _planes(moved)[j][1]
            here[at] += sign * h * max(1.0, abs(float(here[at])))
            argument = _as(moved, registers[k])
            steps.append(float(_planes(np.asarray(argument))[j][1][at]))
            returned = f(*registers[:k], argument, *registers[k + 1:], **consts)
            loss = np.asarray(returned[g.of] if many else returned)
            values.append(float(dict(_planes(loss))[f".{g.part}" if g.part else ""]))
        result[at] = (values[0] - values[1]) / (steps[0] - steps[1])
    return out


def _as(values: Any, like: Any) -> Any:
    """Floats as an argument of the kind that was handed in."""
    if isinstance(like, ExactArray):
        return like.scalar(values)
    if isinstance(like, Stack):
        return Stack(values)
    return values if values.ndim else values[()] if values.dtype.fields is not None else type(like)(values.item())


def _compare(name: str, got: Any, want: Any) -> list[Row]:
    a, b = np.asarray(normalise(got, name)), np.asarray(normalise(want, name))
    found, wanted = dict(_planes(a)), dict(_planes(b))
    exact = _exact(got) and _exact(want)
    scale = 1.0 if exact else max(1.0, *(float(np.max(np.abs(p), initial=0.0)) for p in wanted.values()))
    differ = np.asarray(got.raw) != np.asarray(want.raw) if isinstance(got, Exact | ExactArray) and exact else None        # in whole numbers: no bit may differ
    rows: list[Row] = []
    for part, plane in found.items():
        for at in np.ndindex(a.shape):
            x, y = float(plane[at]), float(wanted[part][at])
            error = abs(x - y) / scale if differ is None else max(abs(x - y), 5e-324) if differ[at] else 0.0
            rows.append((name + (f"[{', '.join(map(str, at))}]" if at else "") + part, x, y, error))
    return rows


def _exact(value: Any) -> bool:
    return isinstance(value, Exact | ExactArray) or all(d.kind in "iub" for d in _dtypes(np.asarray(value).dtype))


def _sorted(rows: list[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda r: (-r[3] if r[3] == r[3] else -np.inf)))
