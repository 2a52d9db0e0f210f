"""Short recordings of a stretch of a run, in either direction, to be searched and thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from revbench.backends.machine import Machine
from revbench.backends.machine_trace import Trace
from revbench.errors import InvertibilityError

FIRST, MOST = 1 << 12, 1 << 19                     # how many instructions the first and the longest stretches have


@dataclass(eq=False)
class Recording:
    """Instructions one after the other in the direction of travel, and the cells that they wrote.

    Attributes
    ----------
    start : int
        The moment at which it begins.
    step : int
        1 on the way forward, -1 on the way back.
    rows, frames, ways : array of int, one entry per instruction
        Which one, in which frame, and whether its code runs onward (1) or backward (-1) in the direction of travel.
    offsets : array of int
        Where each instruction's events begin; one more at the end.
    cells, after : arrays, one entry per event
        Which cell was written, and what it held then.
    floats, ints : arrays
        The memory at `start`.
    """

    start: int
    step: int
    rows: NDArray[np.int32]
    frames: NDArray[np.int32]
    ways: NDArray[np.int8]
    offsets: NDArray[np.int64]
    cells: NDArray[np.int32]
    after: NDArray[np.float64]
    floats: NDArray[np.float64]
    ints: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def instruction(self) -> NDArray[np.int64]:
        """For every event the instruction that it belongs to."""
        return np.repeat(np.arange(len(self.rows)), np.diff(self.offsets))

    def moment(self, instruction: int) -> int:
        """The moment before an instruction, on the way forward."""
        return self.start + instruction if self.step > 0 else self.start - instruction - 1

    def before(self) -> NDArray[np.float64]:
        """For every event what the cell held before it, in the direction of travel."""
        order = np.argsort(self.cells, kind="stable")
        cells = self.cells[order].astype(np.int64)
        out = np.empty(len(order))
        out[order[1:]] = self.after[order[:-1]]
        first = np.ones(len(order), bool)
        first[1:] = cells[1:] != cells[:-1]
        at, bank = cells[first] >> 1, cells[first] & 1
        values = np.where(bank == 0, self.floats[np.minimum(at, len(self.floats) - 1)], self.ints[np.minimum(at, len(self.ints) - 1)])
        out[order[first]] = values
        return out

    def within(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """The events that write one of these cells."""
        if not len(cells):
            return np.zeros(0, np.int64)
        low, high = int(cells[0]), int(cells[-1])             # a place is contiguous, in one bank
        return np.flatnonzero((self.cells >= low) & (self.cells <= high) & ((self.cells & 1) == (low & 1)))


def record(machine: Machine, count: int) -> Recording:
    """Runs `count` instructions (backward if negative) and says what they wrote."""
    start, floats, ints, trace = machine.time, machine.F.copy(), machine.I.copy(), Trace()
    with suppress(InvertibilityError):                         # what was recorded up to there stands
        machine.run(count, trace, cap=abs(count))
    n, events = machine.register("moments"), machine.register("events")
    return Recording(start, 1 if count > 0 else -1, trace.row[:n], trace.ip[:n], trace.dir[:n], np.append(trace.offset[:n], events).astype(np.int64),
                     trace.address[:events], trace.after[:events], floats, ints)


def stretches(machine: Machine, to: int) -> Iterator[Recording]:
    """The run from here to the moment `to`, in stretches that grow, so that what is near is found quickly."""
    length = FIRST
    while machine.time != to:
        left = to - machine.time
        part = record(machine, max(-length, min(length, left)))
        if not len(part):
            return
        yield part
        length = min(MOST, 4 * length)
