"""What a kernel says of itself: its texts, its report and its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from revbench.errors import WrongArguments
from revbench.passes.inverse import inverse

from .arrays import arrays_by_type, arrays_by_use
from .diagram import Drawn, Pictured
from .report import Report, report_of
from .texts import TEXTS, typed_text, untyped_programs, untyped_text


class Explained(Pictured):
    """The part of `Kernel` that explains it; `self` is one."""

    def show(self: Any, what: str = "ir", /, *args: Any, **kwargs: Any) -> str:
        """The kernel as Python that compiles again.

        Parameters
        ----------
        what : {"ir", "inverse", "adjoint", "tangent", "numba"}
            The program with its compute parts made explicit, its inverse, its adjoint (of its first float scalar that is
            written), its tangent, or the generated Python.
        *args, **kwargs
            An example call, for the texts that depend on types: adjoint, tangent, numba. Default: the last call.

        Raises
        ------
        WrongArguments
            When no types are known: there was neither an example nor a call.
        """
        self._refresh()
        if what not in TEXTS:
            call = f"`{self.__name__}.show()` prints the program, `{self.__name__}.show(\"adjoint\", {', '.join(self._params)})` its adjoint"
            raise WrongArguments(f"`show` takes the name of a text first, and knows no {what!r}", hint=f"one of {', '.join(map(repr, TEXTS))}: {call}")
        untyped = what in ("ir", "inverse")
        if self.generic and (args or kwargs or (untyped and self.kernel_constants)):
            chosen, kwargs = self.choice(args, kwargs)
            text: str = chosen.show(what, *args, **kwargs)
            return text
        if untyped:
            return untyped_text(self.library, self._backward != (what == "inverse"))
        types = self.types_for(args, kwargs, f'{self.__name__}.show("{what}", {{}})')
        library, main = self.typed(types)
        return typed_text(what, library, main, self.mode)

    def report(self: Any, *args: Any, **kwargs: Any) -> Report:
        """What the compiler did, statement by statement: what comes back exactly, what a gradient computes again, what is kept.

        Parameters
        ----------
        *args, **kwargs
            An example call: the report depends on types. Default: the last call.
        """
        self._refresh()
        typed, main = self.typed(self.types_for(args, kwargs, f"{self.__name__}.report({{}})"))
        p = self.library.program
        program = replace(p, body=inverse(p.body)) if self._backward else p
        return report_of(f"{self.__qualname__}({', '.join(self._params)})", self.library, typed, main, program)

    def _pictured(self: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Drawn:
        self._refresh()
        p, known = self.library.program, args or kwargs or self._last or self._twin._last
        types = dict(zip((*p.params, *p.consts), self.types_for(args, kwargs, "{}") if known else (), strict=False))
        return (f"{self.__qualname__}({', '.join((*self._params, *self._consts))})", untyped_programs(self.library, self._backward),
                arrays_by_use(self.library.programs, {p.name: arrays_by_type(types)}), self.library.defaults)
