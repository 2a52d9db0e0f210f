"""The main path in JupyterLab and in Notebook 7: run, step, rewind to a breakpoint of the cell's gutter, what-if, a gradient, stop."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import LabServer, open_notebook, run_all
from tests.browser.test_debugging import STOP, press, slide
from tests.browser.test_extension import cell
from tests.browser.test_lab_starts import write_notebook
from tests.browser.test_quickstart import moment, picture, states

CELLS = [
    "%load_ext revbench",
    "%%reversible --quiet\ndef mul(y, a, b):\n    y += a * b",
    "%%reversible --quiet\ndef norm(out, x):\n    s = 0.0\n    for i in range(len(x)):\n        s += x[i] ** 2\n    out += sqrt(s)",
    "%%reversible --quiet\ndef long(y, n: int):\n    for i in range(n):\n        y += sin(0.1 * i)",
    "%step mul(2, 3, 5)\n%step norm(0.0, [3.0, 4.0])\n%step grad(norm)(0.0, [3.0, 4.0])\n%step long(0.5, 3_000_000)",
]
MUL, NORM, GRADIENT, LONG = range(4)
LINE = 5        # of `norm`'s cell: `s += x[i] ** 2`


@pytest.fixture(scope="module", params=["lab", "notebook"])
def notebook(request: pytest.FixtureRequest, browser: Browser, lab: LabServer) -> Iterator[Page]:
    assert (Path(sys.prefix) / "share/jupyter/labextensions/revbench/package.json").exists(), "the extension is not installed: make setup"
    name = f"both-{request.param}.ipynb"
    write_notebook(lab, name, *CELLS)
    with browser.new_context(viewport={"width": 1400, "height": 4000}) as context:      # so tall that every cell is drawn
        page = context.new_page()
        open_notebook(page, lab, name, request.param)
        run_all(page)
        expect(page.locator("[data-revbench=stepper][data-moment]")).to_have_count(4, timeout=30_000)
        yield page
        picture(page, page.locator(".jp-NotebookPanel"), f"both-{request.param}")
    lab.shut_down_kernels()


def stepper(page: Page, n: int) -> Locator:
    return page.locator("[data-revbench=stepper]").nth(n)


@pytest.mark.timeout(300)
def test_step_and_rewind_to_a_breakpoint_of_the_cell(notebook: Page) -> None:
    norm, source = stepper(notebook, NORM), cell(notebook, "def norm")
    press(norm, "forward")
    expect(norm).to_have_attribute("data-moment", "1")
    expect(source.locator("[data-revbench-lit=forward]")).to_have_count(1)
    source.locator(".rvb-breakpoints .cm-gutterElement").nth(LINE).click()
    expect(source.locator(".rvb-dot")).to_have_count(2)                     # CodeMirror's spacer, and ours
    press(norm, "last")
    for turn in ("0", "1"):                                                 # the clean-up of `s` comes first, which undoes the loop
        press(norm, "rewind")
        expect(norm.locator("[data-current]")).to_have_attribute("data-line", str(LINE))
        expect(source.locator("[data-revbench-lit]")).to_have_text("        s += x[i] ** 2", timeout=20_000)
        assert states(norm)["i"] == turn
    source.locator(".rvb-breakpoints .cm-gutterElement").nth(LINE).click()  # the gradient's stepper has it, too
    expect(norm.get_by_label(f"breakpoint on line {LINE}")).to_have_attribute("aria-pressed", "false")


def test_what_if_finds_the_inputs_that_would_have_led_there(notebook: Page) -> None:
    mul = stepper(notebook, MUL)
    press(mul, "last")
    assert states(mul) == {"y": "17", "a": "3", "b": "5"}
    mul.locator("tr[data-name=y] .rvb-value").first.dblclick()
    mul.get_by_label("another value of y").fill("20")
    notebook.keyboard.press("Enter")
    expect(mul.locator(".rvb-answer-part").first.locator("[data-pair]")).to_have_text(["y = 5", "a = 3", "b = 5"])


def test_a_gradient_runs_there_and_back(notebook: Page) -> None:
    gradient = stepper(notebook, GRADIENT)
    press(gradient, "last")
    end = moment(gradient)
    assert any("0.6" in value for value in states(gradient).values())
    gradient.focus()
    notebook.keyboard.press("Home")
    expect(gradient).to_have_attribute("data-moment", "0")
    assert not any("0.6" in value for value in states(gradient).values())
    gradient.locator(".rvb-until").fill("s > 20")
    gradient.locator(".rvb-until").press("Enter")                           # asked of the kernel, and the cell is not run by it
    expect(gradient.locator(".rvb-story")).to_contain_text("s > 20 holds")
    assert 0 < moment(gradient) < end


def test_a_long_run_is_stopped(notebook: Page) -> None:
    long = stepper(notebook, LONG)
    press(long, "ask")
    long.get_by_role("menuitem", name="First round-off").click()
    notebook.wait_for_timeout(400)
    since = notebook.evaluate(STOP, LONG)
    expect(long.locator(".rvb-story")).to_contain_text("stopped at moment")
    assert notebook.evaluate("since => stopped - since", since) < 2_000     # 0.5 s where nothing else runs
    assert moment(long) > 0
    slide(long, 6_000_000)                                                  # far from what is recorded here
    expect(long).to_have_attribute("data-moment", "6000000")
