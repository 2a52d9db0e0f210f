"""Questions about a whole run: where round-off came in, where NaN came from, which statements made a gradient.

Each walks the run once, and looks through what was written.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .places import find
from .recording import MOST, Recording, record, stretches

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True, slots=True)
class Finding:
    """An instruction that was looked for.

    Attributes
    ----------
    moment : int
        The moment before it, where the session stands now.
    line, text : int, str
    value : float
        What it wrote; for round-off the residue, relative to the magnitude.
    loops : dict
        The loop variables there.
    """

    moment: int
    line: int
    text: str
    value: float
    loops: dict[str, int]

    def __str__(self) -> str:
        turns = ", ".join(f"{n} = {v}" for n, v in self.loops.items())
        return f"moment {self.moment}, line {self.line}{f', where {turns}' if turns else ''}: {self.text}    ({self.value!r})"


@dataclass(frozen=True, slots=True, eq=False)
class Contributions:
    """What every statement added to one component of a gradient.

    Attributes
    ----------
    place : str
    total : float
        The component at the end of the run.
    moments, sources, lines, amounts : arrays, one entry per instruction that changed it
        `sources` are indices into the session's `sources`; -1 where there is none.
    texts : dict
        (source, line) -> what stands there.
    names : tuple of str
        Of the sources.
    """

    place: str
    total: float
    moments: NDArray[np.int64]
    sources: NDArray[np.int64]
    lines: NDArray[np.int64]
    amounts: NDArray[np.float64]
    texts: dict[tuple[int, int], str]
    names: tuple[str, ...]

    def sum(self) -> float:
        """All of them: `total`, to rounding."""
        return math.fsum(self.amounts)

    @property
    def by_place(self) -> dict[tuple[int, int], float]:
        """(source, line) -> what it added in all, the largest first."""
        sums = {(source, line): math.fsum(self.amounts[(self.sources == source) & (self.lines == line)]) for source, line in self.texts}
        return dict(sorted(sums.items(), key=lambda item: -abs(item[1])))

    @property
    def by_line(self) -> dict[int, float]:
        """Line -> what it added in all, the largest first; of a program with several sources, lines of the same number together."""
        sums = {int(line): math.fsum(self.amounts[self.lines == line]) for line in np.unique(self.lines)}
        return dict(sorted(sums.items(), key=lambda item: -abs(item[1])))

    def __len__(self) -> int:
        return len(self.amounts)

    def __str__(self) -> str:
        sums = self.by_place
        top = max((abs(v) for v in sums.values()), default=0.0)
        several = len({source for source, _ in self.texts}) > 1
        rows = [f"line {line:>4}  {v:>24.16g}  {'#' * round(24 * abs(v) / top) if top and math.isfinite(top) else '':<24}  {self.texts[source, line]}"
                f"{f'    ({self.names[source]})' if several and source >= 0 else ''}" for (source, line), v in sums.items()]
        return "\n".join([f"{self.place} = {self.total!r}, made by {len(self)} {'instruction' if len(self) == 1 else 'instructions'}", *rows])


def residue(session: Session) -> float:
    """Runs to the end and back: the largest round-off that is left in any register, relative to its magnitude."""
    here = session.moment
    begin = session.goto(0).machine.outputs()
    session.end()
    session.machine.run(-session.total)
    worst = 0.0
    for a, b in zip(begin, session.machine.outputs(), strict=True):
        x, y = np.asarray(a, float), np.asarray(b, float)
        worst = max(worst, float(np.max(np.abs(x - y), initial=0.0)) / max(1.0, float(np.max(np.abs(x), initial=0.0))))
    session.restore_at(here)
    return worst


def dirt(session: Session, tolerance: float) -> Finding | None:
    """Runs to the end and back: the first statement, on the way back, that leaves more round-off than `tolerance`."""
    session.end()
    m, stop = session.machine, session.total
    back = m.snapshot()
    while stop > 0:
        start = max(0, stop - MOST)
        session.restore_at(start)
        ahead = record(m, stop - start)
        m.restore(back)
        behind = record(m, start - stop)
        back = m.snapshot()
        found = _residues(ahead, behind, tolerance)
        if found is not None:
            moment, residue = found
            session.restore_at(moment)
            return session.finding(moment, residue)
        stop = start
    return None


def _residues(ahead: Recording, behind: Recording, tolerance: float) -> tuple[int, float] | None:
    """What the way on found in each cell, and what the way back left there."""
    size = 1 + max(int(ahead.cells.max(initial=0)), int(behind.cells.max(initial=0)))
    n = len(ahead)
    first = ahead.instruction * size + ahead.cells
    second = (n - 1 - behind.instruction) * size + behind.cells
    was, left = ahead.before(), behind.after
    keys, i, j = np.intersect1d(first, second, return_indices=True)
    floats = (keys % size) & 1 == 0
    a, b = was[i][floats], left[j][floats]
    with np.errstate(invalid="ignore"):
        residue = np.abs(a - b) / np.maximum(1.0, np.abs(a))
    residue[(a == b) | (np.isnan(a) & np.isnan(b))] = 0.0
    wrong = np.flatnonzero(~(residue <= tolerance))
    if not len(wrong):
        return None
    last = wrong[np.argmax(keys[floats][wrong])]
    return ahead.moment(int(keys[floats][last] // size)), float(residue[last])


def origin(session: Session, infinite: bool) -> Finding | str | None:
    """The first instruction that wrote NaN (or an infinity); the name of an argument that came with one; or nothing."""
    bad = (lambda x: ~np.isfinite(x)) if infinite else np.isnan
    session.start()
    for name, value in session.names.items():
        x = np.asarray(value)
        if x.dtype.kind in "fc" and bad(x).any():
            return name
    for part in stretches(session.machine, session.total):
        found = np.flatnonzero(bad(part.after) & (part.cells & 1 == 0))
        if len(found):
            e = int(found[0])
            moment = part.moment(int(part.instruction[e]))
            value = float(part.after[e])
            session.restore_at(moment)
            return session.finding(moment, value)
    return None


def contributions(session: Session, text: str) -> Contributions:
    """What was added to a component of a gradient, and by whom."""
    session.end()
    m = session.machine
    place = find(m, text)
    total = place.value(m.F[place.cell() >> 1])
    session.start()
    sources = session.sources
    moments, places, amounts, texts = list[int](), list[tuple[int, int]](), list[float](), dict[tuple[int, int], str]()
    for part in stretches(session.machine, session.total):
        events = part.within(place.cells)
        if len(events):
            before = part.before()
            for e in events:
                row = m.code.rows[int(part.rows[part.instruction[e]])]
                spot = sources.index(row.span.source) if row.span is not None else -1, row.line
                texts.setdefault(spot, session.source_line(row) or row.text)
                moments.append(part.moment(int(part.instruction[e])))
                places.append(spot)
                amounts.append(float(part.after[e] - before[e]))
    at = np.array(places, np.int64).reshape(-1, 2)
    return Contributions(text, total, np.array(moments, np.int64), at[:, 0], at[:, 1], np.array(amounts), texts, tuple(s.name for s in sources))


def loops_now(session: Session) -> dict[str, Any]:
    """The loop variables of the innermost frame."""
    m = session.machine
    symbols = m.code.functions[m.code.rows[m.standing].fn].symbols
    return {n: v for n, v in session.parts.items() if n in symbols and symbols[n].role == "loop"}
