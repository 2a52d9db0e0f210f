"""A gradient's run as a whole: how each cotangent grew over time, which components came of it, and whether differences agree."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from revbench.ad.check import CheckReport, check_grad
from revbench.ad.gradient import Gradient
from revbench.backends.machine import Machine
from revbench.backends.machine_program import Symbol
from revbench.errors import WrongArguments

from .places import frames, is_register
from .protocol import plain
from .recording import stretches

if TYPE_CHECKING:
    from .session import Session

CURVE = 500                     # points of a curve
LIVES = 20                      # and of the lives of a local
COMPONENTS = 2000               # of a gradient, written out
SPARKS = " ▁▂▃▄▅▆▇█"
WIDE = 48                       # characters of a curve in a terminal


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One cotangent over time.

    Attributes
    ----------
    name, function : str
        `"x.bar"`, and whose local it is; "" for a register of the whole run.
    array : bool
        Whether `values` are lengths (2-norms) of an array.
    values : array of float
        At every one of `Gradients.moments`; 0 where it does not exist.
    there : array of bool
        Where it exists.
    """

    name: str
    function: str
    array: bool
    values: NDArray[np.float64]
    there: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """How a gradient came about.

    Attributes
    ----------
    moments : array of int
        At most 500 moments of the run, evenly spread, its ends among them; and for each local's cotangent some of those at which it begins and ends.
    curves : tuple of Curve
        Registers' cotangents first, then those of locals.
    components : dict
        `"x.bar[3]"` -> its value at the end of the run, at most 2000 of them.
    count : int
        How many there are.
    erased : int
        Bits that the run forgot: what it needed on the way back and then let go of. Kernels and their inverses forget none.
    """

    moments: NDArray[np.int64]
    curves: tuple[Curve, ...]
    components: dict[str, float]
    count: int
    erased: int

    def __str__(self) -> str:
        rows = [(f"|{c.name}|" if c.array else c.name, _sparks(c, self.moments), c.function and f"local of {c.function}") for c in self.curves]
        wide = max((len(name) for name, _, _ in rows), default=0)
        return "\n".join(f"{name:<{wide}}  {sparks}  {whose}".rstrip() for name, sparks, whose in rows)


def _sparks(c: Curve, moments: NDArray[np.int64]) -> str:
    """A character for each stretch of time: the largest value in it, so that a short life is seen; where no moment was looked at, the one before."""
    wide = min(WIDE, len(moments))
    column = moments * wide // (int(moments[-1]) + 1)
    sizes = np.where(c.there, np.abs(c.values), -1.0)
    top = float(sizes[np.isfinite(sizes)].max(initial=0.0)) or 1.0
    shown = [float(sizes[0])]
    for k in range(wide):
        inside = sizes[column == k]
        shown.append(math.nan if np.isnan(inside).any() else float(inside.max()) if len(inside) else shown[-1])
    return "".join(" " if v < 0 else "!" if not math.isfinite(v) else SPARKS[min(8, math.ceil(8 * v / top))] for v in shown[1:])


def gradients(session: Session, points: int = CURVE) -> Gradients:
    """Walks the run once, forward, and looks at all cotangents on the way; the session stays where it is."""
    if not isinstance(session.target, Gradient):
        raise WrongArguments("this run has no cotangents", hint="open a session on a gradient: `rb.debug(rb.grad(f), ...)`")
    m, here = session.machine, session.machine.snapshot()
    even = np.unique(np.linspace(0, session.total, points).astype(np.int64))
    seen: dict[tuple[str, str], dict[int, tuple[float, bool]]] = {}
    with session.quietly():
        try:
            moments = np.union1d(even, _lifetimes(session)) if len(even) <= session.total else even
            session.restore_at(0)
            for k, moment in enumerate(moments.tolist()):
                m.run(moment - m.time)
                for key, value, array in _cotangents(m):
                    seen.setdefault(key, {})[k] = value, array
            components, count = _components(m)
            erased = m.register("erased")
        finally:
            m.restore(here)
    return Gradients(moments, tuple(_curve(key, found, len(moments)) for key, found in seen.items()), components, count, erased)


def _lifetimes(session: Session) -> NDArray[np.int64]:
    """Moments right after a local's cotangent has begun and right before it ends: at most `LIVES` of each kind for each, evenly chosen."""
    code, found = session.code, dict[int, list[NDArray[np.int64]]]()
    for k, r in enumerate(code.rows):
        symbols = code.functions[r.fn].symbols
        if r.fn and any(symbols[n].of and not is_register(symbols[n], symbols) for n in r.live ^ r.live_after):
            found[k] = []
    if not found:
        return np.zeros(0, np.int64)
    session.restore_at(0)
    for part in stretches(session.machine, session.total):
        for k, moments in found.items():
            moments.append(part.start + np.flatnonzero(part.rows == k))
    out = [np.zeros(0, np.int64)]
    for k, parts in found.items():
        whole = np.concatenate(parts)
        few = whole[np.unique(np.linspace(0, len(whole) - 1, min(LIVES, len(whole))).astype(int))]
        out.append(few + int(len(code.rows[k].live_after) > len(code.rows[k].live)))
    return np.unique(np.concatenate(out))


def _curve(key: tuple[str, str], found: dict[int, tuple[float, bool]], count: int) -> Curve:
    values, there = np.zeros(count), np.zeros(count, bool)
    for k, (value, _) in found.items():
        values[k], there[k] = value, True
    return Curve(*key, next(iter(found.values()))[1], values, there)


def _cotangents(m: Machine) -> list[tuple[tuple[str, str], float, bool]]:
    """(name, function) of every cotangent that exists now, with its value; the innermost call counts where a function calls itself."""
    out = {}
    for symbol in m.code.functions[0].symbols.values():
        if symbol.of:
            out[f"{symbol.of}.bar", ""] = _size(m, symbol, 0)
    for frame in frames(m):
        row = m.code.rows[frame.row]
        symbols = m.code.functions[row.fn].symbols
        for name in (row.live if m.register("dir") > 0 else row.live_after) if row.fn else ():
            symbol = symbols[name]
            if symbol.of and not is_register(symbol, symbols):
                out[f"{symbol.of}.bar", frame.function] = _size(m, symbol, frame.ip)
    return [(key, *value) for key, value in out.items()]


def _size(m: Machine, symbol: Symbol, ip: int) -> tuple[float, bool]:
    value = np.asarray(m.read(symbol, ip), float)
    return (float(np.linalg.norm(value.ravel())), True) if value.ndim else (float(value), False)


def _components(m: Machine) -> tuple[dict[str, float], int]:
    """Those of the gradient, at the end of the run."""
    out, count = dict[str, float](), 0
    for symbol in m.code.functions[0].symbols.values():
        if not symbol.of:
            continue
        value = np.asarray(m.read(symbol, 0), float)
        count += value.size
        for at in np.ndindex(value.shape):
            if len(out) == COMPONENTS:
                break
            out[f"{symbol.of}.bar" + (f"[{', '.join(map(str, at))}]" if at else "")] = float(value[at])
    return out, count


def _first_input(session: Session, components: Iterable[str]) -> str:
    """The first component of what the gradient gives: of an input, not of the loss; "" if there is none."""
    asked = session.target
    assert isinstance(asked, Gradient)
    wanted = [asked.kernel.registers[k] for k in asked.wrt or ()] or [name for name in asked.kernel.registers if name != asked.kernel.registers[asked.of]]
    names = {place: place.split(".bar")[0].split(".")[0] for place in components}
    return next((place for name in wanted for place in names if names[place] == name), next(iter(names), ""))


def check_gradient(session: Session) -> CheckReport:
    """Compares every component with central differences of the kernel itself, as `check_grad` does."""
    if not isinstance(session.target, Gradient):
        raise WrongArguments("this run has no gradient", hint="open a session on one: `rb.debug(rb.grad(f), ...)`")
    of, wrt = session.target._asked
    return check_grad(session.target.kernel, *session.args, of=of, wrt=wrt, direction=False, **session.consts)


def gradients_json(session: Session, check: bool = False) -> dict[str, Any]:
    """What a gradient panel shows, as plain data; numbers that may be NaN travel as texts then, because JSON has none."""
    if check:
        report = check_gradient(session)
        rows = [[place, plain(got), plain(want), plain(error), bool(error <= report.tolerance)] for place, got, want, error in report.rows[:COMPONENTS]]
        return {"text": repr(report).splitlines()[0], "ok": bool(report), "tolerance": report.tolerance, "rows": rows}
    found = gradients(session)
    curves = [{"name": c.name, "function": c.function, "array": c.array,
               "values": [plain(v) if there else None for v, there in zip(c.values.tolist(), c.there.tolist(), strict=True)]} for c in found.curves]
    words = "" if session.complete else ": it does not come to its end, so these are no gradient yet"
    return {"text": f"{len(curves)} cotangents over {session.total} moments, {found.erased} bits erased{words}", "complete": session.complete,
            "moments": found.moments.tolist(), "curves": curves,
            "components": [[place, plain(v)] for place, v in found.components.items()], "first": _first_input(session, found.components), "count": found.count}
