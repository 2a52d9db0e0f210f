"""`for v in x`: `v` is another name for `x[v_at]`, and `v_at` counts."""

from __future__ import annotations

from revbench.errors import Label, Report, Span, WrittenLoopVariable
from revbench.ir.nodes import Block, Const, Enter, Expr, For, ForBack, Index, Name, Permute, Range, Release, Shape, Stmt, Update
from revbench.ir.walk import map_expressions, rebuild, with_blocks


def over_elements(var: str, array: Name, at: str, body: Block, span: Span, report: Report) -> For:
    """The loop over indices that a loop over elements stands for."""
    def meaning(e: Expr) -> Expr:
        match e:
            case Name(name) if name == var:
                return Index(array.name, (Name(at),), span=e.span)
            case Index(name, indices) if name == var:
                return Index(array.name, (Name(at), *map(meaning, indices)), span=e.span)
            case Shape(name, axis) if name == var:
                return Shape(array.name, axis + 1, span=e.span)
            case _:
                return rebuild(e, meaning)

    def inside(block: Block) -> Block:
        for s in block:
            if var in _written(s):
                report.add(WrittenLoopVariable(f"`{var}` is an element of `{array.name}`, and cannot be changed by this name",
                                               Label(s.span, "written here"), Label(span, "the loop", "~"),
                                               hint=f"write `for i in range(len({array.name})):` and change `{array.name}[i]`"))
        return tuple(with_blocks(map_expressions(s, meaning), inside) for s in block)

    return For(at, Range(Const(0), Shape(array.name, 0, span=array.span), Const(1)), inside(body), span=span)


def _written(s: Stmt) -> list[str]:
    match s:
        case Update(place):
            return [place.name]
        case Permute(places):
            return [p.name for p in places]
        case Enter(name) | Release(name):
            return [name]
        case For(name) | ForBack(name):
            return [name]
        case _:
            return []
