"""`for v in x`: `v` is another name for `x[v_at]`, and `v_at` counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from revbench.errors import IrreversibleAssignment, Label, OperandChanges, Report, Span, WrittenLoopVariable
from revbench.ir.nodes import (
    Apply,
    Block,
    Const,
    Enter,
    Expr,
    For,
    ForBack,
    Index,
    Name,
    Permute,
    Place,
    Range,
    Release,
    Shape,
    Stmt,
    Unapply,
    Update,
)
from revbench.ir.show import show_expr
from revbench.ir.walk import expressions, map_expressions, mentions, rebuild, statements, subexpressions, with_blocks


def over_elements(var: str, array: Name, at: str, body: Block, span: Span, report: Report) -> For:
    """The loop over indices that a loop over elements stands for."""
    def inside(block: Block) -> None:
        for s in statements(block):
            if var in _written(s):
                report.add(WrittenLoopVariable(f"`{var}` is an element of `{array.name}`, and cannot be changed by this name",
                                               Label(s.span, "written here"), Label(span, "the loop", "~"),
                                               hint=f"write `for i in range(len({array.name})):` and change `{array.name}[i]`"))

    inside(body)
    body = seen_through(body, {var: Index(array.name, (Name(at),))})
    return For(at, Range(Const(0), Shape(array.name, 0, span=array.span), Const(1)), body, span=span)


def seen_through(block: Block, names: Mapping[str, Place]) -> Block:
    """The block with each of the names standing for a place."""
    def meaning(e: Expr) -> Expr:
        match e:
            case Name(name) if name in names:
                return replace(names[name], span=e.span)
            case Index(name, indices) if name in names:
                place = names[name]
                return Index(place.name, ((*place.indices,) if isinstance(place, Index) else ()) + tuple(map(meaning, indices)), span=e.span)
            case Shape(name, axis) if name in names:
                place = names[name]
                return Shape(place.name, axis + (len(place.indices) if isinstance(place, Index) else 0), span=e.span)
            case _:
                return rebuild(e, meaning)

    return tuple(with_blocks(map_expressions(s, meaning), lambda b: seen_through(b, names)) for s in block)


def over_view(view: Apply | Unapply, names: tuple[str, ...], body: Block, report: Report) -> Block:
    """`with view(...) as u`: the bijection, the body with `u` standing for its place, and the inverse."""
    seen = dict(zip(names, view.places, strict=True))
    for s in statements(body):
        for name in _written(s):
            if name in seen and not isinstance(s, Update | Permute | Apply | Unapply):
                report.add(IrreversibleAssignment(f"`{name}` is another name for `{show_expr(seen[name])}` in this block", Label(s.span, "made here"),
                                                  Label(view.span, "the view", "~"), hint=f"write `{name} += ...`, or choose another name"))
            if name in frozenset().union(*map(mentions, (*view.params, *(i for p in view.places if isinstance(p, Index) for i in p.indices)))):
                report.add(OperandChanges(f"this changes `{name}`, which the view needs for its way back", Label(s.span, f"changes `{name}`"),
                                          Label(view.span, "the view", "~"), hint=f"change `{name}` before the view, or after it"))
        for e in expressions(s):
            for q in subexpressions(e):
                if not isinstance(q, Name | Index | Shape):
                    continue
                if any(q.name == p.name and (isinstance(p, Name) or isinstance(q, Name) or q == p) for p in view.places):
                    view_name = names[[p.name for p in view.places].index(q.name)]
                    report.add(IrreversibleAssignment(f"`{show_expr(q)}` is `{view_name}` in this block", Label(q.span or s.span, "used here"),
                                                      Label(view.span, "the view", "~"), hint=f"write `{view_name}`, or take this out of the block"))
    undone = (Unapply if isinstance(view, Apply) else Apply)(view.bijection, view.places, view.params, span=view.span)
    return (view, *seen_through(body, seen), undone)


def _written(s: Stmt) -> list[str]:
    match s:
        case Update(place):
            return [place.name]
        case Permute(places) | Apply(_, places) | Unapply(_, places):
            return [p.name for p in places]
        case Enter(name) | Release(name):
            return [name]
        case For(name) | ForBack(name):
            return [name]
        case _:
            return []
