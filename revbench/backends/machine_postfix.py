"""Expressions and places -> postfix tokens, every index checked, for the function that is being assembled."""

from __future__ import annotations

from dataclasses import replace
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
    Place,
    Reduce,
    Require,
    Shape,
    Slice,
    Top,
    Transposed,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_expr
from revbench.ir.types import ULOG_BITS, Array, Stack, Type, is_float, kind
from revbench.passes.declared import HOSTED
from revbench.passes.reduce import most_laws
from revbench.passes.views import steps
from revbench.rules.functions import FUNCTIONS
from revbench.rules.typing import type_of

from .machine_program import Function, Symbol, Token
from .machine_tables import COMPARISONS, ELEMENT, FAMILIES, KINDS, LOCAL, REF, TESTS, TOKEN
from .writer import Site, no_number


class Postfix:
    """Writes tokens; `pending` maps a token's position in its row to the law that it tests."""

    def __init__(self) -> None:
        self.types: dict[str, Type] = {}
        self.fn = Function("", {})
        self.constants: dict[str, float] = {}                            # by their texts: 0.0 and -0.0 are one key of a dict, and two constants
        self.pending: dict[int, Site] = {}
        self.hosts: list[Fn] = []                                        # what calls out, by the number in its token

    def values(self, wanted: list[tuple[Expr, str]], at: int = 0) -> list[Token]:
        """Tokens that leave several values on the stacks, in order."""
        out: list[Token] = []
        for e, bank in wanted:
            out += self.value(e, bank, at + len(out))
        return out

    def address(self, p: Place, at: int) -> tuple[int, int, list[Token]]:
        sym = self.fn.symbols[p.name]
        if isinstance(p, Name):
            return (REF if sym.mode == "ref" else LOCAL), sym.slot, []
        return ELEMENT, sym.slot, self.linear(p, at)

    def linear(self, p: Index, at: int) -> list[Token]:
        """The element's offset in its array, every index checked."""
        sym = self.fn.symbols[p.name]
        out: list[Token] = []
        for axis, i in enumerate(p.indices):
            out += self.value(i, "i", at + len(out))
            self.pending[at + len(out)] = self.outside(p, axis)
            out.append((TOKEN["next" if axis else "first"], sym.slot + 1 + axis))
        return out

    def outside(self, p: Index, axis: int) -> Site:
        i = show_expr(p.indices[axis])
        return Site("index", f"index `{i}` is out of range of `{p.name}`", (i, f"{p.name}.shape[{axis}]"), p.span)

    def test(self, e: Expr, at: int = 0) -> list[Token]:
        """Tokens that leave 0 or 1 on the int stack."""
        t = type_of(e, self.types)
        if is_float(t):
            return [*self.value(e, "f", at), (TOKEN["truth_f"], 0)]
        out = self.value(e, "i", at)
        return out if t.dtype == "bool" else [*out, (TOKEN["truth_i"], 0)]

    def value(self, e: Expr, bank: str, at: int) -> list[Token]:
        """Tokens that leave the value on the float or int stack; `at` is where they will stand (jumps are absolute)."""
        t = type_of(e, self.types)
        have = "f" if is_float(t) else "i"
        if have == "i" and bank == "f" and isinstance(e, Const):
            return [(TOKEN["const_f"], self.constant(float(e.value)))]
        out = self.natural(e, have, at)
        return out if have == bank else [*out, (TOKEN["to_i" if bank == "i" else "u_to_f" if t.dtype == "uint64" else "to_f"], 0)]

    def with_answers(self) -> None:
        """Behind the constants: for each thing that Python is asked how many arguments it has, whether there is an answer, for which arguments, and which."""
        self.answers: list[float] = []
        self.memory = [0] * len(self.hosts)
        self.asked: dict[int, Fn] = {}
        for k, e in enumerate(self.hosts):
            self.memory[k] = len(self.constants) + len(self.answers)
            self.asked[self.memory[k]] = e
            self.answers += [float(len(e.args)), 0.0, *(0.0 for _ in e.args), 0.0]

    def constant(self, value: float) -> int:
        self.constants.setdefault(repr(value), value)
        return list(self.constants).index(repr(value))

    def natural(self, e: Expr, have: str, at: int) -> list[Token]:
        match e:
            case Const(value):
                return [(TOKEN["const_f"], self.constant(value))] if isinstance(value, float) else [(TOKEN["const_i"], bits_of(value))]
            case Name(name):
                sym = self.fn.symbols[name]
                return [(TOKEN[f"{sym.mode}_{have}"], sym.slot)]
            case Shape(name) if isinstance(self.types.get(name), Stack):
                return self.natural(Depth(name, span=e.span), have, at)
            case Shape(name, axis):
                return [(TOKEN["slot"], self.fn.symbols[name].slot + 1 + axis)]
            case Index(name, indices):
                return self.element(e, self.fn.symbols[name], indices, have, at)
            case Lazy(op, a, b):
                left = self.test(a, at)
                right = self.test(b, at + len(left) + 1)
                return [*left, (TOKEN["skip_if_false" if op == "and" else "skip_if_true"], at + len(left) + 1 + len(right)), *right]
            case IfExp(test, a, b):
                cond = self.test(test, at)
                then = self.value(a, have, at + len(cond) + 1)
                other = self.value(b, have, at + len(cond) + len(then) + 2)
                middle = at + len(cond) + len(then) + 2
                return [*cond, (TOKEN["jump_if_false"], middle), *then, (TOKEN["jump"], middle + len(other)), *other]
            case Fn():
                return self.applied(e, have, at)
            case Zeros() | CopyOf() | ZerosLike():
                raise AssertionError("compiler bug: an array inside an expression")
            case Top(name):
                self.pending[at + 1] = Site("stack", f"`{show_expr(e)}` of an empty stack", (), e.span)
                sym = self.fn.symbols[name]
                return [(TOKEN["slot" if sym.mode == "ref" else "address_i"], sym.slot), (TOKEN[f"top_{have}"], 0)]
            case Depth(name):
                sym = self.fn.symbols[name]
                return [(TOKEN[f"{sym.mode}_i"], sym.slot)]
            case Reduce(fn, (x,)) if isinstance(x, Name | Index):
                return self.most(e, fn, x, at)
            case Slice() | Field() | Reduce() | MatMul() | Transposed() | NewStack():
                raise AssertionError(f"compiler bug: {type(e).__name__} is not lowered")
            case _:
                assert_never(e)

    def most(self, e: Reduce, fn: str, x: Name | Index, at: int) -> list[Token]:
        """`argmax` or `argmin` of an array that lies `in_steps`."""
        first, count, step = steps(x, self.types)
        out: list[Token] = []
        for law in most_laws(e, self.types):
            out += self.required(law, at + len(out))
        out += self.base(first, at + len(out))
        out += self.values([(count, "i"), (step, "i")], at + len(out))
        dtype = self.types[x.name].dtype
        return [*out, (TOKEN[f"{fn}_{'f' if kind(dtype) == 'f' else 'u' if dtype == 'uint64' else 'i'}"], 0)]

    def required(self, r: Require, at: int) -> list[Token]:
        """Tokens that test a law and report its values."""
        out: list[Token] = []
        shown = [(n, e) for n, e in r.values if not is_float(type_of(e, self.types))]
        for _, e in shown:
            out += self.value(e, "i", at + len(out))
        out += self.test(r.test, at + len(out))
        self.pending[at + len(out)] = Site(r.law, r.message, tuple(n for n, _ in shown), r.span)
        return [*out, (TOKEN["require"], len(shown))]

    def element(self, e: Index, sym: Symbol, indices: tuple[Expr, ...], have: str, at: int) -> list[Token]:
        if len(indices) > 2:
            return [*self.linear(e, at), (TOKEN[f"loadn_{have}"], sym.slot)]
        out: list[Token] = []
        for i in indices:
            out += self.value(i, "i", at + len(out))
        self.pending[at + len(out)] = self.outside(e, 0)
        return [*out, (TOKEN[f"load{len(indices)}_{have}"], sym.slot)]

    def applied(self, e: Fn, have: str, at: int) -> list[Token]:
        rule, result = FUNCTIONS[e.fn], type_of(e, self.types)
        types = [type_of(a, self.types) for a in e.args]
        if e.fn == "not_":
            return [*self.test(e.args[0], at), (TOKEN["not"], 0)]
        if e.fn in HOSTED:
            given = self.values([(a, "f") for a in e.args], at)
            self.hosts.append(e)
            return [*given, (TOKEN["hosted"], len(self.hosts) - 1), *self.fit(result.dtype)]
        if rule.result in ("raw", "value"):
            return self.converted(e, at)
        if rule.result == "cast":
            return self.cast(e.args[0], result.dtype, at)
        bank = "f" if (rule.result in ("same", "float") and have == "f") or (rule.result == "bool" and (any(map(is_float, types)) or e.fn in TESTS)) else "i"
        out: list[Token] = []
        for a in e.args:
            out += self.value(a, bank, at + len(out))
        wide = any(t.dtype == "uint64" for t in types)                    # its cells hold the bits of whole numbers that are never negative
        if rule.result == "bool":
            return [*out, (TOKEN[e.fn], 0) if e.fn in TESTS else (TOKEN[f"compare_{'u' if bank == 'i' and wide else bank}"], COMPARISONS[e.fn])]
        if e.fn == "pow" and bank == "i":
            self.pending[at + len(out)] = Site("power", f"`{show_expr(e)}` has a negative exponent", (show_expr(e.args[1]),), e.span)
            out.append((TOKEN["ipow"], 0))
        elif e.fn == "abs2" and bank == "i":
            return self.natural(Fn("mul", (e.args[0], e.args[0]), span=e.span), have, at)
        elif e.fn == "abs" and bank == "i" and wide:
            return out
        elif e.fn == "sign" and bank == "i":
            return self.natural(Fn("sub", (Fn("gt", (e.args[0], Const(0))), Fn("lt", (e.args[0], Const(0)))), span=e.span), have, at)
        else:
            if e.fn in ("floordiv", "mod", "lshift", "rshift"):
                division = e.fn in ("floordiv", "mod")
                law = ("division" if division else "shift", f"`{show_expr(e)}` {'divides by zero' if division else 'shifts by more than the width'}")
                self.pending[at + len(out)] = Site(*law, (show_expr(e.args[1]),), e.span)
            out.append((TOKEN[f"{'u' if bank == 'i' and wide and e.fn in FAMILIES['u2'] else bank}_{e.fn}"], 0))
        return [*out, *self.fit(result.dtype)]

    def converted(self, e: Fn, at: int) -> list[Token]:
        """Between values and the whole numbers that stand for them."""
        a, bits = e.args[0], ULOG_BITS if e.fn not in ("fix", "unfix") else int(e.args[1].value) if isinstance(e.args[1], Const) else 0
        match e.fn:
            case "fix" | "tolog":
                out = [*self.value(a, "f", at), *([(TOKEN["f_log"], 0)] if e.fn == "tolog" else [])]
                site = no_number(e)
                self.pending[at + len(out)] = site if e.fn == "fix" else replace(site, names=())        # its logarithm says nothing
                return [*out, (TOKEN["fix"], bits)]
            case "unfix" | "fromlog" | "logof":
                return [*self.value(a, "i", at), (TOKEN["unfix"], bits), *([(TOKEN["f_exp"], 0)] if e.fn == "fromlog" else [])]
            case "logs":
                return self.value(a, "i", at)
            case _:
                token = {"logmul": "i_add", "logdiv": "i_sub", "logpow": "i_mul"}[e.fn]
                return [*self.values([(a, "i"), (e.args[1], "i")], at), (TOKEN[token], 0)]

    def fit(self, dtype: str) -> list[Token]:
        if dtype == "float32":
            return [(TOKEN["round32"], 0)]
        return [(TOKEN["narrow"], KINDS[dtype])] if KINDS[dtype] >= 2 and dtype != "uint64" else []

    def cast(self, e: Expr, dtype: str, at: int) -> list[Token]:
        if dtype == "bool":
            return self.test(e, at)
        if dtype == "uint64" and is_float(type_of(e, self.types)):
            return [*self.value(e, "f", at), (TOKEN["f_to_u"], 0)]
        return [*self.value(e, "f" if kind(dtype) == "f" else "i", at), *self.fit(dtype)]

    def shape(self, init: Expr, t: Array) -> tuple[list[Token], bool]:
        """Tokens that leave the extents (and, for a copy, the source's base) on the int stack."""
        match init:
            case Zeros(shape):
                return self.values([(d, "i") for d in shape]), False
            case Name() | Index():
                source: Name | Index = init
            case CopyOf(source) | ZerosLike(source):
                pass
            case _:
                raise AssertionError("compiler bug: not an array")
        sym = self.fn.symbols[source.name]
        lead = len(source.indices) if isinstance(source, Index) else 0
        tokens = [(TOKEN["slot"], sym.slot + 1 + lead + k) for k in range(t.ndim)]
        copies = not isinstance(init, ZerosLike)
        return [*tokens, *(self.base(source, len(tokens)) if copies else [])], copies

    def base(self, p: Place, at: int = 0) -> list[Token]:
        """The address where an array, or a row of one, begins."""
        sym = self.fn.symbols[p.name]
        if isinstance(p, Name):
            return [(TOKEN["slot"], sym.slot)]
        out = self.linear(p, at)
        assert isinstance(sym.type, Array)
        for axis in range(len(p.indices), sym.type.ndim):
            out += [(TOKEN["slot"], sym.slot + 1 + axis), (TOKEN["i_mul"], 0)]
        return [*out, (TOKEN["offset"], sym.slot)]


def bits_of(value: int) -> int:
    """What an int64 holds of a whole number of up to 64 bits."""
    return int(value) - 2**64 if value >= 2**63 else int(value)
