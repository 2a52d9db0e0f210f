"""Where a node of Python's syntax tree stands."""

from __future__ import annotations

import ast

from revbench.errors import Source, Span


def span_of(node: ast.AST, source: Source, shift: int = 0) -> Span:
    """The span of an ast node; `shift` is added to lines (a function's place in its file)."""
    line, start = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    end, stop = int(getattr(node, "end_lineno", None) or line), getattr(node, "end_col_offset", 0) or 0
    if source.text.isascii():
        return Span(source, line + shift, start + 1, end + shift, stop + 1)

    def column(at: int, offset: int) -> int:             # ast counts UTF-8 bytes, people count characters
        text = source.line(at + shift)
        return len(text.encode()[:offset].decode(errors="replace")) + 1

    return Span(source, line + shift, column(line, start), end + shift, column(end, stop))
