"""Bennett's pebbling: each step is made into new memory; intermediate states are uncomputed, never erased.

A run of n steps is cut into k parts of ceil(n / k) steps (the last one may be shorter). In the language's
words a clean run is `Within(C, A)`: C makes the first parts, A the last one, and then C is undone. Its
adjoint is: C run plainly, the adjoint of A, the adjoint of C, since the cotangents of intermediate states are
zero until A's adjoint has filled them. So there is one cotangent at any time, and one adjoint step per step.

Sources: Bennett, IBM J. Res. Dev. 17 (1973) 525-532 and SIAM J. Comput. 18 (1989) 766-776; Levine and
Sherman, SIAM J. Comput. 19 (1990) 673-677. The gradient with the top level left standing, and its counts of
calls and states, are those of Liu and Xu, Acta Physica Sinica 70(14) (2021).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from functools import cache
from heapq import heappop, heappush
from typing import TypeAlias

from .actions import Action, Advance, Copy, Free, Gradient, Retreat
from .settings import at_least

Actions: TypeAlias = Generator[Action, None, None]


def parts(n: int, k: int) -> list[int]:
    """Cut `n` steps into at most `k` parts of ceil(n / k) steps, the last one with what remains.

    Examples
    --------
    >>> parts(10, 3)
    [4, 4, 2]
    """
    size = -(-n // k)
    full, rest = divmod(n, size)
    return [size] * full + [rest] * (rest > 0)


# ---- counts ------------------------------------------------------------------------------------------------
@cache
def bennett_clean_moves(n: int, k: int) -> int:
    """Steps and inverse steps of a clean run; (2k-1)^m for n = k^m. Steps are one more than inverse steps.

    Examples
    --------
    >>> bennett_clean_moves(256, 4) == 7 ** 4
    True
    """
    at_least(1, n=n)
    at_least(2, k=k)
    if n == 1:
        return 1
    *first, last = parts(n, k)
    return 2 * len(first) * bennett_clean_moves(first[0], k) + bennett_clean_moves(last, k)


@cache
def bennett_clean_peak(n: int, k: int) -> int:
    """States of a clean run at its peak, with s_0 and s_n; m(k-1) + 2 for n = k^m.

    Examples
    --------
    >>> bennett_clean_peak(256, 4)
    14
    """
    at_least(1, n=n)
    at_least(2, k=k)
    if n == 1:
        return 2
    *first, last = parts(n, k)
    return len(first) + max(bennett_clean_peak(first[0], k), bennett_clean_peak(last, k))


def bennett_moves(n: int, k: int) -> int:
    """Calls of one sweep of the gradient: steps and inverse steps there, and as many calls of all kinds back.

    Examples
    --------
    >>> bennett_moves(16, 2), bennett_moves(9999, 5)
    (54, 178601)
    """
    at_least(1, n=n)
    at_least(2, k=k)
    return sum(bennett_clean_moves(part, k) for part in parts(n, k))


def bennett_inverse(n: int, k: int) -> int:
    """Inverse steps of both sweeps: each step's copy is undone by an inverse or an adjoint step."""
    return bennett_moves(n, k) - n


def bennett_peak(n: int, k: int) -> int:
    """States of the gradient at its peak, with s_0.

    Examples
    --------
    >>> bennett_peak(16, 2), bennett_peak(9999, 5)
    (6, 24)
    """
    at_least(1, n=n)
    at_least(2, k=k)
    return max(before + bennett_clean_peak(part, k) for before, part in enumerate(parts(n, k)))


# ---- schedules ---------------------------------------------------------------------------------------------
def bennett(n: int, k: int) -> Iterator[Action]:
    """Gradient of `n` steps cut into `k` parts again and again; the top parts' ends stay for the way back.

    Examples
    --------
    >>> from revbench.tradeoff import replay
    >>> there_and_back = replay(bennett(16, 2), 16)
    >>> there_and_back.calls, there_and_back.peak
    (108, 6)
    """
    at_least(1, n=n)
    at_least(2, k=k)
    return _Pebbles(k).gradient(n)


def bennett_clean(n: int, k: int) -> Iterator[Action]:
    """The plain pebbling without a gradient: at the end only s_0 and s_n are left (`Goal.LAST_STATE`).

    Examples
    --------
    >>> from revbench.tradeoff import Goal, replay
    >>> replay(bennett_clean(256, 4), 256, Goal.LAST_STATE).calls
    2401
    """
    at_least(1, n=n)
    at_least(2, k=k)
    return _Pebbles(k).clean(n)


class _Pebbles:
    """The recursion over slots: lowest free slot first.

    `run` makes the end of a part in a new slot, `undo` is its inverse, `pull` its adjoint; `compute` is C.
    """

    def __init__(self, k: int) -> None:
        self.k = k
        self.unused: list[int] = []
        self.used = 1

    def clean(self, n: int) -> Actions:
        yield from self.run(0, n)

    def gradient(self, n: int) -> Actions:
        sizes = parts(n, self.k)
        ends = yield from self.compute(0, sizes)
        yield from self.pull_back(0, ends, sizes)

    def run(self, start: int, n: int) -> Generator[Action, None, int]:
        if n == 1:
            end = heappop(self.unused) if self.unused else self.used
            self.used = max(self.used, end + 1)
            yield Copy(start, end)
            yield Advance(end)
            return end
        *first, last = parts(n, self.k)
        ends = yield from self.compute(start, first)
        end = yield from self.run(ends[-1], last)
        yield from self.uncompute(start, ends, first)
        return end

    def undo(self, start: int, end: int, n: int) -> Actions:
        if n == 1:
            yield Retreat(end)
            yield from self.release(end, start)
            return
        *first, last = parts(n, self.k)
        ends = yield from self.compute(start, first)
        yield from self.undo(ends[-1], end, last)
        yield from self.uncompute(start, ends, first)

    def pull(self, start: int, end: int, n: int) -> Actions:
        if n == 1:
            yield Gradient(end)
            yield from self.release(end, start)
            return
        *first, last = parts(n, self.k)
        ends = yield from self.compute(start, first)
        yield from self.pull(ends[-1], end, last)
        yield from self.pull_back(start, ends, first)

    def compute(self, start: int, sizes: Sequence[int]) -> Generator[Action, None, list[int]]:
        ends: list[int] = []
        for size in sizes:
            start = yield from self.run(start, size)
            ends.append(start)
        return ends

    def uncompute(self, start: int, ends: Sequence[int], sizes: Sequence[int]) -> Actions:
        for before, end, size in _backwards(start, ends, sizes):
            yield from self.undo(before, end, size)

    def pull_back(self, start: int, ends: Sequence[int], sizes: Sequence[int]) -> Actions:
        for before, end, size in _backwards(start, ends, sizes):
            yield from self.pull(before, end, size)

    def release(self, slot: int, against: int) -> Actions:
        yield Free(slot, against)
        heappush(self.unused, slot)


def _backwards(start: int, ends: Sequence[int], sizes: Sequence[int]) -> list[tuple[int, int, int]]:
    """(slot at the start, slot at the end, steps) of each part, last part first."""
    return list(zip([start, *ends[:-1]], ends, sizes, strict=True))[::-1]
