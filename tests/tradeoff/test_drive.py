"""Schedules run for real: one gradient whatever the order, and as many bytes as the closed forms say."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revbench.errors import InvertibilityError
from revbench.tradeoff import (
    SCHEMES,
    Advance,
    Copy,
    Free,
    Goal,
    Gradient,
    IllegalAction,
    Moment,
    UncomputeMismatch,
    bennett,
    bennett_clean,
    drive,
    in_place,
    replay,
    revolve,
    store_all,
)

GRADIENTS = [row for row in SCHEMES.values() if row.goal is Goal.GRADIENT]
by_scheme = pytest.mark.parametrize("scheme", GRADIENTS, ids=lambda row: row.name)


class Pendulum:
    """Leapfrog for independent pendulums: kick, drift, kick. The cotangent has a third array, for gravity."""

    def __init__(self, gravity=1.3, h=0.1):
        self.gravity, self.h = gravity, h

    def kick(self, state, sign):
        q, p = state
        p -= sign * self.gravity * self.h / 2 * np.sin(q)

    def drift(self, state, sign):
        q, p = state
        q += sign * self.h * p

    def forward(self, state):
        self.kick(state, 1)
        self.drift(state, 1)
        self.kick(state, 1)

    def inverse(self, state):
        self.kick(state, -1)
        self.drift(state, -1)
        self.kick(state, -1)

    def pull_kick(self, state, cotangent):
        (q, _), (q_bar, p_bar, gravity_bar) = state, cotangent
        q_bar -= self.gravity * self.h / 2 * np.cos(q) * p_bar
        gravity_bar -= self.h / 2 * np.sum(np.sin(q) * p_bar)

    def adjoint(self, state, cotangent):
        self.kick(state, -1)
        self.pull_kick(state, cotangent)
        self.drift(state, -1)
        q_bar, p_bar, _ = cotangent
        p_bar += self.h * q_bar
        self.kick(state, -1)
        self.pull_kick(state, cotangent)


def start():
    return np.array([0.3, -1.2, 2.0]), np.array([0.0, 0.7, -0.2])


def loss(state):
    q, p = state
    return np.sum(q ** 2 * p) + np.sum(p)


def loss_bar(state):
    q, p = state
    return 2 * q * p, q ** 2 + 1, np.zeros(())


def loss_after(n, q, p, gravity):
    state, step = (q.copy(), p.copy()), Pendulum(gravity)
    for _ in range(n):
        step.forward(state)
    return loss(state)


def run(scheme, n, setting=None, **options):
    setting = scheme.default if setting is None else setting
    return drive(scheme.schedule(n, setting), Pendulum(), start(), loss_bar, **options)


# ---- one gradient ------------------------------------------------------------------------------------------
@by_scheme
def test_the_gradient_is_the_finite_difference(scheme):
    (q, p), n, e = start(), 16, 1e-6
    q_bar, p_bar, gravity_bar = run(scheme, n).cotangent
    for i, unit in enumerate(np.eye(3)):
        assert q_bar[i] == pytest.approx(
            (loss_after(n, q + e * unit, p, 1.3) - loss_after(n, q - e * unit, p, 1.3)) / (2 * e), rel=1e-6)
        assert p_bar[i] == pytest.approx(
            (loss_after(n, q, p + e * unit, 1.3) - loss_after(n, q, p - e * unit, 1.3)) / (2 * e), rel=1e-6)
    assert gravity_bar == pytest.approx(
        (loss_after(n, q, p, 1.3 + e) - loss_after(n, q, p, 1.3 - e)) / (2 * e), rel=1e-6)


@settings(deadline=None)
@given(scheme=st.sampled_from(GRADIENTS), n=st.integers(1, 60), setting=st.integers(2, 70))
def test_all_schemes_give_one_gradient(scheme, n, setting):
    expected = drive(store_all(n), Pendulum(), start(), loss_bar)
    got = run(scheme, n, setting)
    for a, b in zip(got.cotangent, expected.cotangent, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    for a, b in zip(got.final, start(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


def test_recomputing_and_uncomputing_keep_the_first_state_bit_for_bit():
    for schedule in (store_all(20), revolve(20, 3), bennett(20, 2)):
        for a, b in zip(drive(schedule, Pendulum(), start(), loss_bar).final, start(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_clean_run_leaves_the_first_and_the_last_state():
    first, last = drive(bennett_clean(20, 3), Pendulum(), start()).left
    plain = start()
    for _ in range(20):
        Pendulum().forward(plain)
    for a, b in zip(first + last, start() + plain, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_cotangent_can_be_given_as_arrays():
    seed = np.ones(3), np.ones(3), np.zeros(())
    results = [drive(row.schedule(9, row.default), Pendulum(), start(), seed).cotangent for row in GRADIENTS]
    for result in results[1:]:
        for a, b in zip(result, results[0], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    np.testing.assert_array_equal(seed[0], np.ones(3))


def test_a_loss_cannot_write_the_state_that_it_looks_at():
    def rude(state):
        state[0][:] = 0.0
        return state

    with pytest.raises(ValueError, match="read-only"):
        drive(in_place(2), Pendulum(), start(), rude)


def test_a_loss_may_hand_its_state_back_as_the_cotangent():
    class Double:
        def forward(self, state):
            state[0][:] *= 2.0

        def inverse(self, state):
            state[0][:] /= 2.0

        def adjoint(self, state, cotangent):
            self.inverse(state)
            cotangent[0][:] *= 2.0

    result = drive(in_place(3), Double(), (np.array([1.5]),), lambda state: state)
    assert result.cotangent[0] == 12.0 * 8.0
    assert result.final[0] == 1.5


# ---- memory ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [1, 2, 16, 37])
@pytest.mark.parametrize("setting", [2, 3, 8])
@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_the_peak_is_the_closed_form_times_the_size_of_a_state(scheme, n, setting):
    result = run(scheme, n, setting)
    assert result.peak_states == scheme.peak(n, setting)
    assert result.peak_bytes == scheme.peak(n, setting) * 2 * 3 * 8
    assert result.peak_cotangent_bytes == (7 * 8 if scheme.goal is Goal.GRADIENT else 0)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_the_driver_sees_the_timeline_of_the_judge(scheme):
    judged = replay(scheme.schedule(23, 3), 23, scheme.goal, timeline=True)
    result = run(scheme, 23, 3)
    assert result.timeline.states.tolist() == [frame.live for frame in judged.timeline]
    assert result.timeline.state_bytes.tolist() == [frame.live * 48 for frame in judged.timeline]
    assert result.actions == judged.actions


def test_the_cotangent_lives_from_the_first_adjoint_step_on():
    assert run(SCHEMES["in_place"], 2).timeline.cotangent_bytes.tolist() == [0, 0, 56, 56]


class Count:
    """Adds one to a large array, without temporaries."""

    def forward(self, state):
        state[0][:] += 1.0

    def inverse(self, state):
        state[0][:] -= 1.0

    def adjoint(self, state, cotangent):
        self.inverse(state)


@by_scheme
def test_the_bytes_are_bytes_that_numpy_really_had(scheme):
    big = (np.zeros(100_000),)
    tracemalloc.start()
    try:
        result = drive(scheme.schedule(12, 3), Count(), big, lambda state: (np.zeros(()),))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    scratch = 0.25 * big[0].nbytes          # comparing two slots needs one bool per number
    assert result.peak_bytes <= peak <= result.peak_bytes + scratch


# ---- what can go wrong -------------------------------------------------------------------------------------
@by_scheme
def test_an_interrupted_run_leaves_the_caller_s_arrays_alone(scheme):
    state, seed = start(), (np.ones(3), np.ones(3), np.zeros(()))
    length = len(list(scheme.schedule(8, 2)))

    def stop_near_the_end(moment):
        if moment.index == length - 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        drive(scheme.schedule(8, 2), Pendulum(), state, seed, stop_near_the_end)
    for a, b in zip(state + seed, (*start(), np.ones(3), np.ones(3), np.zeros(())), strict=True):
        np.testing.assert_array_equal(a, b)


def test_whoever_watches_is_told_every_action():
    seen = []
    drive(store_all(1), Pendulum(), start(), loss_bar, seen.append)
    assert seen == [
        Moment(0, Copy(0, 1), states=2, state_bytes=96, cotangent_bytes=0),
        Moment(1, Advance(1), states=2, state_bytes=96, cotangent_bytes=0),
        Moment(2, Gradient(1), states=2, state_bytes=96, cotangent_bytes=56),
        Moment(3, Free(1), states=1, state_bytes=48, cotangent_bytes=56),
    ]


class Sloppy(Pendulum):
    """An inverse step that forgets the last kick."""

    def inverse(self, state):
        self.kick(state, -1)
        self.drift(state, -1)


def test_a_wrong_inverse_is_found_where_its_slot_is_freed():
    with pytest.raises(UncomputeMismatch) as caught:
        drive(bennett_clean(4, 2), Sloppy(), start())
    assert caught.value.message.startswith("slot 1 was undone to ")
    assert "of array 1, but slot 0, which it was computed from, holds " in caught.value.message
    assert caught.value.names == ("slot 1", "slot 0")
    assert isinstance(caught.value, InvertibilityError)


class Rounding:
    """An inverse that is off by a relative error."""

    def __init__(self, error):
        self.error = error

    def forward(self, state):
        state[0][:] += state[0].dtype.type(1)

    def inverse(self, state):
        state[0][:] -= state[0].dtype.type(1)
        state[0][:] += np.asarray(self.error).astype(state[0].dtype)


@pytest.mark.parametrize(("dtype", "within", "beyond"), [
    ("float64", 1e-9, 1e-6), ("float32", 1e-5, 1e-2), ("complex128", 1e-9, 1e-6)])
def test_float_slots_are_compared_relative_to_what_they_held(dtype, within, beyond):
    for scale in (1, 1000):
        drive(bennett_clean(2, 2), Rounding(within * scale), (np.full(3, scale, dtype),))
        with pytest.raises(UncomputeMismatch):
            drive(bennett_clean(2, 2), Rounding(beyond * scale), (np.full(3, scale, dtype),))
    with pytest.raises(UncomputeMismatch):
        drive(bennett_clean(2, 2), Rounding(within), (np.full(3, 1, dtype),), rtol=0.0)


def test_round_off_around_zero_is_not_a_mistake():
    drive(bennett_clean(2, 2), Rounding(1e-17), (np.zeros(3),))


@pytest.mark.parametrize("dtype", ["int64", "uint8"])
def test_integer_slots_have_to_be_equal(dtype):
    drive(bennett_clean(5, 2), Rounding(0), (np.full(3, 200, dtype),))
    with pytest.raises(UncomputeMismatch):
        drive(bennett_clean(5, 2), Rounding(1), (np.full(3, 200, dtype),))


def test_a_run_that_has_blown_up_is_not_passed_over():
    with pytest.raises(UncomputeMismatch, match="undone to nan"):
        drive(bennett_clean(2, 2), Rounding(np.nan), (np.zeros(3),))


class Spin:
    """Records and truth values: a record field moves by another, a flag flips."""

    def forward(self, state):
        body, flag = state
        body["x"] += 0.1 * body["v"]
        flag ^= True

    def inverse(self, state):
        body, flag = state
        body["x"] -= 0.1 * body["v"]
        flag ^= True


def spinning():
    return np.array([(0.1, 0.7), (0.2, -0.3)], dtype=[("x", "f8"), ("v", "f8")]), np.array(True)


def test_records_and_truth_values_are_compared_field_by_field():
    left = drive(bennett_clean(6, 2), Spin(), spinning()).left
    assert left[1][1] == spinning()[1]

    class Stuck(Spin):
        def inverse(self, state):
            state[0]["x"] -= 0.1 * state[0]["v"]

    with pytest.raises(UncomputeMismatch, match="of array 2"):
        drive(bennett_clean(6, 2), Stuck(), spinning())


@pytest.mark.parametrize(("actions", "message"), [
    ([Advance(3)], "action 0, Advance(slot=3): slot 3 is empty"),
    ([Copy(0, 1), Copy(0, 1)], "action 1, Copy(src=0, dst=1): slot 1 is already in use"),
    ([Free(0), Free(0)], "action 1, Free(slot=0, against=None): slot 0 is empty"),
    ([Advance(0), Gradient(0)], "action 1, Gradient(slot=0): there is no cotangent to pull back"),
])
def test_what_cannot_be_done_is_refused(actions, message):
    with pytest.raises(IllegalAction) as caught:
        drive(actions, Pendulum(), start())
    assert caught.value.message == message
