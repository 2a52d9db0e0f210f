"""A whole text compiled: its programs, what they took from the host, and what the compiler keeps for the way back."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from revbench.errors import Report, Source
from revbench.ir.library import Library, reachable
from revbench.passes.effects import Effects
from revbench.passes.pipeline import structure
from revbench.passes.scopes import Keeper

from .derivatives import Derivatives, declare
from .parse import Parsed, parse
from .resolve import resolve
from .templates import Templates, Wanted


@dataclass(frozen=True)
class Unit:
    """What one text compiled to; all its kernels share it."""

    source: Source
    programs: dict[str, Any]
    defaults: dict[str, dict[str, Any]]
    captured: dict[str, dict[str, Any]]
    keepers: dict[str, tuple[Keeper, ...]]
    seen: dict[str, Any]
    allowed: bool = True                                        # whether keepers are
    templates: dict[str, Parsed] = field(default_factory=dict)  # kernels that become programs once their kernels and `*args` are known
    constants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    asked: str = ""                                             # the one of them that this unit was compiled for

    @cached_property
    def effects(self) -> Effects:
        return Effects(self.programs)

    def written(self, name: str) -> frozenset[int]:
        """Positions of the parameters that a kernel writes."""
        effects = Effects(self.library(name).programs) if name in self.templates else self.effects
        return effects.written[name]

    def library(self, name: str) -> Library:
        if name in self.templates:
            p = self.templates[name]
            return Library(name, {name: replace(p.program, params=tuple(q for q in p.program.params if q != p.star))}, {}, {name: {}})
        order = reachable(self.programs, name, derivatives=True)
        return Library(name, {n: self.programs[n] for n in order}, {n: self.defaults.get(n, {}) for n in order},
                       {n: self.captured.get(n, {}) for n in order})


def compile_unit(source: Source, host: Mapping[str, Any], keepers: bool = True, wanted: Wanted | None = None,
                 derivatives: Derivatives | None = None) -> tuple[Unit, list[str]]:
    """Front end and scopes for a whole text: the unit and the names of its own kernels."""
    report = Report()
    parsed = parse(source, report)
    templates = Templates(parsed, host, report)
    known = len(report.mistakes)
    concrete, asked = templates.concrete(wanted)
    if len(report.mistakes) > known:
        report.raise_any()                                      # what a call should have meant is not known
    resolved = resolve(concrete, templates.host, report)
    report.raise_any()
    programs, kept = structure(resolved.programs, [p.program.name for p in concrete], report, keepers)
    report.raise_any()
    if derivatives:
        declare(concrete[0].program.name, programs, derivatives)
    generic = {n: p for n, p in templates.parsed.items() if n in templates.generic}
    unit = Unit(source, programs, resolved.defaults, resolved.captured, kept, resolved.seen, keepers, generic, templates.constants, asked)
    return unit, [p.program.name for p in parsed]


def lookup(host: Mapping[str, Any], dotted: str) -> Any:
    """What a dotted name means among the host's names now; None if nothing."""
    first, *rest = dotted.split(".")
    value = host.get(first)
    for attr in rest:
        value = getattr(value, attr, None)
    return value


class Surroundings(Mapping[str, Any]):
    """What a function sees around it: closure, then globals, then builtins, looked up when asked."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.cells = dict(zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True))
        self.globals = fn.__globals__

    def __getitem__(self, name: str) -> Any:
        if name in self.cells:
            try:
                return self.cells[name].cell_contents
            except ValueError:                                 # the function around has not come to it yet
                raise KeyError(name) from None
        return self.globals[name] if name in self.globals else getattr(builtins, name)

    def __contains__(self, name: object) -> bool:
        if name in self.cells:
            return self.filled(str(name))
        return name in self.globals or hasattr(builtins, str(name))

    def filled(self, name: str) -> bool:
        """Whether a name of the function around means something yet."""
        try:
            self.cells[name].cell_contents                     # noqa: B018 (asking is what fails)
        except ValueError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*filter(self.filled, self.cells), *(k for k in self.globals if k not in self.cells)]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default      # noqa: SIM401 (this is that method)
