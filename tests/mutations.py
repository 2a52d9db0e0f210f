"""What `make mutants` breaks: every row of every table of rules, every inverse, every rule of the number systems.

Not broken, because nothing would be wrong: where a row may be sampled (`on`, which only tests read) and a reduction's
words for readers (`about`, `gradient`). `fixed43` stands for its 61 siblings, which one line of the table makes.
"""

from __future__ import annotations

import json
import pkgutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, get_args

import revbench
from revbench.errors import RevbenchError
from revbench.ir.nodes import Block, Const, Expr, Fn, Lazy, Name, Stmt, Update
from revbench.ir.types import NUMBERS, fraction_bits
from revbench.ir.walk import rebuild, statements
from revbench.passes import adjoint, inverse, moves, numbers, reduce
from revbench.rules import complex as complex_rules
from revbench.rules.bijections import BIJECTIONS, Bijection
from revbench.rules.complex import COMPLEX
from revbench.rules.functions import FUNCTIONS
from revbench.rules.reductions import REDUCTIONS

RULES = "tests/rules/test_"
FILES = [*(f"{RULES}{name}.py" for name in ("functions", "complex", "bijections", "reductions", "numbers")), "tests/test_zoo.py", "tests/api/test_forward.py"]
VALUE, TYPE = "test_a_value_is_what_numpy_computes", "test_a_value_has_the_type_that_numpy_gives_it"
OPS = ("+=", "-=", "*=", "/=", "^=")
#   the same backwards, or gone before anything is inverted
SYMMETRIC = frozenset({"Assert", "Print", "Probe", "Require", "ComputeBlock", "Uncompute", "InverseBlock", "Release", "Keep"})
Apply = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """One rule made wrong, and the tests that must notice. `ends_in`: errors that are what is wrong, not an accident."""

    name: str
    apply: Apply
    tests: tuple[str, ...]
    ends_in: tuple[type[BaseException], ...] = ()


# ---- how things are made wrong
def everywhere(old: object, new: object) -> None:
    """Puts `new` where any module of the package has `old`."""
    for found in pkgutil.walk_packages(revbench.__path__, "revbench."):
        if found.name in sys.modules:
            module = sys.modules[found.name]
            for name, value in list(vars(module).items()):
                if value is old:
                    setattr(module, name, new)


def row(table: dict[str, Any], name: str, **changes: Any) -> Apply:
    """A row of a table with other entries."""
    return lambda: table.__setitem__(name, replace(table[name], **changes))


def wrapped(owner: Any, method: str, wrong: Callable[..., Any]) -> Apply:
    """`wrong(right, *args)` in the place of a method or function `right`."""
    def apply() -> None:
        right = getattr(owner, method)

        def broken(*args: Any) -> Any:
            return wrong(right, *args)

        setattr(owner, method, broken)
        everywhere(right, broken)
    return apply


def without_inverse(kind: str) -> Apply:
    """Statements of this kind are left as they are when a program is inverted."""
    return wrapped(inverse, "inverse_stmt", lambda right, s: s if kind_of(s) == kind else right(s))


def doubled_cotangent(op: str) -> Apply:
    """What an update with this operator hands on to its operands is doubled."""
    def wrong(right: Any, self: Any, value: Expr, seed: Expr, s: Stmt) -> Block:
        return right(self, value, doubled(seed) if isinstance(s, Update) and s.op == op else seed, s)

    return wrapped(adjoint.Sweep, "pulled", wrong)


def doubled_scaling(op: str) -> Apply:
    """What is left of the cotangent of `p` after `p *= x` is doubled."""
    return wrapped(adjoint.Sweep, "scaled", lambda right, self, bar, value, s: right(self, bar, doubled(value) if s.op == op else value, s))


def doubled_jacobian(name: str) -> Apply:
    """The derivatives of one bijection are doubled."""
    def wrong(right: Any, self: Any, s: Any) -> Block:
        pull = moves.pull
        if s.bijection == name:
            moves.pull = lambda e, seed, active: pull(e, doubled(seed), active)
        try:
            return right(self, s)
        finally:
            moves.pull = pull

    return wrapped(moves.Moves, "bijection", wrong)


def steeper_reduction(name: str) -> Apply:
    """A reduction of floats with the right value and twice its derivative: behind a cast that changes nothing else."""
    def apply() -> None:
        row(FUNCTIONS, "float64", partials=("2.0",))()
        wrapped(reduce.Reducing, "reduction", lambda right, self, e, made: Fn("float64", (v,)) if (v := right(self, e, made)) and e.fn == name else v)()
    return apply


def wrong_reduction(name: str) -> Apply:
    def wrong(right: Any, self: Any, e: Any, made: Any) -> Expr:
        v = right(self, e, made)
        return v if e.fn != name else Fn("not_", (v,)) if REDUCTIONS[name].result == "bool" else Fn("add", (v, Const(1)))

    return wrapped(reduce.Reducing, "reduction", wrong)


def doubled(e: Expr) -> Expr:
    return Fn("mul", (Const(2.0), e))


# ---- which programs of the zoo have what
def kind_of(s: Stmt) -> str:
    """The class of a statement; of an update its operator, too."""
    return f"Update {s.op}" if isinstance(s, Update) else type(s).__name__


def chosen_programs() -> str:
    """For each kind of statement the three smallest programs whose inverse has turned one round; `d` before the kind: two that have a gradient."""
    from .programs import CASES
    from .running import kernel
    from .zoo.case import GRADIENT

    turned: set[str] = set()
    right = inverse.inverse_stmt

    def noted(s: Stmt) -> Stmt:
        out = right(s)
        turned.update([kind_of(s)] if out != s else [])
        return out

    libraries = {}
    for c in CASES:
        with suppress(RevbenchError):                               # one that is refused fails in the zoo's own tests
            libraries[c.name] = kernel(c.name).library.programs.values()
    inverse.inverse_stmt = noted
    found: dict[str, list[tuple[int, str]]] = {}
    for c in (c for c in CASES if c.name in libraries):
        programs = libraries[c.name]
        turned.clear()
        for p in programs:
            inverse.inverse(p.body)
        size = sum(1 for p in programs for _ in statements(p.body))
        for kind in (*turned, *(f"d {k}" for k in turned if GRADIENT in c.laws)):
            found.setdefault(kind, []).append((size, c.name))
    return json.dumps({kind: [name for _, name in sorted(names)[:2 if kind.startswith("d ") else 3]] for kind, names in found.items()})


# ---- which
def mutants(collected: Sequence[str], programs: str) -> Iterator[Mutant]:
    """All of them, with tests from those that there are; `programs` from `chosen_programs`."""
    def tests(prefix: str, *ids: str) -> tuple[str, ...]:
        """Those whose name in brackets is one of these, or has it for its beginning or end."""
        out = tuple(t for t in collected if t.startswith(prefix) and (not ids or any(fits(t.partition("[")[2][:-1], i) for i in ids)))
        assert out, f"no test is called {prefix} with {ids}"
        return out

    yield from of_functions(tests)
    yield from of_complex(tests)
    yield from of_bijections(tests)
    yield from of_reductions(tests)
    yield from of_numbers(tests)
    yield from of_statements(tests, json.loads(programs))


def fits(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith(f"{wanted}-") or name.endswith(f"-{wanted}")


def of_functions(tests: Any) -> Iterator[Mutant]:
    file = f"{RULES}functions.py::"
    for f in FUNCTIONS.values():
        if f.name in NUMBERS and f.name not in ("fixed43", "ulog"):
            continue
        value = f"not ({f.value})" if f.result == "bool" else f"({f.value}) + 1"
        yield Mutant(f"{f.name}: {value}", row(FUNCTIONS, f.name, value=value), tests(f"{file}{VALUE}", f.name))
        wrong = "float" if f.result == "same" else "same"
        yield Mutant(f"{f.name}: {wrong} instead of {f.result}", row(FUNCTIONS, f.name, result=wrong), tests(f"{file}{TYPE}", f.name))
        for k, text in enumerate(f.partials):
            name = f"d {f.name} / d {f.params[k]}"
            if text is None:                                        # of tests and bits nobody reads it: their derivative is zero
                if f.result in ("same", "float"):
                    yield Mutant(f"{name} is 1", changed_partial(f.name, k, "1.0"), tests(f"{file}test_few_functions_have_no_derivative"))
                continue
            test = tests(f"{file}test_a_partial_is_the_derivative", f"{f.name}-{f.params[k]}") if f.result in ("same", "float") else tests(
                f"{file}test_only_casts_to_whole_numbers_stop_a_derivative", f.name)
            yield Mutant(f"{name} doubled", changed_partial(f.name, k, "1.0" if text == "0.0" else f"2.0 * ({text})"), test)


def changed_partial(name: str, k: int, text: str) -> Apply:
    old = FUNCTIONS[name].partials
    return row(FUNCTIONS, name, partials=(*old[:k], text, *old[k + 1:]))


def of_complex(tests: Any) -> Iterator[Mutant]:
    file = f"{RULES}complex.py::"
    for z in COMPLEX.values():
        for part in ("real", "imag"):
            if text := getattr(z, part):
                wrong = f"not ({text})" if z.name in complex_rules.BOOLS else f"2.0 * ({text})"
                test = tests(f"{file}test_a_row_is_what_numpy", z.name)
                yield Mutant(f"{part} part of complex {z.name}: {wrong}", row(COMPLEX, z.name, **{part: wrong}), test)
    for words in ("BOOLS", "ONLY_COMPLEX", "OF_REALS"):
        old = getattr(complex_rules, words)
        for name in sorted(old):
            gone = partial(everywhere, old, old - {name})
            yield Mutant(f"{name} is not among {words}", gone, tests(f"{file}{TYPE}", name), (KeyError,))     # it is looked up where it is not


def of_bijections(tests: Any) -> Iterator[Mutant]:
    file = f"{RULES}bijections.py::"
    for b in list(BIJECTIONS.values()):
        computes = tests(f"{file}test_a_row_computes", b.name)
        for side in ("after", "before"):
            for k, p in enumerate(b.params[:b.places]):
                old = getattr(b, side)
                yield Mutant(f"{p} {side} {b.name}: unchanged", row(BIJECTIONS, b.name, **{side: (*old[:k], Name(p), *old[k + 1:])}), computes)
        if not b.own_inverse:
            yield Mutant(f"{b.name} the other way round", row(BIJECTIONS, b.name, after=b.before, before=b.after), computes)
        for law in weaker(b):
            yield Mutant(f"domain of {b.name}: {law}", row(BIJECTIONS, b.name, law=law), tests(f"{file}test_where_a_row_has_no_inverse", b.name))
        for letter in b.kinds:
            yield Mutant(f"{b.name} not for kind {letter}", row(BIJECTIONS, b.name, kinds=b.kinds.replace(letter, "")), computes)
        if "f" in b.kinds:                                          # `conj` is a `neg` of the imaginary part before anything is differentiated
            yield Mutant(f"jacobian of {b.name} doubled", doubled_jacobian(b.name), tests(f"{file}test_the_jacobian", b.name))


def weaker(b: Bijection) -> list[Expr | None]:
    return [] if b.law is None else [None, *((b.law.left, b.law.right) if isinstance(b.law, Lazy) else ())]


def of_reductions(tests: Any) -> Iterator[Mutant]:
    file = f"{RULES}reductions.py::"
    for r in REDUCTIONS.values():
        value = tests(f"{file}{VALUE}", r.name)
        yield Mutant(f"{r.name}: wrong words for NumPy", row(REDUCTIONS, r.name, numpy=f"({r.numpy}) + 1"), value)
        yield Mutant(f"{r.name}: wrong value", wrong_reduction(r.name), value)
        wrong = {"sum": "same", "same": "sum", "float": "same", "index": "same", "bool": "index"}[r.result]
        yield Mutant(f"{r.name}: {wrong} instead of {r.result}", row(REDUCTIONS, r.name, result=wrong), tests(f"{file}{TYPE}", r.name))
        yield Mutant(f"{r.name} of nothing", row(REDUCTIONS, r.name, empty=not r.empty), tests(f"{file}test_what_numpy_refuses", r.name))
        if r.gradient:
            yield Mutant(f"gradient of {r.name} doubled", steeper_reduction(r.name), tests(f"{file}test_a_gradient", r.name))


def of_numbers(tests: Any) -> Iterator[Mutant]:
    """The rules of `passes.numbers`, one left out at a time.

    Not broken, because values are the same: `logs`, which is the identity; the short way of storing a cast. Nor that arguments stay
    places: the back ends stop at a computed one.
    """
    every, low = tests(f"{RULES}numbers.py::"), numbers._Lower
    for op, sums in numbers.SUMS.items():
        yield Mutant(f"numbers: {op} is not {sums}", lambda op=op, sums=sums: numbers.SUMS.update({op: "-=" if sums == "+=" else "+="}), every)
    for fn in sorted(numbers.COMPARISONS):
        yield Mutant(f"numbers: {fn} compares floats", partial(everywhere, numbers.COMPARISONS, numbers.COMPARISONS - {fn}), every)
    for dtype in ("fixed43", "ulog"):
        yield Mutant(f"numbers: {dtype} is not made", partial(everywhere, numbers.MADE, numbers.MADE - {dtype}), every, (KeyError,))
    yield Mutant("numbers: a fixed number read with another step", wrapped(numbers, "reading", lambda right, p, dtype: right(
        p, dtype) if dtype == "ulog" else Fn("unfix", (p, Const(fraction_bits(dtype) + 1)))), every)
    yield Mutant("numbers: a logarithm read as a value", wrapped(numbers, "reading", lambda right, p, dtype: Fn(
        "logof", (p,)) if dtype == "ulog" else right(p, dtype)), every)
    yield Mutant("numbers: stored with another step", lambda: setattr(numbers, "fraction_bits", lambda dtype: fraction_bits(dtype) - 1), every)
    yield Mutant("numbers: places are read and rounded again", wrapped(low, "system", lambda right, self, e: None), every)
    yield Mutant("numbers: locals begin with the value itself", wrapped(low, "first", lambda right, self, name, init: self.value(init)), every)
    for fn in ("mul", "div", "pow"):
        yield Mutant(f"numbers: {fn} of logarithms by floats", wrapped(low, "logs", lambda right, self, e, fn=fn: None if isinstance(
            e, Fn) and e.fn == fn else right(self, e)), every)
    yield Mutant("numbers: log by floats", wrapped(low, "value", lambda right, self, e: rebuild(e, self.value) if isinstance(
        e, Fn) and e.fn == "log" else right(self, e)), every)


def of_statements(tests: Any, programs: dict[str, list[str]]) -> Iterator[Mutant]:
    kinds = [k.__name__ for k in get_args(Stmt) if k.__name__ not in SYMMETRIC and k.__name__ not in ("Update", "Forget")]
    for kind in (*kinds, *(f"Update {op}" for op in OPS if op != "^=")):            # `^=` is its own inverse
        yield Mutant(f"no inverse of {kind}", without_inverse(kind), tests("tests/test_zoo.py::test_shown_texts_compute_the_same", *programs[kind]))
    yield Mutant("no inverse of Forget", without_inverse("Forget"), tests("tests/api/test_forward.py::test_what_is_forgotten"))
    for op in OPS:
        if op != "^=":
            test = tests("tests/test_zoo.py::test_gradients_are_finite_differences", *programs[f"d Update {op}"])
            yield Mutant(f"cotangents of {op} doubled", doubled_cotangent(op), test)
            if op in ("*=", "/="):
                yield Mutant(f"cotangent left by {op} doubled", doubled_scaling(op), test)


