"""Results of Jacobian programs in the shapes of the host: rows and columns, parts and fields, items in front."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from revbench.backends.layout import Layout, of_field
from revbench.backends.layout import moving as moving_fields
from revbench.backends.values import as_result
from revbench.errors import NotDifferentiable
from revbench.ir.types import Array, Scalar, Type, fields_of, is_complex, is_real, is_record, valued

from .calls import Bound
from .items import Items

Shape = tuple[int, ...]


def filled(found: Any, out: Any) -> Any:
    """What was found, in `out` if there is one."""
    if out is None or out is found or np.shares_memory(out, found):
        return found if out is None else out
    out[...] = found
    return out


# ---- shapes
def lead_of(call: Bound) -> Shape:
    return (call.count,) if isinstance(call, Items) else ()


def every(lead: Shape) -> tuple[slice, ...]:
    return (slice(None),) * len(lead)


def lowered_shapes(call: Bound) -> list[Shape]:
    """The shapes of the lowered registers of one item."""
    if call.layout.plain:
        return [call.shape(k) for k in range(len(call.registers))]
    out: list[Shape] = []
    for k, t in enumerate(call.layout.types):
        shape = call.shape(k)
        for at in call.layout.positions(k):
            flat = call.layout.flat[at]
            wider = isinstance(flat, Array) and flat.ndim > (t.ndim if isinstance(t, Array) else 0)
            out.append((*shape, 2) if wider else shape)
    return out


def lowered_target(call: Bound, of: int, part: str) -> tuple[int, int | None]:
    """The lowered register that is differentiated, and the last index of its elements if they are parts of complex numbers.

    Raises
    ------
    NotDifferentiable
        When it is not made of real numbers.
    """
    t, name, layout = call.signature[of], call.kernel.registers[of], call.layout
    if is_complex(t) and part in ("real", "imag"):
        if isinstance(t, Array):
            return layout.positions(of)[0], ("real", "imag").index(part)
        found = layout.scalar(of, part)
        assert found is not None
        return found[0], None
    found = layout.scalar(of, part)
    if found is not None and is_real(found[1]) and not is_complex(t):
        return found[0], None
    parts = [f for f, d in fields_of(t.dtype).items() if is_real(Scalar(d))]
    if parts:
        shown = f"{name}.{part}" if part else name
        raise NotDifferentiable(f"`{shown}` is {t}, and a Jacobian is that of real numbers", hint=f"choose a part: `of={f'{name}.{parts[0]}'!r}`")
    raise NotDifferentiable(f"`{name}` is {t}: it has no derivative", hint="hand in floats: `0.0` instead of `0`")


def turned(rows: Any, lead: Shape, n: int, of_shape: Shape, last: int | None) -> Any:
    """Columns, one for each seed of forward mode, as rows."""
    if rows is None:
        return None
    rows = rows[(*every(lead), slice(n))]
    if last is not None:
        rows, of_shape = rows[..., last], of_shape[:-1]
    return np.ascontiguousarray(rows.reshape((*lead, n, prod(of_shape))).swapaxes(-1, -2))


# ---- results
def assembled(parts: Sequence[Any], t: Type, given: Any) -> Any:
    """The derivatives by one register of the host, from those by its lowered ones: complex for a complex number, a record for a record."""
    out = _together(list(parts), t)
    return as_result(out[()], given, Scalar(valued(t).dtype)) if out.ndim == 0 and not is_record(t) else out[()] if out.ndim == 0 else out


def _together(parts: list[Any], t: Type) -> Any:
    if is_record(t):
        found = {}
        for f, d in moving_fields(t).items():
            inner = of_field(t, d)
            n = len(Layout([inner]).flat)
            found[f] = _together(parts[:n], inner)
            parts = parts[n:]
        out = np.zeros(next(iter(found.values())).shape, [(f, v.dtype) for f, v in found.items()])
        for f, v in found.items():
            out[f] = v
        return out
    if not is_complex(t):
        return parts[0]
    both = parts[0] if isinstance(t, Array) else np.stack(parts, axis=-1)
    return both[..., 0] + 1j * both[..., 1]
