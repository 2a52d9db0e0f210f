"""How many numbers fast code computes at once. Known without Numba, for the text is written before it is needed."""

from __future__ import annotations

import llvmlite.binding as llvm

CPU = llvm.get_host_cpu_features()
WIDTH = 32 if CPU.get("avx512f") else 16      # four vector registers' worth: enough to hide the latency of one operation
NARROW = 8 if CPU.get("avx512f") else 4 if CPU.get("avx") else 2        # one register: for turns of many numbers, which have something else to do meanwhile
