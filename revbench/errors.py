"""Mistakes as data: where, which law, and the way out.

Every mistake is a class of its own; its slug is the class name in kebab case. The text is made here from
(message, labels, hint), and `to_json` hands the same data to the notebook, so that a cell can underline it.
"""

from __future__ import annotations

import copyreg
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=64)
def lines_of(text: str) -> tuple[str, ...]:
    """The lines as Python counts them: `str.splitlines` would also cut at form feeds and the like."""
    return tuple(re.split("\r\n|\r|\n", text))


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of program text: its display name, its lines, and where they begin in the file (1-based)."""

    name: str
    text: str
    first_line: int = 1

    def line(self, number: int) -> str:
        lines, at = lines_of(self.text), number - self.first_line
        return lines[at] if 0 <= at < len(lines) else ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source: lines and columns are 1-based, `end_col` is exclusive."""

    source: Source
    line: int
    col: int
    end_line: int
    end_col: int

    @property
    def text(self) -> str:
        """What stands there, as the user wrote it (only the first line of several)."""
        line = self.source.line(self.line)
        return line[self.col - 1:self.end_col - 1] if self.end_line == self.line else line[self.col - 1:]

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.col}"


@dataclass(frozen=True, slots=True)
class Label:
    """A marked stretch of source with a remark: `^` is where the law broke, `~` is the second place."""

    span: Span | None
    text: str = ""
    mark: str = "^"


class RevbenchError(Exception):
    """Base of every mistake that revbench reports.

    Parameters
    ----------
    message : str
        One sentence in the user's names, lower case, no full stop.
    *labels : Label
        The place where the law broke first, then the other places that matter.
    hint : str
        What to write instead; code in backticks can be pasted.
    """

    def __init__(self, message: str, *labels: Label, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.labels = tuple(lab for lab in labels if lab.span is not None)
        self.hint = hint

    @property
    def slug(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def span(self) -> Span | None:
        return self.labels[0].span if self.labels else None

    def __str__(self) -> str:
        return render(self)

    def to_json(self) -> dict[str, Any]:
        """The mistake as plain data (for editors and widgets)."""
        return {
            "slug": self.slug, "message": self.message, "hint": self.hint,
            "labels": [{"line": lab.span.line, "col": lab.span.col, "end_line": lab.span.end_line,
                        "end_col": lab.span.end_col, "text": lab.text, "mark": lab.mark}
                       for lab in self.labels if lab.span is not None],
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Mistakes travel between processes (joblib, pytest-xdist)."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__             # type: ignore[attr-defined]

    def _render_traceback_(self) -> list[str]:
        """What IPython prints: the mistake in the user's cell, without our own frames."""
        return str(self).splitlines()


def _cells(text: str) -> str:
    """As many blanks as the text takes on a terminal; tabs stay tabs."""
    return "".join("\t" if c == "\t" else "" if unicodedata.combining(c) else
                   "  " if unicodedata.east_asian_width(c) in "WF" else " " for c in text)


def render(error: RevbenchError) -> str:
    """`place: message  [slug]`, the marked lines, the hint."""
    where = f"{error.span}: " if error.span else ""
    out = [f"{where}{error.message}  [{error.slug}]"]
    marked = sorted(((lab.span, lab) for lab in error.labels if lab.span), key=lambda m: (m[0].line, m[0].col))
    width = max((len(str(span.line)) for span, _ in marked), default=1)
    shown = None
    for span, lab in marked:
        text = span.source.line(span.line)
        if shown != span.line:
            out.append(f" {span.line:>{width}} | {text}".rstrip())
            shown = span.line
        bar = _cells(text[:span.col - 1]) + lab.mark * max(1, len(_cells(span.text.replace("\t", " "))))
        out.append(f" {'':>{width}} | {bar} {lab.text}".rstrip())
    if error.hint:
        out.append(f"hint: {error.hint}")
    return "\n".join(out)


class Mistakes(RevbenchError):
    """Several mistakes of one kernel or cell, reported together."""

    def __init__(self, mistakes: Sequence[RevbenchError]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(f"{len(self.mistakes)} mistakes", *[lab for m in self.mistakes for lab in m.labels[:1]])

    def __str__(self) -> str:
        return "\n\n".join(str(m) for m in self.mistakes)

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "mistakes": [m.to_json() for m in self.mistakes]}


@dataclass
class Report:
    """Collects mistakes so that all of a kernel's are reported at once; `raise_any` ends the collecting."""

    mistakes: list[RevbenchError] = field(default_factory=list)

    def add(self, mistake: RevbenchError) -> None:
        if all((m.slug, m.span, m.message) != (mistake.slug, mistake.span, mistake.message) for m in self.mistakes):
            self.mistakes.append(mistake)

    def raise_any(self) -> None:
        if not self.mistakes:
            return
        found = sorted(self.mistakes, key=lambda m: (m.span.line, m.span.col) if m.span else (0, 0))
        raise found[0] if len(found) == 1 else Mistakes(found)


# ---- text that is not this language --------------------------------------------------------------------------
class SyntaxMistake(RevbenchError):
    """The text is not Python at all."""


class NoSource(RevbenchError):
    """The source text of a function cannot be found (typed into a bare interpreter, or made by exec)."""


class UnsupportedStatement(RevbenchError):
    """A Python statement that has no reversible meaning or is not part of the language."""


class UnsupportedExpression(RevbenchError):
    """A Python expression that is not part of the language."""


class ListValue(UnsupportedExpression):
    """Lists, sets, tuples and comprehensions: kernels compute with numbers and arrays."""


class DictValue(UnsupportedExpression):
    """Dictionaries: kernels compute with numbers and arrays."""


class FString(UnsupportedExpression):
    """An f-string; `print` takes parts, one after the other."""


class TextValue(UnsupportedExpression):
    """Text in an expression: it may stand in `print` and `assert` only."""


class DoubleIndex(UnsupportedExpression):
    """`x[i][j]`: all indices of an element stand in one pair of brackets."""


class NegativeIndex(UnsupportedExpression):
    """`x[-1]` is the last element in Python, and no element here."""


class UnknownMethod(UnsupportedExpression):
    """`x.sum()`, `x.fill(0)`: arrays have no methods in a kernel, functions have names."""


class RandomNumber(RevbenchError):
    """A random number inside a kernel would be another one on the way back."""


class ImportStatement(UnsupportedStatement):
    """`import` stands above a kernel, not in it."""


class NestedFunction(UnsupportedStatement):
    """A function or class inside a kernel."""


class ChainedAssignment(UnsupportedStatement):
    """`a = b = x` makes two names at once."""


class AnnotatedLocal(UnsupportedStatement):
    """`t: float = 0.0`: the types of locals follow from their values."""


class TooDeep(UnsupportedStatement):
    """An expression or block that is nested too deeply to be read and run."""


class UnsupportedLoop(UnsupportedStatement):
    """A `for` over something that is neither a range nor an array."""


class NotYet(RevbenchError):
    """A part of the language that is planned, and not there yet."""


class UnsupportedOperator(RevbenchError):
    """An augmented assignment that cannot be undone (`%=`, `**=`, ...)."""


class ReturnStatement(RevbenchError):
    """A kernel has no return value: its results are what its registers hold at the end."""


class BreakStatement(RevbenchError):
    """`break` leaves a loop from a place that the way back cannot find."""


class ContinueStatement(RevbenchError):
    """`continue` merges paths in a place that the way back cannot find."""


class YieldExpression(RevbenchError):
    """A kernel runs to its end; it cannot be suspended."""


class TryStatement(RevbenchError):
    """An exception forgets how far the block came."""


class GlobalStatement(RevbenchError):
    """A kernel changes its registers only."""


class ArrowAssignment(RevbenchError):
    """`x <- 0` is a comparison in Python."""


class DiscardedValue(RevbenchError):
    """An expression whose value nobody keeps."""


class ElseAfterLoop(RevbenchError):
    """`else` on a loop needs `break`, which there is not."""


class BadSignature(RevbenchError):
    """A parameter list that kernels cannot have (`**kwargs`, positional-only, none at all)."""


class NotAKernel(RevbenchError):
    """A cell or text without a function."""


class DuplicateKernel(RevbenchError):
    """Two kernels of one text have the same name."""


# ---- laws of reversibility -----------------------------------------------------------------------------------
class IrreversibleAssignment(RevbenchError):
    """Assignment to a live name forgets what it held."""


class ReadsItself(RevbenchError):
    """An update whose expression reads the place that it changes cannot be undone."""


class TupleUpdate(RevbenchError):
    """`a, b += ...` is not Python; update each place."""


class NotAPermutation(RevbenchError):
    """A tuple assignment whose right side is not the left side in another order."""


class NotABijection(RevbenchError):
    """What should be undone by its inverse is not."""


class WrongDerivative(RevbenchError):
    """A derivative that was declared is not that of the values."""


class MisplacedKeep(RevbenchError):
    """`keep(...)` where the old value cannot be kept: it is for locals that the compiler undoes."""


class NeedsFi(RevbenchError):
    """A branch changes what its `if` reads, so the way back does not know which branch was taken."""


class NeedsCameFrom(RevbenchError):
    """The way back through a `while` does not know where it was entered."""


class MisplacedFi(RevbenchError):
    """`fi(...)` stands on the line after an `if`, with one condition for each tested branch."""


class MisplacedCameFrom(RevbenchError):
    """`came_from(...)` stands on the line before a `while`."""


class MisplacedUntil(RevbenchError):
    """`until(...)` stands once in the body of a `while True:`."""


class OperandChanges(RevbenchError):
    """A local is still needed after something that it was computed from has changed."""


class LoopBoundChanges(RevbenchError):
    """The body of a loop changes the loop's bounds."""


class LoopCarried(RevbenchError):
    """A local of the enclosing block is overwritten at each turn of a loop."""


class MixedStatement(RevbenchError):
    """One statement writes both a local and a register: it can be neither undone nor kept."""


# ---- names and scopes ----------------------------------------------------------------------------------------
class UnknownName(RevbenchError):
    """A name that neither the kernel nor its surroundings define."""


class OutOfBlock(RevbenchError):
    """A local of an inner block is read after that block has cleaned it up."""


class UsedAfterRelease(RevbenchError):
    """A name is read after it was released."""


class ReleasedParameter(RevbenchError):
    """A parameter belongs to the caller and cannot be released."""


class ReleasedTwice(RevbenchError):
    """A local is released a second time."""


class ReleasedElsewhere(RevbenchError):
    """A local is released in another block than the one that made it."""


class WrittenConstant(RevbenchError):
    """A keyword-only parameter or a captured value is written."""


class WrittenLoopVariable(RevbenchError):
    """A loop variable is written in its loop."""


class UnknownFunction(RevbenchError):
    """A function that kernels do not know."""


class WrongArguments(RevbenchError):
    """A call whose arguments do not fit the callee's parameters."""


class NotAPlace(RevbenchError):
    """The callee writes this argument, so it must be a place."""


class AliasedArguments(RevbenchError):
    """One memory handed in twice, one of them written."""


class BadCapture(RevbenchError):
    """A host value of a kind that kernels cannot use."""


class UnknownLabel(RevbenchError):
    """`uncompute(r)` names no open compute block."""


# ---- types (at the first call) -------------------------------------------------------------------------------
class WrongType(RevbenchError):
    """An operand or argument of a type that cannot stand there."""


class FloatIndex(WrongType):
    """A float where a whole number is needed: an index, a bound, a shift."""


class LossyUpdate(WrongType):
    """A float added to a whole number: the fraction would be lost."""


class MixedWidths(RevbenchError):
    """Two declared widths meet in one update without a cast."""


class ShapeMismatch(RevbenchError):
    """Arrays with different numbers of axes meet where their shapes have to fit."""


class Race(RevbenchError):
    """Two turns of a parallel loop touch the same place, and one of them does more than add to it."""


class UnsupportedType(RevbenchError):
    """A value whose dtype kernels do not handle."""


class ValueOutOfRange(RevbenchError):
    """A fixed-point or logarithmic number cannot hold a value: too large, not finite, or not positive."""


class NotExact(RevbenchError):
    """A fixed-point number is changed by `+=` and `-=`, a logarithmic one by `*=` and `/=`: the other updates could not be undone."""


class NotDifferentiable(RevbenchError):
    """An operation or register without a derivative lies between `wrt` and the output."""


class LeftOutOfGradient(RevbenchError, AttributeError):
    """A gradient is asked for a register that holds no float (`2` instead of `2.0`), so nothing was differentiated by it."""


class NotAccumulated(RevbenchError):
    """A kernel stands in an expression, and it does more with its first register than add to it."""


class NotInvertible(RevbenchError):
    """The program erases information on purpose (an adjoint), so it has no inverse."""


# ---- run time ------------------------------------------------------------------------------------------------
class InvertibilityError(RevbenchError):
    """A law broke while a kernel ran.

    Attributes
    ----------
    law : str
        Which law: `released`, `fi`, `came-from`, `index`, `zero-factor`, `division`, `alias`, `assert`, ...
    names, values : tuple
        What was compared, and what it held.
    step : int or None
        The instruction number, when the reversible machine ran it.
    """

    def __init__(self, message: str, *labels: Label, hint: str = "", law: str = "", names: tuple[str, ...] = (),
                 values: tuple[float, ...] = (), step: int | None = None) -> None:
        super().__init__(message, *labels, hint=hint)
        self.law, self.names, self.values, self.step = law, names, values, step


class AliasedMemory(RevbenchError):
    """`inplace` was handed the same memory twice, and one of the two is written."""


class ReadOnlyArray(RevbenchError):
    """`inplace` would write an array that is marked read-only."""


class BadSession(RevbenchError):
    """A file that is no saved session, or a session that cannot be saved."""
