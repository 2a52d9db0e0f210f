"""The memory race: one gradient whatever the scheme, counts from inside compiled code, bytes that are really there."""

# ruff: noqa: F821  (`sin` is a word of the language)
import tracemalloc
from dataclasses import replace
from html.parser import HTMLParser
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import revbench.tradeoff.measure as measure
from revbench import InvertibilityError, grad, reversible
from revbench.errors import NotDifferentiable, WrongArguments, WrongType
from revbench.paper.leapfrog import leapfrog_loss, leapfrog_step
from revbench.tradeoff import (
    SCHEMES,
    Advance,
    BadSetting,
    Counts,
    Gradient,
    Moment,
    Retreat,
    StepKernel,
    drive,
    in_place,
    race,
    replay,
    revolve,
)
from revbench.tradeoff.measure import BINS, GRADIENTS, Recorder, distance, size

BODIES = {"G": 39.5, "h": 0.01, "dt": 0.01}


@reversible
def pendulum(t, q, p, g, *, h):
    """Damped by nothing: scalars, an integer that counts, an array, and a read-only parameter."""
    t += 1
    for i in range(len(q)):
        p -= h * g * sin(q[i])
        q[i] += h * p


@reversible
def spring(x, v, *, k):
    v -= k * sin(x)
    x += v


def swing():
    return StepKernel(pendulum, 0, [0.3, -1.2], 0.7, 9.81, h=0.05)


def three_bodies():
    r = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.5, 0.1]])
    v = np.array([[0.0, 0.0, 0.0], [0.0, 6.28, 0.0], [-5.0, 0.0, 0.0]])
    return StepKernel(leapfrog_step.unchecked, r, v, np.array([1.0, 3e-6, 1e-3]), **BODIES)


# ---- one gradient ------------------------------------------------------------------------------------------
@settings(deadline=None, max_examples=25)
@given(n=st.integers(1, 40), d=st.integers(1, 45), k=st.integers(2, 45))
def test_all_schemes_give_one_gradient_with_the_counts_of_the_closed_forms(n, d, k):
    found = race(swing(), steps=n, snapshots=d, k=k)
    for row in found.rows:
        assert row.distance <= 1e-10
        assert row.counted == row.expected
        assert (row.peak_states, row.peak_bytes) == (row.expected_peak, row.expected_peak * (8 + 16 + 8))
    assert found


@pytest.mark.parametrize(("n", "d", "k"), [(1, 1, 2), (16, 4, 2), (64, 5, 4), (100, 2, 3)])
def test_leapfrog_is_differentiated_alike_by_all_schemes(n, d, k):
    found = race(three_bodies(), steps=n, snapshots=d, k=k, wrt="m")
    assert {row.scheme.name for row in found.rows} == set(GRADIENTS)
    assert all(row.distance <= 1e-10 for row in found.rows)
    assert all(row.counted == row.expected for row in found.rows)
    assert list(found["revolve"].gradient) == ["r", "v", "m"]
    assert bool(found)


def test_the_gradient_is_that_of_the_whole_program():
    bodies, n = three_bodies(), 9
    (r, v), m = bodies.state, np.array([1.0, 3e-6, 1e-3])
    first = StepKernel(leapfrog_step.unchecked, r, v, m, **{**BODIES, "h": BODIES["dt"] / 2})      # `leapfrog` begins with half a kick
    state = tuple(a.copy() for a in first.state)
    first.forward(state)
    found = race(StepKernel(leapfrog_step.unchecked, *state, m, **BODIES), steps=n - 1, seed=lambda last: {"r": 2 * m[:, None] * last["r"]})
    bars = tuple(found["in_place"].gradient.values())
    first.adjoint(state, bars)
    expected = grad(leapfrog_loss.unchecked, wrt=("r", "v"))(0.0, r, v, m, G=BODIES["G"], dt=BODIES["dt"], n=n)
    for got, want in zip(bars, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9 * np.abs(want).max())


def test_the_gradient_is_the_finite_difference():
    found = race(swing(), steps=12, of="p", wrt=["g"])
    e = 1e-6

    def after(q, p, g):
        t = 0
        for _ in range(12):
            t, q, p, _ = pendulum(t, q, p, g, h=0.05)
        return p

    q, p, g = np.array([0.3, -1.2]), 0.7, 9.81
    expected = {"q": [(after(q + e * u, p, g) - after(q - e * u, p, g)) / (2 * e) for u in np.eye(2)],
                "p": (after(q, p + e, g) - after(q, p - e, g)) / (2 * e), "g": (after(q, p, g + e) - after(q, p, g - e)) / (2 * e)}
    for row in found.rows:
        assert list(row.gradient) == ["q", "p", "g"]
        for name, value in expected.items():
            np.testing.assert_allclose(row.gradient[name], value, rtol=1e-7)
    assert isinstance(found["in_place"].gradient["p"], float)


def test_seeds_are_named_made_from_the_last_state_or_all_ones_on_the_first_float():
    default = race(swing(), steps=5, schemes=["in_place"])["in_place"].gradient
    named = race(swing(), steps=5, schemes=["in_place"], seed={"q": np.ones(2)})["in_place"].gradient
    seen = []
    made = race(swing(), steps=5, schemes=["in_place"], seed=lambda last: seen.append(last) or {"q": [1.0, 1.0]})["in_place"].gradient
    for other in (named, made):
        assert other["p"] == default["p"]
        np.testing.assert_array_equal(other["q"], default["q"])
    assert seen[0]["t"] == 5
    assert race(swing(), steps=5, of=2, schemes=["in_place"])["in_place"].gradient["p"] != default["p"]


def test_a_parameter_that_does_not_matter_has_a_zero_gradient():
    @reversible
    def idle(x, unused):
        x += 1.0

    found = race(idle, 0.5, np.ones(3), steps=4, wrt="unused")
    np.testing.assert_array_equal(found["bennett"].gradient["unused"], np.zeros(3))
    assert found["bennett"].gradient["x"] == 1.0


def test_an_inverse_kernel_is_a_step_too():
    forward = race(StepKernel(spring, 0.4, 0.1, k=0.3), steps=6)
    x, v = 0.4, 0.1
    for _ in range(6):
        x, v = spring(x, v, k=0.3)
    back = race(StepKernel(~spring, x, v, k=0.3), steps=6)
    assert bool(back)
    jacobian = [race(StepKernel(f, a, b, k=0.3), steps=6, of=q)["store_all"].gradient for f, a, b in ((spring, 0.4, 0.1), (~spring, x, v)) for q in "xv"]
    one, two = np.array([[g["x"], g["v"]] for g in jacobian]).reshape(2, 2, 2)
    np.testing.assert_allclose(one @ two, np.eye(2), atol=1e-12)
    assert forward["store_all"].counted == back["store_all"].counted


def test_single_precision_is_judged_by_its_own_rounding_unit():
    step = StepKernel(spring, np.float32(0.4), np.float32(0.1), k=np.float32(0.3))
    found = race(step, steps=50)
    assert found
    assert found.tolerance == pytest.approx(3.45e-4, rel=1e-2)
    assert found.state_bytes == 8


# ---- counts come from compiled code ------------------------------------------------------------------------
def with_detour(schedule):
    """The same gradient after one more step and its undoing."""
    first, *rest = schedule
    while not isinstance(first, Advance):
        yield first
        first, *rest = rest
    yield from (first, Retreat(first.slot), first)
    yield from rest


def without_last_step(schedule):
    """The last step is not made: its adjoint step is told a lie."""
    actions = list(schedule)
    last = max(i for i, action in enumerate(actions) if isinstance(action, Advance))
    return actions[:last] + actions[last + 1:]


@pytest.mark.parametrize("name", GRADIENTS)
def test_an_action_more_is_counted_though_the_scheme_does_not_know(name):
    honest = SCHEMES[name]
    altered = replace(honest, schedule=lambda n, s: with_detour(honest.schedule(n, s)))
    row = race(swing(), steps=12, snapshots=3, k=2, schemes=[altered])[name]
    assert row.expected == Counts(honest.forward(12, row.setting), honest.inverse(12, row.setting), 12)
    assert row.counted == Counts(row.expected.forward + 1, row.expected.inverse + 1, 12)
    assert not row.equal


def test_an_action_less_is_counted_too():
    honest = SCHEMES["revolve"]
    altered = replace(honest, schedule=lambda n, s: without_last_step(honest.schedule(n, s)))
    found = race(swing(), steps=12, snapshots=3, schemes=["store_all", altered])
    assert found["revolve"].counted == Counts(found["revolve"].expected.forward - 1, 0, 12)
    assert not found
    assert "≠" in repr(found)
    assert "counts are not those of the closed forms: Checkpoints (Revolve), d = 3" in repr(found)


def test_the_counters_are_statements_of_the_compiled_programs():
    step = swing()
    assert [f"calls[{i}] += 1" in step.show() for i in range(3)] == [True] * 3
    state = tuple(a.copy() for a in step.state)
    step.forward(state)
    assert [f"calls[{i}]" in step._forward.emitted.text for i in range(3)] == [True, False, False]
    step.inverse(state)
    step.inverse(state)
    assert step.counts == Counts(1, 2, 0)
    step.reset()
    assert step.counts.total == 0


def test_a_kernel_with_a_register_called_calls_is_counted_all_the_same():
    @reversible
    def named(calls, calls_bar):
        calls_bar += 0.1 * calls
        calls += 0.5 * calls_bar

    assert race(named, 1.0, np.float64(2.0), steps=7)


def test_a_recursive_step_is_one_call():
    @reversible
    def halves(x, n):
        if n > 0:
            x += 0.1 * n
            halves(x, n - 1)

    row = race(halves, 1.0, 5, steps=4, schemes=["store_all"])["store_all"]
    assert row.counted == Counts(4, 0, 4)


# ---- bytes -------------------------------------------------------------------------------------------------
def peak_traced(step, n):
    tracemalloc.start()
    try:
        found = race(step, steps=n, schemes=["in_place"])
        return tracemalloc.get_traced_memory()[1], found["in_place"]
    finally:
        tracemalloc.stop()


def test_in_place_takes_the_same_memory_for_a_hundred_and_ten_thousand_steps():
    step = StepKernel(leapfrog_step.unchecked, np.random.default_rng(1).normal(size=(2, 3)), np.zeros((2, 3)), np.ones(2), **BODIES)
    race(step, steps=2, schemes=["in_place"])                         # compile outside of what is traced
    short, few = peak_traced(step, 100)
    long, many = peak_traced(step, 10_000)
    assert few.peak_bytes == many.peak_bytes == step.state_bytes == 2 * 2 * 3 * 8
    assert few.cotangent_bytes == many.cotangent_bytes == 96
    assert many.distance == 0.0
    assert long < short + 200_000                                     # the profile's bins; 10,000 states would be 960,000


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_bytes_are_bytes_that_numpy_had(name):
    @reversible
    def shift(x):
        for i in range(len(x)):
            x[i] += 1.0

    step = StepKernel(shift, np.zeros(100_000))
    race(step, steps=2, schemes=[name])
    tracemalloc.start()
    try:
        row = race(step, steps=12, snapshots=3, schemes=[name], seed={})[name]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert row.peak_bytes == row.expected_peak * 800_000
    assert row.peak_bytes + row.cotangent_bytes <= peak <= row.peak_bytes + 4 * 800_000       # the seed, its copy, scratch


def test_what_was_handed_in_is_never_changed_and_never_followed():
    r, v, m = np.ones((2, 3)), np.zeros((2, 3)), np.ones(2)
    r[1] = 2.0
    before = [a.copy() for a in (r, v, m)]
    step = StepKernel(leapfrog_step.unchecked, r, v, m, **BODIES)
    first = race(step, steps=6)["in_place"].gradient
    for a, b in zip((r, v, m), before, strict=True):
        np.testing.assert_array_equal(a, b)
    r[:] = m[:] = np.nan
    np.testing.assert_array_equal(race(step, steps=6)["in_place"].gradient["r"], first["r"])


def test_the_stop_button_leaves_everything_as_it_was(monkeypatch):
    step = swing()
    before = [a.copy() for a in step.state]

    def stop(self, moment):
        if moment.index == 20:
            raise KeyboardInterrupt

    monkeypatch.setattr(Recorder, "__call__", stop)
    with pytest.raises(KeyboardInterrupt):
        race(step, steps=30)
    for a, b in zip(step.state, before, strict=True):
        np.testing.assert_array_equal(a, b)


# ---- profiles ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", GRADIENTS)
def test_a_short_profile_is_what_the_judge_sees_at_every_call(name):
    scheme = SCHEMES[name]
    judged = replay(scheme.schedule(20, 3), 20, timeline=True)
    calls = [frame for frame in judged.timeline if isinstance(frame.action, Advance | Retreat | Gradient)]
    profile = race(swing(), steps=20, snapshots=3, k=3, schemes=[name])[name].profile
    assert profile.width == 1
    assert profile.most.tolist() == profile.least.tolist() == [frame.live for frame in calls]
    assert profile.kinds.tolist() == [[isinstance(frame.action, c) for c in (Advance, Retreat, Gradient)] for frame in calls]


@given(n=st.integers(1, 5000))
@settings(deadline=None, max_examples=20)
def test_a_long_profile_keeps_peaks_and_counts_in_few_bins(n):
    recorder = Recorder()
    live = chain(range(2, n + 2), range(n + 1, 1, -1))
    for i, states in enumerate(live):
        recorder(Moment(i, Advance(0) if i < n else Gradient(0), states, 0, 0))
    profile = recorder.profile()
    assert len(profile.most) <= 2 * BINS
    assert profile.most.max() == n + 1
    assert profile.least.min() == 2
    assert profile.kinds.sum(axis=0).tolist() == [n, 0, n]
    assert (profile.kinds.sum(axis=1)[:-1] == profile.width).all()


# ---- what is shown -----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def raced():
    return race(swing(), steps=16, snapshots=4, k=2)


def test_the_table_has_counts_beside_closed_forms(raced):
    text = repr(raced)
    assert text.splitlines()[0] == "16 steps of pendulum, 32 B per state"
    assert "43 = 43" in text                                          # Revolve: 27 plain advances and 16 taping steps
    assert "6 = 6  192 B = 192 B" in text                             # Bennett, k = 2
    assert text.endswith("counted = closed form; all gradients agree; all counts are those of the closed forms")


def test_the_html_table_is_well_formed_and_wears_jupyter_s_classes(raced):
    class Balance(HTMLParser):
        open_tags = ()

        def handle_starttag(self, tag, attrs):
            self.open_tags += (tag,)

        def handle_endtag(self, tag):
            assert self.open_tags[-1] == tag
            self.open_tags = self.open_tags[:-1]

    html = raced._repr_html_()
    parser = Balance()
    parser.feed(html)
    assert parser.open_tags == ()
    assert html.startswith('<div class="jp-RenderedHTMLCommon">')
    assert html.count("<tr>") == 5


@pytest.mark.parametrize("dark", [None, False, True])
def test_the_figure_has_a_panel_for_each_scheme_and_one_for_the_trade_off(raced, dark):
    import matplotlib.pyplot as plt

    figure = raced.figure(dark)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["●  In place", "■  Store all", "◆  Checkpoints (Revolve), d = 4", "▲  Uncompute (Bennett), k = 2", "Time against memory"]
    assert plt.get_fignums() == []
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("schemes", [["in_place"], ["bennett", "in_place", "store_all"]])
def test_a_figure_of_fewer_schemes_is_drawn_too(schemes):
    found = race(swing(), steps=1, schemes=schemes)
    assert found.figure()._repr_png_()


def test_sizes_are_for_people():
    assert [size(n) for n in (0, 480, 1023, 1024, 45 * 2**20 + 2**19, 3 * 2**40)] == ["0 B", "480 B", "1023 B", "1 KiB", "45.5 MiB", "3 TiB"]


def test_distance_is_relative_and_absolute_at_zero():
    assert distance({"x": [3.0, 4.5]}, {"x": [3.0, 4.0]}) == pytest.approx(0.1)
    assert distance({"x": 0.5}, {"x": 0.0}) == 0.5
    assert np.isnan(distance({"x": np.nan}, {"x": 1.0}))


def test_gradients_that_are_not_numbers_do_not_agree(raced):
    assert not replace(raced, rows=(replace(raced.rows[0], distance=float("nan")),))


# ---- what can go wrong -------------------------------------------------------------------------------------
def test_a_step_that_goes_nowhere_or_has_no_floats_is_refused():
    @reversible
    def look(x):
        assert x > 0

    @reversible
    def count(n):
        n += 1

    with pytest.raises(WrongArguments, match="goes nowhere"):
        StepKernel(look, 1.0)
    with pytest.raises(NotDifferentiable, match="writes no floats"):
        race(count, 0, steps=3)
    with pytest.raises(WrongType, match="a step is a kernel"):
        StepKernel(len)


@pytest.mark.parametrize(("given", "mistake", "said"), [
    ({"of": "q"}, NotDifferentiable, "one float"), ({"of": "t"}, WrongArguments, "not a float of the state"),
    ({"of": "nobody"}, WrongArguments, "choose among q, p"), ({"of": "p", "seed": {"p": 1.0}}, WrongArguments, "both"),
    ({"seed": {"q": np.ones(3)}}, WrongArguments, r"\(3,\) instead of \(2,\)"), ({"seed": {"g": 1.0}}, WrongArguments, "not a float of the state"),
    ({"wrt": "nobody"}, WrongArguments, "no register `nobody`"), ({"wrt": "t"}, NotDifferentiable, "no derivative"),
    ({"schemes": ["magic"]}, BadSetting, "no gradient scheme 'magic'"), ({"snapshots": 0}, BadSetting, "snapshots is 0"),
    ({"k": 1}, BadSetting, "k is 1"), ({"steps": 0}, BadSetting, "steps is 0")])
def test_a_mistake_is_named(given, mistake, said):
    with pytest.raises(mistake) as caught:
        race(swing(), **{"steps": 3, **given})
    assert caught.match(said) or pytest.fail(str(caught.value))


def test_a_constant_with_the_name_of_a_setting_has_a_way_out():
    with pytest.raises(WrongArguments, match="StepKernel"):
        race(spring, 1.0, 0.0, steps=3)
    assert race(StepKernel(spring, 1.0, 0.0, k=0.2), steps=3)
    with pytest.raises(WrongArguments, match="its arguments already"):
        race(StepKernel(spring, 1.0, 0.0, k=0.2), 1.0, steps=3)


def test_a_race_that_would_fill_the_machine_does_not_start(monkeypatch):
    monkeypatch.setattr(measure.os, "sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else 16)
    with pytest.raises(BadSetting, match="Store all would need"):
        race(swing(), steps=10_000)
    assert race(swing(), steps=100, schemes=["in_place", "revolve"])


def test_a_broken_law_of_the_step_is_reported():
    @reversible
    def scale(x, y):
        x *= y

    with pytest.raises(InvertibilityError, match="factor of zero"):
        race(scale, 1.0, 0.0, steps=3)


def test_a_step_kernel_can_be_driven_by_hand():
    step = swing()
    result = drive(in_place(4), step, step.state, step.seed(of="p"))
    assert step.values(result.final)["t"] == 0
    assert step.gradient(result.cotangent)["p"] == pytest.approx(race(swing(), steps=4, of="p")["in_place"].gradient["p"])
    assert list(revolve(1, 1))
