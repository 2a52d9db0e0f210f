"""What the front end may ask of a session: a name, what is done, and the plain data that is answered.

A row takes the session and the message's arguments; the session stands at the user's moment already. It returns `text`,
one line to say, and whatever else the front end shows. JSON has no NaN, so numbers that may be one travel as texts.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from revbench.errors import RevbenchError
from revbench.timetravel import Session
from revbench.timetravel.gradients import gradients_json
from revbench.timetravel.protocol import plain

Data = dict[str, Any]
Found = TypeVar("Found")
FEW = 20                # elements of an array that are written out
MANY = 2000             # contributions that travel one by one


def _run(s: Session, until: int | str | None = None, **_: Any) -> Data:
    return {"text": f"stopped: {s.run(until).stopped}"}


def _rewind(s: Session, until: int | str | None = None, **_: Any) -> Data:
    return {"text": f"stopped: {s.rewind(until).stopped}"}


def _over(s: Session, back: bool = False, **_: Any) -> Data:
    s.over(back)
    return {"text": "over the call"}


def _out(s: Session, back: bool = False, **_: Any) -> Data:
    s.out(back)
    return {"text": "before the call" if back else "behind the call"}


def _last_write(s: Session, place: str, frame: int = 0, **_: Any) -> Data:
    found = s.last_write(place, frame)
    return {"text": f"written at {found}" if found else f"nothing has written `{place}` before: this is the start"}


def _next_write(s: Session, place: str, frame: int = 0, **_: Any) -> Data:
    found = s.next_write(place, frame)
    return {"text": f"written at {found}" if found else f"nothing writes `{place}` any more: this is the end"}


def _history(s: Session, place: str, frame: int = 0, **_: Any) -> Data:
    found = s.history(place, frame)
    moments, values = found.sketch()
    return {"text": f"{place}: {len(found)} values", "count": len(found), "moments": moments.tolist(), "values": [plain(v) for v in values.tolist()]}


def _what_if(s: Session, place: str, value: Any, frame: int = 0, **_: Any) -> Data:
    found = s.what_if(place, _value(value), frame)
    data = {"edit": f"{place} = {value} at moment {s.moment}", "inputs": _pairs(found.inputs), "outputs": _pairs(found.outputs),
            "error": found.error, "consequence": found.consequence}
    if found.inputs is None:
        edited = s.moment
        s.goto(found.moment)
        return data | {"text": f"impossible: line {found.line}, moment {found.moment}: {found.text}", "edited": edited,
                       "line": found.line, "statement": found.text}
    return data | {"text": f"if {data['edit']}: the run began with {', '.join(f'{n} = {v}' for n, v in _pairs(found.inputs) or [])}"}


def _contributions(s: Session, place: str, **_: Any) -> Data:
    found = s.contributions(place)
    largest = np.sort(np.argsort(-np.abs(found.amounts), kind="stable")[:MANY])
    return {"text": f"{place} = {found.total!r}, made by {len(found)} instruction{'' if len(found) == 1 else 's'}",
            "place": place, "total": repr(found.total), "count": len(found),
            "lines": [[line, plain(amount), found.texts[source, line], source] for (source, line), amount in found.by_place.items()],
            "moments": found.moments[largest].tolist(), "amounts": [plain(v) for v in found.amounts[largest].tolist()],
            "at_lines": found.lines[largest].tolist(), "at_sources": found.sources[largest].tolist()}


def _or_stay(s: Session, search: Callable[[], Found]) -> Found:
    """What a search finds; one that finds nothing leaves the session at an end, and the reader stays where he was."""
    here = s.moment
    found = search()
    if not found:
        s.goto(here)
    return found


def _origin_of_nan(s: Session, infinite: bool = False, **_: Any) -> Data:
    what = "an infinity" if infinite else "NaN"
    found = _or_stay(s, lambda: s.origin_of_nan(infinite))
    if isinstance(found, str):
        return {"text": f"`{found}` came with {what}: it is an argument", "found": True}
    return {"text": f"the first {what}: {found}" if found else f"no {what} in this run", "found": bool(found)}


def _dirt(s: Session, tolerance: float = 1e-12, **_: Any) -> Data:
    found = _or_stay(s, lambda: s.dirt(float(tolerance)))
    return {"text": f"the first round-off above {tolerance:g} on the way back: {found}" if found else
            f"no statement leaves more round-off than {tolerance:g} on the way back", "found": bool(found)}


def _check_step(s: Session, seed: int = 0, **_: Any) -> Data:
    found = s.check_step(seed)
    return {"text": str(found), "ok": found.ok}


def _check_steps(s: Session, seed: int = 0, **_: Any) -> Data:
    found = s.check_steps(seed)
    return {"text": str(found), "ok": found.ok, "count": found.count, "calls": found.calls}


def _gradients(s: Session, check: bool = False, **_: Any) -> Data:
    return gradients_json(s, check)


ASKED: dict[str, Callable[..., Data]] = {
    "run": _run, "rewind": _rewind, "over": _over, "out": _out, "last_write": _last_write, "next_write": _next_write, "history": _history,
    "what_if": _what_if, "contributions": _contributions, "origin_of_nan": _origin_of_nan, "dirt": _dirt,
    "check_step": _check_step, "check_steps": _check_steps, "gradients": _gradients,
}


def answer(session: Session, msg: Data) -> Data:
    """Stand at the message's moment, do what is asked, and say what came of it; what goes wrong is an answer, too."""
    arguments = {n: v for n, v in msg.items() if n not in ("kind", "id", "what", "at")}
    try:
        session.goto(int(msg.get("at", session.moment)))
        if msg["what"] not in ASKED:
            raise RevbenchError(f"a stepper cannot be asked for `{msg['what']}`")
        data = {"kind": "answer", "what": msg["what"], **ASKED[msg["what"]](session, **arguments)}
    except KeyboardInterrupt:
        data = {"kind": "error", "text": f"stopped at moment {session.moment}", "stopped": True}
    except RevbenchError as mistake:
        data = {"kind": "error", "text": mistake.message + (f". {mistake.hint}" if mistake.hint else "")}
    except Exception as error:              # a run may break in any way: the reader of the widget must see it
        data = {"kind": "error", "text": f"{type(error).__name__}: {error}"}
    return {**data, "id": msg.get("id"), "moment": session.moment}


def _value(value: Any) -> Any:
    """What was typed, as a number: `20`, `1e-3`, `True`, `nan`."""
    if not isinstance(value, str):
        return value
    try:
        return literal_eval(value.strip())
    except (ValueError, SyntaxError):
        pass
    try:
        return float(value)
    except ValueError:
        raise RevbenchError(f"`{value}` is not a number", hint="`20`, `1e-3`, `True`, `nan`") from None


def _pairs(values: Data | None) -> list[list[str]] | None:
    """Names with short texts of their values."""
    return None if values is None else [[n, _text(v)] for n, v in values.items()]


def _text(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return " ".join(np.array2string(value, threshold=FEW, separator=", ").split())
    return repr(value.item() if isinstance(value, np.generic) else value)
