"""Fixed point: a whole number of steps of 2**-bits in an int64. Addition is exact, and so is taking it back."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from revbench.errors import WrongArguments
from revbench.ir.types import spelled

from .exact import SYSTEMS, Exact, ExactArray, Raw, rounded

MOST_BITS = 62
REST = """

    Called with a number it makes one, with a list or an array an array of them (its `raw` is the int64 array). Sums with
    numbers of the same type are exact; `p += e` with a float rounds `e` to the grid once, so that `p -= e` brings back every
    bit. Everything else reads the number as a float.
    """


class Fixed(Exact):
    """A fixed-point number; `fixed(bits)` makes the type with that many fraction bits."""

    bits = 0
    __slots__ = ()

    @classmethod
    def raws(cls, values: Any) -> Raw:
        with np.errstate(over="ignore", invalid="ignore"):
            return rounded(np.ldexp(np.asarray(values, np.float64), cls.bits), cls.name, cls.range_text(), values)

    @classmethod
    def values(cls, raw: Any) -> Any:
        return np.ldexp(np.asarray(raw).astype(np.float64), -cls.bits)

    @classmethod
    def range_text(cls) -> str:
        return f"holds numbers between -2**{63 - cls.bits} and 2**{63 - cls.bits}, in steps of 2**-{cls.bits}"

    def __iadd__(self, other: Any) -> Any:
        return self.from_raw(self.raw + type(self)(other).raw)

    def __isub__(self, other: Any) -> Any:
        return self.from_raw(self.raw - type(self)(other).raw)

    def __add__(self, other: Any) -> Any:
        return self.from_raw(self.raw + other.raw) if type(other) is type(self) else float(self) + _read(other)

    def __sub__(self, other: Any) -> Any:
        return self.from_raw(self.raw - other.raw) if type(other) is type(self) else float(self) - _read(other)

    def __neg__(self) -> Any:
        return self.from_raw(-self.raw)

    def __abs__(self) -> Any:
        return self.from_raw(abs(self.raw))


def _read(x: Any) -> Any:
    return float(x) if isinstance(x, Exact) else x


@cache
def fixed(bits: int) -> type[Fixed]:
    """The type of fixed-point numbers with `bits` fraction bits, in an int64.

    Parameters
    ----------
    bits : int
        1 to 62. The range is -2**(63 - bits) to 2**(63 - bits), the resolution 2**-bits.

    Returns
    -------
    type
        Called with a number it makes one, with a list or array an array of them.

    Raises
    ------
    WrongArguments
        When `bits` is not between 1 and 62.

    Examples
    --------
    >>> Cents = fixed(20)
    >>> Cents(1.25), Cents([0.5, 2.0])
    (Fixed20(1.25), Fixed20([0.5, 2. ]))
    >>> fixed(43) is Fixed43
    True
    """
    if type(bits) is not int or not 1 <= bits <= MOST_BITS:
        raise WrongArguments(f"a fixed-point number has 1 to {MOST_BITS} fraction bits, not `{bits!r}`", hint="write `fixed(43)`")
    dtype = f"fixed{bits}"
    name = spelled(dtype)
    doc = f"""A fixed-point number in an int64: a whole number of steps of 2**-{bits}.{REST}"""
    scalar: type[Fixed] = type(name, (Fixed,), {"__slots__": (), "bits": bits, "dtype": dtype, "name": name, "__module__": __name__, "__doc__": doc})
    scalar.array = type(f"{name}Array", (ExactArray,), {"scalar": scalar, "__module__": __name__})
    return scalar


SYSTEMS["fixed"] = lambda dtype: fixed(int(dtype.removeprefix("fixed")))


Fixed43 = fixed(43)
