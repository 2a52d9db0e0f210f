"""Breakpoints of a session as plain data, and back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from revbench.errors import RevbenchError
from revbench.timetravel import Session


def breakpoints_of(session: Session) -> list[dict[str, Any]]:
    """All breakpoints; `source` is an index into the program's sources."""
    found = session.breakpoints
    if not found:
        return []
    sources = session.sources
    return [{"line": b.line, "source": sources.index(b.source or session.source) if b.line and (b.source or session.source) in sources else 0,
             "condition": b.condition, "hits": b.hits, "enabled": b.enabled} for b in found]


def put_breakpoints(session: Session, given: list[dict[str, Any]]) -> None:
    """These and no others. Those that cannot be are left out, and so are missing in `breakpoints_of` then."""
    session.clear()
    sources = session.sources
    for b in given:
        with suppress(RevbenchError, LookupError, TypeError, ValueError):
            line = int(b["line"] or 0)
            added = session.break_at(line, str(b.get("condition", "")), int(b.get("hits", 1)), source=sources[int(b.get("source", 0))] if line else None)
            added.enabled = bool(b.get("enabled", True))
