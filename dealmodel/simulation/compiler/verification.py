"""One trial of the compiled program beside the same trial in the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import CellError
from dealmodel.errors import DealModelError
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.loops import is_unsettled
from dealmodel.simulation.compiler.graph import CELL, CONST, DRAW, ELEMENT, LOOP, Node, leaves_of, walk
from dealmodel.simulation.compiler.variants import is_twin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.simulation.compiler.binding.binder import Binder
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


class Verification:
    """Compares one trial.

    Parameters
    ----------
    binder
        Has the formulas, bound.
    careful
        Evaluates formulas.
    nodes
        The outputs.
    trial
        Gives the trial: the uncertain numbers, the cells from outside, and the numbers between 0 and 1.
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
        trial: Callable[[], tuple[Arrays, Arrays, Arrays]],
        runs: Runs,
        engine: Callable[[], Trials],
        values: Arrays,
    ) -> None:
        self._binder = binder
        self._careful = careful
        self._nodes = nodes
        self._trial = trial
        self._runs = runs
        self._engine = engine
        self._values = values

    def compare(self, ours: Mapping[CellAt, Scalar], theirs: Mapping[CellAt, Scalar]) -> None:
        """Compare the outputs.

        Parameters
        ----------
        ours
            The program's values.
        theirs
            The engine's values.

        Raises
        ------
        DisagreementError
            If one comes out otherwise by more than what the rounding of many cells has added up to; the message is
            about the first cell that comes out otherwise from the same values.
        """
        for at, mine in ours.items():
            if not _agree(mine, theirs[at]):
                self._explain(at, mine, theirs[at])

    def _explain(self, at: CellAt, mine: Scalar, theirs: Scalar) -> None:
        binder, texts = self._binder, self._binder.texts
        variates, leaves, uniforms = self._trial()
        nodes = list(self._nodes.values())
        computed = [n.value for n in self._runs.everything(nodes) if n.op == CELL and n.value in binder.roots]
        # The engine has no place for what data tables see otherwise.
        cells = [c for c in computed if not is_twin(c)]
        row = next(self._engine().run(variates, self._values, cells))
        known: dict[int, Any] = dict(leaves)
        own = self._runs.evaluated(nodes, uniforms, leaves)
        graph = binder.graph
        known |= {id(graph.cell(c)): own[id(graph.cell(c))] for c in computed if is_twin(c)}
        known |= {id(graph.node(DRAW, (), i)): variates[d] for i, d in enumerate(binder.draws) if d in variates}
        known |= {id(graph.cell(c)): boxes.box(v, texts)[None] for c, v in zip(cells, row, strict=True)}
        for cell, there in zip(cells, row, strict=True):
            # Every cell by itself, from the engine's values: what rounding has added up to is no disagreement.
            here = dict(known)
            root = binder.roots[cell]
            if root.op not in (CELL, DRAW):
                here.pop(id(root), None)
            self._careful.run([root], here)
            value = boxes.unbox(np.where(boxes.is_blank(here[id(root)]), 0.0, here[id(root)]).flat[0], texts)
            near = _scale(root, known)
            if root.op == ELEMENT and root.args[0].op == LOOP:
                loop = root.args[0]
                known[id(loop)] = here[id(loop)]
                if is_unsettled(here[id(loop)]):
                    # What rounding makes of it in as many passes is anybody's guess.
                    continue
                near = max(near, _PASSES * loop.value.terms.change / CANCELLED)
            if not _agree(value, there, near):
                self._disagree(cell, value, there, variates)
        # An output that the program takes for a constant, or for another cell, has not been among them.
        node = self._nodes[at]
        taken = boxes.unbox(np.ravel(known[id(node)])[0], texts) if id(node) in known else mine
        if (node.op != CELL or node.value != at) and not _agree(taken, theirs):
            self._disagree(at, taken, theirs, variates)
        careful = boxes.unbox(own[id(node)].flat[0], texts) if id(node) in own else mine
        whole = binder.roots.get(at)
        if not _agree(mine, careful, 0.0 if whole is None else _scale(whole, known)):
            self._disagree(at, mine, theirs, variates)

    def _disagree(self, at: CellAt, mine: Scalar, theirs: Scalar, variates: Mapping[Draw, Any]) -> None:
        inputs = [f"{d.name} = {v[0]:.17g}" for d, v in variates.items()]
        inputs += [f"{a} = {v[0]:.17g}" for a, v in self._values.items()]
        raise DisagreementError(
            f"{at} comes out as {mine} in the compiled program and as {theirs} in the engine, with {', '.join(inputs)}"
        )


def _scale(root: Node, known: Mapping[int, Any]) -> float:
    """Return the largest number among those that a cell is computed from."""
    numbers = [abs(n.value) for n in walk([root]) if n.op == CONST and isinstance(n.value, float)]
    for node in leaves_of(root):
        array = np.abs(np.asarray(known.get(id(node), 0.0)))
        numbers.append(float(np.max(np.where(np.isfinite(array), array, 0.0))))
    return max(numbers, default=0.0)


def _agree(mine: Scalar, theirs: Scalar, scale: float = 0.0) -> bool:
    if isinstance(theirs, CellError) or isinstance(mine, CellError):
        return mine is theirs
    if mine is None or theirs is None or isinstance(mine, str) or isinstance(theirs, str):
        return mine == theirs
    first, second = float(mine), float(theirs)
    return abs(first - second) <= max(AGREEMENT * max(abs(first), abs(second)), CANCELLED * scale)
