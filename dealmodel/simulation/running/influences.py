"""What each uncertain number does to each output, as far as trials can tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.results.outcome import Influence
from dealmodel.simulation.statistics.ranks import contributions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dealmodel.simulation.running.runner import Runner
    from dealmodel.simulation.statistics.ranks import RankedInputs

    Values = NDArray[np.float64]

_ROUNDED = 1e-12
_DEVIATIONS = 4
"""Standard errors that a rank correlation of what does not hang together keeps within."""


class Influences:
    """Tells what the inputs do to outputs.

    Chance alone gives every input some rank correlation with every output. What the formulas rule out is none, and what
    chance may give contributes nothing to the variance.

    Parameters
    ----------
    runner
        Has the inputs and the formulas.
    ranked
        The inputs of the trials that are kept, by rank.
    """

    def __init__(self, runner: Runner, ranked: RankedInputs) -> None:
        self._runner = runner
        self._ranked = ranked
        self._behind = runner.program.draws_behind()

    def of(self, name: str, values: Values) -> tuple[Influence, ...]:
        """Return the influence of each input on an output, the strongest first.

        Parameters
        ----------
        name
            The output.
        values
            What it is in the trials that are kept.
        """
        runner = self._runner
        known = values[np.isfinite(values)]
        if known.size and is_noise(known.min(), known.max()):
            values = np.zeros_like(values)
        correlations = self._ranked.correlations(values)
        behind = None if self._behind is None else self._behind[runner.outputs[name]]
        counted = correlations.copy()
        for i, draw in enumerate(runner.draws):
            if behind is not None and draw not in behind:
                counted[i] = 0.0
                if runner.sampling.correlation is None:
                    correlations[i] = 0.0
        counted[abs(counted) <= chance(values)] = 0.0
        rows = [
            Influence(label, float(correlation), float(share))
            for label, correlation, share in zip(runner.labels, correlations, contributions(counted), strict=True)
        ]
        return tuple(sorted(rows, key=lambda row: -abs(row.correlation)))

    def idle(self) -> list[str]:
        """Return the inputs on which no output depends; none where the formulas do not tell."""
        if self._behind is None:
            return []
        used = frozenset[object]().union(*self._behind.values())
        return [label for label, draw in zip(self._runner.labels, self._runner.draws, strict=True) if draw not in used]


def is_noise(lowest: float, highest: float) -> bool:
    """Whether an output varies in its last digits alone, as sums do that are rounded in another order.

    Examples
    --------
    >>> is_noise(1.3, 1.3000000000000003), is_noise(1.3, 1.3000001), is_noise(0.0, 0.0)
    (True, False, True)
    """
    return highest - lowest <= _ROUNDED * max(abs(lowest), abs(highest))


def chance(values: Values) -> float:
    """Return the rank correlation that chance alone may give with an output."""
    return _DEVIATIONS / math.sqrt(max(1, int(np.isfinite(values).sum())))


def explained(influences: Iterable[Influence]) -> float:
    """Return the share of the variance of an output's ranks that rank correlations with single inputs account for."""
    return math.fsum(i.correlation**2 for i in influences if i.contribution)
