"""How long a part of an array is."""

from __future__ import annotations

from .nodes import Const, Expr, Field, Fn, Index, Name, Shape, Slice


def length(e: Name | Index) -> Expr:
    """`len(x[1:])`: the extent of the first axis that is left; bounds beyond the end count to the end, as in Python."""
    given = [] if isinstance(e, Name) else [i for i in e.indices if not isinstance(i, Field)]
    axis = next((k for k, i in enumerate(given) if isinstance(i, Slice)), len(given))
    whole = Shape(e.name, axis, span=e.span)
    part = given[axis] if axis < len(given) else None
    if not isinstance(part, Slice) or part == Slice(None, None, None):
        return whole
    back = isinstance(part.step, Const) and part.step.value < 0
    ends = (part.stop, part.start) if back else (part.start, part.stop)
    low, high = (None if x is None else Fn("min", (Fn("add", (x, Const(1))) if back else x, whole), span=e.span) for x in ends)
    room: Expr = high or whole
    if low is not None:
        room = Fn("sub", (room, low), span=e.span)
    if part.step is not None and part.step != Const(-1):
        step = Const(-part.step.value) if isinstance(part.step, Const) and back else part.step
        room = Fn("floordiv", (Fn("sub", (Fn("add", (room, step)), Const(1))), step), span=e.span)
    return room if low is None else Fn("max", (room, Const(0)), span=e.span)
