"""The stepper's Python side, without a browser: what it hands over, what it answers, and where it goes."""

from collections.abc import Iterator
from typing import Any, ClassVar

import ipywidgets
import numpy as np
import pytest
import traitlets

import revbench.widgets.stepper as stepper_module
from revbench.widgets.stepper import OPEN, Stepper


class TenSteps:
    """A run of ten steps, told in windows of four. It knows its length only once its end has been seen."""

    def __init__(self, error: str = "") -> None:
        self.seen = 0
        self.error = error

    breakpoints: ClassVar[list[Any]] = []
    bookmarks: ClassVar[list[Any]] = []

    @property
    def total(self) -> int: return 10 if self.complete else self.seen

    @property
    def complete(self) -> bool: return self.seen == 10

    def program_json(self) -> dict[str, Any]:
        return {"title": "ten", "sources": [], "functions": [], "lives": [[]], "rows": []}

    def window(self, start: int, moments: int | None = None) -> dict[str, Any]:
        if start > 10:
            raise IndexError("the run has ten steps")
        count = min(moments or 4, 4, 10 - start)
        self.seen = max(self.seen, start + count)
        return {"start": start, "rows": np.zeros(count, np.int32).tobytes(), "tails": {"row": 0, "dir": 1}}


def stepper_over(session: Any, **traits: Any) -> Stepper:
    return Stepper(session, **traits)


@pytest.fixture(autouse=True)
def closed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ten steps are a long run here; no other test is to meet a stepper over ten steps that no kernel has made."""
    monkeypatch.setattr(stepper_module, "SMALL", 4)
    monkeypatch.setattr(stepper_module, "WHOLE", 3)
    yield
    for stepper in list(OPEN):
        stepper.close()
    assert not OPEN


@pytest.fixture
def seen() -> Stepper:
    """A stepper whose session has been to the end."""
    session = TenSteps()
    session.window(8)
    return stepper_over(session)


def test_it_hands_over_the_program_and_the_first_window() -> None:
    stepper = stepper_over(TenSteps(error="s is 1.0, not 0.0"))
    assert stepper.program["title"] == "ten"
    assert stepper.window["start"] == 0
    assert stepper.window["rows"] == bytes(16)
    assert (stepper.position, stepper.total, stepper.complete) == (0, 4, False)
    assert stepper.error == "s is 1.0, not 0.0"


def test_columns_travel_as_buffers_and_not_as_text(seen: Stepper) -> None:
    state, paths, buffers = ipywidgets.widgets.widget._remove_buffers(seen.get_state("window"))
    assert paths == [["window", "rows"]]
    assert buffers == [bytes(16)]
    assert state["window"] == {"start": 0, "tails": {"row": 0, "dir": 1}, "run": 0}


def test_it_steps_both_ways_and_stops_at_the_ends(seen: Stepper) -> None:
    seen.step()
    seen.step(3)
    assert seen.position == 4
    seen.back()
    assert seen.position == 3
    seen.back(100)
    assert seen.position == 0
    seen.goto(100)
    assert seen.position == 10
    seen.goto(7)
    assert seen.position == 7


def test_a_position_outside_the_run_becomes_the_nearest_inside(seen: Stepper) -> None:
    seen.position = 11
    assert seen.position == 10
    assert stepper_over(seen._session, position=-3).position == 0
    assert stepper_over(seen._session, position=6).position == 6


def test_a_window_is_sent_when_asked_for_and_the_length_learned_with_it() -> None:
    stepper = stepper_over(TenSteps())
    reply = stepper.handle({"kind": "window", "start": 8})
    assert reply is not None
    assert (reply["asked"], reply["window"]["start"], len(reply["window"]["rows"])) == (8, 8, 8)
    assert (stepper.total, stepper.complete) == (10, True)
    assert stepper.window["start"] == 0


def test_a_run_that_is_not_long_travels_whole(seen: Stepper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepper_module, "WHOLE", 10)
    reply, near = seen.handle({"kind": "window", "start": 8}), seen.handle({"kind": "window", "start": 8, "moments": 1})
    assert reply is not None
    assert near is not None
    assert (reply["window"]["start"], near["window"]["start"], len(near["window"]["rows"])) == (0, 8, 4)


def test_the_window_in_the_state_is_small_and_lies_where_the_stepper_stands(seen: Stepper, monkeypatch: pytest.MonkeyPatch) -> None:
    seen.set_state({"position": 9})                     # the view has its own windows: none is sent to it
    assert seen.window["start"] == 0
    assert seen.get_state()["window"]["start"] == 6     # a page that is loaded again gets one that it can show at once
    seen.goto(4)
    seen.goto(7)
    assert seen.window["start"] == 5
    monkeypatch.setattr(stepper_module, "LIGHT", 10)
    assert Stepper(seen._session).window == {"start": 0, "run": 0}
    monkeypatch.setenv("REVBENCH_PAGE_STEPS", "3")      # a page has nobody to ask
    assert Stepper(seen._session).window["rows"] == bytes(12)


def test_what_goes_wrong_is_told_to_the_front_end(seen: Stepper) -> None:
    assert seen.handle({"kind": "window", "start": 11}) == {"kind": "error", "text": "IndexError: the run has ten steps"}
    reply = seen.handle({"kind": "dance"})
    assert reply is not None
    assert reply["kind"] == "error"
    assert "dance" in reply["text"]


def test_messages_from_the_front_end_are_answered_columns_as_buffers(seen: Stepper, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr(Stepper, "send", lambda self, content, buffers=None: sent.append((content, buffers)))
    seen._handle_custom_msg({"kind": "window", "start": 5}, [])
    window = {"start": 5, "tails": {"row": 0, "dir": 1}, "run": 0}
    assert sent == [({"kind": "window", "asked": 5, "window": window, "columns": ["rows"]}, [bytes(16)])]
    seen._handle_custom_msg({"kind": "window", "start": 50}, [])
    assert sent[1:] == [({"kind": "error", "text": "IndexError: the run has ten steps"}, None)]


def test_another_run_can_be_shown_in_its_place(seen: Stepper) -> None:
    seen.goto(9)
    session: Any = TenSteps()
    seen.show(session, position=2)
    assert (seen._session, seen.position, seen.total, seen.complete) == (session, 2, 4, False)
    assert seen.window["run"] == 1              # what was recorded of the one before is not mixed with it


def test_it_is_a_widget_among_widgets(seen: Stepper) -> None:
    other = stepper_over(seen._session)
    moments: list[int] = []
    seen.observe(lambda change: moments.append(change["new"]), "position")
    traitlets.link((seen, "position"), (other, "position"))
    assert ipywidgets.VBox([seen, other]).children == (seen, other)
    seen.step(2)
    other.step()
    assert (seen.position, other.position) == (3, 3)
    assert moments == [2, 3]


def test_the_front_end_is_one_file_that_needs_no_other() -> None:
    source = (Stepper._esm if isinstance(Stepper._esm, str) else str(Stepper._esm))
    assert "export default { render }" in source
    assert "import " not in "".join(line for line in source.splitlines() if line.startswith("import"))
    assert "http" not in source.replace("http://www.w3.org/2000/svg", "")
