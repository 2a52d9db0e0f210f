"""Logarithmic numbers: a positive number by its natural logarithm, which is kept in fixed point. Products are exact."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from revbench.errors import ValueOutOfRange
from revbench.ir.types import ULOG, ULOG_BITS

from .exact import SYSTEMS, Exact, ExactArray, Raw, rounded

SCALE = 2.0**ULOG_BITS


class ULog(Exact):
    """A positive number whose natural logarithm is kept in fixed point, in an int64 with 48 fraction bits.

    Called with a number it makes one, with a list or an array an array of them (its `raw` is the int64 array). The range
    is exp(-32768) to exp(32768), about 10**-14231 to 10**14231, far beyond floats; the relative resolution is 2**-48, about
    3.6e-15. Products, quotients and whole powers of two ULog numbers are whole-number sums: exact, and exactly undone.
    Everything else reads the number as a float.

    Attributes
    ----------
    log : float
        Its natural logarithm.

    Raises
    ------
    ValueOutOfRange
        For zero, negative numbers, infinity and NaN.

    Examples
    --------
    >>> u = ULog(2.0) * ULog(8.0)
    >>> round(float(u), 9), u / ULog(8.0) == ULog(2.0)
    (16.0, True)
    >>> ULog([1.0, 4.0])
    ULog([1., 4.])
    """

    dtype, name = ULOG, "ULog"
    __slots__ = ()

    @classmethod
    def raws(cls, values: Any) -> Raw:
        x = np.asarray(values, np.float64)
        if not np.all(x > 0.0):
            worst = float(x[~(x > 0.0)].ravel()[0]) if x.ndim else float(x)
            raise ValueOutOfRange(f"`{worst!r}` has no logarithm, so a ULog cannot hold it", hint=f"a ULog {cls.range_text()}")
        with np.errstate(over="ignore"):
            logs = np.array([math.log(v) for v in x.flat]).reshape(x.shape)         # not np.log: the last bit must be the one that kernels have
            return rounded(logs * SCALE, cls.name, cls.range_text(), values)

    @classmethod
    def values(cls, raw: Any) -> Any:
        with np.errstate(over="ignore", under="ignore"):
            return np.exp(np.asarray(raw).astype(np.float64) / SCALE)

    @classmethod
    def range_text(cls) -> str:
        return "holds positive numbers between exp(-32768) and exp(32768)"

    @property
    def log(self) -> float:
        return self.raw / SCALE

    def __repr__(self) -> str:
        value = float(self)
        return f"ULog({self.shortest()})" if 0.0 < value < math.inf else f"<ULog exp({self.log!r})>"

    def __mul__(self, other: Any) -> Any:
        return self.from_raw(self.raw + other.raw) if isinstance(other, ULog) else float(self) * other

    def __truediv__(self, other: Any) -> Any:
        return self.from_raw(self.raw - other.raw) if isinstance(other, ULog) else float(self) / other

    def __pow__(self, other: Any) -> Any:
        return self.from_raw(self.raw * int(other)) if isinstance(other, int | np.integer) else float(self) ** other

    def __imul__(self, other: Any) -> Any:
        return self.from_raw(self.raw + ULog(other).raw)

    def __itruediv__(self, other: Any) -> Any:
        return self.from_raw(self.raw - ULog(other).raw)


class ULogArray(ExactArray):
    """An array of logarithmic numbers, over a raw int64 array."""

    scalar = ULog


ULog.array = ULogArray
SYSTEMS[ULOG] = lambda dtype: ULog
