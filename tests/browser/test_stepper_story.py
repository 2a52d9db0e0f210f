"""What the stepper says of a move is what its state shows, and what the machine itself has: on random walks through the zoo."""

import random
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

import revbench as rb
from tests.browser.test_stepper_module import as_json, click, mount, page  # noqa: F401  (a fixture)
from tests.programs import ZOO

pytestmark = pytest.mark.browser

NAME = r"(?P<name>[^\W\d]\w*(?:\u0304|\.bar)?)"
NUMBER = r"(?:stack of )?[-+\w.]+"
CHANGE = re.compile(rf"{NAME}(?P<index>\[[\d, ]+\])?: (?P<old>{NUMBER}) → (?P<new>{NUMBER})")
BORN = re.compile(rf"{NAME} (?:starts|is back) (?:at (?P<value>{NUMBER})|with )")
GONE = re.compile(rf"{NAME} (?:released(?: at (?P<value>{NUMBER}))?|is not there yet)")
NORM = """
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)
"""
LOOK = """([moments]) => {
    const root = document.querySelector("[data-revbench=stepper]");
    return moments.map(t => {
        model.set("position", t);
        const rows = [...root.querySelector(".rvb-state table").querySelectorAll("tr[data-name]")].filter(row => !row.closest("[hidden]"));
        return [root.querySelector(".rvb-story").textContent, Object.fromEntries(rows.flatMap(row => [[row.dataset.name, row.dataset.value],
            [row.dataset.name + ".bar", row.dataset.cotangent]]).filter(([, value]) => value !== undefined))];
    });
}"""
WALKED = ["a loop of two halves", "strides, both directions, and no turns at all", "fibonacci", "calls and uncalls", "arrays made in loops",
          "an array turned round by a stack"]


def started(name: str, gradient: bool) -> rb.Session:
    case = ZOO[name]
    made: Any = rb.compile(case.text)
    kernel = made if isinstance(made, rb.Kernel) else list(vars(made).values())[-1]
    return rb.debug(rb.grad(kernel, of=case.of, wrt=case.wrt) if gradient else kernel, *case.args, **case.consts)


def walk(total: int, seed: int) -> list[int]:
    """Single steps in both directions for the most part, now and then a leap; the whole way back at the end."""
    rng, t, out = random.Random(seed), 0, [0]
    for _ in range(120):
        t = min(max(0, rng.choice([t + 1, t + 1, t + 1, t - 1, t - 1, rng.randint(0, total)])), total)
        out.append(t)
    return [*out, *range(total, max(-1, total - 60), -1)]


def shown(text: str) -> Any:
    return {"True": 1.0, "False": 0.0}.get(text, float(text.removeprefix("stack of "))) if text not in ("True", "False") else float(text == "True")


def element(state: dict[str, str], values: dict[str, Any], name: str, index: str | None) -> Any:
    if index is None:
        return shown(state[name])
    at = tuple(int(k) for k in index[1:-1].split(","))
    return shown(state[name][1:-1].split(", ")[int(np.ravel_multi_index(at, np.shape(values[name])))])


def plain_name(name: str) -> str:
    return f"{name[0]}.bar" if name.endswith("\u0304") else name


@pytest.mark.parametrize(("name", "gradient"), [*((name, False) for name in WALKED), ("calls that compute", True)])
def test_the_story_agrees_with_the_state_before_and_after(page: Page, name: str, gradient: bool) -> None:  # noqa: F811
    session = started(name, gradient)
    mount(page, session, breakpoints=[], bookmarks=[])
    moments = walk(session.total, len(name))
    looks = page.evaluate(LOOK, [moments])
    told = {"change": 0, "born": 0, "gone": 0}
    known: dict[int, tuple[dict[str, Any], tuple[Any, ...]]] = {}
    for t in sorted(set(moments) | {t - 1 for t in moments if t}):
        session.restore_at(t)
        symbols = session.code.functions[session.code.rows[session.machine.standing].fn].symbols
        names = {f"{symbols[n].of}.bar" if n in symbols and symbols[n].of else n: v for n, v in session.parts.items()}
        known[t] = names, tuple(f.ip for f in session.where())
    at_moment = dict(zip(moments, (state for _, state in looks), strict=True))
    for before, t, (story, state) in zip(moments, moments[1:], looks[1:], strict=False):
        assert set(state) == set(known[t][0]), (t, story)                           # the state shows what the machine has
        came = before if before == t + 1 else t - 1                                 # a leap is told by the step that leads there
        if t == before or came not in at_moment or known[came][1] != known[t][1]:
            continue
        was = at_moment[came]
        changes, born, gone = [list(p.finditer(story)) for p in (CHANGE, BORN, GONE)]
        assert story.startswith("back to ") == (before == t + 1)
        if " more" not in story:
            assert {plain_name(m["name"]) for m in born} == set(state) - set(was), (t, story)
            assert {plain_name(m["name"]) for m in gone} == set(was) - set(state), (t, story)
            assert {plain_name(m["name"]) for m in changes} == {n for n in set(was) & set(state) if was[n] != state[n]}, (t, story)
        for m in changes:
            where = plain_name(m["name"]), m["index"]
            assert shown(m["old"]) == pytest.approx(element(was, known[came][0], *where), rel=1e-5), story
            assert shown(m["new"]) == pytest.approx(element(state, known[t][0], *where), rel=1e-5), story
        for m, there in [*((m, state) for m in born), *((m, was) for m in gone)]:
            if m["value"]:
                assert shown(m["value"]) == pytest.approx(shown(there[plain_name(m["name"])]), rel=1e-5), story
        for kind, found in zip(told, (changes, born, gone), strict=True):
            told[kind] += len(found)
    assert min(told.values()) > 2, told


def test_the_clean_up_of_locals_is_told_as_such_in_both_directions(page: Page) -> None:  # noqa: F811
    session = rb.debug(rb.compile(NORM), 0.0, [3.0, 4.0])
    mount(page, session, breakpoints=[], bookmarks=[])
    stories = [story for story, _ in page.evaluate(LOOK, [[7, 9, 10, *range(15, 11, -1)]])]
    assert stories == [
        "step 7 of 15: line 4, no further turn, i released at 1",
        "step 9 of 15: line 4, cleaning up s: for i in reversed(range(len(x))), i starts at 1",
        "step 10 of 15: line 5, cleaning up s: s -= x[i] ** 2, s: 25 → 9",
        "step 15 of 15: line 2, norm ends, the end",
        "back to step 14 of 15: took back line 2, norm ends",
        "back to step 13 of 15: took back line 3, cleaning up s: free(s, 0.0), s is back at 0",
        "back to step 12 of 15: took back line 4, cleaning up s: next i, i is back at 0",
    ]


def test_a_gradients_way_back_is_told_as_undoing_and_passing_on(page: Page) -> None:  # noqa: F811
    mount(page, rb.debug(rb.grad(rb.compile(NORM)), 0.0, [3.0, 4.0]), breakpoints=[], bookmarks=[])
    stories = [story.split(": ", 1)[1] for story, _ in page.evaluate(LOOK, [[18, 23, 27, 28, 31, 36]])]
    assert stories == [
        "line 2 of norm_gradient, where gradients begin: out.bar += 1.0, out.bar: 0 → 1",
        "line 5 of norm_adjoint, s += x[i] ** 2, s: 0 → 9",
        "line 6 of norm_adjoint, undoing it: out -= sqrt(s), out: 5 → 0",
        "line 6 of norm_adjoint, its gradient: s.bar += out.bar * (0.5 / sqrt(s)), s\u0304: 0 → 0.1",
        "line 5 of norm_adjoint, its gradient: x.bar[i] += s.bar * (2 * x[i]), x\u0304[1]: 0 → 0.8",
        "line 3 of norm_adjoint, forget(s.bar): not needed any more, s\u0304 released at 0.1",
    ]


def test_branches_are_told_with_their_answer(page: Page) -> None:  # noqa: F811
    mount(page, started("fibonacci", False), breakpoints=[], bookmarks=[])
    stories = [story.split(", ", 1)[1] for story, _ in page.evaluate(LOOK, [list(range(61))])]
    assert "if n < 2: no" in stories
    assert "if n < 2: yes" in stories
    assert "out += n, nothing changes" in stories
    assert any(story.endswith("into fib") for story in stories)


@pytest.mark.parametrize("name", ["arrays made in loops", "calls that compute"])
def test_the_erase_meter_shows_what_is_erased_at_the_cursors_moment_in_both_directions(page: Page, name: str) -> None:  # noqa: F811
    session = started(name, True)
    there = [session.goto(t).erased_bits for t in range(session.total + 1)]
    back = [session.goto(t).erased_bits for t in range(session.total, -1, -1)][::-1]
    assert there == back
    assert there[0] == 0 < there[-1]
    mount(page, session, breakpoints=[], bookmarks=[])
    order = [*range(session.total + 1), *range(session.total, -1, -1)]
    shown = page.evaluate("""order => order.map(t => { model.set("position", t); return Number(document.querySelector(".rvb-meter").dataset.bits); })""", order)
    assert shown == [*there, *there[::-1]]
    middle = session.total - 10                                                     # in a window of its own, too
    found = page.evaluate("""([program, window, moments]) => {
        const { at } = stepper.erasures(program, new stepper.Playback(windowOf(window)));
        return moments.map(at);
    }""", [session.program_json(), as_json(session.window(middle)), list(range(middle, session.total + 1))])
    assert found == there[middle:]
    page.locator(".rvb-meter").click()
    assert int(page.locator("[data-revbench]").get_attribute("data-moment") or 0) == next(t for t, bits in enumerate(there) if bits)


def test_a_kernel_and_its_inverse_erase_nothing(page: Page) -> None:  # noqa: F811
    mount(page, rb.debug(~rb.compile(NORM), 5.0, [3.0, 4.0]), breakpoints=[], bookmarks=[])
    click(page, "last")
    assert page.locator(".rvb-meter").text_content() == "0 bits erased"
    assert "Landauer" in (page.locator(".rvb-meter").get_attribute("title") or "")
    assert page.locator(".rvb-controls [data-action=over]").is_disabled()
    assert page.locator(".rvb-controls [data-action=over-back]").is_enabled()
    click(page, "first")
    assert page.locator(".rvb-controls [data-action=rewind]").is_disabled()


def test_complex_numbers_are_written_as_such(page: Page) -> None:  # noqa: F811
    text = "def dot(out, z, w, q):\n    for i in range(len(z)):\n        t = z[i] * w[i]\n        out += abs2(t)\n    q += z[0] * w[0]\n"
    session = rb.debug(rb.compile(text), 0.0, np.array([1 + 2j, 3j]), np.array([1j, 2 + 0j]), 1 - 1j)
    mount(page, session, breakpoints=[], bookmarks=[])
    seen = [state for _, state in page.evaluate(LOOK, [list(range(session.total + 1))])]
    for t, state in enumerate(seen):
        names = session.goto(t).names
        assert set(state) == set(names)
        for name in ("q", "z", *(["t"] if "t" in names else [])):
            assert np.array_equal(np.ravel([complex(x) for x in state[name].strip("[]").split(", ")]), np.ravel(names[name])), (t, name)
    assert any("t" in state for state in seen)
    page.locator("tr[data-name=z] .rvb-open").first.click()
    assert page.locator(".rvb-array [role=gridcell]").all_inner_texts() == ["1+2j", "0+3j"]
