"""Kernels that take kernels or `*args`: which program a call of one means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from .errors import WrongArguments, WrongType
from .frontend.names import is_kernel
from .frontend.templates import Wanted, numbered, overlaid
from .frontend.unit import Unit, compile_unit, lookup
from .ir.words import an


class Choosing:
    """What a kernel knows of its constants that are kernels, and of its `*args`.

    Attributes
    ----------
    generic : bool
        Whether it takes any: it is compiled for each choice then.
    kernel_constants : tuple of str
        The constants that are kernels.
    """

    generic = star = False
    kernel_constants: tuple[str, ...] = ()

    def _begin_choosing(self, unit: Unit) -> None:
        template = unit.templates.get(self.__name__)                                                   # type: ignore[attr-defined]
        self.generic, self.star = template is not None, template is not None and bool(template.star)
        self.kernel_constants = unit.constants.get(self.__name__, ()) if template is not None else ()  # type: ignore[attr-defined]
        self._chosen: dict[Any, Any] = {}
        self._own: dict[str, Any] = {}

    def choice(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Self, dict[str, Any]]:
        """The kernel that a call means, and its constants: this one, unless it takes kernels or `*args`."""
        return choice(self, args, kwargs) if self.generic else (self, dict(kwargs))

    def specialised(self, chosen: Mapping[str, Any], extra: int = 0) -> Any:
        """This kernel for these kernels as its constants, and so many `*args`."""
        return specialised(self, chosen, extra)

    def kernel_defaults(self) -> dict[str, Any]:
        """The kernels that its constants are, if a call does not say otherwise."""
        return defaults(self)


def choice(kernel: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The kernel that these arguments choose, and the keyword arguments that it takes.

    Raises
    ------
    WrongArguments, WrongType
        When a kernel is missing, or something else stands in its place.
    """
    left, chosen = dict(kwargs), {}
    for c in kernel.kernel_constants:
        given = left.pop(c, defaults(kernel).get(c))
        if given is None:
            raise WrongArguments(f"`{kernel.__name__}` needs the kernel `{c}`", hint=f"hand it in: `{kernel.__name__}(..., {c}=...)`")
        if not is_kernel(given):
            raise WrongType(f"`{kernel.__name__}` calls `{c}`, and here is {an(type(given).__name__)}", hint="hand in a kernel, made with `@reversible`")
        chosen[c] = given
    extra = len(args) - len(kernel.registers) if kernel.star else 0
    if extra < 0:
        missing = ", ".join(f"`{q}`" for q in kernel.registers[len(args):])
        raise WrongArguments(f"`{kernel.__name__}` needs {missing}", hint=f"call it as `{repr(kernel)[12:-1]}`")
    made = specialised(kernel, chosen, extra)
    return (~made if kernel._backward else made), left


def defaults(kernel: Any) -> dict[str, Any]:
    """The kernels that a generic kernel's constants are, if a call does not say otherwise.

    A default that stands in the same text is a kernel of this text, compiled on its own.
    """
    texts = kernel._unit.templates[kernel.__name__].defaults if kernel.generic else {}
    found = {}
    for c in kernel.kernel_constants:
        name = texts.get(c, "").lstrip("~")
        if name in kernel._unit.programs:
            if c not in kernel._own:
                kernel._own[c] = type(kernel)(kernel._unit, name, kernel._rebuild, kernel._host, kernel._checked, kernel.precise)
            k = kernel._own[c]
        else:
            k = lookup(kernel._host or {}, name)
        if is_kernel(k):
            found[c] = ~k if texts[c].startswith("~") else k
    return found


def specialised(kernel: Any, chosen: Mapping[str, Any], extra: int) -> Any:
    """The kernel compiled for these kernels and so many `*args`; made once for each choice."""
    whole = {c: chosen.get(c, defaults(kernel).get(c)) for c in kernel.kernel_constants}
    key = tuple((c, id(k)) for c, k in whole.items()), extra
    if key not in kernel._chosen:
        forward, words, unit = dict[str, Any](), dict[str, str](), kernel._unit
        host = overlaid(forward, kernel._host or {})
        for c, k in whole.items():
            plain = ~k if k._backward else k
            words[c] = next(n for n in numbered(k.__name__) if forward.get(n) is plain or (k._unit is unit and n in unit.programs) or not (
                n in host or n in unit.programs or n in unit.templates))
            forward[words[c]] = plain
        wanted = Wanted(kernel.__name__, {c: (words[c], k._backward) for c, k in whole.items()}, extra)

        def build() -> Any:
            return compile_unit(unit.source, host, unit.allowed, wanted)[0]

        first = build()
        made = type(kernel)(first, first.asked, build, host, kernel._checked, kernel.precise)
        kernel._chosen[key] = made, whole                     # a kernel that is gone must not lend its identity to another one
    return kernel._chosen[key][0]
