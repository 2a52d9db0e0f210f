"""Back ends without a direction: `~f(...)` becomes a call of the program `f_inverse`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from revbench.ir.library import fresh_name
from revbench.ir.nodes import Block, Call, Stmt, Uncall
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.walk import with_blocks

from .inverse import inverse


def uncalls(library: TypedLibrary, lower: Callable[[Block], Block]) -> TypedLibrary:
    """Every program lowered, then every `Uncall` in it turned into a `Call` of an inverse program, lowered too."""
    out: TypedLibrary = {}
    names: dict[str, str] = {}
    waiting = dict(library)

    def inverse_of(kernel: str) -> str:
        if kernel not in names:
            names[kernel] = fresh_name(f"{kernel}_inverse", {*library, *names.values()})
            p = library[kernel]
            waiting[names[kernel]] = Typed(replace(p.program, name=names[kernel], body=inverse(p.program.body)), p.types)
        return names[kernel]

    def block(b: Block) -> Block:
        return tuple(map(statement, b))

    def statement(s: Stmt) -> Stmt:
        if isinstance(s, Uncall):
            return Call(inverse_of(s.kernel), s.args, s.consts, span=s.span)
        return with_blocks(s, block)

    while waiting:
        name, typed = waiting.popitem()
        out[name] = replace(typed, program=replace(typed.program, body=block(lower(typed.program.body))))
    return out
