"""The extension of JupyterLab and Notebook: what a stepper and the compiler know is shown in the cell's own editor.

The extension is the one that `make setup` built and installed; where it is missing, these tests fail.
"""

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import NOTEBOOK, LabServer, errors_in, open_notebook, run_all
from tests.browser.test_quickstart import picture

NORM = """\
%%reversible
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)"""

LINE = 5        # `s += x[i] ** 2`

WRONG = """\
%%reversible
def wrong(out, x):
    out = 2 * x"""

# The mistake that the notebook shows on purpose, and two complaints that Notebook 7.6 has without us.
EXPECTED = ("IrreversibleAssignment", "Cannot read properties of undefined (reading 'schema')", "Command 'filebrowser:open-path' not registered")


@pytest.fixture(params=["lab", "notebook"])
def opened(request: pytest.FixtureRequest, lab: LabServer, page: Page) -> Page:
    """A page on a small notebook, all of it run."""
    assert (Path(sys.prefix) / "share/jupyter/labextensions/revbench/package.json").exists(), "the extension is not installed: make setup"
    name = f"extension-{request.param}.ipynb"
    mistake = new_code_cell(WRONG, metadata={"tags": ["raises-exception"]})
    cells = [*map(new_code_cell, ("%load_ext revbench", NORM, "%step norm(0.0, [3.0, 4.0])")), mistake]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), lab.root / name)
    open_notebook(page, lab, name, request.param)
    run_all(page)
    return page


def cell(page: Page, text: str) -> Locator:
    return page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=text))


@pytest.mark.timeout(300)
def test_marks_in_the_cells(opened: Page, request: pytest.FixtureRequest) -> None:
    app = request.node.callspec.params["opened"]
    assert [e for e in errors_in(opened) if not any(expected in e for expected in EXPECTED)] == []
    source, stepper = cell(opened, "def norm"), opened.locator("[data-revbench=stepper]")

    # The line that runs next is lit in the cell, forwards and backwards.
    stepper.locator("[data-action=first]").focus()
    seen = []
    for _ in range(6):
        stepper.locator("[data-action=forward]").click()
        lit = source.locator("[data-revbench-lit=forward]")
        expect(lit).to_have_count(1)
        seen.append(lit.inner_text().strip())
    assert "s += x[i] ** 2" in seen, seen
    picture(opened, opened.locator(".jp-NotebookPanel"), f"extension-{app}-lit")

    # A breakpoint set beside the line in the cell stops a run backward; a key of the notebook steps, too.
    source.locator(".rvb-breakpoints .cm-gutterElement").nth(LINE).click()      # the first is CodeMirror's spacer
    expect(source.locator(".rvb-dot")).to_have_count(2)                         # the spacer's and ours
    stepper.locator("[data-action=last]").click()
    end = stepper.get_attribute("data-moment")
    stepper.locator("[data-action=rewind]").click()
    expect(stepper).not_to_have_attribute("data-moment", str(end))
    expect(source.locator("[data-revbench-lit]")).to_have_text("        s += x[i] ** 2")
    picture(opened, opened.locator(".jp-NotebookPanel"), f"extension-{app}-breakpoint")
    stopped = int(stepper.get_attribute("data-moment") or -1)
    source.locator(".jp-InputPrompt").click()
    opened.keyboard.press("F10")
    expect(stepper).to_have_attribute("data-moment", str(stopped + 1))
    opened.keyboard.press("Alt+F10")
    expect(stepper).to_have_attribute("data-moment", str(stopped))

    opened.evaluate(f"{NOTEBOOK}.content.widgets[1].model.sharedModel.setSource({NORM + chr(10)!r})")
    expect(source.locator("[data-revbench-lit]")).to_have_count(0)      # what runs is not what is written

    # A mistake is underlined where it stands; hovering says why, and the hint is a click away.
    wrong = cell(opened, "def wrong")
    mark = wrong.locator(".cm-lintRange-error")
    wrong.scroll_into_view_if_needed()
    expect(mark).to_have_text("out = 2 * x")
    mark.hover()
    tooltip = opened.locator(".cm-tooltip-lint")
    expect(tooltip).to_contain_text("`out = 2 * x` forgets what `out` held")
    picture(opened, opened.locator(".jp-NotebookPanel"), f"extension-{app}-mistake")
    tooltip.get_by_role("button", name="write out += 2 * x").click()
    expect(wrong.locator(".cm-content")).to_contain_text("out += 2 * x")
    expect(mark).to_have_count(0)
