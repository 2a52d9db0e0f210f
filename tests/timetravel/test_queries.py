"""Who wrote a place, other pasts, round-off, NaN, and what a gradient is made of."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench._api import compile_source
from revbench.errors import BadSession, NotAPlace, RevbenchError, Source, UnknownName, ValueOutOfRange, WrongArguments, WrongType
from revbench.paper.adbench import make_gmm
from revbench.paper.gmm import gmm_objective, objective_arguments
from revbench.rules.functions import FUNCTIONS
from tests.programs import ZOO
from tests.running import last_of

from .texts import NORM

TEXT = NORM + """
def table(out, x):
    a = zeros((len(x), 2))
    for i in range(len(x)):
        a[i, 1] += x[i]
    for i in range(len(x)):
        out += a[i, 1] * x[len(x) - 1 - i]
    for i in range(len(x) - 1):
        x[i], x[i + 1] = x[i + 1], x[i]
    x[0], out = out, x[0]
"""
X = np.array([1.0, 2.0, 3.0])


@pytest.fixture(scope="module")
def programs() -> Any:
    return rb.compile(TEXT)


def session(programs: Any, kind: str) -> rb.Session:
    match kind.split():
        case ["gradient", "of", name]:
            return rb.debug(rb.grad(getattr(programs, name)), 0.0, X)
        case [name]:
            return rb.debug(getattr(programs, name), 0.0, X)
    raise AssertionError(kind)


PLACES = [("norm", "s", 20), ("norm", "out", 30), ("norm", "i", 20), ("gradient of norm", "x.bar[1]", 125), ("gradient of norm", "s.bar", 100),
          ("gradient of norm", "x.bar", 126), ("table", "a[1, 1]", 12), ("table", "a", 12), ("table", "x[0]", 18), ("norm", "t", 6), ("norm", "y", 6)]


@pytest.mark.parametrize(("kind", "place", "at"), PLACES)
def test_the_last_and_the_next_write_and_the_history_against_looking_at_every_moment(programs: Any, kind: str, place: str, at: int) -> None:
    s = session(programs, kind).goto(at)
    text = place.replace(".bar", "_bar")
    while text.split("[")[0] not in s.parts:
        s.step()
    at = s.moment
    ip, values = s.machine.register("ip"), dict[int, Any]()
    low = high = at
    for step in (-1, 1):
        t = at
        while 0 <= t <= s.total:
            s.goto(t)
            inside = ip in [f.ip for f in s.where()]
            if s.machine.register("ip") == ip:
                try:
                    values[t] = np.array(eval(text, {}, s.parts))
                except NameError:
                    break
            elif not inside:
                break
            low, high = min(low, t), max(high, t)
            t += step
    seen = sorted(values)
    changed = [(a, b) for a, b in pairwise(seen) if not np.array_equal(values[a], values[b])]
    earlier = [(a, b) for a, b in changed if b <= at]
    found = s.goto(at).last_write(place)
    if earlier:
        assert found is not None
        assert earlier[-1][0] <= found.moment < earlier[-1][1] or found.before == found.after
        assert s.moment == found.moment
    later = [(a, b) for a, b in changed if a >= at]
    found = s.goto(at).next_write(place)
    if later:
        assert found is not None
        assert later[0][0] <= found.moment < later[0][1] or found.before == found.after
        assert s.moment == found.moment + 1
    if values[at].shape == ():
        s.goto(at)
        h = s.history(place)
        assert s.moment == at
        for t in seen:
            held = [v for moment, v in h if moment <= t]
            assert held[-1] == pytest.approx(float(values[t]), rel=1e-12, abs=1e-12), t
        assert len(h) >= len(changed)


def test_a_history_can_be_sketched(programs: Any) -> None:
    h = rb.debug(programs.norm, 0.0, np.ones(2000)).run(until="i == 1000").history("s")
    moments, values = h.sketch(50)
    assert len(moments) == len(values) == 50
    assert (moments[0], values[0], moments[-1]) == (h.moments[0], 0.0, h.moments[-1])


BAD = [("nobody", UnknownName, "not live"), ("x[7]", ValueOutOfRange, "out of range"), ("x[0, 0]", NotAPlace, "2 indices"), ("s + 1", NotAPlace, "not a place"),
       ("x[j]", UnknownName, "no value"), ("s.bar", UnknownName, "not live"), ("s >", RevbenchError, "not an expression")]


@pytest.mark.parametrize(("place", "kind", "words"), BAD)
def test_places_that_are_not_there_are_refused_and_nothing_moves(programs: Any, place: str, kind: type[RevbenchError], words: str) -> None:
    s = session(programs, "norm").goto(9)
    for ask in (s.last_write, s.next_write, s.history, lambda p: s.what_if(p, 1.0)):
        with pytest.raises(kind, match=words):
            ask(place)
        assert s.moment == 9
    with pytest.raises(WrongArguments, match="3 values"):
        s.history("x")


# ---- other pasts
def test_the_multiplier_run_backwards_from_another_product() -> None:
    mul = rb.compile("def mul(y, a, b):\n    y += a * b\n")
    s = rb.debug(mul, 2, 3, 5).end()
    assert s.names == {"y": 17, "a": 3, "b": 5}
    found = s.what_if("y", 20)
    assert found
    assert found.inputs == {"y": 5, "a": 3, "b": 5}
    assert s.names["y"] == 17
    with pytest.raises(WrongType, match=r"cannot hold 2\.5"):
        s.what_if("y", 2.5)


def test_a_history_that_is_impossible_stops_at_the_guilty_statement() -> None:
    f = rb.compile("def f(y, x):\n    t = x * x\n    y += t\n    y += 1\n")
    s = rb.debug(f, 0, 3).run(until=4)
    assert s.names == {"y": 9, "x": 3, "t": 9}
    found = s.what_if("t", 10)
    assert not found
    assert (found.line, found.text) == (2, "t = x * x")
    assert "impossible: line 2" in str(found)
    assert found.outputs is None
    assert s.names == {"y": 9, "x": 3, "t": 9}
    assert s.what_if("x", 4).line == 2
    assert "further on" not in str(found)                       # it is the same law, on the same line
    assert str(found).count("does not return to") == 1


def test_of_the_law_that_breaks_further_on_only_the_message_is_told() -> None:
    f = rb.compile("def f(y, x):\n    t = x * x\n    y += t\n    assert y < 100\n    y += 1\n")
    found = rb.debug(f, 0, 3).run(until=3).what_if("y", 95)
    assert found.inputs == {"y": 95, "x": 3}
    assert found.consequence.startswith("`y < 100` does not hold")
    *_, last = str(found).splitlines()
    assert last == f"further on: {found.consequence}"
    assert "hint" not in last



# ---- round-off
def test_dirt_is_found_at_the_statement_that_leaves_it() -> None:
    f = rb.compile("def f(y, x):\n    x += 1.0\n    y += x\n    y += 1e9\n    x += 2.0\n")
    s = rb.debug(f, 0.1, 0.2)
    found = s.dirt(1e-12)
    assert found is not None
    assert (found.line, found.text, s.moment) == (4, "y += 1000000000.0", found.moment)
    assert found.value == pytest.approx(abs(0.1 + 1.2 + 1e9 - 1e9 - 1.3) / 1.3, rel=0.1)
    assert s.dirt(1e-3) is None


# ---- NaN
DEEP = """
def deep(out, x):
    s = 0.0
    for i in range(len(x)):
        t = 0.0
        for j in range(3):
            t += log(x[i] - 0.1 * j)
        s += t * t
    out += s
"""


@pytest.mark.parametrize("gradient", [False, True])
def test_a_planted_nan_is_traced_to_its_line_and_turn(gradient: bool) -> None:
    f, x = rb.compile(DEEP), np.linspace(1, 2, 500)
    x[237] = 0.15
    s = rb.debug(rb.grad(f) if gradient else f, 0.0, x)
    found = s.origin_of_nan()
    assert (found.line, found.loops) == (7, {"i": 237, "j": 2})
    assert "log(x[i]" in found.text
    assert s.names["x"][237] == 0.15
    assert np.isfinite(s.names["t"])
    x[237] = 0.2                                              # log of 0, up to rounding: an infinity, or a large number
    clean = rb.debug(f, 0.0, np.linspace(1, 2, 50))
    assert clean.origin_of_nan() is None
    assert clean.moment == clean.total
    x[3] = np.nan
    assert rb.debug(f, 0.0, x).origin_of_nan() == "x"


def test_an_infinity_is_found_where_it_is_asked_for() -> None:
    f = rb.compile("def f(y, x):\n    y += x\n    y += 1.0 / (x - 1.0)\n")
    s = rb.debug(f, 0.0, 1.0)
    assert s.origin_of_nan() is None
    found = s.origin_of_nan(infinite=True)
    assert (found.line, found.value) == (3, np.inf)


# ---- gradients
def test_contributions_sum_to_the_component() -> None:
    gmm = make_gmm(2, 3, 40)
    registers, constants = objective_arguments(gmm)
    s = rb.debug(rb.grad(gmm_objective), *registers, **constants)
    gradient = rb.grad(gmm_objective)(*registers, **constants)
    for place, component in (("means.bar[1, 0]", gradient.means[1, 0]), ("alphas.bar[2]", gradient.alphas[2]), ("icf.bar[0, 2]", gradient.icf[0, 2])):
        found = s.contributions(place)
        assert found.total == pytest.approx(component, rel=1e-12)
        assert found.sum() == pytest.approx(found.total, rel=1e-13)
        assert sum(found.by_line.values()) == pytest.approx(found.total, rel=1e-12)
        assert len(found) >= 40
        assert str(found).startswith(place)


@pytest.fixture(scope="module")
def two_cells() -> rb.Kernel:
    first = compile_source(Source("cell 1", "def term(y, a):\n    t = a * a\n    y += t * a\n"), {}, True, True, False)
    total = Source("cell 2", "def total(y, x):\n    for i in range(len(x)):\n        term(y, x[i])\n    y += x[0]\n")
    return compile_source(total, dict(first), True, True, False)["total"]


def test_lines_of_the_same_number_in_two_sources_are_told_apart(two_cells: rb.Kernel) -> None:
    s = rb.debug(rb.grad(two_cells), 0.0, [2.0, 3.0])
    found = s.contributions("x.bar[0]")
    names = [source.name for source in s.sources]
    assert {(names[source], line): amount for (source, line), amount in found.by_place.items()} == {
        ("cell 1", 2): 8.0, ("cell 1", 3): 4.0, ("cell 2", 4): 1.0}
    assert "(cell 1)" in str(found)
    assert sum(found.by_place.values()) == found.total == 13.0


def test_names_of_callers_are_found_past_those_of_the_function_that_runs() -> None:
    same = rb.compile("def inner(y, x):\n    s = x + x\n    y += s\n\ndef outer(y, x):\n    s = x * x\n    inner(y, s)\n    y += s\n").outer
    s = rb.debug(same, 0.0, 3.0)
    while s.machine.function != "inner" or "s" not in s.names:
        s.step()
    t = s.moment
    written = [s.goto(t).last_write("s", frame) for frame in (0, 1)]
    assert [(w.line, w.after) for w in written if w] == [(2, 18.0), (6, 9.0)]
    assert s.goto(t).what_if("s", 16.0, frame=1).error                            # s = x * x with x = 3
    assert [s.history("s", frame)[-1][1] for frame in (0, 1)] == [18.0, 9.0]


def planted(monkeypatch: pytest.MonkeyPatch) -> rb.Session:
    rule = FUNCTIONS["tanh"]
    monkeypatch.setitem(FUNCTIONS, "tanh", replace(rule, partials=tuple(f"2.0 * ({p})" for p in map(str, ["1 - tanh(x) ** 2"]))))
    f = rb.compile("""
def inner(y, a):
    y += a * a
    y += tanh(a)
    y += sin(a)

def f(out, x):
    s = 0.0
    for i in range(len(x)):
        inner(s, x[i])
        s += x[i] ** 3
    out += s * s
""")
    return rb.debug(rb.grad(f.f), 0.0, X / 2)


def test_a_wrong_derivative_is_found_at_the_right_instruction(monkeypatch: pytest.MonkeyPatch) -> None:
    s = planted(monkeypatch)
    found = s.check_steps()
    assert not found
    assert (found.line, found.text, s.moment) == (4, "y -= tanh(a)", found.moment)
    assert not s.check_step()
    assert s.run(until=3).check_step()


@pytest.mark.parametrize("kind", ["gradient of norm", "gradient of table"])
def test_right_derivatives_are_right_at_every_instruction(programs: Any, kind: str) -> None:
    s = session(programs, kind)
    assert s.check_steps()
    tested = 0
    for t in range(s.total):
        found = s.goto(t).check_step()
        assert found, (t, str(found))
        assert s.moment == t
        tested += not found.reason
    assert tested > 10
    with pytest.raises(WrongArguments, match="no cotangents are moved"):
        session(programs, kind.split()[-1]).check_steps()


# ---- looking
def test_statements_that_move_stacks_are_tested_by_their_numbers() -> None:
    case = ZOO["stacks exchanged"]
    assert rb.debug(rb.grad(last_of(case.text), of=case.of, wrt=case.wrt), *case.args).check_steps().ok


def test_a_test_of_derivatives_beyond_the_last_says_so(programs: Any) -> None:
    with pytest.raises(WrongArguments, match="no cotangents are moved from here on") as problem:
        session(programs, "gradient of norm").end().check_steps()
    assert "s.start()" in str(problem.value)


def test_the_trace_is_a_sequence(programs: Any) -> None:
    s = session(programs, "norm").goto(7)
    assert len(s.trace) == s.total
    assert [t.moment for t in s.trace[3:9]] == list(range(3, 9))
    assert s.trace[-1].moment == s.total - 1
    assert s.trace[s.total:] == []
    assert str(s.trace[8]).split() == ["8", "line", "10", "s", "+=", "x[i]", "**", "2", "0.841471", "->", "1.84147"]
    assert s.moment == 7
    with pytest.raises(IndexError, match="the run has"):
        s.trace[s.total]


def test_where_and_locals(programs: Any) -> None:
    s = session(programs, "gradient of norm").run(until="t > 5")
    assert [f.function for f in s.where()] == ["norm_gradient", "norm", "g"]
    assert s.locals == {"t": 9.0}
    assert set(s.out().locals) == {"s", "i"}


def test_a_page_for_the_terminal(programs: Any) -> None:
    s = session(programs, "gradient of norm")
    s.break_at(10)
    s.run()
    page = str(s)
    assert "=>   10          s += x[i] ** 2" in page
    assert page.startswith(f"moment {s.moment} of {s.total}, in norm_gradient > norm")
    assert "bar [" in str(s.end())


# ---- in a file
@pytest.mark.parametrize("kind", ["norm", "gradient of norm"])
def test_a_session_survives_a_file(programs: Any, kind: str, tmp_path: Path) -> None:
    s = session(programs, kind).goto(17).bookmark("here").goto(20)
    s.break_at(condition="s > 2", hits=2)
    s.save(tmp_path / "s.json")
    again = rb.Session.load(tmp_path / "s.json")
    assert (again.moment, again.total, again.bookmarks) == (20, s.total, [(17, "here")])
    assert list(map(str, again.breakpoints)) == ["1: when s > 2 from hit 2 on"]
    assert again.names.keys() == s.names.keys()
    assert all(np.array_equal(again.names[n], s.names[n]) for n in s.names)


@pytest.mark.parametrize("name", ["wave equation in fixed point", "a product by recursion", "leapfrog on particles in records", "fields of one record",
                                  "stacks exchanged", "a reversible turing machine"])
def test_a_session_on_any_argument_survives_a_file(name: str, tmp_path: Path) -> None:
    case = ZOO[name]
    kernel = last_of(case.text, case.names)
    s = rb.debug(kernel, *case.args, **case.consts).goto(20)
    s.save(tmp_path / "s.json")
    again = rb.Session.load(tmp_path / "s.json")
    assert (again.moment, again.total) == (s.moment, s.total)
    assert repr(again.names) == repr(s.names)
    assert repr(again.end().names) == repr(s.end().names)


@pytest.mark.parametrize("name", ["cell 1", "cell 2"])
def test_breakpoints_in_a_file_are_on_the_same_statements_whatever_their_lines_are_there(two_cells: rb.Kernel, name: str, tmp_path: Path) -> None:
    s = rb.debug(two_cells, 0.0, [2.0, 3.0])
    s.break_at(3, hits=2, source=next(source for source in s.sources if source.name == name))
    s.break_at(2, source=next(source for source in s.sources if source.name == name)).enabled = False
    s.save(tmp_path / "s.json")
    again = rb.Session.load(tmp_path / "s.json")
    assert again.run().moment == s.run().moment < s.total
    assert again.code.rows[again.machine.row].text == s.code.rows[s.machine.row].text
    assert [b.enabled for b in again.breakpoints] == [True, False]


@pytest.mark.parametrize(("text", "words"), [(None, "cannot be read"), ("{", "no JSON"), ("[]", "not a session"), ('{"revbench session": 1}', "incomplete")])
def test_files_that_are_no_session_are_refused(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "s.json").write_text(text)
    with pytest.raises(BadSession, match=words):
        rb.Session.load(tmp_path / "s.json")
