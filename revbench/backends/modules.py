"""Generated text lives in real files, so that a second process compiles nothing.

A file's name is the hash of its text and of the versions that matter; Numba's own on-disk cache lies beside it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import platformdirs

from .progress import working
from .pruning import mark_used, prune_daily

_lock = threading.RLock()        # the warm-up loads the machine in a thread of its own


def cache_folder() -> Path:
    """Where generated code lives; `REVBENCH_CACHE_DIR` overrides the platform's place."""
    return Path(os.environ.get("REVBENCH_CACHE_DIR") or platformdirs.user_cache_path("revbench"))


@cache
def versions() -> str:
    """What compiled code depends on besides its text."""
    import llvmlite
    import numba

    return f"{numba.__version__} {llvmlite.__version__} {np.__version__} {sys.version_info[:3]}"


@cache
def own_functions() -> str:
    """What the machine code of texts that call our own functions depends on besides: they are compiled into it."""
    files = sorted((Path(__file__).parents[1] / "numerics").glob("*.py"))
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


def path_of(text: str, stem: str) -> Path:
    """The file that `text` is kept in."""
    inside = own_functions() if any(f"revbench.numerics.{m}" in text for m in ("own", "lane", "spread")) else ""
    key = hashlib.sha256(f"{versions()}{inside}\n{text}".encode()).hexdigest()[:24]
    return cache_folder() / "kernels" / f"{stem}_{key}.py"


def is_compiled(text: str, stem: str) -> bool:
    """Whether this installation has compiled the module already."""
    path = path_of(text, stem)
    return any((path.parent / "__pycache__").glob(f"{path.stem}.*.nbi"))


def module_of(text: str, stem: str, what: str) -> ModuleType:
    """The module with this text: from this process, from the cache folder, or compiled now, while `what` is shown."""
    path = path_of(text, stem)
    name = f"revbench_generated_{path.stem}"
    with _lock:
        if name not in sys.modules:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8") as f:
                    f.write(text)
                os.replace(f.name, path)                          # another process may be doing the same
                prune_daily(path.parent)
            mark_used(path)
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module                            # before it runs: Numba's cache looks its functions up here
            try:
                with working(what):
                    spec.loader.exec_module(module)
            except BaseException:
                del sys.modules[name]
                raise
        return sys.modules[name]
