"""Every row of the table of bijections: it undoes itself, computes what Python computes, and has the derivatives of that."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench import Fixed43
from revbench.errors import InvertibilityError
from revbench.ir.nodes import Apply, Name, Unapply
from revbench.passes.declared import Point, evaluate, samples
from revbench.rules.bijections import BIJECTIONS, OWN, Bijection, law, values
from tests.in_python import VOCABULARY
from tests.running import STEPS, assert_close, cotangents_on_machine, last_of, on_machine

FLOATS = [BIJECTIONS[name] for name in sorted(OWN) if "f" in BIJECTIONS[name].kinds]
WHOLE = [BIJECTIONS[name] for name in sorted(OWN) if "i" in BIJECTIONS[name].kinds]


def applied(b: Bijection, kind: type[Apply] | type[Unapply] = Apply) -> Apply | Unapply:
    names = tuple(map(Name, b.params))
    return kind(b.name, names[:b.places], names[b.places:])


@pytest.mark.parametrize("b", FLOATS, ids=lambda b: b.name)
def test_before_undoes_after_on_floats(b: Bijection) -> None:
    s, points = applied(b), 0
    for point in samples(b.params, b.on, 20):
        env = dict(zip(b.params, point.values, strict=True))
        needed = law(s, "float64")
        assert needed is None or evaluate(needed, env), point
        there = env | dict(zip(b.params, [evaluate(e, env) for e in values(s, "float64")], strict=False))
        back = [evaluate(e, there) for e in values(s, "float64", back=True)]
        assert back == pytest.approx(point.values[:b.places], abs=1e-12)
        points += 1
    assert points == 20


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint32"])
@pytest.mark.parametrize("b", WHOLE, ids=lambda b: b.name)
def test_whole_numbers_come_back_bit_by_bit(b: Bijection, dtype: str) -> None:
    """Through the compiler, for it is the widths that matter."""
    given = ", ".join(b.params)
    f = rb.compile(f"def f({given}):\n    {b.params[0]} = {'-x' if b.name == 'neg' else '~x' if b.name == 'invert' else spelled(b)}\n")
    numbers = np.random.default_rng(5).integers(np.iinfo(dtype).min, np.iinfo(dtype).max, 12, dtype, endpoint=True)
    seen = set()
    for n in (dtype_value for dtype_value in numbers):
        for k in (1, 3, 7):
            start = np.dtype(dtype).type(abs(int(n)) % 23) if b.name == "addmod" else n
            more = {"addmod": (k * 11, 23), "neg": (), "invert": ()}.get(b.name, (k,))
            out = f(start, *more)
            assert ((~f)(*out)[0] if more else (~f)(out)) == start
            seen.add(int(out[0] if more else out))
    assert len(seen) > 5


# ---- what they compute
IN_PYTHON: dict[str, Any] = {
    "neg": np.negative, "conj": np.conj, "not_": np.logical_not, "invert": np.invert,
    "addmod": lambda x, e, m: type(x)((x.item() + e) % m) if isinstance(x, np.generic) else (x + e) % m,
    **{name: VOCABULARY[name] for name in ("rot", "hadamard", "rotl", "xorshl", "xorshr")}}
SPELLED = {"neg": "-x", "conj": "x.conjugate()", "not_": "not x", "invert": "~x", "addmod": "(x + e) % m"}
REALS: dict[str, tuple[float, ...]] = {"neg": (1.5,), "rot": (0.3, -0.7, 1.1), "hadamard": (0.3, -0.7), "addmod": (1.7, 2.2, 3.0)}
GIVEN: list[tuple[str, tuple[Any, ...]]] = [
    *REALS.items(), ("neg", (1.5 - 2j,)), ("neg", (np.int8(-7),)), ("neg", (Fixed43(0.75),)), ("conj", (1.5 - 2j,)), ("not_", (True,)),
    ("invert", (np.int8(5),)), ("invert", (np.uint16(9),)), ("addmod", (5, 9, 7)), ("addmod", (np.uint8(5), 254, 7)),
    *((name, (np.dtype(dtype).type(n), k)) for name in ("rotl", "xorshl", "xorshr") for dtype, n, k in (
        ("int8", -77, 3), ("uint32", 3000000001, 13), ("int64", -9007199254740993, 41), ("int64", 5, 64)))]


def program(name: str) -> str:
    b = BIJECTIONS[name]
    value = SPELLED.get(name) or f"{name}({', '.join(b.params)})"
    return f"def f({', '.join(b.params)}):\n    {', '.join(b.params[:b.places])} = {value}\n"


@pytest.mark.parametrize(("name", "args"), GIVEN, ids=[f"{name}-{'-'.join(str(getattr(a, 'dtype', type(a).__name__)) for a in args)}-{k}"
                                                       for k, (name, args) in enumerate(GIVEN)])
def test_a_row_computes_what_python_computes(name: str, args: tuple[Any, ...]) -> None:
    f, n = last_of(program(name)), BIJECTIONS[name].places
    m = on_machine(f, args)
    assert m.run(STEPS) == "done"
    if name == "neg" and isinstance(args[0], Fixed43):
        want = [-args[0]]
    else:
        want = IN_PYTHON[name](*args)
        want = list(want) if n > 1 else [want]
    held = [complex(*m.outputs())] if isinstance(args[0], complex) else m.outputs()
    out = [type(a)(v) if isinstance(a, np.generic) else v for a, v in zip(args, held, strict=True)]
    assert_close(out[:n], want)
    back = on_machine(~f, out)
    assert back.run(STEPS) == "done"
    assert_close(back.outputs(), on_machine(f, args).outputs())
    written = on_machine(last_of((~f).show("ir")), out)
    assert written.run(STEPS) == "done"
    assert_close(written.outputs(), on_machine(f, args).outputs())


@pytest.mark.parametrize(("name", "args"), [("addmod", (3, 1, 3)), ("addmod", (-1, 1, 3)), ("xorshl", (5, 0)), ("xorshr", (5, 0))])
def test_where_a_row_has_no_inverse_a_law_is_broken(name: str, args: tuple[int, ...]) -> None:
    with pytest.raises(InvertibilityError, match="` needs `"):
        on_machine(last_of(program(name)), args).run(STEPS)


@pytest.mark.parametrize("name", REALS)
def test_the_jacobian_is_finite_differences(name: str) -> None:
    b, args = BIJECTIONS[name], REALS[name]
    weighed = " + ".join(f"{k + 2} * {p}" for k, p in enumerate(b.params[:b.places]))
    f = last_of(f"{program(name).replace('def f(', 'def f(out, ')}    out += {weighed}\n")
    found = cotangents_on_machine(f, (0.0, *args), "out", [p for p in b.params if p != "m"])

    def value(*args: float) -> float:
        out = IN_PYTHON[name](*args)
        return sum((k + 2) * float(v) for k, v in enumerate(out if b.places > 1 else [out]))

    for k, p in enumerate(b.params):
        ahead, behind = (value(*args[:k], args[k] + h, *args[k + 1:]) for h in (1e-5, -1e-5))
        assert p == "m" or math.isclose(found[p], (ahead - behind) / 2e-5, rel_tol=1e-8, abs_tol=1e-8)


def spelled(b: Bijection) -> str:
    return "(x + e) % m" if b.name == "addmod" else f"{b.name}({', '.join(b.params)})"


def test_samples_are_called_by_their_parameters() -> None:
    assert str(Point((1.0, 2.5), ("a", "t"))) == "a = 1, t = 2.5"
