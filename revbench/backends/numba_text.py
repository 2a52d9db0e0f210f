"""Typed IR -> readable Python for Numba, one function per program.

A function takes its registers and constants, then `_st` (status: broken site, interrupt) and `_sv` (the values that
a broken law reports). Written scalar registers come back as a tuple; arrays are changed in place. Checked code tests
every law and leaves at the first one that breaks; it never raises inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from revbench.ir.library import reachable
from revbench.ir.nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    ComputeBlock,
    Const,
    CopyOf,
    Drop,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    Index,
    InverseBlock,
    Keep,
    Leave,
    Loop,
    MatMul,
    Name,
    NewStack,
    Permute,
    Pop,
    Print,
    Probe,
    Push,
    Redo,
    Release,
    Require,
    Shape,
    Stash,
    Stmt,
    Unapply,
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
from revbench.ir.show import show_expr, show_head
from revbench.ir.typed import Typed
from revbench.ir.types import UINTS, ULOG, Array, Scalar, Stack, is_float, kind
from revbench.ir.walk import blocks, of_shapes, statements
from revbench.numerics.exact import NO_NUMBER
from revbench.passes.effects import Effects
from revbench.passes.numbers import reading
from revbench.passes.reduce import product_laws
from revbench.rules.typing import type_of

from .numba_chunks import in_parts
from .numba_expressions import WIDE, depth_of, name_of, numpy_name, words
from .numba_moves import TOLERANCE, MovesText
from .writer import Site, compared, no_number, released, said

DEPTH = 5000                                                # compiled calls live on the process's own stack, which must not run over


class FunctionText(MovesText):
    """Writes one program."""

    splits = True                                           # whether parallel loops are written in parts
    whole: For | None = None                                # the loop that this program runs a part of
    rows: frozenset[str] = frozenset()                      # arrays that are rows of others
    after: Sequence[str] = ()                               # what else is done at the end

    def __init__(self, typed: Typed, callees: dict[str, Typed], effects: Effects, sites: list[Site], checked: bool) -> None:
        super().__init__(typed, effects, sites, checked)
        self.callees, self.effects = callees, effects
        self.watched = {name for name in tested(self.p.body) if is_float(self.types[name]) and not isinstance(self.types[name], Stack)} if checked else set()
        self.parts: list[tuple[Typed, Effects, str]] = []   # functions of parallel loops
        self.in_lanes: set[str] = set()                     # variables of loops that run in lanes, in this function or in its parts
        self.made: dict[str, set[Expr]] = {}                # what each local begins with
        for s in statements(self.p.body):
            if isinstance(s, Enter):
                self.made.setdefault(s.name, set()).add(s.init)

    def write(self) -> str:
        p = self.p
        with self.w.indented(f"def {name_of(p.name)}({', '.join(words((*p.params, *p.consts), self.types))}, _st, _sv):"):
            self.keeper_stacks(s.name for s in statements(p.body) if isinstance(s, Stash | Unstash))
            self.block(p.body)
            for line in (*self.after, self.leaving):
                self.w(line)
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
                left, right = (", ".join(w for p in group for w in self.handed(p)) for group in (places, [places[k] for k in order]))
                w(f"{left} = {right}")
                for p in places:
                    self.watch(p, *places)
            case Enter(name, init):
                self.enter(name, init)
            case Leave(name, init):
                self.leave(s, name, init)
            case If():
                self.guard(s.test)
                with w.indented(f"if {self.expr(s.test)}:"), self.ranges.scope():
                    self.block(s.then)
                    self.law(s.exit, True, "fi", "`{0}` is false after the branch was taken", s)
                if s.orelse or (self.checked and s.exit is not None):
                    with w.indented("else:"), self.ranges.scope():
                        self.block(s.orelse)
                        self.law(s.exit, False, "fi", "`{0}` is true after the branch was not taken", s)
            case Loop():
                self.loop(s)
            case For() | ForBack():
                if not in_parts(self, s):
                    self.for_loop(s)
            case Call():
                self.call(s)
            case Stash(name):
                self.stash(name)
            case Unstash(name):
                self.unstash(name)
            case Forget() | Probe():
                pass
            case Assert(test, message):
                if self.checked or of_shapes(test):
                    self.guard(test)
                    self.fail_unless(self.expr(test), Site("assert", message or f"`{show_expr(test)}` does not hold", (), s.span), ())
            case Print(parts):
                w(f"print({', '.join(repr(p) if isinstance(p, str) else self.expr(p) for p in parts)})")
            case Require(test, law, message, values):
                if not self.checked and not of_shapes(test):
                    return
                self.guard(test)
                self.fail_unless(self.expr(test), Site(law, message, tuple(n for n, _ in values), s.span), tuple(e for _, e in values))
            case Unchecked():
                before, self.checked = self.checked, False
                self.block(s.body)
                self.checked = before
            case Within() | Undo() | Redo() | Uncall() | Keep() | ComputeBlock() | Uncompute() | InverseBlock() | Release():
                raise AssertionError(f"compiler bug: {type(s).__name__} reached the back end")
            case Apply() | Unapply():
                self.bijection(s)
            case Push() | Pop() | Append() | Drop():
                self.stack(s)
            case _:
                assert_never(s)

    def update(self, s: Update) -> None:
        if self.checked and s.place.name in self.numbers:
            return self.exactly(s)
        if isinstance(s.value, MatMul):
            for law in product_laws(s, self.types):
                self.statement(law)
            self.w(f"{self.place(s.place)} {s.op} {self.expr(s.value)}")
            self.watch(s.place, s.value)
            return
        self.guard(s.value)
        self.guard(s.place)
        t, op = self.types[s.place.name].dtype, s.op[0]
        place, value = self.place(s.place), self.expr(s.value)
        if kind(t) == "i":
            op = "//" if op == "/" else op
            if type_of(s.value, self.types).dtype != t:
                value = f"np.{t}({value})"
            if op == "//" and t in UINTS:
                op, value = "*", f"np.{t}(inverse_of_odd(np.int64({value})))"
            self.w(f"{place} = np.{t}({place} {op} {value})" if t not in WIDE else f"{place} = {place} {op} {value}")
        elif t == "float32" and isinstance(s.place, Name):
            self.w(f"{place} = np.float32({place} {op} {value})")
        else:
            self.w(f"{place} {op}= {value}")
        self.watch(s.place, s.value)

    def exactly(self, s: Update) -> None:
        """A number takes a whole number: the value must be one that it can hold, and so must the sum."""
        converts = isinstance(s.value, Fn) and s.value.fn in ("fix", "tolog")
        self.guard(s.value.args[0] if isinstance(s.value, Fn) and converts else s.value)
        self.guard(s.place)
        value, after, place, text = self.new("_v"), self.new("_s"), self.place(s.place), show_head(s)
        self.w(f"{value} = {self.expr(s.value)}")
        self.w(f"{after} = {place} {s.op[0]} {value}")
        if isinstance(s.value, Fn) and converts:
            self.fail_unless(f"{value} != {NO_NUMBER}", no_number(s.value), (s.value.args[0],))
        sign = f"({place} ^ {after}) & ({value} ^ {after})" if s.op == "+=" else f"({place} ^ {value}) & ({place} ^ {after})"
        values: tuple[Expr, ...] = (s.place, *(s.value.args[:1] if isinstance(s.value, Fn) and converts else ()))
        if self.numbers[s.place.name] == ULOG:
            values = (Fn("logof", (s.place,)),)                       # where it overflows, its value is beyond floats
        self.fail_unless(f"{sign} >= 0", Site("overflow", f"`{text}` overflows", tuple(map(show_expr, values)), s.span), values)
        self.w(f"{place} = {after}")

    def enter(self, name: str, init: Expr) -> None:
        self.guard(init)
        self.ranges.made(name)
        t, n = self.types[name], name_of(name)
        match init:
            case Zeros(shape):
                dims = ", ".join(map(self.expr, shape))
                self.w(f"{n} = np.zeros(({dims},), np.{numpy_name(t)})")
            case NewStack():
                self.w(f"{n} = np.empty(16, np.{numpy_name(t)})")
                self.w(f"{depth_of(name)} = 0")
            case ZerosLike(Name(source)) if isinstance(t, Stack):
                self.w(f"{n} = np.zeros({depth_of(source)} + 16, np.{numpy_name(t)})")
                self.w(f"{depth_of(name)} = {depth_of(source)}")
            case ZerosLike(source):
                self.w(f"{n} = np.zeros({self.place(source)}.shape, np.{numpy_name(t)})")
            case CopyOf(source):
                self.w(f"{n} = {self.place(source)}.copy()")
            case Name(source) if isinstance(t, Array):
                self.w(f"{n} = {name_of(source)}.copy()")
            case _:
                self.w(f"{n} = {self.expr(init) if t.dtype == 'bool' else f'np.{numpy_name(t)}({self.expr(init)})'}")
        if name in self.watched:
            self.w(f"_m_{n} = {f'abs({n})' if isinstance(t, Scalar) else '0.0'}")
            if isinstance(init, CopyOf | Name) or self.scales(name, (init,)):
                self.watch(Name(name), init)

    def copies(self, name: str, count: str, q: str) -> None:
        """Zeros: so many copies of a register or local."""
        t, n = self.types[q], name_of(q)
        lengths = [f"{n}.shape[{axis}]" for axis in range(t.ndim)] if isinstance(t, Array) else []
        self.w(f"{name} = np.zeros(({', '.join([count, *lengths])},), np.{numpy_name(t)})")

    def leave(self, s: Leave, name: str, init: Expr) -> None:
        if not self.checked:
            return
        self.guard(init)
        t, n = self.types[name], name_of(name)
        if isinstance(t, Stack):
            empty = Site("released", f"the stack `{name}` is not empty at the end of its block", (f"len({name})",), s.span)
            self.fail_unless(f"{depth_of(name)} == 0", empty, (), (depth_of(name),))
            return
        site = released(s)
        if isinstance(t, Scalar):
            e, k = self.new("_e"), t.dtype
            self.w(f"{e} = {self.expr(init) if k == 'bool' else f'np.{numpy_name(t)}({self.expr(init)})'}")
            scale = ", ".join([f"_m_{n}", f"abs({e})", *self.scales(name, (init,))])
            if name in self.numbers:
                texts = tuple(self.expr(reading(Name(x), self.numbers[name])) for x in (name, e))
                self.fail_unless(f"{n} == {e}", site, (), texts)
                return
            test = f"abs({n} - {e}) <= {TOLERANCE[k]} * max({scale})" if is_float(t) else f"{n} == {e}"
            self.fail_unless(test, site, (), (n, e))
            return
        self.same_shape(s, name, init)
        held = [f"_m_{n}", *self.scales(name, (init,))]
        most = held[0] if len(held) == 1 else f"max({', '.join(held)})"
        tol = f"{TOLERANCE[t.dtype]} * {most}" if is_float(t) else "0"
        worst = self.new("_e")
        if isinstance(init, CopyOf | Name):
            source = self.place(init.source if isinstance(init, CopyOf) else init)
            self.w(f"{worst} = _adiff({n}, {source})")
        else:
            self.w(f"{worst} = _amax({n})")
        names = (f"max |{name} - {show_expr(init)}|", "0") if site.law == "released" else tuple(f"max |change of {x}|" for x in site.names[:1])
        self.fail_unless(f"{worst} <= {tol}", replace(site, names=names), (), (worst, "0.0"))

    def same_shape(self, s: Leave, name: str, init: Expr) -> None:
        """An array ends with the shape that it began with: tested where the text alone does not say so."""
        if isinstance(init, Zeros):
            wanted = "" if all(isinstance(d, Shape | Const) for d in init.shape) else f"({', '.join(map(self.expr, init.shape))},)"
        else:
            source = init.source if isinstance(init, CopyOf | ZerosLike) else init
            wanted = "" if init in self.made.get(name, ()) else f"{self.place(source)}.shape"
        if wanted:
            what = f"`{name}` does not have the shape of `{show_expr(init)}` at the end of its block"
            self.fail_unless(f"{name_of(name)}.shape == {wanted}", Site("released", what, (), s.span), ())

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
        start, stop, step = (self.cast(e, "int64") if type_of(e, self.types).dtype == "uint64" else self.expr(e) for e in (r.start, r.stop, r.step))
        var = name_of(s.var)
        step_known = r.step.value if isinstance(r.step, Const) else None
        if step_known is None and self.checked:
            self.fail_unless(f"{step} != 0", Site("range", "the step of a range is zero", (), s.span), ())
        if isinstance(s, For):
            text = f"range({stop})" if start == "0" and step == "1" else f"range({start}, {stop})" if step == "1" else f"range({start}, {stop}, {step})"
        elif step_known == 1:
            text = f"range({stop} - 1, {start} - 1, -1)"
        else:
            n = self.new("_n")
            self.w(f"{n} = len(range({start}, {stop}, {step}))")
            text = f"range({start} + ({n} - 1) * {step}, {start} - {step}, -({step}))"
        known = self.whole if self.whole is not None and s.body is self.whole.body else s
        with self.w.indented(f"for {var} in {text}:"), self.ranges.loop(known):
            self.block(s.body)
            self.poll_in(s)

    def poll_in(self, s: For | ForBack) -> None:
        """Unchecked innermost loops are left to the vectoriser."""
        if self.checked or any(isinstance(t, For | ForBack | Loop | Call) for t in s.body):
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
        back = [a for k, a in enumerate(s.args) if k in written and not isinstance(callee.types[callee.program.params[k]], Array)]
        text = f"{name_of(s.kernel)}({', '.join(w for a in args for w in self.handed(a))}, _st, _sv)"
        targets = [w for a in back if isinstance(a, Name | Index) for w in self.handed(a)]
        deep = self.checked and self.recursive(s.kernel)
        if deep:
            self.w("_st[2] += 1")
            self.fail_unless(f"_st[2] <= {DEPTH}", Site("depth", f"`{s.kernel}` calls itself more than {DEPTH} times without coming back", (), s.span), ())
        self.w(f"({', '.join(targets)},) = {text}" if targets else text)
        if deep:
            self.w("_st[2] -= 1")
        with self.w.indented("if _st[0] != 0 or _stopped(_st):"):
            self.w(self.leaving)
        for k, a in enumerate(s.args):
            if k in written and isinstance(a, Name | Index):
                self.watch(a, *args)

    def recursive(self, kernel: str) -> bool:
        """Whether the callee comes back to this program."""
        return self.p.name in reachable({n: t.program for n, t in self.callees.items()}, kernel)

    # ---- laws
    def law(self, test: Expr | None, wanted: bool, law: str, message: str, s: Stmt) -> None:
        if not self.checked or test is None:
            return
        self.guard(test)
        text = self.expr(test)
        values = compared(test)
        self.fail_unless(text if wanted else f"not ({text})", Site(law, message.format(said(test)), tuple(map(show_expr, values)), s.span), values)


def tested(block: Block) -> Iterator[str]:
    """Locals whose end is tested."""
    for s in block:
        if isinstance(s, Leave):
            yield s.name
        elif not isinstance(s, Unchecked):
            for b in blocks(s):
                yield from tested(b)
