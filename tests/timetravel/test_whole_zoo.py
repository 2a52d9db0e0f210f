"""Sessions over programs of every kind: moves, writes, other pasts and files agree with the way forward."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import NotAPlace, RevbenchError
from tests.programs import ZOO
from tests.running import last_of

SOME = list(ZOO)[::5]                                   # a change of the zoo changes which ones; in time all have their turn
LONGEST = 3000                                          # instructions


def sessions(name: str) -> Iterator[rb.Session]:
    """Of a program, and of its gradient if it has one."""
    case = ZOO[name]
    kernel = last_of(case.text, case.names)
    for target in (kernel, rb.grad(kernel, of=case.of, wrt=case.wrt)):
        try:
            s = rb.debug(target, *case.args, **case.consts)
        except RevbenchError:                           # not differentiable
            continue
        if s.total <= LONGEST:
            yield s


def agree(one: Any, other: Any) -> bool:
    a, b = np.asarray(one), np.asarray(other)
    if a.dtype.kind in "fc":
        return a.shape == b.shape and np.allclose(a, b, rtol=1e-6, atol=1e-6, equal_nan=True)
    return repr(one) == repr(other)


def ahead(s: rb.Session, moment: int) -> dict[str, Any]:
    """What the way forward has there."""
    s.restore_at(moment)
    return dict(s.parts)


@pytest.mark.parametrize("name", SOME)
def test_every_way_to_a_moment_finds_the_same_values(name: str) -> None:
    for s in sessions(name):
        for moment in np.linspace(0, s.total, 5).astype(int).tolist():
            want = ahead(s, moment)
            for begin in (s.total, 0, s.total // 2):
                found = s.goto(begin).goto(moment).parts
                assert s.moment == moment
                assert found.keys() == want.keys()
                assert [n for n in want if not agree(found[n], want[n])] == []


@pytest.mark.parametrize("name", SOME)
def test_places_of_every_kind_are_asked_about(name: str) -> None:
    """The value that is there has the past that it has; what wrote it last lies behind, what writes it next ahead."""
    for s in sessions(name):
        for moment in (s.total // 3, 2 * s.total // 3):
            for place, value in list(ahead(s, moment).items()):
                if not np.size(value) or place.startswith("_"):
                    continue
                text = f"{place}[{', '.join('0' * np.ndim(value))}]" if np.ndim(value) else place
                try:
                    found = s.goto(moment).what_if(text, np.ravel(value)[0])
                except NotAPlace:                       # a stack
                    continue
                assert found, str(found)
                last = s.goto(moment).last_write(text)
                assert last is None or last.moment < moment
                following = s.goto(moment).next_write(text)
                assert following is None or following.moment >= moment


@pytest.mark.parametrize("name", SOME)
def test_every_session_survives_a_file(name: str, tmp_path: Path) -> None:
    for s in sessions(name):
        s.goto(s.total // 2).save(tmp_path / "s.json")
        again = rb.Session.load(tmp_path / "s.json")
        assert (again.moment, again.total) == (s.moment, s.total)
        assert again.end().parts.keys() == s.end().parts.keys()
        assert [n for n in s.parts if not agree(again.parts[n], s.parts[n])] == []
