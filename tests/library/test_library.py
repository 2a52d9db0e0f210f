"""Every kernel of the library: what it computes, and back; its gradient; the machine; and that none was forgotten."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench import Kernel, check_grad, check_inverse
from tests.running import STEPS, as_list, assert_close, on_machine

from .rows import ROWS, Row

MODULES = [import_module(f"revbench.library.{name}") for name in rb.library.__all__]
KERNELS = [k for m in MODULES for k in vars(m).values() if isinstance(k, Kernel) and k.__module__ == m.__name__]


def every(rows: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", [pytest.param(r, id=r.name, marks=pytest.mark.xdist_group(r.kernel.__qualname__)) for r in rows])


def wanted(row: Row) -> list[Any]:
    registers, _ = row.kernel.bind(row.args, row.consts)
    return [np.asarray(row.want.get(name, value)) for name, value in zip(row.kernel.registers, registers, strict=True)]


def measured(row: Row) -> Kernel:
    """A kernel with one number for what `row.kernel` leaves in the floats that it writes, each entry weighted differently."""
    lines = []
    for k, name in enumerate(row.kernel.registers):
        value = np.asarray(row.want.get(name, 0))
        if value.dtype.kind == "f":
            index = ", ".join(f"i{d}" for d in range(value.ndim))
            lines += ["    " * (d + 1) + f"for i{d} in range({name}.shape[{d}]):" for d in range(value.ndim)]
            weight = " + ".join(["0.5", str(k), *(f"{d + 1} * sin(i{d} + 1.0)" for d in range(value.ndim))])
            lines.append("    " * (value.ndim + 1) + f"measure_ += ({weight}) * {name}" + (f"[{index}]" if index else ""))
    given = ", ".join(row.kernel.registers)
    constants = "".join(f", {k}={k}" for k in row.consts)
    return rb.compile(f"def measure(measure_, {given}, *{constants or ', unused=0'}):\n    kernel({given}{constants})\n" + "\n".join(lines), kernel=row.kernel)


# ---- each of them
@every(ROWS)
def test_it_computes_what_the_formula_says(row: Row) -> None:
    assert_close(as_list(row.kernel, row.kernel(*row.args, **row.consts)), wanted(row), 1e-12)


@every(ROWS)
def test_it_comes_back(row: Row) -> None:
    assert check_inverse(row.kernel, *row.args, **row.consts)


@every(ROWS)
def test_the_machine_agrees(row: Row) -> None:
    m = on_machine(row.kernel, row.args, row.consts)
    assert m.run(STEPS) == "done"
    assert_close(m.outputs(), wanted(row), 1e-12)


@every([r for r in ROWS if r.smooth])
def test_its_gradient_is_finite_differences(row: Row) -> None:
    assert check_grad(measured(row), 0.0, *row.args, **row.consts)


# ---- all together
def test_every_kernel_is_tested() -> None:
    assert {k.__qualname__ for k in KERNELS} - {r.kernel.__qualname__ for r in ROWS} == set()
    assert len(KERNELS) == len({(k.__module__, k.__qualname__) for k in KERNELS}) >= 35


def test_every_name_of_a_test_is_different() -> None:
    assert [name for name, n in Counter(r.name for r in ROWS).items() if n > 1] == ["coding.delta"]


@pytest.mark.parametrize("kernel", [pytest.param(k, id=k.__qualname__) for k in KERNELS])
def test_every_register_and_constant_is_explained(kernel: Kernel) -> None:
    text = kernel.__doc__ or ""
    assert "Parameters\n" in text
    body = text.split("Parameters\n")[1].split("Raises\n")[0]
    explained = {name.strip() for line in body.splitlines() if not line.startswith("    " * 2) for name in line.split(" : ")[0].split(",")}
    assert set((*kernel.registers, *kernel.constants)) <= explained
    assert ("Raises\n" in text) == ("assert " in kernel.source) or "Raises\n" in text
