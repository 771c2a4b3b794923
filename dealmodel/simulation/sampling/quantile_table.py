"""Quantiles of a beta distribution from a table: far faster than inverting, and as accurate.

With y = ln(x / (1 - x)) and s = ln(u / (1 - u)), the quantile y(s) is smooth and straight at both ends, and its first
two derivatives are known, so that polynomials of fifth degree between the knots leave no error in float64.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.distributions import DISTRIBUTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.distributions import Distribution

    Values = NDArray[np.float64]

_END = 37.0
"""Log-odds beyond those of 2^-53, the least that a stream gives."""
_KNOTS = 2049
_STEP = 2 * _END / (_KNOTS - 1)
_SHAPES = (0.5, 12.0)
"""Shapes for which the polynomials have been found to leave no error."""


def quantiles(distribution: Distribution, uniforms: Values) -> Values:
    """Return the quantiles of a distribution, from a table where it is one beta or PERT distribution.

    Parameters
    ----------
    distribution
        The distribution.
    uniforms
        Numbers between 0 and 1.
    """
    shapes = _shapes(distribution)
    if shapes is None:
        return np.asarray(distribution.ppf(uniforms))
    alpha, beta, low, high = shapes
    with np.errstate(all="ignore"):
        return _interpolated(_table(alpha, beta), low, high, uniforms)


def _shapes(distribution: Distribution) -> tuple[float, float, float, float] | None:
    """Return both shapes and both ends where a table can be made."""
    if distribution.family not in (DISTRIBUTIONS["DM_BETA"], DISTRIBUTIONS["DM_PERT"]) or distribution.shape != ():
        return None
    if not distribution.proper:
        return None
    values = [float(a) for a in distribution.arguments]
    if distribution.family is DISTRIBUTIONS["DM_BETA"]:
        alpha, beta, low, high = values
    else:
        low, mode, high, weight = values
        alpha, beta = 1 + weight * ((mode - low) / (high - low)), 1 + weight * ((high - mode) / (high - low))
    inside = all(_SHAPES[0] <= shape <= _SHAPES[1] for shape in (alpha, beta))
    return (alpha, beta, low, high) if inside else None


@functools.lru_cache(maxsize=64)
def _table(alpha: float, beta: float) -> Values:
    """Return the coefficients of the polynomials, the constant first: one row for each power."""
    from scipy.special import betaln  # noqa: PLC0415

    knots = np.linspace(-_END, _END, _KNOTS)
    half = _KNOTS // 2 + 1
    below = _log_odds(alpha, beta, knots[:half])
    above = -_log_odds(beta, alpha, -knots[half - 1 :][::-1])[::-1]
    y = np.concatenate([below[:-1], above])
    log_x, log_rest = -np.logaddexp(0, -y), -np.logaddexp(0, y)
    log_u, log_other = -np.logaddexp(0, -knots), -np.logaddexp(0, knots)
    first = np.exp(log_u + log_other + betaln(alpha, beta) - alpha * log_x - beta * log_rest)
    slope = alpha * np.exp(log_rest) - beta * np.exp(log_x)
    second = first * (np.exp(log_other) - np.exp(log_u) - slope * first)
    rise, d0, d1 = np.diff(y), first[:-1] * _STEP, first[1:] * _STEP
    e0, e1 = second[:-1] * _STEP**2, second[1:] * _STEP**2
    return np.stack(
        [
            y[:-1],
            d0,
            e0 / 2,
            10 * rise - 6 * d0 - 4 * d1 - (3 * e0 - e1) / 2,
            -15 * rise + 8 * d0 + 7 * d1 + (3 * e0 - 2 * e1) / 2,
            6 * rise - 3 * (d0 + d1) - (e0 - e1) / 2,
        ]
    )


def _log_odds(alpha: float, beta: float, knots: Values) -> Values:
    """Return y at knots up to 0; one step of Newton's method takes what the inverse leaves."""
    from scipy.special import betainc, betaln  # noqa: PLC0415

    u = np.exp(-np.logaddexp(0, -knots))
    x = np.asarray(DISTRIBUTIONS["DM_BETA"](alpha, beta).ppf(u))
    y = np.log(x) - np.log1p(-x)
    weight = np.exp(alpha * np.log(x) + beta * np.log1p(-x) - betaln(alpha, beta))
    step = (betainc(alpha, beta, x) - u) / weight
    repaired: Values = y - np.where(np.isfinite(step) & (np.abs(step) < 1e-6), step, 0.0)  # noqa: PLR2004  a repair, not a search
    return repaired


def _interpolated(table: Values, low: float, high: float, uniforms: Values) -> Values:
    places = (np.log(uniforms) - np.log1p(-uniforms) + _END) / _STEP
    knots = np.clip(places.astype(np.int32), 0, _KNOTS - 2)
    within = places - knots
    y = table[5].take(knots)
    for coefficients in table[4::-1]:
        y *= within
        y += coefficients.take(knots)
    share = np.exp(-np.abs(y))
    share /= 1 + share
    share *= high - low
    return np.asarray(np.where(y < 0, low + share, high - share))
