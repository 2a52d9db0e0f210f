"""A whole generated text -> machine code."""

from __future__ import annotations

import ast
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir

from .native_code import Code
from .native_heads import NotNative, Signature, heads, target
from .native_own import translatable
from .native_values import I64, PTR, Scalar, cast, llvm_type, memory_type
from .native_writer import Head, Heads, flat


def object_code(text: str, main: str, entry: str) -> bytes:
    """The machine code of a text; `entry` is a function that takes the address of its arguments and results, eight bytes each.

    Raises
    ------
    NotNative
        When the text holds something that only Numba knows.
    """
    tree, machine = ast.parse(text), target()
    module = ir.Module("revbench")
    module.triple, module.data_layout = llvm.get_process_triple(), str(machine.target_data)

    def head(name: str, signature: Signature, ours: bool = False) -> Head:
        params, results = signature
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [*flat(params), *[PTR] * len(results)]), f"{'own' if ours else 'kernel'}_{name}")
        function.linkage = "internal"
        return Head(function, params, results, ours)

    def own(name: str) -> Head:
        if name not in translatable():
            raise NotNative(name)
        node, signature = translatable()[name]
        found = head(name, signature, ours=True)
        Code(module, found, known, node).write()
        return found

    known = Heads(own)
    known.update({name: head(name, signature) for name, signature in heads(tree).items()})
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            Code(module, known[node.name], known, node).write()
    _entry(module, known[main], entry)
    parsed = llvm.parse_assembly(str(module))
    parsed.verify()
    tuning = llvm.create_pipeline_tuning_options(speed_level=2)
    tuning.loop_vectorization, tuning.slp_vectorization = True, False               # code full of tests gains nothing by the latter
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(parsed, passes)
    return bytes(machine.emit_object(parsed))


def _entry(module: Any, head: Head, name: str) -> None:
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [PTR]), name)
    b = ir.IRBuilder(function.append_basic_block())
    at, given, out = 0, list[Any](), list[Any]()

    def slot(of: Any) -> Any:
        nonlocal at
        at += 1
        return b.gep(function.args[0], [ir.Constant(I64, at - 1)], source_etype=of)

    for k in head.params:
        if k.ndim:
            given.append(b.load(slot(I64), typ=PTR))
            given += [b.load(slot(I64), typ=I64) for _ in range(k.ndim)]
        elif k.dtype.startswith("float"):
            given.append(cast(b, Scalar("float64", b.load(slot(llvm_type("float64")), typ=llvm_type("float64"))), k.dtype))
        else:
            whole = b.load(slot(I64), typ=I64)
            given.append(whole if k.dtype in ("int64", "uint64") else b.trunc(whole, llvm_type(k.dtype)))
    for k in head.results:
        out.append(b.alloca(llvm_type(k.dtype)))
    b.call(head.function, [*given, *out])
    for k, made in zip(head.results, out, strict=True):
        x = Scalar(k.dtype, b.load(made, typ=llvm_type(k.dtype)))
        wide = "float64" if k.dtype.startswith("float") else "uint64" if k.dtype.startswith("uint") else "int64"
        b.store(cast(b, x, wide), slot(memory_type(wide)))
    b.ret_void()
