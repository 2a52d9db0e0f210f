"""`f.diagram()`: what is drawn is what the programs say, and lies where it can be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import FrozenInstanceError
from html import unescape
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

import revbench as rb
from revbench.errors import WrongArguments
from revbench.explain.arrays import arrays_by_type, arrays_by_use
from revbench.explain.flow_chart import flow_chart
from revbench.explain.memory_graph import memory_graph
from revbench.explain.svg import CELL, SMALL, Part, cells, cut, elements
from revbench.explain.texts import library_programs, untyped_programs
from revbench.ir.nodes import (
    Append,
    Apply,
    Block,
    Call,
    Drop,
    Enter,
    For,
    ForBack,
    Forget,
    If,
    Index,
    Leave,
    Loop,
    Permute,
    Pop,
    Program,
    Push,
    Redo,
    Stash,
    Stmt,
    Unapply,
    Uncall,
    Unchecked,
    Undo,
    Unstash,
    Update,
    Within,
)
from revbench.ir.show import show_expr, show_head
from revbench.ir.walk import blocks, everywhere, expressions, names
from revbench.passes.effects import Effects
from revbench.passes.inverse import inverse

from ..programs import CASES
from ..running import every, gradient, kernel, of_a_third
from ..zoo.case import GRADIENT, Case

FRAMES = (Within, Undo, Redo, Unchecked)
SVG = "{http://www.w3.org/2000/svg}"
Box = tuple[float, float, float, float]


# ---- reading pictures
def drawn(part: Part) -> Element:
    """A part as XML, its left upper corner at 0."""
    return ElementTree.fromstring(f"<svg>{''.join(elements(part, part.left, 0.0))}</svg>")


def of_kind(picture: Element, *kinds: str) -> list[Element]:
    return [e for e in picture.iter() if e.get("class", "")[2:] in kinds]


def whole(e: Element) -> str:
    """The text of an element, or what it was before it was cut."""
    title = e.find("title")
    return (title.text if title is not None else e.text) or ""


def box(e: Element) -> Box:
    """Left, top, right, bottom."""
    def of(*attributes: str) -> list[float]:
        return [float(e.get(a, "nan")) for a in attributes]

    if e.tag == "rect":
        x, y, w, h = of("x", "y", "width", "height")
        return x, y, x + w, y + h
    if e.tag == "ellipse":
        x, y, rx, ry = of("cx", "cy", "rx", "ry")
        return x - rx, y - ry, x + rx, y + ry
    if e.tag == "polygon":
        points = [tuple(map(float, p.split(","))) for p in e.get("points", "").split()]
        return min(p[0] for p in points), min(p[1] for p in points), max(p[0] for p in points), max(p[1] for p in points)
    x, y = of("x", "y")
    text = e.text or e[0].tail or ""
    wide = cells(text) * (SMALL if e.get("class") in ("d-say", "d-part", "d-key") else CELL)
    left = x - wide * {"middle": 0.5, "end": 1.0}.get(e.get("text-anchor", ""), 0.0)
    return left, y - 9, left + wide, y + 3


def lines(path: Element) -> Iterator[Box]:
    """The pieces of a path, as boxes without width."""
    x = y = 0.0
    for command, numbers in re.findall(r"([MHVL])([-\d. ]+)", path.get("d", "")):
        values = list(map(float, numbers.split()))
        a, b = {"H": lambda v, y=y: (v[0], y), "V": lambda v, x=x: (x, v[0])}.get(command, tuple)(values)
        if command != "M":
            yield min(a, x), min(b, y), max(a, x), max(b, y)
        x, y = a, b


def overlap(a: Box, b: Box, by: float = 0.15) -> bool:
    """Whether they share more than their edges (written to a tenth)."""
    return a[0] < b[2] - by and b[0] < a[2] - by and a[1] < b[3] - by and b[1] < a[3] - by


def crosses(line: Box, b: Box) -> bool:
    return overlap((line[0] - 0.2, line[1] - 0.2, line[2] + 0.2, line[3] + 0.2), b, 0.4)


# ---- what there is to draw
def all_statements(block: Block) -> Iterator[Stmt]:
    """Every statement as it runs: what is undone is the inverse of what stands there."""
    for s in block:
        inner = (inverse(s.body),) if isinstance(s, Undo) else blocks(s)
        if isinstance(s, Loop):                                     # the test stands between its halves
            yield from all_statements(s.first)
            inner = (s.second,)
        yield s
        for b in inner:
            yield from all_statements(b)


def programs(case: Case) -> Iterator[Program]:
    """The kernels of a case and the inverse of its last one."""
    for backward in (False, True):
        made = untyped_programs(kernel(case.name).library, backward)
        yield from made[-1:] if backward else made


def with_adjoint(case: Case) -> tuple[list[Program], Mapping[str, Any]]:
    g = gradient(case.name)
    _, _, signature = g.arguments(case.args, dict(case.consts))
    library, main, _, _ = g.typed(signature)
    return library_programs(library, main), library


# ---- flow charts
def look_at_chart(p: Program) -> None:
    part = flow_chart(p, "f")
    picture, inside = drawn(part), list(all_statements(p.body))
    simple = [show_head(s) for s in inside if not isinstance(s, (If, Loop, For, ForBack, *FRAMES))]
    assert Counter(map(whole, of_kind(picture, "code"))) == Counter(simple)
    tests = [show_head(s)[4:-1] if isinstance(s, For | ForBack) else show_expr(s.test) for s in inside if isinstance(s, If | Loop | For | ForBack)]
    found = [whole(shape) if shape.find("title") is not None else text.text for shape, text in beside(picture, "test")]
    assert Counter(found) == Counter(tests)
    assert len(of_kind(picture, "merge")) == len(tests)
    assert len(of_kind(picture, "frame")) == sum(isinstance(s, FRAMES) for s in inside)

    shapes = [box(e) for e in of_kind(picture, "box", "test", "merge", "end")]
    assert [(a, b) for a, b in combinations(shapes, 2) if overlap(a, b)] == []
    wires = [line for e in of_kind(picture, "wire") for line in lines(e)]
    assert [(w, b) for w in wires for b in shapes if crosses(w, b)] == []
    said = [box(e) for e in of_kind(picture, "say", "part") if (e.text or "") != "compute, backwards"]
    assert [(w, b) for w in wires for b in said if crosses(w, b)] == []
    assert [(a, b) for a, b in combinations(said, 2) if overlap(a, b)] == []
    assert [(a, b) for a in said for b in shapes if overlap(a, b)] == []
    frames = [box(e) for e in of_kind(picture, "frame")]
    assert [(a, b) for a, b in combinations([*frames, *shapes], 2) if overlap(a, b) and not inside_of(a, b) and not inside_of(b, a)] == []
    everything = (-0.1, -0.1, part.left + part.right + 0.1, part.height + 0.1)
    assert [b for b in [*shapes, *frames, *wires, *said] if not inside_of(b, everything)] == []


def beside(picture: Element, kind: str) -> list[tuple[Element, Element]]:
    """Shapes of a kind, each with the text that comes after it."""
    return [(a, b) for a, b in pairwise(picture) if a.get("class") == f"d-{kind}"]


def inside_of(a: Box, b: Box) -> bool:
    return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]


@every(CASES)
def test_a_flow_chart_has_every_statement_once_and_nothing_overlaps(case: Case) -> None:
    for p in programs(case):
        look_at_chart(p)


@every(of_a_third([c for c in CASES if GRADIENT in c.laws], 1)[::2])
def test_pictures_of_adjoints_do_too(case: Case) -> None:
    made, library = with_adjoint(case)
    for p in made:
        look_at_chart(p)
        look_at_graph(p, {q.name: q for q in made}, arrays_by_type(library[p.name].types))


BOTH_ENDS = """
def f(x, y, n):
    if x > 0:
        x += y * y
    else:
        x -= y
    fi(n > 0)
    came_from(n == 1)
    while n < 9:
        n += 1
"""


def test_the_inverse_has_tests_and_assertions_exchanged() -> None:
    f = rb.compile(BOTH_ENDS)

    def ends(k: rb.Kernel) -> list[tuple[str, str]]:
        picture = ElementTree.fromstring(k.diagram().svg.replace(f'xmlns="{SVG[1:-1]}"', ""))
        return [("test" if a.get("class") == "d-test" else "merge", b.text or "") for a, b in pairwise(picture) if a.get("class") in ("d-test", "d-merge")]

    assert ends(f) == [("test", "x > 0"), ("merge", "n > 0"), ("merge", "n == 1"), ("test", "n < 9")]
    assert ends(~f) == [("merge", "not n < 9"), ("test", "not n == 1"), ("test", "n > 0"), ("merge", "x > 0")]


# ---- memory-oriented graphs
def reads_and_changes(s: Stmt, programs: Mapping[str, Program]) -> tuple[set[str], set[str]]:
    """By the places and expressions of one statement; its own line's beginning and end are no changes."""
    written: list[Any] = []
    match s:
        case Update(place):
            written = [place]
        case Permute(places) | Apply(_, places) | Unapply(_, places):
            written = list(places)
        case Push(stack, place) | Pop(stack, place):
            written = [stack, place]
        case Append(stack) | Drop(stack):
            written = [stack]
        case Call(k, args) | Uncall(k, args):
            by_position = Effects(programs).written[k]
            written = [a for at, a in enumerate(args) if at in by_position]
    read: set[str] = set()
    for e in expressions(s):
        if any(e is w for w in written):
            read |= set().union(*map(names, e.indices)) if isinstance(e, Index) else set()
        else:
            read |= names(e)
    return whole_names(read), whole_names({w.name for w in written})


def whole_names(found: Iterable[str]) -> set[str]:
    """A field belongs to the line of its record."""
    return {n.partition(".")[0] for n in found}


def look_at_graph(p: Program, known: Mapping[str, Program], arrays: frozenset[str]) -> None:
    part = memory_graph(p, p.name, arrays, Effects(known))
    picture, inside = drawn(part), list(all_statements(p.body))
    alive: dict[str, list[tuple[float, float, float]]] = {}
    for e in of_kind(picture, "variable", "array"):
        assert whole(e) not in alive, "a variable has two lines"
        pieces = list(lines(e))
        x = (min(v[0] for v in pieces) + max(v[0] for v in pieces)) / 2 if pieces else 0.0
        alive[whole(e)] = [(x, v[1], v[3]) for v in pieces]
        assert (e.get("class") == "d-array") == (whole(e) in arrays) == (len({v[0] for v in pieces}) == 2)
    made = {s.name for s in inside if isinstance(s, Enter | Leave | Stash | Unstash | Forget)} | {s.var for s in inside if isinstance(s, For | ForBack)}
    assert alive.keys() == {*p.params, *p.consts, *made, *whole_names(n for e in everywhere(p.body) for n in names(e))}

    def at(e: Element) -> tuple[float, str]:
        """The height of a symbol, and the one variable on whose line it stands."""
        left, top, right, bottom = box(e)
        x, y = (left + right) / 2, (top + bottom) / 2
        on = [n for n, pieces in alive.items() if any(abs(x - c) < 0.2 and a - 7.3 <= y <= b + 7.3 for c, a, b in pieces)]
        assert [whole(e).split()[-1]] == on, (p.name, x, y)
        return y, on[0]

    dots, boxes = ([at(e) for e in of_kind(picture, kind)] for kind in ("reads", "changes"))
    rows = [(whole(e), float(e.get("y", "")) - 4.5) for e in of_kind(picture, "code")]
    heads = [s for s in inside if not isinstance(s, FRAMES)]
    assert len(rows) == len(heads)
    for (text, y), s in zip(rows, heads, strict=True):
        if not (isinstance(s, Loop) and s.first):
            assert text == show_head(s)
        read, changed = reads_and_changes(s, known) if not isinstance(s, If | Loop) else (whole_names(names(s.test)), set())
        own = {s.name} if isinstance(s, Enter | Leave | Stash | Unstash | Forget) else set()
        assert {n for v, n in dots if abs(v - y) < 0.3} == read - own, text
        assert {n for v, n in boxes if abs(v - y) < 0.3} == changed, text
    texts = [box(e) for e in of_kind(picture, "code", "assertion", "part", "title")]
    for line in (v for e in of_kind(picture, "variable", "array", "function") for v in lines(e)):
        assert [t for t in texts if crosses(line, t)] == []
    said = [box(e) for e in of_kind(picture, "name", "title")]
    assert [(a, b) for a, b in combinations(said, 2) if overlap(a, b)] == []


@every(CASES)
def test_a_memory_graph_has_a_line_for_each_variable_and_what_statements_do_on_them(case: Case) -> None:
    library = kernel(case.name).library
    arrays = arrays_by_use(library.programs, {})
    for p in programs(case):
        look_at_graph(p, library.programs, arrays[p.name])


@every(of_a_third(CASES))
def test_what_is_used_as_an_array_is_one(case: Case) -> None:
    f = kernel(case.name)
    if f.generic:
        return
    types = dict(zip((*f.library.program.params, *f.library.program.consts), f.signature(*f.bind(case.args, case.consts)), strict=True))
    used = arrays_by_use(f.library.programs, {})[f.__name__]
    assert used & types.keys() <= arrays_by_type(types)


def test_a_local_that_ends_makes_room_for_another_one() -> None:
    f = rb.compile("""
def f(x, y):
    for i in range(3):
        x += i
    for j in range(3):
        y += j
""")
    picture = drawn(memory_graph(f.library.program, "f", frozenset(), Effects(f.library.programs)))
    x = {whole(e): next(lines(e))[0] for e in of_kind(picture, "variable")}
    assert x["i"] == x["j"]
    assert len({x["x"], x["y"], x["i"]}) == 3


# ---- asking for one
F = rb.compile("def f(y, x):\n    for i in range(len(x)):\n        y += x[i]\n")


def test_the_kind_is_the_first_argument_and_the_flow_chart_the_default() -> None:
    assert F.diagram() == F.diagram("flow")
    assert F.diagram().title == "Flow chart of f(y, x)"
    assert (~F).diagram("memory").title == "Memory-oriented graph of ~f(y, x)"
    assert F.diagram(0.0, [1.0]).kind == "flow"
    assert repr(F.diagram("memory")).startswith("<Memory-oriented graph of f(y, x), ")
    assert F.diagram().text == F.show()


def test_an_unknown_kind_is_told_the_two() -> None:
    for thing in (F, rb.grad(F)):
        with pytest.raises(WrongArguments) as caught:
            thing.diagram("chart")
        assert '`.diagram(\'flow\')`: the flow chart or `.diagram(\'memory\')`: the memory-oriented graph' in str(caught.value)


def test_a_gradient_needs_types() -> None:
    g = rb.grad(rb.compile("def f(y, x):\n    y += x * x\n"))
    with pytest.raises(WrongArguments, match="has not been called yet") as caught:
        g.diagram("memory")
    assert 'grad(f).diagram("flow", y, x)' in str(caught.value)
    text = g.diagram("memory", 0.0, 3.0).text
    assert text == g.show(0.0, 3.0)
    g(0.0, 3.0)
    assert g.diagram("memory").text == text


def test_types_say_what_is_an_array_where_the_text_does_not() -> None:
    f = rb.compile("def f(y, x):\n    y += 2.0 * x\n")
    assert "d-array" not in f.diagram("memory")._inner
    assert f.diagram("memory", [1.0], [2.0])._inner.count('class="d-array"') == 3           # and the legend
    assert "d-array" not in f.diagram("memory", 1.0, 2.0)._inner


def test_a_kernel_that_takes_kernels_is_drawn_for_one_of_them() -> None:
    f, g = vars(rb.compile("def f(y, *, k):\n    k(y)\n\ndef g(y):\n    y += 1\n")).values()
    for asked in (f.diagram, f.show):
        with pytest.raises(WrongArguments, match="`f` needs the kernel `k`"):
            asked()
    assert f.diagram("memory", 0, k=g).text == f.show("ir", 0, k=g)


# ---- the object
AWKWARD = """
def f(x, naïve):
    assert x < 3 and naïve > 1, "</svg><script>alert('&')</script>"
    x += naïve * naïve * naïve * naïve * naïve * naïve * naïve * naïve * naïve
"""


@pytest.mark.parametrize("kind", ["flow", "memory"])
def test_a_picture_is_a_document_of_its_own(kind: str) -> None:
    d = rb.compile(AWKWARD).diagram(kind)
    root = ElementTree.fromstring(d.svg)
    assert root.get("role") == "img"
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert [root.get("aria-labelledby"), root.get("aria-describedby")] == ids
    assert [root.find(f"{SVG}title").text, root.find(f"{SVG}desc").text] == [d.title, d.text]         # type: ignore[union-attr]
    assert "prefers-color-scheme" in d.svg
    assert "<script" not in d.svg
    long = "x += naïve * naïve * naïve * naïve * naïve * naïve * naïve * naïve * naïve"
    found = [e for e in root.iter(f"{SVG}text") if "".join(e.itertext()).startswith(long)]
    assert [(e[0].text, (e[0].tail or "")[-1]) for e in found] == [(long, "…")]


def test_a_notebook_gets_it_in_the_colours_of_its_page_with_names_of_its_own() -> None:
    d = F.diagram()
    one, two = d._repr_html_(), d._repr_html_()
    assert "prefers-color-scheme" not in one
    assert "overflow-x:auto" in one
    assert set(re.findall(r' id="([^"]*)"', one)).isdisjoint(re.findall(r' id="([^"]*)"', two))
    assert d.svg == F.diagram().svg


def test_where_svg_and_style_are_taken_away_the_program_stands_there() -> None:
    d = rb.compile(AWKWARD).diagram()
    html = d._repr_html_()
    assert '<div class="rvb-picture" hidden="hidden"' in html                    # JupyterLab drops an empty `hidden`
    style, rest = html.split("</style>", 1)
    assert ".rvb-picture[hidden]{display:block!important}" in style
    assert unescape(rest[:rest.index("</pre>")]).endswith(d.text)


def test_saving(tmp_path: Path) -> None:
    d = F.diagram()
    d.save(tmp_path / "f.svg")
    d.save(str(tmp_path / "f.svg"))
    assert (tmp_path / "f.svg").read_text(encoding="utf-8") == d.svg
    (tmp_path / "taken.svg").mkdir()
    with pytest.raises(OSError, match="taken"):
        d.save(tmp_path / "taken.svg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f.svg", "taken.svg"]
    with pytest.raises(WrongArguments, match="does not end in"):
        d.save(tmp_path / "f.png")
    with pytest.raises(WrongArguments, match="no directory"):
        d.save(tmp_path / "missing" / "f.svg")
    with pytest.raises(FrozenInstanceError):
        d.kind = "memory"                                       # type: ignore[misc]


def test_texts_are_measured_and_cut_by_characters() -> None:
    assert cells("abc") == 3
    assert cells("数x") == 3
    assert cells("é") == 1
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"
    assert cut("数数数数", 6) == "数数…"
