"""The memory race: one gradient, really computed by every scheme, with calls and bytes measured beside the closed forms.

Calls are counted by the compiled programs themselves (`StepKernel`), bytes are those of the arrays that were live.
The closed forms belong to the scheme, the schedule is only what is run: alter an action of it, and the two disagree.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from revbench._api import Kernel
from revbench.errors import WrongArguments

from .actions import Action, Advance, Goal, Gradient, Retreat
from .drive import Moment, drive
from .schedules import SCHEMES, Scheme
from .settings import BadSetting, at_least
from .stepper import Counts, StepKernel, Values

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 400                                       # what a figure can show of a run
KIND: dict[type[Action], int] = {Advance: 0, Retreat: 1, Gradient: 2}
OWN = ("steps", "snapshots", "k", "seed", "of", "wrt", "schemes")


@dataclass(frozen=True, slots=True)
class Profile:
    """Live states while the calls were made, in at most 2 x `BINS` bins of `width` calls each (the last may be shorter).

    `least` and `most` are the live states in a bin; `kinds` has a row per bin: calls of step, inverse and adjoint in it.
    """

    width: int
    least: NDArray[np.int64]
    most: NDArray[np.int64]
    kinds: NDArray[np.int64]


class Recorder:
    """Makes a `Profile` while a schedule runs, in memory that does not grow: when it is full, bins are merged in pairs."""

    def __init__(self, on_call: Callable[[], object] | None = None) -> None:
        self.on_call = on_call
        self.width = 1
        self.bins: list[list[int]] = []          # least, most, forward, inverse, gradients
        self.open: list[int] | None = None
        self.inside = 0

    def __call__(self, moment: Moment) -> None:
        kind = KIND.get(type(moment.action))
        if kind is None:
            return
        if self.open is None:
            if len(self.bins) == 2 * BINS:
                self.merge()
            self.open = [moment.states, moment.states, 0, 0, 0]
        now = self.open
        now[0], now[1] = min(now[0], moment.states), max(now[1], moment.states)
        now[2 + kind] += 1
        self.inside += 1
        if self.inside == self.width:
            self.close()
        if self.on_call is not None:
            self.on_call()

    def close(self) -> None:
        if self.open is not None:
            self.bins.append(self.open)
        self.open, self.inside = None, 0

    def merge(self) -> None:
        pairs = zip(self.bins[::2], self.bins[1::2], strict=True)
        self.bins = [[min(a[0], b[0]), max(a[1], b[1]), a[2] + b[2], a[3] + b[3], a[4] + b[4]] for a, b in pairs]
        self.width *= 2

    def profile(self) -> Profile:
        self.close()
        table = np.array(self.bins, np.int64).reshape(-1, 5)
        return Profile(self.width, table[:, 0], table[:, 1], table[:, 2:])


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one scheme did, and what its closed forms say.

    Attributes
    ----------
    scheme : Scheme
    setting : int
        The scheme's parameter (d or k); 0 where there is none.
    counted, expected : Counts
        Calls, from inside the compiled programs and by the closed forms.
    peak_states, expected_peak : int
        Live states at the peak.
    peak_bytes, expected_bytes : int
        Bytes of the live states at the peak.
    cotangent_bytes : int
        Bytes of the one cotangent, which every scheme needs besides.
    seconds : float
    gradient : dict
        With respect to the first state's floats and to the parameters.
    distance : float
        Relative 2-norm of the difference to the gradient of `store_all` (of the first row, if it does not run).
    profile : Profile
        Live states over the run.
    """

    scheme: Scheme
    setting: int
    counted: Counts
    expected: Counts
    peak_states: int
    expected_peak: int
    peak_bytes: int
    expected_bytes: int
    cotangent_bytes: int
    seconds: float
    gradient: dict[str, Any]
    distance: float
    profile: Profile

    @property
    def label(self) -> str:
        """The scheme's name with its setting."""
        p = self.scheme.parameter
        return f"{self.scheme.label}, {p.name} = {self.setting}" if p else self.scheme.label

    @property
    def equal(self) -> bool:
        """Whether everything counted is what the closed forms say."""
        return (self.counted == self.expected and self.peak_states == self.expected_peak and self.peak_bytes == self.expected_bytes)


@dataclass(frozen=True)
class Race:
    """The rows of a race. `bool(race)`: all gradients agree, and all counts are those of the closed forms.

    Attributes
    ----------
    name : str
        The step kernel.
    steps, snapshots, k : int
    state_bytes : int
        Size of one state.
    rows : tuple of Row
    tolerance : float
        How far gradients may be apart (`Row.distance`): the square root of the coarsest float's rounding unit.
    """

    name: str
    steps: int
    snapshots: int
    k: int
    state_bytes: int
    rows: tuple[Row, ...]
    tolerance: float

    def __getitem__(self, scheme: str) -> Row:
        for row in self.rows:
            if row.scheme.name == scheme:
                return row
        raise KeyError(f"{scheme!r} did not run; there is {', '.join(row.scheme.name for row in self.rows)}")

    @property
    def agree(self) -> bool:
        """Whether all gradients are the same up to the tolerance."""
        return all(row.distance <= self.tolerance for row in self.rows)          # nan is not <= anything

    def __bool__(self) -> bool:
        return self.agree and all(row.equal for row in self.rows)

    # ---- tables
    @property
    def title(self) -> str:
        """What ran, in one line."""
        return f"{self.steps:,} step{'s' * (self.steps != 1)} of {self.name}, {size(self.state_bytes)} per state"

    @property
    def verdict(self) -> str:
        """What came out, in one sentence."""
        off = [row.label for row in self.rows if not row.equal]
        apart = [row.label for row in self.rows if not row.distance <= self.tolerance]
        gradients = f"gradients differ: {', '.join(apart)}" if apart else "all gradients agree"
        return f"{gradients}; " + (f"counts are not those of the closed forms: {', '.join(off)}" if off else "all counts are those of the closed forms")

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """The table as text: counted = closed form where they are equal, counted ≠ closed form where not."""
        head = ["scheme", "steps", "inverse", "adjoint", "peak states", "peak bytes", "seconds", "gradient off by"]
        return head, [[row.label, _beside(row.counted.forward, row.expected.forward), _beside(row.counted.inverse, row.expected.inverse),
                       _beside(row.counted.gradients, row.expected.gradients), _beside(row.peak_states, row.expected_peak),
                       _beside(row.peak_bytes, row.expected_bytes, size), f"{row.seconds:.3g}", f"{row.distance:.1e}" if row.distance else "0"]
                      for row in self.rows]

    def __repr__(self) -> str:
        head, rows = self.cells()
        table = [head, *rows]
        widths = [max(len(line[k]) for line in table) for k in range(len(head))]
        lines = ["  ".join(cell.ljust(w) if k == 0 else cell.rjust(w) for k, (cell, w) in enumerate(zip(line, widths, strict=True))) for line in table]
        rule = "  ".join("─" * w for w in widths)
        return "\n".join([self.title, "", lines[0], rule, *lines[1:], rule, f"counted = closed form; {self.verdict}"])

    def _repr_html_(self) -> str:
        head, rows = self.cells()
        text = "".join(f'<th scope="col" style="text-align: {"left" if k == 0 else "right"}">{escape(h)}</th>' for k, h in enumerate(head))
        body = "".join(f"<tr>{_html_row(cells, row)}</tr>" for cells, row in zip(rows, self.rows, strict=True))
        return (f'<div class="jp-RenderedHTMLCommon"><table><caption style="text-align: left; white-space: nowrap">{escape(self.title)}</caption>'
                f"<thead><tr>{text}</tr></thead><tbody>{body}</tbody></table><p>Counted = closed form; {escape(self.verdict)}.</p></div>")

    def figure(self, dark: bool | None = None) -> Figure:
        """Live states over each run, and the trade-off between calls and memory.

        Parameters
        ----------
        dark : bool, optional
            Light ink on a dark page, or dark ink on a light one; default: as Matplotlib's current style has it.

        Returns
        -------
        matplotlib.figure.Figure
            Not registered with pyplot: it is drawn where it is shown or saved.
        """
        from .picture import picture  # Matplotlib takes a third of a second to load

        return picture(self, dark)


def race(kernel: Kernel | StepKernel, /, *args: Any, steps: int, snapshots: int = 4, k: int = 2,
         seed: Values | Callable[[dict[str, Any]], Values] | None = None, of: str | int | None = None,
         wrt: str | Sequence[str] | None = None, schemes: Iterable[str | Scheme] | None = None, **consts: Any) -> Race:
    """Drives a step kernel N times and differentiates the run by every scheme, each for real.

    Parameters
    ----------
    kernel : Kernel or StepKernel
        One step, with its arguments. The registers that it writes are the state. Where a constant has the name of a
        parameter below, bind it first: `race(StepKernel(f, x, k=1.0), steps=100)`.
    steps : int
        How often the step is made.
    snapshots : int
        Snapshots of the checkpointing scheme (d), the first state among them.
    k : int
        Parts into which Bennett's scheme cuts a run.
    seed : mapping or callable, optional
        The cotangent of the last state by register name, or a function that makes it from the last state's values.
        Default: ones on the first float of the state, so that its sum is differentiated.
    of : str or int, optional
        Instead of `seed`: the scalar of the state that is differentiated.
    wrt : str or sequence of str, optional
        Read-only registers to differentiate with respect to besides the first state; over the steps they add up.
    schemes : iterable of str or Scheme, optional
        Default: in place, store all, Revolve, Bennett.

    Returns
    -------
    Race

    Raises
    ------
    BadSetting
        When a number makes no sense, or when a scheme would need most of the machine's memory.
    UncomputeMismatch, InvertibilityError
        When the step cannot be undone.
    KeyboardInterrupt
        When the stop button was pressed. The arguments are never changed.
    """
    step = stepper_of(kernel, args, consts)
    if wrt is not None:
        step = step.wrt(*([wrt] if isinstance(wrt, str) else wrt))
    at_least(1, steps=steps, snapshots=snapshots)
    at_least(2, k=k)
    chosen = [_scheme(s) for s in (GRADIENTS if schemes is None else schemes)]
    settings = [_setting(s, {"d": snapshots, "k": k}) for s in chosen]
    for s, setting in zip(chosen, settings, strict=True):
        _refuse_too_large(s, s.peak(steps, setting) * step.state_bytes)
    planted = step.seed(seed, of)
    step.warm_up()
    rows: list[dict[str, Any]] = []
    total = sum(s.calls(steps, setting) for s, setting in zip(chosen, settings, strict=True))
    with tqdm(total=total, delay=2, unit="call", unit_scale=True, leave=False) as bar:
        for s, setting in zip(chosen, settings, strict=True):
            bar.set_description(s.label, refresh=False)
            recorder = Recorder(bar.update)
            step.reset()
            begun = perf_counter()
            run = drive(s.schedule(steps, setting), step, step.state, planted, recorder, timeline=False)
            seconds = perf_counter() - begun
            peak = s.peak(steps, setting)
            rows.append({
                "scheme": s, "setting": setting, "counted": step.counts, "expected_peak": peak, "expected_bytes": peak * step.state_bytes,
                "expected": Counts(s.forward(steps, setting), s.inverse(steps, setting), s.gradients(steps, setting)),
                "peak_states": run.peak_states, "peak_bytes": run.peak_bytes, "cotangent_bytes": run.peak_cotangent_bytes, "seconds": seconds,
                "gradient": step.gradient(run.cotangent or ()), "profile": recorder.profile()})
    reference = next((row for row in rows if row["scheme"].name == "store_all"), rows[0])["gradient"]
    dtypes = [np.dtype(step.types[q].dtype) for q in reference]
    return Race(step.kernel.__name__, steps, snapshots, k, step.state_bytes,
                tuple(Row(**row, distance=distance(row["gradient"], reference)) for row in rows),
                float(np.sqrt(max(np.finfo(d).eps for d in dtypes))))


GRADIENTS = tuple(name for name, s in SCHEMES.items() if s.goal is Goal.GRADIENT)


def stepper_of(kernel: Kernel | StepKernel, args: Sequence[Any], consts: Mapping[str, Any]) -> StepKernel:
    """The bound step of a race's first arguments.

    Raises
    ------
    WrongArguments
        When a bound step comes with more arguments, or the kernel has a parameter that has the name of one of ours.
    """
    if isinstance(kernel, StepKernel):
        if args or consts:
            raise WrongArguments("a bound step has its arguments already", hint="hand them to `StepKernel`")
        return kernel
    clash = [n for n in getattr(kernel, "constants", ()) if n in OWN]
    if clash:
        raise WrongArguments(f"`{clash[0]}` is a constant of `{kernel.__name__}` and a setting of the race",
                             hint=f"bind the step first: `StepKernel({kernel.__name__}, ..., {clash[0]}=...)`, and hand that in")
    return StepKernel(kernel, *args, **consts)


def distance(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    """Relative 2-norm of the difference of two gradients."""
    off = math.hypot(*(float(np.linalg.norm(np.ravel(np.subtract(a[q], b[q])))) for q in b))
    scale = math.hypot(*(float(np.linalg.norm(np.ravel(b[q]))) for q in b))
    return off / scale if scale > 0 else off


def size(n: int) -> str:
    """Bytes for people."""
    value, unit = float(n), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{n} B" if unit == "B" else f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"


def _scheme(s: str | Scheme) -> Scheme:
    if isinstance(s, str) and s not in GRADIENTS:
        raise BadSetting(f"there is no gradient scheme {s!r}", hint=f"one of {', '.join(GRADIENTS)}")
    return SCHEMES[s] if isinstance(s, str) else s


def _setting(s: Scheme, given: Mapping[str, int]) -> int:
    return given.get(s.parameter.name, s.default) if s.parameter else 0


def _refuse_too_large(s: Scheme, needed: int) -> None:
    if not hasattr(os, "sysconf"):
        return
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > there // 2:
        raise BadSetting(f"{s.label} would need {size(needed)} of this machine's {size(there)}", hint="fewer steps, or leave it out with `schemes=`")


def _beside(counted: int, expected: int, text: Callable[[int], str] = "{:,}".format) -> str:
    if counted == expected:
        return f"{text(counted)} = {text(expected)}"
    return f"{text(counted)} ≠ {text(expected)}" if text(counted) != text(expected) else f"{counted:,} ≠ {expected:,}"


def _html_row(cells: Sequence[str], row: Row) -> str:
    first, *rest = cells
    wrong = 'color: var(--jp-error-color1, #b71c1c); font-weight: 600; '
    tip = escape(row.scheme.sentence, quote=True)
    return (f'<th scope="row" style="text-align: left" title="{tip}">{escape(first)}</th>'
            + "".join(f'<td style="{wrong if "≠" in cell else ""}text-align: right; white-space: nowrap">{escape(cell)}</td>' for cell in rest))
