"""The named sequences of passes, from raw programs to what a back end takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from revbench.errors import Report
from revbench.ir.library import reachable, unused, unused_in
from revbench.ir.nodes import Append, Block, Const, Depth, Enter, For, Leave, Name, NewStack, Program, Range, Stmt, ZerosLike
from revbench.ir.typed import Typed, TypedLibrary
from revbench.ir.types import WEAK_INT, Stack
from revbench.ir.walk import map_expressions, with_blocks
from revbench.passes.declared import BODIES, expanded

from .arguments import arguments, check_calls
from .dead import without_dead
from .derivatives import itself
from .drop import drop, literal
from .effects import Effects
from .fields import fields_by_name, typed_fields
from .flatten import flatten
from .held import held
from .inverse import inverse
from .known import known
from .laws import laws
from .merged import merged
from .numbers import numbers
from .races import check_races
from .scalarise import scalarise
from .scopes import Keeper, scopes
from .shared import shared
from .sums import sums
from .turn_rows import turn_rows
from .uncalls import uncalls
from .whole import products, whole


def structure(raw: Mapping[str, Program], own: list[str], report: Report, keepers: bool) -> tuple[dict[str, Program], dict[str, tuple[Keeper, ...]]]:
    """Raw programs -> programs with explicit compute parts. `own` are the new ones; the others are finished already."""
    raw = {n: fields_by_name(p) if n in own else p for n, p in raw.items()}
    effects = Effects(raw)
    out, kept = dict(raw), {}
    for name in own:
        check_calls(raw[name], raw, effects, report)
        check_races(raw[name], effects, report)
        scoped = scopes(raw[name], effects, report, keepers)
        out[name], kept[name] = scoped.program, scoped.keepers
    return out, kept


def with_places(programs: Mapping[str, Program]) -> dict[str, Program]:
    """Computed arguments become locals (before types are inferred)."""
    return {n: replace(p, body=arguments(p.body, unused_in(p, "_a"))) for n, p in programs.items()}


def lowered(library: TypedLibrary) -> TypedLibrary:
    """The core language: what inverse, adjoint and tangent work on. No whole arrays but in products of matrices, no complex numbers, no records."""
    library = {n: typed_fields(t) for n, t in library.items()}
    effects = Effects({n: t.program for n, t in library.items()})
    return scalarise({n: whole(t, effects) for n, t in library.items()})


def written_out(library: TypedLibrary) -> TypedLibrary:
    """The users' functions that are expressions, as those."""
    def block(b: Block) -> Block:
        return tuple(with_blocks(map_expressions(s, expanded), block) for s in b)

    return {n: replace(t, program=replace(t.program, body=block(t.program.body))) for n, t in library.items()} if BODIES else library


def cotangent_stacks(typed: Typed) -> Typed:
    """`b = zeros_like(s)` of a stack in single steps: an empty one, and as many zeros."""
    types, fresh = dict(typed.types), unused(typed.types, "_y")

    def block(b: Block) -> Block:
        return tuple(t for s in b for t in statement(s))

    def statement(s: Stmt) -> Block:
        match s:
            case Enter(name, ZerosLike(Name(source))) | Leave(name, ZerosLike(Name(source))) if isinstance(types[name], Stack):
                at, zero = f"_y{next(fresh)}", Const(False if types[name].dtype == "bool" else 0)
                types[at] = WEAK_INT
                made: Block = (Enter(name, NewStack(types[name].dtype), span=s.span),
                               For(at, Range(Const(0), Depth(source), Const(1)), (Append(Name(name), zero, span=s.span),), span=s.span))
                return made if isinstance(s, Enter) else inverse(made)
            case _:
                return (with_blocks(s, block),)

    return Typed(replace(typed.program, body=block(typed.program.body)), types)


def for_machine(library: TypedLibrary) -> TypedLibrary:
    """What the reversible machine takes: programs on cells of floats and whole numbers."""
    return written_out(numbers({n: cotangent_stacks(products(t)) for n, t in library.items()}))


def inverted(library: TypedLibrary, main: str) -> tuple[TypedLibrary, str]:
    """The library with the inverse of `main` added."""
    name = f"{main}_inverse"
    p = library[main]
    back = itself(p.program, backward=True) if p.program.adjoint or p.program.tangent else replace(p.program, body=inverse(p.program.body))
    return {**library, name: Typed(replace(back, name=name), p.types)}, name


def one_way(library: TypedLibrary, main: str, undone: bool) -> TypedLibrary:
    """What `main` needs, for a host that has no direction: every compute part spelled out and undone, or not undone where that can be."""
    library = {n: library[n] for n in reachable({k: t.program for k, t in library.items()}, main)}
    effects = Effects({n: t.program for n, t in library.items()})
    return written_out(numbers(uncalls(library, literal if undone else lambda b: drop(b, effects))))


def for_host(library: TypedLibrary, main: str, checked: bool, wanted: frozenset[str] | None = None, fast: bool = False,
             seeds: frozenset[str] = frozenset()) -> tuple[TypedLibrary, Effects]:
    """What Numba takes: no `Within`, no `Uncall`; laws made explicit, or everything dropped that nobody reads.

    Parameters
    ----------
    wanted : frozenset of str, optional
        The registers of `main` whose last values somebody reads; all of them, where it is not said.
    fast : bool
        Whether the sign of a zero and the order of sums may change.
    seeds : frozenset of str
        Locals of `main` that begin as seeds of derivatives.
    """
    if not checked:
        library = flatten(library, main)
    out = one_way(library, main, checked)
    effects = Effects({n: t.program for n, t in out.items()})
    if checked:
        out = {n: replace(t, program=replace(t.program, body=laws(t.program.body, t.types, effects))) for n, t in out.items()}
    else:
        out = {n: without_dead(t, effects, wanted if n == main else None) for n, t in out.items()}
        out = {n: known(t, seeds if n == main else frozenset()) for n, t in out.items()} if fast else out
        out = {n: sums(turn_rows(shared(merged(t, effects), effects), effects)) for n, t in out.items()}
        effects = Effects({n: t.program for n, t in out.items()})
        out = {n: held(t, effects, fast) for n, t in out.items()}
        effects = Effects({n: t.program for n, t in out.items()})
    return out, effects
