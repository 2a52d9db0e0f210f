"""Bijections in place: one row each. Machine, Numba, derivatives, docs and tests all read the same row.

A row gives the call (the places first, then the parameters, which pass unchanged), the values of the places after and
before, as texts in the language, and where it may be sampled. The Jacobian is derived from `after`, never written. In
rows for whole numbers, `width` is how many bits a place has, `ones` those as a mask, and `like(e)` converts to its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from revbench.ir.nodes import Apply, Const, Expr, Fn, IfExp, Name, Unapply
from revbench.ir.read import read
from revbench.ir.types import bits
from revbench.ir.walk import rebuild

from .functions import Domain, R

TURN: Domain = (-6.0, 6.0)
COUNT: Domain = (1.0, 9.0)
BELOW: Domain = (0.0, 1.9)
OVER: Domain = (2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Bijection:
    """A row.

    Attributes
    ----------
    params : tuple of str
        The places, then the parameters.
    after, before : tuple of Expr
        What each place holds afterwards, in terms of what all held before; and the other way round.
    kinds : str
        For which types: `f` floats, `c` complex numbers, `i` whole numbers, `b` bools, `x` fixed point.
    law : Expr or None
        What must hold before and after.
    """

    name: str
    params: tuple[str, ...]
    after: tuple[Expr, ...]
    before: tuple[Expr, ...]
    kinds: str
    law: Expr | None
    on: tuple[Domain, ...]

    @property
    def places(self) -> int:
        return len(self.after)

    @property
    def own_inverse(self) -> bool:
        return self.after == self.before


BIJECTIONS: dict[str, Bijection] = {}


def row(call: str, after: str, before: str, kinds: str = "f", law: str = "", on: tuple[Domain, ...] = ()) -> None:
    BIJECTIONS[call.partition("(")[0]] = made(call, after, before, kinds, law, on)


def made(call: str, after: str, before: str, kinds: str = "f", law: str = "", on: tuple[Domain, ...] = ()) -> Bijection:
    """A row from its texts; what passes unchanged at the end of `after` is a parameter."""
    name, _, rest = call.partition("(")
    params = tuple(p.strip() for p in rest.rstrip(")").split(","))
    values, back = _tuple(after), _tuple(before)
    places = len(params)
    while places > 1 and len(values) == len(back) == len(params) and values[places - 1] == back[places - 1] == Name(params[places - 1]):
        places -= 1
    return Bijection(name, params, values[:places], back[:places], kinds, read(law) if law else None, on or (R,) * len(params))


def _tuple(text: str) -> tuple[Expr, ...]:
    """The expressions of `a, b, c`."""
    marked = read(f"values({text})")
    assert isinstance(marked, Fn)
    return marked.args


def _rotated(k: str) -> str:
    return f"like((x << like({k})) | ((x >> 1 >> like(width - 1 - {k})) & ((like(1) << like({k})) - like(1))))"


LEFT = "(({x} << like({k})) if {k} < width else like(0))"
RIGHT = "(({x} >> like({k}) & ((like(1) << like(width - {k})) - like(1))) if {k} < width else like(0))"
ROOT = "0.7071067811865476"

#   call                   after                                            before
row("neg(x)",              "-x",                                            "-x",                                            "fcix")
row("conj(x)",             "conj(x)",                                       "conj(x)",                                       "c")
row("not_(x)",             "not x",                                         "not x",                                         "b")
row("invert(x)",           "~x",                                            "~x",                                            "i")
row("rot(a, b, t)",        "a * cos(t) - b * sin(t), a * sin(t) + b * cos(t), t",
                           "a * cos(t) + b * sin(t), b * cos(t) - a * sin(t), t",                                            "f",  on=(R, R, TURN))
row("hadamard(a, b)",      f"{ROOT} * (a + b), {ROOT} * (a - b)",           f"{ROOT} * (a + b), {ROOT} * (a - b)",           "f")
row("addmod(x, e, m)",     "(x + e % m) % m, e, m",                         "(x - e % m) % m, e, m",                         "fi", "x >= 0 and x < m", (BELOW, R, OVER))
row("rotl(x, k)",          f"{_rotated('(k % width)')}, k",                 f"{_rotated('((width - k % width) % width)')}, k", "i", on=(R, COUNT))
row("xorshl(x, k)",        f"like(x ^ {LEFT.format(x='x', k='k')}), k",     "like(unshl(int64(x), int64(k))), k",                  "i",  "k >= 1", (R, COUNT))
row("xorshr(x, k)",        f"like(x ^ {RIGHT.format(x='x', k='k')}), k",    "like(unshr(int64(x) & ones, int64(k))), k",                 "i",  "k >= 1", (R, COUNT))

OWN = frozenset(BIJECTIONS)                          # not the users'


# ---- a row at work
def values(s: Apply | Unapply, dtype: str, back: bool = False) -> tuple[Expr, ...]:
    """What the places of `s` hold after it, in terms of what they hold now; with `back`, before it, in terms of what they hold then."""
    b = BIJECTIONS[s.bijection]
    return tuple(_put(e, b, s, dtype) for e in (b.after if isinstance(s, Apply) != back else b.before))


def law(s: Apply | Unapply, dtype: str) -> Expr | None:
    """What must hold before and after `s`."""
    b = BIJECTIONS[s.bijection]
    return None if b.law is None else _put(b.law, b, s, dtype)


def _put(e: Expr, b: Bijection, s: Apply | Unapply, dtype: str) -> Expr:
    given: Mapping[str, Expr] = dict(zip(b.params, (*s.places, *s.params), strict=True))
    widened = b.name == "addmod" and not dtype.startswith("float")

    def put(e: Expr) -> Expr:
        match e:
            case Name("width"):
                return Const(bits(dtype))
            case Name("ones"):
                return Const(2**bits(dtype) - 1 if bits(dtype) < 64 else -1)
            case Name(name):
                return Fn("int64", (given[name],)) if widened else given[name]
            case Fn("like", (inner,)):
                inner = put(inner)
                return inner if isinstance(inner, Const) and inner.value in (0, 1) and dtype == "int64" else Fn(dtype, (inner,))
            case _:
                return folded(rebuild(e, put))

    out = put(e)
    return Fn(dtype, (out,)) if widened and e is not b.law else out


FOLDS: dict[str, Callable[[int, int], int | bool]] = {
    "mul": lambda a, b: a * b, "sub": lambda a, b: a - b, "lt": lambda a, b: a < b, "mod": lambda a, b: a % b}


def folded(e: Expr) -> Expr:
    """Arithmetic on constants done: a known shift needs no tests."""
    match e:
        case Fn(fn, (Const(int() as a), Const(int() as b))) if fn in FOLDS and not (fn == "mod" and b == 0):
            return Const(FOLDS[fn](a, b), span=e.span)
        case IfExp(Const(bool() as taken), a, b):
            return a if taken else b
        case Fn("bitxor", (a, Fn(_, (Const(0),)) | Const(0))):
            return a
        case _:
            return e


def declared(b: Bijection) -> str:
    """The name under which a user's row is known: its own, or `name_2`, ... where that means another row already."""
    k, name = 1, b.name
    while name in BIJECTIONS and replace(BIJECTIONS[name], name=b.name) != b:
        k += 1
        name = f"{b.name}_{k}"
    BIJECTIONS[name] = replace(b, name=name)
    return name
