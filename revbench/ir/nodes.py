"""The whole language: every expression and statement a kernel can be made of.

Nodes are immutable and compare by meaning: spans do not take part. Passes discriminate by class and end with
`assert_never`, so that the type checker lists every pass that a new node must be added to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from revbench.errors import Span


def _span() -> Any:
    return field(default=None, kw_only=True, compare=False, repr=False)


# ---- expressions: pure, total up to run-time laws ------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Const:
    """A literal or a captured host scalar. Numbers are weak: they take the type of the other operand."""

    value: float | int | bool
    span: Span | None = _span()

    def __eq__(self, other: object) -> bool:            # 1, 1.0 and True are different programs; nan is itself
        return isinstance(other, Const) and type(self.value) is type(other.value) and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), repr(self.value)))


@dataclass(frozen=True, slots=True)
class Name:
    """A scalar, or a whole array."""

    name: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Index:
    """`name[i, j]`: an element, a row (fewer indices than axes), a part (an index is a `Slice`) or a field (the last one is a `Field`)."""

    name: str
    indices: tuple[Expr, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Shape:
    """`name.shape[axis]`; `len(name)` is axis 0. Reads no contents."""

    name: str
    axis: int
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Fn:
    """A row of `rules.functions` applied: operators and elementary functions alike."""

    fn: str
    args: tuple[Expr, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Lazy:
    """`a and b`, `a or b`: the second is evaluated only if it is needed."""

    op: Literal["and", "or"]
    left: Expr
    right: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class IfExp:
    """`then if test else orelse`: evaluates only the one it needs."""

    test: Expr
    then: Expr
    orelse: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Zeros:
    """`zeros((n, m), dtype)`, `full(n, value)`: the starting value of a local array. None means: not said; filled with zeros."""

    shape: tuple[Expr, ...]
    dtype: str | None = None
    fill: Expr | None = None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class CopyOf:
    """`t = x` of a whole array: a local that starts as its copy."""

    source: Name | Index
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class ZerosLike:
    """`zeros_like(x)`, `ones_like(x)`: a local array of the shape and type of another one."""

    source: Name | Index
    fill: Expr | None = None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Slice:
    """`start:stop:step`, as an index only. None: from the beginning, to the end, every one."""

    start: Expr | None
    stop: Expr | None
    step: Expr | None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Field:
    """The name of a field, as the last index only: `p.x`, `z[i].real`."""

    name: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Reduce:
    """`sum(x)`, `dot(x, y)`, `argmax(x[:k])`, ...: one number from whole arrays. A row of `rules.reductions`."""

    fn: str
    args: tuple[Expr, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class MatMul:
    """`left @ right` of arrays with one or two axes."""

    left: Expr
    right: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Transposed:
    """`x.T`: the axes in reverse order, no copy."""

    source: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class NewStack:
    """`Stack()`: the starting value of a local stack. `dtype` None: not said."""

    dtype: str | None = None
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Top:
    """`s[-1]` of a stack: reads its contents. Law: it is not empty."""

    name: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Depth:
    """`len(s)` of a stack. Unlike `Shape`, it changes with what is pushed and popped: it reads the contents."""

    name: str
    span: Span | None = _span()


Expr = (Const | Name | Index | Shape | Fn | Lazy | IfExp | Zeros | CopyOf | ZerosLike | Slice | Field | Reduce | MatMul | Transposed
        | NewStack | Top | Depth)
Place = Name | Index
Op = Literal["+=", "-=", "*=", "/=", "^="]
OPPOSITE: dict[Op, Op] = {"+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=", "^=": "^="}


# ---- statements ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Update:
    """`place += value` (or `-=`, `*=`, `/=`, `^=`).

    Law: `value` does not read `place`; then the inverse is the same node with the opposite operator.
    """

    place: Place
    op: Op
    value: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Permute:
    """`places[i]` receives what `places[order[i]]` held, all at once. Law: the places are distinct."""

    places: tuple[Place, ...]
    order: tuple[int, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Apply:
    """`places = bijection(places, *params)`: a row of `rules.bijections`. Law: no two places are one, and `params` read none of them."""

    bijection: str
    places: tuple[Place, ...]
    params: tuple[Expr, ...] = ()
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Unapply:
    """`places = (~bijection)(places, *params)`: the inverse of an `Apply`."""

    bijection: str
    places: tuple[Place, ...]
    params: tuple[Expr, ...] = ()
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Keep:
    """`name = keep(value)`: the old value goes to the keeper stack, `value` (which may read it) takes its place. Surface only.

    `made`: `value` is a local that was made for it and ends here.
    """

    name: str
    value: Expr
    made: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Push:
    """`stack.push(place)`: the value moves, and `place` is left at its zero."""

    stack: Place
    place: Place
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Pop:
    """`stack.pop(place)`. Law: the stack is not empty, and `place` is zero."""

    stack: Place
    place: Place
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Append:
    """`stack.append(value)`: a copy of a value."""

    stack: Place
    value: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Drop:
    """`stack.drop(value)`: the inverse of an `Append`. Law: the top is `value`."""

    stack: Place
    value: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Enter:
    """A local begins, holding `init`."""

    name: str
    init: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Leave:
    """A local ends. Law: it holds `init` again."""

    name: str
    init: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Within:
    """Run `compute`, run `apply`, undo `compute`: Bennett's compute-copy-uncompute, NiLang's `@routine`."""

    compute: Block
    apply: Block
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Undo:
    """Run the inverse of `body`, which restores locals only (the slice of a mixed statement)."""

    body: Block
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Redo:
    """Run `body`, which writes locals only: the inverse of `Undo`."""

    body: Block
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class If:
    """Law: `exit` is true after `then`, false after `orelse`. `exit` None: not known yet (before scopes)."""

    test: Expr
    exit: Expr | None
    then: Block
    orelse: Block
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Loop:
    """Janus' loop: `first`; while `test`: `second`, `first`. A plain `while` has an empty `first`.

    Law: `entry` is true when the loop is entered, false after each `second`. None: not known yet.
    """

    entry: Expr | None
    first: Block
    test: Expr
    second: Block
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Range:
    start: Expr
    stop: Expr
    step: Expr


@dataclass(frozen=True, slots=True)
class For:
    """`for var in range(...)`. Law: the body changes neither `var` nor anything that the range reads.

    `parallel` (`prange`): turns share nothing that one of them writes; for back ends that can use it.
    """

    var: str
    range: Range
    body: Block
    parallel: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class ForBack:
    """`for var in reversed(range(...))`: the inverse of a `For`."""

    var: str
    range: Range
    body: Block
    parallel: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Call:
    """`kernel(*args, **consts)`. Law: no written argument overlaps another argument.

    `each`: for every element of the arrays among the arguments; only until types are known.
    """

    kernel: str
    args: tuple[Expr, ...]
    consts: tuple[tuple[str, Expr], ...] = ()
    each: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Uncall:
    """`(~kernel)(*args)`: run the callee backwards."""

    kernel: str
    args: tuple[Expr, ...]
    consts: tuple[tuple[str, Expr], ...] = ()
    each: bool = False
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Stash:
    """Move a hidden keeper (a branch bit, a loop counter) to the keeper stack; ends the name."""

    name: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Unstash:
    """Take a hidden keeper back from the keeper stack; begins the name."""

    name: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Forget:
    """End a local whatever it holds: the one irreversible statement; only adjoints contain it."""

    name: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Assert:
    """A pure observer: `test` must hold, in both directions."""

    test: Expr
    message: str = ""
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Print:
    """A pure observer: show text parts and values, in both directions."""

    parts: tuple[str | Expr, ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Probe:
    """A pure observer: record a value under a name, in both directions."""

    label: str
    value: Expr
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Require:
    """A run-time law that a pass has made explicit: `test` must hold; `values` are reported when it does not."""

    test: Expr
    law: str
    message: str
    values: tuple[tuple[str, Expr], ...]
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Unchecked:
    """`with unchecked()`: the same statements without run-time laws."""

    body: Block
    span: Span | None = _span()


# surface only: the front end writes them, `passes.scopes` takes them away
@dataclass(frozen=True, slots=True)
class ComputeBlock:
    """`with compute() as label`: undone at `uncompute(label)`, or at the end of the enclosing block."""

    label: str
    body: Block
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Uncompute:
    """`uncompute(label)`."""

    label: str
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class InverseBlock:
    """`with inverse()`: the block, inverted."""

    body: Block
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Release:
    """`free(t, e)`, or `del t` (`value` None: the expression that `t` was made from)."""

    name: str
    value: Expr | None
    span: Span | None = _span()


Stmt = (Update | Permute | Apply | Unapply | Keep | Push | Pop | Append | Drop | Enter | Leave | Within | Undo | Redo | If | Loop | For
        | ForBack | Call | Uncall | Stash | Unstash | Forget | Assert | Print | Probe | Require | Unchecked
        | ComputeBlock | Uncompute | InverseBlock | Release)
Block = tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """One kernel: in-out registers, constants, body; the kernels that are its derivatives, where it declares them."""

    name: str
    params: tuple[str, ...]
    consts: tuple[str, ...]
    body: Block
    doc: str = field(default="", compare=False)
    adjoint: str = field(default="", kw_only=True)
    tangent: str = field(default="", kw_only=True)
    span: Span | None = _span()
