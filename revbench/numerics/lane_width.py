"""How many numbers fast code computes at once. Known without Numba, for the text is written before it is needed."""

from __future__ import annotations

import llvmlite.binding as llvm

WIDTH = 32 if llvm.get_host_cpu_features().get("avx512f") else 16      # four vector registers' worth: enough to hide the latency of one operation
