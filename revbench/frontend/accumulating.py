"""`y += f(x)` for a kernel `f` that only ever adds to its first register: the call `f(y, x)`, and a local where more is computed with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from revbench.ir.nodes import Block, Call, Const, Enter, Expr, Fn, IfExp, Lazy, Name, Program, Shape, Stmt, Uncall, Update
from revbench.ir.walk import expressions, rebuild, statements, subexpressions

Kernel = Callable[[str], bool]


def spelled_out(s: Stmt, is_kernel: Kernel, fresh: Callable[[str], str]) -> Block:
    """The statement with the kernels in its expression called before it; itself, if there are none."""
    match s:
        case Update(place, "+=" | "-=" as op, Fn(fn, args)) if is_kernel(fn):
            inner: list[Stmt] = []
            args = tuple(_called(a, is_kernel, fresh, inner) for a in args)
            return (*inner, (Call if op == "+=" else Uncall)(fn, (place, *args), span=s.span))
        case Enter(name, Fn(fn, args)) if is_kernel(fn):
            inner = []
            args = tuple(_called(a, is_kernel, fresh, inner) for a in args)
            return (*inner, Enter(name, Const(0.0), span=s.span), Call(fn, (Name(name, span=s.span), *args), span=s.span))
        case Update() | Enter():
            value = s.value if isinstance(s, Update) else s.init
            if not any(isinstance(e, Fn) and is_kernel(e.fn) for e in subexpressions(value)):
                return (s,)
            made: list[Stmt] = []
            value = _called(value, is_kernel, fresh, made)
            return (*made, replace(s, value=value) if isinstance(s, Update) else replace(s, init=value))
        case _:
            return (s,)


def _called(e: Expr, is_kernel: Kernel, fresh: Callable[[str], str], made: list[Stmt]) -> Expr:
    """The expression with a local for the value of every kernel in it. What is evaluated only sometimes is left alone."""
    if isinstance(e, Lazy | IfExp):
        return e
    e = rebuild(e, lambda c: _called(c, is_kernel, fresh, made))
    if not isinstance(e, Fn) or not is_kernel(e.fn):
        return e
    t = Name(fresh(f"{e.fn.rpartition('.')[2]}_value"), span=e.span)
    made += [Enter(t.name, Const(0.0), span=e.span), Call(e.fn, (t, *e.args), span=e.span)]
    return t


def why_not(kernel: str, programs: Mapping[str, Program], assumed: frozenset[str] = frozenset()) -> str:
    """What a kernel does with its first register besides adding to it; empty if nothing."""
    p = programs.get(kernel)
    if p is None or not p.params:
        return "is not known here"
    first, before = p.params[0], assumed | {kernel}
    for s in statements(p.body):
        if isinstance(s, Update) and s.place.name == first and s.op not in ("+=", "-="):
            return f"changes `{first}` by `{s.op}`"
        if isinstance(s, Call | Uncall):
            where = [k for k, a in enumerate(s.args) if any(getattr(e, "name", "") == first for e in subexpressions(a))]
            if where and (where != [0] or s.args[0] != Name(first)):
                return f"hands `{first}` on as something else than a result"
            if where and s.kernel not in before and (inner := why_not(s.kernel, programs, before)):
                return f"calls `{s.kernel}`, which {inner}"
            read = tuple(e for _, e in s.consts)
        elif isinstance(s, Update):
            read = (s.value, *(s.place.indices if hasattr(s.place, "indices") else ()))
        else:
            read = expressions(s)
        if any(getattr(e, "name", None) == first and not isinstance(e, Shape) for whole in read for e in subexpressions(whole)):
            return f"reads `{first}`" if not hasattr(s, "places") else f"exchanges `{first}`"
    return ""
