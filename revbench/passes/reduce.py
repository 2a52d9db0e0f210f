"""Reductions and matrix products inside expressions become compute parts: a local, the loops that fill it, and its name.

A local is filled by updates that the way back can undo and the adjoint can follow: `prod` keeps its prefix products
(so that zeros among the factors do no harm); `max` reads the element at `argmax`, and shares its cotangent among all that
are equal to it. What is left of a reduction is `argmax` or `argmin` of one stretch of memory: a whole number without a
derivative, which back ends find at one go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from revbench.errors import Span
from revbench.ir.nodes import (
    Block,
    Const,
    Enter,
    Expr,
    Fn,
    For,
    If,
    IfExp,
    Index,
    Lazy,
    MatMul,
    Name,
    Op,
    Range,
    Reduce,
    Require,
    Stmt,
    Transposed,
    Unchecked,
    Update,
    Zeros,
)
from revbench.ir.show import show_expr
from revbench.ir.types import ULOG, WEAK_INT, Array, Scalar, Type, is_float, kind
from revbench.ir.walk import rebuild, subexpressions
from revbench.rules.reductions import REDUCTIONS
from revbench.rules.typing import each, type_of

from .views import ONE, ZERO, element, extents, fallible, in_steps, index_laws, is_array, leaves, plus, product, shape_laws, sure_of_its_numbers, times

At = tuple[Expr, ...]


@dataclass
class Made:
    """Locals, and the statements that fill them."""

    locals: list[Stmt] = field(default_factory=list)
    filling: list[Stmt] = field(default_factory=list)


class Reducing:
    """Makes locals, loops and compute parts for one program; `types` grows with them."""

    def __init__(self, types: dict[str, Type]) -> None:
        self.types = types
        self.fresh = count()

    # ---- pieces
    def new(self, prefix: str, t: Type) -> Name:
        while (name := f"_{prefix}{next(self.fresh)}") in self.types:
            pass
        self.types[name] = t
        return Name(name)

    def scalar(self, made: Made, prefix: str, dtype: str, span: Span | None) -> Name:
        """A local number that begins at zero."""
        s = self.new(prefix, Scalar(dtype))
        made.locals.append(Enter(s.name, zero(dtype), span=span))
        return s

    def array(self, made: Made, prefix: str, shape: Sequence[Expr], dtype: str, span: Span | None) -> Name:
        """A local array of zeros."""
        t = self.new(prefix, Array(dtype, len(shape)))
        made.locals.append(Enter(t.name, Zeros(tuple(shape), dtype), span=span))
        return t

    def nest(self, shape: Sequence[Expr], body: Callable[[At], Block], operands: Sequence[Expr], span: Span | None, laws: bool = False) -> Stmt:
        """Loops over all indices. The statements inside have no laws left to test, unless an operand (or `laws`) says so."""
        at = tuple(self.new("x", WEAK_INT) for _ in shape)
        out: Block = body(at)
        for i, extent in reversed(list(zip(at, shape, strict=True))):
            out = (For(i.name, Range(ZERO, extent, ONE), out, span=span),)
        if laws or any(fallible(e, self.types) or not sure_of_its_numbers(e, self.types) for e in operands):
            return out[0]
        return Unchecked(out, span=span)

    def laws(self, operands: Sequence[Expr], span: Span | None) -> list[Stmt]:
        """The indices of the operands are in range, and their shapes fit the first that has all axes."""
        found: list[Stmt] = list(index_laws(operands, self.types, span))
        arrays = [leaf for e in operands for leaf in leaves(e, self.types)]
        first = max(arrays, key=lambda leaf: getattr(type_of(leaf, self.types), "ndim", 0), default=None)
        return found + (list(shape_laws(extents(first, self.types), show_expr(first), operands, self.types, span)) if first is not None else [])

    def fill(self, made: Made, to: Name, value: Expr, span: Span | None) -> None:
        """`to += value` for each element of an array expression."""
        made.filling += self.laws([value], span)
        op: Op = "^=" if self.types[to.name].dtype == "bool" else "+="
        made.filling.append(self.nest(extents(value, self.types), lambda at: (
            Update(Index(to.name, at), op, element(value, at, self.types), span=span),), [value], span))

    def copied(self, made: Made, e: Expr, span: Span | None) -> Name:
        """A local array that holds an array expression."""
        t = self.array(made, "v", extents(e, self.types), type_of(e, self.types).dtype, span)
        self.fill(made, t, e, span)
        return t

    # ---- expressions
    def hoisted(self, e: Expr, out: list[Stmt], when: Expr | None = None) -> Expr:
        """`e` without reductions and products; what computes them goes to `out`, under `when` if they may not be needed."""
        if not any(isinstance(s, Reduce | MatMul) for s in subexpressions(e)):
            return e
        match e:
            case IfExp(test, a, b):
                test = self.hoisted(test, out, when)
                here = None if is_array(test, self.types) else test
                no = None if here is None else Fn("not_", (here,), span=test.span)
                return IfExp(test, self.hoisted(a, out, also(when, here)), self.hoisted(b, out, also(when, no)), span=e.span)
            case Lazy(op, a, b):
                a = self.hoisted(a, out, when)
                here = None if is_array(a, self.types) else a if op == "and" else Fn("not_", (a,), span=a.span)
                return Lazy(op, a, self.hoisted(b, out, also(when, here)), span=e.span)
            case _:
                e = rebuild(e, lambda c: self.hoisted(c, out, when))
        made = Made()
        match e:
            case Reduce():
                e = self.reduction(e, made)
            case MatMul(a, b):
                e = self.multiplied(e, made) if is_array(e, self.types) else self.reduction(Reduce("dot", (a, b), span=e.span), made)
        out += made.locals
        if made.filling:
            out += made.filling if when is None else [If(when, when, tuple(made.filling), (), span=e.span)]
        return e

    def multiplied(self, e: MatMul, made: Made) -> Expr:
        """A local array that holds a matrix product."""
        operands = self.factors(e, made)
        dtype = type_of(e, self.types).dtype
        t = self.array(made, "v", extents(operands, self.types), dtype, e.span)
        made.filling += self.product(Update(t, "+=", operands, span=e.span))
        return t

    def factors(self, e: MatMul, made: Made) -> MatMul:
        """The product with operands that are whole arrays, perhaps transposed."""
        def whole(x: Expr) -> Expr:
            if isinstance(x, Transposed) and len(extents(x, self.types)) == 1:
                x = x.source
            if isinstance(x, Name) or (isinstance(x, Transposed) and isinstance(x.source, Name)):
                return x
            return self.copied(made, x, e.span)

        return MatMul(whole(e.left), whole(e.right), span=e.span)

    def product(self, s: Update) -> Block:
        """`place += left @ right`, left to BLAS where all three are floats of one width."""
        assert isinstance(s.value, MatMul)
        types = {type_of(e, self.types).dtype for e in (s.place, s.value.left, s.value.right)}
        return (s,) if types <= {"float32"} or types <= {"float64"} else product_loops(s, self.types, self.new)

    # ---- reductions
    def reduction(self, e: Reduce, made: Made) -> Expr:
        """The value of a reduction, in terms of the locals that are made for it."""
        x, span, types = e.args[0], e.span, self.types
        shape, dtype = extents(x, types), type_of(e, types).dtype
        size = product(shape)
        if at_one_go(e, types):                                  # back ends test its laws
            return self.most(made, x, e.fn[3:], span)
        made.filling += self.laws(e.args, span)
        if not REDUCTIONS[e.fn].empty:
            made.filling.append(not_empty(e, size))
        match e.fn:
            case "sum":
                return self.total(made, dtype, lambda at: element(x, at, types), e)
            case "dot":
                return self.total(made, dtype, lambda at: Fn("mul", (element(x, at, types), element(e.args[1], at, types))), e)
            case "mean":
                part = dtype if is_float(type_of(x, types)) else "int64"
                return Fn("div", (self.total(made, part, lambda at: element(x, at, types), e), size), span=span)
            case "norm":
                return Fn("sqrt", (self.total(made, dtype, lambda at: Fn("abs2", (self.real(x, at),)), e),), span=span)
            case "any" | "all":
                test = "ne" if e.fn == "any" else "eq"
                found = self.total(made, "int64", lambda at: IfExp(Fn(test, (element(x, at, types), false(each(type_of(x, types))))), ONE, ZERO), e)
                return Fn("gt" if e.fn == "any" else "eq", (found, ZERO), span=span)
            case "prod":
                return self.prefix_products(made, x, shape, dtype, span)
            case "argmax" | "argmin":
                return self.most(made, self.plain(made, x, span), e.fn[3:], span)
            case "max" | "min":
                x = self.plain(made, x, span)
                found = self.at_index(x, self.most(made, x, e.fn, span))
                return self.shared(made, x, found, dtype, span) if kind(dtype) == "f" else found
            case "logsumexp":
                return self.log_of_sum(made, self.plain(made, x, span), dtype, e)
            case _:
                raise AssertionError(f"compiler bug: no reduction {e.fn}")

    def real(self, x: Expr, at: At) -> Expr:
        """An element as a float."""
        v = element(x, at, self.types)
        return v if is_float(type_of(x, self.types)) else Fn("float64", (v,), span=v.span)

    def plain(self, made: Made, x: Expr, span: Span | None) -> Expr:
        """An array that may be read twice at each index without computing anything twice."""
        return x if isinstance(x, Name | Index) else self.copied(made, x, span)

    def total(self, made: Made, dtype: str, value: Callable[[At], Expr], e: Reduce) -> Expr:
        s = self.scalar(made, "s", dtype, e.span)
        made.filling.append(self.nest(extents(e.args[0], self.types), lambda at: (Update(s, "+=", value(at), span=e.span),), e.args, e.span))
        return s

    def prefix_products(self, made: Made, x: Expr, shape: Sequence[Expr], dtype: str, span: Span | None) -> Expr:
        size = product(shape)
        p = self.array(made, "p", [plus(size, ONE)], dtype, span)
        made.filling.append(Update(Index(p.name, (ZERO,)), "+=", Const(1), span=span))

        def turn(at: At) -> Block:
            k = flat(at, shape)
            value = Fn("mul", (Index(p.name, (k,)), element(x, at, self.types)))
            return (Update(Index(p.name, (plus(k, ONE),)), "+=", value, span=span),)

        made.filling.append(self.nest(shape, turn, [x], span))
        return Index(p.name, (size,))

    def most(self, made: Made, x: Expr, wanted: str, span: Span | None) -> Name:
        """The flat index of the first largest (smallest) element. A nan is both, as in NumPy."""
        k = self.scalar(made, "k", "int64", span)
        held = x if in_steps(x, self.types) else self.copied(made, x, span)
        made.filling.append(Update(k, "+=", Reduce(f"arg{wanted}", (held,), span=span), span=span))
        return k

    def at_index(self, x: Expr, k: Expr) -> Expr:
        """The element at a flat index."""
        shape, at = extents(x, self.types), []
        for axis in reversed(range(len(shape))):
            rest = product(shape[axis + 1:])
            high = k if rest == ONE else Fn("floordiv", (k, rest))
            at.append(high if axis == 0 else Fn("mod", (high, shape[axis])))
        return element(x, tuple(reversed(at)), self.types)

    def shared(self, made: Made, x: Expr, found: Expr, dtype: str, span: Span | None) -> Name:
        """`found`, with a cotangent that is shared by all elements that are equal to it: `found + (x[i] - found) / n` for each of those."""
        ties, r = self.scalar(made, "c", "int64", span), self.scalar(made, "m", dtype, span)
        shape, n = extents(x, self.types), Fn(dtype, (ties,))

        def counted(at: At) -> Block:
            return (Update(ties, "+=", IfExp(Fn("eq", (element(x, at, self.types), found)), ONE, ZERO), span=span),)

        def spread(at: At) -> Block:
            v = element(x, at, self.types)
            return (Update(r, "+=", IfExp(Fn("eq", (v, found)), Fn("div", (Fn("sub", (v, found)), n)), Const(0.0)), span=span),)

        finite, several = Fn("isfinite", (found,)), Fn("gt", (ties, ONE))
        share = If(several, several, (self.nest(shape, spread, [x], span),), (), span=span)
        made.filling += [Update(r, "+=", found, span=span), If(finite, finite, (self.nest(shape, counted, [x], span), share), (), span=span)]
        return r

    def log_of_sum(self, made: Made, x: Expr, dtype: str, e: Reduce) -> Expr:
        k = self.most(made, x, "max", e.span)
        m = self.scalar(made, "m", dtype, e.span)
        largest = self.at_index(x, k)
        largest = largest if is_float(type_of(x, self.types)) else Fn("float64", (largest,))
        made.filling.append(Update(m, "+=", IfExp(Fn("isfinite", (largest,)), largest, Const(0.0)), span=e.span))
        s = self.scalar(made, "s", dtype, e.span)
        made.filling.append(self.nest(extents(x, self.types), lambda at: (
            Update(s, "+=", Fn("exp", (Fn("sub", (self.real(x, at), m)),)), span=e.span),), [x], e.span))
        return Fn("add", (Fn("log", (s,), span=e.span), m), span=e.span)


def at_one_go(e: Expr, types: Mapping[str, Type]) -> bool:
    """Whether back ends have this reduction themselves."""
    return (isinstance(e, Reduce) and e.fn in ("argmax", "argmin") and in_steps(e.args[0], types)
            and not any(isinstance(x, Reduce) for x in subexpressions(e.args[0])))


def most_laws(e: Reduce, types: Mapping[str, Type]) -> list[Require]:
    """What a back end tests before it looks for the largest element."""
    found = list(index_laws(e.args, types, e.span))
    return found if REDUCTIONS[e.fn].empty else [*found, not_empty(e, product(extents(e.args[0], types)))]


def not_empty(e: Reduce, size: Expr) -> Require:
    return Require(Fn("gt", (size, ZERO)), "empty", f"`{show_expr(e)}` of no elements at all", ((f"len({show_expr(e.args[0])})", size),), span=e.span)


def zero(dtype: str) -> Expr:
    """The zero that a local of this type begins with; what is not the type of a literal is said."""
    plain: dict[str, Expr] = {"float32": Const(0.0), "float64": Const(0.0), "bool": Const(False), "int64": ZERO, ULOG: Fn(ULOG, (Const(1.0),))}
    return plain.get(dtype, Fn(dtype, (ZERO,)))


def false(t: Scalar) -> Expr:
    return Const(False) if t.dtype == "bool" else Const(0)


def also(a: Expr | None, b: Expr | None) -> Expr | None:
    return b if a is None else a if b is None else Lazy("and", a, b)


def flat(at: At, shape: Sequence[Expr]) -> Expr:
    """The index in reading order."""
    out: Expr = at[0]
    for i, extent in zip(at[1:], shape[1:], strict=True):
        out = plus(times(out, extent), i)
    return out


# ---- matrix products of whole arrays
def product_laws(s: Update, types: Mapping[str, Type]) -> list[Require]:
    """What is summed over is equally long on both sides, and the place has the shape of the product."""
    assert isinstance(s.value, MatMul)
    e = s.value
    texts = left, right, place = show_expr(e.left), show_expr(e.right), show_expr(s.place)
    a, b, c = (extents(x, types) for x in (e.left, e.right, s.place))
    named = [(f"axis {k} of {text}" if len(shape) > 1 else f"len({text})", length)
             for text, shape in zip(texts, (a, b, c), strict=True) for k, length in enumerate(shape)]
    rows, inner, columns = named[:len(a) - 1], (named[len(a) - 1], named[len(a)]), named[len(a) + 1:len(a) + len(b)]
    pairs = [inner, *zip(rows + columns, named[len(a) + len(b):], strict=True)]
    return [Require(Fn("eq", (x, y)), "shape", f"the shapes of `{place}` and `{show_expr(e)}` do not fit" if k else
                    f"the shapes of `{left}` and `{right}` do not fit in `{show_expr(e)}`", ((one, x), (other, y)), span=s.span)
            for k, ((one, x), (other, y)) in enumerate(pairs) if x != y]


def product_loops(s: Update, types: dict[str, Type], new: Callable[[str, Type], Name]) -> Block:
    """`place += left @ right` as plain loops, the last axis innermost."""
    assert isinstance(s.value, MatMul)
    assert isinstance(s.place, Name)
    a, b = s.value.left, s.value.right
    rows, columns = extents(a, types)[:-1], extents(b, types)[1:]
    i, j = (tuple(new("x", WEAK_INT) for _ in part) for part in (rows, columns))
    k = new("x", WEAK_INT)
    term = Fn("mul", (element(a, (*i, k), types), element(b, (k, *j), types)))
    out: Block = (Update(Index(s.place.name, (*i, *j)), s.op, term, span=s.span),)
    for var, extent in [*zip(j, columns, strict=True), (k, extents(a, types)[-1]), *zip(i, rows, strict=True)]:
        out = (For(var.name, Range(ZERO, extent, ONE), out, span=s.span),)
    return (*product_laws(s, types), Unchecked(out, span=s.span))
