"""Jacobians of single items and of many, in both modes, and Hessians: over the zoo, run as Python, against the machine's gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import revbench as rb
from revbench.errors import NotDifferentiable
from revbench.numerics.exact import Exact, ExactArray

from .programs import CASES
from .running import STEPS, assert_close, bound, cotangents, every, gradient, gradient_on_machine, of_a_third, single
from .test_fast import in_python as in_python
from .test_tangent import DOUBLE, hessian_on_machine, vector
from .zoo.case import GRADIENT, Case

LEGAL = [c for c in CASES if GRADIENT in c.laws and not any(isinstance(a, rb.Stack) for a in c.args)]
SOME = [*of_a_third(LEGAL, 0)[::3], *(c for c in LEGAL if c.name == "complex numbers written out as arguments")]       # tangents that are uncalled


def of_machine(case: Case) -> list[Any]:
    """The gradient by every lowered register."""
    g, m = gradient(case.name), gradient_on_machine(case)
    assert m.run(STEPS) == "done"
    signature = g.arguments(case.args, dict(case.consts))[2]
    layout, params = g.layout(signature), g.kernel.typed(signature)[0][g.kernel.typed(signature)[1]].program.params
    parts = layout.split([np.asarray(v) for v in bound(case)[0]])
    found = dict(zip(cotangents(case), m.outputs()[len(params):], strict=False))
    return [found.get(params[at], np.zeros(np.shape(parts[at]))) for k in g.positions(signature) for at in layout.floats(k)]


@every(SOME)
@pytest.mark.usefixtures("in_python")
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_jacobian_of_a_number_is_its_gradient(case: Case, mode: Any) -> None:
    g = gradient(case.name)
    with np.errstate(all="ignore"):
        found = rb.jacobian(g.kernel.unchecked, case.of, case.wrt, mode)(*case.args, **case.consts)
    assert_close([found] if g.bare else list(found), of_machine(case), 1e-4 if single(bound(case)[0]) else 1e-9)


@every([c for c in of_a_third(LEGAL, 0)[1::4] if not any(isinstance(v, Exact | ExactArray) for v in c.args)])
@pytest.mark.usefixtures("in_python")
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_items_have_the_gradients_that_they_have_alone(case: Case, mode: Any) -> None:
    g, (registers, _) = gradient(case.name), bound(case)
    both = [np.stack([v, v]) for v in map(np.asarray, registers)]
    with np.errstate(all="ignore"):
        try:
            found = rb.each(rb.jacobian(g.kernel.unchecked, case.of, case.wrt, mode))(*both, **case.consts)
        except NotDifferentiable as refused:
            pytest.fail(str(refused))
    for k in range(2):
        assert_close([a[k] for a in ([found] if g.bare else found)], of_machine(case), 1e-4 if single(registers) else 1e-9)


@every([c for c in of_a_third(DOUBLE, 1)[::6] if not any(isinstance(v, Exact | ExactArray) for v in c.args) and c.name != "special functions"])
@pytest.mark.usefixtures("in_python")
def test_a_hessian_times_a_vector_is_what_the_machine_computes(case: Case) -> None:
    g, v = gradient(case.name), vector(case)
    want, _ = hessian_on_machine(case, v)
    with np.errstate(all="ignore"):
        whole = rb.hessian(g.kernel.unchecked, case.of, case.wrt, packed=True)(*bound(case)[0], **case.consts)
    np.testing.assert_allclose(whole @ np.concatenate([np.ravel(x) for x in v.values()]), np.concatenate([np.ravel(x) for x in want.values()]),
                               rtol=1e-8, atol=1e-8 * max(1.0, float(np.abs(whole).max(initial=0.0))))
