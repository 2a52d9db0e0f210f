"""Text of parallel loops: a function for some of the turns, and its calls: one after the other, or on all threads.

    n = stop - start
    c = _parts(n, work of a turn, GRAIN)                        # as many as are worth while, for any number of threads
    s_parts = np.zeros((c,), np.float64)
    if _spread(f_turns, (x, y, s_parts), start, n, c, _st, _sv):
        return                                                  # f_turns(x, y, s_parts, start + n * k // c, start + n * (k + 1) // c, k, _st, _sv)
    for k in range(c):
        s += s_parts[k]

Checked code hands over the largest magnitudes of watched locals, and takes them back from every part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from revbench.ir.library import fresh_name
from revbench.ir.nodes import For, ForBack
from revbench.ir.typed import Typed
from revbench.ir.types import FLOAT, INT, Array
from revbench.ir.walk import callees
from revbench.passes.chunks import Chunks, chunks, merged, turn_work
from revbench.passes.effects import Effects

from .numba_expressions import name_of, words

if TYPE_CHECKING:
    from .numba_text import FunctionText

GRAIN = 1_000_000                                           # operations that a part is worth: 0.2 ms and more, where threads cost 0.1 ms


def in_parts(text: FunctionText, s: For | ForBack) -> bool:
    """Writes a loop in parts; False if it must be written as it stands."""
    if not s.parallel or not text.splits or any(map(text.recursive, callees(text.p))):
        return False
    typed = Typed(text.p, dict(text.types), text.numbers)
    name = fresh_name(f"{text.p.name}_turns", {*text.effects.programs, *(t.name for t, _, _ in text.parts)})
    found = chunks(s, typed, text.effects, name)
    if found is None:
        return False
    for q in found.part.types.keys() - text.types.keys():
        text.types[q] = found.part.types[q]
    magnitudes = sorted(text.watched & {*found.given, *found.copies})
    changing = [q for q in magnitudes if q in found.written or q in found.copies]
    write_part(text, found, magnitudes, changing)
    write_calls(text, s, found, magnitudes, changing)
    return True


# ---- the function
def write_part(text: FunctionText, found: Chunks, magnitudes: Sequence[str], changing: Sequence[str]) -> None:
    p, types = found.part.program, dict(found.part.types)
    types |= {_most(q): FLOAT for q in magnitudes} | {_mosts(q): Array("float64", 1) for q in changing}
    program = replace(p, params=(*p.params, *map(_mosts, changing)), consts=(*map(_most, magnitudes), *p.consts))
    part = replace(found.part, program=program, types=types)
    written = found.written | {*found.copies.values(), *map(_mosts, changing)}
    effects = Effects({**text.effects.programs, p.name: program})
    effects.solved = {**text.effects.written, p.name: frozenset(k for k, q in enumerate(program.params) if q in written)}
    inner = type(text)(part, text.callees, effects, text.sites, text.checked)
    inner.splits, inner.whole, inner.rows = False, found.loop, frozenset(q for q in found.copies if isinstance(types[q], Array))
    inner.watched |= set(magnitudes)
    number = found.scope[2]
    inner.after = [f"{_mosts(q)}[{number}] = {_most(q)}" for q in changing]
    head, _, body = inner.write().partition("\n")
    text.in_lanes |= inner.in_lanes
    rows = [f"    {name_of(q)} = {name_of(copy)}[{number}]" for q, copy in found.copies.items() if q in inner.rows]
    text.parts.append((part, effects, "\n".join([head, *rows, body])))


def _most(q: str) -> str:
    return f"_m_{name_of(q)}"


def _mosts(q: str) -> str:
    return f"_m_{name_of(q)}_parts"


# ---- its calls
def write_calls(text: FunctionText, s: For | ForBack, found: Chunks, magnitudes: Sequence[str], changing: Sequence[str]) -> None:
    w, p = text.w, found.part.program
    for e in (s.range.start, s.range.stop):
        text.guard(e)
    start, stop = (text.cast(e, "int64") for e in (s.range.start, s.range.stop))
    n, c, k = (text.new(q) for q in ("_n", "_c", "_k"))
    w(f"{n} = {stop}" if start == "0" else f"{n} = {stop} - {start}")
    size = " + ".join(" * ".join(["4", *_lengths(text, q)]) for q in found.copies if isinstance(text.types[q], Array))
    work = text.expr(turn_work(s, Typed(text.p, dict(text.types), text.numbers), text.effects))
    w(f"{c} = _parts({n}, {work}, {f'{GRAIN} + {size}' if size else GRAIN})")
    for q, copy in found.copies.items():
        text.copies(name_of(copy), c, q)
    for q in changing:
        w(f"{_mosts(q)} = np.zeros(({c},), np.float64)")
    args = ", ".join([*words((*found.given, *found.copies.values()), text.types), *map(_mosts, changing), *map(_most, magnitudes)])
    with w.indented(f"if _spread({name_of(p.name)}, ({args},), {start}, {n}, {c}, _st, _sv):"):
        w(text.leaving)
    if changing:
        with w.indented(f"for {k} in range({c}):"):
            for q in changing:
                w(f"{_most(q)} = max({_most(q)}, {_mosts(q)}[{k}])")

    def new() -> str:
        name = text.new("_k")
        text.types[name] = INT
        return name

    text.block(merged(found, new))


def _lengths(text: FunctionText, q: str) -> list[str]:
    t = text.types[q]
    return [f"{name_of(q)}.shape[{axis}]" for axis in range(t.ndim)] if isinstance(t, Array) else []
