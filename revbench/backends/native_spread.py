"""`_spread` in checked code: parts of a loop are handed to threads, as `revbench.numerics.spread` has it for Numba."""

from __future__ import annotations

import ast
from typing import Any

from llvmlite import ir

from .native_expressions import Expressions, Head
from .native_heads import NotNative
from .native_values import I64, PTR, cast, integer

TURN = ir.FunctionType(ir.VoidType(), [PTR, I64, PTR, PTR])                            # frame, number, status, values
DISPATCH = ir.FunctionType(ir.VoidType(), [PTR, PTR, I64, PTR, PTR])                   # turn, frame, parts, status, values
OWN = 5                                                     # what each part has for itself: low, high, number, status, values


def spread(code: Expressions, nodes: list[ast.expr]) -> None:
    """`_spread(function, args, start, turns, parts, _st, _sv)`."""
    match nodes:
        case [ast.Name(id=name), ast.Tuple(elts=args), start, turns, parts, status, values] if name in code.known:
            head, b = code.known[name], code.b
        case _:
            raise NotNative("this way to call threads")
    whole = [cast(b, code.number(e), "int64") for e in (start, turns, parts)]
    given = [*code.handed(args, head.params[:-OWN]), *whole]
    kind = ir.LiteralStructType([v.type for v in given])
    held = ir.Constant(kind, ir.Undefined)
    for k, v in enumerate(given):
        held = b.insert_value(held, v, k)
    frame = code.slot(kind)
    b.store(held, frame)
    state, reported = code.view(status).data, code.view(values).data
    address = b.load(b.gep(state, [integer(3)], source_etype=I64), typ=I64)
    turn = _turn(code.module, head, kind)
    b.call(b.inttoptr(address, DISPATCH.as_pointer()), [turn, frame, whole[2], state, reported])


def _turn(module: Any, head: Head, kind: Any) -> Any:
    """The function that runs one part."""
    made = ir.Function(module, TURN, f"{head.function.name}_turn")
    made.linkage = "internal"
    frame, number, status, values = made.args
    b = ir.IRBuilder(made.append_basic_block())
    held = b.load(frame, typ=kind)
    *given, start, turns, parts = (b.extract_value(held, k) for k in range(len(kind.elements)))
    low, high = (b.add(start, b.sdiv(b.mul(turns, k), parts)) for k in (number, b.add(number, integer(1))))
    b.call(head.function, [*given, low, high, number, status, integer(4), values, integer(4)])
    b.ret_void()
    return made
