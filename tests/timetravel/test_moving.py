"""Moving through a run: over and out of calls, to lines and conditions, breakpoints, both ways."""

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import RevbenchError, UnknownLabel, WrongArguments, WrongType

from .texts import NORM

TEXT = NORM + """
def back(out, x):
    ~norm(out, x)

def down(out, n):
    out += n
    if n > 0:
        down(out, n - 1)
"""
X = np.array([1.0, 2.0, 3.0])


@pytest.fixture(scope="module")
def programs() -> Any:
    return rb.compile(TEXT)


def sessions(programs: Any) -> dict[str, rb.Session]:
    return {"value": rb.debug(programs.norm, 0.0, X), "gradient": rb.debug(rb.grad(programs.norm), 0.0, X),
            "inverse": rb.debug(~programs.norm, 3.0, X), "uncall": rb.debug(programs.back, 3.0, X), "recursion": rb.debug(programs.down, 0.0, 4)}


KINDS = ["value", "gradient", "inverse", "uncall", "recursion"]


@pytest.mark.parametrize("kind", KINDS)
def test_going_over_is_going_to_the_next_moment_that_is_no_deeper(programs: Any, kind: str) -> None:
    s = sessions(programs)[kind]
    depths = [s.goto(t).machine.register("depth") for t in range(s.total + 1)]
    for t in range(s.total):
        later = next((u for u in range(t + 1, s.total + 1) if depths[u] <= depths[t]), s.total)
        assert s.goto(t).over().moment == later, t
        earlier = next((u for u in range(t, -1, -1) if depths[u] <= depths[t + 1]), 0)
        assert s.goto(t + 1).over(back=True).moment == earlier, t


@pytest.mark.parametrize("kind", KINDS)
def test_going_out_leaves_the_function(programs: Any, kind: str) -> None:
    s = sessions(programs)[kind]
    depths = [s.goto(t).machine.register("depth") for t in range(s.total + 1)]
    for t in range(s.total + 1):
        after = next((u for u in range(t, s.total + 1) if depths[u] < depths[t]), s.total)
        assert s.goto(t).out().moment == after, t
        before = next((u for u in range(t, -1, -1) if depths[u] < depths[t]), 0)
        assert s.goto(t).out(back=True).moment == before, t


CONDITIONS = [("value", "s > 5"), ("value", "i == 1"), ("value", "t > 1 and y < 3"), ("gradient", "s > 5"), ("gradient", "abs(x.bar[1]) > 0.1"),
              ("gradient", "s.bar != 0 and i == 0"), ("inverse", "s > 5"), ("uncall", "s > 5"), ("recursion", "n == 2"), ("recursion", "out > 8")]


@pytest.mark.parametrize(("kind", "condition"), CONDITIONS)
def test_a_run_stops_where_a_condition_begins_to_hold_and_only_there(programs: Any, kind: str, condition: str) -> None:
    """Against the same condition in Python, asked at every moment in the functions that have its names."""
    s = sessions(programs)[kind]
    text = condition.replace(".bar", "_bar")
    names = {n for n in compile(text, "", "eval").co_names if n != "abs"}
    held: list[bool | None] = []
    for t in range(s.total + 1):
        s.goto(t)
        row = s.code.rows[s.machine.standing]
        known = names <= s.code.functions[row.fn].symbols.keys()
        held.append(None if not known else names <= s.parts.keys() and bool(eval(text, {"abs": abs}, s.parts)))
    ever = False
    for back, moments in ((False, range(s.total + 1)), (True, range(s.total, -1, -1))):
        expected, before = list[int](), None
        for t in moments:
            if held[t] is None:
                continue
            if before is not None and held[t] and not before:
                expected.append(t)
            before = held[t]
        found = list[int]()
        s.end() if back else s.start()
        while s.moment != moments[-1]:
            (s.rewind if back else s.run)(until=condition)
            if s.stopped == f"`{condition}` holds":
                found.append(s.moment)
        assert found == expected, (back, expected)
        ever = ever or bool(found)
    assert ever


def test_breakpoints_stop_at_the_same_moments_in_both_directions(programs: Any) -> None:
    s = rb.debug(rb.grad(programs.norm), 0.0, X)
    s.break_at(10)
    s.break_at(4, condition="y > 1")
    ahead, behind = [], []
    while s.run().moment < s.total:
        ahead.append(s.moment)
        assert s.line in (4, 10) or s.where()[-1].line in (4, 10)
    while s.rewind().moment > 0:
        behind.append(s.moment)
    assert ahead == behind[::-1]
    assert len(ahead) == 20


def test_a_breakpoint_may_wait_for_its_hits_be_switched_off_and_cleared(programs: Any) -> None:
    s = rb.debug(programs.norm, 0.0, X)
    b = s.break_at(10, hits=3)
    assert s.run().names["i"] == 2
    assert s.stopped == "breakpoint 1: line 10 from hit 3 on"
    b.enabled = False
    assert s.start().run().moment == s.total
    s.clear(b.number)
    assert s.breakpoints == []
    with pytest.raises(UnknownLabel, match="no breakpoint 7"):
        s.clear(7)


def test_to_a_line(programs: Any) -> None:
    s = rb.debug(programs.norm, 0.0, X)
    assert s.run(until=11).where()[-1].text == "out += sqrt(s)"
    assert s.stopped == "line 11"
    assert s.rewind(until=7).where()[-1].line == 7


def test_a_run_stops_before_a_broken_law() -> None:
    f = rb.compile("def f(y, x):\n    y += x\n    y *= x\n")
    s = rb.debug(f, 1.0, 0.0)
    assert "zero" in s.error
    s.run(until="y > 100")
    assert (s.stopped, s.moment) == (s.error, s.total)


def test_keyframes_make_long_seeks_short_and_change_nothing() -> None:
    f = rb.compile("def f(out, n):\n    s = 0.0\n    for i in range(n):\n        s += sin(1.0 * i)\n    out += s\n")
    s, plain = rb.debug(f, 0.0, 400_000), rb.debug(f, 0.0, 400_000, keyframes=0)
    assert len(s.keyframes) > 1
    assert s.keyframes.nbytes <= s.keyframes.cap
    assert len(plain.keyframes) == 0
    for t in (s.total, 5, s.total // 2, s.total // 3, s.total - 7):
        assert s.goto(t).names.keys() == plain.goto(t).names.keys()
        assert s.names["i" if "i" in s.names else "out"] == plain.names["i" if "i" in s.names else "out"]


WRONG = [("s >", "is not an expression"), ("nobody > 3", "`nobody` is nowhere in this run"), ("x > 3", "not a whole array|a whole array"),
         ("s > 1 and y > 1", "no function has all of"), ("x.bar > 3", "`x.bar` is nowhere in this run"),
         ("foo(s)", r"`foo\(s\)` is not a function that conditions know"), ("sum(x) > 3", r"`sum\(x\)` goes through whole arrays"), (3.5, "is text, not 3.5")]


@pytest.mark.parametrize(("condition", "words"), WRONG)
def test_conditions_that_cannot_be_asked_are_refused(programs: Any, condition: Any, words: str) -> None:
    s = rb.debug(programs.norm, 0.0, X).step(3)
    if isinstance(condition, str):                              # else it is a line
        with pytest.raises(RevbenchError, match=words):
            s.run(until=condition)
    with pytest.raises(RevbenchError, match=words):
        s.break_at(condition=condition)
    assert s.moment == 3
    assert s.breakpoints == []


@pytest.mark.parametrize("moment", [1.5, "3", None])
def test_moments_are_whole_numbers(programs: Any, moment: Any) -> None:
    s = rb.debug(programs.norm, 0.0, X).step(3)
    for walk in (s.goto, s.step, s.back):
        with pytest.raises(WrongType, match="a whole number, not"):
            walk(moment)
    assert s.moment == 3


def test_an_infinity_is_a_condition() -> None:
    f = rb.compile("def f(y, x):\n    for i in range(len(x)):\n        y += 1.0 / x[i]\n")
    assert rb.debug(f, 0.0, [1.0, 2.0, 0.0, 4.0]).run(until="isinf(y)").names["i"] == 2


def test_breakpoints_that_mean_nothing_are_refused(programs: Any) -> None:
    s = rb.debug(programs.norm, 0.0, X)
    with pytest.raises(UnknownLabel, match="nothing is done on line 5"):
        s.break_at(5)
    with pytest.raises(WrongArguments, match="a line or a condition"):
        s.break_at()
    with pytest.raises(WrongArguments, match="the first is 1"):
        s.break_at(7, hits=0)


def test_a_condition_reads_number_systems_by_their_values() -> None:
    f = rb.compile("def f(y, x):\n    for i in range(10):\n        y += x\n")
    s = rb.debug(f, rb.Fixed43(0.0), 0.5)
    assert s.run(until="y > 2.2").names["y"] == 2.5


def test_an_index_out_of_range_in_a_condition_is_no(programs: Any) -> None:
    assert rb.debug(programs.norm, 0.0, X).run(until="x[i + 2] > 2").names["i"] == 0


def test_a_way_back_that_branches_otherwise_still_ends_at_the_beginning() -> None:
    """`min` looks for equal numbers, and round-off tells two zeros apart: the way back has fewer instructions."""
    f = rb.compile("""
def f(y, x):
    a = zeros(3)
    for i in range(3):
        y += min(a * x)
        a[1] += 0.3 * (i + 1)
""")
    s = rb.debug(f, 0.0, X).end()
    s.machine.run(-s.total)
    assert s.moment > 0                                          # or this tests nothing
    assert s.goto(s.total).goto(0).moment == 0
    assert s.names["y"] == 0.0
    s.end().rewind()
    assert (s.moment, s.stopped) == (0, "the start")
