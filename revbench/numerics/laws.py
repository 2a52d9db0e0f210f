"""What run-time laws need to know about whole arrays, and whether the stop button was pressed; compiled inline."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable


@intrinsic
def _stopped(context: Any, status: Any) -> Any:
    """Whether `status[1]` is set, read anew each time: an ordinary load would be hoisted out of the loop that polls it."""
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=args[0])
        flag = builder.gep(array.data, [ir.Constant(ir.IntType(64), 1)])
        return builder.icmp_signed("!=", builder.load_atomic(flag, "monotonic", 8), ir.Constant(ir.IntType(64), 0))

    return types.boolean(status), code


@intrinsic
def _clear(context: Any, array: Any) -> Any:
    """Fills an array with zeros."""
    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        held = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=args[0])
        cgutils.memset(builder, held.data, builder.mul(held.nitems, held.itemsize), 0)
        return context.get_dummy_value()

    return types.void(array), code


@register_jitable
def _amax(a: np.ndarray) -> float:
    """The largest magnitude in an array; nan if there is one; 0 if it is empty."""
    worst = 0.0
    for v in a.flat:
        if v != v:
            return np.nan
        worst = max(worst, abs(v * 1.0))                    # `* 1.0`: bools too
    return worst


@register_jitable
def _kept(stack: np.ndarray, top: int, a: np.ndarray) -> tuple[np.ndarray, int]:
    """The elements of an array go on a stack of floats or of whole numbers: the stack, which may have grown, and its new top."""
    if top + a.size > len(stack):
        stack = np.concatenate((stack, np.empty(len(stack) + a.size, stack.dtype)))
    for v in a.flat:
        stack[top] = v
        top += 1
    return stack, top


@register_jitable
def _given_back(stack: np.ndarray, top: int, a: np.ndarray) -> int:
    """An array gets the elements that it had when it was kept; the new top of the stack."""
    top -= a.size
    flat = a.reshape(-1)
    for k in range(len(flat)):
        flat[k] = stack[top + k]
    return top


@register_jitable
def _adiff(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference between two arrays of one shape; nan if either holds one."""
    worst = 0.0
    for v, w in zip(a.flat, b.flat):                         # noqa: B905 (Numba knows no `strict`)
        if v != v or w != w:
            return np.nan
        d = abs(v * 1.0 - w * 1.0)
        worst = max(worst, 1.0 if d == 0.0 and v != w else d)      # large whole numbers differ by less than a float sees
    return worst
