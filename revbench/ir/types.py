"""Scalars and arrays, and how types meet.

Number systems (fixed point `fixed43`, logarithmic `ulog`) are places only: in an expression their values are float64.
Literals, loop variables and Python numbers handed in as read-only arguments are *weak*: beside a declared
width they take it. Two declared widths meet as NumPy has it (in expressions); an update never narrows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

FLOATS = ("float32", "float64")
INTS = ("int8", "int16", "int32", "int64")
UINTS = ("uint8", "uint16", "uint32", "uint64")
DTYPES = ("bool", *INTS, *UINTS, *FLOATS)
FIXED = tuple(f"fixed{n}" for n in range(1, 63))          # that many fraction bits, in an int64
ULOG, ULOG_BITS = "ulog", 48                              # the logarithm of a positive number, with so many fraction bits
NUMBERS = (*FIXED, ULOG)


@dataclass(frozen=True, slots=True)
class Scalar:
    dtype: str
    weak: bool = False

    def __str__(self) -> str:
        return spelled(self.dtype)


@dataclass(frozen=True, slots=True)
class Array:
    dtype: str
    ndim: int
    weak: bool = False                                   # only while types are inferred: nothing has said yet how wide it is

    def __str__(self) -> str:
        return f"{spelled(self.dtype)}[{', '.join(':' * self.ndim)}]"


@dataclass(frozen=True, slots=True)
class Stack:
    dtype: str
    weak: bool = False                                   # only while types are inferred: nothing has been pushed yet that says it

    def __str__(self) -> str:
        return f"stack of {spelled(self.dtype)}"


Type = Scalar | Array | Stack
AnyType = TypeVar("AnyType", Scalar, Array, Type)
BOOL, INT, FLOAT = Scalar("bool"), Scalar("int64"), Scalar("float64")
WEAK_INT, WEAK_FLOAT = Scalar("int64", True), Scalar("float64", True)


def kind(dtype: str) -> str:
    """`b`, `i` or `f`; `x` for fixed point, `l` for logarithmic numbers."""
    return "b" if dtype == "bool" else "f" if dtype in FLOATS else "l" if dtype == ULOG else "x" if dtype in FIXED else "i"


def is_float(t: Type) -> bool:
    return t.dtype in FLOATS


def is_number(t: Type) -> bool:
    """Of a number system: a whole number in memory, a float64 when it is read."""
    return t.dtype in NUMBERS


def is_real(t: Type) -> bool:
    """Something that there are derivatives with respect to."""
    return is_float(t) or is_number(t)


def valued(t: AnyType) -> AnyType:
    """The type of what is read there: float64 for a number system. Cotangents and tangents have it too."""
    return replace(t, dtype="float64") if is_number(t) else t


def fraction_bits(dtype: str) -> int:
    """Of a fixed-point number, or of a logarithm."""
    return ULOG_BITS if dtype == ULOG else int(dtype.removeprefix("fixed"))


def spelled(dtype: str) -> str:
    """A dtype as kernels write it."""
    return "ULog" if dtype == ULOG else dtype.capitalize() if dtype in FIXED else dtype


def bits(dtype: str) -> int:
    return 1 if dtype == "bool" else int(dtype.lstrip("uintfloa"))


def join(a: Scalar, b: Scalar) -> Scalar:
    """The type of `a + b`: weak gives way to declared; declared widths meet as in NumPy."""
    if a == b:
        return a
    a, b = valued(a), valued(b)
    if a == b:
        return a
    ka, kb = "bif".index(kind(a.dtype)), "bif".index(kind(b.dtype))
    low, high = (a, b) if ka < kb else (b, a)
    if ka != kb:
        if low.weak or kind(low.dtype) == "b":
            return high
        if high.weak or high.dtype == "float64":        # an int array times 0.5
            return Scalar("float64", False)
        return Scalar("float64" if bits(low.dtype) > 16 else "float32")
    if a.weak != b.weak:
        return b if a.weak else a
    if a.dtype[0] != b.dtype[0]:                        # int and uint: the next int that holds both
        u, i = (a, b) if a.dtype[0] == "u" else (b, a)
        need = max(2 * bits(u.dtype), bits(i.dtype))
        return Scalar(f"int{need}") if need <= 64 else Scalar("float64")
    return a if bits(a.dtype) > bits(b.dtype) else b


def as_float(t: Scalar) -> Scalar:
    """The type of `sqrt(t)` and of `t / t`."""
    return t if is_float(t) else Scalar("float64", t.weak)


def fits(value: Scalar, place: str) -> bool:
    """May `place += value` be written without a cast? Never narrowing, and never a fraction into an int."""
    have, want = kind(valued(value).dtype), kind(place)
    if want in "xl":
        return have != "b"
    if have == "f" and want != "f":
        return False
    if have == "b" or value.weak:
        return True
    if have == want == "f":
        return bits(valued(value).dtype) <= bits(place)
    if have == want == "i":
        return value.dtype[0] == place[0] and bits(value.dtype) <= bits(place)
    return True
