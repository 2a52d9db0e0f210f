"""A session in a file: the program, its inputs, a moment, and notes. No recording: a run is made of these."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from revbench._api import Kernel
from revbench._api import compile as compile_text
from revbench.ad.gradient import Gradient
from revbench.errors import BadSession
from revbench.numerics.exact import Exact, ExactArray, array_from_raw, number_from_raw
from revbench.numerics.stack import Stack

from .breakpoints import Breakpoint, beginnings

if TYPE_CHECKING:
    from .session import Session

FORMAT = 1


def to_json(session: Session) -> dict[str, Any]:
    """Plain data."""
    kernel, gradient = session.kernel, session.gradient
    out: dict[str, Any] = {"revbench session": FORMAT, "program": kernel.show("ir"), "kernel": kernel.__name__, "time": session.moment,
                           "args": [encoded(a) for a in session.args], "consts": {n: encoded(v) for n, v in {**kernel.captured, **session.consts}.items()},
                           "bookmarks": [[moment, note] for moment, note in session.bookmarks],
                           "breakpoints": [breakpoint_json(session, b) for b in session.breakpoints]}
    if gradient is not None:
        out["gradient"] = gradient
    return out


def breakpoint_json(session: Session, b: Breakpoint) -> dict[str, Any]:
    """A breakpoint whose line is told by an instruction: the text that the program is saved as has lines of its own."""
    row = min(k for k, _ in beginnings(session.code, b.line, b.source or session.source)) if b.line else None
    return {"row": row, "condition": b.condition, "hits": b.hits, "enabled": b.enabled}


def put_breakpoint(session: Session, data: dict[str, Any]) -> None:
    """Sets a saved breakpoint, on the line that has its instruction now."""
    span = session.code.rows[data["row"]].span if data["row"] is not None else None
    b = session.break_at(span.line if span is not None else 0, data["condition"], data["hits"], source=span.source if span is not None else None)
    b.enabled = data["enabled"]


def encoded(value: Any) -> Any:
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else {"float": repr(value)}
    if isinstance(value, complex):
        return {"complex": [repr(value.real), repr(value.imag)]}
    if isinstance(value, list | tuple):
        return {"list": [encoded(v) for v in value]}
    if isinstance(value, Exact):
        return {"number": value.dtype, "raw": value.raw}
    if isinstance(value, ExactArray):
        return {"numbers": value.scalar.dtype, "raw": encoded(value.raw)}
    if isinstance(value, Stack):
        return {"stack": encoded(value.values)}
    if isinstance(value, np.ndarray | np.generic) and all(t.kind in "biufc" for t in _parts(value.dtype)):
        a = np.ascontiguousarray(value)
        return {"dtype": [t.str for t in _parts(a.dtype)], "fields": list(a.dtype.names or ()), "shape": list(np.shape(value)),
                "data": base64.b64encode(_packed(a).tobytes()).decode("ascii")}
    raise BadSession(f"an argument of type {type(value).__name__} cannot be saved", hint="numbers, records, stacks, lists and arrays can")


def _parts(dtype: np.dtype[Any]) -> list[np.dtype[Any]]:
    """The types of the fields of a record, or the only one."""
    return [dtype[name] for name in dtype.names] if dtype.names else [dtype]


def _packed(a: NDArray[Any]) -> NDArray[Any]:
    """Without the gaps that C leaves between the fields of a record."""
    return a.astype([(n, a.dtype[n]) for n in a.dtype.names]) if a.dtype.names else a


def decoded(value: Any) -> Any:
    match value:
        case bool() | int() | float() | str():
            return value
        case {"float": str(text)}:
            return float(text)
        case {"complex": [str(re), str(im)]}:
            return complex(float(re), float(im))
        case {"list": list(items)}:
            return [decoded(v) for v in items]
        case {"number": str(dtype), "raw": int(raw)}:
            return number_from_raw(dtype, raw)
        case {"numbers": str(dtype), "raw": raw}:
            return array_from_raw(dtype, decoded(raw))
        case {"stack": values}:
            return Stack(decoded(values))
        case {"dtype": list(types), "fields": list(fields), "shape": list(shape), "data": str(data)}:
            layout: Any = list(zip(fields, types, strict=True)) if fields else types[0]
            a = np.frombuffer(base64.b64decode(data), layout).reshape(shape).copy()
            return a if shape else a[()]
        case _:
            raise BadSession(f"an argument cannot be read: {str(value)[:80]!r}")


def save(session: Session, path: str | Path) -> None:
    Path(path).write_text(json.dumps(to_json(session), indent=1), "utf-8")


def load(path: str | Path) -> tuple[Kernel | Gradient, list[Any], dict[str, Any], dict[str, Any]]:
    """The kernel or gradient, its arguments and constants, and the rest of the data."""
    data = read(path)
    made = compile_text(data["program"], name=str(path))
    kernel = made if isinstance(made, Kernel) else list(vars(made).values())[-1]
    target = Gradient(kernel, data["gradient"]["of"], data["gradient"]["wrt"]) if "gradient" in data else kernel
    try:
        return target, [decoded(a) for a in data["args"]], {n: decoded(v) for n, v in data["consts"].items()}, data
    except (TypeError, ValueError) as problem:
        raise BadSession(f"the arguments in `{path}` cannot be read: {problem}") from None


def read(path: str | Path) -> dict[str, Any]:
    """The data of a saved session.

    Raises
    ------
    BadSession
        When the file is missing, broken, or something else.
    """
    try:
        data = json.loads(Path(path).read_text("utf-8"))
    except OSError as problem:
        raise BadSession(f"the session `{path}` cannot be read: {problem.strerror}") from None
    except ValueError:
        raise BadSession(f"`{path}` is not a saved session: it is no JSON") from None
    if not isinstance(data, dict) or data.get("revbench session") != FORMAT:
        raise BadSession(f"`{path}` is not a session that this version can read", hint="`session.save(path)` writes one")
    missing = {"program", "kernel", "time", "args", "consts"} - data.keys()
    if missing:
        raise BadSession(f"the session `{path}` is incomplete: no {', '.join(sorted(missing))}")
    return data
