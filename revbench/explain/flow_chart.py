"""The flow chart of a program: boxes, a diamond for each test, a circle for each assertion where two ways meet.

Where ways part, a test says which one is taken; where they meet, an assertion says which one was. Read from below, the one
is the other: that is what makes a chart reversible. (Yokoyama, Axelsen and Glueck, "Reversible flowchart languages and the
structured reversible program theorem"; the NiLang paper draws `if` and `while` so.) True goes down, false goes right;
ways back go up on the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import assert_never

from revbench.ir.nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    ComputeBlock,
    Drop,
    Enter,
    For,
    ForBack,
    Forget,
    If,
    InverseBlock,
    Keep,
    Leave,
    Loop,
    Permute,
    Pop,
    Print,
    Probe,
    Program,
    Push,
    Redo,
    Release,
    Require,
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
)
from revbench.ir.show import show_expr, show_head
from revbench.passes.inverse import inverse

from .svg import CELL, LINE, SMALL, Ellipse, Mark, Part, Path, Polygon, Rect, Text, cells, code, width_of

GAP = 28.0                  # between what follows each other: the length of an arrow
SIDE = 48.0                 # a stub to the side, with room for `false`
APART = 26.0                # between what stands beside each other
MOST = 52                   # characters of a statement
MOST_TEST = 34              # and of a test or an assertion, which grow in all directions


def flow_chart(p: Program, head: str) -> Part:
    """The chart of one program, from its head to what it hands back."""
    return _sequence([_terminal(head), *_parts(p.body), _terminal(", ".join(p.params))])


# ---- blocks
def _parts(block: Block) -> list[Part]:
    """What stands in a chart for a block: simple statements that follow each other share a box."""
    out: list[Part] = []
    for simple, run in groupby(((s, _control(s)) for s in block), lambda pair: pair[1] is None):
        made = list(run)
        out += [_box([s for s, _ in made])] if simple else [part for _, part in made if part is not None]
    return out


def _sequence(parts: Sequence[Part]) -> Part:
    """Parts on one axis, an arrow between each two."""
    placed, arrows, y = list[tuple[float, float, Part]](), list[Mark](), 0.0
    for k, p in enumerate(parts):
        if k:
            arrows.append(_down(y, y + GAP, p))
            y += GAP
        placed.append((0.0, y, p))
        y += p.height
    left, right = max((p.left for p in parts), default=0.0), max((p.right for p in parts), default=0.0)
    return Part(left, right, y, tuple(arrows), tuple(placed), not parts or parts[0].open, parts[0].told if parts else 0.0)


def _down(y: float, end: float, into: Part | None = None, x: float = 0.0) -> Path:
    """A line down, with a head where it comes to something that is drawn."""
    return Path("wire", (((x, y), (x, end)),), into is not None and not into.open)


def _control(s: Stmt) -> Part | None:
    """The part of a statement that holds others; None for one that does not."""
    match s:
        case If():
            return _if(s)
        case Loop():
            return _loop("" if s.entry is None else show_expr(s.entry), _parts(s.first), show_expr(s.test), _parts(s.second))
        case For() | ForBack():
            return _loop(f"first {s.var}", [], show_head(s)[len("for "):-1], _parts(s.body))
        case Within(compute, apply):
            return _frame([("compute", _parts(compute)), ("apply", _parts(apply)), ("undo", [_terminal("compute, backwards", "box")])])
        case Undo(body):
            return _frame([("undo", _parts(inverse(body)))])
        case Redo(body):
            return _frame([("redo", _parts(body))])
        case Unchecked(body):
            return _frame([("unchecked", _parts(body))])
        case InverseBlock(body):
            return _frame([("inverse", _parts(body))])
        case ComputeBlock(label, body):
            return _frame([(f"compute {label}", _parts(body))])
        case (Update() | Permute() | Apply() | Unapply() | Keep() | Push() | Pop() | Append() | Drop() | Enter() | Leave() | Call() | Uncall() | Stash()
              | Unstash() | Forget() | Assert() | Print() | Probe() | Require() | Uncompute() | Release()):
            return None
        case _:
            assert_never(s)


# ---- shapes
def _box(lines: Sequence[Stmt]) -> Part:
    """Simple statements, one below the other."""
    texts = [show_head(s) for s in lines]
    wide = CELL * max(min(cells(t), MOST) for t in texts) + 20
    high = LINE * len(texts) + 12
    rows: list[Mark] = [code("code", 10 - wide / 2, LINE * k + 20, t, MOST) for k, t in enumerate(texts)]
    return Part(wide / 2, wide / 2, high, (Rect("box", -wide / 2, 0, wide, high, 3), *rows))


def _terminal(text: str, kind: str = "end") -> Part:
    """Where a program begins and ends; as a `box`, what is not drawn again."""
    shown = code("say" if kind == "box" else "title", 0, 20, text, MOST, "middle")
    wide = width_of(shown.text) + 28
    return Part(wide / 2, wide / 2, 31, (Rect(kind, -wide / 2, 0, wide, 31, 3 if kind == "box" else 15.5), shown))


def _diamond(text: str) -> tuple[float, float, tuple[Mark, ...]]:
    """Half its width, half its height, and what it is."""
    b = 26.0
    said = code("expression", 0, b + 4.5, text, MOST_TEST, "middle")
    a = width_of(said.text) * 0.68 + 16
    return a, b, (Polygon("test", ((0, 0), (a, b), (0, 2 * b), (-a, b)), said.whole), said)


def _circle(text: str) -> tuple[float, float, tuple[Mark, ...]]:
    """The same for an assertion. One that is not known is small and empty."""
    if not text:
        return 6, 6, (Ellipse("merge", 0, 6, 6, 6),)
    b = 19.0
    said = code("expression", 0, b + 4.5, text, MOST_TEST, "middle")
    a = max(b, width_of(said.text) * 0.54 + 9)
    return a, b, (Ellipse("merge", 0, b, a, b, said.whole), said)


def _at(y: float, marks: Sequence[Mark], a: float, height: float) -> tuple[float, float, Part]:
    return 0.0, y, Part(a, a, height, tuple(marks))


def _said(x: float, y: float, text: str, anchor: str = "start") -> Text:
    return Text("say", x, y, text, anchor)


# ---- control
def _if(s: If) -> Part:
    """A diamond, two ways, and the circle where they meet."""
    a, b, diamond = _diamond(show_expr(s.test))
    c, r, circle = _circle("" if s.exit is None else show_expr(s.exit))
    then, orelse = _sequence(_parts(s.then)), _sequence(_parts(s.orelse))
    aside = max(a + SIDE, c + SIDE, max(a, then.right) + APART + orelse.left if s.orelse else then.right + APART)
    top = 2 * b + GAP + then.told
    meet = top + max(then.height, orelse.height) + GAP
    solid = Part(0, 0, 0)
    marks: list[Mark] = [_down(2 * b, top, then), _said(7, 2 * b + 15, "true"), _down(top + then.height, meet, solid), _said(7, meet - 9, "true"),
             _said(a + 6, b - 6, "false"), _said(c + 11, meet + r - 6, "false"),
             Path("wire", (((a, b), (aside, b), (aside, top)),), not orelse.open),
             Path("wire", (((aside, top + orelse.height), (aside, meet + r), (c, meet + r)),), True)]
    return Part(max(a, c, then.left), aside + max(orelse.right, 2), meet + 2 * r, tuple(marks),
                (_at(0, diamond, a, 2 * b), (0, top, then), (aside, top, orelse), _at(meet, circle, c, 2 * r)))


def _loop(entry: str, first: Sequence[Part], test: str, second: Sequence[Part]) -> Part:
    """A circle where the way in and the way back meet, a diamond where the way out parts from the next turn."""
    c, r, circle = _circle(entry)
    a, b, diamond = _diamond(test)
    before, body = _sequence(first), _sequence(second)
    solid = Part(0, 0, 0)
    marks: list[Mark] = [_said(7, -9, "true"), _said(-c - 11, r - 6, "false", "end")] if entry else []
    y = 2 * r + GAP
    marks.append(_down(2 * r, y, before if first else solid))
    if first:
        marks.append(_down(y + before.height, y + before.height + GAP, solid))
    fork = y + (before.height + GAP if first else 0)
    top = fork + 2 * b + GAP + body.told
    end = top + body.height
    back = max(c + SIDE, a + APART, before.left + APART, body.left + APART)
    out = max(a + SIDE, body.right + APART, before.right)
    marks += [_down(fork + 2 * b, top, body), _said(7, fork + 2 * b + 15, "true"), _said(a + 6, fork + b - 6, "false"),
              Path("wire", (((0, end), (0, end + 14), (-back, end + 14), (-back, r), (-c, r)),), True),
              Path("wire", (((a, fork + b), (out, fork + b), (out, end + 28), (0, end + 28)),))]
    return Part(back + 2, out + 2, end + 28, tuple(marks), (_at(0, circle, c, 2 * r), (0, y, before), _at(fork, diamond, a, 2 * b), (0, top, body)),
                told=14.0 if entry else 0.0)


def _frame(sections: Sequence[tuple[str, Sequence[Part]]]) -> Part:
    """A frame in sections that are passed through one after the other."""
    made = [(title, _sequence(parts)) for title, parts in sections]
    wide = max(SMALL * cells(title) for title, _ in made) + 22
    left, right = (max(max(getattr(p, side) for _, p in made) + 16, least) for side, least in (("left", wide), ("right", 30.0)))
    marks, placed, y = list[Mark](), list[tuple[float, float, Part]](), 0.0
    for k, (title, p) in enumerate(made):
        if k:
            marks.append(Path("rule", (((-left, y), (right, y)),)))
        marks += [Text("part", 9 - left, y + 17, title), _down(y, y + GAP, p)]
        placed.append((0, y + GAP, p))
        marks.append(_down(y + GAP + p.height, y + GAP + p.height + 18))
        y += GAP + p.height + 18
    return Part(left, right, y, (Rect("frame", -left, 0, left + right, y, 6), *marks), tuple(placed), open=True)
