"""`%%reversible`: what a cell binds, what it may use, where its mistakes are marked, and its options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from revbench import Kernel, Mistakes, RevbenchError
from revbench.jupyter.magic import RevbenchMagics

from .conftest import NORM, Run

pytestmark = pytest.mark.usefixtures("ip")


def value(ip: InteractiveShell, name: str) -> Any:
    return ip.user_ns[name]


def test_a_cell_binds_its_kernels(ip: InteractiveShell, run: Run) -> None:
    ran = run("%%reversible --quiet\ndef up(x):\n    x += 1\n\ndef two(x):\n    up(x)\n    up(x)\n")
    assert ran.error is None
    assert isinstance(value(ip, "up"), Kernel)
    assert value(ip, "two")(3) == 5
    assert (~value(ip, "two"))(5) == 3


def test_a_cell_with_a_mistake_binds_nothing(ip: InteractiveShell, run: Run) -> None:
    ran = run("%%reversible\ndef good(x):\n    x += 1\n\ndef bad(x):\n    x = 0\n")
    assert isinstance(ran.error, RevbenchError)
    assert "good" not in ip.user_ns
    assert "bad" not in ip.user_ns


@pytest.mark.parametrize("blank", ["", "\n", "\n\n\n"])
def test_lines_are_those_of_the_cell(run: Run, blank: str) -> None:
    run("1 + 1")
    ran = run(f"{blank}%%reversible\n\ndef bad(x):\n    x = 0\n")
    assert isinstance(ran.error, RevbenchError)
    assert ran.error.span is not None
    assert ran.error.span.line == 4 + len(blank)
    assert ran.error.span.source.name == "cell 2"
    assert ran.error.span.text == "x = 0"


def test_all_mistakes_of_a_cell_come_at_once(run: Run) -> None:
    ran = run("%%reversible\ndef bad(x, y):\n    x += z\n    y += y\n")
    assert isinstance(ran.error, Mistakes)
    assert [m.span.line for m in ran.error.mistakes if m.span] == [3, 4]


@pytest.mark.parametrize("line", ["!ls", "x?", "%time x += 1", "?x", "x += 1;;"])
def test_what_ipython_would_transform_is_left_as_it_is(run: Run, line: str) -> None:
    ran = run(f"%%reversible\ndef f(x):\n    {line}\n")
    assert isinstance(ran.error, RevbenchError)
    assert ran.error.slug == "syntax-mistake"
    assert ran.error.span is not None
    assert ran.error.span.line == 3
    assert ran.error.span.source.line(3) == f"    {line}"


# ---- the notebook's names
def test_kernels_of_earlier_cells_can_be_called_and_redefined(ip: InteractiveShell, run: Run) -> None:
    run("%%reversible --quiet\ndef step(x):\n    x += 1\n")
    run("%%reversible --quiet\ndef many(x):\n    for i in range(10):\n        step(x)\n")
    assert value(ip, "many")(0) == 10
    run("%%reversible --quiet\ndef step(x):\n    x += 2\n")
    assert value(ip, "many")(0) == 20


def test_host_numbers_and_arrays_are_captured_and_followed(ip: InteractiveShell, run: Run) -> None:
    run("import numpy as np\nh = 2\nw = np.array([1, 10])")
    run("%%reversible --quiet\ndef f(x):\n    for i in range(len(w)):\n        x += h * w[i]\n")
    assert value(ip, "f")(0) == 22
    run("h = 3")
    assert value(ip, "f")(0) == 33
    run("w = np.array([1, 10, 100])")
    assert value(ip, "f")(0) == 333


def test_python_may_call_what_a_cell_defined(run: Run) -> None:
    run(NORM)
    ran = run("r = norm(0.0, [3.0, 4.0]); assert r.out == 5.0")
    assert ran.error is None


# ---- options
def test_a_cell_shows_a_card_and_quiet_shows_nothing(run: Run) -> None:
    assert run(NORM).shown == []
    ran = run(NORM.replace(" --quiet", ""))
    assert "norm(out, x)" in ran.html
    assert "in-out: out | read-only: x" in ran.plain
    assert ran.metadata[0]["application/vnd.revbench.kernels+json"]["kernels"] == [{"name": "norm", "line": 2}]


def test_no_check_leaves_the_laws_out(ip: InteractiveShell, run: Run) -> None:
    cell = "%%reversible {}\ndef halve(n, k):\n    n /= k\n"
    run(cell.format("--quiet"))
    assert value(ip, "halve")._checked
    ran = run(cell.format("--no-check"))
    assert not value(ip, "halve")._checked
    assert "unchecked" in ran.html


def test_no_keepers_names_the_line(run: Run) -> None:
    text = "def f(out, x):\n    m = 0.0\n    for i in range(len(x)):\n        if m < x[i]:\n            m += 1.0\n    out += m\n"
    assert run(f"%%reversible\n{text}").error is None
    ran = run(f"%%reversible --no-keepers\n{text}")
    assert isinstance(ran.error, RevbenchError)
    assert ran.error.span is not None
    assert ran.error.span.line == 5


@pytest.mark.parametrize(("what", "expected"), [("ir", "with compute() as _r1:"), ("inverse", "out -= sqrt(s)"),
                                                ("adjoint", "x_bar[i] +="), ("numba", "@njit")])
def test_show_prints_a_text_of_the_program(run: Run, what: str, expected: str) -> None:
    ran = run(NORM.replace("--quiet", f"--quiet --show {what}"))
    assert ran.error is None
    assert expected in ran.plain
    assert ran.shown[0]["text/markdown"].startswith("```python\n")
    assert ("guessed types" in ran.plain) == (what in ("adjoint", "numba"))


def test_show_adjoint_says_why_there_is_none(run: Run) -> None:
    ran = run("%%reversible --quiet --show=adjoint\ndef flip(b):\n    b ^= True\n")
    assert ran.error is None
    assert "# flip: " in ran.plain


@pytest.mark.parametrize(("options", "message", "marked"), [
    ("--sho ir", "`%%reversible` has no option `--sho`", "--sho"),
    ("--show all", "`--show` does not know `all`", "all"),
    ("--show", "`--show` needs a value", "--show"),
    ("--show --quiet", "`--show` needs a value", "--show"),
    ("--quiet=yes", "`--quiet` takes no value", "--quiet=yes"),
    ("norm", "`%%reversible` does not know what `norm` is", "norm"),
])
def test_a_wrong_option_gets_a_sentence(run: Run, options: str, message: str, marked: str) -> None:
    ran = run(f"%%reversible {options}\ndef f(x):\n    x += 1\n")
    assert isinstance(ran.error, RevbenchError)
    assert ran.error.message == message
    assert ran.error.hint
    assert ran.error.span is not None
    assert (ran.error.span.line, ran.error.span.text) == (1, marked)


def test_help_names_every_option(ip: InteractiveShell) -> None:
    text = RevbenchMagics.reversible.__doc__
    assert all(option in text for option in ("--no-check", "--precise", "--no-keepers", "--show", "--step", "--quiet"))


def test_a_cell_that_holds_no_kernel_is_refused(run: Run) -> None:
    ran = run("%%reversible\nx = 3\n")
    assert isinstance(ran.error, RevbenchError)
    assert ran.error.slug == "not-a-kernel"


def test_arrays_of_the_notebook_are_never_changed(ip: InteractiveShell, run: Run) -> None:
    run("%%reversible --quiet\ndef double(x):\n    for i in range(len(x)):\n        x[i] *= 2\n")
    ip.user_ns["a"] = np.array([1, 2])
    run("b = double(a)")
    assert value(ip, "a").tolist() == [1, 2]
    assert value(ip, "b").tolist() == [2, 4]
