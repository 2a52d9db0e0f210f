"""Kernels that are written in the language itself: linear algebra, statistics, sorting, arithmetic, transforms, codes.

`rb.library.blas.dot(0.0, x, y)` runs one, `~rb.library.blas.dot` runs it backwards, `rb.grad(rb.library.blas.dot)` is its
gradient; inside a kernel of your own, `blas.dot(s, x, y)` calls it. In-out registers come first, then inputs, in the
order of NumPy, SciPy and BLAS.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
