"""Lanes to and from memory, from lanes to scalars, and choice by mask: for generated code, which knows its offsets.

Offsets are flat and count elements. Nothing is tested, nothing wraps around: `store(a, 5, v)` writes a.flat[5], a.flat[6], ...
Arrays of float32 are read as float64 and rounded when written, narrow integers likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from llvmlite import ir
from numba import types as numba_types
from numba.core import cgutils
from numba.extending import intrinsic

from .lane_operators import joined
from .lane_width import WIDTH
from .lanes import ELEMENT, LanesType, dtype_of, llvm_function, vector_of

types: Any = numba_types                                    # Numba's own annotations lag behind what its types have
I64, I32 = ir.IntType(64), ir.IntType(32)


# ---- arrays
def contents(array: Any, width: int = WIDTH) -> Any:
    """The type of lanes that an array's elements are read as; None for other elements."""
    dtype = dtype_of(array.dtype) if isinstance(array, types.Array) and array.layout == "C" else None
    return LanesType(dtype, width) if dtype else None


def address(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    """Where element `offset` lies."""
    data = cgutils.create_struct_proxy(array_type)(context, builder, value=array).data
    return builder.gep(data, [offset], inbounds=True)


def widened(builder: Any, value: Any, element: Any, many: Callable[[Any], Any]) -> Any:
    """What was loaded (elements of type `element`), as float64, int64 or a mask."""
    if element == types.boolean:
        return builder.icmp_unsigned("!=", value, ir.Constant(value.type, None))
    if element == types.float32:
        return builder.fpext(value, many(ELEMENT["float64"]))
    if isinstance(element, types.Integer) and element.bitwidth < 64:
        return (builder.sext if element.signed else builder.zext)(value, many(I64))
    return value


def narrowed(builder: Any, value: Any, element: Any, t: Any) -> Any:
    """The inverse of `widened`, with rounding or wrapping; `t` is LLVM's type of what is stored."""
    if element == types.float32:
        return builder.fptrunc(value, t)
    if element == types.boolean:
        return builder.zext(value, t)
    return builder.trunc(value, t) if isinstance(element, types.Integer) and element.bitwidth < 64 else value


def vector_pointer(builder: Any, pointer: Any, width: int) -> tuple[Any, Any]:
    """The same address as that of a vector, and the type of that vector."""
    t = ir.VectorType(pointer.type.pointee, width)
    return builder.bitcast(pointer, t.as_pointer()), t


def many(width: int) -> Callable[[Any], Any]:
    return lambda element: ir.VectorType(element, width)


@intrinsic
def load(typing: Any, array: Any, offset: Any) -> Any:
    """W elements from `offset` on."""
    t = contents(array)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        at, _ = vector_pointer(builder, address(context, builder, array, args[0], args[1]), t.width)
        return widened(builder, builder.load(at, align=at.type.pointee.element.get_abi_size(context.target_data)), array.dtype, many(t.width))

    return (t(array, types.int64), code) if t and isinstance(offset, types.Integer) else None


@intrinsic
def store(typing: Any, array: Any, offset: Any, value: Any) -> Any:
    """W elements from `offset` on become `value`."""
    t = contents(array)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> None:
        at, kind = vector_pointer(builder, address(context, builder, array, args[0], args[1]), t.width)
        builder.store(narrowed(builder, args[2], array.dtype, kind), at, align=kind.element.get_abi_size(context.target_data))

    return (types.void(array, types.int64, t), code) if t and t.can_convert_from(typing, value) is not None else None


def one_by_one(builder: Any, offset: Any, stride: Any, width: int) -> Iterator[tuple[Any, Any]]:
    """Numbers of the lanes, and the offset of each one's element."""
    for k in range(width):
        yield ir.Constant(I32, k), offset if k == 0 else builder.add(offset, builder.mul(stride, ir.Constant(I64, k)))


@intrinsic
def gather(typing: Any, array: Any, offset: Any, stride: Any) -> Any:
    """The elements at `offset`, `offset + stride`, ..."""
    t = contents(array)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        out = None
        for k, at in one_by_one(builder, args[1], args[2], t.width):
            one = builder.load(address(context, builder, array, args[0], at))
            out = ir.Constant(ir.VectorType(one.type, t.width), ir.Undefined) if out is None else out
            out = builder.insert_element(out, one, k)
        return widened(builder, out, array.dtype, many(t.width))

    return (t(array, types.int64, types.int64), code) if t and isinstance(offset, types.Integer) and isinstance(stride, types.Integer) else None


@intrinsic
def scatter(typing: Any, array: Any, offset: Any, stride: Any, value: Any) -> Any:
    """The elements at `offset`, `offset + stride`, ... become `value`."""
    t = contents(array)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> None:
        stored = narrowed(builder, args[3], array.dtype, ir.VectorType(context.get_data_type(array.dtype), t.width))
        for k, at in one_by_one(builder, args[1], args[2], t.width):
            builder.store(builder.extract_element(stored, k), address(context, builder, array, args[0], at))

    return (types.void(array, types.int64, types.int64, t), code) if t and t.can_convert_from(typing, value) is not None else None


@intrinsic
def gather_at(typing: Any, array: Any, offsets: Any) -> Any:
    """The elements at the offsets that the lanes hold."""
    t = contents(array)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        out = None
        for k in range(t.width):
            one = builder.load(address(context, builder, array, args[0], builder.extract_element(args[1], ir.Constant(I32, k))))
            out = ir.Constant(ir.VectorType(one.type, t.width), ir.Undefined) if out is None else out
            out = builder.insert_element(out, one, ir.Constant(I32, k))
        return widened(builder, out, array.dtype, many(t.width))

    whole = isinstance(offsets, LanesType) and offsets.dtype == "int64"
    return (t(array, offsets), code) if t and whole and t.width == offsets.width else None


# ---- scalars and lanes
@intrinsic
def lane_numbers(typing: Any) -> Any:
    """0, 1, ... W - 1."""
    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(vector_of("int64", WIDTH), list(range(WIDTH)))

    return LanesType("int64", WIDTH)(), code


@intrinsic(prefer_literal=False)
def lanes_of(typing: Any, value: Any) -> Any:
    """Lanes that all hold this scalar; lanes as they are."""
    dtype = dtype_of(value)
    t = LanesType(dtype, WIDTH) if dtype else None
    return (t(t), lambda context, builder, sig, args: args[0]) if t else None


@intrinsic
def select(typing: Any, mask: Any, yes: Any, no: Any) -> Any:
    """`yes` where the mask is true, else `no`. All three may be scalars: both are computed, and there is no branch."""
    if dtype_of(mask) != "bool":
        return None
    t = joined((mask, yes, no)) if any(isinstance(x, LanesType) for x in (mask, yes, no)) else typing.unify_types(yes, no)
    if t is None:
        return None
    if isinstance(t, LanesType):
        dtypes = [dtype_of(yes), dtype_of(no)]
        t = LanesType("float64" if "float64" in dtypes else "int64" if "int64" in dtypes else "bool", t.width)
        mask = mask if isinstance(mask, LanesType) else types.boolean

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        test = args[0] if isinstance(mask, LanesType) else cgutils.as_bool_bit(builder, args[0])
        return builder.select(test, args[1], args[2])

    return t(mask, t, t), code


@intrinsic
def hsum(typing: Any, value: Any) -> Any:
    """The sum of all lanes, by halves: the same order each time. A scalar stays what it is."""
    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        v = args[0]
        if not isinstance(value, LanesType):
            return v
        add = builder.fadd if value.dtype == "float64" else builder.add
        while v.type.count > 1:
            half = v.type.count // 2
            first, second = (ir.Constant(ir.VectorType(I32, half), [*range(at, at + half)]) for at in (0, half))
            v = add(builder.shuffle_vector(v, v, first), builder.shuffle_vector(v, v, second))
        return builder.extract_element(v, ir.Constant(I32, 0))

    dtype = dtype_of(value)
    if dtype not in ("float64", "int64"):
        return None
    element = getattr(types, dtype)
    return element(value if isinstance(value, LanesType) else element), code


def test_of_all(name: str) -> Any:
    """Whether a mask is true in any lane, or in all of them; a scalar stays what it is."""
    def made(typing: Any, mask: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            if not isinstance(mask, LanesType):
                return args[0]
            return builder.call(llvm_function(builder, f"vector.reduce.{name}", ir.IntType(1), args[0]), args)

        return (types.boolean(mask), code) if dtype_of(mask) == "bool" else None

    return intrinsic(made)


any_lane, all_lanes = test_of_all("or"), test_of_all("and")


@intrinsic
def lane(typing: Any, value: Any, number: Any) -> Any:
    """What one lane holds."""
    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.extract_element(args[0], args[1])

    if not isinstance(value, LanesType) or not isinstance(number, types.Integer):
        return None
    return {"float64": types.float64, "int64": types.int64, "bool": types.boolean}[value.dtype](value, types.int64), code

