"""Tab completion: the options of our magics, and the words of the language inside reversible cells."""

from __future__ import annotations

import argparse
import keyword
from collections.abc import Callable, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from revbench.rules.functions import VOCABULARY

from .expression import choices_of, option_names

#   what may stand in a kernel besides functions of the rule rows
WORDS = ("range", "reversed", "enumerate", "zip", "len", "zeros", "zeros_like", "ones", "fi", "came_from", "until", "keep", "free", "compute", "uncompute",
         "inverse", "unchecked", "assert", "print", "probe", *(k for k in keyword.kwlist if k in ("for", "while", "if", "elif", "else", "with", "pass", "del")))


class Completers:
    """Hooks into a shell's completer; `remove` takes them out again."""

    def __init__(self, shell: Any, parsers: Mapping[str, argparse.ArgumentParser], words: Mapping[str, Iterable[str]]) -> None:
        self.shell = shell
        self.hooked: list[tuple[str, Any]] = []
        for magic, last in words.items():
            self._hook(magic, last_word_hook(last))
        for magic, parser in parsers.items():
            self._hook(magic, option_hook(parser))
        self.matcher = cell_matcher
        if cell_matcher not in shell.Completer.custom_matchers:
            shell.Completer.custom_matchers.append(cell_matcher)

    def _hook(self, magic: str, hook: Callable[[Any, Any], list[str]]) -> None:
        self.shell.set_hook("complete_command", hook, str_key=magic)
        self.hooked.append((magic, hook))

    def remove(self) -> None:
        """The shell completes as before."""
        chains = self.shell.strdispatchers["complete_command"].strs
        for magic, hook in self.hooked:
            chain = chains[magic].chain
            chain[:] = [(priority, f) for priority, f in chain if getattr(f, "__func__", f) is not hook]
        if self.matcher in self.shell.Completer.custom_matchers:
            self.shell.Completer.custom_matchers.remove(self.matcher)


def option_hook(parser: argparse.ArgumentParser) -> Callable[[Any, Any], list[str]]:
    """The hook for one magic: its options, and what may follow them."""
    def hook(shell: Any, event: SimpleNamespace) -> list[str]:
        words = event.line[:len(event.text_until_cursor)].split()
        before = words[-1] if not event.symbol else words[-2] if len(words) > 1 else ""
        if choices := choices_of(parser, before):
            return choices
        return [o for o in option_names(parser) if o not in words] if event.symbol.startswith("-") else []

    return hook


def last_word_hook(words: Iterable[str]) -> Callable[[Any, Any], list[str]]:
    """The hook for a magic that takes an expression, then one of these words."""
    def hook(shell: Any, event: SimpleNamespace) -> list[str]:
        before = event.line[:len(event.text_until_cursor) - len(event.symbol)].split()
        return [w for w in words if w.startswith(event.symbol)] if len(before) > 1 and (not event.symbol or event.symbol.isidentifier()) else []

    return hook


@context_matcher()
def cell_matcher(context: CompletionContext) -> SimpleMatcherResult:
    """The language's words, in cells that begin with `%%reversible`."""
    token, found = context.token, list[str]()
    if context.cursor_line and token.isidentifier() and context.full_text.lstrip().startswith("%%reversible"):
        found = sorted(w for w in {*VOCABULARY, *WORDS} if w.startswith(token) and not w.endswith("_"))
    return {"completions": [SimpleCompletion(w, type="keyword" if keyword.iskeyword(w) else "function") for w in found]}
