"""The lesson on debugging runs from the top, and finds what it says it finds."""

from typing import Any

import pytest

from .books import executed, failed, has_widget, text_of

pytestmark = pytest.mark.timeout(300)       # the fixture runs the notebook, from a cold cache the first time


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return executed("debugging", tmp_path_factory.mktemp("debugging"))


def test_nothing_fails(notebook: Any) -> None:
    assert failed(notebook) == set()


def test_steppers_are_shown(notebook: Any) -> None:
    for cell_id in ("multiplier-step", "nan-step", "gradient-step"):
        assert has_widget(notebook, cell_id), cell_id


SAYS = [("multiplier-what-if", "the run began with y = 5, a = 3, b = 5"), ("square-what-if", "impossible: line 3"), ("nan-found", "line 5, where i = 34"),
        ("nan-found", "left  -0.02"), ("walks", "left  0.5"), ("contributions", "with {'i': 40"), ("wrong-gradient", "3 of 6 places differ"),
        ("wrong-step", "WRONG at line 14"), ("wrong-step", "i    2")]


@pytest.mark.parametrize(("cell_id", "words"), SAYS)
def test_it_finds_what_it_says(notebook: Any, cell_id: str, words: str) -> None:
    assert words in text_of(notebook, cell_id)
