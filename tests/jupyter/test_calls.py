"""`%step`, `%memory`, `%gradcheck`: a line is read as a call, and refused in a sentence when it is none."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import revbench.timetravel
import revbench.widgets.memory_race
import revbench.widgets.stepper
from revbench import Gradient, Kernel, RevbenchError
from revbench.jupyter.expression import split_line, unquoted
from revbench.jupyter.prompt import Prompt, gradient_of

from .conftest import NORM, Run


class Fake:
    """Stands in for what is shown, and remembers how it was made."""

    made: list[Fake] = []          # noqa: RUF012 - shared on purpose

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args, self.kwargs = args, kwargs
        Fake.made.append(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.args[0]!r}>"


class FakeSession(Fake):
    pass


class FakeStepper(Fake):
    pass


class FakeRace(Fake):
    def __init__(self, kernel: Any, /, *args: Any, steps: int = 100, snapshots: int = 4, k: int = 2, of: Any = None, **consts: Any) -> None:
        super().__init__(kernel, *args, steps=steps, snapshots=snapshots, k=k, of=of, **consts)


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch, ip: InteractiveShell, run: Run) -> None:
    """The widgets are tested elsewhere; here it matters what they are handed."""
    Fake.made = []
    monkeypatch.setattr(revbench.widgets.stepper, "Stepper", FakeStepper)
    monkeypatch.setattr(revbench.widgets.memory_race, "MemoryRace", FakeRace)
    monkeypatch.setattr(revbench.timetravel, "Session", FakeSession)
    monkeypatch.setattr(ip, "kernel", object(), raising=False)           # as if a notebook were listening
    run("import numpy as np\nx = np.array([3.0, 4.0])\ndef plain(x):\n    return x")
    run(NORM)


def failed(run: Run, line: str) -> RevbenchError:
    ran = run(line)
    assert isinstance(ran.error, RevbenchError), ran
    return ran.error


# ---- %step
def test_step_hands_kernel_and_arguments_to_a_session(ip: InteractiveShell, run: Run) -> None:
    ran = run("%step norm(0.0, x)")
    assert ran.error is None
    session, stepper = Fake.made
    assert session.args[0] is ip.user_ns["norm"]
    assert session.args[1] == 0.0
    assert session.args[2] is ip.user_ns["x"]
    assert stepper.args == (session,)
    assert "FakeStepper" in ran.plain


@pytest.mark.parametrize(("line", "target"), [
    ("%step grad(norm)(0.0, x)", "<gradient of <reversible norm(out, x)>, of='out', wrt=None>"),
    ("%step grad(norm, wrt='x')(0.0, x)", "<gradient of <reversible norm(out, x)>, of='out', wrt=('x',)>"),
    ("%step (~norm)(5.0, x)", "<reversible ~norm(out, x)>"),
    ("%step norm.unchecked(0.0, x)", "<reversible norm(out, x)>"),
    ("%step   norm(0.0, [v for v in {3.0, 4.0}])", "<reversible norm(out, x)>"),
    ("%step norm(*(0.0, x))", "<reversible norm(out, x)>"),
])
def test_step_understands(run: Run, line: str, target: str) -> None:
    ran = run(line)
    assert ran.error is None
    assert repr(Fake.made[0].args[0]) == target
    assert len(Fake.made[0].args) == 3


def test_step_passes_keyword_constants_on(run: Run) -> None:
    run("%%reversible --quiet\ndef power(out, x, *, n):\n    out += x ** n\n")
    assert run("%step power(0.0, 2.0, n=1 + 2)").error is None
    assert Fake.made[0].kwargs == {"n": 3}
    assert run("%step power(0.0, 2.0, **{'n': 4})").error is None
    assert Fake.made[2].kwargs == {"n": 4}


def test_the_users_own_grad_comes_first(run: Run) -> None:
    run("def grad(f):\n    return f")
    assert run("%step grad(norm)(0.0, x)").error is None
    assert isinstance(Fake.made[0].args[0], Kernel)


def test_step_option_of_a_cell_shows_the_stepper_below_the_card(run: Run) -> None:
    for option in ('--step "norm(0.0, x)"', "--step='norm(0.0, x)'", "--step norm(0.0, x)"):
        Fake.made = []
        ran = run(NORM.replace("--quiet", option))
        assert ran.error is None, option
        assert isinstance(Fake.made[0].args[0], Kernel)
        assert "text/html" in ran.shown[0]
        assert "FakeStepper" in ran.shown[-1]["text/plain"]


def test_a_terminal_gets_the_session_in_words(monkeypatch: pytest.MonkeyPatch, ip: InteractiveShell, run: Run) -> None:
    monkeypatch.setattr(ip, "kernel", None)
    ran = run("%step norm(0.0, x)")
    assert "FakeSession" in ran.plain
    assert "revbench.debug" in ran.plain
    assert len(Fake.made) == 1


@pytest.mark.parametrize(("line", "slug", "message", "hint"), [
    ("%step", "wrong-arguments", "`%step` needs a call", "write `%step norm(0.0, x)`"),
    ("%step norm", "wrong-arguments", "`norm` is not a call", "write `%step norm(0.0, x)`"),
    ("%step grad(norm)", "wrong-arguments", "`grad(norm)` is a gradient, and not called yet", "write `%step grad(norm)(0.0, x)`"),
    ("%step plain(x)", "wrong-type", "`plain` is a plain Python function, not a kernel",
     "define it in a `%%reversible` cell, or decorate it with `@reversible`"),
    ("%step norm(0.0, x", "syntax-mistake", "this is not a call: '(' was never closed", "write `%step norm(0.0, x)`"),
    ("%step norm(0.0, x) + 1", "wrong-arguments", "`norm(0.0, x) + 1` is not a call", "write `%step norm(0.0, x)`"),
    ("%step norm(0.0, y)", "unknown-name", "`y` is not defined", "run the cell that defines it first"),
    ("%step norm(0.0, 1 / 0)", "wrong-arguments", "`1 / 0` cannot be evaluated: ZeroDivisionError: division by zero", ""),
    ("%step print(x)", "wrong-type", "`print` is a builtin_function_or_method, not a kernel", ""),
    ("%step norm.inplace(0.0, x)", "wrong-type", "`norm.inplace` is a method of a kernel, not a kernel", "write `norm(...)`"),
    ("%step nrm(0.0, x)", "unknown-name", "`nrm` is not defined", "run the cell that defines it first"),
    ("%step x", "wrong-arguments", "`x` is not a call", "write `%step norm(0.0, x)`"),
])
def test_what_is_not_a_call_gets_a_sentence(run: Run, line: str, slug: str, message: str, hint: str) -> None:
    mistake = failed(run, line)
    assert (mistake.slug, mistake.hint) == (slug, hint)
    assert mistake.message.startswith(message)
    assert Fake.made == []


def test_the_guilty_argument_is_marked(run: Run) -> None:
    mistake = failed(run, "%step norm(0.0, [3.0, q])")
    assert mistake.span is not None
    assert mistake.span.text == "q"


# ---- %memory
def test_memory_hands_options_and_constants_on(run: Run) -> None:
    run("%%reversible --quiet\ndef leap(x, v, *, h=0.1):\n    x += h * v\n    v -= h * x\n")
    ran = run("%memory leap(1.0, 0.0, h=0.2) --steps 16 --snapshots=3 --k 4 --of v")
    assert ran.error is None
    race = Fake.made[0]
    assert race.args[1:] == (1.0, 0.0)
    assert race.kwargs == {"h": 0.2, "steps": 16, "snapshots": 3, "k": 4, "of": "v"}
    assert "FakeRace" in ran.plain


def test_memory_leaves_defaults_to_the_race_and_takes_options_first(run: Run) -> None:
    run("%memory norm(0.0, x)")
    run("%memory --steps 5 norm(0.0, x)")
    run("%memory grad(norm)(0.0, x)")
    assert [made.kwargs["steps"] for made in Fake.made] == [100, 5, 100]
    assert Fake.made[2].kwargs["of"] == "out"
    assert isinstance(Fake.made[2].args[0], Kernel)


def test_memory_refuses_a_constant_with_the_name_of_an_option(run: Run) -> None:
    run("%%reversible --quiet\ndef f(x, *, k):\n    x += k\n")
    assert failed(run, "%memory f(1.0, k=3)").message == "`k` is a constant of `f` and an option of the memory race"


@pytest.mark.parametrize(("line", "message"), [
    ("%memory norm(0.0, x) --stp 3", "`%memory` has no option `--stp`"),
    ("%memory norm(0.0, x) --steps many", "`--steps` takes a whole number, not `many`"),
    ("%memory norm(0.0, x) --steps", "`--steps` needs a value"),
    ("%memory --steps norm(0.0, x)", "`--steps` needs a value"),
    ("%memory", "`%memory` needs a call"),
    ("%gradcheck norm(0.0, x) --steps 3", "`%gradcheck` has no option `--steps`"),
])
def test_wrong_options_of_a_line_get_a_sentence(run: Run, line: str, message: str) -> None:
    assert failed(run, line).message == message


# ---- %gradcheck
def test_gradcheck_shows_the_report(run: Run) -> None:
    for line in ("%gradcheck norm(0.0, x)", "%gradcheck norm(0.0, x) --of out --wrt x", "%gradcheck norm(0.0, x) --of 0 --wrt 1",
                 "%gradcheck grad(norm, wrt='x')(0.0, x)"):
        ran = run(line)
        assert ran.error is None, line
        assert "check_grad(norm): ok" in ran.plain
        assert "rvb-ok" in ran.html


def test_gradcheck_says_what_is_wrong_with_of(run: Run) -> None:
    assert failed(run, "%gradcheck norm(0.0, x) --of y").slug == "wrong-arguments"


# ---- cutting a line
@pytest.mark.parametrize(("line", "expression", "options"), [
    ("f(x) --steps 3", "f(x)", ["--steps", "3"]),
    ("--steps 3 f(x, y)", "f(x, y)", ["--steps", "3"]),
    ("f(x, --y) --of=out", "f(x, --y)", ["--of=out"]),
    ("f('a --b', x)", "f('a --b', x)", []),
    ("f(x) - --y", "f(x) - --y", []),
    ("f('it\\'s )', x) --k 2", "f('it\\'s )', x)", ["--k", "2"]),
])
def test_options_stand_outside_brackets_and_quotes(line: str, expression: str, options: list[str]) -> None:
    if line == "f(x) - --y":
        options, expression = ["--y"], "f(x) -"                         # looks like an option, and is refused as an unknown one
    assert split_line(line) == (expression, options)


def test_quotes_around_a_whole_value_go() -> None:
    assert unquoted('"norm(0.0, x)"') == "norm(0.0, x)"
    assert unquoted("norm('a')") == "norm('a')"


# ---- %diagram
@pytest.mark.parametrize(("line", "title"), [
    ("norm", "Flow chart of norm(out, x)"), ("norm memory", "Memory-oriented graph of norm(out, x)"), ("~norm flow", "Flow chart of ~norm(out, x)"),
    ("norm(0.0, x) memory", "Memory-oriented graph of norm(out, x)"), ("grad(norm)(0.0, x)", "Flow chart of grad(norm)(out, x)"),
    ("grad(norm, wrt='x')(0.0, x) memory", "Memory-oriented graph of grad(norm)(out, x)"), ("memory", "Flow chart of memory(y)"),
])
def test_diagram_draws_kernels_gradients_and_calls(run: Run, line: str, title: str) -> None:
    run("%%reversible --quiet\ndef memory(y):\n    y += 1\n")
    ran = run(f"%diagram {line}")
    assert ran.error is None
    assert f">{title}</title>" in ran.html
    assert title in ran.plain


@pytest.mark.parametrize(("line", "message"), [
    ("", "`%diagram` needs a call"), ("x", "`x` is a ndarray, not a kernel"), ("norm chart", "`%diagram` knows no `chart`"),
    ("nobody memory", "`nobody` is not defined"), ("norm.show()", "`norm.show()` is a str, not a kernel"),
])
def test_what_cannot_be_drawn_gets_a_sentence(run: Run, line: str, message: str) -> None:
    assert failed(run, f"%diagram {line}").message == message


# ---- the buttons below a card
def test_the_prompt_runs_the_same_lines(ip: InteractiveShell, run: Run) -> None:
    prompt = Prompt(ip, ip.user_ns["norm"])
    assert prompt.call.value == "norm(0.0, x)"
    assert [b.description for b in prompt.buttons] == ["Step", "Gradient", "Memory", "Check", "Diagram"]
    for button, target in zip(prompt.buttons[:3], (Kernel, Gradient, Kernel), strict=True):
        Fake.made = []
        button.click()
        assert isinstance(Fake.made[0].args[0], target)
    assert prompt._repr_mimebundle_()["text/plain"] == ""


def test_the_prompt_says_at_once_that_it_works(ip: InteractiveShell, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt, seen = Prompt(ip, ip.user_ns["norm"]), []
    monkeypatch.setattr(prompt, "_show", lambda line: seen.append((line, prompt.status.value, prompt.status.layout.display)))
    prompt.buttons[2].click()
    assert seen == [("%memory norm(0.0, x)", "working …", None)]
    assert prompt.status.layout.display == "none"


def test_the_prompt_shows_mistakes_instead_of_raising(ip: InteractiveShell, run: Run) -> None:
    prompt = Prompt(ip, ip.user_ns["norm"])
    prompt.call.value = "norm(0.0, nobody)"
    for button in prompt.buttons:
        button.click()
    assert Fake.made == []


@pytest.mark.parametrize(("call", "gradient"), [
    ("norm(0.0, x)", "grad(norm)(0.0, x)"), ("(~norm)(5.0, x)", "grad(~norm)(5.0, x)"), ("power(0.0, x, n=2)", "grad(power)(0.0, x, n=2)"),
    ("norm", "norm"), ("norm(", "norm("),
])
def test_the_gradient_of_a_call(call: str, gradient: str) -> None:
    assert gradient_of(call) == gradient
