"""A recording of the reversible machine, which `run` fills while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class Trace:
    """A recording: one row per moment, one event per cell written. Grows by doubling."""

    row: NDArray[np.int32] = field(default_factory=lambda: np.zeros(1024, np.int32))
    dir: NDArray[np.int8] = field(default_factory=lambda: np.zeros(1024, np.int8))
    ip: NDArray[np.int32] = field(default_factory=lambda: np.zeros(1024, np.int32))
    offset: NDArray[np.int32] = field(default_factory=lambda: np.zeros(1024, np.int32))
    address: NDArray[np.int32] = field(default_factory=lambda: np.zeros(4096, np.int32))
    after: NDArray[np.float64] = field(default_factory=lambda: np.zeros(4096))

    def grow(self, moments: bool, events: int) -> None:
        if moments:
            self.row, self.dir, self.ip, self.offset = (np.concatenate([a, np.zeros_like(a)]) for a in (self.row, self.dir, self.ip, self.offset))
        if events:
            extra = max(len(self.address), events)
            self.address = np.concatenate([self.address, np.zeros(extra, np.int32)])
            self.after = np.concatenate([self.after, np.zeros(extra)])


NO_TRACE = Trace()
