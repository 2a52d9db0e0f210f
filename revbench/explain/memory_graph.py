"""The memory-oriented graph of a program: a vertical line for each variable, a horizontal one for each statement.

A dot reads, a box changes; a double line is an array. Time runs downward: a picture like those of quantum circuits, turned
by 90 degrees. (Liu and Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", supplement.)
Triangles are where a local begins and ends; locals that never live at once share a column.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise

from revbench.ir.nodes import Program
from revbench.passes.effects import Effects

from .memory_rows import Frame, Row, sheet_of
from .svg import CELL, SMALL, Ellipse, Mark, Part, Path, Polygon, Rect, Text, cells, code

MOST = 46                   # characters of a statement
INDENT, INSET = 12.0, 5.0   # of a frame on the left, where the text is, and on the right
BOX, DOT, WING = 7.0, 4.5, 6.5
HEADER, BIRTH = 34.0, 17.0  # the names at the top; one that begins, above its symbol
HEIGHTS = {"statement": 26.0, "head": 26.0, "part": 27.0, "assertion": 26.0, "close": 11.0, "end": 23.0}
SIGNS = {"reads": "reads", "changes": "changes", "begins": "begins", "leaves": "ends", "kept": "kept or taken back", "forgets": "forgotten", "array": "array"}
#   what      how it is drawn, and what a pointer that rests on it is told
DRAWN: dict[str, Callable[[float, float, str], Mark]] = {
    "reads":   lambda x, y, told: Ellipse("reads", x, y, DOT, DOT, told),
    "changes": lambda x, y, told: Rect("changes", x - BOX, y - BOX, 2 * BOX, 2 * BOX, 1.5, told),
    "array":   lambda x, y, told: Path("array", (((x - 2, y - 7), (x - 2, y + 7)), ((x + 2, y - 7), (x + 2, y + 7)))),
}


def memory_graph(p: Program, name: str, arrays: Collection[str], effects: Effects) -> Part:
    """The graph of one program; `arrays` are the names that stand for several values."""
    sheet = sheet_of(p.body, effects)
    graph = Graph((*p.params, *p.consts), frozenset(arrays), sheet.rows, CELL * min(cells(name), MOST))
    marks = [*graph.frames(sheet.frames), code("title", 6, 20, name, MOST), *graph.names(), *graph.variables(), *graph.texts(), *graph.symbols()]
    return Part(0.0, graph.width, graph.bottom + 20, tuple(marks))


def legend(drawn: Sequence[Part]) -> Part:
    """The symbols that occur in some graphs, in words."""
    used = {mark.kind for part in drawn for mark in part.marks}
    marks, x, y = list[Mark](), 12.0, 8.0
    for kind, word in SIGNS.items():
        if kind in used:
            marks += [DRAWN[kind](x, y, "") if kind in DRAWN else sign(kind, x, y, kind == "begins"), Text("key", x + 12, y + 4, word)]
            x += 34 + SMALL * cells(word)
    return Part(0.0, x, 16.0, tuple(marks))


class Graph:
    """Where everything lies: rows from above, columns from the left."""

    def __init__(self, fixed: Sequence[str], arrays: frozenset[str], rows: Sequence[Row], least: float) -> None:
        self.fixed, self.arrays, self.rows = fixed, arrays, rows
        self.tops, self.middles, y = list[float](), list[float](), HEADER
        for row in rows:
            more = BIRTH if row.begins else 0.0
            height = max(HEIGHTS[row.kind], HEIGHTS["end"] if row.ends else 0.0)
            self.tops.append(y)
            self.middles.append(y + more + height / 2 + (2 if row.kind == "part" else 0))
            y += more + height
        self.bottom = y + 6
        depth = max((row.depth for row in rows), default=0)
        self.left = max((self.text_at(row) + CELL * min(cells(row.text), MOST) for row in rows), default=0.0)
        self.left = max(self.left, least) + 22
        self.at, self.width = self.columns()
        self.width += 6 + INSET * depth

    @staticmethod
    def text_at(row: Row) -> float:
        return 8 + INDENT * row.depth

    # ---- columns
    def columns(self) -> tuple[dict[str, float], float]:
        """The middle of each name's column, and where the last one ends."""
        first, last = dict[str, int](), dict[str, int]()
        for k, row in enumerate(self.rows):
            for name in row.touched:
                first.setdefault(name, k)
                last[name] = k
        shared: list[list[str]] = [[name] for name in self.fixed]
        free = [len(self.rows)] * len(shared)                        # until which row each column is taken
        for name in sorted(first.keys() - {*self.fixed}, key=lambda n: (first[n], n)):
            at = next((k for k, until in enumerate(free) if until < first[name]), len(free))
            if at == len(free):
                shared.append([])
                free.append(0)
            shared[at].append(name)
            free[at] = last[name]
        found, x = dict[str, float](), self.left
        for names in shared:
            wide = max(30.0, max(CELL * cells(n) for n in names) + 12)
            found |= dict.fromkeys(names, x + wide / 2)
            x += wide
        return found, x

    # ---- lines of variables
    def lives(self) -> dict[str, list[tuple[float, float]]]:
        """For each name from where to where its line goes."""
        since = dict.fromkeys(self.fixed, HEADER - 6)
        out: dict[str, list[tuple[float, float]]] = {name: [] for name in self.fixed}
        until = dict[str, float]()
        for row, y in zip(self.rows, self.middles, strict=True):
            for name in row.touched:
                since.setdefault(name, y + WING if name in row.begins else y)
                until[name] = y
            for name in row.ends:
                out.setdefault(name, []).append((since.pop(name), y - (0 if row.sign == "forgets" else WING)))
        for name, y in since.items():
            out.setdefault(name, []).append((y, self.bottom if name in self.fixed else max(until[name], y)))
        return out

    def variables(self) -> Iterator[Mark]:
        """One line for each name: broken where a box stands, and where the name is not alive."""
        boxes: dict[str, list[float]] = {}
        for row, y in zip(self.rows, self.middles, strict=True):
            for name in row.changes:
                boxes.setdefault(name, []).append(y)
        for name, lives in self.lives().items():
            x, pieces = self.at[name], list[tuple[float, float]]()
            for start, end in lives:
                for y in boxes.get(name, ()):
                    if start <= y <= end:
                        pieces.append((start, y - BOX))
                        start = y + BOX
                pieces.append((start, end))
            kind, sides = ("array", (x - 2, x + 2)) if name in self.arrays else ("variable", (x,))
            yield Path(kind, tuple(((at, a), (at, b)) for a, b in pieces for at in sides if a < b), whole=name)

    def names(self) -> Iterator[Mark]:
        """The names of registers and constants, at both ends."""
        for name in self.fixed:
            yield Text("name", self.at[name], 20, name, "middle")
            yield Text("name", self.at[name], self.bottom + 15, name, "middle")

    # ---- rows
    def texts(self) -> Iterator[Mark]:
        for row, y in zip(self.rows, self.middles, strict=True):
            if row.text:
                kind = {"statement": "code", "assertion": "assertion", "part": "part"}.get(row.kind, "part" if row.text == "undo compute" else "code")
                yield code(kind, self.text_at(row), y + 4.5, row.text, MOST)

    def symbols(self) -> Iterator[Mark]:
        """What a row does to its names, and the line that connects them."""
        for row, y in zip(self.rows, self.middles, strict=True):
            half = dict.fromkeys((*row.begins, *row.ends), WING / 2) | dict.fromkeys(row.changes, BOX)
            order = sorted((self.at[name], half.get(name, 0.0)) for name in row.touched)
            if not order:
                continue
            wires = tuple(((x + a, y), (z - b, y)) for (x, a), (z, b) in pairwise(order))
            if wires:
                yield Path("function", wires)
            text = self.text_at(row) + CELL * min(cells(row.text), MOST) + 6
            if row.text and order[0][0] - order[0][1] - 4 > text + 16:
                yield Path("guide", (((text, y), (order[0][0] - order[0][1] - 4, y)),))
            for name in sorted(row.touched):
                yield from self.symbol(row, name, self.at[name], y)

    def symbol(self, row: Row, name: str, x: float, y: float) -> Iterator[Mark]:
        if name in row.begins or name in row.ends:
            yield sign(row.sign, x, y, name in row.begins)
            if name in row.begins:
                yield Text("name", x, y - WING - 7, name, "middle")
            return
        if name in row.changes:
            yield DRAWN["changes"](x, y, f"changes {name}")
        if name in row.reads:
            yield DRAWN["reads"](x, y, f"reads {name}" if name not in row.changes else f"reads and changes {name}")

    def frames(self, frames: Sequence[Frame]) -> Iterator[Mark]:
        """The frames around blocks, the outer ones first."""
        for f in sorted(frames, key=lambda f: (f.first, f.depth)):
            x, right = 4 + INDENT * f.depth, self.width - 3 - INSET * f.depth
            top = self.tops[f.first] + 2
            bottom = self.tops[f.last + 1] if f.last + 1 < len(self.rows) else self.bottom - 6
            yield Rect("frame", x, top, right - x, bottom - 3 - top, 5)
            for k in f.rules:
                yield Path("rule", (((x, self.tops[k] + 2), (right, self.tops[k] + 2)),))


def sign(kind: str, x: float, y: float, begins: bool) -> Mark:
    """Where a line begins or ends: a triangle, a diamond for what is kept elsewhere, a cross for what is forgotten."""
    if kind == "forgets":
        return Path("forgets", (((x - 5, y - 5), (x + 5, y + 5)), ((x - 5, y + 5), (x + 5, y - 5))))
    if kind == "kept":
        return Polygon("kept", ((x, y - WING), (x + WING, y), (x, y + WING), (x - WING, y)))
    wing = WING if begins else -WING
    return Polygon(kind, ((x - WING, y - wing), (x + WING, y - wing), (x, y + wing)))
