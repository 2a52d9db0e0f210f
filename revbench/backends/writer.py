"""Indented text, and which source place each run-time check in it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from revbench.errors import Span
from revbench.ir.nodes import Fn
from revbench.ir.show import show_expr


@dataclass(frozen=True, slots=True)
class Site:
    """One run-time law in generated code: what to say when it breaks. `names` label the values it reports."""

    law: str
    message: str
    names: tuple[str, ...]
    span: Span | None


def no_number(e: Fn) -> Site:
    """The law of `fix` and `tolog`: the value has a whole number that stands for it."""
    a, bits = show_expr(e.args[0]), show_expr(e.args[-1])
    if e.fn == "tolog":
        return Site("positive", f"`{a}` is not a positive number, which a ULog needs", (a,), e.span)
    return Site("overflow", f"`{a}` does not fit into a Fixed{bits}", (a,), e.span)


@dataclass
class Writer:
    """Collects lines; `indented` is a `with` block of the generated text."""

    lines: list[str] = field(default_factory=list)
    depth: int = 0

    def __call__(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def indented(self, head: str) -> Iterator[None]:
        self(head)
        at = len(self.lines)
        self.depth += 1
        yield
        if len(self.lines) == at:
            self("pass")
        self.depth -= 1

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"
