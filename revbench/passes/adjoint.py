"""Gradients by running backwards: undo a statement, then push its cotangents.

`y += f(x)` is undone by `y -= f(x)` and contributes `x_bar += y_bar * df/dx`: after the undo, `x` holds again
exactly what it held when `f` was applied, so no tape is needed. A compute part runs plainly on the way in (its
cotangents are zero there) and with cotangents on the way out. Cotangents of locals end with `forget`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from revbench.errors import Label, NotDifferentiable, NotInvertible
from revbench.ir.library import fresh_name, unused
from revbench.ir.nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    ComputeBlock,
    Const,
    CopyOf,
    Drop,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    Index,
    InverseBlock,
    Keep,
    Leave,
    Loop,
    MatMul,
    Name,
    NewStack,
    Permute,
    Place,
    Pop,
    Print,
    Probe,
    Program,
    Push,
    Range,
    Redo,
    Release,
    Require,
    Shape,
    Stash,
    Stmt,
    Top,
    Transposed,
    Unapply,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    Within,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_expr
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import Array, Scalar, Stack, Type, fits, valued
from revbench.ir.walk import with_blocks
from revbench.rules.typing import type_of

from .activity import active, passive_constants
from .derivatives import Moving, itself, with_adjoint
from .effects import Effects, entered
from .inverse import inverse, inverse_stmt, negated
from .laws import apart
from .moves import Moves
from .partials import pull, spread, zeros_beside
from .simplify import neg

Key = tuple[str, frozenset[int], frozenset[int], bool]


@dataclass
class Adjoints:
    """The adjoint programs of a library, made on demand and added to it."""

    library: TypedLibrary
    names: dict[Key, str] = field(default_factory=dict)
    bars: dict[str, dict[str, str]] = field(default_factory=dict)
    sweeps: dict[str, Sweep] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.effects = Effects({n: t.program for n, t in self.library.items()})

    def of(self, kernel: str, wrt: frozenset[int], of: frozenset[int], backward: bool = False) -> str:
        """The name of the adjoint of `kernel` (of its inverse, if `backward`).

        `wrt` and `of` are positions of parameters: what may vary, and what matters.
        """
        key = (kernel, wrt, of, backward)
        if key not in self.names:
            p = self.library[kernel]
            source = replace(p.program, body=inverse(p.program.body)) if backward else p.program
            source = itself(p.program, backward) if p.program.adjoint else source
            name = fresh_name(f"{kernel}_{'inverse_' if backward else ''}adjoint", self.library)
            self.names[key] = name
            self.sweeps[name] = sweep = Sweep(self, source, p.types, wrt, of, name)
            sweep.build()
        return self.names[key]


class Sweep(Moves):
    """The adjoint of one program, statement by statement."""

    def __init__(self, adjoints: Adjoints, source: Program, types: dict[str, Type], wrt: frozenset[int], of: frozenset[int], name: str) -> None:
        self.adjoints, self.effects = adjoints, adjoints.effects
        self.source, self.types, self.name = source, dict(types), name
        self.wrt, self.of_ = wrt, of
        params = source.params
        self.active = active(source, types, self.effects, [params[k] for k in wrt], [params[k] for k in of])
        taken = set(types)
        self.bar_name: dict[str, str] = {}
        for n in [*params, *types]:
            if n in self.active and n not in self.bar_name:
                self.bar_name[n] = fresh_name(f"{n}_bar", taken)
                taken.add(self.bar_name[n])
                self.types[self.bar_name[n]] = valued(types[n])
        self.redone = False                                   # whether what is kept here is read where it comes back
        self.fresh = unused(types, "_t", "_i")                            # the source may be a derivative itself

    def build(self) -> None:
        p = self.source
        carried = [q for q in p.params if q in self.active]
        params = p.params + tuple(self.bar_name[q] for q in carried)
        self.adjoints.bars[self.name] = {q: self.bar_name[q] for q in carried}
        head = Program(self.name, params, p.consts, (), p.doc, span=p.span)
        self.adjoints.library[self.name] = Typed(head, self.types)                  # recursion finds the name
        self.effects.written[self.name] = frozenset(range(len(params)))
        program = replace(head, body=self.block(p.body))
        self.adjoints.library[self.name] = Typed(program, self.types)
        while True:                                                                  # who writes what, now that it is known
            new = self.effects.block(program.body).writes
            found = frozenset(k for k, q in enumerate(params) if q in new)
            if found == self.effects.written[self.name]:
                return
            self.effects.written[self.name] = found

    # ---- names
    def carries(self, p: Place) -> bool:
        return p.name in self.active

    def bar(self, p: Place) -> Place:
        return replace(p, name=self.bar_name[p.name])

    # ---- statements
    def block(self, block: Block) -> Block:
        return tuple(t for s in reversed(block) for t in self.statement(s))

    def within(self, block: Block, redone: bool) -> Block:
        """A block that keeps values: for an inverse that takes and reads them (`Redo`), or for nobody but its own end."""
        before, self.redone = self.redone, redone
        out = self.block(block)
        self.redone = before
        return out

    def pulled(self, value: Expr, seed: Expr, s: Stmt) -> Block:
        block, made = spread(pull(value, seed, self.carries), self.bar, self.fresh, s.span)
        for name, e in made:
            t = type_of(e, self.types)
            self.types[name] = Scalar(t.dtype)
        return tuple(map(self.fitting, block))

    def fitting(self, s: Stmt) -> Stmt:
        """A double cotangent is cast before it goes to that of a single operand."""
        if isinstance(s, Update) and isinstance(value := type_of(s.value, self.types), Scalar) and not fits(value, want := self.types[s.place.name].dtype):
            return replace(s, value=Fn(want, (s.value,), span=s.span))
        return with_blocks(s, lambda b: tuple(map(self.fitting, b)))

    def statement(self, s: Stmt) -> Block:
        s = self.through_tops(s)
        match s:
            case Update():
                return self.update(s)
            case Permute(places):
                bars = tuple(self.bar(p) for p in places if self.carries(p))
                undone = inverse_stmt(s)
                assert isinstance(undone, Permute)
                return (undone, replace(undone, places=bars)) if len(bars) == len(places) else (undone,)
            case Enter(name, init):
                if name not in self.active:
                    return (Leave(name, init, span=s.span),)
                bar = self.bar_name[name]
                ended = Leave(bar, NewStack(), span=s.span) if isinstance(self.types[name], Stack) else Forget(bar, span=s.span)
                return (*self.initial(name, init, s), ended, Leave(name, init, span=s.span))
            case Leave(name, init):
                return (Enter(name, init, span=s.span), *self.begin(name, s))
            case Within(compute, apply):
                own = self.locals_only(compute)
                first = self.plain(compute) if own else self.block(inverse(compute))
                return (*first, *self.block(apply), *self.within(compute, not own))
            case Undo(body) if any(isinstance(self.types.get(n), Stack) and n in self.active for n in self.effects.block(body).writes):
                return self.block(inverse(body))               # their cotangents must grow with them
            case Undo(body):
                return (Redo(body, span=s.span),)
            case Redo(body):
                return self.within(body, True)
            case If():
                assert s.exit is not None, "compiler bug: an `if` without its other end"
                return (If(s.exit, s.test, self.block(s.then), self.block(s.orelse), span=s.span),)
            case Loop():
                assert s.entry is not None, "compiler bug: a loop without its other end"
                return (Loop(negated(s.test), self.block(s.first), negated(s.entry), self.block(s.second), span=s.span),)
            case For():
                return (ForBack(s.var, s.range, self.block(s.body), s.parallel, span=s.span),)
            case ForBack():
                return (For(s.var, s.range, self.block(s.body), s.parallel, span=s.span),)
            case Call() | Uncall():
                return self.call(s)
            case Unchecked():
                return (replace(s, body=self.block(s.body)),)
            case Stash(name) if self.redone and name in self.active:
                return (inverse_stmt(s), Unstash(self.bar_name[name], span=s.span))
            case Stash(name):                                 # what was kept comes back without a cotangent: nothing has read it
                return (inverse_stmt(s), *self.begin(name, s))
            case Unstash(name):                               # of an inverse, which goes on to read it
                return (*((Stash(self.bar_name[name], span=s.span),) if name in self.active else ()), inverse_stmt(s))
            case Assert() | Print() | Probe() | Require():
                return (inverse_stmt(s),)
            case Forget(name):
                raise NotInvertible(f"`forget({name})` erases what `{name}` held", Label(s.span, "erased here"),
                                    hint="differentiate the kernel itself, not its gradient program")
            case ComputeBlock() | Uncompute() | InverseBlock() | Release() | Keep():
                raise AssertionError(f"compiler bug: {type(s).__name__} after scopes")
            case Apply() | Unapply():
                return self.bijection(s)
            case Push() | Pop() | Append() | Drop():
                return self.stack(s)
            case _:
                assert_never(s)

    def update(self, s: Update) -> Block:
        undone = inverse_stmt(s)
        if not self.carries(s.place):
            return (undone,)
        seed = self.bar(s.place)
        if isinstance(s.value, MatMul):
            return (undone, *self.multiplied(s, s.value, seed))
        match s.op:
            case "+=":
                return (undone, *self.pulled(s.value, seed, s))
            case "-=":
                return (undone, *self.pulled(s.value, neg(seed), s))
            case "*=":
                return (undone, *self.pulled(s.value, Fn("mul", (seed, s.place)), s), *self.scaled(seed, Fn("mul", (seed, s.value)), s))
            case "/=":
                part = Fn("div", (Fn("mul", (seed, s.place)), Fn("mul", (s.value, s.value))))
                return (undone, *self.pulled(s.value, neg(part), s), *self.scaled(seed, Fn("div", (seed, s.value)), s))
            case "^=":
                raise NotDifferentiable("`^=` has no derivative", Label(s.span, "here"))
            case _:
                assert_never(s.op)

    def multiplied(self, s: Update, e: MatMul, seed: Place) -> Block:
        """`left_bar += seed @ right.T` and `right_bar += left.T @ seed`; an outer product where one of them is a vector."""
        assert isinstance(seed, Name)
        out: list[Stmt] = []
        left, right = (type_of(x, self.types) for x in (e.left, e.right))
        assert isinstance(left, Array)
        assert isinstance(right, Array)
        for x, other, first in ((e.left, e.right, False), (e.right, e.left, True)):
            source = x.source if isinstance(x, Transposed) else x
            assert isinstance(source, Name)
            if not self.carries(source):
                continue
            bar, ndim = Name(self.bar_name[source.name]), (right if first else left).ndim
            if ndim == 2 and 1 in (left.ndim, right.ndim):              # the other two are vectors
                rows, columns = (other, seed) if first else (seed, other)
                assert isinstance(rows, Name)
                assert isinstance(columns, Name)
                out += self.outer(bar, (columns, rows) if isinstance(x, Transposed) else (rows, columns), s)
            elif isinstance(x, Transposed):
                out.append(Update(bar, s.op, MatMul(turned(seed), other) if first else MatMul(other, turned(seed)), span=s.span))
            else:
                out.append(Update(bar, s.op, MatMul(turned(other), seed) if first else MatMul(seed, turned(other)), span=s.span))
        return tuple(out)

    def outer(self, to: Name, factors: tuple[Name, Name], s: Update) -> Block:
        """`to += outer(*factors)`."""
        i, j = (Name(f"_i{next(self.fresh)}") for _ in factors)
        self.types |= {i.name: Scalar("int64", True), j.name: Scalar("int64", True)}
        one = Update(Index(to.name, (i, j)), s.op, Fn("mul", (Index(factors[0].name, (i,)), Index(factors[1].name, (j,)))), span=s.span)
        inner = For(j.name, Range(Const(0), Shape(to.name, 1), Const(1)), (one,), span=s.span)
        return (Unchecked((For(i.name, Range(Const(0), Shape(to.name, 0), Const(1)), (inner,), span=s.span),), span=s.span),)

    def scaled(self, bar: Place, value: Expr, s: Stmt) -> Block:
        """`bar := value`. The old cotangent is erased openly: dividing it back later would not restore it."""
        t = f"_t{next(self.fresh)}"
        self.types[t] = Scalar(self.types[bar.name].dtype)
        return (Enter(t, value, span=s.span), Permute((Name(t), bar), (1, 0), span=s.span), Forget(t, span=s.span))

    def begin(self, name: str, s: Stmt) -> Block:
        """The cotangent of a local begins at zero."""
        if name not in self.active:
            return ()
        t = self.types[name]
        zero: Expr = zeros_beside(name, t) if isinstance(t, Array) else ZerosLike(Name(name)) if isinstance(t, Stack) else Const(0.0)
        return (Enter(self.bar_name[name], zero, span=s.span),)

    def initial(self, name: str, init: Expr, s: Stmt) -> Block:
        """What the first value of a local passes on."""
        match init:
            case Zeros() | ZerosLike() | NewStack():
                return ()
            case Top(stack):
                if stack not in self.active:
                    return ()
                bars, t = Name(self.bar_name[stack]), Name(f"_t{next(self.fresh)}", span=s.span)
                self.types[t.name] = Scalar(self.types[stack].dtype)
                return (Enter(t.name, Const(0.0), span=s.span), Pop(bars, t, span=s.span), Update(t, "+=", Name(self.bar_name[name]), span=s.span),
                        Push(bars, t, span=s.span), Leave(t.name, Const(0.0), span=s.span))
            case CopyOf(source):
                if not self.carries(source):
                    return ()
                return self.added(self.bar(source), self.bar_name[name], s)
            case _:
                return self.pulled(init, Name(self.bar_name[name]), s)

    def added(self, to: Place, name: str, s: Stmt) -> Block:
        """`to += name`, element by element if they are arrays."""
        t = self.types[name]
        if isinstance(t, Stack):
            raise NotDifferentiable(f"the stack `{show_expr(to)}` is handed in twice, and differentiated through both", Label(s.span, "here"),
                                    hint="hand in two different stacks")
        if isinstance(t, Scalar):
            return (Update(to, "+=", Name(name), span=s.span),)
        at = tuple(Name(f"_i{next(self.fresh)}") for _ in range(t.ndim))
        lead = to.indices if isinstance(to, Index) else ()
        body: Block = (Update(Index(to.name, (*lead, *at)), "+=", Index(name, at), span=s.span),)
        for axis, i in reversed(list(enumerate(at))):
            self.types[i.name] = Scalar("int64", True)
            body = (For(i.name, Range(Const(0), Shape(name, axis), Const(1)), body, span=s.span),)
        return body

    # ---- compute parts
    def locals_only(self, compute: Block) -> bool:
        return not self.effects.open(compute).writes - entered(compute)

    def plain(self, compute: Block) -> Block:
        """The compute part as it is; cotangents of its locals begin at zero."""
        out: list[Stmt] = []
        ended = {s.name for s in compute if isinstance(s, Stash | Leave)}
        for s in compute:
            out.append(s)
            if isinstance(s, Enter) and s.name not in ended and not isinstance(self.types[s.name], Stack):
                out += self.begin(s.name, s)
        for s in compute:                                      # the cotangents of what lies on a stack by then
            if isinstance(s, Enter) and s.name not in ended and isinstance(self.types[s.name], Stack):
                out += self.begin(s.name, s)
        return tuple(out)

    # ---- calls
    def call(self, s: Call | Uncall) -> Block:
        places = [a for a in s.args if isinstance(a, Name | Index)]
        assert len(places) == len(s.args), "compiler bug: computed argument"
        passive_constants(s, self.active)
        live = frozenset(k for k, a in enumerate(places) if self.carries(a))
        if not live:
            return (inverse_stmt(s),)
        callee = self.adjoints.library[s.kernel].program
        if callee.adjoint:
            return with_adjoint(s, callee, places, Moving(places[1:], self.types, self.fresh, self.carries, self.bar), self.added)
        name = self.adjoints.of(s.kernel, live, live, isinstance(s, Uncall))
        params = self.adjoints.library[s.kernel].program.params
        bars: list[Place] = []
        before: Block = ()
        after: Block = ()
        for k in map(params.index, self.adjoints.bars[name]):
            bar = self.bar(places[k])
            if k not in self.effects.written[s.kernel] and not all(apart(bar, b) for b in bars):
                begin, end, bar = self.private(bar, s)              # read through two arguments: each has its own cotangent
                before, after = (*before, *begin), (*end, *after)
            bars.append(bar)
        return (*before, Call(name, (*s.args, *bars), s.consts, span=s.span), *after)

    def private(self, bar: Place, s: Stmt) -> tuple[Block, Block, Name]:
        """A cotangent that begins at zero and is added to `bar` in the end."""
        t, zero = type_of(bar, self.types), Const(0.0)
        own = f"_t{next(self.fresh)}"
        self.types[own] = t
        return (Enter(own, ZerosLike(bar) if isinstance(t, Array) else zero, span=s.span),), (*self.added(bar, own, s), Forget(own, span=s.span)), Name(own)


def turned(e: Expr) -> Expr:
    """The transpose of a whole array; a vector is its own."""
    return e.source if isinstance(e, Transposed) else Transposed(e)
