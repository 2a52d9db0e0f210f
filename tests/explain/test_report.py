"""`f.report()`: what it says is what lowered programs and the machine do."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import NeedsCameFrom, NeedsFi, WrongArguments
from revbench.explain.report import _shown
from revbench.ir.nodes import Call, Enter, Name, NewStack, Update, Zeros
from revbench.ir.show import show_head
from revbench.ir.walk import statements
from revbench.passes.pipeline import one_way

from ..programs import CASES
from ..running import STEPS, bound, every, gradient, gradient_on_machine, kernel, on_machine, single
from ..zoo.case import GRADIENT, KEEPER, Case

DIFFERENTIABLE = [c for c in CASES if GRADIENT in c.laws]


def report(case: Case) -> rb.Report:
    return kernel(case.name).report(*case.args, **case.consts)


def value(formula: str, case: Case) -> int | None:
    """A formula for the arguments of a case; None if it names what the arguments do not say."""
    registers, consts = bound(case)
    names = {**dict(zip(kernel(case.name).registers, registers, strict=True)), **consts}
    try:
        return int(eval(formula.removeprefix("at most "), {}, names))
    except (NameError, SyntaxError):
        return None


# ---- against what really runs
@every(DIFFERENTIABLE)
def test_how_often_statements_run_is_how_often_they_stand_in_the_lowered_gradient(case: Case) -> None:
    f, g = kernel(case.name), gradient(case.name)
    _, _, signature = g.arguments(case.args, dict(case.consts))
    library, main, _, _ = g.typed(signature)
    typed, own = f.typed(signature)
    kept = {(s.span, show_head(s)) for t in typed.values() for s in statements(t.program.body)}       # the rest has been lowered
    found = report(case).lines
    for checked in (False, True):
        lowered = one_way(library, main, checked)
        called = [s.kernel for s in statements(library[main].program.body) if isinstance(s, Call)]
        heads = [(s.span, show_head(s)) for name in dict.fromkeys([own, *called]) for s in statements(lowered[name].program.body)]
        for s in _shown(f.library.program.body, frozenset()):
            if s.span is None or (s.span, show_head(s)) not in kept:
                continue
            if not ((isinstance(s, Update) and s.op != "^=") or (isinstance(s, Enter) and not isinstance(s.init, Name | NewStack | Zeros))):
                continue                                           # its own inverse, or under another name
            said = {v.literal if checked else v.fast for v in found if (v.source, v.text) == (s.span.line, show_head(s))}
            assert heads.count((s.span, show_head(s))) in said, show_head(s)


@every([c for c in CASES if KEEPER in c.laws])
def test_what_is_kept_is_what_the_keeper_stack_holds(case: Case) -> None:
    m, most = on_machine(kernel(case.name), case.args, case.consts), 0
    begin = m.register("ktop")
    while m.run(1) != "done" and m.time < STEPS:
        most = max(most, m.register("ktop") - begin)
    said = report(case)
    assert most > 0
    assert said.kept != "0"
    assert [v for v in said.lines if v.keeps]
    formula = value(said.kept, case)
    assert formula is None or formula >= 8 * most
    if formula is None:
        assert re.search("turns|times", said.kept)


@every(DIFFERENTIABLE)
def test_no_more_is_erased_than_the_report_says(case: Case) -> None:
    g, m = gradient(case.name), gradient_on_machine(case)
    scalars = [k for k, v in enumerate(bound(case)[0]) if np.ndim(v) == 0 and np.asarray(v).dtype.kind == "f" and k in kernel(case.name)._written]
    if g.of not in scalars[:1] or case.wrt is not None:
        pytest.skip("the report is on the first float that is written")
    m.run(STEPS)
    formula = value(report(case).erased, case)
    cells = 2 if single(bound(case)[0]) else 1                     # the machine holds single floats in whole cells
    assert formula is None or cells * formula >= m.register("erased")


# ---- single reports
BOUNDED = """
def most(out, x):
    m = 0.0
    for i in range(len(x)):
        if m < x[i]:
            m += x[i]
    out += m
"""


@pytest.mark.parametrize(("body", "args", "kept", "erased"), [
    ("""
m = 0.0
for i in range(len(x)):
    if m < x[i]:
        m += x[i]
out += m
""", (0.0, [1.0, 2.0]), "8 * len(x)", "64"),
    ("""
for k in range(len(x)):
    t = x[k] * x[k]
    out += t
""", (0.0, [1.0]), "0", "64 * len(x)"),
    ("""
t = x
while t > 0.1:
    t /= 2.0
    if t > 1.0:
        t -= 0.5
out += t
""", (0.0, 1.0), "8 * turns + 8", None),
    ("""
s = 0.0
for i in range(3):
    for j in range(i):
        if s < x:
            s += 0.1 * x
out += s
""", (0.0, 1.0), "8 * sum(i for i in range(3))", "64"),
    ("""
s = 0.0
for i in range(2, 6):
    for j in range(len(x)):
        if s < x[j]:
            s += 0.1 * x[j]
out += s
""", (0.0, [1.0]), "32 * len(x)", "64"),
    ("""
for i in range(len(x)):
    s = 0.0
    if s < x[i]:
        s += x[i]
    out += s
""", (0.0, [1.0]), "8", "64 * len(x)"),
    ("""
a = zeros(len(x))
for i in range(len(x)):
    a[i] += x[i] ** 2
out += a[0]
""", (0.0, [1.0]), "0", "64 * len(x)"),
])
def test_formulas(body: str, args: tuple[Any, ...], kept: str, erased: str | None) -> None:
    found = rb.compile("def f(out, x):" + body.replace("\n", "\n    ") + "\n").report(*args)
    assert found.kept == kept
    assert erased is None or found.erased == erased


def test_deeper_parts_run_once_more_or_twice_as_often() -> None:
    f = rb.compile("""
def f(out, x):
    s = 0.0
    for i in range(len(x)):
        c = 0.0
        for j in range(i):
            b = x[i] * x[j]
            c += b * b
        s += c
    out += s
""")
    found = {v.text: (v.fast, v.literal) for v in f.report(0.0, [1.0, 2.0]).lines}
    assert found["out += s"] == (1, 1)
    assert found["s += c"] == (2, 2)
    assert found["c += b * b"] == (3, 4)
    assert found["b = x[i] * x[j]"] == (4, 8)


def test_a_report_reads_as_a_table() -> None:
    assert repr(rb.compile(BOUNDED).report(0.0, [1.0, 2.0])).splitlines() == [
        "most(out, x): rounds",
        "line  statement     comes back  runs  literal  keeps",
        "   3  m = 0.0       exact          2        2",
        "   5  if m < x[i]:  exact          2        2  a branch bit: 8 * len(x) bytes",
        "   6  m += x[i]     rounds         2        2",
        "   7  out += m      rounds         1        1",
        "keeps 8 * len(x) bytes; a gradient erases 64 bits",
    ]


def test_a_report_in_a_notebook_is_a_table() -> None:
    html = rb.compile(BOUNDED).report(0.0, [1.0, 2.0])._repr_html_()
    assert "<code>if m &lt; x[i]:</code>" in html
    assert html.count("<tr>") == 5


def test_whole_numbers_are_exact_and_have_no_gradient() -> None:
    f = rb.compile("def f(n, m):\n    n += m\n    n, m = m, n\n    n ^= 5\n")
    found = f.report(1, 2)
    assert found.exactness == "exact"
    assert found.erased == ""
    assert [v.exact for v in found.lines] == ["exact"] * 3


def test_a_rotation_rounds_and_a_sign_comes_back() -> None:
    f = rb.compile("def turn(a, b, x, th):\n    a, b = rot(a, b, th)\n    x = -x")
    assert [v.exact for v in f.report(1.0, 2.0, 3.0, 0.1).lines] == ["rounds", "exact"]


def test_a_report_needs_types() -> None:
    f = rb.compile(BOUNDED)
    with pytest.raises(WrongArguments) as refused:
        f.report()
    assert refused.value.hint == "hand in an example: `most.report(out, x)`"
    f(0.0, [1.0])
    assert f.report() == f.report(0.0, [1.0])
    assert (~f).report().kept == "8 * len(x)"


CALLS = """
def most(m, x):
    t = 0.0
    for i in range(len(x)):
        if t < x[i]:
            t += x[i]
    m += t

def half(m, x):
    t = x
    if t > 1.0:
        t -= 1.0
    m += t

def f(out, x):
    s = 0.0
    for i in range(x.shape[0]):
        most(s, x[i])
        half(s, x[i, 0])
    if s > 1:
        s -= 0.5
    out += s

def again(out, x, n):
    half(out, x)
    if n > 0:
        t = x
        if t > 1.0:
            t -= 1.0
        again(out, t, n - 1)
"""


def test_what_called_kernels_keep_is_counted() -> None:
    made = rb.compile(CALLS)
    x = np.array([[1.0, 2.0, 0.5], [0.1, 3.0, 4.0]])
    found = made.f.report(0.0, x)
    assert found.kept == "16 + kept(most)"
    assert {v.text: v.keeps for v in found.lines if "called" in v.keeps} == {
        "most(s, x[i])": "what is called: kept(most) bytes", "half(s, x[i, 0])": "what is called: 8 bytes"}
    assert made.again.report(0.0, 3.0, 2).kept == "8 * levels + 8"
    for f, args, names in ((made.f, (0.0, x), {"kept": lambda _: 8 * 3, "most": 0}), (made.again, (0.0, 3.0, 2), {"levels": 3})):
        m, high = on_machine(f, args), 0
        begin = m.register("ktop")
        while m.run(1) != "done":
            high = max(high, m.register("ktop") - begin)
        assert 0 < 8 * high <= eval(f.report(*args).kept.removeprefix("at most "), {}, names)


# ---- what is written by hand replaces what is kept
@pytest.mark.parametrize(("lines", "by_hand"), [
    (("for i in range(3):", "    if k < 2:", "        k += 1"), ("for i in range(3):", "    if k < 2:", "        k += 1", "    fi(i < 2)")),
    (("if k < 2:", "    k += 1", "elif k < 4:", "    k += 2", "else:", "    k += 3"),
     ("if k < 2:", "    k += 1", "elif k < 4:", "    k += 2", "else:", "    k += 3", "fi(k == 1, k == 4)")),
    (("while k < 3:", "    k += 1"), ("came_from(k == 0)", "while k < 3:", "    k += 1")),
    (("while k < 4:", "    if k < 2:", "        k += 1", "    k += 1"),
     ("came_from(k == 0)", "while k < 4:", "    if k < 2:", "        k += 1", "    fi(k < 2)", "    k += 1")),
])
def test_what_is_written_by_hand_replaces_a_keeper(lines: tuple[str, ...], by_hand: tuple[str, ...]) -> None:
    def text(body: tuple[str, ...]) -> str:
        return "\n".join(["def f(n):", "    k = 0", *(f"    {line}" for line in body), "    n += k", ""])

    kept, free = rb.compile(text(lines)), rb.compile(text(by_hand), keepers=False)
    assert kept.keepers
    assert kept.report(0).kept != "0"
    assert free.keepers == rb.compile(text(by_hand)).keepers == ()
    assert free.report(0).kept == "0"
    assert kept(0) == free(0)
    assert (~kept)(kept(0)) == (~free)(free(0)) == 0
    with pytest.raises((NeedsFi, NeedsCameFrom, rb.Mistakes)) as refused:
        rb.compile(text(lines), keepers=False)
    mistakes = refused.value.mistakes if isinstance(refused.value, rb.Mistakes) else [refused.value]
    assert {m.span.line for m in mistakes} <= {k.span.line for k in kept.keepers}
