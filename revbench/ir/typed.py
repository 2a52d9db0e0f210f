"""Programs with the types of their names: what transforms and back ends work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .nodes import Expr, Program
from .types import Type


class FinalTypes(dict[str, Type]):
    """The types of a program that no longer changes: what has been asked of an expression is remembered.

    Without that, a back end that asks at every level of an expression goes through it once for each level.
    """

    def __init__(self, types: Mapping[str, Type]) -> None:
        super().__init__(types)
        self.found: dict[int, tuple[Expr, Type]] = {}          # by identity; the expression is held, so that nothing takes its place


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
