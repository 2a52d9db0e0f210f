"""One statement of a gradient's way back, tested alone: <J v, w> = <v, J'w>.

J is the Jacobian of the statement as it ran on the way forward, applied to v by differences of the statement itself; J'
is what the way back does to cotangents. The two sides are the same number if, and only if (for random v and w), the
derivative is right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from revbench.backends.machine import Machine
from revbench.errors import InvertibilityError, WrongArguments
from revbench.ir.types import Stack

from .places import Place, find

if TYPE_CHECKING:
    from .session import Session

STEP = 6e-6                                         # cube root of the rounding of floats: central differences are best there
TOLERANCE = 1e-5
MOST = 1_000_000                                    # instructions of one statement


@dataclass(frozen=True, slots=True)
class StepCheck:
    """The result for one statement; true if both sides agree.

    Attributes
    ----------
    ok : bool
    moment, line, text : int, int, str
        The statement: the moment before it, on the gradient's way.
    forward, backward : float
        <J v, w> and <v, J'w>. NaN where there is nothing to test.
    reason : str
        Why nothing was tested, or "".
    count, calls : int, int
        Of a test of all from a moment on that is right: how many statements were tested, and how many calls, each as a whole; else 0.
    """

    ok: bool
    moment: int
    line: int
    text: str
    forward: float = float("nan")
    backward: float = float("nan")
    reason: str = ""
    count: int = 0
    calls: int = 0

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        if self.count or self.calls:
            parts = [f"{n} {what}{'' if n == 1 else 's'}{more}" for n, what, more in ((self.count, "statement", ""), (self.calls, "call", " as a whole")) if n]
            return f"all from here on is right: {' and '.join(parts)}"
        where = f"line {self.line}, moment {self.moment}: {self.text}"
        if self.reason:
            return f"nothing to test at {where}: {self.reason}"
        return f"{'right' if self.ok else 'WRONG'} at {where}\n<J v, w> = {self.forward!r}, <v, J'w> = {self.backward!r}"


def check_step(session: Session, seed: int) -> StepCheck:
    """Tests the statement at the cursor, and leaves the session where it was."""
    m, here = session.machine, session.machine.snapshot()
    with session.quietly():
        try:
            return _checked(session, np.random.default_rng(seed))
        finally:
            m.restore(here)


BRANCHES = frozenset({"if", "else", "fi", "loop", "until", "again", "for", "next", "begin", "end"})


def statement(session: Session) -> tuple[int, set[str]]:
    """Runs the instructions of the statement at the cursor (a call as a whole): how many they are, and the names that they mention."""
    m = session.machine
    start, depth, first = m.time, m.register("depth"), m.code.rows[m.standing]
    mentioned = set(re.findall(r"\w+", first.text))
    m.run(1)
    while m.register("depth") > depth and m.time < session.total and m.time - start < MOST:
        m.run(1)
    if first.kind in BRANCHES or first.kind == "call":
        return m.time - start, mentioned
    while m.time < session.total:
        row = m.code.rows[m.standing]
        if (row.span, row.fn) != (first.span, first.fn) or row.kind in BRANCHES or row.kind == "call":
            break
        mentioned |= set(re.findall(r"\w+", row.text))
        m.run(1)
    return m.time - start, mentioned


def _checked(session: Session, rng: np.random.Generator) -> StepCheck:
    m = session.machine
    _to_its_beginning(m)
    row = m.code.rows[m.standing]
    where = (m.time, row.line, row.text)
    begin = m.snapshot()
    try:
        count, mentioned = statement(session)
    except InvertibilityError as broken:
        return StepCheck(False, *where, reason=broken.message)
    end, ip = m.snapshot(), begin[6][2]
    if m.register("ip") != ip:
        return StepCheck(True, *where, reason="its function ends here")
    m.restore(begin)
    pairs = _pairs(session, mentioned)
    m.restore(end)
    pairs = [pair for pair in pairs if pair[0].text in session.parts and pair[1].text in session.parts]
    if not pairs or not count:
        return StepCheck(True, *where, reason="it moves no cotangents")
    primal = np.concatenate([p.cells for p, _ in pairs]) >> 1
    bars = np.concatenate([b.cells for _, b in pairs]) >> 1
    w = rng.standard_normal(len(bars))
    try:
        pulled, seeds = (_pulled(m, begin, bars, u, count) for u in (w, 0.0 * w))
        if np.array_equal(pulled, w):
            return StepCheck(True, *where, reason="it moves no cotangents")
        pulled -= seeds
        x = end[0][primal]
        v = rng.standard_normal(len(x)) * np.where(x == 0.0, 1.0, np.abs(x))
        plus, minus = (_forward(m, end, primal, x + h * v, count) for h in (STEP, -STEP))
    except InvertibilityError as broken:
        return StepCheck(False, *where, reason=broken.message)
    left, right = float(((plus - minus) / (2 * STEP)) @ w), float(v @ pulled)
    scale = float(np.abs(v) @ np.abs(pulled)) + abs(left)
    return StepCheck(bool(abs(left - right) <= TOLERANCE * scale), *where, left, right)


def _pulled(m: Machine, begin: tuple[Any, ...], bars: NDArray[np.int64], w: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """What the statement makes of these cotangents."""
    m.restore(begin)
    m.F[bars] = w
    m.run(count)
    return m.F[bars].copy()


def _forward(m: Machine, end: tuple[Any, ...], cells: NDArray[np.int64], values: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """The statement as it ran on the way forward, from other values: the way back, backwards."""
    m.restore(end)
    m.F[cells] = values
    m.M[cells] = np.maximum(m.M[cells], np.abs(values))
    m.run(-count)
    return m.F[cells].copy()


def _to_its_beginning(m: Machine) -> None:
    span, fn, ip = m.code.rows[m.standing].span, m.code.rows[m.standing].fn, m.register("ip")
    while m.time > 0:
        if m.code.rows[m.standing].kind in BRANCHES | {"call"}:
            return
        m.run(-1)
        row = m.code.rows[m.standing]
        if (row.span, row.fn, m.register("ip")) != (span, fn, ip) or row.kind in BRANCHES | {"call"}:
            m.run(1)
            return


def _pairs(session: Session, mentioned: set[str]) -> list[tuple[Place, Place]]:
    """(value, cotangent) of everything with a cotangent that the statement mentions."""
    m = session.machine
    symbols, live = m.code.functions[m.code.rows[m.standing].fn].symbols, session.parts
    out = [(find(m, s.of), find(m, s.name)) for s in symbols.values()
           if s.of and s.name in live and s.of in live and {s.name, s.of} & mentioned and not isinstance(s.type, Stack)]
    return [(p, b) for p, b in out if p.is_float and b.is_float and len(p.cells) == len(b.cells)]


def check_steps(session: Session, seed: int) -> StepCheck:
    """Tests every statement from the cursor on; stands at the first that is wrong, or at the end.

    A call is tested as a whole, and entered only if it is wrong.
    """
    m, last, outer, depth, tested = session.machine, None, None, 0, [0, 0]
    for moment in session.progress("checking statements"):
        if moment >= session.total or (outer is not None and m.register("depth") < depth):
            break
        found = check_step(session, seed)
        if not found and m.code.rows[m.standing].kind == "call" and not found.reason:
            outer = found
            m.run(1)
            depth = m.register("depth")
        elif not found:
            session.goto(found.moment)
            return found
        else:
            last = last if found.reason else found
            if not found.reason:
                tested[m.code.rows[m.standing].kind == "call"] += 1
            with session.quietly():
                statement(session) if not found.reason else m.run(1)
    if outer is not None:                                       # every statement in it is right by itself: one is missing
        session.goto(outer.moment)
        return outer
    if last is None:
        raise WrongArguments("no cotangents are moved from here on",
                             hint="go back first: `s.start()`" if session.gradient else "open a session on a gradient: `rb.debug(rb.grad(f), ...)`")
    return replace(last, count=tested[0], calls=tested[1])
