"""Run a schedule for real: three kernels, NumPy arrays for slots, and a count of the bytes that are live.

The driver allocates arrays for every `Copy` and drops them at every `Free`, so the memory that it reports is
memory that the run had. Kernel calls are not counted here. All work is done on copies: an interrupted run
leaves the caller's arrays as they were.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from revbench.errors import InvertibilityError

from .actions import Action, Advance, Copy, Free, Gradient, IllegalAction, Retreat

State: TypeAlias = tuple[NDArray[Any], ...]
FLOATING = "fc"                          # dtype.kind of what is rounded


class Stepper(Protocol):
    """One step of a program, its inverse and its adjoint, each in place on a tuple of arrays.

    `adjoint` gets the state after the step with its cotangent, and leaves the state before it with the
    cotangent of that. The cotangent may have more arrays than the state (for parameters, where it adds up).
    """

    def forward(self, state: State, /) -> None: ...
    def inverse(self, state: State, /) -> None: ...
    def adjoint(self, state: State, cotangent: State, /) -> None: ...


class UncomputeMismatch(InvertibilityError):
    """A slot was undone, but does not hold what the neighbour holds that it was computed from."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What `on_action` is told after an action: its number from 0, and what is live now."""

    index: int
    action: Action
    states: int
    state_bytes: int
    cotangent_bytes: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """One entry per action, after it: live states, their bytes, and the cotangent's bytes (int64 columns)."""

    states: NDArray[np.int64]
    state_bytes: NDArray[np.int64]
    cotangent_bytes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """What a driven schedule gave.

    Attributes
    ----------
    cotangent : tuple of arrays, or None
        The cotangent of s_0; None when the schedule has no adjoint steps.
    left : tuple of State
        The states that are live at the end by slot: (s_0,) after a gradient, (s_0, s_N) after a clean run.
    peak_states, peak_bytes : int
        Live states and their bytes at the peak.
    peak_cotangent_bytes : int
        Bytes of the cotangent, which lives from the first adjoint step on.
    timeline : Timeline
    actions : int
        Length of the schedule.
    """

    cotangent: State | None
    left: tuple[State, ...]
    peak_states: int
    peak_bytes: int
    peak_cotangent_bytes: int
    timeline: Timeline
    actions: int

    @property
    def final(self) -> State:
        """The last of the states left: s_0, as the way back restored it, or s_N of a clean run."""
        return self.left[-1]


def drive(schedule: Iterable[Action], stepper: Stepper, state: State,
          cotangent: State | Callable[[State], State] | None = None,
          on_action: Callable[[Moment], object] | None = None, *, rtol: float | None = None,
          timeline: bool = True) -> Run:
    """Execute a schedule.

    Parameters
    ----------
    schedule : iterable of Action
        Legal as `replay` judges it.
    stepper : Stepper
        The three kernels.
    state : tuple of arrays
        s_0; never changed.
    cotangent : tuple of arrays, or callable
        The cotangent of s_N, or a function that makes it from s_N (which it sees read-only) just before the
        first adjoint step. Not needed for a schedule without adjoint steps.
    on_action : callable, optional
        Told a `Moment` after each action. What it raises, a KeyboardInterrupt for one, ends the run.
    rtol : float, optional
        How far a slot may be off when it is freed against another, relative to the largest magnitude that
        the array is known to have held (default: the square root of the dtype's epsilon). Integers have to be
        equal.
    timeline : bool
        Whether to keep the timeline, which takes 24 bytes per action; without it, its columns are empty.

    Returns
    -------
    Run

    Raises
    ------
    IllegalAction
        When an action needs a slot that is empty, fills one that is not, or finds no cotangent.
    UncomputeMismatch
        When a slot is freed against another one and they differ.
    """
    machine = _Machine(stepper, state, cotangent, rtol)
    columns = array("q"), array("q"), array("q")
    peaks, length = (1, machine.state_bytes, 0), 0
    for index, action in enumerate(schedule):
        try:
            machine.do(action)
        except IllegalAction as broken:
            raise IllegalAction(f"action {index}, {action}: {broken.message}", hint=broken.hint) from None
        now = len(machine.slots), machine.state_bytes, machine.cotangent_bytes
        peaks, length = (max(peaks[0], now[0]), max(peaks[1], now[1]), max(peaks[2], now[2])), index + 1
        if timeline:
            for column, value in zip(columns, now, strict=True):
                column.append(value)
        if on_action is not None:
            on_action(Moment(index, action, *now))
    states, state_bytes, cotangent_bytes = (np.array(column, dtype=np.int64) for column in columns)
    return Run(cotangent=machine.cotangent,
               left=tuple(machine.slots[slot] for slot in sorted(machine.slots)),
               peak_states=peaks[0], peak_bytes=peaks[1], peak_cotangent_bytes=peaks[2],
               timeline=Timeline(states, state_bytes, cotangent_bytes), actions=length)


class _Machine:
    """The slots, the one cotangent, and the bytes of both."""

    def __init__(self, stepper: Stepper, state: State, seed: State | Callable[[State], State] | None,
                 rtol: float | None) -> None:
        self.stepper = stepper
        self.slots: dict[int, State] = {0: _copy(state)}
        self.state_bytes = _nbytes(state)
        self.seed = seed
        self.cotangent: State | None = None
        self.cotangent_bytes = 0
        self.same = _Comparison(rtol)

    def at(self, slot: int) -> State:
        if slot not in self.slots:
            raise IllegalAction(f"slot {slot} is empty")
        return self.slots[slot]

    def do(self, action: Action) -> None:
        match action:
            case Copy(src, dst):
                if dst in self.slots:
                    raise IllegalAction(f"slot {dst} is already in use", hint="free it first")
                self.slots[dst] = _copy(self.at(src))
                self.state_bytes += _nbytes(self.slots[dst])
            case Advance(slot):
                self.stepper.forward(self.at(slot))
            case Retreat(slot):
                self.same.look_at(self.at(slot))
                self.stepper.inverse(self.slots[slot])
            case Gradient(slot):
                state = self.at(slot)
                self.stepper.adjoint(state, self.plant(state) if self.cotangent is None else self.cotangent)
            case Free(slot, against):
                if against is not None:
                    self.same.check(self.at(slot), self.at(against), slot, against)
                self.state_bytes -= _nbytes(self.at(slot))
                del self.slots[slot]
            case _:
                assert_never(action)

    def plant(self, last: State) -> State:
        """The cotangent of s_N, made when the first adjoint step asks for it."""
        if self.seed is None:
            raise IllegalAction("there is no cotangent to pull back",
                                hint="give `drive` the cotangent of the last state")
        self.same.look_at(last)
        self.cotangent = _copy(self.seed(_read_only(last)) if callable(self.seed) else self.seed)
        self.cotangent_bytes = _nbytes(self.cotangent)
        return self.cotangent


class _Comparison:
    """Are two states the same up to round-off? Relative to the largest magnitude that each array has held."""

    def __init__(self, rtol: float | None) -> None:
        self.rtol = rtol
        self.scale: dict[int, float] = {}

    def look_at(self, state: State) -> None:
        for number, plane in enumerate(_planes(state)):
            if plane.size and plane.dtype.kind in FLOATING:
                self.scale[number] = max(self.scale.get(number, 0.0), _magnitude(plane))

    def check(self, undone: State, kept: State, slot: int, against: int) -> None:
        pairs = list(zip(_planes(undone), _planes(kept), strict=True))
        if all(np.array_equal(a, b) for a, b in pairs):
            return
        self.look_at(undone)
        self.look_at(kept)
        for number, (a, b) in enumerate(pairs):
            if np.array_equal(a, b):
                continue
            tolerance = 0.0
            with np.errstate(invalid="ignore"):
                off = np.abs(a - b) if a.dtype != np.bool_ else a ^ b
            if a.dtype.kind in FLOATING:
                rtol = float(np.sqrt(np.finfo(a.dtype).eps)) if self.rtol is None else self.rtol
                tolerance = rtol * self.scale[number]
            worst = np.unravel_index(np.argmax(off), off.shape)     # a NaN counts as the largest
            if not off[worst] <= tolerance:
                raise UncomputeMismatch(
                    f"slot {slot} was undone to {a[worst]} at {[int(i) for i in worst]} of array {number}, "
                    f"but slot {against}, which it was computed from, holds {b[worst]}",
                    hint="the inverse step does not undo the step; compare the two on one state",
                    law="uncompute", names=(f"slot {slot}", f"slot {against}"),
                    values=(a[worst].item(), b[worst].item()))


def _planes(state: State) -> Iterator[NDArray[Any]]:
    """The arrays of a state, records field by field."""
    for part in state:
        if part.dtype.names is None:
            yield part
        else:
            yield from _planes(tuple(part[name] for name in part.dtype.names))


def _magnitude(plane: NDArray[Any]) -> float:
    """Largest absolute value; real arrays need no temporary for it."""
    if np.iscomplexobj(plane):
        return float(np.abs(plane).max())
    return float(max(np.maximum.reduce(plane, axis=None), -np.minimum.reduce(plane, axis=None)))


def _copy(state: State) -> State:
    return tuple(part.copy() for part in state)


def _nbytes(state: State) -> int:
    return sum(part.nbytes for part in state)


def _read_only(state: State) -> State:
    views = tuple(part.view() for part in state)
    for view in views:
        view.flags.writeable = False
    return views
