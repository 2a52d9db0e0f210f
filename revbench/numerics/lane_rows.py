"""Rows of arrays and lanes: some neighbouring elements of N rows at once, as N lanes each, turned over in registers.

For turns that compute with numbers only: their many locals fill one vector register each (N lanes), for there are enough of them to
hide every latency. Element `j` of lane `k` lies at `row * stride + start + j` with `row` the lane's own: one of lanes, or the first of
N that follow one another. Nothing is tested, nothing wraps around.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from llvmlite import ir
from numba import types as numba_types
from numba.extending import intrinsic

from .lane_memory import I32, I64, address, contents, narrowed, vector_pointer, widened
from .lane_width import NARROW
from .lanes import LanesType, dtype_of, vector_of

types: Any = numba_types                                    # Numba's own annotations lag behind what its types have


@intrinsic(prefer_literal=True)
def rows(typing: Any, array: Any, row: Any, stride: Any, start: Any, n: Any) -> Any:
    """`n` lanes: elements 0, 1, ... n - 1 of every row."""
    t = contents(array, NARROW)
    if t is None or not isinstance(n, types.IntegerLiteral) or not whole(row):
        return None
    back = types.UniTuple(t, n.literal_value)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        found: list[Any] = []
        for first, m in pieces(n.literal_value, array):
            at = places(context, builder, array, args[:4], first)
            many = piled(builder, at) if m == 1 and alike(array, row) else turned_in(builder, at, m)
            found += [widened(builder, v, array.dtype, lambda element: ir.VectorType(element, NARROW)) for v in many]
        return context.make_tuple(builder, back, found)

    return back(array, row if isinstance(row, LanesType) else types.int64, types.int64, types.int64, n), code


@intrinsic
def put_rows(typing: Any, array: Any, row: Any, stride: Any, start: Any, values: Any) -> Any:
    """Elements 0, 1, ... of every row become these lanes."""
    t = contents(array, NARROW)
    if t is None or not isinstance(values, types.UniTuple) or values.dtype != t or not whole(row):
        return None

    def code(context: Any, builder: Any, sig: Any, args: Any) -> None:
        kept = ir.VectorType(context.get_data_type(array.dtype), NARROW)
        given = [narrowed(builder, builder.extract_value(args[4], k), array.dtype, kept) for k in range(values.count)]
        for first, m in pieces(values.count, array):
            at = places(context, builder, array, args[:4], first)
            if m == 1 and alike(array, row):
                to, _ = vector_pointer(builder, at[0], NARROW)
                builder.store(given[first], to, align=1)
            else:
                turned_out(builder, at, given[first:first + m])

    return types.void(array, row if isinstance(row, LanesType) else types.int64, types.int64, types.int64, values), code


@intrinsic
def narrow(typing: Any, value: Any) -> Any:
    """N lanes that all hold this scalar; lanes as they are."""
    dtype = dtype_of(value)
    t = LanesType(dtype, NARROW) if dtype else None
    return (t(t), lambda context, builder, sig, args: args[0]) if t else None


@intrinsic
def narrow_numbers(typing: Any) -> Any:
    """0, 1, ... N - 1."""
    return LanesType("int64", NARROW)(), lambda context, builder, sig, args: ir.Constant(vector_of("int64", NARROW), list(range(NARROW)))


# ---- where things lie
def whole(row: Any) -> bool:
    return isinstance(row, types.Integer) or (isinstance(row, LanesType) and row.dtype == "int64" and row.width == NARROW)


def alike(array: Any, row: Any) -> bool:
    """Whether the elements of rows that follow one another do so, too."""
    return bool(array.ndim == 1 and not isinstance(row, LanesType))


def pieces(n: int, array: Any) -> Iterator[tuple[int, int]]:
    """How `n` elements are cut into pieces that are moved at once: the first one's number, and how many."""
    at = 0
    while at < n:
        m = next(m for m in (4, 2, 1) if at + m <= n and (m == 1 or (array.dtype == types.float64 and m <= NARROW)))
        yield at, m
        at += m


def places(context: Any, builder: Any, array: Any, args: Sequence[Any], first: int) -> list[Any]:
    """The address of element `first` of every row."""
    data, row, stride, start = args
    out = []
    for k in range(NARROW):
        number = ir.Constant(I64, k)
        here = builder.extract_element(row, number) if isinstance(row.type, ir.VectorType) else builder.add(row, number) if k else row
        at = builder.add(builder.mul(here, stride), builder.add(start, ir.Constant(I64, first)))
        out.append(address(context, builder, array, data, at))
    return out


# ---- rows into lanes, lanes into rows
def shuffled(builder: Any, a: Any, b: Any, order: Sequence[int]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(I32, len(order)), list(order)))


def loaded(builder: Any, at: Any, m: int) -> Any:
    to, _ = vector_pointer(builder, at, m)
    return builder.load(to, align=1)


def piled(builder: Any, at: Sequence[Any]) -> list[Any]:
    """One element of every row, where they lie side by side."""
    return [loaded(builder, at[0], NARROW)]


def turned_in(builder: Any, at: Sequence[Any], m: int) -> list[Any]:
    """`m` neighbours of every row, as `m` lanes."""
    if m == 4:
        blocks = [crossed(builder, [loaded(builder, p, 4) for p in at[k:k + 4]]) for k in range(0, NARROW, 4)]
        return [joined(builder, [b[j] for b in blocks]) for j in range(4)]
    found = [loaded(builder, p, m) if m > 1 else builder.load(p) for p in at]
    out = []
    for j in range(m):
        one: Any = None
        for k, v in enumerate(found):
            element = builder.extract_element(v, ir.Constant(I32, j)) if m > 1 else v
            one = ir.Constant(ir.VectorType(element.type, NARROW), ir.Undefined) if one is None else one
            one = builder.insert_element(one, element, ir.Constant(I32, k))
        out.append(one)
    return out


def turned_out(builder: Any, at: Sequence[Any], values: Sequence[Any]) -> None:
    """The inverse of `turned_in`."""
    m = len(values)
    if m == 1:
        for k, p in enumerate(at):
            builder.store(builder.extract_element(values[0], ir.Constant(I32, k)), p)
        return
    for k in range(0, NARROW, m):
        quarter = [shuffled(builder, v, v, range(k, k + m)) for v in values]
        turned = crossed(builder, quarter) if m == 4 else [shuffled(builder, quarter[0], quarter[1], (j, 2 + j)) for j in range(2)]
        for p, v in zip(at[k:k + m], turned, strict=True):
            to, _ = vector_pointer(builder, p, m)
            builder.store(v, to, align=1)


def crossed(builder: Any, r: Sequence[Any]) -> list[Any]:
    """Four by four, rows and columns exchanged: its own inverse."""
    low = [shuffled(builder, r[k], r[k + 1], (0, 4, 2, 6)) for k in (0, 2)]
    high = [shuffled(builder, r[k], r[k + 1], (1, 5, 3, 7)) for k in (0, 2)]
    return [shuffled(builder, a, b, half) for half in ((0, 1, 4, 5), (2, 3, 6, 7)) for a, b in (low, high)]


def joined(builder: Any, parts: Sequence[Any]) -> Any:
    """One vector, or two one after the other."""
    return parts[0] if len(parts) == 1 else shuffled(builder, parts[0], parts[1], range(2 * parts[0].type.count))
