'''The zoo: small programs that between them use the whole language. Tests run every pass and every executor over them.

A case is a text and its arguments; the kernel that is run is the last one in the text. `laws` says what holds of it.
'''

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

#   gradient: `of` is a smooth function of the floats around the arguments
#   text: `show` gives the same program again, statement for statement (otherwise only the same results)
#   keeper: the compiler keeps a branch bit or a loop counter
#   whole: the arguments are whole numbers and bools only, and everything is bitwise
EVERY = frozenset({"gradient"})


@dataclass(frozen=True, eq=False)
class Case:
    """One program, where it is run, and what is true of it.

    Attributes
    ----------
    of, wrt
        As in `grad`.
    laws : frozenset of str
        Some of `gradient` (of a float, smooth at the arguments) and `keeper` (a bit or a counter is kept).
    consts, names : mapping
        Keyword constants of the call, and host values that the text captures.
    """

    name: str
    text: str
    args: tuple[Any, ...]
    of: int | str = 0
    wrt: str | int | tuple[str | int, ...] | None = None
    laws: frozenset[str] = frozenset({"gradient"})
    consts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    names: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


ZOO: dict[str, Case] = {}
