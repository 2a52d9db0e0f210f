"""What fixed-point and logarithmic numbers share: a whole number in an int64 stands for a value, scalars and arrays.

A class stands for one number system; its scalars know their raw whole number, its arrays a raw int64 array. Values are
read as float64; what is added to (or multiplied into) a number becomes a whole number first, so that it can be taken
away again to the last bit.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from revbench.errors import ValueOutOfRange, WrongType

LIMIT = 2**63
NO_NUMBER = -2**63                                             # what kernels make of a value that does not fit; no number is that
Raw = NDArray[np.int64]


class Exact:
    """A number that is a whole number in disguise. Immutable; `raw` is that whole number.

    Handing in a list or an array makes an array of numbers.
    """

    dtype: ClassVar[str]
    name: ClassVar[str]                                        # what stands in front of a printed value
    array: ClassVar[type[ExactArray]]
    __slots__ = ("raw",)
    raw: int

    def __new__(cls, value: Any = 0) -> Any:
        if isinstance(value, Exact) and type(value) is cls:
            return value
        if isinstance(value, ExactArray):
            return value.copy() if value.scalar is cls else cls.array.of(cls.raws(np.asarray(value)))
        if isinstance(value, list | tuple | np.ndarray) and np.ndim(value):
            return cls.array.of(_raws_of(cls, value))
        if isinstance(value, bool | str | complex) or not hasattr(value, "__float__"):
            raise WrongType(f"{cls.name} is made of a number, not of {value!r}", hint=f"write `{cls.name}(1.5)` or `{cls.name}([1.5, 2.5])`")
        return cls.from_raw(int(cls.raws(np.float64(value))))

    @classmethod
    def from_raw(cls, raw: int) -> Any:
        """The number with this whole number.

        Raises
        ------
        ValueOutOfRange
            When it does not fit into 64 bits.
        """
        if not -LIMIT < raw < LIMIT:
            raise ValueOutOfRange(f"a {cls.name} cannot hold this result", hint=f"a {cls.name} {cls.range_text()}")
        out = object.__new__(cls)
        object.__setattr__(out, "raw", int(raw))
        return out

    # ---- what a number system says
    @classmethod
    def raws(cls, values: Any) -> Raw:
        """Values (floats) to whole numbers."""
        raise NotImplementedError

    @classmethod
    def values(cls, raw: Any) -> Any:
        """Whole numbers to values (floats)."""
        raise NotImplementedError

    @classmethod
    def range_text(cls) -> str:
        """What it can hold, as the end of a sentence."""
        raise NotImplementedError

    # ---- reading
    def __float__(self) -> float:
        return float(self.values(self.raw))

    def __int__(self) -> int:
        return int(float(self))

    def __bool__(self) -> bool:
        return float(self) != 0.0

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(float(self), dtype or np.float64)

    def __repr__(self) -> str:
        return f"{self.name}({self.shortest()})"

    def shortest(self) -> str:
        """The shortest text of a float that makes this number again; the nearest float's where there is none."""
        value = float(self)
        if math.isfinite(value) and value != 0.0:
            for digits in range(1, 17):
                near = float(f"{value:.{digits}g}")
                with suppress(ValueOutOfRange):
                    if int(self.raws(np.float64(near))) == self.raw:
                        return repr(near)
        return repr(value)

    def __hash__(self) -> int:
        return hash((self.dtype, self.raw)) if math.isinf(value := float(self)) else hash(value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a {self.name} cannot be changed: make a new one")

    def __reduce__(self) -> tuple[Any, ...]:
        return number_from_raw, (self.dtype, self.raw)

    def __copy__(self) -> Exact:
        return self

    def __deepcopy__(self, memo: Any) -> Exact:
        return self

    def __neg__(self) -> Any:
        return -float(self)

    def __abs__(self) -> Any:
        return abs(float(self))

    # ---- comparing: by value, exactly within one system
    def _compare(self, other: Any, how: Callable[[Any, Any], bool]) -> Any:
        if isinstance(other, Exact) and type(other) is type(self):
            return how(self.raw, other.raw)
        if isinstance(other, int | float | np.integer | np.floating | Exact):
            return how(float(self), float(other))
        return NotImplemented

    def __eq__(self, other: object) -> Any:
        return self._compare(other, operator.eq)

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, operator.ge)


def _as_float(x: Any) -> Any:
    return float(x) if isinstance(x, Exact) else x


def _read(op: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """An operator that reads its operands as floats, in both orders."""
    def left(self: Exact, other: Any) -> Any:
        return op(float(self), _as_float(other))

    def right(self: Exact, other: Any) -> Any:
        return op(_as_float(other), float(self))

    return left, right


for _name in ("add", "sub", "mul", "truediv", "pow", "floordiv", "mod"):
    _left, _right = _read(getattr(operator, _name))
    setattr(Exact, f"__{_name}__", _left)
    setattr(Exact, f"__r{_name}__", _right)


class ExactArray:
    """An array of numbers of one system, over a raw int64 array. It shares that array with its slices, as NumPy does."""

    scalar: ClassVar[type[Exact]]
    raw: Raw
    __hash__ = None                                            # type: ignore[assignment]

    @classmethod
    def of(cls, raw: Raw) -> ExactArray:
        """The array over this raw int64 array; it is not copied."""
        out = object.__new__(cls)
        out.raw = np.asarray(raw, np.int64)
        return out

    @property
    def dtype(self) -> type[Exact]:
        """The class of its elements."""
        return self.scalar

    @property
    def shape(self) -> tuple[int, ...]:
        return self.raw.shape

    @property
    def ndim(self) -> int:
        return self.raw.ndim

    @property
    def size(self) -> int:
        return self.raw.size

    @property
    def nbytes(self) -> int:
        return self.raw.nbytes

    @property
    def flags(self) -> Any:
        return self.raw.flags

    def copy(self) -> ExactArray:
        return self.of(self.raw.copy())

    def reshape(self, *shape: Any) -> ExactArray:
        return self.of(self.raw.reshape(*shape))

    def tolist(self) -> Any:
        """Nested lists of floats."""
        return np.asarray(self).tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self.scalar.values(self.raw), dtype or np.float64)

    def __len__(self) -> int:
        return len(self.raw)

    def __getitem__(self, key: Any) -> Any:
        found = self.raw[key]
        return self.of(found) if isinstance(found, np.ndarray) else self.scalar.from_raw(int(found))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, ExactArray | Exact) and (value.scalar if isinstance(value, ExactArray) else type(value)) is self.scalar:
            self.raw[key] = value.raw
        else:
            self.raw[key] = self.scalar.raws(np.asarray(value, np.float64))

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))

    def __eq__(self, other: object) -> Any:
        if isinstance(other, ExactArray | Exact) and (other.scalar if isinstance(other, ExactArray) else type(other)) is self.scalar:
            return self.raw == other.raw
        return np.asarray(self) == np.asarray(other)

    def __repr__(self) -> str:
        name = self.scalar.name
        return f"{name}({np.array2string(np.asarray(self), separator=', ', prefix=name + '(')})"

    def __reduce__(self) -> tuple[Any, ...]:
        return array_from_raw, (self.scalar.dtype, self.raw)

    def __copy__(self) -> ExactArray:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> ExactArray:
        return self.copy()


def _raws_of(cls: type[Exact], values: Any) -> Raw:
    """The whole numbers of a list or array; a list of numbers of this system keeps every bit."""
    flat = np.asarray(values, object) if isinstance(values, list | tuple) else values
    if flat.dtype == object:
        try:
            raw = np.array([v.raw if type(v) is cls else int(cls.raws(np.float64(v))) for v in flat.ravel()], np.int64)
        except (TypeError, ValueError) as problem:
            raise WrongType(f"{cls.name} arrays are made of numbers, in rows of equal length") from problem
        return raw.reshape(flat.shape)
    if flat.dtype.kind not in "iuf":
        raise WrongType(f"{cls.name} arrays are made of real numbers, not of {flat.dtype}", hint=f"write `{cls.name}([1.5, 2.5])`")
    return cls.raws(flat.astype(np.float64))


def rounded(x: Any, name: str, range_text: str, values: Any) -> Raw:
    """Floats that are whole numbers up to rounding, as int64.

    Raises
    ------
    ValueOutOfRange
        When one of them is not finite or does not fit into 64 bits.
    """
    whole = np.rint(x)
    good = np.abs(whole) < float(LIMIT)                        # False for nan
    if not np.all(good):
        worst = float(np.asarray(values, float)[~np.asarray(good)].ravel()[0]) if np.ndim(values) else float(values)
        raise ValueOutOfRange(f"`{worst!r}` is not a value that a {name} can hold", hint=f"a {name} {range_text}")
    return np.asarray(whole).astype(np.int64)


SYSTEMS: dict[str, Callable[[str], type[Exact]]] = {}           # "fixed", "ulog" -> the class for a dtype that begins so


def system(dtype: str) -> type[Exact] | None:
    """The class of a dtype (`fixed43`, `ulog`), None if it is an ordinary one."""
    make = SYSTEMS.get(dtype.rstrip("0123456789"))
    return make(dtype) if make is not None else None


def number_from_raw(dtype: str, raw: int) -> Exact:
    """For pickle: a number from its dtype and whole number."""
    found = system(dtype)
    assert found is not None
    out: Exact = found.from_raw(raw)
    return out


def array_from_raw(dtype: str, raw: Raw) -> ExactArray:
    """For pickle: an array from its dtype and whole numbers."""
    found = system(dtype)
    assert found is not None
    return found.array.of(raw)
