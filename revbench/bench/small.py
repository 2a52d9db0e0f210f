"""Races of the paper's small programs. Where a call would cost more than the program, one call does it many times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.sparse import random_array

import revbench as rb
from revbench.library.blas import norm2
from revbench.library.sparse import csc_dot
from revbench.paper.bessel import bessel_j
from revbench.paper.network import network_loss
from revbench.paper.numbers import log_loss, matvec_loss
from revbench.paper.petersen import embedding_loss

from . import nests
from .baselines import small_c, small_jax, small_numpy, small_torch
from .contest import Effort, agreement, fastest, interleaved, ratio
from .memory import growth
from .progress import each
from .races import Maker, Run, against, differences, race, ready
from .table import Figure

OWN = "own value"
DIMENSIONS = range(2, 11)       # of the Petersen graph


@dataclass(frozen=True)
class Workload:
    """A gradient, by everybody, and what it is the gradient of."""

    name: str
    makers: dict[str, Maker]
    values: dict[str, Maker]
    targets: dict[str, float]

    def race(self, effort: Effort) -> Iterator[Figure]:
        return race(self.name, self.makers, self.values, effort, self.targets)


def made(name: str, makers: dict[str, Maker], value: Run, target: float | None = None) -> Workload:
    """The target is for gradient over own value."""
    return Workload(name, makers, {OWN: lambda: value}, {} if target is None else {OWN: target})


def _gradient(kernel: Any, wrt: Any, *registers: Any, **constants: Any) -> Run:
    gradient = rb.grad(kernel.unchecked, wrt=wrt)
    return lambda: _several(gradient(*registers, **constants))


def _several(found: Any) -> Any:
    return found if isinstance(found, tuple) else (found,)


def _with_numpy(gradient: Callable[..., Any], *data: Any) -> Maker:
    return lambda: lambda: gradient(*data)


def sparse_dot(m: int) -> Workload:
    """Two sparse matrices of m x m, one entry in twenty, in different places: the paper's."""
    a, b = (random_array((m, m), density=0.05, format="csc", rng=np.random.default_rng(k)) for k in (1, 2))
    registers = (0.0, a.data, a.indices, a.indptr, b.data, b.indices, b.indptr)
    makers: dict[str, Maker] = {"ours": lambda: _gradient(csc_dot, ("data", "data2"), *registers),
              "C": partial(small_c.dot_gradient, a, b), "NumPy": _with_numpy(small_numpy.dot_gradient, a, b)}
    values: dict[str, Maker] = {"plain C dot": partial(small_c.dot_value, a, b), OWN: lambda: lambda: csc_dot.unchecked(*registers)}
    return Workload("sparse dot gradient", makers, values, dict.fromkeys(values, 1.1))


def matvec(m: int) -> Workload:
    rng = np.random.default_rng(3)
    a = random_array((m, m), density=0.05, format="csc", rng=rng).astype(complex)
    a.data += 1j * rng.standard_normal(len(a.data))
    x = rng.standard_normal(m) + 1j * rng.standard_normal(m)
    registers = (0.0, np.zeros(m, complex), a.data, a.indices, a.indptr, x)
    makers: dict[str, Maker] = {"ours": lambda: _gradient(matvec_loss, ("data", "x"), *registers), "C": partial(small_c.matvec_gradient, a, x),
              "JAX": partial(small_jax.matvec_gradient, a, x), "PyTorch": partial(small_torch.matvec_gradient, a, x),
              "NumPy": _with_numpy(small_numpy.matvec_gradient, a, x)}
    return made("complex mul! gradient", makers, lambda: matvec_loss.unchecked(*registers), 3.0)


def petersen(k: int, many: int) -> Workload:
    """Many embeddings in one call: one takes a few microseconds."""
    x = np.random.default_rng(k).standard_normal((many, 10, k))
    gradient, value, zeros = rb.each(rb.grad(embedding_loss.unchecked, wrt="x")), rb.each(embedding_loss.unchecked), np.zeros(many)
    makers: dict[str, Maker] = {"ours": lambda: lambda: _several(gradient(zeros, x)), "C": partial(small_c.embedding_gradient, x)}
    if k in (2, 10):                # the ratio by the own loss is wanted for all; the others for the ends
        makers |= {"JAX": partial(small_jax.embedding_gradient, x), "PyTorch": partial(small_torch.embedding_gradient, x),
                   "NumPy": _with_numpy(small_numpy.embedding_gradient, x)}
    return made(f"Petersen gradient, k = {k}", makers, lambda: value(zeros, x), 3.3)


def bessel(many: int, most: float = 10.0) -> Workload:
    """Arguments up to `most`: where they are large, there are more terms."""
    z = np.linspace(0.1, most, many)
    constants: dict[str, Any] = {"nu": 2, "atol": 1e-15}
    value, zeros = rb.each(bessel_j.unchecked), np.zeros(many)

    def ours() -> Run:
        gradient = rb.each(rb.grad(bessel_j.unchecked, wrt="z"))
        return lambda: _several(gradient(zeros, z, **constants))

    makers: dict[str, Maker] = {"ours": ours, "C": partial(small_c.bessel_gradient, z, **constants),
              "JAX": partial(small_jax.bessel_gradient, z, **constants), "PyTorch": partial(small_torch.bessel_gradient, z, **constants),
              "NumPy": _with_numpy(partial(small_numpy.bessel_gradient, **constants), z)}
    return made("Bessel gradient", makers, lambda: value(zeros, z, **constants), 4.0)


def complex_log(many: int) -> Workload:
    rng = np.random.default_rng(4)
    z = rng.standard_normal(many) + 1j * rng.standard_normal(many)
    return made("complex log gradient", _by_one(small_c.log_gradient, small_jax.log_gradient, small_torch.log_gradient, small_numpy.log_gradient, z)
                    | {"ours": lambda: _gradient(log_loss, "z", 0.0, z)}, lambda: log_loss.unchecked(0.0, z), 4.0)


def norm(many: int) -> Workload:
    x = np.random.default_rng(5).standard_normal(many)
    return made("norm gradient", _by_one(small_c.norm_gradient, small_jax.norm_gradient, small_torch.norm_gradient, small_numpy.norm_gradient, x)
                    | {"ours": lambda: _gradient(norm2, "x", 0.0, x)}, lambda: norm2.unchecked(0.0, x))


def network(batch: int) -> Workload:
    """Nearly all of it is BLAS, so plain C loops are no yardstick."""
    rng = np.random.default_rng(6)
    data = [rng.standard_normal(s) / 4 for s in ((batch, 32), (32, 64), (64,), (64, 8), (8,), (batch, 8))]
    makers: dict[str, Maker] = {
        "ours": lambda: _gradient(network_loss, ("w1", "b1", "w2", "b2"), 0.0, *data), "JAX": partial(small_jax.network_gradient, *data),
        "PyTorch": partial(small_torch.network_gradient, *data), "NumPy": _with_numpy(small_numpy.network_gradient, *data)}
    return made("dense network gradient", makers, lambda: network_loss.unchecked(0.0, *data))


def _by_one(c: Any, jax: Any, torch: Any, numpy: Any, x: Any) -> dict[str, Maker]:
    return {"C": partial(c, x), "JAX": partial(jax, x), "PyTorch": partial(torch, x), "NumPy": _with_numpy(numpy, x)}


def workloads(quick: bool = False) -> Iterator[Workload]:
    yield sparse_dot(60 if quick else 1000)
    yield matvec(60 if quick else 1000)
    for k in (2,) if quick else DIMENSIONS:
        yield petersen(k, 4 if quick else 500)
    yield bessel(20 if quick else 10_000)
    yield complex_log(20 if quick else 100_000)
    yield norm(20 if quick else 100_000)
    yield network(4 if quick else 256)


def figures(effort: Effort) -> Iterator[Figure]:
    for w in each("small", list(workloads(effort.quick))):
        yield from w.race(effort)
    yield from hessian(2 if effort.quick else 10, effort)
    yield from nests.figures(effort)
    yield growth("Bessel gradient: memory, 6 times the terms", bessel(10, 1.0).makers["ours"], bessel(10, 40.0).makers["ours"])


def hessian(k: int, effort: Effort) -> Iterator[Figure]:
    """Hessians over gradients, each of many embeddings in one call."""
    many, few = (4, 2) if effort.quick else (500, 20)
    x = np.random.default_rng(k).standard_normal((few, 10, k))
    whole = rb.each(rb.hessian(embedding_loss.unchecked, wrt="x"))
    runs, absent = ready({"ours": lambda: lambda: (whole(np.zeros(few), x),), "JAX": partial(small_jax.embedding_hessian, x)})
    apart = differences({name: run() for name, run in runs.items()})
    samples = interleaved({**runs, "gradient": petersen(k, many).makers["ours"]()}, effort)
    name = f"Petersen Hessian, k = {k}"
    yield ratio(f"{name} / gradient", [s / few for s in samples["ours"]], [s / many for s in samples.pop("gradient")], 25)
    yield from against(name, samples, absent, {})
    yield fastest(f"{name}, {few} by ours", samples["ours"])
    if apart:
        yield agreement(f"{name}: all agree with ours", apart.values(), note=", ".join(f"{n} {e:.0e}" for n, e in apart.items()))
