"""How much of an output's variance each input explains, alone and with all that it takes part in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.errors import InputRefusedError
from dealmodel.simulation.sampling import streams_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.draws import Draw
    from dealmodel.simulation.runner import Runner

    Values = NDArray[np.float64]

_BLOCK = 16_384
_OTHER = "|other"


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
    pieces: dict[str, list[list[Values]]] = {name: [] for name in outputs}
    for start in range(0, rows, _BLOCK):
        stop = min(start + _BLOCK, rows)
        ours = {n: both[n].uniforms(start, stop) for n in names}
        others = {n: both[n + _OTHER].uniforms(start, stop) for n in names}
        designs = [ours, others, *({**ours, n: others[n]} for n in names)]
        runs = [runner.at(_uniforms(runner.draws, design)).outputs for design in designs]
        for name in outputs:
            pieces[name].append([run[name] for run in runs])
    first, total = {}, {}
    for name, found in pieces.items():
        values = np.concatenate([np.stack(piece) for piece in found], axis=1)
        by_stream = _estimate(values[:, np.isfinite(values).all(axis=0)])
        places = [names.index(d.stream) for d in runner.draws]
        first[name], total[name] = by_stream[0][places], by_stream[1][places]
    return Indices(rows, tuple(d.name for d in runner.draws), first, total)


def _uniforms(draws: Sequence[Draw], streams: dict[str, Values]) -> dict[Draw, Values]:
    return {d: streams[d.stream] for d in draws}


def _estimate(values: Values) -> tuple[Values, Values]:
    """Return first- and total-order indices from f(A), f(B) and each f(A_B), one row each."""
    a, b, mixed = values[0], values[1], values[2:]
    if not values.size or not (variance := values[:2].var()) > 0:
        return np.zeros(len(mixed)), np.zeros(len(mixed))
    centre = values[:2].mean()
    first = ((b - centre) * (mixed - a)).mean(axis=1) / variance
    total = ((a - mixed) ** 2).mean(axis=1) / (2 * variance)
    return first, total
