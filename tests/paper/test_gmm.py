"""The Gaussian mixture kernel: ADBench's objective and its gradient, without a tape."""

from __future__ import annotations

import gc
import math
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from revbench import InvertibilityError, RevbenchError, value_and_grad
from revbench.paper.adbench import GMM, make_gmm
from revbench.paper.gmm import gmm_constant, gmm_objective, objective_arguments
from tests.paper import reference
from tests.paper.reference import ADBENCH_TEST

# Compilation is what takes time here: tests share these four programs, which are compiled when first called.
PARAMETERS = ("alphas", "means", "icf")
OBJECTIVES = {"checked": gmm_objective, "unchecked": gmm_objective.unchecked}
GRADIENTS = {"checked": value_and_grad(gmm_objective, wrt=PARAMETERS),
             "unchecked": value_and_grad(gmm_objective.unchecked, wrt=(*PARAMETERS, "x"))}
MODES = ("checked", "unchecked")
SHAPES = [(1, 1, 1), (1, 4, 3), (2, 5, 100), (3, 1, 40), (5, 3, 60), (10, 5, 200), (2, 40, 50), (32, 4, 50)]

Call = Callable[..., Any]


def instance(d: int, K: int, n: int) -> GMM:
    return replace(make_gmm(d, K, n, seed=d + 10 * K), gamma=1.3, m=2)


def value(gmm: GMM, mode: str) -> float:
    registers, constants = objective_arguments(gmm)
    return float(OBJECTIVES[mode](*registers, **constants).err)


def close(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    """To `tolerance`, relative to the largest entry (and to 1, where all entries are small)."""
    for name in found._fields:
        got, want = getattr(found, name), getattr(expected, name)
        assert got.shape == want.shape
        assert np.max(np.abs(got - want), initial=0) <= tolerance * np.max(np.abs(want), initial=1), name


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_objective_is_adbenchs(shape: tuple[int, int, int], mode: str) -> None:
    gmm = instance(*shape)
    assert value(gmm, mode) == pytest.approx(reference.gmm_objective(gmm), rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradient_is_adbenchs(shape: tuple[int, int, int], mode: str) -> None:
    gmm = instance(*shape)
    registers, constants = objective_arguments(gmm)
    objective, gradient = GRADIENTS[mode](*registers, **constants)
    assert objective == pytest.approx(reference.gmm_objective(gmm), rel=1e-12)
    close(gradient, reference.gmm_gradient(gmm))


def test_value_and_gradient_are_what_adbench_expects_of_every_tool(mode: str) -> None:
    registers, constants = objective_arguments(ADBENCH_TEST)
    objective, gradient = GRADIENTS[mode](*registers, **constants)
    assert objective == pytest.approx(reference.ADBENCH_TEST_OBJECTIVE, rel=1e-14)
    packed = np.concatenate([g.ravel() for g in gradient[:3]])
    np.testing.assert_allclose(packed, reference.ADBENCH_TEST_GRADIENT, rtol=1e-12)


def test_the_objective_is_added_and_the_inverse_takes_it_away() -> None:
    registers, constants = objective_arguments(instance(2, 5, 100))
    kernel = OBJECTIVES["unchecked"]
    once = kernel(*registers, **constants)
    twice = kernel(*once, **constants)
    assert twice.err == pytest.approx(2 * once.err, rel=1e-12)
    assert (~kernel)(*twice, **constants).err == pytest.approx(once.err, rel=1e-12)


def test_nothing_is_kept_for_the_way_back() -> None:
    assert gmm_objective.keepers == ()


def test_arguments_are_read_and_never_written(mode: str) -> None:
    registers, constants = objective_arguments(instance(5, 3, 60))
    before = [a.tobytes() for a in registers[1:]]
    for a in registers[1:]:
        a.flags.writeable = False
    OBJECTIVES[mode](*registers, **constants)
    _, gradient = GRADIENTS[mode](*registers, **constants)
    assert [a.tobytes() for a in registers[1:]] == before
    assert not any(np.shares_memory(g, a) for g in gradient for a in registers[1:])


def test_lists_and_arrays_in_fortran_order_are_the_same_mixture(mode: str) -> None:
    registers, constants = objective_arguments(instance(2, 5, 100))
    expected = GRADIENTS[mode](*registers, **constants)
    for other in ([np.asfortranarray(a) for a in registers[1:]], [a.tolist() for a in registers[1:]]):
        objective, gradient = GRADIENTS[mode](0.0, *other, **constants)
        assert objective == expected[0]
        close(gradient, expected[1], tolerance=0)


# ---- corners -----------------------------------------------------------------------------------------------
def test_without_points_only_the_prior_is_left(mode: str) -> None:
    gmm = instance(2, 3, 0)
    registers, constants = objective_arguments(gmm)
    objective, gradient = GRADIENTS[mode](*registers, **constants)
    assert objective == pytest.approx(reference.gmm_objective(gmm), rel=1e-12)
    close(gradient, reference.gmm_gradient(gmm))


def test_far_points_neither_overflow_nor_vanish(mode: str) -> None:
    gmm = instance(2, 5, 7)
    gmm = replace(gmm, x=1e3 * gmm.x, alphas=gmm.alphas + 1e4)
    registers, constants = objective_arguments(gmm)
    objective, gradient = GRADIENTS[mode](*registers, **constants)
    assert objective == pytest.approx(reference.gmm_objective(gmm), rel=1e-12)
    close(gradient, reference.gmm_gradient(gmm))


def test_equal_components_share_the_weight(mode: str) -> None:
    """Equal exponents: the prefix maximum has ties, and the gradient is smooth there nevertheless."""
    gmm = instance(2, 4, 30)
    gmm = replace(gmm, alphas=np.zeros(4), means=np.tile(gmm.means[:1], (4, 1)), icf=np.tile(gmm.icf[:1], (4, 1)))
    registers, constants = objective_arguments(gmm)
    objective, gradient = GRADIENTS[mode](*registers, **constants)
    assert objective == pytest.approx(reference.gmm_objective(gmm), rel=1e-12)
    close(gradient, reference.gmm_gradient(gmm))


@pytest.mark.parametrize("field", ["alphas", "means", "icf", "x"])
def test_nan_is_an_error_that_names_the_line_and_flows_where_checks_are_off(field: str) -> None:
    gmm = instance(2, 5, 7)
    at = getattr(gmm, field).copy()
    at.flat[3] = math.nan
    registers, constants = objective_arguments(replace(gmm, **{field: at}))
    for call in (OBJECTIVES["checked"], GRADIENTS["checked"]):
        with pytest.raises(InvertibilityError, match=r"(?s)gmm\.py:\d+:\d+: .*NaN cannot be undone"):
            call(*registers, **constants)
    assert math.isnan(OBJECTIVES["unchecked"](*registers, **constants).err)
    assert math.isnan(GRADIENTS["unchecked"](*registers, **constants)[0])


def test_a_component_of_no_weight_cannot_be_undone_and_counts_nothing_unchecked() -> None:
    gmm = instance(2, 5, 7)
    gmm = replace(gmm, alphas=np.where(np.arange(5) == 2, -np.inf, gmm.alphas))
    registers, constants = objective_arguments(gmm)
    with pytest.raises(InvertibilityError, match="main"):
        OBJECTIVES["checked"](*registers, **constants)
    objective, gradient = GRADIENTS["unchecked"](*registers, **constants)
    assert objective == pytest.approx(reference.gmm_objective(gmm), rel=1e-12)
    close(gradient, reference.gmm_gradient(gmm))


WRONG = [
    pytest.param("alphas", lambda a: a[:-1], "one row for every entry of `alphas`", id="alphas-short"),
    pytest.param("alphas", lambda a: a[:0], "one component or more", id="alphas-empty"),
    pytest.param("means", lambda a: a[:-1], "`means` has one row for every entry of `alphas`", id="means-rows"),
    pytest.param("icf", lambda a: a[:-1], "`icf` has one row for every entry of `alphas`", id="icf-rows"),
    pytest.param("icf", lambda a: a[:, :-1], r"d \(d \+ 1\) / 2 entries", id="icf-narrow"),
    pytest.param("icf", lambda a: np.hstack([a, a]), r"d \(d \+ 1\) / 2 entries", id="icf-wide"),
    pytest.param("x", lambda a: a[:, :-1], "`x` has as many columns as `means`", id="x-narrow"),
    pytest.param("x", lambda a: np.hstack([a, a]), "`x` has as many columns as `means`", id="x-wide"),
    pytest.param("x", lambda a: a[0], "`x` ", id="x-vector"),
    pytest.param("alphas", lambda a: a[0], "`alphas` ", id="alphas-number"),
]


@pytest.mark.parametrize(("field", "change", "words"), WRONG)
def test_shapes_that_do_not_fit_are_named(field: str, change: Call, words: str) -> None:
    gmm = instance(2, 5, 7)
    _, constants = objective_arguments(gmm)
    gmm = replace(gmm, **{field: change(getattr(gmm, field))})
    for call in (OBJECTIVES["checked"], GRADIENTS["checked"]):
        with pytest.raises(RevbenchError, match=words):
            call(0.0, gmm.alphas, gmm.means, gmm.icf, gmm.x, **constants)


def test_the_constant_is_what_depends_on_sizes_and_prior_only() -> None:
    for shape in SHAPES:
        gmm = instance(*shape)
        expected = -0.5 * gmm.n * gmm.d * math.log(2 * math.pi) - gmm.K * reference.wishart_constant(gmm)
        assert gmm_constant(*shape, gmm.gamma, gmm.m) == pytest.approx(expected, rel=1e-14)


# ---- memory ------------------------------------------------------------------------------------------------
def peak(call: Call, gmm: GMM) -> int:
    """The most bytes of Python and NumPy that a call holds at once."""
    registers, constants = objective_arguments(gmm)
    gc.collect()
    tracemalloc.start()
    try:
        call(*registers, **constants)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_extra_memory_of_the_gradient_does_not_depend_on_the_number_of_points(mode: str) -> None:
    """The first call of a gradient and later ones; the gradient for x, where it is asked for, is as large as x."""
    few, many = make_gmm(2, 5, 100), make_gmm(2, 5, 100_000)
    registers, wrt = GRADIENTS[mode].kernel.registers, GRADIENTS[mode].wrt or ()
    asked_for = many.x.nbytes - few.x.nbytes if registers.index("x") in wrt else 0
    for _ in range(2):
        peak(value_and_grad(OBJECTIVES[mode], wrt=wrt), few)                        # compiles, fills what is kept once
    first, later = [], []
    for gmm in (few, many):
        gradient = value_and_grad(OBJECTIVES[mode], wrt=wrt)
        first.append(peak(gradient, gmm))
        later.append(peak(gradient, gmm))
    assert first[1] - first[0] - asked_for < many.x.nbytes / 10           # with few points, compiling may hold more than running
    assert abs(later[1] - later[0] - asked_for) < 5_000
    assert later[1] - asked_for < 50_000


CLEAR = Path("/proc/self/clear_refs")


@pytest.mark.skipif(not CLEAR.exists(), reason="the peak of a process can be reset on Linux only")
def test_compiled_code_holds_no_tape_either() -> None:
    """It allocates behind Python's back. One float per point and component would be 32 MB here."""
    def kilobytes(key: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))

    registers, constants = objective_arguments(make_gmm(1, 20, 200_000))
    gradient = GRADIENTS["checked"]
    gradient(*registers[:4], registers[4][:10], **constants)
    try:
        CLEAR.write_text("5")
    except OSError:
        pytest.skip("this system does not let a process reset its peak")
    before = kilobytes("VmRSS")
    gradient(*registers, **constants)
    assert kilobytes("VmHWM") - before < 8_000
