"""What can be said of a generated text without compiling it: the types of its functions. And the processor that they run on."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import llvmlite.binding as llvm

SIGNED = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
UNSIGNED = {"uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}
SIZES = {"bool": 1, "float32": 4, "float64": 8, **{t: n // 8 for t, n in (SIGNED | UNSIGNED).items()}}


class NotNative(Exception):
    """The text holds something that only Numba knows."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a register or a result: `ndim` 0 is a number."""

    dtype: str
    ndim: int = 0


Signature = tuple[tuple[Kind, ...], tuple[Kind, ...]]


def heads(tree: ast.Module) -> dict[str, Signature]:
    """The types of the registers and results of every function, as its signature says."""
    out: dict[str, Signature] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            match node.decorator_list:
                case [ast.Call(args=[ast.Call(func=result, args=params)], keywords=[*_, ast.keyword(arg=None, value=ast.Name(id="OPTIONS"))])]:
                    out[node.name] = tuple(map(_kind, params)), _results(result)
                case _:
                    raise NotNative(f"`{node.name}` has no signature")
    return out


def _results(node: ast.expr) -> tuple[Kind, ...]:
    match node:
        case ast.Attribute(attr="void"):
            return ()
        case ast.Call(func=ast.Attribute(attr="Tuple"), args=[ast.Tuple(elts=kinds)]):
            return tuple(map(_kind, kinds))
    raise NotNative(ast.unparse(node))


def _kind(node: ast.expr) -> Kind:
    match node:
        case ast.Attribute(attr="boolean"):
            return Kind("bool")
        case ast.Attribute(attr=dtype) if dtype in SIZES:
            return Kind(dtype)
        case ast.Subscript(value=of):
            return Kind(_kind(of).dtype, 1)
        case ast.Call(func=ast.Attribute(attr="Array"), args=[of, ast.Constant(value=int(ndim)), ast.Constant(value="C")]) if ndim > 0:
            return Kind(_kind(of).dtype, ndim)
    raise NotNative(ast.unparse(node))


def target() -> Any:
    """This processor; whatever is made with it takes it over."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2, reloc="static", codemodel="jitdefault", jit=True)
