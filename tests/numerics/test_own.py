"""Our own elementary functions: their errors in ulp against long double, hard arguments against NumPy, scalars and lanes."""

import re
from functools import cache

import numpy as np
import pytest
from numba import njit

from revbench.numerics import own
from revbench.numerics.lane_memory import load, store
from revbench.numerics.lane_width import WIDTH
from revbench.rules.functions import FUNCTIONS, OWN

FAST = {"fastmath": {"reassoc", "contract", "nsz", "arcp"}, "error_model": "numpy"}
POINTS = 100_000
EDGES = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 2.2e-308, -2.2e-308, 1e-20, -1e-20, 0.5, -0.5, 1e300, -1e300,
                  709.782712893384, 709.7827128933841, 710.0, -708.4, -744.0, -745.13, -745.14, -746.0, 1e5, -1e5])


def spaced(low: float, high: float, sign: float = 1.0) -> np.ndarray:
    """Points with logarithms that are evenly spaced."""
    return sign * 10 ** np.linspace(np.log10(low), np.log10(high), POINTS // 4)


EXPONENTS = (np.linspace(-746, 712, POINTS // 2), spaced(1e-310, 700), spaced(1e-310, 745, -1), np.linspace(-2, 2, POINTS))
POSITIVE = (spaced(5e-324, 1.79e308), spaced(0.5, 2.0), 1 + spaced(1e-16, 1), 1 - spaced(1e-16, 0.9))
BELOW_ONE = (np.linspace(-1, 1, POINTS), spaced(1e-310, 1), 1 - spaced(1e-16, 1))
CIRCLE = (np.linspace(-10, 10, POINTS), spaced(1e-310, 1e308), np.linspace(-1e6, 1e6, POINTS), np.arange(-640_000, 640_000, 7) * (np.pi / 2))
SAMPLES = {
    "exp": EXPONENTS, "expm1": EXPONENTS, "sinh": EXPONENTS, "cosh": EXPONENTS, "tanh": (*EXPONENTS, np.linspace(-25, 25, POINTS)), "logistic": EXPONENTS,
    "exp2": (np.linspace(-1076, 1025, POINTS // 2), *EXPONENTS[1:], np.arange(-1075.0, 1025.0)),
    "cbrt": (np.linspace(-10, 10, POINTS), *POSITIVE, spaced(1e-310, 1e308, -1)),
    "log": POSITIVE, "log10": POSITIVE, "log2": (*POSITIVE, 2.0 ** np.arange(-1074, 1024)),
    "log1p": (*POSITIVE, -spaced(1e-320, 0.999999), spaced(1e-3, 3), -1 + spaced(1e-16, 0.9)),
    "sin": CIRCLE, "cos": CIRCLE, "tan": CIRCLE,
    "asin": BELOW_ONE, "acos": BELOW_ONE, "atan": (np.linspace(-5, 5, POINTS), spaced(1e-310, 1e308)),
    "asinh": (np.linspace(-5, 5, POINTS), spaced(1e-310, 1e308), spaced(1e-310, 1e308, -1)), "acosh": (np.linspace(1, 5, POINTS), spaced(1, 1.79e308)),
    "atanh": BELOW_ONE,
}
EXACT = {
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
}


def exactly(name: str, x: np.ndarray) -> np.ndarray:
    """In long double."""
    with np.errstate(all="ignore"):
        return EXACT.get(name, getattr(np, name, None))(x.astype(np.longdouble))


@cache
def compiled(name: str):
    fn = getattr(own, name)

    @njit("void(float64[::1], float64[::1])", **FAST)
    def scalars(x, y):
        for i in range(len(x)):
            y[i] = fn(x[i])

    @njit("void(float64[::1], float64[::1])", **FAST)
    def lanes(x, y):
        for p in range(0, len(x), WIDTH):
            store(y, p, fn(load(x, p)))

    return scalars, lanes


def ulps(got: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Errors in units of the last place of the nearest float64; exactly right where both are infinite or both NaN."""
    with np.errstate(over="ignore", invalid="ignore"):
        near = exact.astype(np.float64)
        error = np.abs(got.astype(np.longdouble) - exact) / np.spacing(np.abs(near)).astype(np.longdouble)
    same = (got == near) | (np.isnan(got) & np.isnan(near))
    return np.where(np.isfinite(near) & np.isfinite(got), error, np.where(same, 0, np.inf)).astype(float)


@pytest.mark.parametrize("name", SAMPLES)
def test_error_in_ulp(name):
    x = np.concatenate([*SAMPLES[name], np.resize(EDGES, -(-len(EDGES) // WIDTH) * WIDTH)])
    x = np.resize(x, -(-len(x) // WIDTH) * WIDTH)
    exact = exactly(name, x)
    scalars, lanes = compiled(name)
    one, many = np.empty_like(x), np.empty_like(x)
    scalars(x, one)
    lanes(x, many)
    np.testing.assert_array_equal(one, many)
    assert not (np.signbit(one) != np.signbit(exact))[~np.isnan(one)].any()
    worst = ulps(one, exact)
    assert worst.max() <= FUNCTIONS[name].ulp, f"{name}({x[worst.argmax()]!r}) is {one[worst.argmax()]!r}, off by {worst.max()} ulp"


@pytest.mark.parametrize("name", SAMPLES)
def test_loops_over_scalars_become_vector_code(name):
    scalars, _ = compiled(name)
    loop = re.search(r"\nvector.body:.*?\n\n", scalars.inspect_llvm(scalars.signatures[0]), re.DOTALL)
    assert loop
    assert re.search(rf"fmul contract <\d+ x double>|<\d+ x double> @revbench\.{name}\.", loop[0])


PAIRS = {"logaddexp": np.logaddexp, "hypot": np.hypot, "atan2": np.arctan2, "pow": np.power}


@pytest.mark.parametrize("name", PAIRS)
def test_error_of_functions_of_two(name: str) -> None:
    rng = np.random.default_rng(3)
    size = POINTS // WIDTH * WIDTH
    x, y = rng.normal(size=(2, size)) * 10 ** rng.uniform(-3, 3, size=(2, size))
    x[:size // 4] *= 1e303
    y[:size // 8] *= 1e303
    x[size // 4:size // 2] *= 1e-305
    y[size // 4:size // 2] *= 1e-305
    if name == "logaddexp":                                 # where its two parts nearly cancel, it is off by an ulp of them, as the formula is
        x, y = abs(x), abs(y)
    if name == "pow":                                       # large bases, large exponents, and bases near 1
        x[size // 2:size * 3 // 4], y[:size // 2] = 1 + x[size // 2:size * 3 // 4] * 1e-6, rng.uniform(-1, 1, size // 2)
        x, y[size * 3 // 4:] = np.where(rng.random(size) < 0.8, abs(x), x), np.rint(y[size * 3 // 4:])
    hard = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, 1.7e308])
    x[-81:], y[-81:] = np.repeat(hard, 9), np.tile(hard, 9)
    fn = getattr(own, name)

    @njit(**FAST)
    def both(x, y, one, many):
        for i in range(len(x)):
            one[i] = fn(x[i], y[i])
        for p in range(0, len(x), WIDTH):
            store(many, p, fn(load(x, p), load(y, p)))

    one, many = np.empty_like(x), np.empty_like(x)
    both(x, y, one, many)
    np.testing.assert_array_equal(one, many)
    with np.errstate(all="ignore"):
        exact = PAIRS[name](x.astype(np.longdouble), y.astype(np.longdouble))
    error = ulps(one, exact)
    assert error.max() <= FUNCTIONS[name].ulp, f"{name}({x[error.argmax()]!r}, {y[error.argmax()]!r}) is {one[error.argmax()]!r}, off by {error.max()} ulp"
    assert not (np.signbit(one) != np.signbit(exact))[~np.isnan(one)].any()


def test_every_own_function_is_measured() -> None:
    assert set(OWN) == {*SAMPLES, *PAIRS, "sign", "floor", "ceil"}
    assert {n: f for n in OWN if not callable(f := getattr(own, n, None))} == {}


POWERS = [0.5, -0.5, 1.5, 2.5, -1.5, 2.0, -2.0, 3, -1, 0, 0.0, 1]


def test_powers_by_constants_are_products_roots_and_quotients() -> None:
    fn = own.pow
    many = [f"    store(out, {k * WIDTH}, fn(load(x, 0), {e}))" for k, e in enumerate(POWERS)]
    each = [f"        one[{k}, i] = fn(x[i], {e})" for k, e in enumerate(POWERS)]
    space = {"fn": fn, "load": load, "store": store}
    exec("\n".join(["def run(x, out, one):", *many, f"    for i in range({WIDTH}):", *each]), space)
    run = njit("void(float64[::1], float64[:, ::1], float64[:, ::1])", **FAST)(space["run"])
    assert "llvm.sqrt" in run.inspect_llvm(run.signatures[0])
    assert "revbench.power" not in run.inspect_llvm(run.signatures[0])
    x = np.random.default_rng(6).normal(size=WIDTH)
    x[:7] = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-300, 1e300]
    out, one = np.empty((2, len(POWERS), WIDTH))
    run(x, out, one)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(out, [np.power(x, np.full(WIDTH, e)) for e in POWERS], rtol=1e-15)
    np.testing.assert_array_equal(out, one)


def test_whole_numbers_have_whole_powers() -> None:
    fn = own.pow

    @njit(**FAST)
    def run(n, k):
        return fn(n, k), fn(n, 3)

    assert run(3, 39) == (3**39, 27)


@njit(**FAST)
def callee(x):
    total = 0.0
    for i in range(len(x)):
        total += own.sin(x[i]) - own.tan(x[i])
    return total


def test_callers_of_compiled_code_may_use_the_same_functions() -> None:
    @njit(**FAST)
    def caller(x):
        total = callee(x)
        for i in range(len(x)):
            total += own.sin(x[i])
        return total

    x = np.linspace(0, 3, 50)
    x[7] = 1e300                                            # the platform's function, in the midst of others
    assert caller(x) == pytest.approx((2 * np.sin(x) - np.tan(x)).sum(), rel=1e-13)
