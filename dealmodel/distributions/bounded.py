"""The laws of continuous distributions between two bounds.

Values next to the upper bound are taken from that bound, and their shares from 1 - q: so both tails keep their digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dealmodel.contract import Array

_TINY = 1e-9
"""A share whose square does not show beside 1."""
_ACROSS = 0.9
"""Share of the width beyond which the distance from the other end would lose digits as what is left of 1."""
_LARGE = 1e4
"""Sum of the shapes from which SciPy's inverse leaves more than rounding."""
_REPAIR = 1e-2
"""Relative length of a step that repairs, and does not search."""


@dataclass(frozen=True, slots=True)
class Uniform:
    """Uniform on an interval."""

    low: Array
    high: Array

    def support(self) -> tuple[Array, Array]:
        """Return the interval."""
        return self.low, self.high

    def variance(self) -> Array:
        """Return the squared width over 12."""
        return (self.high - self.low) ** 2 / 12

    def cdf(self, x: Array) -> Array:
        """Return the share of the interval below."""
        return (x - self.low) / (self.high - self.low)

    def sf(self, x: Array) -> Array:
        """Return the share of the interval above."""
        return (self.high - x) / (self.high - self.low)

    def ppf(self, q: Array) -> Array:
        """Return the quantile, from the nearer end."""
        return _in_two_halves(self.low, self.high, q, q, 1 - q, 0.5)


def _in_two_halves(low: Array, high: Array, q: Array, share: Array, rest: Array, median: Array) -> Array:
    """Return the point at a share of an interval, below the median, or at the rest from its end; never descending."""
    width = high - low
    middle = low + median * width
    return np.where(q < 1 / 2, np.minimum(low + share * width, middle), np.maximum(high - rest * width, middle))


@dataclass(frozen=True, slots=True)
class Triangular:
    """Triangular; the mode may be at either end."""

    low: Array
    mode: Array
    high: Array

    def support(self) -> tuple[Array, Array]:
        """Return the interval."""
        return self.low, self.high

    def variance(self) -> Array:
        """Return (a^2 + m^2 + b^2 - am - ab - mb) / 18, written in the distances from the mode."""
        left, right = self.mode - self.low, self.high - self.mode
        return (left**2 + left * right + right**2) / 18

    def cdf(self, x: Array) -> Array:
        """Return the area below."""
        return np.where(x < self.mode, self._left(x), 1 - self._right(x))

    def sf(self, x: Array) -> Array:
        """Return the area above."""
        return np.where(x < self.mode, 1 - self._left(x), self._right(x))

    def _left(self, x: Array) -> Array:
        return (x - self.low) / (self.high - self.low) * ((x - self.low) / (self.mode - self.low))

    def _right(self, x: Array) -> Array:
        return (self.high - x) / (self.high - self.low) * ((self.high - x) / (self.high - self.mode))

    def ppf(self, q: Array) -> Array:
        """Return the quantile, from the nearer end."""
        width = self.high - self.low
        left, right = (self.mode - self.low) / width, (self.high - self.mode) / width
        rising = np.minimum(self.low + width * np.sqrt(q * left), self.mode)
        falling = np.maximum(self.high - width * np.sqrt((1 - q) * right), self.mode)
        return np.where(q < left, rising, falling)


@dataclass(frozen=True, slots=True)
class Beta:
    """Beta on an interval."""

    alpha: Array
    beta: Array
    low: Array
    high: Array

    def support(self) -> tuple[Array, Array]:
        """Return the interval."""
        return self.low, self.high

    def variance(self) -> Array:
        """Return w^2 alpha beta / ((alpha + beta)^2 (alpha + beta + 1))."""
        both = self.alpha + self.beta
        return (self.high - self.low) ** 2 * (self.alpha / both) * (self.beta / both) / (both + 1)

    def cdf(self, x: Array) -> Array:
        """Return the regularised incomplete beta function."""
        return _beta_below(self.alpha, self.beta, self.low, self.high, x)

    def sf(self, x: Array) -> Array:
        """Return its complement: the same, seen from the other end."""
        return _beta_below(self.beta, self.alpha, -self.high, -self.low, -x)

    def ppf(self, q: Array) -> Array:
        """Return the quantile, from the nearer end."""
        median = self._at(np.asarray(0.5))
        values = self._at(q)
        return np.where(q < 1 / 2, np.minimum(values, median), np.maximum(values, median))

    def _at(self, q: Array) -> Array:
        from scipy.special import betainccinv  # noqa: PLC0415

        is_lower, tail = q < 1 / 2, np.minimum(q, 1 - q)
        alpha, beta = np.where(is_lower, self.alpha, self.beta), np.where(is_lower, self.beta, self.alpha)
        share = np.asarray(_beta_quantile(alpha, beta, tail))
        across = share > _ACROSS
        if np.any(across):
            first, second, rest = (np.broadcast_to(a, share.shape)[across] for a in (beta, alpha, tail))
            share[across] = _repaired(first, second, 1 - rest, betainccinv(first, second, rest), rest)
        width = self.high - self.low
        return np.where(is_lower == across, self.high - share * width, self.low + share * width)


def _beta_below(alpha: Array, beta: Array, low: Array, high: Array, x: Array) -> Array:
    from scipy.special import betainc, betaincc  # noqa: PLC0415

    width, passed, left = high - low, x - low, high - x
    is_near = passed <= left
    share = np.where(is_near, passed, left) / width
    first, second = np.where(is_near, alpha, beta), np.where(is_near, beta, alpha)
    whole, rest = betainc(first, second, share), betaincc(first, second, share)
    # Of the two the larger may miss a few of its last digits, the smaller not.
    below, above = np.where(is_near, whole, rest), np.where(is_near, rest, whole)
    return np.where(above < 1 / 2, 1 - above, below)


def _beta_quantile(alpha: Array, beta: Array, q: Array) -> Array:
    """Return the quantile of the beta distribution on [0, 1], for q up to 1/2."""
    from scipy.special import betaincinv  # noqa: PLC0415

    # SciPy's inverse ends at 1e-17, or in NaN, and misses the middle of a symmetric distribution by 1e-12.
    near_0, is_near_0 = beta_quantile_near_0(alpha, beta, q)
    quantile = np.where(is_near_0, near_0, _repaired(alpha, beta, q, betaincinv(alpha, beta, q), 1 - q))
    return np.where((q == 1 / 2) & (alpha == beta), 0.5, quantile)


def _repaired(alpha: Array, beta: Array, q: Array, quantile: Array, rest: Array) -> Array:
    """Return a quantile after a step of Newton's method, which takes what SciPy's inverse leaves at large shapes."""
    from scipy.special import betainc, betaincc, betaln  # noqa: PLC0415

    if not np.any(alpha + beta > _LARGE):
        return quantile
    missing = np.where(q <= rest, betainc(alpha, beta, quantile) - q, rest - betaincc(alpha, beta, quantile))
    log_density = (alpha - 1) * np.log(quantile) + (beta - 1) * np.log1p(-quantile) - betaln(alpha, beta)
    step = missing * np.exp(-log_density)
    is_small = np.abs(step) < _REPAIR * quantile
    return np.where((alpha + beta > _LARGE) & is_small, quantile - step, quantile)


def beta_log_near_0(alpha: Array, beta: Array, q: Array) -> Array:
    """Return the logarithm of the first term of the series of the quantile."""
    from scipy.special import betaln  # noqa: PLC0415

    return (np.log(q) + np.log(alpha) + betaln(alpha, beta)) / alpha


def beta_quantile_near_0(alpha: Array, beta: Array, q: Array) -> tuple[Array, Array]:
    """Return the quantile by the first two terms of its series, and where these leave no error."""
    first = np.exp(beta_log_near_0(alpha, beta, q))
    return first * (1 + (beta - 1) / (alpha + 1) * first), first * (1 + beta) < _TINY


def pert(low: Array, mode: Array, high: Array, lambda_: Array) -> Beta:
    """Return the beta distribution with this mode."""
    width = high - low
    return Beta(1 + lambda_ * ((mode - low) / width), 1 + lambda_ * ((high - mode) / width), low, high)
