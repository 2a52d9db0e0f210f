"""Are the tests awake? Breaks one rule at a time and looks whether a test fails: `make mutants`.

A mutant is the package with one row of a table made wrong: a derivative doubled, an inverse rule left out. Each one
lives in a forked process of its own, where the tests that should notice are run. A mutant that survives is a rule that
nobody tests, and the command fails.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import pytest
from tqdm import tqdm

import revbench
from revbench.ir import nodes
from revbench.ir.nodes import Block, Const, Expr, Fn, Op, Stmt
from revbench.passes import adjoint, inverse
from revbench.rules.functions import FUNCTIONS

HERE = Path(__file__).parent
ROWS = ("tests/rules/test_functions.py",)
BACKWARD = ("tests/test_zoo.py", "-k", "shown_texts_compute or runs_back_to_its_beginning")
GRADIENTS = ("tests/test_random.py", "-k", "finite_differences")
#   these are the same backwards, or never reach `inverse`
SYMMETRIC = frozenset({"Assert", "Print", "Probe", "Require", "Forget", "ComputeBlock", "Uncompute", "InverseBlock", "Release", "Keep"})


@dataclass(frozen=True)
class Mutant:
    """One rule made wrong, and the tests that must notice."""

    name: str
    apply: Callable[[], None]
    tests: tuple[str, ...]


# ---- how things are made wrong
def everywhere(old: object, new: object) -> None:
    """Puts `new` where any module of the package has `old`."""
    for found in pkgutil.walk_packages(revbench.__path__, "revbench."):
        if found.name in sys.modules:
            module = sys.modules[found.name]
            for name, value in list(vars(module).items()):
                if value is old:
                    setattr(module, name, new)


def doubled_partial(name: str, k: int) -> Callable[[], None]:
    def apply() -> None:
        f = FUNCTIONS[name]
        text = f.partials[k]
        wrong = "1.0" if text == "0.0" else f"2.0 * ({text})"
        FUNCTIONS[name] = replace(f, partials=(*f.partials[:k], wrong, *f.partials[k + 1:]))
    return apply


def without_inverse(kind: str) -> Callable[[], None]:
    """Statements of this kind are left as they are when a program is inverted."""
    def apply() -> None:
        right = inverse.inverse_stmt

        def wrong(s: Stmt) -> Stmt:
            return s if type(s).__name__ == kind else right(s)

        everywhere(right, wrong)
    return apply


def doubled_cotangent(op: Op) -> Callable[[], None]:
    """What an update with this operator hands on to its operands is doubled."""
    def apply() -> None:
        right = adjoint.Sweep.pulled

        def wrong(self: Any, value: Expr, seed: Expr, s: Stmt) -> Block:
            twice = isinstance(s, nodes.Update) and s.op == op
            return right(self, value, Fn("mul", (Const(2.0), seed)) if twice else seed, s)

        adjoint.Sweep.pulled = wrong                            # type: ignore[method-assign]
    return apply


# ---- which
def mutants() -> Iterator[Mutant]:
    for f in FUNCTIONS.values():
        if f.result in ("same", "float"):
            for k, text in enumerate(f.partials):
                if text is not None:
                    yield Mutant(f"d {f.name} / d {f.params[k]} doubled", doubled_partial(f.name, k), (*ROWS, "-k", f"derivative and {f.name}-{f.params[k]}"))
        elif f.result == "cast":
            yield Mutant(f"d {f.name} doubled", doubled_partial(f.name, 0), (*ROWS, "-k", f"casts and {f.name}"))
    for kind in get_args(Stmt):
        if kind.__name__ not in SYMMETRIC:
            yield Mutant(f"no inverse of {kind.__name__}", without_inverse(kind.__name__), BACKWARD)
    for op in ("+=", "-=", "*=", "/="):
        yield Mutant(f"cotangents of {op} doubled", doubled_cotangent(op), GRADIENTS)       # type: ignore[arg-type]


# ---- looking
def notices(mutant: Mutant, log: Path) -> bool:
    """Whether a test fails; the forked process's output goes to `log`."""
    child = os.fork()
    if child == 0:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        mutant.apply()
        os._exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *mutant.tests])))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == pytest.ExitCode.TESTS_FAILED


def main(wanted: str = "") -> int:
    """Tries all mutants whose name contains `wanted`; says which ones live on."""
    for found in pkgutil.walk_packages(revbench.__path__, "revbench."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)                    # so that every copy of a rule is found
    chosen = [m for m in mutants() if wanted in m.name]
    alive = []
    with tempfile.TemporaryDirectory() as folder:
        for tests in dict.fromkeys(m.tests for m in chosen if m.tests[0] != ROWS[0]):
            if notices(Mutant("nothing", lambda: None, tests), Path(folder) / "log"):
                raise SystemExit(f"these tests fail although nothing is broken: {' '.join(tests)}\n{(Path(folder) / 'log').read_text()[-2000:]}")
        for m in tqdm(chosen, desc="mutants", unit="mutant"):
            if not notices(m, Path(folder) / "log"):
                alive.append(m.name)
                tqdm.write(f"alive: {m.name}  ({' '.join(m.tests)})")
    print(f"{len(chosen) - len(alive)} of {len(chosen)} mutants were noticed")
    return 1 if alive or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
