"""What `passes.scopes` says when a local cannot clean up after itself: the statements in the way, and the line to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from revbench.errors import Label, LoopBoundChanges, MisplacedKeep, MixedStatement, NeedsCameFrom, NeedsFi, OperandChanges, Span
from revbench.ir.library import fresh_name
from revbench.ir.nodes import OPPOSITE, Block, Const, Enter, Fn, For, ForBack, If, Index, Keep, Loop, Name, Permute, Program, Stmt, Uncompute, Update
from revbench.ir.show import show_expr, show_head
from revbench.ir.walk import NAMED, blocks, everywhere, expressions, names, places_read, statements

from .effects import Effects
from .inverse import inverse_stmt
from .mending import FUNCTION, copied, elsewhere, place_named, put, quoted, reads, turns_of


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
    """The mistakes of one kernel, with places found under these effects."""

    def __init__(self, effects: Effects, program: Program) -> None:
        self.effects, self.program = effects, program
        self.loops: list[For | ForBack | Loop] = []                 # around the block at hand

    @cached_property
    def taken(self) -> set[str]:
        """The names that the kernel uses."""
        p, touched = self.program, (self.effects.of(s).touched for s in statements(self.program.body))
        return {*p.params, *p.consts, *(e.name for e in everywhere(p.body) if isinstance(e, NAMED))}.union(*touched)

    def fresh(self, name: str) -> str:
        """A name like this one that the kernel does not use."""
        return fresh_name(name, self.taken)

    def result(self, copy: str) -> str:
        """A register for what is computed in `copy`."""
        return fresh_name("out", {*self.taken, copy})

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
            hint = f"leave `{name}` as it is, and count in another register: `{self.fresh('out')} {guilty.op} {show_expr(guilty.value)}`"
        return LoopBoundChanges(f"the loop changes `{name}`, which its range reads", Label((guilty or s).span, "changed here"),
                                Label(s.span, "read here", "~"), hint=hint)

    def still_needed(self, name: str, s: Stmt, t: Stmt, cause: Stmt, changed: str | None) -> OperandChanges:
        """`s` made `name`, `cause` changed `changed` (or was the `uncompute`), and `t` needs `name` after that."""
        computed = Label(s.span, f"`{name}` computed here", "~")
        if t is cause and changed:
            return OperandChanges(
                f"this reads the local `{name}` and changes `{changed}`, which `{name}` was computed from: `{name}` cannot be undone after it",
                Label(self.at(t, [changed]), f"changes `{changed}`"), computed,
                hint=_without_local(name, s, t) or self.each_turn(name, s, changed) or self.elsewhere(t, changed))
        because = f"its operand `{changed}` has changed" if changed else "its compute block was undone"
        return OperandChanges(
            f"`{name}` is still needed here, but can no longer be undone: {because}", Label(self.at(t, [name]), "needed here"),
            Label(self.at(cause, [changed] if changed else []), f"changes `{changed}`" if changed else "undone here", "~"), computed,
            hint=self.earlier(name, s, t, cause, changed) if changed else f"use `{name}` before that line")

    def earlier(self, name: str, made: Stmt, needed: Stmt, cause: Stmt, changed: str) -> str:
        """The ways out when `name` is needed after `cause` has changed what it was computed from."""
        ways = []
        after = self.effects.of(needed)
        if not blocks(needed) and not blocks(cause) and not after.writes & self.effects.of(made).touched:
            ways.append(f"move `{_said(needed)}` above `{_said(cause)}`, which it then precedes")
        if isinstance(made, Enter) and isinstance(cause, Update) and isinstance(cause.place, Name) and cause.op in ("+=", "-="):
            before = put(made.init, cause.place, Fn(FUNCTION[OPPOSITE[cause.op]], (cause.place, cause.value)))
            if not after.writes & names(before) and not blocks(needed):
                ways.append(f"release `{name}` by hand, after its last use: `free({name}, {show_expr(before)})`")
        return "; or ".join(ways) or self.each_turn(name, made, changed) or self.elsewhere(cause, changed)

    def each_turn(self, name: str, made: Stmt, changed: str) -> str:
        """For a local of a loop's body, computed from what the loop changes: one element for each turn, made outside."""
        loop = self.loops[-1] if self.loops else None
        turns = turns_of(loop) if loop is not None else None
        if turns is None or loop is None or any(isinstance(p, Index) and p.name == changed for p in _places(blocks(loop))):
            return ""
        array, element = f"{name} = zeros({show_expr(turns.many)})", Index(name, (turns.now,))
        copy = changed if changed not in self.program.params else self.fresh(changed)
        init = put(made.init, Name(changed), Name(copy)) if isinstance(made, Enter) else None
        here = f"`{show_expr(element)} += {show_expr(init)}`" if init is not None else f"`{show_expr(element)}`"
        if copy == changed:
            return f"make `{name}` before the loop, with one element for each turn: `{array}`, and in it {here}"
        return (f"work on a copy of `{changed}`, and make `{name}` before the loop as well, with one element for each turn: "
                f"{quoted([f'{copy} = {changed}', array])}, in it {here} and `{copy}`; after it, "
                f"where that is wanted, a new parameter for the result: `{self.result(copy)} += {copy}`")

    def elsewhere(self, s: Stmt, changed: str) -> str:
        """The way out when `s` destroys what a local was computed from."""
        guilty = self.writer((s,), changed)
        if isinstance(guilty, Update) and isinstance(guilty.place, Index):
            return f"leave `{changed}` as it is, and write to another register, which starts at 0: `{elsewhere(guilty, self.fresh('out'))}`"
        if isinstance(guilty, Update) and guilty is s and isinstance(guilty.place, Name):
            value = show_expr(Fn(FUNCTION[guilty.op], (guilty.place, guilty.value)))
            return f"leave `{changed}` as it is, and put the result into a new local: `{self.fresh(changed)} = {value}`"
        return f"write the result to another place than `{changed}`"

    def crossed(self, name: str, made: Stmt, source: Stmt, after: Sequence[Stmt]) -> OperandChanges:
        """`made` computes `name` from what `source` computed, which has to be undone before `after` begins, and `name` is needed there."""
        needed = next(u for u in after if not isinstance(u, Uncompute) and name in self.effects.of(u).touched)
        lost = sorted(self.effects.of(after[0]).writes & self.effects.of(source).touched) if not isinstance(after[0], Uncompute) else []
        hint = f"use `{name}` before that change, or compute it again after it"
        if lost and isinstance(self.writer(after[:1], lost[0]), Update) and needed is after[0]:                 # type: ignore[arg-type]
            hint = self.elsewhere(after[0], lost[0])
        elif not blocks(needed) and not blocks(after[0]):
            hint = f"move `{_said(needed)}` above `{_said(after[0])}`, or compute `{name}` again after it"
        return OperandChanges(
            f"`{name}` is needed here, after what it was computed from had to be undone", Label(self.at(needed, [name]), "needed here"),
            Label(made.span, f"`{name}` computed here", "~"), Label(source.span, "from this", "~"),
            Label(after[0].span, "which had to be undone before this", "~"), hint=hint)

    def unsound(self, name: str, s: Stmt, local: frozenset[str]) -> OperandChanges:
        reader = leaf((s,), lambda t: name in self.effects.of(t).reads and self.effects.of(t).writes & local)
        return OperandChanges(
            f"a local that reads `{name}` cannot be undone, because the same statement changes `{name}`", Label((reader or s).span, f"reads `{name}`"),
            Label((self.writer((s,), name) or s).span, f"changes `{name}`", "~"), hint=self.elsewhere(s, name))

    def mixed(self, s: Stmt, local: str, register: str) -> MixedStatement:
        return MixedStatement(
            f"this statement writes both the local `{local}` and `{register}`: it can be neither undone nor kept", Label(s.span, "here"),
            hint=f"undo it by hand after the last use of `{local}`, with `{show_head(inverse_stmt(s))}`, and then release it: `del {local}`")

    def misplaced_keep(self, s: Keep) -> MisplacedKeep:
        return MisplacedKeep(f"`{_said(s)}` keeps a value that nothing would take back: `{s.name}` is not undone by its block", Label(s.span, "kept here"),
                             hint=f"leave the end of `{s.name}` to the compiler: without a `del` or `free` of it, and outside `with inverse(): ...`")

    def needs_fi(self, s: If, more: str) -> NeedsFi | None:
        """For an `if` and its `elif`s together; None if every other end is known."""
        chain = elifs(s)
        unknown = next((link for link in chain if link.exit is None), None)
        if unknown is None:
            return None
        tested = names(unknown.test)
        changed = sorted(tested & self.effects.of(unknown).writes)[0]
        guilty = self.writer((*unknown.then, *unknown.orelse), changed)
        copy = self.on_a_copy(changed, chain, more)
        hint = copy
        if not isinstance(guilty, Permute) and not (isinstance(guilty, Update) and guilty.op in ("*=", "/=")):
            conditions = ", ".join(show_expr(link.test if link.exit is None else link.exit) for link in chain)
            which = "the test comes" if len(chain) == 1 else "the tests come"
            hint = f"if {which} out the same after the branch as before it, write `fi({conditions})` on the line after the `if`; if not, {copy}"
        return NeedsFi(f"a branch changes `{changed}`, which the `if` reads, so the way back cannot choose", Label(unknown.span, "tested here"),
                       Label(guilty.span if guilty else None, "changed here", "~"), hint=hint)

    def on_a_copy(self, name: str, heads: Sequence[Stmt], more: str = "") -> str:
        """Work on a local, for which the compiler keeps the answer."""
        if more:
            return more
        if name not in self.program.params:
            return "say what is true after the branch, and only then"
        place, copy = place_named([e for s in heads for e in expressions(s)], name), self.fresh(name)
        return (f"work on a copy, for which the compiler keeps the answer: `{copied(name, place, copy)}` before it, "
                f"`{copy}` in place of `{name}` from there on, and, where what it holds at the end is wanted, "
                f"a new parameter for that: `{self.result(copy)} += {copy}`")

    def needs_came_from(self, s: Loop, more: str) -> NeedsCameFrom:
        """For a `while` whose first turn cannot be told from the others on the way back."""
        body = (*s.first, *s.second)
        changed = sorted(names(s.test) & self.effects.block(body).writes)
        guilty = self.writer(body, changed[0]) if changed else None
        counter = next((t.place for t in body if isinstance(t, Update) and isinstance(t.place, Name) and t.op == "+=" and t.value == Const(1)), None)
        if any(isinstance(t, If) and t.exit is None and names(t.test) & self.effects.of(t).writes for t in statements(body)):
            counter = None                                      # the branches need a copy anyway
        ways = [f"if `{counter.name}` is 0 at first, write `came_from({counter.name} == 0)` on the line before the loop"] if counter is not None else []
        if changed and not (counter is not None and more):
            ways.append(self.on_a_copy(changed[0], (s,), more))
        return NeedsCameFrom("the way back does not know when to leave this loop", Label(s.span, "entered here"),
                             Label(guilty.span if guilty else None, f"changes `{changed[0]}`, which the loop tests" if changed else "", "~"),
                             hint="; if not, ".join(ways) or "on the line before write `came_from(...)`, true only when the loop is entered from above")


def _said(s: Stmt) -> str:
    """The user's own words."""
    return s.span.text if s.span is not None and s.span.line == s.span.end_line and s.span.text else show_head(s)


def _places(inner: Sequence[Block]) -> list[Name | Index]:
    """Every place that blocks read or update."""
    found = [s for block in inner for s in statements(block)]
    return [p for s in found for e in expressions(s) for p in places_read(e)] + [s.place for s in found if isinstance(s, Update)]


def _without_local(name: str, made: Stmt, used: Stmt) -> str:
    """`t = e`, `x[i] += t` -> `x[i] += e`, where that is legal."""
    if not isinstance(made, Enter) or not isinstance(used, Update) or made.name != name:
        return ""
    value = put(used.value, Name(name), made.init)
    if reads(value, used.place) or name in names(value):
        return ""
    return f"write it without the local: `{show_expr(used.place)} {used.op} {show_expr(value)}`"
