"""`_spread`: compiled code hands the parts of a loop to threads, through a function whose address lies in its status.

The arguments of a part are the same for all parts, but for the turns: they lie in a frame on the caller's stack, and a function with
C's conventions takes the address of the frame, the number of a part, and where that part is to leave its status and values.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types as numba_types
from numba.core import cgutils
from numba.core.imputils import impl_ret_new_ref
from numba.extending import intrinsic
from numba.np.arrayobj import _empty_nd_impl, populate_array

from .parts import ADDRESS, BROKEN, MEMORY, MOST, SIZE, STOPPED

types: Any = numba_types                                    # Numba's own annotations lag behind what its types have
I64, POINTER = ir.IntType(64), ir.IntType(8).as_pointer()
TURN = ir.FunctionType(ir.VoidType(), [POINTER, I64, POINTER, POINTER])                # frame, number, status, values
DISPATCH = ir.FunctionType(ir.VoidType(), [POINTER, POINTER, I64, POINTER, POINTER])   # turn, frame, parts, status, values
STATUS, VALUES = types.Array(types.int64, 1, "C"), types.Array(types.float64, 1, "C")


@intrinsic
def _spread(context: Any, function: Any, args: Any, start: Any, turns: Any, parts: Any, status: Any, values: Any) -> Any:
    """`function(*args, low, high, k, status, values)` for each of the parts of a loop, on as many threads as there are; whether it broke or was stopped."""
    called = (*args, types.int64, types.int64, types.int64, STATUS, VALUES)
    signature = context.resolve_function_type(function, called, {})

    def code(context: Any, builder: Any, outer: Any, given: Any) -> Any:
        _, frame, *whole, state, reported = given
        numbers = [context.cast(builder, v, t, types.int64) for v, t in zip(whole, outer.args[2:5], strict=True)]
        held = cgutils.alloca_once_value(builder, cgutils.make_anonymous_struct(builder, [frame, *numbers]))
        turn = _turn(context, builder, function, signature, outer.args[1], held.type)
        memory = [cgutils.create_struct_proxy(t)(context, builder, value=v).data for t, v in zip(outer.args[5:], (state, reported), strict=True)]
        held, state, reported = (builder.bitcast(v, POINTER) for v in (held, *memory))
        address = builder.load(builder.gep(memory[0], [I64(ADDRESS)]))
        alone = builder.or_(builder.icmp_signed("==", address, I64(0)), builder.icmp_signed("<=", numbers[2], I64(1)))
        with builder.if_else(alone) as (here, there):
            with here, cgutils.for_range(builder, numbers[2], intp=I64) as part:
                builder.call(turn, [held, part.index, state, reported])
                with builder.if_then(_left(builder, memory[0])):
                    part.do_break()
            with there:
                builder.call(builder.inttoptr(address, DISPATCH.as_pointer()), [builder.bitcast(turn, POINTER), held, numbers[2], state, reported])
        return _left(builder, memory[0])

    return types.boolean(function, args, types.int64, types.int64, types.int64, status, values), code


def _left(builder: Any, status: Any) -> Any:
    broken, stopped = (builder.load(builder.gep(status, [I64(k)])) for k in (BROKEN, STOPPED))
    return builder.icmp_signed("!=", builder.or_(broken, stopped), I64(0))


@intrinsic
def _parts(context: Any, turns: Any, work: Any, grain: Any) -> Any:
    """In how many parts a loop is run: one for each `grain` of `work` in its turns; at least one, at most `MOST`, and no more than turns."""
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = builder.sdiv(builder.mul(args[0], args[1]), args[2])
        for sign, bound in ((">", I64(MOST)), (">", args[0]), ("<", I64(1))):
            found = builder.select(builder.icmp_signed(sign, found, bound), bound, found)
        return found

    return types.int64(types.int64, types.int64, types.int64), code


@intrinsic
def _copies(context: Any, count: Any, like: Any) -> Any:
    """Zeros: `count` copies of an array or a number. (Numba compiles `np.zeros` anew for each number of axes, which takes long.)"""
    array = isinstance(like, types.Array)
    made = types.Array(like.dtype if array else types.unliteral(like), like.ndim + 1 if array else 1, "C")

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lengths = [context.cast(builder, args[0], signature.args[0], types.intp)]
        if array:
            lengths += cgutils.unpack_tuple(builder, cgutils.create_struct_proxy(like)(context, builder, value=args[1]).shape, like.ndim)
        held = _empty_nd_impl(context, builder, made, lengths)
        cgutils.memset(builder, held.data, builder.mul(held.nitems, held.itemsize), 0)
        return impl_ret_new_ref(context, builder, made, held._getvalue())

    return made(types.int64, like), code


def _turn(context: Any, outside: Any, function: Any, signature: Any, args: Any, frame: Any) -> Any:
    """The function that runs one part."""
    found = function.dispatcher.overloads[tuple(signature.args)]
    module = outside.module
    made = ir.Function(module, TURN, module.get_unique_name("turn"))
    made.linkage = "internal"
    made.attributes.add("noinline")                          # it is called in two ways, and compiled once
    b = ir.IRBuilder(made.append_basic_block())
    tuple_, start, turns, parts = (b.extract_value(b.load(b.bitcast(made.args[0], frame)), k) for k in range(4))
    number = made.args[1]
    low, high = (b.add(start, b.sdiv(b.mul(turns, k), parts)) for k in (number, b.add(number, I64(1))))
    arrays = [_view(context, b, t, p) for t, p in zip((STATUS, VALUES), made.args[2:], strict=True)]
    items = cgutils.unpack_tuple(b, tuple_, len(args))
    given = [context.cast(b, v, t, to) for v, t, to in zip(items, args, signature.args, strict=False)]
    context.add_linking_libs([found.library])
    callee = context.declare_function(module, found.fndesc)
    state, _ = context.call_conv.call_function(b, callee, signature.return_type, found.signature.args, [*given, low, high, number, *arrays])
    with b.if_then(state.is_error, likely=False):
        b.store(I64(MEMORY), b.bitcast(made.args[2], I64.as_pointer()))
    b.ret_void()
    return made


def _view(context: Any, b: Any, t: Any, pointer: Any) -> Any:
    """The four numbers of a status, or of the values of a broken law, as an array."""
    made = context.make_array(t)(context, b)
    data = b.bitcast(pointer, context.get_data_type(t.dtype).as_pointer())
    size = I64(SIZE)
    populate_array(made, data=data, shape=[size], strides=[I64(8)], itemsize=I64(8), meminfo=None)
    return made._getvalue()
