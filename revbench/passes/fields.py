"""Fields that are used one by one go by names of their own: `p.x` of a register `p` becomes the name `p.x`.

So that effects tell them apart: a local computed from `p.x` outlives a change of `p.y`. A register that is also used as a
whole (handed to another kernel) stays one thing.
"""

from __future__ import annotations

from dataclasses import replace

from revbench.ir.nodes import Expr, Field, Index, Name, Program, Stmt
from revbench.ir.typed import Typed
from revbench.ir.types import Array, Scalar, fields_of, is_record
from revbench.ir.walk import everywhere, map_expressions, rebuild, with_blocks


def fields_by_name(p: Program) -> Program:
    """The program with every register that is used by its fields only split into them."""
    uses = [e for e in everywhere(p.body) if isinstance(e, Name | Index)]
    fields = {e.name for e in uses if isinstance(e, Index) and isinstance(e.indices[-1], Field)}
    split = fields.intersection(p.params).difference(e.name for e in uses if not (isinstance(e, Index) and isinstance(e.indices[-1], Field)))

    def expr(e: Expr) -> Expr:
        e = rebuild(e, expr)
        if isinstance(e, Index) and e.name in split and isinstance(field := e.indices[-1], Field):
            name, at = f"{e.name}.{field.name}", e.indices[:-1]
            return Index(name, at, span=e.span) if at else Name(name, span=e.span)
        return e

    def statement(s: Stmt) -> Stmt:
        return with_blocks(map_expressions(s, expr), lambda b: tuple(map(statement, b)))

    return replace(p, body=tuple(map(statement, p.body))) if split else p


def typed_fields(t: Typed) -> Typed:
    """The same for every field of a record, now that types are known: whole fields are arrays like others then."""
    types = dict(t.types)

    def expr(e: Expr) -> Expr:
        e = rebuild(e, expr)
        if not isinstance(e, Index) or not isinstance(field := e.indices[-1], Field) or not is_record(whole := t.types[e.name]):
            return e
        name, at, dtype = f"{e.name}.{field.name}", e.indices[:-1], fields_of(whole.dtype)[field.name]
        types[name] = Array(dtype, whole.ndim) if isinstance(whole, Array) else Scalar(dtype)
        return Index(name, at, span=e.span) if at else Name(name, span=e.span)

    def statement(s: Stmt) -> Stmt:
        return with_blocks(map_expressions(s, expr), lambda b: tuple(map(statement, b)))

    if not any(map(is_record, types.values())):
        return t
    return replace(t, program=replace(t.program, body=tuple(map(statement, t.program.body))), types=types)


def named_fields(p: Program) -> frozenset[str]:
    """The names of fields that stand in a program."""
    return frozenset(e.name for e in everywhere(p.body) if isinstance(e, Name | Index) and "." in e.name)
