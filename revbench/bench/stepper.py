"""How quick the stepper is under a hand: a run of 10^6 steps in a headless Chromium, and what the kernel answers without one."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import revbench as rb
from revbench.timetravel import Session
from revbench.timetravel.session import WHOLE
from revbench.widgets.stepper import SMALL, Stepper

from .contest import Effort
from .table import Figure, measured, seconds

PROGRAM = """
def layer(y, w, x):
    for i in range(len(x)):
        y += w[i] * x[i]

def loss(out, w, x, n):
    for k in range(n):
        y = 0.0
        layer(y, w, x)
        out += tanh(y)
        ~layer(y, w, x)
"""
LONG, WIDTH = 10**7, 100
MOVES = {"step": "a step in the browser", "back": "a step back", "seek": "a seek anywhere", "drag": "a drag of the slider"}
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync"]
PAGE = "<!doctype html><meta charset=utf-8><style>{style}</style><body style='margin: 12px'></body>"
LOAD = """async () => { window.stepper = await import("/module.js"); }"""


def session(steps: int, **more: int) -> Session:
    """A gradient's run of at least so many steps: loops, calls, arrays with their cotangents."""
    rng = np.random.default_rng(0)
    turn = 24 * WIDTH                                      # instructions of one turn of `loss`, there and back
    return rb.debug(rb.grad(rb.compile(PROGRAM).loss), 0.0, rng.random(WIDTH) / WIDTH, rng.random(WIDTH), 1 + steps // turn, **more)


# ---- without a browser

def kernel(effort: Effort) -> Iterator[Figure]:
    steps = 10**5 if effort.quick else LONG
    s = session(steps)
    size = f"{s.total:,} steps"
    yield measured(f"last write in a run of {size}", _asked(s, "w.bar[0]"), "s", 1.0)
    yield measured(f"the same of what nobody wrote in {size}", _asked(s, "w[0]"), "s", 1.0)
    seeks = []
    for _ in range(3):
        s.start()
        seeks += seconds(lambda: s.goto(s.total), 1)
    yield measured(f"seek over {size}, keyframes of {s.keyframes.nbytes / 1e6:.0f} MB", seeks, "s", 1.0)
    plain, asked = [], []
    for _ in range(3):
        s.restore_at(s.total)
        plain.append(s.total / seconds(lambda: s.machine.run(-s.total), 1)[0] / 1e6)
        s.restore_at(s.total)
        asked.append(s.total / seconds(lambda: s.rewind("k == -1"), 1)[0] / 1e6)
        assert s.moment == 0
    yield measured("rewind to a condition that never holds", asked, "M instructions/s", 40, at_most=False)
    yield measured("yardstick: the same machine runs back, asked nothing", plain, "M instructions/s")
    del s
    s = session(10**7 if effort.quick else 10 * LONG, limit=20 * LONG)
    yield measured(f"stopped in {s.total:,} steps with a condition: until the session stands and shows what is around", interrupted(s), "s", 0.5)


def interrupted(s: Session) -> list[float]:
    """Seconds from the stop button until what a stepper shows then is there, on the way on and on the way back."""
    taken, pressed, walks = [], list[float](), threading.Event()

    def press() -> None:
        walks.wait()
        time.sleep(s.total / 300e6)                            # well within the walk
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    for walk, begin in ((s.run, 0), (s.rewind, s.total)) * 3:
        s.goto(begin)
        walks.clear()
        button, over = threading.Thread(target=press), False
        button.start()
        try:
            walks.set()
            walk("k == -1")
            over = True
            button.join()
        except KeyboardInterrupt:
            s.window(max(0, s.moment - SMALL // 2), SMALL)
            taken.append(time.perf_counter() - pressed[-1])
        assert not over, "the walk was over before it could be stopped"
        button.join()
    return taken


def _asked(s: Session, place: str) -> list[float]:
    taken = []
    for _ in range(3):
        s.end()
        taken += seconds(lambda: s.last_write(place), 1)
    return taken


# ---- in a browser

def chromium() -> tuple[Callable[[], Any] | None, Path, str]:
    """Playwright, the browser, and what is missing."""
    found = os.environ.get("REVBENCH_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return None, Path(found), "playwright drives the browser and is not installed; pip install playwright"
    if not found or not Path(found).exists():
        return None, Path(found), "no Chromium is found; apt-get install chromium, or name one in REVBENCH_CHROMIUM"
    return sync_playwright, Path(found), ""


def browser(effort: Effort) -> Iterator[Figure]:
    start, path, missing = chromium()
    if start is None:
        yield Figure.missing("a step in the browser", missing, 12)
        return
    steps, times = (10**4, 10) if effort.quick else (WHOLE, 200)
    begun = time.perf_counter()
    s = session(steps)
    found = time.perf_counter() - begun
    begun = time.perf_counter()
    window = s.window(0, steps)
    state = {"program": s.program_json(), "window": window, "position": 0, "total": min(steps, s.total), "complete": True, "error": "", "height": 380}
    recorded = time.perf_counter() - begun
    with start() as playwright:
        chrome = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            opened, spent = _measured(chrome.new_page(viewport={"width": 1200, "height": 700}), state, times)
        finally:
            chrome.close()
    size = f"{state['total']:,} steps"
    yield measured(f"{size} opened: run and recorded", [found + recorded], "s")
    yield measured(f"{size} opened: from the kernel's bytes to the picture", [opened / 1e3], "s")
    yield measured(f"{size} opened: both", [found + recorded + opened / 1e3], "s", 2.0)
    for name, words in MOVES.items():
        worked = [work for work, _ in spent[name]]
        yield measured(f"{words}, {size}", worked, "ms", 12.0)
        high = float(np.percentile(worked, 95))
        yield Figure(f"{words}: 95 of 100 take less than", high, "ms", high, high, times, "<= 25", high <= 25)
        yield measured(f"{words}, until the frame after it is on the screen", [drawn for _, drawn in spent[name]], "ms")
    yield measured(f"looking through {size} for what is not there", [work for work, _ in spent["search"]], "ms")
    yield measured(f"following a variable through {size}", [work for work, _ in spent["watch"]], "ms")
    yield measured("yardstick: one word written", [work for work, _ in spent["empty"]], "ms")
    yield measured("yardstick: until the frame after that is on the screen", [drawn for _, drawn in spent["empty"]], "ms")


def _measured(page: Any, state: dict[str, Any], times: int) -> tuple[float, dict[str, list[tuple[float, float]]]]:
    """Milliseconds until the run is open, and of every move."""
    columns = {name: value for name, value in state["window"].items() if isinstance(value, bytes)}
    plain = state | {"window": {name: value for name, value in state["window"].items() if name not in columns}}
    helpers = (Path(__file__).parent / "pages" / "stepper.js").read_text("utf-8")

    def answer(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        if name == "module.js":
            route.fulfill(body=str(Stepper._esm), content_type="text/javascript")
        elif name in columns:
            route.fulfill(body=columns[name], content_type="application/octet-stream")
        else:
            route.fulfill(body=PAGE.format(style=str(Stepper._css)), content_type="text/html")

    page.route("**/*", answer)
    page.goto("http://stepper.localhost/")
    page.evaluate("text => (0, eval)(text)", helpers)
    page.evaluate(LOAD)
    page.evaluate("names => fetched(names)", list(columns))
    opened = float(page.evaluate("state => open(state)", plain))
    return opened, page.evaluate("times => measure(times)", times)


def figures(effort: Effort) -> Iterator[Figure]:
    yield from kernel(effort)
    yield from browser(effort)
