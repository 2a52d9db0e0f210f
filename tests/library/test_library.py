"""Every kernel of the library: what it computes, and back; its gradient; the machine; and that none was forgotten."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench import Kernel, check_grad, check_inverse
from revbench.backends.machine_code import assemble
from tests.running import STEPS, as_list, assert_close, machine, on_machine

from .rows import ROWS, Row

MODULES = [import_module(f"revbench.library.{name}") for name in rb.library.__all__]
KERNELS = [k for m in MODULES for n, k in vars(m).items() if isinstance(k, Kernel) and k.__module__ == m.__name__ and not n.startswith("_")]


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
        if value.dtype.kind in "fc":
            index = ", ".join(f"i{d}" for d in range(value.ndim))
            lines += ["    " * (d + 1) + f"for i{d} in range({name}.shape[{d}]):" for d in range(value.ndim)]
            weight = " + ".join(["0.5", str(k), *(f"{d + 1} * sin(i{d} + 1.0)" for d in range(value.ndim))])
            place = f"{name}[{index}]" if index else name
            number = f"({place}.real - 0.7 * {place}.imag)" if value.dtype.kind == "c" else place
            lines.append("    " * (value.ndim + 1) + f"measure_ += ({weight}) * {number}")
    given = ", ".join(row.kernel.registers)
    head = ", ".join(["measure_", given, *(["*", *row.consts] if row.consts else [])])
    call = ", ".join([given, *(f"{k}={k}" for k in row.consts)])
    return rb.compile("\n".join([f"def measure({head}):", f"    kernel({call})", *lines]), kernel=row.kernel)


def gradients_and_differences(f: Kernel, args: tuple[Any, ...], consts: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The gradient of the first register by every float array and number, and its central differences, both on the machine."""
    g = rb.grad(f)
    registers, constants, signature = g.arguments(args, dict(consts))
    library, main, bars, positions = g.typed(signature)
    p = library[main].program
    start = [np.zeros_like(registers[f.registers.index(q)]) for q in bars]
    m = machine(assemble(library, main), [*registers, *start, 0.0, *constants], [library[main].types[q] for q in (*p.params, *p.consts)])
    assert m.run(STEPS) == "done"
    found = dict(zip(bars, m.outputs()[len(registers):], strict=False))

    def value(k: int, at: tuple[int, ...], step: float) -> float:
        moved = [np.array(r) if isinstance(r, np.ndarray) else r for r in registers]
        if at:
            moved[k][at] += step
        else:
            moved[k] += step
        m = on_machine(f, moved, consts)
        m.run(STEPS)
        return float(m.outputs()[0])

    for k in positions:
        differences = np.zeros(np.shape(registers[k]))
        for at in np.ndindex(differences.shape):
            differences[at] = (value(k, at, 6e-6) - value(k, at, -6e-6)) / 12e-6
        yield f.registers[k], found.get(f.registers[k], np.zeros_like(differences)), differences


# ---- each of them
@every(ROWS)
def test_it_computes_what_the_formula_says(row: Row) -> None:
    assert_close(as_list(row.kernel, row.kernel(*row.args, **row.consts)), wanted(row), 1e-12)


@every(ROWS)
def test_it_comes_back(row: Row) -> None:
    assert check_inverse(row.kernel, *row.args, **row.consts)


@every([r for r in ROWS if r.machine])
def test_the_machine_agrees(row: Row) -> None:
    m = on_machine(row.kernel, row.args, row.consts)
    assert m.run(STEPS) == "done"
    assert_close(m.outputs(), wanted(row), 1e-12)


@every([r for r in ROWS if r.smooth and r.machine and not r.parts])
def test_its_gradient_is_finite_differences(row: Row) -> None:
    f = measured(row)
    for name, got, want in gradients_and_differences(f, (0.0, *row.args), row.consts):
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6 * max(1.0, np.abs(want).max()), err_msg=name)


@every([r for r in ROWS if r.smooth and (not r.machine or r.parts or r.name in ("blas.norm2", "linalg.logdet", "statistics.normal_logpdf"))])
def test_its_compiled_gradient_is_finite_differences(row: Row) -> None:
    assert check_grad(measured(row), 0.0, *row.args, direction=False)


def test_a_gradient_flows_through_logarithms() -> None:
    f = rb.compile("""
def monomial(out, x, n):
    y = ULog(2.0)
    power(y, x, n)
    out += y
""", power=rb.library.arithmetic.power)
    assert check_grad(f, 0.0, 1.3, 4)
    assert check_grad(f, 0.0, 1.3, -3)


# ---- all together
def test_every_kernel_is_tested() -> None:
    assert {k.__qualname__ for k in KERNELS} - {r.tested.__qualname__ for r in ROWS} == set()
    assert len(KERNELS) == len({(k.__module__, k.__qualname__) for k in KERNELS}) >= 35


def test_every_name_of_a_test_is_different() -> None:
    assert [name for name, n in Counter(r.name for r in ROWS).items() if n > 1] == []


@pytest.mark.parametrize("kernel", [pytest.param(k, id=k.__qualname__) for k in KERNELS])
def test_every_register_and_constant_is_explained(kernel: Kernel) -> None:
    text = kernel.__doc__ or ""
    assert "Parameters\n" in text
    explained = {name.strip() for names in re.findall(r"^(\w[\w, ]*) : ", text, re.M) for name in names.split(",")}
    assert {*kernel.registers, *kernel.constants} <= explained
    assert "Raises\n" in text or "assert " not in kernel.source
