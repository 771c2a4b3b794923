"""Two scenarios under the same random numbers, trial by trial: how much the one gives more than the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from dealmodel.errors import InputRefusedError
from dealmodel.plaindata import plain
from dealmodel.simulation.results.glance import glance
from dealmodel.simulation.running.batches import blocks
from dealmodel.simulation.simulate import prepare
from dealmodel.simulation.statistics.outputs import Accumulator, Statistics

if TYPE_CHECKING:
    import pandas as pd

    from dealmodel.simulation.options import Options
    from dealmodel.simulation.running.protocol import Compile
    from dealmodel.workbook.model import Model


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """What one scenario gives more than another.

    Attributes
    ----------
    trials
        Trials done with both.
    sampler, seed
        How they were drawn.
    differences
        The statistics of the first minus the second, by output.
    shared
        The uncertain numbers that both have, and that took the same values between 0 and 1.
    """

    trials: int
    sampler: str
    seed: int
    differences: dict[str, Statistics]
    shared: tuple[str, ...]

    def __repr__(self) -> str:
        """Return how it was run, and the figures of every difference that a reader looks at first."""
        head = f"differences: {self.trials:,} trials, sampler {self.sampler}, seed {self.seed}"
        return "\n".join([head, *glance(self.differences.values())])

    def to_frame(self) -> pd.DataFrame:
        """Return the statistics of the differences as a pandas frame, one row an output."""
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame([s.row() for s in self.differences.values()]).set_index("output")

    def as_json(self) -> dict[str, Any]:
        """Return everything for programs; what is not a number is null."""
        found = {
            "trials": self.trials,
            "sampler": self.sampler,
            "seed": self.seed,
            "shared": list(self.shared),
            "differences": [
                s.row() | {"percentiles": {f"{p:g}": v for p, v in s.percentiles.items()}}
                for s in self.differences.values()
            ],
        }
        return cast("dict[str, Any]", plain(found))


def compare(first: Model, second: Model, options: Options, compile_program: Compile | None = None) -> Comparison:
    """Simulate two workbooks, or one in two scenarios, and subtract trial by trial.

    Parameters
    ----------
    first, second
        The workbooks.
    options
        How both are simulated.
    compile_program
        What makes the programs; by default the compiler.

    Raises
    ------
    InputRefusedError
        If they have no output in common.
    """
    one, options = prepare(first, options, compile_program)
    other, _ = prepare(second, options, compile_program)
    names = [name for name in one.outputs if name in other.outputs]
    if not names:
        raise InputRefusedError(f"{first.book.label} and {second.book.label} have no output in common")
    trials = one.sampling.trials
    accumulators = {name: Accumulator(0.0) for name in names}
    checked = False
    for start, stop in blocks(0, trials):
        mine, theirs = (runner.block(start, stop) for runner in (one, other))
        for name, accumulator in accumulators.items():
            codes = np.where(mine.codes[name] != 0, mine.codes[name], theirs.codes[name])
            accumulator.add(mine.outputs[name] - theirs.outputs[name], codes)
        if not checked:
            for runner, block in ((one, mine), (other, theirs)):
                runner.program.check(block.uniforms, count=options.check)
            checked = True
    streams = {d.stream for d in other.draws}
    shared = tuple(d.name for d in one.draws if d.stream in streams)
    differences = {name: Statistics.of(name, a, {}, None) for name, a in accumulators.items()}
    return Comparison(trials, one.sampling.sampler, one.sampling.seed, differences, shared)
