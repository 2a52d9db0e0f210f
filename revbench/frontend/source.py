"""A function or a cell -> its text, its name, and where it begins."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from revbench.errors import Label, NoSource, Source, Span, SyntaxMistake, TupleUpdate


def source_of(fn: Callable[..., Any]) -> Source:
    """The text of a function as it stands in its file or cell.

    Raises
    ------
    NoSource
        When Python does not know the text (a bare interpreter, `exec`).
    """
    try:
        lines, first = inspect.getsourcelines(fn)
    except (OSError, TypeError) as problem:
        raise NoSource(f"the source text of `{getattr(fn, '__name__', fn)}` cannot be found",
                       hint="put it into a file or a notebook cell, or use `revbench.compile(text)`") from problem
    return Source(inspect.getsourcefile(fn) or "<unknown>", "".join(lines), max(first, 1))


def parse_text(source: Source) -> tuple[ast.Module, int]:
    """The ast of a source and the shift from its line numbers to the source's; indented functions are parsed too."""
    text, shift = source.text, source.first_line - 1
    if text[:1] in (" ", "\t"):
        text, shift = "if True:\n" + text, shift - 1           # columns stay as the user wrote them
    try:
        tree = ast.parse(text)
    except SyntaxError as problem:
        line, col = (problem.lineno or 1) + shift, problem.offset or 1
        here = Label(Span(source, line, col, line, max(problem.end_offset or 0, col + 1)), "here")
        if "augmented assignment" in problem.msg and "tuple" in problem.msg:
            raise TupleUpdate("a tuple cannot be updated at once", here, hint="update each place in a line of its own") from None
        raise SyntaxMistake(f"this is not Python: {problem.msg}", here) from None
    if text is not source.text:
        assert isinstance(tree.body[0], ast.If)
        tree.body = tree.body[0].body
    return tree, shift
