"""One CPU, one thread: set before NumPy, XLA or PyTorch start theirs, which takes a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

INSIDE = "REVBENCH_BENCH_CPU"       # set in the process that measures: the CPU it keeps to
ALLOWED = "REVBENCH_BENCH_CPUS"     # and those that it could have used
ONE_THREAD = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "JAX_PLATFORMS": "cpu",
}


def again_pinned(arguments: Sequence[str]) -> int | None:
    """Run `revbench` with these arguments in a process that keeps to one CPU; in that process itself, None."""
    if INSIDE in os.environ:
        _keep_to(int(os.environ[INSIDE]))
        return None
    cpus = sorted(allowed())
    own = {INSIDE: str(cpus[-1]), ALLOWED: " ".join(map(str, cpus))}
    return subprocess.call([sys.executable, "-m", "revbench.cli", *arguments], env={**os.environ, **ONE_THREAD, **own})


def allowed() -> set[int]:
    """The CPUs that this process may use, or could before it was kept to one of them."""
    if ALLOWED in os.environ:
        return set(map(int, os.environ[ALLOWED].split()))
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}


def _keep_to(cpu: int) -> None:
    if hasattr(os, "sched_setaffinity"):        # Linux; elsewhere one thread must do
        os.sched_setaffinity(0, {cpu})
