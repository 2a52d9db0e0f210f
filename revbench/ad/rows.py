"""Rows: items that are rows of a table, by their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from revbench.errors import WrongArguments, WrongType


class Rows:
    """Rows of a table, for `each`: `Rows(table, numbers)` stands for `table[numbers]`, and need not be made.

    Many items share a row: observations of one camera, edges of one node. `each(grad(f))`, `each(jacobian(f))` and `each(hessian(f))` read
    each item's row where it lies. Wherever else an array may stand, this is the array `table[numbers]`.

    Parameters
    ----------
    table : array
        Rows along its first axis. What it holds when a call is made is what counts; its rows stay as many.
    numbers : array of int, shape (items,)
        From 0 to `len(table) - 1`. They are copied.

    Raises
    ------
    WrongType, WrongArguments
        When `numbers` are no whole numbers along one axis, or one of them is of no row.

    Examples
    --------
    >>> import numpy as np, revbench as rb
    >>> spring = rb.compile('''
    ... def spring(e, x, k):
    ...     e += k * (x[0] - x[1]) ** 2
    ... ''')
    >>> kinds = rb.Rows(np.array([10.0, 20.0]), [1, 0, 1])
    >>> rb.each(rb.grad(spring, wrt="x"), (0, 0, 0))(np.zeros(3), np.eye(3, 2), kinds)
    array([[ 40., -40.],
           [-20.,  20.],
           [  0.,   0.]])
    """

    def __init__(self, table: Any, numbers: Any) -> None:
        self.table: NDArray[Any] = np.asarray(table).view()
        found = np.asarray(numbers)
        if self.table.ndim == 0:
            raise WrongType("a table of rows has at least one axis", hint="hand in an array")
        if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
            raise WrongType(f"the numbers of rows are an array {found.dtype} with {found.ndim} axes", hint="hand in whole numbers along one axis")
        if found.size and (found.min() < 0 or found.max() >= len(self.table)):
            odd = int(found.min() if found.min() < 0 else found.max())
            raise WrongArguments(f"row {odd} of a table with {len(self.table)} rows",
                                 hint="rows are numbered from 0; `numbers % len(table)` counts from the end")
        self.numbers: NDArray[np.int64] = found.astype(np.int64)
        self.numbers.flags.writeable = False

    @property
    def plain(self) -> bool:
        """Whether compiled code can read the rows where they lie."""
        return self.table.dtype.kind in "biuf"

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        return f"<{len(self)} rows of a table with {len(self.table)}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("rows of a table are no array without a copy")
        return self.table[self.numbers].astype(dtype or self.table.dtype, copy=False)
