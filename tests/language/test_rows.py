"""Every row of the language, in both directions, on both executors; every trap, with its way out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import InvertibilityError, RevbenchError
from tests.running import STEPS, as_list, last_of, on_machine

from .rows import EXPRESSIONS, LAWS, STATEMENTS, TRAPS, TYPES, Row, Trap

LEGAL = [*STATEMENTS, *EXPRESSIONS, *TYPES]


def named(rows: Iterable[Row | Trap]) -> Any:
    return pytest.mark.parametrize("row", [pytest.param(r, id=r.name) for r in rows])


def numbers(values: Iterable[Any]) -> list[Any]:
    """Registers as arrays of plain numbers, in whatever kind they are."""
    out = []
    for v in values:
        a = np.asarray(list(v) if isinstance(v, rb.Stack) else v)
        out.append(np.array(a.tolist() if a.dtype.names is None else [list(x) for x in np.atleast_1d(a)]))
    return out


def same(got: Iterable[Any], want: Iterable[Any]) -> None:
    for a, b in zip(numbers(got), numbers(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@named(LEGAL)
def test_row(row: Row) -> None:
    f = last_of(row.text, row.names)
    out = as_list(f, f(*row.args, **row.consts))
    if row.out:
        same(out, row.out)
    same(as_list(f, (~f)(*out, **row.consts)), row.args)
    m = on_machine(f, row.args, row.consts)
    assert m.run(STEPS) == "done"
    assert m.run(-STEPS) == "done"
    assert m.time == 0


@named(r for r in LEGAL if r.of)
def test_gradient_of_row(row: Row) -> None:
    report = rb.check_grad(last_of(row.text, row.names), *row.args, of=row.of, direction=False, **row.consts)
    assert report.rows
    assert report, report


@named(LAWS)
def test_law(row: Row) -> None:
    f = last_of(row.text, row.names)
    with pytest.raises(InvertibilityError) as broken:
        f(*row.args, **row.consts)
    assert broken.value.law == row.law
    m = on_machine(f, row.args, row.consts)
    with pytest.raises(InvertibilityError) as seen:
        m.run(STEPS)
    assert seen.value.law == row.law
    assert seen.value.step is not None


@named(TRAPS)
def test_trap(row: Trap) -> None:
    with pytest.raises(RevbenchError) as caught:
        last_of(row.text)(*row.args)
    mistakes = getattr(caught.value, "mistakes", (caught.value,))
    assert row.slug in [m.slug for m in mistakes]
    assert any(row.hint in m.hint for m in mistakes), [m.hint for m in mistakes]
