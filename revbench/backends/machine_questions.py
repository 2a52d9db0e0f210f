"""What a run of the machine is asked on its way: where it should stop, and under which condition.

A question stands at moments: before a row runs, on the way forward. Conditions are expressions over what is live there,
in the same tokens as instructions, and are asked only after rows that may change what they read, so that a run
asks millions of them a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from revbench.errors import RevbenchError, UnknownFunction, UnknownName, UnsupportedExpression, WrongType
from revbench.ir.nodes import Expr, Fn, Index, MatMul, Name, Transposed
from revbench.ir.read import read
from revbench.ir.show import show_expr
from revbench.ir.types import Array, Stack
from revbench.ir.walk import names, rebuild, subexpressions
from revbench.passes.numbers import reading
from revbench.rules.functions import FUNCTIONS
from revbench.rules.reductions import REDUCTIONS
from revbench.rules.typing import type_of

from .machine_postfix import Postfix
from .machine_program import Code, Function, Token
from .machine_tables import ASKS, NEVER, TOKEN

CHANGES_NOTHING = frozenset({"if", "else", "fi", "loop", "until", "again", "assert", "print", "probe"})
JUMPS = {TOKEN[t] for t in ("skip_if_false", "skip_if_true", "jump_if_false", "jump")}


@dataclass
class Questions:
    """Everything that one run is asked, from row `here` on. `at` and `when` say the question's number, by which `Machine.answered` knows it."""

    code: Code
    forward: bool
    here: int
    stops: NDArray[np.int32] = field(init=False)                # for every row, on the way on and in code that runs backward: first question + 1
    asks: list[list[int]] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    constants: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stops = np.zeros((len(self.code.rows), 2), np.int32)

    def at(self, places: Iterable[tuple[int, int]], wanted: int = 1, frame: int = -1, condition: str = "") -> int:
        """Stop at these (row, sense), from the `wanted`-th time on, in the frame `frame` only (-1: in any), where the condition holds."""
        head = self._add(wanted=wanted)
        spans = self._compiled(condition) if condition else None
        for row, sense in places:
            fn = self.code.rows[row].fn
            if spans is None:
                self._stand(row, sense, frame=frame, head=head)
            elif fn in spans and self._live(row, sense) >= spans[fn][0]:
                self._stand(row, sense, frame=frame, head=head, k=spans[fn][1], k_end=spans[fn][2])
        return head

    def when(self, condition: str, wanted: int = 1) -> int:
        """Stop where the condition begins to hold, in whichever function has the names that it reads."""
        head = self._add(wanted=wanted, edge=1)
        for fn, (needs, k, k_end) in self._compiled(condition).items():
            for row, sense in self._changes(fn, needs):
                live = self._live(row, sense) >= needs
                self._stand(row, sense, frame=-1, head=head, k=k if live else NEVER, k_end=k_end if live else NEVER)
        return head

    def _changes(self, fn: int, needs: frozenset[str]) -> list[tuple[int, int]]:
        """The moments after rows that may change one of the names, after which the frame is another one, and where this run begins."""
        f, found = self.code.functions[fn], set[tuple[int, int]]()
        for k in range(f.begin, f.end + 1):
            r = self.code.rows[k]
            if r.kind in ("begin", "end", "call") or (r.kind not in CHANGES_NOTHING and needs & set(re.findall(r"\w+", r.text))):
                found |= {(k + 1, 0), (k - 1, 1)} if self.forward else {(k, 0), (k, 1)}
            if k == self.here:
                found |= {(k, 0), (k, 1)}
        first = f.begin if fn == 0 else f.begin + 1
        return sorted((k, sense) for k, sense in found if first <= k <= f.end)

    def table(self) -> NDArray[np.int64]:
        return np.array(self.asks or [[0] * len(ASKS)], np.int64)

    # ---- building
    def _live(self, row: int, sense: int) -> frozenset[str]:
        r = self.code.rows[row]
        return r.live if sense == 0 else r.live_after

    def _add(self, **columns: int) -> int:
        self.asks.append([columns.get(c, 0) for c in ASKS])
        return len(self.asks) - 1

    def _stand(self, row: int, sense: int, **columns: int) -> None:
        self.stops[row, sense] = 1 + self._add(**columns, next=int(self.stops[row, sense]) - 1)

    def _compiled(self, condition: str) -> dict[int, tuple[frozenset[str], int, int]]:
        """Function -> the names that must be live, and where its tokens stand."""
        e = expression(condition)
        _known(e)
        out = {}
        known = set[str]()
        for number, f in enumerate(self.code.functions):
            known |= f.symbols.keys()
            if f.symbols.keys() >= names(e):
                k, k_end = self._placed(_Condition(f, len(self.code.constants) + len(self.constants)), e)
                out[number] = names(e), k, k_end
        if not out:
            missing = sorted(names(e) - known)
            wanted = ", ".join(f"`{_dotted(n)}`" for n in sorted(names(e)))
            what = f"`{_dotted(missing[0])}` is nowhere in this run" if missing else f"no function has all of {wanted}"
            raise UnknownName(f"the condition `{condition}` cannot be asked: {what}")
        return out

    def _placed(self, c: _Condition, e: Expr) -> tuple[int, int]:
        k = len(self.code.tokens) + len(self.tokens)
        self.tokens += [(t, v + k if t in JUMPS else v) for t, v in c.condition(e)]
        self.constants += c.constants.values()
        return k, len(self.code.tokens) + len(self.tokens)


class _Condition(Postfix):
    """The tokens of a condition in one function; its constants stand behind those that are there."""

    def __init__(self, f: Function, constants: int) -> None:
        super().__init__()
        self.fn, self.before = f, constants
        self.types = {n: s.type for n, s in f.symbols.items()}

    def constant(self, value: float) -> int:
        return self.before + super().constant(value)

    def condition(self, e: Expr) -> list[Token]:
        e = self._values(e)
        t = type_of(e, self.types)
        if isinstance(t, Array | Stack):
            raise WrongType("a condition is a number or a comparison, not a whole array", hint="name an element: `x[0] > 1`")
        tokens = self.test(e)
        if self.hosts:
            raise UnsupportedExpression("a condition cannot call your own Python functions: it is asked millions of times a second")
        return tokens

    def _values(self, e: Expr) -> Expr:
        """Numbers of a number system by their values."""
        e = rebuild(e, self._values)
        return reading(e, self.fn.symbols[e.name].number) if isinstance(e, Name | Index) and self.fn.symbols[e.name].number else e


def _known(e: Expr) -> None:
    """Refuses what is read, and cannot be asked of one moment: functions that have no row, and what computes with whole arrays."""
    for part in subexpressions(e):
        known = isinstance(part, Fn) and part.fn in FUNCTIONS and len(FUNCTIONS[part.fn].params) == len(part.args)
        if isinstance(part, MatMul | Transposed) or (isinstance(part, Fn) and not known and part.fn in REDUCTIONS):
            raise UnsupportedExpression(f"`{show_expr(part)}` goes through whole arrays, and a condition is asked millions of times a second",
                                        hint="name an element: `x[0] > 1`")
        if isinstance(part, Fn) and not known:
            raise UnknownFunction(f"`{show_expr(part)}` is not a function that conditions know",
                                  hint="those of one number are known, as in `abs(x.bar) > 1e6`, `isnan(s)`, `max(a, b) > 3`")


def expression(text: str) -> Expr:
    """A condition, or a place, as the user writes it: `x.bar` is the cotangent of `x`."""
    if not isinstance(text, str):
        raise WrongType(f"a place or a condition is text, not {text!r}", hint='as in `"x[3]"`, `"abs(x.bar) > 1e6"`')
    try:
        return read(re.sub(r"\b([A-Za-z_]\w*)\.bar\b", r"\1_bar", text.strip()))
    except (SyntaxError, ValueError):
        raise UnsupportedExpression(f"`{text}` is not an expression", hint="as in `abs(x.bar) > 1e6`, `isnan(s)`, `i == 3 and s > 0`") from None
    except RevbenchError as problem:
        raise type(problem)(f"in the condition `{text}`: {problem.message}") from None


def _dotted(name: str) -> str:
    return f"{name[:-4]}.bar" if name.endswith("_bar") else name
