"""How programs are timed, and what a row says."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from revbench.bench import nests
from revbench.bench.contest import Effort, agreement, interleaved, ratio
from revbench.bench.memory import growth
from revbench.bench.picture import draw
from revbench.bench.races import against, differences
from revbench.bench.table import Figure, as_json, as_text
from revbench.cli import main


def busy(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_the_longer_program_takes_as_many_times_as_long() -> None:
    samples = interleaved({"ours": lambda: busy(0.012), "other": lambda: busy(0.004)}, Effort(0.1, least=4, most=4))
    assert [len(s) for s in samples.values()] == [4, 4]
    assert ratio("three", samples["ours"], samples["other"]).value == pytest.approx(3, rel=0.2)


def test_short_programs_are_repeated_until_a_clock_can_see_them() -> None:
    calls = []
    samples = interleaved({"short": lambda: calls.append(1)}, Effort(0.01, least=3, most=3))
    assert len(calls) > 300
    assert max(samples["short"]) < 1e-4


def test_a_ratio_is_of_minima_and_a_miss_is_said() -> None:
    found = ratio("r", [2.0, 3.0, 9.0], [1.0, 4.0, 2.0], target=1.5)
    assert found.value == 2.0
    assert found.met is False
    assert "missed" in as_text([found])
    assert ratio("r", [2.0, 3.0, 9.0], [1.0, 4.0, 2.0], target=2.5).met is True


def test_c_counts_only_where_it_keeps_up_with_jax() -> None:
    times = {"ours": [1.0, 1.0, 1.0], "C": [1.5, 1.5, 1.5], "JAX": [1.0, 1.0, 1.0]}
    (fair, _) = against("w", times, {}, {"C": 0.5})
    assert (fair.target, fair.met) == ("<= 0.5", False)
    (slow, _) = against("w", {**times, "C": [2.0, 2.0, 2.0]}, {}, {"C": 0.9})
    assert (slow.target, slow.met) == ("", None)
    assert "does not count" in slow.note


def test_what_is_missing_has_a_row_that_says_how_to_get_it() -> None:
    rows = list(against("w", {"ours": [1.0] * 3}, {"JAX": "jax is not installed; pip install 'revbench[bench]'"}, {"JAX": 0.4}))
    assert "w / JAX" in as_text(rows)
    assert "not measured: jax is not installed; pip install 'revbench[bench]'" in as_text(rows)
    assert json.loads(as_json([("g", rows[0])]))["figures"][0]["value"] is None


def test_differences_are_relative_to_the_largest_entry_and_nan_agrees_with_nothing() -> None:
    apart = differences({"ours": [np.array([1.0, 4.0])], "a": [np.array([1.0, 4.4])], "b": [np.array([math.nan, 4.0])]})
    assert apart["a"] == pytest.approx(0.1)
    assert math.isnan(apart["b"])
    assert agreement("all", apart.values()).met is False
    assert agreement("all", [apart["a"]], target=0.2).met is True


def test_memory_that_grows_is_a_miss() -> None:
    def tape(n: int) -> Figure:
        return growth("tape", lambda: lambda: np.zeros(1000), lambda: lambda: np.zeros(n))

    assert tape(1000).met is True
    assert tape(8000).met is False
    assert tape(8000).value == pytest.approx(8, rel=0.1)


def test_the_picture_is_drawn_without_what_is_missing(tmp_path: Path) -> None:
    samples = {"ours": [1.0, 2.0, 3.0], "C": [2.0, 2.0, 2.0], "JAX": [3.0, 3.0, 3.0], "value": [1.0, 1.0, 1.0]}
    draw([*against("w", samples, {"PyTorch": "torch is not installed"}, {"C": 0.1, "JAX": 0.5})], tmp_path / "f.svg")
    text = (tmp_path / "f.svg").read_text()
    assert "<svg" in text
    assert "<!-- w -->" in text
    assert "<!-- PyTorch -->" not in text


def test_the_command_measures_on_one_cpu(tmp_path: Path) -> None:
    """In a process of its own, with a table in the terminal, JSON and a picture in files."""
    done = subprocess.run([sys.executable, "-m", "revbench.cli", "bench", "ba", "--quick", "--json", tmp_path / "b.json", "--figure", tmp_path / "b.png"],
                          capture_output=True, text=True, check=True)
    assert "BA Jacobian small / own objective" in done.stdout
    found = json.loads((tmp_path / "b.json").read_text())
    assert found["machine"]["cpus"].startswith("1 of")
    assert {f["group"] for f in found["figures"]} == {"ba"}
    agree = next((f for f in found["figures"] if "agree" in f["name"]), None)
    assert agree is None or agree["met"] is True
    assert (tmp_path / "b.png").read_bytes().startswith(b"\x89PNG")


def test_unknown_groups_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "gmmm"]) == 2
    assert "unknown: gmmm; there are import, compile" in capsys.readouterr().err


def test_nests_are_what_they_say() -> None:
    x = np.array([0.3, 0.5])
    expected = (np.sin(x) * np.exp(x)).sum()
    for kernel in nests.nests():
        expected = np.cos(expected)
        assert kernel(0.0, x).out == pytest.approx(expected, rel=1e-15)
