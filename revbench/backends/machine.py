"""The reversible machine: the reference executor, and what is debugged.

Flat code, flat memory, a program counter and a direction. Going back costs one instruction and no memory; only
`forget` logs what it erases. State, program and position are the whole history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from revbench.errors import InvertibilityError, Label
from revbench.ir.show import show_expr
from revbench.ir.types import ULOG, ULOG_BITS, Array, Scalar, Type, is_float
from revbench.ir.types import Stack as StackType
from revbench.numerics.exact import system
from revbench.numerics.stack import Stack
from revbench.passes.declared import HOSTED

from .interrupt import interruptible
from .machine_program import Code, Row, Symbol
from .machine_questions import Questions
from .machine_tables import (
    ASK,
    ASKS,
    BROKEN,
    DONE,
    EVEN_FACTOR,
    FULL,
    GROW,
    HEADER,
    HOST,
    LIMIT,
    OVERFLOWS,
    REG,
    REGISTERS,
    REMAINDER,
    SHAPE,
    STACK,
    STOP,
    TOKEN,
    UNLIKE,
    ZERO_FACTOR,
)
from .machine_text import generate
from .machine_trace import NO_TRACE, Trace
from .modules import module_of
from .numba_cpu import broken_law
from .values import as_result
from .writer import Site

ROW_LAWS = {ZERO_FACTOR: ("zero-factor", "with a factor of zero"), OVERFLOWS: ("overflow", "overflows"), REMAINDER: ("divisible", "leaves a remainder"),
            SHAPE: ("released", "(it has another shape)"), EVEN_FACTOR: ("odd-factor", "with an even factor")}


@cache
def run_function() -> Any:
    """The compiled `run`: compiled once per installation, then loaded from the cache folder."""
    return module_of(generate(), "machine", "compiling the reversible machine, once per installation").run


class Machine:
    """A program with its memory, at a moment between two instructions.

    Parameters
    ----------
    code : Code
        From `assemble`.
    args : sequence
        Registers, then constants, as `values.as_argument` prepares them; they are copied into the machine's memory.
    host : callable, optional
        Called with (row, values) for `print` and `probe`.

    Attributes
    ----------
    time : int
        How many instructions lie behind the present moment.
    """

    def __init__(self, code: Code, args: Sequence[Any], host: Callable[[int, list[Any]], None] | None = None) -> None:
        self.code, self.host = code, host
        self.run_compiled = run_function()
        self.constants = code.constants.copy() if code.hosts else code.constants   # the answers of Python are kept there
        self.R = np.zeros(len(REGISTERS), np.int64)
        self.V = np.zeros(3 * STACK)
        self.S, self.T = np.zeros(STACK), np.zeros(STACK, np.int64)                # where operands are computed
        self.K, self.L = np.zeros(64, np.int64), np.zeros(64)
        self.H = np.zeros(64, np.int64)                                            # what lies on stacks
        self.H[1] = 2
        self.tokens, self.stops, self.asks = code.tokens, np.zeros((len(code.rows), 2), np.int32), np.zeros((1, len(ASKS)), np.int64)   # nothing is asked
        self.time, self.forward = 0, True
        self._load(args)

    def _load(self, args: Sequence[Any]) -> None:
        root = self.code.functions[0]
        ints: list[Any] = [np.array([-1, -1, -1, 1, 0, 0, 0], np.int64), np.zeros(root.ints, np.int64)]
        floats: list[Any] = [np.zeros(root.floats)]
        p = self.code.typed.program
        for name, value in zip((*p.params, *p.consts), args, strict=True):
            s = root.symbols[name]
            if isinstance(value, Stack):
                ints[1][s.slot - HEADER] = sum(map(len, ints))
                ints.append(self._pile(value, is_float(s.type)))
                continue
            bank = floats if s.bank == "F" else ints
            frame = ints[1]
            frame[s.slot - HEADER] = sum(len(b) for b in bank)
            if isinstance(s.type, Array):
                frame[s.slot - HEADER + 1:s.slot - HEADER + 1 + s.type.ndim] = value.shape
            bank.append(np.asarray(value).astype(np.float64 if s.bank == "F" else np.int64).ravel())
        self.I, self.F = np.concatenate(ints), np.concatenate(floats)
        self.I[5:HEADER] = len(self.I), len(self.F)
        self._set(dir=1, itop=len(self.I), ftop=len(self.F))
        self.I = np.concatenate([self.I, np.zeros(256, np.int64)])
        self.F = np.concatenate([self.F, np.zeros(256)])
        self.M = np.abs(self.F)

    @contextmanager
    def asking(self, questions: Questions) -> Iterator[None]:
        """Runs inside are asked these questions on their way."""
        before = self.tokens, self.stops, self.asks, self.constants
        extra = np.array(questions.tokens, np.int64).reshape(-1, 2)
        self.tokens, self.stops, self.asks = np.concatenate([self.code.tokens, extra]), questions.stops, questions.table()
        self.constants = np.concatenate([self.constants[:len(self.code.constants)], np.array(questions.constants, np.float64)])
        try:
            yield
        finally:
            self.tokens, self.stops, self.asks, self.constants = before

    def answered(self) -> frozenset[int]:
        """The questions that stopped the run."""
        return frozenset(np.flatnonzero(self.asks[:, ASK["hit"]]).tolist())

    def _pile(self, stack: Stack, floats: bool) -> NDArray[np.int64]:
        """A stack's values on the heap: how many they are, and where the top lies."""
        values, at = stack.values, int(self.H[1])
        cells = np.zeros((len(values), 3), np.int64)
        cells[:, 0] = values.astype(np.float64).view(np.int64) if floats else values.astype(np.int64)
        cells[1:, 1] = np.arange(at, at + 3 * len(values) - 3, 3)
        cells[:, 2] = np.abs(values.astype(np.float64)).view(np.int64)
        self.H = np.concatenate([self.H[:at], cells.ravel(), np.zeros(64, np.int64)])
        self.H[1] = at + 3 * len(values)
        return np.array([len(values), self.H[1] - 3 if len(values) else 0], np.int64)

    def _set(self, **registers: int) -> None:
        for name, value in registers.items():
            self.R[REG[name]] = value

    def register(self, name: str) -> int:
        return int(self.R[REG[name]])

    # ---- running
    def run(self, count: int, trace: Trace | None = None, cap: int | None = None) -> str:
        """Runs `count` instructions, backward if negative; `trace` records at most `cap` moments.

        Returns
        -------
        str
            `limit` when all were run, `done` at an end of the program, `stop` where a question was answered with yes, `full` when the trace is.

        Raises
        ------
        InvertibilityError
            When a law breaks; the machine stands before the guilty instruction.
        KeyboardInterrupt
            When the stop button was pressed; the machine stands where it was then.
        """
        if count == 0:
            return "limit"
        self._turn(count > 0)
        sign, left = (1 if count > 0 else -1), abs(count)
        self._set(moments=0, events=0, looked=1)
        t = trace or NO_TRACE
        while True:
            with interruptible() as status:
                n, why = self.run_compiled(self.code.table, self.tokens, self.constants, self.code.frames, self.F, self.M, self.I, self.H, self.K,
                                           self.L, self.R, self.V, self.S, self.T, self.stops, self.asks, status,
                                           t.row, t.dir, t.ip, t.offset, t.address, t.after,
                                           sign * left, trace is not None)
                pressed, status[1] = bool(status[1]), 0
                self.time += sign * n
                left -= n
            if why == HOST:
                self._observe()
            if pressed:                                             # between any two instructions: the last of a stretch, or before one that waits for room
                raise KeyboardInterrupt
            if why == GROW:
                self._grow()
            elif why == FULL and trace is not None:
                moments = self.register("moments")
                if cap is not None and moments >= cap:
                    return "full"
                need = int(self.register("events")) + 64
                trace.grow(moments >= len(trace.row), need if moments < len(trace.row) else 0)
                t = trace
            elif why == BROKEN and self._asks():
                self._answer()
            elif why == BROKEN:
                raise self._broken()
            elif why in (LIMIT, DONE):
                return "limit" if why == LIMIT else "done"
            elif why == STOP:
                return "stop"
            if left == 0:                                           # a HOST that was the last
                return "limit"

    def _turn(self, forward: bool) -> None:
        if forward == self.forward:
            return
        self.forward = forward
        pc, d, root = self.register("pc"), self.register("dir"), self.code.functions[0]
        pc = root.end if pc >= len(self.code.rows) else root.begin if pc < 0 else pc - d
        self._set(pc=pc, dir=-d)

    def _grow(self) -> None:
        need = 2 * max(len(self.F), len(self.I), 1024)
        grown = {}
        for name in "FMIHKL":
            old = getattr(self, name)
            grown[name] = np.zeros(max(need, 2 * len(old)), old.dtype)
            grown[name][:len(old)] = old
        vars(self).update(grown)                                    # all at once: an interrupt must not leave M shorter than F

    def _asks(self) -> bool:
        fail = self.register("fail")
        return fail >= 0 and int(self.code.tokens[fail, 0]) == TOKEN["hosted"]

    def _answer(self) -> None:
        """Asks Python for a value; the instruction, which has done nothing yet, is begun again and finds it."""
        at = int(self.code.tokens[self.register("fail"), 1])
        e = self.code.hosts[at]
        given = self.V[:len(e.args)].copy()
        try:
            value = float(HOSTED[e.fn](*map(float, given)))
        except (ArithmeticError, ValueError) as problem:
            raise InvertibilityError(f"`{show_expr(e)}` has no value where it is called with {', '.join(map(repr, map(float, given)))}: {problem}",
                                     Label(e.span, "here"), law="domain") from None
        self.constants[at + 1:at + 3 + len(given)] = 1.0, *given, value

    def _observe(self) -> None:
        if self.host is None:
            return
        row = self.register("pc") - self.register("dir")
        ints = (int(high) * 2**32 + int(low) for high, low in self.V[:2 * STACK].reshape(-1, 2))        # a float has no 64 bits
        floats = iter(self.V[2 * STACK:])
        values: list[Any] = []
        for part in self.code.rows[row].parts:
            if isinstance(part, str):
                values.append(part)
            else:
                t = self._expression_type(row, part)
                assert isinstance(t, Scalar), "compiler bug: an array is shown"
                values.append(_scalar(next(floats) if is_float(t) else next(ints), t))
        self.host(row, values)

    def _expression_type(self, row: int, part: Any) -> Type:
        from revbench.rules.typing import type_of

        return type_of(part, {n: s.type for n, s in self.code.functions[self.code.rows[row].fn].symbols.items()})

    def _broken(self) -> InvertibilityError:
        row, fail = self.code.rows[self.register("pc")], self.register("fail")
        site = self.code.sites.get(fail) if fail >= 0 else None
        if site is None:
            law, message = row.site
            names = row.names if (law in ("released", "zero-factor") or fail == UNLIKE) and fail != SHAPE else ()
            if fail == UNLIKE:
                law, message = "stack", f"`{row.text}` does not find what it should"
            elif fail in ROW_LAWS:
                law, message = ROW_LAWS[fail][0], f"{message} {ROW_LAWS[fail][1]}"
            site = Site(law or "law", message or f"`{row.text}` breaks a law", names, row.span)
        numbers = system(row.number) if row.number and fail < 0 else None
        values = self.V[:4] if numbers is None else [numbers.values(v) for v in self.V[:2]]
        if row.number == ULOG and fail == OVERFLOWS:                  # the value is beyond floats
            site, values = replace(site, names=(f"log({site.names[0]})",)), [self.V[0] / 2.0**ULOG_BITS]
        if site.law in ("fi", "came-from"):
            known = self._compared(row.parts)
            site, values = replace(site, names=tuple(known)), list(known.values())
        return broken_law(site, tuple(map(float, values)), self.time, self.code.typed.program)

    def _compared(self, parts: Sequence[Any]) -> dict[str, float]:
        """What a condition reads, and what that holds now: places of the innermost frame, looked up from outside."""
        now = self.names_now()
        out: dict[str, float] = {}
        for text in map(show_expr, parts):
            try:
                out[text] = float(eval(text, {"__builtins__": {"len": len}}, now))
            except (ArithmeticError, LookupError, NameError, TypeError, ValueError):
                continue                                          # an index that only the machine can compute
        return out

    # ---- looking
    def outputs(self) -> list[Any]:
        """The root program's registers as they are now."""
        root = self.code.functions[0]
        return [self.read(root.symbols[n], 0) for n in self.code.typed.program.params]

    def read(self, s: Symbol, ip: int) -> Any:
        """The value of a symbol in the frame at `ip`: an array copy, or a Python scalar."""
        if s.number:
            raw = self.read(replace(s, number=""), ip)
            return as_result(raw, None, replace(s.type, dtype=s.number))
        at, shape = self.lies(s, ip)
        if isinstance(s.type, StackType):
            count, cell = (int(v) for v in self.I[at:at + 2])
            found = np.zeros(count, np.int64)
            for k in reversed(range(count)):
                found[k], cell = self.H[cell], int(self.H[cell + 1])
            return Stack((found.view(np.float64) if is_float(s.type) else found).astype(s.type.dtype))
        bank = self.F if s.bank == "F" else self.I
        if isinstance(s.type, Array):
            return bank[at:at + int(np.prod(shape))].astype(s.type.dtype).reshape(shape)
        return _scalar(bank[at], s.type)

    def lies(self, s: Symbol, ip: int) -> tuple[int, tuple[int, ...]]:
        """Where a symbol's cells begin in its bank, for the frame at `ip`, and its shape: () for a number."""
        if s.mode == "local":
            return (int(self.I[ip + 4]) if s.bank == "F" else ip) + s.slot, ()
        ndim = s.type.ndim if isinstance(s.type, Array) else 0
        return int(self.I[ip + s.slot]), tuple(int(n) for n in self.I[ip + s.slot + 1:ip + s.slot + 1 + ndim])

    @property
    def row(self) -> int:
        """The row that the next instruction (in the present direction) is, or -1 at an end."""
        pc = self.register("pc")
        return pc if 0 <= pc < len(self.code.rows) else -1

    @property
    def onward(self) -> bool:
        """Whether the code that runs now runs onward where time runs forward: not that of an inverse."""
        return (self.register("dir") > 0) == self.forward

    @property
    def poisoned(self) -> bool:
        """Whether NaN or an infinity lies in memory: the way back does not find again what it was made of."""
        return not np.isfinite(self.F[:self.register("ftop")]).all()

    @property
    def standing(self) -> int:
        """The row that the way forward goes on with; at the end, the last one."""
        root = self.code.functions[0]
        pc, d = self.register("pc"), self.register("dir")
        if not 0 <= pc < len(self.code.rows):
            return root.end if self.time else root.begin
        return pc if self.forward else min(pc - d, root.end) if self.register("depth") == 0 else pc - d

    @property
    def function(self) -> str:
        """The name of the program that is running."""
        row = self.row
        if row < 0:
            return self.code.typed.name
        return self.code.functions[self.code.rows[row].fn].name

    def names_now(self) -> dict[str, Any]:
        """Name -> value of everything live in the innermost frame."""
        ip, row = self.register("ip"), self.row
        if row < 0:
            row = self.code.functions[0].end if self.time else self.code.functions[0].begin
        return self.names_in(ip, self.code.rows[row], self.register("dir") > 0)

    def names_in(self, ip: int, r: Row, before: bool = True) -> dict[str, Any]:
        """The same in the frame at `ip`, before a row of its code, or after it."""
        live = r.live if before else r.live_after
        return {n: self.read(s, ip) for n, s in self.code.functions[r.fn].symbols.items() if n in live}

    def snapshot(self) -> tuple[Any, ...]:
        """Everything that the machine's future and past depend on."""
        return (self.F.copy(), self.M.copy(), self.I.copy(), self.H.copy(), self.K.copy(), self.L.copy(), self.R.copy(), self.time, self.forward)

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        self.F, self.M, self.I, self.H, self.K, self.L, self.R = (a.copy() for a in snapshot[:7])
        self.time, self.forward = snapshot[7:]


def _scalar(value: Any, t: Scalar) -> Any:
    return bool(value) if t.dtype == "bool" else float(value) if is_float(t) else int(value) % 2**64 if t.dtype == "uint64" else int(value)

