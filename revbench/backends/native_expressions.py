"""Expressions of checked code -> LLVM: numbers and calls.

An operand has no effects, so that only what may be
undefined is jumped over.
"""

from __future__ import annotations

import ast
from typing import Any

from llvmlite import ir

from .native_arrays import Arrays
from .native_heads import SIZES, Kind, NotNative
from .native_spread import parts, spread
from .native_values import (
    F64,
    FLOATS,
    I1,
    I64,
    Array,
    Scalar,
    arithmetic,
    cast,
    compared,
    integer,
    llvm_type,
    memory_type,
    negated,
    power,
)

OPS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
                                      ast.BitXor: "^", ast.BitAnd: "&", ast.BitOr: "|", ast.LShift: "<<", ast.RShift: ">>"}
COMPARISONS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
INTRINSICS = {"math.exp": "exp", "math.log": "log", "math.sin": "sin", "math.cos": "cos", "math.sqrt": "sqrt", "np.floor": "floor", "np.ceil": "ceil",
              "np.rint": "rint"}
LIBM = {f"math.{f}": f for f in ("tan", "tanh", "sinh", "cosh", "asin", "acos", "atan", "asinh", "acosh", "atanh", "erf", "erfc", "expm1", "log1p", "atan2",
                                 "hypot", "lgamma")}


class Expressions(Arrays):
    def range(self, args: list[ast.expr]) -> tuple[Any, Any, Any]:
        """Start, step and number of turns."""
        given = [self.number(a) for a in args]
        if any(x.dtype in FLOATS or x.dtype in ("uint64", "bool") for x in given):
            raise NotNative("this range")
        e, b, zero = [cast(self.b, x, "int64") for x in given], self.b, integer(0)
        start, stop, step = (zero, e[0], integer(1)) if len(e) == 1 else (e[0], e[1], e[2] if len(e) == 3 else integer(1))
        up = b.icmp_signed(">", step, zero)
        far = b.select(up, b.sub(stop, start), b.sub(start, stop))
        size = b.select(up, step, b.neg(step))
        turns = b.add(b.sdiv(b.sub(far, integer(1)), b.select(b.icmp_signed("==", size, zero), integer(1), size)), integer(1))
        return start, step, b.select(b.icmp_signed(">", far, zero), turns, zero)

    def truth(self, node: ast.expr) -> Any:
        x = self.number(node)
        if x.dtype != "bool":
            raise NotNative("a number as a truth value")
        return x.v

    # ---- numbers
    def number(self, node: ast.expr) -> Scalar:
        b = self.b
        match node:
            case ast.Constant(value=bool() as value):
                return Scalar("bool", ir.Constant(I1, int(value)))
            case ast.Constant(value=int() as value) if -2**63 <= value < 2**63:
                return Scalar("int64", integer(value))
            case ast.Constant(value=float() as value):
                return Scalar("float64", ir.Constant(F64, value))
            case ast.Name(id=name):
                k = self.names.get(name)
                if k is None or k.ndim:
                    raise NotNative(f"`{name}` is no number here")
                return Scalar(k.dtype, b.load(self.slots[name][0], typ=llvm_type(k.dtype)))
            case ast.Subscript(value=ast.Attribute(value=source, attr="shape"), slice=ast.Constant(value=int(axis))):
                return Scalar("int64", self.view(source).shape[axis])
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                found = self.element(self.array(name), index)
                if isinstance(found, Array):
                    raise NotNative("a row as a number")
                v = b.load(found[1], typ=memory_type(found[0]))
                return Scalar(found[0], b.trunc(v, I1) if found[0] == "bool" else v)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)) if value == 2**63:
                return Scalar("int64", integer(-value))
            case ast.UnaryOp(op=ast.USub(), operand=e):
                return negated(b, self.number(e))
            case ast.UnaryOp(op=ast.Not(), operand=e):
                return Scalar("bool", b.not_(self.truth(e)))
            case ast.BinOp(left=left, op=op, right=right):
                return self.applied(op, self.number(left), right)
            case ast.Compare():
                return Scalar("bool", self.comparison(node))
            case ast.BoolOp(op=op, values=[e, *rest]):
                return self.lazy(isinstance(op, ast.And), self.truth(e), rest)
            case ast.IfExp(test=test, body=then, orelse=orelse):
                return self.chosen(test, then, orelse)
            case ast.Call():
                return self.call(node)
            case ast.Attribute(value=ast.Name(id="np"), attr="nan" | "inf" as name):
                return Scalar("float64", ir.Constant(F64, float(name)))
            case _:
                raise NotNative(ast.unparse(node))

    def applied(self, op: ast.operator, x: Scalar, right: ast.expr) -> Scalar:
        if isinstance(op, ast.Pow):
            if isinstance(right, ast.Constant) and type(right.value) is int:
                return power(self.b, x, right.value)
            y = self.number(right)
            if isinstance(x.v, ir.Constant) and x.v.constant == 2.0:         # exact for a whole power, however it is made
                y = Scalar("float64", cast(self.b, y, "float64"))
            if x.dtype != "float64" or y.dtype != "float64":
                raise NotNative("this power")
            return Scalar("float64", self.b.call(self.module.declare_intrinsic("llvm.pow", [F64]), [x.v, y.v]))
        if type(op) not in OPS:
            raise NotNative(type(op).__name__)
        return arithmetic(self.b, OPS[type(op)], x, self.number(right))

    def comparison(self, node: ast.Compare) -> Any:
        b = self.b
        if isinstance(node.left, ast.Attribute):
            other = node.comparators[0]
            if node.left.attr != "shape" or len(node.ops) > 1 or not isinstance(node.ops[0], ast.Eq):
                raise NotNative(ast.unparse(node))
            mine = self.view(node.left.value).shape
            theirs = tuple(cast(b, self.number(e), "int64") for e in other.elts) if isinstance(other, ast.Tuple) else (
                self.view(other.value).shape if isinstance(other, ast.Attribute) and other.attr == "shape" else ())
            same = ir.Constant(I1, int(len(mine) == len(theirs)))
            for n, m in zip(mine, theirs, strict=False):
                same = b.and_(same, b.icmp_signed("==", n, m))
            return same
        left, out = self.number(node.left), None
        for op, e in zip(node.ops, node.comparators, strict=True):        # operands have no effects: all of them may be evaluated
            right = self.number(e)
            one = compared(self.b, COMPARISONS[type(op)], left, right)
            left, out = right, one if out is None else self.b.and_(out, one)
        return out

    def lazy(self, both: bool, first: Any, rest: list[ast.expr]) -> Scalar:
        """`and`, `or`: what stands on the right may not be defined where it is not needed."""
        slot = self.slot(I1)
        self.b.store(first, slot)

        def more() -> None:
            x = self.truth(rest[0])
            self.b.store(self.lazy(both, x, rest[1:]).v if rest[1:] else x, slot)

        self.branches(first, *((more, lambda: None) if both else (lambda: None, more)))
        return Scalar("bool", self.b.load(slot, typ=I1))

    def chosen(self, test: ast.expr, then: ast.expr, orelse: ast.expr) -> Scalar:
        kinds: list[str] = []
        slots: dict[str, Any] = {}

        def one(e: ast.expr) -> None:
            x = self.number(e)
            kinds.append(x.dtype)
            if x.dtype not in slots:
                slots[x.dtype] = self.slot(llvm_type(x.dtype))
            self.b.store(x.v, slots[x.dtype])

        self.branches(self.truth(test), lambda: one(then), lambda: one(orelse))
        if kinds[0] != kinds[1]:
            raise NotNative("a choice between two types")
        return Scalar(kinds[0], self.b.load(slots[kinds[0]], typ=llvm_type(kinds[0])))

    def call(self, node: ast.Call) -> Scalar:
        b, name = self.b, ast.unparse(node.func)
        if node.keywords:
            raise NotNative(name)
        match name, node.args:
            case "abs", [e]:
                return self.magnitude(self.number(e))
            case "min" | "max", [first, *rest]:
                out = self.number(first)
                for e in rest:
                    out = self.larger(out, self.number(e), ">" if name == "max" else "<")
                return out
            case "len", [ast.Call(func=ast.Name(id="range"), args=args)]:
                return Scalar("int64", self.range(args)[2])
            case "len", [e]:
                return Scalar("int64", self.view(e).shape[0])
            case "_stopped", [ast.Name(id="_st")]:
                flag = b.gep(self.array("_st").data, [integer(1)], source_etype=I64)
                return Scalar("bool", b.icmp_signed("!=", b.load_atomic(flag, "monotonic", 8, typ=I64), integer(0)))
            case "_parts", [n, work, grain]:
                return Scalar("int64", parts(b, *(cast(b, self.number(e), "int64") for e in (n, work, grain))))
            case "_spread", args:
                return Scalar("bool", spread(self, args))
            case "_given_back", [ast.Name(id=stack), top, e]:
                return self.taken(self.array(stack), self.number(top), self.view(e))
            case "_argmax" | "_argmin", [e]:
                return self.extreme(self.view(e), ">" if name == "_argmax" else "<")
            case "_amax", [e]:
                return self.worst(self.view(e), None)
            case "_adiff", [e, f]:
                return self.worst(self.view(e), self.view(f))
            case "math.isfinite", [e]:
                x = cast(b, self.number(e), "float64")
                return Scalar("bool", b.fcmp_ordered("==", b.fsub(x, x), ir.Constant(F64, 0.0)))
        if name == "float" and len(node.args) == 1:
            return Scalar("float64", cast(b, self.number(node.args[0]), "float64"))
        if name.startswith("np.") and name[3:] in SIZES and len(node.args) == 1:
            return Scalar(name[3:], cast(b, self.number(node.args[0]), name[3:]))
        if name in INTRINSICS or name in LIBM:
            given = [self.number(e) for e in node.args]
            if any(x.dtype not in ("float64", "int64") for x in given):
                raise NotNative(name)
            f = self.module.declare_intrinsic(f"llvm.{INTRINSICS[name]}", [F64]) if name in INTRINSICS else self.external(LIBM[name], F64, [F64] * len(given))
            return Scalar("float64", b.call(f, [cast(b, x, "float64") for x in given]))
        found = self.called(node)
        if len(found) != 1:
            raise NotNative(name)
        return found[0]

    def called(self, node: ast.Call) -> list[Scalar]:
        """A call of another function of the text: its results."""
        if node.keywords:
            raise NotNative(ast.unparse(node.func))
        head = self.known[ast.unparse(node.func)]
        given = self.handed(node.args, head.params, head.ours)
        out = [self.slot(llvm_type(k.dtype)) for k in head.results]
        self.b.call(head.function, [*given, *out])
        return [Scalar(k.dtype, self.b.load(slot, typ=llvm_type(k.dtype))) for k, slot in zip(head.results, out, strict=True)]

    def handed(self, nodes: list[ast.expr], kinds: tuple[Kind, ...], ours: bool = False) -> list[Any]:
        """Arguments as a function takes them. Of ours Numba compiles one for each type that it meets: here there is one for float64 and int64."""
        given: list[Any] = []
        for e, k in zip(nodes, kinds, strict=True):
            if k.ndim:
                a = self.view(e)
                if (a.dtype, len(a.shape)) != (k.dtype, k.ndim):
                    raise NotNative("an array of another type")
                given += [a.data, *a.shape]
            else:
                x = self.number(e)
                if ours and (x.dtype == "float32" or (x.dtype in FLOATS) != (k.dtype in FLOATS)):
                    raise NotNative(f"{x.dtype} for a function of ours")
                given.append(cast(self.b, x, k.dtype))
        return given
