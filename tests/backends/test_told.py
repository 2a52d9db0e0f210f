"""A law that breaks in what the compiler made is told in the user's words, by both executors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.timetravel.session import Session

ALIAS = """
def scaled(a, b):
    for i in range(len(a)):
        a[i] += b[i]

def f(x, y):
    scaled(x[::2], x[1:4] * 0.5)
"""
FI = """
def f(y, x):
    if sum(y) > 0.5:
        y += x
    fi(sum(y) > 99.0)
"""
CAME_FROM = """
def f(y, x):
    came_from(sum(y) > 0.0)
    while sum(y) < 50.0:
        y += x
"""


@pytest.mark.parametrize(("text", "law", "words"), [(ALIAS, "alias", "`x[1:4] * 0.5`, an argument of this call"), (FI, "fi", "`sum(y) > 99.0`"),
                                                    (CAME_FROM, "came-from", "`sum(y) > 0.0` is true again")])
@pytest.mark.parametrize("on_machine", [False, True])
def test_locals_of_the_compiler_are_not_named(text: str, law: str, words: str, on_machine: bool) -> None:
    found: Any = rb.compile(text)
    f = getattr(found, "f", found)
    args = (np.ones(5), np.ones(5))
    with pytest.raises(rb.InvertibilityError) as broken:
        Session(f, *args).machine.run(1000) if on_machine else f(*args)
    assert broken.value.law == law
    assert words in str(broken.value)
    assert "_a0" not in str(broken.value)
    assert "_test" not in str(broken.value)
