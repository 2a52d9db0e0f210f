"""The code in a hint, and where it goes."""

from __future__ import annotations

import ast
import re

from revbench import RevbenchError


def code_lines(hint: str, wrong: str = "") -> list[str]:
    """What a hint says to type: statements, and heads of blocks. A name, an element or a condition only refers to one.

    `wrong` is the line where the law broke: only in place of a call that stands alone, a call is a statement.
    """
    calls = is_call(normal(wrong))
    out = []
    for code in re.findall(r"`([^`]*)`", hint):
        if "..." in code:
            continue                                             # stands for something else
        try:
            tree = ast.parse(code + (" pass" if code.endswith(":") else ""))
        except SyntaxError:
            continue                                             # a keyword or sign: `if`, `+=`
        if not isinstance(tree.body[0], ast.Expr) or (calls and isinstance(tree.body[0].value, ast.Call)) or code.startswith(("until(", "came_from(", "fi(")):
            out.append(code)
    return out


def is_call(line: str) -> bool:
    try:
        tree = ast.parse(line)
    except SyntaxError:
        return False
    return len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Call)


def line_of(program: str, mistake: RevbenchError) -> str:
    """The line where the law broke."""
    return program.split("\n")[mistake.span.line - 1] if mistake.span is not None else ""


def normal(line: str) -> str:
    """A line however it is spaced."""
    line = line.strip()
    try:
        return ast.unparse(ast.parse(line + (" pass" if line.endswith(":") else "")))
    except SyntaxError:
        return line


def pasted(program: str, mistake: RevbenchError, code: str) -> str:
    """The program with a line of the hint in place of the line where the law broke."""
    assert mistake.span is not None
    lines, at = program.split("\n"), mistake.span.line - 1
    lines[at] = lines[at][:len(lines[at]) - len(lines[at].lstrip())] + code
    return "\n".join(lines)
