"""The library at its edges: empty and short arrays, ties, extreme numbers, other widths, and what is refused."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revbench import InvertibilityError, Kernel
from revbench.library import arithmetic, blas, coding, linalg, nn, sorting, sparse, statistics, transforms
from tests.running import STEPS, assert_close, on_machine

INTS = st.lists(st.integers(-5, 5), max_size=40)
M = np.random.default_rng(7).normal(size=(4, 4))


def run(f: Kernel, *args: Any, **consts: Any) -> Any:
    """What the registers hold after a run on the machine, which needs no compilation; and they come back from there."""
    m = on_machine(f, args, consts)
    assert m.run(STEPS) == "done"
    out = m.outputs()
    assert m.run(-STEPS) == "done"
    for given_, back in zip(f.bind(args, consts)[0], m.outputs(), strict=True):
        np.testing.assert_allclose(np.asarray(back, float), np.asarray(given_, float), rtol=1e-6, atol=1e-6)
    return f.Outputs(*out) if len(f.registers) > 1 else out[0]


# ---- sorting and codes
@settings(max_examples=60, deadline=None)
@given(INTS)
def test_sorting_is_stable(x: list[int]) -> None:
    given_ = np.array(x, np.int64)
    found = run(sorting.sort, given_, np.zeros(len(x), int))
    assert np.array_equal(found.x, np.sort(given_))
    assert np.array_equal(found.perm, np.argsort(given_, kind="stable"))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 2), max_size=20))
def test_a_code_can_take_the_place_of_its_text(x: list[int]) -> None:
    text, empty = np.array(x, np.int64), np.zeros(len(x), int)
    code = run(coding.run_length, empty, empty, 0, text)
    assert [v for v, c in zip(code.values[:code.n], code.counts, strict=False) for _ in range(c)] == x
    back = on_machine(~coding.run_length_decode, (text, code.values, code.counts, code.n))
    assert back.run(STEPS) == "done"
    assert not back.outputs()[0].any()


def test_differences_wrap_around() -> None:
    given_ = np.array([250, 3, 200], np.uint8)
    assert run(coding.delta, given_).tolist() == [250, 9, 197]


def test_maxima_of_negative_numbers() -> None:
    assert run(sorting.running_maxima, np.zeros(3), [-3.0, -5.0, -1.0]).out.tolist() == [-3.0, -3.0, -1.0]


def test_compress_needs_room() -> None:
    with pytest.raises(InvertibilityError):
        run(sorting.compress, np.zeros(1), 0, [1.0, 2.0], np.ones(2, bool))


# ---- whole numbers
@settings(max_examples=60, deadline=None)
@given(st.one_of(st.integers(0, 100), st.integers(0, 2**63 - 1), st.integers(0, 2**31).map(lambda k: k * k), st.just(2**63 - 1)))
def test_isqrt_is_math_isqrt(n: int) -> None:
    assert run(arithmetic.isqrt, 0, n).out == math.isqrt(n)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_gcd_is_math_gcd(a: int, b: int) -> None:
    assert run(arithmetic.gcd, 0, a, b).out == math.gcd(a, b)


def test_gcd_of_neighbours_in_fibonaccis_sequence_needs_the_most_quotients() -> None:
    a, b, _ = run(arithmetic.fibonacci, 0, 1, 91)
    assert (a, b) == (4660046610375530309, 7540113804746346429)
    assert run(arithmetic.gcd, 0, b, a).out == run(arithmetic.gcd, 0, a, b).out == 1


@pytest.mark.parametrize(("f", "args"), [(arithmetic.isqrt, (0, -1)), (arithmetic.gcd, (0, -4, 2)), (arithmetic.factorial, (0, 21)),
                                         (arithmetic.factorial, (0, -1))])
def test_numbers_out_of_range_are_refused(f: Kernel, args: tuple[Any, ...]) -> None:
    with pytest.raises(InvertibilityError, match=r"`n`|`a`"):
        run(f, *args)


def test_small_factorials() -> None:
    assert [run(arithmetic.factorial, 0, n).out for n in range(6)] == [math.factorial(n) for n in range(6)]


# ---- matrices
def test_a_singular_matrix_has_no_factors() -> None:
    with pytest.raises(InvertibilityError):
        run(linalg.lu_factor, np.ones((3, 3)), np.zeros(3, int))
    with pytest.raises(InvertibilityError):
        run(linalg.solve_triangular, np.ones(2), np.array([[1.0, 2.0], [0.0, 0.0]]))
    with pytest.raises(InvertibilityError):
        run(linalg.reflect, np.ones(2), np.zeros(2))


def test_a_matrix_that_needs_exchanges_of_rows() -> None:
    a = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 0.0], [0.0, 0.0, 4.0]])
    assert run(linalg.det, 0.0, a).out == pytest.approx(np.linalg.det(a))
    np.testing.assert_allclose(run(linalg.inv, np.zeros((3, 3)), a).out, np.linalg.inv(a))
    np.testing.assert_allclose(run(linalg.solve, np.ones(3), a).x, np.linalg.solve(a, np.ones(3)))


def test_the_inverse_of_a_solution_is_a_product() -> None:
    x = np.arange(1.0, 5.0)
    back = on_machine(~linalg.solve, (x, M))
    assert back.run(STEPS) == "done"
    np.testing.assert_allclose(back.outputs()[0], M @ x)


def test_factors_of_square_and_tall_matrices_multiply_to_the_matrix() -> None:
    for n in (1, 2, 4):
        a = M[:, :n]
        house = run(linalg.qr_householder, np.zeros((4, 4)), np.zeros((4, n)), a)
        schmidt = run(linalg.qr_gram_schmidt, np.zeros((4, n)), np.zeros((n, n)), a)
        for f in (house, schmidt):
            np.testing.assert_allclose(f.q @ f.r, a, atol=1e-12)
            np.testing.assert_allclose(f.q.T @ f.q, np.eye(f.q.shape[1]), atol=1e-12)


def test_complex_matrices() -> None:
    a = M + 1j * M[::-1]
    for f, args, want in [(linalg.inv, (0.0 * a, a), np.linalg.inv(a)), (linalg.solve, (a[0], a), np.linalg.solve(a, a[0])),
                          (linalg.det, (0j, a), np.linalg.det(a)), (linalg.logdet, (0.0, a), np.linalg.slogdet(a)[1])]:
        m = on_machine(f, args)
        assert m.run(STEPS) == "done"
        assert_close(m.outputs(), [want, a], 1e-12)
        assert m.run(-STEPS) == "done"
        assert_close(m.outputs(), args, 1e-12)


def test_single_precision() -> None:
    a, x = M.astype(np.float32), np.ones(4, np.float32)
    found = run(linalg.solve, x, a).x
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.linalg.solve(a, x), rtol=2e-3)
    assert run(statistics.logsumexp, np.float32(0.0), a[0]).out == pytest.approx(np.log(np.exp(a[0]).sum()), rel=1e-6)
    assert run(blas.norm2, np.float32(0.0), a[0]).out == pytest.approx(np.linalg.norm(a[0]), rel=1e-6)


@pytest.mark.parametrize(("f", "args"), [
    (blas.dot, (0.0, np.ones(2), np.ones(3))), (blas.matmul, (np.zeros((2, 2)), np.ones((2, 3)), np.ones((2, 2)))),
    (blas.gemv, (np.zeros(2), np.ones((2, 3)), np.ones(2))), (linalg.solve, (np.ones(3), M)),
    (nn.linear, (np.zeros((2, 3)), np.zeros((2, 2)), np.zeros((3, 4)), np.zeros(3))), (statistics.covariance, (0.0, np.ones(2), np.ones(3))),
    (sorting.argsort, (np.zeros(2, int), np.ones(3))), (sparse.csc_matvec, (np.zeros(2), np.ones(1), np.zeros(1, int), np.array([0, 1]), np.ones(2))),
    (transforms.bit_reversal, (np.ones(6),)),
], ids=lambda v: v.__qualname__ if isinstance(v, Kernel) else "")
def test_shapes_that_do_not_fit_are_refused_in_words(f: Kernel, args: tuple[Any, ...]) -> None:
    with pytest.raises(InvertibilityError, match=r"equally long|for every|power of two|columns of"):
        run(f, *args)


def test_angles_that_are_not_enough_are_refused_in_words() -> None:
    with pytest.raises(InvertibilityError, match="one angle for every pair"):
        linalg.umm(np.ones(3), np.ones(2))


# ---- floats
def test_exponents_do_not_overflow() -> None:
    assert run(statistics.logsumexp, 0.0, [1000.0, 1000.0]).out == pytest.approx(1000.0 + math.log(2.0))
    assert run(statistics.softmax, np.zeros(2), [-1000.0, 1000.0]).out.tolist() == [0.0, 1.0]


def test_a_transform_of_one_number_is_the_number() -> None:
    assert transforms.fft(np.array([2.5 - 1.0j])).tolist() == [2.5 - 1.0j]


def test_backwards_a_transform_is_numpys_inverse() -> None:
    z = M[0] + 1j * M[1]
    np.testing.assert_allclose((~transforms.fft)(z), np.fft.ifft(z), atol=1e-14)


# ---- the page
def test_the_library_is_loaded_when_it_is_used() -> None:
    code = ("import sys, revbench as rb; loaded = lambda: sorted(m for m in sys.modules if m.startswith('revbench.library'));"
            "before = loaded(); rb.library; between = loaded(); rb.library.coding; print(before, between, loaded())")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[] ['revbench.library'] ['revbench.library', 'revbench.library.coding']"
