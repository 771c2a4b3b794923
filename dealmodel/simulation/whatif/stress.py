"""Stress: an output while the uncertain inputs are confined to their worst decile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.program import compile_program
from dealmodel.simulation.running.runner import Runner, Sampling
from dealmodel.simulation.sampling.correlation import read_range
from dealmodel.simulation.whatif.levers import DECILE, output_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dealmodel.workbook.model import Model

TRIALS = 16_384
"""A power of 2, at which a Sobol sequence is most even; each input is run through all of them twice."""
TOGETHER, NONE = "all", "none"


@dataclass(frozen=True, slots=True)
class Stress:
    """An output while an uncertain input is confined to its worst decile.

    Attributes
    ----------
    name
        The input; `all` for all of them together, `none` for none.
    tail
        Which decile is the worse: `low` or `high`; empty where none is.
    mean, p5, p50, p95
        Mean and percentiles of the output; trials in which it is an error do not count.
    errors
        Share of the trials in which it is an error.
    """

    name: str
    tail: str
    mean: float
    p5: float
    p50: float
    p95: float
    errors: float

    def is_like(self, other: Stress) -> bool:
        """Whether the output is as it is under another stress, but for rounding."""
        ours, theirs = ((s.mean, s.p5, s.p50, s.p95) for s in (self, other))
        return self.errors == other.errors and bool(np.allclose(ours, theirs, rtol=1e-12, atol=0.0, equal_nan=True))


def stress(
    model: Model,
    output: str,
    inputs: Mapping[str, str] | None = None,
    seed: int = 0,
    *,
    worst_is_high: bool = False,
) -> tuple[Stress, ...]:
    """Confine every uncertain input to its worst decile, one at a time and then all together.

    The others keep their numbers, and those that go together by `dm_correlation` their ranks: an input is squeezed
    into its decile in every trial, as if only the range it is drawn from had changed.

    Parameters
    ----------
    model
        The workbook.
    output
        Name or address of what is looked at.
    inputs
        Inputs that are made uncertain: `{"price": "PERT(250,294,340)"}`.
    seed
        The same seed gives the same trials.
    worst_is_high
        Whether a high output is the bad one, as a shortfall's is.

    Returns
    -------
    Without stress, with each input, with all; the inputs in the order of their effect.

    Raises
    ------
    InputRefusedError
        If nothing is uncertain, or the output is a text.
    """
    output_cell(model, output)
    sampling = Sampling("sobol", seed, TRIALS, read_range(model))
    runner = Runner(model, sampling, inputs or {}, [output], compile_program)
    name = next(iter(runner.outputs))
    uniforms = runner.uniforms(0, TRIALS)
    base = _described(NONE, "", runner.at(uniforms).outputs[name])
    runner.program.check(uniforms)
    sign = -1.0 if worst_is_high else 1.0
    found = []
    worst = dict(uniforms)
    for draw in runner.draws:
        tails = confined(uniforms[draw])
        runs = {
            tail: _described(draw.name, tail, runner.at({**uniforms, draw: squeezed}).outputs[name])
            for tail, squeezed in tails.items()
        }
        # A decile in which the output is an error throughout is the worst there is.
        tail = min(runs, key=lambda t: sign * runs[t].mean if math.isfinite(runs[t].mean) else -math.inf)
        worst[draw] = tails[tail]
        found.append(runs[tail])
    found.sort(key=lambda s: sign * s.mean if math.isfinite(s.mean) else -math.inf)
    together = _described(TOGETHER, "", runner.at(worst).outputs[name])
    return (base, *found, together)


def confined(uniforms: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Return probabilities squeezed into the lowest and the highest decile, and never 1, of which none is the quantile.

    Examples
    --------
    >>> {tail: shares.tolist() for tail, shares in confined(np.array([0.5])).items()}
    {'low': [0.05], 'high': [0.95]}
    """
    high = np.minimum(1 - (1 - uniforms) * DECILE, np.nextafter(1.0, 0.0))
    return {"low": uniforms * DECILE, "high": high}


def _described(name: str, tail: str, values: NDArray[np.float64]) -> Stress:
    counted = values[np.isfinite(values)]
    errors = 1 - counted.size / values.size
    if not counted.size:
        return Stress(name, tail, math.nan, math.nan, math.nan, math.nan, errors)
    low, middle, high = (float(q) for q in np.quantile(counted, (0.05, 0.5, 0.95)))
    return Stress(name, tail, float(counted.mean()), low, middle, high, errors)
