"""Batches of trials: what one process runs at a time, and what it tells of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.statistics.outputs import Summary
from dealmodel.simulation.statistics.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from dealmodel.simulation.running.runner import Block, Runner
    from dealmodel.simulation.statistics.tally import Scale
    from dealmodel.workbook.computing.computedcells import Kept

    Values = NDArray[np.float64]

BLOCK = 16_384
"""Trials that run at once."""
FIRST = 2 * BLOCK
"""Trials of the first batch: one block to learn from, and one to tell how long the others take; the least of any."""
BATCH = 16 * BLOCK
"""Trials whose statistics are added up by themselves at the most, in whatever process."""
_SHARE = 6
"""What part of the blocks that are left is a batch: towards the end they get short, and all processes end together."""


@dataclass(frozen=True, slots=True)
class Task:
    """A batch to be run.

    Attributes
    ----------
    start, stop
        Its trials.
    scales
        On which scale the numbers of each output are counted; None where no trial before has given one.
    picked
        Trials of it to hand back whole, for the check.
    rows
        How many trials of inputs and outputs to hand back, from the first.
    """

    start: int
    stop: int
    scales: Mapping[str, Scale | None]
    picked: NDArray[np.int64]
    rows: int


@dataclass(slots=True)
class Batch:
    """What came out of a batch.

    Attributes
    ----------
    start, stop
        Its trials.
    summaries
        For each block, those of the outputs.
    tallies
        The counts of the outputs that have a scale.
    numbers
        For each block, the numbers of the outputs that have none.
    data
        The trials that were wanted: one row for each input and output.
    picked
        The trials for the check.
    fallback
        The cells that the engine had to evaluate.
    unsettled
        In how many trials circular references had not settled.
    """

    start: int
    stop: int
    summaries: list[dict[str, Summary]] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    numbers: list[dict[str, Values]] = field(default_factory=list)
    data: Values | None = None
    picked: list[Block] = field(default_factory=list)
    fallback: tuple[Kept, ...] = ()
    unsettled: int = 0


def batches(trials: int) -> list[tuple[int, int]]:
    """Return where the batches of a run begin and end: the same however many processes there are.

    Examples
    --------
    >>> [(stop - start) // BLOCK for start, stop in batches(30 * BLOCK)]
    [2, 5, 4, 4, 3, 2, 2, 2, 2, 2, 2]
    """
    found = [(0, min(FIRST, trials))]
    while (start := found[-1][1]) < trials:
        share = -(-(trials - start) // (_SHARE * BLOCK)) * BLOCK
        found.append((start, min(start + max(FIRST, min(share, BATCH)), trials)))
    return found


def blocks(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Return where the blocks of some trials begin and end."""
    return ((first, min(first + BLOCK, stop)) for first in range(start, stop, BLOCK))


def run_task(runner: Runner, task: Task, targets: Mapping[str, float | None]) -> Batch:
    """Run a batch.

    Parameters
    ----------
    runner
        What runs the trials.
    task
        Which.
    targets
        The target of every output.
    """
    batch = Batch(task.start, task.stop)
    for start, stop in blocks(task.start, task.stop):
        held = start - task.start
        block = runner.block(start, stop, note=held < task.rows)
        batch.unsettled += block.unsettled
        summaries, unscaled = {}, {}
        for name, values in block.outputs.items():
            summaries[name], numbers = Summary.of(values, block.codes[name], targets[name], runner.program.texts)
            scale = task.scales[name]
            if scale is None:
                unscaled[name] = numbers
            else:
                batch.tallies.setdefault(name, Tally(scale)).add(numbers)
        batch.summaries.append(summaries)
        batch.numbers.append(unscaled)
        if held < task.rows:
            columns = (*runner.inputs(block).values(), *block.outputs.values())
            if batch.data is None:
                batch.data = np.empty((len(columns), task.rows))
            for row, column in zip(batch.data, columns, strict=True):
                row[held : held + block.count] = column[: task.rows - held]
        here = task.picked[(task.picked >= start) & (task.picked < stop)] - start
        if here.size:
            batch.picked.append(block.rows(here))
    for tally in batch.tallies.values():
        tally.count()
    batch.fallback = tuple(runner.program.fallback)
    return batch
