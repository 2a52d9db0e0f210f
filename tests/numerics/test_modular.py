"""Inverses modulo powers of two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from revbench.numerics.modular import inverse_of_odd


@given(st.integers(0, 2**63 - 1).map(lambda n: 2 * n + 1))
def test_an_odd_number_times_its_inverse_is_one_modulo_every_width(v: int) -> None:
    assert all(v * inverse_of_odd(v) % 2**bits == 1 for bits in (8, 16, 32, 64))
