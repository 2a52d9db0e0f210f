"""Leapfrog both ways: bit for bit the plain program, the published round-off, and back to the start."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from revbench import InvertibilityError, Kernel, RevbenchError, check_grad, value_and_grad
from revbench.paper.leapfrog import energy, leapfrog, leapfrog_loss, leapfrog_step
from revbench.paper.solar import DT, G, SolarSystem, solar_system
from tests.paper import reference

LONG = np.finfo(np.longdouble).nmant >= 63
STEPS = (64, 128, 256, 512, 1024)
#   without `precise`, unchecked code may reorder sums, and no bits are promised
PRECISE = Kernel(leapfrog._unit, leapfrog.__name__, leapfrog._rebuild, leapfrog._host, checked=False, precise=True)
KERNELS = {"checked": leapfrog, "unchecked": PRECISE}
GRADIENTS = {"checked": value_and_grad(leapfrog_loss), "unchecked": value_and_grad(leapfrog_loss.unchecked)}
modes = pytest.mark.parametrize("mode", ["checked", "unchecked"])
types = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def constants(bodies: SolarSystem, n: int) -> dict[str, Any]:
    """G and DT in the type of the arrays: then every operation is rounded as NumPy rounds it."""
    number = bodies.r.dtype.type
    return {"G": number(G), "dt": number(DT), "n": n}


def forward(kernel: Any, bodies: SolarSystem, n: int) -> Any:
    return kernel(bodies.r, bodies.v, bodies.m, **constants(bodies, n))


def loss(r: NDArray[Any], v: NDArray[Any], m: NDArray[Any], n: int) -> Any:
    """What `leapfrog_loss` adds, in NumPy; complex arrays give its analytic continuation."""
    r, v = reference.leapfrog(r, v, m, n)
    return (m * (r * r).sum(axis=1)).sum()


def complex_steps(bodies: SolarSystem, n: int) -> list[NDArray[np.float64]]:
    """The gradient of `loss` for r, v and m, without a difference of nearly equal numbers."""
    start = [a.astype(complex) for a in (bodies.r, bodies.v, bodies.m)]
    found = [np.empty(a.shape) for a in start]
    for k, gradient in enumerate(found):
        for at in np.ndindex(gradient.shape):
            moved = [a.copy() for a in start]
            moved[k][at] += 1e-30j
            gradient[at] = loss(*moved, n).imag / 1e-30
    return found


# ---- values ------------------------------------------------------------------------------------------------
@modes
@types
def test_it_is_the_plain_program_bit_for_bit(dtype: Any, mode: str) -> None:
    bodies = solar_system(dtype)
    for n in (0, 1, 2, 3, *STEPS):
        out = forward(KERNELS[mode], bodies, n)
        r, v = reference.leapfrog(bodies.r, bodies.v, bodies.m, n)
        assert out.r.dtype == out.v.dtype == dtype
        np.testing.assert_array_equal(out.r, r)
        np.testing.assert_array_equal(out.v, v)
        assert out.m is bodies.m


@pytest.fixture(scope="module")
def exact() -> dict[int, NDArray[Any]]:
    """Positions in extended precision, from the float64 data."""
    start = solar_system(np.longdouble)
    return {n: reference.leapfrog(start.r, start.v, start.m, n)[0] for n in STEPS}


@pytest.mark.skipif(not LONG, reason="long double is no wider than double here")
@modes
@types
def test_the_round_off_is_the_published_one(dtype: Any, mode: str, exact: dict[int, NDArray[Any]]) -> None:
    bodies = solar_system(dtype)
    for n in STEPS:
        published = dict(zip((np.float32, np.float64), reference.F6_REGULAR[n], strict=True))[dtype]
        out = forward(KERNELS[mode], bodies, n)
        assert reference.distance(out.r, exact[n]) == pytest.approx(published, rel=0.1, abs=0), n


def test_a_step_kicks_and_then_drifts() -> None:
    bodies = solar_system()
    out = leapfrog_step(bodies.r, bodies.v, bodies.m, G=G, h=0.002, dt=0.03)
    v = bodies.v + 0.002 * reference.accelerations(bodies.r, bodies.m)
    np.testing.assert_allclose(out.v, v, rtol=1e-15, atol=0)
    np.testing.assert_allclose(out.r, bodies.r + 0.03 * v, rtol=1e-15, atol=1e-17)


def test_energy_is_newtons_and_hardly_drifts() -> None:
    bodies = solar_system()
    apart = np.linalg.norm(bodies.r[:, None] - bodies.r, axis=2)
    np.fill_diagonal(apart, np.inf)
    expected = 0.5 * (bodies.m * (bodies.v**2).sum(axis=1)).sum() - 0.5 * G * (bodies.m * (bodies.m[:, None] / apart)).sum()
    first = energy(0.0, bodies.r, bodies.v, bodies.m, G=G).e
    assert first == pytest.approx(expected, rel=1e-13)
    out = forward(KERNELS["unchecked"], bodies, 5000)
    assert energy(0.0, *out, G=G).e == pytest.approx(first, rel=1e-3)


# ---- and back ----------------------------------------------------------------------------------------------
@modes
@pytest.mark.parametrize(("dtype", "far"), [(np.float64, 1e-12), (np.float32, 2e-4)])
def test_it_comes_back_to_where_it_began(dtype: Any, far: float, mode: str) -> None:
    bodies, kernel = solar_system(dtype), KERNELS[mode]
    for n in (0, 1, 2, 1024):
        out = forward(kernel, bodies, n)
        back = (~kernel)(*out, **constants(bodies, n))
        assert reference.distance(back.r, bodies.r) <= far
        assert reference.distance(back.v, bodies.v) <= 10 * far


@modes
def test_a_thousand_years_and_back(mode: str) -> None:
    bodies, kernel = solar_system(), KERNELS[mode]
    back = (~kernel)(*forward(kernel, bodies, 100_000), **constants(bodies, 100_000))
    assert reference.distance(back.r, bodies.r) <= 1e-9     # AU: 150 metres


def test_in_place_it_moves_the_callers_bodies_and_brings_them_back() -> None:
    bodies, kernel = solar_system(), KERNELS["unchecked"]
    kernel.inplace(bodies.r, bodies.v, bodies.m, **constants(bodies, 64))
    np.testing.assert_array_equal(bodies.r, forward(kernel, solar_system(), 64).r)
    (~kernel).inplace(bodies.r, bodies.v, bodies.m, **constants(bodies, 64))
    assert reference.distance(bodies.r, solar_system().r) <= 1e-13


def test_nothing_is_kept_for_the_way_back() -> None:
    assert leapfrog.keepers == leapfrog_step.keepers == leapfrog_loss.keepers == ()


# ---- gradients ---------------------------------------------------------------------------------------------
@modes
@pytest.mark.parametrize("n", [0, 1, 5, 100])
def test_the_gradient_is_a_complex_step(n: int, mode: str) -> None:
    bodies = solar_system()
    value, gradient = GRADIENTS[mode](0.0, bodies.r, bodies.v, bodies.m, **constants(bodies, n))
    assert value == pytest.approx(loss(bodies.r, bodies.v, bodies.m, n), rel=1e-13)
    for got, want in zip(gradient, complex_steps(bodies, n), strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-12 * np.abs(want).max())


def test_the_gradient_is_a_finite_difference() -> None:
    bodies = solar_system()
    report = check_grad(leapfrog_loss.unchecked, 0.0, bodies.r[:3], bodies.v[:3], bodies.m[:3], **constants(bodies, 4))
    assert report, report


@modes
def test_arguments_are_read_and_never_written(mode: str) -> None:
    bodies, kernel = solar_system(), KERNELS[mode]
    arrays = (bodies.r, bodies.v, bodies.m)
    before = [a.tobytes() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    out = forward(kernel, bodies, 10)
    (~kernel)(*arrays, **constants(bodies, 10))
    _, gradient = GRADIENTS[mode](0.0, *arrays, **constants(bodies, 10))
    assert [a.tobytes() for a in arrays] == before
    assert not any(np.shares_memory(new, a) for new in (out.r, out.v, *gradient) for a in arrays)


@modes
def test_memory_of_the_gradient_does_not_depend_on_the_number_of_steps(mode: str) -> None:
    bodies = solar_system()

    def peak(n: int) -> int:
        gc.collect()
        tracemalloc.start()
        try:
            GRADIENTS[mode](0.0, bodies.r, bodies.v, bodies.m, **constants(bodies, n))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert abs(peak(20_000) - peak(10)) < 5_000


# ---- corners -----------------------------------------------------------------------------------------------
WRONG = [
    pytest.param(lambda r, v, m: (r[:-1], v, m), "one row for every entry of `m`", id="r-short"),
    pytest.param(lambda r, v, m: (r, v[:-1], m), "one row for every entry of `m`", id="v-short"),
    pytest.param(lambda r, v, m: (r, v, m[:-1]), "one row for every entry of `m`", id="m-short"),
    pytest.param(lambda r, v, m: (r[:, :2], v[:, :2], m), "have three columns", id="plane"),
    pytest.param(lambda r, v, m: (r[0], v[0], m), "`r` ", id="one-vector"),
    pytest.param(lambda r, v, m: (r, v.astype(np.float32), m), "float32", id="two-widths"),
]


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_arrays_that_do_not_fit_are_named(change: Callable[..., Any], words: str) -> None:
    bodies = solar_system()
    with pytest.raises(RevbenchError, match=words):
        leapfrog(*change(bodies.r, bodies.v, bodies.m), **constants(bodies, 3))


def test_nan_and_bodies_in_one_place_are_errors_and_flow_where_checks_are_off() -> None:
    for row in (np.nan, solar_system().r[1]):
        bodies = solar_system()
        bodies.r[2] = row
        with pytest.raises(InvertibilityError, match=r"leapfrog\.py:\d+:\d+: "):
            forward(KERNELS["checked"], bodies, 3)
        assert np.isnan(forward(KERNELS["unchecked"], bodies, 3).r).any()
