"""The stepper's walks, breakpoints, bookmarks and questions in a blank page, over a real session's run."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

import revbench as rb
from tests.browser.test_stepper_module import mount, page  # noqa: F401  (a fixture)
from tests.timetravel.texts import ENERGY

pytestmark = pytest.mark.browser
STEPPER = "[data-revbench=stepper]"


def shown(page: Page, session: Any, **traits: Any) -> None:  # noqa: F811
    mount(page, session, breakpoints=[], bookmarks=[], **traits)
    page.locator(STEPPER).focus()


def test_walks_by_playback_end_where_the_session_ends(page: Page) -> None:  # noqa: F811
    session = rb.debug(rb.grad(rb.compile(ENERGY).energy), 0.0, [2.0, 3.0, 4.0])
    shown(page, session)
    session.break_at(4)
    page.evaluate("() => model.set('breakpoints', [{ line: 4, source: 0, condition: '', hits: 1, enabled: true }])")
    walks = {"over": ("F10", False, False), "over back": ("F10", True, False), "out": ("F11", False, True), "out back": ("F11", True, True),
             "run": ("F9", False, False), "rewind": ("F9", True, False), "into": ("F11", False, False), "back": ("F11", True, False)}
    found = page.evaluate(
        """([walks, total]) => {
            const root = document.querySelector('[data-revbench=stepper]');
            return Object.values(walks).map(([key, altKey, shiftKey]) => Array.from({ length: total + 1 }, (_, t) => {
                model.set('position', t);
                root.dispatchEvent(new KeyboardEvent('keydown', { key, altKey, shiftKey, bubbles: true, composed: true, cancelable: true }));
                return Number(root.dataset.moment);
            }));
        }""", [walks, session.total])
    assert page.evaluate("() => model.sent") == []                  # the kernel was not asked
    does: dict[str, Any] = {"over": session.over, "over back": lambda: session.over(back=True), "out": session.out,
            "out back": lambda: session.out(back=True), "run": session.run, "rewind": session.rewind, "into": session.step, "back": session.back}
    for (name, do), moments in zip(does.items(), found, strict=True):
        expected = []
        for t in range(session.total + 1):
            session.goto(t)
            do()
            expected.append(session.moment)
        assert moments == expected, name
    for letter, key in {"o": "Shift+F11", "Shift+o": "Alt+Shift+F11", "r": "F9", "Shift+r": "Alt+F9"}.items():
        ends = []
        for pressed in (letter, key):
            page.evaluate("() => { model.set('position', 21); model.set('position', 20); }")
            page.keyboard.press(pressed)
            ends.append(page.locator(STEPPER).get_attribute("data-moment"))
        assert ends[0] == ends[1] != "20", letter


def test_breakpoints_and_bookmarks_by_keyboard_and_by_events(page: Page) -> None:  # noqa: F811
    shown(page, rb.debug(rb.compile(ENERGY).energy, 0.0, [2.0, 3.0, 4.0]))
    page.evaluate("() => { window.heard = []; document.addEventListener('revbench:breakpoints', e => heard.push(e.detail)); }")
    name = page.evaluate("() => model.get('program').sources[0].name")
    page.keyboard.press("ArrowDown")
    line = int(page.locator("[data-current]").get_attribute("data-line") or 0)
    page.keyboard.press("b")
    page.evaluate("name => document.dispatchEvent(new CustomEvent('revbench:set-breakpoints', { detail: { name, lines: [4, 5] } }))", name)
    reach = page.evaluate("() => heard[0].reach")
    assert 5 not in reach                                               # nothing is done on line 5
    assert page.evaluate("() => heard") == [{"name": name, "lines": [line], "reach": reach}, {"name": name, "lines": [4], "reach": reach}]
    page.evaluate("name => document.dispatchEvent(new CustomEvent('revbench:set-breakpoints', { detail: { name, lines: [3], more: true } }))", name)
    assert page.evaluate("() => heard.at(-1).lines") == [3, 4]
    expect(page.get_by_label("breakpoint on line 4")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("m")
    page.keyboard.type("remember")
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    page.locator("[data-bookmark='10']").click()
    expect(page.locator(STEPPER)).to_have_attribute("data-moment", "10")
    page.locator("[data-bookmark='10']").press("Delete")
    expect(page.locator("[data-bookmark]")).to_have_count(0)


def test_a_panel_beside_shows_the_state_and_the_breakpoints(page: Page) -> None:  # noqa: F811
    shown(page, rb.debug(rb.grad(rb.compile(ENERGY).energy), 0.0, [2.0, 3.0, 4.0]))
    page.evaluate("""() => {
        const ask = () => {
            const detail = { onClose: () => { window.closed = true; } };
            document.querySelector('[data-revbench=stepper]').dispatchEvent(new CustomEvent('revbench:mirror', { detail }));
            return detail.mirror;
        };
        window.mirror = ask();
        document.body.append(mirror.element);
        const values = sel => [...document.querySelectorAll(`${sel} .rvb-state tr[data-name]`)].map(row => ({ ...row.dataset }));
        window.both = () => [values('[data-revbench=mirror]'), values('[data-revbench=stepper]')];
    }""")
    mirror = page.locator("[data-revbench=mirror]")
    for action in ("forward", "forward", "over", "run", "back"):
        mirror.locator(f"[data-action={action}]").click()
        beside, own = page.evaluate("both()")
        assert beside == own
        assert own
    assert any("cotangent" in row for row in own)
    moment = int(page.locator(STEPPER).get_attribute("data-moment") or 0)
    page.keyboard.press("ArrowLeft")                                    # the stepper's keys hold there, too
    expect(page.locator(STEPPER)).to_have_attribute("data-moment", str(moment - 1))
    page.locator(STEPPER).focus()
    page.keyboard.press("b")
    switch = mirror.get_by_role("checkbox")
    line = int(page.locator("[data-current]").get_attribute("data-line") or 0)
    expect(mirror.get_by_role("listitem")).to_contain_text(f"line {line}")
    switch.uncheck()
    expect(page.get_by_label(f"breakpoint on line {line}", exact=True)).to_have_attribute("data-break", "off")
    switch.check()
    expect(page.get_by_label(f"breakpoint on line {line}", exact=True)).to_have_attribute("data-break", "on")
    mirror.get_by_label("remove the breakpoint").click()
    expect(mirror.get_by_role("listitem")).to_have_count(0)


def test_conditions_are_asked_of_the_kernel_and_stop_shows_meanwhile(page: Page) -> None:  # noqa: F811
    shown(page, rb.debug(rb.compile(ENERGY).energy, 0.0, [2.0, 3.0, 4.0]))
    page.keyboard.press("/")
    page.keyboard.type("s > 3")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("[data-action=stop]")).to_be_visible()
    assert page.evaluate("() => model.sent") == [{"kind": "ask", "id": 1, "what": "rewind", "at": 0, "until": "s > 3"}]
    page.evaluate("() => model.emit('msg:custom', { kind: 'answer', id: 1, what: 'rewind', moment: 14, text: 'stopped: `s > 3` holds' })")
    expect(page.locator(STEPPER)).to_have_attribute("data-moment", "14")
    expect(page.locator("[data-action=stop]")).to_be_hidden()
    expect(page.locator(".rvb-story")).to_contain_text("s > 3 holds")
    expect(page.locator(".rvb-story .rvb-said")).to_have_text("s > 3")
    assert "`" not in page.locator(STEPPER).evaluate("root => root.outerHTML")
