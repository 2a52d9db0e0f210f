"""each: kernels, gradients, Jacobians and Hessians for every item along leading axes, in one compiled call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from revbench._api import Kernel, compile_source
from revbench.errors import Mistakes, Race, Source, WrongArguments, WrongType
from revbench.ir.library import fresh_name

from .gradient import Gradient
from .hessian import Hessian
from .items import Axes, per_register
from .jacobian import Jacobian


@overload
def each(f: Kernel, in_axes: int | Sequence[int | None] | None = 0) -> Kernel: ...
@overload
def each(f: Hessian, in_axes: int | Sequence[int | None] | None = 0) -> Hessian: ...
@overload
def each(f: Gradient | Jacobian, in_axes: int | Sequence[int | None] | None = 0) -> Jacobian: ...
def each(f: Any, in_axes: int | Sequence[int | None] | None = 0) -> Any:
    """The same for every item along leading axes: JAX's `vmap`, as one compiled loop.

    Parameters
    ----------
    f : Kernel, Gradient, Jacobian or Hessian
        What is done for one item.
    in_axes : 0, None, or a sequence of them
        For each register whether the argument has a leading axis of items (0), or is shared by all of them (None).

    Returns
    -------
    Kernel, Jacobian or Hessian
        `each(f)` of a kernel is a kernel again, with an inverse and gradients; what it writes in a shared register adds up
        item by item. `each(grad(f))` and `each(jacobian(f))` give the derivatives of every item by itself, with the items'
        axis first and no zeros between items: the blocks of a block-diagonal or sparse Jacobian. A shared register begins
        anew for every item there.

    Raises
    ------
    WrongArguments
        When `in_axes` maps no register, or is not made of 0 and None.
    ShapeMismatch
        At the call, when the registers that are mapped have different lengths.

    Notes
    -----
    Items that share rows of a table need not be gathered: `each(jacobian(f))(out, Rows(cameras, of_camera), Rows(points, of_point))`.

    Examples
    --------
    >>> import revbench as rb
    >>> spring = rb.compile('''
    ... def spring(e, x, k):
    ...     e += k * x ** 2
    ... ''')
    >>> rb.each(spring, (0, 0, None))([0.0, 0.0], [1.0, 2.0], 3.0).e
    array([ 3., 12.])
    >>> rb.each(rb.grad(spring), (0, 0, None))([0.0, 0.0], [1.0, 2.0], 3.0)
    Gradients(x=array([ 6., 12.]), k=array([1., 4.]))
    """
    axes: Axes = in_axes if in_axes is None or isinstance(in_axes, int) else tuple(in_axes)
    if any(isinstance(a, bool) or a not in (0, None) for a in (axes if isinstance(axes, tuple) else (axes,))):
        raise WrongArguments("`in_axes` is made of 0 (a leading axis of items) and None (shared)",
                             hint="move the axis of items to the front: `np.moveaxis(x, 1, 0)`")
    if axes is None or (isinstance(axes, tuple) and all(a is None for a in axes)):
        raise WrongArguments("`in_axes` maps no register, so there are no items", hint="write 0 for each register that has a leading axis of items")
    if isinstance(f, Kernel):
        return _kernel(f, axes)
    if isinstance(f, Gradient) and f.with_value:
        name = f.kernel.__name__
        raise WrongType("`each` does not take a `value_and_grad`", hint=f"take `each(grad({name}))`, and the values of `each({name})`")
    if isinstance(f, Gradient):
        return Jacobian(f.kernel, *f._asked, mode="reverse", axes=axes, title="Gradients")
    if isinstance(f, Jacobian | Hessian):
        return f.each(axes)
    raise WrongType(f"`each` takes a kernel, a gradient, a Jacobian or a Hessian, not a {type(f).__name__}", hint="decorate the function with `@reversible`")


def _kernel(f: Kernel, axes: Axes) -> Kernel:
    """A kernel with a loop over the items, from source text."""
    if f.star:
        raise WrongType(f"`{f.__name__}` takes `*args`, and `each` needs to know its registers", hint="write the loop in a kernel of your own")
    registers, constants = list(f.registers), [*f.constants, *(c for c in f.kernel_constants if c not in f.constants)]
    mapped = [q for q, a in zip(registers, per_register(axes, len(registers)), strict=True) if a is not None]
    taken = {*registers, *constants}
    called = fresh_name(f.__name__, taken)
    i = fresh_name("i", {*taken, called})
    name = fresh_name(f"each_{f.__name__}", {*taken, called, i})
    defaults = f.library.defaults.get(f.__name__, {})
    head = [*registers, *(["*"] if constants else []), *(f"{c}={defaults[c]!r}" if c in defaults else c for c in constants)]
    given = [*(f"{q}[{i}]" if q in mapped else q for q in registers), *(f"{c}={c}" for c in constants)]

    def made(loop: str) -> Kernel:
        lines = [f"def {name}({', '.join(head)}):",
                 *(f'    assert len({q}) == len({mapped[0]}), "`{q}` and `{mapped[0]}` have different numbers of items"' for q in mapped[1:]),
                 f"    for {i} in {loop}(len({mapped[0]})):",
                 f"        {called}({', '.join(given)})"]
        return compile_source(Source(f"<each of {f.__name__}>", "\n".join(lines) + "\n"), {called: f}, f._checked, precise=f.precise)[name]

    try:
        return made("prange")
    except (Race, Mistakes):                                            # items change what they share, and see what others made of it
        return made("range")
