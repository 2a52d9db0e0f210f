"""One function that is being written: its variables, its blocks, and what it can call.

Every variable is a slot on the stack, which LLVM turns into registers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir

from .native_heads import Kind, NotNative
from .native_values import I64, PTR, Scalar, integer, llvm_type


@dataclass(frozen=True, slots=True)
class Head:
    """A function as its callers see it."""

    function: Any
    params: tuple[Kind, ...]
    results: tuple[Kind, ...]
    ours: bool = False                                           # one of `numerics`, not of the text


class Heads(dict[str, Head]):
    """The functions that a text can call: its own, and ours, which are written when the first call is."""

    def __init__(self, write: Callable[[str], Head]) -> None:
        super().__init__()
        self.write = write

    def __missing__(self, name: str) -> Head:
        self[name] = self.write(name)
        return self[name]


def flat(kinds: tuple[Kind, ...]) -> list[Any]:
    """The LLVM types of parameters: an array is its address and its lengths."""
    return [t for k in kinds for t in ([PTR, *[I64] * k.ndim] if k.ndim else [llvm_type(k.dtype)])]


class Writer:
    def __init__(self, module: Any, head: Head, known: Heads, node: ast.FunctionDef) -> None:
        self.module, self.head, self.known, self.node = module, head, known, node
        self.entry = head.function.append_basic_block("entry")
        self.first = ir.IRBuilder(self.entry)                    # slots are made here, whatever stands where they are needed
        self.leave = head.function.append_basic_block("leave")
        self.b = ir.IRBuilder(head.function.append_basic_block("body"))
        self.names: dict[str, Kind] = {}
        self.slots: dict[str, tuple[Any, ...]] = {}
        self.owned: list[Any] = []
        self.breaks: list[Any] = []

    def external(self, name: str, result: Any, params: list[Any]) -> Any:
        found = self.module.globals.get(name)
        return ir.Function(self.module, ir.FunctionType(result, params), name) if found is None else found

    def slot(self, of: Any) -> Any:
        return self.first.alloca(of)

    def declare(self, name: str, k: Kind) -> tuple[Any, ...]:
        if self.names.setdefault(name, k) != k:
            raise NotNative(f"`{name}` has two types")
        if name not in self.slots:
            self.slots[name] = tuple(map(self.slot, flat((k,))))
        return self.slots[name]

    def branches(self, test: Any, then: Callable[[], None], orelse: Callable[[], None]) -> None:
        function = self.head.function
        yes, no, after = (function.append_basic_block() for _ in range(3))
        self.b.cbranch(test, yes, no)
        for at, fill in ((yes, then), (no, orelse)):
            self.b.position_at_end(at)
            fill()
            if not self.b.block.is_terminated:
                self.b.branch(after)
        self.b.position_at_end(after)

    def times(self, count: Any, turn: Callable[[Any], None]) -> None:
        """So many turns, numbered from 0; a `break` leaves them."""
        b, function, at = self.b, self.head.function, self.slot(I64)
        b.store(integer(0), at)
        again, body, after = (function.append_basic_block() for _ in range(3))
        b.branch(again)
        b.position_at_end(again)
        k = b.load(at, typ=I64)
        b.cbranch(b.icmp_signed("<", k, count), body, after)
        b.position_at_end(body)
        self.breaks.append(after)
        turn(k)
        self.breaks.pop()
        if not b.block.is_terminated:
            b.store(b.add(b.load(at, typ=I64), integer(1)), at)
            b.branch(again)
        b.position_at_end(after)

    def count(self, shape: tuple[Any, ...]) -> Any:
        """How many elements an array has."""
        out = integer(1)
        for n in shape:
            out = self.b.mul(out, n)
        return out

    def number(self, node: ast.expr) -> Scalar:
        """The value of an expression."""
        raise NotImplementedError
