"""Cards and mistakes as HTML: plain tags and classes, no scripts, readable without the style sheet too.

JupyterLab takes the style sheet away in notebooks that it does not trust, so nothing hangs on it: the same line number
stands beside a statement in every column, and hovering (which lights the line in all of them) only makes that quicker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from revbench.ad.check import CheckReport
from revbench.errors import Label, Mistakes, RevbenchError, Span

from .card import Card, Column, GradientCard, Line

WORDS = ("with for in if elif else while pass and or not assert def", "compute uncompute undo redo unchecked inverse forget free stash unstash fi came_from "
         "until reversed range len zeros zeros_like copy print probe")
TOKEN = re.compile(r"""(?P<s>'[^']*'|"[^"]*")|(?P<n>\b\d[\w.]*(?:e[+-]\d+)?)|(?P<w>\b[A-Za-z_]\w*)|(?P<o>[-+*/^%&|<>=!~@]+)""")
CLASS = {**dict.fromkeys(WORDS[0].split(), "rvb-k"), **dict.fromkeys(WORDS[1].split(), "rvb-f")}
#   what stands on a card, and what it means
TITLES = {
    "comes back bit by bit": "forward and then back, every register holds exactly what it held before",
    "comes back up to rounding": "forward and then back, float registers may differ from what they held in the last digits: (x + y) - y is rounded twice",
    "comes back inexactly": "some statement cannot be undone to the last digits: the list below says which",
    "keeps nothing": "the way back needs nothing but the registers: no value is put aside on the way forward",
    "unchecked": "compiled without checks: broken laws are not noticed while it runs",
    "no tape": "the way back computes again what it needs, and no list of past values is kept",
    "in-out": "read and changed by the kernel",
    "read-only": "read by the kernel, and never changed",
    "constant": "given by name, after the `*`; there is no gradient with respect to it",
    "captured": "a value of the notebook that the kernel reads",
    "forward": "the kernel as it runs: your statements, and the clean-up of locals that is added",
    "inverse": "what `~f` runs: the statements backward, each undone",
    "adjoint": "what a gradient runs after the kernel: everything undone, and a cotangent (`x_bar`) carried along for every float",
    "compute": "makes locals for the statements that follow; `uncompute` of the same name takes them away again",
    "uncompute": "runs the `compute` block of this name backward: its locals are gone without a trace",
    "undo": "runs the named statements backward",
    "redo": "runs the named statements once more",
    "forget": "erases a number that cannot be uncomputed",
    "free": "takes a local away; it must hold this value, so nothing is lost",
    "exactness": "for every statement: does undoing it give back the same number?",
    "kept": "values put aside because the way back could not know them",
    "recomputed": "what is computed again on the way back instead of being stored",
}
ABOUT = ("This is the kernel after compiling, three times: as it runs, as `~f` undoes it, and as a gradient goes back through it. "
         "The numbers are lines of the cell; pointing at a statement lights what came from the same line. "
         "Point at a word to read what it means.")
HUES = 6
SHOWN = 10              # rows of a check report


@cache
def style() -> str:
    """The style sheet, without its comment and line ends."""
    text = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.S)).strip()


def framed(kind: str, inner: str, lines: Iterable[int] = ()) -> str:
    """A block with its style; hovering one of `lines` lights it wherever it stands in the block."""
    tint = "background:color-mix(in srgb,var(--jp-brand-color1,#1976d2) 20%,transparent)"
    hover = "".join(f".rvb:has(.rvb-l{n}:hover) .rvb-l{n}{{{tint}}}" for n in sorted({n for n in lines if n}))
    return f'<div class="rvb {kind}"><style>{style()}{hover}</style>{inner}</div>'


def code(text: str) -> str:
    """A line of reversible Python with its words coloured."""
    def coloured(m: re.Match[str]) -> str:
        kind = CLASS.get(m[0]) if m["w"] else f"rvb-{m.lastgroup}"
        return f'<span class="{kind}"{_title(m[0]) if kind == "rvb-f" else ""}>{escape(m[0])}</span>' if kind else escape(m[0])

    out, at = [], 0
    for m in TOKEN.finditer(text):
        out += [escape(text[at:m.start()]), coloured(m)]
        at = m.end()
    return "".join(out) + escape(text[at:])


def _title(word: str) -> str:
    return f' title="{escape(TITLES[word])}"' if word in TITLES else ""


def prose(text: str) -> str:
    """A sentence whose code stands in backticks."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text, quote=False))


# ---- kernels
def card_html(card: Card, opened: bool = True) -> str:
    """The kernel card."""
    groups: dict[str, list[str]] = {}
    for r in card.registers:
        note = f' <span class="rvb-type">{escape(r.note)}</span>' if r.note else ""
        groups.setdefault(r.role, []).append(f"<code>{escape(r.name)}</code>{note}")
    roles = "".join(f"<div><dt{_title(role)}>{role}</dt><dd>{', '.join(names)}</dd></div>" for role, names in groups.items())
    if not card.types_known and any(r.note for r in card.registers):
        roles += '<div class="rvb-type">(types guessed until the first call)</div>'
    roles += f'<div class="rvb-what"><details><summary>what is this?</summary><p>{prose(ABOUT)}</p></details></div>'
    chips = [card.source, card.exactness, "" if card.kept else "keeps nothing", "" if card.checked else "unchecked"]
    inner = (f"{_summary(card.head, chips)}{_paragraph(card.doc)}<dl class=\"rvb-roles\">{roles}</dl>{_columns(card.columns)}"
             f"{_verdicts(card)}{_kept(card)}")
    return framed("rvb-card", f"<details{' open' if opened else ''}>{inner}</details>", _sources(card.columns))


def gradient_html(card: GradientCard) -> str:
    """A gradient's card: the run, and the way back."""
    erased = f"erases {card.erased} cotangent{'s' if card.erased > 1 else ''} of locals" if card.erased else "erases nothing"
    inner = f"{_summary(card.head, ['no tape', erased])}<p class=\"rvb-note\">{prose(card.title)}</p>{_columns(card.columns)}"
    return framed("rvb-card", f"<details open>{inner}</details>", _sources(card.columns))


def _summary(head: str, chips: Iterable[str]) -> str:
    shown = "".join(f'<span class="rvb-chip"{_title(c)}>&middot; {escape(c)}</span> ' for c in chips if c)
    return f'<summary><span class="rvb-head"><code>{escape(head)}</code></span> {shown}</summary>'


def _paragraph(doc: str) -> str:
    return f'<p class="rvb-doc">{prose(doc.strip().split(chr(10) * 2)[0])}</p>' if doc.strip() else ""


def _sources(columns: Iterable[Column]) -> list[int]:
    return [line.source for c in columns for line in c.lines]


def _columns(columns: Iterable[Column]) -> str:
    return f'<div class="rvb-columns">{"".join(map(_column, columns))}</div>'


def _column(c: Column) -> str:
    note = f" <small>{escape(c.note)}</small>" if c.lines and c.note else ""
    body = f"<pre>{''.join(map(_line, c.lines))}</pre>" if c.lines else f'<p class="rvb-note">{prose(c.note)}</p>'
    return f"<section><h4{_title(c.title)}>{escape(c.title)}{note}</h4>{body}</section>"


def _line(line: Line) -> str:
    at = f"rvb-l{line.source} rvb-h{line.source % HUES}" if line.source else ""
    return f'<span class="rvb-l {at}"><i>{line.source or "":>3} </i>{"    " * line.depth}{code(line.text)}\n</span>'


def _verdicts(card: Card) -> str:
    if not card.verdicts:
        return ""
    rows = "".join(f'<tr><td class="rvb-num">{v.source or ""}</td><td><code>{code(v.text)}</code></td><td class="rvb-{v.verdict}">{v.verdict}</td>'
                   f"<td>{prose(v.why)}</td></tr>" for v in card.verdicts)
    head = "<tr><th>line</th><th>statement</th><th>undone</th><th></th></tr>"
    return _more(f"exactness: {card.exactness}", f'<table class="rvb-table">{head}{rows}</table>')


def _kept(card: Card) -> str:
    items = [f"<li>keeps {prose(k)}, because the way back needs it</li>" for k in card.kept]
    items += [f"<li>{prose(r)}</li>" for r in card.recomputed]
    title = " and ".join(filter(None, [f"kept ({len(card.kept)})" if card.kept else "", f"recomputed ({len(card.recomputed)})" if card.recomputed else ""]))
    return _more(title, f"<ul>{''.join(items)}</ul>") if items else ""


def _more(title: str, inner: str) -> str:
    return f'<details class="rvb-more"><summary{_title(re.split("[ :]", title)[0])}>{escape(title)}</summary>{inner}</details>'


# ---- reports
def check_html(report: CheckReport) -> str:
    """The verdict of a check, and its worst places."""
    bad = sum(not row[3] <= report.tolerance for row in report.rows)
    verdict = '<span class="rvb-ok">ok</span>' if report else f'<span class="rvb-no">{bad} of {len(report.rows)} places differ</span>'
    rows = "".join(f'<tr><td><code>{escape(place)}</code></td><td class="rvb-num">{got:.12g}</td><td class="rvb-num">{want:.12g}</td>'
                   f'<td class="rvb-num {"" if err <= report.tolerance else "rvb-no"}">{err:.2g}</td></tr>' for place, got, want, err in report.rows[:SHOWN])
    head = '<tr><th>place</th><th class="rvb-num">got</th><th class="rvb-num">expected</th><th class="rvb-num">error</th></tr>'
    more = f'<p class="rvb-note">and {len(report.rows) - SHOWN} more, none worse</p>' if len(report.rows) > SHOWN else ""
    table = f'<table class="rvb-table">{head}{rows}</table>{more}' if rows else ""
    inner = (f'<summary><span class="rvb-head"><code>{escape(report.title)}</code></span> {verdict} '
             f'<span class="rvb-chip">worst error {report.worst:.2g}, tolerance {report.tolerance:.2g}</span></summary>{table}')
    return framed("rvb-card", f"<details{'' if report else ' open'}>{inner}</details>")


# ---- mistakes
def mistake_html(error: RevbenchError, called: str = "") -> str:
    """A mistake with its marked lines, and nothing of ours; `called` is where the user's own code stood."""
    found = error.mistakes if isinstance(error, Mistakes) else (error,)
    return "".join(framed("", f'<div class="rvb-mistake" role="alert">{_mistake(e, called)}</div>') if k == 0
                   else f'<div class="rvb"><div class="rvb-mistake">{_mistake(e, "")}</div></div>' for k, e in enumerate(found))


def _mistake(e: RevbenchError, called: str) -> str:
    where = f'<span class="rvb-where">{escape(str(e.span))}: </span>' if e.span else ""
    out = [f'<p>{where}{prose(e.message)} <span class="rvb-slug">[{e.slug}]</span></p>']
    by_line: dict[tuple[str, int], list[tuple[Span, Label]]] = {}
    for lab in e.labels:
        if lab.span is not None:
            by_line.setdefault((lab.span.source.name, lab.span.line), []).append((lab.span, lab))
    width = max((len(str(line)) for _, line in by_line), default=1)
    rows = [_marked(line, sorted(labels, key=lambda m: m[0].col), width) for (_, line), labels in sorted(by_line.items())]
    if rows:
        out.append(f"<pre>{''.join(rows)}</pre>")
    if called:
        out.append(f'<p class="rvb-where">{prose(called)}</p>')
    if e.hint:
        out.append(f"<p>hint: {prose(e.hint)}</p>")
    return "".join(out)


def _marked(number: int, labels: list[tuple[Span, Label]], width: int) -> str:
    text = labels[0][0].source.line(number)
    out, at, remarks = [], 0, []
    for span, lab in labels:
        kind = "rvb-first" if lab.mark == "^" else "rvb-second"
        begin, end = span.col - 1, span.end_col - 1 if span.end_line == span.line else len(text)
        if begin >= at:
            out += [escape(text[at:begin]), f'<mark class="{kind}">{escape(text[begin:end])}</mark>']
            at = max(end, begin)
        bar, indent = lab.mark * max(1, end - begin), re.sub(r"[^\t]", " ", text[:begin])
        remarks.append(f'<i> {"":>{width}} | </i>{indent}<b class="{kind}">{bar} {escape(lab.text)}</b>\n')
    return f'<i> {number:>{width}} | </i>{"".join(out)}{escape(text[at:])}\n{"".join(remarks)}'
