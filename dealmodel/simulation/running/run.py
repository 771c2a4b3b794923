"""One run of a simulation: its trials in blocks, here or in other processes, and what comes out of them."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import ERRORS
from dealmodel.simulation.results.notes import (
    failed,
    hardly_explained,
    left_to_engine,
    replaced,
    spoken,
    unsettled,
    without_effect,
)
from dealmodel.simulation.results.result import Simulation
from dealmodel.simulation.running.batches import BLOCK, FIRST, Task, batches, blocks
from dealmodel.simulation.running.check import Spot
from dealmodel.simulation.running.indices import Indices, sobol_indices
from dealmodel.simulation.running.influences import Influences, explained, is_noise
from dealmodel.simulation.running.interrupts import Interrupt
from dealmodel.simulation.running.trials_file import open_trials
from dealmodel.simulation.running.workers import Job, Workers, worthwhile
from dealmodel.simulation.statistics.outputs import Accumulator, Statistics
from dealmodel.simulation.statistics.ranks import RankedInputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.options import Options
    from dealmodel.simulation.results.outcome import Influence
    from dealmodel.simulation.running.batches import Batch
    from dealmodel.simulation.running.runner import Runner
    from dealmodel.simulation.running.trials_file import TrialsFile
    from dealmodel.simulation.statistics.moments import Moments
    from dealmodel.workbook.computing.computedcells import Kept

    Values = NDArray[np.float64]

SAMPLE = 65_536
"""Trials that are always kept, for rank correlations and scatter charts, where there are not hundreds of columns."""
KEPT_VALUES = 8_000_000
"""Numbers that are kept of a run unless it says otherwise: 64 MB."""
_LEAST_SAMPLE = 8_192
"""Trials that are kept however many columns there are: rank correlations within 0.011 of those of all trials."""
_CHECKED = 8
"""Trials that are computed again at once, while other processes run further ones."""
_LONG = 120.0
"""Seconds from which on a run says beforehand how long it will take."""
_BYTES = (8, 19)
"""Bytes of a value in a file of trials: of a .parquet, and of a .csv file."""
_CONFIDENCE = 1.959963984540054
"""Standard errors on either side of a mean that hold 95%."""


class Run:
    """One run of a simulation.

    Parameters
    ----------
    runner
        What runs the trials.
    options
        How, with nothing left open.
    setup
        Seconds that it took to make the runner.
    """

    def __init__(self, runner: Runner, options: Options, setup: float) -> None:
        self.runner = runner
        self.options = options
        self.trials = runner.sampling.trials
        self._setup = setup
        targets = options.targets or {}
        self.targets = {name: targets.get(name, targets.get("")) for name in runner.outputs}
        self.accumulators = {name: Accumulator(target) for name, target in self.targets.items()}
        self.columns = [*runner.labels, *runner.outputs]
        kept = self.trials * len(self.columns) <= KEPT_VALUES if options.keep is None else options.keep
        self.sample = min(SAMPLE, max(_LEAST_SAMPLE, KEPT_VALUES // len(self.columns)))
        self.kept = np.empty((len(self.columns), self.trials if kept else min(self.trials, self.sample)))
        self.keeps_all = kept
        self.done = 0
        self._batches = batches(self.trials)
        # A run that stops at a precision may not come to trials far out.
        reached = self.trials if options.until is None else min(self.trials, BLOCK)
        self.spot = Spot(runner, min(options.check, reached), reached, BLOCK, options.processes)
        self._interrupt = Interrupt()
        self._fallback: set[Kept] = set()
        self._unsettled = 0
        self._ranked: RankedInputs | None = None

    def go(self) -> Simulation:
        """Run the trials and return what came out."""
        with self.spot:
            with open_trials(self.options.trials_out, self.columns) as file, self._interrupt:
                try:
                    self._run(file)
                except KeyboardInterrupt:
                    if not self.done:
                        raise
                    self._interrupt.asked = True
            interrupted = self._interrupt.asked and self.done < self.trials
            if not interrupted:
                self.spot.finish()
        return self._result(interrupted=interrupted)

    # -- trials ----------------------------------------------------------------------------------------------------

    def _run(self, file: TrialsFile) -> None:
        # The first block takes longer than others: the program learns from it what it has to reckon with.
        self._here(min(BLOCK, self.trials), file)
        began = time.perf_counter()
        self._here(min(FIRST, self.trials), file)
        if self._is_over():
            return
        seconds = (time.perf_counter() - began) / max(1, self.done - BLOCK)
        count = self._processes(seconds)
        self._warn(seconds, count)
        if count > 1:
            self._side_by_side(count, file)
        else:
            self.spot.finish()
            self._here(self.trials, file)

    def _warn(self, seconds: float, count: int) -> None:
        """Say how long a run takes that goes on for minutes, before it does."""
        left = self._wanted() - self.done
        takes = left * seconds / max(1, count)
        if self.options.notice is None or takes < _LONG:
            return
        shared = f" in {count} processes" if count > 1 else ""
        words = f"{self._wanted():,} trials take about {_duration(takes)}{shared}"
        if self.options.trials_out is not None:
            file = self.options.trials_out
            size = self.trials * len(self.columns) * _BYTES[file.suffix.lower() == ".csv"]
            words += f", and {file.name} about {size / 1e9:,.1f} GB"
        self.options.notice(f"{words}; Ctrl-C keeps what is done")

    def _is_over(self) -> bool:
        return self._interrupt.asked or self.done >= self.trials or self._is_precise()

    def _is_precise(self) -> bool:
        until = self.options.until
        if until is None or not self.done:
            return False
        return all(_is_known(a.summary.moments, until) for a in self.accumulators.values())

    def _wanted(self) -> int:
        """Return how many trials there will be, as far as can be told by now."""
        until = self.options.until
        if until is None or not self.done:
            return self.trials
        factors = [_factor(a.summary.moments, until) for a in self.accumulators.values()]
        return math.ceil(min(float(self.trials), self.done * max(1.0, *factors)))

    def _processes(self, seconds: float) -> int:
        """Return how many processes the rest of the trials are worth, which take so many seconds each."""
        left = self._wanted() - self.done
        count = self.options.processes or worthwhile(left * seconds, self._setup)
        return min(count, len(self._batches_left()))

    def _here(self, stop: int, file: TrialsFile) -> None:
        """Run trials in this process."""
        for begin, last in self._batches_left():
            for start, end in blocks(begin, min(last, stop)):
                if self._is_over():
                    return
                self._block(start, end, file)
            if self.done == last:
                for accumulator in self.accumulators.values():
                    accumulator.settle()
            if self.done >= stop:
                return

    def _batches_left(self) -> list[tuple[int, int]]:
        """Return the batches that have not been run, the first of them from where it was left."""
        return [(max(start, self.done), stop) for start, stop in self._batches if stop > self.done]

    def _block(self, start: int, stop: int, file: TrialsFile) -> None:
        """Run a block in this process."""
        held = start < self.kept.shape[1] or self.options.trials_out is not None
        block = self.runner.block(start, stop, note=held)
        self._unsettled += block.unsettled
        for name, accumulator in self.accumulators.items():
            accumulator.add(block.outputs[name], block.codes[name], self.runner.program.texts)
        if held:
            self._hold([*self.runner.inputs(block).values(), *block.outputs.values()], start, file)
        self.spot.take(block, start)
        self._tell(stop)

    def _side_by_side(self, count: int, file: TrialsFile) -> None:
        """Run the rest of the trials in several processes."""
        options = self.options
        job = Job(
            self.runner.model,
            self.runner.sampling,
            options.inputs or {},
            tuple(options.outputs),
            self.runner.compile_program,
            self.targets,
        )
        tasks = self._tasks(everything=options.trials_out is not None)
        with Workers(count, job, self.runner) as workers:
            for batch in workers.run(tasks, self._is_stopped, self.spot.finish):
                if self._is_precise():
                    return
                if options.until is not None and self._ends_within(batch):
                    self._here(self.trials, file)
                    return
                self._merge(batch, file)
            workers.dismiss()
            if not self._interrupt.asked:
                self.spot.finish()

    def _is_stopped(self) -> bool:
        return self._interrupt.asked

    def _tasks(self, *, everything: bool) -> Iterator[Task]:
        held = self.kept.shape[1]
        for start, stop in self._batches_left():
            rows = stop - start if everything else max(0, min(stop, held) - start)
            scales = {name: a.scale for name, a in self.accumulators.items()}
            yield Task(start, stop, scales, self.spot.picked(start, stop), rows)

    def _ends_within(self, batch: Batch) -> bool:
        """Whether the means are known before the last block of a batch, which must not count then."""
        until = self.options.until or 0.0
        before = {name: replace(a.summary.moments) for name, a in self.accumulators.items()}
        for summaries in batch.summaries[:-1]:
            for name, summary in summaries.items():
                before[name].add(summary.moments)
            if all(_is_known(m, until) for m in before.values()):
                return True
        return False

    def _merge(self, batch: Batch, file: TrialsFile) -> None:
        """Take in what another process has run."""
        for summaries, numbers in zip(batch.summaries, batch.numbers, strict=True):
            for name, accumulator in self.accumulators.items():
                accumulator.add_summary(summaries[name])
                if name in numbers:
                    accumulator.add_numbers(numbers[name])
        for name, accumulator in self.accumulators.items():
            accumulator.settle(batch.tallies.get(name))
        if batch.data is not None:
            self._hold(list(batch.data), batch.start, file)
        for block in batch.picked:
            self.spot.hold(block)
        # What has to be done anyway is done while the others run.
        self.spot.finish(_CHECKED)
        if self.done >= self.sample:
            self._ranked_inputs()
        self._fallback.update(batch.fallback)
        self._unsettled += batch.unsettled
        self._tell(batch.stop)

    def _hold(self, columns: Sequence[Values], start: int, file: TrialsFile) -> None:
        """Keep the trials that are kept, and write those that are written."""
        stop = min(start + len(columns[0]), self.kept.shape[1])
        if start < stop:
            for row, column in zip(self.kept, columns, strict=True):
                row[start:stop] = column[: stop - start]
        file.add(columns)

    def _tell(self, done: int) -> None:
        self.done = done
        if self.options.progress is not None:
            self.options.progress(done, self._wanted())

    # -- results ---------------------------------------------------------------------------------------------------

    def _result(self, *, interrupted: bool) -> Simulation:
        runner, options = self.runner, self.options
        data = self.kept[:, : self.done]
        inputs = len(runner.draws)
        statistics = {}
        for row, (name, accumulator) in zip(data[inputs:], self.accumulators.items(), strict=True):
            errors = {str(ERRORS[code - 1]): count for code, count in sorted(accumulator.summary.errors.items())}
            statistics[name] = Statistics.of(name, accumulator, errors, row if self.keeps_all else None)
        if not runner.chosen and any(map(_varies, statistics.values())):
            statistics = {n: s for n, s in statistics.items() if _varies(s) or s.errors}
        sample = data[:, : self.sample]
        telling = Influences(runner, self._ranked_inputs())
        rows = {name: sample[inputs + place] for place, name in enumerate(runner.outputs)}
        influences = {name: telling.of(name, rows[name]) for name in statistics}
        return Simulation(
            book=runner.model.book.label,
            trials=self.done,
            sampler=options.sampler,
            seed=runner.sampling.seed,
            statistics=statistics,
            influences=influences,
            columns=tuple(self.columns),
            inputs=runner.labels,
            data=data,
            keeps_all=self.keeps_all,
            notes=tuple(self._notes(statistics, telling.idle(), influences, interrupted=interrupted)),
            checked=self.spot.checked,
            indices=self._indices(tuple(statistics)) if options.indices and not interrupted else None,
            interrupted=interrupted,
            call=options.call,
            model=runner.model,
            cells=dict(runner.outputs),
        )

    def _ranked_inputs(self) -> RankedInputs:
        """Rank the inputs of the trials that are always kept, once these are there."""
        if self._ranked is None:
            self._ranked = RankedInputs(self.kept[: len(self.runner.draws), : min(self.done, self.sample)])
        return self._ranked

    def _indices(self, names: Sequence[str]) -> Indices:
        return sobol_indices(self.runner, self.options.indices, names)

    def _notes(
        self,
        statistics: Mapping[str, Statistics],
        idle: Sequence[str],
        influences: Mapping[str, Sequence[Influence]],
        *,
        interrupted: bool,
    ) -> list[str]:
        book, program = self.runner.model.book, self.runner.program
        notes = []
        if interrupted:
            notes.append(f"stopped after {self.done:,} of {self.trials:,} trials; what follows is of those")
        elif self.options.until is not None and not self._is_precise():
            notes.append(f"the means are not within {self.options.until:.3g} after {self.done:,} trials")
        correlation = self.runner.sampling.correlation
        if correlation is not None and correlation.note is not None:
            notes.append(correlation.note)
        notes += map(replaced, self.runner.replaced.values())
        notes += self.runner.model.vocabulary.misread
        notes += without_effect(idle)
        notes += left_to_engine(self._fallback | set(program.fallback))
        notes += unsettled(self._unsettled, self.done, book.settings)
        for s in statistics.values():
            notes += [*failed(s.name, s.errors, self.done), *spoken(s.name, s.texts, self.done)]
        if not self.options.indices:
            varying = [s.name for s in statistics.values() if s.trials and not is_noise(s.lowest, s.highest)]
            notes += hardly_explained({name: explained(influences[name]) for name in varying})
        if not math.log2(self.done or 1).is_integer() and self.options.sampler == "sobol":
            notes.append("a Sobol sequence is most even at powers of 2, such as 65,536 or 131,072 trials")
        return notes


def _varies(statistics: Statistics) -> bool:
    """Whether an output is one number or text in some trials, and another one in others."""
    return statistics.lowest < statistics.highest or len(statistics.texts) + bool(statistics.trials) > 1


def _duration(seconds: float) -> str:
    """Return a time in words, to the minute, the hour or the day."""
    for unit, length in (("day", 86_400), ("hour", 3_600)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}s"
    return f"{max(1, round(seconds / 60))} minute{'s' if round(seconds / 60) > 1 else ''}"


def _is_known(moments: Moments, until: float) -> bool:
    """Whether the mean of an output is known to a share of it; also where there is none, or nothing varies."""
    nothing = moments.count == 0 or (moments.count > 1 and moments.second == 0.0)
    return nothing or _CONFIDENCE * moments.error <= until * abs(moments.mean)


def _factor(moments: Moments, until: float) -> float:
    """Return how many times as many trials it takes until then."""
    if _is_known(moments, until):
        return 1.0
    if not moments.mean or not math.isfinite(moments.error):
        return math.inf
    return (_CONFIDENCE * moments.error / (until * moments.mean)) ** 2
