"""Moments of trials that come in pieces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]


_NOISE = 1e-24
"""Square of a deviation, relative to that of the mean, below which it may be rounding."""


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

    @classmethod
    def of(cls, values: Values) -> Moments:
        """Return those of some trials."""
        if not values.size:
            return cls()
        # Powers of numbers beyond 1e77 are beyond float64: they are infinite here, and no error.
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            deviations = values - mean
            squares = deviations * deviations
            second = float(squares.sum())
            if second <= _NOISE * mean * mean * values.size and (values == values[0]).all():
                # What is the same in all trials has a mean with the rounding of their sum, and no deviation.
                return cls(values.size, float(values[0]))
            third = float(np.multiply(squares, deviations, out=deviations).sum())
            fourth = float(np.multiply(squares, squares, out=squares).sum())
        return cls(values.size, mean, second, third, fourth)

    def add(self, piece: Moments) -> None:
        """Take in those of more trials."""
        if not piece.count:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            self._add(piece, np.float64(piece.mean - self.mean))

    def _add(self, piece: Moments, step: np.float64) -> None:
        count, before = piece.count, self.count
        after = before + count
        ratio = step / after
        self.fourth += float(
            piece.fourth
            + step * ratio**3 * before * count * (before * before - before * count + count * count)
            + 6 * ratio**2 * (before**2 * piece.second + count**2 * self.second)
            + 4 * ratio * (before * piece.third - count * self.third)
        )
        self.third += float(
            piece.third
            + step * ratio**2 * before * count * (before - count)
            + 3 * ratio * (before * piece.second - count * self.second)
        )
        self.second += float(piece.second + step * ratio * before * count)
        self.mean += float(ratio * count)
        self.count = after

    @property
    def sd(self) -> float:
        """Standard deviation, with n - 1."""
        return math.sqrt(self.second / (self.count - 1)) if self.count > 1 else math.nan

    @property
    def skew(self) -> float:
        """Third standardised moment; NaN where nothing varies."""
        if not 0 < self.second < math.inf:
            return math.nan
        return math.sqrt(self.count) * (self.third / self.second) / math.sqrt(self.second)

    @property
    def kurtosis(self) -> float:
        """Fourth standardised moment, 3 for a normal; NaN where nothing varies."""
        if not 0 < self.second < math.inf:
            return math.nan
        return self.count * (self.fourth / self.second) / self.second

    @property
    def error(self) -> float:
        """Standard error of the mean of independent trials."""
        return self.sd / math.sqrt(self.count) if self.count > 1 else math.nan
