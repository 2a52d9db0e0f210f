"""Pictures without a library: marks, parts that are laid out before they are placed, and the SVG that they become.

A part knows how far it reaches and is drawn around its own origin, so that a layout is sums of sizes. Text is measured by
characters, which are all of one width here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import assert_never

CELL = 7.85                 # the width of a character of code: 13 pixels of a monospace font
SMALL = 6.6                 # and of one of a remark
LINE = 19.0                 # from one line of code to the next
ARROW = 8.0

Point = tuple[float, float]


# ---- marks -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; `x`, `y` its upper left corner. `whole` is what a pointer that rests on it is told."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    rounded: float = 0.0
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed shape."""

    kind: str
    points: tuple[Point, ...]
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse around `x`, `y`."""

    kind: str
    x: float
    y: float
    rx: float
    ry: float
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """One or several lines from point to point; `arrow`: the last one ends in a head."""

    kind: str
    lines: tuple[tuple[Point, ...], ...]
    arrow: bool = False
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text that stands on `y`; `anchor` start, middle or end. `whole`: the text before it was cut."""

    kind: str
    x: float
    y: float
    text: str
    anchor: str = "start"
    whole: str = ""


Mark = Rect | Polygon | Ellipse | Path | Text


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a picture around an axis: it reaches so far to the left and right of it, and down from 0.

    Attributes
    ----------
    parts : tuple of (x, y, Part)
        Smaller parts, and where their origins lie.
    open : bool
        Whether a line that comes in from above goes on inside (a frame), rather than end here in an arrow's head.
    told : float
        How high above it stands what is told of its entry.
    """

    left: float
    right: float
    height: float
    marks: tuple[Mark, ...] = ()
    parts: tuple[tuple[float, float, Part], ...] = field(default=())
    open: bool = False
    told: float = 0.0


# ---- measuring ---------------------------------------------------------------------------------------------
def cells(text: str) -> int:
    """How many characters of one width a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def width_of(text: str) -> float:
    return CELL * cells(text)


def cut(text: str, most: int) -> str:
    """The text, or as much of it as fits, with an ellipsis."""
    if cells(text) <= most:
        return text
    while cells(text) > most - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def code(kind: str, x: float, y: float, text: str, most: int, anchor: str = "start") -> Text:
    """A text cut to so many characters, which knows the whole."""
    shown = cut(text, most)
    return Text(kind, x, y, shown, anchor, text if shown != text else "")


# ---- joining -----------------------------------------------------------------------------------------------
def side_by_side(parts: Sequence[Part], most: float, gap: float = 40.0) -> Part:
    """Parts in lines that are at most so wide."""
    placed, x, y, high, wide = [], 0.0, 0.0, 0.0, 0.0
    for p in parts:
        if x and x + p.left + p.right > most:
            x, y, high = 0.0, y + high + gap, 0.0
        placed.append((x + p.left, y, p))
        x += p.left + p.right
        wide, high, x = max(wide, x), max(high, p.height), x + gap
    return Part(0.0, wide, y + high, parts=tuple(placed))


def above_each_other(parts: Sequence[Part], gap: float = 40.0) -> Part:
    """Parts below each other, their left sides in one line."""
    placed, y = [], 0.0
    for p in parts:
        placed.append((p.left, y, p))
        y += p.height + gap
    return Part(0.0, max(p.left + p.right for p in parts), y - gap, parts=tuple(placed))


# ---- writing -----------------------------------------------------------------------------------------------
def number(v: float) -> str:
    text = f"{v:.1f}"
    return text[:-2] if text.endswith(".0") else text


def elements(part: Part, x: float, y: float) -> Iterator[str]:
    """The SVG elements of a part whose origin lies at `x`, `y`; what is around others comes before them."""
    waiting = [(x, y, part)]
    while waiting:
        x, y, p = waiting.pop()
        for mark in p.marks:
            yield element(mark, x, y)
        waiting += [(x + dx, y + dy, q) for dx, dy, q in reversed(p.parts)]


def element(mark: Mark, dx: float, dy: float) -> str:
    """One mark, moved by so much."""
    match mark:
        case Rect(kind, x, y, width, height, rounded, whole):
            r = f' rx="{number(rounded)}"' if rounded else ""
            at = f'x="{number(x + dx)}" y="{number(y + dy)}" width="{number(width)}" height="{number(height)}"'
            return _with_title(f'rect class="d-{kind}" {at}{r}', whole)
        case Polygon(kind, points, whole):
            return _with_title(f'polygon class="d-{kind}" points="{" ".join(f"{number(x + dx)},{number(y + dy)}" for x, y in points)}"', whole)
        case Ellipse(kind, x, y, rx, ry, whole):
            return _with_title(f'ellipse class="d-{kind}" cx="{number(x + dx)}" cy="{number(y + dy)}" rx="{number(rx)}" ry="{number(ry)}"', whole)
        case Path(kind, lines, arrow, whole):
            d = "".join(_line([(x + dx, y + dy) for x, y in points]) for points in lines)
            head = _head(*((x + dx, y + dy) for x, y in lines[-1][-2:])) if arrow else ""
            return _with_title(f'path class="d-{kind}" d="{d}"', whole) + head
        case Text(kind, x, y, text, anchor, whole):
            at = "" if anchor == "start" else f' text-anchor="{anchor}"'
            title = f"<title>{escaped(whole)}</title>" if whole else ""
            return f'<text class="d-{kind}" x="{number(x + dx)}" y="{number(y + dy)}"{at}>{title}{escaped(text)}</text>'
        case _:
            assert_never(mark)


def _with_title(tag: str, whole: str) -> str:
    return f"<{tag}><title>{escaped(whole)}</title></{tag.split()[0]}>" if whole else f"<{tag}/>"


def _line(points: Sequence[Point]) -> str:
    """`M 0 0 V 9 H 4`: straight lines, mostly along the axes."""
    (x, y), out = points[0], [f"M{number(points[0][0])} {number(points[0][1])}"]
    for a, b in points[1:]:
        out.append(f"V{number(b)}" if a == x else f"H{number(a)}" if b == y else f"L{number(a)} {number(b)}")
        x, y = a, b
    return "".join(out)


def _head(start: Point, tip: Point) -> str:
    """The head of an arrow that comes along an axis."""
    (a, b), (x, y) = start, tip
    u, v = (a < x) - (x < a), (b < y) - (y < b)
    back, side = (x - ARROW * u, y - ARROW * v), (0.5 * ARROW * v, 0.5 * ARROW * u)
    corners = (tip, (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1]))
    return f'<polygon class="d-head" points="{" ".join(f"{number(p)},{number(q)}" for p, q in corners)}"/>'


def escaped(text: str) -> str:
    """Text that XML takes: also without the characters that it cannot hold."""
    return escape("".join(c if c >= " " or c in "\n\t" else "�" for c in text), quote=True)


MONO = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"
#   what it is                        how it looks: middle tones, which stand out from light and from dark pages
STYLE: tuple[tuple[str, str], ...] = (
    ("text",                          f"font:13px {MONO};fill:currentColor;stroke:none;white-space:pre"),
    (".d-say,.d-part,.d-key",         "font:11.5px system-ui,sans-serif;fill-opacity:.85"),
    (".d-part",                       "font-weight:600;letter-spacing:.02em"),
    (".d-title,.d-name",              "font-weight:600"),
    (".d-wire",                       "fill:none;stroke:currentColor;stroke-width:1.4"),
    (".d-head",                       "fill:currentColor"),
    (".d-box",                        "fill:#3b82c4;fill-opacity:.1;stroke:#3b82c4;stroke-width:1.4"),
    (".d-test",                       "fill:#c07f1d;fill-opacity:.14;stroke:#c07f1d;stroke-width:1.5"),
    (".d-merge",                      "fill:#2f9464;fill-opacity:.14;stroke:#2f9464;stroke-width:1.5"),
    (".d-end",                        "fill:currentColor;fill-opacity:.05;stroke:currentColor;stroke-width:1.2"),
    (".d-frame",                      "fill:#8a63b8;fill-opacity:.055;stroke:#8a63b8;stroke-opacity:.75"),
    (".d-rule",                       "fill:none;stroke:#8a63b8;stroke-opacity:.75;stroke-dasharray:4 4"),
    (".d-variable,.d-array",          "fill:none;stroke:currentColor;stroke-width:1.1"),
    (".d-function",                   "fill:none;stroke:#3b82c4;stroke-width:1.7"),
    (".d-guide",                      "fill:none;stroke:currentColor;stroke-opacity:.3;stroke-dasharray:1 4"),
    (".d-reads",                      "fill:#3b82c4;stroke:#3b82c4"),
    (".d-changes",                    "fill:#c07f1d;fill-opacity:.25;stroke:#c07f1d;stroke-width:1.7"),
    (".d-begins,.d-leaves",           "fill:#2f9464;fill-opacity:.25;stroke:#2f9464;stroke-width:1.5;stroke-linejoin:round"),
    (".d-kept",                       "fill:#8a63b8;fill-opacity:.25;stroke:#8a63b8;stroke-width:1.5;stroke-linejoin:round"),
    (".d-forgets",                    "fill:none;stroke:#d0495a;stroke-width:2.2"),
)
ALONE = (".rvb-diagram{color:#1f2328;background:#fff}"
         "@media (prefers-color-scheme:dark){.rvb-diagram{color:#e6e6e6;background:#1a1a1a}}")


def style() -> str:
    """The style sheet; nothing in it reaches beyond our pictures."""
    return "".join(f"{','.join(f'.rvb-diagram {one}' for one in what.split(','))}{{{how}}}" for what, how in STYLE)


def document(width: float, height: float, inner: str, title: str, description: str, ident: str, alone: bool) -> str:
    """The `svg` element. `alone`: with its own colours, for a file; else it takes those of the page around it."""
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    how = "" if alone else ' style="max-width:none"'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" class="rvb-diagram" {size} role="img" aria-labelledby="{ident}-t" aria-describedby="{ident}-d"{how}>'
            f'<title id="{ident}-t">{escaped(title)}</title><desc id="{ident}-d">{escaped(description)}</desc>'
            f"<style>{style()}{ALONE if alone else ''}</style>\n{inner}\n</svg>\n")

