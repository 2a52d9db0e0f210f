"""Types from the arguments' types: one instance of a kernel per signature, callees included.

A local starts with the type of its first value. While that is weak (a literal, a loop variable), it takes the
type of what is added to it: `s = 0.0` becomes float32 in a float32 kernel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from revbench.errors import FloatIndex, Label, LossyUpdate, MixedWidths, NotExact, Report, RevbenchError, ShapeMismatch, WrongType
from revbench.ir.library import fresh_name
from revbench.ir.nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    Const,
    CopyOf,
    Drop,
    Enter,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    Index,
    Leave,
    Loop,
    Name,
    Permute,
    Pop,
    Print,
    Probe,
    Program,
    Push,
    Stash,
    Stmt,
    Unapply,
    Uncall,
    Unstash,
    Update,
    Zeros,
    ZerosLike,
)
from revbench.ir.show import show_expr, show_head
from revbench.ir.typed import FinalTypes, Typed, TypedLibrary
from revbench.ir.types import (
    ULOG,
    WEAK_INT,
    Array,
    Scalar,
    Stack,
    Type,
    as_float,
    fits,
    is_complex,
    is_float,
    is_record,
    join,
    kind,
    spelled,
    valued,
)
from revbench.ir.walk import everywhere, statements, with_blocks
from revbench.ir.words import an, counted
from revbench.passes.effects import Effects
from revbench.passes.mending import quoted
from revbench.rules.bijections import BIJECTIONS
from revbench.rules.typing import each, field_type, integer, operand, scalar_of, type_of

from .binding import binding, exchanged, of_elements, said
from .derivatives import Which, signature, with_derivative

Signature = tuple[Type, ...]
KINDS = {"f": "floats", "i": "whole numbers", "b": "bools"}


def infer(programs: Mapping[str, Program], main: str, signature: Signature) -> tuple[TypedLibrary, str]:
    """The typed instances that `main` needs when its parameters and constants have these types.

    Raises
    ------
    RevbenchError
        All type mistakes at once.
    """
    report = Report()
    work = _Infer(programs, report)
    name = work.instance(main, signature)
    report.raise_any()
    return work.done, name


class _Infer:
    p: Program                                                 # the kernel at hand

    def __init__(self, programs: Mapping[str, Program], report: Report) -> None:
        self.programs, self.report = programs, report
        self.effects = Effects(programs)
        self.names: dict[tuple[str, Signature], str] = {}
        self.done: TypedLibrary = {}

    def instance(self, name: str, signature: Signature) -> str:
        key = (name, signature)
        if key not in self.names:
            self.names[key] = fresh_name(name, set(self.names.values()))
            p = self.programs[name]
            types: dict[str, Type] = dict(zip((*p.params, *p.consts), signature, strict=True))
            self.p = p
            if self.fields(p, types) and self.guess(p, types):
                body = self.check(p.body, FinalTypes(types))
                self.done[self.names[key]] = Typed(replace(p, name=self.names[key], body=body, adjoint="", tangent=""), types)
                self.derivatives(p, self.names[key], types)
        return self.names[key]

    def derivatives(self, p: Program, name: str, types: dict[str, Type]) -> None:
        """The instances of the derivatives that the kernel declares."""
        wanted: tuple[tuple[Which, str], ...] = (("adjoint", p.adjoint), ("tangent", p.tangent))
        for which, kernel in wanted:
            try:
                given = signature(which, p, types, self.programs[kernel], self.effects.written[kernel]) if kernel else None
            except RevbenchError as mistake:
                self.report.add(mistake)
                continue
            if given is not None:
                before, word = self.p, self.instance(kernel, given)
                self.done[name] = replace(self.done[name], program=with_derivative(self.done[name].program, which, word))
                self.p = before

    def fields(self, p: Program, types: dict[str, Type]) -> bool:
        """The types of fields that go by names of their own."""
        for e in everywhere(p.body):
            if not isinstance(e, Name | Index) or "." not in e.name:
                continue
            root, _, field = e.name.partition(".")
            t = types[root]
            try:
                of = field_type(root, t, field, e) if isinstance(e, Name) else field_type(root, Scalar(t.dtype), field, e)
            except RevbenchError as mistake:
                self.report.add(mistake)
                return False
            types[e.name] = Array(of.dtype, t.ndim) if isinstance(t, Array) else of
        return True

    # ---- first, the types of the locals, to a fixpoint
    def guess(self, p: Program, types: dict[str, Type]) -> bool:
        loose = {s.name for s in statements(p.body) if isinstance(s, Enter) and isinstance(s.init, Zeros) and s.init.dtype is None
                 and not (s.init.fill is not None and (not isinstance(s.init.fill, Const) or isinstance(s.init.fill.value, bool)))}
        weak: dict[str, Scalar] = {n: Scalar("float64", True) for n in loose}
        given = {n: t for n, t in types.items() if isinstance(t, Scalar)}
        mistake: RevbenchError | None = None
        try:
            for _ in range(len(loose) + 8):
                before = dict(types)
                for s in statements(p.body):
                    self.learn(s, types, weak)
                    types.update(given)                      # a number that is only read stays weak, whatever it is handed on with
                if types == before:
                    break
        except RevbenchError as found:
            mistake = found
        types.update({n: Stack("float64") for n, t in types.items() if t == Stack("bool", True)})            # only handed on
        types.update({n: replace(t, weak=False) for n, t in types.items() if isinstance(t, Array | Stack)})
        mistake = self.two_meanings(p, types) or mistake
        if mistake is not None:
            self.report.add(self.explained(mistake, p))
        return mistake is None

    def explained(self, mistake: RevbenchError, p: Program) -> RevbenchError:
        """A float index with the place where it became one."""
        name = mistake.span.text if isinstance(mistake, FloatIndex) and mistake.span is not None else ""
        made = next((s for s in statements(p.body) if isinstance(s, Enter) and s.name == name), None)
        lines = [f"{name} = {int(made.init.value)}"] if made is not None and isinstance(made.init, Const) and made.init.value == int(made.init.value) else []
        if made is None or not lines:
            return mistake
        lines += [f"{name} {s.op} {int(s.value.value)}" for s in statements(p.body)
                  if isinstance(s, Update) and s.place == Name(name) and isinstance(s.value, Const) and s.value.value == int(s.value.value)]
        return FloatIndex(mistake.message, *mistake.labels, Label(made.span, "made a float here", "~"), hint=f"count in whole numbers: {quoted(lines)}")

    def two_meanings(self, p: Program, types: dict[str, Type]) -> RevbenchError | None:
        """A name that is an array in one block and a number in another (or is released against the other)."""
        first: dict[str, tuple[Type, Stmt]] = {}
        for s in statements(p.body):
            if not isinstance(s, Enter | Leave):
                continue
            try:
                t = type_of(s.init, types)
            except RevbenchError:
                continue
            old, made = first.setdefault(s.name, (t, s))
            if getattr(old, "ndim", 0) == getattr(t, "ndim", 0):
                continue
            if isinstance(s, Leave):
                return WrongType(f"`{s.name}` is {said(old)}, and is released against {said(t)}", Label(s.span, "here"), Label(made.span, "made here", "~"),
                                 hint=f"write `del {s.name}`")
            return WrongType(f"`{s.name}` is {said(t)} here, and {said(old)} elsewhere in this kernel", Label(s.span, "here"),
                             Label(made.span, "made here", "~"), hint="give one of the two another name")
        return None

    def learn(self, s: Stmt, types: dict[str, Type], weak: dict[str, Scalar]) -> None:
        match s:
            case Enter(name, init) | Leave(name, init):
                t = type_of(init, types)
                old = types.get(name)
                if isinstance(t, Array) and name in weak:
                    t = Array(weak[name].dtype, t.ndim, weak[name].weak)
                if isinstance(t, Stack) and t.weak and isinstance(old, Stack):
                    t = old
                types[name] = join(old, t) if isinstance(old, Scalar) and isinstance(t, Scalar) else t      # two of one number system stay it
            case Unstash(name):
                types.setdefault(name, WEAK_INT)
            case For(var) | ForBack(var):
                types[var] = WEAK_INT
            case Update(place, _, value):
                self.absorb(place.name, each(type_of(value, types)), types, weak)
            case Permute(places):
                scalars = [t for p in places if isinstance(t := type_of(p, types), Scalar)]
                for p in places:
                    for t in scalars:
                        self.absorb(p.name, t, types, weak)
            case Apply(_, places, params) | Unapply(_, places, params):
                every = [t for e in (*places, *(params if BIJECTIONS[s.bijection].kinds == "f" else ())) if isinstance(t := type_of(e, types), Scalar)]
                for p in places:
                    for t in every:
                        self.absorb(p.name, as_float(t) if BIJECTIONS[s.bijection].kinds == "f" else t, types, weak)
            case Push(stack, place) | Pop(stack, place):
                t, held = type_of(place, types), types.get(stack.name)
                self.absorb_stack(stack.name, t, types)
                if isinstance(held, Stack) and not held.weak:
                    self.absorb(place.name, Scalar(held.dtype), types, weak)
            case Append(stack, value):
                self.absorb_stack(stack.name, type_of(value, types), types)
            case Call(_, args) | Uncall(_, args):
                floats = [t for a in args if isinstance(a, Name | Index) and is_float(t := type_of(a, types))
                          and not t.weak and a.name not in weak]
                for a in args:
                    if floats and isinstance(a, Name):
                        self.absorb(a.name, Scalar(floats[0].dtype), types, weak, only_float=True)

    def absorb_stack(self, name: str, value: Type, types: dict[str, Type]) -> None:
        """A stack that began without a type holds what is put on it first."""
        old = types.get(name)
        if isinstance(old, Stack) and old.weak and isinstance(value, Scalar):
            new = join(Scalar(old.dtype, True), value) if old.dtype != "bool" else value
            types[name] = Stack(new.dtype, new.weak)

    def absorb(self, name: str, value: Scalar, types: dict[str, Type], weak: dict[str, Scalar], only_float: bool = False) -> None:
        old = types.get(name)
        if isinstance(old, Scalar) and old.weak and not (only_float and not is_float(old)):
            types[name] = join(old, value)
        elif isinstance(old, Array) and name in weak and weak[name].weak and (is_float(value) or is_complex(value)):
            weak[name] = join(weak[name], value)
            types[name] = Array(weak[name].dtype, old.ndim, weak[name].weak)

    # ---- then, whether every statement fits; calls get their instances
    def check(self, block: Block, types: dict[str, Type]) -> Block:
        out = []
        for s in block:
            try:
                out.append(self.statement(s, types))
            except RevbenchError as mistake:
                self.report.add(self.explained(mistake, self.p))
        return tuple(out)

    def statement(self, s: Stmt, types: dict[str, Type]) -> Stmt:
        match s:
            case Update():
                self.update(s, types)
            case Permute():
                exchanged(s, types, self.p.body)
            case Push() | Pop() | Append() | Drop():
                self.stack(s, types)
            case Apply() | Unapply():
                self.bijection(s, types)
            case Enter(name, Name(source) as init) if isinstance(types[source], Stack):
                raise WrongType(f"`{show_head(s)}` would copy a whole stack", Label(s.span, "here"),
                                hint=f"begin with `{name} = Stack()`, and exchange: `{name}, {source} = {source}, {name}`")
            case Enter(name, init) | Leave(name, init):
                if isinstance(init, Zeros | ZerosLike) and types[name].dtype == ULOG:
                    raise WrongType(f"`{name}` would be an array of zeros, and a ULog cannot be zero", Label(init.span or s.span, "here"),
                                    hint="hand in an array of ones: `ULog(np.ones(n))`")
                if is_record(type_of(init, types)):
                    scalar_of(init, types)
                if isinstance(init, Name | Index) and isinstance(type_of(init, types), Array):
                    return replace(s, init=CopyOf(init, span=init.span))
            case Forget(name) if not (is_float(types[name]) or is_complex(types[name])):
                raise WrongType(f"`forget({name})` erases floats only, and `{name}` is {said(types[name])}", Label(s.span, "here"),
                                hint=f"undo it, and write `del {name}`")
            case Stash(name) if isinstance(types[name], Stack) or is_record(types[name]):
                raise WrongType(f"`stash({name})` keeps numbers and arrays of them, and `{name}` is {said(types[name])}", Label(s.span, "here"),
                                hint=f"undo it, and write `del {name}`")
            case If(test, end):
                scalar_of(test, types)
                if end is not None:
                    scalar_of(end, types)
            case Loop(entry, _, test):
                scalar_of(test, types)
                if entry is not None:
                    scalar_of(entry, types)
            case For() | ForBack():
                for e in (s.range.start, s.range.stop, s.range.step):
                    integer(e, types)
            case Assert(test):
                scalar_of(test, types)
            case Probe(_, value):
                type_of(value, types)
            case Print(parts):
                for part in parts:
                    if not isinstance(part, str):
                        scalar_of(part, types)
            case Call() | Uncall() if s.each:
                given = of_elements(s, self.effects.written[s.kernel], self.programs[s.kernel], types)
                return replace(s, kernel=self.instance(s.kernel, given))
            case Call() | Uncall():
                written = self.effects.written[s.kernel]
                given = tuple(binding(type_of(a, types), k in written) for k, a in enumerate(s.args)) + tuple(type_of(e, types) for _, e in s.consts)
                return replace(s, kernel=self.instance(s.kernel, given))
        return with_blocks(s, lambda b: self.check(b, types))

    def stack(self, s: Push | Pop | Append | Drop, types: dict[str, Type]) -> None:
        stack, name = types[s.stack.name], s.stack.name
        if not isinstance(stack, Stack):
            raise WrongType(f"`{name}` is {said(stack)}, not a stack", Label(s.span, str(stack)), hint=f"hand in a `Stack(...)` as `{name}`")
        if isinstance(s, Push | Pop):
            t = scalar_of(s.place, types)
            if t.dtype != stack.dtype:
                raise WrongType(f"`{show_head(s)}` moves {an(str(t))}, and `{name}` holds {stack.dtype}", Label(s.span, f"{stack}, {t}"),
                                hint="move only values of the stack's type")
            return
        value = scalar_of(s.value, types)
        if not fits(value, stack.dtype) or (stack.dtype == "bool") != (value.dtype == "bool"):
            raise MixedWidths(f"`{show_head(s)}` mixes {stack.dtype} and {value}", Label(s.span, f"{stack}, {value}"),
                              hint=f"write `{name}.{type(s).__name__.lower()}({stack.dtype}({show_expr(s.value)}))`")

    def bijection(self, s: Apply | Unapply, types: dict[str, Type]) -> None:
        b, found = BIJECTIONS[s.bijection], [type_of(p, types) for p in s.places]
        words = " or ".join(KINDS[k] for k in b.kinds if k in KINDS) or "complex numbers"
        for p, t in zip(s.places, found, strict=True):
            if kind(t.dtype) not in b.kinds:
                raise WrongType(f"`{show_head(s)}` changes {words}, and `{show_expr(p)}` is {said(t)}", Label(s.span, str(t)),
                                hint=f"hand in {words}")
            if t.dtype != found[0].dtype or getattr(t, "ndim", 0) != getattr(found[0], "ndim", 0):
                one, other = f"`{show_expr(s.places[0])}` is {said(found[0])}", f"`{show_expr(p)}` is {said(t)}"
                raise WrongType(f"{one} and {other}: only places of one type can be changed together", Label(s.span, ", ".join(map(str, found))),
                                hint="hand in values of one type")
        for e in s.params:
            t = scalar_of(e, types)
            if kind(t.dtype) == "f" and kind(found[0].dtype) != "f":
                raise WrongType(f"`{show_head(s)}` works on {words}, and `{show_expr(e)}` is {said(t)}", Label(s.span, "here"),
                                hint=f"write `int({show_expr(e)})`")

    def update(self, s: Update, types: dict[str, Type]) -> None:
        want = type_of(s.place, types)
        if isinstance(want, Stack):
            raise WrongType(f"`{show_head(s)}` changes a whole stack", Label(s.span, f"`{show_expr(s.place)}` is {said(want)}"),
                            hint=f"write `{show_expr(s.place)}.append({show_expr(s.value)})`")
        if is_record(want):
            scalar_of(s.place, types)
        given = operand(s.value, types)
        if isinstance(given, Array) and isinstance(want, Array) and given.ndim > want.ndim:
            raise ShapeMismatch(f"`{show_expr(s.place)}` has {counted(want.ndim, 'axis', 'axes')}, and `{show_expr(s.value)}` has {given.ndim}",
                                Label(s.span, f"{want} {s.op} {given}"), hint="loop over the axis that is too many, or reduce it first")
        value = each(given) if isinstance(want, Array) else scalar_of(s.value, types)
        k = kind(want.dtype)
        if k in "xl" and s.op not in (("+=", "-=") if k == "x" else ("*=", "/=")):
            raise NotExact(f"`{show_head(s)}` could not be undone to the last bit: `{show_expr(s.place)}` is {said(want)}",
                           Label(s.span, f"{want} {s.op} {value}"), hint=_instead(s, want.dtype, fresh_name("t", types)))
        if s.op == "^=":
            if k in "fc" or kind(valued(value).dtype) in "fc":
                raise WrongType(f"`^=` works on the bits of whole numbers, and here is {said(want if k in 'fc' else value)}",
                                Label(s.span, f"{want} ^= {value}"), hint=f"write `{show_expr(s.place)} += {show_expr(s.value)}`")
        elif k == "b":
            raise WrongType(f"`{show_expr(s.place)}` is a bool, and a bool is changed by `^=`", Label(s.span, "cannot be undone"),
                            hint=f"write `{show_expr(s.place)} ^= {show_expr(s.value)}`")
        if not fits(value, want.dtype):
            cast = f"write `{show_expr(s.place)} {s.op} {spelled(want.dtype)}({show_expr(s.value)})`"
            if is_complex(value) and k != "c":
                part = show_expr(s.value, 20)
                raise WrongType(f"`{show_head(s)}` puts a complex number into the {want} `{show_expr(s.place)}`", Label(s.span, f"{want} {s.op} {value}"),
                                hint=f"write `{show_expr(s.place)} {s.op} {part}.real`, or hand in a complex `{s.place.name}`")
            if kind(valued(value).dtype) == "f" and k not in "fcxl":
                raise LossyUpdate(f"`{show_head(s)}` puts {an(str(value))} into the {want} `{show_expr(s.place)}`", Label(s.span, f"{want} {s.op} {value}"),
                                hint=f"make `{s.place.name}` a float, or {cast}, which drops the fraction")
            raise MixedWidths(f"`{show_head(s)}` mixes {want} and {value}", Label(s.span, f"{want} {s.op} {value}"), hint=cast)


def _instead(s: Update, dtype: str, t: str) -> str:
    """What to write where a number system does not have this update."""
    value = show_expr(Fn({"*": "mul", "/": "div", "-": "sub"}.get(s.op[0], "add"), (s.place, s.value)))
    if kind(dtype) == "x":
        return f"sums are exact, products are not: make a new number, `{t} = {spelled(dtype)}({value})`"
    return f"products are exact, sums are not: make a float, `{t} = {value}`"
