"""A schedule is data, and `replay` is its only judge.

A program of N steps goes through the states s_0, s_1, ... s_N. Its gradient can be computed in many orders
that trade time for memory: keep everything, recompute from snapshots, uncompute, or run the steps backwards.
Each order is a sequence of the five actions below, on numbered slots that hold one state each. Three kernels
are enough to run any of them, all in place: a step, an inverse step, an adjoint step.

At the start slot 0 holds s_0 and nothing else is live. Where a schedule *recomputes*, states are forgotten
with `Free(slot)`; where it *uncomputes*, a slot is undone until it equals its neighbour and is then freed
`against` it, so that nothing is erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, assert_never

from revbench.errors import RevbenchError


@dataclass(frozen=True, slots=True)
class Copy:
    """The empty slot `dst` becomes a copy of `src`: a snapshot taken or restored, or room for a step."""

    src: int
    dst: int


@dataclass(frozen=True, slots=True)
class Advance:
    """One step forward: the slot goes from s_i to s_(i+1)."""

    slot: int


@dataclass(frozen=True, slots=True)
class Retreat:
    """One inverse step: the slot goes from s_(i+1) back to s_i."""

    slot: int


@dataclass(frozen=True, slots=True)
class Gradient:
    """One adjoint step: the slot goes from s_(i+1) back to s_i, and pulls the one cotangent back with it.

    Law: adjoint steps come in the order N-1, N-2, ... 0.
    """

    slot: int


@dataclass(frozen=True, slots=True)
class Free:
    """The slot is given back.

    Law: with `against`, both slots hold the same state, so nothing is erased; without, it is forgotten.
    """

    slot: int
    against: int | None = None


Action: TypeAlias = Copy | Advance | Retreat | Gradient | Free


class Goal(Enum):
    """What a schedule leaves behind."""

    GRADIENT = "s_0 in slot 0 and the cotangent of s_0"
    LAST_STATE = "s_0 in slot 0 and s_N in one more slot"


class IllegalAction(RevbenchError):
    """An action of a schedule that cannot be done with the states that are live at that moment."""


class UnfinishedSchedule(RevbenchError):
    """A schedule that ends with states left over or with adjoint steps missing."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One action of a replay: what was done, to which state, and how many states are live afterwards.

    `state` is the i of the s_i that the action's slot (of a copy, the new one) holds after it; of a `Free`,
    the one that it held.
    """

    action: Action
    state: int
    live: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What the judge counted.

    Attributes
    ----------
    n : int
        Number of steps.
    forward, inverse, gradients : int
        Calls of the step, the inverse step and the adjoint step.
    peak : int
        The most states that were live at once, slot 0 and every working state included.
    actions : int
        Length of the schedule.
    timeline : tuple of Frame or None
        Every action, when it was asked for.
    """

    n: int
    forward: int
    inverse: int
    gradients: int
    peak: int
    actions: int
    timeline: tuple[Frame, ...] | None = None

    @property
    def calls(self) -> int:
        """Calls of the three kernels together."""
        return self.forward + self.inverse + self.gradients


class _Judge:
    """Knows which slot holds which state, and refuses what the laws do not allow."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.held = {0: 0}
        self.to_do = n
        self.forward = self.inverse = 0

    def at(self, slot: int) -> int:
        if slot not in self.held:
            raise IllegalAction(f"slot {slot} is empty")
        return self.held[slot]

    def do(self, action: Action) -> int:
        """Do one action; return the index of the state that it was done to."""
        match action:
            case Copy(src, dst):
                if dst in self.held:
                    raise IllegalAction(f"slot {dst} already holds s_{self.held[dst]}", hint="free it first")
                state = self.held[dst] = self.at(src)
            case Advance(slot):
                if self.at(slot) == self.n:
                    raise IllegalAction(f"slot {slot} already holds the last state, s_{self.n}")
                self.held[slot] += 1
                self.forward += 1
                state = self.held[slot]
            case Retreat(slot):
                if self.at(slot) == 0:
                    raise IllegalAction(f"slot {slot} holds s_0, and there is no step before it")
                self.held[slot] -= 1
                self.inverse += 1
                state = self.held[slot]
            case Gradient(slot):
                if self.at(slot) != self.to_do or self.to_do == 0:
                    due = f"the next adjoint step is from s_{self.to_do}" if self.to_do else "no step is left"
                    raise IllegalAction(f"slot {slot} holds s_{self.held[slot]}, but {due}")
                self.to_do -= 1
                state = self.held[slot] = self.to_do
            case Free(slot, against):
                state = self.at(slot)
                if against == slot:
                    raise IllegalAction(f"slot {slot} cannot vouch for itself")
                if against is not None and self.at(against) != state:
                    raise IllegalAction(f"slot {slot} holds s_{state}, but slot {against} holds "
                                        f"s_{self.held[against]}", hint="uncompute it first")
                del self.held[slot]
            case _:
                assert_never(action)
        return state

    def finish(self, goal: Goal) -> None:
        """Raise unless exactly what the goal asks for is left."""
        kept = self.held.get(0) == 0
        if not kept:
            raise UnfinishedSchedule("slot 0 does not hold s_0 at the end")
        rest = sorted((state, slot) for slot, state in self.held.items() if slot != 0)
        match goal:
            case Goal.GRADIENT:
                adjoint_left, wanted = 0, 0
            case Goal.LAST_STATE:
                adjoint_left, wanted = self.n, 1
                if not rest or rest[-1][0] != self.n:
                    raise UnfinishedSchedule(f"no slot holds the last state, s_{self.n}, at the end")
            case _:
                assert_never(goal)
        if len(rest) > wanted:
            raise UnfinishedSchedule(f"slot {rest[0][1]} still holds s_{rest[0][0]} at the end")
        if self.to_do != adjoint_left:
            raise UnfinishedSchedule(f"{self.n - self.to_do} adjoint steps were made instead of "
                                     f"{self.n - adjoint_left}")


def replay(schedule: Iterable[Action], n: int, goal: Goal = Goal.GRADIENT, *,
           timeline: bool = False) -> Replay:
    """Simulate a schedule over `n` steps: check every action and count the calls and the live states.

    Parameters
    ----------
    schedule : iterable of Action
        May be lazy; it is read once.
    n : int
        Number of steps; the states are s_0 ... s_n.
    goal : Goal
        What has to be left at the end.
    timeline : bool
        Whether to keep one `Frame` for each action.

    Raises
    ------
    IllegalAction
        At the first action whose law is broken; the message counts actions from 0.
    UnfinishedSchedule
        When the end is not what `goal` asks for.

    Examples
    --------
    >>> there_and_back = [Advance(0), Advance(0), Gradient(0), Gradient(0)]
    >>> counted = replay(there_and_back, 2)
    >>> counted.forward, counted.gradients, counted.peak
    (2, 2, 1)
    """
    judge = _Judge(n)
    frames: list[Frame] = []
    peak, count = 1, 0
    for count, action in enumerate(schedule, 1):
        try:
            state = judge.do(action)
        except IllegalAction as broken:
            raise IllegalAction(f"action {count - 1}, {action}: {broken.message}", hint=broken.hint) from None
        live = len(judge.held)
        peak = max(peak, live)
        if timeline:
            frames.append(Frame(action, state, live))
    judge.finish(goal)
    return Replay(n, judge.forward, judge.inverse, gradients=n - judge.to_do, peak=peak, actions=count,
                  timeline=tuple(frames) if timeline else None)
