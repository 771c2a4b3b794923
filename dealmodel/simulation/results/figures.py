"""What the charts of an output show: bars, curves and dots, the same in a workbook and in a picture."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.workbook.resultsheets.blocks import BARS, BINS, DOTS, POINTS, STEPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.simulation.results.outcome import Outcome
    from dealmodel.simulation.statistics.outputs import Statistics
    from dealmodel.simulation.statistics.tally import Distribution
    from dealmodel.workbook.model import Model

    Values = NDArray[np.float64]

MARKED = (0.05, 0.5, 0.95)
"""The percentiles that the histogram marks."""
LABELLED = 5
"""Every so many bars have a label, so that labels are round."""
_WIDTHS = (1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0)
_TAILS = np.array([0.001, 0.0025, 0.005, 0.01, 0.02])
_TAIL = float(_TAILS[0])
"""Share of the trials on either side that the outermost bars take in, and where the cumulative curve ends."""
_CONFIDENCE = 1.959963984540054
_FEW = 32
"""Trials from which on a mean is drawn."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the charts of one output show.

    Attributes
    ----------
    name
        The output.
    edges, counts
        Lower edges of the bars of equal width, and the trials in each; the outermost hold what lies beyond.
    marks
        The bars that hold the marked percentiles.
    curve
        Values, and the probability of at most each.
    convergence
        Trials, mean, and the ends of the band that holds it with 95% if trials are independent.
    correlations
        The strongest inputs with their rank correlations.
    strongest
        The strongest input; empty where none moves the output.
    dots
        Values of the strongest input and of the output in the first trials.
    """

    name: str
    edges: Values
    counts: NDArray[np.int64]
    marks: tuple[int, ...]
    curve: Values
    convergence: Values
    correlations: tuple[tuple[str, float], ...]
    strongest: str
    dots: Values


def figures(simulation: Outcome, name: str) -> Figures:
    """Return what the charts of an output show."""
    statistics = simulation.statistics[name]
    edges, counts = round_bins(statistics.distribution)
    places = np.searchsorted(edges, [statistics.percentiles[p] for p in MARKED], side="right") - 1
    shares = np.concatenate([_TAILS, np.linspace(0.05, 0.95, POINTS - 2 * len(_TAILS)), 1 - _TAILS[::-1]])
    influences = simulation.influences[name]
    strongest = influences[0].input if influences and influences[0].correlation else ""
    dots = np.empty((0, 2))
    if strongest:
        pairs = np.stack([simulation.column(strongest), simulation.column(name)], axis=1)[: 4 * DOTS]
        dots = pairs[np.isfinite(pairs).all(axis=1)][:DOTS]
    return Figures(
        name,
        edges,
        counts,
        tuple(int(p) for p in np.clip(places, 0, BINS - 1)) if statistics.trials else (),
        np.array([[statistics.distribution.quantile(float(share)), share] for share in shares]),
        _convergence(simulation, statistics),
        tuple((i.input, i.correlation) for i in influences[:BARS]),
        strongest,
        dots,
    )


def round_bins(distribution: Distribution, bins: int = BINS) -> tuple[Values, NDArray[np.int64]]:
    """Return the lower edges of bars whose width is round and of which every fifth begins at a round number.

    Examples
    --------
    >>> from dealmodel.simulation.statistics.tally import Distribution
    >>> edges, counts = round_bins(Distribution.of(np.linspace(583.0, 688.0, 1001)))
    >>> edges[::10], int(counts.sum())
    (array([570., 600., 630., 660.]), 1001)
    """
    if not distribution.count:
        return np.zeros(bins), np.zeros(bins, dtype=np.int64)
    low, high = distribution.quantile(_TAIL), distribution.quantile(1 - _TAIL)
    if not low < high:
        low, high = low - 0.005 * (abs(low) or 1.0), high + 0.005 * (abs(high) or 1.0)
    size = 10.0 ** math.floor(math.log10((high - low) / bins))
    for step in (scale * w * size for scale in (1, 10) for w in _WIDTHS):
        first = math.floor(low / (LABELLED * step)) * LABELLED
        if first + bins >= high / step:
            break
    spare = math.floor((first + bins - high / step) / 2 / LABELLED) * LABELLED
    if low < 0 or first - spare >= 0:
        first -= spare
    # Whole multiples of a step of few digits, so that no edge is 0.30000000000000004.
    edges = np.array([float(f"{(first + i) * step:.12g}") for i in range(bins + 1)])
    upto = np.concatenate([[0], distribution.counts])[np.searchsorted(distribution.values, edges[1:-1], side="left")]
    return edges[:-1], np.diff(np.concatenate([[0], upto, [distribution.count]]))


def unit_of(model: Model | None, name: str) -> str:
    """Return the unit that a workbook gives a name; of a name in a scenario, that of the name."""
    if model is None:
        return ""
    bare = re.sub(r"\[.*\](?=#\d+$|$)", "", name)
    named = model.outputs.get(bare) or model.inputs.get(bare)
    return named.unit if named is not None else ""


def _convergence(simulation: Outcome, statistics: Statistics) -> Values:
    """Return the mean as the run went on: trial by trial where all were kept, else block by block."""
    if simulation.keeps_all:
        values = simulation.column(statistics.name)
        values = values[np.isfinite(values)]
        if values.size < _FEW:
            return np.empty((0, 4))
        counts = np.unique(np.linspace(max(_FEW, values.size // STEPS), values.size, STEPS).astype(np.int64))
        centre = float(values[0])
        sums, squares = (np.cumsum((values - centre) ** power)[counts - 1] for power in (1, 2))
        means = sums / counts
        spread = np.sqrt(np.maximum(squares - counts * means**2, 0.0) / (counts - 1) / counts)
        found = np.stack([counts, centre + means, spread], axis=1)
    else:
        found = np.array([point for point in statistics.convergence if math.isfinite(point[2])]).reshape(-1, 3)
        found = (
            found[np.unique(np.linspace(0, max(len(found) - 1, 0), STEPS).astype(np.int64))] if len(found) else found
        )
    band = _CONFIDENCE * found[:, 2]
    return np.stack([found[:, 0], found[:, 1], found[:, 1] - band, found[:, 1] + band], axis=1)
