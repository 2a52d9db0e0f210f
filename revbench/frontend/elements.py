"""Loops over elements are loops over indices: `v` of `for v in x` is another name for `x[at]`.

`enumerate` and `zip` bind several names to the same index. All of them can be read and carry gradients; none can be written.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from revbench.errors import IrreversibleAssignment, Label, OperandChanges, Report, Span, WrittenLoopVariable
from revbench.ir.lengths import length
from revbench.ir.nodes import (
    Apply,
    Block,
    Const,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Index,
    Name,
    Permute,
    Place,
    Range,
    Release,
    Shape,
    Slice,
    Stmt,
    Unapply,
    Update,
)
from revbench.ir.read import Reader
from revbench.ir.show import show_expr
from revbench.ir.walk import expressions, map_expressions, mentions, rebuild, statements, subexpressions, with_blocks


@dataclass
class Bound:
    """What the names of a loop's head stand for at the index `at`."""

    at: str
    elements: dict[str, Index] = field(default_factory=dict)
    counts: dict[str, Expr] = field(default_factory=dict)
    lengths: list[Expr] = field(default_factory=list)


def bind(target: ast.expr, iterated: ast.expr, bound: Bound, reader: Reader) -> bool:
    """Binds the names of `for target in iterated`; False where that is not a loop over elements."""
    match target, iterated:
        case ast.Name(id=var), ast.Name() | ast.Subscript():
            source = reader.expr(iterated)
            if not isinstance(source, Name | Index):
                return False
            bound.elements[var] = element_of(source, Name(bound.at))
            bound.lengths.append(length(source))
            return True
        case ast.Tuple(elts=[ast.Name(id=var), rest]), ast.Call(func=func, args=[inner, *more], keywords=[]) if (
                reader.dotted(func) == "enumerate" and len(more) <= 1):
            bound.counts[var] = Fn("add", (Name(bound.at), reader.expr(more[0]))) if more else Name(bound.at)
            return bind(rest, inner, bound, reader)
        case ast.Tuple(elts=targets), ast.Call(func=func, args=inner, keywords=[]) if reader.dotted(func) == "zip" and len(inner) == len(targets) > 0:
            return all(bind(t, e, bound, reader) for t, e in zip(targets, inner, strict=True))
        case _:
            return False


def element_of(source: Name | Index, at: Expr) -> Index:
    """`source[at]`: the first axis that is left goes."""
    parts = list(source.indices) if isinstance(source, Index) else []
    k = next((k for k, p in enumerate(parts) if isinstance(p, Slice)), len(parts))
    if k == len(parts):
        return Index(source.name, (*parts, at), span=source.span)
    part = parts[k]
    assert isinstance(part, Slice)
    step = part.step or Const(1)
    back = isinstance(step, Const) and step.value < 0
    start = part.start or (Fn("sub", (Shape(source.name, k), Const(1))) if back else Const(0))
    move = at if step == Const(1) else Fn("mul", (at, step))
    parts[k] = move if start == Const(0) else Fn("add", (start, move))
    return Index(source.name, tuple(parts), span=source.span)


def over_elements(bound: Bound, body: Block, span: Span, report: Report) -> For:
    """The loop over indices that a loop over elements stands for."""
    counts = set(bound.counts)
    plain = next((v for v, e in bound.counts.items() if e == Name(bound.at)), None)
    if plain is not None:                                          # `enumerate` gives the index a name
        at, bound.at = bound.at, plain
        bound.elements = {v: _put(e, at, plain) for v, e in bound.elements.items()}          # type: ignore[misc]
        bound.counts = {v: _put(e, at, plain) for v, e in bound.counts.items() if v != plain}

    def meaning(e: Expr) -> Expr:
        match e:
            case Name(name) if name in bound.counts:
                return bound.counts[name]
            case Name(name) if name in bound.elements:
                found = bound.elements[name]
                return Index(found.name, found.indices, span=e.span)
            case Index(name, indices) if name in bound.elements:
                return _inner(bound.elements[name], tuple(map(meaning, indices)), e.span)
            case Shape(name, axis) if name in bound.elements:
                return _extent(bound.elements[name], axis, e.span)
            case _:
                return rebuild(e, meaning)

    def inside(block: Block) -> Block:
        for s in block:
            for var in [v for v in _written(s) if v in bound.elements or v in counts]:
                array = bound.elements[var].name if var in bound.elements else ""
                what = f"is an element of `{array}`, and cannot be changed by this name" if array else "is the loop's own variable"
                hint = f"write `for i in range(len({array})):` and change `{array}[i]`" if array else f"copy it into a local: `k = {var}`"
                report.add(WrittenLoopVariable(f"`{var}` {what}", Label(s.span, "written here"), Label(span, "the loop", "~"), hint=hint))
        return tuple(with_blocks(map_expressions(s, meaning), inside) for s in block)

    turns = bound.lengths[0]
    for other in bound.lengths[1:]:
        turns = turns if other == turns else Fn("min", (turns, other))
    return For(bound.at, Range(Const(0), turns, Const(1)), inside(body), span=span)


def _put(e: Expr, old: str, new: str) -> Expr:
    return Name(new, span=e.span) if e == Name(old) else rebuild(e, lambda c: _put(c, old, new))


def _inner(row: Index, indices: tuple[Expr, ...], span: Span | None) -> Index:
    """An element of a row: the slices that are left take the indices first."""
    out: list[Expr] = []
    rest = list(indices)
    for part in row.indices:
        if isinstance(part, Slice) and part == Slice(None, None, None) and rest:
            out.append(rest.pop(0))
        else:
            out.append(part)
    return Index(row.name, (*out, *rest), span=span)


def _extent(row: Index, axis: int, span: Span | None) -> Shape:
    left = [k for k, part in enumerate(row.indices) if isinstance(part, Slice)]
    return Shape(row.name, left[axis] if axis < len(left) else len(row.indices) + axis - len(left), span=span)


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
