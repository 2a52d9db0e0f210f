"""Buttons, a slider and three panels over a run: forward, backward, and to any moment.

The run is played back in the browser, from one window of typed-array columns; the widget asks its session for another
window when a moment outside it is wanted. It knows nothing about programs: what it shows, the session hands over as data.
"""

from typing import Any, Protocol

import anywidget
import traitlets

from .modules import STATIC, joined


class Session(Protocol):
    """What a stepper needs of a run."""

    @property
    def total(self) -> int:
        """Steps recorded so far; of the whole run, if `complete`."""

    @property
    def complete(self) -> bool:
        """Is `total` the length of the run?"""

    @property
    def error(self) -> str:
        """The law that broke at the end of the run, or nothing."""

    def program_json(self) -> dict[str, Any]:
        """Sources, functions with their symbols, and the static rows that a run goes through."""

    def window(self, start: int) -> dict[str, Any]:
        """The run from moment `start` on, as columns of bytes, with both memory banks at that moment."""


class Stepper(anywidget.AnyWidget):
    """One cursor over one run: `position` counts the steps done, from 0 to `total`.

    Moving it moves the view, and moving in the view moves it, so it can be observed and linked:
    `widgets.jslink((a, "position"), (b, "position"))` walks two runs side by side.
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

    def __init__(self, session: Session, *, position: int = 0, **traits: Any) -> None:
        self.session = session
        super().__init__(**traits, **self._handed_over(position))
        self.on_msg(self._on_message)

    def show(self, session: Session, position: int = 0) -> None:
        """Show another run, or the same one again after it has changed."""
        self.session = session
        with self.hold_sync(), self.hold_trait_notifications():
            for name, value in self._handed_over(position).items():
                setattr(self, name, value)

    def step(self, n: int = 1) -> None:
        """Go `n` steps forward (backward, if negative), at most to an end of the run."""
        self.goto(self.position + n)

    def back(self, n: int = 1) -> None:
        """Go `n` steps back."""
        self.goto(self.position - n)

    def goto(self, t: int) -> None:
        """Go to the moment after `t` steps, or to the nearest that there is."""
        self.position = self._nearest(t)

    def handle(self, msg: dict[str, Any]) -> dict[str, Any] | None:
        """Do what the front end asks: `{"kind": "window", "start": t}`. What goes wrong is returned, for it to show."""
        match msg:
            case {"kind": "window", "start": int(start)}:
                try:
                    window = self.session.window(max(0, start))
                except Exception as error:      # a run may break in any way: the reader of the widget must see it
                    return {"kind": "error", "text": f"{type(error).__name__}: {error}"}
                with self.hold_sync():
                    self._take_lengths()
                    self.window = window
                return None
            case _:
                return {"kind": "error", "text": f"the stepper was sent {msg!r}, which means nothing to it"}

    def _on_message(self, widget: object, msg: dict[str, Any], buffers: object) -> None:
        reply = self.handle(msg)
        if reply is not None:
            self.send(reply)

    def _handed_over(self, position: int) -> dict[str, Any]:
        session = self.session
        window = session.window(0)      # first: a session may find its length while it fills the window
        lengths = {"total": session.total, "complete": session.complete, "error": session.error}
        return {"program": session.program_json(), "window": window, **lengths, "position": position}

    def _take_lengths(self) -> None:
        self.total, self.complete, self.error = self.session.total, self.session.complete, self.session.error

    def _nearest(self, t: int) -> int:
        return max(0, min(int(t), self.total))

    @traitlets.validate("position")
    def _keep_position_inside(self, proposal: dict[str, Any]) -> int:
        return self._nearest(proposal["value"])
