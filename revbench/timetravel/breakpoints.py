"""Where a run should stop: lines and conditions, with the number of times that they are to be passed."""

from __future__ import annotations

from dataclasses import dataclass, field

from revbench.backends.machine_program import Code
from revbench.errors import Source, UnknownLabel


@dataclass(slots=True)
class Breakpoint:
    """A line, a condition, or a line with a condition.

    Attributes
    ----------
    number : int
    line : int
        0: anywhere.
    condition : str
        As in `abs(x.bar) > 1e6`. On a line it must hold there; without a line it must begin to hold.
    hits : int
        Stops from this time on; runs count anew.
    enabled : bool
    source : Source, optional
        The text that the line is counted in; without one, that of the session.
    """

    number: int
    line: int = 0
    condition: str = ""
    hits: int = 1
    enabled: bool = True
    source: Source | None = field(default=None, repr=False)

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        condition = f"{'if' if line else 'when'} {self.condition}" if self.condition else ""
        times = f"from hit {self.hits} on" if self.hits > 1 else ""
        return f"{self.number}: {' '.join(filter(None, [line, condition, times]))}{'' if self.enabled else ' (off)'}"


def beginnings(code: Code, line: int, source: object) -> list[tuple[int, int]]:
    """(row, sense) of the first instruction of a line, in every function that has it.

    Raises
    ------
    UnknownLabel
        When nothing is done on that line.
    """
    def here(k: int) -> bool:
        r = code.rows[k]
        return r.span is not None and r.span.line == line and r.span.source == source and r.kind not in ("begin", "end")

    def same(a: int, b: int) -> bool:
        return here(b) and code.rows[a].fn == code.rows[b].fn

    found = [(k, sense) for k in range(len(code.rows)) if here(k) for sense, before in ((0, k - 1), (1, k + 1))
             if not (0 <= before < len(code.rows) and same(k, before))]
    if not found:
        lines = sorted({r.span.line for r in code.rows if r.span is not None and r.span.source == source and r.kind not in ("begin", "end")})
        raise UnknownLabel(f"nothing is done on line {line}", hint=f"lines with statements: {', '.join(map(str, lines))}")
    return found
