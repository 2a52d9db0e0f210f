"""The extension of JupyterLab and Notebook: what a stepper and the compiler know is shown in the cell's own editor.

The extension is the one that `make setup` built and installed; where it is missing, these tests fail.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import NOTEBOOK, LabServer, errors_in, open_notebook, run_all
from tests.browser.test_quickstart import PICTURES

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

TOTAL = "document.querySelector('[data-revbench=stepper] .rvb-slider').max"

# The mistake that the notebook shows on purpose, and two complaints that Notebook 7.6 has without us.
EXPECTED = ("IrreversibleAssignment", "Cannot read properties of undefined (reading 'schema')", "Command 'filebrowser:open-path' not registered")


def cell(page: Page, text: str) -> Locator:
    return page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=text))


@dataclass(frozen=True, slots=True)
class Opened:
    """A page on a small notebook, all of it run, in Lab or in Notebook."""

    page: Page
    app: str
    lab: LabServer

    @property
    def name(self) -> str:
        return f"extension-{self.app}.ipynb"

    @property
    def source(self) -> Locator:
        return cell(self.page, "def norm")

    @property
    def stepper(self) -> Locator:
        return self.page.locator("[data-revbench=stepper]")

    def at(self) -> int:
        return int(self.stepper.get_attribute("data-moment") or -1)

    def beside(self, line: int) -> Locator:
        """The gutter's place beside a line of the source (the first is CodeMirror's spacer)."""
        return self.source.locator(".rvb-breakpoints .cm-gutterElement").nth(line)

    def dots(self, count: int) -> None:
        expect(self.source.locator(".rvb-breakpoints .cm-gutterElement:nth-child(n+2) .rvb-dot")).to_have_count(count)

    def picture(self, what: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(PICTURES) / f"extension-{self.app}-{what}.png")

    def start(self) -> None:
        """No breakpoints, and the stepper at its beginning, used last."""
        self.page.evaluate(f"{NOTEBOOK}.content.model.cells.get(1).deleteMetadata('revbench')")
        self.page.evaluate("name => document.dispatchEvent(new CustomEvent('revbench:set-breakpoints', { detail: { name, lines: [] } }))", "cell 2")
        self.dots(0)
        self.stepper.locator("[data-action=last]").click()
        self.stepper.locator("[data-action=first]").click()


@pytest.fixture(scope="module", params=["lab", "notebook"])
def opened(request: pytest.FixtureRequest, lab: LabServer, browser: Browser) -> Iterator[Opened]:
    """One for all tests: starting a page and its kernel takes longer than they do."""
    assert (Path(sys.prefix) / "share/jupyter/labextensions/revbench/package.json").exists(), "the extension is not installed: make setup"
    with browser.new_context(viewport={"width": 1500, "height": 1000}) as context:
        opened = Opened(context.new_page(), request.param, lab)
        mistake = new_code_cell(WRONG, metadata={"tags": ["raises-exception"]})
        cells = [*map(new_code_cell, ("%load_ext revbench", NORM, "%step norm(0.0, [3.0, 4.0])")), mistake]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        nbformat.write(new_notebook(cells=cells, metadata=kernel), lab.root / opened.name)
        open_notebook(opened.page, lab, opened.name, opened.app)
        run_all(opened.page)
        yield opened
    lab.shut_down_kernels()


@pytest.mark.timeout(300)
def test_the_line_that_runs_next_is_lit_in_the_cell(opened: Opened) -> None:
    assert [e for e in errors_in(opened.page) if not any(expected in e for expected in EXPECTED)] == []
    expect(opened.source.locator("[data-revbench-lit]")).to_have_count(1)       # as soon as there is a stepper
    opened.start()
    seen = []
    for _ in range(6):
        opened.stepper.locator("[data-action=forward]").click()
        lit = opened.source.locator("[data-revbench-lit=forward]")
        expect(lit).to_have_count(1)
        seen.append(lit.inner_text().strip())
    assert "s += x[i] ** 2" in seen, seen
    opened.picture("lit")


def test_breakpoints_of_the_cell_and_of_the_stepper_are_the_same(opened: Opened) -> None:
    opened.start()
    opened.beside(LINE).click()
    opened.dots(1)
    numbers = opened.stepper.locator(".rvb-gutter[data-break=on]")
    expect(numbers).to_have_text([str(LINE)])
    opened.stepper.locator("[data-action=last]").click()
    opened.stepper.locator("[data-action=rewind]").click()
    expect(opened.source.locator("[data-revbench-lit]")).to_have_text("        s += x[i] ** 2")
    opened.picture("breakpoint")
    opened.stepper.get_by_label(f"breakpoint on line {LINE + 1}").click()
    opened.dots(2)
    expect(opened.beside(LINE + 1).locator(".rvb-dot")).to_have_count(1)
    opened.stepper.get_by_label(f"breakpoint on line {LINE}").click()
    opened.dots(1)
    opened.beside(LINE + 1).click()
    expect(numbers).to_have_count(0)
    opened.dots(0)
    opened.source.locator(".cm-line").nth(LINE - 1).click()
    opened.page.evaluate("window.jupyterapp.commands.execute('revbench:toggle-breakpoint')")        # by keyboard, from the palette
    expect(numbers).to_have_text([str(LINE)])


def test_the_keys_of_debuggers_step_from_the_cell_and_alt_turns_them_round(opened: Opened) -> None:
    opened.start()
    opened.beside(LINE).click()
    opened.source.locator(".jp-InputPrompt").click()
    moments = [opened.at()]
    for key in ("F9", "F11", "F10", "Alt+F10", "Alt+F11", "F9", "Alt+F9", "Shift+F11", "Alt+Shift+F11"):
        opened.page.keyboard.press(key)
        if key not in ("F9", "Alt+F9"):
            expect(opened.stepper).not_to_have_attribute("data-moment", str(moments[-1]))
        else:
            expect(opened.source.locator("[data-revbench-lit]")).to_have_text("        s += x[i] ** 2")
        moments.append(opened.at())
    start, stop, step, over, back, again, far, near, out, home = moments
    assert (step, over, back, again, near) == (stop + 1, stop + 2, stop + 1, stop, stop)
    assert start == home == 0 < stop < far < out == int(opened.page.evaluate(TOTAL))


def test_the_side_panel_shows_the_state_and_turns_breakpoints_off_and_on(opened: Opened) -> None:
    page = opened.page
    opened.start()
    page.evaluate("window.jupyterapp.commands.execute('revbench:show-panel')")
    panel = page.locator("#revbench-panel")
    opened.beside(LINE).click()
    opened.source.locator(".jp-InputPrompt").click()
    page.keyboard.press("F9")
    page.keyboard.press("F11")
    opened.beside(LINE + 1).click()
    rows = "where => [...document.querySelectorAll(`${where} tr[data-name]`)].map(row => [row.dataset.name, row.dataset.value])"
    own = page.evaluate(rows, "[data-revbench=stepper] .rvb-state")
    assert page.evaluate(rows, "#revbench-panel") == own
    assert ["s", "9"] in own
    opened.picture("panel")
    assert Axe().run(page, "#revbench-panel").response["violations"] == []
    off = panel.get_by_label(f"breakpoint line {LINE} on")
    off.uncheck()
    expect(opened.beside(LINE).locator(".rvb-dot")).to_have_count(0)
    opened.beside(LINE + 1).click()                                             # what is off is not lost by a click beside another
    expect(off).to_be_visible()
    expect(off).not_to_be_checked()
    off.check()
    opened.dots(1)
    panel.get_by_title(f"go to line {LINE}").click()
    expect(opened.source.locator(".cm-content")).to_be_focused()
    assert page.evaluate("getSelection().anchorNode.parentElement.closest('.cm-line').textContent.trim()") == "s += x[i] ** 2"
    before = opened.at()
    page.keyboard.press("F11")
    expect(opened.stepper).to_have_attribute("data-moment", str(before + 1))


def test_words_of_the_language_are_coloured_in_reversible_cells_only(opened: Opened) -> None:
    source = "def f(y, x):\n    with compute():\n        keep = 'fi'\n    free(x)  # until\n"
    put = f"text => {NOTEBOOK}.content.widgets[3].model.sharedModel.setSource(text)"
    words = opened.page.locator(".jp-CodeCell", has_text="def f(y").locator(".rvb-word")
    opened.page.evaluate(put, "%%reversible\n" + source)
    expect(words).to_have_text(["compute", "keep", "free"])
    opened.page.evaluate(put, source)
    expect(words).to_have_count(0)
    opened.page.evaluate(put, WRONG)


@pytest.mark.timeout(300)
def test_breakpoints_are_saved_with_the_notebook(opened: Opened) -> None:
    page, file = opened.page, opened.lab.root / opened.name
    saved = f"{NOTEBOOK}.context.save()"
    opened.start()
    page.evaluate(saved)
    assert "revbench" not in nbformat.read(file, 4).cells[1].metadata
    opened.beside(LINE).click()
    opened.dots(1)
    page.evaluate(f"{NOTEBOOK}.content.widgets[1].model.sharedModel.updateSource(13, 13, '\\n')")     # a line above it
    page.evaluate(saved)
    assert nbformat.read(file, 4).cells[1].metadata["revbench"] == {"breakpoints": [LINE + 1]}

    opened.lab.shut_down_kernels()
    open_notebook(page, opened.lab, opened.name, opened.app)
    opened.dots(1)
    run_all(page)
    expect(opened.stepper.locator(".rvb-gutter[data-break=on]")).to_have_text([str(LINE + 1)])
    opened.source.locator(".jp-InputPrompt").click()
    page.keyboard.press("F9")
    expect(opened.source.locator("[data-revbench-lit]")).to_have_text("        s += x[i] ** 2")
    page.evaluate(f"{NOTEBOOK}.content.widgets[1].model.sharedModel.setSource({NORM!r})")
    expect(opened.source.locator("[data-revbench-lit]")).to_have_count(0)       # what runs is not what is written
    before = opened.at()
    page.keyboard.press("F11")
    expect(opened.stepper).to_have_attribute("data-moment", str(before + 1))
    opened.beside(LINE - 1).click()
    opened.dots(2)
    expect(opened.source.locator("[data-revbench-lit]")).to_have_count(0)
    expect(opened.stepper.locator(".rvb-gutter[data-break=on]")).to_have_text([str(LINE + 1)])      # lines are others there


def test_a_mistake_is_underlined_and_its_hint_is_a_click_away(opened: Opened) -> None:
    page = opened.page
    page.evaluate(f"{NOTEBOOK}.content.activeCellIndex = 3")
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-cell').catch(() => 0)")
    wrong = cell(page, "def wrong")
    mark = wrong.locator(".cm-lintRange-error")
    wrong.scroll_into_view_if_needed()
    expect(mark).to_have_text("out = 2 * x")
    mark.hover()
    tooltip = page.locator(".cm-tooltip-lint")
    expect(tooltip).to_contain_text("`out = 2 * x` forgets what `out` held")
    opened.picture("mistake")
    tooltip.get_by_role("button", name="write out += 2 * x").click()
    expect(wrong.locator(".cm-content")).to_contain_text("out += 2 * x")
    expect(mark).to_have_count(0)
