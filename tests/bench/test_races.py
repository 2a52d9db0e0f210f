"""Everybody computes the same: each baseline against ours, on small sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from revbench.bench import ba, gmm, small, steps
from revbench.bench.races import Maker, differences, ready
from revbench.paper.adbench import make_gmm
from revbench.paper.bundle import Bundle, make_bundle

BASELINES = ("C", "JAX", "PyTorch", "NumPy")


def still() -> Bundle:
    """Camera 1 is not turned."""
    bundle = make_bundle(3, 5, 11)
    bundle.cameras[1, :3] = 0
    return bundle


RACES: dict[str, Callable[[], dict[str, Maker]]] = {
    # 2 and 10 are known to the C compiler, 3 is not
    **{f"gmm {d} {K}": lambda d=d, K=K: gmm.makers(make_gmm(d, K, 50, seed=d)) for d, K in ((2, 4), (3, 2), (10, 3), (1, 2))},
    "ba": lambda: ba.makers(still()),
    **{w.name: lambda w=w: w.makers for w in small.workloads(quick=True)},
    "leapfrog": lambda: steps.orbits(20, jax=True),
    "wave equation": lambda: steps.waves(8, 5),
}


@pytest.fixture(scope="module", params=RACES)
def race(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, str], dict[str, Maker]]:
    makers = RACES[request.param]()
    runs, absent = ready(makers)
    return {name: run() for name, run in runs.items()}, absent, makers


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_agrees_with_ours(race: tuple[dict[str, Any], dict[str, str], dict[str, Maker]], name: str) -> None:
    results, absent, makers = race
    if name not in makers:
        pytest.skip(f"there is no {name} baseline of this workload")
    if name in absent:
        pytest.skip(absent[name])
    assert differences({"ours": results["ours"], name: results[name]})[name] < 1e-10


def test_c_is_measured_where_a_compiler_is() -> None:
    """The baseline that needs nothing but a compiler is not lost silently."""
    _, absent = ready(gmm.makers(make_gmm(2, 2, 3)))
    assert "gcc" in absent.get("C", "gcc") or "cffi" in absent.get("C", "cffi")
