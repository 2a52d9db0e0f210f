"""The race of the paper's bundle adjustment figure: the Jacobian as ADBench's compressed sparse rows, at four of its sizes.

Everybody computes `vals`; `rows` and `cols` depend on nothing that is differentiated and are made once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import revbench as rb
from revbench.paper.bundle import BLOCK, SIZES, Bundle, bundle_errors, make_bundle, reprojection, weight_error
from revbench.paper.bundle_numpy import values

from .baselines import ba_c, ba_jax, ba_torch
from .contest import Effort
from .progress import each
from .races import Maker, Run, race
from .table import Figure

TARGETS = {"C": 0.5}


def makers(bundle: Bundle) -> dict[str, Maker]:
    """The Jacobian's values by everybody."""
    return {"ours": partial(ours, bundle), "C": partial(ba_c.values, bundle), "JAX": partial(ba_jax.values, bundle),
                  "PyTorch": partial(ba_torch.values, bundle), "NumPy": lambda: lambda: (values(bundle),)}


def ours(bundle: Bundle) -> Run:
    """Blocks of 2 x 15 for all observations at once, and the slopes of the weights' errors."""
    blocks = rb.each(rb.jacobian(reprojection.unchecked, wrt=("camera", "point", "w"), packed=True), (None, 0, 0, 0, 0))
    slopes = rb.each(rb.jacobian(weight_error.unchecked, wrt="w", packed=True), (None, 0))
    p = len(bundle.weights)
    out, split = np.empty((2 * BLOCK + 1) * p), 2 * BLOCK * p
    rows, cameras, points = out[:split].reshape(p, 2, BLOCK), rb.Rows(bundle.cameras, bundle.camera_of), rb.Rows(bundle.points, bundle.point_of)

    def run() -> Any:
        blocks.into(rows, np.zeros(2), cameras, points, bundle.weights, bundle.features)
        slopes.into(out[split:].reshape(p, 1, 1), 0.0, bundle.weights)
        return (out,)

    return run


def objective(bundle: Bundle) -> Run:
    """All errors: what the Jacobian is of."""
    reproj, werr = np.zeros_like(bundle.features), np.zeros_like(bundle.weights)
    return lambda: bundle_errors.unchecked(reproj, werr, bundle.cameras, bundle.points, bundle.weights, bundle.features, bundle.camera_of, bundle.point_of)


def figures(effort: Effort) -> Iterator[Figure]:
    sizes = {"small": (4, 30, 100)} if effort.quick else SIZES
    for name in each("ba", list(sizes)):
        bundle = make_bundle(*sizes[name])
        yield from race(f"BA Jacobian {name}", makers(bundle), {"own objective": partial(objective, bundle)}, effort, TARGETS)
