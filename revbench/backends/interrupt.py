"""The stop button: a C-level SIGINT handler that sets a flag which compiled loops poll.

Python's own handler cannot run while compiled code does. Ours is one store instruction, put in place around a call
and taken away after it (2 us); it exists only where signals can reach us, in the main thread of a POSIX process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

STATUS: NDArray[np.int64] = np.zeros(3, np.int64)        # [broken site, interrupt, depth of calls]: what compiled code sees as `_st`


@cache
def _libc_signal() -> Any:
    fn = ctypes.CDLL(None).signal
    fn.restype, fn.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
    return fn


@cache
def _handler() -> tuple[int, Any]:
    """The address of a C function that stores 1 into STATUS[1], and the engine that owns it."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    address = STATUS.ctypes.data + STATUS.itemsize
    text = f"define void @on_interrupt(i32 %s) {{\n  store volatile i64 1, ptr inttoptr (i64 {address} to ptr)\n  ret void\n}}\n"
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text), machine)
    engine.finalize_object()
    return engine.get_function_address("on_interrupt"), engine


@contextmanager
def interruptible() -> Iterator[NDArray[np.int64]]:
    """A status array to hand to compiled code; raises KeyboardInterrupt at the end if the stop button was pressed."""
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield np.zeros(3, np.int64)
        return
    STATUS[:] = 0
    old = _libc_signal()(signal.SIGINT, _handler()[0])
    try:
        yield STATUS
    finally:
        _libc_signal()(signal.SIGINT, old)
    if STATUS[1]:
        raise KeyboardInterrupt
