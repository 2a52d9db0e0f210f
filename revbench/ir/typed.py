"""Programs with the types of their names: what transforms and back ends work on."""

from __future__ import annotations

from dataclasses import dataclass

from .nodes import Program
from .types import Type


@dataclass(frozen=True)
class Typed:
    """A program and the type of every name in it."""

    program: Program
    types: dict[str, Type]

    @property
    def name(self) -> str:
        return self.program.name


TypedLibrary = dict[str, Typed]
