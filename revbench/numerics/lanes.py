"""Lanes: W numbers in one vector register, a value type of Numba for generated code.

A loop over independent items can run W of them at once: what differs from item to item is lanes, what is the same for all
of them stays a scalar. Lanes hold float64, int64 or truth (a mask); a scalar beside lanes becomes lanes that are all alike.
No Python object stands for lanes, so none leaves compiled code: they are loaded from arrays, and stored into arrays or summed.

Arithmetic takes the caller's fast-math flags, like scalar arithmetic.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typeconv.castgraph import Conversion
from numba.extending import lower_cast, models, register_model

ELEMENT: dict[str, ir.Type] = {"float64": ir.DoubleType(), "int64": ir.IntType(64), "bool": ir.IntType(1)}
RANK = {"bool": 0, "int64": 1, "float64": 2}


class LanesType(types.Type):
    """W values of one dtype."""

    def __init__(self, dtype: str, width: int) -> None:
        self.dtype, self.width = dtype, width
        super().__init__(name=f"lanes({dtype}, {width})")

    @property
    def key(self) -> tuple[str, int]:
        return self.dtype, self.width

    def can_convert_from(self, context: Any, other: Any) -> Conversion | None:
        found = dtype_of(other)
        if found is None or RANK[found] > RANK[self.dtype] or (isinstance(other, LanesType) and other.width != self.width):
            return None
        return Conversion.safe

    def unify(self, context: Any, other: Any) -> LanesType | None:
        """A variable that holds a scalar here and lanes there holds lanes."""
        found = dtype_of(other)
        if found is None or (isinstance(other, LanesType) and other.width != self.width):
            return None
        return LanesType(max(found, self.dtype, key=RANK.__getitem__), self.width)


def dtype_of(t: Any) -> str | None:
    """The dtype that lanes of this type, or lanes beside a scalar of this type, have; None for what is no number."""
    if isinstance(t, LanesType):
        return t.dtype
    if isinstance(t, types.Boolean | types.BooleanLiteral):
        return "bool"
    if isinstance(t, types.Integer):
        return "int64"
    return "float64" if isinstance(t, types.Float) else None


def width_of(ts: Any) -> int | None:
    """The width of the lanes among these types; None if they are all scalars, or of several widths."""
    found = {t.width for t in ts if isinstance(t, LanesType)}
    return found.pop() if len(found) == 1 else None


def vector_of(dtype: str, width: int) -> ir.VectorType:
    return ir.VectorType(ELEMENT[dtype], width)


def llvm_function(builder: ir.IRBuilder, name: str, result: Any, *args: Any) -> Any:
    """A function of LLVM's for operands of these types; the last argument's type is the one that it is named after."""
    t = args[-1].type
    suffix = f"v{t.count}{t.element.intrinsic_name}" if isinstance(t, ir.VectorType) else t.intrinsic_name
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, [a.type for a in args]), f"llvm.{name}.{suffix}")


@register_model(LanesType)
class LanesModel(models.PrimitiveModel):
    """A vector of LLVM's, everywhere."""

    def __init__(self, dmm: Any, fe_type: LanesType) -> None:
        super().__init__(dmm, fe_type, vector_of(fe_type.dtype, fe_type.width))      # type: ignore[no-untyped-call]


def splat(builder: ir.IRBuilder, value: Any, width: int) -> Any:
    """Lanes that all hold this scalar."""
    t = ir.VectorType(value.type, width)
    if isinstance(value, ir.Constant):
        return ir.Constant(t, [value] * width)
    one = builder.insert_element(ir.Constant(t, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, ir.Constant(t, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width))


def converted(builder: ir.IRBuilder, value: Any, dtype: str, to: str) -> Any:
    """Lanes of one dtype as lanes of another that holds it."""
    if dtype == to:
        return value
    target = vector_of(to, value.type.count)
    if dtype == "bool":
        return builder.select(value, ir.Constant(target, [1] * target.count), ir.Constant(target, [0] * target.count))
    return builder.sitofp(value, target)


@lower_cast(types.Boolean, LanesType)
@lower_cast(types.Integer, LanesType)
@lower_cast(types.Float, LanesType)
def _spread(context: Any, builder: Any, fromty: Any, toty: LanesType, value: Any) -> Any:
    element = {"float64": types.float64, "int64": types.int64, "bool": types.boolean}[toty.dtype]
    scalar = context.cast(builder, value, fromty, element)
    return splat(builder, cgutils.as_bool_bit(builder, scalar) if toty.dtype == "bool" else scalar, toty.width)


@lower_cast(LanesType, LanesType)
def _convert(context: Any, builder: Any, fromty: LanesType, toty: LanesType, value: Any) -> Any:
    return converted(builder, value, fromty.dtype, toty.dtype)
