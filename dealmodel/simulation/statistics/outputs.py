"""Statistics of an output, taken while its trials stream through."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import ERRORS, CellError
from dealmodel.simulation.statistics.moments import Moments
from dealmodel.simulation.statistics.tally import Distribution, Scale, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Codes = NDArray[np.int8]
    ReadTexts = Callable[[Values], dict[str, int]]
    """Tells how often each text came up in trials that gave no number."""

_VALUE = ERRORS.index(CellError.VALUE) + 1
_NUM = ERRORS.index(CellError.NUM) + 1
PERCENTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(slots=True)
class Summary:
    """What is told by a few numbers of the trials of an output.

    Attributes
    ----------
    moments
        Of the trials that gave a number.
    lowest, highest
        The least and the largest of these.
    negative, above
        How many of these are below 0, and above the target.
    errors
        How many trials gave each error, by its code.
    texts
        How many trials gave each text.
    """

    moments: Moments = field(default_factory=Moments)
    lowest: float = math.inf
    highest: float = -math.inf
    negative: int = 0
    above: int = 0
    errors: dict[int, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls, values: Values, codes: Codes, target: float | None, read: ReadTexts | None = None
    ) -> tuple[Summary, Values]:
        """Return that of some trials, and those that gave a number; `read` tells the texts among what gave none."""
        errors: dict[int, int] = {}
        texts: dict[str, int] = {}
        bad = (codes != 0) | ~np.isfinite(values)
        if bad.any():
            # A number too large for a cell is an error there, too.
            known = np.where(codes[bad] != 0, codes[bad], _NUM)
            errors = {int(c): int(n) for c, n in zip(*np.unique(known, return_counts=True), strict=True)}
            if _VALUE in errors and read is not None:
                texts = read(values[bad])
                errors[_VALUE] -= sum(texts.values())
                errors = {code: count for code, count in errors.items() if count}
            values = values[~bad]
        if not values.size:
            return cls(errors=errors, texts=texts), values
        return cls(
            Moments.of(values),
            float(values.min()),
            float(values.max()),
            int(np.count_nonzero(values < 0)),
            0 if target is None else int(np.count_nonzero(values > target)),
            errors,
            texts,
        ), values

    def add(self, piece: Summary) -> None:
        """Take in that of more trials."""
        self.moments.add(piece.moments)
        self.lowest = min(self.lowest, piece.lowest)
        self.highest = max(self.highest, piece.highest)
        self.negative += piece.negative
        self.above += piece.above
        for code, count in piece.errors.items():
            self.errors[code] = self.errors.get(code, 0) + count
        for text, count in piece.texts.items():
            self.texts[text] = self.texts.get(text, 0) + count


@dataclass(slots=True)
class Accumulator:
    """The statistics of one output, while its trials stream through.

    Blocks are added in order, and their tallies batch by batch: so sums come out the same to the last bit whether one
    process has added the blocks of a batch or another.

    Attributes
    ----------
    target
        Value whose exceedance is counted; None for none.
    """

    target: float | None = None
    summary: Summary = field(default_factory=Summary)
    convergence: list[tuple[int, float, float]] = field(default_factory=list)
    """Trials, mean and its standard error, as the run went on."""
    scale: Scale | None = None
    _settled: Tally | None = None
    _open: Tally | None = None

    def add(self, values: Values, codes: Codes, read: ReadTexts | None = None) -> None:
        """Take in a block; trials with an error code other than 0 count as errors, or as the texts that are read."""
        piece, numbers = Summary.of(values, codes, self.target, read)
        self.add_summary(piece)
        self.add_numbers(numbers)

    def add_summary(self, piece: Summary) -> None:
        """Take in what is told by a few numbers of a block."""
        self.summary.add(piece)
        moments = self.summary.moments
        self.convergence.append((moments.count, moments.mean, moments.error))

    def add_numbers(self, numbers: Values) -> None:
        """Count the numbers of a block."""
        if not numbers.size:
            return
        if self.scale is None:
            self.scale = Scale.around(numbers)
        if self._open is None:
            self._open = Tally(self.scale)
        self._open.add(numbers)

    def settle(self, batch: Tally | None = None) -> None:
        """End a batch: take in its tally, the one given or else that of the blocks added since the last."""
        tally, self._open = batch or self._open, None
        if tally is None:
            return
        if self._settled is None:
            self._settled = Tally(tally.scale)
        self._settled.merge(tally)

    @property
    def tally(self) -> Tally | None:
        """All that was counted; None where no trial gave a number."""
        self.settle()
        return self._settled


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of one output."""

    name: str
    trials: int
    """Trials that gave a number."""
    errors: dict[str, int]
    """How many trials gave which error."""
    texts: dict[str, int]
    """How many trials gave which text, the most frequent first."""
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
    lower_tail: float
    """Mean of the lowest 5%: the expected shortfall, where low is bad."""
    upper_tail: float
    """Mean of the highest 5%: the expected shortfall, where high is bad."""
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
        summary, tally = accumulator.summary, accumulator.tally
        moments = summary.moments
        if trials is not None:
            distribution = Distribution.of(trials[np.isfinite(trials)])
        else:
            distribution = Distribution.of(np.empty(0)) if tally is None else Distribution.binned(tally)
        shares = tuple(percentiles)
        count = moments.count
        has_target = accumulator.target is not None and count
        return cls(
            name=name,
            trials=count,
            errors=errors,
            texts=dict(sorted(summary.texts.items(), key=lambda item: (-item[1], item[0]))),
            mean=moments.mean if count else math.nan,
            mean_error=moments.error,
            sd=moments.sd,
            skew=moments.skew,
            kurtosis=moments.kurtosis,
            lowest=summary.lowest if count else math.nan,
            highest=summary.highest if count else math.nan,
            percentiles={p: distribution.quantile(p) for p in shares},
            percentile_errors={p: distribution.quantile_error(p) for p in shares},
            negative=summary.negative / count if count else math.nan,
            target=accumulator.target,
            above=summary.above / count if has_target else math.nan,
            lower_tail=distribution.lower_tail(),
            upper_tail=distribution.upper_tail(),
            distribution=distribution,
            convergence=thinned(accumulator.convergence),
        )

    def row(self) -> dict[str, Any]:
        """Return the statistics that are one number each, by their names in tables."""
        return {
            "output": self.name,
            "trials": self.trials,
            "mean": self.mean,
            "mean_error": self.mean_error,
            "sd": self.sd,
            "skew": self.skew,
            "kurtosis": self.kurtosis,
            "min": self.lowest,
            "max": self.highest,
            "below_0": self.negative,
            "target": math.nan if self.target is None else self.target,
            "above_target": self.above,
            "mean_lowest_5%": self.lower_tail,
            "mean_highest_5%": self.upper_tail,
        }


def thinned(points: Sequence[tuple[int, float, float]], most: int = 100) -> tuple[tuple[int, float, float], ...]:
    """Return at most so many of the points, the last among them."""
    step = -(-len(points) // most) or 1
    return tuple(reversed(points[::-1][::step]))
