"""Fixtures for tests that look at a notebook through a real browser: `lab` (the server) and `page`."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.lab import LabServer, start_lab

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parents[1] / "notebooks"
CHROMIUM = Path(os.environ.get("REVBENCH_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)     # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies in this folder; one xdist group, so that all of it shares one server, in one worker."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A JupyterLab over a copy of the course: tests may write into `lab.root`."""
    home = tmp_path_factory.mktemp("lab")
    root = home / "notebooks"
    shutil.copytree(NOTEBOOKS, root, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with start_lab(root, home) as server:
        yield server


# Per module, not per session: while playwright is up, it keeps an event loop running in this thread, and
# `asyncio.run` fails in any test outside this folder.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium. Where it is missing the tests fail: a skipped test would look like a passed one."""
    if not CHROMIUM.exists():
        pytest.fail(
            f"The browser tests need Chromium, and there is none at {CHROMIUM}. `make test` installs it, "
            "and so does `apt-get install chromium`; REVBENCH_CHROMIUM names one elsewhere.",
            pytrace=False,
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, lab: LabServer) -> Iterator[Page]:
    """A blank page with a memory of its own; its kernels end with the test."""
    with browser.new_context(viewport={"width": 1400, "height": 1000}) as context:
        yield context.new_page()
    lab.shut_down_kernels()
