"""What IPython shows for kernels, gradients, checks and mistakes. Registered by name: nothing of the compiler is imported for it."""

from __future__ import annotations

import linecache
from types import TracebackType
from typing import Any

CARD_TYPE = "application/vnd.revbench.kernels+json"
MISTAKE_TYPE = "application/vnd.revbench.mistake+json"


# ---- formatters
def _kernel_html(kernel: Any) -> tuple[str, dict[str, Any]]:
    from .card import card_of
    from .html import card_html

    return card_html(card_of(kernel)), {CARD_TYPE: kernel_json([kernel])}


def _kernel_text(kernel: Any, printer: Any, cycle: bool) -> None:
    from .card import card_of

    alone = len(printer.stack) == 1                          # not an item of a list
    printer.text(str(card_of(kernel)) if alone else repr(kernel))


def _gradient_html(gradient: Any) -> str:
    from .card import gradient_card_of
    from .html import gradient_html

    return gradient_html(gradient_card_of(gradient))


def _check_html(report: Any) -> str:
    from .html import check_html

    return check_html(report)


def _mistake_html(error: Any) -> tuple[str, dict[str, Any]]:
    from .html import mistake_html

    return mistake_html(error), {MISTAKE_TYPE: mistake_json(error)}


#   type                                              mime type      formatter
FORMATTERS = (
    ("revbench._api", "Kernel",                       "text/html",   _kernel_html),
    ("revbench._api", "Kernel",                       "text/plain",  _kernel_text),
    ("revbench.ad.gradient", "Gradient",              "text/html",   _gradient_html),
    ("revbench.ad.check", "CheckReport",              "text/html",   _check_html),
    ("revbench.errors", "RevbenchError",              "text/html",   _mistake_html),
)


def register(shell: Any) -> None:
    """Formatters for our types; doing it again changes nothing."""
    for module, name, mime, formatter in FORMATTERS:
        shell.display_formatter.formatters[mime].for_type_by_name(module, name, formatter)


def unregister(shell: Any) -> None:
    """Our types show as other objects do."""
    for module, name, mime, formatter in FORMATTERS:
        formatters = shell.display_formatter.formatters[mime]
        if formatters.lookup_by_type(f"{module}.{name}") is formatter:
            formatters.pop(f"{module}.{name}")


# ---- data for editors
def kernel_json(kernels: list[Any], cell: str | None = None) -> dict[str, Any]:
    """Which kernels came from which source, and which cell that is."""
    return {"source": kernels[0]._unit.source.name if kernels else "", "cell": cell,
            "kernels": [{"name": k.__name__, "line": span.line if (span := k.library.program.span) else 0} for k in kernels]}


def mistake_json(error: Any, cell: str | None = None) -> dict[str, Any]:
    """The mistake as data, with the source that its lines count in, and the cell that it is."""
    return {**error.to_json(), "source": error.span.source.name if error.span else "", "cell": cell}


# ---- mistakes that end a cell
def is_rich(shell: Any) -> bool:
    """Is there a front end that shows HTML (a notebook), or only a terminal?"""
    return getattr(shell, "kernel", None) is not None


def headline(error: Any) -> list[str]:
    """The short form, for below the HTML: one line per mistake."""
    return [f"{f'{e.span}: ' if e.span else ''}{e.message}  [{e.slug}]" for e in getattr(error, "mistakes", (error,))]


def cell_number(shell: Any, filename: str) -> str:
    """The number of the cell that was compiled under this name, or ""."""
    label = shell.compile.format_code_name(filename)
    return label[1].removeprefix("In[").removesuffix("]") if label and label[0] == "Cell" else ""


def called_from(shell: Any, tb: TracebackType | None) -> str:
    """The innermost line of the user's own code on the way to an error: `called in cell 3, line 2: ...`; "" if there is none."""
    found = ""
    while tb is not None:
        frame = tb.tb_frame
        name, module = frame.f_code.co_filename, frame.f_globals.get("__name__", "")
        ours = module.partition(".")[0] in ("revbench", "IPython", "ipykernel") or module.startswith("revbench_generated")
        if not ours and (text := linecache.getline(name, tb.tb_lineno).strip()) and "run_cell_magic(" not in text and "run_line_magic(" not in text:
            cell = cell_number(shell, name)
            found = f"called in {f'cell {cell}' if cell else name}, line {tb.tb_lineno}: `{text}`"
        tb = tb.tb_next
    return found


class MistakeHandler:
    """Shows our mistakes as HTML, without Python frames. IPython has one such slot; what was in it stays in force beside us."""

    def __init__(self, shell: Any, cell_id: Any) -> None:
        from revbench.errors import RevbenchError

        self.kind = RevbenchError
        self.shell, self.cell_id = shell, cell_id
        self.before = (shell.custom_exceptions, shell.CustomTB)
        shell.set_custom_exc((*shell.custom_exceptions, RevbenchError), self._handle)
        self.mine = shell.CustomTB

    def remove(self) -> None:
        """Puts back what was there, unless somebody else has come after us."""
        if self.shell.CustomTB is self.mine:
            self.shell.custom_exceptions, self.shell.CustomTB = self.before

    def _handle(self, shell: Any, etype: type[BaseException], value: BaseException, tb: TracebackType | None, tb_offset: int | None = None) -> Any:
        if not isinstance(value, self.kind):
            return self.before[1](etype, value, tb, tb_offset=tb_offset)
        called = called_from(shell, tb)
        if is_rich(shell):
            show_mistake(value, called, self.cell_id())
            lines = headline(value)
        else:
            lines = [*value._render_traceback_(), *([called] if called else [])]
        shell._showtraceback(etype, value, lines)
        return lines


def show_mistake(error: Any, called: str = "", cell: str | None = None) -> None:
    """Publishes a mistake: marked lines for people, data for editors."""
    from IPython.display import publish_display_data

    from .html import mistake_html

    publish_display_data({"text/html": mistake_html(error, called), "text/plain": str(error)}, {MISTAKE_TYPE: mistake_json(error, cell)})
