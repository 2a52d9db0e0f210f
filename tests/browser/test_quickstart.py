"""The main job, as a reader meets it: the quickstart runs in JupyterLab, and its steppers step in both directions."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import NOTEBOOK, LabServer, errors_in, open_notebook, run_all

PICTURES = os.environ.get("REVBENCH_PICTURES")      # a folder: what the tests see is kept there
EXPECTED_MISTAKE = "IrreversibleAssignment"           # the notebook shows one on purpose


def states(stepper: Locator) -> dict[str, str]:
    """Name -> value (with its cotangent, if it has one) of everything that the stepper's state shows."""
    return dict(stepper.evaluate("""root => [...root.querySelectorAll('tr[data-name]')]
        .map(row => [row.dataset.name, row.dataset.value + (row.dataset.cotangent ? ' | ' + row.dataset.cotangent : '')])"""))


def picture(page: Page, what: Locator, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        what.screenshot(path=Path(PICTURES) / f"{name}.png")


def moment(stepper: Locator) -> int:
    return int(stepper.get_attribute("data-moment") or -1)


@pytest.mark.timeout(600)
def test_the_quickstart_runs_and_steps_there_and_back(lab: LabServer, page: Page) -> None:
    open_notebook(page, lab, "quickstart.ipynb")
    run_all(page, limit=500_000)
    assert [e for e in errors_in(page) if EXPECTED_MISTAKE not in e] == []

    cards = page.locator(".jp-OutputArea-output:has(> .rvb-card)")
    assert cards.count() >= 1
    assert cards.evaluate_all("boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).length") == 0        # else a bar to scroll by nothing

    for n, name in ((0, "norm"), (1, "gradient")):
        scroll_to_output(page, n)
        stepper = page.locator("[data-revbench=stepper]").nth(0 if page.locator("[data-revbench=stepper]").count() == 1 else n)
        expect(stepper).to_be_visible(timeout=20_000)
        expect(stepper).to_have_attribute("data-moment", "0")
        first = states(stepper)
        stepper.locator("[data-action=forward]").click()
        expect(stepper).to_have_attribute("data-moment", "1")
        for k in range(2, 10):
            page.keyboard.press("ArrowRight")               # the click gave the stepper the keyboard
            expect(stepper).to_have_attribute("data-moment", str(k))
        picture(page, stepper, f"{name}-9")
        stepper.locator("[data-action=last]").click()
        assert moment(stepper) > 9
        last = states(stepper)
        assert last != first
        if name == "gradient":
            assert any("0.6" in value for value in last.values())
            picture(page, stepper, f"{name}-last")
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        picture(page, stepper, f"{name}-back")
        stepper.locator("[data-action=first]").click()
        expect(stepper).to_have_attribute("data-moment", "0")
        assert states(stepper) == first


def scroll_to_output(page: Page, n: int) -> None:
    """Lab draws what is on screen: bring the n-th `%step` cell there."""
    page.evaluate(f"""n => {{
        const notebook = {NOTEBOOK}.content;
        const cells = [...notebook.model.cells].map((cell, k) => [k, cell.sharedModel.source]).filter(([, s]) => s.startsWith('%step'));
        notebook.activeCellIndex = cells[n][0];
        return notebook.scrollToItem ? notebook.scrollToItem(cells[n][0], 'start') : null;
    }}""", n)
    page.wait_for_timeout(1500)
