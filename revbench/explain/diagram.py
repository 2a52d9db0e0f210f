"""`f.diagram()`: a program as a picture, drawn from the same IR that `f.show()` prints."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Any

from revbench.errors import WrongArguments
from revbench.ir.nodes import Program
from revbench.ir.show import show_all
from revbench.passes.effects import Effects

from .flow_chart import flow_chart
from .memory_graph import legend, memory_graph
from .svg import Part, above_each_other, document, elements, escaped, side_by_side

#   kind       what it is called
KINDS = {
    "flow":   "flow chart",
    "memory": "memory-oriented graph",
}
MARGIN, WIDE = 12.0, 1100.0
EXCHANGED = ".rvb-picture[hidden]{display:block!important}pre.rvb-no-picture{display:none}"
# the head of a call, the programs (its own is the last one), what is an array in each of them, default values
Drawn = tuple[str, list[Program], Mapping[str, frozenset[str]], Mapping[str, Any]]
FRESH = count(1)                # each time that a picture is shown, its names are its own


@dataclass(frozen=True)
class Diagram:
    """A picture of a program. A notebook shows it; `save` writes it to a file.

    Attributes
    ----------
    kind : {"flow", "memory"}
    title : str
        What it is a picture of, in words.
    text : str
        The programs that are drawn, as text; the picture's description for those who do not see it.
    width, height : float
        In pixels.
    """

    kind: str
    title: str
    text: str
    width: float
    height: float
    _inner: str = field(repr=False)

    @property
    def svg(self) -> str:
        """A whole SVG document with colours of its own, for light and dark pages."""
        ident = blake2b((self.title + self._inner).encode(), digest_size=4).hexdigest()
        return document(self.width, self.height, self._inner, self.title, self.text, f"rvb-{ident}", alone=True)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture to an SVG file. A file that is there is replaced as a whole, or not at all.

        Raises
        ------
        WrongArguments
            When the name does not end in `.svg`, or the directory is missing.
        """
        to = Path(path)
        if to.suffix.lower() != ".svg":
            raise WrongArguments(f"a diagram is saved as SVG, and `{to.name}` does not end in `.svg`", hint=f"write `.save({str(to.with_suffix('.svg'))!r})`")
        if not to.parent.is_dir():
            raise WrongArguments(f"there is no directory `{to.parent}`", hint="make it first, or save elsewhere")
        beside = to.with_name(f".{to.name}.{os.getpid()}.tmp")
        try:
            beside.write_text(self.svg, encoding="utf-8")
            os.replace(beside, to)
        finally:
            beside.unlink(missing_ok=True)

    def _repr_html_(self) -> str:
        """Inline, in the colours of the page around it; a wide picture scrolls.

        JupyterLab takes `svg` and `style` away in a notebook that it does not trust, and would leave all texts in a heap. So
        the picture is hidden, the program's text is there instead, and the style exchanges the two. (It takes a bare `hidden` away, too.)
        """
        inner = document(self.width, self.height, self._inner, self.title, self.text, f"rvb-d{next(FRESH)}", alone=False)
        return (f'<style>{EXCHANGED}</style><pre class="rvb-no-picture">{escaped(self.title)} (trust the notebook to see it)\n\n{escaped(self.text)}</pre>'
                f'<div class="rvb-picture" hidden="hidden" style="overflow-x:auto;max-width:100%">{inner}</div>')

    def __repr__(self) -> str:
        return f"<{self.title}, {self.width:.0f} x {self.height:.0f}: a notebook shows it, `.save(\"name.svg\")` writes it>"


def diagram_of(kind: str, head: str, programs: Sequence[Program], arrays: Mapping[str, frozenset[str]], defaults: Mapping[str, Any] = {}) -> Diagram:
    """The picture of a program, whose call is `head`, and of those that it calls; it is the last one."""
    main, effects = programs[-1], Effects({p.name: p for p in programs})
    order = [main, *programs[:-1]]
    heads = {p.name: f"{p.name}({', '.join((*p.params, *p.consts))})" for p in order} | {main.name: head}
    whole: Part
    if kind == "flow":
        whole = side_by_side([flow_chart(p, heads[p.name]) for p in order], WIDE)
    else:
        graphs = [memory_graph(p, heads[p.name].rpartition("(")[0], arrays[p.name], effects) for p in order]
        whole = above_each_other([above_each_other(graphs), legend(graphs)], 14.0)
    inner = "\n".join(elements(whole, MARGIN + whole.left, MARGIN))
    title = f"{KINDS[kind][0].upper()}{KINDS[kind][1:]} of {head}"
    return Diagram(kind, title, show_all(programs, defaults), whole.left + whole.right + 2 * MARGIN, whole.height + 2 * MARGIN, inner)


class Pictured:
    """What kernels and gradients have in common: pictures of their programs."""

    kernel_constants: tuple[str, ...] = ()

    def diagram(self, kind: Any = "flow", /, *args: Any, **kwargs: Any) -> Diagram:
        """The program as a picture, with the programs that it calls.

        Parameters
        ----------
        kind : {"flow", "memory"}
            The flow chart: a diamond for each test, a circle for each assertion where two ways meet. Or the memory-oriented
            graph: a vertical line for each variable, a horizontal one for each statement, with a dot where it reads and a box
            where it changes; arrays are double lines.
        *args, **kwargs
            An example call, as for `show`. Default: the last call. A kernel's pictures need none; that of a gradient depends on types.

        Returns
        -------
        Diagram
            Shown by a notebook; `.save("name.svg")` writes it, `.svg` is its text.

        Raises
        ------
        WrongArguments
            When the kind is neither of the two, or a gradient's types are not known.

        Notes
        -----
        Liu and Zhao, "Differentiate Everything with a Reversible Embedded Domain-Specific Language", section 2 and supplement.

        Examples
        --------
        >>> import revbench as rb
        >>> f = rb.compile('''
        ... def f(y, x):
        ...     y += x
        ... ''')
        >>> f.diagram("memory")
        <Memory-oriented graph of f(y, x), ...>
        """
        if not isinstance(kind, str):                       # an example call alone: no register is a string
            kind, args = "flow", (kind, *args)
        if kind not in KINDS:
            raise WrongArguments(f"`diagram` knows no {kind!r}", hint=" or ".join(f"`.diagram({k!r})`: the {what}" for k, what in KINDS.items()))
        chosen, kwargs = self.choice(args, kwargs) if self.kernel_constants or args or kwargs else (self, kwargs)
        head, programs, arrays, defaults = chosen._pictured(args, kwargs)
        return diagram_of(kind, head, programs, arrays, defaults)

    def choice(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """What a call means, and its constants."""
        raise NotImplementedError

    def _pictured(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Drawn:
        """What is drawn for a call."""
        raise NotImplementedError
