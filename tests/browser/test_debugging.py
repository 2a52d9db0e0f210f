"""The debugger in a real notebook, end to end: questions to the kernel, breakpoints, stale views, interrupts, reloads and restarts.

One notebook serves all tests of this file, in their order: a start of Lab costs more than any of them.
"""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import NOTEBOOK, LabServer, errors_in, open_notebook, run_all
from tests.browser.test_lab_starts import write_notebook
from tests.browser.test_quickstart import moment, picture, states

CELLS = [
    "%load_ext revbench",
    "%%reversible --quiet\ndef mul(y, a, b):\n    y += a * b",
    "%%reversible --quiet\ndef term(y, a):\n    t = a * a\n    y += log(t - 1.0)\n\n"
    "def energy(out, x):\n    s = 0.0\n    for i in range(len(x)):\n        term(s, x[i])\n    out += s * s",
    "%%reversible --quiet\ndef picky(y, x):\n    y += x\n    assert y < 10\n    y += x",
    "%%reversible --quiet\ndef long(y, n: int):\n    for i in range(n):\n        y += sin(0.1 * i)",
    "%step mul(2, 3, 5)\n%step energy(0.0, [2.0, 3.0, 4.0])\n%step energy(0.0, [2.0, 0.5, 4.0])\n%step picky(1, 20)\n%step long(0.5, 3_000_000)",
]
MUL, ENERGY, NAN, PICKY, LONG = range(5)
RUN_CELL = f"index => {{ const p = {NOTEBOOK}; p.content.activeCellIndex = index; return window.jupyterapp.commands.execute('notebook:run-cell'); }}"

# Presses Stop; `stopped` is when it has been said where the run stopped.
STOP = """n => {
    const root = document.querySelectorAll("[data-revbench=stepper]")[n];
    const watch = new MutationObserver(() => {
        if (!root.querySelector(".rvb-story").textContent.includes("stopped at moment")) return;
        window.stopped = performance.now();
        watch.disconnect();
    });
    watch.observe(root, { subtree: true, childList: true, characterData: true });
    const since = performance.now();
    root.querySelector("[data-action=stop]").click();
    return since;
}"""


@pytest.fixture(scope="module")
def notebook(browser: Browser, lab: LabServer) -> Iterator[Page]:
    write_notebook(lab, "debugging.ipynb", *CELLS)
    with browser.new_context(viewport={"width": 1400, "height": 4000}) as context:     # so tall that Lab draws every cell
        page = context.new_page()
        open_notebook(page, lab, "debugging.ipynb")
        run_all(page)
        assert errors_in(page) == []
        expect(page.locator("[data-revbench=stepper][data-moment]")).to_have_count(5, timeout=30_000)
        yield page
    lab.shut_down_kernels()


def stepper(page: Page, n: int) -> Locator:
    return page.locator("[data-revbench=stepper]").nth(n)


def press(stepper: Locator, action: str) -> None:
    stepper.locator(f"[data-action={action}]").first.click()


def slide(stepper: Locator, moment: int) -> None:
    stepper.locator("[data-action=slide]").evaluate("(slider, t) => { slider.value = t; slider.dispatchEvent(new Event('input')); }", moment)


@pytest.mark.timeout(300)
def test_what_if_finds_the_inputs_that_would_have_led_there(notebook: Page) -> None:
    mul = stepper(notebook, MUL)
    press(mul, "last")
    assert states(mul) == {"y": "17", "a": "3", "b": "5"}
    mul.locator("tr[data-name=y] .rvb-value").first.dblclick()
    mul.get_by_label("another value of y").fill("20")
    notebook.keyboard.press("Enter")
    pairs = mul.locator(".rvb-answer-part").first.locator("[data-pair]")
    expect(pairs).to_have_text(["y = 5", "a = 3", "b = 5"])
    expect(mul.locator(".rvb-answer-part").nth(1)).to_contain_text("y = 20")
    picture(notebook, mul, "what-if")


def test_a_planted_nan_is_found_in_two_clicks(notebook: Page) -> None:
    nan = stepper(notebook, NAN)
    press(nan, "ask")
    nan.get_by_role("menuitem", name="First NaN").click()
    expect(nan).to_have_attribute("data-moment", "11")
    expect(nan.locator("[data-current]")).to_contain_text("y += log(t - 1.0)")
    assert states(nan)["t"] == "0.25"


def test_it_rewinds_to_a_breakpoint_and_runs_to_a_condition_and_the_other_steppers_stay(notebook: Page) -> None:
    others = [moment(stepper(notebook, n)) for n in (MUL, NAN, PICKY, LONG)]
    energy = stepper(notebook, ENERGY)
    energy.get_by_label("breakpoint on line 4").click()
    expect(energy.get_by_label("breakpoint on line 4")).to_have_attribute("aria-pressed", "true")
    press(energy, "last")
    press(energy, "rewind")
    expect(energy.locator("[data-current]")).to_have_attribute("data-line", "4")
    assert states(energy)["a"] == "2"                   # the way back out of the kernel undoes the loop
    press(energy, "rewind")
    assert states(energy)["a"] == "3"
    energy.get_by_label("breakpoint on line 4").click()
    energy.locator(".rvb-until").fill("s > 3")
    press(energy, "first")
    energy.locator(".rvb-until").press("Enter")
    expect(energy).to_have_attribute("data-moment", "14")
    energy.locator(".rvb-until").fill("nowhere > 3")
    energy.locator(".rvb-until").press("Shift+Enter")
    expect(energy.locator(".rvb-story")).to_contain_text("cannot be asked")
    energy.locator(".rvb-until").fill("")
    energy.locator("tr[data-name=s]").hover()
    energy.locator("tr[data-name=s] [data-action=last-write]").click()
    expect(energy).to_have_attribute("data-moment", "11")
    assert [moment(stepper(notebook, n)) for n in (MUL, NAN, PICKY, LONG)] == others


def test_a_broken_law_leaves_the_cursor_on_its_statement(notebook: Page) -> None:
    picky = stepper(notebook, PICKY)
    press(picky, "run")
    expect(picky.locator("[data-current]")).to_contain_text("assert y < 10")
    expect(picky.locator(".rvb-alarm")).to_be_visible()
    assert states(picky)["y"] == "21"


@pytest.mark.parametrize("known_by", ["token", "cookie"])
def test_the_stop_button_interrupts_and_the_cursor_stands_where_it_stopped(notebook: Page, known_by: str) -> None:
    if known_by == "cookie":                            # as with a password: then only a header shows that the page is the server's own
        notebook.evaluate("""() => {
            const config = document.getElementById("jupyter-config-data");
            config.textContent = JSON.stringify({ ...JSON.parse(config.textContent), token: "" });
        }""")
    long = stepper(notebook, LONG)
    slide(long, 0)
    expect(long).to_have_attribute("data-moment", "0")
    press(long, "ask")
    long.get_by_role("menuitem", name="First round-off").click()
    notebook.wait_for_timeout(400)
    with notebook.expect_response("**/interrupt") as response:
        since = notebook.evaluate(STOP, LONG)
    assert response.value.status == 204
    assert ("authorization" in response.value.request.headers, "x-xsrftoken" in response.value.request.headers) == (known_by == "token", True)
    expect(long.locator(".rvb-story")).to_contain_text("stopped at moment", timeout=5_000)
    taken = notebook.evaluate("since => stopped - since", since)
    print(f"stopped and shown {taken:.0f} ms after the click")
    assert taken < 5_000                                # 0.5 s where nothing else runs
    expect(long.locator("[data-action=stop]")).to_be_hidden()
    assert f"stopped at moment {moment(long)} " in long.locator(".rvb-story").inner_text().replace(",", "")
    assert moment(long) > 0
    press(long, "first")
    expect(long).to_have_attribute("data-moment", "0")
    assert [e for e in errors_in(notebook) if "cell" in e] == []


def test_a_kernel_defined_again_makes_its_steppers_stale(notebook: Page) -> None:
    notebook.evaluate(f"() => {{ {NOTEBOOK}.content.model.cells.get(1).sharedModel.setSource('%%reversible --quiet\\ndef mul(y, a, b):\\n    y -= a * b'); }}")
    notebook.evaluate(RUN_CELL, 1)
    expect(stepper(notebook, MUL).locator(".rvb-banner")).to_have_text("the source has changed since: run %step again")
    expect(stepper(notebook, ENERGY).locator(".rvb-banner")).to_be_hidden()


@pytest.mark.timeout(300)
def test_a_reloaded_page_shows_the_same_moments(notebook: Page, lab: LabServer) -> None:
    there = [moment(stepper(notebook, n)) for n in (MUL, ENERGY)]
    assert there == [3, 11]
    # Millions of steps from here: what is shown then came with the model, and its neighbours by messages.
    long = stepper(notebook, LONG)
    far = 5_000_000
    slide(long, far)
    expect(long).to_have_attribute("data-moment", str(far))
    value = states(long)["y"]
    notebook.wait_for_timeout(300)                          # until the position is saved
    notebook.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    sizes: list[int] = []
    notebook.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
    notebook.reload()
    notebook.wait_for_function(f"() => window.jupyterapp && {NOTEBOOK}?.sessionContext?.session?.kernel?.connectionStatus === 'connected'", timeout=60_000)
    since = time.perf_counter()
    expect(notebook.locator("[data-revbench=stepper][data-moment]")).to_have_count(5, timeout=30_000)
    print(f"five steppers are there {time.perf_counter() - since:.1f} s after the kernel is")
    assert [moment(stepper(notebook, n)) for n in (MUL, ENERGY, LONG)] == [*there, far]
    assert states(long)["y"] == value
    assert max(sizes) < 3_000_000                           # not even the widest recording is part of the state
    slide(long, 100)
    expect(long).to_have_attribute("data-moment", "100")
    energy = stepper(notebook, ENERGY)
    energy.locator(".rvb-until").fill("s > 5")
    energy.locator(".rvb-until").press("Enter")
    expect(energy.locator(".rvb-story")).to_contain_text("s > 5 holds")


def test_after_a_restart_the_run_still_plays_and_the_rest_says_why_not(notebook: Page) -> None:
    notebook.evaluate(f"() => {NOTEBOOK}.sessionContext.session.kernel.restart()")
    energy = stepper(notebook, ENERGY)
    expect(energy.locator(".rvb-banner")).to_contain_text("the kernel that made this run has gone", timeout=30_000)
    edit = energy.locator("[data-action=edit]").first
    expect(edit).to_be_disabled()
    assert "has gone" in (edit.get_attribute("title") or "")
    press(energy, "first")
    press(energy, "forward")
    expect(energy).to_have_attribute("data-moment", "1")
    energy.locator(".rvb-until").fill("9")
    press(energy, "run")
    expect(energy.locator("[data-current]")).to_have_attribute("data-line", "9")
    energy.locator(".rvb-until").fill("s > 3")
    press(energy, "run")
    expect(energy.locator(".rvb-story")).to_contain_text("has gone")
    picture(notebook, energy, "restarted")
