"""Arrays in checked code: elements, rows and stretches, and what is asked of a whole one."""

from __future__ import annotations

import ast
from typing import Any

from llvmlite import ir

from .native_heads import Kind, NotNative
from .native_values import F64, FLOATS, I1, I64, PTR, Array, Scalar, cast, compared, integer, memory_type
from .native_writer import Writer


class Arrays(Writer):
    def array(self, name: str) -> Array:
        k = self.names.get(name, Kind(""))
        if not k.ndim:
            raise NotNative(f"`{name}` is not an array here")
        data, *dims = self.slots[name]
        return Array(k.dtype, self.b.load(data, typ=PTR), tuple(self.b.load(d, typ=I64) for d in dims))

    def element(self, x: Array, index: ast.expr) -> tuple[str, Any] | Array:
        """The type and address of an element, or a row."""
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        at, b = integer(0), self.b
        for axis, part in enumerate(parts):
            i = self.number(part)
            if i.dtype in FLOATS or i.dtype == "bool":
                raise NotNative("this index")
            at = b.add(b.mul(at, x.shape[axis]), cast(b, i, "int64"))
        for n in x.shape[len(parts):]:
            at = b.mul(at, n)
        where = b.gep(x.data, [at], source_etype=memory_type(x.dtype))
        return Array(x.dtype, where, x.shape[len(parts):]) if len(parts) < len(x.shape) else (x.dtype, where)

    def view(self, node: ast.expr) -> Array:
        match node:
            case ast.Name(id=name):
                return self.array(name)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Slice(lower=lower, upper=upper, step=None)):
                return self.stretch(self.array(name), lower, upper)
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                found = self.element(self.array(name), index)
                if isinstance(found, Array):
                    return found
        raise NotNative(ast.unparse(node))

    def stretch(self, x: Array, lower: ast.expr | None, upper: ast.expr | None) -> Array:
        """`x[lower:upper]` along the first axis, with Python's meaning of negative bounds and of those beyond the ends."""
        b, n = self.b, x.shape[0]

        def bound(e: ast.expr | None, otherwise: Any) -> Any:
            if e is None:
                return otherwise
            given = self.number(e)
            if given.dtype in FLOATS or given.dtype in ("uint64", "bool"):
                raise NotNative("this slice")
            k = cast(b, given, "int64")
            k = b.select(b.icmp_signed("<", k, integer(0)), b.add(k, n), k)
            k = b.select(b.icmp_signed("<", k, integer(0)), integer(0), k)
            return b.select(b.icmp_signed(">", k, n), n, k)

        start, stop = bound(lower, integer(0)), bound(upper, n)
        length = b.select(b.icmp_signed(">", stop, start), b.sub(stop, start), integer(0))
        at = b.mul(start, self.count(x.shape[1:]))
        return Array(x.dtype, b.gep(x.data, [at], source_etype=memory_type(x.dtype)), (length, *x.shape[1:]))

    def at(self, x: Array, k: Any) -> Scalar:
        v = self.b.load(self.b.gep(x.data, [k], source_etype=memory_type(x.dtype)), typ=memory_type(x.dtype))
        return Scalar(x.dtype, self.b.trunc(v, I1) if x.dtype == "bool" else v)

    def worst(self, x: Array, y: Array | None) -> Scalar:
        """The largest magnitude in an array (of a difference); nan if there is one."""
        b, out, zero = self.b, self.slot(F64), ir.Constant(F64, 0.0)
        b.store(zero, out)

        def one(k: Any) -> None:
            v = self.at(x, k)
            found = cast(b, v, "float64")
            if y is not None:
                w = self.at(y, k)
                away = self.magnitude(Scalar("float64", b.fsub(found, cast(b, w, "float64")))).v
                unlike = compared(b, "!=", v, w) if v.dtype == w.dtype else b.fcmp_unordered("!=", found, cast(b, w, "float64"))
                odd = b.or_(b.fcmp_unordered("!=", found, found), b.fcmp_unordered("!=", cast(b, w, "float64"), cast(b, w, "float64")))
                near = b.select(b.and_(b.fcmp_ordered("==", away, zero), unlike), ir.Constant(F64, 1.0), away)
                found = b.select(odd, ir.Constant(F64, float("nan")), near)
            size = self.magnitude(Scalar("float64", found)).v
            most = b.load(out, typ=F64)
            b.store(b.select(b.fcmp_ordered("<=", size, most), most, size), out)                          # a nan is stored, too ...
            self.branches(b.fcmp_unordered("uno", size, size), lambda: b.branch(self.breaks[-1]), lambda: None)      # ... and stays

        self.times(self.count(x.shape), one)
        return Scalar("float64", b.load(out, typ=F64))

    def extreme(self, x: Array, better: str) -> Scalar:
        """Where the first element stands that is better than all others; the first NaN if there is one."""
        best = self.slot(I64)
        self.b.store(integer(0), best)

        def one(k: Any) -> None:
            v, held = self.at(x, k), self.at(x, self.b.load(best, typ=I64))
            odd = compared(self.b, "!=", v, v)
            self.branches(self.b.or_(odd, compared(self.b, better, v, held)), lambda: self.b.store(k, best), lambda: None)
            self.branches(odd, lambda: self.b.branch(self.breaks[-1]), lambda: None)

        self.times(self.count(x.shape), one)
        return Scalar("int64", self.b.load(best, typ=I64))

    def taken(self, stack: Array, top: Scalar, x: Array) -> Scalar:
        """The elements of `x` come from the top of a stack: its new top."""
        below = self.b.sub(top.v, self.count(x.shape))

        def one(k: Any) -> None:
            v = self.at(stack, self.b.add(below, k))
            held = compared(self.b, "!=", v, Scalar("int64", integer(0))) if x.dtype == "bool" else cast(self.b, v, x.dtype)
            self.b.store(self.b.zext(held, memory_type("bool")) if x.dtype == "bool" else held,
                         self.b.gep(x.data, [k], source_etype=memory_type(x.dtype)))

        self.times(self.count(x.shape), one)
        return Scalar("int64", below)

    def magnitude(self, x: Scalar) -> Scalar:
        if x.dtype in FLOATS:
            return Scalar(x.dtype, self.b.call(self.module.declare_intrinsic("llvm.fabs", [x.v.type]), [x.v]))
        if x.dtype != "int64":
            raise NotNative(f"abs of {x.dtype}")
        return Scalar("int64", self.b.select(self.b.icmp_signed("<", x.v, integer(0)), self.b.neg(x.v), x.v))

    def larger(self, x: Scalar, y: Scalar, op: str) -> Scalar:
        if x.dtype != y.dtype:
            raise NotNative("the larger of two types")
        return Scalar(x.dtype, self.b.select(compared(self.b, op, y, x), y.v, x.v))
