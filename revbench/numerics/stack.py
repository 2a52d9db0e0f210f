"""Stacks of numbers, as kernels take and return them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


class Stack:
    """A stack of numbers of one type, to be handed to kernels.

    Parameters
    ----------
    items : iterable
        What it holds, the top last.
    dtype : optional
        The type of its numbers; that of the items if it is not given, float64 if there are none.

    Examples
    --------
    >>> s = Stack([1, 2])
    >>> s, len(s), s[-1], list(s)
    (Stack([1, 2]), 2, 2, [1, 2])
    >>> s == Stack([1, 2]), s == Stack([2, 1]), Stack(dtype="bool")
    (True, False, Stack([], dtype=bool))
    """

    __hash__ = None                                                  # type: ignore[assignment]

    def __init__(self, items: Iterable[Any] = (), dtype: DTypeLike | None = None) -> None:
        given = items.values if isinstance(items, Stack) else np.array(list(items))
        self._buffer = np.array(given, dtype=given.dtype if dtype is None else dtype, ndmin=1, copy=True)
        if self._buffer.ndim != 1:
            raise ValueError("a stack holds numbers, one after the other")
        self._count = len(self._buffer)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its numbers."""
        return self._buffer.dtype

    @property
    def values(self) -> np.ndarray[Any, Any]:
        """What it holds, as a new array, the top last."""
        return self._buffer[:self._count].copy()

    def copy(self) -> Stack:
        """Another stack that holds the same."""
        return Stack(self)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return iter(self._buffer[:self._count].tolist())

    def __getitem__(self, k: int) -> Any:
        return self._buffer[:self._count][k].item()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stack) and list(self) == list(other)

    def __repr__(self) -> str:
        said = "" if self.dtype in (np.dtype("float64"), np.dtype("int64")) and self._count else f", dtype={self.dtype}"
        return f"Stack({list(self)}{said if self._count or self.dtype != np.dtype('float64') else ''})"
