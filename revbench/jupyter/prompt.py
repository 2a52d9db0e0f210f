"""The buttons below a kernel card: a line with a call that can be edited, and what to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from revbench._api import Kernel
from revbench.errors import RevbenchError
from revbench.widgets.main_thread import in_main_thread

from .guess import example_call

#   button        tooltip                                                 the magic that does the same
BUTTONS = (
    ("Step",      "go through this call, forward and backward",           "%step {0}"),
    ("Gradient",  "go through its gradient: the run, then its adjoint",   "%step {1}"),
    ("Memory",    "how much memory the gradient takes, scheme by scheme", "%memory {0}"),
    ("Check",     "compare the gradient with finite differences",         "%gradcheck {0}"),
    ("Diagram",   "its flow chart; `%diagram f memory` is the other one", "%diagram {0}"),
)


class Prompt(ipywidgets.VBox):                                 # type: ignore[misc]
    """A call, buttons, and the place where what they show goes.

    Attributes
    ----------
    call : ipywidgets.Text
        The call that the buttons act on.
    """

    def __init__(self, shell: Any, kernel: Kernel) -> None:
        self.shell = shell
        self.call = ipywidgets.Text(example_call(kernel, namespace_of(shell)), layout={"flex": "1 1 16em", "max_width": "46em"}, continuous_update=False)
        self.call.add_class("rvb-call")
        self.output = ipywidgets.Output()
        self.buttons = [ipywidgets.Button(description=name, tooltip=tip, layout={"width": "auto"}) for name, tip, _ in BUTTONS]
        for button, (_, _, magic) in zip(self.buttons, BUTTONS, strict=True):
            button.on_click(lambda _, magic=magic: in_main_thread(lambda: self.run(magic)))
        self.status = ipywidgets.Label(layout={"display": "none"})
        super().__init__([ipywidgets.HBox([self.call, *self.buttons], layout={"flex_flow": "row wrap"}), self.status, self.output])

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": ""}            # where there are no buttons, there is nothing

    def run(self, magic: str) -> None:
        """What a button does: the magic's line, run, its output below, with the line so that it can be typed next time."""
        line = magic.format(self.call.value, gradient_of(self.call.value))
        self.status.value, self.status.layout.display = "working …", None      # seen at once, while the kernel imports and compiles
        try:
            self._show(line)
        finally:
            self.status.layout.display = "none"

    def _show(self, line: str) -> None:
        from .display import show_mistake

        name, _, rest = line[1:].partition(" ")
        self.output.clear_output(wait=True)
        with self.output:
            from IPython.display import publish_display_data

            publish_display_data({"text/plain": line, "text/markdown": f"`{line}`"})
            try:
                self.shell.run_line_magic(name, rest)
            except RevbenchError as mistake:
                show_mistake(mistake)


def gradient_of(call: str) -> str:
    """`norm(0.0, x)` -> `grad(norm)(0.0, x)`; what is not a call stays as it is, for the magic to explain."""
    import ast

    try:
        tree = ast.parse(call.strip(), mode="eval").body
    except SyntaxError:
        return call
    if not isinstance(tree, ast.Call):
        return call
    given = [ast.unparse(a) for a in tree.args] + [ast.unparse(k) for k in tree.keywords]
    return f"grad({ast.unparse(tree.func)})({', '.join(given)})"


def namespace_of(shell: Any) -> Mapping[str, Any]:
    """The user's names."""
    names: Mapping[str, Any] = shell.user_ns
    return names
