"""Functions of scalars for lanes, one lane after the other: whatever has no version of its own."""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, lower_builtin

from .lane_operators import arithmetic, template
from .lanes import LanesType, dtype_of, vector_of, width_of


def scalars(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The types of one lane's arguments."""
    return tuple(getattr(types, "boolean" if t.dtype == "bool" else t.dtype) if isinstance(t, LanesType) else t for t in args)


def one_by_one(context: Any, builder: Any, fn: Any, sig: Any, args: Any, width: int) -> Any:
    """`fn` with a signature of scalars for every lane, in a loop; arguments that are no lanes are the same for all of them."""
    call, result = context.get_function(fn, sig), element(sig.return_type)
    given = [in_memory(builder, a) if isinstance(a.type, ir.VectorType) else a for a in args]
    kept = context.get_data_type(result)
    out = cgutils.alloca_once(builder, ir.VectorType(kept, width))
    with cgutils.for_range(builder, ir.Constant(ir.IntType(64), width)) as turn:
        here = [one(builder, g, turn.index, a.type.element) if isinstance(a.type, ir.VectorType) else a for g, a in zip(given, args, strict=True)]
        value = context.cast(builder, call(builder, here), sig.return_type, result)
        builder.store(stored(builder, value, kept), at(builder, out, turn.index, kept))
    context.add_linking_libs(getattr(call, "libs", ()))
    found = builder.load(out)
    return builder.trunc(found, vector_of("bool", width)) if dtype_of(result) == "bool" else found


def at(builder: Any, memory: Any, index: Any, t: Any) -> Any:
    """The address of one lane."""
    return builder.gep(builder.bitcast(memory, t.as_pointer()), [index], inbounds=True)


def in_memory(builder: Any, value: Any) -> Any:
    """The lanes in memory, a mask as bytes."""
    whole = stored(builder, value, ir.VectorType(ir.IntType(8), value.type.count))
    out = cgutils.alloca_once(builder, whole.type)
    builder.store(whole, out)
    return out


def one(builder: Any, memory: Any, index: Any, t: Any) -> Any:
    """A lane of type `t`."""
    kept = memory.type.pointee.element
    found = builder.load(at(builder, memory, index, kept))
    return found if kept == t else builder.trunc(found, t)


def stored(builder: Any, value: Any, t: Any) -> Any:
    """Truths are kept as bytes."""
    truth = ir.IntType(1)
    return builder.zext(value, t) if value.type == truth or getattr(value.type, "element", None) == truth else value


def element(t: Any) -> Any:
    """What lanes hold for a scalar of this type."""
    return {"float64": types.float64, "int64": types.int64, "bool": types.boolean}[dtype_of(t) or ""]


def called(typing: Any, fn: Any, args: tuple[Any, ...]) -> Any:
    """The signature and the code of a call, for scalars or for lanes."""
    width, sig = width_of(args), fn.get_call_type(typing, scalars(args), {})
    result = sig.return_type if width is None else LanesType(dtype_of(sig.return_type) or "", width)
    given = [LanesType(dtype_of(s) or "", width) if isinstance(a, LanesType) and width else s for a, s in zip(args, sig.args, strict=True)]

    def code(context: Any, builder: Any, whole: Any, values: Any) -> Any:
        if width is not None:
            return one_by_one(context, builder, fn, sig, values[1:], width)
        call = context.get_function(fn, sig)
        out = call(builder, values[1:])
        context.add_linking_libs(getattr(call, "libs", ()))
        return out

    return result(fn, *given), code


@intrinsic
def each_lane(typing: Any, fn: Any, x: Any) -> Any:
    """fn(x), for every lane of x; what is a scalar is simply handed to the function."""
    return called(typing, fn, (x,))


@intrinsic
def each_lane2(typing: Any, fn: Any, x: Any, y: Any) -> Any:
    """fn(x, y), likewise."""
    return called(typing, fn, (x, y))


# ---- operators without instructions
def operator_by_lanes(key: Any) -> None:
    template(key, arithmetic("int64"))

    @lower_builtin(key, LanesType, LanesType)
    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        typing = context.typing_context
        fn = typing.resolve_value_type(key)
        return one_by_one(context, builder, fn, fn.get_call_type(typing, scalars(sig.args), {}), args, sig.return_type.width)


for _key in (operator.floordiv, operator.mod):
    operator_by_lanes(_key)


# ---- casts
@intrinsic
def to_float64(typing: Any, x: Any) -> Any:
    """A scalar or lanes as floats."""
    t = LanesType("float64", x.width) if isinstance(x, LanesType) else types.float64
    return t(t), lambda context, builder, sig, args: args[0]


@intrinsic
def to_int64(typing: Any, x: Any) -> Any:
    """A scalar or lanes as whole numbers: what stands behind the point is cut off."""
    if not isinstance(x, LanesType):
        return types.int64(x), lambda context, builder, sig, args: context.cast(builder, args[0], x, types.int64)
    given = LanesType("float64" if x.dtype == "float64" else "int64", x.width)

    def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.fptosi(args[0], vector_of("int64", x.width)) if x.dtype == "float64" else args[0]

    return LanesType("int64", x.width)(given), code


