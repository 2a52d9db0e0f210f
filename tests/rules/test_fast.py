"""The texts of rows for fast code: scalars and lanes give what the rows' values give in plain Python."""

import math

import numpy as np
import pytest
from numba import njit

from revbench.numerics import elementary, own
from revbench.numerics.lane_calls import each_lane, each_lane2, to_float64, to_int64
from revbench.numerics.lane_memory import load, select, store
from revbench.numerics.lane_width import WIDTH
from revbench.passes.declared import HASHES
from revbench.rules.functions import FUNCTIONS, HELPERS, OWN

VALUES = ("same", "float", "bool")
ROWS = [f for n, f in FUNCTIONS.items() if n not in HASHES and not n.startswith("_") and (f.result in VALUES or n in ("int64", "float64"))]
WORDS = {"math": math, "np": np, **{h: getattr(elementary, h) for h in HELPERS}}
FAST = {**WORDS, "_each_lane": each_lane, "_each_lane2": each_lane2, "_to_float64": to_float64, "_to_int64": to_int64,
        **{f"_{n}": getattr(own, n) for n in OWN}, "load": load, "store": store, "select": select}
POINTS = 2 * WIDTH


def arguments() -> np.ndarray:
    """Two arguments for every row, inside its domain."""
    u = np.random.default_rng(4).uniform(0.02, 0.98, (len(ROWS), 2, POINTS))
    low, high = (np.array([[f.on[min(k, len(f.on) - 1)][end] for k in range(2)] for f in ROWS])[:, :, None] for end in range(2))
    return low + u * (high - low)


def wanted(x: np.ndarray) -> np.ndarray:
    out = np.empty((len(ROWS), POINTS))
    for k, f in enumerate(ROWS):
        code = compile(f.value if f.name != "not_" else "not x > 0", f.name, "eval")
        out[k] = [eval(code, WORDS, {"x": a, "y": b}) for a, b in x[k].T.tolist()]
    return out


def program(lanes: bool) -> str:
    lines = ["def run(given, out):", f"    for p in range(0, {POINTS}, {WIDTH if lanes else 1}):"]
    for k, f in enumerate(ROWS):
        for j, name in enumerate("xy"):
            lines.append(f"        {name} = load(given, {(2 * k + j) * POINTS} + p)" if lanes else f"        {name} = given[{k}, {j}, p]")
        text = f.fast if f.name != "not_" else "not x > 0"
        value = f"select({text}, 1.0, 0.0)" if f.result == "bool" else text
        lines.append(f"        store(out, {k * POINTS} + p, {value})" if lanes else f"        out[{k}, p] = {value}")
    return "\n".join(lines)


@pytest.mark.parametrize("lanes", [False, True])
def test_fast_texts_give_the_values_of_their_rows(lanes: bool) -> None:
    x, space = arguments(), dict(FAST)
    exec(program(lanes), space)
    run = njit(fastmath={"reassoc", "contract", "nsz", "arcp"}, error_model="numpy")(space["run"])
    out = np.empty((len(ROWS), POINTS))
    run(x, out)
    for f, got, value in zip(ROWS, out, wanted(x), strict=True):
        np.testing.assert_allclose(got, value, rtol=1e-14, atol=1e-14, err_msg=f.name)
