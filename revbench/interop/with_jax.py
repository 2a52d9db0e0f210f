"""Kernels as JAX functions: `jit` calls them, and `grad` runs them backwards.

A kernel's outputs have the shapes and types of its inputs, so JAX knows them beforehand; and its way back begins at its
outputs, so they are all that is kept between forward and backward: JAX's residuals hold no input and no tape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from revbench._api import Kernel
from revbench.ad.calls import bound
from revbench.ad.reverse import Pullback
from revbench.errors import RevbenchError, WrongArguments


class PackageMissing(RevbenchError):
    """What a bridge leads to is not installed."""


def as_jax(f: Kernel) -> Callable[..., Any]:
    """The kernel as a function of JAX arrays, with a derivative: `jit`, `grad`, `vjp`, `value_and_grad` and `vmap` take it.

    Parameters
    ----------
    f : Kernel
        Registers are numbers or arrays that JAX knows: floats, whole numbers, bools, complex numbers.

    Returns
    -------
    callable
        `g(*registers, **constants)` returns `f.Outputs` of JAX arrays, or a bare one where `f` has one register. Constants
        are Python's, known when JAX traces. The kernel runs on the host, as `jax.pure_callback` does.

    Raises
    ------
    PackageMissing
        When JAX is not installed.
    WrongArguments
        At the call, when the number of registers is wrong.

    Notes
    -----
    Numbers have JAX's precision: float32 unless `jax_enable_x64` is set. Reverse mode only: `jax.jvp`, `jax.hessian` and
    `jax.jacfwd` are refused by JAX; `rb.jvp`, `rb.hessian` and `rb.jacobian` do that.
    Cotangents of complex registers are in JAX's convention here, the conjugates of `rb.grad`'s. An error of the kernel's,
    such as a broken law, reaches the caller inside JAX's error.
    """
    jax = _jax()

    def host_outputs(consts: dict[str, Any], *args: Any) -> tuple[Any, ...]:
        found = f(*map(_given, args), **consts)
        return _like(found if len(f.registers) > 1 else (found,), args)

    def host_cotangents(consts: dict[str, Any], outputs: tuple[Any, ...], cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
        moving = [k for k, a in enumerate(outputs) if _moves(a)]
        ends = bound("as_jax", f, tuple(map(_given, outputs)), consts).held()
        back = Pullback(ends, (tuple(moving), False), (tuple(moving), False))(tuple(np.conj(_given(c)) for c in cotangents))
        return _like([np.conj(b) for b in back], cotangents)

    def call(*args: Any, **consts: Any) -> Any:
        if len(args) != len(f.registers):
            raise WrongArguments(f"`{f.__name__}` has {len(f.registers)} registers, and here are {len(args)} arguments",
                                 hint=f"hand in {', '.join(f'`{q}`' for q in f.registers)}; constants go by name")

        def outputs(*args: Any) -> Any:
            return jax.pure_callback(lambda *a: host_outputs(consts, *a), _shapes(jax, args), *args, vmap_method="sequential")

        def backward(ends: tuple[Any, ...], cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
            moving = [k for k, a in enumerate(ends) if _moves(a)]
            wanted = tuple(cotangents[k] for k in moving)
            found = jax.pure_callback(lambda e, c: host_cotangents(consts, e, c), _shapes(jax, wanted), ends, wanted, vmap_method="sequential")
            by_place = dict(zip(moving, found, strict=True))
            return tuple(by_place.get(k) for k in range(len(ends)))

        run = jax.custom_vjp(outputs)
        run.defvjp(lambda *a: (outputs(*a),) * 2, backward)
        found = run(*map(jax.numpy.asarray, args))
        return f.Outputs(*found) if len(f.registers) > 1 else found[0]

    call.__name__, call.__doc__ = f.__name__, f.__doc__
    return call


def _jax() -> Any:
    try:
        import jax
    except ImportError:
        raise PackageMissing("`as_jax` needs JAX, which is not installed", hint="pip install jax") from None
    return jax


def _moves(a: Any) -> bool:
    return bool(np.issubdtype(a.dtype, np.inexact))


def _shapes(jax: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(jax.ShapeDtypeStruct(a.shape, a.dtype) for a in args)


def _given(a: Any) -> Any:
    """A JAX array as the kernel takes it; a number where it has no axes."""
    return np.asarray(a)[()]


def _like(found: Any, args: Any) -> tuple[Any, ...]:
    return tuple(np.asarray(a, dtype=b.dtype) for a, b in zip(found, args, strict=True))
