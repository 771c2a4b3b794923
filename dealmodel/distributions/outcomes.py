"""The laws of what happens or not, of counts and of given values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.contract import Array

_FEW = 16
"""Up to this many quantiles are searched one by one."""


@dataclass(frozen=True, slots=True)
class TwoPoint:
    """`impact` with a probability, else 0."""

    probability: Array
    impact: Array

    def support(self) -> tuple[Array, Array]:
        """Return the two values, or the one that is certain."""
        surely = np.where(self.probability == 1, self.impact, 0.0)
        perhaps = np.where(self.probability == 0, 0.0, self.impact)
        return np.minimum(surely, perhaps), np.maximum(surely, perhaps)

    def variance(self) -> Array:
        """Return p (1 - p) impact^2."""
        return self.probability * (1 - self.probability) * self.impact**2

    def cdf(self, x: Array) -> Array:
        """Return the probability of the values up to `x`."""
        return (1 - self.probability) * (x >= 0) + self.probability * (x >= self.impact)

    def sf(self, x: Array) -> Array:
        """Return the probability of the values above `x`."""
        return (1 - self.probability) * (x < 0) + self.probability * (x < self.impact)

    def ppf(self, q: Array) -> Array:
        """Return the lower of the two values up to its probability, then the other."""
        gain = np.where(q <= 1 - self.probability, 0.0, self.impact)
        loss = np.where(q <= self.probability, self.impact, 0.0)
        return np.where(self.impact < 0, loss, gain)


def bernoulli(probability: Array) -> TwoPoint:
    """Return 1 with a probability, else 0."""
    return TwoPoint(probability, np.ones(()))


@dataclass(frozen=True, slots=True)
class Binomial:
    """Binomial."""

    trials: Array
    probability: Array

    def support(self) -> tuple[Array, Array]:
        """Return none to all trials, or what is certain."""
        return np.where(self.probability == 1, self.trials, 0.0), np.where(self.probability == 0, 0.0, self.trials)

    def variance(self) -> Array:
        """Return n p (1 - p)."""
        return self.trials * self.probability * (1 - self.probability)

    def cdf(self, x: Array) -> Array:
        """Return the complement of the incomplete beta function at (k + 1, n - k)."""
        from scipy.special import betaincc  # noqa: PLC0415

        count = np.floor(x)
        return betaincc(count + 1, self.trials - count, self.probability)

    def sf(self, x: Array) -> Array:
        """Return the incomplete beta function at (k + 1, n - k)."""
        from scipy.special import betainc  # noqa: PLC0415

        count = np.floor(x)
        return betainc(count + 1, self.trials - count, self.probability)

    def ppf(self, q: Array) -> Array:
        """Return the smallest count that reaches `q`."""
        return _smallest_count(self, q, self.trials * self.probability, 1 - 2 * self.probability)


@dataclass(frozen=True, slots=True)
class Poisson:
    """Poisson."""

    rate: Array

    def support(self) -> tuple[Array, Array]:
        """Return the counts, or 0 if it is certain."""
        return 0.0, np.where(self.rate == 0, 0.0, np.inf)

    def variance(self) -> Array:
        """Return the rate."""
        return self.rate

    def cdf(self, x: Array) -> Array:
        """Return the complement of the incomplete gamma function at k + 1."""
        from scipy.special import gammaincc  # noqa: PLC0415

        return gammaincc(np.floor(x) + 1, self.rate)

    def sf(self, x: Array) -> Array:
        """Return the incomplete gamma function at k + 1."""
        from scipy.special import gammainc  # noqa: PLC0415

        return gammainc(np.floor(x) + 1, self.rate)

    def ppf(self, q: Array) -> Array:
        """Return the smallest count that reaches `q`."""
        return _smallest_count(self, q, self.rate, 1.0)


def _smallest_count(law: Binomial | Poisson, q: Array, mean: Array, third_cumulant: Array) -> Array:
    """Return the smallest count whose cdf is at least `q`; `third_cumulant` is in units of the variance."""
    highest = law.support()[1]

    def search(quantiles: Array) -> Array:
        from scipy.special import ndtri  # noqa: PLC0415

        deviation = ndtri(quantiles)
        guess = mean + np.sqrt(law.variance()) * deviation + third_cumulant * (deviation**2 - 1) / 6
        return _first_that_reaches(law.cdf, quantiles, np.clip(np.floor(guess), 0, highest), highest)

    within = q[(q > 0) & (q < 1)]
    if np.ndim(mean) > 0 or within.size <= _FEW:
        return search(q)
    first, last = search(within.min()), search(within.max())
    if not last - first < within.size:
        return search(q)
    # One distribution, many quantiles: each count's cdf once, and the quantiles are looked up among them.
    counts = np.arange(float(first), float(last) + 1)
    reached = np.maximum.accumulate(law.cdf(counts))
    return counts[np.minimum(np.searchsorted(reached, q), counts.size - 1)]


def _first_that_reaches(cdf: Callable[[Array], Array], q: Array, guess: Array, highest: Array) -> Array:
    """Return the smallest count whose cdf is at least `q`, by steps that double and then halve."""
    upper, lower, step = guess, guess - 1, 1.0
    while np.any(short := (upper < highest) & (cdf(upper) < q)):
        lower = np.where(short, upper, lower)
        upper = np.where(short, np.minimum(upper + step, highest), upper)
        step *= 2
    step = 1.0
    while np.any(enough := (lower >= 0) & (cdf(lower) >= q)):
        upper = np.where(enough, lower, upper)
        lower = np.where(enough, np.maximum(lower - step, -1), lower)
        step *= 2
    # Beyond 2^53 there is no float64 between two neighbours, though they are more than 1 apart.
    while np.any(apart := (lower < (middle := np.floor((lower + upper) / 2))) & (middle < upper)):
        reached = cdf(middle) >= q
        upper = np.where(apart & reached, middle, upper)
        lower = np.where(apart & ~reached, middle, lower)
    return upper


@dataclass(frozen=True, slots=True)
class Steps:
    """Values in ascending order, their probabilities, and the sums of these, which end at 1; along the last axis."""

    values: Array
    probabilities: Array
    sums: Array

    def support(self) -> tuple[Array, Array]:
        """Return the lowest and the highest value with a probability."""
        return (
            _pick(self.values, np.sum(self.sums <= 0, axis=-1)),
            _pick(self.values, np.sum(self.sums < 1, axis=-1)),
        )

    def variance(self) -> Array:
        """Return the sum of p (v - mean)^2."""
        mean = np.sum(self.values * self.probabilities, axis=-1, keepdims=True)
        return np.sum(self.probabilities * (self.values - mean) ** 2, axis=-1)

    def cdf(self, x: Array) -> Array:
        """Return the sum of the probabilities up to `x`."""
        if self.values.ndim == 1:
            count = np.searchsorted(self.values, x, side="right")
        else:
            count = np.sum(self.values <= x[..., None], axis=-1)
        return np.where(count > 0, _pick(self.sums, np.maximum(count - 1, 0)), 0.0)

    def sf(self, x: Array) -> Array:
        """Return what is left of 1."""
        return 1 - self.cdf(x)

    def ppf(self, q: Array) -> Array:
        """Return the first value whose sum reaches `q`."""
        if self.values.ndim == 1:
            return _pick(self.values, np.searchsorted(self.sums, q, side="left"))
        return _pick(self.values, np.sum(self.sums < q[..., None], axis=-1))


def _pick(table: Array, position: Array) -> Array:
    """Return the element at a position along the last axis; the last one where there are not so many."""
    position = np.minimum(position, table.shape[-1] - 1)
    if table.ndim == 1:
        return table[position]
    spread = np.broadcast_to(table, (*position.shape, table.shape[-1]))
    return np.take_along_axis(spread, position[..., None], axis=-1)[..., 0]


def discrete(values: Array, probabilities: Array) -> Steps:
    """Return values with their probabilities; the sums are those of probabilities that sum to 1 exactly."""
    values, probabilities = np.broadcast_arrays(values, probabilities)
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(probabilities, order, axis=-1)
    sums = np.cumsum(ordered, axis=-1)
    return Steps(np.take_along_axis(values, order, axis=-1), ordered, sums / sums[..., -1:])


def empirical(data: Array) -> Steps:
    """Return values that are all equally likely."""
    count = data.shape[-1]
    sums = np.arange(1, count + 1) / count
    return Steps(np.sort(data, axis=-1), np.full(count, 1 / count), np.broadcast_to(sums, data.shape))
