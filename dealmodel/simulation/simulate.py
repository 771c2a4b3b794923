"""A simulation: trials stream through the program of a workbook, and statistics are taken as they pass."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import ERRORS
from dealmodel.errors import InputRefusedError
from dealmodel.simulation.check import Spot
from dealmodel.simulation.correlation import METHODS, read_range
from dealmodel.simulation.indices import Indices, sobol_indices
from dealmodel.simulation.result import Influence, Simulation
from dealmodel.simulation.runner import Runner, Sampling
from dealmodel.simulation.statistics import Accumulator, Statistics, contributions, rank_correlations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from dealmodel.simulation.correlation import Correlation
    from dealmodel.simulation.runner import Block, Compile
    from dealmodel.workbook.model import Model

    Values = NDArray[np.float64]
    Progress = Callable[[int, int], None]

TRIALS = 131_072
MOST_TRIALS = 10_000_000
"""Trials after which a run stops that has not come to its precision."""
BLOCK = 16_384
SAMPLE = 65_536
"""Trials that are always kept, for rank correlations and scatter charts."""
KEPT_VALUES = 8_000_000
"""Numbers that are kept of a run unless it says otherwise: 64 MB."""
_CONFIDENCE = 1.959963984540054
"""Standard errors on either side of a mean that hold 95%."""


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
        Whether all trials are kept; None where they take no more than 64 MB.
    indices
        Rows of Saltelli's design for first- and total-order indices; 0 for none.
    check
        Trials that are computed again by the engine.
    progress
        Called with the trials done and the trials wanted.
    trials_out
        File for all trials, .csv or .parquet; None for none.
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
    trials_out: Path | None = None


def simulate(model: Model, options: Options, compile_program: Compile | None = None) -> Simulation:
    """Simulate a workbook.

    Parameters
    ----------
    model
        The workbook, with the inputs that were put in.
    options
        How.
    compile_program
        What makes the program; by default the compiler.

    Returns
    -------
    Statistics of the outputs and the influence of the inputs. After an interrupt (Ctrl-C) they are those of the
    trials that were done.

    Raises
    ------
    InputRefusedError
        If nothing is uncertain, or an option does not suit the workbook.
    UnknownNameError
        If there is no such input, output, distribution or sampler.
    WorkbookError
        If the engine does not give what the program gave.
    """
    runner, options = prepare(model, options, compile_program)
    return _Run(runner, options).go()


def prepare(model: Model, options: Options, compile_program: Compile | None = None) -> tuple[Runner, Options]:
    """Return what runs the trials of a workbook, and the options with nothing left open."""
    trials = options.trials if options.trials is not None else MOST_TRIALS if options.until is not None else TRIALS
    if trials < 1:
        raise InputRefusedError(f"a simulation needs at least one trial; got {trials}")
    if options.until is not None and not 0 < options.until < 1:
        raise InputRefusedError(f"the precision is a share of the mean, such as 0.5%; got {options.until:g}")
    if options.method not in METHODS:
        raise InputRefusedError(f"correlations come from {' or '.join(METHODS)}; got {options.method}")
    correlation = options.correlation if options.correlation is not None else read_range(model)
    if options.until is not None and correlation is not None and options.method == "iman-conover":
        raise InputRefusedError("iman-conover reorders all trials at once, so it needs --trials and not --until")
    seed = secrets.randbits(32) if options.seed is None else options.seed
    sampling = Sampling(options.sampler, seed, trials, correlation, options.method)
    runner = Runner(model, sampling, options.inputs or {}, options.outputs, compile_program or _compiler())
    unknown = [n for n in options.targets or {} if n and n not in runner.outputs]
    if unknown:
        raise InputRefusedError(f"there is a target for {unknown[0]}, but the outputs are {', '.join(runner.outputs)}")
    return runner, replace(options, trials=trials, seed=seed)


def _compiler() -> Compile:
    from dealmodel.simulation.program import compile_program  # noqa: PLC0415  the compiler is large

    return compile_program


class _Run:
    """One run of a simulation."""

    def __init__(self, runner: Runner, options: Options) -> None:
        self.runner = runner
        self.options = options
        self.trials = runner.sampling.trials
        targets = options.targets or {}
        self.accumulators = {name: Accumulator(targets.get(name, targets.get(""))) for name in runner.outputs}
        self.columns = [*(d.name for d in runner.draws), *runner.outputs]
        kept = self.trials * len(self.columns) <= KEPT_VALUES if options.keep is None else options.keep
        self.kept = np.empty((len(self.columns), self.trials if kept else min(self.trials, SAMPLE)))
        self.keeps_all = kept
        self.done = 0
        self.spot = Spot(runner, min(options.check, self.trials), self.trials, BLOCK)

    def go(self) -> Simulation:
        """Run the trials and return what came out."""
        from dealmodel.simulation.trials_file import open_trials  # noqa: PLC0415

        interrupted = False
        with open_trials(self.options.trials_out, self.columns) as file:
            try:
                while self.done < self.trials and not self._precise():
                    block = self.runner.block(self.done, min(self.done + BLOCK, self.trials))
                    self._take(block)
                    file.add([*block.inputs.values(), *block.outputs.values()])
                    if self.options.progress is not None:
                        self.options.progress(self.done, self.trials)
            except KeyboardInterrupt:
                if not self.done:
                    raise
                interrupted = True
        if not interrupted:
            self.spot.finish()
        return self._result(interrupted=interrupted)

    def _take(self, block: Block) -> None:
        count = block.count
        for name, accumulator in self.accumulators.items():
            accumulator.add(block.outputs[name], block.codes[name])
        held = self.kept.shape[1]
        if self.done < held:
            stop = min(self.done + count, held)
            for row, column in zip(self.kept, [*block.inputs.values(), *block.outputs.values()], strict=True):
                row[self.done : stop] = column[: stop - self.done]
        self.spot.take(block, self.done)
        self.done += count

    def _precise(self) -> bool:
        until = self.options.until
        if until is None or not self.done:
            return False
        moments = [a.moments for a in self.accumulators.values()]
        return all(_CONFIDENCE * m.error <= until * abs(m.mean) or (m.count > 1 and m.second == 0.0) for m in moments)

    def _result(self, *, interrupted: bool) -> Simulation:
        runner, options = self.runner, self.options
        data = self.kept[:, : self.done]
        inputs = len(runner.draws)
        statistics = {}
        for row, (name, accumulator) in zip(data[inputs:], self.accumulators.items(), strict=True):
            errors = {str(ERRORS[code - 1]): count for code, count in accumulator.errors.items()}
            statistics[name] = Statistics.of(name, accumulator, errors, row if self.keeps_all else None)
        if not runner.chosen and any(s.lowest < s.highest for s in statistics.values()):
            statistics = {n: s for n, s in statistics.items() if s.lowest < s.highest or s.errors}
        sample = data[:, :SAMPLE]
        influences = {
            name: _influences(runner, sample[:inputs].T, sample[inputs + list(runner.outputs).index(name)])
            for name in statistics
        }
        return Simulation(
            book=runner.model.book.label,
            trials=self.done,
            sampler=options.sampler,
            seed=runner.sampling.seed,
            statistics=statistics,
            influences=influences,
            columns=tuple(self.columns),
            inputs=tuple(d.name for d in runner.draws),
            data=data,
            keeps_all=self.keeps_all,
            notes=tuple(self._notes(interrupted=interrupted)),
            checked=self.spot.checked,
            indices=self._indices(tuple(statistics)) if options.indices and not interrupted else None,
            interrupted=interrupted,
        )

    def _indices(self, names: Sequence[str]) -> Indices:
        return sobol_indices(self.runner, self.options.indices, names)

    def _notes(self, *, interrupted: bool) -> list[str]:
        notes = []
        if interrupted:
            notes.append(f"stopped after {self.done:,} of {self.trials:,} trials; what follows is of those")
        elif self.options.until is not None and not self._precise():
            notes.append(f"the means are not within {self.options.until:.3g} after {self.done:,} trials")
        correlation = self.runner.sampling.correlation
        if correlation is not None and correlation.note is not None:
            notes.append(correlation.note)
        notes += [
            f"{kept.at} was computed by the engine, trial by trial: {kept.reason}"
            for kept in self.runner.program.fallback
        ]
        for name, accumulator in self.accumulators.items():
            failed = sum(accumulator.errors.values())
            if failed:
                kinds = ", ".join(f"{ERRORS[code - 1]} {count:,}" for code, count in accumulator.errors.items())
                notes.append(
                    f"{name} is an error in {failed / self.done:.2%} of the trials ({kinds}); they are left out"
                )
        if not math.log2(self.done or 1).is_integer() and self.options.sampler == "sobol":
            notes.append("a Sobol sequence is most even at powers of 2, such as 65,536 or 131,072 trials")
        return notes


def _influences(runner: Runner, inputs: Values, output: Values) -> tuple[Influence, ...]:
    """Return the influence of each input on an output, the strongest first."""
    found = rank_correlations(inputs, output)
    rows = [
        Influence(draw.name, float(correlation), float(share))
        for draw, correlation, share in zip(runner.draws, found, contributions(found), strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -abs(row.correlation)))
