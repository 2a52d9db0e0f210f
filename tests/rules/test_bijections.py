"""Every row of the table of bijections, in plain Python: no compiler takes part."""

from __future__ import annotations

import numpy as np
import pytest

import revbench as rb
from revbench.ir.nodes import Apply, Name, Unapply
from revbench.passes.declared import Point, evaluate, samples
from revbench.rules.bijections import BIJECTIONS, OWN, Bijection, law, values

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


def spelled(b: Bijection) -> str:
    return "(x + e) % m" if b.name == "addmod" else f"{b.name}({', '.join(b.params)})"


def test_samples_are_called_by_their_parameters() -> None:
    assert str(Point((1.0, 2.5), ("a", "t"))) == "a = 1, t = 2.5"
