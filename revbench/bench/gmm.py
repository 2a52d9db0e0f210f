"""The race of the paper's GMM figure: ADBench's Gaussian mixture, 10,000 points, at six sizes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import revbench as rb
from revbench.paper.adbench import GMM, make_gmm
from revbench.paper.gmm import gmm_objective, objective_arguments
from revbench.paper.gmm_numpy import gmm_gradient

from .baselines import gmm_c, gmm_jax, gmm_torch
from .contest import Effort
from .memory import growth
from .progress import each
from .races import Maker, Run, race
from .table import Figure

SIZES = ((2, 5), (10, 5), (2, 200), (10, 50), (32, 25), (64, 25))
POINTS = 10_000
WRT = ("alphas", "means", "icf")
TARGETS = {"C": 0.5, "JAX": 0.4, "own objective": 3.5}


def makers(gmm: GMM) -> dict[str, Maker]:
    """The gradient for alphas, means and icf by everybody."""
    return {"ours": partial(ours, gmm), "C": partial(gmm_c.gradient, gmm), "JAX": partial(gmm_jax.gradient, gmm),
                  "PyTorch": partial(gmm_torch.gradient, gmm), "NumPy": lambda: lambda: gmm_gradient(gmm)[:3]}


def ours(gmm: GMM) -> Run:
    registers, constants = objective_arguments(gmm)
    gradient = rb.grad(gmm_objective.unchecked, wrt=WRT)
    return lambda: gradient(*registers, **constants)


def objective(gmm: GMM) -> Run:
    registers, constants = objective_arguments(gmm)
    return lambda: gmm_objective.unchecked(*registers, **constants)


def figures(effort: Effort) -> Iterator[Figure]:
    sizes = [(2, 3), (3, 2)] if effort.quick else SIZES
    for d, K in each("gmm", sizes):
        gmm = make_gmm(d, K, 100 if effort.quick else POINTS)
        yield from race(f"GMM gradient ({d},{K})", makers(gmm), {"own objective": partial(objective, gmm)}, effort, TARGETS)
    few, many = (make_gmm(2, 5, n) for n in (1_000, 8_000))
    yield growth("GMM gradient: memory, 8 times the points", lambda: ours(few), lambda: ours(many))
