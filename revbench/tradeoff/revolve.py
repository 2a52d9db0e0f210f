"""Optimal checkpointing: a few snapshots, and pieces of the run made again from the nearest one.

With d snapshots and each step advanced at most r times, binomial(d + r, d) steps can be reversed: advance to
a cut, put a snapshot there, reverse the right part with one snapshot fewer, then the left part with all.

Sources: Griewank, Optimization Methods and Software 1 (1992) 35-54; Griewank and Walther, ACM TOMS 26 (2000)
19-45, Algorithm 799. `d` counts the snapshots with s_0 and without the working state.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

from .actions import Action, Advance, Copy, Free, Gradient
from .settings import at_least


def revolve_repetition(n: int, d: int) -> int:
    """How often a step is advanced at most: the least r with binomial(d + r, d) >= n.

    Examples
    --------
    >>> [revolve_repetition(1000, d) for d in (2, 5, 10)]
    [44, 8, 4]
    """
    at_least(1, n=n, d=d)
    if d == 1:
        return n - 1
    r, reach = 0, 1
    while reach < n:
        r += 1
        reach = reach * (d + r) // r
    return r


def revolve_extra(n: int, d: int) -> int:
    """Plain advances of an optimal schedule, r n - binomial(d + r, d + 1), without its n taping steps.

    Examples
    --------
    >>> revolve_extra(100, 5), revolve_extra(16, 4)
    (316, 27)
    """
    r = revolve_repetition(n, d)
    return r * n - comb(d + r, d + 1)


def revolve_peak(n: int, d: int) -> int:
    """Live states at the peak: d snapshots and the working state; a short chain uses n - 1 snapshots only."""
    at_least(1, n=n, d=d)
    return min(d, max(1, n - 1)) + 1


def cut(n: int, d: int) -> int:
    """Length of the left part when `n` >= 2 steps with `d` snapshots (one at the start) are cut optimally.

    Adding a step to a chain costs as many advances as its repetition, so any cut is optimal that leaves the
    left part a repetition of r - 2 or r - 1 and the right one r - 1 or r; this is the rightmost such cut.
    """
    r = revolve_repetition(n, d)
    return min(comb(d + r - 1, d), n - comb(d + r - 2, d - 1))


def revolve(n: int, d: int) -> Iterator[Action]:
    """Gradient of `n` steps with `d` snapshots, s_0 among them, and one working state.

    The adjoint of a step is taken right after the step is made again (`Advance`, `Gradient` on the working
    slot). No inverse step is needed. Snapshot j lives in slot j, the working state in the slot above them.

    Examples
    --------
    >>> from revbench.tradeoff import replay
    >>> replay(revolve(16, 4), 16).calls      # 27 plain advances, 16 taping steps, 16 adjoint steps
    59
    """
    at_least(1, n=n, d=d)
    return _revolve(n, d)


def _revolve(n: int, d: int) -> Iterator[Action]:
    d = revolve_peak(n, d) - 1
    work, taken, end = d, [0], n
    while end > 0:
        at = taken[-1]
        yield Copy(len(taken) - 1, work)
        while end - at > 1:
            left = cut(end - at, d - len(taken) + 1)
            for _ in range(left):
                yield Advance(work)
            at += left
            if end - at > 1:
                yield Copy(work, len(taken))
                taken.append(at)
        yield Advance(work)
        yield Gradient(work)
        yield Free(work)
        end -= 1
        if 0 < end == taken[-1]:
            taken.pop()
            yield Free(len(taken))
