"""Every schedule is legal, and the judge counts what the closed forms and the published tables say."""

import json
from functools import cache
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from revbench.tradeoff import (
    SCHEMES,
    Advance,
    BadSetting,
    Copy,
    Frame,
    Free,
    Goal,
    Gradient,
    IllegalAction,
    Retreat,
    UnfinishedSchedule,
    bennett,
    bennett_clean,
    in_place,
    replay,
    revolve,
    store_all,
)
from revbench.tradeoff.schedules import (
    bennett_clean_moves,
    bennett_clean_peak,
    bennett_moves,
    bennett_peak,
    revolve_extra,
    revolve_repetition,
)

TABLES = json.loads((Path(__file__).parents[1] / "data" / "theory_tables.json").read_text())
REVOLVE = [(int(n), int(d), extra) for n, row in TABLES["revolve_extra"].items() for d, extra in row.items()]
PAIRS = {name: [(*map(int, key.split(",")), row) for key, row in TABLES[name].items()]
         for name in ("bennett_clean_N_k", "bennett_top_not_uncomputed_N_k")}

lengths = st.integers(1, 200)
slots = st.integers(1, 12)
parts = st.integers(2, 12)
schemes = st.sampled_from(list(SCHEMES.values()))
relaxed = settings(deadline=None)


@cache
def least_extra(n: int, d: int) -> int:
    """The recurrence of optimal checkpointing, tried at every cut."""
    if n == 1:
        return 0
    if d == 1:
        return n * (n - 1) // 2
    return min(i + least_extra(i, d) + least_extra(n - i, d - 1) for i in range(1, n))


# ---- the tables --------------------------------------------------------------------------------------------
def test_revolve_s_closed_form_is_the_least_of_all_cuts():
    for n in range(1, 201):
        for d in range(1, 21):
            assert revolve_extra(n, d) == least_extra(n, d), (n, d)


def test_revolve_s_closed_form_is_the_table():
    for n, d, extra in REVOLVE:
        assert revolve_extra(n, d) == extra, (n, d)
        assert revolve_repetition(n, d) == TABLES["revolve_r"][str(n)][str(d)], (n, d)


def test_revolve_advances_as_often_as_the_table_says():
    for n, d, extra in REVOLVE:
        if n <= 200:
            counted = replay(revolve(n, d), n)
            assert (counted.forward, counted.inverse, counted.gradients) == (extra + n, 0, n), (n, d)


@pytest.mark.parametrize(("n", "d", "extra"), [
    (500, 5, 2576), (1000, 3, 12155), (1000, 10, 3636), (1000, 20, 2747),
    (9999, 10, 57617), (9999, 20, 37972),
])
def test_long_chains_are_reversed_at_the_least_cost(n, d, extra):
    counted = replay(revolve(n, d), n)
    assert (counted.forward - n, counted.peak) == (extra, d + 1)


def test_bennett_s_closed_forms_are_the_tables():
    for n, k, row in PAIRS["bennett_clean_N_k"]:
        assert bennett_clean_moves(n, k) == row["fwd"] + row["inv"], (n, k)
        assert bennett_clean_peak(n, k) == row["peak"], (n, k)
    for n, k, row in PAIRS["bennett_top_not_uncomputed_N_k"]:
        assert bennett_moves(n, k) == row["fwd"] + row["inv"], (n, k)
        assert bennett_peak(n, k) == row["peak"], (n, k)


def test_clean_runs_move_as_often_as_the_table_says():
    for n, k, row in PAIRS["bennett_clean_N_k"]:
        if row["fwd"] > 20_000:
            continue
        counted = replay(bennett_clean(n, k), n, Goal.LAST_STATE)
        assert {"fwd": counted.forward, "inv": counted.inverse, "peak": counted.peak} == row, (n, k)


@pytest.mark.parametrize("k", [2, 3, 4, 5])
@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_powers_have_bennett_s_cost(k, level):
    n = k ** level
    counted = replay(bennett_clean(n, k), n, Goal.LAST_STATE)
    assert (counted.calls, counted.peak) == ((2 * k - 1) ** level, level * (k - 1) + 2)


#        N    (moves, peak) for k = 2      3             4             5             10
GENERAL = {
    10:   [(51, 6),      (39, 6),      (31, 7),      (27, 7),      (19, 11)],
    20:   [(153, 7),     (99, 8),      (91, 8),      (63, 9),      (57, 12)],
    50:   [(615, 8),     (361, 9),     (291, 11),    (243, 11),    (171, 15)],
    100:  [(1845, 9),    (1079, 10),   (847, 12),    (567, 13),    (361, 20)],
    1000: [(58779, 12),  (32957, 15),  (16681, 17),  (15309, 18),  (6859, 29)],
}


@pytest.mark.parametrize("n", GENERAL)
def test_any_length_can_be_pebbled(n):
    counted = [replay(bennett_clean(n, k), n, Goal.LAST_STATE) for k in (2, 3, 4, 5, 10)]
    assert [(run.calls, run.peak) for run in counted] == GENERAL[n]


# Liu and Xu, Acta Physica Sinica 70(14) (2021), figure 5: N = 9999, calls of one sweep.
@pytest.mark.parametrize(("k", "states", "calls"), [(5, 24, 178601), (10, 38, 68588), (20, 53, 56936),
                                                   (40, 82, 36758), (80, 143, 29836), (160, 221, 19839)])
def test_published_points_come_out(k, states, calls):
    counted = replay(bennett(9999, k), 9999)
    assert (counted.peak, counted.calls) == (states, 2 * calls)
    assert bennett_moves(9999, k) == calls


def test_sixteen_steps_cost_what_the_paper_says():
    cost = {name: replay(row.schedule(16, row.default), 16, row.goal) for name, row in SCHEMES.items()}
    assert {name: (run.forward, run.inverse, run.gradients, run.peak) for name, run in cost.items()} == {
        "in_place": (16, 0, 16, 1),
        "store_all": (16, 0, 16, 17),
        "revolve": (43, 0, 16, 5),
        "bennett": (54, 38, 16, 6),
        "bennett_clean": (41, 40, 0, 6),
    }


def test_no_pebbling_beats_the_optimum():
    for n, k, row in PAIRS["bennett_clean_N_k"]:
        best = TABLES["knill_clean_n_S"].get(str(n), {}).get(str(row["peak"] - 1))      # S leaves s_0 out
        assert best is None or bennett_clean_moves(n, k) >= best


# ---- the laws ----------------------------------------------------------------------------------------------
@relaxed
@given(scheme=schemes, n=st.integers(1, 120), extra=st.integers(0, 130))
def test_closed_forms_are_what_the_judge_counts(scheme, n, extra):
    setting = scheme.parameter.least + extra if scheme.parameter else 0
    counted = replay(scheme.schedule(n, setting), n, scheme.goal)
    assert counted.forward == scheme.forward(n, setting)
    assert counted.inverse == scheme.inverse(n, setting)
    assert counted.gradients == scheme.gradients(n, setting)
    assert counted.calls == scheme.calls(n, setting)
    assert counted.peak == scheme.peak(n, setting)


@relaxed
@given(n=lengths, d=slots)
def test_every_step_comes_back_within_the_slots(n, d):
    assert replay(revolve(n, d), n).peak <= d + 1


@relaxed
@given(n=lengths, d=slots)
def test_another_snapshot_never_costs_time(n, d):
    assert revolve_extra(n, d + 1) <= revolve_extra(n, d)


@relaxed
@given(n=lengths, d=slots)
def test_no_step_is_advanced_more_often_than_the_repetition(n, d):
    often = [0] * (n + 1)
    for frame in replay(revolve(n, d), n, timeline=True).timeline:
        often[frame.state] += isinstance(frame.action, Advance)
    assert max(often) - 1 <= revolve_repetition(n, d)       # one of them is the taping step


@relaxed
@given(n=lengths, k=parts)
def test_uncomputing_forgets_nothing(n, k):
    assert all(action.against is not None for action in bennett(n, k) if isinstance(action, Free))


@relaxed
@given(n=lengths, k=parts)
def test_every_pebble_is_put_and_taken_once(n, k):
    counted = replay(bennett(n, k), n)
    assert counted.forward == counted.inverse + counted.gradients


@relaxed
@given(n=lengths, k=parts)
def test_the_way_back_has_as_many_calls_as_the_way_there(n, k):
    frames = replay(bennett(n, k), n, timeline=True).timeline
    calls = [frame.action for frame in frames if isinstance(frame.action, Advance | Retreat | Gradient)]
    assert sum(isinstance(call, Gradient) for call in calls) == n
    there = bennett_moves(n, k)
    assert len(calls) == 2 * there
    assert not any(isinstance(call, Gradient) for call in calls[:there])


@relaxed
@given(scheme=schemes, n=st.integers(1, 60))
def test_slots_are_reused_lowest_first(scheme, n):
    counted = replay(scheme.schedule(n, scheme.default), n, scheme.goal, timeline=True)
    used = {0} | {frame.action.dst for frame in counted.timeline if isinstance(frame.action, Copy)}
    assert used == set(range(counted.peak))


@pytest.mark.parametrize("schedule", [revolve, bennett, bennett_clean])
def test_settings_above_the_length_change_nothing(schedule):
    assert list(schedule(7, 7)) == list(schedule(7, 1000))


def test_schedules_are_lazy():
    assert list(islice(in_place(10 ** 12), 2)) == [Advance(0), Advance(0)]
    for endless in (store_all(10 ** 12), revolve(10 ** 9, 50), bennett(10 ** 12, 2)):
        assert len(list(islice(endless, 100))) == 100


def test_a_hundred_thousand_steps_in_place():
    assert replay(in_place(10 ** 5), 10 ** 5).calls == 2 * 10 ** 5


# ---- the judge ---------------------------------------------------------------------------------------------
REJECTED = (IllegalAction, UnfinishedSchedule)


@relaxed
@given(scheme=schemes, n=st.integers(1, 30), setting=st.integers(2, 6), data=st.data())
def test_no_action_is_superfluous(scheme, n, setting, data):
    actions = list(scheme.schedule(n, setting))
    del actions[data.draw(st.integers(0, len(actions) - 1))]
    with pytest.raises(REJECTED):
        replay(actions, n, scheme.goal)


@relaxed
@given(scheme=schemes, n=st.integers(1, 30), setting=st.integers(2, 6), data=st.data())
def test_no_action_can_be_done_twice(scheme, n, setting, data):
    actions = list(scheme.schedule(n, setting))
    at = data.draw(st.integers(0, len(actions) - 1))
    actions.insert(at, actions[at])
    with pytest.raises(REJECTED):
        replay(actions, n, scheme.goal)


def touched(action):
    return {action.src, action.dst} if isinstance(action, Copy) else {action.slot}


@relaxed
@given(scheme=schemes, n=st.integers(1, 30), setting=st.integers(2, 6), data=st.data())
def test_different_actions_on_a_slot_cannot_be_swapped(scheme, n, setting, data):
    actions = list(scheme.schedule(n, setting))
    places = [i for i, (a, b) in enumerate(pairwise(actions))
              if type(a) is not type(b) and touched(a) & touched(b)]
    assume(places)
    at = data.draw(st.sampled_from(places))
    actions[at], actions[at + 1] = actions[at + 1], actions[at]
    with pytest.raises(REJECTED):
        replay(actions, n, scheme.goal)


@pytest.mark.parametrize(("actions", "n", "message"), [
    ([Advance(1)], 1, "action 0, Advance(slot=1): slot 1 is empty"),
    ([Copy(0, 0)], 1, "slot 0 already holds s_0"),
    ([Copy(2, 1)], 1, "slot 2 is empty"),
    ([Advance(0), Advance(0)], 1, "slot 0 already holds the last state, s_1"),
    ([Retreat(0)], 1, "slot 0 holds s_0, and there is no step before it"),
    ([Advance(0), Gradient(0)], 2, "slot 0 holds s_1, but the next adjoint step is from s_2"),
    ([Advance(0), Gradient(0), Gradient(0)], 1, "slot 0 holds s_0, but no step is left"),
    ([Copy(0, 1), Free(1), Free(1)], 1, "action 2, Free(slot=1, against=None): slot 1 is empty"),
    ([Copy(0, 1), Advance(1), Free(1, against=0)], 1, "slot 1 holds s_1, but slot 0 holds s_0"),
    ([Copy(0, 1), Free(1, against=1)], 1, "slot 1 cannot vouch for itself"),
    ([Copy(0, 1), Free(1, against=2)], 1, "slot 2 is empty"),
])
def test_an_illegal_action_is_named_with_its_reason(actions, n, message):
    with pytest.raises(IllegalAction) as caught:
        replay(actions, n)
    assert message in caught.value.message


@pytest.mark.parametrize(("actions", "goal", "message"), [
    ([], Goal.GRADIENT, "0 adjoint steps were made instead of 2"),
    ([Free(0)], Goal.GRADIENT, "slot 0 does not hold s_0 at the end"),
    ([Advance(0)], Goal.GRADIENT, "slot 0 does not hold s_0 at the end"),
    ([*in_place(2), Copy(0, 4)], Goal.GRADIENT, "slot 4 still holds s_0 at the end"),
    ([], Goal.LAST_STATE, "no slot holds the last state, s_2, at the end"),
    ([*bennett_clean(2, 2), Copy(0, 1)], Goal.LAST_STATE, "slot 1 still holds s_0 at the end"),
    ([*in_place(2), *bennett_clean(2, 2)], Goal.LAST_STATE, "2 adjoint steps were made instead of 0"),
])
def test_an_unfinished_schedule_is_refused(actions, goal, message):
    with pytest.raises(UnfinishedSchedule) as caught:
        replay(actions, 2, goal)
    assert caught.value.message == message


@pytest.mark.parametrize(("make", "message"), [
    (lambda: in_place(0), "n is 0, but has to be at least 1"),
    (lambda: store_all(-1), "n is -1, but has to be at least 1"),
    (lambda: revolve(5, 0), "d is 0, but has to be at least 1"),
    (lambda: bennett(5, 1), "k is 1, but has to be at least 2"),
    (lambda: bennett_clean(0, 2), "n is 0, but has to be at least 1"),
    (lambda: bennett_peak(5, 1), "k is 1, but has to be at least 2"),
])
def test_settings_without_a_schedule_are_refused_at_once(make, message):
    with pytest.raises(BadSetting) as caught:
        make()
    assert caught.value.message == message


def test_the_timeline_tells_what_happened_to_which_state():
    assert replay(store_all(1), 1, timeline=True).timeline == (
        Frame(Copy(0, 1), state=0, live=2),
        Frame(Advance(1), state=1, live=2),
        Frame(Gradient(1), state=0, live=2),
        Frame(Free(1), state=0, live=1),
    )
    assert replay(store_all(1), 1).timeline is None


@relaxed
@given(scheme=schemes, n=st.integers(1, 40))
def test_the_peak_is_the_highest_point_of_the_timeline(scheme, n):
    counted = replay(scheme.schedule(n, scheme.default), n, scheme.goal, timeline=True)
    assert max(frame.live for frame in counted.timeline) == counted.peak
    assert len(counted.timeline) == counted.actions
