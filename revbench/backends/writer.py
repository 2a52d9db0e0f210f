"""Indented text, and which source place each run-time check in it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from revbench.errors import Span


@dataclass(frozen=True, slots=True)
class Site:
    """One run-time law in generated code: what to say when it breaks. `names` label the values it reports."""

    law: str
    message: str
    names: tuple[str, ...]
    span: Span | None


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
