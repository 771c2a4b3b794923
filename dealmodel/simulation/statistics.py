"""Statistics of an output, taken while its trials stream through."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

PERCENTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
SHORTFALL = 0.05
"""Share of the worst trials that the expected shortfall is the mean of."""
_STEPS = 16384
"""Bins to a unit of asinh, so that one near the median is 1/16384 of the spread wide."""
_REACH = 12
"""Beyond asinh(12), 80,000 times the spread from the median, values fall into one bin."""
_BINS = 2 * _REACH * _STEPS + 2


@dataclass(slots=True)
class Moments:
    """Count, mean and sums of powers of deviations, of trials that come in pieces.

    References
    ----------
    .. [1] P. Pebay, *Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical
       moments*, Sandia report SAND2008-6212, 2008: the combination of pieces.
    """

    count: int = 0
    mean: float = 0.0
    second: float = 0.0
    third: float = 0.0
    fourth: float = 0.0

    def add(self, values: Values) -> None:
        """Take in some trials."""
        if not values.size:
            return
        mean = float(values.mean())
        deviations = values - mean
        squares = deviations * deviations
        piece = (
            float(squares.sum()),
            float((squares * deviations).sum()),
            float((squares * squares).sum()),
        )
        self._combine(values.size, mean, *piece)

    def _combine(self, count: int, mean: float, second: float, third: float, fourth: float) -> None:
        before, after = self.count, self.count + count
        step = mean - self.mean
        ratio = step / after
        self.fourth += (
            fourth
            + step * ratio**3 * before * count * (before * before - before * count + count * count)
            + 6 * ratio**2 * (before**2 * second + count**2 * self.second)
            + 4 * ratio * (before * third - count * self.third)
        )
        self.third += (
            third
            + step * ratio**2 * before * count * (before - count)
            + 3 * ratio * (before * second - count * self.second)
        )
        self.second += second + step * ratio * before * count
        self.mean += ratio * count
        self.count = after

    @property
    def sd(self) -> float:
        """Standard deviation, with n - 1."""
        return math.sqrt(self.second / (self.count - 1)) if self.count > 1 else math.nan

    @property
    def skew(self) -> float:
        """Third standardised moment; NaN where nothing varies."""
        return math.sqrt(self.count) * self.third / self.second**1.5 if self.second > 0 else math.nan

    @property
    def kurtosis(self) -> float:
        """Fourth standardised moment, 3 for a normal; NaN where nothing varies."""
        return self.count * self.fourth / self.second**2 if self.second > 0 else math.nan

    @property
    def error(self) -> float:
        """Standard error of the mean of independent trials."""
        return self.sd / math.sqrt(self.count) if self.count > 1 else math.nan


@dataclass(slots=True)
class Tally:
    """Counts and sums of values in bins that are fine near the median and wide far out.

    Parameters
    ----------
    first
        The first values, which decide where the bins lie.
    """

    centre: float
    spread: float
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_BINS, dtype=np.int64))
    sums: Values = field(default_factory=lambda: np.zeros(_BINS))

    @classmethod
    def around(cls, first: Values) -> Tally:
        """Return an empty tally whose bins suit some values."""
        if not first.size:
            return cls(0.0, 1.0)
        low, centre, high = np.quantile(first, [0.25, 0.5, 0.75])
        spread = (high - low) / 2 or float(first.std()) or abs(float(centre)) or 1.0
        return cls(float(centre), float(spread))

    def add(self, values: Values) -> None:
        """Take in some trials."""
        if not values.size:
            return
        places = np.arcsinh((values - self.centre) / self.spread)
        np.clip(places, -_REACH, _REACH, out=places)
        bins = ((places + _REACH) * _STEPS).astype(np.int32)
        low, high = int(bins.min()), int(bins.max())
        bins -= low
        self.counts[low : high + 1] += np.bincount(bins, minlength=high - low + 1)
        self.sums[low : high + 1] += np.bincount(bins, weights=values - self.centre, minlength=high - low + 1)

    @property
    def points(self) -> tuple[Values, NDArray[np.int64]]:
        """The mean of every bin that is not empty, in order, and how many trials it holds."""
        held = np.flatnonzero(self.counts)
        return self.centre + self.sums[held] / self.counts[held], self.counts[held]


@dataclass(frozen=True, slots=True)
class Distribution:
    """What values came up, in order, and how often: all of them, or the means of fine bins."""

    values: Values
    counts: NDArray[np.int64]
    """How many trials up to and including each value."""

    @classmethod
    def of(cls, values: Values) -> Distribution:
        """Return that of some trials."""
        return cls(np.sort(values), np.arange(1, values.size + 1))

    @classmethod
    def binned(cls, tally: Tally) -> Distribution:
        """Return that of a tally."""
        values, counts = tally.points
        return cls(values, np.cumsum(counts))

    @property
    def count(self) -> int:
        """How many trials there are."""
        return int(self.counts[-1]) if self.counts.size else 0

    def quantile(self, share: float) -> float:
        """Return the value at a rank of 1 + share (n - 1), between two values in proportion, as PERCENTILE does."""
        if not self.count:
            return math.nan
        rank = share * (self.count - 1)
        places = np.searchsorted(self.counts, [math.floor(rank), math.ceil(rank)], side="right")
        lower, upper = self.values[np.minimum(places, self.values.size - 1)]
        return float(lower + (rank - math.floor(rank)) * (upper - lower))

    def quantile_error(self, share: float) -> float:
        """Return the standard error of a quantile: half the distance of those a standard error of the rank away.

        Notes
        -----
        The rank is binomial, with standard error sqrt(p (1 - p) / n) as a share; no density has to be known.
        """
        if self.count < 2:  # noqa: PLR2004  no spread in one trial
            return math.nan
        step = math.sqrt(share * (1 - share) / self.count)
        return (self.quantile(min(share + step, 1.0)) - self.quantile(max(share - step, 0.0))) / 2

    def shortfall(self, share: float = SHORTFALL) -> float:
        """Return the mean of the lowest trials, a share of all; the last of them counts in part.

        References
        ----------
        .. [1] C. Acerbi & D. Tasche, "On the coherence of expected shortfall", Journal of Banking & Finance 26 (2002)
           1487-1503, definition 2.6.
        """
        if not self.count:
            return math.nan
        wanted = share * self.count
        before = np.concatenate([[0], self.counts[:-1]])
        weights = np.clip(wanted - before, 0, self.counts - before)
        return float((weights * self.values).sum() / wanted)

    def histogram(self, bins: int = 50) -> tuple[Values, NDArray[np.int64]]:
        """Return the edges of equal bins from the 0.1% to the 99.9% quantile, and how many trials each holds.

        The first and the last bin also hold what lies beyond.
        """
        low, high = self.quantile(0.001), self.quantile(0.999)
        if not low < high:
            low, high = low - 0.5, high + 0.5
        edges = np.linspace(low, high, bins + 1)
        upto = np.concatenate([[0], self.counts])[np.searchsorted(self.values, edges[1:-1], side="left")]
        return edges, np.diff(np.concatenate([[0], upto, [self.count]]))


@dataclass(slots=True)
class Accumulator:
    """The statistics of one output, while its trials stream through.

    Attributes
    ----------
    target
        Value whose exceedance is counted; None for none.
    """

    target: float | None = None
    moments: Moments = field(default_factory=Moments)
    tally: Tally | None = None
    lowest: float = math.inf
    highest: float = -math.inf
    negative: int = 0
    above: int = 0
    errors: dict[int, int] = field(default_factory=dict)
    convergence: list[tuple[int, float, float]] = field(default_factory=list)
    """Trials, mean and its standard error, as the run went on."""

    def add(self, values: Values, codes: NDArray[np.int8]) -> None:
        """Take in some trials; those with an error code other than 0 count as errors alone."""
        bad = (codes != 0) | ~np.isfinite(values)
        if bad.any():
            for code, count in zip(*np.unique(codes[bad], return_counts=True), strict=True):
                self.errors[int(code)] = self.errors.get(int(code), 0) + int(count)
            values = values[~bad]
        if self.tally is None and values.size:
            self.tally = Tally.around(values)
        if values.size:
            self.moments.add(values)
            self.lowest = min(self.lowest, float(values.min()))
            self.highest = max(self.highest, float(values.max()))
            self.negative += int(np.count_nonzero(values < 0))
            if self.target is not None:
                self.above += int(np.count_nonzero(values > self.target))
        if self.tally is not None:
            self.tally.add(values)
        self.convergence.append((self.moments.count, self.moments.mean, self.moments.error))


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of one output."""

    name: str
    trials: int
    """Trials that gave a number."""
    errors: dict[str, int]
    """How many trials gave which error."""
    mean: float
    mean_error: float
    sd: float
    skew: float
    kurtosis: float
    lowest: float
    highest: float
    percentiles: dict[float, float]
    percentile_errors: dict[float, float]
    negative: float
    """Share of the trials below 0."""
    target: float | None
    above: float
    """Share of the trials above the target; NaN where there is none."""
    shortfall: float
    """Mean of the lowest 5%."""
    distribution: Distribution
    convergence: tuple[tuple[int, float, float], ...]

    @classmethod
    def of(
        cls,
        name: str,
        accumulator: Accumulator,
        errors: dict[str, int],
        trials: Values | None,
        percentiles: Iterable[float] = PERCENTILES,
    ) -> Statistics:
        """Return the statistics of what an accumulator took in; quantiles from all trials where they were kept."""
        moments = accumulator.moments
        empty = Distribution(np.empty(0), np.empty(0, dtype=np.int64))
        if trials is not None:
            distribution = Distribution.of(trials[np.isfinite(trials)])
        else:
            distribution = empty if accumulator.tally is None else Distribution.binned(accumulator.tally)
        shares = tuple(percentiles)
        count = moments.count
        has_target = accumulator.target is not None and count
        return cls(
            name=name,
            trials=count,
            errors=errors,
            mean=moments.mean if count else math.nan,
            mean_error=moments.error,
            sd=moments.sd,
            skew=moments.skew,
            kurtosis=moments.kurtosis,
            lowest=accumulator.lowest if count else math.nan,
            highest=accumulator.highest if count else math.nan,
            percentiles={p: distribution.quantile(p) for p in shares},
            percentile_errors={p: distribution.quantile_error(p) for p in shares},
            negative=accumulator.negative / count if count else math.nan,
            target=accumulator.target,
            above=accumulator.above / count if has_target else math.nan,
            shortfall=distribution.shortfall(),
            distribution=distribution,
            convergence=thinned(accumulator.convergence),
        )


def thinned(points: Sequence[tuple[int, float, float]], most: int = 100) -> tuple[tuple[int, float, float], ...]:
    """Return at most so many of the points, the last among them."""
    step = -(-len(points) // most) or 1
    return tuple(reversed(points[::-1][::step]))


def ranks(values: Values) -> Values:
    """Return the rank of each value in its column, from 1; equal ones the mean of theirs.

    Examples
    --------
    >>> ranks(np.array([30.0, 10.0, 30.0, 20.0]))
    array([3.5, 1. , 3.5, 2. ])
    """
    if values.ndim > 1:
        return np.stack([ranks(column) for column in values.T], axis=1)
    order = np.argsort(values, kind="stable")
    begins = np.concatenate([[True], np.diff(values[order]) != 0]) if values.size else np.empty(0, dtype=bool)
    groups = np.cumsum(begins) - 1
    edges = np.concatenate([np.flatnonzero(begins), [values.size]])
    found = np.empty(values.size)
    found[order] = ((edges[:-1] + edges[1:] + 1) / 2)[groups]
    return found


def rank_correlations(inputs: Values, output: Values) -> Values:
    """Return the rank correlation of each column with an output; 0 where one of them does not vary.

    References
    ----------
    .. [1] C. Spearman, "The proof and measurement of association between two things", American Journal of Psychology
       15 (1904) 72-101.
    """
    known = np.isfinite(output)
    columns, wanted = ranks(inputs[known]), ranks(output[known])
    columns, wanted = columns - columns.mean(axis=0), wanted - wanted.mean()
    scale = np.sqrt((columns**2).sum(axis=0) * (wanted**2).sum())
    found = (columns * wanted[:, None]).sum(axis=0)
    return np.asarray(np.divide(found, scale, out=np.zeros_like(found), where=scale > 0))


def contributions(correlations: Values) -> Values:
    """Return what each input contributes to the variance by its squared rank correlation, together 1.

    References
    ----------
    .. [1] A. Saltelli et al., *Sensitivity Analysis in Practice*, Wiley 2004, ch. 1: what this measure leaves out.
    """
    squares = correlations**2
    total = float(squares.sum())
    return np.divide(squares, total, out=np.zeros_like(squares), where=total > 0)
