"""Walks that end where a question is answered with yes: over and out of calls, to breakpoints, lines and conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revbench.backends.machine_questions import Questions

from .breakpoints import beginnings

if TYPE_CHECKING:
    from .session import Session


def over(session: Session, back: bool) -> None:
    m = session.machine
    depth, ip, onward = m.register("depth"), m.register("ip"), m.onward
    session.step(-1 if back else 1)
    if m.register("depth") > depth:
        _to_the_call(session, int(m.I[m.register("ip") + 2]), onward, ip, back)


def out(session: Session, back: bool) -> None:
    m = session.machine
    ip = m.register("ip")
    call, onward = int(m.I[ip + 2]), m.onward == (int(m.I[ip + 3]) > 0)
    if call < 0:
        session.goto(0 if back else session.total)
    else:
        _to_the_call(session, call, onward, int(m.I[ip]), back)


def _to_the_call(session: Session, call: int, onward: bool, frame: int, back: bool) -> None:
    """Behind a call (before it, with `back`) in a frame whose code runs onward or backward."""
    q = Questions(session.code, not back, session.machine.standing)
    q.at([(call if back else call + (1 if onward else -1), 0 if onward else 1)], frame=frame)
    _ask(session, q, back)


def go(session: Session, until: int | str | None, back: bool) -> str:
    """To a line, a condition or a breakpoint: which one it was."""
    m = session.machine
    if back and session.complete and session.moment == session.total:
        session.step(-1)                                        # the last moment is before no row; this one is, and nothing differs
    q, asked = Questions(session.code, not back, m.standing), dict[int, str]()
    if isinstance(until, str):
        asked[q.when(until)] = f"`{until}` holds"
    elif until is not None:
        asked[q.at(beginnings(session.code, until, session.source))] = f"line {until}"
    for b in session.breakpoints:
        if b.enabled:
            n = q.at(beginnings(session.code, b.line, b.source or session.source), b.hits, condition=b.condition) if b.line else q.when(b.condition, b.hits)
            asked[n] = f"breakpoint {b}"
    answered = _ask(session, q, back)
    found = ", ".join(why for n, why in asked.items() if n in answered)
    if not found:
        session.goto(0 if back else session.total)
    return found or ("the start" if back else "the end" if session.complete else session.error or f"the limit of {session.limit} instructions")


def _ask(session: Session, questions: Questions, back: bool) -> frozenset[int]:
    """Runs until questions are answered with yes (which ones?), or to the end of the run; what NaN did to the way back is mended."""
    m = session.machine
    with session.mended(back), m.asking(questions):
        m.run((0 if back else session.total) - session.moment)
        return m.answered()
