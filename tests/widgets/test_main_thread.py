"""Messages that come in another thread are answered in the main one, where the stop button reaches."""

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

import revbench.widgets.main_thread as main_thread
from revbench.widgets.main_thread import in_main_thread


class Loop:
    """An event loop whose turns the test takes."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def add_callback(self, act: Callable[[], None]) -> None:
        self.waiting.append(act)

    def turn(self) -> None:
        while not self.waiting:
            time.sleep(0.001)
        self.waiting.pop()()


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """A kernel's loop, and its handler of interrupts between messages."""
    loop = Loop()
    monkeypatch.setattr(main_thread, "_loop", lambda: loop)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield loop
    signal.signal(signal.SIGINT, before)


def in_another(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_another_thread_hands_it_over_and_the_stop_button_reaches_it(loop: Loop) -> None:
    seen: list[object] = []

    def act() -> None:
        seen.append(threading.current_thread())
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            seen.append("stopped")

    in_another(lambda: seen.append(in_main_thread(act))).join()
    assert seen == [False]
    loop.turn()
    assert seen == [False, threading.main_thread(), "stopped"]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_what_is_waited_for_in_vain_is_not_done_any_more(loop: Loop) -> None:
    seen: list[object] = []
    thread = in_another(lambda: seen.append(in_main_thread(lambda: seen.append("done"), within=60.0)))
    loop.turn()
    thread.join()
    assert seen == ["done", True]
    in_another(lambda: seen.append(in_main_thread(lambda: seen.append("too late"), within=0.01))).join()
    loop.turn()
    assert seen == ["done", True, False]


def test_who_waits_is_not_left_waiting_by_what_fails(loop: Loop) -> None:
    seen: list[object] = []
    thread = in_another(lambda: seen.append(in_main_thread(lambda: 1 // 0, within=60.0)))
    with pytest.raises(ZeroDivisionError):
        loop.turn()
    thread.join(10)
    assert seen == [True]
