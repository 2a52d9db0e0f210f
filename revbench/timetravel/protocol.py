"""What travels between a session and a browser.

A program is plain JSON. A window is the memory at its first moment and typed-array columns: for every moment the row
that runs, its direction and frame, and the cells that it writes with their new values. What a cell held before is
derivable, so it does not travel. Cells are numbered 2 * index + bank (0 floats, 1 ints).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from revbench.backends.machine import Machine
from revbench.backends.machine_program import Code, Function, Symbol
from revbench.backends.machine_trace import Trace
from revbench.errors import Source
from revbench.ir.types import Array, Stack, Type, is_complex, spelled

Wholes = Mapping[str, Mapping[str, tuple[Type, tuple[str, ...]]]]
COTANGENT = re.compile(r"\b(\w+)_bar\b")


def program_json(code: Code, title: str, wholes: Wholes) -> dict[str, Any]:
    """Sources, functions with their symbols, and one entry per row; sets of live names are shared. `wholes`: kernel -> its complex numbers."""
    texts = sources(code)
    lives: dict[tuple[int, frozenset[str]], int] = {}
    order = [list(f.symbols) for f in code.functions]
    rows = []
    for r in code.rows:
        source = texts.index(r.span.source) if r.span is not None else -1
        rows.append({"fn": r.fn, "source": source, "line": r.line, "text": spelled_out(r.text, code.functions[r.fn].symbols), "kind": r.kind, "part": r.part,
                     "live": lives.setdefault((r.fn, r.live), len(lives)), "live_after": lives.setdefault((r.fn, r.live_after), len(lives))})
    main = code.typed.program.span
    return {
        "title": title, "main_source": texts.index(main.source) if main is not None and main.source in texts else 0,
        "sources": [{"name": s.name, "first_line": s.first_line, "lines": s.text.splitlines()} for s in texts],
        "functions": [{"name": f.name, "symbols": symbols_json(f, wholes)} for f in code.functions],
        "lives": [[k for k, n in enumerate(order[fn]) if n in names] for fn, names in lives],
        "rows": rows,
    }


def sources(code: Code) -> list[Source]:
    """The texts that rows come from, in the order in which rows name them."""
    return list(dict.fromkeys(r.span.source for r in code.rows if r.span is not None))


def spelled_out(text: str, symbols: Mapping[str, Symbol]) -> str:
    """A statement with its cotangents as people ask for them: `x.bar`."""
    return COTANGENT.sub(lambda m: f"{m[1]}.bar" if m[0] in symbols and symbols[m[0]].of else m[0], text) if "_bar" in text else text


def symbols_json(f: Function, wholes: Wholes) -> list[dict[str, Any]]:
    """The symbols of a function; parts of complex numbers say of which one, and arrays of them that their last axis is (real, imaginary)."""
    kernel = max((k for k in wholes if f.name == k or f.name.startswith(f"{k}_")), key=len, default="")      # gradients and adjoints are named after it
    out = [symbol_json(s) for s in f.symbols.values()]
    for name, (t, parts) in wholes.get(kernel, {}).items():
        for symbol in out if is_complex(t) else ():
            of = symbol["of"] or symbol["name"]
            if of in parts:
                symbol["complex"] = "array" if len(parts) == 1 else [name, ("real", "imag")[parts.index(of)]]
    return out


def symbol_json(s: Symbol) -> dict[str, Any]:
    return {"name": s.name, "bank": s.bank, "mode": s.mode, "slot": s.slot, "ndim": s.type.ndim if isinstance(s.type, Array) else 0,
            "dtype": "stack" if isinstance(s.type, Stack) else spelled(s.number or s.type.dtype), "role": s.role, "of": s.of}


def window_json(start: int, floats: NDArray[np.float64], ints: NDArray[np.int64], trace: Trace, machine: Machine, count: int, erased: int) -> dict[str, Any]:
    """The recorded columns as bytes; `machine` stands at the window's end, and `erased` bits were erased before its start."""
    n, events = machine.register("moments"), machine.register("events")
    assert n == count, "compiler bug: a window that is shorter than was asked for"
    return {
        "start": start,
        "rows": trace.row[:n].tobytes(), "dirs": trace.dir[:n].tobytes(),
        "ips": np.append(trace.ip[:n], np.int32(machine.register("ip"))).astype(np.int32).tobytes(),
        "offsets": np.append(trace.offset[:n], np.int32(events)).astype(np.int32).tobytes(),
        "addr": trace.address[:events].tobytes(), "after": trace.after[:events].tobytes(),
        "floats": floats.tobytes(), "ints": ints.astype(np.float64).tobytes(),
        "erased": erased, "tails": {"row": machine.row, "dir": machine.register("dir")},
    }


def plain(value: Any) -> Any:
    """A number as JSON has it: NaN and infinities travel as texts."""
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value
