"""A whole notebook through a real kernel, as `nbclient` and `nbmake` run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

CELLS = [
    "%load_ext revbench\nimport numpy as np\nx = np.array([3.0, 4.0])",
    "%%reversible\ndef norm(out, x):\n    s = 0.0\n    for i in range(len(x)):\n        s += x[i] ** 2\n    out += sqrt(s)\n",
    "norm(0.0, x)",
    "norm",
    "%gradcheck norm(0.0, x)",
    "%%reversible\ndef bad(out, x):\n    out = x\n",
    "norm(0.0)",
]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Any]]:
    """What each cell showed."""
    folder: Path = tmp_path_factory.mktemp("notebook")
    notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
        NotebookClient(notebook, timeout=100, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.validate(notebook)
    return [list(cell["outputs"]) for cell in notebook["cells"]]


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


def test_a_reversible_cell_shows_card_and_buttons(outputs: list[list[Any]]) -> None:
    card, prompt = outputs[1]
    assert "rvb-card" in card["data"]["text/html"]
    assert card["metadata"]["application/vnd.revbench.kernels+json"]["source"] == "cell 2"
    assert "application/vnd.jupyter.widget-view+json" in prompt["data"]
    assert prompt["data"]["text/plain"] == ""


def test_values_are_plain_and_kernels_are_cards(outputs: list[list[Any]]) -> None:
    assert outputs[2][0]["data"] == {"text/plain": "Outputs(out=5.0, x=array([3., 4.]))"}
    assert "rvb-card" in outputs[3][0]["data"]["text/html"]
    assert "check_grad(norm): ok" in outputs[4][0]["data"]["text/plain"]


def test_mistakes_are_shown_once_in_full_and_end_the_cell(outputs: list[list[Any]]) -> None:
    shown, error = outputs[5]
    assert '<mark class="rvb-first">out = x</mark>' in shown["data"]["text/html"]
    assert shown["metadata"]["application/vnd.revbench.mistake+json"]["labels"][0]["line"] == 3
    assert error["output_type"] == "error"
    assert error["ename"] == "IrreversibleAssignment"
    assert len(error["traceback"]) == 1
    assert error["traceback"][0].startswith("cell 6:3:5: `out = x` ")
    assert "called in cell 7, line 1: <code>norm(0.0)</code>" in outputs[6][0]["data"]["text/html"]
