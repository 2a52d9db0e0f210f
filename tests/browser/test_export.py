"""Exported pages: opened from a file, with the network off, they play the run as the session has it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Page, expect

import revbench as rb
from revbench.widgets.stepper import Stepper

TEXT = """
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)
"""
norm = rb.compile(TEXT)


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """A page that may open files, and nothing else."""
    asked: list[str] = []
    wrong: list[str] = []
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        context.set_offline(True)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        yield page
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        assert wrong == []


def play(page: Page, which: int, session: rb.Session) -> None:
    """Forward to the end of the recording, then back, and the scalars that the session names are those on the page."""
    root = page.locator(".revbench-stepper").nth(which)
    expect(root).to_have_attribute("data-moment", "0")
    root.focus()
    for t in [1, 7, 8, 7, 3]:
        while (now := int(root.get_attribute("data-moment") or 0)) != t:
            page.keyboard.press("ArrowRight" if t > now else "ArrowLeft")
        session.goto(t)
        for name in ("out", "s"):
            value = session.names.get(name)
            if value is not None:
                assert float(root.locator(f"tr[data-name='{name}']").first.get_attribute("data-value") or "nan") == value, (t, name)
    page.keyboard.press("End")
    expect(root).to_have_attribute("data-moment", str(session.total))
    page.keyboard.press("Home")
    expect(root).to_have_attribute("data-moment", "0")


def test_a_stepper_as_a_file_plays_both_ways(offline: Page, tmp_path: Path) -> None:
    session = rb.debug(norm, 0.0, [3.0, 4.0])
    text = Stepper(session).to_html(tmp_path / "run.html")
    assert (tmp_path / "run.html").read_text(encoding="utf-8") == text
    offline.goto((tmp_path / "run.html").as_uri())
    play(offline, 0, session)
    asking = offline.locator(".revbench-stepper [data-kernel]")
    assert asking.count() > 0
    for control in asking.all():
        expect(control).to_be_disabled()
        expect(control).to_have_attribute("title", re.compile("no kernel behind this page"))


def test_a_gradient_as_a_file_says_calmly_and_once_what_needs_a_kernel(offline: Page, tmp_path: Path) -> None:
    Stepper(rb.debug(rb.grad(norm), 0.0, [3.0, 4.0])).to_html(tmp_path / "run.html")
    offline.goto((tmp_path / "run.html").as_uri())
    expect(offline.locator(".rvb-banner")).to_have_attribute("data-calm", "true")
    offline.locator(".rvb-gradient > summary").click()
    panel = offline.locator(".rvb-grad-content")
    expect(panel.get_by_text("needs a kernel")).to_be_visible()
    expect(panel.locator("button:visible, input:visible")).to_have_count(0)
    assert panel.inner_text().count("kernel") == 1


def test_a_page_with_a_part_of_a_run_says_so_and_how_the_run_ends(offline: Page, tmp_path: Path) -> None:
    picky = rb.compile("def picky(y, x):\n    for i in range(10):\n        y += x\n    assert y < 10\n")
    stepper = Stepper(rb.debug(picky, 1, 20), position=9)
    stepper.to_html(tmp_path / "part.html", steps=8)
    offline.goto((tmp_path / "part.html").as_uri())
    root = offline.locator(".revbench-stepper")
    expect(root).to_have_attribute("data-moment", "9")
    expect(root.locator(".rvb-banner")).to_contain_text(f"this page holds steps 5 to 13 of {stepper.total}")
    expect(root.locator(".rvb-alarm")).to_contain_text(f"the run stops at step {stepper.total}: ")
    root.focus()
    offline.keyboard.press("ArrowRight")
    expect(root).to_have_attribute("data-moment", "10")
    offline.keyboard.press("End")
    expect(root.locator(".rvb-story")).to_contain_text(f"step {stepper.total} is not recorded here")
    expect(root).to_have_attribute("data-moment", "10")
    offline.keyboard.press("ArrowLeft")
    expect(root).to_have_attribute("data-moment", "9")


def test_an_exported_notebook_keeps_its_steppers(offline: Page, tmp_path: Path) -> None:
    cells = ["%load_ext revbench", f"%%reversible{TEXT.rstrip()}", "%step norm(0.0, [3.0, 4.0])", "%step norm(2.0, [1.0, 2.0])"]
    book = tmp_path / "two.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(c) for c in cells]), book)
    before = book.read_bytes()
    done = subprocess.run([sys.executable, "-m", "revbench.cli", "export", str(book)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "encryption" not in done.stderr                  # the kernel is not spoken to over a network, and so has nothing to warn of
    assert book.read_bytes() == before
    offline.goto((tmp_path / "two.html").as_uri())
    play(offline, 1, rb.debug(norm, 2.0, [1.0, 2.0]))
    play(offline, 0, rb.debug(norm, 0.0, [3.0, 4.0]))
