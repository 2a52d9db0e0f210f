"""Statements on whole arrays become loops over elements, before anything is inverted or differentiated.

`y[1:] += a * x` turns into its laws (indices in range, shapes that fit, no overlap) and one nest of loops in which no
law is left to test. Reductions and products inside expressions become compute parts around the statement. One statement
on whole arrays is left: `place += left @ right` of floats, which back ends hand to BLAS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from revbench.errors import Label, Span, WrongType
from revbench.ir.nodes import (
    Apply,
    Block,
    Call,
    Const,
    CopyOf,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    If,
    Index,
    Leave,
    Loop,
    MatMul,
    Name,
    Op,
    Permute,
    Place,
    Range,
    Reduce,
    Slice,
    Stmt,
    Unapply,
    Uncall,
    Update,
    Within,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_expr
from revbench.ir.typed import Typed
from revbench.ir.types import BOOL, ULOG, Array, Scalar, is_number
from revbench.ir.walk import expressions, map_expressions, subexpressions, with_blocks
from revbench.rules.typing import type_of

from .effects import Effects
from .inverse import inverse, inverse_stmt
from .reduce import Made, Reducing, at_one_go, product_loops, zero
from .views import apart_laws, element, extents, index_laws, is_array, reads, shape_laws


def whole(typed: Typed, effects: Effects) -> Typed:
    """The program without statements on whole arrays, but for products of matrices of floats."""
    w = _Whole(typed, effects)
    return Typed(replace(typed.program, body=w.block(typed.program.body)), w.types)


def products(typed: Typed) -> Typed:
    """The program without products of matrices too."""
    r = Reducing(dict(typed.types))

    def block(b: Block) -> Block:
        return tuple(t for s in b for t in (product_loops(s, r.types, r.new) if isinstance(s, Update) and isinstance(s.value, MatMul)
                                            else (with_blocks(s, block),)))

    return Typed(replace(typed.program, body=block(typed.program.body)), r.types)


def reduces(e: Expr) -> bool:
    return any(isinstance(x, Reduce | MatMul) for x in subexpressions(e))


def is_part(e: Expr) -> bool:
    """A part of an array that is not one stretch of memory by itself."""
    return isinstance(e, Index) and any(isinstance(i, Slice) for i in e.indices)


class _Whole(Reducing):
    def __init__(self, typed: Typed, effects: Effects) -> None:
        super().__init__(dict(typed.types))
        self.effects = effects

    def block(self, block: Block) -> Block:
        return tuple(t for s in block for t in self.statement(s))

    def statement(self, s: Stmt) -> Block:
        match s:
            case Enter():
                return self.enter(s)
            case Leave():
                opposite = inverse_stmt(s)
                assert isinstance(opposite, Enter)
                return inverse(self.enter(opposite))
            case If():
                return self.branch(s)
            case Loop():
                return self.loop(s)
            case For() | ForBack():
                return self.for_loop(s)
            case Update() if is_array(s.place, self.types):
                return self.around(s, self.update)
            case Update(Name(), _, value) if at_one_go(value, self.types):
                return (s,)
            case Permute() | Apply() | Unapply() if is_array(s.places[0], self.types):
                return self.around(s, self.permute)
            case Call() | Uncall():
                return self.around(s, self.each if s.each else self.call)
            case _:
                return self.around(with_blocks(s, self.block), lambda t: (t,))

    def around(self, s: Stmt, lower: object) -> Block:
        """The statement inside the compute part that its reductions need."""
        assert callable(lower)
        compute: list[Stmt] = []
        if isinstance(s, Update) and isinstance(s.value, MatMul) and is_array(s.value, self.types):      # this one stands by itself
            return self.multiply(s)
        t = map_expressions(s, lambda e: self.hoisted(e, compute))
        laws = self.kept_apart(s, t)
        done = lower(t)
        return (*laws, Within(tuple(compute), done, span=s.span)) if compute else (*laws, *done)

    def kept_apart(self, s: Stmt, t: Stmt) -> Sequence[Stmt]:
        """What an update writes is not read by it through a slice, a whole-array expression or a reduction."""
        if not isinstance(s, Update) or not isinstance(s.place, Index) or not isinstance(t, Update):
            return ()
        here = [p for p, sure in reads(s.value, self.types) if p.name == s.place.name and (sure or is_array(p, self.types))]
        if not is_array(s.place, self.types):                     # elements are told apart where they are read
            still = {e for e in subexpressions(t.value) if isinstance(e, Index)}
            here = [e for e in here if is_part(e) or e not in still]
        return apart_laws(s.place, here, self.types, s.span)

    # ---- locals
    def enter(self, s: Enter) -> Block:
        """A local begins at its value: arrays are made of zeros and filled, sums are added to a zero."""
        name, init, t = s.name, s.init, self.types[s.name]
        if not isinstance(t, Array):
            if not reduces(init):
                return (s,)
            op: Op = "^=" if t == BOOL else "*=" if t.dtype == ULOG else "+="
            return (Enter(name, zero(t.dtype), span=s.span), *self.statement(Update(Name(name), op, init, span=s.span)))
        match init:
            case Zeros(shape, dtype, fill) if fill is None or fill == Const(0):
                return (replace(s, init=Zeros(shape, dtype, span=init.span)),)
            case ZerosLike(source, fill) if (fill is None or fill == Const(0)) and not is_part(source):
                return (replace(s, init=ZerosLike(source, span=init.span)),)
            case CopyOf(Name() | Index() as source) if not is_part(source):
                return (s,)
        if t.dtype == ULOG:
            raise WrongType(f"`{name}` would begin with zeros, and a ULog cannot be zero", Label(init.span or s.span, "here"),
                            hint="copy the whole array, `t = copy(x)`, and change that")
        shape = extents(init, self.types)
        if any(isinstance(x, Reduce) for d in shape for x in subexpressions(d)):
            raise WrongType(f"the length of `{name}` is a reduction", Label(s.span, "here"),
                            hint=f"make a local of it first: `n = {show_expr(next(x for d in shape for x in subexpressions(d) if isinstance(x, Reduce)))}`")
        begin = Enter(name, Zeros(shape, t.dtype, span=s.span), span=s.span)
        if isinstance(init, Zeros | ZerosLike) and (init.fill is None or init.fill == Const(0)):
            return (begin,)
        return (begin, *self.statement(Update(Name(name), "^=" if t.dtype == "bool" else "+=", init, span=s.span)))

    # ---- updates and exchanges
    def update(self, s: Update) -> Block:
        laws = list(index_laws([s.place, s.value], self.types, s.span))
        shape, said = extents(s.place, self.types), show_expr(s.place)
        laws += shape_laws(shape, said, [s.value], self.types, s.span)
        own = s.op in ("*=", "/=") or is_number(self.types[s.place.name])      # laws of their own, for each element
        return (*laws, self.nest(shape, lambda at: (
            Update(self.place(s.place, at), s.op, element(s.value, at, self.types), span=s.span),),
            [s.place, s.value], s.span, own))

    def place(self, p: Place, at: tuple[Expr, ...]) -> Index:
        out = element(p, at, self.types)
        assert isinstance(out, Index)
        return out

    def permute(self, s: Permute | Apply | Unapply) -> Block:
        laws = list(index_laws(s.places, self.types, s.span))
        first = s.places[0]
        shape = extents(first, self.types)
        laws += shape_laws(shape, show_expr(first), s.places[1:], self.types, s.span)
        for a, b in combinations([p for p in s.places if isinstance(p, Index)], 2):
            if is_part(a) or is_part(b):                          # two rows may be one: nothing moves then
                laws += apart_laws(a, [b], self.types, s.span)
        body = self.nest(shape, lambda at: (replace(s, places=tuple(self.place(p, at) for p in s.places)),), s.places, s.span,
                         not isinstance(s, Permute) or len(s.places) > 2)
        return (*laws, body)

    def multiply(self, s: Update) -> Block:
        """`place += left @ right`: straight into a whole array of the same type, else by a local."""
        assert isinstance(s.value, MatMul)
        made, value = Made(), s.value
        compute: list[Stmt] = []
        value = self.factors(MatMul(self.hoisted(value.left, compute), self.hoisted(value.right, compute), span=value.span), made)
        compute += [*made.locals, *made.filling]
        laws = self.kept_apart(s, replace(s, value=value))
        if isinstance(s.place, Name) and s.op in ("+=", "-=") and type_of(value, self.types).dtype == self.types[s.place.name].dtype:
            done: Block = self.product(replace(s, value=value))
        else:
            t = self.array(made := Made(), "v", extents(value, self.types), type_of(value, self.types).dtype, s.span)
            compute += [*made.locals, *self.product(Update(t, "+=", value, span=s.span))]
            done = self.update(replace(s, value=t))
        return (*laws, Within(tuple(compute), done, span=s.span)) if compute else (*laws, *done)

    # ---- control
    def told(self, test: Expr, span: Span | None) -> tuple[Expr, Block, Block, Block]:
        """A test with reductions as a bool local: the local, how it begins, `local ^= test`, and how it ends."""
        if not reduces(test):
            return test, (), (), ()
        b = replace(self.new("test", BOOL), span=test.span)
        return b, (Enter(b.name, Const(False), span=span),), self.flip(b, test, span), (Leave(b.name, Const(False), span=test.span or span),)

    def flip(self, b: Name, test: Expr, span: Span | None) -> Block:
        value = test if type_of(test, self.types).dtype == "bool" else Fn("ne", (test, Const(0)), span=test.span)
        return self.statement(Update(b, "^=", value, span=span))

    def branch(self, s: If) -> Block:
        """A bool local takes the test, and gives the other end back: the law is that it is False again."""
        assert s.exit is not None
        then, orelse = self.block(s.then), self.block(s.orelse)
        if not reduces(s.test) and not reduces(s.exit):
            return (replace(s, then=then, orelse=orelse),)
        b = self.new("test", BOOL)
        return (Enter(b.name, Const(False), span=s.span), *self.flip(b, s.test, s.span), If(b, b, then, orelse, span=s.span),
                *self.flip(b, s.exit, s.span), Leave(b.name, Const(False), span=s.exit.span or s.span))

    def loop(self, s: Loop) -> Block:
        """A test is found anew before it is read, and taken back after that."""
        assert s.entry is not None
        first, second = self.block(s.first), self.block(s.second)
        entry, begin, flip, end = self.told(s.entry, s.span)
        test, begin2, flip2, end2 = self.told(s.test, s.span)
        body = Loop(entry, (*flip, *first, *flip2), test, (*flip2, *second, *flip), span=s.span)
        return (*begin, *begin2, *flip, body, *flip2, *end2, *end)

    def for_loop(self, s: For | ForBack) -> Block:
        """Bounds with reductions are whole numbers in locals."""
        before: list[Stmt] = []

        def bound(e: Expr) -> Expr:
            if not reduces(e):
                return e
            n = self.new("of", Scalar("int64"))
            before.extend((Enter(n.name, Const(0), span=s.span), *self.statement(Update(n, "+=", e, span=s.span))))
            return n

        span = Range(bound(s.range.start), bound(s.range.stop), bound(s.range.step))
        return (*before, replace(s, range=span, body=self.block(s.body)), *inverse(tuple(before)))

    # ---- calls
    def call(self, s: Call | Uncall) -> Block:
        """Parts of arrays are moved into locals that the callee can have whole; what it only reads is copied."""
        if not any(is_part(a) for a in expressions(s)):
            return (s,)
        written = self.effects.written[s.kernel]
        args, compute = list(s.args), list(index_laws([a for a in expressions(s) if is_part(a)], self.types, s.span))
        for k in sorted(written):
            a = args[k]
            others = [b for j, b in enumerate(expressions(s)) if j != k and isinstance(b, Index)]
            if isinstance(a, Index):
                compute += apart_laws(a, [b for b in others if is_part(a) or is_part(b)], self.types, s.span, "are the same memory")
        made = Made()
        moves: list[Stmt] = []

        def whole_of(a: Expr, moved: bool) -> Expr:
            if not is_part(a):
                return a
            assert isinstance(a, Index)
            if not moved:
                return self.copied(made, a, s.span)
            t = self.array(made, "v", extents(a, self.types), self.types[a.name].dtype, s.span)
            moves.extend(self.permute(Permute((t, a), (1, 0), span=s.span)))
            return t

        args = [whole_of(a, k in written) for k, a in enumerate(args)]
        consts = tuple((k, whole_of(e, False)) for k, e in s.consts)
        return (Within((*compute, *made.locals, *made.filling, *moves), (replace(s, args=tuple(args), consts=consts),), span=s.span),)

    def each(self, s: Call | Uncall) -> Block:
        """A loop over the elements with a call in it."""
        arrays = [a for a in s.args if is_array(a, self.types)]
        laws: list[Stmt] = list(index_laws(arrays, self.types, s.span))
        shape = extents(arrays[0], self.types)
        laws += shape_laws(shape, show_expr(arrays[0]), arrays[1:], self.types, s.span)
        for k in sorted(self.effects.written[s.kernel]):
            a = s.args[k]
            if isinstance(a, Index):
                laws += apart_laws(a, [b for j, b in enumerate(s.args) if j != k and isinstance(b, Index)], self.types, s.span, "are the same memory")
        body = self.nest(shape, lambda at: (replace(s, args=tuple(element(a, at, self.types) for a in s.args), each=False),), arrays, s.span, True)
        return (*laws, body)
