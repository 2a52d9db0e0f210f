"""Everything that `%load_ext revbench` puts into a shell, in one object that can take it out again."""

from __future__ import annotations

from typing import Any

from revbench.explain.diagram import KINDS

from .complete import Completers
from .display import MistakeHandler, register, unregister
from .magic import RevbenchMagics

#   magic            kind     its method
MAGICS = {
    "%%reversible": ("cell",  "reversible"),
    "%step":        ("line",  "step"),
    "%memory":      ("line",  "memory"),
    "%gradcheck":   ("line",  "gradcheck"),
    "%diagram":     ("line",  "diagram"),
}


class Extension:
    """What `load` put into a shell, and how to take it out again."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.before = {name: shell.magics_manager.magics[kind].get(name) for kind, name in MAGICS.values()}
        self.magics = RevbenchMagics(shell)
        shell.register_magics(self.magics)
        shell.events.register("pre_run_cell", self.magics.before_cell)
        shell.events.register("post_run_cell", self.magics.after_cell)
        register(shell)
        self.mistakes = MistakeHandler(shell, lambda: self.magics.cell_id)
        parsers = {magic: getattr(getattr(self.magics, name), "parser", None) for magic, (_, name) in MAGICS.items()}
        self.completers = Completers(shell, {magic: parser for magic, parser in parsers.items() if parser is not None},
                                     {"%diagram": KINDS})

    def remove(self) -> None:
        """Everything as it was before."""
        table = self.shell.magics_manager.magics
        for kind, name in MAGICS.values():
            if self.before[name] is None:
                table[kind].pop(name, None)
            else:
                table[kind][name] = self.before[name]
        self.shell.magics_manager.registry.pop(RevbenchMagics.__name__, None)
        self.shell.events.unregister("pre_run_cell", self.magics.before_cell)
        self.shell.events.unregister("post_run_cell", self.magics.after_cell)
        unregister(self.shell)
        self.mistakes.remove()
        self.completers.remove()
