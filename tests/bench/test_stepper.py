"""The group `stepper`, on sizes too small to quote."""

import pytest

import revbench as rb
from revbench.bench import stepper
from revbench.bench.contest import Effort


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_moves_in_a_browser_are_measured_beside_their_yardstick() -> None:
    figures = {figure.name: figure for figure in stepper.browser(Effort(quick=True))}
    assert all(figure.value is not None and figure.value >= 0 for figure in figures.values())
    step, empty = figures["a step in the browser, 10,000 steps"], figures["yardstick: one word written"]
    assert step.runs == 10
    assert step.value is not None
    assert empty.value is not None
    assert step.value > empty.value


def test_a_session_that_is_stopped_stands_and_answers_at_once() -> None:
    assert max(stepper.interrupted(stepper.session(10**7))) < 2.0       # 3 ms where nothing else runs


def test_without_a_browser_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVBENCH_CHROMIUM", "/nowhere/chromium")
    (figure,) = stepper.browser(Effort(quick=True))
    assert figure.value is None
    assert "apt-get install chromium" in figure.note


def test_a_run_of_a_million_moments_travels_whole_and_a_longer_one_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    f = rb.compile("def f(y, x):\n    for i in range(len(x)):\n        y += x[i]\n")
    s = rb.debug(f, 0.0, [1.0] * 20)
    assert len(s.window(0)["dirs"]) == s.total
    monkeypatch.setattr("revbench.timetravel.session.WHOLE", 10)
    monkeypatch.setattr("revbench.timetravel.session.MOMENTS", 5)
    window = s.window(7)
    assert window["start"] == 7
    assert len(window["dirs"]) == 5
