"""What to write instead: the lines that hints show, made from the user's own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from revbench.errors import IrreversibleAssignment as Irreversible
from revbench.errors import MisplacedKeep, NotYet, RevbenchError, Span
from revbench.ir.nodes import Const, Expr, Fn, For, ForBack, If, IfExp, Index, Lazy, Loop, Name, Place, Stmt, Update
from revbench.ir.show import show_expr
from revbench.ir.walk import names, rebuild
from revbench.passes.mending import FUNCTION, added, chain, growth, minus, put, quoted, reads, turns_of, under

from .fence import NOT_YET

Fresh = Callable[[str], str]


@dataclass(frozen=True)
class Scene:
    """What stands around a statement that overwrites a name.

    Attributes
    ----------
    around : tuple
        The loops and `if`s, outermost first, each with the branch that the statement is in (True: the first).
    element : str
        The user's `v` of `for v in x`, if that is the innermost loop.
    first : Expr or None
        What the name was made from.
    reader : Update or None
        The statement of the same loop that has read the name before.
    carried : bool
        Whether the loop reads the name before it overwrites it.
    inline : dict
        Locals of the loop's body that have not changed since, and what they were made from.
    moving : frozenset of str
        Names that the kernel assigns more than once.
    register : bool
        Whether the name is a parameter, which cannot be kept.
    """

    around: tuple[tuple[Stmt, bool], ...] = ()
    element: str = ""
    first: Expr | None = None
    reader: Stmt | None = None
    carried: bool = False
    inline: Mapping[str, Expr] = field(default_factory=dict)
    moving: frozenset[str] = frozenset()
    register: bool = False

    @property
    def loop(self) -> Stmt | None:
        return next((s for s, _ in reversed(self.around) if isinstance(s, For | ForBack | Loop)), None)

    @property
    def arms(self) -> tuple[tuple[If, bool], ...]:
        """The `if`s inside the innermost loop."""
        out: list[tuple[If, bool]] = []
        for s, first in reversed(self.around):
            if not isinstance(s, If):
                break
            out.append((s, first))
        return tuple(out)


def said(span: Span | None, otherwise: str) -> str:
    """The user's own words for a statement, if they fit on one line."""
    return span.text if span is not None and span.line == span.end_line and span.text else otherwise


def overwriting(place: Place, value: Expr, statement: str, fresh: Fresh) -> tuple[type[RevbenchError], str, str]:
    """Class, message and hint for `place = value` where `place` holds something already."""
    text = show_expr(place)
    forgets = f"`{statement}` forgets what `{text}` held"
    match value:
        case Fn(fn) if fn in NOT_YET:
            return NotYet, f"{NOT_YET[fn][0]} not part of the language yet: `{statement}`", NOT_YET[fn][1]
        case Fn("keep") if isinstance(place, Index):
            name, other = place.name, fresh(place.name)
            return (MisplacedKeep, f"`{statement}` overwrites a part of `{name}`, and only a whole local can be kept",
                    f"change a copy, and keep all of `{name}`: `{other} = copy({name})`, then change `{other}`, then `{name} = keep({other})`")
    if (lines := chain(place, value)) and not isinstance(value, Name | Index):
        return Irreversible, forgets, f"write {quoted(lines)}"
    new = f"`{fresh(place.name)} = {show_expr(value)}`"
    if reads(value, place):
        return Irreversible, forgets, f"give the new value a new name: {new}"
    if isinstance(value, type(place)):
        return Irreversible, forgets, f"write `{text} += {show_expr(value)}`, or swap with `{text}, {show_expr(value)} = {show_expr(value)}, {text}`"
    if isinstance(value, Const) and value.value == 0:
        return Irreversible, forgets, f"give the new value a new name: {new}"
    return Irreversible, forgets, f"write `{text} += {show_expr(value)}`, or give the new value a new name: {new}"


def replaced_by(place: Name, local: str, made: Expr) -> str:
    """The way out of `x = x_new`, where `x_new = x + dt * v` stands before it; nothing if that is no chain of updates."""
    lines = chain(place, made)
    return f"change `{place.name}` in place, with {quoted(lines)} instead of both lines; what follows then reads the new `{place.name}`" if lines else ""


def overwritten_element(place: Index, value: Expr, arm: tuple[Expr, bool] | None, needed: bool, fresh: Fresh) -> str:
    """The way out of `x[i] = e`. `needed`: what `x` held is read; `arm`: the `if` around it and its branch, if that is all that is in it."""
    if lines := chain(place, value):
        return f"write {quoted(lines)}"
    if isinstance(value, Const) and isinstance(value.value, bool):
        count = fresh(place.name)
        at = show_expr(Index(count, place.indices))
        return f"count instead, in a local: `{count} = zeros(len({place.name}), int64)` and `{at} += 1`; where that is 0, nothing was set"
    if not needed:
        return f"write `{show_expr(place)} += {show_expr(value)}`, which adds to what it holds: 0 at first"
    other = fresh("out")
    if arm is not None and reads(arm[0], place):
        value = under(arm[0], arm[1], value, place)
    return f"leave `{place.name}` as it is, and write to another register, which starts at 0: `{added(place, value, other)}`"


def reading_itself(s: Update, scene: Scene, fresh: Fresh) -> str:
    """The line to write for `y += e` where `e` reads `y`."""
    text = show_expr(s.place)
    if s.value == s.place:
        if s.op == "+=":
            return f"write `{text} *= 2`"
        if s.op in ("-=", "^=", "/="):
            return f"that is always {int(s.op == '/=')}: make a new local, `{fresh(s.place.name)} = {int(s.op == '/=')}`"
    if line := growth(s):
        return f"write `{line}`"
    if scene.loop is not None and isinstance(s.place, Name):
        return loop_carried(s.place.name, Fn(FUNCTION[s.op], (s.place, s.value)), scene, fresh)
    return f"put the result into a new local: `{fresh(s.place.name)} = {show_expr(Fn(FUNCTION[s.op], (s.place, s.value)))}`"


def loop_carried(name: str, value: Expr, scene: Scene, fresh: Fresh) -> str:
    """The way out of `name = value` at each turn of a loop."""
    place = Name(name)
    if lines := chain(place, value):
        return f"write {quoted(lines)}"
    loop = scene.loop
    flag = isinstance(loop, Loop) and name in names(loop.test) and not scene.arms and _is_condition(value)
    if flag and isinstance(loop, Loop) and not names(value) & (scene.inline.keys() | scene.moving):
        return f"write the condition itself where the loop tests it: `while {show_expr(put(loop.test, place, value))}:`"
    if isinstance(loop, For) and not scene.element and not scene.arms and (before := _read_again(place, value, loop, scene)):
        return before
    if name in names(value) or scene.carried or scene.arms:
        return _kept(place, value, scene, fresh)
    return f"give it a name of its own in the loop: `{fresh(name)} = {show_expr(value)}`"


def _is_condition(e: Expr) -> bool:
    return isinstance(e, Lazy) or (isinstance(e, Fn) and e.fn in ("lt", "le", "gt", "ge", "eq", "ne", "not_"))


def _read_again(place: Name, value: Expr, loop: For, scene: Scene) -> str:
    """`prev = x[i]` at the end of a turn: read `x[i - 1]` in the next one."""
    var = Name(loop.var)
    if not scene.carried or place.name in names(value) or var.name not in names(value):
        return ""
    before = put(value, var, minus(var, Const(1)))
    if scene.first is not None and put(value, var, minus(loop.range.start, Const(1))) != scene.first and value != var:
        before = IfExp(Fn("gt", (var, loop.range.start)), before, scene.first)
    if isinstance(scene.reader, Update):
        line = show_expr(put(scene.reader.value, place, before))
        return f"read it where it comes from: `{show_expr(scene.reader.place)} {scene.reader.op} {line}`"
    return f"read `{show_expr(before)}` where `{place.name}` is needed"


def _kept(place: Name, value: Expr, scene: Scene, fresh: Fresh) -> str:
    """`m = max(m, v)` at each turn: the old value is kept for the way back."""
    name, loop, carried = place.name, scene.loop, scene.moving | {place.name}
    if scene.element and isinstance(loop, For):
        value = _with_element(value, loop.var, scene.element)
    tied = _tied(value, scene.inline, carried)
    turns = turns_of(loop) if loop is not None and not scene.element else None
    lines: list[str] = []
    if tied and turns is not None:                              # locals of one turn must outlive what they were computed from
        for local in tied:
            made = scene.inline[local]
            for n in tied:
                made = put(made, Name(n), Index(n, (turns.now,)))
            lines += [f"{local} = zeros({show_expr(turns.many)})", f"{show_expr(Index(local, (turns.now,)))} += {show_expr(made)}"]
            value = put(value, Name(local), Index(local, (turns.now,)))
    else:
        for local in reversed(tied):
            value = put(value, Name(local), scene.inline[local])
    if scene.register:
        copy = fresh(name)
        out = fresh("out") if copy != fresh("out") else f"{copy}_result"
        kept = f"{copy} = keep({show_expr(put(value, place, Name(copy)))})"
        return (f"work on a copy of `{name}`, and keep its old values for the way back: before the loop `{copy} = {name}`, in it `{kept}`, "
                f"after it `{out} += {copy}`")
    kept = f"`{name} = keep({show_expr(value)})`"
    if not lines:
        return f"keep the old value for the way back: {kept}"
    return (f"keep the old value for the way back, and make what the turn computes from it before the loop, with one element for each turn: "
            f"{quoted(lines[::2])} before it, in it {quoted([*lines[1::2], kept[1:-1]])}")


def _tied(value: Expr, inline: Mapping[str, Expr], carried: frozenset[str]) -> list[str]:
    """The locals of the turn that `value` needs and that were computed from what the loop overwrites, in the order in which they were made."""
    needed = set(names(value))
    while more := frozenset().union(*(names(inline[n]) for n in needed & inline.keys())) - needed:
        needed |= more
    reach: set[str] = set()
    for n, made in inline.items():
        if names(made) & (carried | reach):
            reach.add(n)
    return [n for n in inline if n in reach & needed]


def _with_element(e: Expr, index: str, element: str) -> Expr:
    """The user's `v` for the element that a `for v in x` reads."""
    return Name(element) if isinstance(e, Index) and e.indices == (Name(index),) else rebuild(e, lambda x: _with_element(x, index, element))


def one_by_one(left: list[ast.expr], right: ast.expr, new: bool, fresh: Fresh) -> str:
    """The lines to write for `a, b = ...`: updates and swaps, or, for new names, a line for each."""
    values = right.elts if isinstance(right, ast.Tuple | ast.List) else []
    texts = [ast.unparse(p) for p in left]
    match left, values:
        case [ast.Name(id=a), ast.Name(id=b)], [ast.Name(id=c), ast.BinOp(op=ast.Add(), left=ast.Name(id=x), right=ast.Name(id=y))] if (
                c == b and {x, y} == {a, b}):
            return f"write `{a} += {b}`, then `{a}, {b} = {b}, {a}`"
        case [ast.Name(id=a), ast.Name(id=b)], [ast.Name(id=c), ast.BinOp(op=ast.Mod(), left=ast.Name(id=x), right=ast.Name(id=y))] if (
                c == b and (x, y) == (a, b)):
            copies = {n: fresh(n) for n in (a, b)}
            x, y = copies[a], copies[b]
            return (f"work on copies, and keep what the rest replaces: before the loop `{x} = {a}` and `{y} = {b}`, "
                    f"in it `{x} = keep({x} % {y})`, then `{x}, {y} = {y}, {x}`")
    if not new:
        return f"permute the places, as in `{', '.join(texts)} = {', '.join(reversed(texts))}`, or update each in a line of its own"
    if any(isinstance(n, ast.Name) and n.id in texts for v in values for n in ast.walk(v)):
        return "the right side reads what the left side changes: write updates (`a += b`) and swaps (`a, b = b, a`), one a line"
    if len(values) != len(left) or any(isinstance(e, ast.Starred) for e in (*left, *values)):
        return "write one line for each local"
    return "write " + " and ".join(f"`{ast.unparse(p)} = {ast.unparse(v)}`" for p, v in zip(left, values, strict=True))
