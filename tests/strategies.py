"""Random kernels for Hypothesis: text that is legal, or refused for a reason that only the compiler can know.

A kernel has two float outputs `y` and `z`, a written array `w`, a counter `n`, an unsigned `u`, a bool `b`, a
fixed-point `p`, and read-only `x` and `c`. Values stay small: what is added goes through a bounded function. Exact
registers are computed from what is exact on the way back too, so that they come back bit by bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import revbench as rb

HELPER = """\
def g(r, u):
    t = 0.5 * u
    s = t * t
    r += sin(t) - 0.1 * tanh(s)

"""
LENGTH = 4
ARGS: tuple[Any, ...] = (0.37, -0.83, [0.71, -0.29, 1.13, -1.31], 2, np.uint16(40007), True, rb.Fixed43(0.4375), [0.53, -0.61, 0.97, 1.07], 0.59)
REGISTERS = ("y", "z", "w", "n", "u", "b", "p", "x", "c")
DIFFERENTIABLE = ("y", "z", "w", "p", "x", "c")


def moved(along: Mapping[str, Any], by: float) -> list[Any]:
    """The arguments, a step further along a direction."""
    out = []
    for q, v in zip(REGISTERS, ARGS, strict=True):
        new = np.asarray(v, float) + by * along[q] if q in along else v
        out.append(v if q not in along else rb.Fixed43(float(new)) if q == "p" else new if new.ndim else float(new))
    return out


def _rot(a: float, b: float, t: float) -> tuple[float, float]:
    return a * math.cos(t) - b * math.sin(t), a * math.sin(t) + b * math.cos(t)


def _logsumexp(v: Any) -> Any:
    return np.log(np.sum(np.exp(v)))


#   what plain Python does not know
PYTHON: Mapping[str, Any] = {
    "mean": np.mean, "prod": np.prod, "logsumexp": _logsumexp, "rot": _rot, "Stack": list,
    "hadamard": lambda a, b: ((a + b) / math.sqrt(2.0), (a - b) / math.sqrt(2.0)), "keep": lambda v: v,
    "rotl": lambda v, k: np.uint16((int(v) << k | int(v) >> (16 - k)) & 0xffff), "rotr": lambda v, k: np.uint16((int(v) >> k | int(v) << (16 - k)) & 0xffff),
}


@dataclass
class _Scope:
    """What can be named here: whole numbers, float locals, local arrays; and how many blocks stand around."""

    indices: list[str] = field(default_factory=list)
    locals: list[str] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)
    depth: int = 0

    def inner(self, *indices: str) -> _Scope:
        return _Scope([*self.indices, *indices], list(self.locals), list(self.arrays), self.depth + 1)

    def exact(self) -> _Scope:
        """Without what comes back only up to rounding."""
        return _Scope(self.indices, [], [], self.depth)

    def without(self, name: str) -> _Scope:
        return _Scope(self.indices, [t for t in self.locals if t != name], [a for a in self.arrays if a != name], self.depth)


class _Names:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"


@st.composite
def kernels(draw: st.DrawFn) -> str:
    """The text of a random kernel `f(y, z, w, n, u, b, p, x, c)`, with its helper `g`."""
    lines = _block(draw, _Scope(), _Names(), draw(st.integers(3, 9)))
    return "\n".join([f"{HELPER}", f"def f({', '.join(REGISTERS)}):", *("    " + line for line in lines), "    y += 0.3 * z", ""])


def _index(draw: st.DrawFn, scope: _Scope) -> str:
    fixed = [str(k) for k in range(LENGTH)]
    return draw(st.sampled_from([*scope.indices * 3, *(f"{LENGTH - 1} - {i}" for i in scope.indices), *fixed]))


def _atom(draw: st.DrawFn, scope: _Scope, registers: tuple[str, ...]) -> str:
    elements = [f"{a}[{_index(draw, scope)}]" for a in ("x", *scope.arrays, *(["w"] if "w" in registers else []))]
    scalars = [r for r in registers if r in ("y", "z", "p")]
    return draw(st.sampled_from(["c", "0.3", "1.7", *elements * 2, *scope.locals * 4, *scalars * 2, *(f"0.25 * {i}" for i in scope.indices)]))


def _expression(draw: st.DrawFn, scope: _Scope, registers: tuple[str, ...], depth: int = 2) -> str:
    """Reads locals, `x`, `c`, and those registers that are named."""
    def part() -> str:
        return _expression(draw, scope, registers, depth - 1)

    kind = draw(st.sampled_from(["atom", "sum", "product", "quotient", "function", "choice"])) if depth else "atom"
    match kind:
        case "sum":
            return f"({part()} {draw(st.sampled_from('+-'))} {part()})"
        case "product":
            return f"{part()} * {part()}"
        case "quotient":
            return f"({part()}) / (1.5 + {part()} ** 2)"
        case "function":
            return f"{draw(st.sampled_from(['sin', 'cos', 'tanh', 'atan', 'logistic']))}({part()})"
        case "choice":
            return f"({part()} if {_test(draw, scope, registers)} else {part()})"
        case _:
            return _atom(draw, scope, registers)


def _test(draw: st.DrawFn, scope: _Scope, registers: tuple[str, ...]) -> str:
    return f"{_atom(draw, scope, registers)} {draw(st.sampled_from('<>'))} {draw(st.sampled_from(['0.113', '-0.271', '0.641']))}"


def _bounded(draw: st.DrawFn, scope: _Scope, registers: tuple[str, ...]) -> str:
    return f"{draw(st.sampled_from(['0.4', '0.7']))} * {draw(st.sampled_from(['sin', 'cos', 'tanh']))}({_expression(draw, scope, registers)})"


def _block(draw: st.DrawFn, scope: _Scope, names: _Names, size: int) -> list[str]:
    return [line for _ in range(size) for line in _statement(draw, scope, names)]


def _indented(draw: st.DrawFn, scope: _Scope, names: _Names, size: int) -> list[str]:
    return ["    " + line for line in _block(draw, scope, names, draw(st.integers(1, size)))]


def _statement(draw: st.DrawFn, scope: _Scope, names: _Names) -> list[str]:
    kinds = ["local", "local", "register", "register", "element", "scale", "exchange", "count", "array", "call", "compute"]
    kinds += ["turn", "bits", "exact", "whole", "reduction", "stack"]
    kinds += ["keep"] if scope.locals and scope.depth else []
    kinds += ["change"] * 4 if scope.locals else []
    kinds += ["fill"] * 3 if scope.arrays and scope.indices else []
    kinds += ["swap"] if len(scope.locals) > 1 else []
    kinds += ["for", "for", "for", "if", "if", "while", "unchecked"] if scope.depth < 2 else []
    op = draw(st.sampled_from(["+=", "-="]))
    risky = ("y", "z", "w", "p") if draw(st.integers(0, 5)) == 0 else ()            # a local that reads registers may be impossible to undo
    match draw(st.sampled_from(kinds)):
        case "local":
            name, value = names("t"), _bounded(draw, scope, risky)
            scope.locals.append(name)
            return [f"{name} = {value}"]
        case "array":
            name = names("a")
            scope.arrays.append(name)
            return [f"{name} = {draw(st.sampled_from([f'zeros({LENGTH})', 'x', 'zeros_like(x)']))}"]
        case "compute":
            name, more = names("t"), names("t")
            first, second = _bounded(draw, scope, risky), _atom(draw, scope, ())
            scope.locals += [name, more]
            return ["with compute():", f"    {name} = {first}", f"    {more} = {name} * {second}", f"    {name} {op} {more}"]
        case "change":
            name = draw(st.sampled_from(scope.locals))
            others = scope.without(name)
            return [draw(st.sampled_from([f"{name} {op} {_bounded(draw, others, risky)}", f"{name} *= 1.2 + {_bounded(draw, others, ())}"]))]
        case "fill":
            name = draw(st.sampled_from(scope.arrays))
            return [f"{name}[{_index(draw, scope)}] {op} {_bounded(draw, scope.without(name), risky)}"]
        case "swap":
            a, b = draw(st.permutations(scope.locals))[:2]
            return [f"{a}, {b} = {b}, {a}"]
        case "register":
            name = draw(st.sampled_from("yz"))
            return [f"{name} {op} {_bounded(draw, scope, tuple(sorted({'y', 'z', 'w', 'p'} - {name})))}"]
        case "element":
            return [f"w[{_index(draw, scope)}] {op} {_bounded(draw, scope, ('y', 'z', 'p'))}"]
        case "scale":
            name, times = draw(st.sampled_from("yz")), draw(st.sampled_from(["*=", "/="]))
            return [f"{name} {times} 1.3 + {_bounded(draw, scope, ())}"]
        case "exchange":
            i, j, k = draw(st.permutations(range(LENGTH)))[:3]
            cycle = f"w[{i}], w[{j}], w[{k}] = w[{k}], w[{i}], w[{j}]"
            return [draw(st.sampled_from([f"w[{i}], w[{j}] = w[{j}], w[{i}]", cycle, f"w[{i}], z = z, w[{i}]"]))]
        case "count":
            return [f"n {op} {draw(st.sampled_from(['1', '3', *scope.indices]))}"]
        case "call":
            name = draw(st.sampled_from(["y", "z", *scope.locals]))
            return [f"{draw(st.sampled_from(['', '~']))}g({name}, {_expression(draw, scope.without(name), ())})"]
        case "turn":
            by = _bounded(draw, scope, ())
            return [draw(st.sampled_from(["y = -y", "w[1] = -w[1]", "y, z = hadamard(y, z)", f"y, z = rot(y, z, {by})", f"z, w[2] = rot(z, w[2], {by})"]))]
        case "bits":
            test = _test(draw, scope.exact(), ())
            return [draw(st.sampled_from(["b = not b", f"b ^= {test}", "u *= 77", "u += 51234", "u ^= 1999", "u = rotl(u, 5)", "u = rotr(u, 3)",
                                          *(f"u -= 3 * {i}" for i in scope.indices)]))]
        case "whole":
            by = _atom(draw, scope, ())
            return [draw(st.sampled_from([f"w {op} 0.3 * x", f"w {op} 0.2 * sin(x * {by})", f"w[1:] {op} 0.4 * x[:{LENGTH - 1}] * {by}",
                                          f"w[::2] {op} 0.1 * {by}",
                                          "w[:2], w[2:] = w[2:], w[:2]", *(f"{a} {op} 0.5 * x" for a in scope.arrays)]))]
        case "reduction":
            array = draw(st.sampled_from(["x", "x[1:]", "x * x", *scope.arrays, *(f"{a} * x" for a in scope.arrays)]))
            name = draw(st.sampled_from(["y", "z", *scope.locals]))
            function = draw(st.sampled_from(["sum", "max", "min", "mean", "prod", "logsumexp"]))
            return [f"{name} {op} 0.3 * tanh({function}({array}))"] if name in "yz" else [f"{name} {op} 0.3 * tanh({function}(x))"]
        case "stack":
            name, first, second = names("s"), _bounded(draw, scope, risky), _bounded(draw, scope, ())
            return [f"{name} = Stack()", f"{name}.append({first})", f"y {op} 0.3 * {name}[-1]", f"{name}.append({second})", f"z {op} sin({name}[-1])"]
        case "exact":
            return [f"p {op} {_bounded(draw, scope.exact(), ())}"]
        case "keep":
            name = draw(st.sampled_from(scope.locals))
            return [f"{name} = keep({_bounded(draw, scope, ())})"]
        case "for":
            i = names("i")
            head = draw(st.sampled_from([f"range({LENGTH})", "range(len(x))", "range(1, 3)", f"reversed(range({LENGTH}))", "range(3, 0, -2)", "range(0)"]))
            return [f"for {i} in {head}:", *_indented(draw, scope.inner(i), names, 4)]
        case "while":
            k = names("k")
            known = [f"came_from({k} == 0)"] if draw(st.booleans()) else []
            return [f"{k} = 0", *known, f"while {k} < {draw(st.integers(0, 3))}:", *_indented(draw, scope.inner(), names, 3), f"    {k} += 1"]
        case "unchecked":
            return ["with unchecked():", *_indented(draw, scope.inner(), names, 3)]
        case _:
            lines = [f"if {_test(draw, scope, ())}:", *_indented(draw, scope.inner(), names, 3)]
            return [*lines, "else:", *_indented(draw, scope.inner(), names, 3)] if draw(st.booleans()) else lines
