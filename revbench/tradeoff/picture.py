"""The memory race as a picture: live states over each run, and calls against memory.

Store all is a triangle, checkpoints are a plateau with notches, uncomputing is a comb, in place a flat line. Colours
tell the kinds of calls apart (also for the colour-blind: they differ in lightness), shapes tell the schemes apart. A
run that is too long to be drawn call by call is drawn in bins: full colour up to the fewest states that were live in
a bin, faint colour up to the most, and the calls of (wider) bins sorted by kind.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from io import BytesIO, StringIO
from itertools import pairwise, zip_longest
from typing import Any
from uuid import uuid4

import numpy as np
from matplotlib import rc_context, rcParams
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from .measure import Profile, Race, Row, size
from .schedules import Scheme


@dataclass(frozen=True)
class Theme:
    """Colours of page, text, secondary text and rules."""

    page: str
    ink: str
    soft: str
    rule: str


LIGHT = Theme(page="#ffffff", ink="#1f2328", soft="#57606b", rule="#d3d8de")
DARK = Theme(page="#121417", ink="#e8eaed", soft="#a9b1ba", rule="#3b4149")
LIVE = {LIGHT.ink: "var(--jp-ui-font-color1, #1f2328)", LIGHT.soft: "var(--jp-ui-font-color2, #57606b)",
        LIGHT.rule: "var(--jp-border-color2, #d3d8de)", LIGHT.page: "var(--jp-layout-color0, #ffffff)"}
CALLS = {"step": "#2f7fc1", "inverse step": "#eda93b", "adjoint step": "#c7384f"}
SHAPES = {"in_place": ("o", "●"), "store_all": ("s", "■"), "revolve": ("D", "◆"), "bennett": ("^", "▲")}
OTHER = ("X", "✖")
NAMES = {"revolve": "Revolve", "bennett": "Bennett"}
FONT: Any = {"font.family": "sans-serif", "font.size": 10.5, "axes.labelsize": 10.5, "xtick.labelsize": 10, "ytick.labelsize": 10,
             "axes.spines.top": False, "axes.spines.right": False, "svg.fonttype": "path", "axes.unicode_minus": True}
BINNED = "long runs are drawn in bins: their calls sorted by kind, faint above the fewest live states"
DRAWN, STRIPED = 400, 90                         # bins for heights and for colours: what can be seen in a panel


class RaceFigure(Figure):
    """A Matplotlib figure that notebooks show though pyplot does not know it."""

    def _repr_png_(self) -> bytes:
        out = BytesIO()
        self.savefig(out, format="png", dpi=144)
        return out.getvalue()


def picture(race: Race, dark: bool | None = None) -> RaceFigure:
    """The figure of a race; see `Race.figure`."""
    if dark is None:
        dark = sum(to_rgb(rcParams["text.color"])) > 1.5
    return _drawn(race, DARK if dark else LIGHT)


def svg(race: Race) -> str:
    """The figure as inline SVG in the colours of the page around it (Jupyter's own CSS variables)."""
    out = StringIO()
    with rc_context({"svg.hashsalt": uuid4().hex, **FONT}):
        _drawn(race, LIGHT).savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = re.sub("|".join(LIVE), lambda colour: LIVE[colour.group()], out.getvalue())
    text = re.sub(r'(?<= d=")[^"]*', lambda path: re.sub(r"(\.\d)\d+", r"\1", path.group()), text)          # a tenth of a point is enough
    tag, rest = text[text.index("<svg"):].split(">", 1)
    tag = re.sub(r' (width|height)="[^"]*"', "", tag)
    label = escape(described(race), quote=True)
    return f'{tag} role="img" aria-label="{label}" style="display: block; width: 100%; max-width: 1150px; height: auto">{rest}'


def described(race: Race) -> str:
    """The figure in words."""
    rows = "; ".join(f"{row.label}: {row.counted.total:,} calls, at most {row.peak_states:,} states live, {size(row.peak_bytes)}" for row in race.rows)
    return f"{race.title}. {rows}. {race.verdict[0].upper()}{race.verdict[1:]}."


def _drawn(race: Race, theme: Theme) -> RaceFigure:
    look: Any = {**FONT, "text.color": theme.ink, "axes.edgecolor": theme.soft, "axes.labelcolor": theme.ink, "xtick.color": theme.soft,
                 "ytick.color": theme.soft, "xtick.labelcolor": theme.ink, "ytick.labelcolor": theme.ink, "axes.facecolor": "none",
                 "figure.facecolor": theme.page, "savefig.facecolor": "auto"}
    lines = math.ceil(len(race.rows) / 2)
    with rc_context(look):
        figure = RaceFigure(figsize=(12.0, 1.3 + 2.35 * max(lines, 1.6)), layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.07, wspace=0.03))
        parts: Any = figure.subfigures(1, 2, width_ratios=(1.62, 1.0))
        left, right = parts
        for part in parts:
            part.set_facecolor("none")
        panels = left.subplots(lines, min(2, len(race.rows)), squeeze=False).ravel()
        for panel, row in zip_longest(panels, race.rows):
            if row is None:
                panel.set_axis_off()
            else:
                _run(panel, row, theme)
        for panel in panels[:len(race.rows)][-2:]:
            panel.set_xlabel("calls so far")
        for panel in panels[::2]:
            panel.set_ylabel("live states")
        binned = any(_coarse(row.profile, DRAWN).width > 1 for row in race.rows)
        keys = [Patch(color=colour, label=name) for name, colour in CALLS.items()]
        left.legend(handles=keys, loc="outside lower center", ncols=3, frameon=False, handlelength=1.1, handleheight=0.9, columnspacing=1.6,
                    title=BINNED if binned else None, title_fontsize=10)
        _trade_off(right.subplots(), race, theme)
        ways = f"{len(race.rows)} way{'s' * (len(race.rows) != 1)}"
        figure.suptitle(f"One gradient, {ways}: {race.title}", x=0.012, ha="left", fontsize=13, fontweight="bold")
    return figure


# ---- one run -----------------------------------------------------------------------------------------------
def _run(panel: Axes, row: Row, theme: Theme) -> None:
    p = _coarse(row.profile, DRAWN)
    total = int(p.kinds.sum())
    edges = np.minimum(np.arange(len(p.most) + 1) * p.width, total)
    striped = p if p.width == 1 else _coarse(p, STRIPED)
    ends = (np.arange(len(striped.kinds))[:, None] * striped.width + np.cumsum(striped.kinds, axis=1)).ravel()
    bounds = np.unique(np.concatenate([edges, ends]))
    middle = (bounds[:-1] + bounds[1:]) / 2
    here, kind = np.searchsorted(edges, middle) - 1, np.searchsorted(ends, middle) % 3
    for height, strength in ((p.most, 0.5), (p.least, 1.0)):
        if strength < 1 and (p.most == p.least).all():
            continue
        for j, colour in enumerate(CALLS.values()):
            some = kind == j
            if some.any():
                bars = _bars(bounds[:-1][some], bounds[1:][some], height[here][some])
                panel.add_patch(PathPatch(bars, color=colour, alpha=strength, linewidth=0))
    panel.stairs(p.most, edges, baseline=None, color=theme.ink, linewidth=1.0 if len(p.most) < DRAWN // 2 else 0.6)
    high = int(np.argmax(p.most))
    flat = (p.most == p.most[high]).all()
    top = max(4.4, 1.22 * row.peak_states)
    at = total / 2 if flat else (edges[high] + edges[high + 1]) / 2
    panel.plot(at, row.peak_states + 0.045 * top, marker="v", markersize=7, color=theme.ink, clip_on=False)
    panel.set(xlim=(0, total), ylim=(0, top))
    panel.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    panel.yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))
    panel.xaxis.set_major_formatter(FuncFormatter(_short))
    panel.yaxis.set_major_formatter(FuncFormatter(_short))
    panel.set_axisbelow(False)
    panel.set_title(f"{_glyph(row.scheme)}  {row.label}", loc="left", fontsize=11.5, fontweight="bold", pad=21)
    said = f"{row.counted.total:,} calls, peak {row.peak_states:,} state{'s' * (row.peak_states != 1)} = {size(row.peak_bytes)}"
    panel.annotate(said if row.equal else f"{said}  ≠ closed form", (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points",
                   fontsize=10.5, color=theme.soft if row.equal else CALLS["adjoint step"], in_layout=False)


def _bars(left: NDArray[Any], right: NDArray[Any], height: NDArray[Any]) -> Path:
    """Bars from the axis up as one path; neighbours of one height are one bar."""
    first = np.r_[True, (left[1:] != right[:-1]) | (height[1:] != height[:-1])]
    last = np.r_[first[1:], True]
    a, b, h, zero = left[first], right[last], height[first], np.zeros(int(first.sum()))
    return Path.make_compound_path_from_polys(np.stack([np.stack([a, zero], 1), np.stack([a, h], 1), np.stack([b, h], 1), np.stack([b, zero], 1)], 1))


def _coarse(p: Profile, bins: int) -> Profile:
    """The same in at most so many bins."""
    while len(p.most) > bins:
        odd = len(p.most) % 2
        least, most = (np.concatenate([a, a[-1:]]) if odd else a for a in (p.least, p.most))
        kinds = np.concatenate([p.kinds, np.zeros((odd, 3), np.int64)])
        p = Profile(2 * p.width, least.reshape(-1, 2).min(axis=1), most.reshape(-1, 2).max(axis=1), kinds.reshape(-1, 2, 3).sum(axis=1))
    return p


# ---- all of them -------------------------------------------------------------------------------------------
def _trade_off(panel: Axes, race: Race, theme: Theme) -> None:
    calls = np.array([row.counted.total for row in race.rows], float)
    peaks = np.array([row.peak_states for row in race.rows], float)
    for row in race.rows:
        if row.scheme.parameter is not None:
            x, y = _curve(row.scheme, race.steps)
            panel.plot(x, y, color=theme.soft, linewidth=1.1, alpha=0.75, zorder=1)
    panel.set(xscale="log", yscale="log", xlabel="calls of the three kernels", ylabel="peak of live states")
    span, height = max(8.0, (calls.max() / calls.min()) ** 1.75), max(10.0, peaks.max() / peaks.min())
    low = calls.min() / span ** 0.06
    panel.set(xlim=(low, low * span * 1.25), ylim=(peaks.min() / height ** 0.12, peaks.min() * height ** 1.16))
    panel.grid(True, which="major", color=theme.rule, linewidth=0.7)
    for axis in (panel.xaxis, panel.yaxis):
        low, high = axis.get_view_interval()
        axis.set_major_locator(LogLocator(10, subs=(1, 2, 5), numticks=12) if high < 400 * low else LogLocator(10))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(_short))
    bytes_axis = panel.secondary_yaxis("right", functions=(partial(np.multiply, race.state_bytes), partial(np.multiply, 1 / race.state_bytes)))
    bytes_axis.yaxis.set_major_locator(LogLocator(2, numticks=7))
    bytes_axis.yaxis.set_minor_locator(NullLocator())
    bytes_axis.yaxis.set_major_formatter(FuncFormatter(lambda b, _: size(round(b))))
    bytes_axis.spines["right"].set_visible(False)
    bytes_axis.tick_params(length=0)
    places = _apart([math.log(y) for y in peaks], 0.072 * math.log(height ** 1.28))
    for row, x, y, at in zip(race.rows, calls, peaks, places, strict=True):
        panel.plot(x, y, marker=_marker(row.scheme), markersize=9.5, color=theme.ink, markeredgecolor=theme.page, zorder=4, clip_on=False)
        p = row.scheme.parameter
        text = f"{NAMES.get(row.scheme.name, row.scheme.label)}{f', {p.name} = {row.setting}' if p else ''}"
        panel.text(x * span ** 0.055, math.exp(at), text, va="center", fontsize=10.5, zorder=5, in_layout=False,
                   bbox={"facecolor": theme.page, "edgecolor": "none", "alpha": 0.7, "pad": 1.0})
    panel.set_title("Time against memory", loc="left", fontsize=11.5, fontweight="bold", pad=21)
    lines = [f"the best {row.scheme.parameter.name}" for row in race.rows if row.scheme.parameter]
    if lines:
        panel.annotate(f"lines: {', '.join(lines)} for each peak", (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points",
                       fontsize=10.5, color=theme.soft, in_layout=False)


def _curve(s: Scheme, n: int) -> tuple[list[int], list[int]]:
    """Calls and peak for every useful setting of a scheme's parameter, by its closed forms."""
    assert s.parameter is not None
    least = max(2, s.parameter.least)
    settings = sorted({round(float(v)) for v in np.geomspace(least, max(n, least), 120)})
    points = sorted({(s.peak(n, v), s.calls(n, v)) for v in settings})
    best: dict[int, int] = {}
    for peak, calls in points:
        best[peak] = min(calls, best.get(peak, calls))
    return list(best.values()), list(best)


def _apart(wanted: Sequence[float], gap: float) -> list[float]:
    """Heights for labels, `gap` apart, near the wanted ones."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    out = list(wanted)
    for _ in range(50):
        for a, b in pairwise(order):
            lack = gap - (out[b] - out[a])
            if lack > 0:
                out[a], out[b] = out[a] - lack / 2, out[b] + lack / 2
    return out


def _short(value: float, _: Any = None) -> str:
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= 10 * factor or (value >= factor and value % (factor / 10) == 0):
            return f"{value / factor:g}{unit}"
    return f"{value:g}"


def _marker(s: Scheme) -> str:
    return SHAPES.get(s.name, OTHER)[0]


def _glyph(s: Scheme) -> str:
    return SHAPES.get(s.name, OTHER)[1]
