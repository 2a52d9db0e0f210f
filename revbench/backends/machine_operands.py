"""Operands of the reversible machine's instructions: expressions in postfix, over a stack of floats and one of ints.

LLVM puts it into `run` as a whole; to Numba it is a function of its own, for Numba's time grows faster than the length
of a function. What programs are full of stands here; families of functions are called (`machine_text.py` makes them).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .machine_cells import f_to_u, ipow, rounded, u_compare, u_to_f, wrapped
from .machine_tables import FIRST, TOKEN

if TYPE_CHECKING:
    from .machine_text import f1, f2, i1, i2, refuses, u2


def operands(k: int, k_end: int, toks: Any, fconst: Any, F: Any, M: Any, I: Any, H: Any, ip: int, fp: int, sf: Any, si: Any, V: Any,
             home: int, locals_end: int) -> tuple[int, int, float, int]:
    """Evaluates tokens: how many floats and ints they leave, the magnitudes that were read, and the token whose law broke, or -1."""
    pf = 0
    pi = 0
    scale = 0.0                                                   # of the locals that are read
    while k < k_end:
        t = toks[k, 0]
        v = toks[k, 1]
        k += 1
        if t == TOKEN["local_f"]:
            sf[pf] = F[fp + v]
            pf += 1
            scale = max(scale, M[fp + v])
        elif t == TOKEN["const_f"]:
            sf[pf] = fconst[v]
            pf += 1
        elif t == TOKEN["local_i"]:
            si[pi] = I[ip + v]
            pi += 1
        elif t == TOKEN["const_i"]:
            si[pi] = v
            pi += 1
        elif t == TOKEN["load1_f"] or t == TOKEN["load1_i"] or t == TOKEN["first"]:
            j1 = si[pi - 1]
            m1 = I[ip + v] if t == TOKEN["first"] else I[ip + v + 1]
            if j1 < 0 or j1 >= m1:
                V[0] = j1
                V[1] = m1
                return pf, pi, scale, k - 1
            if t == TOKEN["load1_f"]:
                q1 = I[ip + v] + j1
                pi -= 1
                sf[pf] = F[q1]
                pf += 1
                if q1 >= home or q1 < locals_end:
                    scale = max(scale, M[q1])
            elif t == TOKEN["load1_i"]:
                si[pi - 1] = I[I[ip + v] + j1]
        elif t == TOKEN["top_f"] or t == TOKEN["top_i"]:              # of the stack whose two ints lie there
            q0 = si[pi - 1]
            if I[q0] == 0:
                return pf, pi, scale, k - 1
            if t == TOKEN["top_f"]:
                pi -= 1
                sf[pf] = H.view(F.dtype)[I[q0 + 1]]
                pf += 1
            else:
                si[pi - 1] = H[I[q0 + 1]]
        elif t == TOKEN["load2_f"] or t == TOKEN["load2_i"]:
            j2 = si[pi - 2]
            j3 = si[pi - 1]
            m2 = I[ip + v + 1]
            m3 = I[ip + v + 2]
            if j2 < 0 or j2 >= m2:
                V[0] = j2
                V[1] = m2
                return pf, pi, scale, k - 1
            if j3 < 0 or j3 >= m3:
                V[0] = j3
                V[1] = m3
                return pf, pi, scale, k - 1
            q2 = I[ip + v] + j2 * m3 + j3
            if t == TOKEN["load2_f"]:
                pi -= 2
                sf[pf] = F[q2]
                pf += 1
                if q2 >= home or q2 < locals_end:
                    scale = max(scale, M[q2])
            else:
                pi -= 1
                si[pi - 1] = I[q2]
        elif t == TOKEN["loadn_f"] or t == TOKEN["ref_f"]:
            q3 = I[ip + v]
            if t == TOKEN["loadn_f"]:
                pi -= 1
                q3 += si[pi]
            sf[pf] = F[q3]
            pf += 1
            if q3 >= home or q3 < locals_end:
                scale = max(scale, M[q3])
        elif t == TOKEN["loadn_i"]:
            si[pi - 1] = I[I[ip + v] + si[pi - 1]]
        elif t == TOKEN["ref_i"]:
            si[pi] = I[I[ip + v]]
            pi += 1
        elif t == TOKEN["next"]:
            pi -= 1
            j4 = si[pi]
            m4 = I[ip + v]
            if j4 < 0 or j4 >= m4:
                V[0] = j4
                V[1] = m4
                return pf, pi, scale, k - 1
            si[pi - 1] = si[pi - 1] * m4 + j4
        elif t == TOKEN["slot"]:
            si[pi] = I[ip + v]
            pi += 1
        elif t == TOKEN["address_f"]:
            si[pi] = fp + v
            pi += 1
        elif t == TOKEN["address_i"]:
            si[pi] = ip + v
            pi += 1
        elif t == TOKEN["offset"]:
            si[pi - 1] += I[ip + v]
        elif t == TOKEN["f_add"]:
            pf -= 1
            sf[pf - 1] += sf[pf]
        elif t == TOKEN["f_sub"]:
            pf -= 1
            sf[pf - 1] -= sf[pf]
        elif t == TOKEN["f_mul"]:
            pf -= 1
            sf[pf - 1] *= sf[pf]
        elif t == TOKEN["f_div"]:
            pf -= 1
            sf[pf - 1] /= sf[pf]
        elif t == TOKEN["f_neg"]:
            sf[pf - 1] = -sf[pf - 1]
        elif t == TOKEN["f_sqrt"]:
            sf[pf - 1] = math.sqrt(sf[pf - 1])
        elif t == TOKEN["i_add"]:
            pi -= 1
            si[pi - 1] += si[pi]
        elif t == TOKEN["i_sub"]:
            pi -= 1
            si[pi - 1] -= si[pi]
        elif t == TOKEN["i_mul"]:
            pi -= 1
            si[pi - 1] *= si[pi]
        elif t == TOKEN["compare_f"]:
            pf -= 2
            x1 = sf[pf]
            x2 = sf[pf + 1]
            si[pi] = (v >> (1 if x1 < x2 else 2 if x1 == x2 else 3 if x1 > x2 else 0)) & 1
            pi += 1
        elif t == TOKEN["compare_i"]:
            pi -= 1
            si[pi - 1] = (v >> (1 if si[pi - 1] < si[pi] else 2 if si[pi - 1] == si[pi] else 3)) & 1
        elif t == TOKEN["compare_u"]:
            pi -= 1
            si[pi - 1] = u_compare(si[pi - 1], si[pi], v)
        elif t == TOKEN["not"]:
            si[pi - 1] = 1 if si[pi - 1] == 0 else 0
        elif t == TOKEN["truth_i"]:
            si[pi - 1] = 1 if si[pi - 1] != 0 else 0
        elif t == TOKEN["skip_if_false"] or t == TOKEN["skip_if_true"]:
            if (si[pi - 1] != 0) == (t == TOKEN["skip_if_true"]):
                si[pi - 1] = 1 if si[pi - 1] != 0 else 0
                k = v
            else:
                pi -= 1
        elif t == TOKEN["jump_if_false"]:
            pi -= 1
            if si[pi] == 0:
                k = v
        elif t == TOKEN["jump"]:
            k = v
        elif t == TOKEN["require"]:
            pi -= v + 1
            if si[pi + v] == 0:
                for j5 in range(min(v, 4)):
                    V[j5] = si[pi + j5]
                return pf, pi, scale, k - 1
        elif t == TOKEN["to_f"]:
            pi -= 1
            sf[pf] = float(si[pi])
            pf += 1
        elif t == TOKEN["u_to_f"]:
            pi -= 1
            sf[pf] = u_to_f(si[pi])
            pf += 1
        elif t == TOKEN["unfix"]:
            pi -= 1
            sf[pf] = float(si[pi]) / float(1 << v)
            pf += 1
        elif t == TOKEN["to_i"]:
            pf -= 1
            si[pi] = int(sf[pf])
            pi += 1
        elif t == TOKEN["f_to_u"]:
            pf -= 1
            si[pi] = f_to_u(sf[pf])
            pi += 1
        elif t == TOKEN["fix"]:
            pf -= 1
            x3 = np.rint(sf[pf] * float(1 << v))
            if not abs(x3) < 9.2233720368547758e18:
                V[0] = sf[pf]
                return pf, pi, scale, k - 1
            si[pi] = int(x3)
            pi += 1
        elif t == TOKEN["truth_f"]:
            pf -= 1
            si[pi] = 1 if sf[pf] != 0.0 else 0
            pi += 1
        elif t == TOKEN["isnan"]:
            pf -= 1
            si[pi] = 1 if sf[pf] != sf[pf] else 0
            pi += 1
        elif t == TOKEN["isfinite"] or t == TOKEN["isinf"]:
            pf -= 1
            si[pi] = 1 if (abs(sf[pf]) < math.inf if t == TOKEN["isfinite"] else abs(sf[pf]) == math.inf) else 0
            pi += 1
        elif t == TOKEN["round32"]:
            sf[pf - 1] = rounded(sf[pf - 1])
        elif t == TOKEN["narrow"]:
            si[pi - 1] = wrapped(si[pi - 1], v)
        elif t == TOKEN["ipow"]:
            pi -= 1
            if si[pi] < 0:
                V[0] = si[pi]
                V[1] = 0
                return pf, pi, scale, k - 1
            si[pi - 1] = ipow(si[pi - 1], si[pi])
        elif t == TOKEN["hosted"]:                                    # what Python said of these very bits; if it has not, it is asked
            n6 = int(fconst[v])
            pf -= n6
            known = fconst[v + 1] == 1.0
            for j6 in range(n6):
                known = known and fconst.view(I.dtype)[v + 2 + j6] == sf.view(I.dtype)[pf + j6]
                V[j6] = sf[pf + j6]
            if not known:
                return pf, pi, scale, k - 1
            sf[pf] = fconst[v + 2 + n6]
            pf += 1
        elif t < FIRST["f1"]:                                        # argmax and the like
            pi -= 2
            if t <= TOKEN["argmin_f"]:
                si[pi - 1] = argmost_f(F, si[pi - 1], si[pi], si[pi + 1], t == TOKEN["argmax_f"])
            else:
                si[pi - 1] = argmost_i(I, si[pi - 1], si[pi], si[pi + 1], t)
        elif t < FIRST["f2"]:
            sf[pf - 1] = f1(t, sf[pf - 1])
        elif t < FIRST["i1"]:
            pf -= 1
            sf[pf - 1] = f2(t, sf[pf - 1], sf[pf])
        elif t < FIRST["i2"]:
            si[pi - 1] = i1(t, si[pi - 1])
        else:
            pi -= 1
            if refuses(t, si[pi]):                                # a division by zero, a shift by more than the width
                V[0] = si[pi]
                V[1] = 0
                return pf, pi, scale, k - 1
            si[pi - 1] = i2(t, si[pi - 1], si[pi]) if t < FIRST["u2"] else u2(t, si[pi - 1], si[pi])
    return pf, pi, scale, -1


def argmost_f(B: Any, base: int, n: int, step: int, largest: bool) -> int:
    """Where the largest (smallest) of `n` numbers, `step` cells apart, stands first; the first nan is both, as in NumPy."""
    best = 0
    for j in range(n):
        x = B[base + j * step]
        if x != x:
            return j
        if (x > B[base + best * step]) if largest else (x < B[base + best * step]):
            best = j
    return best


def argmost_i(B: Any, base: int, n: int, step: int, token: int) -> int:
    largest = token == TOKEN["argmax_i"] or token == TOKEN["argmax_u"]
    flip = -1 << 63 if token >= TOKEN["argmax_u"] else 0            # moves unsigned numbers into the order of signed ones
    best = 0
    for j in range(n):
        x = B[base + j * step] ^ flip
        y = B[base + best * step] ^ flip
        if (x > y) if largest else (x < y):
            best = j
    return best
