"""The schemes side by side: each row has its schedule and the closed forms that the judge has to confirm.

Conventions. n steps, states s_0 ... s_n. A call is one step, one inverse step or one adjoint step; a step
that is made again in order to take its adjoint is a step like any other. The peak counts all live states, s_0
and the working state included; the one cotangent that travels back is not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import TypeAlias

from .actions import Action, Advance, Copy, Free, Goal, Gradient
from .bennett import bennett as bennett
from .bennett import bennett_clean as bennett_clean
from .bennett import bennett_clean_moves as bennett_clean_moves
from .bennett import bennett_clean_peak as bennett_clean_peak
from .bennett import bennett_inverse as bennett_inverse
from .bennett import bennett_moves as bennett_moves
from .bennett import bennett_peak as bennett_peak
from .revolve import revolve as revolve
from .revolve import revolve_extra as revolve_extra
from .revolve import revolve_peak as revolve_peak
from .revolve import revolve_repetition as revolve_repetition
from .settings import BadSetting as BadSetting
from .settings import at_least


def in_place(n: int) -> Iterator[Action]:
    """A reversible program as it is: `n` steps on the one state, then `n` adjoint steps that undo them.

    Examples
    --------
    >>> list(in_place(2))
    [Advance(slot=0), Advance(slot=0), Gradient(slot=0), Gradient(slot=0)]
    """
    at_least(1, n=n)
    return _in_place(n)


def _in_place(n: int) -> Iterator[Action]:
    yield from repeat(Advance(0), n)
    yield from repeat(Gradient(0), n)


def store_all(n: int) -> Iterator[Action]:
    """Keep s_0 ... s_n, s_i in slot i, and take each adjoint step from the stored state.

    Examples
    --------
    >>> list(store_all(1))
    [Copy(src=0, dst=1), Advance(slot=1), Gradient(slot=1), Free(slot=1, against=None)]
    """
    at_least(1, n=n)
    return _store_all(n)


def _store_all(n: int) -> Iterator[Action]:
    for slot in range(1, n + 1):
        yield Copy(slot - 1, slot)
        yield Advance(slot)
    for slot in range(n, 0, -1):
        yield Gradient(slot)
        yield Free(slot)


@dataclass(frozen=True, slots=True)
class Parameter:
    """The one number that a scheme may be tuned with; values above `n` change nothing."""

    name: str
    label: str
    least: int
    default: int


Count: TypeAlias = Callable[[int, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One row: a schedule and its closed forms, all functions of (n, setting of the parameter).

    Schemes without a parameter ignore the second argument.
    """

    name: str
    label: str
    sentence: str
    parameter: Parameter | None = None
    goal: Goal = Goal.GRADIENT
    schedule: Callable[[int, int], Iterator[Action]]
    forward: Count
    inverse: Count
    gradients: Count
    peak: Count

    @property
    def default(self) -> int:
        """The parameter's default, or 0 where there is none."""
        return self.parameter.default if self.parameter else 0

    def calls(self, n: int, setting: int) -> int:
        """All calls, by the closed forms."""
        return self.forward(n, setting) + self.inverse(n, setting) + self.gradients(n, setting)


_SNAPSHOTS = Parameter("d", "snapshots, s_0 among them", least=1, default=4)
_PARTS = Parameter("k", "parts that a run is cut into", least=2, default=2)

SCHEMES: dict[str, Scheme] = {row.name: row for row in (
    Scheme(name="in_place", label="In place",
           sentence="The program is reversible: run it, then undo it step by step with its cotangent.",
           schedule=lambda n, _: in_place(n),
           forward=lambda n, _: n, inverse=lambda n, _: 0, gradients=lambda n, _: n, peak=lambda n, _: 1),
    Scheme(name="store_all", label="Store all",
           sentence="Every state is kept on the way forward and read on the way back.",
           schedule=lambda n, _: store_all(n),
           forward=lambda n, _: n, inverse=lambda n, _: 0, gradients=lambda n, _: n, peak=lambda n, _: n + 1),
    Scheme(name="revolve", label="Checkpoints (Revolve)", parameter=_SNAPSHOTS,
           sentence="A few snapshots are kept, and the steps between them are made again when needed.",
           schedule=revolve,
           forward=lambda n, d: revolve_extra(n, d) + n, inverse=lambda n, d: 0, gradients=lambda n, d: n,
           peak=revolve_peak),
    Scheme(name="bennett", label="Uncompute (Bennett)", parameter=_PARTS,
           sentence="Each step is made into new memory; what is not needed any more is uncomputed.",
           schedule=bennett,
           forward=bennett_moves, inverse=bennett_inverse, gradients=lambda n, k: n, peak=bennett_peak),
    Scheme(name="bennett_clean", label="Uncompute, no gradient", parameter=_PARTS, goal=Goal.LAST_STATE,
           sentence="Bennett's pebbling alone: at the end only the first and the last state are left.",
           schedule=bennett_clean,
           forward=lambda n, k: (bennett_clean_moves(n, k) + 1) // 2,
           inverse=lambda n, k: (bennett_clean_moves(n, k) - 1) // 2, gradients=lambda n, k: 0,
           peak=bennett_clean_peak),
)}
