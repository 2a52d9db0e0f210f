"""Complex numbers and records at the host's side: what is handed in, what comes back, derivatives, sessions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench import Gradient, InvertibilityError, Kernel
from revbench.errors import NotDifferentiable
from tests.programs import ZOO
from tests.running import bound, kernel
from tests.zoo.case import Case
from tests.zoo.complex import COMPLEX
from tests.zoo.records import RECORDS

STEP = 1e-6
PAIR = np.dtype([("x", float), ("n", np.int64), ("z", complex)])


@pytest.fixture(scope="module")
def loss() -> Kernel:
    return rb.compile("""
def loss(out, p, z, k):
    out += p[0].x * p[1].x * abs2(z[k] * p[0].z)
    p[0].n += 3
    z[k] *= 2j
""")


@pytest.fixture
def pair() -> Any:
    return np.array([(1.0, 2, 3.0 - 1j), (4.0, 5, 1j)], PAIR)


def moved(values: list[Any], along: list[Any], by: float) -> list[Any]:
    """The values, moved along a direction; a record moves in the fields that the direction has."""
    out = []
    for v, d in zip(values, along, strict=True):
        new = v.copy() if isinstance(v, np.ndarray | np.void) else v
        if d is None:
            pass
        elif getattr(np.asarray(d).dtype, "names", None):
            for f in np.asarray(d).dtype.names:
                new[f] = new[f] + by * d[f]
        else:
            new = (new + by * d).astype(new.dtype) if isinstance(new, np.ndarray) else new + by * d
        out.append(new)
    return out


def inner(a: Any, b: Any) -> float:
    """The real inner product of two cotangents."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.names:
        return sum(inner(a[f], b[f]) for f in a.dtype.names)
    return float(np.sum((np.conj(a) * b).real))


def directions(f: Kernel, g: Gradient, case: Case) -> list[Any]:
    """Its own gradient is a direction of the right form for every register."""
    registers, _ = bound(case)
    found = dict(zip(g.positions(g.arguments(case.args, dict(case.consts))[2]), g(*case.args, **case.consts), strict=True))
    return [found.get(k) for k in range(len(registers))]


@pytest.mark.timeout(600)                                   # LLVM takes a minute for the tangent of "roots by Newton's steps"
@pytest.mark.parametrize("name", [c.name for c in COMPLEX[::3] + RECORDS[::2]])
def test_a_jvp_is_the_gradient_times_the_direction(name: str) -> None:
    case, f = ZOO[name], kernel(name)
    g = Gradient(f, case.of)
    along = directions(f, g, case)
    registers, _ = bound(case)
    _, tangents = rb.jvp(f, registers, along, **case.consts)
    of = tangents[g.of]
    got = getattr(np.asarray(of), g.part) if g.part in ("real", "imag") else of
    assert float(got) == pytest.approx(sum(inner(d, d) for d in along if d is not None), rel=1e-9)


@pytest.mark.parametrize("name", ["complex inner product", "fields of one record"])
def test_an_hvp_is_the_difference_of_two_gradients(name: str) -> None:
    case, f = ZOO[name], kernel(name)
    g = Gradient(f, case.of)
    along = directions(f, g, case)
    registers, _ = bound(case)
    size = max(np.sqrt(sum(inner(d, d) for d in along if d is not None)), 1.0)
    v = tuple(d for d in along if d is not None)
    there, back = (g(*moved(registers, along, sign * STEP / size), **case.consts) for sign in (1, -1))
    for got, a, b, d in zip(rb.hvp(f, registers, v, of=case.of, **case.consts), there, back, v, strict=True):
        for field in np.asarray(d).dtype.names or [...]:
            want = (np.asarray(a)[field] - np.asarray(b)[field]) * size / (2 * STEP)
            np.testing.assert_allclose(np.asarray(got)[field], want, rtol=2e-5, atol=2e-5 * size)


def test_what_comes_back_is_what_was_handed_in(loss: Kernel, pair: Any) -> None:
    z = np.array([1j, 2 + 1j])
    out = loss(0.0, pair, z, 1)
    assert (out.p.dtype, out.z.dtype) == (pair.dtype, z.dtype)
    assert (out.p["n"].tolist(), out.z.tolist()) == ([5, 5], [1j, -2 + 4j])
    assert (pair["n"].tolist(), z.tolist()) == ([2, 5], [1j, 2 + 1j])
    back = (~loss)(*out)
    assert back.p.tolist() == pair.tolist()


def test_in_place_writes_into_the_callers_memory(loss: Kernel, pair: Any) -> None:
    z = np.array([1j, 2 + 1j])
    loss.inplace(0.0, pair, z, 1)
    assert (pair["n"].tolist(), z.tolist()) == ([5, 5], [1j, -2 + 4j])
    with pytest.raises(InvertibilityError):
        loss.inplace(0.0, pair, z, 7)


@pytest.mark.parametrize(("given", "kind"), [(1 + 2j, complex), (np.complex64(1 + 2j), np.complex64), (np.complex128(1 + 2j), np.complex128)])
def test_a_complex_number_comes_back_as_it_was_given(given: Any, kind: type) -> None:
    turned = rb.compile("def turned(z):\n    z *= 1j\n    z = z.conjugate()\n    z = -z")
    assert type(turned(given)) is kind
    assert turned(given) == pytest.approx(2 + 1j)
    assert (~turned)(turned(given)) == pytest.approx(given)


def test_a_gradient_by_a_record_has_the_fields_that_have_derivatives(loss: Kernel, pair: Any) -> None:
    g = rb.grad(loss, wrt="p")(0.0, pair, np.array([1j, 2 + 1j]), 1)
    assert g.dtype.names == ("x", "z")
    assert rb.check_grad(loss, 0.0, pair, np.array([1j, 2 + 1j]), 1)


def test_a_gradient_by_a_complex_number_points_uphill() -> None:
    square = rb.compile("def square(out, z):\n    out += abs2(z)")
    assert rb.grad(square, wrt="z")(0.0, 3 - 4j) == pytest.approx(6 - 8j)


def test_the_loss_may_be_a_part_and_must_be_real() -> None:
    square = rb.compile("def square(w, z):\n    w += z * z")
    assert rb.grad(square, of="w.real", wrt="z")(0j, 1 + 2j) == pytest.approx(2 - 4j)
    assert rb.grad(square, of="w.imag", wrt="z")(0j, 1 + 2j) == pytest.approx(4 + 2j)
    with pytest.raises(NotDifferentiable, match="one real number"):
        rb.grad(square)(0j, 1 + 2j)


def test_a_session_shows_whole_numbers_and_records(loss: Kernel, pair: Any) -> None:
    s = rb.debug(loss, 0.0, pair, np.array([1j, 2 + 1j]), 1)
    assert s.names["p"].tolist() == pair.tolist()
    assert s.end().names["z"].tolist() == [1j, -2 + 4j]
    assert s.start().names["z"].tolist() == [1j, 2 + 1j]
    g = rb.debug(rb.grad(loss), 0.0, pair, np.array([1j, 2 + 1j]), 1)
    assert g.complete


def test_elements_that_are_one_are_told_apart_at_run_time() -> None:
    add = rb.compile("def add(z, k):\n    z[0] += 1j * z[k]")
    assert add([1j, 2], 1).z.tolist() == [3j, 2]
    with pytest.raises(InvertibilityError, match="same element"):
        add([1j, 2], 0)
    with pytest.raises(InvertibilityError, match="factor of zero"):
        rb.compile("def h(z, w):\n    z *= w")(1j, 0j)


def test_a_local_computed_from_one_field_outlives_a_change_of_another() -> None:
    f = rb.compile("def f(p, out):\n    t = 2 * p.x\n    p.y += t\n    out += t * p.y")
    p = np.array((3.0, 1.0), [("x", float), ("y", float)])[()]
    assert f(p, 0.0).out == 42.0
    assert rb.check_grad(f, p, 0.0, of="out")
