"""The memory race with sliders: steps, snapshots and parts; every change runs all schemes again, for real.

The picture is inline SVG in Jupyter's own colours, so that it follows the page's theme; the table stands below it.
"""

from __future__ import annotations

from html import escape
from typing import Any

import traitlets
from ipywidgets import HTML, Checkbox, HBox, IntSlider, Layout, Output, ValueWidget, VBox

from revbench._api import Kernel
from revbench.errors import RevbenchError
from revbench.tradeoff.measure import GRADIENTS, Race, race, stepper_of
from revbench.tradeoff.picture import svg
from revbench.tradeoff.schedules import SCHEMES
from revbench.tradeoff.stepper import StepKernel

from .main_thread import in_main_thread

ABOUT = {"N": "steps", "d": "snapshots of the checkpointing scheme, the first state among them", "k": "parts that Bennett's scheme cuts a run into"}
MOST = {"N": 1000, "d": 32, "k": 32}
LEAST = {"N": 1, "d": 1, "k": 2}


class MemoryRace(VBox, ValueWidget):                  # type: ignore[misc]
    """One gradient by several schemes, with sliders for steps, snapshots and parts.

    Works like any widget: in a `VBox`, as a control of `interactive` (its value is the `Race`), with `observe` and
    with `link` or `jslink` to other widgets.

    Parameters
    ----------
    kernel : Kernel or StepKernel
        One step; the other arguments are those of `revbench.tradeoff.measure.race`.
    steps, snapshots, k : int
        Where the sliders stand first.

    Attributes
    ----------
    N, d, k : int
        Steps, snapshots, parts.
    schemes : tuple of str
        The schemes that run; at least one.
    value : Race or None
        What came out last; None if it failed.
    error : str
        Why it failed, or nothing.

    Raises
    ------
    RevbenchError
        When the arguments are not those of a step. What goes wrong later is shown in place of the picture.
    """

    N = traitlets.Int(100, min=LEAST["N"], help=ABOUT["N"]).tag(sync=True)
    d = traitlets.Int(4, min=LEAST["d"], help=ABOUT["d"]).tag(sync=True)
    k = traitlets.Int(2, min=LEAST["k"], help=ABOUT["k"]).tag(sync=True)
    schemes = traitlets.Tuple(GRADIENTS, help="the schemes that run")
    description = traitlets.Unicode("Memory race")
    error = traitlets.Unicode("", help="why the last run failed")

    def __init__(self, kernel: Kernel | StepKernel, /, *args: Any, steps: int = 100, snapshots: int = 4, k: int = 2, seed: Any = None,
                 of: str | int | None = None, wrt: Any = None, schemes: tuple[str, ...] = GRADIENTS, **consts: Any) -> None:
        step = stepper_of(kernel, args, consts)
        self.step = step if wrt is None else step.wrt(*([wrt] if isinstance(wrt, str) else wrt))
        self.step.seed(seed, of)                       # what is wrong with it is said here, where it was written
        self.options = {"seed": seed, "of": of}
        self.ran: tuple[object, ...] = ()
        self.picture, self.table, self.progress = HTML(), HTML(), Output()
        super().__init__(N=steps, d=snapshots, k=k, schemes=tuple(schemes))
        self.sliders = {name: self._slider(name) for name in ABOUT}
        self.toggles = {name: self._toggle(name) for name in GRADIENTS}
        wrap = Layout(flex_flow="row wrap")
        self.children = (HBox([*self.sliders.values()], layout=wrap), HBox([*self.toggles.values()], layout=wrap), self.progress, self.picture, self.table)
        self.observe(lambda _: in_main_thread(self._run), names=[*ABOUT, "schemes"])       # where the stop button reaches it
        self._run()

    # ---- controls
    def _slider(self, name: str) -> Any:
        value = getattr(self, name)
        slider = IntSlider(value=value, min=LEAST[name], max=max(MOST[name], value), description=name,
                           tooltip=ABOUT[name], continuous_update=False, style={"description_width": "1.5em"})

        def follow(change: Any) -> None:
            slider.max = max(slider.max, change["new"])
            slider.value = change["new"]

        self.observe(follow, names=name)
        slider.observe(lambda change: self.set_trait(name, change["new"]), names="value")
        return slider

    def _toggle(self, name: str) -> Any:
        scheme = SCHEMES[name]
        box = Checkbox(value=name in self.schemes, description=scheme.label, tooltip=scheme.sentence, indent=False, layout=Layout(width="auto"))

        def flip(change: Any) -> None:
            on = [n for n in GRADIENTS if (change["new"] if n == name else n in self.schemes)]
            self.schemes = tuple(on) or self.schemes
            box.value = name in self.schemes           # the last one stays

        def follow(_: Any) -> None:
            box.value = name in self.schemes

        box.observe(flip, names="value")
        self.observe(follow, names="schemes")
        return box

    @traitlets.validate("schemes")
    def _known(self, proposal: Any) -> tuple[str, ...]:
        chosen = tuple(proposal["value"])
        if not chosen or not set(chosen) <= set(GRADIENTS):
            raise traitlets.TraitError(f"schemes are some of {', '.join(GRADIENTS)}, not {chosen}")
        return tuple(name for name in GRADIENTS if name in chosen)

    # ---- running
    def _run(self, _: Any = None) -> None:
        settings = (self.N, self.d, self.k, self.schemes)
        if settings == self.ran:                       # several traits changed at once: one run is enough
            return
        self.ran = settings
        found, problem = self._raced()
        if found is not None:
            self.picture.value, self.table.value = svg(found), found._repr_html_()
        else:
            self.ran = ()                              # the same settings may be tried again
            self.picture.value, self.table.value = _alert(problem), ""
        self.error, self.value = problem, found

    def _raced(self) -> tuple[Race | None, str]:
        """A race, or why there is none. The progress bar is shown here, not in the log."""
        with self.progress:
            try:
                return race(self.step, steps=self.N, snapshots=self.d, k=self.k, schemes=self.schemes, **self.options), ""
            except (RevbenchError, ArithmeticError, MemoryError) as mistake:
                return None, str(mistake) or type(mistake).__name__
            except KeyboardInterrupt:
                return None, "stopped; move a slider to run again"

    def __repr__(self) -> str:
        return repr(self.value) if self.value is not None else f"MemoryRace(N={self.N}, d={self.d}, k={self.k}): {self.error}"


def _alert(text: str) -> str:
    return f'<pre role="alert" style="color: var(--jp-error-color1, #b71c1c); line-height: 1.35">{escape(text)}</pre>'
