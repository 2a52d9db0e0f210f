"""Tab completion of options, and of the language's words inside reversible cells."""

from __future__ import annotations

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from revbench import jupyter


def completions(ip: InteractiveShell, text: str) -> set[str]:
    with provisionalcompleter():
        return {c.text for c in ip.Completer.completions(text, len(text))}


@pytest.mark.parametrize(("line", "expected"), [
    ("%%reversible --", {"--no-check", "--precise", "--no-keepers", "--show", "--step", "--quiet"}),
    ("%%reversible --no-", {"--no-check", "--no-keepers"}),
    ("%%reversible --quiet --q", set()),
    ("%%reversible --show ", {"ir", "inverse", "adjoint", "tangent", "numba"}),
    ("%%reversible --show i", {"ir", "inverse"}),
    ("%memory f(x) --s", {"--steps", "--snapshots"}),
    ("%gradcheck f(x) --", {"--of", "--wrt"}),
    ("%diagram f ", {"flow", "memory"}),
    ("%diagram grad(f)(0.0, x) m", {"memory"}),
])
def test_options_are_completed(ip: InteractiveShell, line: str, expected: set[str]) -> None:
    ip.Completer.use_jedi = False
    assert completions(ip, line) == expected


def test_words_of_the_language_are_completed_in_reversible_cells_only(ip: InteractiveShell) -> None:
    ip.Completer.use_jedi = False
    assert "came_from" in completions(ip, "%%reversible\ndef f(x):\n    came")
    assert "logaddexp" in completions(ip, "%%reversible\ndef f(x):\n    x += loga")
    assert "came_from" not in completions(ip, "def f(x):\n    came")


def test_nothing_is_completed_after_unloading(ip: InteractiveShell) -> None:
    ip.Completer.use_jedi = False
    jupyter.unload(ip)
    assert completions(ip, "%%reversible --no-") == set()
    assert "came_from" not in completions(ip, "%%reversible\ndef f(x):\n    came")
