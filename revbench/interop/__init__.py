"""Kernels inside other packages: `as_jax`, `scipy_objective`. Each module imports its package when it is first used.

    import jax
    import revbench as rb

    norm = rb.interop.as_jax(rb.compile("def norm(out, x):\\n    for v in x:\\n        out += v ** 2\\n"))
    jax.grad(lambda x: norm(0.0, x).out)(jax.numpy.arange(3.0))
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
