"""Kernels inside other packages: `as_jax`. Each module imports its package when it is first used.

    import jax
    import revbench as rb

    norm = rb.interop.as_jax(rb.compile("def norm(out, x):\\n    for v in x:\\n        out += v ** 2\\n"))
    jax.grad(lambda x: norm(0.0, x).out)(jax.numpy.arange(3.0))
"""

from .with_jax import as_jax as as_jax

__all__ = ["as_jax"]
