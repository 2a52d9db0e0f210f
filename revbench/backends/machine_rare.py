"""Instructions of the reversible machine that are called, because programs do little else while they run: arrays, keepers.

Compiled only as part of `run` (`machine_text.py`). Each comes back with a reason to stop and the law that broke (0: none).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .machine_tables import COL, FULL, GROW, HOST, OP, REG, RELEASED, SHAPE, STACK, TOLERANCE, TOLERANCE32


def rare(op: int, dir: int, time: int, ip: int, fp: int, home: int, locals_end: int, pc: int, code: Any, sf: Any, si: Any, pf: int, pi: int,
         F: Any, M: Any, I: Any, K: Any, L: Any, R: Any, V: Any, eaddr: Any, evalue: Any, rec: bool) -> tuple[int, int]:
    """One of the instructions from `array_f` on. Banks and stacks are moved bit by bit, so that each function is compiled once."""
    mode = code[pc, COL["mode"]]
    dst = code[pc, COL["dst"]]
    axes = code[pc, COL["n"]]
    odd = code[pc, COL["c"]] >> 1                                    # 1: an int
    top = si[pi - 1] if code[pc, COL["mode2"]] == 1 else -1          # released in another order than made: the end of what lives
    if op == OP["observe"]:
        for j in range(pi):                                          # a float has no 64 bits
            V[2 * j] = si[j] >> 32
            V[2 * j + 1] = si[j] & 0xffffffff
        for j in range(pf):
            V[2 * STACK + j] = sf[j]
        return HOST, 0
    bits = I if odd == 1 else F.view(np.int64)
    bank = REG["itop"] if odd == 1 else REG["ftop"]
    if op == OP["stash"] or op == OP["unstash"]:
        q = (ip if odd == 1 else fp) + dst
        k = R[REG["ktop"]]
        if (op == OP["stash"]) == (dir > 0):
            if k >= K.shape[0]:
                return GROW, 0
            K[k] = bits[q]
            bits[q] = 0
            R[REG["ktop"]] = k + 1
        else:
            bits[q] = K[k - 1]
            R[REG["ktop"]] = k - 1
            if odd == 0:
                M[q] = abs(F[q])
        if rec:
            event = R[REG["events"]]
            eaddr[event] = 2 * q + odd
            evalue[event] = I[q] if odd == 1 else F[q]
            R[REG["events"]] = event + 1
        return 0, 0
    at = ip + dst
    if op >= OP["forget_array"]:
        ahead = time > 0 if op == OP["forget_array"] else (op == OP["stash_array"]) == (dir > 0)
        stack = REG["ltop"] if op == OP["forget_array"] else REG["ktop"]
        kept = L.view(np.int64) if op == OP["forget_array"] else K
        if ahead:
            return push(kept, stack, bits, bank, at, axes, top, I, R), 0
        return pull(kept, stack, bits, bank, at, axes, odd, F, M, I, R, eaddr, evalue, rec), 0
    source = si[axes] if mode == 1 else -1
    remembers = source >= home or 0 <= source < locals_end
    if (op == OP["array_f"] or op == OP["array_i"]) == (dir > 0):
        return begin(bits, bank, at, axes, source, remembers, si, odd, F, M, I, R, eaddr, evalue, rec), 0
    tolerance = 0.0 if odd == 1 else TOLERANCE32 if code[pc, COL["kind"]] == 1 else TOLERANCE
    if rec and R[REG["events"]] + 16 > eaddr.shape[0]:
        return FULL, 0
    return 0, end(bank, at, axes, source, remembers, si, top, odd, code[pc, COL["c"]] & 1 == 1, tolerance, F, M, I, R, V)


def size(a: Any, at: int, axes: int) -> int:
    """How many cells an array has whose extents stand there."""
    m = 1
    for j in range(axes):
        m *= a[at + j]
    return m


def shown(at: int, axes: int, base: int, m: int, odd: int, F: Any, I: Any, R: Any, eaddr: Any, evalue: Any) -> None:
    """A new array in the recording: where it lies, its shape, what it holds."""
    event = R[REG["events"]]
    for j in range(axes + 1):
        eaddr[event] = 2 * (at + j) + 1
        evalue[event] = I[at + j]
        event += 1
    for j in range(m):
        eaddr[event] = 2 * (base + j) + odd
        evalue[event] = I[base + j] if odd == 1 else F[base + j]
        event += 1
    R[REG["events"]] = event


def gone(base: int, m: int, top: int, bank: int, R: Any) -> None:
    """An array of `m` cells is gone."""
    R[REG["live"]] -= m
    if top >= 0:
        R[bank] = top
    elif base + m == R[bank]:
        R[bank] = base


def come(m: int, bank: int, R: Any) -> None:
    """An array of `m` cells lies on top of its bank."""
    R[bank] += m
    R[REG["live"]] += m
    R[REG["peak"]] = max(R[REG["peak"]], R[REG["live"]])


def begin(bits: Any, bank: int, at: int, axes: int, source: int, remembers: bool, si: Any, odd: int, F: Any, M: Any, I: Any, R: Any,
          eaddr: Any, evalue: Any, rec: bool) -> int:
    """A local array: base and shape go to the frame's slots, contents (zeros, or a copy) on top of the bank."""
    m = size(si, 0, axes)
    base = R[bank]
    if base + m > bits.shape[0]:
        return GROW
    if rec and R[REG["events"]] + m + 16 > eaddr.shape[0]:
        return FULL
    I[at] = base
    for j in range(axes):
        I[at + 1 + j] = si[j]
    for j in range(m):
        bits[base + j] = bits[source + j] if source >= 0 else 0
        if odd == 0:
            M[base + j] = M[source + j] if remembers else abs(F[base + j])
    if rec:
        shown(at, axes, base, m, odd, F, I, R, eaddr, evalue)
    come(m, bank, R)
    return 0


def end(bank: int, at: int, axes: int, source: int, remembers: bool, si: Any, top: int, odd: int, lost: bool, tolerance: float,
        F: Any, M: Any, I: Any, R: Any, V: Any) -> int:
    """A local array ends: it must hold again what it began with, or the law that broke comes back."""
    m = size(si, 0, axes)
    V[0] = 0.0
    V[1] = 0.0
    for j in range(axes):
        if si[j] != I[at + 1 + j]:
            return SHAPE
    base = I[at]
    worst = 0.0
    most = 0.0
    for j in range(m):
        if odd == 1:
            d = float(I[base + j] - (I[source + j] if source >= 0 else 0))
        else:
            d = F[base + j] - (F[source + j] if source >= 0 else 0.0)
            most = max(most, M[base + j], M[source + j] if remembers else 0.0)
        worst = max(worst, abs(d) if d == d else np.inf)
    if not lost and not worst <= most * tolerance:
        V[0] = worst
        return RELEASED
    gone(base, m, top, bank, R)
    return 0


def push(kept: Any, stack: int, bits: Any, bank: int, at: int, axes: int, top: int, I: Any, R: Any) -> int:
    """An array goes to a stack: its contents, then its shape, for the slots will have served other arrays when it comes back."""
    s = R[stack]
    base = I[at]
    m = size(I, at + 1, axes)
    if s + m + axes > kept.shape[0]:
        return GROW
    for j in range(m):
        kept[s + j] = bits[base + j]
        if stack == REG["ltop"] and bits[base + j] << 1 != 0:
            R[REG["erased"]] += 64
    for j in range(axes):
        kept[s + m + j] = I[at + 1 + j]
    R[stack] = s + m + axes
    gone(base, m, top, bank, R)
    return 0


def pull(kept: Any, stack: int, bits: Any, bank: int, at: int, axes: int, odd: int, F: Any, M: Any, I: Any, R: Any,
         eaddr: Any, evalue: Any, rec: bool) -> int:
    """The way back of `push`."""
    m = size(kept, R[stack] - axes, axes)
    s = R[stack] - axes - m
    base = R[bank]
    if base + m > bits.shape[0]:
        return GROW
    if rec and R[REG["events"]] + m + 16 > eaddr.shape[0]:
        return FULL
    I[at] = base
    for j in range(axes):
        I[at + 1 + j] = kept[s + m + j]
    for j in range(m):
        bits[base + j] = kept[s + j]
        if odd == 0:
            M[base + j] = abs(F[base + j])
        if stack == REG["ltop"] and bits[base + j] << 1 != 0:
            R[REG["erased"]] -= 64
    R[stack] = s
    if rec:
        shown(at, axes, base, m, odd, F, I, R, eaddr, evalue)
    come(m, bank, R)
    return 0
