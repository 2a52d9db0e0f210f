"""A run that is walked through, asked about, and played back: the debugger, without any user interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from revbench._api import Kernel
from revbench.ad.check import CheckReport
from revbench.ad.gradient import Gradient
from revbench.backends.machine_program import Row
from revbench.backends.machine_questions import Questions
from revbench.backends.machine_trace import Trace
from revbench.errors import UnknownLabel, WrongArguments

from . import check, queries, saved, text, walking
from .breakpoints import Breakpoint, beginnings
from .check import StepCheck
from .gradients import CURVE, Gradients, check_gradient, gradients
from .places import Frame, find, frames, is_register
from .protocol import program_json, sources, window_json
from .queries import Contributions, Finding
from .run import KEYFRAMES, LIMIT, Run
from .steps import Steps
from .what_if import WhatIf, what_if
from .writes import History, Write, history, nearest_write

WHOLE = 1_000_000            # a run of so many moments travels to the browser whole (30 to 50 bytes each)
MOMENTS = 250_000            # of a longer one so many at a time, so that another window is there in no time


class Session(Run):
    """One run of a kernel or of a gradient on the reversible machine.

    Parameters
    ----------
    target : Kernel or Gradient
        `norm`, `~norm` or `grad(norm)`.
    *args, **consts
        As for calling it. They are copied: the caller's arrays are never changed.
    limit : int
        How many instructions to follow when looking for the end.
    keyframes : int
        How many bytes the states may take that make long seeks short.

    Attributes
    ----------
    moment : int
        How many instructions lie behind the present moment.
    total : int
        Moment at which the run ends (or breaks a law, or `limit`).
    complete : bool
        Whether the run came to its end.
    error : str
        The law that broke at `total`, or "".
    printed : list of tuple
        What `print` and `probe` showed on the way, as (moment, kind, values).
    stopped : str
        Why the last `run` or `rewind` stopped where it did.
    breakpoints : list of Breakpoint
    bookmarks : list of (int, str)
        Moments and notes.
    keyframes : Keyframes
        The states that are kept: `moments`, `nbytes`, `cap`.

    Examples
    --------
    >>> import revbench as rb
    >>> double = rb.compile('''
    ... def double(y, x):
    ...     t = x + x
    ...     y += t
    ... ''')
    >>> s = rb.debug(double, 1.0, 2.0)
    >>> s.step(2).names
    {'y': 1.0, 'x': 2.0, 't': 4.0}
    >>> s.end().names
    {'y': 5.0, 'x': 2.0}
    >>> print(s.last_write("y"))
    moment 2, line 4: y += t    y: 1.0 -> 5.0
    >>> print(s.what_if("y", 7.0))
    if y = 7.0 at moment 2:
    the run began with y = 7.0, x = 2.0
    it ends with y = 11.0, x = 2.0
    """

    def __init__(self, target: Kernel | Gradient, /, *args: Any, limit: int = LIMIT, keyframes: int = KEYFRAMES, **consts: Any) -> None:
        super().__init__(target, *args, limit=limit, keyframes=keyframes, **consts)
        self.breakpoints, self.bookmarks, self.stopped = list[Breakpoint](), list[tuple[int, str]](), ""

    # ---- walking
    def over(self, back: bool = False) -> Session:
        """One instruction, calls as a whole; with `back` the other way."""
        walking.over(self, back)
        return self

    def out(self, back: bool = False) -> Session:
        """To where the present function was called from: behind the call, or with `back` before it."""
        walking.out(self, back)
        return self

    def run(self, until: int | str | None = None) -> Session:
        """Forward to a breakpoint, to a line or to a moment at which a condition begins to hold; else to the end.

        Parameters
        ----------
        until : int or str, optional
            A line, or a condition over values and cotangents: `"abs(x.bar) > 1e6"`, `"isnan(s)"`, `"i == 3 and s > 0"`.

        Returns
        -------
        Session
            This one; `stopped` says why it stands where it stands.
        """
        self.stopped = walking.go(self, until, back=False)
        return self

    def rewind(self, until: int | str | None = None) -> Session:
        """The same, backwards."""
        self.stopped = walking.go(self, until, back=True)
        return self

    # ---- breakpoints and bookmarks
    def break_at(self, line: int = 0, condition: str = "", hits: int = 1, source: Any = None) -> Breakpoint:
        """A breakpoint for `run` and `rewind`: a line, a condition that begins to hold, or a line where a condition holds.

        `source` is one of `sources`, for a line of another cell.

        Raises
        ------
        UnknownLabel
            When nothing is done on that line.
        UnknownName
            When the condition reads something that this run does not have.
        """
        if not line and not condition:
            raise WrongArguments("a breakpoint needs a line or a condition", hint='`s.break_at(7)`, `s.break_at(condition="isnan(s)")`')
        if hits < 1:
            raise WrongArguments(f"a breakpoint cannot stop from hit {hits} on", hint="the first is 1")
        q = Questions(self.code, True, 0)                       # refuses what cannot be asked
        if condition:
            q.when(condition)
        if line:
            beginnings(self.code, line, source or self.source)
        b = Breakpoint(1 + max((b.number for b in self.breakpoints), default=0), line, condition, hits, source=source)
        self.breakpoints.append(b)
        return b

    def clear(self, number: int | None = None) -> None:
        """Removes a breakpoint, or all."""
        if number is not None and number not in {b.number for b in self.breakpoints}:
            raise UnknownLabel(f"there is no breakpoint {number}")
        self.breakpoints = [b for b in self.breakpoints if number is not None and b.number != number]

    def bookmark(self, note: str = "") -> Session:
        """Remembers this moment with a note, in `bookmarks`."""
        self.bookmarks = sorted([*self.bookmarks, (self.moment, str(note))])
        return self

    # ---- looking
    @property
    def locals(self) -> dict[str, Any]:
        """Name -> value of what is live and no register: locals, loop variables, cotangents of locals, keepers."""
        symbols = self.code.functions[self.code.rows[self.machine.standing].fn].symbols
        return {n: v for n, v in self.names.items() if n in symbols and not is_register(symbols[n], symbols)}

    def where(self) -> list[Frame]:
        """The functions that are running, outermost first: name, line, statement."""
        return frames(self.machine)

    @property
    def trace(self) -> Steps:
        """The instructions of the run: `trace[10:20]`, `len(trace)`."""
        return Steps(self)

    # ---- who wrote what
    def last_write(self, place: str, frame: int = 0) -> Write | None:
        """Back to before the instruction that wrote a place last; None, at the start, if none did.

        The name is looked up in the function that runs and in its callers, from the nearest one that has it; `frame` 1 begins with the caller.

        Raises
        ------
        UnknownName, NotAPlace, ValueOutOfRange
            When there is no such place at this moment.
        """
        with self.mended():
            return nearest_write(self.machine, find(self.machine, place, frame), 0)

    def next_write(self, place: str, frame: int = 0) -> Write | None:
        """On to behind the instruction that writes a place next; None, at the end, if none does."""
        return nearest_write(self.machine, find(self.machine, place, frame), self.total)

    def history(self, place: str, frame: int = 0) -> History:
        """All values of a number while it is what it is now: a local in this call of its function, a register in the whole run."""
        with self.quietly():
            return history(self, find(self.machine, place, frame))

    def what_if(self, place: str, value: Any, frame: int = 0) -> WhatIf:
        """Which inputs would have led to this value here, or which statement makes that impossible; and what would come of it.

        The session itself stays as it is.
        """
        return what_if(self, place, value, frame)

    # ---- round-off, NaN, gradients
    def residue(self) -> float:
        """Runs to the end and back: the largest round-off that is left in any register, relative to its magnitude."""
        return queries.residue(self)

    def dirt(self, tolerance: float = 1e-12) -> Finding | None:
        """Runs to the end and back; stands at the statement that is the first, on the way back, to leave more round-off than `tolerance`."""
        with self.quietly():
            return queries.dirt(self, tolerance)

    def origin_of_nan(self, infinite: bool = False) -> Finding | str | None:
        """To the first instruction that wrote NaN (or, with `infinite`, an infinity), with what it read still there.

        Returns
        -------
        Finding, str or None
            A name instead, if an argument came with one; None if there is none: then the session stands at the end.
        """
        with self.quietly():
            return queries.origin(self, infinite)

    def contributions(self, place: str) -> Contributions:
        """What every statement added to one component of a gradient, `"x.bar[3]"`; the session stands at the end then."""
        with self.quietly():
            return queries.contributions(self, place)

    def gradients(self, points: int = CURVE) -> Gradients:
        """How every cotangent of a gradient's run grew over time, at `points` moments; the session stays where it is."""
        return gradients(self, points)

    def check_gradient(self) -> CheckReport:
        """Compares every component of the gradient with central differences, as `check_grad` does."""
        return check_gradient(self)

    def check_step(self, seed: int = 0) -> StepCheck:
        """Tests the statement at the cursor of a gradient's way back: <J v, w> = <v, J'w> for random v and w."""
        return check.check_step(self, seed)

    def check_steps(self, seed: int = 0) -> StepCheck:
        """Tests every statement from here on, and stands at the first that is wrong."""
        return check.check_steps(self, seed)

    def finding(self, moment: int, value: float) -> Finding:
        """What stands at a moment, for a report."""
        row = self.code.rows[self.machine.standing]
        return Finding(moment, row.line, row.text, value, queries.loops_now(self))

    def progress(self, what: str) -> Iterator[int]:
        """Moments, for a loop that may be long."""
        with tqdm(total=self.total, desc=what, unit=" instructions", unit_scale=True, delay=2, leave=False) as bar:
            while True:
                bar.update(self.moment - bar.n)
                yield self.moment

    # ---- showing
    @property
    def source(self) -> Any:
        """Where the lines are of which `break_at` and `run` speak."""
        span = self.code.typed.program.span
        return span.source if span is not None else None

    @property
    def sources(self) -> list[Any]:
        """All texts that the run goes through, as `program_json` numbers them."""
        return sources(self.code)

    def source_line(self, row: Row) -> str:
        """The user's line that an instruction belongs to."""
        if row.span is None:
            return ""
        lines, k = row.span.source.text.splitlines(), row.span.line - row.span.source.first_line
        return lines[k].strip() if 0 <= k < len(lines) else ""

    def __repr__(self) -> str:
        row = self.machine.row
        where = f"line {self.line}: {self.code.rows[row].text}" if row >= 0 else "at the end" if self.moment else "at the start"
        end = "" if self.complete else " (a law breaks there)" if self.error else " (and further)"
        return f"<session of {self.target!r}: moment {self.moment} of {self.total}{end}, {where}>"

    def __str__(self) -> str:
        return text.page(self)

    # ---- in a file
    @property
    def kernel(self) -> Kernel:
        return self.target.kernel if isinstance(self.target, Gradient) else self.target

    @property
    def gradient(self) -> dict[str, Any] | None:
        """What is asked of the gradient, if it is one's run."""
        return {"of": self.target._asked[0], "wrt": self.target._asked[1]} if isinstance(self.target, Gradient) else None

    def save(self, path: str | Path) -> None:
        """Writes the program, the inputs, this moment, bookmarks and breakpoints as JSON. No recording: a run is made of these."""
        saved.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Session:
        """The session that `save` wrote; lines are those of the program as `f.show()` prints it.

        Raises
        ------
        BadSession
            When the file is missing, broken, or something else.
        """
        target, args, consts, data = saved.load(path)
        session = cls(target, *args, **consts)
        session.bookmarks = [(int(moment), str(note)) for moment, note in data.get("bookmarks", ())]
        for b in data.get("breakpoints", ()):
            saved.put_breakpoint(session, b)
        return session.goto(data["time"])

    # ---- for playback elsewhere
    def program_json(self) -> dict[str, Any]:
        """The program as plain data: source, rows, names."""
        return program_json(self.code, self.target.__qualname__ if isinstance(self.target, Kernel) else self.target.__name__, self._wholes)

    def window(self, start: int, moments: int | None = None) -> dict[str, Any]:
        """A recording of at most `moments` moments from `start` on, with the memory that it begins with.

        Recorded on the way forward, so that it holds what really happened, not what the way back restored. Left to
        itself it holds a run of at most a million moments whole, and `MOMENTS` of a longer one.
        """
        here, begin = self.machine.snapshot(), min(max(0, int(start)), self.total)
        with self.quietly():
            try:
                self.restore_at(begin)
                floats, ints, erased = self.machine.F.copy(), self.machine.I.copy(), self.erased_bits
                trace = Trace()
                count = min(moments or (WHOLE if self.total <= WHOLE else MOMENTS), self.total - begin)
                self.machine.run(count, trace, cap=count)
                return window_json(begin, floats, ints, trace, self.machine, count, erased)
            finally:
                self.machine.restore(here)


def debug(target: Kernel | Gradient, /, *args: Any, **consts: Any) -> Session:
    """A session on a kernel or a gradient: step through it in both directions.

    Parameters
    ----------
    target : Kernel or Gradient
    *args, **consts
        As for calling it.

    Returns
    -------
    Session

    Raises
    ------
    WrongArguments, WrongType
        As for calling it.
    """
    return Session(target, *args, **consts)


