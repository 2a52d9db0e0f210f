"""Another value at some moment: which inputs would have led there, and what would come of it.

The machine runs backwards from the edited state. No other debugger can: their past is a recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from revbench.errors import InvertibilityError, WrongArguments

from .places import find

if TYPE_CHECKING:
    from revbench.backends.machine_program import Row

    from .session import Session


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """What an edit at one moment means for the past and for the future.

    Attributes
    ----------
    inputs : dict or None
        Name -> value of every register at the beginning that leads to the edited state; None if there is none.
    outputs : dict or None
        Name -> value of every register at the end of the run from there on; None if it breaks a law.
    error : str
        Why that history is impossible, or "".
    moment, line, text : int, int, str
        The statement that makes it impossible: the moment before it on the way forward. Of no meaning without an error.
    consequence : str
        The law that breaks further on, or "": also where it is the one that makes the past impossible, on the same line.
    """

    edit: str
    inputs: dict[str, Any] | None
    outputs: dict[str, Any] | None
    error: str = ""
    moment: int = 0
    line: int = 0
    text: str = ""
    consequence: str = ""

    def __bool__(self) -> bool:
        return self.inputs is not None

    def __str__(self) -> str:
        if self.inputs is None:
            past = f"impossible: line {self.line}, moment {self.moment}: {self.text}\n{self.error}"
        else:
            past = f"the run began with {_listed(self.inputs)}"
        future = f"it ends with {_listed(self.outputs)}" if self.outputs is not None else f"further on: {self.consequence}" if self.consequence else ""
        return "\n".join(part for part in (f"if {self.edit}:", past, future) if part)


def what_if(session: Session, text: str, value: Any, frame: int = 0) -> WhatIf:
    """Edits a place, runs to the beginning and to the end, and puts everything back."""
    m, here = session.machine, session.machine.snapshot()
    place = find(m, text, frame)
    if place.shape:
        raise WrongArguments(f"`{text}` is an array", hint=f"edit one element: `{place.first}`")
    raw, cell = place.raw(value), int(place.cells[0])
    edit = f"{text} = {value!r} at moment {session.moment}"
    with session.quietly():
        try:
            _put(m, cell, raw)
            inputs, error, moment, row = _past(session)
            m.restore(here)
            _put(m, cell, raw)
            outputs, consequence, other = _future(session)
        finally:
            m.restore(here)
    if row and other and _law(row, error) == _law(other, consequence):
        consequence = ""
    return WhatIf(edit, inputs, outputs, error, moment, row.line if row else 0, row.text if row else "", consequence)


def _law(row: Row, message: str) -> tuple[Any, int, str]:
    """Which law on which line, without the moment and the values with which it broke."""
    return row.span and row.span.source, row.line, message.partition(" at step ")[0]


def _put(m: Any, cell: int, raw: float | int) -> None:
    if cell & 1:
        m.I[cell >> 1] = raw
    else:
        m.F[cell >> 1] = raw
        m.M[cell >> 1] = max(m.M[cell >> 1], abs(raw))


def _past(session: Session) -> tuple[dict[str, Any] | None, str, int, Row | None]:
    m = session.machine
    try:
        while m.time > 0 and m.run(-m.time) == "limit":
            pass
    except InvertibilityError as broken:
        return None, broken.message, m.time - 1, m.code.rows[m.row]
    return session.registers, "", 0, None


def _future(session: Session) -> tuple[dict[str, Any] | None, str, Row | None]:
    m = session.machine
    try:
        if m.run(session.limit) != "done":
            return None, f"it has not ended after {session.limit} instructions", None
    except InvertibilityError as broken:
        return None, broken.message, m.code.rows[m.row]
    return session.registers, "", None


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{n} = {v!r}" for n, v in values.items())
