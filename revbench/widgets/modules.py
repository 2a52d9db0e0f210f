"""A widget's front end lies in a folder of ES modules; anywidget wants one: they are put together when the widget is first read.

Modules import by name from their neighbours only (`import { h } from "./dom.js"`), and no two define the same name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


@cache
def joined(folder: str, main: str = "main") -> str:
    """One module out of those that `main` stands on, each behind what it imports."""
    parts: dict[str, str] = {}

    def add(name: str) -> None:
        if name in parts:
            return
        text = (STATIC / folder / f"{name}.js").read_text("utf-8")
        parts[name] = ""                                 # its place is taken while its imports come first
        for below in IMPORT.findall(text):
            add(below)
        del parts[name]
        parts[name] = IMPORT.sub("", text)

    add(main)
    return "\n".join(parts.values())
