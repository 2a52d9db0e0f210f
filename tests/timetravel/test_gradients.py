"""How cotangents grew, and whether differences agree with what they came to."""

import json
import math

import numpy as np
import pytest

import revbench as rb
from revbench.timetravel.gradients import gradients_json
from tests.timetravel.texts import ENERGY


@pytest.fixture
def session() -> rb.Session:
    return rb.debug(rb.grad(rb.compile(ENERGY).energy), 0.0, [2.0, 3.0, 4.0])


def test_curves_end_in_the_gradient_and_locals_exist_only_for_a_while(session: rb.Session) -> None:
    session.goto(11)
    found = session.gradients()
    assert session.moment == 11
    curves = {(c.name, c.function): c for c in found.curves}
    x = curves["x.bar", ""]
    want = rb.grad(rb.compile(ENERGY).energy)(0.0, [2.0, 3.0, 4.0])
    assert x.array
    assert x.there.all()
    assert x.values[0] == 0.0
    assert x.values[-1] == pytest.approx(np.linalg.norm(want.x))
    assert found.components["x.bar[1]"] == want.x[1]
    assert found.moments[-1] == session.total
    s_bar = next(c for c in found.curves if c.name == "s.bar")
    assert 0 < s_bar.there.sum() < len(found.moments)
    for k in np.flatnonzero(s_bar.there)[::7]:                     # the same as what a debugger shows there
        session.goto(int(found.moments[k]))
        if "s.bar" in session.names or "s_bar" in session.names:
            assert s_bar.values[k] == session.names.get("s_bar", session.names.get("s.bar"))
    assert "|x.bar|" in str(found)
    assert found.erased == session.end().erased_bits


def test_cotangents_of_short_lived_locals_are_seen_however_few_points_there_are() -> None:
    text = "def spark(out, x):\n    t = x * x\n    out += sin(t)\n\ndef long(out, x):\n    spark(out, x[0])\n    for i in range(len(x)):\n        out += x[i]\n"
    session = rb.debug(rb.grad(rb.compile(text).long), 0.0, np.linspace(1.0, 2.0, 400)).goto(3)
    found = session.gradients(points=5)
    assert session.moment == 3
    t_bar = next(c for c in found.curves if c.name == "t.bar")
    assert t_bar.values[t_bar.there].tolist() == [0.0, np.cos(1.0)]                # when it begins, and before it ends
    assert len(found.moments) == 7


def test_every_component_is_compared_with_differences(session: rb.Session) -> None:
    report = session.check_gradient()
    assert report
    data = gradients_json(session, check=True)
    assert data["ok"]
    assert {row[0] for row in data["rows"]} >= {"d/dx[0]", "d/dx[1]", "d/dx[2]"}


def test_a_nan_travels_as_text() -> None:
    roots = rb.compile("def roots(out, x):\n    for i in range(len(x)):\n        out += sqrt(x[i] - 1.0)\n")
    s = rb.debug(rb.grad(roots), 0.0, [2.0, 0.5, 4.0])
    data = gradients_json(s)
    assert dict(data["components"])["x.bar[1]"] == "nan"
    json.dumps(data, allow_nan=False)
    assert all(v is None or isinstance(v, str) or math.isfinite(v) for c in data["curves"] for v in c["values"])


def test_a_run_that_breaks_a_law_does_not_pass_for_a_gradient() -> None:
    s = rb.debug(rb.grad(rb.compile(ENERGY).energy), 0.0, [2.0, 0.5, 4.0])
    assert not s.complete
    assert "does not come to its end" in gradients_json(s)["text"]


def test_a_run_without_cotangents_says_what_to_open() -> None:
    with pytest.raises(rb.RevbenchError, match="no cotangents"):
        rb.debug(rb.compile(ENERGY).energy, 0.0, [2.0]).gradients()
