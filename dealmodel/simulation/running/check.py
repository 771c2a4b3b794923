"""A random sample of the trials of a run, computed again by the engine: what the program gave must be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from dealmodel.cells import ERRORS
from dealmodel.errors import WorkbookError
from dealmodel.simulation.running.answers import Answers, worthwhile
from dealmodel.simulation.running.runner import Block
from dealmodel.simulation.sampling.streams import key_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.simulation.running.runner import Runner


class Spot:
    """Picks trials out of a run and has them computed again.

    Parameters
    ----------
    runner
        What runs the trials.
    count
        How many trials to compute again; half of them within the first block, so that a wrong program does not run on.
    trials
        How many trials there are.
    block
        How many there are in a block.
    processes
        How many processes run trials; 0 for as many as the run is worth.

    As a context manager it has the engine compute them meanwhile, where that is worth it.
    """

    def __init__(self, runner: Runner, count: int, trials: int, block: int, processes: int) -> None:
        self._runner = runner
        self._processes = processes
        generator = np.random.Generator(np.random.Philox(key=key_of(runner.sampling.seed, "|check")))
        first = min(block, trials)
        early = min(first, count if trials <= first else (count + 1) // 2)
        picked = generator.choice(first, size=early, replace=False)
        late = generator.integers(first, trials, size=count - early) if count > early else np.empty(0, dtype=np.int64)
        self._picked = np.unique(np.concatenate([picked, late]))
        self._first = first
        self._pending: list[Block] = []
        self._compared = 0
        self.checked = 0
        self._answers = Answers(())

    def __enter__(self) -> Self:
        """Begin to compute in another process."""
        if worthwhile(self._runner.program.effort * self._picked.size, self._processes):
            uniforms = self._runner.uniforms(0, self._first)
            here = self._picked[self._picked < self._first]
            # The uncertain numbers of these are computed here: the tables that it takes are made once, for both.
            early = self._runner.program.foresee({draw: values[here] for draw, values in uniforms.items()})
            self._answers = Answers([early, self._answer_late]).__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._answers.__exit__()

    def _answer_late(self) -> list[list[Scalar]] | None:
        late = self._picked[self._picked >= self._first]
        if not late.size or not self._runner.draws_one_by_one:
            return None
        found = [self._runner.uniforms(trial, trial + 1) for trial in late.tolist()]
        return self._runner.program.foresee({d: np.concatenate([u[d] for u in found]) for d in found[0]})()

    def picked(self, start: int, stop: int) -> NDArray[np.int64]:
        """Return which trials from `start` up to `stop` were picked."""
        return self._picked[(self._picked >= start) & (self._picked < stop)]

    def take(self, block: Block, start: int) -> None:
        """Keep what was picked of a block until `finish`."""
        here = self.picked(start, start + block.count) - start
        if len(here):
            self.hold(block.rows(here))

    def hold(self, block: Block) -> None:
        """Keep trials that were picked until `finish`."""
        self._pending.append(block)

    def finish(self, least: int = 1) -> None:
        """Compute again what is left, unless it is less than so many trials.

        Raises
        ------
        DealModelError
            If the engine gives another value, or the program does when it is run on these trials alone; the message
            has the cell, both values and the inputs.
        """
        if sum(block.count for block in self._pending) >= least:
            block = Block.joined(self._pending)
            self._pending = []
            self._compare(block)
            # Trials are taken in their order, all that were picked.
            start, self._compared = self._compared, self._compared + block.count
            answers = self._answers.rows(start, self._compared)
            self.checked += self._runner.program.check(block.uniforms, count=block.count, answers=answers)

    def _compare(self, block: Block) -> None:
        """See that the trials come out as they did among all others, to the last bit."""
        again = self._runner.at(block.uniforms)
        for name, values in block.outputs.items():
            same = (values == again.outputs[name]) | (np.isnan(values) & np.isnan(again.outputs[name]))
            for trial in np.flatnonzero(~same | (block.codes[name] != again.codes[name])):
                shown = [_shown(run.outputs[name][trial], int(run.codes[name][trial])) for run in (block, again)]
                columns = self._runner.inputs(block)
                inputs = ", ".join(f"{n} = {column[trial]:.17g}" for n, column in columns.items())
                raise WorkbookError(f"{name} comes out as {shown[0]}, and alone as {shown[1]}, with {inputs}")


def _shown(value: float, code: int) -> str:
    return str(ERRORS[code - 1]) if code else f"{value:.17g}"
