"""Which statements come back to the last bit: integers and permutations do, floats round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from revbench.ir.nodes import Apply, Block, Call, Index, Name, Permute, Program, Stmt, Unapply, Uncall, Undo, Update
from revbench.ir.show import show_head
from revbench.ir.typed import TypedLibrary
from revbench.ir.types import Type, is_float, is_number
from revbench.ir.walk import blocks
from revbench.rules.bijections import BIJECTIONS

EXACT, ROUNDS, INEXACT = "exact", "rounds", "inexact"
ORDER = (EXACT, ROUNDS, INEXACT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Does one statement come back to the last bit? What it leaves in a `local` never reaches a register."""

    source: int
    text: str
    verdict: str
    why: str
    local: bool = False


def worst(verdicts: Iterable[Verdict]) -> str:
    """What the registers can hope for."""
    return max((v.verdict for v in verdicts if not v.local), key=ORDER.index, default=EXACT)


class Exactness:
    """Does what a statement does come back bit by bit? Integers do; floats round."""

    def __init__(self, typed: TypedLibrary) -> None:
        self.typed = typed
        self.worst: dict[str, str] = {}

    def program(self, programs: dict[str, Program], name: str) -> tuple[Verdict, ...]:
        self.worst[name] = EXACT                            # recursion: decided by the rest of the body
        typed = self.typed.get(name)
        found: dict[Any, Verdict] = {}
        for s in _leaves(programs[name].body):
            v = self.statement(s, typed.types if typed else {}, _is_local(s, programs[name]), programs)
            if v is not None:
                found.setdefault(s.span or id(s), v)
        verdicts = tuple(sorted(found.values(), key=lambda v: v.source))
        self.worst[name] = worst(verdicts)
        return verdicts

    def statement(self, s: Stmt, types: dict[str, Type], local: bool, programs: dict[str, Program]) -> Verdict | None:
        at, text = s.span.line if s.span else 0, show_head(s)
        match s:
            case Permute():
                return Verdict(at, text, EXACT, "a permutation moves values unchanged")
            case Update(place, op):
                t = types.get(place.name)
                if t is None and op != "^=":
                    return Verdict(at, text, ROUNDS, "exact on integers, rounds on floats", local)
                scales = op in ("*=", "/=")
                if t is not None and is_number(t):
                    return Verdict(at, text, EXACT, "whole numbers in memory: what is added is rounded once, and taken away again", local)
                if t is None or not is_float(t):
                    return Verdict(at, text, EXACT, "what would not divide evenly is refused" if scales else "integers and bools", local)
                if scales:
                    return Verdict(at, text, INEXACT, "a float rounds twice, and a zero factor is refused", local)
                why = "what rounding leaves in a local is dropped with it" if local else "a float comes back up to rounding"
                return Verdict(at, text, ROUNDS, why, local)
            case Apply(name, places) | Unapply(name, places):
                row = BIJECTIONS[name]
                floats = "f" in row.kinds and any(t is None or is_float(t) for t in (types.get(p.name) for p in places))
                if floats and not (row.own_inverse and len(places) == 1):       # a sign is turned and turned back
                    why = "what rounding leaves in a local is dropped with it" if local else "floats come back up to rounding"
                    return Verdict(at, text, ROUNDS, why, local)
                return Verdict(at, text, EXACT, "every value has one value before it", local)
            case Call(callee) | Uncall(callee):
                if callee not in self.worst and callee in programs:
                    self.program(programs, callee)
                found = self.worst.get(callee, EXACT)
                why = {EXACT: "comes back bit by bit", ROUNDS: "rounds", INEXACT: "is inexact"}[found]
                return Verdict(at, text, found, f"`{callee}` {why}", local)
            case _:
                return None


def _is_local(s: Stmt, program: Program) -> bool:
    """Does the statement change locals only?"""
    match s:
        case Update(place):
            return place.name not in program.params
        case Apply(_, places) | Unapply(_, places):
            return not any(p.name in program.params for p in places)
        case Call(_, args) | Uncall(_, args):
            return not any(isinstance(a, Name | Index) and a.name in program.params for a in args)
        case _:
            return False


def _leaves(block: Block) -> Iterator[Stmt]:
    """Statements without blocks, as the user wrote them: what the compiler repeats to undo it is left out."""
    for s in block:
        if blocks(s) and not isinstance(s, Undo):
            for b in blocks(s):
                yield from _leaves(b)
        elif not isinstance(s, Undo):
            yield s
