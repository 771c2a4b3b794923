"""A random sample of the trials of a run, computed again by the engine: what the program gave must be the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import ERRORS
from dealmodel.errors import WorkbookError
from dealmodel.hosts.engine import SETTLED
from dealmodel.hosts.engine_values import CIRCULAR
from dealmodel.simulation.runner import Block
from dealmodel.simulation.sampling import key_of
from dealmodel.workbook.accuracy import LEFT_BY_ITERATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.simulation.runner import Runner


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
    """

    def __init__(self, runner: Runner, count: int, trials: int, block: int) -> None:
        self._runner = runner
        generator = np.random.Generator(np.random.Philox(key=key_of(runner.sampling.seed, "|check")))
        first = min(block, trials)
        early = min(first, count if trials <= first else (count + 1) // 2)
        picked = generator.choice(first, size=early, replace=False)
        late = generator.integers(first, trials, size=count - early) if count > early else np.empty(0, dtype=np.int64)
        self._picked = np.unique(np.concatenate([picked, late]))
        self._pending: list[Block] = []
        self.checked = 0

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
            self.checked += self._runner.program.check(block.uniforms, count=block.count)

    def _compare(self, block: Block) -> None:
        """See that the trials come out as they did among all others, to the last bit.

        Where circular references settle, the last bits hang on where iterating began, which is the trial before.
        """
        again = self._runner.at(block.uniforms)
        iterated = any(kept.reason == CIRCULAR for kept in self._runner.program.fallback)
        near = (LEFT_BY_ITERATION, 2 * SETTLED) if iterated else (0.0, 0.0)
        for name, values in block.outputs.items():
            same = np.isclose(values, again.outputs[name], *near, equal_nan=True)
            for trial in np.flatnonzero(~same | (block.codes[name] != again.codes[name])):
                shown = [_shown(run.outputs[name][trial], int(run.codes[name][trial])) for run in (block, again)]
                columns = self._runner.inputs(block.uniforms)
                inputs = ", ".join(f"{n} = {column[trial]:.17g}" for n, column in columns.items())
                raise WorkbookError(f"{name} comes out as {shown[0]}, and alone as {shown[1]}, with {inputs}")


def _shown(value: float, code: int) -> str:
    return str(ERRORS[code - 1]) if code else f"{value:.17g}"
