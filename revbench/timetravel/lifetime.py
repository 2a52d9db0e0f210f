"""From where to where a local is what it is: one turn through the instructions that begin and end it, in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from revbench.backends.machine import Machine
from revbench.backends.machine_tables import COL

from .places import Place, owner
from .recording import Recording, stretches


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A local of the frame at `frame`.

    Attributes
    ----------
    edges : tuple of int
        The rows that begin or end it; of a loop variable they are pairs, the loop's first and last row.
    loop : bool
    """

    frame: int
    edges: tuple[int, ...]
    loop: bool

    def birth(self, m: Machine) -> int:
        """The moment before it begins; the machine walks back there."""
        for part in stretches(m, 0):
            ends = self.ends(part, m.row)
            if len(ends):
                return part.moment(int(ends[0]))
        raise AssertionError("compiler bug: a local that does not begin")

    def ends(self, part: Recording, then: int) -> NDArray[np.int64]:
        """The instructions beyond which it is not there, in the direction of travel; `then` is the row that comes after this stretch."""
        ends = np.isin(part.rows, self.edges) & (part.frames == self.frame)
        if self.loop:                                           # it is entered at one edge, and runs over the other at every turn
            later = np.append(part.rows[1:], then)
            stays = np.zeros(len(part), bool)
            for first, last in zip(self.edges[::2], self.edges[1::2], strict=True):
                stays |= (first <= part.rows) & (part.rows <= last) & (first <= later) & (later <= last)
            ends &= ~stays & (np.isin(part.rows, self.edges[::2]) == (part.ways < 0))
        return np.flatnonzero(ends)


def lifetime(m: Machine, place: Place) -> Lifetime | None:
    """Of the local whose memory the place is; None: a register of the whole run."""
    mine = owner(m, place)
    if mine is None:
        return None
    symbol, fn, ip = mine
    rows = [k for k, r in enumerate(m.code.rows) if r.fn == fn and (symbol.name in r.live) != (symbol.name in r.live_after)]
    if symbol.role != "loop":
        return Lifetime(ip, tuple(rows), False)
    heads = [k for k in rows if m.code.rows[k].kind == "for"]
    return Lifetime(ip, tuple(q for k in heads for q in (k, int(m.code.table[k, COL["c"]]))), True)
