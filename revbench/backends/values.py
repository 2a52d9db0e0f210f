"""Host values <-> typed arguments: what a call accepts, what it copies, what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from revbench.errors import AliasedMemory, ReadOnlyArray, UnsupportedType, WrongType
from revbench.ir.types import BOOL, FLOAT, INT, Array, Scalar, Type, is_complex, is_float, is_number, is_record
from revbench.ir.types import Stack as StackType
from revbench.numerics.exact import Exact, ExactArray, system
from revbench.numerics.stack import Stack
from revbench.rules.typing import dtype_supported, type_of_dtype


def normalise(value: Any, name: str) -> Any:
    """The value as a Python number, NumPy scalar or array; lists become arrays.

    Raises
    ------
    UnsupportedType, WrongType
        When kernels cannot compute with it.
    """
    if isinstance(value, bool | int | float | complex | np.generic | Exact | ExactArray | Stack):
        return value
    if isinstance(value, list | tuple) and (numbers := _of_one_system(value)) is not None:
        return numbers
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
    if isinstance(value, Stack):
        dtype_supported(value.dtype.name, name)
        return StackType(value.dtype.name)
    if isinstance(value, int) and not isinstance(value, np.generic):
        if not -2**63 <= value < 2**64:
            raise UnsupportedType(f"`{name}` = {value} does not fit into 64 bits")
        return Scalar(INT.dtype, True) if value < 2**63 else Scalar("uint64")
    if isinstance(value, float) and not isinstance(value, np.generic):
        return Scalar(FLOAT.dtype, True)
    if isinstance(value, complex) and not isinstance(value, np.generic):
        return Scalar("complex128", True)
    if isinstance(value, Exact):
        return Scalar(value.dtype)
    if isinstance(value, ExactArray):
        return Array(value.scalar.dtype, value.ndim)
    dtype = type_of_dtype(value.dtype, name)
    return Array(dtype, value.ndim) if isinstance(value, np.ndarray) else Scalar(dtype)


def as_argument(value: Any, t: Type, copy: bool) -> Any:
    """What `Layout` receives: contiguous native arrays (copied if written), NumPy scalars."""
    return argument(t, copy)(value)


@cache
def argument(t: Type, copy: bool) -> Callable[[Any], Any]:
    """`as_argument` for a type."""
    if isinstance(t, StackType) or is_record(t):
        return lambda value: value.copy() if copy else value
    if is_number(t):                                                # as whole numbers
        whole, numbers = argument(replace(t, dtype="int64"), copy), system(t.dtype)
        return lambda value: whole(value.raw if isinstance(value, Exact | ExactArray) else numbers(value).raw)       # type: ignore[misc]
    dtype = np.dtype(t.dtype)
    if not isinstance(t, Array):
        return lambda value: dtype.type(float(value) if isinstance(value, Exact) else value)
    if copy:
        return lambda value: np.array(value, dtype=dtype, order="C")

    def as_it_is(value: Any) -> Any:
        value = np.asarray(value)
        flags = value.flags
        return value if value.dtype == dtype and flags.c_contiguous and flags.aligned else np.ascontiguousarray(value, dtype)

    return as_it_is


def memory_of(value: Any) -> Any:
    """The NumPy array that an argument lives in, if it is an array."""
    return value.raw if isinstance(value, ExactArray) else value


def _of_one_system(values: Any) -> ExactArray | None:
    """A list of fixed-point or logarithmic numbers as an array of them."""
    first = values
    while isinstance(first, list | tuple) and len(first):
        first = first[0]
    return type(first)(values) if isinstance(first, Exact) else None


def as_result(found: Any, given: Any, t: Type) -> Any:
    """A written scalar in the kind of value that was handed in: Python numbers stay Python numbers."""
    return result(t)(found, given)


@cache
def result(t: Type) -> Callable[[Any, Any], Any]:
    """`as_result` for a type."""
    if is_number(t):
        numbers = system(t.dtype)
        assert numbers is not None
        return lambda found, given: numbers.array.of(found) if isinstance(t, Array) else numbers.from_raw(int(found))
    if isinstance(t, Array | StackType) or is_record(t):
        return lambda found, given: found
    own, python = np.dtype(t.dtype).type, complex if is_complex(t) else float if is_float(t) else bool if t == BOOL else int
    return lambda found, given: own(found) if isinstance(given, np.generic) else python(found)


def refuse_aliases(kernel: str, values: Sequence[tuple[str, Any]], written: Iterable[int]) -> None:
    """Memory that the kernel writes must be writable, and nobody else's: `values` are the names and the memory of all its parameters.

    Raises
    ------
    AliasedMemory
    ReadOnlyArray
    """
    for k in written:
        name, a = values[k]
        if not isinstance(a, np.ndarray):
            continue
        if not a.flags.writeable:
            raise ReadOnlyArray(f"`{name}` is read-only, and `{kernel}` writes it", hint="hand in a copy, or call without `.inplace`")
        for j, (other, b) in enumerate(values):
            if j != k and isinstance(b, np.ndarray) and np.shares_memory(a, b):
                raise AliasedMemory(f"`{name}` and `{other}` share memory, and `{kernel}` writes `{name}`", hint=f"hand in `{other}.copy()`")
