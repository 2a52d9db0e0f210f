"""Fixed-point and logarithmic numbers on the host: values, arrays, and what raises."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from revbench import Fixed43, ULog, fixed
from revbench.errors import ValueOutOfRange, WrongArguments, WrongType
from revbench.numerics import elementary

moderate = st.floats(-1e5, 1e5)
positive = st.floats(1e-100, 1e100)


@given(moderate, st.lists(moderate, max_size=20))
def test_what_is_added_to_a_fixed_number_can_be_taken_away(x: float, steps: list[float]) -> None:
    p = start = Fixed43(x / 100)
    for e in steps:
        p += e / 100
    for e in reversed(steps):
        p -= e / 100
    assert p.raw == start.raw


@given(positive, st.lists(st.floats(1e-5, 1e5), max_size=20))
def test_what_is_multiplied_into_a_logarithmic_number_can_be_divided_out(x: float, factors: list[float]) -> None:
    u = start = ULog(x)
    for e in factors:
        u *= e
    for e in reversed(factors):
        u /= e
    assert u.raw == start.raw


@given(moderate, st.integers(12, 40))
def test_a_value_is_rounded_to_the_nearest_step(x: float, bits: int) -> None:
    assert abs(float(fixed(bits)(x)) - x) <= 2.0**-(bits + 1)


@given(positive)
def test_a_logarithmic_number_is_close_to_its_value(x: float) -> None:
    assert math.isclose(float(ULog(x)), x, rel_tol=1e-13)


@given(st.integers(-2**52, 2**52))
def test_a_printed_number_is_the_number(raw: int) -> None:
    number = Fixed43.from_raw(raw)
    assert eval(repr(number)) == number


@given(st.lists(moderate, min_size=1))
def test_kernels_and_the_host_store_the_same_whole_numbers(x: list[float]) -> None:
    assert Fixed43(x).raw.tolist() == [elementary.fix(v, 43) for v in x]
    assert ULog([abs(v) + 0.5 for v in x]).raw.tolist() == [elementary.tolog(abs(v) + 0.5) for v in x]


@pytest.mark.parametrize("value", [Fixed43(1.25), ULog(2.5), Fixed43([[1.0, 2.0], [3.0, 4.5]]), ULog([1.0, 2.0]), fixed(7)(3)])
def test_numbers_and_arrays_travel(value: object) -> None:
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert type(again) is type(value)
        assert np.all(again == value)


def test_an_array_is_indexed_iterated_and_changed_like_one_of_numpy() -> None:
    a = Fixed43([[1.0, 2.0], [3.0, 4.0]])
    assert (a.shape, a.ndim, a.size, len(a), a.dtype) == ((2, 2), 2, 4, 2, Fixed43)
    assert a[1, 0] == Fixed43(3.0)
    row = a[0]
    row[1] = 7.5                                                    # a view, as in NumPy
    a[1, 1] += 0.25
    assert a.tolist() == [[1.0, 7.5], [3.0, 4.25]]
    assert [r.tolist() for r in a] == a.tolist()
    assert np.array_equal(a == Fixed43(3.0), [[False, False], [True, False]])
    assert np.array_equal(np.asarray(a) * 2, [[2.0, 15.0], [6.0, 8.5]])
    assert repr(a[0]) == "Fixed43([1. , 7.5])"


def test_fixed_numbers_are_compared_hashed_and_read_as_values() -> None:
    p = Fixed43(1.5)
    assert p == 1.5 == p
    assert p < 2 <= Fixed43(2)
    assert hash(p) == hash(1.5)
    assert (p + 1, p * 2, 3 / p, math.sqrt(Fixed43(4)), -p, abs(Fixed43(-2))) == (2.5, 3.0, 2.0, 2.0, -1.5, 2.0)
    assert (p + Fixed43(0.25)).raw == Fixed43(1.75).raw
    with pytest.raises(AttributeError):
        p.raw = 3


def test_logarithmic_numbers_reach_beyond_floats() -> None:
    u = ULog(10.0) ** 5000
    assert float(u) == math.inf
    assert math.isclose(u.log, 5000 * math.log(10.0))
    assert u / ULog(10.0) ** 4999 == ULog(10.0)
    assert u < u * ULog(2.0)
    assert repr(u).startswith("<ULog exp(11512.9")


@pytest.mark.parametrize("make", [
    lambda: Fixed43(2.0**20), lambda: Fixed43(math.nan), lambda: Fixed43([1.0, math.inf]), lambda: Fixed43(2.0**19) + Fixed43(2.0**19),
    lambda: ULog(0.0), lambda: ULog(-1.0), lambda: ULog(math.inf), lambda: ULog([1.0, math.nan]), lambda: ULog(2.0) ** 50000,
])
def test_what_cannot_be_held_raises(make: object) -> None:
    with pytest.raises(ValueOutOfRange):
        make()                                                      # type: ignore[operator]


def test_what_is_not_a_number_is_refused() -> None:
    for value in ("1", 1j, True, None, [["a"]]):
        with pytest.raises(WrongType):
            Fixed43(value)
    for bits in (0, 63, 1.5, True):
        with pytest.raises(WrongArguments):
            fixed(bits)                                             # type: ignore[arg-type]
