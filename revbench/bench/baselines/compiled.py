"""Baselines in plain C: compiled once with the machine's own compiler, loaded through cffi."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from revbench.backends.modules import cache_folder

from .missing import Missing

FLAGS = ("-O3", "-march=native", "-std=c11", "-shared", "-fPIC")


@cache
def compiler() -> str:
    """The C compiler's path. `CC` names another than gcc."""
    name = os.environ.get("CC", "gcc")
    found = shutil.which(name)
    if found is None:
        raise Missing(f"there is no C compiler {name}; apt-get install gcc")
    return found


@cache
def library(stem: str, declarations: str) -> Any:
    """The functions of `<stem>.c`, compiled now or taken from the cache folder."""
    try:
        import cffi
    except ImportError:
        raise Missing("cffi is not installed; pip install 'revbench[bench]'") from None
    source = Path(__file__).with_name(f"{stem}.c")
    ffi = cffi.FFI()
    ffi.cdef(declarations)
    return ffi, ffi.dlopen(str(_shared(source)))


def pointer(ffi: Any, array: NDArray[Any]) -> Any:
    """An array's memory as C sees it."""
    assert array.flags.c_contiguous
    return ffi.cast({"float64": "double *", "int64": "int64_t *", "complex128": "double *"}[array.dtype.name], array.ctypes.data)


def _shared(source: Path) -> Path:
    """The shared library, under the hash of what it depends on: text, flags, compiler, processor."""
    version = subprocess.run([compiler(), *FLAGS, "-Q", "--help=target"], capture_output=True, text=True, check=False).stdout
    key = hashlib.sha256(f"{compiler()}\n{version}\n{FLAGS}\n{source.read_text()}".encode()).hexdigest()[:24]
    path = cache_folder() / "baselines" / f"{source.stem}_{key}.so"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            done = subprocess.run([compiler(), *FLAGS, str(source), "-o", str(made), "-lm"], capture_output=True, text=True, check=False)
            if done.returncode:
                raise Missing(f"{compiler()} does not compile {source.name}: {done.stderr.strip().splitlines()[-1]}")
            os.replace(made, path)
    return path
