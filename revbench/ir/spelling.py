"""How bijections in place are written: `x = -x`, `x = (x - e) % m`, `x = rotr(x, 7)` rather than the names of their rows."""

from __future__ import annotations

from revbench.errors import Span

from .nodes import Apply, Expr, Fn, Place, Unapply

SIGNS = ("neg", "not_", "invert")                    # each its own inverse
INVERSE = {"rotl": "rotr"}                            # what the inverse is called, where it has a name


def right_side(s: Apply | Unapply) -> Expr | None:
    """The expression that is assigned; None if the general form `(~name)(places, params)` is the only one."""
    back = isinstance(s, Unapply)
    match s.bijection, s.params:
        case name, () if name in SIGNS:
            return Fn(name, s.places)
        case "addmod", (e, m):
            return Fn("mod", (Fn("sub" if back else "add", (s.places[0], e)), m))
        case name, params if not back or name in INVERSE:
            return Fn(INVERSE[name] if back else name, (*s.places, *params))
        case _:
            return None


def as_bijection(place: Place, e: Expr, known: object, span: Span | None) -> Apply | Unapply | None:
    """`place = e` as a bijection of the place; `known` are the rows' names."""
    match e:
        case Fn("mod", (Fn("add", (p, by)), m)) | Fn("mod", (Fn("add", (by, p)), m)) if p == place:
            return Apply("addmod", (place,), (by, m), span=span)
        case Fn("mod", (Fn("sub", (p, by)), m)) if p == place:
            return Unapply("addmod", (place,), (by, m), span=span)
        case Fn(name, (p, *params)) if p == place:
            for row, inverse in INVERSE.items():
                if name == inverse:
                    return Unapply(row, (place,), tuple(params), span=span)
            return Apply(name, (place,), tuple(params), span=span) if name in known else None      # type: ignore[operator]
        case _:
            return None
