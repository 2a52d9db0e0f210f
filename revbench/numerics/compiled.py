"""Numba's functions made of functions of Values: into which module they are written, and what loops are told of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .emitted import DOUBLE, Value, where
from .lanes import LanesType, dtype_of, llvm_function

Function = Callable[..., Value]
CPU = llvm.get_host_cpu_features()
REGISTERS = (4, 8) if CPU.get("avx512f") else (4,) if CPU.get("avx") else (2,)      # how many floats vectorised loops may want at once


def written(module: ir.Module, fn: Function, t: ir.Type, count: int) -> Any:
    """LLVM's function of so many operands of this type, written into the module on first use."""
    name = f"revbench.{fn.__name__}.{t.count if isinstance(t, ir.VectorType) else 1}"
    if name in module.globals:
        return module.globals[name]
    made = ir.Function(module, ir.FunctionType(t, [t] * count), name)
    made.linkage = "internal"
    inside = ir.IRBuilder(made.append_basic_block())
    inside.ret(fn(*(Value(inside, a) for a in made.args)).ir)
    if len(made.blocks) == 1 and t == DOUBLE:
        made.attributes.add("alwaysinline")
    elif t == DOUBLE:
        offer_vectors(module, made, [written(module, fn, ir.VectorType(DOUBLE, width), count) for width in REGISTERS])
    else:
        made.attributes.add("noinline")                     # so much code that copies of it cost more than calls, at run time, too
    return made


def offer_vectors(module: ir.Module, scalar: Any, vectors: list[Any]) -> None:
    """Tells the vectoriser of loops, which knows no branches, what to call for several elements instead of the function."""
    variants = ",".join(f"_ZGV_LLVM_N{v.args[0].type.count}{'v' * len(v.args)}_{scalar.name}({v.name})" for v in vectors)
    set.add(scalar.attributes, f'"vector-function-abi-variant"="{variants}"')          # llvmlite knows attributes without a value only
    for f in (scalar, *vectors):
        for attribute in ("noinline", "nounwind", "readnone"):
            f.attributes.add(attribute)
    keep_for_the_vectoriser(module, vectors)


def keep_for_the_vectoriser(module: ir.Module, functions: list[Any]) -> None:
    """Nobody calls these functions yet, and they are not to be dropped for that."""
    used, pointer = module.globals.get("llvm.compiler.used"), ir.IntType(8).as_pointer()
    kept = [*(used.initializer.constant if used is not None else ()), *(f.bitcast(pointer) for f in functions)]
    t = ir.ArrayType(pointer, len(kept))
    if used is None:
        used = ir.GlobalVariable(module, t, "llvm.compiler.used")
        used.linkage, used.section = "appending", "llvm.metadata"
    used.value_type, used.type, used.initializer = t, t.as_pointer(), ir.Constant(t, kept)


def result_of(args: Any) -> Any:
    """The type of a function of these arguments: lanes of floats, float64, or float32 if all are."""
    widths = {t.width for t in args if isinstance(t, LanesType)}
    if len(widths) > 1 or any(dtype_of(t) in (None, "bool") for t in args):
        return None
    if widths:
        return LanesType("float64", widths.pop())
    return types.float32 if all(t == types.float32 for t in args) else types.float64


def compiled(count: int) -> Callable[[Function], Any]:
    """A function of Numba's, of so many numbers or lanes, from one of Values."""
    def made(fn: Function) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            narrow = sig.return_type == types.float32
            operands = [builder.fpext(a, DOUBLE) for a in args] if narrow else list(args)
            out = builder.call(written(builder.module, fn, operands[0].type, count), operands)
            return builder.fptrunc(out, ir.FloatType()) if narrow else out

        def typed(*args: Any) -> Any:
            t = result_of(args)
            return None if t is None else (t(*[t] * count), code)

        def one(typing: Any, x: Any) -> Any:
            return typed(x)

        def two(typing: Any, x: Any, y: Any) -> Any:
            return typed(x, y)

        shell = one if count == 1 else two
        shell.__name__, shell.__qualname__, shell.__doc__, shell.__module__ = fn.__name__, fn.__qualname__, fn.__doc__, fn.__module__
        return intrinsic(shell)

    return made


# ---- where our own functions end
def rescued(found: Value, mask: Value, x: Value, name: str) -> Value:
    """`found`; where the mask is true, what the platform's function of that name gives. One branch, for all lanes."""
    builder, many = found.builder, isinstance(mask.ir.type, ir.VectorType)
    test = builder.call(llvm_function(builder, "vector.reduce.or", ir.IntType(1), mask.ir), [mask.ir]) if many else mask.ir
    before = builder.block
    with builder.if_then(test, likely=False):
        operands = [found.ir, mask.ir, x.ir]
        better = builder.call(rescue_in(builder, name, operands), operands)
        after = builder.block
    out = builder.phi(better.type)
    out.add_incoming(found.ir, before)
    out.add_incoming(better, after)
    return found.of(out)


def rescue_in(builder: ir.IRBuilder, name: str, operands: list[Any]) -> Any:
    """A function of the module: not part of its callers, which rarely call it."""
    t = operands[0].type
    symbol = f"revbench.far.{name}.{t.count if isinstance(t, ir.VectorType) else 1}"
    if symbol not in builder.module.globals:
        made = ir.Function(builder.module, ir.FunctionType(t, [o.type for o in operands]), symbol)
        made.linkage = "internal"
        for attribute in ("noinline", "cold", "nounwind"):
            made.attributes.add(attribute)
        inside = ir.IRBuilder(made.append_basic_block())
        found, mask, x = (Value(inside, a) for a in made.args)
        inside.ret(where(mask, each_by(found, x, name), found).ir)
    return builder.module.globals[symbol]


def each_by(found: Value, x: Value, name: str) -> Value:
    """The platform's function of each element."""
    builder = x.builder
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(DOUBLE, [DOUBLE]), name)
    if not isinstance(x.ir.type, ir.VectorType):
        return x.of(builder.call(function, [x.ir]))
    out = found.ir
    for k in range(x.ir.type.count):
        at = ir.Constant(ir.IntType(32), k)
        out = builder.insert_element(out, builder.call(function, [builder.extract_element(x.ir, at)]), at)
    return x.of(out)
