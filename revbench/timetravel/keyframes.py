"""A few states of a run that is long, so that a seek need not walk all the way; under a byte cap.

A run is reversible: any state leads to any other. Keyframes only make it shorter, and exact where floats come back
with round-off.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from revbench.backends.machine import Machine

MOST = 128                                          # of a run of 10^8 instructions, every millionth: no more than some 20 ms from any moment
APART = 1 << 18                                     # no nearer: walking is as fast as copying


class Keyframes:
    """States of one run, about evenly spaced.

    Attributes
    ----------
    cap : int
        How many bytes they may hold; 0: none are kept but the run's beginning.
    """

    def __init__(self, cap: int) -> None:
        self.cap, self.apart = cap, APART
        self._kept: list[tuple[int, tuple[Any, ...]]] = []

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return f"<{len(self)} keyframes, {self.nbytes:,} of {self.cap:,} bytes>"

    @property
    def moments(self) -> list[int]:
        return [t for t, _ in self._kept]

    @property
    def nbytes(self) -> int:
        """Bytes that they hold now."""
        return sum(_bytes(s) for _, s in self._kept)

    def keep(self, machine: Machine) -> None:
        """Take this state, and thin out what there is too much of."""
        state = machine.snapshot()
        if (len(self._kept) + 1) * _bytes(state) > self.cap and not self._kept:
            return
        self._kept.append((machine.time, state))
        if len(self._kept) > MOST or self.nbytes > self.cap:
            self._kept = self._kept[1::2]
            self.apart *= 2

    def below(self, moment: int) -> tuple[int, tuple[Any, ...]] | None:
        """The last state that is not after a moment."""
        k = bisect_right(self.moments, moment)
        return self._kept[k - 1] if k else None

    def nearest(self, moment: int) -> tuple[int, tuple[Any, ...]] | None:
        return min(self._kept, key=lambda kept: abs(kept[0] - moment), default=None)


def _bytes(state: tuple[Any, ...]) -> int:
    return sum(getattr(part, "nbytes", 0) for part in state)
