"""Writes the pages that are made from the code: `python docs/generate.py`.

`mistakes.md` comes from the classes of `revbench.errors` and the golden examples of the tests, `functions.md` from the
rows of `revbench.rules.functions`, `library.md` from the docstrings of `revbench.library`, two pictures from the examples of
`diagrams.md`. A test compares the files with what this script would write.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

import revbench as rb
from revbench import Kernel, errors
from revbench.errors import RevbenchError
from revbench.explain.exactness import EXACT, INEXACT, ROUNDS, Exactness, worst
from revbench.ir.nodes import Apply, Name
from revbench.ir.read import BINARY, UNARY
from revbench.ir.show import show_expr, show_head
from revbench.ir.synonyms import CASTS, SAME_FUNCTION
from revbench.ir.types import ULOG, Array, Scalar, Type
from revbench.passes.declared import HASHES
from revbench.rules.bijections import BIJECTIONS, OWN, Bijection
from revbench.rules.functions import FUNCTIONS, Function
from revbench.rules.reductions import REDUCTIONS

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))       # `python docs/generate.py` finds the tests, whose examples the pages show
GOLDEN = DOCS.parent / "tests" / "golden" / "mistakes"
NOTE = "<!-- Made by `python docs/generate.py`: change the code that it reads, not this page. -->\n"


# ---- mistakes
EXAMPLE = """\

def forgetful(x, y):
    x += y * y
    x = 0.0
"""
MISTAKES = f"""{NOTE}
# Mistakes

Every message of revbench looks like this:

```text
{{example}}
```

First the place (where the text is from, line, column), the law that broke, and the name of the mistake in brackets, which
you find on this page. Then the lines: `^` marks where it went wrong, `~` what else matters. Then what to write instead.

All mistakes of a kernel are reported at once. In Python, every one is a class of `revbench.errors` below
`rb.RevbenchError`; `mistake.to_json()` hands places and texts to tools.

Each mistake below has an example in full, with a program that is right, and the messages of its variants.
"""
WHEN = {
    "text that is not this language": "Found when a kernel is defined.",
    "laws of reversibility": "Found when a kernel is defined.",
    "names and scopes": "Found when a kernel is defined.",
    "types (at the first call)": "Found when a kernel is called with new types.",
    "run time": "Found while a kernel runs.",
}


def sections() -> Iterator[tuple[str, list[type[RevbenchError]]]]:
    """The mistakes in the order of `errors.py`, under its own headings."""
    text = inspect.getsource(errors)
    heads = [(text[:m.start()].count("\n") + 1, m[1]) for m in re.finditer(r"^# -+ (.+?) -+$", text, re.M)]
    found = [(n.lineno, n.name) for n in ast.parse(text).body if isinstance(n, ast.ClassDef)]
    for k, (start, title) in enumerate(heads):
        end = heads[k + 1][0] if k + 1 < len(heads) else len(text)
        kinds = [getattr(errors, name) for line, name in found if start < line < end]
        yield title, [kind for kind in kinds if issubclass(kind, RevbenchError)]


def message_of(text: str) -> str:
    """What revbench says about a text, as the seventh cell of a notebook."""
    try:
        rb.compile(text, name="cell 7")
    except RevbenchError as mistake:
        return str(mistake)
    raise AssertionError("there is no mistake in the example")


def slug_of(kind: type[RevbenchError]) -> str:
    return kind("").slug


@dataclass(frozen=True, slots=True)
class Golden:
    """One golden example: a sentence, how it is called (or nothing), the program, what revbench says, and a program that is right."""

    sentence: str
    call: str
    program: str
    message: str
    corrected: str


def golden(path: Path) -> Golden:
    """An example as the tests keep it: `# sentence`, `key: value` lines, then parts that begin with `---- name`."""
    head, *parts = re.split(r"^---- ", path.read_text(encoding="utf-8"), flags=re.M)
    texts = {part.split(maxsplit=1)[0]: part.partition("\n")[2].rstrip() for part in parts}
    sentence, call = re.search(r"^# (.+)$", head, re.M), re.search(r"^call: (.+)$", head, re.M)
    return Golden(sentence[1] if sentence else "", call[1] if call else "", texts["program"], texts["at"], texts.get("corrected", ""))


def block(kind: str, text: str) -> str:
    return f"\n```{kind}\n{text}\n```\n"


def examples(slug: str) -> Iterator[str]:
    """The main example of a mistake in full, then only the messages of its variants (`slug--variant.txt`)."""
    main = GOLDEN / f"{slug}.txt"
    if main.exists():
        e = golden(main)
        yield f"\n{e.sentence}\n" + block("python", e.program) + (f"\nCalled as `{e.call}`:\n" if e.call else "") + block("text", e.message)
        if e.corrected:
            yield "\nWrite:\n" + block("python", e.corrected)
    for path in sorted(GOLDEN.glob(f"{slug}--*.txt")):
        e = golden(path)
        yield f"\n{e.sentence}\n" + block("text", e.message)


def mistakes() -> str:
    """The page of all mistakes."""
    out = [MISTAKES.format(example=message_of(EXAMPLE))]
    for title, kinds in sections():
        out.append(f"\n## {title[0].upper()}{title[1:]}\n\n{WHEN.get(title, '')}\n")
        for kind in kinds:
            about = (inspect.getdoc(kind) or "").split("\n\n")[0]
            out.append(f"\n### {slug_of(kind)}\n\n{about}\n")
            out += examples(slug_of(kind))
    return "".join(out)


# ---- functions
FUNCTION_PAGE = f"""{NOTE}
# Functions

What may stand in an expression of a kernel, with the derivatives that gradients use. No import is needed: `sqrt`,
`math.sqrt` and `np.sqrt` are the same function. A function without a derivative can be used everywhere, except between
`wrt` and the result of a gradient: there it is a mistake that names its line, never a silent zero.
"""
NAMES = {**{name: symbol for name, (symbol, _, _) in BINARY.items()}, **{name: symbol.strip() for name, (symbol, _, _) in UNARY.items()}}


def spelled(f: Function) -> str:
    """The call as it is written: `x + y` for `add`."""
    if f.name in BINARY:
        return f"{f.params[0]} {NAMES[f.name]} {f.params[1]}"
    return UNARY[f.name][0] + f.params[0] if f.name in UNARY else f"{f.name}({', '.join(f.params)})"


def also(name: str) -> str:
    """Other names of the same function."""
    return ", ".join(f"`{other}`" for other, one in (*SAME_FUNCTION.items(), *CASTS.items()) if one == name != other)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def error(f: Function) -> str:
    return "" if f.ulp is None else f"{f.ulp:g}"


def derivatives(f: Function) -> tuple[str, ...]:
    return tuple("none" if p is None else f"`{p}`" for p in f.partials) + ("",) * (2 - len(f.partials))


KINDS_OF = {kinds: " and ".join({"f": "floats", "i": "whole numbers", "b": "bools", "x": "exact numbers", "c": "complex numbers"}.get(k, k) for k in kinds)
            for kinds in {b.kinds for b in BIJECTIONS.values()}}


def assigned(b: Bijection) -> str:
    """The bijection as it is written: `a, b = rot(a, b, t)`."""
    places, params = tuple(map(Name, b.params[:b.places])), tuple(map(Name, b.params[b.places:]))
    return show_head(Apply(b.name, places, params))


def functions() -> str:
    """The page of all functions."""
    own = [f for n, f in FUNCTIONS.items() if n not in HASHES]            # users' rows are not on the page
    plain = [f for f in own if f.result in ("same", "float")]
    operators = [f for f in plain if f.name in NAMES]
    named = [f for f in plain if f.name not in NAMES]
    exact = [f for f in own if f.result in ("bool", "int") and not f.name.startswith("unsh")]
    casts = [f for f in own if f.result == "cast"]
    bijections = [BIJECTIONS[name] for name in sorted(OWN)]
    return "".join([
        FUNCTION_PAGE,
        "\n## Operators\n\n",
        table(("you write", "d/dx", "d/dy"), [(f"`{spelled(f)}`", *derivatives(f)) for f in operators]),
        "\n## Functions\n\n",
        table(("you write", "also known as", "d/dx", "d/dy", "ulp"), [(f"`{spelled(f)}`", also(f.name), *derivatives(f), error(f)) for f in named]),
        "\nWhere a number stands under *ulp*, unchecked code uses a function of our own, which vectorises; the number is its largest error, in\n"
        "units of the last place, over 100,000 arguments and more of all magnitudes, infinities, NaN, zeros of both signs and subnormals. Others\n"
        "are the platform's, as they all are in checked code and under `precise=True`.\n",
        "\n`min` and `max` take two arguments or more, or one array. `len(x)` and `x.shape[1]` are whole numbers; `zeros(n)`,\n"
        "`ones((n, m), float32)`, `full(n, value)`, `zeros_like(x)` and `copy(x)` make local arrays.\n",
        "\n## Reductions\n\nOf whole arrays, slices and array expressions, over all of their elements. What has no derivative gives a whole number or a\n"
        "bool, which no gradient passes through.\n\n",
        table(("you write", "gives", "d/dx[i]"), [(f"`{r.name}({', '.join(r.params)})`", r.about, f"{r.gradient or 'none'}") for r in REDUCTIONS.values()]),
        "\n## Comparisons and bits\n\nThey have no derivatives. `and`, `or`, `a if c else b` and chained comparisons evaluate only what they need.\n\n",
        table(("you write", "gives"), [(f"`{spelled(f)}`", "a bool" if f.result == "bool" else "a whole number") for f in exact]),
        "\n## Bijections in place\n\nWritten as assignments to the places; the parameters after them are read. `(~rot)(a, b, t)` and the like are\n"
        "their inverses, `rotr` that of `rotl`. Derivatives follow from these values.\n\n",
        table(("you write", "for", "must hold"), [(f"`{assigned(b)}`", KINDS_OF[b.kinds], f"`{show_expr(b.law)}`" if b.law else "") for b in bijections]),
        "\n## Casts\n\nTheir derivative is 1 between floats.\n\n",
        table(("you write", "also known as"), [(f"`{spelled(f)}`", also(f.name)) for f in casts]),
    ])


# ---- library
LIBRARY_PAGE = f"""{NOTE}
# The library

Kernels that are written in the language itself: plain loops, which the compiler turns round. Registers that are written
come first, then inputs, in the order of NumPy, SciPy and BLAS. Most kernels *add* to their first register.

```python
>>> import numpy as np
>>> import revbench as rb
>>> rb.library.blas.dot(0.0, [1.0, 2.0], [3.0, 4.0]).out
11.0
>>> rb.grad(rb.library.statistics.variance)(0.0, [1.0, 2.0, 6.0])
Gradients(x=array([-1.33333333, -0.66666667,  2.        ]))
>>> there = rb.library.sorting.sort([2.5, -1.0, 0.5], np.zeros(3, int))
>>> there
Outputs(x=array([-1. ,  0.5,  2.5]), perm=array([1, 2, 0]))
>>> (~rb.library.sorting.sort)(*there)
Outputs(x=array([ 2.5, -1. ,  0.5]), perm=array([0, 0, 0]))
```

Your own kernels call them. What the callee adds to a local is uncomputed with it:

```python
>>> from revbench.library import blas
>>> @rb.reversible
... def cosine(out, x, y):
...     xy = 0.0
...     nx = 0.0
...     ny = 0.0
...     blas.dot(xy, x, y)
...     blas.norm2(nx, x)
...     blas.norm2(ny, y)
...     out += xy / (nx * ny)
>>> cosine(0.0, [3.0, 4.0], [4.0, 3.0]).out
0.96
```

`help(rb.library.blas.dot)` tells shapes, errors and sources. The last column says how a kernel's registers come back on
the way back: *bit for bit*; *rounds*: whole numbers bit for bit, floats up to rounding; *divides*: a float is multiplied
and divided, and a zero factor is refused.
"""
COMES_BACK = {EXACT: "bit for bit", ROUNDS: "rounds", INEXACT: "divides"}


def kernels_of(module: ModuleType) -> Iterator[Kernel]:
    """The public kernels of a module of the library, in its order."""
    for name, value in vars(module).items():
        if isinstance(value, Kernel) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield value


def declared(f: Kernel) -> dict[str, Type]:
    """What a docstring says about registers, as types: `x, y : (n,) arrays`, `perm : (n,) array of int`."""
    kinds: dict[str, Type] = {}
    for names, text in re.findall(r"^(\w[\w, ]*) : (.*)$", f.__doc__ or "", re.M):
        words = {"ULog": ULOG, "complex": "complex128", "int": "int64", "bool": "bool"}
        dtype = next((words[w] for w in text.split() if w in words), "float64")
        axes = re.match(r"\(.*?\) array", text)
        for name in names.split(","):
            kinds[name.strip()] = Array(dtype, axes[0].count(",") + (",)" not in axes[0])) if axes else Scalar(dtype)
    return kinds


def comes_back(f: Kernel) -> str:
    """Does a kernel's result come back to the last bit?"""
    given = re.findall(r"^(\w+) : Kernel$", f.__doc__ or "", re.M)
    if given:                                       # what it does itself, or what the kernels do that it is handed
        own = worst(Exactness({}).program(f.library.programs, f.__name__))
        return f"as {' and '.join(f'`{name}`' for name in given)}" if own == EXACT else COMES_BACK[own]
    kinds = declared(f)
    typed, name = f.typed(tuple(kinds[p] for p in (*f.registers, *f.constants)))
    return COMES_BACK[worst(Exactness(typed).program({n: t.program for n, t in typed.items()}, name))]


def library() -> str:
    """The page of the library's kernels."""
    out = [LIBRARY_PAGE]
    for name in rb.library.__all__:
        module = import_module(f"revbench.library.{name}")
        about = (inspect.getdoc(module) or "").split("\n")[0]
        rows = [(f"`{f.__name__}({', '.join([*f.registers, *(['*', *f.constants] if f.constants else [])])})`",
                 (f.__doc__ or "").split("\n\n")[0].replace("\n", " "), comes_back(f)) for f in kernels_of(module)]
        out += [f"\n## {name}\n\n{about}\n\n", table(("kernel", "what it does", "way back"), rows)]
    return "".join(out)


# ---- rows of the language
ROWS_PAGE = f"""{NOTE}
# The language, row by row

Everything that can be written, what undoes it, and the test that runs it in both directions on both executors: each row is
a test of [test_rows.py](../tests/language/test_rows.py) with the name that stands here, and its program stands in
[rows.py](../tests/language/rows.py). Run one with `pytest tests/language -k "each and not gradient"`.
"""


def anchor(heading: str) -> str:
    """How a heading of a page is linked to."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def rows() -> str:
    """The page of the language's rows."""
    from tests.language.rows import EXPRESSIONS, LAWS, STATEMENTS, TRAPS, TYPES

    out = [ROWS_PAGE]
    for title, group in (("Statements", STATEMENTS), ("Expressions", EXPRESSIONS), ("Types", TYPES)):
        lines = [(r.form, r.undone, f"[{r.section}](language.md#{anchor(r.section)})", r.name + (", and its gradient" if r.of else "")) for r in group]
        out += [f"\n## {title}\n\n", table(("you write", "exact?" if group is TYPES else "undone by", "explained in", "test"), lines)]
    out += ["\n## Laws that are tested while a kernel runs\n\n",
            table(("law", "its name in the error", "test"), [(r.form, f"`{r.law}`", r.name) for r in LAWS])]
    out += ["\n## Traps that are caught when a kernel is defined\n\n",
            table(("trap", "mistake"), [(r.name, f"[{r.slug}](mistakes.md#{r.slug})") for r in TRAPS])]
    return "".join(out)


# ---- pictures
def programs_of(page: str) -> dict[str, Kernel]:
    """The kernels that stand in a page's examples, by name."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r"^>>> @rb\.reversible\n((?:^\.\.\. .*\n)+)", text, re.M)
    kernels = [rb.compile(re.sub(r"^\.\.\. ", "", program, flags=re.M)) for program in found]
    return {k.__name__: k for k in kernels}


def flow() -> str:
    return programs_of("diagrams.md")["fibonacci"].diagram("flow").svg


def memory() -> str:
    return programs_of("diagrams.md")["norm"].diagram("memory").svg


PAGES = {"images/flow.svg": flow, "images/memory.svg": memory, "rows.md": rows, "mistakes.md": mistakes, "functions.md": functions, "library.md": library}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
