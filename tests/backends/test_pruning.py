"""The cache folder stays below its limit, and what may be in use stays in it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from revbench.backends import pruning
from revbench.backends.modules import module_of
from revbench.backends.pruning import DAY, mark_used, prune, prune_daily


def a_module(folder: Path, name: str, days_ago: float, size: int = 1000) -> None:
    (folder / "__pycache__").mkdir(parents=True, exist_ok=True)
    compiled = folder / "__pycache__"
    for path in (folder / f"{name}.py", folder / f"{name}.used", compiled / f"{name}.f-1.py311.nbi", compiled / f"{name}.f-1.py311.1.nbc"):
        path.write_bytes(b"" if path.suffix == ".used" else b"x" * size)
        then = time.time() - days_ago * DAY
        os.utime(path, (then, then))


def names(folder: Path) -> set[str]:
    return {p.name.partition(".")[0] for p in folder.rglob("*") if p.is_file()}


def test_what_has_not_been_used_for_longest_goes_first_and_goes_whole(tmp_path: Path) -> None:
    for name, days in (("k_c", 3), ("k_a", 9), ("k_b", 5)):
        a_module(tmp_path, name, days)
    assert prune(tmp_path, limit=6000) == 3000
    assert names(tmp_path) == {"k_b", "k_c"}


def test_a_folder_below_the_limit_is_left_alone(tmp_path: Path) -> None:
    a_module(tmp_path, "k_a", 400)
    assert prune(tmp_path, limit=3000) == 0
    assert names(tmp_path) == {"k_a"}


def test_what_was_used_within_a_day_stays_however_old_it_is(tmp_path: Path) -> None:
    a_module(tmp_path, "k_old", 30)
    a_module(tmp_path, "k_older", 60)
    mark_used(tmp_path / "k_older.py")
    prune(tmp_path, limit=0)
    assert names(tmp_path) == {"k_older"}


def test_the_folder_is_looked_through_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []
    monkeypatch.setattr(pruning, "prune", seen.append)
    folder = tmp_path / "kernels"
    folder.mkdir()
    prune_daily(folder)
    prune_daily(folder)
    assert seen == [folder]
    then = time.time() - 1.1 * DAY
    os.utime(tmp_path / pruning.PRUNED, (then, then))
    prune_daily(folder)
    assert seen == [folder, folder]


def test_loading_a_module_marks_it_as_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVBENCH_CACHE_DIR", str(tmp_path))
    module = module_of("x = 1\n", "k", "testing")
    assert Path(str(module.__file__)).with_suffix(".used").exists()
