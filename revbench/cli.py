"""The `revbench` command: lab, demo, bench, export, doctor."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import shutil
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from revbench import Gradient
    from revbench.bench.table import Figure
    from revbench.paper.adbench import GMM

PACKAGES = ("revbench", "numpy", "numba", "llvmlite", "scipy", "matplotlib", "ipywidgets", "anywidget", "jupyterlab", "notebook", "ipykernel", "tqdm")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status: 0 when what was asked for was done and is right."""
    parser = argparse.ArgumentParser(prog="revbench", description="Reversible kernels in Python: run them backwards, and get gradients without a tape.")
    sub = parser.add_subparsers(dest="command", required=True, metavar="command")
    lab = sub.add_parser("lab", help="open JupyterLab on a copy of the notebooks")
    lab.add_argument("--folder", type=Path, default=Path("revbench-notebooks"), help="where the copy goes (existing files are kept)")
    lab.add_argument("jupyter", nargs=argparse.REMAINDER, help="further options for `jupyter lab`, after `--`")
    demo = sub.add_parser("demo", help="the main job without a browser: a Gaussian mixture and its gradient, a memory table")
    demo.add_argument("file", nargs="?", type=Path, help="an ADBench file gmm_d*_K*.txt (default: made-up data of that shape)")
    demo.add_argument("--points", type=int, help="use the first POINTS points of the file")
    demo.add_argument("--steps", type=int, default=100, help="steps of the memory table (default 100)")
    bench = sub.add_parser("bench", help="measure this installation")
    bench.add_argument("groups", nargs="*", help="import, compile, latency, step, machine, call, gmm, ba, small, steps, passes, threads, stepper (default all)")
    bench.add_argument("--json", type=Path, help="write the figures to this file too")
    bench.add_argument("--figure", type=Path, help="draw the ratios into this file (.png, .svg, .pdf)")
    bench.add_argument("--seconds", type=float, default=5.0, help="how long the programs of a size race (default 5)")
    bench.add_argument("--quick", action="store_true", help="small sizes: does it run here? (no figures to quote)")
    export = sub.add_parser("export", help="execute a notebook and write it as one HTML file, its steppers playable without a network")
    export.add_argument("notebook", type=Path)
    export.add_argument("-o", "--output", type=Path, help="the HTML file (default: beside the notebook, with its name)")
    export.add_argument("--steps", type=int, default=200_000, help="how many steps of a run a stepper holds on the page (default 200000)")
    export.add_argument("--no-execute", action="store_true", help="take the outputs that the notebook was saved with")
    sub.add_parser("doctor", help="versions, caches, and what is missing")
    options = parser.parse_args(argv)
    from revbench.errors import RevbenchError

    try:
        return {"lab": run_lab, "demo": run_demo, "bench": run_bench, "export": run_export, "doctor": run_doctor}[options.command](options)
    except RevbenchError as mistake:
        print(mistake, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


# ---- lab
def notebooks() -> Path:
    """The notebooks that came with the package (a wheel carries them inside, a checkout beside)."""
    here = Path(__file__).resolve().parent
    return here / "_notebooks" if (here / "_notebooks").is_dir() else here.parent / "notebooks"


def run_lab(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    for book in sorted(notebooks().rglob("*.ipynb")):
        target = folder / book.relative_to(notebooks())
        if target.exists():
            print(f"kept    {target}")
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(book, target)
            print(f"copied  {target}")
    more = [o for o in options.jupyter if o != "--"]
    return subprocess.call([sys.executable, "-m", "jupyterlab", str(folder), *more])


# ---- demo
def run_demo(options: argparse.Namespace) -> int:
    import revbench as rb
    from revbench.paper.adbench import make_gmm, read_gmm
    from revbench.paper.gmm import gmm_objective, objective_arguments
    from revbench.paper.gmm_numpy import gmm_gradient
    from revbench.paper.gmm_numpy import gmm_objective as formula
    from revbench.paper.leapfrog import leapfrog_step
    from revbench.paper.solar import DT, G, solar_system
    from revbench.tradeoff.measure import race

    if options.file is None:
        gmm, name = make_gmm(10, 25, options.points or 1000), "made-up data in the shape of ADBench's gmm_d10_K25"
    else:
        gmm, name = read_gmm(options.file, points=options.points), str(options.file)
    print(f"Gaussian mixture: {name}: {len(gmm.x)} points in {gmm.d} dimensions, {gmm.K} components, {gmm.parameters} parameters")
    args, consts = objective_arguments(gmm)
    before = [np.array(a) for a in args]
    wrt = ("alphas", "means", "icf")
    gradient = rb.value_and_grad(gmm_objective, of="err", wrt=wrt)
    start = time.perf_counter()
    value, found = gradient(*args, **consts)
    first = time.perf_counter() - start
    start = time.perf_counter()
    value, found = gradient(*args, **consts)
    again = time.perf_counter() - start
    print(f"  compiled and run in {first:.2f} s, run again in {again:.3f} s; no tape was kept")
    inverse = rb.check_inverse(gmm_objective, *args, **consts)
    want = gmm_gradient(gmm)
    right = abs(value - float(formula(gmm))) / abs(float(formula(gmm)))
    errors = {n: float(np.linalg.norm(getattr(found, n) - getattr(want, n))) / max(float(np.linalg.norm(getattr(want, n))), 1e-300) for n in wrt}
    same = all(np.array_equal(a, b) for a, b in zip(before, args, strict=True))
    print(f"  {inverse!r}")
    print(f"  value {value:.12g}, relative error {right:.1e} against an independent NumPy formula")
    print("  gradient, relative error: " + ", ".join(f"{n} {e:.1e}" for n, e in errors.items()))
    print(f"  the input arrays are {'unchanged, bit for bit' if same else 'CHANGED'}")
    extra = [_extra_bytes(gradient, gmm, n) for n in (len(gmm.x) // 4, len(gmm.x) // 2, len(gmm.x))] if len(gmm.x) >= 8 else []
    if extra:
        print(f"  extra memory of the gradient with n/4, n/2, n points: {', '.join(f'{b:,} bytes' for b in extra)}")
    print(f"\nMemory: the gradient of {options.steps} leapfrog steps of the solar system by four schemes, each really run")
    s = solar_system()
    result = race(leapfrog_step, s.r, s.v, s.m, steps=options.steps, G=G, h=DT, dt=DT)
    print(result)
    ok = bool(inverse) and right < 1e-9 and max(errors.values()) < 1e-9 and same and bool(result)
    print("\nall of it agrees" if ok else "\nSOMETHING DISAGREES: see above")
    return 0 if ok else 1


def _extra_bytes(gradient: Gradient, gmm: GMM, points: int) -> int:
    """Peak bytes that a call of the gradient allocates, on the first so many points."""
    from revbench.paper.gmm import objective_arguments

    args, consts = objective_arguments(replace(gmm, x=np.ascontiguousarray(gmm.x[:points])))
    tracemalloc.start()
    gradient(*args, **consts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


# ---- export
def run_export(options: argparse.Namespace) -> int:
    from revbench.widgets.notebook import CannotExport, execute, read_notebook, to_html

    source: Path = options.notebook
    target: Path = options.output or source.with_suffix(".html")
    try:
        book = read_notebook(source)
        if target.exists() and target.samefile(source):
            raise CannotExport(f"{target} is the notebook itself")
        if not target.absolute().parent.is_dir():
            raise CannotExport(f"there is no folder {target.absolute().parent} for {target.name}")
        if not options.no_execute:
            execute(book, source.absolute().parent, source.name, max(1, options.steps))
        text, lost = to_html(book, source.stem)
        target.write_text(text, encoding="utf-8")
    except CannotExport as reason:
        print(reason, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{target} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    for number in lost:
        print(f"the widget of code cell {number} is missing: its state was not saved in the notebook (export without --no-execute)", file=sys.stderr)
    print(f"wrote {target} ({len(text.encode()) / 1e6:.1f} MB)")
    return 0


# ---- bench, doctor
def run_bench(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from revbench.bench.contest import Effort
    from revbench.bench.groups import bench, names
    from revbench.bench.machine import described
    from revbench.bench.pinned import again_pinned
    from revbench.bench.table import as_json, as_text

    unknown = [g for g in options.groups if g not in names()]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(names())}", file=sys.stderr)
        return 2
    arguments = ["bench", *options.groups, "--seconds", str(options.seconds), *(["--quick"] if options.quick else [])]
    for name in ("json", "figure"):
        arguments += [f"--{name}", str(getattr(options, name))] if getattr(options, name) else []
    status = again_pinned(arguments)
    if status is not None:
        return status
    effort = Effort(options.seconds, most=5, quick=True) if options.quick else Effort(options.seconds)
    found: list[tuple[str, Figure]] = []
    for group, measured in groupby(bench(options.groups, effort), key=itemgetter(0)):
        rows = list(measured)
        found += rows
        tqdm.write(f"{group}\n{as_text(figure for _, figure in rows)}\n", file=sys.stdout)
    print(f"{', '.join(f'{name} {what}' for name, what in described().items())}")
    print("x: ratio of the smallest CPU times of interleaved runs; range: quartiles of ratios of neighbouring runs")
    if options.json:
        options.json.write_text(as_json(found), encoding="utf-8")
    if options.figure:
        from revbench.bench.picture import draw

        draw([figure for _, figure in found], options.figure)
    return 0


def run_doctor(options: argparse.Namespace) -> int:
    from revbench.backends.machine_text import generate
    from revbench.backends.modules import cache_folder, is_compiled
    from revbench.backends.pruning import LIMIT

    print(f"python      {platform.python_version()}  ({sys.executable})")
    missing = []
    for name in PACKAGES:
        try:
            print(f"{name:<11} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    folder = cache_folder()
    files = list(folder.rglob("*")) if folder.exists() else []
    size = sum(f.stat().st_size for f in files if f.is_file())
    print(f"cache       {folder}  ({sum(f.suffix == '.py' for f in files)} programs, {size / 1e6:.1f} MB; safe to delete; kept below {LIMIT // 10**6} MB)")
    ready = is_compiled(generate(), "machine")
    print(f"machine     {'compiled' if ready else 'not compiled yet: the first `%step` takes about half a minute, once per installation'}")
    print(f"notebooks   {notebooks() if notebooks().is_dir() else 'missing'}")
    optional = {"notebook": "Notebook 7 (`pip install notebook`)"}
    for name in missing:
        print(f"missing     {optional.get(name, name)}")
    needed = [m for m in missing if m not in optional]
    print("all that is needed is here" if not needed else f"needed and missing: {', '.join(needed)}")
    return 1 if needed else 0


if __name__ == "__main__":
    sys.exit(main())
