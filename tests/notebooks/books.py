"""Notebooks that come with the package: how tests run them and read what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

BOOKS = sorted((Path(__file__).parents[2] / "notebooks").rglob("*.ipynb"))
WIDGET, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"


def executed(name: str, folder: Path) -> Any:
    """The notebook after a run in a folder of its own."""
    book = nbformat.read(next(p for p in BOOKS if p.stem == name), as_version=4)
    NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return book


def cell_of(book: Any, cell_id: str) -> Any:
    return next(cell for cell in book.cells if cell.id == cell_id)


def text_of(book: Any, cell_id: str) -> str:
    """What a cell shows as plain text."""
    outputs = cell_of(book, cell_id).outputs
    return "\n".join(out.text if out.output_type == "stream" else out.data.get("text/plain", "") for out in outputs if out.output_type != "error")


def has_widget(book: Any, cell_id: str) -> bool:
    return any(WIDGET in out.get("data", {}) for out in cell_of(book, cell_id).outputs)


def failed(book: Any) -> set[str]:
    return {cell.id for cell in book.cells if cell.cell_type == "code" and any(out.output_type == "error" for out in cell.outputs)}


def fails_on_purpose(book: Any) -> set[str]:
    return {cell.id for cell in book.cells if "raises-exception" in cell.metadata.get("tags", [])}
