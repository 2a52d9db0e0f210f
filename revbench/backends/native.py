"""Checked code compiled without Numba's front end, in a tenth of the time; what it does not know, Numba compiles.

A law tested in front of every access makes generated code long, and Numba takes a millisecond for each of its lines. The
generated text is a small part of Python whose types all stand in the signatures: it is translated to LLVM as it stands, with
Numba's meaning of every operation. Machine code lies in the cache folder: a second process loads it in a millisecond.
"""

from __future__ import annotations

import ast
import ctypes
import hashlib
import os
import struct
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from revbench.numerics.parts import MEMORY

from .modules import cache_folder
from .pruning import mark_used, prune_daily

STRICT = 'OPTIONS = dict(cache=True, nogil=True, error_model="numpy")'        # other options are Numba's business
ENTRY = "revbench_entry"


class Native:
    """A compiled function: call it like Numba's."""

    def __init__(self, code: bytes, params: tuple[Any, ...], results: tuple[Any, ...]) -> None:
        self.engine = _load(code)
        self.entry = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.engine.get_function_address(ENTRY))
        self.params, self.results = params, results
        self.dtypes = [np.dtype(k.dtype) for k in params]
        self.reads = struct.Struct("<" + "".join("q" * (1 + k.ndim) if k.ndim else _letter(k.dtype) for k in params))
        self.writes = struct.Struct("<" + "".join(_letter(k.dtype) for k in results))

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        slots: list[Any] = []
        for a, k, dtype in zip(args, self.params, self.dtypes, strict=True):
            if not k.ndim:
                slots.append(a if k.dtype != "bool" else int(a))
                continue
            if not (isinstance(a, np.ndarray) and a.dtype == dtype and a.ndim == k.ndim and a.flags.c_contiguous):
                raise AssertionError(f"compiler bug: an array of {k.dtype} with {k.ndim} axes was promised")
            slots += (a.__array_interface__["data"][0], *a.shape)
        memory = bytearray(self.reads.size + self.writes.size)
        self.reads.pack_into(memory, 0, *slots)
        held = (ctypes.c_char * len(memory)).from_buffer(memory)
        self.entry(ctypes.addressof(held))
        found = self.writes.unpack_from(memory, self.reads.size)
        status = args[-2]
        if status[0] == MEMORY:
            status[0] = 0
            raise MemoryError("there is no memory for a local array")
        return tuple(bool(v) if k.dtype == "bool" else v for v, k in zip(found, self.results, strict=True))


def native(text: str, main: str) -> Native | None:
    """The function `main` of a generated text; None if only Numba knows how to compile it."""
    if STRICT not in text:
        return None
    from .native_heads import NotNative, heads

    try:
        signatures = heads(ast.parse(text))
        params, results = signatures[main]
    except NotNative:
        return None
    key = hashlib.sha256(f"{_version()}\n{text}".encode()).hexdigest()[:24]
    path = cache_folder() / "kernels" / f"n_{key}.o"
    try:
        code = path.read_bytes()
    except OSError:
        from .native_module import object_code

        try:
            code = object_code(text, main, ENTRY)
        except NotNative:
            return None
        _keep(path, code)
    mark_used(path)
    return Native(code, params, results)


def _keep(path: Path, code: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as f:
        f.write(code)
    os.replace(f.name, path)
    prune_daily(path.parent)


def _letter(dtype: str) -> str:
    return "d" if dtype.startswith("float") else "Q" if dtype.startswith("uint") else "q"


@cache
def _version() -> str:
    """What machine code depends on besides the text: this compiler, LLVM, and the processor."""
    import llvmlite
    import llvmlite.binding as llvm

    from .native_own import SOURCES

    own = b"".join(p.read_bytes() for p in (*sorted(Path(__file__).parent.glob("native*.py")), *SOURCES))
    return f"{hashlib.sha256(own).hexdigest()} {llvmlite.__version__} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def _load(code: bytes) -> Any:
    import llvmlite.binding as llvm

    from .native_heads import target

    llvm.load_library_permanently("")                             # what this process has: libm, and Python's memory
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine
