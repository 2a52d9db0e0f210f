"""Signs and neighbouring whole numbers, without branches."""

from __future__ import annotations

from .compiled import compiled
from .emitted import Value, where


@compiled(1)
def sign(x: Value) -> Value:
    """-1, 0 or 1; NaN for NaN."""
    return where(x > 0.0, 1.0, where(x < 0.0, -1.0, where(x == 0.0, x.constant(0.0), x)))


@compiled(1)
def floor(x: Value) -> Value:
    """The largest whole number up to x."""
    return x.called("floor")


@compiled(1)
def ceil(x: Value) -> Value:
    """The smallest whole number from x on."""
    return x.called("ceil")
