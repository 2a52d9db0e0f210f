"""The stop button: a C-level SIGINT handler that sets a flag which compiled loops poll.

Python's own handler cannot run while compiled code does. Ours is one store instruction, put in place around a call
and taken away after it (2 us); it exists only where signals can reach us, in the main thread of a POSIX process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from revbench.numerics.parts import SIZE

STATUS: NDArray[np.int64] = np.zeros(SIZE, np.int64)     # [broken site, interrupt, depth of calls, address of threads]: what compiled code sees as `_st`


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


class interruptible:
    """A status array to hand to compiled code; raises KeyboardInterrupt at the end if the stop button was pressed."""

    def __enter__(self) -> NDArray[np.int64]:
        self.here = os.name == "posix" and threading.get_ident() == threading.main_thread().ident
        if not self.here:
            return np.zeros(SIZE, np.int64)
        STATUS[:] = 0
        self.old = _libc_signal()(signal.SIGINT, _handler()[0])
        return STATUS

    def __exit__(self, *failed: object) -> None:
        if self.here:
            _libc_signal()(signal.SIGINT, self.old)
            if STATUS[1] and failed[0] is None:
                raise KeyboardInterrupt
