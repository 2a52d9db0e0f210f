"""Peak bytes of a first call: a gradient without a tape needs as many for a long program as for a short one."""

from __future__ import annotations

import gc
import tracemalloc

from .races import Maker
from .table import Figure

GROWTH = 1.1        # eight times the steps may move the peak by rounding in the allocator, not by a share of a tape


def growth(name: str, short: Maker, long: Maker) -> Figure:
    """Peak extra bytes of the long program's first call over the short one's. Both are compiled before."""
    short()()
    few, many = first_call(short), first_call(long)
    value = many / few
    return Figure(name, value, "x", value, value, 1, f"<= {GROWTH:g}", value <= GROWTH, f"peak {few:,} and {many:,} bytes")


def first_call(make: Maker) -> int:
    """The most bytes of Python and NumPy that the first call of a new gradient holds beyond what was there."""
    run = make()
    gc.collect()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
