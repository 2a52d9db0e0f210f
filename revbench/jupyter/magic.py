"""The magics: `%%reversible`, `%step`, `%memory`, `%gradcheck`, `%diagram`."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments
from IPython.display import display, publish_display_data

from revbench._api import Kernel, compile_source
from revbench.ad.check import check_grad
from revbench.ad.gradient import Gradient
from revbench.errors import RevbenchError, Source, WrongArguments
from revbench.explain.diagram import KINDS
from revbench.explain.texts import library_text, typed_text

from . import warmup
from .card import card_of
from .display import CARD_TYPE, cell_number, is_rich, kernel_json
from .expression import Called, evaluate_call, evaluate_program, parse_options, split_line, unquoted, words_of
from .guess import current_types
from .html import card_html

STEPPER = "revbench.widgets.stepper"     # loaded with the first stepper: before, none is open
OPEN_CARDS = 2          # more kernels in one cell than that, and their cards are closed at first


@magics_class
class RevbenchMagics(Magics):
    """Magics that know which cell is running."""

    shell: Any

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self.cell_id: str | None = None
        self.raw_cell = ""
        self.cells = 0          # how many have run

    def before_cell(self, info: Any) -> None:
        """The `pre_run_cell` event: which cell runs, and what stands in it."""
        self.cell_id, self.raw_cell = getattr(info, "cell_id", None), info.raw_cell or ""
        self.cells += 1

    def after_cell(self, result: Any) -> None:
        """The `post_run_cell` event: open steppers show what the cell did to their sessions."""
        if STEPPER in sys.modules:
            sys.modules[STEPPER].after_cell()

    @no_var_expand
    @magic_arguments()
    @argument("--no-check", action="store_true", help="leave out run-time laws: faster, and silent when one breaks")
    @argument("--precise", action="store_true", help="no fast-math and the platform's elementary functions, in unchecked code, too")
    @argument("--no-keepers", action="store_true", help="refuse hidden branch bits and loop counters, and name their lines")
    @argument("--show", choices=["ir", "inverse", "adjoint", "tangent", "numba"], help="print this text of the program too")
    @argument("--step", metavar="CALL", help='show the stepper on a call: --step "norm(0.0, x)"')
    @argument("--quiet", action="store_true", help="show no card")
    @cell_magic
    def reversible(self, line: str, cell: str) -> None:
        """Compile the kernels of this cell, and bind them here.

        The cell is reversible Python: it is parsed, never run by the interpreter. Kernels of earlier cells can be
        called, and numbers and arrays of the notebook used as constants; changing one compiles again.
        """
        name = self._cell_name()
        head = Source(name, f"{self._blank_lines(cell)}%%reversible {line}".lstrip("\n"))
        options = parse_options("%%reversible", self.reversible.parser, list(words_of(line)), head)
        source = Source(name, f"{self._blank_lines(cell)}\n{cell}")
        kernels = compile_source(source, self.shell.user_ns, not options.no_check, not options.no_keepers, options.precise)
        self.shell.push(kernels)
        if STEPPER in sys.modules:
            sys.modules[STEPPER].redefined(kernels.values())
        if not options.quiet:
            self._show_cards(list(kernels.values()))
        if options.show:
            publish_code(texts(list(kernels.values()), options.show))
        if options.step:
            self._step(unquoted(options.step))
        elif not options.quiet and is_rich(self.shell):
            from .prompt import Prompt

            display(Prompt(self.shell, list(kernels.values())[-1]))

    @no_var_expand
    @line_magic
    def step(self, line: str) -> None:
        """Step through a call in both directions: `%step norm(0.0, x)`, `%step grad(norm)(0.0, x)`.

        The call is not made here: it runs on the reversible machine, and every moment of it can be gone to.
        """
        self._step(line)

    @no_var_expand
    @magic_arguments()
    @argument("--steps", type=int, help="how many steps of the kernel the schemes run")
    @argument("--snapshots", type=int, help="snapshots of treeverse/Revolve")
    @argument("--k", type=int, help="branching of Bennett's scheme")
    @argument("--of", help="the scalar output, by name or position")
    @line_magic
    def memory(self, line: str) -> None:
        """Race schemes of time against space on a kernel: `%memory leapfrog(x, v) --steps 100`.

        Each scheme runs the kernel and its gradient; calls and live bytes are counted as they happen.
        """
        called, options = self._called("memory", line)
        given: dict[str, Any] = {k: v for k, v in vars(options).items() if v is not None}
        if isinstance(called.target, Gradient):
            given.setdefault("of", called.kernel.registers[called.target.of])
        from revbench.widgets.memory_race import MemoryRace

        if both := sorted(set(inspect.signature(MemoryRace).parameters) & set(called.consts)):
            raise WrongArguments(f"`{both[0]}` is a constant of `{called.kernel.__name__}` and an option of the memory race",
                                 hint=f"give the constant another name than `{both[0]}`")
        display(MemoryRace(called.kernel, *called.args, **given, **called.consts))

    @no_var_expand
    @magic_arguments()
    @argument("--of", help="the scalar output, by name or position")
    @argument("--wrt", help="what to differentiate by: names, separated by commas")
    @line_magic
    def gradcheck(self, line: str) -> None:
        """Compare a gradient with finite differences, component by component: `%gradcheck norm(0.0, x)`."""
        called, options = self._called("gradcheck", line)
        of: Any = _which(options.of) if options.of else called.target.of if isinstance(called.target, Gradient) else 0
        wrt: Any = called.target.wrt if isinstance(called.target, Gradient) else None
        if options.wrt:
            wrt = tuple(_which(w) for w in options.wrt.split(","))
        display(check_grad(called.kernel, *called.args, of=of, wrt=wrt, **called.consts))

    @no_var_expand
    @line_magic
    def diagram(self, line: str) -> None:
        """Draw a kernel or a gradient: `%diagram norm`, `%diagram ~norm memory`, `%diagram grad(norm)(0.0, x) memory`.

        The flow chart, or the memory-oriented graph: a line down for each variable, one across for each statement. The
        program is not run; that of a gradient depends on types, which an example or the last call tells.
        """
        words = list(words_of(line))
        kind = words.pop() if len(words) > 1 and words[-1].isidentifier() else "flow"
        called = evaluate_program(" ".join(words), self.shell.user_ns, "%diagram")
        if kind not in KINDS:
            raise WrongArguments(f"`%diagram` knows no `{kind}`", hint=" or ".join(f"`%diagram {' '.join(words)} {k}`" for k in KINDS))
        display(called.target.diagram(kind, *called.args, **called.consts))

    # ---- helpers
    def _cell_name(self) -> str:
        """`cell 7`, as the front end numbers it: IPython's own counter may be one ahead already."""
        frame = sys._getframe(1)
        while frame.f_back is not None and not cell_number(self.shell, frame.f_code.co_filename):
            frame = frame.f_back
        return f"cell {cell_number(self.shell, frame.f_code.co_filename) or self.shell.execution_count}"

    def _blank_lines(self, cell: str) -> str:
        """The empty lines above the magic, which IPython takes away: our line numbers count them."""
        above, found, below = self.raw_cell.partition("%%reversible")
        return "\n" * above.count("\n") if found and not above.strip() and below.rstrip().endswith(cell.rstrip()) else ""

    def _called(self, name: str, line: str) -> tuple[Called, Any]:
        expression, words = split_line(line)
        options = parse_options(f"%{name}", getattr(self, name).parser, words, Source(f"%{name}", line))
        return evaluate_call(expression, self.shell.user_ns, f"%{name}"), options

    def _step(self, text: str) -> None:
        called = evaluate_call(text, self.shell.user_ns, "%step")
        warmup.wait_for_machine()
        from revbench.timetravel import Session

        session = Session(called.target, *called.args, **called.consts)
        if is_rich(self.shell):
            from revbench.widgets.stepper import Stepper, shown_again

            cell = self.cell_id, self.cells
            shown_again(cell)
            display(Stepper(session, cell=cell))
        else:
            publish_display_data({"text/plain": f"{session!r}\nto step here, in a terminal: s = revbench.debug(...), then s.step(), s.back()"})

    def _show_cards(self, kernels: list[Kernel]) -> None:
        for kernel in kernels:
            try:
                card = card_of(kernel)
                data = {"text/html": card_html(card, len(kernels) <= OPEN_CARDS), "text/plain": str(card)}
            except Exception as bug:                                  # a card must never cost anybody a kernel
                data = {"text/plain": f"{kernel!r}  (its card cannot be shown: {type(bug).__name__}: {bug})"}
            publish_display_data(data, {CARD_TYPE: kernel_json([kernel], self.cell_id)})


def _which(text: str) -> str | int:
    text = text.strip()
    return int(text) if text.lstrip("-").isdigit() else text


def publish_code(text: str) -> None:
    """Shows program text in the front end's own colours."""
    publish_display_data({"text/plain": text, "text/markdown": f"```python\n{text}```"})


def texts(kernels: list[Kernel], what: str) -> str:
    """One text of each kernel, as reversible Python (`numba`: as generated Python)."""
    parts = []
    for kernel in kernels:
        types, known = current_types(kernel)
        note = "" if known else f"# for guessed types: {', '.join(f'{n} {t}' for n, t in zip((*kernel.registers, *kernel.constants), types, strict=False))}\n"
        try:
            if what in ("ir", "inverse"):
                parts.append(kernel.show(what))
            elif what == "adjoint":
                library, main, _, _ = Gradient(kernel).typed(types)
                parts.append(note + library_text(library, main))
            else:
                parts.append(note + typed_text(what, *kernel.typed(types), kernel.mode))
        except RevbenchError as mistake:
            parts.append(f"# {kernel.__name__}: {mistake.message}\n")
    return "\n\n".join(parts)
