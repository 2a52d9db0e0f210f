"""The line behind a magic: `grad(norm)(0.0, x) --of out` -> what is called, with which values, and the options."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from revbench._api import Kernel
from revbench.ad.gradient import Gradient, grad, value_and_grad
from revbench.errors import Label, RevbenchError, Source, Span, SyntaxMistake, UnknownName, WrongArguments, WrongType

from .guess import example_call

KNOWN = {"grad": grad, "value_and_grad": value_and_grad}         # usable without an import, as in reversible cells


@dataclass(frozen=True)
class Called:
    """A call that was read but not made."""

    target: Kernel | Gradient
    args: tuple[Any, ...]
    consts: dict[str, Any]

    @property
    def kernel(self) -> Kernel:
        return self.target.kernel if isinstance(self.target, Gradient) else self.target


class _Namespace(Mapping[str, Any]):
    """Names that the user need not import, hidden by the user's own."""

    def __init__(self, user: Mapping[str, Any]) -> None:
        self.names = {k: v for k, v in KNOWN.items() if k not in user}

    def __getitem__(self, name: str) -> Any:
        return self.names[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def evaluate_call(text: str, namespace: dict[str, Any], magic: str) -> Called:
    """Evaluates the callee and the arguments of a call in the user's namespace; the call itself is not made.

    Raises
    ------
    RevbenchError
        When the text is not the call of a kernel or of a gradient, or an argument cannot be evaluated.
    """
    text = text.strip()
    source = Source(magic, text)
    tree = _parsed(text, namespace, magic, source)
    if not isinstance(tree, ast.Call):
        value = _value(tree, namespace, source) if isinstance(tree, ast.Name) else None
        raise _not_a_call(text, value, namespace, magic, source)
    target = _value(tree.func, namespace, source)
    if target is grad or target is value_and_grad:
        raise _not_a_call(text, _value(tree, namespace, source), namespace, magic, source)
    if not isinstance(target, Kernel | Gradient):
        raise _not_a_kernel(target, tree.func, source)
    args: list[Any] = []
    for node in tree.args:
        args += list(_value(node.value, namespace, source)) if isinstance(node, ast.Starred) else [_value(node, namespace, source)]
    consts: dict[str, Any] = {}
    for k in tree.keywords:
        consts |= _value(k.value, namespace, source) if k.arg is None else {k.arg: _value(k.value, namespace, source)}
    return Called(target, tuple(args), consts)


def evaluate_program(text: str, namespace: dict[str, Any], magic: str) -> Called:
    """A kernel or a gradient: `norm`, `~norm`, `grad(norm)`; or a call of one, as an example of its types.

    Raises
    ------
    RevbenchError
        When the text is neither.
    """
    text = text.strip()
    source = Source(magic, text)
    tree = _parsed(text, namespace, magic, source)
    if isinstance(tree, ast.Call) and isinstance(_value(tree.func, namespace, source), Kernel | Gradient):
        return evaluate_call(text, namespace, magic)
    value = _value(tree, namespace, source)
    if not isinstance(value, Kernel | Gradient):
        raise _not_a_kernel(value, tree, source)
    return Called(value, (), {})


def _parsed(text: str, namespace: Mapping[str, Any], magic: str, source: Source) -> ast.expr:
    if not text:
        raise WrongArguments(f"`{magic}` needs a call", hint=f"write `{magic} {_some_call(namespace)}`")
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as problem:
        here = _label(source, problem.offset or 1, problem.end_offset)
        raise SyntaxMistake(f"this is not a call: {problem.msg}", here, hint=f"write `{magic} {_some_call(namespace)}`") from None


def _value(node: ast.expr, namespace: dict[str, Any], source: Source) -> Any:
    code = compile(ast.fix_missing_locations(ast.Expression(node)), "<magic>", "eval")
    label = _label(source, node.col_offset + 1, (node.end_col_offset or node.col_offset) + 1)
    try:
        return eval(code, namespace, _Namespace(namespace))
    except RevbenchError:
        raise
    except NameError as problem:
        at = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == problem.name]
        label = _label(source, at[0].col_offset + 1, (at[0].end_col_offset or 0) + 1) if at else label
        raise UnknownName(f"`{problem.name}` is not defined", label, hint="run the cell that defines it first") from None
    except Exception as problem:
        raise WrongArguments(f"`{ast.unparse(node)}` cannot be evaluated: {type(problem).__name__}: {problem}", label) from None


def _not_a_call(text: str, value: Any, namespace: Mapping[str, Any], magic: str, source: Source) -> RevbenchError:
    call = _some_call(namespace)
    if isinstance(value, Kernel):
        call = example_call(value, namespace)
    elif isinstance(value, Gradient):
        call = f"{text}({example_call(value.kernel, namespace).rpartition(value.kernel.__qualname__)[2].lstrip(')')[1:]}"
    what = "a gradient, and not called yet" if isinstance(value, Gradient) else "not a call"
    return WrongArguments(f"`{text}` is {what}", _label(source, 1, len(text) + 1), hint=f"write `{magic} {call}`")


def _not_a_kernel(value: Any, node: ast.expr, source: Source) -> RevbenchError:
    name, label = ast.unparse(node), _label(source, node.col_offset + 1, (node.end_col_offset or 0) + 1)
    if isinstance(getattr(value, "__self__", None), Kernel):
        return WrongType(f"`{name}` is a method of a kernel, not a kernel", label, hint=f"write `{name.rpartition('.')[0]}(...)`")
    if callable(value) and hasattr(value, "__code__"):
        return WrongType(f"`{name}` is a plain Python function, not a kernel", label,
                         hint="define it in a `%%reversible` cell, or decorate it with `@reversible`")
    return WrongType(f"`{name}` is a {type(value).__name__}, not a kernel", label)


def _some_call(namespace: Mapping[str, Any]) -> str:
    """A call of the kernel that was defined last."""
    mine = [v for k, v in namespace.items() if isinstance(v, Kernel) and not k.startswith("_")]
    return example_call(mine[-1], namespace) if mine else "f(0.0, x)"


def _label(source: Source, col: int, end: int | None) -> Label:
    return Label(Span(source, 1, col, 1, max(end or 0, col + 1)), "here")


# ---- options
def option_names(parser: argparse.ArgumentParser) -> list[str]:
    """`--of`, `--wrt`, ..."""
    return [s for a in parser._actions for s in a.option_strings if s.startswith("--")]


def choices_of(parser: argparse.ArgumentParser, option: str) -> list[str]:
    """What may follow an option, if that is a fixed list."""
    return [str(c) for a in parser._actions if option in a.option_strings for c in a.choices or ()]


def parse_options(magic: str, parser: argparse.ArgumentParser, words: list[str], source: Source) -> argparse.Namespace:
    """The options of a magic's line.

    Raises
    ------
    WrongArguments
        With a sentence about the word that is wrong, marked in the line.
    """
    known = option_names(parser)

    def wrong(word: str, message: str, hint: str) -> WrongArguments:
        at = source.line(1).find(word)
        return WrongArguments(message, *([Label(Span(source, 1, at + 1, 1, at + 1 + len(word)), "here")] if at >= 0 else []), hint=hint)

    k = 0
    flags = {s for a in parser._actions for s in a.option_strings if a.nargs == 0}
    while k < len(words):
        name, given, value = words[k].partition("=")
        if name not in known:
            what = f"has no option `{name}`" if name.startswith("-") else f"does not know what `{words[k]}` is"
            raise wrong(words[k], f"`{magic}` {what}", f"its options are {', '.join(f'`{n}`' for n in known)}")
        if name not in flags:
            if not given and (k + 1 == len(words) or words[k + 1] in known):
                raise wrong(words[k], f"`{name}` needs a value", f"write `{name} {'|'.join(choices_of(parser, name)) or '...'}`")
            value, k = (value, k) if given else (words[k + 1], k + 1)
            _check_value(parser, name, value, wrong)
        elif given:
            raise wrong(words[k], f"`{name}` takes no value", f"write `{name}`")
        k += 1
    return parser.parse_args(words)


def _check_value(parser: argparse.ArgumentParser, name: str, value: str, wrong: Any) -> None:
    choices = choices_of(parser, name)
    if choices and value not in choices:
        raise wrong(value, f"`{name}` does not know `{value}`", f"one of {', '.join(f'`{c}`' for c in choices)}")
    action = next(a for a in parser._actions if name in a.option_strings)
    if action.type is int and not value.lstrip("-").isdigit():
        raise wrong(value, f"`{name}` takes a whole number, not `{value}`", f"write `{name} 4`")


def split_line(line: str) -> tuple[str, list[str]]:
    """The expression of a line and its option words: options stand outside all brackets and quotes, before or after."""
    words = list(words_of(line))
    expression: list[str] = []
    options: list[str] = []
    k = 0
    while k < len(words):
        if words[k].startswith("--") and words[k][2:3].isalpha():
            options.append(words[k])
            if "=" not in words[k] and k + 1 < len(words) and not words[k + 1].startswith("--") and "(" not in words[k + 1]:
                k += 1
                options.append(words[k])
        else:
            expression.append(words[k])
        k += 1
    return " ".join(expression), options


def words_of(line: str) -> Iterator[str]:
    """The line cut at blanks that stand outside brackets and quotes."""
    word, depth, quote, escaped = "", 0, "", False
    for c in line:
        if quote:
            quote = quote if escaped or c != quote else ""
            escaped = c == "\\" and not escaped
        elif c in "'\"":
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        if c.isspace() and depth <= 0 and not quote:
            if word:
                yield word
            word = ""
        else:
            word += c
    if word:
        yield word


def unquoted(text: str) -> str:
    """`"norm(0.0, x)"` -> `norm(0.0, x)`."""
    text = text.strip()
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"" else text
