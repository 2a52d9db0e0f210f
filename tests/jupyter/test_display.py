"""What IPython shows for our objects, what a mistake looks like, and that all of it goes away again."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import revbench as rb
from revbench import jupyter
from revbench.jupyter.display import FORMATTERS, MISTAKE_TYPE

from .conftest import NORM, Run

BAD = "%%reversible\ndef bad(x, y):\n    t = x * y\n    t = 0\n    x += z\n"


def formatted(ip: InteractiveShell, thing: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    assert ip.display_formatter is not None
    data, metadata = ip.display_formatter.format(thing)
    return data, metadata


# ---- values
def test_a_kernel_shows_as_its_card(ip: InteractiveShell, run: Run) -> None:
    run(NORM)
    data, _ = formatted(ip, ip.user_ns["norm"])
    assert data["text/html"].startswith('<div class="rvb rvb-card">')
    assert data["text/plain"].startswith("norm(out, x)  [cell 1]\n  in-out: out | read-only: x\n")
    data, _ = formatted(ip, ~ip.user_ns["norm"])
    assert data["text/plain"].startswith("~norm(out, x)  [cell 1]")


def test_a_kernel_in_a_list_stays_short(ip: InteractiveShell, run: Run) -> None:
    run(NORM)
    data, _ = formatted(ip, [ip.user_ns["norm"]])
    assert data == {"text/plain": "[<reversible norm(out, x)>]"}


def test_outputs_and_gradients_are_left_as_they_are(ip: InteractiveShell, run: Run) -> None:
    run(NORM)
    data, _ = formatted(ip, ip.user_ns["norm"](0.0, [3.0, 4.0]))
    assert data == {"text/plain": "Outputs(out=5.0, x=array([3., 4.]))"}


def test_a_gradient_shows_both_ways(ip: InteractiveShell, run: Run) -> None:
    run(NORM)
    data, _ = formatted(ip, rb.grad(ip.user_ns["norm"]))
    assert "grad(norm)(out, x)" in data["text/html"]
    assert "then the adjoint" in data["text/html"]
    assert "erases 1 cotangent of locals" in data["text/html"]
    assert "gradient of <code>out</code> with respect to <code>x</code>" in data["text/html"]


def test_a_check_shows_its_worst_places(ip: InteractiveShell) -> None:
    rows = tuple((f"x[{k}]", 1.0, 1.0 + 0.1 / (k + 1), 0.1 / (k + 1)) for k in range(30))
    data, _ = formatted(ip, rb.CheckReport("check_grad(f)", rows, 0.05))
    assert "1 of 30 places differ" in data["text/html"]
    assert "and 20 more, none worse" in data["text/html"]
    data, _ = formatted(ip, rb.CheckReport("check_grad(f)", (), 0.05))
    assert '<span class="rvb-ok">ok</span>' in data["text/html"]


# ---- mistakes
def test_a_notebook_shows_marked_lines_and_data_for_editors(monkeypatch: pytest.MonkeyPatch, ip: InteractiveShell, run: Run) -> None:
    monkeypatch.setattr(ip, "kernel", object(), raising=False)
    ran = run(BAD)
    assert '<mark class="rvb-first">t = 0</mark>' in ran.html
    assert '<mark class="rvb-second">t = x * y</mark>' in ran.html
    assert "hint: " in ran.html
    data = ran.metadata[0][MISTAKE_TYPE]
    assert data["source"] == "cell 1"
    assert [(m["slug"], m["labels"][0]["line"]) for m in data["mistakes"]] == [("irreversible-assignment", 4), ("unknown-name", 5)]
    assert [(line.split(" `")[0], line.split("  [")[1]) for line in ran.text.splitlines()] == [
        ("cell 1:4:5:", "irreversible-assignment]"), ("cell 1:5:10:", "unknown-name]")]


def test_a_terminal_shows_the_whole_text_and_no_frames(ip: InteractiveShell, run: Run) -> None:
    ran = run(BAD)
    assert ran.shown == []
    assert ran.text.startswith("cell 1:4:5: `t = 0` ")
    assert " 4 |     t = 0\n   |     ^^^^^ " in ran.text
    assert "Traceback" not in ran.text
    assert "revbench/" not in ran.text


def test_a_broken_law_says_where_the_call_stood(ip: InteractiveShell, run: Run) -> None:
    run("%%reversible --quiet\ndef halve(n, k):\n    n /= k\n")
    ran = run("def outer():\n    return halve(3, 2)\n\nouter()")
    assert isinstance(ran.error, rb.InvertibilityError)
    assert "called in cell 2, line 2: `return halve(3, 2)`" in ran.text
    assert "line 3" not in ran.text.splitlines()[0]
    assert "Traceback" not in ran.text


def test_what_a_mistake_quotes_cannot_break_the_page(ip: InteractiveShell, run: Run) -> None:
    mistake = run("%%reversible\ndef f(x):\n    x += '<script>' + \"</pre>&\"\n").error
    data, metadata = formatted(ip, mistake)
    assert "<script>" not in data["text/html"]
    assert "&lt;script&gt;" in data["text/html"]
    assert metadata["text/html"][MISTAKE_TYPE]["slug"]


def test_other_peoples_errors_look_as_always(ip: InteractiveShell, run: Run) -> None:
    assert "ZeroDivisionError" in run("1 / 0").text


def test_an_exception_handler_that_was_there_stays_in_force(bare: InteractiveShell, run: Run) -> None:
    seen = []
    bare.set_custom_exc((ZeroDivisionError,), lambda shell, etype, value, tb, tb_offset=None: seen.append(etype))
    before = bare.CustomTB
    jupyter.load(bare)
    run("1 / 0")
    assert seen == [ZeroDivisionError]
    assert "cell 2:4:5: `t = 0` " in run(BAD).text
    jupyter.unload(bare)
    assert bare.CustomTB == before
    assert bare.custom_exceptions == (ZeroDivisionError,)


# ---- coming and going
def state(ip: Any) -> tuple[Any, ...]:
    formatters = ip.display_formatter.formatters
    hooks = ip.strdispatchers["complete_command"].strs
    return (sorted(ip.magics_manager.magics["line"]), sorted(ip.magics_manager.magics["cell"]), "RevbenchMagics" in ip.magics_manager.registry,
            [dict(formatters[mime].deferred_printers) for mime in ("text/html", "text/plain")],
            [[t for t in formatters[mime].type_printers if t.__module__.startswith("revbench")] for mime in ("text/html", "text/plain")],
            list(ip.Completer.custom_matchers), {k: len(v.chain) for k, v in hooks.items() if len(v.chain)},
            {k: list(v) for k, v in ip.events.callbacks.items()}, ip.custom_exceptions)


def test_unloading_leaves_no_trace(bare: InteractiveShell, run: Run) -> None:
    before = state(bare)
    bare.run_line_magic("load_ext", "revbench")
    loaded = state(bare)
    run(NORM)
    norm = bare.user_ns["norm"]
    assert "text/html" in formatted(bare, norm)[0]         # a formatter that is registered by name moves when it is first used
    bare.run_line_magic("unload_ext", "revbench")
    assert loaded != before
    assert state(bare) == before
    assert formatted(bare, norm)[0] == {"text/plain": "<reversible norm(out, x)>"}
    assert bare.find_cell_magic("reversible") is None


def test_loading_twice_changes_nothing(bare: InteractiveShell) -> None:
    jupyter.load(bare)
    once = state(bare)
    jupyter.load(bare)
    assert state(bare) == once
    jupyter.unload(bare)
    jupyter.unload(bare)


def test_a_magic_of_the_users_comes_back(bare: InteractiveShell) -> None:
    def mine(line: str) -> str:
        return "mine"

    bare.register_magic_function(mine, "line", "step")
    jupyter.load(bare)
    assert bare.find_line_magic("step") is not mine
    jupyter.unload(bare)
    assert bare.find_line_magic("step") is mine


def test_importing_inside_ipython_registers_the_formatters_and_is_quick() -> None:
    program = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import revbench
assert "numpy" not in sys.modules, "importing revbench must stay light"
f = revbench.compile("def f(x):\\n    x += 1\\n")
data, _ = shell.display_formatter.format(f)
assert "rvb-card" in data["text/html"]
assert shell.find_cell_magic("reversible") is None
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_every_formatter_names_a_type_that_exists() -> None:
    for module, name, _, _ in FORMATTERS:
        assert isinstance(getattr(__import__(module, fromlist=[name]), name), type)
