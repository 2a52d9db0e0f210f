"""Exports without a browser: what a page holds, and what is said when there is nothing to export."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from revbench.cli import main
from revbench.widgets.notebook import STILL, CannotExport, execute, read_notebook, with_buffers
from revbench.widgets.page import as_json, standing_alone


def test_a_file_that_is_no_notebook_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.ipynb").write_text("{")
    for name, said in (("none.ipynb", "there is no file"), ("broken.ipynb", "is not a notebook")):
        assert main(["export", str(tmp_path / name)]) == 1
        assert said in capsys.readouterr().err
        assert not (tmp_path / name).with_suffix(".html").exists()
    with pytest.raises(CannotExport, match="is a folder"):
        read_notebook(tmp_path)


def test_saved_outputs_are_taken_as_they_are(tmp_path: Path) -> None:
    book = tmp_path / "saved.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("1 / 0")]), book)
    assert main(["export", str(book), "--no-execute", "-o", str(tmp_path / "page.html")]) == 0
    assert "http" + "s://cdn" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_widgets_that_were_saved_are_taken_too_steppers_playable_and_a_race_as_its_picture(tmp_path: Path) -> None:
    cells = ["%load_ext revbench", "%%reversible --quiet\ndef leap(x, v, *, h: float):\n    x += h * v\n    v -= h * x",
             "%memory leap(1.0, 0.0, h=0.2) --steps 8 --snapshots 2", "%step leap(1.0, 0.0, h=0.2)"]
    book = new_notebook(cells=[new_code_cell(c) for c in cells])
    execute(book, tmp_path, "lesson.ipynb", steps=3)
    nbformat.write(book, tmp_path / "lesson.ipynb")
    assert main(["export", str(tmp_path / "lesson.ipynb"), "--no-execute"]) == 0
    page = (tmp_path / "lesson.html").read_text(encoding="utf-8")
    assert page.count("<div data-revbench-model=") == 1
    assert '<span class="nf">leap</span>' in page              # `%%reversible` cells are coloured as Python
    assert "this page holds steps 0 to 3 of" in page
    assert page.count(f"<small>{STILL}</small>") == 1
    still = page[page.index('<figure style="margin: 0">'):page.index(STILL)]
    assert "<svg" in still
    assert "<table" in still


def test_the_notebook_itself_is_never_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(), book)
    before = book.read_bytes()
    assert main(["export", str(book), "--no-execute", "-o", str(book)]) == 1
    assert "is the notebook itself" in capsys.readouterr().err
    assert book.read_bytes() == before


def test_bytes_go_back_where_they_were() -> None:
    entry = {"state": {"window": {"start": 0}}, "buffers": [{"path": ["window", "rows"], "encoding": "base64", "data": "AAECAw=="}]}
    assert with_buffers(entry) == {"window": {"start": 0, "rows": bytes(range(4))}}


def test_a_page_says_which_steps_of_a_longer_run_it_holds() -> None:
    state = {"window": {"start": 0, "rows": bytes(16)}, "total": 10, "complete": False, "error": "broke", "position": 9}
    assert standing_alone(state) == {**state, "held": "this page holds steps 0 to 4 of 10", "position": 4}
    assert standing_alone({**state, "window": {"start": 3}})["held"] == "this page holds none of the steps of 10"
    assert standing_alone({**state, "total": 4}) == {**state, "total": 4}


def test_nothing_in_a_state_ends_its_script() -> None:
    assert "<" not in as_json({"text": "</script>"})
