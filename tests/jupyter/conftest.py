"""A shell in this process, with the extension loaded: `ip`. No kernel, no browser, and no warm-up."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from revbench import jupyter
from revbench.jupyter import warmup

NORM = """%%reversible --quiet
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)
"""


@dataclass
class Ran:
    """What a cell gave."""

    error: BaseException | None
    text: str
    shown: list[dict[str, Any]]
    metadata: list[dict[str, Any]] = field(default_factory=list)

    @property
    def html(self) -> str:
        return "".join(data.get("text/html", "") for data in self.shown)

    @property
    def plain(self) -> str:
        return "\n".join(data.get("text/plain", "") for data in self.shown)


Run = Callable[[str], Ran]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InteractiveShell]:
    """A shell without the extension."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setattr(warmup, "start", lambda: None)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config, user_module=types.ModuleType("notebook"))
    yield shell
    jupyter.unload(shell)
    InteractiveShell.clear_instance()


@pytest.fixture
def ip(bare: InteractiveShell) -> InteractiveShell:
    """A shell with the extension."""
    bare.run_line_magic("load_ext", "revbench")
    return bare


@pytest.fixture
def run(bare: InteractiveShell) -> Run:
    """Runs a cell as a front end would, and tells what came of it."""
    def run_cell(text: str) -> Ran:
        with capture_output() as captured:
            result = bare.run_cell(text, store_history=True)
        shown = [dict(o.data or {}) for o in captured.outputs]
        return Ran(result.error_in_exec or result.error_before_exec, captured.stdout, shown, [dict(o.metadata or {}) for o in captured.outputs])

    return run_cell
