"""Arguments on their way to compiled code and back. What depends on their types only is decided once for each signature."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from revbench.ir.types import Type

from .layout import Layout
from .values import argument

NUMBERS = frozenset({bool, float, complex, np.bool_, np.float32, np.float64, np.complex64, np.complex128,
                     np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64})


def key_of(values: Iterable[Any]) -> tuple[Any, ...] | None:
    """What tells the types of arguments apart, found faster than their types; None where a look at the value is needed."""
    out: list[Any] = []
    for v in values:
        kind = type(v)
        if kind is np.ndarray:
            if not v.ndim:
                return None
            out += (v.dtype, v.ndim)
        elif kind in NUMBERS or (kind is int and -2**63 <= v < 2**63):
            out.append(kind)
        else:
            return None
    return tuple(out)


@dataclass(eq=False, slots=True)
class Specialisation:
    """The types of a kernel's registers and constants, and what has been made ready for calls with them."""

    signature: tuple[Type, ...]
    calls: dict[bool, Callable[[list[Any], list[Any]], Any]] = field(default_factory=dict)


class Passing:
    """How values of these types reach a lowered program.

    Parameters
    ----------
    signature : sequence of Type
        Of registers, then constants.
    n : int
        How many registers there are.
    copied : collection of int
        The registers that are copied: compiled code writes in them, and they are the caller's.
    """

    def __init__(self, signature: Sequence[Type], n: int, copied: Collection[int]) -> None:
        self.layout, self._constants = Layout(signature[:n]), Layout(signature[n:])
        self._takes = [argument(t, k in copied) for k, t in enumerate(signature[:n])]
        self._takes_constants = [argument(t, False) for t in signature[n:]]

    def registers(self, values: Iterable[Any]) -> list[Any]:
        """Registers of the host, prepared: copied where they must be."""
        return [take(v) for take, v in zip(self._takes, values, strict=True)]

    def constants(self, values: Iterable[Any]) -> list[Any]:
        """The constants of the lowered program."""
        return self._constants.split([take(v) for take, v in zip(self._takes_constants, values, strict=True)])
