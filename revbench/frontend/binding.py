"""What calls hand to the parameters of a kernel, and what stands in for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from revbench.errors import Label, ShapeMismatch, WrongType
from revbench.ir.nodes import Block, Call, Enter, Permute, Program, Uncall
from revbench.ir.show import show_expr, show_head
from revbench.ir.types import BOOL, Array, Scalar, Stack, Type, spelled
from revbench.ir.walk import statements
from revbench.ir.words import an, counted
from revbench.rules.typing import each, scalar_of, type_of


def said(t: Type) -> str:
    if isinstance(t, Stack):
        return f"a {t}"
    return f"an array of {spelled(t.dtype)}" if isinstance(t, Array) else an(str(t))


def binding(value: Type, written: bool) -> Type:
    """The type of a parameter bound to a value of this type: weak only if the kernel never writes it."""
    return Scalar(value.dtype) if isinstance(value, Scalar) and written and value != BOOL else value


def exchanged(s: Permute, types: Mapping[str, Type], body: Block) -> None:
    """Places change their contents only with places of their own type, and a local its value (`keep`) only for one of that type."""
    found = [type_of(p, types) for p in s.places]
    one, want = s.places[0], found[0]
    for p, t in zip(s.places, found, strict=True):
        if t.dtype == want.dtype and getattr(t, "ndim", 0) == getattr(want, "ndim", 0):
            continue
        kept = next((e.init for e in statements(body) if isinstance(e, Enter) and e.name == p.name and e.span == s.span), None)
        if kept is None:
            raise WrongType(f"`{show_expr(one)}` is {said(want)} and `{show_expr(p)}` is {said(t)}: only places of one type can be exchanged",
                            Label(s.span, ", ".join(map(str, found))), hint="hand in values of one type")
        hint = f"make a new local of it: `{one.name}_2 = {show_expr(kept)}`"
        if isinstance(t, Scalar) and isinstance(want, Scalar):
            hint = f"write `{one.name} = keep({spelled(want.dtype)}({show_expr(kept)}))`"
        raise WrongType(f"`{one.name}` is {said(want)}, and `{show_expr(kept)}` is {said(t)}", Label(s.span, f"{want}, {t}"), hint=hint)


def of_elements(s: Call | Uncall, written: frozenset[int], callee: Program, types: Mapping[str, Type]) -> tuple[Type, ...]:
    """The types that `each(f)(...)` hands to `f`: those of the elements of its arguments."""
    found = [type_of(a, types) for a in s.args]
    ndim = max((t.ndim for t in found if isinstance(t, Array)), default=0)
    if not ndim:
        raise WrongType(f"`each({s.kernel})` takes at least one array", Label(s.span, "only numbers"), hint=f"write `{show_head(replace(s, each=False))}`")
    for k, (a, t) in enumerate(zip(s.args, found, strict=True)):
        if isinstance(t, Array) and t.ndim != ndim:
            raise ShapeMismatch(f"`{show_expr(a)}` has {counted(t.ndim, 'axis', 'axes')}, where the others have {ndim}", Label(a.span or s.span, str(t)),
                                hint="hand in arrays of one shape, and numbers")
        if not isinstance(t, Array) and k in written:
            raise WrongType(f"`{s.kernel}` writes its register `{callee.params[k]}`, and `{show_expr(a)}` is one number for all elements",
                            Label(a.span or s.span, "one number"), hint=f"hand in an array as `{show_expr(a)}`")
    for _, e in s.consts:
        scalar_of(e, types)
    return tuple(binding(each(t), k in written) for k, t in enumerate(found)) + tuple(type_of(e, types) for _, e in s.consts)
