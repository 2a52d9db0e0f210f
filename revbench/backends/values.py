"""Host values <-> typed arguments: what a call accepts, what it copies, what it gives back."""

from __future__ import annotations

from typing import Any

import numpy as np

from revbench.errors import UnsupportedType, WrongType
from revbench.ir.types import BOOL, FLOAT, INT, Array, Scalar, Type, is_float
from revbench.rules.typing import dtype_supported


def normalise(value: Any, name: str) -> Any:
    """The value as a Python number, NumPy scalar or array; lists become arrays.

    Raises
    ------
    UnsupportedType, WrongType
        When kernels cannot compute with it.
    """
    if isinstance(value, bool | int | float | np.generic):
        return value
    if isinstance(value, complex):
        raise UnsupportedType(f"`{name}` is complex, which kernels do not compute with yet", hint="hand in the real and the imaginary part")
    if isinstance(value, list | tuple):
        try:
            value = np.array(value) if len(value) else np.zeros(0)
        except ValueError as problem:
            raise WrongType(f"`{name}` is a ragged list, not an array", hint="every row must have the same length") from problem
    if isinstance(value, np.ma.MaskedArray):
        raise WrongType(f"`{name}` is a masked array, and kernels know no masks", hint="hand in `.filled(...)` or `.compressed()`")
    if not isinstance(value, np.ndarray):
        if not hasattr(value, "__array__"):
            raise WrongType(f"`{name}` is a {type(value).__name__}, and registers hold numbers and arrays")
        value = np.asarray(value)
    return value[()] if value.ndim == 0 else value


def type_of_value(value: Any, name: str) -> Type:
    """The type of a normalised value. Python numbers are weak, as in NumPy and JAX."""
    if isinstance(value, bool | np.bool_):
        return BOOL
    if isinstance(value, int) and not isinstance(value, np.generic):
        if not -2**63 <= value < 2**63:
            raise UnsupportedType(f"`{name}` = {value} does not fit into an int64")
        return Scalar(INT.dtype, True)
    if isinstance(value, float) and not isinstance(value, np.generic):
        return Scalar(FLOAT.dtype, True)
    dtype = value.dtype.newbyteorder("=").name
    dtype_supported(dtype, name)
    return Array(dtype, value.ndim) if isinstance(value, np.ndarray) else Scalar(dtype)


def as_argument(value: Any, t: Type, copy: bool) -> Any:
    """What compiled code receives: contiguous native arrays (copied if written), Python scalars."""
    if isinstance(t, Array):
        dtype = np.dtype(t.dtype)
        if copy:
            return np.array(value, dtype=dtype, order="C")
        return value if value.dtype == dtype and value.flags.c_contiguous and value.flags.aligned else np.ascontiguousarray(value, dtype)
    return np.dtype(t.dtype).type(value)


def as_result(result: Any, given: Any, t: Type) -> Any:
    """A written scalar in the kind of value that was handed in: Python numbers stay Python numbers."""
    if isinstance(t, Array):
        return result
    if isinstance(given, np.generic):
        return np.dtype(t.dtype).type(result)
    return float(result) if is_float(t) else bool(result) if t == BOOL else int(result)
