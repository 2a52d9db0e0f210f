"""Golden files of mistakes: a wrong program, its correction, what is said, and where.

    # why
    names: w=np.ones(3)                     host values that the text may use
    call: f(1, 2.0)                         for mistakes of the first call; `k` is all that was compiled
    options: keepers=False                  of `compile`
    ---- program
    ---- corrected                          may be left out; must be legal
    ---- or                                 corrected in the other way that the hint offers, if there are two
    ---- at 2:5                             line and column of the first label, or nothing
    the message

`REVBENCH_UPDATE_GOLDEN=1` writes what is said now into the files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

import revbench
from revbench import Kernel, RevbenchError

FOLDER = Path(__file__).parents[1] / "golden" / "mistakes"


@dataclass(frozen=True)
class Golden:
    file: Path
    head: str
    program: str
    corrected: str
    other: str
    at: str
    message: str

    @property
    def slug(self) -> str:
        return self.file.stem.partition("--")[0]

    def option(self, key: str) -> str:
        found = re.search(rf"^{key}: (.*)$", self.head, re.MULTILINE)
        return found[1] if found else ""

    def run(self, text: str) -> None:
        """Compiles the text, and calls it if the file says so."""
        host = {"np": np, "math": __import__("math"), "Fixed43": revbench.Fixed43, "ULog": revbench.ULog}
        names = eval(f"dict({self.option('names')})", host)
        options = eval(f"dict({self.option('options')})", host)
        made = revbench.compile(text, name="cell", **options, **names)
        if call := self.option("call"):
            kernels = {made.__name__: made} if isinstance(made, Kernel) else vars(made)
            eval(call, {**host, **kernels, "k": SimpleNamespace(**kernels), "rb": revbench, "grad": revbench.grad, "reversible": revbench.reversible})

    def mistake(self) -> RevbenchError:
        """What is said about the program."""
        try:
            self.run(self.program)
        except RevbenchError as mistake:
            return mistake
        raise AssertionError(f"{self.file.name}: nothing is wrong with it")

    def write(self, at: str, message: str) -> None:
        corrected = f"---- corrected\n{self.corrected}" if self.corrected else ""
        corrected += f"---- or\n{self.other}" if self.other else ""
        self.file.write_text(f"{self.head}---- program\n{self.program}{corrected}---- at{' ' * bool(at)}{at}\n{message}\n", encoding="utf-8")


def place_of(mistake: RevbenchError) -> str:
    return f"{mistake.span.line}:{mistake.span.col}" if mistake.span is not None else ""


def load(file: Path) -> Golden:
    head, *parts = re.split(r"^---- (program|corrected|or|at)(.*)\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections: dict[str, tuple[str, str]] = {parts[k]: (parts[k + 1].strip(), parts[k + 2]) for k in range(0, len(parts), 3)}
    at, message = sections["at"]
    return Golden(file, head, sections["program"][1], sections.get("corrected", ("", ""))[1], sections.get("or", ("", ""))[1], at, message.rstrip("\n"))


GOLDEN: dict[str, Golden] = {file.stem: load(file) for file in sorted(FOLDER.glob("*.txt"))}
