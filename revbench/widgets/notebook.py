"""A notebook as one HTML file: executed, if wished, with its widgets playable and nothing fetched from a network."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from jinja2 import DictLoader
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter
from tqdm import tqdm

from .page import PAGE_STEPS, STEPS, Offline, is_ours

VIEW, STATE = "application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"
STILL = "a picture of it: its controls need a kernel"
# What JupyterLab's own template would fetch is left out: require.js, MathJax (formulas stay as they are written), Mermaid.
TEMPLATE = """\
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block notebook_css -%}
{{ super() }}
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
{{ resources.revbench_dark }}
}
</style>
{%- endblock -%}
{%- block body_footer -%}
{{ resources.revbench_tail }}
{{ super() }}
{%- endblock -%}
"""


class CannotExport(Exception):
    """Why a notebook cannot be exported, in one line or a few."""


def read_notebook(path: Path) -> Any:
    """A notebook, in today's format.

    Raises
    ------
    CannotExport
        When there is none, or it cannot be read.
    """
    try:
        book = nbformat.read(path, as_version=4)
        nbformat.validate(book)
    except FileNotFoundError:
        raise CannotExport(f"there is no file {path}") from None
    except IsADirectoryError:
        raise CannotExport(f"{path} is a folder, and not a notebook") from None
    except OSError as error:
        raise CannotExport(f"{path} cannot be read: {error.strerror}") from None
    except Exception as error:                          # not JSON, not a notebook, of a format that is to come: nbformat has many ways to say it
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise CannotExport(f"{path} is not a notebook: {first[:200]}") from None
    return book


def execute(book: Any, folder: Path, name: str, steps: int = STEPS) -> None:
    """Run all cells, in `folder`; outputs and the states of widgets go into `book`, those of steppers with `steps` steps of their runs.

    Raises
    ------
    CannotExport
        When a cell fails that is not marked `raises-exception`, or the kernel cannot be started or dies.
    """
    cells = [k for k, cell in enumerate(book.cells) if cell.cell_type == "code"]
    with TemporaryDirectory() as sockets, tqdm(total=len(cells), desc=f"executing {name}", unit="cell", disable=None) as bar:
        client = NotebookClient(book, timeout=None, resources={"metadata": {"path": str(folder)}}, store_widget_state=True,
                                on_cell_complete=lambda cell, cell_index: bar.update(cell_index in cells))
        try:
            _without_network(client, sockets)
            client.execute(env={**os.environ, PAGE_STEPS: str(steps)})
        except CellExecutionError as error:
            at = next((k for k in cells if any(o.output_type == "error" for o in book.cells[k].get("outputs", ()))
                       and "raises-exception" not in book.cells[k].metadata.get("tags", ())), None)
            where = "a cell" if at is None else f"cell {cells.index(at) + 1} of {len(cells)}"
            raise CannotExport(f"{where} of {name} fails: {error.ename}: {error.evalue}\n"
                               "a cell that is meant to fail needs the tag `raises-exception`; `--no-execute` exports the outputs that are there") from None
        except NoSuchKernel as error:
            raise CannotExport(f"{name} asks for the kernel {error.name!r}, which is not installed here") from None
        except DeadKernelError:
            raise CannotExport(f"the kernel of {name} died while it ran") from None


def _without_network(client: NotebookClient, folder: str) -> None:
    """The kernel is spoken to through files that only this user can open, where there are such, and not through ports."""
    if os.name == "posix":
        manager = client.create_kernel_manager()
        manager.transport, manager.ip = "ipc", os.path.join(folder, "kernel")


def to_html(book: Any, title: str) -> tuple[str, list[int]]:
    """The page, and the numbers of the code cells whose widgets it cannot show, for their states were not saved."""
    book, offline, lost = deepcopy(book), Offline(), []
    saved = book.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    states = {model: with_buffers(entry) for model, entry in saved.items()}
    codes = [cell for cell in book.cells if cell.cell_type == "code"]
    for number, cell in enumerate(codes, 1):
        if cell.source.lstrip().startswith("%%reversible"):       # of a cell magic that it does not know, nbconvert colours the first line only
            cell.metadata["magics_language"] = "python3"
        kept = []
        for output in cell.outputs:
            view = output.get("data", {}).get(VIEW)
            shown = _shown(view["model_id"], states, offline) if view else ""
            if shown:
                output.data = {"text/html": shown}
            elif view and states:                        # a widget that shows nothing any more (a progress bar)
                continue
            elif view:
                lost.append(number)
                del output.data[VIEW]
            kept.append(output)
        cell.outputs = kept
    exporter = HTMLExporter(extra_loaders=[DictLoader({"revbench.html.j2": TEMPLATE})], template_file="revbench.html.j2", embed_images=True)
    dark = exporter.environment.loader.get_source(exporter.environment, "static/theme-dark.css")[0]
    resources = {"revbench_tail": offline.tail(), "revbench_dark": dark, "metadata": {"name": title}}
    return exporter.from_notebook_node(book, resources=resources)[0], lost


def with_buffers(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a widget as it was saved in a notebook, its bytes put back where they belong."""
    state: dict[str, Any] = deepcopy(dict(entry["state"]))
    for buffer in entry.get("buffers", ()):
        inside: Any = state
        *way, last = buffer["path"]
        for step in way:
            inside = inside[step]
        inside[last] = base64.b64decode(buffer["data"])
    return state


def _shown(model: str, states: Mapping[str, dict[str, Any]], offline: Offline) -> str | None:
    state = states.get(model, {})
    if is_ours(state):
        return offline.place(model, state)
    still = "".join(_pictures(model, states))
    return f'<figure style="margin: 0">{still}<figcaption><small>{escape(STILL)}</small></figcaption></figure>' if still else None


def _pictures(model: str, states: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """The HTML that lies in a box of widgets (a memory race: its picture and its table)."""
    state = states.get(model, {})
    if state.get("_model_name") == "HTMLModel":
        yield f"<div>{state.get('value', '')}</div>"
    for child in state.get("children", ()):
        yield from _pictures(str(child).removeprefix("IPY_MODEL_"), states)
