"""The instructions of a run as a sequence: `session.trace[10:20]`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from revbench.errors import WrongArguments

from .recording import record

if TYPE_CHECKING:
    from .session import Session

MOST = 1_000_000                                    # of one slice


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: the moment before it, its source line, what it says, and what the cells that it wrote held before and after."""

    moment: int
    line: int
    text: str
    changes: tuple[tuple[Any, Any], ...]

    def __str__(self) -> str:
        changes = ", ".join(f"{old:.6g} -> {new:.6g}" for old, new in self.changes[:3]) + (", ..." if len(self.changes) > 3 else "")
        return f"{self.moment:>8}  line {self.line:>4}  {self.text:<44}  {changes}".rstrip()


class Steps:
    """All instructions of a run, run again where they are looked at; the session stays where it is."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __len__(self) -> int:
        return self._session.total

    @overload
    def __getitem__(self, at: int) -> Step: ...
    @overload
    def __getitem__(self, at: slice) -> list[Step]: ...
    def __getitem__(self, at: int | slice) -> Step | list[Step]:
        if isinstance(at, slice):
            moments = range(len(self))[at]
            if not len(moments):
                return []
            low, high = min(moments), max(moments) + 1
            if high - low > MOST:
                raise WrongArguments(f"a slice of {high - low} instructions is too long to be a list", hint=f"take at most {MOST} at a time")
            steps = self._between(low, high)
            return [steps[m - low] for m in moments]
        if not -len(self) <= at < len(self):
            raise IndexError(f"the run has {len(self)} instructions")
        at %= len(self)
        return self._between(at, at + 1)[0]

    def _between(self, low: int, high: int) -> list[Step]:
        session, m = self._session, self._session.machine
        here = m.snapshot()
        with session.quietly():
            try:
                session.restore_at(low)
                part = record(m, high - low)
            finally:
                m.restore(here)
        before, out = part.before(), []
        for k in range(len(part)):
            row = m.code.rows[int(part.rows[k])]
            events = range(int(part.offsets[k]), int(part.offsets[k + 1]))
            shown = () if row.kind in ("call", "begin", "end") else tuple((float(before[e]), float(part.after[e])) for e in events)
            out.append(Step(low + k, row.line, row.text, shown))
        return out

    def __repr__(self) -> str:
        return f"<trace of {len(self)} instructions: `trace[:20]` shows the first>"
