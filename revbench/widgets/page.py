"""Widgets on a page without a kernel or a network: their modules, styles and states travel in the page itself."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from .modules import joined

DEFAULT = re.compile(r"^export default (.+);$", re.MULTILINE)
BYTES = (bytes, bytearray, memoryview)
COLUMN = 4                                             # bytes of a row number in a window
STEPS = 200_000                                        # of a run on a page
PAGE_STEPS = "REVBENCH_PAGE_STEPS"                     # so many steps belong to a stepper's state while a notebook is executed for a page
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0 auto; padding: 16px; max-width: 1500px; font-family: system-ui, sans-serif; }}
</style>
</head>
<body>
<main>{body}</main>
{tail}
</body>
</html>
"""


class Offline:
    """Collects the widgets of a page: `place` for each time that one is shown, `tail` once, after all of them."""

    def __init__(self) -> None:
        self.styles: dict[str, None] = {}
        self.modules: dict[str, str] = {}
        self.states: dict[str, str] = {}

    def place(self, model: str, state: Mapping[str, Any]) -> str:
        """Where a widget appears, given the name of its model and its state, bytes being bytes."""
        if model not in self.states:
            module = self._module(state["_esm"])
            self.styles.setdefault(state.get("_css", ""))
            text = as_json(standing_alone({name: value for name, value in state.items() if not name.startswith("_")}))
            self.states[model] = f'<script type="application/json" id="revbench-state-{escape(model)}" data-module="{module}">{text}</script>'
        return f'<div data-revbench-model="{escape(model)}"><noscript>This widget needs JavaScript.</noscript></div>'

    def tail(self) -> str:
        """Modules, styles, states, and what puts them together. Empty if there are no widgets."""
        if not self.states:
            return ""
        styles = [f"<style>{style}</style>" for style in self.styles]
        modules = [_script(text) for text in self.modules.values()]
        return "\n".join([*styles, *self.states.values(), *modules, _script(joined("export"))])

    def _module(self, text: str) -> str:
        name = hashlib.sha256(text.encode()).hexdigest()[:12]
        if name not in self.modules:
            # A module that stands in the page cannot be imported: it hands over what it exports.
            self.modules[name], found = DEFAULT.subn(lambda m: f'(globalThis.revbenchModules ??= {{}})["{name}"] = {m[1]};', text)
            assert found == 1, "compiler bug: a widget's module exports one thing"
        return name


def page(title: str, body: str, offline: Offline) -> str:
    """A whole page, dark or light as the browser wishes."""
    return PAGE.format(title=escape(title), body=body, tail=offline.tail())


def write_page(text: str, path: str | Path | None) -> str:
    """Write a page, if there is a path, and return it."""
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def is_ours(state: Mapping[str, Any]) -> bool:
    """Is this the state of a widget that a page can play: one of revbench's own?"""
    return str(state.get("_anywidget_id", "")).startswith("revbench.") and "_esm" in state


def standing_alone(state: dict[str, Any]) -> dict[str, Any]:
    """A state whose kernel is gone; of a run that goes on beyond the window that was sent, it says what is there."""
    state = {**state, "kernel_id": ""} if "kernel_id" in state else state
    window = state.get("window")
    if not isinstance(window, Mapping):
        return state
    start = window.get("start", 0)
    end = start + len(window.get("rows", b"")) // COLUMN
    if start == 0 and end >= state["total"]:
        return state
    holds = f"steps {start:,} to {end:,}" if end > start else "none of the steps"
    return {**state, "held": f"this page holds {holds} of {state['total']:,}", "position": min(max(state["position"], start), end)}


def as_json(state: object) -> str:
    """JSON that can stand in a script element; bytes are deflated, in base64."""
    return json.dumps(state, default=_deflated, separators=(",", ":")).replace("<", "\\u003c")


def _deflated(value: object) -> dict[str, str]:
    if isinstance(value, BYTES):
        return {"$deflated": base64.b64encode(zlib.compress(bytes(value), 6)).decode()}
    raise TypeError(f"compiler bug: {type(value).__name__} in a widget's state")


def _script(text: str) -> str:
    inside = re.sub("</(script)", r"<\\/\1", text, flags=re.IGNORECASE)
    return f'<script type="module">\n{inside}</script>'
