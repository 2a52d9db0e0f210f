"""Buttons, a slider and three panels over a run: forward, backward, and to any moment.

The run is played back in the browser, from one window of typed-array columns; the widget asks its session for another
window when a moment outside it is wanted, and for everything that takes more than playback (`asked`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from weakref import WeakSet

import anywidget
import traitlets

from revbench._api import Kernel
from revbench.timetravel import Session

from .asked import answer
from .marks import breakpoints_of, put_breakpoints
from .modules import STATIC, joined
from .page import Offline, page, write_page

OPEN: WeakSet[Stepper] = WeakSet()


class Stepper(anywidget.AnyWidget):
    """One cursor over one run: `position` counts the steps done, from 0 to `total`.

    Moving it moves the view, and moving in the view moves it, so it can be observed and linked:
    `widgets.jslink((a, "position"), (b, "position"))` walks two runs side by side. `session` is the run itself, standing
    where the view stands; when a cell has moved it or set breakpoints, the view follows.
    """

    _esm = joined("stepper")
    _css = STATIC / "stepper.css"

    program = traitlets.Dict().tag(sync=True)
    window = traitlets.Dict().tag(sync=True)
    position = traitlets.Int(0, help="steps done, 0 to `total`").tag(sync=True)
    total = traitlets.Int(0, help="steps recorded").tag(sync=True)
    complete = traitlets.Bool(True, help="is `total` the length of the run?").tag(sync=True)
    error = traitlets.Unicode("", help="the law that broke at the end of the run").tag(sync=True)
    height = traitlets.Int(380, min=120, help="of the three panels, in pixels").tag(sync=True)
    breakpoints = traitlets.List(traitlets.Dict(), help="of the session: line, source, condition, hits, enabled").tag(sync=True)
    bookmarks = traitlets.List(traitlets.List(), help="moments with notes").tag(sync=True)
    stale = traitlets.Unicode("", help="why what is shown is not what the notebook says now").tag(sync=True)
    own_id = traitlets.Unicode("", help="by which the front end finds its model, to see whether the kernel is there").tag(sync=True)
    kernel_id = traitlets.Unicode("", help="whom the stop button interrupts").tag(sync=True)

    def __init__(self, session: Session, *, position: int = 0, cell: tuple[str | None, int] | None = None, **traits: Any) -> None:
        self._session, self.cell = session, cell
        self._lent: int | None = None           # the position at which the session was handed out
        super().__init__(**traits, **self._handed_over(position), kernel_id=kernel_id())
        self.own_id = self.model_id or ""
        self.on_msg(self._on_message)
        OPEN.add(self)

    @property
    def session(self) -> Session:
        """The run, standing at `position`, or where its user has gone with it since."""
        if self._lent != self.position:
            self._session.goto(self.position)
            self._lent = self.position
        return self._session

    def show(self, session: Session, position: int = 0) -> None:
        """Show another run, or the same one again after it has changed."""
        self._session, self._lent = session, None
        with self.hold_sync(), self.hold_trait_notifications():
            for name, value in self._handed_over(position).items():
                setattr(self, name, value)
            self.stale = ""

    def close(self) -> None:
        """Take the view away, for good; it is told no more of what happens in the notebook."""
        OPEN.discard(self)
        super().close()

    def step(self, n: int = 1) -> None:
        """Go `n` steps forward (backward, if negative), at most to an end of the run."""
        self.goto(self.position + n)

    def back(self, n: int = 1) -> None:
        """Go `n` steps back."""
        self.goto(self.position - n)

    def goto(self, t: int) -> None:
        """Go to the moment after `t` steps, or to the nearest that there is."""
        self.position = self._nearest(t)

    def refresh(self) -> None:
        """Show what was done to the session outside the view: where it stands, its breakpoints and bookmarks."""
        if self._lent == self.position:
            self.position = self._session.time
        self._lent = None
        self._take_marks()

    def to_html(self, path: str | Path | None = None) -> str:
        """One HTML file, playable in both directions without a kernel or a network.

        It holds the run from its beginning, or around where the stepper stands, as far as one window goes.

        Parameters
        ----------
        path : str or Path, optional
            Where to write it.

        Returns
        -------
        str
            The page.
        """
        state = self.get_state()
        window = state["window"]
        if not window["start"] <= self.position <= window["start"] + len(window["rows"]) // 4:      # where it has been sent, if no browser shows it
            state["window"] = self._session.window(max(0, self.position - 1000))
        offline = Offline()
        return write_page(page(self.program.get("title", "a run"), offline.place("stepper", state), offline), path)

    def handle(self, msg: dict[str, Any]) -> dict[str, Any] | None:
        """Do what the front end asks, a window of the run or anything of `asked`. What goes wrong is returned, for it to show."""
        match msg:
            case {"kind": "window", "start": int(start)}:
                try:
                    window = self._session.window(max(0, start))
                except (Exception, KeyboardInterrupt) as error:      # a run may break in any way: the reader of the widget must see it
                    return {"kind": "error", "text": f"{type(error).__name__}: {error}"}
                with self.hold_sync():
                    self._take_lengths()
                    self.window = window
                return None
            case {"kind": "ask", "what": str()}:
                reply = answer(self._session, msg)
                self._lent = None
                self._take_marks()
                return reply
            case _:
                return {"kind": "error", "text": f"the stepper was sent {msg!r}, which means nothing to it"}

    def _on_message(self, widget: object, msg: dict[str, Any], buffers: object) -> None:
        reply = self.handle(msg)
        if reply is not None:
            self.send(reply)

    def _handed_over(self, position: int) -> dict[str, Any]:
        session = self._session
        window = session.window(0)      # first: a session may find its length while it fills the window
        lengths = {"total": session.total, "complete": session.complete, "error": session.error}
        marks = {"breakpoints": breakpoints_of(session), "bookmarks": [list(b) for b in session.bookmarks]}
        return {"program": session.program_json(), "window": window, **lengths, **marks, "position": position}

    def _take_lengths(self) -> None:
        self.total, self.complete, self.error = self._session.total, self._session.complete, self._session.error

    def _take_marks(self) -> None:
        self.breakpoints, self.bookmarks = breakpoints_of(self._session), [list(b) for b in self._session.bookmarks]

    @traitlets.observe("breakpoints", "bookmarks")
    def _give_marks(self, change: dict[str, Any]) -> None:
        if change["name"] == "bookmarks":
            self._session.bookmarks = sorted((int(moment), str(note)) for moment, note in self.bookmarks)
        elif self.breakpoints != breakpoints_of(self._session):
            put_breakpoints(self._session, self.breakpoints)
            self.breakpoints = breakpoints_of(self._session)        # those that could be set

    def _nearest(self, t: int) -> int:
        return max(0, min(int(t), self.total))

    @traitlets.validate("position")
    def _keep_position_inside(self, proposal: dict[str, Any]) -> int:
        return self._nearest(proposal["value"])


def after_cell() -> None:
    """A cell has run: open steppers show what it did to their sessions."""
    for stepper in list(OPEN):
        stepper.refresh()


def redefined(kernels: Iterable[Kernel]) -> None:
    """Kernels have got these names: open steppers over older ones say so."""
    fresh = {k.__name__: k for k in kernels}
    for stepper in list(OPEN):
        shown = stepper._session.kernel
        now = fresh.get(shown.__name__)
        if now is not None and now is not shown:
            changed = now.show("ir") != shown.show("ir")
            stepper.stale = f"{'the source has changed' if changed else f'`{shown.__name__}` has been compiled again'} since: run %step again"


def shown_again(cell: tuple[str | None, int]) -> None:
    """A cell shows a stepper: those of its earlier runs say so."""
    for stepper in list(OPEN):
        if cell[0] and stepper.cell and stepper.cell[0] == cell[0] and stepper.cell[1] != cell[1] and not stepper.stale:
            stepper.stale = "this cell has been run again since: its newer stepper shows the present run"


def kernel_id() -> str:
    """The Jupyter kernel that this process is, or nothing."""
    app = getattr(sys.modules.get("ipykernel.kernelapp"), "IPKernelApp", None)
    if app is None or not app.initialized():
        return ""
    return Path(app.instance().connection_file).stem.removeprefix("kernel-")
