"""What a program of the zoo is, and the arrays that many of them take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

GRADIENT, KEEPER = "gradient", "keeper"


@dataclass(frozen=True, eq=False)
class Case:
    """One program, where it is run, and what is true of it.

    Attributes
    ----------
    of, wrt
        As in `grad`.
    laws : tuple of str
        `gradient`: `of` is a float, smooth in every float around the arguments. `keeper`: the compiler keeps branch bits or loop counters.
    consts, names : mapping
        Keyword constants of the call, and the host values that the text captures.
    """

    name: str
    text: str
    args: tuple[Any, ...]
    of: int | str = 0
    wrt: str | int | tuple[str | int, ...] | None = None
    laws: tuple[str, ...] = (GRADIENT,)
    consts: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)


X = [0.7, -1.3, 2.1, 0.4, 1.9]
Y = [0.3, 0.8, -0.6, 1.1, 0.2]
M = np.array([[0.9, -0.4, 0.3], [0.2, 1.3, -0.7], [-0.5, 0.6, 1.7]])
CUBE = np.linspace(-1.0, 1.0, 24).reshape(2, 3, 4)
