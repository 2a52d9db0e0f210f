"""A real JupyterLab, driven as a user drives it: open a notebook, run its cells, read what went wrong. Its server serves Notebook 7, too.

State is read from Lab's own model (`window.jupyterapp`), never from the page's text: Lab draws only the cells
that are on screen. Time limits are generous: the other test worker compiles on the same two cores.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

START_LIMIT = 60.0      # seconds for the server to answer
OPEN_LIMIT = 60_000     # milliseconds until a notebook has a kernel
RUN_LIMIT = 100_000     # milliseconds for all cells: below pytest's own limit, so that the message is ours

TOKEN = "known-to-the-tests"
NOTEBOOK = "window.jupyterapp.shell.currentWidget"


@dataclass(frozen=True, slots=True)
class LabServer:
    """A running server: where it listens, and the folder that it serves. It wants its token, as a user's server does."""

    url: str
    root: Path

    def opened(self, path: str, method: str = "GET") -> Any:
        """The answer to a request of ours."""
        return urllib.request.urlopen(urllib.request.Request(f"{self.url}/{path}", method=method, headers={"Authorization": f"token {TOKEN}"}))

    def shut_down_kernels(self) -> None:
        """End every session, so that a test leaves no kernel behind."""
        with self.opened("api/sessions") as answer:
            sessions = json.load(answer)
        for session in sessions:
            self.opened(f"api/sessions/{session['id']}", "DELETE").close()


@contextmanager
def start_lab(root: Path, home: Path) -> Iterator[LabServer]:
    """Serve `root` from a JupyterLab whose settings, workspaces and runtime files all lie in `home`."""
    _quiet_settings(home / "settings")
    log = home / "jupyter.log"
    env = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
        "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", f"--ServerApp.root_dir={root}",
        "--JupyterNotebookApp.expose_app_in_browser=True", f"--IdentityProvider.token={TOKEN}",
    ]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield _when_ready(process, home / "runtime", log, root)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def open_notebook(page: Page, server: LabServer, name: str, app: str = "lab") -> None:
    """Open the notebook `name` (relative to the served folder) alone in Lab (or in Notebook), and wait for its kernel."""
    # Without `reset`, Lab would open the last test's tabs again.
    page.goto(f"{server.url}/lab/tree/{name}?reset&token={TOKEN}" if app == "lab" else f"{server.url}/notebooks/{name}?token={TOKEN}")
    page.wait_for_function(
        f"""name => {{
            const panel = window.jupyterapp && {NOTEBOOK};
            return panel && panel.context && panel.context.path === name && panel.context.isReady
                && panel.sessionContext.session?.kernel?.connectionStatus === "connected";
        }}""",
        arg=name, timeout=OPEN_LIMIT,
    )


def run_all(page: Page, limit: int = RUN_LIMIT) -> None:
    """Run every cell, and wait until all have run (or one has failed) and the kernel rests; at most `limit` milliseconds."""
    page.evaluate(
        """() => {
            window.ranAll = false;
            const run = window.jupyterapp.commands.execute("notebook:run-all-cells");
            run.finally(() => { window.ranAll = true; });
        }"""
    )
    # Lab marks the cells behind a failed one as run by nothing: their count stays null for good.
    page.wait_for_function(
        f"""() => {{
            const cells = [...{NOTEBOOK}.content.model.cells].filter(cell => cell.type === "code");
            const meant = cell => (cell.getMetadata("tags") ?? []).includes("raises-exception");
            const failed = cells.some(cell => !meant(cell) && cell.outputs.toJSON().some(out => out.output_type === "error"));
            const ran = cells.every(cell => cell.executionCount !== null || !cell.sharedModel.source.trim());
            return window.ranAll && (ran || failed)
                && {NOTEBOOK}.sessionContext.session.kernel.status === "idle";
        }}""",
        timeout=limit,
    )


def errors_in(page: Page) -> list[str]:
    """Everything that went wrong so far: failed cells by number, then the errors in the browser's console."""
    cells = page.evaluate(
        f"""() => [...{NOTEBOOK}.content.model.cells].flatMap((cell, index) =>
            cell.type !== "code" ? [] : cell.outputs.toJSON()
                .filter(out => out.output_type === "error")
                .map(out => `cell ${{index}}: ${{out.ename}}: ${{out.evalue}}`))"""
    )
    console = [f"console: {message.text}" for message in page.console_messages() if message.type == "error"]
    thrown = [f"page: {error}" for error in page.page_errors()]
    return [*cells, *console, *thrown]


def _quiet_settings(folder: Path) -> None:
    """Keep Lab from asking about news and updates: the question covers the page and needs the network."""
    file = folder / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"checkForUpdates": False, "fetchNews": "false"}))


def _when_ready(process: subprocess.Popen[bytes], runtime: Path, log: Path, root: Path) -> LabServer:
    """The server, once it answers. The system chose the port; the server wrote it down."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            server = LabServer(f"http://127.0.0.1:{json.loads(file.read_text())['port']}", root)
            try:
                server.opened("api/status").close()
            except urllib.error.URLError:
                break
            return server
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start; its log ends with\n{log.read_text()[-2000:]}")
