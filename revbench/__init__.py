"""revbench: reversible kernels in Python, gradients by running them backwards, and a debugger that does both.

Everything public is here; it is loaded when first used, so that importing revbench costs next to nothing.
"""

import sys as _sys

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)


def load_ipython_extension(ipython: object) -> None:
    """`%load_ext revbench`: the magics, the kernel card, and a warm-up in the background."""
    from revbench.jupyter import load

    load(ipython)


def unload_ipython_extension(ipython: object) -> None:
    """`%unload_ext revbench`."""
    from revbench.jupyter import unload

    unload(ipython)


def _show_in_ipython() -> None:
    """Inside IPython, kernels and gradients show as cards from the first import on, without the extension."""
    get = getattr(_sys.modules.get("IPython"), "get_ipython", None)
    shell = get() if get is not None else None
    if shell is not None:
        from revbench.jupyter.display import register

        register(shell)


_show_in_ipython()
