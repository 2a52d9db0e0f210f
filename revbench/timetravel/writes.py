"""Who wrote a place: the last write before a moment, the next one after it, and all of them.

Nothing is kept for that: the machine walks the run again, and what it writes on the way is looked through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from revbench.backends.machine import Machine
from revbench.backends.machine_program import Code

from .lifetime import Lifetime, lifetime
from .places import Place
from .recording import Recording, stretches

if TYPE_CHECKING:
    from .session import Session

CURVE = 500                                         # how many points a sketch of a history has


@dataclass(frozen=True, slots=True)
class Write:
    """One instruction that wrote a place.

    Attributes
    ----------
    moment : int
        The moment before it: the instruction leads from there to `moment + 1`.
    line, text : int, str
        Its source line, and what it says.
    place : str
        The element that was written.
    before, after : float, int or bool
        What it held, and what it holds since then.
    """

    moment: int
    line: int
    text: str
    place: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"moment {self.moment}, line {self.line}: {self.text}    {self.place}: {self.before!r} -> {self.after!r}"


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """All values of a place in its lifetime: from `moments[k]` on it held `values[k]`.

    Iterating gives (moment, value) pairs; the first is the moment at which it came into being.
    """

    place: str
    moments: NDArray[np.int64]
    values: NDArray[Any]

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        return zip(self.moments.tolist(), self.values.tolist(), strict=True)

    @overload
    def __getitem__(self, k: int) -> tuple[int, Any]: ...
    @overload
    def __getitem__(self, k: slice) -> list[tuple[int, Any]]: ...
    def __getitem__(self, k: int | slice) -> tuple[int, Any] | list[tuple[int, Any]]:
        if isinstance(k, slice):
            return list(zip(self.moments[k].tolist(), self.values[k].tolist(), strict=True))
        return self.moments[k].item(), self.values[k].item()

    def __repr__(self) -> str:
        return f"<history of {self.place}: {len(self)} values from moment {self.moments[0]} on, {self[0][1]!r} .. {self[-1][1]!r}>"

    def sketch(self, points: int = CURVE) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """At most `points` of the pairs, evenly chosen, for a curve."""
        chosen = np.unique(np.linspace(0, len(self) - 1, min(points, len(self))).astype(int))
        return self.moments[chosen], self.values[chosen]


def nearest_write(machine: Machine, place: Place, to: int) -> Write | None:
    """The first write on the way to the moment `to`; the machine stands behind it, in the direction of travel, or at `to`."""
    for part in stretches(machine, to):
        events = part.within(place.cells)
        if len(events):
            e = events[0]
            k = int(part.instruction[e])
            cell, new, old = int(part.cells[e]), part.after[e], part.before()[e]
            if part.step < 0:
                new, old = old, new
            machine.run(part.start + part.step * (k + 1) - machine.time)
            return _write(machine.code, place, part, k, cell, old, new)
    return None


def _write(code: Code, place: Place, part: Recording, k: int, cell: int, old: Any, new: Any) -> Write:
    row = code.rows[int(part.rows[k])]
    return Write(part.moment(k), row.line, row.text, place.element(cell), place.value(old), place.value(new))


def history(session: Session, place: Place) -> History:
    """All values of one cell while it is what it is now: of a local in this call of its function, of a register in the whole run."""
    m = session.machine
    cell = place.cell()
    life, here = lifetime(m, place), m.snapshot()
    try:
        session.restore_at(life.birth(m) if life is not None else 0)        # forward only: on the way back there is round-off
        first = (m.I if cell & 1 else m.F)[cell >> 1]
        parts = [(np.zeros(1, np.int64), np.array([first], float))] if life is None else []
        parts += _values(m, place, life, session.total)
    finally:
        m.restore(here)
    return History(place.text, np.concatenate([t for t, _ in parts]), place.values(np.concatenate([v for _, v in parts])))


def _values(m: Machine, place: Place, life: Lifetime | None, to: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """(moments after them, values) of all writes, from where the place begins to where it ends."""
    begun = False
    for part in stretches(m, to):
        ends = life.ends(part, m.row) if life is not None else np.zeros(0, int)
        ends = ends[ends > 0] if not begun else ends
        begun = True
        last = int(ends[0]) if len(ends) else len(part)
        events = part.within(place.cells)
        events = events[part.instruction[events] < last]        # what the end of a lifetime leaves is nobody's value
        yield part.start + part.instruction[events] + 1, part.after[events]
        if last < len(part):
            return
