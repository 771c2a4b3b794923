"""How a workbook is simulated."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dealmodel.simulation.sampling.correlation import Correlation

    Progress = Callable[[int, int], None]

_NOT_REPEATED = {"trials", "seed", "keep", "progress", "notice", "trials_out", "processes"}


@dataclass(frozen=True, slots=True)
class Options:
    """How a workbook is simulated.

    Attributes
    ----------
    trials
        How many trials; None for 131,072, or for as many as the precision takes.
    sampler
        `sobol`, `latin` or `random`.
    seed
        The seed; None for another one each time, which the result names.
    inputs
        Inputs made uncertain from outside: distributions, such as `PERT(250,294,340)`, by name.
    outputs
        Names or addresses of outputs; empty for those that the workbook marks or names.
    correlation
        Rank correlations; None for those in the workbook's range `dm_correlation`.
    method
        `copula` or `iman-conover`.
    targets
        Values whose exceedance is counted, by output; under "" for all others.
    until
        Precision: half the 95% interval of the mean of each output, relative to the mean; None for none.
    keep
        Whether all trials are kept; None where they take no more than 64 MB. Otherwise percentiles are off by at most
        1/16384 of their distance from the median and from the quartiles.
    indices
        Rows of Saltelli's design for first- and total-order indices; 0 for none.
    check
        Trials that are computed again by the engine.
    progress
        Called with the trials done and the trials wanted.
    notice
        Called with what a reader must know before a run goes on for minutes: how long it will take.
    trials_out
        File for all trials, .csv or .parquet; None for none.
    processes
        How many processes run trials; 0 for as many as the run is worth. The results are the same to the last bit.
    """

    trials: int | None = None
    sampler: str = "sobol"
    seed: int | None = None
    inputs: Mapping[str, str] | None = None
    outputs: Sequence[str] = ()
    correlation: Correlation | None = None
    method: str = "copula"
    targets: Mapping[str, float] | None = None
    until: float | None = None
    keep: bool | None = None
    indices: int = 0
    check: int = 64
    progress: Progress | None = None
    notice: Callable[[str], None] | None = None
    trials_out: Path | None = None
    processes: int = 0

    @property
    def call(self) -> str:
        """The call of `Model.simulate` that repeats a run."""
        plain = Options(trials=self.trials)
        said = [f"{self.trials}"]
        for option in fields(self):
            value = getattr(self, option.name)
            if option.name not in _NOT_REPEATED and value and value != getattr(plain, option.name):
                said.append(f"{option.name}={'...' if option.name == 'correlation' else repr(value)}")
        return f"model.simulate({', '.join([*said, f'seed={self.seed}'])})"
