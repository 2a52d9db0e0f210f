"""scipy_objective: a kernel's scalar as a function of one vector, with gradient and Hessian products, as `scipy.optimize` takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from revbench._api import Kernel
from revbench.ad.calls import Which, bound
from revbench.ad.forward import hvp
from revbench.ad.gradient import Gradient
from revbench.errors import NotDifferentiable
from revbench.ir.types import is_float

Vector = NDArray[np.float64]


@dataclass
class Objective:
    """A scalar register of a kernel as a function of one vector: the registers in `wrt`, one after the other.

    Attributes
    ----------
    x0 : ndarray
        What the registers hold in the arguments.
    """

    kernel: Kernel
    args: list[Any]
    consts: dict[str, Any]
    gradient: Gradient
    positions: tuple[int, ...]
    x0: Vector = field(repr=False)

    def registers(self, x: ArrayLike) -> list[Any]:
        """The arguments of the kernel at `x`, for a call: `f(*objective.registers(found.x))`."""
        out, left = list(self.args), np.asarray(x, float)
        for k in self.positions:
            like = np.asarray(self.args[k])
            part, left = left[:like.size].astype(like.dtype), left[like.size:]
            out[k] = part.reshape(like.shape) if like.ndim else type(self.args[k])(part[0])
        return out

    def fun(self, x: ArrayLike) -> float:
        """The value at `x`."""
        return self.fun_and_jac(x)[0]

    def jac(self, x: ArrayLike) -> Vector:
        """The gradient at `x`."""
        return self.fun_and_jac(x)[1]

    def fun_and_jac(self, x: ArrayLike) -> tuple[float, Vector]:
        """Both, from one run: `minimize(objective.fun_and_jac, objective.x0, jac=True)`."""
        value, gradient = self.gradient(*self.registers(x), **self.consts)
        return value, _flat([gradient] if self.gradient.bare else gradient)

    def hessp(self, x: ArrayLike, p: ArrayLike) -> Vector:
        """The Hessian at `x` times `p`."""
        parts = self.registers(p)
        v = tuple(parts[k] for k in self.positions)
        wrt = tuple(self.kernel.registers[k] for k in self.positions)
        of = f"{self.kernel.registers[self.gradient.of]}{f'.{self.gradient.part}' if self.gradient.part else ''}"
        return _flat(hvp(self.kernel, self.registers(x), v, of, wrt, **self.consts))

    @cached_property
    def size(self) -> int:
        """How many numbers there are."""
        return self.x0.size


def scipy_objective(f: Kernel, args: Sequence[Any], of: Which = 0, wrt: Which | Sequence[Which] | None = None, **consts: Any) -> Objective:
    """A kernel's scalar register as an objective of `scipy.optimize.minimize`.

    Parameters
    ----------
    f : Kernel
        The kernel; `f.unchecked` is faster.
    args : sequence
        Its registers, as for calling it: those in `wrt` are where the search begins, the others are data.
    of, wrt
        As for `grad`.
    **consts
        Its constants.

    Returns
    -------
    Objective
        With `fun`, `jac`, `hessp`, `fun_and_jac` and `x0`.

    Raises
    ------
    NotDifferentiable
        When a register in `wrt` is not made of plain floats.

    Examples
    --------
    >>> import revbench as rb
    >>> from scipy.optimize import minimize
    >>> bowl = rb.compile('''
    ... def bowl(out, x, c):
    ...     for i in range(len(x)):
    ...         out += (x[i] - c[i]) ** 2
    ... ''')
    >>> objective = rb.interop.scipy_objective(bowl, (0.0, [0.0, 0.0], [1.0, 2.0]), wrt="x")
    >>> minimize(objective.fun_and_jac, objective.x0, jac=True).x.round(6)
    array([1., 2.])
    """
    call = bound("scipy_objective", f, args, consts)
    gradient = Gradient(f, of, wrt, with_value=True)
    positions = Gradient(call.kernel, of, wrt).positions(call.signature)
    for k in positions:
        if not is_float(call.signature[k]):
            q = call.kernel.registers[k]
            raise NotDifferentiable(f"`{q}` is {call.signature[k]}, and an objective is a function of plain floats", hint=f"leave `{q}` out of `wrt`")
    return Objective(f, list(call.registers), consts, gradient, positions, _flat([call.registers[k] for k in positions]))


def _flat(parts: Sequence[Any]) -> Vector:
    return np.concatenate([np.ravel(np.asarray(p, float)) for p in parts])
