"""The quickstart runs from the top, fails only where it says so, and finds what it claims."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "quickstart.ipynb"
pytestmark = pytest.mark.timeout(300)       # the fixture runs the notebook, from a cold cache the first time
WIDGET, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"


def fails_on_purpose(cell: Any) -> bool:
    return "raises-exception" in cell.metadata.get("tags", [])


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook after a run in a folder of its own."""
    book = nbformat.read(QUICKSTART, as_version=4)
    folder = tmp_path_factory.mktemp("quickstart")
    NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return book


def cell_of(book: Any, cell_id: str) -> Any:
    return next(cell for cell in book.cells if cell.id == cell_id)


def text_of(book: Any, cell_id: str) -> str:
    """What a cell shows as plain text."""
    outputs = cell_of(book, cell_id).outputs
    return "\n".join(out.text if out.output_type == "stream" else out.data.get("text/plain", "") for out in outputs if out.output_type != "error")


def numbers_after(text: str, what: str) -> list[float]:
    return [float(found) for found in re.findall(rf"{what} ([-+.e\d]+)", text)]


def test_it_is_stored_without_outputs() -> None:
    book = nbformat.read(QUICKSTART, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert [cell.id for cell in book.cells if not re.fullmatch(r"[a-z]+(-[a-z]+)*", cell.id)] == []
    assert book.metadata.kernelspec.name == "python3"


def test_nothing_fails_but_what_says_so(notebook: Any) -> None:
    failed = {cell.id for cell in notebook.cells if cell.cell_type == "code" and any(out.output_type == "error" for out in cell.outputs)}
    assert failed == {cell.id for cell in notebook.cells if fails_on_purpose(cell)} == {"mistake"}
    assert "[irreversible-assignment]" in text_of(notebook, "mistake")


def test_norm_runs_both_ways(notebook: Any) -> None:
    assert "out=5.0" in text_of(notebook, "norm-forwards")
    assert "out=0.0" in text_of(notebook, "norm-backwards")
    assert "[0.6, 0.8]" in text_of(notebook, "norm-gradient")


def test_the_mixture_agrees_with_its_formula(notebook: Any) -> None:
    errors = numbers_after(text_of(notebook, "mixture-gradient"), "relative error")
    assert len(errors) == 4
    assert max(errors) < 1e-9
    assert ": ok, " in text_of(notebook, "mixture-inverse")
    assert ": ok, " in text_of(notebook, "mixture-gradcheck")


def test_the_planets_come_back(notebook: Any) -> None:
    (metres,) = numbers_after(text_of(notebook, "solar-there-and-back"), "years back:")
    assert metres < 1000.0          # of 6e12, the distance of Pluto


def test_widgets_are_shown_and_the_race_agrees(notebook: Any) -> None:
    for cell_id in ("step-norm", "step-gradient", "memory"):
        assert any(WIDGET in out.get("data", {}) for out in cell_of(notebook, cell_id).outputs), cell_id
    states = notebook.metadata.widgets[STATE].state.values()
    assert any("all gradients agree" in str(widget.state.get("value", "")) for widget in states)
