"""What a session needs of a kernel, or of a gradient, and of its arguments: code for the machine, and the values to begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.ad.calls import zero_like
from revbench.ad.gradient import Gradient
from revbench.backends.layout import Layout, together
from revbench.backends.machine_code import assemble
from revbench.backends.machine_program import Code
from revbench.backends.values import as_argument
from revbench.errors import WrongType
from revbench.ir.typed import TypedLibrary
from revbench.ir.types import Type


def prepare(target: Kernel | Gradient, args: Sequence[Any], given: dict[str, Any]) -> tuple[Code, list[Any], TypedLibrary]:
    if isinstance(target, Kernel | Gradient):
        target, given = target.choice(tuple(args), given)
    if isinstance(target, Gradient):
        registers, consts, signature = target.arguments(args, given)
        library, main, bars, _ = target.typed(signature)
        prepared = _arguments(registers, signature)
        layout, names = Layout(signature[:len(registers)]), library[main].program.params
        extra = [zero_like(prepared[k], layout.flat[k]) for k in map(names.index, bars)]
        return assemble(library, main), [*prepared, *extra, 0.0, *_arguments(consts, signature[len(registers):])], library
    if not isinstance(target, Kernel):
        raise WrongType(f"this {type(target).__name__} is neither a kernel nor a gradient, and cannot be stepped through",
                        hint="hand in a kernel or a gradient: `debug(grad(norm), 0.0, x)`")
    registers, consts = target.bind(tuple(args), given)
    signature = target.signature(registers, consts)
    library, main = target.typed(signature)
    return assemble(library, main), _arguments([*registers, *consts], signature), library


def whole(names: dict[str, Any], wholes: Mapping[str, tuple[Type, tuple[str, ...]]]) -> dict[str, Any]:
    """The names with complex numbers and records put together where all their parts are live."""
    first = {parts[0]: (name, t, parts) for name, (t, parts) in wholes.items() if all(p in names for p in parts)}
    inner = {p for _, _, parts in first.values() for p in parts}
    out: dict[str, Any] = {}
    for name, part in names.items():
        if name in first:
            whole, t, parts = first[name]
            value = together([names[p] for p in parts], t)
            out[whole] = complex(value) if isinstance(value, np.complexfloating) else value
        elif name not in inner:
            out[name] = part
    return out


def _arguments(values: Sequence[Any], signature: Sequence[Type]) -> list[Any]:
    types = signature[:len(values)]
    return Layout(types).split([as_argument(v, t, True) for v, t in zip(values, types, strict=True)])
