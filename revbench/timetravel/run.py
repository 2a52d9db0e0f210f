"""A run on the reversible machine that can be stood in at any moment: where it ends, and how to get to a moment.

Nothing is recorded to make that possible: the machine's state, the program and the position are the whole history, and
a few keyframes make long seeks short.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import index
from typing import Any, Self

from tqdm.auto import tqdm

from revbench._api import Kernel
from revbench.ad.gradient import Gradient
from revbench.backends.machine import Machine
from revbench.errors import InvertibilityError, WrongType

from .keyframes import APART, Keyframes
from .prepare import prepare, whole

LIMIT = 50_000_000           # how far a run is followed to find its end
KEYFRAMES = 64_000_000       # bytes


def whole_number(value: Any, what: str) -> int:
    try:
        return index(value)
    except TypeError:
        raise WrongType(f"{what} is a whole number, not {value!r}") from None


class Run:
    """The moments of a run; `Session` is what people use."""

    def __init__(self, target: Kernel | Gradient, /, *args: Any, limit: int = LIMIT, keyframes: int = KEYFRAMES, **consts: Any) -> None:
        self.target, self.args, self.consts, self.limit = target, args, consts, limit
        code, values, library = prepare(target, args, consts)
        self._wholes = {name: t.wholes for name, t in library.items() if t.wholes}
        self.code, self.printed = code, list[tuple[int, str, list[Any]]]()
        self._quiet = True
        self.machine = Machine(code, values, self._host)
        self._begin = self.machine.snapshot()
        self.keyframes = Keyframes(keyframes)
        self.complete, self.error = False, ""
        self._find_the_end()
        self.total = self.machine.time
        self.machine.restore(self._begin)
        self._quiet = False

    def _find_the_end(self) -> None:
        m, why = self.machine, "limit"
        try:
            with tqdm(total=None, desc="running", unit=" instructions", unit_scale=True, delay=2, leave=False) as bar:
                while why == "limit" and m.time < self.limit:
                    before = m.time
                    why = m.run(min(self.keyframes.apart, self.limit - m.time))
                    bar.update(m.time - before)
                    if why == "limit" and m.time < self.limit:
                        self.keyframes.keep(m)
            self.complete = why == "done"
        except InvertibilityError as broken:
            self.error = str(broken)

    def _host(self, row: int, values: list[Any]) -> None:
        if not self._quiet:
            self.printed.append((self.machine.time - 1, self.code.rows[row].kind, values))

    @contextmanager
    def mended(self, back: bool = True) -> Iterator[None]:
        """On the way back NaN minus anything is NaN: where some lay in memory, the values are those of the way forward at the end."""
        poisoned = back and self.machine.poisoned
        yield
        if poisoned:
            self.restore_at(self.moment)

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Nothing that is run inside is printed."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    # ---- moving
    @property
    def moment(self) -> int:
        return self.machine.time

    def step(self, n: int = 1) -> Self:
        """`n` instructions forward, as far as the run goes."""
        return self.goto(self.moment + whole_number(n, "the number of steps"))

    def back(self, n: int = 1) -> Self:
        """`n` instructions backward: the inverse really runs."""
        return self.goto(self.moment - whole_number(n, "the number of steps"))

    def goto(self, moment: int) -> Self:
        """To a moment; moments before 0 and after the end are clamped.

        Raises
        ------
        WrongType
            When it is no whole number.
        KeyboardInterrupt
            When the stop button was pressed: the session stands where it was then.
        """
        target = min(max(0, whole_number(moment, "a moment")), self.total)
        if target < self.moment and self.machine.poisoned:
            self.restore_at(target)
            return self
        near = self.keyframes.nearest(target)
        if near is not None and abs(near[0] - target) + APART // 4 < abs(self.moment - target):
            self.machine.restore(near[1])
        self.machine.run(target - self.moment)
        if self.moment != target:                                 # round-off took another branch on the way back
            self.restore_at(target)
        return self

    def restore_at(self, moment: int) -> None:
        """To a moment by the way forward only, so that memory is what the run really had."""
        kept = self.keyframes.below(moment)
        with self.quietly():
            self.machine.restore(kept[1] if kept is not None else self._begin)
            self.machine.run(moment - self.machine.time)

    def start(self) -> Self:
        """To the first moment."""
        return self.goto(0)

    def end(self) -> Self:
        """To the last moment: the end, or the instruction that breaks a law."""
        return self.goto(self.total)

    # ---- looking
    @property
    def parts(self) -> dict[str, Any]:
        """As `names`, with complex numbers and records in the parts that the machine knows."""
        return self.machine.names_now()

    @property
    def names(self) -> dict[str, Any]:
        """Name -> value of everything live in the kernel that is running."""
        return self.parts if not self._wholes else whole(self.parts, self._wholes.get(self.machine.function, {}))

    @property
    def registers(self) -> dict[str, Any]:
        """Name -> value of the registers of the whole run."""
        values = dict(zip(self.code.typed.program.params, self.machine.outputs(), strict=True))
        return whole(values, self._wholes[self.code.typed.name]) if self.code.typed.name in self._wholes else values

    @property
    def line(self) -> int:
        """The source line of the next instruction, 0 at the ends."""
        row = self.machine.row
        return self.code.rows[row].line if row >= 0 else 0

    @property
    def erased_bits(self) -> int:
        """Bits that were erased on the way here: 0 for kernels and their inverses."""
        return self.machine.register("erased")

    @property
    def peak(self) -> int:
        """The largest number of local cells that were live at once on the way here (8 bytes each)."""
        return self.machine.register("peak")
