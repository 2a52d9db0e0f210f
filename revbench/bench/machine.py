"""What was measured on what: a figure without its machine is worth nothing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
from pathlib import Path

PACKAGES = ("revbench", "numpy", "numba", "jax", "torch")


def described() -> dict[str, str]:
    """Processor, CPUs, compiler and versions; what is missing is called missing."""
    out = {"processor": _processor(), "cpus": f"1 of {os.cpu_count()}", "python": platform.python_version()}
    for name in PACKAGES:
        try:
            out[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            out[name] = "missing"
    out["compiler"] = _compiler()
    return out


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _compiler() -> str:
    found = shutil.which(os.environ.get("CC", "gcc"))
    if found is None:
        return "missing"
    return subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.splitlines()[0]
