"""How much of an output's variance each input explains, alone and with all that it takes part in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.errors import InputRefusedError
from dealmodel.simulation.sampling.streams import streams_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.running.runner import Runner
    from dealmodel.simulation.sampling.draws import Draw

    Values = NDArray[np.float64]

_BLOCK = 16_384
_OTHER = "|other"
_ROUNDING = 1e-13
"""A variance that is less, relative to the squares it is left of, is none."""


@dataclass(frozen=True, slots=True)
class Indices:
    """Sobol indices.

    Attributes
    ----------
    rows
        Rows of the design; each takes two trials and one for each input.
    inputs
        The inputs.
    first, total
        First- and total-order indices of the inputs, by output.
    """

    rows: int
    inputs: tuple[str, ...]
    first: dict[str, Values]
    total: dict[str, Values]


def sobol_indices(runner: Runner, rows: int, outputs: Sequence[str]) -> Indices:
    """Estimate first- and total-order indices.

    Parameters
    ----------
    runner
        What runs the trials.
    rows
        Rows of the design, best a power of 2.
    outputs
        The outputs.

    Raises
    ------
    InputRefusedError
        If inputs are correlated, for which these indices are not defined.

    Notes
    -----
    First order: mean of f(B) (f(A_B) - f(A)) / V; total order: mean of (f(A) - f(A_B))^2 / 2 V; A_B is A with the
    column of one input from B.

    References
    ----------
    .. [1] A. Saltelli et al., "Variance based sensitivity analysis of model output. Design and estimator for the total
       sensitivity index", Computer Physics Communications 181 (2010) 259-270, table 2 (b) and (f).
    """
    sampling = runner.sampling
    if sampling.correlation is not None:
        raise InputRefusedError("first- and total-order indices need independent inputs; these are correlated")
    names = list(dict.fromkeys(d.stream for d in runner.draws))
    both = streams_of(sampling.sampler, [*names, *(n + _OTHER for n in names)], sampling.seed, rows)
    sums = {name: _Sums(len(names)) for name in outputs}
    for start in range(0, rows, _BLOCK):
        stop = min(start + _BLOCK, rows)
        ours = {n: both[n].uniforms(start, stop) for n in names}
        others = {n: both[n + _OTHER].uniforms(start, stop) for n in names}
        designs = [ours, others, *({**ours, n: others[n]} for n in names)]
        runs = [runner.at(_uniforms(runner.draws, design)).outputs for design in designs]
        for name, found in sums.items():
            values = np.stack([run[name] for run in runs])
            found.add(values[:, np.isfinite(values).all(axis=0)])
    places = [names.index(d.stream) for d in runner.draws]
    estimates = {name: found.estimates() for name, found in sums.items()}
    return Indices(
        rows,
        runner.labels,
        {name: first[places] for name, (first, _) in estimates.items()},
        {name: total[places] for name, (_, total) in estimates.items()},
    )


def _uniforms(draws: Sequence[Draw], streams: dict[str, Values]) -> dict[Draw, Values]:
    return {d: streams[d.stream] for d in draws}


class _Sums:
    """Sums over the rows of the design, of deviations from the mean of the first of them."""

    def __init__(self, inputs: int) -> None:
        self._count = 0
        self._centre: float | None = None
        self._plain = self._squares = 0.0
        self._changes, self._products, self._jumps = np.zeros((3, inputs))

    def add(self, values: Values) -> None:
        """Take in f(A), f(B) and each f(A_B), one row each."""
        if not values.shape[1]:
            return
        if self._centre is None:
            self._centre = float(values[:2].mean())
        a, b = values[:2] - self._centre
        changes = values[2:] - values[0]
        self._count += len(a)
        self._plain += float(a.sum() + b.sum())
        self._squares += float((a * a).sum() + (b * b).sum())
        self._changes += changes.sum(axis=1)
        self._products += (b * changes).sum(axis=1)
        self._jumps += (changes * changes).sum(axis=1)

    def estimates(self) -> tuple[Values, Values]:
        """Return first- and total-order indices; 0 where nothing varies."""
        nothing = np.zeros_like(self._jumps)
        if not self._count:
            return nothing, nothing
        mean = self._plain / (2 * self._count)
        variance = self._squares / (2 * self._count) - mean**2
        if not variance > _ROUNDING * self._squares / (2 * self._count):
            return nothing, nothing
        first = (self._products - mean * self._changes) / self._count / variance
        return first, self._jumps / (2 * self._count) / variance
