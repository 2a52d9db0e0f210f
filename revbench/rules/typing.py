"""The type of an expression, from its row and its operands' types."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any, assert_never

import numpy as np

from revbench.errors import FloatIndex, Label, MixedWidths, UnsupportedType, WrongType
from revbench.ir.nodes import (
    Const,
    CopyOf,
    Depth,
    Expr,
    Field,
    Fn,
    IfExp,
    Index,
    Lazy,
    MatMul,
    Name,
    NewStack,
    Reduce,
    Shape,
    Slice,
    Top,
    Transposed,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_expr
from revbench.ir.typed import FinalTypes
from revbench.ir.types import (
    BOOL,
    FLOAT,
    INT,
    WEAK_FLOAT,
    WEAK_INT,
    Array,
    Scalar,
    Stack,
    Type,
    as_float,
    complex_of,
    fields_of,
    is_complex,
    is_record,
    join,
    kind,
    real_of,
    record_of,
    spelled,
    valued,
)
from revbench.ir.types import (
    COMPLEX as COMPLEX_DTYPES,
)
from revbench.ir.walk import children
from revbench.ir.words import an, counted

from .complex import BOOLS, COMPLEX, OF_REALS, ONLY_COMPLEX
from .functions import FUNCTIONS
from .reductions import result_of

Types = Mapping[str, Type]


def type_of(e: Expr, types: Types) -> Type:
    """The type of `e`.

    Raises
    ------
    WrongType
        When an operand cannot stand where it stands.
    """
    if not isinstance(types, FinalTypes):
        return _type_of(e, types)
    if (known := types.found.get(id(e))) is not None and known[0] is e:
        return known[1]
    t = _type_of(e, types)
    types.found[id(e)] = e, t
    return t


def _type_of(e: Expr, types: Types) -> Type:
    match e:
        case Const(value):
            return BOOL if isinstance(value, bool) else WEAK_FLOAT if isinstance(value, float) else WEAK_INT if value < 2**63 else Scalar("uint64")
        case Name(name):
            return types.get(name, FLOAT)
        case Shape(name, axis):
            t = types.get(name)
            if isinstance(t, Stack) and axis == 0:                # of a stack that this kernel only looks at
                return WEAK_INT
            if not isinstance(t, Array):
                raise WrongType(f"`{name}` is {_what(t)}, and has no {'length' if axis == 0 else 'shape'}", Label(e.span, "here"), hint=f"hand in an array as `{name}`")
            if not -t.ndim <= axis < t.ndim:
                raise WrongType(f"`{name}` has {counted(t.ndim, 'axis', 'axes')}, and no axis {axis}", Label(e.span, "here"), hint="axes count from 0")
            return WEAK_INT
        case Index():
            return _element(e, types)
        case Fn(fn, args):
            found = [operand(a, types) for a in args]
            return spread(_applied(e, fn, [valued(each(t)) for t in found]), found)
        case Lazy(_, a, b):
            return spread(BOOL, (operand(a, types), operand(b, types)))
        case IfExp(test, a, b):
            one, other = operand(a, types), operand(b, types)
            return spread(_meet(e, (a, b), [valued(each(one)), valued(each(other))]), (operand(test, types), one, other))
        case Zeros(shape, dtype, fill):
            for d in shape:
                integer(d, types)
            own = FLOAT if fill is None else scalar_of(fill, types)
            return Array(dtype or ("float64" if own.weak else own.dtype), len(shape))
        case CopyOf(source) | ZerosLike(source):
            if isinstance(e, ZerosLike) and e.fill is not None:
                scalar_of(e.fill, types)
            t = type_of(source, types)
            if isinstance(t, Stack) and isinstance(e, ZerosLike):
                return t
            if not isinstance(t, Array):
                raise WrongType(f"`{show_expr(e)}` takes an array, and `{show_expr(source)}` is {_what(t)}", Label(e.span, "here"),
                                hint=f"write `{show_expr(source) if isinstance(e, CopyOf) else '0.0'}` instead")
            return t
        case NewStack(dtype):
            return Stack(dtype or "bool", dtype is None)
        case Top(name):
            t = types.get(name)
            if not isinstance(t, Stack):
                raise WrongType(f"`{show_expr(e)}` is the top of a stack, and `{name}` is {_what(t)}", Label(e.span, "here"),
                                hint=f"count from the length: `{name}[len({name}) - 1]`" if isinstance(t, Array) else f"hand in a stack as `{name}`")
            return Scalar(t.dtype, t.weak)
        case Depth(name):
            if isinstance(types.get(name), Scalar):
                raise WrongType(f"`{name}` is {_what(types.get(name))}, and has no length", Label(e.span, "here"), hint=f"hand in a stack as `{name}`")
            return WEAK_INT
        case Reduce(fn, args):
            return _reduced(e, fn, args, types)
        case MatMul(a, b):
            return _product(e, type_of(a, types), type_of(b, types))
        case Transposed(source):
            t = type_of(source, types)
            if not isinstance(t, Array):
                raise WrongType(f"`{show_expr(source)}` is {_what(t)}, and has no axes to exchange", Label(e.span, "here"), hint=f"write `{show_expr(source)}`")
            return t
        case Slice() | Field():
            raise AssertionError(f"compiler bug: {type(e).__name__} is not lowered")
        case _:
            assert_never(e)


def operand(e: Expr, types: Types) -> Scalar | Array:
    """The type of a number or of an array of numbers."""
    t = type_of(e, types)
    return t if isinstance(t, Array) and not is_record(t) else one_number(e, t)


def each(t: Type) -> Scalar:
    """The type of the elements, or of the one number."""
    return t if isinstance(t, Scalar) else Scalar(t.dtype, t.weak)


def spread(one: Scalar, operands: Iterable[Type]) -> Type:
    """The type of a function of these operands that gives `one` for each element."""
    ndim = 0
    for t in operands:
        if isinstance(t, Array) and t.ndim > ndim:
            ndim = t.ndim
    return Array(one.dtype, ndim, one.weak) if ndim else one


def _reduced(e: Reduce, fn: str, args: tuple[Expr, ...], types: Types) -> Scalar:
    found = [type_of(a, types) for a in args]
    for a, t in zip(args, found, strict=True):
        if not isinstance(t, Array):
            raise WrongType(f"`{fn}` takes arrays, and `{show_expr(a)}` is {_what(t)}", Label(e.span, "here"), hint=f"write `{show_expr(a)}` without it")
        if is_complex(t) and fn not in ("sum", "prod", "dot", "mean"):
            raise WrongType(f"`{fn}` is not known for complex numbers, and `{show_expr(a)}` is complex", Label(e.span, "here"),
                            hint=f"write it of real numbers: `{fn}(abs({show_expr(a)}))`")
        if is_record(t):
            raise WrongType(f"`{fn}` takes arrays of numbers, and `{show_expr(a)}` holds records", Label(e.span, "here"), hint="name the field: `sum(p.x)`")
        if fn == "dot" and t.ndim != 1:
            raise WrongType(f"`dot` takes arrays with one axis, and `{show_expr(a)}` has {t.ndim}", Label(e.span, "here"),
                            hint=f"write `{show_expr(MatMul(args[0], args[1]))}`, or `sum({show_expr(Fn('mul', (args[0], args[1])))})`")
    both = valued(each(found[0]))
    for t in found[1:]:
        both = join(both, valued(each(t)))
    return result_of(fn, both)


def _product(e: MatMul, a: Type, b: Type) -> Type:
    for x, t in ((e.left, a), (e.right, b)):
        if not isinstance(t, Array) or t.ndim > 2 or t.dtype == "bool":
            raise WrongType(f"`@` multiplies arrays of numbers with one or two axes, and `{show_expr(x)}` is {_what(t)}"
                            + (f" with {t.ndim} axes" if isinstance(t, Array) and t.ndim > 2 else ""), Label(e.span, "here"),
                            hint=f"write `{show_expr(Fn('mul', (e.left, e.right)))}` for products of numbers")
    assert isinstance(a, Array)
    assert isinstance(b, Array)
    one, ndim = join(valued(each(a)), valued(each(b))), a.ndim + b.ndim - 2
    return Array(one.dtype, ndim, one.weak) if ndim else one


def scalar_of(e: Expr, types: Types) -> Scalar:
    """The type of a number."""
    return one_number(e, type_of(e, types))


def one_number(e: Expr, t: Type) -> Scalar:
    """`t`, which is the type of `e`, if that is a number."""
    if isinstance(t, Scalar) and not is_record(t):
        return t
    if isinstance(t, Stack):
        text = show_expr(e)
        raise WrongType(f"`{text}` is a whole stack, where one number is needed", Label(e.span, str(t)), hint=f"its top is `{text}[-1]`")
    if isinstance(t, Array):
        text = show_expr(e)
        what = "a whole row" if isinstance(e, Index) and not any(isinstance(i, Slice) for i in e.indices) else "a whole array"
        hint = f"write `any({text})` or `all({text})`" if t.dtype == "bool" else f"write `sum({text})`, or change an array with as many elements"
        raise WrongType(f"`{text}` is {what}, where one number is needed", Label(e.span, f"{t}"), hint=hint)
    text = show_expr(e)
    raise WrongType(f"`{text}` is a whole record, where one number is needed", Label(e.span, f"{t}"), hint=f"write `{text}.{next(iter(fields_of(t.dtype)))}`")


def integer(e: Expr, types: Types) -> None:
    t = scalar_of(e, types)
    if kind(t.dtype) != "i":
        text = show_expr(e)
        raise (FloatIndex if kind(t.dtype) == "f" else WrongType)(f"`{text}` is {_what(t)}, where a whole number is needed", Label(e.span, "here"),
                                                                    hint=f"write `int({text})`")


def _element(e: Index, types: Types) -> Type:
    t = types.get(e.name)
    if isinstance(e.indices[-1], Field):
        return _field(e, e.indices[-1], types)
    if isinstance(t, Stack):
        raise WrongType(f"`{show_expr(e)}` lies inside a stack, of which only the top can be seen", Label(e.span, "here"), hint=f"write `{e.name}[-1]`")
    if not isinstance(t, Array):
        raise WrongType(f"`{e.name}` is {_what(t)}, and has no elements", Label(e.span, "an element of it"), hint=f"make it an array, or write `{e.name}`")
    if len(e.indices) > t.ndim:
        raise WrongType(f"`{e.name}` has {counted(t.ndim, 'axis', 'axes')}, here are {counted(len(e.indices), 'index', 'indices')}", Label(e.span, "too many"),
                        hint=f"write `{show_expr(Index(e.name, e.indices[:t.ndim]))}`")
    slices = 0
    for i in e.indices:
        if isinstance(i, Slice):
            slices += 1
            for part in children(i):
                integer(part, types)
        else:
            integer(i, types)
    ndim = t.ndim - len(e.indices) + slices
    return Array(t.dtype, ndim, t.weak) if ndim else Scalar(t.dtype, t.weak)


def _field(e: Index, field: Field, types: Types) -> Type:
    """A field of a record, or a part of a complex number."""
    whole = Index(e.name, e.indices[:-1], span=e.span) if len(e.indices) > 1 else Name(e.name, span=e.span)
    t, text = type_of(whole, types), show_expr(whole)
    return field_type(text, t, field.name, e)


def field_type(text: str, t: Type, field: str, e: Expr) -> Type:
    """The type of `text.field`, where `text` is of type `t`."""
    known = fields_of(t.dtype)
    if field not in known:
        close = difflib.get_close_matches(field, known, 1)
        hint = f"did you mean `{text}.{close[0]}`?" if close else f"it has {', '.join(f'`{text}.{f}`' for f in known)}" if known else f"write `{text}`"
        raise WrongType(f"`{text}` is {_what(t)}, and has no {'field' if is_record(t) else 'part'} `{field}`", Label(e.span, "here"), hint=hint)
    if isinstance(t, Array) and is_complex(t):
        raise WrongType(f"`{text}.{field}` is a part of a whole array", Label(e.span, "here"), hint=f"write a loop, and use `{text}[i].{field}`")
    return replace(t, dtype=known[field])


def _with_complex(e: Fn, fn: str, args: list[Scalar], both: Scalar) -> Scalar:
    """A function that is given a complex number, or makes one."""
    if fn not in COMPLEX:
        z = show_expr(next((x for x, t in zip(e.args, args, strict=True) if is_complex(t)), e))
        compared = fn in ("lt", "le", "gt", "ge")
        what = "complex numbers have no order" if compared else f"`{fn}` is not known for complex numbers"
        raise WrongType(f"{what}, and `{z}` is complex", Label(e.span, "here"), hint=f"compare `abs2({z})`" if compared else f"write it with `{z}.real` and `{z}.imag`")
    if fn in COMPLEX_DTYPES:
        return Scalar(fn)
    if fn == "complex" and (bad := next((x for x, t in zip(e.args, args, strict=True) if is_complex(t)), None)) is not None:
        raise WrongType(f"`complex` takes two real numbers, and `{show_expr(bad)}` is complex", Label(e.span, "here"), hint=f"write `{show_expr(bad)}.real`")
    if fn in BOOLS:
        return BOOL
    if COMPLEX[fn].imag is not None:
        return complex_of(both) if fn in ONLY_COMPLEX or is_complex(both) else both
    return real_of(as_float(both))


def _applied(e: Fn, fn: str, args: list[Scalar]) -> Scalar:
    if fn in ONLY_COMPLEX or fn in OF_REALS or any(map(is_complex, args)):
        return _with_complex(e, fn, args, reduce(join, args))
    rule = FUNCTIONS[fn]
    both = _meet(e, e.args, args) if rule.result in ("same", "float", "bool", "int") else args[0]
    match rule.result:
        case "same":
            return WEAK_INT if both == BOOL else both
        case "float":
            return as_float(both)
        case "bool":
            return BOOL
        case "cast" | "number":
            return Scalar(fn)
        case "raw":
            return INT
        case "value":
            return FLOAT
        case "int":
            if kind(both.dtype) == "f":
                raise WrongType(f"`{show_expr(e)}` works on the bits of whole numbers, and here is {_what(both)}", Label(e.span, "here"),
                                hint=f"write `int({show_expr(next(x for x, t in zip(e.args, args, strict=True) if kind(t.dtype) == 'f'))})`")
            return both if both != BOOL or fn != "invert" else WEAK_INT
        case _:
            assert_never(rule.result)


def _meet(e: Expr, operands: tuple[Expr, ...], found: list[Scalar]) -> Scalar:
    """The type of several values together. No type holds both what a uint64 and what a signed whole number holds."""
    both, mixed = found[0], False
    for t in found[1:]:
        if t != both:
            mixed, both = True, join(both, t)
    if not mixed:
        return both
    wide = next((k for k, t in enumerate(found) if t.dtype == "uint64"), None)
    for a, t in zip(operands, found, strict=True):
        if wide is not None and t.dtype[0] == "i" and (not t.weak or (isinstance(a, Const) and a.value < 0)):
            hint = f"write `uint64({show_expr(a)})`, or `int64({show_expr(operands[wide])})`"
            raise MixedWidths(f"`{show_expr(e)}` mixes uint64 and {'a negative number' if t.weak else t}", Label(e.span, f"uint64, {t}"), hint=hint)
    return both


def _what(t: Type | None) -> str:
    if t is not None and is_record(t):
        return f"an array of records {t.dtype}" if isinstance(t, Array) else f"a record {t.dtype}"
    return "not known" if t is None else f"an array of {spelled(t.dtype)}" if isinstance(t, Array) else an(str(t))


NAMES = {np.dtype(name): name for name in ("float64", "int64", "bool", "float32", "complex128")}       # frequent ones: NumPy spells names out each time


def type_of_dtype(dtype: np.dtype[Any], name: str) -> str:
    """Our name of a NumPy dtype.

    Raises
    ------
    UnsupportedType
        When kernels cannot compute with it.
    """
    if dtype in NAMES:
        return NAMES[dtype]
    if dtype.fields is None:
        dtype_supported(known := dtype.newbyteorder("=").name, name)
        return known
    fields: dict[str, str] = {}
    for field, (of, *_) in dtype.fields.items():
        if of.fields is not None or of.subdtype is not None:
            raise UnsupportedType(f"the field `{field}` of `{name}` is {'a record' if of.fields is not None else 'an array'} itself",
                                  hint="hand in a record whose fields are numbers")
        if not field.isidentifier():
            raise UnsupportedType(f"`{field}`, a field of `{name}`, is not a name that can stand after a point", hint="rename the field")
        fields[field] = type_of_dtype(of, f"{name}.{field}")
    return record_of(fields)


def dtype_supported(dtype: str, name: str) -> None:
    if dtype not in ("bool", *COMPLEX_DTYPES, "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"):
        raise UnsupportedType(f"`{name}` holds {dtype}, which kernels do not compute with yet",
                              hint="use float64, float32, complex128, complex64, int8 to int64, uint8 to uint64 or bool")
