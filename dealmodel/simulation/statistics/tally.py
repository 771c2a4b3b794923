"""What values came up and how often: counted in fine bins while trials stream through, or from all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

TAIL = 0.05
"""Share of the lowest, and of the highest, trials that the mean of a tail is taken of."""
_STEPS = 16384
"""Bins to a unit of asinh, so that one near the median is 1/16384 of the spread wide."""
_REACH = 12
"""Beyond asinh(12), 80,000 times the spread from the median, values fall into one bin."""
_AT_ONCE = 65_536
"""Trials that are counted at once."""
_SLACK = 2048
"""Bins by which a tally grows beyond what it has to hold."""


class Scale(NamedTuple):
    """Where the bins of a tally lie.

    Attributes
    ----------
    centre
        Near the median.
    spread
        Half the distance of the quartiles, or what can stand for it.
    """

    centre: float
    spread: float

    @classmethod
    def around(cls, first: Values) -> Scale:
        """Return one that suits some values."""
        if not first.size:
            return cls(0.0, 1.0)
        low, centre, high = np.quantile(first, [0.25, 0.5, 0.75])
        spread = (high - low) / 2 or float(first.std()) or abs(float(centre)) or 1.0
        return cls(float(centre), float(spread))


@dataclass(slots=True)
class Tally:
    """Counts and sums of values in bins that are fine near the median and wide far out.

    A quantile is off by no more than the bin it falls into: 1/16384 of its distance from the median, and of half the
    distance of the quartiles, together. A value that many trials share is exact where no other falls into its bin.

    Attributes
    ----------
    scale
        Where the bins lie.
    first
        The number of the first bin that is held; only those that values fall into, and some around, take memory.
    counts
        How many values each bin holds.
    sums
        What they add up to, from the centre.
    """

    scale: Scale
    first: int = 0
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    sums: Values = field(default_factory=lambda: np.zeros(0))
    _waiting: list[Values] = field(default_factory=list)

    def add(self, values: Values) -> None:
        """Take in some trials, whose array must not change any more."""
        if not values.size:
            return
        self._waiting.append(values)
        if sum(waiting.size for waiting in self._waiting) >= _AT_ONCE:
            self.count()

    def count(self) -> None:
        """Count what was taken in: several blocks one after the other, for which the bins come into the cache once."""
        for values in self._waiting:
            self._count(values)
        self._waiting = []

    def _count(self, values: Values) -> None:
        deviations = values - self.scale.centre
        places = deviations / self.scale.spread
        np.arcsinh(places, out=places)
        least, most = float(places.min()), float(places.max())
        if least < -_REACH or most > _REACH:
            np.clip(places, -_REACH, _REACH, out=places)
            least, most = max(least, -_REACH), min(most, _REACH)
        places *= _STEPS
        np.floor(places, out=places)
        bins = places.astype(np.int64)
        low, high = math.floor(least * _STEPS), math.floor(most * _STEPS)
        bins -= low
        here = self._held(low, high)
        # In their places: counted by themselves first, they would go through all the bins between them once more.
        np.add.at(self.counts[here], bins, 1)
        with np.errstate(over="ignore", invalid="ignore"):  # sums of numbers near the largest are infinite
            np.add.at(self.sums[here], bins, deviations)

    def merge(self, other: Tally) -> None:
        """Take in what another tally on the same scale holds."""
        self.count()
        other.count()
        if other.counts.size:
            here = self._held(other.first, other.first + other.counts.size - 1)
            self.counts[here] += other.counts
            self.sums[here] += other.sums

    def _held(self, low: int, high: int) -> slice:
        """Return where some bins lie in the arrays, which are made to hold them."""
        stop = self.first + self.counts.size
        if not self.counts.size or low < self.first or high >= stop:
            first = min(low - _SLACK, self.first) if self.counts.size else low - _SLACK
            last = max(high + 1 + _SLACK, stop) if self.counts.size else high + 1 + _SLACK
            before, after = self.first - first if self.counts.size else 0, last - stop
            if self.counts.size:
                self.counts = np.pad(self.counts, (before, after))
                self.sums = np.pad(self.sums, (before, after))
            else:
                self.counts, self.sums = np.zeros(last - first, dtype=np.int64), np.zeros(last - first)
            self.first = first
        return slice(low - self.first, high + 1 - self.first)

    @property
    def points(self) -> tuple[Values, NDArray[np.int64]]:
        """The mean of every bin that is not empty, in order, and how many trials it holds."""
        self.count()
        held = np.flatnonzero(self.counts)
        return self.scale.centre + self.sums[held] / self.counts[held], self.counts[held]


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

    def lower_tail(self, share: float = TAIL) -> float:
        """Return the mean of the lowest trials, a share of all; the last of them counts in part.

        Where low values are the bad ones, as of proceeds, it is the expected shortfall [1]_.

        References
        ----------
        .. [1] C. Acerbi & D. Tasche, "On the coherence of expected shortfall", Journal of Banking & Finance 26 (2002)
           1487-1503, definition 2.6.
        """
        if not self.count:
            return math.nan
        return self._tail_mean(np.concatenate([[0], self.counts[:-1]]), share)

    def upper_tail(self, share: float = TAIL) -> float:
        """Return the mean of the highest trials, a share of all: the bad ones of a cost or of money to be raised."""
        if not self.count:
            return math.nan
        return self._tail_mean(self.count - self.counts, share)

    def _tail_mean(self, nearer: NDArray[np.int64], share: float) -> float:
        """Return the mean of a tail, given how many trials lie nearer to its end than each value's."""
        wanted = share * self.count
        weights = np.clip(wanted - nearer, 0, np.diff(self.counts, prepend=0))
        return float((weights / wanted * self.values).sum())  # the sum of values near the largest would overflow

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
