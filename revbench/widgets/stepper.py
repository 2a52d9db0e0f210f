"""Buttons, a slider and three panels over a run: forward, backward, and to any moment.

The run is played back in the browser, from windows of typed-array columns. A small one, around the position, is part of the
widget's state; wider ones, and those around other moments, are asked for by messages, as is everything that takes more
than playback (`asked`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from weakref import WeakSet

import anywidget
import traitlets

from revbench._api import Kernel
from revbench.timetravel import Session
from revbench.timetravel.session import WHOLE

from .asked import answer
from .main_thread import in_main_thread
from .marks import breakpoints_of, put_breakpoints
from .modules import STATIC, joined
from .page import COLUMN, PAGE_STEPS, STEPS, Offline, page, write_page

OPEN: WeakSet[Stepper] = WeakSet()
SMALL = 20_000          # moments of the window that is part of the state: a page with many steppers is loaded again in no time,
LIGHT = 4_000_000       # ... and its bytes: of a run with more memory than this the state has no window at all
BYTES = (bytes, bytearray, memoryview)


def _around_position(window: dict[str, Any], stepper: Stepper) -> dict[str, Any]:
    """The window as it travels: around where the stepper stands now, which it need not be in the browser's model."""
    found = [window]
    if "rows" in window and not _covers(window, stepper.position):
        in_main_thread(lambda: found.append(stepper._around(stepper.position)), within=1.0)      # else the view asks for it
    return found[-1]


class Stepper(anywidget.AnyWidget):
    """One cursor over one run: `position` counts the steps done, from 0 to `total`.

    Moving it moves the view, and moving in the view moves it, so it can be observed and linked:
    `widgets.jslink((a, "position"), (b, "position"))` walks two runs side by side. `session` is the run itself, standing
    where the view stands; when a cell has moved it or set breakpoints, the view follows.
    """

    _esm = joined("stepper")
    _css = STATIC / "stepper.css"

    program = traitlets.Dict().tag(sync=True)
    window = traitlets.Dict(help="a small recording around the position").tag(sync=True, to_json=_around_position)
    position = traitlets.Int(0, help="steps done, 0 to `total`").tag(sync=True)
    total = traitlets.Int(0, help="steps recorded").tag(sync=True)
    complete = traitlets.Bool(True, help="is `total` the length of the run?").tag(sync=True)
    error = traitlets.Unicode("", help="the law that broke at the end of the run").tag(sync=True)
    height = traitlets.Int(380, min=120, help="of the three panels side by side, in pixels, at most").tag(sync=True)
    breakpoints = traitlets.List(traitlets.Dict(), help="of the session: line, source, condition, hits, enabled").tag(sync=True)
    bookmarks = traitlets.List(traitlets.List(), help="moments with notes").tag(sync=True)
    stale = traitlets.Unicode("", help="why what is shown is not what the notebook says now").tag(sync=True)
    own_id = traitlets.Unicode("", help="by which the front end finds its model, to see whether the kernel is there").tag(sync=True)
    kernel_id = traitlets.Unicode("", help="whom the stop button interrupts").tag(sync=True)

    def __init__(self, session: Session, *, position: int = 0, cell: tuple[str | None, int] | None = None, **traits: Any) -> None:
        self._session, self.cell, self._run = session, cell, 0
        self._told = False                      # does the position come from the view?
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
        self._session, self._lent, self._run = session, None, self._run + 1
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
            self.position = self._session.moment
        self._lent = None
        self._take_marks()

    def to_html(self, path: str | Path | None = None, steps: int = STEPS) -> str:
        """One HTML file, playable in both directions without a kernel or a network.

        It holds at most so many steps of the run, around where the stepper stands; of a longer one it says which.

        Parameters
        ----------
        path : str or Path, optional
            Where to write it.
        steps : int
            How many steps it may hold: a million of them are some megabytes.

        Returns
        -------
        str
            The page.
        """
        offline = Offline()
        state = self.get_state() | {"window": self._recorded(self._begin(self.position, steps), steps)}
        return write_page(page(self.program.get("title", "a run"), offline.place("stepper", state), offline), path)

    def handle(self, msg: dict[str, Any]) -> dict[str, Any] | None:
        """Do what the front end asks, a window of the run or anything of `asked`. What goes wrong is returned, for it to show."""
        match msg:
            case {"kind": "window", "start": int(start)}:
                moments, whole = msg.get("moments"), self._session.total <= WHOLE
                try:
                    window = self._recorded(0 if whole and not moments else max(0, start), moments)
                except (Exception, KeyboardInterrupt) as error:      # a run may break in any way: the reader of the widget must see it
                    return {"kind": "error", "text": f"{type(error).__name__}: {error}"}
                with self.hold_sync():
                    self._take_lengths()
                return {"kind": "window", "asked": start, "window": window}
            case {"kind": "ask", "what": str()}:
                reply = answer(self._session, msg)
                self._lent = None
                self._take_marks()
                return reply
            case _:
                return {"kind": "error", "text": f"the stepper was sent {msg!r}, which means nothing to it"}

    def _on_message(self, widget: object, msg: dict[str, Any], buffers: object) -> None:
        in_main_thread(lambda: self._reply(msg))

    def _reply(self, msg: dict[str, Any]) -> None:
        reply = self.handle(msg)
        if reply is not None and reply["kind"] == "window":
            columns = {name: value for name, value in reply["window"].items() if isinstance(value, BYTES)}
            plain = {name: value for name, value in reply["window"].items() if name not in columns}
            self.send({**reply, "window": plain, "columns": list(columns)}, list(columns.values()))
        elif reply is not None:
            self.send(reply)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the view has changed."""
        before, self._told = self._told, True
        try:
            super().set_state(sync_data)
        finally:
            self._told = before

    @traitlets.observe("position")
    def _follow(self, change: dict[str, Any]) -> None:
        if not self._told and "rows" in self.window and not _covers(self.window, self.position):
            self.window = self._around(self.position)

    def _recorded(self, start: int, moments: int | None) -> dict[str, Any]:
        return {**self._session.window(start, moments), "run": self._run}

    def _begin(self, position: int, moments: int) -> int:
        return max(0, min(position - moments // 2, self._session.total - moments))

    def _around(self, position: int) -> dict[str, Any]:
        """The window that is part of the state: more of it where a page is made, which has nobody to ask (`revbench export`)."""
        page_steps = int(os.environ.get(PAGE_STEPS, "0"))
        moments = page_steps or SMALL
        start = self._begin(max(0, position), moments)
        window = self._recorded(start, moments)
        small = page_steps or sum(len(part) for part in window.values() if isinstance(part, BYTES)) <= LIGHT
        return window if small else {"start": start, "run": self._run}

    def _handed_over(self, position: int) -> dict[str, Any]:
        session = self._session
        window = self._around(position)         # first: a session may find its length while it fills the window
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


def _covers(window: dict[str, Any], moment: int) -> bool:
    """Can it show this moment, and the step that led to it?"""
    start = window.get("start", 0)
    return bool(start < moment <= start + len(window["rows"]) // COLUMN) or start == moment == 0


def after_cell() -> None:
    """A cell has run: open steppers show what it did to their sessions."""
    for stepper in list(OPEN):
        stepper.refresh()


def redefined(kernels: Iterable[Kernel]) -> None:
    """Kernels have got these names: open steppers over older ones, or over kernels that call older ones, say so."""
    fresh = {k.__name__: k for k in kernels}
    for stepper in list(OPEN):
        shown = stepper._session.kernel
        now = fresh.get(shown.__name__)
        if now is not None and now is not shown:
            changed = now.show("ir") != shown.show("ir")
            stepper.stale = f"{'the source has changed' if changed else f'`{shown.__name__}` has been compiled again'} since: run %step again"
            continue
        called = [name for name, k in fresh.items() if name in shown.library.programs and shown.library.programs[name] != k.library.program]
        if called and now is None:
            stepper.stale = f"{', '.join(f'`{name}`' for name in called)}, which `{shown.__name__}` calls, has changed since: run %step again"


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
