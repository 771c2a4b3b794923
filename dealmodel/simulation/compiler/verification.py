"""Trials of the compiled program beside the same trials in the engine."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dealmodel.cells import CellError
from dealmodel.errors import DealModelError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.loops import is_unsettled
from dealmodel.simulation.compiler.graph import CELL, CONST, DRAW, ELEMENT, LOOP, Node, leaves_of, walk
from dealmodel.simulation.compiler.variants import is_twin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.simulation.compiler.binding.binder import Binder
    from dealmodel.simulation.compiler.boxes import Texts
    from dealmodel.simulation.compiler.careful.evaluator import Careful
    from dealmodel.simulation.compiler.runs import Runs
    from dealmodel.simulation.compiler.trials import Trials
    from dealmodel.simulation.sampling.draws import Draw
    from dealmodel.workbook.address import CellAt

    Arrays = Mapping[Any, NDArray[np.float64]]

VERIFIED = 64
"""How many trials are evaluated again in the engine."""
AGREEMENT = 1e-9
"""Relative difference up to which program and engine agree: they may add up in another order."""
CANCELLED = 1e-12
"""Difference up to which they agree, relative to the numbers that a cell is computed from."""
_PASSES = 2
"""Passes by which one may settle sooner than the other."""


class DisagreementError(DealModelError, ArithmeticError):
    """A trial in which the compiled program and the engine give different values."""


class _Trial(NamedTuple):
    """One of the trials that are looked into, with its inputs."""

    place: int
    inputs: Mapping[Draw | CellAt, float]


class Verification:
    """Compares trials.

    Parameters
    ----------
    binder
        Has the formulas, bound.
    careful
        Evaluates formulas.
    nodes
        The outputs.
    trials
        Gives some of the trials, by their places: the uncertain numbers, the cells from outside, and the numbers
        between 0 and 1.
    runs
        Evaluates cells.
    engine
        Returns what evaluates trials.
    values
        The varied cells.
    """

    def __init__(
        self,
        binder: Binder,
        careful: Careful,
        nodes: Mapping[CellAt, Node],
        trials: Callable[[list[int]], tuple[Arrays, Arrays, Arrays]],
        runs: Runs,
        engine: Callable[[], Trials],
        values: Arrays,
    ) -> None:
        self._binder = binder
        self._careful = careful
        self._nodes = nodes
        self._trials = trials
        self._runs = runs
        self._engine = engine
        self._values = values

    def compare(self, ours: Sequence[Sequence[Scalar]], theirs: Sequence[Sequence[Scalar]]) -> None:
        """Compare the outputs.

        Parameters
        ----------
        ours
            The program's values, a row for each trial.
        theirs
            The engine's values.

        Raises
        ------
        DisagreementError
            If one comes out otherwise by more than what the rounding of many cells has added up to; the message is
            about the first cell that comes out otherwise from the same values.
        """
        places = [
            i
            for i, (row, other) in enumerate(zip(ours, theirs, strict=True))
            if not all(_agree(mine, there) for mine, there in zip(row, other, strict=True))
        ]
        if places:
            self._explain(places, [ours[i] for i in places], [theirs[i] for i in places])

    def _explain(self, places: list[int], ours: Sequence[Sequence[Scalar]], theirs: Sequence[Sequence[Scalar]]) -> None:
        binder, texts = self._binder, self._binder.texts
        variates, leaves, uniforms = self._trials(places)
        values = {at: v[places] for at, v in self._values.items()}
        nodes = list(self._nodes.values())
        computed = [n.value for n in self._runs.everything(nodes) if n.op == CELL and n.value in binder.roots]
        # The engine has no place for what data tables see otherwise.
        cells = [c for c in computed if not is_twin(c)]
        table = list(self._engine().run(variates, values, cells))
        known: dict[int, Any] = dict(leaves)
        own = self._runs.evaluated(nodes, uniforms, leaves)
        graph = binder.graph
        known |= {id(graph.cell(c)): own[id(graph.cell(c))] for c in computed if is_twin(c)}
        known |= {id(graph.node(DRAW, (), i)): variates[d] for i, d in enumerate(binder.draws) if d in variates}
        columns = list(zip(*table, strict=True))
        known |= {
            id(graph.cell(cell)): np.array([boxes.box(value, texts)[()] for value in column])
            for cell, column in zip(cells, columns, strict=True)
        }
        given = {**variates, **values}
        named = [_Trial(i, {key: float(v[i]) for key, v in given.items()}) for i in range(len(places))]
        # What is between the cells follows from the engine's values alone, and is the same whoever asks for it.
        here = dict(known)
        for cell, column in zip(cells, columns, strict=True):
            # Every cell by itself, from the engine's values: what rounding has added up to is no disagreement.
            root = binder.roots[cell]
            if root.op not in (CELL, DRAW):
                here.pop(id(root), None)
            self._careful.run([root], here)
            found = np.where(boxes.is_blank(here[id(root)]), 0.0, here[id(root)])
            loop = root.args[0] if root.op == ELEMENT and root.args[0].op == LOOP else None
            for trial, there in zip(named, column, strict=True):
                value = _of(found, trial.place, texts)
                # What rounding makes of a circle that has not settled in as many passes is anybody's guess.
                if _agree(value, there) or (loop is not None and is_unsettled(here[id(loop)], trial.place)):
                    continue
                near = _scale(root, known, trial.place)
                if loop is not None:
                    near = max(near, _PASSES * loop.value.terms.change / CANCELLED)
                if not _agree(value, there, near):
                    self._disagree(cell, value, there, trial)
        for trial, row, other in zip(named, ours, theirs, strict=True):
            for at, mine, there in zip(self._nodes, row, other, strict=True):
                if not _agree(mine, there):
                    self._settle(at, mine, there, trial, known, own)

    def _settle(self, at: CellAt, mine: Scalar, theirs: Scalar, trial: _Trial, known: Arrays, own: Arrays) -> None:
        """See that an output comes out otherwise by no more than the rounding of the cells before it."""
        texts, node = self._binder.texts, self._nodes[at]
        # An output that the program takes for a constant, or for another cell, has not been among them.
        taken = _of(known[id(node)], trial.place, texts) if id(node) in known else mine
        if (node.op != CELL or node.value != at) and not _agree(taken, theirs):
            self._disagree(at, taken, theirs, trial)
        careful = _of(own[id(node)], trial.place, texts) if id(node) in own else mine
        whole = self._binder.roots.get(at)
        if not _agree(mine, careful, 0.0 if whole is None else _scale(whole, known, trial.place)):
            self._disagree(at, mine, theirs, trial)

    @staticmethod
    def _disagree(at: CellAt, mine: Scalar, theirs: Scalar, trial: _Trial) -> None:
        inputs = [f"{getattr(i, 'name', i)} = {number:.17g}" for i, number in trial.inputs.items()]
        raise DisagreementError(
            f"{at} comes out as {mine} in the compiled program and as {theirs} in the engine, with {', '.join(inputs)}"
        )


def _of(array: NDArray[np.float64], place: int, texts: Texts) -> Scalar:
    """Return a value in one of the trials; what does not vary is the same in all."""
    values = np.ravel(array)
    return boxes.unbox(values[place if values.size > 1 else 0], texts)


def _scale(root: Node, known: Mapping[int, Any], place: int) -> float:
    """Return the largest number among those that a cell is computed from in one of the trials."""
    numbers = [abs(n.value) for n in walk([root]) if n.op == CONST and isinstance(n.value, float)]
    for node in leaves_of(root):
        array = np.ravel(np.abs(np.asarray(known.get(id(node), 0.0))))
        number = float(array[place if array.size > 1 else 0])
        numbers.append(number if math.isfinite(number) else 0.0)
    return max(numbers, default=0.0)


def _agree(mine: Scalar, theirs: Scalar, scale: float = 0.0) -> bool:
    if isinstance(theirs, CellError) or isinstance(mine, CellError):
        return mine is theirs
    if mine is None or theirs is None or isinstance(mine, str) or isinstance(theirs, str):
        return mine == theirs
    first, second = float(mine), float(theirs)
    return abs(first - second) <= max(AGREEMENT * max(abs(first), abs(second)), CANCELLED * scale)
