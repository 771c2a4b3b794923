"""Keelin's metalog distribution through three quantiles: its terms, when there is one, its mean and variance.

With L = ln(y / (1 - y)), the quantile at y lies N = (a2 + a3 (y - 1/2)) L from the median: in units where no bound
is given, in log-odds of the distance from the bounds where one or both are.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.contract import Array, Requirement, below, worksheet
from dealmodel.domain import Number
from dealmodel.functions.uncertainty import MeanRequirement

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEEPEST = 1.1996786402577337
"""The root of x tanh x = 1."""
SKEWNESS_LIMIT = 0.8 / STEEPEST
"""What |q90 - 2 q50 + q10| / (q90 - q10) must stay below, q in units in which N is added.

The density is positive where a2 + a3 g(y) > 0, g = y - 1/2 + y (1 - y) L. That g is odd about 1/2 and highest where
its derivative 2 - (2 y - 1) L is 0, with x = L / 2 where x tanh x = 1, and there it is x / 2. So |a3| < (2 / x) a2,
and 2 / x = 1.6671130... is the factor that Keelin gives as 1.66711.
"""
_FARTHEST = 80.0
"""L beyond which y (1 - y) leaves nothing of a value between two bounds."""
_CHUNK = 1024
"""Cases integrated at once, so that the nodes of all stay in the cache."""
_ENOUGH = 100
"""Steps of Newton's method, which halves the bracket where it does not converge: 8 are usual."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The coefficients, and where the median lies between the bounds."""

    a2: Array
    a3: Array
    p50: Array
    low: Array
    high: Array

    @property
    def below(self) -> Array:
        """Distance of the median from the lower bound."""
        return self.p50 - self.low

    @property
    def above(self) -> Array:
        """Distance of the median from the upper bound."""
        return self.high - self.p50

    @property
    def unbounded(self) -> Array:
        """Whether there is no bound at all."""
        return np.isinf(self.low) & np.isinf(self.high)

    def steps(self, log_odds: Array) -> Array:
        """Return N at L."""
        return log_odds * (self.a2 + self.a3 / 2 * np.tanh(log_odds / 2))

    def log_odds(self, steps: Array) -> Array:
        """Return L at N, by Newton's method within a bracket."""
        target = np.asarray(steps, dtype=np.float64)
        gentle, steep = self.a2 - abs(self.a3) / 2, self.a2 + abs(self.a3) / 2
        near, far = target / steep, target / gentle
        lowest, highest = np.minimum(near, far), np.maximum(near, far)
        at = target / self.a2
        for _ in range(_ENOUGH):
            bend = np.tanh(at / 2)
            excess = at * (self.a2 + self.a3 / 2 * bend) - target
            lowest, highest = np.where(excess < 0, at, lowest), np.where(excess > 0, at, highest)
            slope = self.a2 + self.a3 / 2 * (bend + at / 2 * (1 - bend) * (1 + bend))
            newton = at - excess / slope
            inside = (lowest <= newton) & (newton <= highest)
            after = np.where(excess == 0, at, np.where(inside, newton, (lowest + highest) / 2))
            if not np.any(np.abs(after - at) > 4 * np.spacing(np.abs(at))):
                return after
            at = after
        return at

    def deviation(self, steps: Array) -> Array:
        """Return how far from the median the value at N lies."""
        if np.all(self.unbounded):
            return steps
        decay = np.exp(-np.abs(steps))
        rise, toward, away = -np.expm1(-np.abs(steps)), 1 / self.below, 1 / self.above
        bounded = np.where(steps < 0, -rise / (toward + away * decay), rise / (toward * decay + away))
        return np.where(self.unbounded, steps, bounded)

    def value(self, steps: Array) -> Array:
        """Return the value at N, from the nearest of median and bounds so that no digits are lost."""
        if np.all(self.unbounded):
            return self.p50 + steps
        decay = np.exp(-np.abs(steps))
        toward, away = 1 / self.below, 1 / self.above
        to_low = decay * (1 + self.below * away) / (toward + away * decay)
        to_high = decay * (1 + self.above * toward) / (away + toward * decay)
        deviation = self.deviation(steps)
        value = self.p50 + deviation
        value = np.where((to_low < -deviation) & np.isfinite(self.low), self.low + to_low, value)
        return np.where((to_high < deviation) & np.isfinite(self.high), self.high - to_high, value)

    def steps_at(self, value: Array) -> Array:
        """Return N at a value."""
        bounded = _log_ratio(value - self.p50, value - self.low, self.below) - _log_ratio(
            self.p50 - value, self.high - value, self.above
        )
        return np.where(self.unbounded, value - self.p50, bounded)


def terms(p10: Array, p50: Array, p90: Array, low: Array, high: Array) -> Terms:
    """Return the terms of the metalog with these quantiles."""
    lower, upper = _gaps(p10, p50, p90, low, high)
    return Terms((upper + lower) / (2 * np.log(9)), (upper - lower) / (0.8 * np.log(9)), p50, low, high)


def _gaps(p10: Array, p50: Array, p90: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Return N between the quantiles: from the first to the median, from there to the last."""

    def gap(less: Array, more: Array) -> Array:
        bounded = np.log1p((more - less) / (less - low)) + np.log1p((more - less) / (high - more))
        return np.where(np.isinf(low) & np.isinf(high), more - less, bounded)

    return gap(p10, p50), gap(p50, p90)


def _log_ratio(step: Array, distance: Array, unit: Array) -> Array:
    """Return ln(distance / unit) where distance = unit + step; 0 where all is infinitely far."""
    return np.where(np.abs(step) < unit / 2, np.log1p(step / unit), np.log(distance / unit))


def _is_feasible(p10: Array, p50: Array, p90: Array, low: Array, high: Array) -> Array:
    """Whether there is a density; also where the quantiles are out of order, which is said by itself."""
    lower, upper = _gaps(p10, p50, p90, low, high)
    in_order = (low < p10) & (p10 < p50) & (p50 < p90) & (p90 < high)
    return ~in_order | (np.abs(upper - lower) < SKEWNESS_LIMIT * (upper + lower))


def _is_finite(p10: Array, p50: Array, p90: Array, low: Array, high: Array) -> Array:
    """Whether the distances are numbers; also where there is nothing to be far apart."""
    top: Array = np.where(np.isinf(high), p90, high)
    bottom: Array = np.where(np.isinf(low), p10, low)
    apart = top - bottom
    return np.isfinite(apart) | ~np.isfinite(p10 + p50 + p90) | (p90 <= p10)


def _has_mean(p10: Array, p50: Array, p90: Array, low: Array, high: Array) -> Array:
    """Whether there is a mean; also where there is no distribution, which is said by itself."""
    of = terms(p10, p50, p90, low, high)
    is_proper = (of.a2 > 0) & (np.abs(of.a3) * STEEPEST < 2 * of.a2)
    return ~(is_proper & (_tail(of) >= 1))


def _is_one_sided(of: Terms) -> Array:
    return np.isinf(of.low) != np.isinf(of.high)


def _tail(of: Terms) -> Array:
    """Return b where values grow as (1 - y)^-b towards a missing bound; 0 where both are given or both missing."""
    return np.where(_is_one_sided(of), of.a2 + np.where(np.isinf(of.high), of.a3, -of.a3) / 2, 0.0)


@worksheet(
    below("low", "p10"),
    below("p10", "p50"),
    below("p50", "p90"),
    below("p90", "high"),
    Requirement(
        ("p10", "p50", "p90", "low", "high"),
        _is_finite,
        "quantiles, and bounds where given, must be less than 1.79E308 apart",
    ),
    Requirement(
        ("p10", "p50", "p90", "low", "high"),
        _is_feasible,
        f"the share (p50 - p10) / (p90 - p10), in log-odds of the bounds where given, must be above"
        f" {(1 - SKEWNESS_LIMIT) / 2:.6f} and below {(1 + SKEWNESS_LIMIT) / 2:.6f} for a density to exist",
    ),
    MeanRequirement(
        ("p10", "p50", "p90", "low", "high"),
        _has_mean,
        "the quantiles must lie closer together, or both bounds be given, for a mean to exist",
    ),
)
def metalog(p10: Number, p50: Number, p90: Number, low: Number = -np.inf, high: Number = np.inf) -> Number:
    """Smooth curve through three quantiles, such as an expert gives them.

    Parameters
    ----------
    p10
        Value that the number stays below with probability 10%.
    p50
        Median.
    p90
        Value that the number stays below with probability 90%.
    low
        Lowest value; none where left out.
    high
        Highest value; none where left out.

    Returns
    -------
    Mean; sampled when the workbook is simulated. #NUM! where the three quantiles are too skewed for a density to
    exist, or where with one bound the tail is too heavy for a mean.

    Notes
    -----
    p50 + a3 / 2 without bounds, with a2 = (p90 - p10) / (2 ln 9), a3 = (p10 + p90 - 2 p50) / (0.8 ln 9) and quantiles
    p50 + (a2 + a3 (y - 1/2)) ln(y / (1 - y)). With bounds the same holds of ln(p - low), -ln(high - p) or
    ln((p - low) / (high - p)), and the mean is an integral.

    References
    ----------
    .. [1] T. W. Keelin, "The Metalog Distributions", Decision Analysis 13(4), 2016, 243-277, section 6.2.1: symmetric
       percentile triplets, unbounded, semi-bounded and bounded.

    Examples
    --------
    >>> round(metalog(250.0, 294.0, 340.0), 4)
    294.5689
    """
    return p50 + mean_deviation(terms(p10, p50, p90, low, high))


def mean_deviation(of: Terms) -> Array:
    """Return the mean less the median."""
    if np.all(of.unbounded):
        return of.a3 / 2
    return np.where(of.unbounded, of.a3 / 2, _moment(of, 1, 0.0))


def variance(of: Terms) -> Array:
    """Return the variance; infinite where a tail is too heavy for it, NaN where for a mean."""
    closed = (np.pi * of.a2) ** 2 / 3 + of.a3**2 * (1 / 12 + np.pi**2 / 36)
    if np.all(of.unbounded):
        return closed
    mean = mean_deviation(of)
    tail = _tail(of)
    second = np.where(tail < 1 / 2, _moment(of, 2, mean), np.inf)
    return np.where(of.unbounded, closed, np.where(tail < 1, second, np.nan))


def _moment(of: Terms, power: int, centre: Array) -> Array:
    """Return the mean of (deviation - centre)^power of a bounded metalog."""
    operands = np.broadcast_arrays(of.a2, of.a3, of.p50, of.low, of.high, centre)
    flat = [np.ravel(operand) for operand in operands]
    out = np.empty(flat[0].size)
    for start in range(0, out.size, _CHUNK):
        *fields, middle = (operand[start : start + _CHUNK, None] for operand in flat)
        out[start : start + _CHUNK] = _integrate(Terms(*fields), power, middle)
    return out.reshape(operands[0].shape)


def _integrate(of: Terms, power: int, centre: Array) -> Array:
    """Return the integral over L of (deviation - centre)^power y (1 - y).

    It is cut at the median, where y (1 - y) bends, and half-way between two bounds, which the deviation may pass
    steeply. Towards a missing bound a heavy tail falls so slowly that its leading term is taken out and integrated by
    hand.
    """

    def height(log_odds: Array) -> Array:
        odds = np.exp(-np.abs(log_odds))
        return (of.deviation(of.steps(log_odds)) - centre) ** power * odds / (1 + odds) ** 2

    halfway = np.where(_is_one_sided(of), 0.0, np.log(of.above / of.below))
    cut = of.log_odds(halfway)
    cut = np.where(np.abs(cut) < _FARTHEST, cut, 0.0)
    tail = power * _tail(of)
    is_heavy = tail >= 1 / 2
    missing = np.where(np.isinf(of.high), 1.0, -1.0)
    unit = np.where(np.isinf(of.high), of.below, -of.above) ** power
    shares, weights = _between()
    parts = [np.where(is_heavy, unit / (1 - tail), 0.0), np.abs(cut) * height(cut * shares) * weights]
    distances, widths = _outwards()
    for direction, start in (1.0, np.maximum(cut, 0)), (-1.0, np.minimum(cut, 0)):
        leading = np.where(is_heavy & (missing == direction), unit * np.exp((tail - 1) * distances), 0.0)
        parts.append((height(start + direction * distances) - leading) * widths)
    return np.sum([part.sum(axis=-1) for part in parts], axis=0)


@functools.cache
def _outwards() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights for the half-line: the trapezoidal rule in u with distance exp(u - exp(-u)).

    It takes in scales from 1e-17 to 100 alike, so that neither a steep passage nor a long tail is missed.
    """
    step = 1 / 16
    u = np.arange(-3.75, 4.75, step)
    distances = np.exp(u - np.exp(-u))
    return distances, distances * (1 + np.exp(-u)) * step


@functools.cache
def _between() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights for [0, 1]: the trapezoidal rule in u with share (1 + tanh(pi / 2 sinh u)) / 2."""
    step = 1 / 32
    u = np.arange(-3.25, 3.25 + step / 2, step)
    bend = np.tanh(np.pi / 2 * np.sinh(u))
    return (1 + bend) / 2, np.pi / 4 * np.cosh(u) * (1 - bend) * (1 + bend) * step
