"""What a name means at a place of a kernel, and what may be done with it.

A register, constant, local or loop variable is *live* from where it is made to where it ends; what has ended is
remembered, so that a mistake can name both places. Other names are looked up in the host: numbers become constants,
arrays hidden constant parameters.
"""

from __future__ import annotations

import difflib
import inspect
import keyword
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from revbench.errors import (
    BadCapture,
    IrreversibleAssignment,
    Label,
    LoopCarried,
    OutOfBlock,
    ReadsItself,
    ReleasedElsewhere,
    ReleasedParameter,
    ReleasedTwice,
    Report,
    RevbenchError,
    Span,
    UnknownName,
    UnsupportedOperator,
    UnsupportedType,
    UsedAfterRelease,
    WrittenConstant,
    WrittenLoopVariable,
)
from revbench.ir.library import Library, fresh_name
from revbench.ir.nodes import (
    Const,
    Depth,
    Enter,
    Expr,
    Fn,
    For,
    ForBack,
    Forget,
    Index,
    Leave,
    Loop,
    Name,
    Program,
    Release,
    Shape,
    Stash,
    Stmt,
    Top,
)
from revbench.ir.show import show_expr
from revbench.ir.walk import names, statements
from revbench.ir.words import an
from revbench.numerics.exact import Exact, ExactArray
from revbench.passes.mending import chain
from revbench.rules.functions import VOCABULARY
from revbench.rules.typing import type_of_dtype

from .advice import Scene, loop_carried, overwriting, replaced_by, said
from .parse import Parsed

KNOWN_MODULES: dict[str, ModuleType] = {"math": math, "np": np, "numpy": np}      # for `np.pi`, imported or not
KINDS = {"param": "a parameter", "const": "a constant", "capture": "a captured value", "loop": "a loop variable", "local": "a local"}
FROM_MATH = ("pi", "e", "tau", "inf", "nan")
MODULES = {"np": "import numpy as np", "numpy": "import numpy", "math": "import math", "rb": "import revbench as rb"}


def is_kernel(value: Any) -> bool:
    """Without asking the host's objects anything that they could answer wildly."""
    return isinstance(inspect.getattr_static(value, "library", None), Library)


@dataclass
class Known:
    kind: str
    span: Span | None
    loops: int = 0                         # how many loops stood around the definition
    depth: int = 0                         # and how many blocks
    read: Span | None = None
    reader: Stmt | None = None             # the statement that read it last
    first: Expr | None = None              # what a local was made from
    changed: bool = False                  # since it was made


@dataclass
class Resolved:
    """The result: raw programs with resolved names, and what they took from the host."""

    programs: dict[str, Program]
    defaults: dict[str, dict[str, Any]]
    captured: dict[str, dict[str, Any]]
    seen: dict[str, Any] = field(default_factory=dict)      # host names -> values, to notice that one changed


class Names:
    """The names of one kernel, while its statements are gone through in order."""

    def __init__(self, parsed: Parsed, own: dict[str, Program], host: Mapping[str, Any], out: Resolved,
                 library: dict[str, Program], foreign: dict[int, dict[str, str]], report: Report) -> None:
        self.p, self.notes = parsed.program, parsed.notes
        self.own, self.host, self.out, self.library, self.foreign, self.report = own, host, out, library, foreign, report
        self.live: dict[str, Known] = {}
        self.gone: dict[str, tuple[str, Span | None]] = {}
        self.captures: dict[str, Any] = {}
        self.loops: list[str | None] = []                   # the variables of the loops around; None for a `while`
        self.around: list[tuple[Stmt, bool]] = []           # the loops and `if`s around, and which branch
        self.now: Stmt | None = None                        # the statement at hand
        self.depth = 0
        self.inner = {s.name: s.span for s in reversed(list(statements(self.p.body))) if isinstance(s, Enter)}

    def fresh(self, name: str) -> str:
        """A name like this one that the kernel does not use."""
        return fresh_name(name, {*self.notes.names, *self.live, *self.gone, *self.inner})

    def refuse(self, kind: type[RevbenchError], message: str, span: Span | None, mark: str, second: Label | None = None, hint: str = "") -> None:
        self.report.add(kind(message, Label(span, mark), *([second] if second else []), hint=hint))

    # ---- making, writing, releasing
    def make(self, name: str, kind: str, span: Span | None) -> None:
        self.live[name] = Known(kind, span, len(self.loops), self.depth)

    def enter(self, s: Enter, spoiled: bool) -> None:
        """`name = init`: a new local, or a mistake. `spoiled`: the value was refused already, and that is enough."""
        old = self.live.get(s.name)
        if s.span in self.notes.operators:
            self.operator(s, old, spoiled)
        elif old is None:
            self.make(s.name, "local", s.span)
            self.live[s.name].first = s.init
            self.gone.pop(s.name, None)
            if spoiled:
                self.notes.excused.add(s.name)
        elif old.kind in ("const", "capture", "loop"):
            self.written(s.name, s)
        elif not spoiled:
            text = said(s.span, f"{s.name} = {show_expr(s.init)}")
            inside = old.read is not None and s.span is not None and old.read.line >= s.span.line
            second = Label(old.span, KINDS[old.kind] if old.kind == "param" else "made here", "~")
            if old.read is not None and not inside:
                second = Label(old.read, "last read here", "~")
            if old.kind == "local" and old.loops < len(self.loops):
                self.refuse(LoopCarried, f"`{text}` overwrites `{s.name}` at each turn of the loop", s.span, "overwritten here", second,
                            loop_carried(s.name, s.init, self.scene(s.name), self.fresh))
            else:
                kind, message, hint = overwriting(Name(s.name), s.init, text, self.fresh)
                used = old.kind == "local" or (old.read is not None and not inside)
                if used and kind is IrreversibleAssignment and not isinstance(s.init, Name | Index) and chain(Name(s.name), s.init) is None:
                    hint = f"give the new value a new name: `{self.fresh(s.name)} = {show_expr(s.init)}`"
                if self.loops and s.name in names(s.init) and chain(Name(s.name), s.init) is None:
                    hint = loop_carried(s.name, s.init, self.scene(s.name), self.fresh)
                if isinstance(s.init, Name) and (new := self.live.get(s.init.name)) is not None and new.first is not None and not new.changed:
                    hint = replaced_by(Name(s.name), s.init.name, new.first) or hint
                self.refuse(kind, message, s.span, "overwritten here" if kind is IrreversibleAssignment else "not yet", second, hint)

    def operator(self, s: Enter, old: Known | None, spoiled: bool) -> None:
        """`n &= e`, `n %= e`, ...: an update that forgets, read as an assignment."""
        if old is None or spoiled:
            if old is None and not spoiled:
                self.missing(s.name, s.span, "changed here")
        elif old.kind in ("const", "capture", "loop"):
            self.written(s.name, s)
        else:
            value = show_expr(s.init)
            hint = f"make a new local: `{self.fresh(s.name)} = {value}`"
            if self.loops and old.loops < len(self.loops):
                hint = loop_carried(s.name, s.init, self.scene(s.name), self.fresh)
            self.refuse(UnsupportedOperator, f"`{said(s.span, s.name)}` cannot be undone", s.span, "forgets the old value",
                        Label(old.span, KINDS[old.kind] if old.kind == "param" else "made here", "~"), hint)

    def scene(self, name: str) -> Scene:
        """What stands around a statement that overwrites `name`."""
        old, around = self.live[name], tuple(self.around)
        loop = next((s for s, _ in reversed(around) if isinstance(s, For | ForBack | Loop)), None)
        inside = loop is not None and loop.span is not None and old.read is not None and old.read.line >= loop.span.line
        inline = {n: k.first for n, k in self.live.items() if k.first is not None and not k.changed and k.loops == len(self.loops) and k.kind == "local"}
        elements = self.notes.elements.get(loop.span, ()) if loop is not None and loop.span is not None else ()
        element = elements[0] if len(elements) == 1 else ""
        reader = old.reader if inside and old.reader is not self.now else None
        return Scene(around, element, old.first, reader, inside and (reader is not None or isinstance(loop, Loop)), inline, self.notes.moving,
                     old.kind == "param")

    def written(self, name: str, s: Stmt) -> None:
        known = self.live.get(name)
        if known is None:
            return
        known.changed = True
        if known.kind in ("const", "capture"):
            where = Label(known.span, KINDS[known.kind], "~") if known.kind == "const" else None
            hint = f"make `{name}` a positional parameter" if known.kind == "const" else f"hand `{name}` in as a parameter"
            self.refuse(WrittenConstant, f"`{name}` is {KINDS[known.kind]} and cannot be changed", s.span, "written here", where, hint)
        elif known.kind == "loop":
            self.refuse(WrittenLoopVariable, f"`{name}` is the loop's own variable", s.span, "written here", Label(known.span, "the loop", "~"),
                        f"copy it into a local: `{self.fresh('k')} = {name}`")

    def release(self, s: Release | Stash | Forget | Leave) -> None:
        name, known = s.name, self.live.get(s.name)
        if known is None:
            if self.gone.get(name, ("", None))[0] == "released":
                self.refuse(ReleasedTwice, f"`{name}` is released a second time", s.span, "here", Label(self.gone[name][1], "released here", "~"),
                            "leave this line out")
            else:
                self.missing(name, s.span, "released here")
        elif known.kind != "local":
            self.refuse(ReleasedParameter, f"`{name}` is {KINDS[known.kind]}, and only locals can be released", s.span, "here",
                        Label(known.span, KINDS[known.kind], "~"), "leave this line out")
        elif isinstance(s, Release) and known.depth != self.depth:
            self.refuse(ReleasedElsewhere, f"`{name}` is released in another block than the one that made it", s.span, "here",
                        Label(known.span, "made here", "~"), "release it at the end of its own block, or leave that to the compiler")
        else:
            if isinstance(s, Release | Leave) and (value := s.value if isinstance(s, Release) else s.init) is not None and name in names(value):
                self.refuse(ReadsItself, f"the value that `{name}` is released against reads `{name}`", s.span, "cannot be undone",
                            Label(known.span, "made here", "~"), f"write what `{name}` holds by then without it, or `del {name}`")
            del self.live[name]
            self.gone[name] = ("released", s.span)

    # ---- names that mean nothing here
    def missing(self, name: str, span: Span | None, doing: str = "read here") -> None:
        why, where = self.gone.get(name, ("", None))
        if why == "released":
            self.refuse(UsedAfterRelease, f"`{name}` was released", span, "used here", Label(where, "released here", "~"),
                        f"move `{said(where, f'del {name}')}` down, after the last use of `{name}`")
        elif why == "loop" or any(name in group for group in self.notes.elements.values()):
            where = where or next(loop for loop, group in self.notes.elements.items() if name in group)
            self.refuse(OutOfBlock, f"`{name}` is the variable of a loop that has ended", span, doing, Label(where, "the loop", "~"),
                        f"use `{name}` inside the loop, or give this another name")
        elif why == "block":
            self.refuse(OutOfBlock, f"`{name}` is a local of an inner block, which has cleaned it up", span, doing, Label(where, "made here", "~"),
                        f"make `{name}` before the inner block, and write `{name} += ...` inside")
        elif name not in self.notes.excused:
            self.notes.excused.add(name)
            if name in self.inner:
                self.refuse(UnknownName, f"`{name}` is used before it is made", span, doing, Label(self.inner[name], "made here", "~"),
                            f"move `{said(self.inner[name], f'{name} = ...')}` up, before this line")
            else:
                self.refuse(UnknownName, f"`{name}` is not known here", span, doing, hint=self.meant(name))

    def meant(self, name: str) -> str:
        """A guess at what an unknown name stands for."""
        root, _, rest = name.partition(".")
        if rest:
            value = self.host.get(root)
            known = [k for k in dir(value) if not k.startswith("_")] if isinstance(value, ModuleType) else []
            close = difflib.get_close_matches(rest, known, 1, 0.4)
            if close:
                return f"did you mean `{root}.{close[0]}`?"
            if root in self.host and not isinstance(value, ModuleType):
                return f"only names can be captured: write `{name.rpartition('.')[2]} = {name}` above the kernel, and use that"
            return f"write `{MODULES[root]}` above the kernel" if root in MODULES and root not in self.host else "make it a parameter"
        usable = (k for k, v in self.host.items() if not k.startswith("_") and isinstance(v, bool | int | float | np.generic | np.ndarray))
        if close := difflib.get_close_matches(name, [*self.live, *usable], 1):
            return f"did you mean `{close[0]}`?"
        if name in FROM_MATH:
            return f"write `from math import {name}` above the kernel"
        return f"make it a parameter, or a local before this line: `{name} = ...`"

    # ---- names of the host
    def captured(self, e: Name | Index | Shape | Top | Depth, name: str, doing: str = "read here") -> Expr:
        value, found = self.lookup(name)
        if name in VOCABULARY and name not in self.inner and (not found or callable(value)):
            self.refuse(UnknownName, f"`{name}` is a function, not a value", e.span, "read here", hint=f"call it: `{name}(x)`")
        elif name in self.own or is_kernel(value):
            self.refuse(UnknownName, f"`{name}` is a kernel, not a value", e.span, "read here", hint=f"call it as a statement: `{name}(...)`")
        elif not found or name in self.gone or (name in self.inner and name not in self.host):
            self.missing(name, e.span, doing)
        elif isinstance(value, bool | int | float | np.bool_ | np.integer | np.floating | Exact) and isinstance(e, Name):
            number = value.item() if isinstance(value, np.generic) else float(value) if isinstance(value, Exact) else value
            if not isinstance(number, int) or -2**63 <= number < 2**64:
                self.out.seen[name] = value
                return Const(number, span=e.span)
            self.refuse(BadCapture, f"`{name}` does not fit into 64 bits", e.span, "read here", hint=f"make it a float: `{name} = float({name})`")
        elif isinstance(value, complex | np.complexfloating) and isinstance(e, Name):
            self.out.seen[name] = value
            return Fn("complex", (Const(float(value.real)), Const(float(value.imag))), span=e.span)
        elif isinstance(value, np.ndarray | ExactArray) and "." not in name:
            try:
                if isinstance(value, np.ndarray):
                    type_of_dtype(value.dtype, name)
            except UnsupportedType as unfit:
                self.refuse(UnsupportedType, unfit.message, e.span, "captured here", hint=unfit.hint)
                self.notes.excused.add(name)
            self.out.seen[name] = value
            self.captures[name] = value
            self.make(name, "capture", e.span)
            return e
        else:
            self.bad_capture(e, name, value)
        return Const(0, span=e.span)

    def bad_capture(self, e: Name | Index | Shape | Top | Depth, name: str, value: Any) -> None:
        if name in self.notes.excused:
            return
        self.notes.excused.add(name)
        kind, what, last = type(value).__name__, "", name.rpartition(".")[2]
        hint = "numbers, NumPy arrays and kernels can be captured"
        match value:
            case bool() | int() | float() | complex() | np.generic():
                what = "a number, and has no elements" if isinstance(e, Index) else "a number, and has no length"
                hint = f"write `{name}`"
            case np.ndarray() | ExactArray():
                what, hint = "an array inside a module", f"write `{last} = {name}` above the kernel, and use that"
            case list() | tuple():
                what, hint = f"{an(kind)}, which kernels cannot read", f"make it an array above the kernel: `{last} = np.array({name})`"
            case None:
                what = "`None`, which kernels cannot compute with"
            case str() | bytes():
                what = "text, which kernels cannot compute with"
            case ModuleType():
                what, hint = "a module, not a number", f"name what you mean in it: `{name}.{'pi' if name == 'math' else 'name'}`"
            case _ if callable(value):
                what, hint = "a Python function, not a number", "write its expression out, or make it a kernel and call it as a statement"
            case _:
                what = f"{an(kind)}, which kernels cannot read"
        self.refuse(BadCapture, f"`{name}` is {what}", e.span, "captured here", hint=hint)

    def lookup(self, dotted: str) -> tuple[Any, bool]:
        first, *rest = dotted.split(".")
        if keyword.iskeyword(first) or (first not in self.host and first not in KNOWN_MODULES):
            return None, False
        value = self.host[first] if first in self.host else KNOWN_MODULES[first]
        for attr in rest:
            if not isinstance(value, ModuleType) or not hasattr(value, attr):
                return None, False
            value = getattr(value, attr)
        return value, True
