"""A run of a kernel, or of its gradient, that can be stood in at any moment.

Nothing is recorded to make that possible: the machine's state, the program and the position are the whole history.
A recording (`window`) is made only for playback in a browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.ad.calls import zero_like
from revbench.ad.gradient import Gradient
from revbench.backends.layout import Layout, together
from revbench.backends.machine import Machine, Trace
from revbench.backends.machine_code import assemble
from revbench.backends.machine_program import Code
from revbench.backends.values import as_argument
from revbench.errors import InvertibilityError, WrongType
from revbench.ir.typed import TypedLibrary
from revbench.ir.types import Type

from .protocol import program_json, window_json

MOMENTS = 200_000            # how many moments one recorded window holds (about 24 bytes each)
LIMIT = 50_000_000           # how far a run is followed to find its end


class Session:
    """One run of a kernel or of a gradient on the reversible machine.

    Parameters
    ----------
    target : Kernel or Gradient
        `norm`, `~norm` or `grad(norm)`.
    *args, **consts
        As for calling it. They are copied: the caller's arrays are never changed.
    limit : int
        How many instructions to follow when looking for the end.

    Attributes
    ----------
    time : int
        How many instructions lie behind the present moment.
    total : int
        Moment at which the run ends (or breaks a law, or `limit`).
    complete : bool
        Whether the run came to its end.
    error : str
        The law that broke at `total`, or "".
    printed : list of tuple
        What `print` and `probe` showed on the way, as (moment, kind, values).

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
    >>> s.start().names
    {'y': 1.0, 'x': 2.0}
    """

    def __init__(self, target: Kernel | Gradient, /, *args: Any, limit: int = LIMIT, **consts: Any) -> None:
        self.target = target
        code, values, library = _prepare(target, args, consts)
        self._wholes = {name: t.wholes for name, t in library.items() if t.wholes}
        self.code, self.printed = code, list[tuple[int, str, list[Any]]]()
        self._quiet = True
        self.machine = Machine(code, values, self._host)
        self._begin = self.machine.snapshot()
        self.complete, self.error = False, ""
        self._broken: InvertibilityError | None = None
        try:
            self.complete = self.machine.run(limit) == "done"
        except InvertibilityError as broken:
            self._broken, self.error = broken, str(broken)
        self.total = self.machine.time
        self.machine.restore(self._begin)
        self._quiet = False

    def _host(self, row: int, values: list[Any]) -> None:
        if not self._quiet:
            self.printed.append((self.machine.time - 1, self.code.rows[row].kind, values))

    # ---- moving
    @property
    def time(self) -> int:
        return self.machine.time

    def step(self, n: int = 1) -> Session:
        """`n` instructions forward, as far as the run goes."""
        return self.goto(self.time + n)

    def back(self, n: int = 1) -> Session:
        """`n` instructions backward: the inverse really runs."""
        return self.goto(self.time - n)

    def goto(self, moment: int) -> Session:
        """To a moment; moments before 0 and after the end are clamped.

        Raises
        ------
        KeyboardInterrupt
            When the stop button was pressed: the session stands where it was then.
        """
        target = min(max(0, int(moment)), self.total)
        self.machine.run(target - self.time)
        return self

    def start(self) -> Session:
        """To the first moment."""
        return self.goto(0)

    def end(self) -> Session:
        """To the last moment: the end, or the instruction that breaks a law."""
        return self.goto(self.total)

    # ---- looking
    @property
    def names(self) -> dict[str, Any]:
        """Name -> value of everything live in the kernel that is running."""
        return self.machine.names_now() if not self._wholes else _whole(self.machine.names_now(), self._wholes.get(self.machine.function, {}))

    @property
    def line(self) -> int:
        """The source line of the next instruction, 0 at the ends."""
        row = self.machine.row
        span = self.code.rows[row].span if row >= 0 else None
        return span.line if span is not None else 0

    @property
    def erased_bits(self) -> int:
        """Bits that were erased on the way here: 0 for kernels and their inverses."""
        return self.machine.register("erased")

    @property
    def peak(self) -> int:
        """The largest number of local cells that were live at once on the way here (8 bytes each)."""
        return self.machine.register("peak")

    def residue(self) -> float:
        """Runs to the end and back: the largest round-off that is left in any register, relative to its magnitude."""
        here, begin = self.time, self._values(0)
        self.end()
        self.machine.run(-self.total)
        after, worst = self._values(None), 0.0
        for a, b in zip(begin, after, strict=True):
            x, y = np.asarray(a, float), np.asarray(b, float)
            worst = max(worst, float(np.max(np.abs(x - y), initial=0.0)) / max(1.0, float(np.max(np.abs(x), initial=0.0))))
        self.machine.restore(self._begin)
        self.goto(here)
        return worst

    def _values(self, moment: int | None) -> list[Any]:
        if moment is not None:
            self.goto(moment)
        return self.machine.outputs()

    def __repr__(self) -> str:
        row = self.machine.row
        where = f"line {self.line}: {self.code.rows[row].text}" if row >= 0 else "at the end" if self.time else "at the start"
        end = "" if self.complete else " (a law breaks there)" if self.error else " (and further)"
        return f"<session of {self.target!r}: moment {self.time} of {self.total}{end}, {where}>"

    # ---- for playback elsewhere
    def program_json(self) -> dict[str, Any]:
        """The program as plain data: source, rows, names."""
        return program_json(self.code, self.target.__qualname__ if isinstance(self.target, Kernel) else self.target.__name__)

    def window(self, start: int, moments: int = MOMENTS) -> dict[str, Any]:
        """A recording of at most `moments` moments from `start` on, with the memory that it begins with.

        Recorded from the run's beginning, so that it holds what really happened, not what the way back restored.
        """
        here, begin = self.machine.snapshot(), min(max(0, int(start)), self.total)
        self._quiet = True
        self.machine.restore(self._begin)
        try:
            self.machine.run(begin)
            floats, ints = self.machine.F.copy(), self.machine.I.copy()
            trace = Trace()
            count = min(moments, self.total - begin)
            self.machine.run(count, trace, cap=count)
            return window_json(begin, floats, ints, trace, self.machine, count)
        finally:
            self.machine.restore(here)
            self._quiet = False


def _prepare(target: Kernel | Gradient, args: Sequence[Any], given: dict[str, Any]) -> tuple[Code, list[Any], TypedLibrary]:
    if isinstance(target, Kernel | Gradient):
        target, given = target.choice(tuple(args), given)
    if isinstance(target, Gradient):
        registers, consts, signature = target.arguments(args, given)
        library, main, bars, _ = target.typed(signature)
        prepared = _arguments(registers, signature)
        layout, names = Layout(signature[:len(registers)]), library[main].program.params
        extra = [zero_like(prepared[k], layout.flat[k]) for k in map(names.index, bars)]
        return assemble(library, main), [*prepared, *extra, 0.0, *_arguments(consts, signature[len(registers):])], library
    if not isinstance(target, Kernel):
        raise WrongType(f"this {type(target).__name__} is neither a kernel nor a gradient, and cannot be stepped through",
                        hint="hand in a kernel or a gradient: `debug(grad(norm), 0.0, x)`")
    registers, consts = target.bind(tuple(args), given)
    signature = target.signature(registers, consts)
    library, main = target.typed(signature)
    return assemble(library, main), _arguments([*registers, *consts], signature), library


def _whole(names: dict[str, Any], wholes: Mapping[str, tuple[Type, tuple[str, ...]]]) -> dict[str, Any]:
    """The names with complex numbers and records put together where all their parts are live."""
    first = {parts[0]: (name, t, parts) for name, (t, parts) in wholes.items() if all(p in names for p in parts)}
    inner = {p for _, _, parts in first.values() for p in parts}
    out: dict[str, Any] = {}
    for name, part in names.items():
        if name in first:
            whole, t, parts = first[name]
            value = together([names[p] for p in parts], t)
            out[whole] = complex(value) if isinstance(value, np.complexfloating) else value
        elif name not in inner:
            out[name] = part
    return out


def _arguments(values: Sequence[Any], signature: Sequence[Type]) -> list[Any]:
    types = signature[:len(values)]
    return Layout(types).split([as_argument(v, t, True) for v, t in zip(values, types, strict=True)])


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


