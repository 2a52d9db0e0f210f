"""Rules of the house that no linter knows: short files, explained public names, no stray `print`."""

import ast
import inspect
from pathlib import Path

import revbench

PACKAGE = Path(__file__).parents[2] / "revbench"
MODULES = {file.relative_to(PACKAGE).as_posix(): file.read_text() for file in sorted(PACKAGE.rglob("*.py"))}
MOST_LINES = 400


def is_rule_table(name: str) -> bool:
    """A table is as long as the mathematics, or the mistakes, that it lists."""
    return name.startswith("rules/") or name == "errors.py" or name in ("errors.py", "ir/nodes.py")


def talks_to_a_terminal(name: str) -> bool:
    """The command line, and what draws for it, is there to print."""
    return name == "cli.py" or name.startswith(("cli/", "bench/")) or name.endswith("/terminal.py")


def lines_that_print(text: str) -> list[int]:
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def test_no_file_is_long() -> None:
    lengths = {name: len(text.splitlines()) for name, text in MODULES.items() if not is_rule_table(name)}
    assert "ir/walk.py" in lengths
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_library_code_does_not_print() -> None:
    printing = {
        name: lines_that_print(text) for name, text in MODULES.items() if not talks_to_a_terminal(name)
    }
    assert {name: lines for name, lines in printing.items() if lines} == {}


def test_every_public_name_is_explained() -> None:
    assert revbench.__all__
    assert [name for name in revbench.__all__ if not inspect.getdoc(getattr(revbench, name))] == []
