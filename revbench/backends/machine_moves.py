"""Instructions of the reversible machine that move values: several cells written at once, and stacks.

Stacks lie in a heap of their own, H, outside the frames, three ints a value: its bits, where the one below lies, and the
bits of the largest magnitude that it has held. H[0] is the first triple that is free again (0: none), H[1] the first
that was never used. A stack itself is two ints of
a frame: how many values it holds, and where the top lies. Compiled only as part of `run` (`machine_text.py`).
"""

from __future__ import annotations

from typing import Any

from .machine_cells import rounded, wrapped
from .machine_tables import COL, GROW, OP, OWN, REG, TOLERANCE, TOLERANCE32, UNLIKE


def moves(op: int, dir: int, pc: int, code: Any, sf: Any, si: Any, scale: float, F: Any, M: Any, I: Any, H: Any, R: Any, V: Any,
          eaddr: Any, evalue: Any, rec: bool) -> tuple[int, int]:
    """One of the instructions from `put_f` on: a reason to stop, and the law that broke (0: none)."""
    kind = code[pc, COL["kind"]]
    event = R[REG["events"]]
    if op == OP["put_f"] or op == OP["put_i"]:
        n = code[pc, COL["n"]]
        odd = 1 if op == OP["put_i"] else 0
        first = n if odd == 1 else 0                                 # the addresses lie behind the values, if those are ints too
        most = scale
        for j in range(n):
            if odd == 0:
                most = max(most, M[si[j]])                           # what one of them misses, all of them may miss
        for j in range(n):
            q = si[first + j]
            if odd == 1:
                I[q] = wrapped(si[j], kind)
            else:
                F[q] = rounded(sf[j]) if kind == 1 else sf[j]
                M[q] = max(most, abs(F[q]))
            if rec:
                eaddr[event] = 2 * q + odd
                evalue[event] = I[q] if odd == 1 else F[q]
                event += 1
        R[REG["events"]] = event
        return 0, 0
    odd = code[pc, COL["c"]] >> 1                                    # 1: an int
    bits = I if odd == 1 else F.view(H.dtype)
    copies = op == OP["append"] or op == OP["drop"]
    s = si[1] if copies and odd == 1 else si[0]
    q = -1 if copies else si[1]
    if (op == OP["push"] or op == OP["append"]) == (dir > 0):
        a = H[0]
        if a != 0:
            H[0] = H[a + 1]
        else:
            a = H[1]
            if a + 3 > H.shape[0]:
                return GROW, 0
            H[1] = a + 3
        if not copies:
            H[a] = bits[q]
            bits[q] = 0
            if odd == 0:
                H.view(F.dtype)[a + 2] = M[q]
        elif odd == 1:
            H[a] = wrapped(si[0], kind)
        else:
            H.view(F.dtype)[a] = rounded(sf[0]) if kind == 1 else sf[0]
            H.view(F.dtype)[a + 2] = max(abs(sf[0]), scale)
        H[a + 1] = I[s + 1]
        I[s + 1] = a
        I[s] += 1
    else:
        a = I[s + 1]
        if I[s] == 0:
            return 0, OWN
        if odd == 1:
            V[0] = wrapped(si[0], kind) if copies else I[q]
            V[1] = H[a]
            if (copies and wrapped(si[0], kind) != H[a]) or (not copies and I[q] != 0):
                return 0, UNLIKE
        else:
            x = H.view(F.dtype)[a]
            y = (rounded(sf[0]) if kind == 1 else sf[0]) if copies else F[q]
            V[0] = y
            V[1] = x
            largest = max(H.view(F.dtype)[a + 2], max(abs(y), scale) if copies else M[q])
            if not abs(y - x if copies else y) <= (TOLERANCE32 if kind == 1 else TOLERANCE) * largest:
                return 0, UNLIKE
        if not copies:
            bits[q] = H[a]
            if odd == 0:
                M[q] = max(M[q], H.view(F.dtype)[a + 2])
        I[s + 1] = H[a + 1]
        I[s] -= 1
        H[a + 1] = H[0]
        H[0] = a
    if rec:
        for j in range(2):
            eaddr[event] = 2 * (s + j) + 1
            evalue[event] = I[s + j]
            event += 1
        if not copies:
            eaddr[event] = 2 * q + odd
            evalue[event] = I[q] if odd == 1 else F[q]
            event += 1
        R[REG["events"]] = event
    return 0, 0
