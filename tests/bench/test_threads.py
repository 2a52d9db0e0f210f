"""The rows about threads."""

from __future__ import annotations

import pytest

import revbench as rb
from revbench.bench import pinned, threads
from revbench.bench.contest import Effort


def test_one_cpu_has_no_row_but_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(pinned.ALLOWED, "0")
    row, = threads.figures(Effort(quick=True))
    assert row.value is None
    assert "one CPU only" in row.note


def test_both_numbers_of_threads_are_measured_and_the_usual_one_comes_back() -> None:
    seen, usual = set[int](), rb.get_threads()
    row = threads.compared("sum", lambda: seen.add(rb.get_threads()) or sum(range(10_000)), Effort(seconds=0.01, least=3))
    assert seen == {1, 2}
    assert row.runs >= 3
    assert "the busier thread took 100% of the CPU time" in row.note
    assert rb.get_threads() == usual
