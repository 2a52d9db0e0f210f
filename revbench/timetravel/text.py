"""A moment of a run as a page of text, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .session import Session

AROUND = 4                                          # lines above and below the current one
WIDTH = 40                                          # of a value


def page(session: Session) -> str:
    """Where the run stands, the source around it, and what everything holds, value beside cotangent."""
    end = "" if session.complete else ", where a law breaks" if session.error else " and further"
    title = f"moment {session.moment} of {session.total}{end}, in {' > '.join(f.function for f in session.where())}"
    lines = [title, "", *_source(session), "", *_values(session)]
    if session.error and session.moment == session.total:
        lines += ["", session.error]
    if session.erased_bits:
        lines += ["", f"{session.erased_bits} bits erased so far"]
    return "\n".join(lines)


def _source(session: Session) -> list[str]:
    row = session.code.rows[session.machine.standing]
    if row.span is None:
        return [f"   => {row.text}"]
    source = row.span.source
    lines, here = source.text.splitlines(), row.span.line - source.first_line
    stops = {b.line for b in session.breakpoints if b.enabled}
    out = []
    for k in range(max(0, here - AROUND), min(len(lines), here + AROUND + 1)):
        number = k + source.first_line
        mark = "=>" if k == here else "* " if number in stops else "  "
        out.append(f"{mark} {number:>4}  {lines[k]}")
        if k == here and row.text.strip() != lines[k].strip():
            out.append(f"           {' ' * (len(lines[k]) - len(lines[k].lstrip()))}^ {row.text}")
    return out


def _values(session: Session) -> list[str]:
    names = session.names
    symbols = session.code.functions[session.code.rows[session.machine.standing].fn].symbols
    bars = {s.of: n for n, s in symbols.items() if s.of and n in names}
    shown = [n for n in names if n not in bars.values()]
    wide = max(map(len, shown), default=0)
    return [f"   {n:<{wide}}  {_value(names[n]):<{WIDTH}}{f'  bar {_value(names[bars[n]])}' if n in bars else ''}".rstrip() for n in shown]


def _value(value: Any) -> str:
    if isinstance(value, np.ndarray):
        out = np.array2string(value, precision=6, threshold=8, edgeitems=3, max_line_width=10**6).replace("\n", "")
        return out if len(out) <= 2 * WIDTH else f"{out[:2 * WIDTH - 3]}..."
    return repr(value)
