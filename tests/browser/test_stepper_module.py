"""The stepper's front end on its own: the module in a blank page, over a small run made by hand."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from revbench.widgets.stepper import Stepper

pytestmark = pytest.mark.browser

FLOAT, INT = 0, 1
HEADER = 5      # words of an int frame: caller, (unused), call row, (unused), float base

SOURCE = '''\
def norm(out, x):
    """The Euclidean norm."""
    s = 0.0                   # cleans up after itself
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)'''

MAIN = '''\
out, x = 0.0, [3.0, -4.0]
norm(out, x)
norm.adjoint(out, x)'''


def symbol(name: str, bank: str, mode: str, slot: int, role: str = "local", **more: Any) -> dict[str, Any]:
    dtype = more.pop("dtype", "float64" if bank == "F" else "int64")
    return {"name": name, "bank": bank, "mode": mode, "slot": slot, "ndim": 1 if mode == "array" else 0,
            "dtype": dtype, "role": role, "of": None} | more


MAIN_SYMBOLS = [
    symbol("out", "F", "local", 0, "param"),
    symbol("x", "F", "array", HEADER, "param"),
    symbol("out.bar", "F", "local", 1, "cotangent", of="out"),
    symbol("x.bar", "F", "array", HEADER + 2, "cotangent", of="x"),
    symbol("W", "F", "array", HEADER + 4, "const", ndim=2),
    symbol("checked", "I", "local", HEADER + 7, "keeper", dtype="bool"),
    symbol("noise", "F", "array", HEADER + 8, "capture"),
]
NORM_SYMBOLS = [
    symbol("out", "F", "ref", HEADER, "param"),
    symbol("x", "F", "array", HEADER + 1, "param"),
    symbol("s", "F", "local", 0),
    symbol("i", "I", "local", HEADER + 3, "loop"),
    symbol("n", "I", "ref", HEADER + 4, "const"),
]
ADJOINT_SYMBOLS = [
    *NORM_SYMBOLS,
    symbol("out.bar", "F", "ref", HEADER + 5, "cotangent", of="out"),
    symbol("x.bar", "F", "array", HEADER + 6, "cotangent", of="x"),
    symbol("s.bar", "F", "local", 1, "cotangent", of="s"),
]

PARAMS, WITH_S, WITH_I = [0, 1, 4], [0, 1, 2, 4], [0, 1, 2, 3, 4]
MAIN_LIVE = [0, 1, 4, 5, 6]
LIVES = [PARAMS, WITH_S, WITH_I, MAIN_LIVE, [*range(7)], [0, 1, 4, 5, 6], [*range(8)]]


def row(fn: int, line: int, text: str, kind: str, live: int, live_after: int) -> dict[str, Any]:
    source = -1 if line == 0 else (1 if fn == 0 else 0)
    return {"fn": fn, "source": source, "line": line, "text": text, "kind": kind, "live": live, "live_after": live_after}


ROWS = [
    row(0, 1, "begin", "begin", 3, 3),                              # 0
    row(0, 2, "norm(out, x)", "call", 3, 3),
    row(0, 3, "norm.adjoint(out, x)", "call", 4, 4),
    row(0, 3, "end", "end", 4, 4),
    row(1, 1, "begin", "begin", 0, 0),                              # 4
    row(1, 3, "s = 0.0", "enter", 0, 1),
    row(1, 4, "for i in range(len(x))", "for", 1, 2),
    row(1, 5, "s += x[i] ** 2", "update", 2, 2),
    row(1, 4, "next i", "next", 2, 2),
    row(1, 6, "out += sqrt(s)", "update", 1, 1),
    row(1, 3, "leave s", "leave", 1, 0),
    row(1, 0, "end", "end", 0, 0),
    row(2, 1, "begin", "begin", 5, 5),                              # 12
    row(2, 3, "s = 0.0", "enter", 5, 6),
    row(2, 5, "s += x[i] ** 2", "update", 6, 6),
    row(2, 6, "out += sqrt(s)", "update", 6, 6),
    row(2, 6, "s.bar += out.bar / (2 * sqrt(s))", "update", 6, 6),
    row(2, 5, "x.bar[i] += 2 * x[i] * s.bar", "update", 6, 6),
    row(2, 3, "leave s", "leave", 6, 5),
    row(2, 1, "end", "end", 5, 5),
]

PROGRAM = {
    "title": "grad(norm)",
    "sources": [
        {"name": "In [1]", "first_line": 1, "lines": SOURCE.splitlines()},
        {"name": "In [2]", "first_line": 1, "lines": MAIN.splitlines()},
    ],
    "functions": [
        {"name": "main", "symbols": MAIN_SYMBOLS},
        {"name": "norm", "symbols": NORM_SYMBOLS},
        {"name": "norm adjoint", "symbols": ADJOINT_SYMBOLS},
    ],
    "lives": LIVES,
    "rows": ROWS,
}


@dataclass
class Tape:
    """A run made by hand: it keeps the memory, and writes down what happens."""

    banks: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    rows: list[int] = field(default_factory=list)
    dirs: list[int] = field(default_factory=list)
    ips: list[int] = field(default_factory=lambda: [0])
    offsets: list[int] = field(default_factory=lambda: [0])
    addr: list[int] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    states: list[tuple[list[float], list[float]]] = field(default_factory=list)

    def put(self, bank: int, cell: int, *values: float) -> None:
        """Memory before the run."""
        cells = self.banks[bank]
        cells.extend([0.0] * (cell + len(values) - len(cells)))
        cells[cell:cell + len(values)] = values

    def get(self, bank: int, cell: int) -> float:
        return self.banks[bank][cell]

    def step(self, row: int, *writes: tuple[int, int, float], dir: int = 1, ip: int | None = None) -> None:
        """Row `row` runs and writes (bank, cell, value); the next one runs in the frame `ip`."""
        self.states.append((self.banks[0].copy(), self.banks[1].copy()))
        for bank, cell, value in writes:
            self.put(bank, cell, value)
            self.addr.append(2 * cell + bank)
            self.after.append(value)
        self.rows.append(row)
        self.dirs.append(dir)
        self.ips.append(self.ips[-1] if ip is None else ip)
        self.offsets.append(len(self.addr))

    def close(self) -> "Tape":
        self.states.append((self.banks[0].copy(), self.banks[1].copy()))
        return self

    def window(self, start: int, size: int) -> dict[str, Any]:
        end = min(start + size, len(self.rows))
        low, high = self.offsets[start], self.offsets[end]
        tails = {"row": self.rows[end], "dir": self.dirs[end]} if end < len(self.rows) else {"row": -1, "dir": 1}
        floats, ints = self.states[start]
        return {
            "start": start,
            "rows": np.array(self.rows[start:end], np.int32).tobytes(),
            "dirs": np.array(self.dirs[start:end], np.int8).tobytes(),
            "ips": np.array(self.ips[start:end + 1], np.int32).tobytes(),
            "tails": tails,
            "offsets": (np.array(self.offsets[start:end + 1], np.int32) - low).astype(np.int32).tobytes(),
            "addr": np.array(self.addr[low:high], np.int32).tobytes(),
            "after": np.array(self.after[low:high], np.float64).tobytes(),
            "floats": np.array(floats, np.float64).tobytes(),
            "ints": np.array(ints, np.float64).tobytes(),
        }


class HandMade:
    """A session over a tape."""

    error = ""

    def __init__(self, tape: Tape, size: int = 1000, complete: bool = True) -> None:
        self.tape, self.size, self.complete = tape, size, complete
        self.total = len(tape.rows)

    def program_json(self) -> dict[str, Any]:
        return PROGRAM

    def window(self, start: int) -> dict[str, Any]:
        return self.tape.window(start, self.size)


def gradient_run() -> Tape:
    """`norm` forward in a frame of its own, then its adjoint, in which undone statements run with direction -1."""
    tape = Tape()
    x, xbar, weights, noise = 2, 4, 6, 18
    tape.put(FLOAT, 0, 0.0, 1.0, 3.0, -4.0, 0.0, 0.0, *np.round(np.linspace(-1, 2, 12), 3))
    tape.put(FLOAT, noise, *np.round(np.sin(np.arange(300) / 7), 6))
    top = noise + 300           # float frames of calls
    tape.put(INT, 0, 0, 0, -1, 0, 0)
    tape.put(INT, HEADER, x, 2, xbar, 2, weights, 3, 4, 0, noise, 300)
    ip = 20
    links = [(INT, ip, 0), (INT, ip + 4, top), (INT, ip + 5, 0), (INT, ip + 6, x), (INT, ip + 7, 2), (INT, ip + 9, HEADER + 1)]
    s, i = top, ip + HEADER + 3

    tape.step(0)
    tape.step(1, *links, (INT, ip + 2, 1), ip=ip)
    tape.step(4)
    tape.step(5, (FLOAT, s, 0.0))
    tape.step(6, (INT, i, 0))
    for index, value in enumerate([3.0, -4.0]):
        tape.step(7, (FLOAT, s, tape.get(FLOAT, s) + value ** 2))
        tape.step(8, (INT, i, index + 1))
    tape.step(9, (FLOAT, 0, 5.0))
    tape.step(10, (FLOAT, s, 0.0))
    tape.step(11, (INT, ip, 0), ip=0)

    tape.step(2, *links, (INT, ip + 2, 2), (INT, ip + 10, 1), (INT, ip + 11, xbar), (INT, ip + 12, 2), ip=ip)
    tape.step(12)
    tape.step(13, (FLOAT, s, 25.0), (FLOAT, s + 1, 0.0))
    tape.step(15, (FLOAT, 0, 0.0), dir=-1)
    tape.step(16, (FLOAT, s + 1, 0.1))
    for index in (1, 0):
        value = tape.get(FLOAT, x + index)
        tape.step(14, (FLOAT, s, tape.get(FLOAT, s) - value ** 2), (INT, i, index), dir=-1)
        tape.step(17, (FLOAT, xbar + index, 2 * value * 0.1))
    tape.step(13, (FLOAT, s, 0.0), (FLOAT, s + 1, 0.0), dir=-1)
    tape.step(19, (INT, HEADER + 7, 1), ip=0)
    tape.step(3)
    return tape.close()


# ------------------------------------------------------------------------------------------------ the page

MODEL = """
    // What anywidget hands to `render`, as far as the stepper uses it; `sent` and `saves` are for the tests.
    function makeModel(state) {
        const listeners = {};
        const model = {
            sent: [], saves: 0,
            get: name => state[name],
            set(name, value) {
                if (state[name] === value) return;
                state[name] = value;
                for (const listener of listeners["change:" + name] ?? []) listener();
            },
            on(name, listener) { (listeners[name] ??= []).push(listener); },
            off(name, listener) { listeners[name] = (listeners[name] ?? []).filter(other => other !== listener); },
            save_changes() { model.saves += 1; },
            send(message) {
                model.sent.push(message);
                if (message.kind === "ask" && window.reply) {
                    const reply = window.reply(message);
                    if (reply) setTimeout(() => model.emit("msg:custom", { id: message.id, what: message.what, moment: message.at, ...reply }));
                }
                if (window.answer && message.kind === "window") {
                    window.answer(message.start).then(found => {
                        const columns = Object.keys(found).filter(name => found[name]?.base64 !== undefined);
                        const { ...plain } = found;
                        for (const name of columns) delete plain[name];
                        const bytes = windowOf(found);
                        model.emit("msg:custom", { kind: "window", asked: message.start, window: plain, columns }, columns.map(name => bytes[name]));
                    });
                }
            },
            emit(name, ...details) { for (const listener of listeners[name] ?? []) listener(...details); },
            listening: () => Object.values(listeners).flat().length,
        };
        return model;
    }
    // Buffers as the kernel's come: views at odd offsets into one block.
    function windowOf(json) {
        const found = {};
        for (const [name, value] of Object.entries(json)) {
            if (value?.base64 === undefined) { found[name] = value; continue; }
            const text = atob(value.base64);
            const block = new Uint8Array(text.length + 3);
            for (let i = 0; i < text.length; i++) block[i + 3] = text.charCodeAt(i);
            found[name] = new DataView(block.buffer, 3);
        }
        return found;
    }
"""

LIGHT = {
    "--jp-layout-color0": "#fff", "--jp-layout-color1": "#fff", "--jp-layout-color2": "#eee",
    "--jp-ui-font-color1": "rgba(0,0,0,0.87)", "--jp-ui-font-color2": "rgba(0,0,0,0.54)",
    "--jp-border-color2": "#e0e0e0", "--jp-brand-color1": "#1976d2", "--jp-warn-color1": "#f57c00", "--jp-error-color1": "#d32f2f",
    "--jp-ui-font-family": "system-ui, sans-serif", "--jp-ui-font-size1": "13px", "--jp-code-font-size": "13px",
    "--jp-code-font-family": "Menlo, Consolas, 'DejaVu Sans Mono', monospace",
    "--jp-mirror-editor-keyword-color": "#008000", "--jp-mirror-editor-number-color": "#080",
    "--jp-mirror-editor-string-color": "#ba2121", "--jp-mirror-editor-comment-color": "#408080",
}
DARK = LIGHT | {
    "--jp-layout-color0": "#111", "--jp-layout-color1": "#212121", "--jp-layout-color2": "#424242",
    "--jp-ui-font-color1": "rgba(255,255,255,0.87)", "--jp-ui-font-color2": "rgba(255,255,255,0.54)",
    "--jp-border-color2": "#616161", "--jp-brand-color1": "#2196f3", "--jp-warn-color1": "#ff9800", "--jp-error-color1": "#f44336",
    "--jp-mirror-editor-number-color": "#66bb6a", "--jp-mirror-editor-string-color": "#ff7070", "--jp-mirror-editor-keyword-color": "#4caf50",
}


def as_json(window: dict[str, Any]) -> dict[str, Any]:
    return {key: {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value for key, value in window.items()}


def mount(page: Page, session: HandMade, theme: dict[str, str] = LIGHT, **traits: Any) -> None:
    """Render a stepper in the page, as anywidget would; `window.model` is its model, `window.unmount` its clean-up."""
    state = {"program": session.program_json(), "position": 0, "total": session.total, "complete": session.complete,
             "error": "", "height": 380} | traits
    page.evaluate(
        """([state, start, theme]) => {
            for (const [name, value] of Object.entries(theme)) document.documentElement.style.setProperty(name, value);
            document.body.style.background = theme["--jp-layout-color1"];
            window.model = makeModel({ ...state, window: windowOf(start) });
            const el = document.createElement("div");
            document.body.append(el);
            window.unmount = stepper.default.render({ model, el });
        }""",
        [state, as_json(session.window(0)), theme],
    )


@contextmanager
def module_page(browser: Browser, height: int) -> Iterator[Page]:
    """A blank page with the module loaded as `stepper`, the way anywidget loads it, and no error at the end."""
    with browser.new_context(viewport={"width": 1200, "height": height}) as context:
        page = context.new_page()
        page.set_content("<!doctype html><html lang=en><meta charset=utf-8><title>stepper</title><body style='margin: 12px'></body></html>")
        page.add_style_tag(content=str(Stepper._css))
        page.evaluate("([code, helpers]) => { (0, eval)(helpers); window.moduleCode = code; }", [str(Stepper._esm), MODEL])
        page.evaluate(
            """async () => {
                const url = URL.createObjectURL(new Blob([window.moduleCode], { type: "text/javascript" }));
                window.stepper = await import(url);
            }"""
        )
        yield page
        assert page.page_errors() == []
        assert [message.text for message in page.console_messages() if message.type == "error"] == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with module_page(browser, 640) as page:
        yield page


def moment(page: Page) -> int:
    return int(page.locator("[data-revbench=stepper]").get_attribute("data-moment") or -1)


def click(page: Page, action: str) -> None:
    page.locator(f"[data-action={action}]").click()


def value(page: Page, name: str) -> str | None:
    return page.locator(f"tr[data-name='{name}']").first.get_attribute("data-value")


# ------------------------------------------------------------------------------------------------ playback and decoding


def test_memory_is_the_same_at_every_moment_whichever_way_it_is_reached(page: Page) -> None:
    tape = gradient_run()
    total = len(tape.rows)
    order = [*range(total + 1), *reversed(range(total + 1)), total, 3, total - 2, 0]
    reached = page.evaluate(
        """([window, order]) => {
            const playback = new stepper.Playback(windowOf(window));
            return order.map(t => { playback.seek(t); return playback.banks.map(bank => Array.from(bank)); });
        }""",
        [as_json(tape.window(0, 1000)), order],
    )
    for t, banks in zip(order, reached, strict=True):
        for cells, expected in zip(banks, tape.states[t], strict=True):
            assert cells[:len(expected)] == expected      # the banks have grown to the run's size: zeros above
            assert not any(cells[len(expected):])


def test_a_window_from_the_middle_starts_with_the_memory_of_that_moment(page: Page) -> None:
    tape = gradient_run()
    found = page.evaluate(
        """window => {
            const playback = new stepper.Playback(windowOf(window));
            playback.seek(playback.end);
            return { start: playback.start, end: playback.end, covers: [5, 6, 12, 13].map(t => playback.covers(t)),
                     s: playback.banks[0][318], at: playback.at(12) };
        }""",
        as_json(tape.window(5, 7)),
    )
    assert found == {"start": 5, "end": 12, "covers": [False, True, True, False], "s": 0,
                     "at": {"row": 2, "dir": 1, "ip": 0, "finished": False}}


def decoded(page: Page, tape: Tape, t: int) -> dict[str, Any]:
    found = page.evaluate(
        """([program, window, t]) => {
            const playback = new stepper.Playback(windowOf(window));
            playback.seek(t);
            const state = stepper.decode(program, playback);
            const text = v => stepper.valueText(v, playback.banks);
            return {
                backward: state.backward, finished: state.finished,
                frames: state.frames.map(frame => [frame.name, Object.fromEntries(
                    frame.variables.map(v => [v.name, v.cotangent ? [text(v), text(v.cotangent)] : text(v)]))]),
                words: stepper.narrate(program, playback, { total: 24, complete: true }),
                trace: stepper.changeText(program, playback, t),
            };
        }""",
        [PROGRAM, as_json(tape.window(0, 1000)), t],
    )
    found["frames"] = dict(found["frames"])
    assert isinstance(found, dict)
    return found


def test_scalars_references_arrays_and_callers_are_decoded(page: Page) -> None:
    state = decoded(page, gradient_run(), 6)
    assert list(state["frames"]) == ["norm", "main"]
    assert state["frames"]["norm"] == {"out": "0", "x": "[3, -4]", "s": "9", "i": "0", "n": "2"}
    assert state["frames"]["main"]["checked"] == "False"
    assert state["frames"]["main"]["W"].startswith("[-1, -0.727, ")
    assert not state["backward"]
    assert state["words"] == "step 6 of 24: line 5 of norm, s += x[i] ** 2, s: 0 → 9"
    assert state["trace"] == "0 → 9"


def test_locals_come_and_go(page: Page) -> None:
    tape = gradient_run()
    assert "s" not in decoded(page, tape, 3)["frames"]["norm"]
    assert decoded(page, tape, 4)["words"].endswith("s starts at 0")
    assert decoded(page, tape, 4)["trace"] == "· → 0"
    assert "s" not in decoded(page, tape, 11)["frames"]["norm"]
    assert decoded(page, tape, 11)["words"].endswith("s released at 25")
    assert decoded(page, tape, 2)["words"] == "step 2 of 24: line 2 of main, norm(out, x), into norm"
    assert decoded(page, tape, 12)["words"].endswith("end, back in main")


def test_a_cotangent_stands_beside_its_variable(page: Page) -> None:
    state = decoded(page, gradient_run(), 19)
    assert state["backward"]
    assert state["frames"]["norm adjoint"]["x"] == ["[3, -4]", "[0, -0.8]"]
    assert state["frames"]["norm adjoint"]["s"] == ["9", "0.1"]
    assert state["frames"]["main"]["out"] == ["0", "1"]
    assert state["words"].endswith("x̄[1]: 0 → -0.8")


def test_an_undone_statement_is_told_as_such(page: Page) -> None:
    state = decoded(page, gradient_run(), 16)
    assert state["words"] == "step 16 of 24: line 6 of norm adjoint, undoing out += sqrt(s), out: 5 → 0"


def test_the_end_is_told_from_the_row_that_has_run(page: Page) -> None:
    tape = gradient_run()
    state = decoded(page, tape, len(tape.rows))
    assert state["finished"]
    assert state["frames"]["main"]["checked"] == "True"
    assert state["words"].endswith("the end")


def test_numbers_are_short_in_sight_and_exact_behind(page: Page) -> None:
    values = [0.1 + 0.2, 25.0, 1234567.0, 1.5e-7, 123456789012.5, -2.5e300, 2 / 3, 0.00012345678]
    pairs = page.evaluate("values => values.map(v => [stepper.short(v, 'float64'), stepper.exact(v, 'float64')])", values)
    assert [pair[0] for pair in pairs] == [
        "0.3", "25", "1234567", "1.5e-7", "1.23457e+11", "-2.5e+300", "0.666667", "0.000123457"]
    assert [float(pair[1]) for pair in pairs] == values
    assert page.evaluate("[NaN, Infinity, -Infinity, -0].map(v => stepper.short(v, 'float64'))") == ["nan", "inf", "-inf", "-0"]
    assert page.evaluate("[0, 1].map(v => stepper.short(v, 'bool'))") == ["False", "True"]


def test_python_is_highlighted_line_by_line(page: Page) -> None:
    lines = page.evaluate("lines => stepper.highlight(lines)", ['def f(x):', '    """Two', '    lines."""', '    x += 1e-3  # "so"'])
    assert len(lines) == 4
    assert ["keyword", "def"] in lines[0]
    assert lines[2] == [["string", '    lines."""']]
    assert ["number", "1e-3"] in lines[3]
    assert lines[3][-1] == ["comment", '# "so"']


# ------------------------------------------------------------------------------------------------ the view


def test_buttons_walk_through_the_run(page: Page) -> None:
    tape = gradient_run()
    total = len(tape.rows)
    mount(page, HandMade(tape))
    assert moment(page) == 0
    expect(page.locator("[data-action=back]")).to_be_disabled()
    for _ in range(6):
        click(page, "forward")
    assert moment(page) == 6
    assert value(page, "s") == "9"
    row = page.locator("tr[data-name=s]")
    expect(row.locator(".rvb-was")).to_have_text("0")
    assert row.get_attribute("data-changed") == "true"
    current = page.locator("[data-current=true]")
    assert (current.get_attribute("data-source"), current.get_attribute("data-line")) == ("0", "4")
    expect(page.locator(".rvb-done")).to_have_attribute("data-line", "5")
    expect(page.locator(".rvb-story")).to_have_text("step 6 of 24: line 5 of norm, s += x[i] ** 2, s: 0 → 9")
    expect(page.locator(".rvb-count")).to_have_text("6 / 24")
    click(page, "back")
    assert value(page, "s") == "0"
    click(page, "last")
    assert moment(page) == total
    expect(page.locator("[data-action=forward]")).to_be_disabled()
    click(page, "first")
    assert moment(page) == 0


def test_keys_move_and_only_ours_are_taken(page: Page) -> None:
    mount(page, HandMade(gradient_run()))
    page.evaluate("window.seen = []; document.addEventListener('keydown', event => seen.push(event.key), true)")
    page.locator("[data-revbench=stepper]").focus()
    walked = []
    for key in ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "End", "Home", "PageDown", "PageUp"]:
        page.keyboard.press(key)
        walked.append(moment(page))
    assert walked == [1, 11, 10, 0, 24, 0, 24, 0]
    for key in ["a", "Escape", "Shift+Enter", "Control+ArrowRight"]:
        page.keyboard.press(key)
    assert moment(page) == 0
    assert page.evaluate("seen") == ["a", "Escape", "Shift", "Enter", "Control", "ArrowRight"]
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    assert moment(page) == 0


def test_the_keys_stay_ours_when_a_button_runs_out_of_moves(page: Page) -> None:
    mount(page, HandMade(gradient_run()), position=23)
    click(page, "forward")
    page.wait_for_timeout(100)
    page.keyboard.press("ArrowLeft")
    assert moment(page) == 23


def test_play_runs_to_the_end_and_pauses(page: Page) -> None:
    mount(page, HandMade(gradient_run()))
    page.locator("select").select_option(label="30 steps/s")
    page.locator("[data-revbench=stepper]").focus()
    page.keyboard.press(" ")
    expect(page.locator("[data-revbench=stepper]")).to_have_attribute("data-moment", "24")
    expect(page.locator("[data-action=play]")).to_have_attribute("aria-pressed", "false")
    click(page, "play")         # from the start again
    page.wait_for_function("Number(document.querySelector('[data-revbench]').dataset.moment) < 20")
    click(page, "play")
    paused = moment(page)
    page.wait_for_timeout(150)
    assert moment(page) == paused


def test_the_badge_tells_the_direction(page: Page) -> None:
    mount(page, HandMade(gradient_run()), position=6)
    expect(page.locator(".rvb-badge")).to_have_text("forward ▶")
    page.evaluate("model.set('position', 16)")
    expect(page.locator(".rvb-badge")).to_have_text("◀ backward")
    expect(page.locator("th.rvb-bar").first).to_be_visible()
    assert page.locator("tr[data-name=out]").first.get_attribute("data-cotangent") == "1"


def test_the_position_goes_both_ways(page: Page) -> None:
    mount(page, HandMade(gradient_run()), position=9)
    assert moment(page) == 9
    page.evaluate("model.set('position', 4)")
    assert moment(page) == 4
    click(page, "forward")
    assert page.evaluate("model.get('position')") == 5
    page.evaluate("model.saves = 0")
    for _ in range(5):
        page.evaluate("document.querySelector('[data-action=forward]').click()")
    page.wait_for_timeout(250)
    assert 1 <= page.evaluate("model.saves") <= 3
    assert page.evaluate("model.get('position')") == 10


def test_a_click_on_a_line_goes_to_its_next_run_and_with_shift_to_its_last(page: Page) -> None:
    mount(page, HandMade(gradient_run()))
    line = page.locator(".rvb-line[data-source='0'][data-line='5']")
    line.click()
    assert moment(page) == 5
    line.click()
    assert moment(page) == 7
    line.click(modifiers=["Shift"])
    assert moment(page) == 5
    line.click(modifiers=["Shift"])
    assert moment(page) == 5
    expect(page.locator(".rvb-story")).to_have_text("line 5 does not run earlier")


def test_a_followed_variable_is_found_where_it_changes(page: Page) -> None:
    mount(page, HandMade(gradient_run()), position=6)
    expect(page.locator("[data-action=later]")).to_be_disabled()
    page.locator("tr[data-name=s] .rvb-name").click()
    expect(page.locator(".rvb-history")).to_be_visible()
    click(page, "later")
    assert moment(page) == 8
    click(page, "earlier")
    assert moment(page) == 6
    click(page, "later")
    click(page, "later")
    click(page, "later")
    assert moment(page) == 15       # in the adjoint, which keeps the same variable in the same place
    page.get_by_label("stop following").click()
    expect(page.locator(".rvb-history")).to_be_hidden()


def test_a_second_click_follows_the_cotangent(page: Page) -> None:
    mount(page, HandMade(gradient_run()), position=16)
    name = page.locator("tr[data-name=x] .rvb-name").first
    legend = page.locator(".rvb-legend b")
    name.click()
    expect(legend).to_have_text("x")
    name.click()
    expect(legend).to_have_text("x\u0304")
    click(page, "later")
    assert moment(page) == 19
    name.click()
    expect(page.locator(".rvb-history")).to_be_hidden()


def test_an_array_opens_into_a_table(page: Page) -> None:
    mount(page, HandMade(gradient_run()), position=19)
    page.locator("tr[data-name=x] .rvb-value .rvb-open").first.click()
    rows = page.locator(".rvb-array .rvb-virtual .rvb-item")
    assert [row.inner_text().split() for row in rows.all()] == [["[0]", "3", "0"], ["[1]", "-4", "-0.8"]]
    page.evaluate("model.set('position', 21)")
    assert [row.inner_text().split() for row in rows.all()] == [["[0]", "3", "0.6"], ["[1]", "-4", "-0.8"]]
    page.locator("tr[data-name=x] .rvb-value .rvb-open").first.click()
    assert rows.count() == 0


def test_callers_are_folded_below(page: Page) -> None:
    mount(page, HandMade(gradient_run()), position=6)
    fold = page.locator(".rvb-fold")
    expect(fold.locator("summary")).to_have_text("called from main, line 2")
    expect(fold.locator("tr[data-name=W]")).to_have_count(0)
    fold.locator("summary").click()
    expect(fold.locator("tr[data-name=W]")).to_be_visible()


def test_a_click_in_the_trace_goes_there(page: Page) -> None:
    mount(page, HandMade(gradient_run()))
    page.locator(".rvb-step[data-index='8']").click()
    assert moment(page) == 8
    expect(page.locator(".rvb-step[aria-selected=true]")).to_contain_text("9 → 25")


def test_the_trace_is_searched_both_ways(page: Page) -> None:
    mount(page, HandMade(gradient_run()))
    field = page.get_by_placeholder("search")
    field.fill("X.BAR")
    found = []
    for key in ["Enter", "Enter", "Enter", "Shift+Enter"]:
        field.press(key)
        found.append(moment(page))
    assert found == [19, 21, 21, 19]
    field.press("ArrowLeft")        # moves in the text
    assert moment(page) == 19


def test_moments_outside_the_window_are_fetched(page: Page) -> None:
    tape = gradient_run()
    page.expose_function("answer", lambda start: as_json(tape.window(start, 8)))
    mount(page, HandMade(tape, size=8))
    root = page.locator("[data-revbench=stepper]")
    page.evaluate("model.set('position', 16)")
    expect(root).to_have_attribute("data-moment", "16")
    assert page.evaluate("model.sent") == [{"kind": "window", "start": 12, "moments": 20_000}]
    expect(page.locator(".rvb-story")).to_contain_text("out: 5 → 0")
    page.locator(".rvb-line[data-source='0'][data-line='4']").click(modifiers=["Shift"])        # two windows away
    expect(root).to_have_attribute("data-moment", "8")
    click(page, "last")
    expect(root).to_have_attribute("data-moment", "24")


def test_while_fetching_it_says_so_and_other_moves_still_work(page: Page) -> None:
    mount(page, HandMade(gradient_run(), size=8))
    click(page, "last")
    expect(page.locator(".rvb-story")).to_have_text("fetching step 24 …")
    assert moment(page) == 0
    click(page, "forward")
    assert moment(page) == 1
    expect(page.locator("[data-revbench=stepper]")).not_to_have_attribute("aria-busy", "true")


def test_a_run_that_is_longer_or_broken_says_so(page: Page) -> None:
    mount(page, HandMade(gradient_run(), complete=False), error="fi(s > 0): the branch was taken and s is 0.0")
    expect(page.locator(".rvb-count")).to_have_text("0 / 24+")
    expect(page.locator(".rvb-story")).to_contain_text("recorded up to step 24")
    expect(page.locator("[role=alert]")).to_contain_text("stops at step 24: fi(s > 0)")


def test_the_line_is_told_to_the_page(page: Page) -> None:
    page.evaluate("window.lines = []; document.addEventListener('revbench:line', event => lines.push(event.detail))")
    mount(page, HandMade(gradient_run()), position=5)
    assert page.evaluate("lines.at(-1)") == {"source": 0, "name": "In [1]", "line": 5, "moment": 5, "backward": False}


def test_removing_it_leaves_nothing_behind(page: Page) -> None:
    mount(page, HandMade(gradient_run()))
    page.evaluate("unmount()")
    assert page.evaluate("model.listening()") == 0
    assert page.locator("[data-revbench]").count() == 0
    page.keyboard.press("ArrowRight")


def test_a_million_steps_are_stepped_through_in_milliseconds(page: Page) -> None:
    page.evaluate(
        """program => {
            const n = 1e6;
            const rows = new Int32Array(n), dirs = new Int8Array(n).fill(1), ips = new Int32Array(n + 1).fill(20);
            const offsets = new Int32Array(n + 1), addr = new Int32Array(n), after = new Float64Array(n);
            for (let k = 0; k < n; k++) {
                rows[k] = k % 2 ? 8 : 7;
                offsets[k + 1] = k + 1;
                addr[k] = k % 2 ? 2 * 28 + 1 : 2 * 100;
                after[k] = k % 2 ? (k + 1) / 2 : Math.sin(k / 1e5);
            }
            const ints = new Float64Array(40);
            ints.set([0, 0, -1, 0, 100, 0, 2, 2], 20);
            const state = { program, position: 0, total: n, complete: true, error: "", height: 380,
                window: { start: 0, rows, dirs, ips, offsets, addr, after, floats: new Float64Array(120), ints, tails: { row: 8, dir: 1 } } };
            window.model = makeModel(state);
            const el = document.createElement("div");
            document.body.append(el);
            stepper.default.render({ model, el });
        }""",
        PROGRAM,
    )
    page.evaluate("model.set('position', 900000)")
    here = page.locator(".rvb-step[aria-selected=true]")
    expect(here).to_be_visible()
    assert page.evaluate("document.querySelector('.rvb-trace .rvb-spacer').offsetHeight") == 8_000_000
    spent = page.evaluate(
        """async () => {
            const times = [];
            for (let k = 0; k < 40; k++) {
                const start = performance.now();
                document.querySelector("[data-action=forward]").click();
                document.body.offsetHeight;
                times.push(performance.now() - start);
                await new Promise(requestAnimationFrame);
            }
            return times.sort((a, b) => a - b)[20];
        }"""
    )
    assert moment(page) == 900_040
    assert spent < 40       # 3 ms where nothing else runs
    page.locator("tr[data-name=s] .rvb-name").click()
    click(page, "later")
    assert moment(page) == 900_041
    page.locator(".rvb-trace .rvb-virtual").hover()
    page.mouse.wheel(0, 220)
    expect(page.locator(".rvb-step[data-index='900050']")).to_be_visible()
