"""`%load_ext revbench`: magics, cards, mistakes without Python frames, and a warm-up in the background.

Light to import: the formatters alone are registered whenever revbench is imported inside IPython.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .extension import Extension

_loaded: dict[int, Extension] = {}


def load(ipython: Any) -> None:
    """Puts everything into a shell; a second time changes nothing."""
    from . import warmup
    from .extension import Extension

    if id(ipython) not in _loaded:
        _loaded[id(ipython)] = Extension(ipython)
    warmup.start()


def unload(ipython: Any) -> None:
    """Takes everything out again."""
    extension = _loaded.pop(id(ipython), None)
    if extension is not None:
        extension.remove()
