"""The browser fixtures themselves: a notebook opens, runs, and shows its output; its mistakes are seen."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, expect

from tests.browser.lab import LabServer, errors_in, open_notebook, run_all


def write_notebook(lab: LabServer, name: str, *cells: str) -> None:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells], metadata=kernel)
    nbformat.write(notebook, lab.root / name)


def test_a_notebook_runs_and_shows_its_output(lab: LabServer, page: Page) -> None:
    write_notebook(lab, "answer.ipynb", "print(6 * 7)")
    open_notebook(page, lab, "answer.ipynb")
    run_all(page)
    expect(page.locator(".jp-OutputArea-output")).to_have_text("42")
    assert errors_in(page) == []


def test_a_failing_cell_and_a_console_error_are_seen(lab: LabServer, page: Page) -> None:
    write_notebook(lab, "mistakes.ipynb", "1 / 0", "print('never reached')")
    open_notebook(page, lab, "mistakes.ipynb")
    run_all(page)
    page.evaluate("console.error('told by a widget')")
    assert errors_in(page) == ["cell 0: ZeroDivisionError: division by zero", "console: told by a widget"]
