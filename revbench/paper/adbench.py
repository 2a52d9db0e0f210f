"""Gaussian mixtures in ADBench's file format: read them, write them, make them up.

ADBench (https://github.com/microsoft/ADBench) is the benchmark that the paper's GMM figure runs on. A file is
text: a line `d K n`; K lines of one alpha; K lines of d means; K lines of d(d+1)/2 inverse covariance factors
(d log-diagonals, then the strict lower triangle, column by column); n lines of d coordinates, one point each;
a last line `gamma m`, the Wishart prior. In ADBench's own files alphas, factors and points come from N(0, 1),
means from U(0, 1), with `gamma = 1` and `m = 0`; `make_gmm` draws from the same distributions.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from revbench.errors import RevbenchError

_LAYOUT = "a file is `d K n`, K alphas, K rows of means, K rows of factors, n points, `gamma m`, a line each"


class DataFileError(RevbenchError):
    """A data file that is missing, or does not hold what its format promises: `file:line: ...`."""


@dataclass(frozen=True, slots=True, eq=False)
class GMM:
    """A Gaussian mixture, the points to fit and the Wishart prior on the inverse covariance factors."""

    alphas: NDArray[np.float64]     # (K,)            logarithms of the weights, not normalised
    means: NDArray[np.float64]      # (K, d)
    icf: NDArray[np.float64]        # (K, d(d+1)/2)   log-diagonal, then the strict lower triangle by columns
    x: NDArray[np.float64]          # (n, d)
    gamma: float                    # prior: inverse scale, > 0
    m: int                          # prior: degrees of freedom beyond d + 1, >= 0

    @property
    def d(self) -> int:
        """Dimension of the points."""
        return int(self.means.shape[1])

    @property
    def K(self) -> int:
        """Number of components."""
        return int(self.alphas.shape[0])

    @property
    def n(self) -> int:
        """Number of points."""
        return int(self.x.shape[0])

    @property
    def parameters(self) -> int:
        """Number of parameters K(1 + d + d(d+1)/2), the x axis of the paper's figures."""
        return int(self.alphas.size + self.means.size + self.icf.size)


def make_gmm(d: int, K: int, n: int, seed: int = 0) -> GMM:
    """A random instance of ADBench's shape and distribution: `d` dimensions, `K` components, `n` points.

    >>> make_gmm(2, 5, 10_000).parameters
    30
    """
    rng = np.random.default_rng(seed)
    return GMM(alphas=rng.standard_normal(K), means=rng.random((K, d)),
               icf=rng.standard_normal((K, d * (d + 1) // 2)), x=rng.standard_normal((n, d)), gamma=1.0, m=0)


def read_gmm(path: str | os.PathLike[str], points: int | None = None) -> GMM:
    """Read an ADBench mixture.

    Parameters
    ----------
    path : path
        For example `gmm/10k/gmm_d2_K5.txt` in a folder of ADBench's data.
    points : int, optional
        Keep the first so many points only; the lines of the others are counted and not parsed.

    Raises
    ------
    DataFileError
        With file and line, when the file cannot be read or departs from the format.
    """
    file = _File(Path(path))
    d, K, n = file.header()
    kept = n if points is None else points
    if not 0 <= kept <= n:
        raise file.mistake(1, f"{points} points were asked for and the file holds {n}", f"ask for 0 to {n}")
    alphas = file.table(1, K, 1, "alpha")
    means = file.table(1 + K, K, d, "mean")
    icf = file.table(1 + 2 * K, K, d * (d + 1) // 2, "inverse covariance factor")
    x = file.table(1 + 3 * K, kept, d, "point")
    gamma, m = file.prior(1 + 3 * K + n)
    return GMM(alphas[:, 0], means, icf, x, gamma, m)


def write_gmm(path: str | os.PathLike[str], gmm: GMM) -> None:
    """Write a mixture as ADBench lays it out, with every digit: `read_gmm` gives back the same numbers.

    Raises
    ------
    DataFileError
        When the file cannot be written.
    """
    tables = (gmm.alphas[:, None], gmm.means, gmm.icf, gmm.x)
    rows = chain.from_iterable(table.tolist() for table in tables)
    numbers = (" ".join(map(repr, row)) for row in rows)
    lines = [f"{gmm.d} {gmm.K} {gmm.n}", *numbers, f"{float(gmm.gamma)!r} {gmm.m}"]
    try:
        Path(path).write_text("\n".join(lines) + "\n", encoding="ascii")
    except OSError as e:
        raise DataFileError(f"{path}: cannot be written: {_reason(e)}") from e


class _File:
    """The lines of a data file, and mistakes that name them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            raw = path.read_bytes()
        except OSError as e:
            raise DataFileError(f"{path}: cannot be read: {_reason(e)}",
                                hint="`make_gmm(d, K, n)` makes an instance without a file") from e
        try:
            self.lines = raw.decode("ascii").rstrip().split("\n")
        except UnicodeDecodeError as e:
            raise self.mistake(raw.count(b"\n", 0, e.start) + 1, "this is not a text file of numbers") from e
        if self.lines == [""]:
            raise self.mistake(1, "the file is empty")

    def mistake(self, line: int, message: str, hint: str = _LAYOUT) -> DataFileError:
        return DataFileError(f"{self.path}:{line}: {message}", hint=hint)

    def header(self) -> tuple[int, int, int]:
        """The first line, `d K n`."""
        words = self.lines[0].split()
        if len(words) != 3 or not all(re.fullmatch(r"\+?\d{1,18}", w) for w in words):
            raise self.mistake(1, f"the first line is three counts, `d K n`, not {_short(self.lines[0])}")
        d, K, n = map(int, words)
        if d < 1 or K < 1:
            raise self.mistake(1, f"a mixture needs one dimension and one component or more, not {d} and {K}")
        return d, K, n

    def table(self, start: int, rows: int, width: int, what: str) -> NDArray[np.float64]:
        """`rows` lines of `width` finite numbers, from line index `start`; a row is `what` in mistakes."""
        block = self.lines[start:start + rows]
        words = [line.split() for line in block]
        for i, row in enumerate(words):
            if len(row) != width:
                few = "too few" if len(row) < width else "too many"
                name = what if rows == 1 else f"{what} {i + 1} of {rows}"
                raise self.mistake(start + i + 1, f"{name} has {few} values: {len(row)} where {width} belong")
        try:
            values = np.fromiter(map(float, chain.from_iterable(words)), np.float64, count=len(words) * width)
        except ValueError:
            raise self._malformed(start, words) from None
        if not np.isfinite(values).all() or any("_" in line for line in block):
            raise self._malformed(start, words)
        if len(block) < rows:
            raise self.mistake(len(self.lines), f"the file ends after {what} {len(block)} of {rows}")
        return values.reshape(rows, width)

    def prior(self, start: int) -> tuple[float, int]:
        """The last line, `gamma m`, and nothing behind it."""
        if len(self.lines) > start + 1:
            raise self.mistake(start + 2, f"too many lines: `d K n` promises {start + 1}, and there are "
                                          f"{len(self.lines)}")
        if len(self.lines) <= start:
            raise self.mistake(len(self.lines), "the file ends before the last line, `gamma m`")
        gamma, m = self.table(start, 1, 2, "the line `gamma m`")[0].tolist()
        if gamma <= 0 or m < 0 or m != int(m):
            raise self.mistake(start + 1, "the prior needs gamma > 0 and a whole m >= 0, not "
                                          f"{_short(self.lines[start])}")
        return gamma, int(m)

    def _malformed(self, start: int, words: Sequence[Sequence[str]]) -> DataFileError:
        """The mistake of the first word that is no finite number."""
        for i, row in enumerate(words):
            for word in row:
                try:
                    number = float(word.replace("_", "?"))
                except ValueError:
                    return self.mistake(start + i + 1, f"{_short(word)} is not a number")
                if not np.isfinite(number):
                    return self.mistake(start + i + 1, f"{_short(word)} is not a finite number")
        raise AssertionError("no malformed word")


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
