"""Calls of a kernel with arguments of known types."""

from __future__ import annotations

from typing import Any

import numpy as np

from .backends.numba_cpu import compiled
from .backends.passing import Passing
from .backends.values import memory_of, refuse_aliases, result
from .errors import InvertibilityError
from .ir.types import Array, Type


class Calls:
    """A compiled kernel for one signature: takes normalised registers and constants, gives what a call returns.

    Parameters
    ----------
    copy : bool
        Whether registers that it writes are copied; if not, it writes into the caller's arrays.
    """

    def __init__(self, kernel: Any, signature: tuple[Type, ...], copy: bool) -> None:
        p, written = kernel.library.program, kernel._written
        n = len(p.params)
        self.kernel, self.copy, self.names, self.written = kernel, copy, (*p.params, *p.consts), sorted(written)
        self.run = kernel._made.get(signature)
        if self.run is None:
            library, main = kernel.typed(signature)
            self.run = kernel._made[signature] = compiled(library, main, kernel.mode)
        self.passing = Passing(signature, n, written if copy else ())
        self.gives = [result(t) if k in written and (copy or not isinstance(t, Array)) else None for k, t in enumerate(signature[:n])]

    def __call__(self, registers: list[Any], constants: list[Any]) -> Any:
        if not self.copy:
            refuse_aliases(self.kernel.__name__, list(zip(self.names, map(memory_of, (*registers, *constants)), strict=True)), self.written)
        prepared, layout = self.passing.registers(registers), self.passing.layout
        parts = layout.split(prepared)
        try:
            out = layout.join(self.run(parts, self.passing.constants(constants)), prepared)
        except (InvertibilityError, KeyboardInterrupt) as stopped:
            if not self.copy:
                self._write_back(registers, layout.join(parts, prepared))
                if isinstance(stopped, InvertibilityError):
                    stopped.hint = "; ".join(filter(None, [stopped.hint, "the arrays that were handed in are left as they were at that moment"]))
            raise
        if not self.copy:
            self._write_back(registers, out)
        results = [given if give is None else give(found, given) for give, found, given in zip(self.gives, out, registers, strict=True)]
        return results[0] if len(results) == 1 else self.kernel.Outputs._make(results)

    def _write_back(self, registers: list[Any], prepared: list[Any]) -> None:
        for k in self.written:
            given = memory_of(registers[k])
            if isinstance(given, np.ndarray) and prepared[k] is not given:
                given[...] = prepared[k]
