"""IR -> reversible Python text that parses and runs again.

Compute parts are printed as explicit `with compute()` blocks with their `uncompute`, so that the text says what
the compiler found; hidden keepers and the slices of mixed statements have spellings too (`stash`, `with undo():`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, assert_never

from .nodes import (
    Append,
    Apply,
    Assert,
    Block,
    Call,
    ComputeBlock,
    Const,
    CopyOf,
    Depth,
    Drop,
    Enter,
    Expr,
    Field,
    Fn,
    For,
    ForBack,
    Forget,
    If,
    IfExp,
    Index,
    InverseBlock,
    Keep,
    Lazy,
    Leave,
    Loop,
    MatMul,
    Name,
    NewStack,
    Permute,
    Pop,
    Print,
    Probe,
    Program,
    Push,
    Range,
    Redo,
    Reduce,
    Release,
    Require,
    Shape,
    Slice,
    Stash,
    Stmt,
    Top,
    Transposed,
    Unapply,
    Uncall,
    Unchecked,
    Uncompute,
    Undo,
    Unstash,
    Update,
    Within,
    Zeros,
    ZerosLike,
)
from .read import BINARY, UNARY
from .spelling import right_side
from .types import spelled

ONE = Const(1)
PRINTED = "_r"                          # how the labels of printed compute parts begin: what bears one is complete as it stands


def show_expr(e: Expr, outer: int = 0) -> str:
    """The text of an expression, with the fewest parentheses; `outer` is how tightly its surroundings bind."""
    text, binds = _expr(e)
    return f"({text})" if binds < outer else text


def _expr(e: Expr) -> tuple[str, int]:
    match e:
        case Const(value):
            if isinstance(value, float) and value - value != 0:
                return f"float({str(value)!r})" if value != value else ("1e999" if value > 0 else "-1e999"), 20
            return repr(value), 20 if isinstance(value, bool) or value >= 0 else 13
        case Name(name):
            return name, 20
        case Index(name, (*indices, Field(field))):
            return f"{show_expr(Index(name, tuple(indices))) if indices else name}.{field}", 20
        case Index(name, indices) if "." in name:
            root, _, field = name.partition(".")             # a field of a register, once fields go by name
            return f"{show_expr(Index(root, indices))}.{field}", 20
        case Fn("complex", (Const(float() as zero), Const(float() as part))) if repr(zero) == "0.0" and part - part == 0 and repr(part)[0] != "-":
            return f"{part!r}j", 20
        case Index(name, indices):
            return f"{name}[{', '.join(map(show_expr, indices))}]", 20
        case Slice(start, stop, step):
            ends = ":".join("" if e is None else show_expr(e) for e in (start, stop))
            return ends if step is None else f"{ends}:{show_expr(step)}", 0
        case Field(name):
            return f".{name}", 20
        case Shape(name, axis):
            return (f"len({name})" if axis == 0 else f"{name}.shape[{axis}]"), 20
        case Fn(fn, (a, b)) if fn in BINARY:
            symbol, p, _ = BINARY[fn]
            left, right = (p + 1, p) if fn == "pow" else (p + 1, p + 1) if p == 6 else (p, p + 1)
            space = "" if fn == "pow" else " "
            return f"{show_expr(a, left)} {symbol} {show_expr(b, right)}" if space else f"{show_expr(a, left)} ** {show_expr(b, right)}", p
        case Fn(fn, (a,)) if fn in UNARY:
            symbol, p, _ = UNARY[fn]
            inner = show_expr(a, p)
            if isinstance(a, Const) and not isinstance(a.value, bool) and fn == "neg":
                inner = f"({show_expr(a)})"                  # -(2) is not the constant -2
            return symbol + inner, p
        case Fn("fix", (a, Const(bits))):                    # what `passes.numbers` adds is shown as what it was
            return f"Fixed{bits}({show_expr(a)})", 20
        case Fn("unfix" | "fromlog" | "logs", (a, *_)):
            return _expr(a)
        case Fn("logmul" | "logdiv" | "logpow" as fn, args):
            return _expr(Fn(fn.removeprefix("log"), args))
        case Fn("tolog" | "logof" as fn, (a,)):
            return f"{'ULog' if fn == 'tolog' else 'log'}({show_expr(a)})", 20
        case Fn(fn, args) | Reduce(fn, args):
            return f"{spelled(fn)}({', '.join(map(show_expr, args))})", 20
        case MatMul(a, b):
            return f"{show_expr(a, 12)} @ {show_expr(b, 13)}", 12
        case Transposed(source):
            return f"{show_expr(source, 20)}.T", 20
        case NewStack(dtype):
            return f"Stack({dtype or ''})", 20
        case Top(name):
            return f"{name}[-1]", 20
        case Depth(name):
            return f"len({name})", 20
        case Lazy(op, a, b):
            p = 4 if op == "and" else 3
            return f"{show_expr(a, p)} {op} {show_expr(b, p + 1)}", p
        case IfExp(test, a, b):
            return f"{show_expr(a, 3)} if {show_expr(test, 3)} else {show_expr(b, 2)}", 2
        case Zeros(shape, dtype, fill):
            dims = ", ".join(map(show_expr, shape))
            given = [dims if len(shape) == 1 else f"({dims})", *([] if fill in (None, ONE) else [show_expr(fill)]), *([spelled(dtype)] if dtype else [])]
            return f"{'zeros' if fill is None else 'ones' if fill == ONE else 'full'}({', '.join(given)})", 20
        case CopyOf(source):
            return f"copy({show_expr(source)})", 20
        case ZerosLike(source, fill):
            name = "zeros" if fill is None else "ones" if fill == ONE else "full"
            return f"{name}_like({show_expr(source)}{'' if fill in (None, ONE) else f', {show_expr(fill)}'})", 20
        case _:
            assert_never(e)


def show_range(r: Range) -> str:
    parts = [r.start, r.stop, r.step]
    if r.step == Const(1):
        parts.pop()
        if r.start == Const(0):
            parts.pop(0)
    return f"range({', '.join(map(show_expr, parts))})"


def show_head(s: Stmt) -> str:
    """The statement on one line, without its blocks (traces, tooltips)."""
    match s:
        case Update(place, op, Fn("tolog" | "logs" | "logmul" | "logdiv" | "logpow" as fn, args) as value):
            return f"{show_expr(place)} {'*=' if op == '+=' else '/='} {show_expr(args[0] if fn == 'tolog' else value)}"
        case Update(place, op, value):
            return f"{show_expr(place)} {op} {show_expr(value.args[0] if isinstance(value, Fn) and value.fn == 'fix' else value)}"
        case Permute(places, order):
            return f"{', '.join(map(show_expr, places))} = {', '.join(show_expr(places[k]) for k in order)}"
        case Apply(bijection, places, params) | Unapply(bijection, places, params):
            right = right_side(s)
            text = f"(~{bijection})({', '.join(map(show_expr, (*places, *params)))})" if right is None else show_expr(right)
            return f"{', '.join(map(show_expr, places))} = {text}"
        case Keep(name, value):
            return f"{name} = keep({show_expr(value)})"
        case Push(stack, place) | Pop(stack, place):
            return f"{show_expr(stack)}.{type(s).__name__.lower()}({show_expr(place)})"
        case Append(stack, value) | Drop(stack, value):
            return f"{show_expr(stack)}.{type(s).__name__.lower()}({show_expr(value)})"
        case Enter(name, init):
            return f"{name} = {show_expr(init)}"
        case Leave(name, init):
            return f"free({name}, {show_expr(init)})"
        case If():
            return f"if {show_expr(s.test)}:"
        case Loop():
            return f"while {show_expr(s.test)}:"
        case For():
            return f"for {s.var} in {'p' if s.parallel else ''}{show_range(s.range)}:"
        case ForBack():
            return f"for {s.var} in reversed({'p' if s.parallel else ''}{show_range(s.range)}):"
        case Call(kernel, args, consts) | Uncall(kernel, args, consts):
            given = [show_expr(a) for a in args] + [f"{k}={show_expr(v)}" for k, v in consts]
            return f"{'~' if isinstance(s, Uncall) else ''}{f'each({kernel})' if s.each else kernel}({', '.join(given)})"
        case Stash(name) | Unstash(name) | Forget(name):
            return f"{type(s).__name__.lower()}({name})"
        case Assert(test, message):
            return f"assert {show_expr(test)}" + (f", {message!r}" if message else "")
        case Print(parts):
            return f"print({', '.join(repr(p) if isinstance(p, str) else show_expr(p) for p in parts)})"
        case Probe(label, value):
            return f"probe({label!r}, {show_expr(value)})"
        case Require(test, _, message):
            return f"assert {show_expr(test)}, {message!r}"
        case Within():
            return "with compute():"
        case Undo() | Redo() | Unchecked():
            return f"with {type(s).__name__.lower()}():"
        case ComputeBlock(label):
            return f"with compute() as {label}:"
        case Uncompute(label):
            return f"uncompute({label})"
        case InverseBlock():
            return "with inverse():"
        case Release(name, value):
            return f"del {name}" if value is None else f"free({name}, {show_expr(value)})"
        case _:
            assert_never(s)


def _negated(e: Expr) -> Expr:
    return e.args[0] if isinstance(e, Fn) and e.fn == "not_" else Fn("not_", (e,))


Line = tuple[int, str, Stmt | None]


def show_lines(block: Block, depth: int = 1, fresh: Iterator[int] | None = None) -> list[Line]:
    """(depth, text, statement) for each line of a block."""
    fresh = count(1) if fresh is None else fresh
    out: list[Line] = []
    for s in block:
        match s:
            case Within():
                label = f"{PRINTED}{next(fresh)}"
                out.append((depth, f"with compute() as {label}:", s))
                out += show_lines(s.compute, depth + 1, fresh) or [(depth + 1, "pass", None)]
                out += show_lines(s.apply, depth, fresh)
                out.append((depth, f"uncompute({label})", s))
            case If():
                out.append((depth, show_head(s), s))
                out += show_lines(s.then, depth + 1, fresh) or [(depth + 1, "pass", None)]
                if s.orelse:
                    out.append((depth, "else:", s))
                    out += show_lines(s.orelse, depth + 1, fresh)
                if s.exit is not None:
                    out.append((depth, f"fi({show_expr(s.exit)})", s))
            case Loop():
                if s.entry is not None:
                    out.append((depth, f"came_from({show_expr(s.entry)})", s))
                if s.first:
                    out.append((depth, "while True:", s))
                    out += show_lines(s.first, depth + 1, fresh)
                    out.append((depth + 1, f"until({show_expr(_negated(s.test))})", s))
                    out += show_lines(s.second, depth + 1, fresh)
                else:
                    out.append((depth, show_head(s), s))
                    out += show_lines(s.second, depth + 1, fresh) or [(depth + 1, "pass", None)]
            case For() | ForBack() | Undo() | Redo() | Unchecked() | ComputeBlock() | InverseBlock():
                out.append((depth, show_head(s), s))
                out += show_lines(s.body, depth + 1, fresh) or [(depth + 1, "pass", None)]
            case _:
                out.append((depth, show_head(s), s))
    return out


def signature(p: Program, defaults: Mapping[str, Any] = {}) -> str:
    def shown(name: str) -> str:
        value = defaults.get(name)
        return f"{name}={value!r}" if type(value) in (bool, int, float) else name

    given = [*map(shown, p.params), *(["*", *map(shown, p.consts)] if p.consts else [])]
    return f"def {p.name}({', '.join(given)}):"


def show(p: Program, defaults: Mapping[str, Any] = {}) -> str:
    """The program as text, with the default values of its parameters if they are given."""
    lines = show_lines(p.body) or [(1, "pass", None)]
    return "\n".join([signature(p, defaults), *("    " * d + text for d, text, _ in lines)]) + "\n"


def show_all(programs: Iterable[Program], defaults: Mapping[str, Mapping[str, Any]] = {}) -> str:
    """Several programs, in the order given."""
    return "\n\n".join(show(p, defaults.get(p.name, {})) for p in programs)
