"""What is said to somebody who has made a mistake, where, and whether it helps."""

from __future__ import annotations

import ast
import inspect
import io
import json
import keyword
import os
import pickle
import random
import re
import token
import tokenize
from collections.abc import Iterator

import numpy as np
import pytest

import revbench
from revbench import Mistakes, RevbenchError, errors, reversible
from revbench.frontend.source import parse_text
from tests.frontend.golden import GOLDEN, Golden, place_of
from tests.frontend.hints import code_lines, line_of, normal, pasted
from tests.programs import ZOO

UPDATE = os.environ.get("REVBENCH_UPDATE_GOLDEN") == "1"
CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, RevbenchError)]
WITHOUT_FILE = {
    "revbench-error": "the base class, never raised itself",
    "wrong-derivative": "raised by `primitive`, which reads a function in a file: tests/frontend/test_declare.py",
}

golden_files = pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN.keys())


def wrong(text: str, **names: object) -> RevbenchError:
    with pytest.raises(RevbenchError) as caught:
        revbench.compile(text, name="cell", **names)
    return caught.value


def is_fragment(code: str) -> bool:
    """A word or sign that a hint may quote although it is no statement: `elif`, `+=`, `of=`, `.inplace`, `@reversible`."""
    return keyword.iskeyword(code) or code in token.EXACT_TOKEN_TYPES or re.fullmatch(r"\w+=|[.@]\w+", code) is not None


def each(mistake: RevbenchError) -> tuple[RevbenchError, ...]:
    return mistake.mistakes if isinstance(mistake, Mistakes) else (mistake,)


# ---- golden files --------------------------------------------------------------------------------------------
@golden_files
def test_the_mistake_is_told_as_in_its_golden_file(golden: Golden) -> None:
    mistake = golden.mistake()
    assert mistake.slug == golden.slug
    if UPDATE:
        golden.write(place_of(mistake), str(mistake))
        return
    assert str(mistake) == golden.message
    where = (mistake.span.line, mistake.span.col) if mistake.span is not None else None
    assert where == (tuple(map(int, golden.at.split(":"))) if golden.at else None)


@pytest.mark.parametrize("golden", [g for g in GOLDEN.values() if g.corrected], ids=[n for n, g in GOLDEN.items() if g.corrected])
def test_the_corrected_program_is_legal(golden: Golden) -> None:
    golden.run(golden.corrected)
    if golden.other:
        golden.run(golden.other)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda c: c.__name__)
def test_every_class_of_mistakes_has_a_golden_file_or_a_reason(kind: type[RevbenchError]) -> None:
    slug = kind("").slug if kind is not Mistakes else Mistakes([]).slug
    assert (slug in {g.slug for g in GOLDEN.values()}) != (slug in WITHOUT_FILE)
    assert inspect.getdoc(kind) != inspect.getdoc(RevbenchError) or kind is RevbenchError


@golden_files
def test_code_in_a_hint_can_be_pasted(golden: Golden) -> None:
    for mistake in each(golden.mistake()):
        for code in re.findall(r"`([^`]*)`", mistake.hint):
            if not is_fragment(code):
                ast.parse(code + (" pass" if code.endswith(":") else ""))


@pytest.mark.parametrize("golden", [g for g in GOLDEN.values() if g.corrected], ids=[n for n, g in GOLDEN.items() if g.corrected])
def test_the_lines_of_a_hint_stand_in_the_corrected_program_or_work_in_place_of_the_wrong_line(golden: Golden) -> None:
    corrected = {normal(line) for line in (golden.corrected + golden.other).splitlines()}
    for mistake in each(golden.mistake()):
        for code in code_lines(mistake.hint, line_of(golden.program, mistake)):
            if normal(code) not in corrected:
                golden.run(pasted(golden.program, mistake, code))


@golden_files
def test_messages_are_sentences_without_an_end(golden: Golden) -> None:
    for mistake in each(golden.mistake()):
        for text in (mistake.message, mistake.hint, *(lab.text for lab in mistake.labels)):
            assert not text.endswith((".", " "))
            assert "  " not in text
            assert text.count("`") % 2 == 0
        assert mistake.message[0] == "`" or mistake.message[0].islower()


@golden_files
def test_the_same_is_told_as_json_and_across_processes(golden: Golden) -> None:
    mistake = golden.mistake()
    data = mistake.to_json()
    assert json.loads(json.dumps(data)) == data
    assert (data["slug"], data["message"], data["hint"]) == (mistake.slug, mistake.message, mistake.hint)
    assert [(lab["line"], lab["col"]) for lab in data["labels"]] == [(lab.span.line, lab.span.col) for lab in mistake.labels if lab.span]
    assert len(data.get("mistakes", [])) == len(getattr(mistake, "mistakes", []))
    again = pickle.loads(pickle.dumps(mistake))
    assert (type(again), str(again), again.to_json()) == (type(mistake), str(mistake), data)


# ---- several at once -----------------------------------------------------------------------------------------
def test_all_mistakes_of_a_kernel_are_told_at_once_and_in_order() -> None:
    found = wrong("""
def f(out, x):
    x = 0
    out += sqr(x)
    for i in range(3):
        i += 1
    break
""")
    assert isinstance(found, Mistakes)
    assert [m.slug for m in found.mistakes] == ["irreversible-assignment", "unknown-function", "written-loop-variable", "break-statement"]
    assert [(m.span.line, m.span.col) for m in found.mistakes if m.span] == [(3, 5), (4, 12), (6, 9), (7, 5)]
    assert str(found) == "\n\n".join(map(str, found.mistakes))


def test_laws_of_several_kernels_are_told_at_once() -> None:
    found = wrong("""
def f(out, x):
    if out > 0:
        out += x

def g(out, n):
    for i in range(n):
        n += 1
    while out < n:
        out += 1
""")
    assert [m.slug for m in each(found)] == ["needs-fi", "loop-bound-changes", "needs-came-from"]


def test_type_mistakes_are_told_at_once() -> None:
    kernel = revbench.compile("def f(n, m, x):\n    n += x\n    m ^= x\n    n += 1\n")
    with pytest.raises(Mistakes) as caught:
        kernel(1, 2, 2.5)
    assert [(m.slug, m.span.line) for m in caught.value.mistakes if m.span] == [("lossy-update", 2), ("wrong-type", 3)]


def test_one_cause_is_told_once() -> None:
    assert [m.slug for m in each(wrong("def f(out):\n    t: float = 1.0\n    out += t\n    out += t * t\n"))] == ["annotated-local"]
    assert [m.slug for m in each(wrong("def f(out):\n    out += q\n    out += q * q\n"))] == ["unknown-name"]
    assert [m.slug for m in each(wrong("def f(out):\n    out = [1, 2]\n"))] == ["list-value"]


# ---- places --------------------------------------------------------------------------------------------------
def line_with(mark: str) -> int:
    """The line of this file that ends in a mark."""
    lines = inspect.getsource(inspect.getmodule(line_with)).splitlines()     # type: ignore[arg-type]
    return next(k for k, line in enumerate(lines, 1) if line.endswith(f"# {mark}"))


def test_columns_count_from_the_edge_of_the_file_in_an_indented_kernel() -> None:
    with pytest.raises(errors.ReadsItself) as caught:
        class Physics:
            @reversible
            def step(self, x):           # type: ignore[no-untyped-def]
                self += x
                x += 2 * x               # here: method
    span = caught.value.span
    assert span is not None
    assert (span.line, span.col, span.end_col) == (line_with("here: method"), 17, 27)
    assert span.source.name == __file__


def test_a_kernel_inside_a_function_may_capture_what_stands_around_it() -> None:
    scale = "three"
    with pytest.raises(errors.BadCapture) as caught:
        @reversible
        def scaled(y, x):                # type: ignore[no-untyped-def]
            y += scale * x               # here: closure
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.col) == (line_with("here: closure"), 18)


def test_names_that_the_function_around_makes_later_are_not_known_yet() -> None:
    with pytest.raises(Mistakes) as caught:
        @reversible
        def countdown(out, n):           # type: ignore[no-untyped-def]
            if n > 0:
                out += later
                countdown(out, n - 1)
            countdwon(out, n)            # type: ignore[name-defined]  # noqa: F821
    later = 3
    assert later
    assert [m.slug for m in caught.value.mistakes] == ["unknown-name", "unknown-function"]
    assert caught.value.mistakes[1].hint == "did you mean `countdown`?"


def test_columns_count_characters_not_bytes() -> None:
    found = wrong('def f(out, größe):\n    "日本"; größe = größe * größe\n')
    assert found.span is not None
    assert (found.span.line, found.span.col, found.span.end_col) == (2, 11, 32)
    assert "\n   |             ^^^^^^^^^^^^^^^^^^^^^ overwritten here" in str(found)         # two more: these characters are wide


def test_columns_of_syntax_errors_count_characters_too() -> None:
    found = wrong("def f(out, größe):\n    größe += größe größe\n")
    assert found.span is not None
    assert (found.span.line, found.span.col) == (2, 20)


def test_lines_that_python_names_are_lines_of_the_file() -> None:
    text = "    def f(out):\n        for i in range(3):\n        out += 1\n"
    with pytest.raises(errors.SyntaxMistake) as caught:
        parse_text(errors.Source("cell", text, first_line=41))
    assert caught.value.span is not None
    assert (caught.value.span.line, caught.value.span.col) == (43, 9)
    assert "'for' statement on line 42" in str(caught.value)


def test_marks_stand_below_their_text_behind_tabs() -> None:
    text = str(wrong("def f(out, x):\n\tif x > 0:\n\t\tx = 0\n"))
    assert "\n 3 | \t\tx = 0\n   | \t\t^^^^^ overwritten here" in text


def test_a_page_feed_is_no_new_line() -> None:
    found = wrong("def f(out):\n    # one\x0ctwo\u2028three\n    out = 1\n")
    assert found.span is not None
    assert found.span.text == "out = 1"


@pytest.mark.parametrize("head", ["", "\n", "# a remark\n", "\n\n    # a remark\n"])
def test_a_text_may_be_indented_as_a_whole(head: str) -> None:
    found = wrong(f"{head}    def f(out):\n        out = 1\n    ")
    assert found.span is not None
    assert (found.span.line, found.span.col) == (2 + head.count("\n"), 9)


# ---- whatever is typed ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("expression", [
    "+".join(["x"] * 5000), "-" * 5000 + "x", "sin(" * 99 + "x" + ")" * 99, "+".join(["x"] * 400), "x" + "[0]" * 500, " if x else ".join(["x"] * 300),
])
def test_deep_nesting_is_refused_in_words(expression: str) -> None:
    assert "nested" in str(wrong(f"def f(out, x):\n    out += {expression}\n"))


def test_deep_blocks_are_refused_in_words() -> None:
    chain = "".join(f"    elif x > {k}:\n        out += {k}\n" for k in range(300))
    assert "nested" in str(wrong(f"def f(out, x):\n    if x < 0:\n        out += 1\n{chain}"))
    loops = "".join("    " * (k + 1) + f"for i{k} in range(2):\n" for k in range(20)) + "    " * 21 + "out += x\n"
    assert "nested" in str(wrong(f"def f(out, x):\n{loops}"))


NAMES = ["x", "out", "np.pi", "t", "len(x)", "x[0]", "x[1:]", "x[-1]", "x[0][1]", "x.real", "x.shape", "[1, 2]", "(x, out)", "'text'", "None", "1j", "2**70",
         "10**30", "lambda a: a", "(yield x)", "{1: 2}", "f'{x}'", "(z := 1)", "x @ x", "...", "x[None]", "zeros(3)", "copy(3)", "zeros_like(out)", "sum(x)",
         "min(x)", "x in out", "keep(x)", "Stack()", "f(x)", "nobody", "x if out else t", "x.T", "not x", "~x", "sin", "x[x]", "float('nan')"]
LINES = ["del x", "free(t, t)", "free(x)", "uncompute(r)", "fi(x > 1)", "came_from(x > 1)", "until(x)", "return", "break", "x, out = out, x", "x, t = t, x",
         "x, out = out, 1", "a = b = 1", "out += out", "t: int = 3", "t = 1", "x = x + 1", "out = -out", "x <- 0", "x == 0", "print(x, end='')", "probe(x)",
         "assert x, out", "global q", "import os", "stash(t)", "unstash(t)", "forget(t)", "~f(x)", "f(*x)", "each(f)(x)", "s.push(x)", "x.y = 3", "x[0] = 1",
         "x[1:] += 2", "x[0], x[1] = x[1], x[0]", "out **= 2", "out @= x", "await x", "x[x[0]] += 1", "for v in x: v += 1", "for v in x: f(v)", "nonlocal x",
         "while True: out += 1", "while x > 0: x -= 1", "with compute() as r: u = 1", "with inverse(): t = x", "with view(x) as y: pass", "with x, y: pass",
         "if x > 0: x += 1", "class A: pass", "def g(y): y += 1", "x += 1; del x", "for i in range(x): x += 1", "for i in zip(x): pass", "async def g(): pass"]


def mutated(rng: random.Random, text: str) -> str:
    """The text with one token or line dropped, doubled, exchanged, or replaced by something strange."""
    lines = text.split("\n")
    full = [k for k, line in enumerate(lines) if line.strip()]
    at = rng.choice(full)
    match rng.randrange(8):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            other = rng.choice(full)
            lines[at], lines[other] = lines[other], lines[at]
        case 3 | 4:
            inside = lines[at][:len(lines[at]) - len(lines[at].lstrip())] or "    "
            lines.insert(at + 1 if at == full[0] else at, inside + rng.choice(LINES))
        case what:
            tokens = list(tokens_of(text))
            row, start, end, word = rng.choice(tokens)
            same = [t for *_, t in tokens if t.isidentifier() == word.isidentifier()]
            new = rng.choice(["", f"{word} {word}", rng.choice(same)]) if what < 7 or not word.isidentifier() else rng.choice(NAMES)
            lines[row] = lines[row][:start] + new + lines[row][end:]
    return "\n".join(lines)


def tokens_of(text: str) -> Iterator[tuple[int, int, int, str]]:
    for t in tokenize.generate_tokens(io.StringIO(text).readline):
        if t.string.strip() and t.start[0] == t.end[0]:
            yield t.start[0] - 1, t.start[1], t.end[1], t.string


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("seed", range(4))
def test_no_text_whatsoever_breaks_the_compiler(seed: int) -> None:
    rng = random.Random(seed)
    cases = list(ZOO.values())
    for _ in range(400):
        case = rng.choice(cases)
        text = mutated(rng, case.text)
        try:
            revbench.compile(text, **case.names)
        except RevbenchError as mistake:
            found = mistake
        else:
            continue
        for m in each(found):
            assert f"[{m.slug}]" in str(m)
            assert m.span is not None or m.slug in ("not-a-kernel", "syntax-mistake"), text
            assert m.slug == "syntax-mistake" or all(lab.span is not None and lab.span.text for lab in m.labels), text


def test_a_captured_array_outlives_the_block_that_read_it_first() -> None:
    kernel = revbench.compile("def f(out):\n    for i in range(3):\n        out += w[i]\n    out += w[0]\n", w=np.ones(3))
    assert kernel(0.0) == 4.0
