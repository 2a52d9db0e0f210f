"""The cache folder does not grow without limit: what has not been used for longest goes first.

A module of generated code is its text, the machine code that lies beside it, and an empty file that is touched whenever a
process loads it: file systems that do not note when a file was read are common. What was used within the last day stays,
for it may be in use now.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LIMIT = 500_000_000                 # bytes
DAY = 86_400.0                      # seconds: how often the folder is looked through, and how long what was used is safe
USED = ".used"
PRUNED = "pruned"                   # this file is touched when the folder is looked through


@dataclass
class _Module:
    files: list[Path] = field(default_factory=list)
    size: int = 0
    used: float = 0.0


def mark_used(text: Path) -> None:
    """Notes that the module with this text has been loaded now."""
    with suppress(OSError):                                       # a folder that cannot be written is not pruned either
        text.with_suffix(USED).touch()


def prune(folder: Path, limit: int = LIMIT, now: float | None = None) -> int:
    """Deletes the modules that have not been used for longest until those left take at most `limit` bytes; returns the bytes deleted."""
    now = time.time() if now is None else now
    modules: defaultdict[str, _Module] = defaultdict(_Module)
    for path in [*folder.glob("*"), *folder.glob("__pycache__/*")]:
        with suppress(OSError):                                   # another process deletes it
            if path.is_file():
                state, m = path.stat(), modules[path.name.partition(".")[0]]
                m.files.append(path)
                m.size, m.used = m.size + state.st_size, max(m.used, state.st_mtime)
    size, gone = sum(m.size for m in modules.values()), 0
    for m in sorted(modules.values(), key=lambda m: m.used):
        if size - gone <= limit or now - m.used < DAY:
            break
        for path in m.files:
            with suppress(OSError):
                path.unlink()
        gone += m.size
    return gone


def prune_daily(folder: Path) -> None:
    """`prune`, unless it was done within the last day."""
    stamp = folder.parent / PRUNED
    with suppress(OSError):
        if not stamp.exists() or time.time() - stamp.stat().st_mtime > DAY:
            stamp.touch()                                         # first: one process is enough
            prune(folder)
