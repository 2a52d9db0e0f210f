"""JAX and PyTorch, in double precision and on one CPU thread, or a word on what is missing."""

from __future__ import annotations

from functools import cache
from typing import Any

from .missing import Missing


@cache
def jax() -> Any:
    """The package. `revbench.bench.pinned` sets XLA's threads, which must happen before it starts."""
    try:
        import jax as package
    except ImportError:
        raise Missing("jax is not installed; pip install 'revbench[bench]'") from None
    package.config.update("jax_enable_x64", True)
    return package


@cache
def torch() -> Any:
    try:
        import torch as package
    except ImportError:
        raise Missing("torch is not installed; pip install torch --index-url https://download.pytorch.org/whl/cpu") from None
    package.set_num_threads(1)
    return package
