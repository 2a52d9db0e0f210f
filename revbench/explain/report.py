"""`f.report()`: statement by statement, what comes back exactly, what is computed again, what is kept and erased."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

from revbench.errors import RevbenchError
from revbench.ir.library import Library, reachable
from revbench.ir.nodes import Assert, Block, Call, Enter, If, Leave, Loop, Permute, Print, Probe, Program, Stash, Stmt, Uncall, Undo, Update
from revbench.ir.show import show_head
from revbench.ir.typed import TypedLibrary
from revbench.ir.types import Type
from revbench.ir.walk import blocks, callees
from revbench.passes.effects import Effects

from .cost import Amount, Formulas, Runs, total
from .exactness import EXACT, Exactness, worst
from .texts import adjoint_of


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of the source.

    Attributes
    ----------
    source : int
        Its line in the user's text.
    text : str
    exact : str
        `exact`, `rounds` or `inexact`: how it comes back; `why` says more.
    fast, literal : int
        How often it runs forwards in one gradient, for each time that the kernel comes to it: in unchecked code, which drops
        what nobody reads, and in the program as it is written, as the machine runs it. A register's own statements run once.
    keeps : str
        What the compiler keeps for the way back, and how many bytes of it, as a formula; "" if nothing.
    """

    source: int
    text: str
    exact: str
    why: str
    fast: int
    literal: int
    keeps: str = ""


@dataclass(frozen=True)
class Report:
    """What the compiler has to say about a kernel, for the types of one call.

    Attributes
    ----------
    lines : tuple of Line
    exactness : str
        How the registers come back: `exact`, `rounds` or `inexact`.
    kept : str
        Bytes that are kept at once in one run, as a formula in the kernel's parameters: "0" if nothing is. `kept(g)` are those
        of a call of `g`; where the kernel calls itself, `levels` is how often it has called itself and not come back.
    erased : str
        Bits of cotangents that the gradient erases, at most; `erased(g)` are those of a call of `g`. "" if there is no gradient.
    """

    title: str
    lines: tuple[Line, ...]
    exactness: str
    kept: str
    erased: str

    @property
    def table(self) -> list[list[str]]:
        """The lines as text, with a head."""
        head = ["line", "statement", "comes back", "runs", "literal", "keeps"]
        return [head, *([str(v.source or ""), v.text, v.exact, str(v.fast or ""), str(v.literal or ""), v.keeps] for v in self.lines)]

    @property
    def summary(self) -> str:
        kept = "keeps nothing" if self.kept == "0" else f"keeps {self.kept} bytes"
        return f"{kept}; " + (f"a gradient erases {self.erased} bits" if self.erased else "there is no gradient")

    def __repr__(self) -> str:
        rows = self.table
        wide = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
        right = (0, 3, 4)
        lines = ["  ".join(cell.rjust(w) if k in right else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, wide, strict=True))).rstrip() for row in rows]
        return "\n".join([f"{self.title}: {self.exactness}", *lines, self.summary])

    def _repr_html_(self) -> str:
        head, *rows = [[escape(cell) for cell in row] for row in self.table]
        body = "".join(f"<tr>{''.join(f'<td><code>{c}</code></td>' if k == 1 else f'<td>{c}</td>' for k, c in enumerate(row))}</tr>" for row in rows)
        return (f"<p><b>{escape(self.title)}</b>: {escape(self.exactness)}</p><table><tr>{''.join(f'<th>{c}</th>' for c in head)}</tr>{body}</table>"
                f"<p>{escape(self.summary)}</p>")


def report_of(title: str, library: Library, typed: TypedLibrary, main: str, program: Program) -> Report:
    """The report on a program (a kernel's, or its inverse) for the types of a library."""
    effects = Effects(library.programs)
    fast, literal = (Runs(effects, choice).gradient(program.body) for choice in (True, False))
    verdicts = Exactness(typed).program({**library.programs, program.name: program}, program.name)
    kept = Kept(library, typed, effects, {program.name: "0"})
    found = list(kept.of(program, typed[main].types))
    keeps = {s.span: f"{'what is called' if isinstance(s, Call | Uncall) else _kind(s)}: {total([a])} bytes" for s, a in found}
    known = {(v.source, v.text): v for v in verdicts}
    lines = []
    for s in _shown(program.body, frozenset(keeps)):
        at, text = s.span.line if s.span else 0, show_head(s)
        v = known.get((at, text))
        why = v.why if v else "a local: released where its block ends" if isinstance(s, Enter) else "known on the way back by what is kept"
        keeping = isinstance(s, If | Loop | Call | Uncall) or _keeps(s)
        lines.append(Line(at, s.span.source.line(at).strip() if keeping and s.span else text, v.verdict if v else EXACT, why, fast.of(s), literal.of(s),
                          keeps.get(s.span, "") if keeping else ""))
    lines.sort(key=lambda v: v.source)
    return Report(title, tuple(dict.fromkeys(lines)), worst(verdicts), total([a for _, a in found]), _erased(typed, main))


@dataclass
class Kept:
    """What the programs of a library keep, those that they call included."""

    library: Library
    typed: TypedLibrary
    effects: Effects
    known: dict[str, str]                              # recursion finds a zero: its levels are counted

    def by_name(self, kernel: str) -> str:
        """The formula of a kernel that is called. One that comes back to itself counts its levels itself."""
        if kernel not in self.known:
            self.known[kernel] = "0"
            types = self.typed[kernel].types if kernel in self.typed else {}
            self.known[kernel] = total([a for _, a in self.of(self.library.programs[kernel], types)])
        return self.known[kernel]

    def of(self, program: Program, types: dict[str, Type]) -> Iterator[tuple[Stash | Call | Uncall, Amount]]:
        """Every statement that keeps something, or calls what does, and how much."""
        formulas = Formulas(program, types, self.effects)
        own = program.name
        again = own in self.library.programs and any(own in reachable(self.library.programs, c) for c in callees(program))
        for s, a in formulas.kept():
            yield s, replace(a, factor=" * ".join(filter(None, (a.factor, "levels")))) if again else a
        yield from formulas.kept_by_calls(self.by_name)


def _shown(block: Block, keeping: frozenset[object]) -> Iterator[Stmt]:
    """Statements as the user wrote them, and the heads of those that keep something."""
    for s in block:
        if isinstance(s, Undo | Leave | Stash | Assert | Print | Probe) or _hidden(s):
            continue
        if not blocks(s) or (isinstance(s, If | Loop) and s.span in keeping):
            yield s
        for b in blocks(s):
            yield from _shown(b, keeping)


def _hidden(s: Stmt) -> bool:
    """What the compiler added."""
    return (isinstance(s, Enter) and s.name.startswith("_")) or (isinstance(s, Update) and s.place.name.startswith("_"))


def _kind(s: Stash) -> str:
    return {"_b": "a branch bit", "_n": "a loop counter", "_k": "the old value"}.get(s.name[:2], f"`{s.name}`")


def _keeps(s: Stmt) -> bool:
    """`m = keep(...)`."""
    return isinstance(s, Permute) and any(p.name.startswith("_k") for p in s.places)


def _erased(typed: TypedLibrary, main: str) -> str:
    try:
        library, name = adjoint_of(typed, main)
    except RevbenchError:
        return ""
    effects = Effects({n: t.program for n, t in library.items()})
    return total(Formulas(library[name].program, library[name].types, effects).erased(frozenset(library) - frozenset(typed)))
