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
COMPLEX = ("complex64", "complex128")
DTYPES = ("bool", *INTS, *UINTS, *FLOATS)                 # what back ends compute with; the others are taken apart before
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


_KINDS = {dtype: letter for letter, dtypes in (("b", ("bool",)), ("f", FLOATS), ("c", COMPLEX), ("l", (ULOG,)), ("x", FIXED)) for dtype in dtypes}


def kind(dtype: str) -> str:
    """`b`, `i` or `f`; `c` for complex numbers, `r` for records, `x` for fixed point, `l` for logarithmic numbers."""
    return _KINDS.get(dtype) or ("r" if dtype.startswith("{") else "i")


def fields_of(dtype: str) -> dict[str, str]:
    """The fields of a record and their dtypes; of a complex number, its parts."""
    if kind(dtype) == "c":
        return dict.fromkeys(("real", "imag"), part_of(dtype))
    if kind(dtype) != "r":
        return {}
    names, dtypes = zip(*(f.split(": ") for f in dtype[1:-1].split(", ")), strict=True)
    return dict(zip(names, dtypes, strict=True))


def record_of(fields: dict[str, str]) -> str:
    """The dtype of a record with these fields."""
    return f"{{{', '.join(f'{name}: {dtype}' for name, dtype in fields.items())}}}"


def part_of(dtype: str) -> str:
    """The dtype of a complex number's parts."""
    return f"float{bits(dtype) // 2}"


def is_complex(t: Type) -> bool:
    return t.dtype in COMPLEX


def is_record(t: Type) -> bool:
    return t.dtype.startswith("{")


def complex_of(t: Scalar) -> Scalar:
    """The complex type with parts of type `t`."""
    part = as_float(t)
    return t if is_complex(t) else Scalar(f"complex{2 * bits(part.dtype)}", part.weak)


def real_of(t: Scalar) -> Scalar:
    """The type of `abs(t)`: of the parts, if `t` is complex."""
    return Scalar(part_of(t.dtype), t.weak) if is_complex(t) else t


def is_float(t: Type) -> bool:
    return t.dtype in FLOATS


def is_number(t: Type) -> bool:
    """Of a number system: a whole number in memory, a float64 when it is read."""
    return kind(t.dtype) in "xl"


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
    return 1 if dtype == "bool" else int(dtype.lstrip("uintflocmpexa"))


def join(a: Scalar, b: Scalar) -> Scalar:
    """The type of `a + b`: weak gives way to declared; declared widths meet as in NumPy."""
    if a == b:
        return a
    a, b = valued(a), valued(b)
    if a == b:
        return a
    if is_complex(a) or is_complex(b):
        return complex_of(join(real_of(a), real_of(b)))
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
    return t if is_float(t) or is_complex(t) else Scalar("float64", t.weak)


def fits(value: Scalar, place: str) -> bool:
    """May `place += value` be written without a cast? Never narrowing, and never a fraction into an int."""
    have, want = kind(valued(value).dtype), kind(place)
    if want in "xl":
        return have not in "bc"
    if want == "c":
        return fits(real_of(value), part_of(place))
    if have == "c":
        return False
    if have == "f" and want != "f":
        return False
    if have == "b" or value.weak:
        return True
    if have == want == "f":
        return bits(valued(value).dtype) <= bits(place)
    if have == want == "i":
        return value.dtype[0] == place[0] and bits(value.dtype) <= bits(place)
    return True


def leaves(t: Type) -> list[tuple[str, Type]]:
    """What a register of type `t` is made of: (ending of the name, type) of each register of the program without records and complex numbers.

    A complex number is two floats, a complex array a float array with one more axis of length 2, a record one register per field.
    """
    if is_record(t):
        return [("_".join(filter(None, (f, ending))), leaf) for f, dtype in fields_of(t.dtype).items() for ending, leaf in leaves(replace(t, dtype=dtype))]
    if not is_complex(t):
        return [("", t)]
    if isinstance(t, Array):
        return [("", Array(part_of(t.dtype), t.ndim + 1))]
    return [(ending, Scalar(part_of(t.dtype), t.weak)) for ending in ("re", "im")]
