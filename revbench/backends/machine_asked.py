"""What is asked at moments of a run: breakpoints, conditions, how often they held. Compiled only as part of `run` (`machine_text.py`).

A question is a row of a table, and questions at one moment are a chain. It is evaluated like any instruction's operands,
in the frame that runs; where an index is out of range, the answer is no.
"""

from __future__ import annotations

from typing import Any

from .machine_operands import operands
from .machine_tables import ASK, NEVER


def asked(first: int, asks: Any, moved: bool, toks: Any, fconst: Any, F: Any, M: Any, I: Any, H: Any, ip: int, fp: int, sf: Any, si: Any, V: Any,
          home: int, locals_end: int) -> bool:
    """Whether a question at this moment stops the run; where nothing has moved yet, what is remembered is only begun."""
    stops = False
    j = first
    while j >= 0:
        frame = asks[j, ASK["frame"]]
        k = asks[j, ASK["k"]]
        k_end = asks[j, ASK["k_end"]]
        holds = (frame < 0 or frame == ip) and k != NEVER
        if holds and k < k_end:
            holds = operands(k, k_end, toks, fconst, F, M, I, H, ip, fp, sf, si, V, home, locals_end)[3] < 0 and si[0] != 0
        head = asks[j, ASK["head"]]
        if asks[head, ASK["edge"]] == 1:
            begins = holds and asks[head, ASK["was"]] == 0
            asks[head, ASK["was"]] = 1 if holds else 0
            holds = begins
        if holds and moved:
            asks[head, ASK["hits"]] += 1
            if asks[head, ASK["hits"]] >= asks[head, ASK["wanted"]]:
                asks[head, ASK["hit"]] = 1
                stops = True
        j = asks[j, ASK["next"]]
    return stops
