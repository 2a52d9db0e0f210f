"""The quickstart runs from the top, fails only where it says so, and finds what it claims."""

import re
from typing import Any

import pytest

from .books import STATE, executed, failed, fails_on_purpose, has_widget, text_of

pytestmark = pytest.mark.timeout(300)       # the fixture runs the notebook, from a cold cache the first time


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return executed("quickstart", tmp_path_factory.mktemp("quickstart"))


def numbers_after(text: str, what: str) -> list[float]:
    return [float(found) for found in re.findall(rf"{what} ([-+.e\d]+)", text)]


def test_nothing_fails_but_what_says_so(notebook: Any) -> None:
    assert failed(notebook) == fails_on_purpose(notebook) == {"mistake"}
    assert "[irreversible-assignment]" in text_of(notebook, "mistake")


def test_norm_runs_both_ways(notebook: Any) -> None:
    assert "out=5.0" in text_of(notebook, "norm-forwards")
    assert "out=0.0" in text_of(notebook, "norm-backwards")
    assert "[0.6, 0.8]" in text_of(notebook, "norm-gradient")


def test_the_mixture_agrees_with_its_formula(notebook: Any) -> None:
    errors = numbers_after(text_of(notebook, "mixture-gradient"), "relative error")
    assert len(errors) == 4
    assert max(errors) < 1e-9
    assert ": ok, " in text_of(notebook, "mixture-inverse")
    assert ": ok, " in text_of(notebook, "mixture-gradcheck")


def test_the_planets_come_back(notebook: Any) -> None:
    (metres,) = numbers_after(text_of(notebook, "solar-there-and-back"), "years back:")
    assert metres < 1000.0          # of 6e12, the distance of Pluto


def test_widgets_are_shown_and_the_race_agrees(notebook: Any) -> None:
    for cell_id in ("step-norm", "step-gradient", "memory"):
        assert has_widget(notebook, cell_id), cell_id
    states = notebook.metadata.widgets[STATE].state.values()
    assert any("all gradients agree" in str(widget.state.get("value", "")) for widget in states)
