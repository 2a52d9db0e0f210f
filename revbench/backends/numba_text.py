"""Typed IR -> readable Python for Numba, one function per program.

A function takes its registers and constants, then `_st` (status: broken site, interrupt) and `_sv` (the values that
a broken law reports). Written scalar registers come back as a tuple; arrays are changed in place. Checked code tests
every law and leaves at the first one that breaks; it never raises inside.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator
from itertools import count
from typing import assert_never

from revbench.ir.nodes import (
    Assert,
    Block,
    Call,
    ComputeBlock,
    Const,
    CopyOf,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    IfExp,
    Index,
    InverseBlock,
    Lazy,
    Leave,
    Loop,
    Name,
    Permute,
    Place,
    Print,
    Probe,
    Redo,
    Release,
    Require,
    Shape,
    Stash,
    Stmt,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    Within,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_expr
from revbench.ir.typed import Typed
from revbench.ir.types import Array, Scalar, Type, bits, is_float, kind
from revbench.ir.walk import blocks, children, statements
from revbench.passes.effects import Effects
from revbench.rules.functions import FUNCTIONS, HELPERS
from revbench.rules.typing import type_of

from .ranges import Ranges
from .writer import Site, Writer

RESERVED = frozenset({"math", "np", "njit", "min", "max", "abs", "bool", "int", "range", "len", "print", *HELPERS, *keyword.kwlist})
TOLERANCE = {"float64": 1.5e-8, "float32": 3.5e-4}          # square roots of the rounding unit, times what the place has held
WIDE = ("int64", "float64", "bool")


class FunctionText:
    """Writes one program."""

    def __init__(self, typed: Typed, callees: dict[str, Typed], effects: Effects, sites: list[Site], checked: bool) -> None:
        self.p, self.types, self.callees, self.effects, self.sites = typed.program, typed.types, callees, effects, sites
        self.checked = checked
        self.w = Writer()
        self.fresh = count()
        self.ranges = Ranges(self.p, effects)
        self.watched = {name for name in tested(self.p.body) if is_float(self.types[name])} if checked else set()
        written = effects.written[typed.name]
        self.results = [q for k, q in enumerate(self.p.params) if k in written and isinstance(self.types[q], Scalar)]
        self.leaving = f"return ({', '.join(map(name_of, self.results))},)" if self.results else "return"

    def write(self) -> str:
        p = self.p
        with self.w.indented(f"def {name_of(p.name)}({', '.join(map(name_of, (*p.params, *p.consts)))}, _st, _sv):"):
            if any(isinstance(s, Stash) for s in statements(p.body)):
                self.w("_ks = np.empty(16, np.int64)")
                self.w("_kp = 0")
            self.block(p.body)
            self.w(self.leaving)
        return self.w.text()

    # ---- statements
    def block(self, block: Block) -> None:
        for s in block:
            self.statement(s)

    def statement(self, s: Stmt) -> None:
        w = self.w
        match s:
            case Update():
                self.update(s)
            case Permute(places, order):
                for p in places:
                    self.guard(p)
                left, right = ", ".join(map(self.place, places)), ", ".join(self.place(places[k]) for k in order)
                w(f"{left} = {right}")
                for p in places:
                    self.watch(p)
            case Enter(name, init):
                self.enter(name, init)
            case Leave(name, init):
                self.leave(s, name, init)
            case If():
                self.guard(s.test)
                with w.indented(f"if {self.expr(s.test)}:"), self.ranges.scope():
                    self.block(s.then)
                    self.law(s.exit, True, "fi", "`{0}` is false after the branch was taken", s)
                if s.orelse or self.checked and s.exit is not None:
                    with w.indented("else:"), self.ranges.scope():
                        self.block(s.orelse)
                        self.law(s.exit, False, "fi", "`{0}` is true after the branch was not taken", s)
            case Loop():
                self.loop(s)
            case For() | ForBack():
                self.for_loop(s)
            case Call():
                self.call(s)
            case Stash(name):
                with w.indented("if _kp == len(_ks):"):
                    w("_ks = np.concatenate((_ks, np.empty(len(_ks), np.int64)))")
                w(f"_ks[_kp] = {name_of(name)}")
                w("_kp += 1")
            case Unstash(name):
                w("_kp -= 1")
                w(f"{name_of(name)} = _ks[_kp]{' != 0' if self.types[name].dtype == 'bool' else ''}")
            case Forget() | Probe():
                pass
            case Assert(test, message):
                if self.checked:
                    self.guard(test)
                    self.fail_unless(self.expr(test), Site("assert", message or f"`{show_expr(test)}` does not hold", (), s.span), ())
            case Print(parts):
                w(f"print({', '.join(repr(p) if isinstance(p, str) else self.expr(p) for p in parts)})")
            case Require(test, law, message, values):
                self.guard(test)
                self.fail_unless(self.expr(test), Site(law, message, tuple(n for n, _ in values), s.span), tuple(e for _, e in values))
            case Unchecked():
                before, self.checked = self.checked, False
                self.block(s.body)
                self.checked = before
            case Within() | Undo() | Redo() | Uncall() | ComputeBlock() | Uncompute() | InverseBlock() | Release():
                raise AssertionError(f"compiler bug: {type(s).__name__} reached the back end")
            case _:
                assert_never(s)

    def update(self, s: Update) -> None:
        self.guard(s.value)
        self.guard(s.place)
        t, op = self.types[s.place.name].dtype, s.op[0]
        place, value = self.place(s.place), self.expr(s.value)
        if kind(t) == "i":
            op = "//" if op == "/" else op
            if type_of(s.value, self.types).dtype != t:
                value = f"np.{t}({value})"
            self.w(f"{place} = np.{t}({place} {op} {value})" if t not in WIDE else f"{place} = {place} {op} {value}")
        elif t == "float32" and isinstance(s.place, Name):
            self.w(f"{place} = np.float32({place} {op} {value})")
        else:
            self.w(f"{place} {op}= {value}")
        self.watch(s.place)

    def enter(self, name: str, init: Expr) -> None:
        self.guard(init)
        self.ranges.made(name)
        t, n = self.types[name], name_of(name)
        match init:
            case Zeros(shape):
                dims = ", ".join(map(self.expr, shape))
                self.w(f"{n} = np.zeros(({dims},), np.{_np(t)})")
            case ZerosLike(source):
                self.w(f"{n} = np.zeros({self.place(source)}.shape, np.{_np(t)})")
            case CopyOf(source):
                self.w(f"{n} = {self.place(source)}.copy()")
            case Name(source) if isinstance(t, Array):
                self.w(f"{n} = {name_of(source)}.copy()")
            case _:
                self.w(f"{n} = {self.expr(init) if t.dtype == 'bool' else f'np.{_np(t)}({self.expr(init)})'}")
        if name in self.watched:
            self.w(f"_m_{n} = {f'abs({n})' if isinstance(t, Scalar) else '0.0'}")
            if isinstance(t, Array) and isinstance(init, CopyOf | Name):
                self.watch(Name(name))

    def watch(self, p: Place) -> None:
        """The largest magnitude that a local has held: tolerances are relative to it. What is tested outside is watched in `with unchecked()` too."""
        if p.name not in self.watched:
            return
        m = f"_m_{name_of(p.name)}"
        whole = isinstance(type_of(p, self.types), Array)
        self.w(f"{m} = max({m}, {f'_amax({self.place(p)})' if whole else f'abs({self.place(p)})'})")

    def leave(self, s: Leave, name: str, init: Expr) -> None:
        if not self.checked:
            return
        self.guard(init)
        t, n = self.types[name], name_of(name)
        what = f"`{name}` does not return to `{show_expr(init)}` at the end of its block"
        if isinstance(t, Scalar):
            e, k = f"_e{next(self.fresh)}", t.dtype
            self.w(f"{e} = {self.expr(init) if k == 'bool' else f'np.{_np(t)}({self.expr(init)})'}")
            test = f"abs({n} - {e}) <= {TOLERANCE[k]} * max(_m_{n}, abs({e}))" if is_float(t) else f"{n} == {e}"
            self.fail_unless(test, Site("released", what, (name, show_expr(init)), s.span), (), (n, e))
            return
        tol = f"{TOLERANCE[t.dtype]} * _m_{n}" if is_float(t) else "0"
        worst = f"_e{next(self.fresh)}"
        if isinstance(init, CopyOf | Name):
            source = self.place(init.source if isinstance(init, CopyOf) else init)
            self.w(f"{worst} = _adiff({n}, {source})")
        else:
            self.w(f"{worst} = _amax({n})")
        self.fail_unless(f"{worst} <= {tol}", Site("released", what, (f"max |{name} - {show_expr(init)}|", "0"), s.span), (), (worst, "0.0"))

    def loop(self, s: Loop) -> None:
        self.law(s.entry, True, "came-from", "`{0}` is false where the loop is entered", s)
        with self.w.indented("while True:"), self.ranges.scope():
            self.block(s.first)
            self.guard(s.test)
            with self.w.indented(f"if not ({self.expr(s.test)}):"):
                self.w("break")
            self.block(s.second)
            self.law(s.entry, False, "came-from", "`{0}` is true again after a turn of the loop", s)
            self.poll()

    def for_loop(self, s: For | ForBack) -> None:
        r = s.range
        for e in (r.start, r.stop, r.step):
            self.guard(e)
        start, stop, step = map(self.expr, (r.start, r.stop, r.step))
        var = name_of(s.var)
        step_known = r.step.value if isinstance(r.step, Const) else None
        if step_known is None and self.checked:
            self.fail_unless(f"{step} != 0", Site("range", "the step of a range is zero", (), s.span), ())
        if isinstance(s, For):
            text = f"range({stop})" if start == "0" and step == "1" else f"range({start}, {stop})" if step == "1" else f"range({start}, {stop}, {step})"
        elif step_known == 1:
            text = f"range({stop} - 1, {start} - 1, -1)"
        else:
            n = f"_n{next(self.fresh)}"
            self.w(f"{n} = len(range({start}, {stop}, {step}))")
            text = f"range({start} + ({n} - 1) * {step}, {start} - {step}, -({step}))"
        with self.w.indented(f"for {var} in {text}:"), self.ranges.loop(s):
            self.block(s.body)
            if any(isinstance(t, For | ForBack | Loop | Call) for t in s.body):
                self.poll()

    def poll(self) -> None:
        with self.w.indented("if _stopped(_st):"):
            self.w(self.leaving)

    def call(self, s: Call) -> None:
        callee = self.callees[s.kernel]
        written = self.effects.written[s.kernel]
        args = (*s.args, *(e for _, e in s.consts))
        for a in args:
            self.guard(a)
        back = [a for k, a in enumerate(s.args) if k in written and isinstance(callee.types[callee.program.params[k]], Scalar)]
        text = f"{name_of(s.kernel)}({', '.join(map(self.expr, args))}, _st, _sv)"
        targets = [self.place(a) for a in back if isinstance(a, Name | Index)]
        self.w(f"({', '.join(targets)},) = {text}" if targets else text)
        with self.w.indented("if _st[0] != 0 or _stopped(_st):"):
            self.w(self.leaving)
        for k, a in enumerate(s.args):
            if k in written and isinstance(a, Name | Index):
                self.watch(a)

    # ---- laws
    def law(self, test: Expr | None, wanted: bool, law: str, message: str, s: Stmt) -> None:
        if not self.checked or test is None:
            return
        self.guard(test)
        text = self.expr(test)
        values = tuple(dict.fromkeys(x for x in _leaves(test)))[:3]
        self.fail_unless(text if wanted else f"not ({text})", Site(law, message.format(show_expr(test)), tuple(map(show_expr, values)), s.span), values)

    def fail_unless(self, test: str, site: Site, values: tuple[Expr, ...], texts: tuple[str, ...] = ()) -> None:
        self.sites.append(site)
        with self.w.indented(f"if not ({test}):"):
            self.w(f"_st[0] = {len(self.sites)}")
            for k, text in enumerate([*texts, *map(self.expr, values)][:4]):
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
            case Fn("lshift" | "rshift", (a, b)):
                self.guard(a, when)
                self.guard(b, when)
                if not (isinstance(b, Const) and 0 <= b.value < 64):
                    self.test_when(when, f"0 <= {self.expr(b)} < 64", Site("shift", f"`{show_expr(e)}` shifts by more than the width", (show_expr(b),), e.span), (b,))
            case Index(name, indices):
                for axis, i in enumerate(indices):
                    self.guard(i, when)
                    if not when and self.ranges.certain(name, axis, i) or self.ranges.inside(name, axis, i):
                        continue
                    self.test_when(when, f"0 <= {self.expr(i)} < {name_of(name)}.shape[{axis}]",
                                   Site("index", f"index `{show_expr(i)}` is out of range of `{name}`", (show_expr(i), f"{name}.shape[{axis}]"), e.span),
                                   (i, Shape(name, axis)))
            case Zeros(shape):
                for d in shape:
                    self.guard(d, when)
                    if not isinstance(self.ranges.canonical(d), Shape | Const):
                        self.test_when(when, f"{self.expr(d)} >= 0", Site("shape", f"an array of negative length `{show_expr(d)}`", (show_expr(d),), e.span), (d,))
            case _:
                for c in children(e):
                    self.guard(c, when)

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
            case _:
                assert_never(e)

    def cast(self, e: Expr, dtype: str) -> str:
        text = self.expr(e)
        return text if type_of(e, self.types).dtype == dtype or dtype == "bool" else f"np.{dtype}({text})"

    def applied(self, e: Fn, fn: str, args: Iterable[Expr]) -> str:
        rule = FUNCTIONS[fn]
        result = type_of(e, self.types).dtype
        texts = [self.cast(a, result) if rule.result in ("same", "int") and kind(result) == "i" else self.expr(a) for a in args]
        if rule.result == "float" and result == "float32":
            texts = [f"np.float32({t})" if type_of(a, self.types).dtype != "float32" else t for t, a in zip(texts, args, strict=True)]
        by_name = dict(zip(rule.params, (_atom(t) for t in texts), strict=True))
        text = "".join(by_name.get(part, part) for part in _tokens(rule.value))
        narrow = result not in WIDE and rule.result in ("same", "int") and bits(result) < 64 and not is_float(Scalar(result))
        return f"np.{result}({text})" if narrow else f"({text})"


def tested(block: Block) -> Iterator[str]:
    """Locals whose end is tested."""
    for s in block:
        if isinstance(s, Leave):
            yield s.name
        elif not isinstance(s, Unchecked):
            for b in blocks(s):
                yield from tested(b)


def name_of(name: str) -> str:
    """The Python name of one of ours: no clash with what generated code uses itself."""
    return f"{name}_" if name in RESERVED else name


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
    return repr(value)


def _and(a: str, b: str) -> str:
    return f"({a}) and ({b})" if a else b


def _np(t: Type) -> str:
    return "bool_" if t.dtype == "bool" else t.dtype


def _leaves(e: Expr) -> list[Expr]:
    if isinstance(e, Name | Index):
        return [e]
    return [leaf for c in children(e) for leaf in _leaves(c)]
