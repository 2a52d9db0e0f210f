"""Unchecked code: one flat function, value and gradient in one sweep, nothing that nobody reads. It must compute the same.

Its text is Python; here Python runs it, so that every program of the zoo can be tried without compiling it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

from revbench import Gradient
from revbench.backends import numba_cpu
from revbench.backends.numba_cpu import Emitted

from .programs import CASES
from .running import STEPS, as_list, assert_close, bound, cotangents, every, gradient, gradient_on_machine, kernel, on_machine, single, with_cotangents
from .zoo.case import GRADIENT, Case

IMPORT = "from numba import njit, types"


@pytest.fixture
def in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(emitted: Emitted) -> Any:
        def njit(*signature: Any, **options: Any) -> Callable[[Any], Any]:
            return signature[0] if signature and callable(signature[0]) and not options else lambda f: f

        assert IMPORT in emitted.text
        scope: dict[str, Any] = {"njit": njit, "types": MagicMock()}
        exec(compile(emitted.text.replace(IMPORT, ""), "<emitted>", "exec"), scope)
        scope["_stopped"] = lambda status: False
        return scope[emitted.main]

    monkeypatch.setattr(numba_cpu, "load", load)


@every(CASES)
@pytest.mark.usefixtures("in_python")
def test_values(case: Case) -> None:
    f = kernel(case.name)
    m = on_machine(f, case.args, case.consts)
    assert m.run(STEPS) == "done"
    with np.errstate(all="ignore"):
        found = f.unchecked(*case.args, **case.consts)
    assert_close(as_list(f, found), m.outputs(), 1e-5 if single(bound(case)[0]) else 1e-11)


@every([c for c in CASES if GRADIENT in c.laws])
@pytest.mark.usefixtures("in_python")
def test_values_and_gradients(case: Case) -> None:
    g, m = gradient(case.name), gradient_on_machine(case)
    fast = Gradient(g.kernel.unchecked, case.of, case.wrt, with_value=True)
    assert m.run(STEPS) == "done"
    signature = g.arguments(case.args, dict(case.consts))[2]
    layout, params = g.layout(signature), g.kernel.typed(signature)[0][g.kernel.typed(signature)[1]].program.params
    found = dict(zip(cotangents(case), m.outputs()[len(params):], strict=False))
    wanted = [params[at] for k in g.positions(signature) for at in layout.floats(k)]
    zeros = dict(zip(params, map(np.zeros_like, with_cotangents(case)), strict=False))
    with np.errstate(all="ignore"):
        value, have = fast(*case.args, **case.consts)
    assert_close([found.get(q, zeros[q]) for q in wanted], [have] if g.bare else list(have), 1e-4 if single(bound(case)[0]) else 1e-9)
    forward = on_machine(g.kernel, case.args, case.consts)
    assert forward.run(STEPS) == "done"
    assert_close([value], [forward.outputs()[g.loss(signature)]], 1e-4 if single(bound(case)[0]) else 1e-9)
