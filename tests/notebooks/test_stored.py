"""Notebooks are stored without what they showed, with cells that have names."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from .books import BOOKS


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.stem)
def test_it_is_stored_without_outputs(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert code
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert [cell.id for cell in book.cells if not re.fullmatch(r"[a-z]+(-[a-z]+)*", cell.id)] == []
    assert book.metadata.kernelspec.name == "python3"
