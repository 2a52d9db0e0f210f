"""Sessions: standing at any moment of a run, and the recording that a browser plays back."""

from typing import Any

import numpy as np
import pytest

import revbench as rb


@pytest.fixture(scope="module")
def programs() -> Any:
    return rb.compile("""
def norm(out, x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)

def sums(out, x):
    for i in range(len(x)):
        a = zeros(i + 1)
        for j in range(i + 1):
            a[j] += x[j] * x[i]
        for j in range(i + 1):
            out += a[j] * a[i - j]

def nested(out, x, n):
    if n > 0:
        norm(out, x)
        nested(out, x, n - 1)
        sums(out, x)
""")


X = [3.0, 4.0, 1.5]


@pytest.fixture(scope="module", params=["norm", "sums", "nested", "gradient of norm", "gradient of nested", "inverse of nested"])
def session(request: pytest.FixtureRequest, programs: Any) -> rb.Session:
    words = request.param.split()
    kernel = getattr(programs, words[-1])
    args = (0.0, X, 3) if words[-1] == "nested" else (0.0, X)
    target = rb.grad(kernel) if words[0] == "gradient" else ~kernel if words[0] == "inverse" else kernel
    return rb.debug(target, *args)


def same(a: dict[str, Any], b: dict[str, Any], exactly: bool = True) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[n], b[n]) if exactly else np.allclose(a[n], b[n], rtol=1e-9, atol=1e-9) for n in a)


def test_stepping_back_finds_the_states_again(session: rb.Session) -> None:
    session.start()
    seen = [session.names]
    while session.moment < session.total:
        seen.append(session.step().names)
    assert session.complete
    assert same(session.names, seen[-1])
    for moment in reversed(range(session.total)):
        assert same(session.back().names, seen[moment], exactly=False), moment
    assert session.moment == 0
    assert session.erased_bits == 0


def test_goto_clamps_and_the_residue_is_round_off(session: rb.Session) -> None:
    assert session.goto(10**9).moment == session.total
    assert session.goto(-5).moment == 0
    assert session.residue() < 1e-12


COLUMNS = {"rows": "i4", "dirs": "i1", "ips": "i4", "offsets": "i4", "addr": "i4", "after": "f8"}


class Player:
    """What the browser does with a window, in Python: memory, played forward and back."""

    def __init__(self, program: dict[str, Any], window: dict[str, Any]) -> None:
        self.program, self.window = program, window
        column = {k: np.frombuffer(window[k], t) for k, t in COLUMNS.items()}
        self.rows, self.dirs, self.ips, self.offsets, self.addr, self.after = (column[k] for k in ("rows", "dirs", "ips", "offsets", "addr", "after"))
        self.banks = [np.concatenate([np.frombuffer(window[k], "f8"), np.zeros(4096)]) for k in ("floats", "ints")]
        self.before = np.zeros(len(self.after))
        self.at = 0

    def step(self) -> None:
        for e in range(self.offsets[self.at], self.offsets[self.at + 1]):
            bank, cell = self.banks[self.addr[e] & 1], self.addr[e] >> 1
            self.before[e] = bank[cell]
            bank[cell] = self.after[e]
        self.at += 1

    def back(self) -> None:
        self.at -= 1
        for e in reversed(range(self.offsets[self.at], self.offsets[self.at + 1])):
            self.banks[self.addr[e] & 1][self.addr[e] >> 1] = self.before[e]

    def names(self) -> dict[str, Any]:
        floats, ints = self.banks
        row = self.program["rows"][self.rows[self.at]]
        live = self.program["lives"][row["live"] if self.dirs[self.at] > 0 else row["live_after"]]
        ip = self.ips[self.at]
        out = {}
        for k in live:
            s = self.program["functions"][row["fn"]]["symbols"][k]
            bank, head = (floats if s["bank"] == "F" else ints), int(ints[ip + s["slot"]])
            if s["mode"] == "array":
                shape = [int(n) for n in ints[ip + s["slot"] + 1:ip + s["slot"] + 1 + s["ndim"]]]
                out[s["name"]] = bank[head:head + int(np.prod(shape))].reshape(shape)
            else:
                cell = head if s["mode"] == "ref" else (int(ints[ip + 4]) if s["bank"] == "F" else ip) + s["slot"]
                out[s["name"]] = bank[cell]
        return out


@pytest.mark.parametrize("start", [0, 7])
def test_the_recording_plays_the_machines_states_both_ways(session: rb.Session, start: int) -> None:
    session.start()
    player = Player(session.program_json(), session.window(start))
    session.goto(start)
    assert player.window["start"] == start
    n = session.total - start
    for _ in range(n):
        assert same(player.names(), session.names)
        player.step()
        session.step()
    for k in reversed(range(n)):
        player.back()
        session.machine.restore(session._begin)
        session.goto(start + k)
        assert same(player.names(), session.names)


def test_a_law_that_breaks_leaves_the_cursor_before_the_guilty_statement() -> None:
    bad = rb.compile("def bad(x, i):\n    x[0] += 1.0\n    x[i] += x[0]\n")
    session = rb.debug(bad, [1.0, 2.0], 5)
    assert not session.complete
    assert "index `i` is out of range" in session.error
    assert session.end().line == 3
    np.testing.assert_array_equal(session.names["x"], [2.0, 2.0])
    assert session.start().names["x"][0] == 1.0


def test_prints_and_probes_are_told_with_their_moment(capsys: pytest.CaptureFixture[str]) -> None:
    talk = rb.compile('def talk(y, x):\n    t = x * 2\n    print("t is", t)\n    probe("y", y)\n    y += t\n')
    session = rb.debug(talk, 1.0, 2.0).end()
    assert [(kind, values) for _, kind, values in session.printed] == [("print", ["t is", 4.0]), ("probe", ["y", 1.0])]


def test_the_erase_meter_counts_what_adjoints_forget(programs: Any) -> None:
    assert rb.debug(programs.norm, 0.0, X).end().erased_bits == 0
    session = rb.debug(rb.grad(programs.norm), 0.0, X).end()
    assert session.erased_bits == 64                       # s_bar
    assert session.start().erased_bits == 0
