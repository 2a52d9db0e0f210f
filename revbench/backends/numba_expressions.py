"""Expressions for Numba, and the tests that checked code makes before it evaluates one."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from itertools import count
from typing import assert_never

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
from revbench.ir.typed import FinalTypes, Typed
from revbench.ir.types import Array, Scalar, Stack, Type, bits, is_float, kind
from revbench.ir.walk import children
from revbench.numerics.exact import NO_NUMBER
from revbench.passes.effects import Effects
from revbench.passes.numbers import reading
from revbench.passes.reduce import most_laws
from revbench.rules.functions import FUNCTIONS, HELPERS, OWN, Function
from revbench.rules.typing import type_of

from .ranges import Ranges
from .writer import Site, Writer, no_number

FAST_WORDS = ("_gather", "_hsum", "_lane_numbers", "_lanes_of", "_load", "_scatter", "_select", "_store", "_each_lane",
              "_each_lane2", "_to_float64", "_to_int64",
              *(f"_{name}" for name in OWN))
RESERVED = frozenset({"math", "np", "njit", "inverse_of_odd", "min", "max", "abs", "bool", "int", "range", "len", "print",
                      "_st", "_sv", "_stopped", "_copies", "_parts", "_spread", "_u", "_clear", *FAST_WORDS, *HELPERS, *keyword.kwlist})
WIDE = ("int64", "float64", "bool")


class ExpressionText:
    """Texts of places and expressions of one program; tests go to `w` in front of the statement that needs them."""

    def __init__(self, typed: Typed, effects: Effects, sites: list[Site], checked: bool) -> None:
        self.p, self.types, self.sites, self.checked = typed.program, FinalTypes(typed.types), sites, checked
        self.numbers = typed.numbers
        self.w = Writer()
        self.fresh = count()
        self.ranges = Ranges(self.p, effects)
        written = effects.written[typed.name]
        back = words([q for k, q in enumerate(self.p.params) if k in written and not isinstance(self.types[q], Array)], self.types)
        self.leaving = f"return ({', '.join(back)},)" if back else "return"

    def new(self, prefix: str) -> str:
        """A variable of the generated code that no name of the program is."""
        return next(name for k in self.fresh if (name := f"{prefix}{k}") not in self.types)

    # ---- laws
    def fail_unless(self, test: str, site: Site, values: tuple[Expr, ...], texts: tuple[str, ...] = ()) -> None:
        self.sites.append(site)
        with self.w.indented(f"if not ({test}):"):
            self.w(f"_st[0] = {len(self.sites)}")
            for k, text in enumerate([*texts, *map(self.expr, map(self.reported, values))][:4]):
                self.w(f"_sv[{k}] = {text}")
            self.w(self.leaving)

    def guard(self, e: Expr, when: str = "") -> None:
        """Indices in range and divisors not zero, tested before `e` is evaluated, where it would be evaluated."""
        if not self.checked:
            return
        match e:
            case IfExp(test, a, b):
                self.guard(test, when)
                text = self.expr(test)
                self.guard(a, _and(when, text))
                self.guard(b, _and(when, f"not ({text})"))
            case Lazy(op, a, b):
                self.guard(a, when)
                text = self.expr(a)
                self.guard(b, _and(when, text if op == "and" else f"not ({text})"))
            case Fn("floordiv" | "mod", (a, b)) if kind(type_of(e, self.types).dtype) == "i":
                self.guard(a, when)
                self.guard(b, when)
                if not (isinstance(b, Const) and b.value != 0):
                    self.test_when(when, f"{self.expr(b)} != 0", Site("division", f"`{show_expr(e)}` divides by zero", (show_expr(b),), e.span), (b,))
            case Fn("fix" | "tolog", (a, *_)):
                self.guard(a, when)
                if not isinstance(a, Const) or not 1e-9 < a.value < 1.5:
                    self.test_when(when, f"{self.expr(e)} != {NO_NUMBER}", no_number(e), (a,))
            case Fn("pow", (a, b)) if kind(type_of(e, self.types).dtype) == "i":
                self.guard(a, when)
                self.guard(b, when)
                if not (isinstance(b, Const) and b.value >= 0):
                    site = Site("power", f"`{show_expr(e)}` has a negative exponent", (show_expr(b),), e.span)
                    self.test_when(when, f"{self.expr(b)} >= 0", site, (b,))
            case Fn("lshift" | "rshift", (a, b)):
                self.guard(a, when)
                self.guard(b, when)
                if not (isinstance(b, Const) and 0 <= b.value < 64):
                    site = Site("shift", f"`{show_expr(e)}` shifts by more than the width", (show_expr(b),), e.span)
                    self.test_when(when, f"0 <= {self.expr(b)} < 64", site, (b,))
            case Index(name, indices):
                for axis, i in enumerate(indices):
                    self.guard(i, when)
                    if (not when and self.ranges.certain(name, axis, i)) or self.ranges.inside(name, axis, i):
                        continue
                    self.test_when(when, f"0 <= {self.expr(i)} < {name_of(name)}.shape[{axis}]",
                                   Site("index", f"index `{show_expr(i)}` is out of range of `{name}`", (show_expr(i), f"{name}.shape[{axis}]"), e.span),
                                   (i, Shape(name, axis)))
            case Reduce():
                for law in most_laws(e, self.types):
                    self.guard(law.test, when)
                    site = Site(law.law, law.message, tuple(n for n, _ in law.values), law.span)
                    self.test_when(when, self.expr(law.test), site, tuple(v for _, v in law.values))
            case Top(name):
                self.test_when(when, f"{depth_of(name)} > 0", Site("stack", f"`{show_expr(e)}` of an empty stack", (), e.span), ())
            case Zeros(shape):
                for d in shape:
                    self.guard(d, when)
                    if not isinstance(self.ranges.canonical(d), Shape | Const):
                        site = Site("shape", f"an array of negative length `{show_expr(d)}`", (show_expr(d),), e.span)
                        self.test_when(when, f"{self.expr(d)} >= 0", site, (d,))
            case _:
                for c in children(e):
                    self.guard(c, when)

    def reported(self, e: Expr) -> Expr:
        """What a broken law says of a place: its value, not the whole number that stands there."""
        return reading(e, self.numbers[e.name]) if isinstance(e, Name | Index) and e.name in self.numbers else e

    def test_when(self, when: str, test: str, site: Site, values: tuple[Expr, ...]) -> None:
        self.fail_unless(f"not ({when}) or {test}" if when else test, site, values)

    # ---- expressions
    def place(self, p: Expr) -> str:
        match p:
            case Name(name):
                return name_of(name)
            case Index(name, indices):
                return f"{name_of(name)}[{', '.join(map(self.expr, indices))}]"
            case _:
                raise AssertionError("compiler bug: not a place")

    def expr(self, e: Expr) -> str:
        match e:
            case Const(value):
                return _const(value)
            case Name() | Index():
                return self.place(e)
            case Shape(name) if isinstance(self.types.get(name), Stack):
                return depth_of(name)
            case Shape(name, axis):
                return f"{name_of(name)}.shape[{axis}]"
            case Lazy(op, a, b):
                return f"({self.expr(a)} {op} {self.expr(b)})"
            case IfExp(test, a, b):
                t = type_of(e, self.types).dtype
                return f"({self.cast(a, t)} if {self.expr(test)} else {self.cast(b, t)})"
            case Fn(fn, args):
                return self.applied(e, fn, args)
            case Zeros() | CopyOf() | ZerosLike():
                raise AssertionError("compiler bug: an array inside an expression")
            case Top(name):
                return f"{name_of(name)}[{depth_of(name)} - 1]"
            case Depth(name):
                return depth_of(name)
            case MatMul(a, b):
                return f"np.dot({self.expr(a)}, {self.expr(b)})"
            case Transposed(source):
                return f"{self.expr(source)}.T"
            case Reduce(fn, (a,)):
                return f"_{fn}({self.expr(a)})"
            case Slice(start, stop, step):
                return ":".join("" if end is None else self.expr(end) for end in (start, stop, step))
            case Field() | Reduce() | NewStack():
                raise AssertionError(f"compiler bug: {type(e).__name__} is not lowered")
            case _:
                assert_never(e)

    def cast(self, e: Expr, dtype: str) -> str:
        text = self.expr(e)
        return text if type_of(e, self.types).dtype == dtype or dtype == "bool" else f"np.{dtype}({text})"

    def applied(self, e: Fn, fn: str, args: tuple[Expr, ...]) -> str:
        rule = FUNCTIONS[fn]
        result = type_of(e, self.types).dtype
        texts = [self.cast(a, result) if rule.result in ("same", "int") and (kind(result) == "i" or result == "float32") else self.expr(a) for a in args]
        if rule.result == "bool" and any(type_of(a, self.types).dtype == "uint64" for a in args) and not any(is_float(type_of(a, self.types)) for a in args):
            texts = [self.cast(a, "uint64") for a in args]
        if rule.result == "float" and result == "float32":
            texts = [f"np.float32({t})" if type_of(a, self.types).dtype != "float32" else t for t, a in zip(texts, args, strict=True)]
        if fn == "pow" and kind(result) == "f" and not (isinstance(args[1], Const) and args[1].value >= 0):
            texts[1] = f"np.{result}({texts[1]})"                 # a whole-number power divides by zero with an exception
        by_name = dict(zip(rule.params, (_atom(t) for t in texts), strict=True))
        text = "".join(by_name.get(part, part) for part in _tokens(self.value_of(rule, result)))
        narrow = result not in WIDE and rule.result in ("same", "int") and (bits(result) < 64 or result == "uint64") and not is_float(Scalar(result))
        return f"np.{result}({text})" if narrow else f"({text})"

    def value_of(self, rule: Function, dtype: str) -> str:
        """The text that stands for a function whose result has this dtype."""
        return rule.value


def name_of(name: str) -> str:
    """The Python name of one of ours: no clash with what generated code uses itself."""
    return f"{name}_" if name in RESERVED else name


def depth_of(name: str) -> str:
    """The variable that counts what lies on a stack."""
    return f"_d_{name}"


def words(names: Iterable[str], types: Mapping[str, Type]) -> list[str]:
    """What is handed over for these names: a stack is its buffer and its depth."""
    return [w for n in names for w in ([name_of(n), depth_of(n)] if isinstance(types[n], Stack) else [name_of(n)])]


def _tokens(text: str) -> list[str]:
    out, word = [], ""
    for c in text:
        if c.isalnum() or c in "_.":
            word += c
        else:
            out += [word, c]
            word = ""
    return [*out, word]


def _atom(text: str) -> str:
    return text if text.replace("_", "a").replace(".", "a").isalnum() or (text.startswith("(") and text.endswith(")")) else f"({text})"


def _const(value: float | int | bool) -> str:
    if isinstance(value, float) and value - value != 0:
        return "np.nan" if value != value else "np.inf" if value > 0 else "-np.inf"
    return f"np.uint64({value})" if value >= 2**63 else repr(value)


def _and(a: str, b: str) -> str:
    return f"({a}) and ({b})" if a else b


def numpy_name(t: Type) -> str:
    return "bool_" if t.dtype == "bool" else t.dtype
