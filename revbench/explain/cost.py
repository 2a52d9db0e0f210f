"""What a program's structure costs: how often its statements run in a gradient, and how much is kept and erased, as formulas.

A formula is Python text in the names of the kernel's parameters: `8 * len(x)`. Where the parameters do not say how often
something happens, it says `turns` (of a `while`) or `times` (of a line).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from revbench.errors import Span
from revbench.ir.nodes import (
    Block,
    Call,
    Const,
    CopyOf,
    Enter,
    Expr,
    For,
    ForBack,
    Forget,
    If,
    Index,
    Loop,
    Name,
    Permute,
    Program,
    Range,
    Redo,
    Shape,
    Stash,
    Stmt,
    Uncall,
    Undo,
    Within,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_expr, show_head, show_range
from revbench.ir.types import Array, Type, bits, is_complex
from revbench.ir.walk import blocks, mentions, names, statements
from revbench.passes.drop import stashed
from revbench.passes.effects import Effects, entered

How = Literal["run", "back", "adjoint"]
KEPT_BYTES = 8                                         # a bit or a counter fills one cell of the keeper stack


# ---- how often
@dataclass
class Runs:
    """How often each statement (by its place and its head) runs forwards in one gradient, for each time that the kernel comes to it.

    `fast` is the pipeline of unchecked code, which drops what nobody reads; otherwise every undo is spelled out.
    """

    effects: Effects
    fast: bool
    forward: dict[tuple[Span | None, str], int] = field(default_factory=dict)

    def of(self, s: Stmt) -> int:
        return self.forward.get((s.span, show_head(s)), 0)

    def gradient(self, body: Block) -> Runs:
        """The run forwards, then the adjoint."""
        self.block(body, "run", self.fast)
        self.block(body, "adjoint", self.fast)
        return self

    def block(self, block: Block, how: How, fast: bool) -> None:
        for s in block:
            self.statement(s, how, fast)

    def statement(self, s: Stmt, how: How, fast: bool) -> None:
        match s:
            case Within(compute, apply):
                local = not self.effects.open(compute).writes - entered(compute)
                dropped = fast and local                         # a register that is changed for a while must really come back
                self.block(compute, "run", dropped)
                self.block(apply, how, fast if how == "adjoint" else dropped)
                if how == "adjoint":
                    self.block(compute, "adjoint", fast)
                elif not dropped:
                    self.block(compute, "back", False)
            case Undo(body) | Redo(body):
                again = isinstance(s, Undo) == (how != "run")    # the direction in which its body runs
                if how == "adjoint" and not again:
                    self.block(body, "adjoint", fast)
                elif again or not fast:
                    self.block(body, "run" if again else "back", fast)
            case _:
                if how == "run":
                    self.forward[s.span, show_head(s)] = self.of(s) + 1
                for b in blocks(s):
                    self.block(b, how, fast)


# ---- where
Path = tuple[Stmt | frozenset[str], ...]               # what stands around a statement; names: what is kept, and for how long


def placed(block: Block, path: Path = ()) -> Iterator[tuple[Stmt, Path]]:
    """Every statement that is run forwards, with what stands around it; what undoes another one is left out."""
    undone = stashed(tuple(s for s in block if isinstance(s, Undo | Redo)))
    here = (*path, undone) if undone else path
    for s in block:
        match s:
            case Within(compute, apply):
                yield from placed(compute, (*here, stashed(compute)))
                yield from placed(apply, here)
            case Undo():
                pass
            case _:
                yield s, here
                for b in blocks(s):
                    yield from placed(b, (*here, s))


def lifetime(name: str, path: Path) -> Path:
    """The part of a path in which every execution adds another one of what is kept under a name."""
    starts = [k for k, p in enumerate(path) if isinstance(p, frozenset) and name in p]
    return path[starts[-1]:] if starts else path


# ---- formulas
@dataclass(frozen=True, slots=True)
class Amount:
    """`unit` times `factor` (text; "" is 1). `at_most`: a branch decides."""

    unit: int
    factor: str = ""
    at_most: bool = False

    def __str__(self) -> str:
        if not self.factor:
            return str(self.unit)
        number, _, rest = self.factor.partition(" * ")
        if number.isdigit():
            return str(Amount(self.unit * int(number), rest))
        return f"{self.unit} * {self.factor}"


def total(amounts: list[Amount]) -> str:
    """The sum of amounts, `at most` if one of them is."""
    sums: dict[str, int] = {}
    for a in amounts:
        sums[a.factor] = sums.get(a.factor, 0) + a.unit
    text = " + ".join(str(Amount(n, f)).removeprefix("1 * ") for f, n in sums.items()) or "0"
    return f"at most {text}" if any(a.at_most for a in amounts) else text


@dataclass
class Formulas:
    """How often something happens in one run of a program, in the names of its parameters."""

    program: Program
    types: dict[str, Type]
    effects: Effects

    def __post_init__(self) -> None:
        p = self.program
        self.fixed = frozenset((*p.params, *p.consts)) - self.effects.block(p.body).writes
        self.loops = sum(isinstance(s, Loop) for s in statements(p.body))
        self.made = {s.name: s.init for s in statements(p.body) if isinstance(s, Enter)}
        self.replaced = {s.places[1].name: s.places[0].name for s in statements(p.body)
                         if isinstance(s, Permute) and len(s.places) == 2 and s.places[1].name.startswith("_k")}       # `keep`: both are of one shape

    def amount(self, unit: int, path: Path, more: tuple[str, ...] = (), where: Span | None = None) -> Amount:
        """`unit` for every time that control comes through `path`, times `more`."""
        at_most, ranges, turns = False, list[For | ForBack](), list[str]()
        for p in path:
            match p:
                case If():
                    at_most = True
                case Loop():
                    turns, ranges = ["turns" if self.loops <= 1 else f"turns of line {p.span.line}" if p.span else "turns"], []
                case For() | ForBack():
                    ranges.append(p)
        known = self.fixed | frozenset(r.var for r in ranges)
        lengths_known = frozenset(self.program.params) | frozenset(self.program.consts)
        for r in ranges:
            for e in (r.range.start, r.range.stop, r.range.step):
                if names(e) - known or mentions(e) - names(e) - lengths_known:
                    return Amount(unit, "times" if where is None else f"times of line {where.line}", at_most)
        factors = [*turns, *_trips(ranges), *more]
        numbers = [int(f) for f in factors if f.isdigit()]
        product = 1
        for n in numbers:
            product *= n
        return Amount(unit * product, " * ".join(f for f in factors if not f.isdigit()), at_most)

    def size(self, name: str) -> tuple[str, ...]:
        """The number of elements of what is kept or erased under a name, as factors."""
        if not isinstance(self.types.get(name), Array):
            return ()
        match self.made.get(name):
            case Zeros(shape) if not frozenset().union(*map(mentions, shape)) - frozenset((*self.program.params, *self.program.consts)):
                return tuple(_factor(d) for d in shape)
            case CopyOf(Name(source)) | ZerosLike(Name(source)) | Name(source):
                return (f"{source}.size",) if source in (*self.program.params, *self.program.consts) else self.size(source)
            case CopyOf(Index() as row) | ZerosLike(Index() as row) if row.name in (*self.program.params, *self.program.consts):
                t = self.types[row.name]
                return tuple(f"{row.name}.shape[{k}]" for k in range(len(row.indices), t.ndim if isinstance(t, Array) else 0))
            case _:
                return ("size",)

    def kept(self) -> Iterator[tuple[Stash, Amount]]:
        """What the compiler keeps, and how many bytes of it there are at once, at most."""
        for s, path in placed(self.program.body):
            if isinstance(s, Stash):
                t, size = self.types.get(s.name), self.size(self.replaced.get(s.name, s.name))
                if isinstance(t, Array):                             # its shape is kept beside it
                    size = (f"({' * '.join(size)} + {t.ndim})",)
                yield s, self.amount(KEPT_BYTES * (2 if t is not None and is_complex(t) else 1), lifetime(s.name, path), size, s.span)

    def kept_by_calls(self, kept: Callable[[str], str]) -> Iterator[tuple[Call | Uncall, Amount]]:
        """What the kernels that are called keep, once for each of them: it is dropped where they end. `kept` knows it by their names."""
        seen: set[str] = set()
        for s, _ in placed(self.program.body):
            if isinstance(s, Call | Uncall) and s.kernel not in seen:
                seen.add(s.kernel)
                own = kept(s.kernel).removeprefix("at most ")
                if own != "0":
                    yield s, Amount(int(own)) if own.isdigit() else Amount(1, f"kept({s.kernel})")

    def erased(self, adjoints: frozenset[str]) -> list[Amount]:
        """Bits of the cotangents that an adjoint program erases; those of other adjoints by the name of their kernel."""
        out = []
        for s, path in placed(self.program.body):
            if isinstance(s, Forget):
                out.append(self.amount(bits(self.types[s.name].dtype), path, self.size(s.name), s.span))
            elif isinstance(s, Call) and s.kernel in adjoints:
                out.append(self.amount(1, path, (f"erased({s.kernel.rpartition('_adjoint')[0]})",), s.span))
        return out


def _trips(loops: list[For | ForBack]) -> list[str]:
    """How often the innermost of nested loops turns, as factors."""
    dependent = any(r.var in mentions(e) for k, r in enumerate(loops) for inner in loops[k + 1:]
                    for e in (inner.range.start, inner.range.stop, inner.range.step))
    if not dependent:
        return [_trip(r.range) for r in loops]
    heads = " ".join(f"for {r.var} in {show_range(r.range)}" for r in loops[:-1])
    return [f"sum({_trip(loops[-1].range)} {heads})"]


def _trip(r: Range) -> str:
    match r:
        case Range(Const(int() as a), Const(int() as b), Const(int() as c)):
            return str(len(range(a, b, c)))
        case Range(Const(0), stop, Const(1)):
            return _factor(stop)
        case _:
            return f"len({show_range(r)})"


def _factor(e: Expr) -> str:
    text = show_expr(e)
    return text if isinstance(e, Name | Shape | Const) else f"({text})"
