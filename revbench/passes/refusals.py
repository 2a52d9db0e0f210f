"""What `passes.scopes` says when a local cannot clean up after itself: the statements in the way, and the line to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from revbench.errors import Label, LoopBoundChanges, MisplacedKeep, MixedStatement, NeedsFi, OperandChanges, Span
from revbench.ir.nodes import Block, Enter, Expr, For, ForBack, If, Keep, Name, Stmt, Uncompute, Update
from revbench.ir.show import show_expr, show_head
from revbench.ir.walk import blocks, names, places_read, rebuild

from .effects import Effects
from .inverse import inverse_stmt


def leaf(block: Block, wanted: Callable[[Stmt], object]) -> Stmt | None:
    """The first innermost statement that `wanted` accepts."""
    for s in block:
        inner = tuple(t for b in blocks(s) for t in b)
        found = leaf(inner, wanted) if inner else s if wanted(s) else None
        if found is not None:
            return found
    return None


def elifs(s: If) -> list[If]:
    """An `if` and its `elif`s."""
    match s.orelse:
        case (If() as rest,) if rest.span is not None and rest.span.text.startswith("elif"):
            return [s, *elifs(rest)]
        case _:
            return [s]


class Refusals:
    """The mistakes, with places found under these effects."""

    def __init__(self, effects: Effects) -> None:
        self.effects = effects

    def at(self, t: Stmt, what: Sequence[str]) -> Span | None:
        """The innermost place of `t` that touches one of `what`."""
        found = leaf((t,), lambda q: not isinstance(q, Uncompute) and self.effects.of(q).touched & frozenset(what)) if what else None
        return (found or t).span

    def writer(self, block: Block, name: str) -> Stmt | None:
        return leaf(block, lambda t: not isinstance(t, Uncompute) and name in self.effects.of(t).writes)

    def bound_changes(self, s: For | ForBack, name: str) -> LoopBoundChanges:
        guilty = self.writer(s.body, name)
        hint = "change another name in the loop"
        if isinstance(guilty, Update) and isinstance(guilty.place, Name):
            hint += f", and add that to `{name}` after it: `{name}_more {guilty.op} {show_expr(guilty.value)}`"
        return LoopBoundChanges(f"the loop changes `{name}`, which its range reads", Label((guilty or s).span, "changed here"),
                                Label(s.span, "read here", "~"), hint=hint)

    def still_needed(self, name: str, s: Stmt, t: Stmt, cause: Stmt, changed: str | None) -> OperandChanges:
        """`s` made `name`, `cause` changed `changed` (or was the `uncompute`), and `t` needs `name` after that."""
        computed = Label(s.span, f"`{name}` computed here", "~")
        if t is cause and changed:
            return OperandChanges(
                f"this reads the local `{name}` and changes `{changed}`, which `{name}` was computed from: `{name}` cannot be undone after it",
                Label(self.at(t, [changed]), f"changes `{changed}`"), computed,
                hint=_without_local(name, s, t) or f"write the result to another place than `{changed}`, or end `{name}` by hand: `free({name}, ...)`")
        because = f"its operand `{changed}` has changed" if changed else "its compute block was undone"
        return OperandChanges(
            f"`{name}` is still needed here, but can no longer be undone: {because}", Label(self.at(t, [name]), "needed here"),
            Label(self.at(cause, [changed] if changed else []), f"changes `{changed}`" if changed else "undone here", "~"), computed,
            hint=f"use `{name}` before the change, or end it by hand: `free({name}, ...)`" if changed else f"use `{name}` before that line")

    def crossed(self, name: str, made: Stmt, source: Stmt, after: Sequence[Stmt]) -> OperandChanges:
        """`made` computes `name` from what `source` computed, which has to be undone before `after` begins, and `name` is needed there."""
        needed = next(u for u in after if not isinstance(u, Uncompute) and name in self.effects.of(u).touched)
        return OperandChanges(
            f"`{name}` is needed here, after what it was computed from had to be undone", Label(self.at(needed, [name]), "needed here"),
            Label(made.span, f"`{name}` computed here", "~"), Label(source.span, "from this", "~"),
            Label(after[0].span, "which had to be undone before this", "~"), hint=f"use `{name}` before that change, or compute it again after it")

    def unsound(self, name: str, s: Stmt, local: frozenset[str]) -> OperandChanges:
        reader = leaf((s,), lambda t: name in self.effects.of(t).reads and self.effects.of(t).writes & local)
        return OperandChanges(
            f"a local that reads `{name}` cannot be undone, because the same statement changes `{name}`", Label((reader or s).span, f"reads `{name}`"),
            Label((self.writer((s,), name) or s).span, f"changes `{name}`", "~"), hint=f"write the result to another place than `{name}`")

    def mixed(self, s: Stmt, local: str, register: str) -> MixedStatement:
        return MixedStatement(
            f"this statement writes both the local `{local}` and `{register}`: it can be neither undone nor kept", Label(s.span, "here"),
            hint=f"undo it by hand after the last use of `{local}`, with `{show_head(inverse_stmt(s))}`, and then release it: `del {local}`")

    def misplaced_keep(self, s: Keep) -> MisplacedKeep:
        return MisplacedKeep(f"`{show_head(s)}` keeps a value that nothing would take back: `{s.name}` is not undone by its block", Label(s.span, "kept here"),
                             hint=f"leave the end of `{s.name}` to the compiler: without `del {s.name}`, `free({s.name}, ...)` and `with inverse():`")

    def needs_fi(self, s: If, more: str) -> NeedsFi | None:
        """For an `if` and its `elif`s together; None if every other end is known."""
        chain = elifs(s)
        unknown = next((link for link in chain if link.exit is None), None)
        if unknown is None:
            return None
        tested = names(unknown.test)
        changed = sorted(tested & self.effects.of(unknown).writes)[0]
        guilty = self.writer((*unknown.then, *unknown.orelse), changed)
        conditions = ", ".join("condition" if link.exit is None else show_expr(link.exit) for link in chain)
        when = "true exactly when the first branch was taken" if len(chain) == 1 else "each true exactly when its branch was taken"
        return NeedsFi(f"a branch changes `{changed}`, which the `if` reads, so the way back cannot choose", Label(unknown.span, "tested here"),
                       Label(guilty.span if guilty else None, "changed here", "~"), hint=f"on the line after the `if` write `fi({conditions})`: {when}{more}")


def _without_local(name: str, made: Stmt, used: Stmt) -> str:
    """`t = e`, `x[i] += t` -> `x[i] += e`, where that is legal."""
    if not isinstance(made, Enter) or not isinstance(used, Update) or made.name != name:
        return ""
    init = made.init

    def put(e: Expr) -> Expr:
        return init if e == Name(name) else rebuild(e, put)

    value = put(used.value)
    if any(p == used.place or p.name == name or (isinstance(used.place, Name) and p.name == used.place.name) for p in places_read(value)):
        return ""
    return f"write it without the local: `{show_expr(used.place)} {used.op} {show_expr(value)}`"
