"""The machine's own text, run by the interpreter: what no program of the zoo says yet."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.backends.machine_tables import OP, TOKEN, TOKENS
from revbench.backends.machine_text import generate
from revbench.errors import InvertibilityError
from revbench.timetravel import Session

PLAIN: dict[str, Any] = {}
exec(generate().replace("from numba import njit", "njit = lambda *_, **__: lambda f: f"), PLAIN)


def operand(tokens: list[tuple[str, int]], F: list[float], I: list[int]) -> tuple[list[float], list[int], int]:
    """What a row of tokens leaves on the stacks, and which of them broke a law."""
    sf, si = np.zeros(8), np.zeros(8, np.int64)
    toks = np.array([(TOKEN[t], v) for t, v in tokens], np.int64)
    floats, ints, heap = np.array(F), np.array(I, np.int64), np.zeros(1, np.int64)
    pf, pi, _, wrong = PLAIN["operands"](0, len(toks), toks, np.array([0.3]), floats, np.zeros_like(floats), ints, heap, 0, 0, sf, si, np.zeros(4), 0, 0)
    return sf[:pf].tolist(), si[:pi].tolist(), wrong


def most(token: str, values: list[Any], step: int = 1) -> int:
    cells = [9e9, *(x for v in values for x in (v, *[8e9] * (step - 1)))]
    tokens = [("const_i", 1), ("const_i", len(values)), ("const_i", step), (token, 0)]
    _, ints, wrong = operand(tokens, cells, [int(c) for c in cells] if token[-1] != "f" else [])
    return ints[0] if wrong < 0 else -1


@pytest.mark.parametrize("values", [[1.0, 3.0, 3.0, -2.0], [np.nan, 1.0], [1.0, np.nan, 5.0], [-np.inf, -np.inf], [2.0]])
def test_where_the_largest_and_the_smallest_stand_is_as_in_numpy(values: list[float]) -> None:
    assert most("argmax_f", values) == np.argmax(values)
    assert most("argmin_f", values) == np.argmin(values)
    assert most("argmax_f", values, 3) == np.argmax(values)


def test_unsigned_numbers_have_an_order_of_their_own() -> None:
    assert (most("argmax_i", [3, -1, 7, 7]), most("argmin_i", [3, -1, 7])) == (2, 1)
    assert (most("argmax_u", [3, -1, 7]), most("argmin_u", [-3, -1, 7])) == (1, 2)


def test_a_number_on_a_grid_and_back() -> None:
    floats, _, wrong = operand([("local_f", 0), ("fix", 4), ("unfix", 4)], [2.53], [])
    assert (floats, wrong) == ([2.5], -1)
    assert [operand([("local_f", 0), ("fix", 43)], [x], [])[2] for x in (1e9, -1e9, np.nan, np.inf)] == [1, 1, 1, 1]


def test_every_token_and_instruction_has_a_number_of_its_own() -> None:
    assert len(TOKEN) == len(TOKENS) == len(set(TOKEN.values()))
    assert sorted(OP.values()) == list(range(len(OP)))


def test_unchecked_code_still_compares_shapes() -> None:
    swap = rb.compile("def swap(a, b):\n    a, b = b, a\n", check=False)
    for run in (swap, lambda *args: Session(swap, *args).machine.run(10)):
        with pytest.raises(InvertibilityError, match="do not fit"):
            run(np.ones(3), np.ones(0))


def test_what_a_user_declares_is_not_compiled_into_the_machine() -> None:
    text = """
from revbench.rules.functions import FUNCTIONS, Function
FUNCTIONS["mine"] = Function("mine", ("x", "y"), "_u_mine(x, y)", (None, None), (), "float")
from revbench.backends.machine_text import generate
assert "_u_" not in generate()
"""
    subprocess.run([sys.executable, "-c", text], check=True)
