"""Directional derivatives by running along: every active name has a tangent beside it that does what the name does.

`y += f(x)` becomes `y_dot += df/dx * x_dot; y += f(x)`. Nothing is erased, so the tangent of a reversible program is a
reversible program, and `tangent(inverse(b))` is `inverse(tangent(b))`: a statement's tangent stands before it where
values are read as they were (`+=`, `*=`), and after it in the opposite (`-=`, `/=`). The tangent of a gradient program
gives Hessian-vector products.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from revbench.errors import Label, NotDifferentiable
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
    Op,
    Permute,
    Place,
    Pop,
    Print,
    Probe,
    Program,
    Push,
    Redo,
    Release,
    Require,
    Stash,
    Stmt,
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
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import Array, Scalar, Stack, Type, valued
from revbench.ir.walk import with_blocks
from revbench.rules.bijections import values
from revbench.rules.typing import type_of

from .activity import active, passive_constants
from .derivatives import Moving, itself, with_tangent
from .effects import Effects
from .inverse import inverse
from .partials import push, sharing, zeros_beside
from .simplify import is_const, mul

Key = tuple[str, frozenset[int], frozenset[int]]


@dataclass
class Tangents:
    """The tangent programs of a library, made on demand and added to it.

    Attributes
    ----------
    dots : dict
        For each tangent program the tangent of every register that has one; they follow the registers, in this order.
    """

    library: TypedLibrary
    names: dict[Key, str] = field(default_factory=dict)
    dots: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.effects = Effects({n: t.program for n, t in self.library.items()})

    def of(self, kernel: str, wrt: frozenset[int], of: frozenset[int]) -> str:
        """The name of the tangent of `kernel`; `wrt` and `of` are positions of parameters: what may vary, and what matters."""
        key = (kernel, wrt, of)
        if key not in self.names:
            p = self.library[kernel]
            self.names[key] = fresh_name(f"{kernel}_tangent", self.library)
            source = itself(p.program, backward=False) if p.program.tangent else p.program
            _Tangent(self, source, p.types, wrt, of, self.names[key]).build()
        return self.names[key]


class _Tangent:
    def __init__(self, tangents: Tangents, source: Program, types: dict[str, Type], wrt: frozenset[int], of: frozenset[int], name: str) -> None:
        self.tangents, self.effects = tangents, tangents.effects
        self.source, self.types, self.name = source, dict(types), name
        params = source.params
        self.active = active(source, types, self.effects, [params[k] for k in wrt], [params[k] for k in of])
        self.dot_name: dict[str, str] = {}
        for n in dict.fromkeys([*params, *types]):
            if n in self.active:
                self.dot_name[n] = fresh_name(f"{n}_dot", self.types)
                self.types[self.dot_name[n]] = valued(types[n])
        self.fresh = unused(types, "_t")                                   # the source may be a derivative itself

    def build(self) -> None:
        p = self.source
        carried = {q: self.dot_name[q] for q in p.params if q in self.active}
        params = p.params + tuple(carried.values())
        self.tangents.dots[self.name] = carried
        head = Program(self.name, params, p.consts, (), p.doc, span=p.span)
        self.tangents.library[self.name] = Typed(head, self.types)                  # recursion finds the name
        written = self.effects.written[p.name]                                       # a tangent is written where its register is
        self.effects.written[self.name] = frozenset(k for k, q in enumerate([*p.params, *carried]) if p.params.index(q) in written)
        self.tangents.library[self.name] = Typed(replace(head, body=self.block(p.body)), self.types)

    # ---- names
    def carries(self, p: Place) -> bool:
        return p.name in self.active

    def dot(self, p: Place) -> Place | None:
        return replace(p, name=self.dot_name[p.name]) if self.carries(p) else None

    def dots(self, places: tuple[Place, ...]) -> tuple[Place, ...]:
        return tuple(d for p in places if (d := self.dot(p)) is not None)

    # ---- statements
    def block(self, block: Block) -> Block:
        return tuple(t for s in block for t in self.statement(s))

    def statement(self, s: Stmt) -> Block:
        match s:
            case Update():
                return self.update(s)
            case Permute(places):
                dots = self.dots(places)
                assert len(dots) in (0, len(places)), "compiler bug: an exchange of active and passive places"
                return (s, replace(s, places=dots)) if dots else (s,)
            case Enter(name):
                return (s, *self.begin(s)) if name in self.active else (s,)
            case Leave(name, init):
                return (*inverse(self.begin(Enter(name, init, span=s.span))), s) if name in self.active else (s,)
            case Stash(name):
                return (replace(s, name=self.dot_name[name]), s) if name in self.active else (s,)
            case Unstash(name):
                return (s, replace(s, name=self.dot_name[name])) if name in self.active else (s,)
            case Forget(name):
                return (replace(s, name=self.dot_name[name]), s) if name in self.active else (s,)
            case Within() | Undo() | Redo() | If() | Loop() | For() | ForBack() | Unchecked():
                return (with_blocks(s, self.block),)                                 # the path taken is the primal's
            case Call() | Uncall():
                return self.call(s)
            case Push(stack, place) | Pop(stack, place):
                dots = self.dots((stack, place))
                return (s, replace(s, stack=dots[0], place=dots[1])) if len(dots) == 2 else (s,)
            case Append(stack, value) | Drop(stack, value):
                along = self.dot(stack)
                return (s,) if along is None else (s, replace(s, stack=along, value=push(value, self.dot)))
            case Assert() | Print() | Probe() | Require():
                return (s,)
            case Apply() | Unapply():
                return self.bijection(s)
            case ComputeBlock() | Uncompute() | InverseBlock() | Release() | Keep():
                raise AssertionError(f"compiler bug: {type(s).__name__} after scopes")
            case _:
                assert_never(s)

    def bijection(self, s: Apply | Unapply) -> Block:
        """The Jacobian of the row's values, on the tangents of all places at once; the way back is that of the other direction's values."""
        dots, n = self.dots(s.places), len(s.places)
        if not dots:
            return (s,)
        dtype = self.types[s.places[0].name].dtype
        new = tuple(Name(f"_t{next(self.fresh)}") for _ in dots)
        self.types |= {t.name: Scalar(self.types[d.name].dtype) for t, d in zip(new, dots, strict=True)}
        made = tuple(Enter(t.name, push(e, self.dot), span=s.span) for t, e in zip(new, values(s, dtype), strict=True))
        ended = tuple(Leave(t.name, push(e, self.dot), span=s.span) for t, e in zip(new, values(s, dtype, back=True), strict=True))
        swap = Permute((*dots, *new), tuple((k + n) % (2 * n) for k in range(2 * n)), span=s.span)
        return (*made, swap, s, *reversed(ended))

    def update(self, s: Update) -> Block:
        dot = self.dot(s.place)
        if dot is None:
            return (s,)
        if isinstance(s.value, MatMul):
            return self.multiplied(s, s.value, dot)
        tangent = push(s.value, self.dot)
        match s.op:
            case "+=":
                return (*self.changed(dot, "+=", tangent, s), s)
            case "-=":
                return (s, *self.changed(dot, "-=", tangent, s))
            case "*=":
                scaled = Update(dot, "*=", s.value, span=s.span)
                return (scaled, *self.changed(dot, "+=", mul(s.place, tangent), s), s) if not is_const(tangent, 0) else (scaled, s)
            case "/=":
                scaled = Update(dot, "/=", s.value, span=s.span)
                return (s, *self.changed(dot, "-=", mul(s.place, tangent), s), scaled) if not is_const(tangent, 0) else (s, scaled)
            case "^=":
                raise NotDifferentiable("`^=` has no derivative", Label(s.span, "here"))
            case _:
                assert_never(s.op)

    def multiplied(self, s: Update, e: MatMul, dot: Place) -> Block:
        """The product rule, with whole matrices."""
        left, right = (self.along(x) for x in (e.left, e.right))
        parts = [MatMul(*p) for p in ((left, e.right), (e.left, right)) if p[0] is not None and p[1] is not None]
        dots = tuple(Update(dot, s.op, p, span=s.span) for p in parts)
        return (*dots, s) if s.op == "+=" else (s, *reversed(dots))

    def along(self, x: Expr) -> Expr | None:
        """The tangent of a whole array, turned as that is."""
        source = x.source if isinstance(x, Transposed) else x
        found = self.dot(source) if isinstance(source, Name) else None
        return Transposed(found) if found is not None and isinstance(x, Transposed) else found

    def changed(self, dot: Place, op: Op, tangent: Expr, s: Stmt) -> Block:
        """`dot += tangent`, what the tangent evaluates twice in locals around it."""
        if is_const(tangent, 0):
            return ()
        use, made = sharing([tangent], self.fresh)
        update = Update(dot, op, use(tangent), span=s.span)
        for name, e in made:
            self.types[name] = Scalar(type_of(e, self.types).dtype)
        return (Within(tuple(Enter(name, e, span=s.span) for name, e in made), (update,), span=s.span),) if made else (update,)

    def begin(self, s: Enter) -> Block:
        """The tangent of a local begins with the tangent of its first value."""
        dot = Name(self.dot_name[s.name])
        if isinstance(t := self.types[s.name], Array):
            source = self.dot(s.init.source) if isinstance(s.init, CopyOf) else None
            assert isinstance(s.init, Zeros | ZerosLike | CopyOf), "compiler bug: an array that begins as something else"
            return (Enter(dot.name, zeros_beside(s.name, t) if source is None else CopyOf(source), span=s.span),)
        if isinstance(self.types[s.name], Stack) and isinstance(s.init, NewStack | ZerosLike):
            return (Enter(dot.name, s.init, span=s.span),)
        match self.changed(dot, "+=", push(s.init, self.dot), s):
            case (Update(_, _, value),):
                return (Enter(dot.name, value, span=s.span),)
            case more:
                return (Enter(dot.name, Const(0.0), span=s.span), *more)

    # ---- calls
    def call(self, s: Call | Uncall) -> Block:
        """The callee's tangent, made on demand; its inverse is the tangent of the inverse."""
        places = [a for a in s.args if isinstance(a, Name | Index)]
        assert len(places) == len(s.args), "compiler bug: computed argument"
        passive_constants(s, self.active)
        live = frozenset(k for k, a in enumerate(places) if self.carries(a))
        if not live:
            return (s,)
        callee = self.tangents.library[s.kernel].program
        if callee.tangent:
            m = Moving(places[1:], self.types, self.fresh, self.carries, lambda p: replace(p, name=self.dot_name[p.name]))
            return with_tangent(s, callee, places, m)
        name = self.tangents.of(s.kernel, live, live)
        params = self.tangents.library[s.kernel].program.params
        return (replace(s, kernel=name, args=(*s.args, *self.dots(tuple(places[params.index(q)] for q in self.tangents.dots[name])))),)
