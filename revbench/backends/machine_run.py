"""The reversible machine's `run`: flat code over flat memory, one row per reversible instruction, in either direction.

Never called as it stands: `machine_text` puts the functions of the rule rows in front of it, folds the look-ups in
tables into numbers, and Numba compiles what comes out, once per installation. Numba's time grows faster than the
length of a function, so that what is rare is called (`machine_rare.py`), and a result has one name, given once.

Memory: a float bank F and an int bank I; M holds the largest magnitude that each float cell, or a local that it was
computed from, has held. A frame of a kernel is HEADER ints (caller's int base, caller's float base, call row, flip,
own float base, where arrays begin in either bank) and then slots.
"""

from __future__ import annotations

from typing import Any

from .machine_asked import asked
from .machine_cells import exchange, held, product, rounded, too_large, u_to_f, wrapped
from .machine_moves import moves
from .machine_operands import operands
from .machine_rare import rare
from .machine_tables import (
    BROKEN,
    COL,
    DONE,
    ELEMENT,
    EXACT,
    FULL,
    GROW,
    HEADER,
    HOST,
    INTERRUPT,
    KINDS,
    LOCAL,
    OP,
    OVERFLOWS,
    OWN,
    REF,
    REG,
    RELEASED,
    STOP,
    TOLERANCE,
    TOLERANCE32,
    ZERO_FACTOR,
)


def run(code: Any, toks: Any, fconst: Any, ftab: Any, F: Any, M: Any, I: Any, H: Any, K: Any, L: Any, R: Any, V: Any, sf: Any, si: Any, stops: Any, asks: Any,
        status: Any, trow: Any, tdir: Any, tip: Any, toff: Any, eaddr: Any, evalue: Any, limit: int, rec: bool) -> tuple[int, int]:
    """At most `limit` instructions, backward in time if it is negative: how many it were, and why it came back."""
    pc = R[REG["pc"]]
    dir = R[REG["dir"]]
    ip = R[REG["ip"]]
    fp = R[REG["fp"]]
    events = R[REG["events"]]
    moments = R[REG["moments"]]
    n = 0
    why = 0
    time = 1 if limit > 0 else -1
    most = abs(limit)
    nrows = code.shape[0]
    locals_end = ftab[0, 3]
    looked = R[REG["looked"]]                                         # 1: what is asked at this moment was asked before
    home = I[6]                                                       # the first program's own scalars; where what is made while it runs begins
    while True:
        if pc < 0 or pc >= nrows:
            why = DONE
            break
        here = pc if time > 0 else pc - dir                           # the row that the way forward goes on with
        if 0 <= here < nrows:
            ask = stops[here, 0 if dir * time > 0 else 1]
            if ask != 0 and asked(ask - 1, asks, looked == 0, toks, fconst, F, M, I, H, ip, fp, sf, si, V, home, locals_end):
                why = STOP
                break
        looked = 1
        if n >= most:
            break
        op = code[pc, COL["op"]]
        mode = code[pc, COL["mode"]]
        dst = code[pc, COL["dst"]]
        c = code[pc, COL["c"]]
        if dir > 0:
            k = code[pc, COL["a"]]
            k_end = code[pc, COL["b"]]
        else:
            k = code[pc, COL["a2"]]
            k_end = code[pc, COL["b2"]]
        if rec and (moments >= trow.shape[0] or events + 8 > eaddr.shape[0]):
            why = FULL
            break

        pf, pi, scale, wrong = operands(k, k_end, toks, fconst, F, M, I, H, ip, fp, sf, si, V, home, locals_end)
        if wrong >= 0:
            R[REG["fail"]] = wrong
            why = BROKEN
            break
        if rec:
            trow[moments] = pc
            tdir[moments] = dir
            tip[moments] = ip
            toff[moments] = events
            moments += 1

        # ---- the instruction: where it goes on, and which cell it wrote (2 q in F, 2 q + 1 in I)
        to = pc + dir
        wrote = -1
        fail = 0
        if op <= OP["div_f"]:
            q = fp + dst if mode == LOCAL else I[ip + dst] if mode == REF else I[ip + dst] + si[pi - 1]
            y = sf[0]
            x = F[q]
            if op <= OP["sub_f"]:
                x = x + y if (op == OP["add_f"]) == (dir > 0) else x - y
            elif y == 0.0:
                fail = ZERO_FACTOR
                V[0] = x
                V[1] = 0.0
            else:
                x = x * y if (op == OP["mul_f"]) == (dir > 0) else x / y
            if fail == 0:
                if code[pc, COL["kind"]] == 1:
                    x = rounded(x)
                F[q] = x
                M[q] = held(M[q], x, scale)
                wrote = 2 * q
        elif op <= OP["div_i"]:
            q4 = ip + dst if mode == LOCAL else I[ip + dst] if mode == REF else I[ip + dst] + si[pi - 1]
            w = si[pi - 2] if mode == ELEMENT else si[pi - 1]
            j = I[q4]
            kind = code[pc, COL["kind"]]
            if op <= OP["sub_i"]:
                adds = (op == OP["add_i"]) == (dir > 0)
                if kind == EXACT and too_large(j, w, adds):
                    fail = OVERFLOWS
                    V[0] = float(j)
                    V[1] = float(w)
                j = wrapped(j + w if adds else j - w, kind)
            elif op == OP["xor_i"]:
                j = wrapped(j ^ w, kind)
            else:
                j, fail = product(j, w, kind, (op == OP["mul_i"]) == (dir > 0))
                if fail != 0:
                    V[0] = u_to_f(j) if kind == KINDS["uint64"] else float(j)
                    V[1] = u_to_f(w) if kind == KINDS["uint64"] else float(w)
            if fail == 0:
                I[q4] = j
                wrote = 2 * q4 + 1
        elif op <= OP["swap_i"]:
            mode2 = code[pc, COL["mode2"]]
            dst2 = code[pc, COL["dst2"]]
            base = fp if op == OP["swap_f"] else ip
            a = I[ip + dst2] + si[pi - 1] if mode2 == ELEMENT else I[ip + dst2] if mode2 == REF else base + dst2
            b = base + dst if mode == LOCAL else I[ip + dst] if mode == REF else I[ip + dst] + (si[pi - 2] if mode2 == ELEMENT else si[pi - 1])
            if op == OP["swap_f"]:
                exchange(F, a, b)
                M[a] = max(M[a], M[b])
                M[b] = M[a]
                wrote = 2 * a
            else:
                exchange(I, a, b)
                wrote = 2 * a + 1
            if rec:
                eaddr[events] = 2 * b + (wrote & 1)
                evalue[events] = F[b] if op == OP["swap_f"] else I[b]
                events += 1
        elif op <= OP["leave_f"]:                                     # c: the local ends with `forget`, and what the way back makes of it is dropped
            q5 = fp + dst
            x4 = rounded(sf[0]) if code[pc, COL["kind"]] == 1 else sf[0]
            if (op == OP["enter_f"]) == (dir > 0):
                F[q5] = x4
                M[q5] = held(0.0, x4, scale)
                R[REG["live"]] += 1
                R[REG["peak"]] = max(R[REG["peak"]], R[REG["live"]])
                wrote = 2 * q5
            elif c == 0 and not abs(F[q5] - x4) <= (TOLERANCE32 if code[pc, COL["kind"]] == 1 else TOLERANCE) * max(M[q5], abs(x4), scale):
                fail = RELEASED
                V[0] = F[q5]
                V[1] = x4
            else:
                F[q5] = 0.0
                R[REG["live"]] -= 1
                wrote = 2 * q5
        elif op <= OP["leave_i"]:
            q6 = ip + dst
            j7 = wrapped(si[0], code[pc, COL["kind"]])
            if (op == OP["enter_i"]) == (dir > 0):
                I[q6] = j7
                R[REG["live"]] += 1
                R[REG["peak"]] = max(R[REG["peak"]], R[REG["live"]])
                wrote = 2 * q6 + 1
            elif c == 0 and I[q6] != j7:
                fail = RELEASED
                V[0] = u_to_f(I[q6]) if code[pc, COL["kind"]] == KINDS["uint64"] else float(I[q6])
                V[1] = u_to_f(j7) if code[pc, COL["kind"]] == KINDS["uint64"] else float(j7)
            else:
                I[q6] = 0
                R[REG["live"]] -= 1
                wrote = 2 * q6 + 1
        elif op == OP["for"] or op == OP["next"]:
            first = si[0]
            step = si[2]
            q7 = ip + dst
            if step == 0:
                fail = OWN
            else:
                last = si[1] - 1 if step == 1 else first + (si[1] - first - (1 if step > 0 else -1)) // step * step
                up = (mode == 0) == (dir > 0)                         # the variable goes from `first` to `last`
                wrote = 2 * q7 + 1
                if (op == OP["for"]) == (dir > 0):                    # the loop begins
                    if (si[1] <= first) if step > 0 else (si[1] >= first):
                        to = c + dir
                    else:
                        I[q7] = first if up else last
                elif I[q7] == (last if up else first):                # it ends
                    I[q7] = 0
                else:
                    I[q7] += step if up else -step
                    to = c + dir
        elif op == OP["if"] or op == OP["until"] or op == OP["loop"]:
            if (dir > 0) != (op == OP["loop"]):                       # it decides
                if si[0] == 0:
                    to = c + dir
            elif si[0] == 0:
                fail = OWN
        elif op == OP["fi"]:
            if si[0] != 0:
                if dir > 0:
                    fail = OWN
                else:
                    to = c + dir
        elif op == OP["else"] or op == OP["again"]:
            if (si[0] != 0) != (op == OP["else"] and dir > 0):
                fail = OWN
            else:
                to = c + 1 if dir > 0 else dst - 1
        elif op == OP["forget"]:
            q8 = fp + dst
            ltop = R[REG["ltop"]]
            wrote = 2 * q8
            if time < 0:
                R[REG["ltop"]] = ltop - 1
                F[q8] = L[ltop - 1]
                M[q8] = abs(F[q8])
                R[REG["live"]] += 1
                R[REG["peak"]] = max(R[REG["peak"]], R[REG["live"]])
                R[REG["erased"]] -= 64 if F[q8] != 0.0 else 0
            elif ltop >= L.shape[0]:
                why = GROW
            else:
                R[REG["ltop"]] = ltop + 1
                R[REG["erased"]] += 64 if F[q8] != 0.0 else 0
                L[ltop] = F[q8]
                F[q8] = 0.0
                R[REG["live"]] -= 1
        elif op == OP["call"]:
            itop = R[REG["itop"]]
            ftop = R[REG["ftop"]]
            if R[REG["depth"]] > 100000:
                fail = OWN
            elif itop + HEADER + ftab[c, 2] > I.shape[0] or ftop + ftab[c, 3] > F.shape[0]:
                why = GROW
            elif rec and events + pi + 16 > eaddr.shape[0]:
                why = FULL
            else:
                I[itop] = ip
                I[itop + 1] = fp
                I[itop + 2] = pc
                I[itop + 3] = dst
                I[itop + 4] = ftop
                I[itop + 5] = itop + HEADER + ftab[c, 2]
                I[itop + 6] = ftop + ftab[c, 3]
                for j8 in range(pi):
                    I[itop + HEADER + j8] = si[j8]
                if rec:
                    for j9 in range(HEADER + pi):
                        eaddr[events] = 2 * (itop + j9) + 1
                        evalue[events] = I[itop + j9]
                        events += 1
                R[REG["itop"]] = itop + HEADER + ftab[c, 2]
                R[REG["ftop"]] = ftop + ftab[c, 3]
                R[REG["depth"]] += 1
                ip = itop
                fp = ftop
                dir = dir * dst
                to = ftab[c, 0] + 1 if dir > 0 else ftab[c, 1] - 1
        elif op == OP["begin"] or op == OP["end"]:
            if (op == OP["begin"]) != (dir > 0):                      # back to the caller
                if I[ip + 2] < 0:
                    to = nrows if dir > 0 else -1
                else:
                    dir = dir * I[ip + 3]
                    to = I[ip + 2] + dir
                    R[REG["itop"]] = ip
                    R[REG["ftop"]] = fp
                    R[REG["depth"]] -= 1
                    fp = I[ip + 1]
                    ip = I[ip]
        elif op == OP["assert"]:
            if si[0] == 0:
                fail = OWN
        elif op >= OP["put_f"]:
            R[REG["events"]] = events
            why, fail = moves(op, dir, pc, code, sf, si, scale, F, M, I, H, R, V, eaddr, evalue, rec)
            events = R[REG["events"]]
        else:
            R[REG["events"]] = events
            why, fail = rare(op, dir, time, ip, fp, home, locals_end, pc, code, sf, si, pf, pi, F, M, I, K, L, R, V, eaddr, evalue, rec)
            events = R[REG["events"]]
        if fail != 0:
            R[REG["fail"]] = fail
            why = BROKEN
        if why == HOST:
            pc = to
            n += 1
            looked = 0
            break
        if why != 0:
            if rec:
                moments -= 1
                events = toff[moments]
            break
        if rec and wrote >= 0:
            eaddr[events] = wrote
            evalue[events] = F[wrote >> 1] if wrote & 1 == 0 else I[wrote >> 1]
            events += 1
        pc = to
        n += 1
        looked = 0
        if n & 1023 == 0 and status[1] != 0:
            why = INTERRUPT
            break
    R[REG["pc"]] = pc
    R[REG["dir"]] = dir
    R[REG["ip"]] = ip
    R[REG["fp"]] = fp
    R[REG["events"]] = events
    R[REG["moments"]] = moments
    R[REG["looked"]] = looked
    return n, why
