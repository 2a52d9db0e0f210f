"""The kernel card: true for every program of the zoo, and safe to put into any page."""

from __future__ import annotations

import html
import re
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench import Kernel, RevbenchError, grad
from revbench.ad.check import CheckReport
from revbench.jupyter.card import Card, card_of, gradient_card_of
from revbench.jupyter.guess import example_call, guessed_types
from revbench.jupyter.html import TITLES, card_html, check_html, code, gradient_html, mistake_html, style
from tests.programs import ZOO
from tests.running import kernel
from tests.zoo.vectors import VECTORS

#   what JupyterLab's sanitiser lets through, of what we use; it takes `style` away, so nothing may hang on it
ALLOWED = {"div", "details", "summary", "span", "code", "pre", "p", "dl", "dt", "dd", "section", "h4", "small", "i", "b", "table", "tr", "th", "td",
           "ul", "li", "mark"}

NORM = """
def norm(out, x):
    '''The length of a vector.'''
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2
    out += sqrt(s)
"""


class Page(HTMLParser):
    """Checks that tags are balanced, known, and carry nothing but classes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED | {"style"}, tag
        assert {name for name, _ in attrs} <= {"class", "open", "role", "title"}
        for name, value in attrs:
            assert name != "class" or all(c.startswith("rvb") for c in (value or "").split()), value
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def make(text: str, **names: Any) -> Kernel:
    made = rb.compile(text, **names)
    assert isinstance(made, Kernel)
    return made


def roles(card: Card) -> dict[str, str]:
    return {r.name: r.role for r in card.registers}


# ---- every program
#   programs outside `VECTORS` in which an array stands as a whole, so that nothing shows how many axes it has
WHOLE = {
    "fixed-point vectors and a matrix", "cholesky", "divided differences", "rows of whole numbers that are kept", "whole complex arrays",
    "parts of complex numbers", "leapfrog on particles in records", "whole fields of records",
}


def zoo() -> list[str]:
    out = []
    for name in ZOO:
        try:
            kernel(name)
        except RevbenchError:
            continue
        out.append(name)
    return out


def element_by_element() -> list[str]:
    """Programs that show how many axes their arrays have."""
    return [name for name in zoo() if ZOO[name] not in VECTORS and name not in WHOLE]


def test_every_program_of_the_zoo_has_a_card() -> None:
    names = zoo()
    assert len(names) > 0.9 * len(ZOO)
    for name in names:
        f = kernel(name)
        card = card_of(f)
        page = Page(card_html(card))
        assert [c.title for c in card.columns] == ["forward", "inverse", "adjoint"]
        assert card.columns[0].lines
        assert card.columns[1].lines
        assert card.columns[2].lines or card.columns[2].note
        for line in (line for c in card.columns for line in c.lines):
            assert line.text in page.text, name
        assert bool(card.kept) == bool(f.keepers), name
        Page(card_html(card_of(~f)))


def test_guessed_types_have_the_right_axes() -> None:
    for name in element_by_element():
        case, f = ZOO[name], kernel(name)
        registers, consts = f.bind(case.args, case.consts)
        given = [getattr(t, "ndim", 0) for t in f.signature(registers, consts)]
        assert [getattr(t, "ndim", 0) for t in guessed_types(f)] == given, name


def test_a_guess_is_not_remembered_as_a_call() -> None:
    f = make(NORM)
    assert not card_of(f).types_known
    assert not card_of(f).types_known
    f(0.0, [1.0])
    assert card_of(f).types_known


# ---- what it says
def test_registers_and_what_they_are() -> None:
    f = make("def f(x, y, *, n, g=9.81):\n    for i in range(n):\n        x += g * y * h * w[i]\n", h=0.5, w=np.ones(3))
    card = card_of(f)
    assert roles(card) == {"x": "in-out", "y": "read-only", "n": "constant", "g": "constant", "w": "captured", "h": "captured"}
    notes = {r.name: r.note for r in card.registers}
    assert notes == {"x": "float64", "y": "float64", "n": "int64", "g": "float64 = 9.81", "w": "float64[3]", "h": "0.5"}
    assert card.head == "f(x, y, *, n, g)"


@pytest.mark.parametrize(("body", "expected", "exactness"), [
    ("x += y", ["rounds"], "comes back up to rounding"),
    ("x *= y", ["inexact"], "comes back inexactly"),
    ("x, y = y, x", ["exact"], "comes back bit by bit"),
    ("x ^= y", ["exact"], "comes back bit by bit"),
    ("x += y & 3", ["exact"], "comes back bit by bit"),
    ("t = y\n    t += 0.5 * y\n    x += t\n    x, y = y, x", ["rounds", "rounds", "exact"], "comes back up to rounding"),
])
def test_exactness_of_each_statement(body: str, expected: list[str], exactness: str) -> None:
    f = make(f"def f(x, y):\n    {body}\n")
    if "&" in body:
        f(1, 2)
    card = card_of(f)
    assert [v.verdict for v in card.verdicts] == expected
    assert card.exactness == exactness


def test_what_rounds_in_a_local_does_not_reach_a_register() -> None:
    f = make("def f(n, x):\n    s = 0.0\n    for i in range(len(x)):\n        s += x[i]\n    if s > 1.0:\n        n += 1\n")
    f(0, [1.0, 2.0])
    assert card_of(f).exactness == "comes back bit by bit"


def test_a_call_is_as_exact_as_what_it_calls() -> None:
    made = rb.compile("def add(x, y):\n    x += y\n\ndef flip(b):\n    b ^= True\n\ndef f(x, y, b):\n    add(x, y)\n    flip(b)\n    ~flip(b)\n")
    verdicts = card_of(made.f).verdicts
    assert [(v.verdict, v.why) for v in verdicts] == [("rounds", "`add` rounds"), *[("exact", "`flip` comes back bit by bit")] * 2]


def test_keepers_and_what_is_recomputed() -> None:
    f = make("def f(out, x):\n    m = 0.0\n    for i in range(len(x)):\n        if m < x[i]:\n            m += 1.0\n    out += m\n")
    card = card_of(f)
    assert card.kept == ("one branch bit per turn around line 4",)
    assert card.recomputed == ("`m` (lines 2-5): computed 2 times in a gradient",)
    assert "keeps nothing" not in card_html(card)
    assert "keeps nothing" in card_html(card_of(make(NORM)))


def test_its_words_are_explained() -> None:
    page = card_html(card_of(make(NORM)))
    for word in ("comes back up to rounding", "keeps nothing", "in-out", "read-only", "forward", "inverse", "adjoint", "compute", "uncompute",
                 "exactness", "recomputed"):
        assert re.search(rf'title="{re.escape(html.escape(TITLES[word]))}">(&middot; )?{word}', page), word


def test_the_adjoint_has_the_types_of_the_last_call() -> None:
    f = make("def f(x, y):\n    x += 2 * y\n")
    assert card_of(f).columns[2].note == "for guessed types"
    f(1.0, 2.0)
    assert card_of(f).columns[2].note == ""
    f(1, 2)
    assert card_of(f).columns[2].note == "there is none: no register is a float"


def test_a_wrong_guess_waits_for_the_first_call() -> None:
    f = make("def f(x, y):\n    x += y\n    y ^= 3\n")
    assert card_of(f).columns[2].lines == () or card_of(f).columns[2].note
    Page(card_html(card_of(f)))


def test_the_card_of_an_inverse_is_turned_around() -> None:
    f = make(NORM)
    there, back = card_of(f), card_of(~f)
    assert (back.columns[0].lines, back.columns[1].lines) == (there.columns[1].lines, there.columns[0].lines)
    assert back.head == "~norm(out, x)"


def test_hovering_a_line_lights_it_in_every_column() -> None:
    text = card_html(card_of(make(NORM)))
    for line in {line.source for c in card_of(make(NORM)).columns for line in c.lines}:
        assert f".rvb:has(.rvb-l{line}:hover) .rvb-l{line}{{" in text
        assert len(re.findall(rf'class="rvb-l rvb-l{line} ', text)) >= 3


def test_a_card_can_be_closed() -> None:
    card = card_of(make(NORM))
    assert "<details open>" in card_html(card)
    assert "<details><summary>" in card_html(card, opened=False)


def test_pages_are_well_formed_and_carry_no_scripts() -> None:
    f = make(NORM)
    Page(gradient_html(gradient_card_of(grad(f))))
    Page(gradient_html(gradient_card_of(grad(f, wrt="x"))))
    Page(check_html(CheckReport("check_grad(f)", (("x[0]", 1.0, 2.0, float("nan")),), 1e-6)))
    assert "script" not in style()
    assert "http" not in style()
    for bad in ("def f(x):\n    x += y < 3 & 4\n", "def f(x):\n\tx = 0\n", "def f(x):\n    x += (\n", ""):
        with pytest.raises(RevbenchError) as found:
            rb.compile(bad)
        assert found.value.message.replace("`", "") in Page(mistake_html(found.value, "called in cell 1, line 1: `f(<x>)`")).text


def test_code_is_coloured_and_escaped() -> None:
    assert code("s += x[i] ** 2") == ('s <span class="rvb-o">+=</span> x[i] <span class="rvb-o">**</span> <span class="rvb-n">2</span>')
    assert code("print('<b>')") == '<span class="rvb-f">print</span>(<span class="rvb-s">&#x27;&lt;b&gt;&#x27;</span>)'


# ---- a call to try
def test_an_example_call_uses_what_the_notebook_has() -> None:
    f = make(NORM)
    assert example_call(f, {}) == "norm(0.0, [1.0, 2.0, 3.0])"
    assert example_call(f, {"x": np.ones(2)}) == "norm(0.0, x)"
    assert example_call(f, {"x": 3.0, "out": 7.5}) == "norm(out, [1.0, 2.0, 3.0])"
    assert example_call(~f, {"x": np.ones(2)}) == "(~norm)(0.0, x)"
    g = make("def g(x, k, *, n, flag=True):\n    for i in range(n):\n        x[i, k] += 1.0\n")
    assert example_call(g, {}) == "g([[1.0, 2.0], [1.0, 2.0]], 3, n=3)"


def test_example_calls_of_the_zoo_can_be_read() -> None:
    for name in zoo():
        f = kernel(name)
        with suppress(RevbenchError):
            f.typed(f.signature(*f.bind(ZOO[name].args, ZOO[name].consts)))               # as after a call
        scope = {f.__name__: lambda *a, **k: (a, k), "np": np, "Fixed43": rb.Fixed43, "fixed": rb.fixed, "ULog": rb.ULog, "Stack": rb.Stack}
        if "(~" not in (text := example_call(f, {})):
            args, _ = eval(text, scope)
            assert len(args) <= len(f.registers)
