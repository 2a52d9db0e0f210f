"""The gradient panel, guessing and the rules of accessibility: the stepper in a blank page, over a real session that answers."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import revbench as rb
from revbench.widgets.asked import answer
from tests.browser.test_stepper_module import DARK, LIGHT, as_json, click, module_page, moment
from tests.timetravel.texts import ENERGY

pytestmark = pytest.mark.browser


class Real:
    """A stepper in a page whose model is answered by a session here."""

    def __init__(self, page: Page, session: rb.Session, theme: dict[str, str] = LIGHT) -> None:
        self.page, self.session = page, session
        page.expose_function("kernel", lambda text: json.dumps(answer(session, json.loads(text)), allow_nan=False))
        state = {"program": session.program_json(), "position": 0, "total": session.total, "complete": session.complete, "error": session.error, "height": 380,
                 "breakpoints": [], "bookmarks": [], "stale": "", "kernel_id": ""}
        page.evaluate(
            """([state, start, theme]) => {
                for (const [name, value] of Object.entries(theme)) document.documentElement.style.setProperty(name, value);
                document.body.style.background = theme["--jp-layout-color1"];
                const listeners = [];
                window.model = makeModel({ ...state, window: windowOf(start) });
                const on = model.on;
                model.on = (name, listener) => { if (name === "msg:custom") listeners.push(listener); on(name, listener); };
                model.send = async message => {
                    if (message.kind !== "ask") return;
                    const reply = JSON.parse(await window.kernel(JSON.stringify(message)));
                    for (const listener of listeners) listener(reply);
                };
                const el = document.createElement("main");
                document.body.append(el);
                window.unmount = stepper.default.render({ model, el });
            }""",
            [state, as_json(session.window(0)), theme],
        )


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with module_page(browser, 900) as page:
        yield page


def gradient_session() -> rb.Session:
    return rb.debug(rb.grad(rb.compile(ENERGY).energy), 0.0, [2.0, 3.0, 4.0])


def open_panel(page: Page) -> None:
    page.locator(".rvb-gradient > summary").click()
    expect(page.locator(".rvb-curve").first).to_be_visible()


def test_cotangents_are_drawn_over_time_and_a_click_goes_there(page: Page) -> None:
    real = Real(page, gradient_session())
    open_panel(page)
    names = page.locator(".rvb-curve").evaluate_all("rows => rows.map(row => row.dataset.curve)")
    assert names[:2] == ["out.bar", "x.bar"]
    assert "s.bar" in names
    box = page.locator("[data-curve='x.bar'] .rvb-spark").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    assert moment(page) == pytest.approx(real.session.total / 2, abs=1)
    page.locator("[data-curve='x.bar'] .rvb-name").focus()
    page.keyboard.press("Enter")
    assert 0 < moment(page) < real.session.total
    assert real.session.contributions("x.bar[0]").moments[0] < real.session.total


def test_who_made_a_component_is_told_beside_the_lines_and_sums_up(page: Page) -> None:
    real = Real(page, gradient_session())
    open_panel(page)
    page.locator(".rvb-component").fill("x.bar[1]")
    page.keyboard.press("Enter")
    total = page.locator("[data-sum]")
    expect(total).to_be_visible()
    want = real.session.contributions("x.bar[1]")
    assert float(total.get_attribute("data-sum") or "nan") == pytest.approx(want.total, rel=1e-12)
    for (source, line), amount in want.by_place.items():
        assert float(page.locator(f".rvb-grad-table tr[data-source='{source}'][data-line='{line}']").get_attribute("data-amount") or "nan") == amount
        expect(page.locator(f".rvb-line[data-line='{line}'][data-heat]")).to_be_visible()
    line = next(iter(want.by_line))
    page.locator(f".rvb-grad-table tr[data-line='{line}'] .rvb-name").click()
    assert moment(page) in want.moments
    page.locator(".rvb-contributions .rvb-close").click()
    assert page.locator("[data-heat]").count() == 0


def test_the_first_nan_is_two_clicks_away(page: Page) -> None:
    roots = rb.compile("def roots(out, x):\n    for i in range(len(x)):\n        out += sqrt(x[i] - 1.0)\n")
    real = Real(page, rb.debug(rb.grad(roots), 0.0, [2.0, 0.5, 4.0]))
    open_panel(page)
    click(page, "nan")
    expect(page.locator(".rvb-grad-status")).to_contain_text("sqrt(x[i] - 1.0)")
    assert moment(page) == real.session.moment
    assert real.session.line == 3


def test_the_panel_begins_with_an_input_and_leaves_the_cursor_where_there_is_nothing(page: Page) -> None:
    Real(page, gradient_session())
    open_panel(page)
    expect(page.locator(".rvb-component")).to_have_value("x.bar[0]")
    page.evaluate("model.set('position', 12)")
    click(page, "nan")
    expect(page.locator(".rvb-grad-status")).to_have_text("no NaN in this run")
    assert moment(page) == 12
    click(page, "checks")
    expect(page.locator(".rvb-grad-status")).to_contain_text("from here on is right: ")


def test_keys_go_on_after_what_was_pressed_has_gone(page: Page) -> None:
    roots = rb.compile("def roots(out, x):\n    for i in range(len(x)):\n        out += sqrt(x[i] - 1.0)\n")
    real = Real(page, rb.debug(roots, 0.0, [2.0, 0.5, 4.0]))

    def goes_on(key: str, steps: int) -> None:
        here = moment(page)
        page.keyboard.press(key)
        assert moment(page) == here + steps, page.evaluate("document.activeElement.outerHTML.slice(0, 100)")

    click(page, "ask")
    page.get_by_role("menuitem", name="First NaN").press("Enter")
    expect(page.locator(".rvb-story")).to_contain_text("the first NaN")
    assert moment(page) == real.session.moment > 0
    goes_on("ArrowRight", 1)
    page.keyboard.press("/")
    page.keyboard.type("out > 100")
    page.keyboard.press("Enter")
    expect(page.locator(".rvb-story")).to_contain_text("stopped")
    goes_on("ArrowLeft", -1)
    page.keyboard.press("m")                                            # asks for a note
    page.get_by_label("close the answer").focus()
    page.keyboard.press("Enter")
    goes_on("ArrowLeft", -1)
    page.locator("[data-action=last]").focus()
    page.keyboard.press("Enter")                                        # it is disabled at the end
    goes_on("F11", 0)
    goes_on("ArrowLeft", -1)
    page.locator("tr[data-name=out] .rvb-name").focus()
    page.keyboard.press("Enter")
    page.get_by_label("stop following").focus()
    page.keyboard.press("Enter")
    goes_on("Alt+F11", -1)


def test_another_value_that_is_impossible_is_told_once_and_without_backticks(page: Page) -> None:
    Real(page, rb.debug(rb.compile("def square(y, x):\n    t = x * x\n    y += t\n    assert y < 100.0\n"), 0.0, 3.0))
    page.evaluate("model.set('position', 3)")
    result = page.locator(".rvb-result")

    def what_if(name: str, value: str) -> None:
        page.locator(f"tr[data-name={name}] .rvb-value").first.dblclick()
        page.get_by_label(f"another value of {name}").fill(value)
        page.keyboard.press("Enter")

    what_if("y", "200")
    expect(result).to_contain_text("further on")
    assert "further on" in result.inner_text()
    assert not any(mark in result.inner_text() for mark in ("`", "hint", "^^^", "broken here"))
    page.evaluate("model.set('position', 2)")
    what_if("t", "20")
    expect(result).to_contain_text("impossible: line 2 forbids it")
    assert "further on" not in result.inner_text()
    assert result.locator(".rvb-said").first.inner_text() == "t"
    assert result.inner_text().count("does not return to") == 1


def test_every_component_stands_beside_differences(page: Page) -> None:
    Real(page, gradient_session())
    open_panel(page)
    click(page, "compare")
    rows = page.locator("tr[data-place]")
    expect(rows).to_have_count(3)
    assert set(rows.evaluate_all("rows => rows.map(row => row.dataset.ok)")) == {"true"}


def test_while_differences_are_compiled_it_says_so_and_can_be_stopped(page: Page) -> None:
    real = Real(page, gradient_session())
    open_panel(page)
    page.evaluate("() => { model.send = message => { window.last = message; }; }")         # a kernel that takes its time
    click(page, "compare")
    expect(page.locator(".rvb-grad-status")).to_have_text("compiling, then comparing with differences …")
    expect(page.locator(".rvb-progress")).to_contain_text("compiling")
    expect(page.locator("[data-action=stop]")).to_be_visible()
    reply = answer(real.session, page.evaluate("() => window.last"))
    page.evaluate("reply => model.emit('msg:custom', reply)", reply)
    expect(page.locator("tr[data-place='d/dx[0]']")).to_be_visible()
    expect(page.locator("[data-action=stop]")).to_be_hidden()


def test_cotangents_and_variables_of_callers_have_their_writes_and_other_values_too(page: Page) -> None:
    session = gradient_session()
    real = Real(page, session)
    session.run(until="t_bar != 0")
    t = session.moment
    page.evaluate("t => model.set('position', t)", t)
    row = page.locator("tr[data-name=t]").first
    row.hover()
    row.locator("[aria-label='last write of t.bar: go back to it']").click()
    want = session.goto(t).last_write("t.bar")
    assert want is not None
    expect(page.locator(".rvb-story")).to_contain_text(f"written at moment {want.moment}")
    assert moment(page) == want.moment
    page.locator(".rvb-fold > summary").first.click()
    outer = page.locator(".rvb-fold tr[data-name=s]")
    outer.hover()
    outer.locator("[aria-label='next write of s: go on to it']").click()
    want = session.goto(want.moment).next_write("s", frame=1)
    assert want is not None
    expect(page.locator("[data-revbench]")).to_have_attribute("data-moment", str(want.moment + 1))
    assert real.session.moment == want.moment + 1


def test_runs_without_cotangents_have_no_such_panel(page: Page) -> None:
    Real(page, rb.debug(rb.compile(ENERGY).energy, 0.0, [2.0]))
    expect(page.locator(".rvb-gradient")).to_be_hidden()


def test_a_stack_is_told_by_its_height_and_a_long_array_by_its_length(page: Page) -> None:
    f = rb.compile("def f(out, x):\n    s = Stack()\n    s.push(x[0])\n    out += s[-1]\n    s.pop(x[0])\n")
    Real(page, rb.debug(f, 0.0, [0.5] * 12345))
    row = page.locator("tr[data-name=s]")
    while row.count() == 0 or row.get_attribute("data-value") != "stack of 1":
        assert moment(page) < 4
        click(page, "forward")
    expect(page.locator("tr[data-name=x] .rvb-value").first).to_contain_text("12\u202f345")


# ------------------------------------------------------------------------------------------------ guessing


def test_guessing_asks_before_a_value_changes_and_keeps_score_by_keyboard(page: Page) -> None:
    session = rb.debug(rb.compile(ENERGY).energy, 0.0, [2.0, 3.0])
    Real(page, session)
    click(page, "guess")
    page.locator("[data-revbench=stepper]").focus()
    question, field = page.locator(".rvb-question"), page.locator(".rvb-guess .rvb-new")
    for _ in range(session.total):
        page.keyboard.press("ArrowRight")
        if field.is_visible() and "t = a * a" in question.inner_text():
            break
        if field.is_visible():
            page.keyboard.press("Escape")
    assert "what is t then?" in question.inner_text()
    here = moment(page)
    page.keyboard.type("five")
    page.keyboard.press("Enter")
    expect(page.locator(".rvb-verdict")).to_contain_text("not a number")
    assert moment(page) == here
    field.fill("4")
    page.keyboard.press("Enter")
    expect(page.locator(".rvb-verdict")).to_contain_text("✓ right")
    assert moment(page) == here + 1
    page.keyboard.press("ArrowRight")
    expect(question).to_contain_text("y += log(t - 1.0)")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.locator(".rvb-verdict")).to_contain_text("✗ not 7 · y += log(t - 1.0): y goes from 0 to 1.098612288668")
    expect(page.locator(".rvb-score")).to_have_text("1 of 2 right")


LIKELIHOOD = """
def likelihood(out, rate, t):
    for i in range(len(t)):
        if t[i] > 100.0:
            out += rate
        left = 1.0 - rate * t[len(t) - 2 * i - 1]
        out += log(left)
"""


def test_what_is_to_be_guessed_is_not_told_beforehand_and_the_elements_meant_are_shown(page: Page) -> None:
    session = rb.debug(rb.compile(LIKELIHOOD), 0.0, 0.3, np.linspace(0.0, 2.0, 41))
    Real(page, session)
    page.locator("tr[data-name=out] .rvb-name").first.click()                  # followed: its curve is drawn
    changes = page.locator(".rvb-later .rvb-change")
    assert any("→" in text for text in changes.all_inner_texts())
    click(page, "guess")
    page.locator("[data-revbench=stepper]").focus()
    question, verdict = page.locator(".rvb-question"), page.locator(".rvb-verdict")
    for _ in range(session.total):
        assert set(changes.all_inner_texts()) == {"·"}
        assert changes.evaluate_all("cells => cells.every(cell => !cell.title)")
        expect(page.locator(".rvb-history")).to_be_hidden()
        page.keyboard.press("ArrowRight")
        if question.is_visible() and "left =" in question.inner_text():
            break
        if question.is_visible():
            assert "):" not in question.inner_text()
            page.keyboard.press("Escape")
            expect(verdict).to_contain_text("shown ·")
        else:
            assert verdict.inner_text() == ""                                   # nothing changed: nothing is left of what was said before
    assert page.locator(".rvb-guess .rvb-soft").inner_text() == "rate = 0.3, t[40] = 2, i = 0"
    page.keyboard.type("0.4")
    page.keyboard.press("Enter")
    expect(verdict).to_contain_text("✓ right")
    assert page.locator(".rvb-here .rvb-change").inner_text() == "· → 0.4"
    page.keyboard.press("ArrowLeft")
    assert verdict.inner_text() == ""
    page.get_by_label("search the trace").fill("0.4")
    page.keyboard.press("Enter")
    expect(page.locator(".rvb-story")).to_contain_text("is not found later")
    click(page, "guess")
    assert any("→" in text for text in changes.all_inner_texts())


# ------------------------------------------------------------------------------------------------ accessibility


def axe_core() -> Path:
    """The script of axe-core (MPL 2.0), as a package brings it."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.fail("axe-core is missing: pip install axe-playwright-python, which `pip install -e .[dev]` does, too", pytrace=False)
    return Path(found.origin).parent / "axe.min.js"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_axe_finds_no_violation(page: Page, theme: dict[str, str]) -> None:
    Real(page, gradient_session(), theme)
    open_panel(page)
    click(page, "contributions")
    expect(page.locator("[data-sum]")).to_be_visible()
    page.locator("tr[data-name=x] .rvb-open").first.click()
    click(page, "guess")
    for _ in range(12):
        click(page, "forward")
    page.add_script_tag(path=axe_core())
    found = page.evaluate("""async () => (await axe.run(document.querySelector("[data-revbench]"))).violations.map(
        ({ id, help, nodes }) => `${id}: ${help}: ` + nodes.slice(0, 3).map(node => `${node.html.slice(0, 160)} | ${node.any[0]?.message}`).join("; "))""")
    assert found == []


def test_of_a_run_that_is_not_all_here_the_kernel_tells_a_variables_history(page: Page) -> None:
    session = rb.debug(rb.compile(ENERGY).energy, 0.0, [2.0, 3.0, 4.0])
    whole = session.window
    session.window = lambda start: whole(start, 15)                # type: ignore[method-assign, assignment, misc]
    Real(page, session)
    page.evaluate("model.set('position', 9)")
    page.locator("tr[data-name=s] .rvb-name").first.click()
    want = session.goto(9).history("s")
    expect(page.locator(".rvb-legend")).to_contain_text(f"{len(want) - 1} changes")
    assert want.moments[-1] > 15
    ends = page.locator(".rvb-history .trend").get_attribute("d") or ""
    assert ends.endswith("H1000.00")


def test_everything_that_can_be_pressed_says_what_it_does(page: Page) -> None:
    Real(page, gradient_session())
    open_panel(page)
    for _ in range(12):
        click(page, "forward")
    missing = page.evaluate("""() => [...document.querySelectorAll("[data-revbench] :is(button, select, input, summary)")]
        .filter(each => !each.title && each.checkVisibility()).map(each => each.outerHTML.slice(0, 120))""")
    assert missing == []


def test_values_that_are_empty_long_or_not_finite_are_legible(page: Page) -> None:
    text = "def f(out, x, a_name_that_is_longer_than_its_column_can_be, e):\n    out += x[0] + len(e) * a_name_that_is_longer_than_its_column_can_be\n"
    Real(page, rb.debug(rb.compile(text), float("nan"), [1.0, float("inf")], 2.0, np.zeros(0)))
    row = {name: page.locator(f"tr[data-name={name}]").first for name in ("out", "x", "e", "a_name_that_is_longer_than_its_column_can_be")}
    expect(row["e"].locator(".rvb-digits").first).to_have_text("empty")
    expect(row["e"].locator(".rvb-open")).to_have_count(0)
    expect(row["out"].locator(".rvb-bad")).to_have_text("nan")
    name = row["a_name_that_is_longer_than_its_column_can_be"]
    boxes = [name.locator(which).first.bounding_box() for which in (".rvb-name", ".rvb-value")]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    before = row["out"].locator(".rvb-value").first.bounding_box()
    row["x"].locator(".rvb-open").click()
    expect(page.locator(".rvb-array .rvb-bad")).to_have_text("inf")
    assert row["out"].locator(".rvb-value").first.bounding_box() == before         # the open table moves no column


def test_every_control_is_reached_by_keyboard(page: Page) -> None:
    Real(page, gradient_session())
    open_panel(page)
    wanted = page.evaluate("""() => [...document.querySelectorAll("[data-revbench] :is(button:not(.rvb-gutter[tabindex='-1']), input, select, summary)")]
        .filter(element => !element.disabled && element.checkVisibility({ visibilityProperty: true })).map((element, k) => (element.dataset.test = k))""")
    reached = set()
    page.locator("[data-revbench=stepper]").focus()
    for _ in range(3 * len(wanted)):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement?.dataset.test ?? ''"))
    left = [page.locator(f"[data-test='{k}']").evaluate("element => element.outerHTML.slice(0, 120)") for k in wanted if str(k) not in reached]
    assert left == []


@pytest.mark.parametrize(("width", "rows"), [(1200, 1), (970, 2), (740, 2), (600, 3)])
def test_at_every_width_numbers_and_statements_are_whole(page: Page, width: int, rows: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    Real(page, rb.debug(rb.grad(rb.compile(ENERGY).energy), 0.0, [3.0, 4.0]))
    page.locator(".revbench-stepper").focus()
    page.keyboard.press("End")
    tops = page.locator(".rvb-panel").evaluate_all("panels => panels.map(panel => panel.getBoundingClientRect().top)")
    assert len(set(tops)) == rows
    cut = page.evaluate("""() => [...document.querySelectorAll(".rvb-digits, .rvb-was, .rvb-scroll, .rvb-story" + (innerWidth < 1200 ? ", .rvb-step > *" : ""))]
        .filter(each => each.scrollWidth > each.clientWidth && each.checkVisibility()).map(each => each.outerHTML.slice(0, 120))""")
    assert cut == []


def test_a_short_program_takes_little_height_and_panels_do_not_shrink(page: Page) -> None:
    real = Real(page, rb.debug(rb.compile("def f(out, x):\n    s = x * x\n    t = s * s\n    out += t\n"), 0.0, 2.0))
    body = page.locator(".rvb-body")
    heights = []
    for t in [*range(real.session.total), 0]:
        page.evaluate("t => model.set('position', t)", t)
        heights.append(body.evaluate("body => body.offsetHeight"))
    assert heights == sorted(heights)
    assert heights[-1] < 380
