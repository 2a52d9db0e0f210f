"""Are the tests awake? Breaks one rule at a time and looks whether a test fails: `make mutants`.

A mutant is the package with one row of a table made wrong, or one rule of a pass left out: they are listed in
`tests.mutations`. Each one lives in a forked process of its own, where the few tests that should notice are run; all of
them pass first with nothing broken. What is noticed is a test's own complaint, or a law or refusal of the compiler: a
mutant that makes something crash has not been understood by anybody. One that survives is a rule that nobody tests, and
the command fails.

What is compiled goes to a folder of its own, which ends with the command.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.metadata
import os
import pkgutil
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import hypothesis  # noqa: F401   here for all processes, as is SciPy's module
import pytest
import scipy.special  # noqa: F401
from tqdm import tqdm

import revbench
from revbench.errors import RevbenchError

from .mutations import FILES, Mutant, chosen_programs, mutants

NOTICED = (AssertionError, RevbenchError, pytest.fail.Exception)
QUIET = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


@dataclass
class Witness:
    """A plugin of pytest that remembers what tests there are, and what was the matter with the first that failed."""

    also: tuple[type[BaseException], ...] = ()
    collected: list[str] = field(default_factory=list)
    passed: int = 0
    complaint: str = ""
    noticed: bool = False

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.collected += [i.nodeid for i in items]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed += report.when == "call" and report.passed

    def pytest_exception_interact(self, node: Any, call: pytest.CallInfo[Any]) -> None:
        assert call.excinfo is not None
        e = call.excinfo.value
        first = next(iter(str(e).strip().splitlines()), "")
        self.noticed = call.when == "call" and isinstance(e, (*NOTICED, *self.also)) and not first.startswith("compiler bug")
        self.complaint = f"{node.name}: {type(e).__name__}: {first[:110]}"


# ---- processes
def forked(work: Callable[[], str], folder: Path) -> int:
    """The number of a process that does this and leaves what it says in the folder, under that number."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            out = os.open(folder / f"{os.getpid()}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            (folder / str(os.getpid())).write_text(work())
            code = 0
        finally:
            os._exit(code)
    return child


def said(child: int, status: int, folder: Path) -> str:
    """What it said; how it ended, if it did not get that far."""
    return (folder / str(child)).read_text() if status == 0 else f"ended with {status}: {(folder / f'{child}.log').read_text()[-300:]}"


def alone(work: Callable[[], str], folder: Path) -> str:
    child = forked(work, folder)
    return said(child, os.waitpid(child, 0)[1], folder)


def together(works: Sequence[Callable[[], str]], jobs: int, folder: Path) -> Iterator[tuple[int, str]]:
    """(index, what it said) of all of them, as they end; so many at a time."""
    running: dict[int, int] = {}
    waiting = list(enumerate(works))[::-1]
    while waiting or running:
        while waiting and len(running) < jobs:
            k, work = waiting.pop()
            running[forked(work, folder)] = k
        child, status = os.wait()
        yield running.pop(child), said(child, status, folder)


# ---- looking
def every_test() -> str:
    """The names of all tests that mutants may ask for."""
    witness = Witness()
    pytest.main([*QUIET, "--collect-only", *FILES], plugins=[witness])
    return "\n".join(witness.collected)


def trial(m: Mutant, seconds: int = 300) -> str:
    """Runs the tests of a mutant, for so many CPU seconds at most. The first word is the verdict."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))     # compiled code that never ends hears no other signal
    m.apply()
    witness = Witness(m.ends_in)
    code = pytest.main([*QUIET, *m.tests], plugins=[witness])
    if code == pytest.ExitCode.OK:
        return f"alive {witness.passed} of {len(m.tests)} tests passed"
    return f"{'noticed' if witness.noticed else 'crashed'} {witness.complaint or code}"


def controlled(chosen: Sequence[Mutant], folder: Path) -> None:
    """All tests pass when nothing is broken."""
    tests = tuple(dict.fromkeys(t for m in chosen for t in m.tests))
    found = alone(lambda: trial(Mutant("nothing", lambda: None, tests), 3600), folder)
    if found != f"alive {len(tests)} of {len(tests)} tests passed":
        raise SystemExit(f"these tests do not pass although nothing is broken: {found}")


def main() -> int:
    asked = argparse.ArgumentParser(prog="tests.mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("only", nargs="?", default="", help="mutants whose names contain this")
    asked.add_argument("--jobs", type=int, default=1, help="how many at a time")
    asked.add_argument("--why", action="store_true", help="say for each what noticed it")
    options = asked.parse_args()
    for found in pkgutil.walk_packages(revbench.__path__, "revbench."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)                    # so that every copy of a rule is found
    for plugin in importlib.metadata.entry_points(group="pytest11"):
        plugin.load()                                              # once, not in each process
    begin, wrong = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["REVBENCH_CACHE_DIR"] = str(folder / "cache")
        collected = alone(every_test, folder).splitlines()
        programs = alone(chosen_programs, folder)
        chosen = [m for m in mutants(collected, programs) if options.only in m.name]
        gc.freeze()                                                # what is here now stays in all processes
        controlled(chosen, folder)
        print(f"{len({t for m in chosen for t in m.tests})} tests pass with nothing broken ({time.monotonic() - begin:.0f} s)", flush=True)
        works = [partial(trial, m) for m in chosen]
        for k, verdict in tqdm(together(works, options.jobs, folder), total=len(works), desc="mutants", unit="mutant", disable=None):
            word, _, why = verdict.partition(" ")
            wrong += word != "noticed"
            if word != "noticed" or options.why:
                tqdm.write(f"{word}: {chosen[k].name}\n    {why}")
    print(f"{len(chosen) - wrong} of {len(chosen)} mutants were noticed ({time.monotonic() - begin:.0f} s)")
    return 1 if wrong or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
