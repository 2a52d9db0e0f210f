"""Which names stand for several values: by type where types are known, else by how they are used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from revbench.ir.nodes import (
    Call,
    CopyOf,
    Enter,
    Expr,
    Field,
    Fn,
    Index,
    MatMul,
    Name,
    NewStack,
    Program,
    Reduce,
    Shape,
    Transposed,
    Uncall,
    Zeros,
    ZerosLike,
)
from revbench.ir.types import Array, Stack, Type
from revbench.ir.walk import children, everywhere, statements


def arrays_by_type(types: Mapping[str, Type]) -> frozenset[str]:
    return frozenset(n for n, t in types.items() if isinstance(t, Array | Stack))


def arrays_by_use(programs: Mapping[str, Program], known: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """For each program the names that are indexed, reduced, made or handed on as arrays, besides those that are known."""
    found = {name: set(known.get(name, ())) | {n for e in everywhere(p.body) for n in _used(e)} for name, p in programs.items()}
    size = -1
    while size != (size := sum(map(len, found.values()))):
        for name, p in programs.items():
            for s in statements(p.body):
                if isinstance(s, Enter) and _whole(s.init, found[name]):
                    found[name].add(s.name)
                if isinstance(s, Call | Uncall) and not s.each and s.kernel in programs:
                    for q, a in zip(programs[s.kernel].params, s.args, strict=False):
                        if isinstance(a, Name) and (a.name in found[name] or q in found[s.kernel]):
                            found[name].add(a.name)
                            found[s.kernel].add(q)
    return {name: frozenset(names) for name, names in found.items()}


def _used(e: Expr) -> Iterable[str]:
    """The names that must be arrays for this expression to mean something."""
    match e:
        case Index(name, indices):
            return (name.partition(".")[0],) if indices and not isinstance(indices[0], Field) else ()
        case Shape(name) | ZerosLike(Name(name)) | CopyOf(Name(name)) | Transposed(Name(name)):
            return (name,)
        case Reduce() | MatMul():
            return tuple(a.name for a in children(e) if isinstance(a, Name))
        case _:
            return ()


def _whole(e: Expr, arrays: set[str]) -> bool:
    """Whether this is an array, given those that are known."""
    match e:
        case Zeros() | ZerosLike() | CopyOf() | NewStack():
            return True
        case Name(name):
            return name in arrays
        case Fn(_, args):
            return any(_whole(a, arrays) for a in args)
        case _:
            return False
