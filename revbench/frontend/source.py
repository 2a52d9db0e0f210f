"""A function or a cell -> its text, its name, and where it begins."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any

from revbench.errors import ArrowAssignment, Label, NoSource, RevbenchError, Source, Span, SyntaxMistake, TupleUpdate, lines_of


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
    indented = _begins_indented(text)
    if indented:
        text, shift = "if True:\n" + text, shift - 1           # columns stay as the user wrote them
    try:
        tree = ast.parse(text)
    except SyntaxError as problem:
        raise _mistake(problem, source, shift) from None
    except (RecursionError, MemoryError):
        raise SyntaxMistake("this text is nested too deeply", hint="put parts of long expressions into locals") from None
    if indented:
        assert isinstance(tree.body[0], ast.If)
        tree.body = tree.body[0].body
    return tree, shift


def _begins_indented(text: str) -> bool:
    first = next((line for line in lines_of(text) if line.strip() and not line.lstrip().startswith("#")), "")
    return first[:1] in (" ", "\t")


def _mistake(problem: SyntaxError, source: Source, shift: int) -> RevbenchError:
    """What Python says, in our lines; what is plainly meant, with the line to write."""
    line, col = max(problem.lineno or 1, 1) + shift, max(problem.offset or 1, 1)
    text = source.line(line)
    end = (problem.end_offset or 0) if problem.end_lineno in (None, problem.lineno) else len(text) + 1
    here = Label(Span(source, line, col, line, max(end, col + 1)), "here")
    if "augmented assignment" in problem.msg and ("tuple" in problem.msg or "list" in problem.msg):
        return TupleUpdate("several places cannot be updated at once", here, hint=_one_by_one(text))
    if arrow := re.match(r"\s*(.+?)\s*[←⟵]\s*(.+)", text):
        return ArrowAssignment("`←` is not an assignment in Python", here, hint=f"write `{arrow[1]} = {arrow[2].rstrip()}` for a new local")
    hint = ""
    if twice := re.match(r"\s*([\w.\[\], ]+?)\s*(\+\+|--)\s*$", text):
        hint = f"write `{twice[1]} {twice[2][0]}= 1`"
    said = re.sub(r"\bline (\d+)", lambda m: f"line {int(m[1]) + shift}", problem.msg)
    return SyntaxMistake(f"this is not Python: {said}", here, hint=hint)


def _one_by_one(text: str) -> str:
    """`a, b += 1, 2` -> `a += 1` and `b += 2`."""
    try:
        left, op, right = re.split(r"\s*(\*\*=|//=|<<=|>>=|[-+*/%^&|@]=)\s*", text.strip(), maxsplit=1)
        places, values = ast.parse(left, mode="eval").body, ast.parse(right, mode="eval").body
    except (SyntaxError, ValueError):
        return "update each place in a line of its own"
    assert isinstance(places, ast.Tuple | ast.List)
    each = values.elts if isinstance(values, ast.Tuple | ast.List) and len(values.elts) == len(places.elts) else [values] * len(places.elts)
    lines = [f"`{ast.unparse(p)} {op} {ast.unparse(v)}`" for p, v in zip(places.elts, each, strict=True)]
    return f"write {' and '.join(lines)}, each in a line of its own"
