"""What a kernel's arguments look like before anybody has called it: guessed from how its body uses them.

An indexed name is an array with as many axes as it has indices, a name that stands in an index or in a range is an
integer, a bare test is a bool, and everything else is a float64. Counters (`n += 1`, `n == 0`) are taken for integers,
if the whole program can be typed that way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.backends.values import normalise, type_of_value
from revbench.errors import RevbenchError
from revbench.ir.nodes import Call, Const, CopyOf, Expr, Fn, For, ForBack, If, Index, Lazy, Loop, Name, Program, Shape, Uncall, Update, ZerosLike
from revbench.ir.typed import TypedLibrary
from revbench.ir.types import BOOL, FLOAT, INT, Array, Scalar, Stack, Type, fields_of, fraction_bits, is_number, is_record, kind, spelled
from revbench.ir.walk import expressions, statements, subexpressions
from revbench.numerics.exact import Exact, ExactArray
from revbench.rules.functions import FUNCTIONS


class _Use:
    """How one program uses its names."""

    def __init__(self) -> None:
        self.axes: dict[str, int] = {}
        self.ints: set[str] = set()
        self.bools: set[str] = set()
        self.counters: set[str] = set()

    def has_axes(self, name: str, n: int) -> None:
        self.axes[name] = max(self.axes.get(name, 0), n)

    def is_int(self, e: Expr) -> None:
        self.ints |= {s.name for s in subexpressions(e) if isinstance(s, Name | Index)}

    def type(self, name: str, counters: bool = False) -> Type:
        counts = counters and name in self.counters and name not in self.axes
        dtype = "int64" if name in self.ints or counts else "bool" if name in self.bools else "float64"
        return Array(dtype, self.axes[name]) if self.axes.get(name) else {"int64": INT, "bool": BOOL}.get(dtype, FLOAT)


def guessed_types(kernel: Kernel) -> tuple[Type, ...]:
    """A type for each register and constant of a kernel: known values first, then use."""
    guess = _guess(kernel, counters=True)
    return guess if typed_for(kernel, guess) else _guess(kernel, counters=False)


def typed_for(kernel: Kernel, types: tuple[Type, ...]) -> TypedLibrary | None:
    """The typed programs for these types, None if they do not fit. The kernel does not remember: a guess is not a call."""
    known = types in kernel._typed
    try:
        return kernel.typed(types)[0]
    except Exception:
        return None
    finally:
        if not known:
            kernel._typed.pop(types, None)


def _guess(kernel: Kernel, counters: bool) -> tuple[Type, ...]:
    library = kernel.library
    uses: dict[str, _Use] = {}
    for _ in range(2):                                                 # the second time around, recursive calls are known
        for name, program in library.programs.items():
            uses[name] = _use(program, library.programs, uses, counters)
    p, use = library.program, uses[library.main]
    known = {**library.defaults.get(p.name, {}), **library.captured.get(p.name, {})}
    return tuple((_known_type(known[n], n) if n in known else None) or use.type(n, counters) for n in (*p.params, *p.consts))


def _known_type(value: Any, name: str) -> Type | None:
    try:
        t = type_of_value(normalise(value, name), name)
    except RevbenchError:
        return None
    return Scalar(t.dtype) if isinstance(t, Scalar) else t


def _use(program: Program, programs: Mapping[str, Program], uses: Mapping[str, _Use], counters: bool) -> _Use:
    use = _Use()
    for s in statements(program.body):
        for e in expressions(s):
            _expression(e, use)
        match s:
            case For() | ForBack():
                for e in (s.range.start, s.range.stop, s.range.step):
                    use.is_int(e)
            case Update(place, "^=", value):
                (use.bools if _truth(value) else use.ints).add(place.name)
                if not _truth(value):
                    use.is_int(value)
            case Update(place, "+=" | "-=", Const(int())):
                use.counters.add(place.name)
            case If(test) | Loop(_, _, test):
                use.bools |= {e.name for e in _tested(test)}
            case Call(callee, args, consts) | Uncall(callee, args, consts) if callee in uses:
                q = programs[callee]
                for name, a in (*zip(q.params, args, strict=False), *consts):
                    _handed(a, uses[callee].type(name, counters), use)
    return use


def _expression(e: Expr, use: _Use) -> None:
    for s in subexpressions(e):
        match s:
            case Index(name, indices):
                use.has_axes(name, len(indices))
                for i in indices:
                    use.is_int(i)
            case Shape(name, axis):
                use.has_axes(name, axis + 1)
            case CopyOf(source) | ZerosLike(source):
                use.has_axes(source.name, 1 + (len(source.indices) if isinstance(source, Index) else 0))
            case Fn(fn) if fn in FUNCTIONS and FUNCTIONS[fn].result == "int":
                use.is_int(s)
            case Fn("eq" | "ne" | "mod" | "floordiv", (Name(name), Const(int()))):
                use.counters.add(name)
            case Lazy() | Fn("not_"):
                use.bools |= {t.name for t in _tested(s)}


def _handed(argument: Expr, t: Type, use: _Use) -> None:
    if not isinstance(argument, Name | Index):
        return
    if isinstance(t, Array):
        use.has_axes(argument.name, t.ndim + (len(argument.indices) if isinstance(argument, Index) else 0))
    if kind(t.dtype) != "f":
        (use.bools if t.dtype == "bool" else use.ints).add(argument.name)


def _truth(e: Expr) -> bool:
    match e:
        case Fn(fn):
            return FUNCTIONS[fn].result == "bool"
        case Const(value):
            return isinstance(value, bool)
        case _:
            return isinstance(e, Lazy)


def _tested(test: Expr) -> list[Name | Index]:
    """The bare names of a condition: `a` and `b[i]` in `a and not b[i]`."""
    match test:
        case Name() | Index():
            return [test]
        case Lazy(_, left, right):
            return _tested(left) + _tested(right)
        case Fn("not_", (inner,)):
            return _tested(inner)
        case _:
            return []


# ---- calls to try
def example_call(kernel: Kernel, namespace: Mapping[str, Any]) -> str:
    """A call that fits the kernel: values of the user's own where a name and its shape agree, small ones elsewhere."""
    types = dict(zip((*kernel.library.program.params, *kernel.library.program.consts), current_types(kernel)[0], strict=True))
    defaults = kernel.library.defaults.get(kernel.library.main, {})
    written = {kernel.registers[k] for k in kernel._written}
    given = [_example(n, types[n], n in written, namespace) for n in kernel.registers if n not in defaults]
    given += [f"{n}={_example(n, types[n], False, namespace)}" for n in kernel.constants if n not in defaults]
    callee = kernel.__qualname__ if kernel.__qualname__.isidentifier() else f"({kernel.__qualname__})"
    return f"{callee}({', '.join(given)})"


def current_types(kernel: Kernel) -> tuple[tuple[Type, ...], bool]:
    """The types of the last call, or guessed ones; and whether they are known."""
    return (next(reversed(kernel._typed)), True) if kernel._typed else (guessed_types(kernel), False)


def _example(name: str, t: Type, written: bool, namespace: Mapping[str, Any]) -> str:
    mine = namespace.get(name)
    if isinstance(mine, np.ndarray | ExactArray if isinstance(t, Array) else bool | int | float | np.generic | Exact):
        try:
            have = type_of_value(mine, name)
        except RevbenchError:
            have = None
        if have is not None and kind(have.dtype) == kind(t.dtype) and getattr(have, "ndim", 0) == getattr(t, "ndim", 0):
            return name
    if is_number(t):
        plain = _example(name, replace(t, dtype="float64"), False, {})
        return f"{spelled(t.dtype) if t.dtype in ('ulog', 'fixed43') else f'fixed({fraction_bits(t.dtype)})'}({plain})"
    if is_record(t):
        made = f"np.zeros({(2,) * getattr(t, 'ndim', 0)!r}, {list(fields_of(t.dtype).items())!r})"
        return f"{made}[()]" if isinstance(t, Scalar) else made
    if isinstance(t, Scalar):
        return {"b": "True", "i": "0" if written else "3", "f": "0.0" if written else "1.0", "c": "0j" if written else "1 + 1j"}[kind(t.dtype)]
    values = {"b": ["True", "False"], "i": ["0", "1"], "f": ["1.0", "2.0"], "c": ["1 + 0j", "1j"]}[kind(t.dtype)]
    if isinstance(t, Array) and t.ndim == 1 and kind(t.dtype) == "f":
        values = ["1.0", "2.0", "3.0"]
    if isinstance(t, Stack):
        return f"Stack([{', '.join(values)}])"
    text = f"[{', '.join(values)}]"
    for _ in range(t.ndim - 1):
        text = f"[{text}, {text}]"
    return text
