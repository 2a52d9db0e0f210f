"""`_spread` in checked code: parts of a loop are handed to threads, as `revbench.numerics.spread` has it for Numba."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from revbench.numerics.parts import ADDRESS, BROKEN, MOST, SIZE, STOPPED

from .native_heads import NotNative
from .native_values import I64, PTR, cast, integer

if TYPE_CHECKING:
    from .native_expressions import Expressions
    from .native_writer import Head

TURN = ir.FunctionType(ir.VoidType(), [PTR, I64, PTR, PTR])                            # frame, number, status, values
DISPATCH = ir.FunctionType(ir.VoidType(), [PTR, PTR, I64, PTR, PTR])                   # turn, frame, parts, status, values
OWN = 5                                                     # what each part has for itself: low, high, number, status, values


def parts(b: Any, turns: Any, work: Any, grain: Any) -> Any:
    """`_parts(turns, work, grain)`."""
    found = b.sdiv(b.mul(turns, work), grain)
    for sign, bound in ((">", integer(MOST)), (">", turns), ("<", integer(1))):
        found = b.select(b.icmp_signed(sign, found, bound), bound, found)
    return found


def spread(code: Expressions, nodes: list[ast.expr]) -> Any:
    """`_spread(function, args, start, turns, parts, _st, _sv)`: whether it broke or was stopped."""
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
    address, turn = b.load(b.gep(state, [integer(ADDRESS)], source_etype=I64), typ=I64), _turn(code.module, head, kind)

    def left() -> Any:
        broken, stopped = (b.load(b.gep(state, [integer(n)], source_etype=I64), typ=I64) for n in (BROKEN, STOPPED))
        return b.icmp_signed("!=", b.or_(broken, stopped), integer(0))

    def here() -> None:
        function, at = code.head.function, code.slot(I64)
        again, after = function.append_basic_block(), function.append_basic_block()
        b.store(integer(0), at)
        b.branch(again)
        b.position_at_end(again)
        k = b.load(at, typ=I64)
        b.call(turn, [frame, k, state, reported])
        b.store(b.add(k, integer(1)), at)
        b.cbranch(b.or_(left(), b.icmp_signed(">=", b.add(k, integer(1)), whole[2])), after, again)
        b.position_at_end(after)

    def there() -> None:
        b.call(b.inttoptr(address, DISPATCH.as_pointer()), [turn, frame, whole[2], state, reported])

    code.branches(b.or_(b.icmp_signed("==", address, integer(0)), b.icmp_signed("<=", whole[2], integer(1))), here, there)
    return left()


def _turn(module: Any, head: Head, kind: Any) -> Any:
    """The function that runs one part."""
    made = ir.Function(module, TURN, f"{head.function.name}_turn")
    made.linkage = "internal"
    frame, number, status, values = made.args
    b = ir.IRBuilder(made.append_basic_block())
    held = b.load(frame, typ=kind)
    *given, start, turns, parts = (b.extract_value(held, k) for k in range(len(kind.elements)))
    low, high = (b.add(start, b.sdiv(b.mul(turns, k), parts)) for k in (number, b.add(number, integer(1))))
    b.call(head.function, [*given, low, high, number, status, integer(SIZE), values, integer(SIZE)])
    b.ret_void()
    return made
