"""Indented text, and which source place each run-time check in it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from revbench.errors import Span
from revbench.ir.nodes import Enter, Expr, Fn, Leave, Name, Place
from revbench.ir.show import show_expr
from revbench.ir.walk import places_compared


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


def released(s: Enter | Leave) -> Site:
    """The law of a local's end. What the compiler made it for is told, not its name, where the user did not write it."""
    text = s.span.text if s.span is not None else show_expr(s.init)
    if re.fullmatch(r"_a\d+", s.name):
        return Site("alias", f"`{text}`, an argument of this call, is not the same after it", (text, f"{text} after the call"), s.span)
    if re.fullmatch(r"_test\d+", s.name):
        return Site("fi", f"`{text}` is not true on exactly the path that was taken", (), s.span)
    return Site("released", f"`{s.name}` does not return to `{show_expr(s.init)}` at the end of its block", (s.name, show_expr(s.init)), s.span)


def said(e: Expr) -> str:
    """A test as the user wrote it, also where a local of the compiler's holds it."""
    return e.span.text if isinstance(e, Name) and e.span is not None and re.fullmatch(r"_test\d+", e.name) else show_expr(e)


def compared(e: Expr) -> tuple[Place, ...]:
    """The places that a test which does not hold is told with; none for a local of the compiler's."""
    return places_compared(e) if said(e) == show_expr(e) else ()


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
