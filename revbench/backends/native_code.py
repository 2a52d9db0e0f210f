"""Statements of checked code -> LLVM, without Numba's front end: one function of the generated text becomes one LLVM function.

Arrays that the code makes are freed where it leaves, by whatever way. Results go to addresses that the caller hands over.
Anything unknown raises `NotNative`.
"""

from __future__ import annotations

import ast
from typing import Any

from llvmlite import ir

from .native_expressions import Expressions
from .native_heads import SIZES, Kind, NotNative
from .native_values import FLOATS, I64, PTR, Array, Scalar, cast, integer, memory_type


class Code(Expressions):
    """Writes one function."""

    def write(self) -> None:
        args, start = list(self.head.function.args), self.b.block
        for arg, k in zip(self.node.args.args, self.head.params, strict=True):
            slots = self.declare(arg.arg, k)
            for slot in slots:
                self.b.store(args.pop(0), slot)
        self.out = args
        self.block(self.node.body)
        if not self.b.block.is_terminated:
            self.returned(None)
        self.first.branch(start)
        self.b.position_at_end(self.leave)
        for slot in self.owned:
            self.b.call(self.external("PyMem_RawFree", ir.VoidType(), [PTR]), [self.b.load(slot, typ=PTR)])
        self.b.ret_void()

    def block(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            if self.b.block.is_terminated:
                return
            self.statement(node)

    # ---- statements
    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(values):
                new = [self.number(v) for v in values]
                for t, x in zip(targets, new, strict=True):
                    self.store(t, x)
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=stack), top])], value=ast.Call(func=ast.Name(id="_kept"), args=[_, _, kept])):
                self.store(top, self.piled(stack, self.number(top), self.view(kept)))
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Call() as call):
                for t, x in zip(targets, self.called(call), strict=True):
                    self.store(t, x)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.assign(name, value)
            case ast.Assign(targets=[target], value=value):
                self.store(target, self.number(value))
            case ast.AugAssign(target=target, op=op, value=value):
                old = self.number(target)
                self.store(target, self.applied(op, old, value))
            case ast.If(test=test, body=body, orelse=orelse):
                self.branches(self.truth(test), lambda: self.block(body), lambda: self.block(orelse))
            case ast.For():
                self.for_loop(node)
            case ast.While(test=ast.Constant(value=True), body=body):
                self.loop(body)
            case ast.While(test=test, body=body):
                self.loop([ast.If(test=test, body=[ast.Pass()], orelse=[ast.Break()]), *body])
            case ast.Break():
                self.b.branch(self.breaks[-1])
            case ast.Return(value=value):
                self.returned(value)
            case ast.Expr(value=ast.Call() as call):
                self.called(call)
            case ast.Pass():
                pass
            case _:
                raise NotNative(ast.unparse(node))

    def store(self, target: ast.expr, x: Scalar) -> None:
        match target:
            case ast.Name(id=name):
                if self.names.get(name, Kind(x.dtype)).ndim:
                    raise NotNative(f"`{name}` becomes another array")
                self.b.store(x.v, self.declare(name, Kind(x.dtype))[0])
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                element = self.element(self.array(name), index)
                if not isinstance(element, tuple):
                    raise NotNative("a whole row is stored")
                dtype, at = element
                if x.dtype != dtype and (dtype == "bool" or (x.dtype in FLOATS and dtype not in FLOATS)):
                    raise NotNative(f"{x.dtype} in an array of {dtype}")
                v = self.b.zext(x.v, memory_type("bool")) if dtype == "bool" else cast(self.b, x, dtype)
                self.b.store(v, at)
            case _:
                raise NotNative(ast.unparse(target))

    def assign(self, name: str, value: ast.expr) -> None:
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="zeros" | "empty" as how), args=[ast.Tuple(elts=dims), dtype]):
                shape = tuple(cast(self.b, self.number(d), "int64") for d in dims)
                self.make(name, ast.unparse(dtype).removeprefix("np.").removesuffix("_"), shape, how == "zeros")
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="zeros" | "empty" as how), args=[(ast.Constant() | ast.BinOp()) as n, dtype]):
                self.make(name, ast.unparse(dtype).removeprefix("np.").removesuffix("_"), (cast(self.b, self.number(n), "int64"),), how == "zeros")
            case ast.Call(func=ast.Attribute(attr="concatenate"), args=[ast.Tuple(elts=[ast.Name(id=same), ast.Call(args=[more, _])])]) if same == name:
                self.grow(name, cast(self.b, self.number(more), "int64"))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="zeros"), args=[ast.Attribute(value=source, attr="shape"), dtype]):
                self.make(name, ast.unparse(dtype).removeprefix("np.").removesuffix("_"), self.view(source).shape, True)
            case ast.Call(func=ast.Attribute(value=source, attr="copy"), args=[]):
                x = self.view(source)
                made, size = self.make(name, x.dtype, x.shape, False)
                self.b.call(self.external("memcpy", PTR, [PTR, PTR, I64]), [made, x.data, size])
            case ast.Subscript(value=ast.Name(id=source), slice=ast.Name() as index) if self.names.get(source, Kind("")).ndim > 1:
                row = self.element(self.array(source), index)
                if not isinstance(row, Array) or name in self.slots:
                    raise NotNative(f"`{name}` becomes another array")
                for slot, v in zip(self.declare(name, Kind(row.dtype, len(row.shape))), (row.data, *row.shape), strict=True):
                    self.b.store(v, slot)
            case _:
                self.store(ast.Name(name), self.number(value))

    def make(self, name: str, dtype: str, shape: tuple[Any, ...], zeros: bool) -> tuple[Any, Any]:
        """A local array; what the name held before is freed. Without memory, the status says so and the function is left."""
        if dtype not in SIZES:
            raise NotNative(dtype)
        if name in self.names and self.names[name] != Kind(dtype, len(shape)):
            raise NotNative(f"`{name}` has two types")
        if any(arg.arg == name for arg in self.node.args.args):
            raise NotNative(f"`{name}` becomes another array")
        new, b = name not in self.slots, self.b
        slots = self.declare(name, Kind(dtype, len(shape)))
        if new:
            self.first.store(ir.Constant(PTR, None), slots[0])
            self.owned.append(slots[0])
        count = self.count(shape)
        size = b.mul(count, integer(SIZES[dtype]))
        b.call(self.external("PyMem_RawFree", ir.VoidType(), [PTR]), [b.load(slots[0], typ=PTR)])
        if zeros:
            made = b.call(self.external("PyMem_RawCalloc", PTR, [I64, I64]), [count, integer(SIZES[dtype])])
        else:
            made = b.call(self.external("PyMem_RawMalloc", PTR, [I64]), [size])
        b.store(made, slots[0])
        for n, slot in zip(shape, slots[1:], strict=True):
            b.store(n, slot)
        self.leave_without(made)
        return made, size

    def leave_without(self, made: Any) -> None:
        """Out of the function, with a word in the status, if there was no memory."""
        def failed() -> None:
            self.b.store(integer(-1), self.array("_st").data)
            self.b.branch(self.leave)

        self.branches(self.b.icmp_unsigned("==", self.b.ptrtoint(made, I64), integer(0)), failed, lambda: None)

    # ---- stacks: arrays of one axis that grow, and a number that says how much of them is used
    def grow(self, name: str, more: Any) -> None:
        """Room for `more` elements behind those that an array of our own has."""
        x, slots, b = self.array(name), self.slots[name], self.b
        if slots[0] not in self.owned or len(x.shape) != 1:
            raise NotNative(f"`{name}` becomes another array")
        count = b.add(x.shape[0], more)
        made = b.call(self.external("PyMem_RawRealloc", PTR, [PTR, I64]), [x.data, b.mul(count, integer(SIZES[x.dtype]))])

        def kept() -> None:
            self.b.store(made, slots[0])
            self.b.store(count, slots[1])

        self.branches(b.icmp_unsigned("==", b.ptrtoint(made, I64), integer(0)), lambda: None, kept)
        self.leave_without(made)

    def piled(self, name: str, top: Scalar, x: Array) -> Scalar:
        """The elements of `x` go on a stack: its new top."""
        b, count = self.b, self.count(x.shape)
        after = b.add(top.v, count)
        self.branches(b.icmp_signed(">", after, self.array(name).shape[0]), lambda: self.grow(name, self.b.add(self.array(name).shape[0], count)), lambda: None)
        stack = self.array(name)

        def one(k: Any) -> None:
            v = cast(self.b, self.at(x, k), stack.dtype)
            self.b.store(v, self.b.gep(stack.data, [self.b.add(top.v, k)], source_etype=memory_type(stack.dtype)))

        self.times(count, one)
        return Scalar("int64", after)

    def returned(self, value: ast.expr | None) -> None:
        given = value.elts if isinstance(value, ast.Tuple) else [value] if value is not None else []
        for e, k, out in zip(given, self.head.results, self.out, strict=True):
            self.b.store(cast(self.b, self.number(e), k.dtype), out)
        self.b.branch(self.leave)

    def loop(self, body: list[ast.stmt]) -> None:
        function = self.head.function
        turn, after = function.append_basic_block(), function.append_basic_block()
        self.b.branch(turn)
        self.b.position_at_end(turn)
        self.breaks.append(after)
        self.block(body)
        self.breaks.pop()
        if not self.b.block.is_terminated:
            self.b.branch(turn)
        self.b.position_at_end(after)

    def for_loop(self, node: ast.For) -> None:
        match node:
            case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=args), orelse=[]):
                start, step, count = self.range(args)
            case _:
                raise NotNative(ast.unparse(node).splitlines()[0])

        def turn(k: Any) -> None:
            self.b.store(self.b.add(start, self.b.mul(k, step)), self.declare(name, Kind("int64"))[0])
            self.block(node.body)

        self.times(count, turn)
