"""Moments, densities and the functions that classifiers are trained with.

    >>> from revbench import grad
    >>> from revbench.library import statistics
    >>> statistics.variance(0.0, [1.0, 2.0, 3.0, 6.0]).out
    3.5
    >>> grad(statistics.logsumexp)(0.0, [0.0, 0.0])
    Gradients(x=array([0.5, 0.5]))

Means are taken first, then deviations from them: nothing large cancels.
"""
# The language's vocabulary (zeros, exp, log) is known inside kernels, not to the linter:
# ruff: noqa: F821
# mypy: disable-error-code="name-defined, no-untyped-def"

from __future__ import annotations

import math

from revbench import reversible


@reversible
def mean(out, x):
    """Adds the mean of `x` to `out`.

    Parameters
    ----------
    out : float
    x : (n,) array, n > 0
    """
    s = 0.0
    for v in x:
        s += v
    out += s / len(x)


@reversible
def variance(out, x, *, ddof=0):
    """Adds the variance of `x`, `sum((x - mean)^2) / (n - ddof)`, to `out`.

    Parameters
    ----------
    out : float
    x : (n,) array, n > ddof
    ddof : int
        0 (default) as in `np.var`, 1 for the unbiased estimate.
    """
    m = 0.0
    mean(m, x)
    s = 0.0
    for v in x:
        s += (v - m) ** 2
    out += s / (len(x) - ddof)


@reversible
def covariance(out, x, y, *, ddof=1):
    """Adds the covariance of `x` and `y`, `sum((x - mean) (y - mean)) / (n - ddof)`, to `out`.

    Parameters
    ----------
    out : float
    x, y : (n,) arrays, n > ddof
    ddof : int
        1 (default) as in `np.cov`.

    Raises
    ------
    InvertibilityError
        When `x` and `y` differ in length.
    """
    assert len(x) == len(y), "`x` and `y` are equally long"
    mx = 0.0
    my = 0.0
    mean(mx, x)
    mean(my, y)
    s = 0.0
    for i in range(len(x)):
        s += (x[i] - mx) * (y[i] - my)
    out += s / (len(x) - ddof)


@reversible
def correlation(out, x, y):
    """Adds Pearson's correlation of `x` and `y`, their covariance over their standard deviations, to `out`.

    Parameters
    ----------
    out : float
        Between -1 and 1; not a number when `x` or `y` is constant.
    x, y : (n,) arrays, n > 1

    Raises
    ------
    InvertibilityError
        When `x` and `y` differ in length.
    """
    vx = 0.0
    vy = 0.0
    c = 0.0
    variance(vx, x)
    variance(vy, y)
    covariance(c, x, y, ddof=0)
    out += c / sqrt(vx * vy)


@reversible
def normal_logpdf(out, x, loc, scale):
    """Adds the logarithm of the normal density at `x`, `-((x - loc)/scale)^2/2 - log(scale) - log(2 pi)/2`, to `out`.

    Parameters
    ----------
    out, x, loc : float
    scale : float
        Standard deviation, positive.
    """
    z = (x - loc) / scale
    out -= 0.5 * z * z + log(scale) + 0.5 * log(2.0 * math.pi)


@reversible
def logsumexp(out, x):
    """Adds `log(sum(exp(x)))` to `out`. The largest exponent is taken out: nothing overflows.

    Parameters
    ----------
    out : float
    x : (n,) array, n > 0
    """
    largest = zeros(len(x))             # largest[i] is the largest of x[0..i]
    largest[0] += x[0]
    for i in range(1, len(x)):
        largest[i] += max(largest[i - 1], x[i])
    top = largest[len(x) - 1]
    s = 0.0
    for v in x:
        s += exp(v - top)
    out += log(s) + top


@reversible
def softmax(out, x):
    """Adds `exp(x) / sum(exp(x))` to `out`.

    Parameters
    ----------
    out, x : (n,) arrays, n > 0

    Raises
    ------
    InvertibilityError
        When `out` and `x` differ in length.
    """
    assert len(out) == len(x), "`out` and `x` are equally long"
    total = 0.0
    logsumexp(total, x)
    for i in range(len(x)):
        out[i] += exp(x[i] - total)


@reversible
def softmax_cross_entropy(loss, logits, label):
    """Adds `-log(softmax(logits)[label])` to `loss`.

    Parameters
    ----------
    loss : float
    logits : (n,) array, n > 0
        Logarithms of weights, not normalised.
    label : int
        The right class.
    """
    logsumexp(loss, logits)
    loss -= logits[label]
