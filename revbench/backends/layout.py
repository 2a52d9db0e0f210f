"""Registers of the host and registers of the lowered program: complex numbers and records are several of the latter.

A complex array and its float array with one more axis are the same memory; what is split into copies (records) or into
scalars is put together again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from revbench.ir.types import Array, Scalar, Type, fields_of, is_complex, is_real, is_record, leaves, part_of, valued
from revbench.ir.types import Stack as StackType
from revbench.numerics.stack import Stack

from .values import result


class Layout:
    """How values of these types are handed to a lowered program, and what comes back.

    Attributes
    ----------
    flat : list of Type
        The types of the lowered registers.
    plain : bool
        Whether there is nothing to split.
    """

    def __init__(self, types: Sequence[Type]) -> None:
        self.types = tuple(types)
        self.leaves = [leaves(t) for t in types]
        self.starts = [sum(map(len, self.leaves[:k])) for k in range(len(self.leaves))]
        self.flat = [t for own in self.leaves for _, t in own]
        self.plain = not any(is_complex(t) or is_record(t) for t in types)
        self._floats = [[at for at, (_, t) in zip(self.positions(k), own, strict=True) if is_real(t)] for k, own in enumerate(self.leaves)]
        self._backs = [None if is_record(t) else result(valued(t)) for t in types]

    def positions(self, k: int) -> range:
        """The registers that register `k` of the host became."""
        return range(self.starts[k], self.starts[k] + len(self.leaves[k]))

    def floats(self, k: int) -> list[int]:
        """Those of them that have derivatives."""
        return self._floats[k]

    def scalar(self, k: int, field: str) -> tuple[int, Type] | None:
        """One of them: a field of a record, a part of a complex number (`field` empty: register `k` itself)."""
        ending = {"real": "re", "imag": "im"}.get(field, field) if is_complex(self.types[k]) else field
        return next(((at, t) for at, (e, t) in zip(self.positions(k), self.leaves[k], strict=True) if e == ending), None)

    # ---- values
    def split(self, values: Sequence[Any]) -> list[Any]:
        """Prepared values of the host -> values of the lowered registers."""
        return list(values) if self.plain else [part for v, t in zip(values, self.types, strict=True) for part in split(v, t)]

    def join(self, parts: Sequence[Any], like: Sequence[Any]) -> list[Any]:
        """The other way; `like` are the host's values, whose memory and dtypes the results have."""
        if self.plain:
            return list(parts)
        return [joined([parts[at] for at in self.positions(k)], like[k], t) for k, t in enumerate(self.types)]

    # ---- derivatives
    def cotangent(self, k: int, found: Mapping[int, Any], zero: Callable[[int], Any], given: Any) -> Any:
        """What register `k` of the host gets, from what the lowered registers got (`zero(at)` where nothing was found).

        Complex for a complex number; for a record, a record of the fields that have derivatives.
        """
        t, back, parts = self.types[k], self._backs[k], [found[at] if at in found else zero(at) for at in self._floats[k]]
        if back is not None:
            return back(parts[0] if self.plain else together(parts, t), given)
        return recorded(parts, t, moving(t))

    def direction(self, k: int, given: Any) -> list[Any]:
        """The other way: a direction in which register `k` moves, in the form of its cotangent."""
        t = self.types[k]
        if not is_record(t):
            return split(converted(given, valued(t)), valued(t))
        return [part for f, d in moving(t).items() for part in split(converted(given[f], of_field(t, d)), of_field(t, d))]


@lru_cache(512)
def layout_of(types: tuple[Type, ...]) -> Layout:
    """The layout of values of these types, made once."""
    return Layout(types)


def moving(t: Type) -> dict[str, str]:
    """The fields of a record that have derivatives."""
    return {f: d for f, d in fields_of(t.dtype).items() if is_real(Scalar(d)) or is_complex(Scalar(d))}


def converted(value: Any, t: Type) -> Any:
    if isinstance(t, StackType):
        return Stack(value)
    return np.array(value, dtype=t.dtype, order="C") if isinstance(t, Array) else np.dtype(t.dtype).type(value)


def of_field(t: Type, dtype: str) -> Type:
    return Array(dtype, t.ndim) if isinstance(t, Array) else Scalar(dtype)


def split(value: Any, t: Type) -> list[Any]:
    """The parts of one prepared value."""
    if is_record(t):
        return [part for f, d in fields_of(t.dtype).items() for part in split(converted(value[f], of_field(t, d)), of_field(t, d))]
    if not is_complex(t):
        return [value]
    if isinstance(t, Array):
        return [value.reshape(-1).view(part_of(t.dtype)).reshape(*value.shape, 2)]
    part_type = np.dtype(part_of(t.dtype)).type
    return [part_type(value.real), part_type(value.imag)]


def joined(parts: Sequence[Any], like: Any, t: Type) -> Any:
    """The value that these are the parts of; complex arrays are where they were."""
    if is_record(t):
        made, out = together(parts, t), like.copy()
        for f in fields_of(t.dtype):
            out[f] = made[f]
        return out
    return like if is_complex(t) and isinstance(t, Array) else together(parts, t)


def together(parts: Sequence[Any], t: Type) -> Any:
    """A number, a record, or an array of them, from its parts."""
    if is_record(t):
        return recorded(parts, t, fields_of(t.dtype))
    if not is_complex(t):
        return parts[0]
    if isinstance(t, Array):
        return np.ascontiguousarray(parts[0]).reshape(-1).view(t.dtype).reshape(parts[0].shape[:-1])
    return np.dtype(t.dtype).type(complex(parts[0], parts[1]))


def recorded(parts: Sequence[Any], t: Type, fields: Mapping[str, str]) -> Any:
    """A record with these fields, or an array of them, from the parts of all of them."""
    found, left = {}, list(parts)
    for f, d in fields.items():
        inner = of_field(t, d)
        mine, left = left[:len(leaves(inner))], left[len(leaves(inner)):]
        found[f] = together(mine, inner)
    out = np.zeros(np.shape(next(iter(found.values()))), list(fields.items()))
    for f, value in found.items():
        out[f] = value
    return out if isinstance(t, Array) else out[()]
