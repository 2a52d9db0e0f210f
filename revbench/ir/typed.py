"""Programs with the types of their names: what transforms and back ends work on."""

from __future__ import annotations

from dataclasses import dataclass, field

from .nodes import Program
from .types import Type


@dataclass(frozen=True)
class Typed:
    """A program and the type of every name in it.

    `numbers` is filled when number systems are lowered: the dtype of every name that holds their whole numbers since.
    `wholes` is filled when complex numbers and records are: what they were, and the names of their parts.
    """

    program: Program
    types: dict[str, Type]
    numbers: dict[str, str] = field(default_factory=dict)
    wholes: dict[str, tuple[Type, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.program.name


TypedLibrary = dict[str, Typed]
