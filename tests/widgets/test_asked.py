"""What a stepper answers when it is asked: every question of the protocol, mistakes, and the stop button."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import revbench as rb
from revbench._api import compile_source
from revbench.errors import Source
from revbench.timetravel import Session
from revbench.widgets import stepper as module
from revbench.widgets.asked import ASKED
from revbench.widgets.stepper import Stepper, redefined, shown_again
from tests.timetravel.texts import ENERGY

Ask = Callable[..., dict[str, Any]]


def asking(stepper: Stepper) -> Ask:
    """Asks as the front end does; what is answered has gone through JSON."""
    def ask(what: str, at: int = 0, **details: Any) -> dict[str, Any]:
        reply = stepper.handle({"kind": "ask", "id": 7, "what": what, "at": at, **details})
        found: dict[str, Any] = json.loads(json.dumps(reply, allow_nan=False))
        assert found["id"] == 7
        assert found["moment"] == stepper._session.moment
        return found
    return ask


@pytest.fixture(scope="module")
def energy() -> rb.Kernel:
    return rb.compile(ENERGY).energy


@pytest.fixture
def stepper(energy: rb.Kernel) -> Stepper:
    return Stepper(Session(energy, 0.0, [2.0, 3.0, 4.0]))


@pytest.fixture
def ask(stepper: Stepper) -> Ask:
    return asking(stepper)


def test_it_runs_and_rewinds_to_lines_conditions_and_breakpoints(stepper: Stepper, ask: Ask) -> None:
    there = ask("run", until="s > 3")
    assert (there["kind"], there["moment"], there["text"]) == ("answer", 14, "stopped: `s > 3` holds")
    assert ask("rewind", at=14, until=9)["moment"] == 9
    assert ask("run", at=14)["moment"] == 43
    stepper.breakpoints = [{"line": 4, "source": 0, "condition": "a > 3", "hits": 1, "enabled": True}]     # as the browser sets it
    assert "breakpoint 1: line 4 if a > 3" in ask("run")["text"]
    assert ask("rewind", at=43)["text"].startswith("stopped: breakpoint 1")


def test_calls_are_gone_over_and_out_of_in_both_directions(ask: Ask) -> None:
    call = ask("run", until=9)["moment"]
    behind = ask("over", at=call)["moment"]
    assert behind > call + 1
    assert ask("out", at=call + 2)["moment"] == behind
    assert ask("over", at=behind, back=True)["moment"] == call
    assert ask("out", at=call + 2, back=True)["moment"] == call


def test_writes_and_the_history_of_a_place(ask: Ask) -> None:
    assert ask("last_write", at=14, place="s")["moment"] == 11
    assert ask("next_write", at=6, place="s")["moment"] == 12
    assert "nothing has written" in ask("last_write", at=1, place="out")["text"]
    found = ask("history", at=14, place="s")
    assert found["moments"][:3] == [2, 6, 12]
    assert found["values"][0] == 0.0


def test_what_if_leads_to_inputs_or_to_the_guilty_statement() -> None:
    product = asking(Stepper(Session(rb.compile("def mul(y, a, b):\n    y += a * b\n"), 2, 3, 5)))
    found = product("what_if", at=3, place="y", value="20")
    assert found["inputs"] == [["y", "5"], ["a", "3"], ["b", "5"]]
    assert found["outputs"][0] == ["y", "20"]
    assert found["moment"] == 3
    square = asking(Stepper(Session(rb.compile("def square(y, x):\n    t = x * x\n    y += t\n"), 0, 3)))
    found = square("what_if", at=2, place="t", value="10")
    assert (found["inputs"], found["line"], found["statement"]) == (None, 2, "t = x * x")
    assert found["moment"] < found["edited"]
    assert found["consequence"] == ""                                   # the same law on the same line
    assert square("what_if", at=2, place="t", value="ten")["text"].startswith("`ten` is not a number")


def test_nan_round_off_and_gradients(energy: rb.Kernel, ask: Ask) -> None:
    nan = asking(Stepper(Session(energy, 0.0, [2.0, 0.5, 4.0])))
    found = nan("origin_of_nan")
    assert (found["moment"], found["found"]) == (11, True)
    assert "line 4" in found["text"]
    for what, details in (("origin_of_nan", {}), ("dirt", {"tolerance": 1e-9})):
        found = ask(what, at=5, **details)
        assert (found["found"], found["moment"]) == (False, 5)          # the reader stays where he was
        assert found["text"].startswith("no ")
    gradient = asking(Stepper(Session(rb.grad(energy), 0.0, [2.0, 3.0, 4.0])))
    made = gradient("contributions", place="x.bar[1]")
    assert made["lines"] == [[3, pytest.approx(8.829156047175234), "t = a * a", 0]]
    assert made["amounts"] == [pytest.approx(8.829156047175234)]
    assert gradient("gradients")["first"] == "x.bar[0]"
    found = gradient("check_steps", at=0)
    assert (found["ok"], found["text"]) == (True, "all from here on is right: 1 statement and 1 call as a whole")
    found = gradient("check_steps", at=60)
    assert (found["count"], found["calls"], found["text"]) == (1, 3, "all from here on is right: 1 statement and 3 calls as a whole")
    assert gradient("check_step", at=60)["kind"] == "answer"


def test_mistakes_are_answered_with_a_hint_and_move_nothing(ask: Ask) -> None:
    for what, details in (("run", {"until": "nowhere > 1"}), ("run", {"until": 1}), ("last_write", {"place": "nowhere"}), ("dance", {}),
                          ("what_if", {"place": "x", "value": 1}), ("last_write", {})):
        found = ask(what, at=5, **details)
        assert (found["kind"], found["moment"]) == ("error", 5), what
        assert found["text"]
    assert "lines with statements" in ask("run", until=1)["text"]


def test_the_stop_button_is_answered_with_the_moment(stepper: Stepper, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(session: Session, **_: Any) -> dict[str, Any]:
        session.goto(9)
        raise KeyboardInterrupt
    monkeypatch.setitem(ASKED, "run", stopped)
    found = ask("run", at=4)
    assert (found["kind"], found["stopped"], found["text"], found["moment"]) == ("error", True, "stopped at moment 9", 9)


def test_the_session_stands_where_the_view_stands_and_the_view_follows_a_cell(stepper: Stepper) -> None:
    stepper.goto(12)
    assert stepper.session.moment == 12
    assert stepper.session.names["y"] > 3
    stepper.session.run(until="s > 3").bookmark("here")
    stepper.session.break_at(4)
    module.after_cell()
    assert stepper.position == 14
    assert stepper.bookmarks == [[14, "here"]]
    assert stepper.breakpoints == [{"line": 4, "source": 0, "condition": "", "hits": 1, "enabled": True}]
    stepper.position = 3
    module.after_cell()                                     # nobody has touched the session since
    assert stepper.position == 3


def test_what_the_browser_marks_is_the_sessions(stepper: Stepper) -> None:
    plain = {"line": 1, "source": 0, "condition": "", "hits": 1, "enabled": True}
    stepper.breakpoints = [{"line": 9, "source": 0, "condition": "", "hits": 2, "enabled": False}, plain]
    [b] = stepper._session.breakpoints                      # nothing is done on line 1
    assert (b.line, b.hits, b.enabled) == (9, 2, False)
    assert len(stepper.breakpoints) == 1
    stepper.bookmarks = [[9, "later"], [2, ""]]
    assert stepper._session.bookmarks == [(2, ""), (9, "later")]


def test_a_breakpoint_in_another_cell_counts_its_lines() -> None:
    first = compile_source(Source("cell 1", "def term(y, a):\n    y += a * a\n"), {}, True, True, False)
    total = Source("cell 2", "\n\ndef total(y, x):\n    for i in range(len(x)):\n        term(y, x[i])\n")
    second = compile_source(total, dict(first), True, True, False)
    stepper = Stepper(Session(second["total"], 0.0, [2.0, 3.0]))
    names = [s["name"] for s in stepper.program["sources"]]
    stepper.breakpoints = [{"line": 2, "source": names.index("cell 1"), "condition": "", "hits": 1, "enabled": True}]
    ask = asking(stepper)
    assert ask("run")["moment"] > 0
    assert stepper._session.code.rows[stepper._session.machine.standing].text == "y += a * a"


def test_a_stepper_says_when_its_kernel_has_been_defined_again(stepper: Stepper, energy: rb.Kernel) -> None:
    redefined([energy])
    assert stepper.stale == ""
    redefined([rb.compile(ENERGY).energy])
    assert "compiled again" in stepper.stale
    redefined([rb.compile(ENERGY.replace("s * s", "s")).energy])
    assert stepper.stale == "the source has changed since: run %step again"
    calls = Stepper(stepper._session)
    redefined([rb.compile(ENERGY.split("def energy")[0])])
    assert calls.stale == ""                                             # `term` as it was
    redefined([rb.compile("def other(y, a):\n    y += a\n")])
    assert calls.stale == ""
    redefined([rb.compile("def term(y, a):\n    y += a\n")])
    assert calls.stale == "`term`, which `energy` calls, has changed since: run %step again"
    old = Stepper(stepper._session, cell=("a", 1))
    shown_again(("b", 2))
    assert old.stale == ""
    shown_again(("a", 2))
    assert "run again" in old.stale
