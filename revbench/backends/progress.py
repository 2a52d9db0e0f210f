"""A sign of life while something that cannot count its steps takes more than two seconds: compilation, mostly."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 2.0


@contextmanager
def working(text: str) -> Iterator[None]:
    """Shows `text` and the seconds so far, after two seconds, where somebody can see it (a terminal, a notebook)."""
    if not (sys.stderr.isatty() or "ipykernel" in sys.modules) or threading.current_thread() is not threading.main_thread():
        yield
        return
    done = threading.Event()

    def show() -> None:
        if done.wait(PATIENCE):
            return
        from tqdm import tqdm

        with tqdm(desc=text, bar_format="{desc}: {elapsed}", leave=False, initial=0) as bar:
            while not done.wait(0.5):
                bar.refresh()

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
