"""Circular references as one node of the graph: their cells computed again and again until they settle.

Where a workbook iterates, cells that refer to each other in a circle are a node that is computed from the cells outside
of it; each of them is an element of that node. So the graph itself has no circle.

A trial begins with what the cells hold in the workbook as it stands, whichever trials come before it or beside it, and
goes on as the engine does: the cells of the circle are computed one after the other, sheet by sheet, row by row, from
left to right, each from what the others hold by then. It ends after a pass, from the second on, in which no cell
changes by `Terms.change` or more, or after `Terms.passes`. Where functions such as IF leave no circle in a trial, its
cells follow from each other and are what they would be anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dealmodel.hosts.engine import SETTLED
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.live import LAZY, go_in_circles, read_by
from dealmodel.simulation.compiler.circles import in_order
from dealmodel.simulation.compiler.graph import CELL, DRAW, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.evaluator import Careful
    from dealmodel.simulation.compiler.graph import Node
    from dealmodel.workbook.book import Settings

    Mask = NDArray[np.bool_]


class Terms(NamedTuple):
    """How a workbook iterates.

    Attributes
    ----------
    passes
        How often the cells of a circle are computed at most.
    change
        The cells have settled when none changes by as much in a pass.
    near
        By the workbook's own measure they have settled when none changes by as much.
    """

    passes: int
    change: float
    near: float

    @classmethod
    def of(cls, settings: Settings) -> Terms | None:
        """Return how a workbook iterates, as the engine does it; None where it does not."""
        if not settings.iterate:
            return None
        return cls(settings.iterations, min(settings.change, SETTLED), settings.change)


class Loop:
    """Cells that refer to each other in a circle.

    Parameters
    ----------
    cells
        Their nodes, in the order in which they are computed.
    roots
        What each is computed from.
    starts
        What each holds before the first pass, in every trial.
    terms
        How the workbook iterates.

    Attributes
    ----------
    leaves
        The cells and draws outside that they are computed from.
    once
        The operations that do not hang on cells of the circle, and are done once.
    steps
        For each cell the operations of its formula that do.
    always_circles
        Whether they go in a circle whatever functions such as IF choose.
    """

    def __init__(self, cells: Sequence[Node], roots: Sequence[Node], starts: Sequence[Scalar], terms: Terms) -> None:
        self.cells = tuple(cells)
        self.roots = tuple(roots)
        self.starts = tuple(starts)
        self.terms = terms
        moving = {id(c) for c in self.cells}
        leaves: dict[Node, None] = {}
        once: dict[Node, None] = {}
        steps: list[tuple[Node, ...]] = []
        for root in self.roots:
            own: list[Node] = []
            for node in walk([root]):
                if id(node) in moving and node.op == CELL:
                    continue
                if node.op in (CELL, DRAW):
                    leaves[node] = None
                elif any(id(a) in moving for a in node.args):
                    moving.add(id(node))
                    own.append(node)
                else:
                    once[node] = None
            steps.append(tuple(own))
        self.leaves = tuple(leaves)
        self.once = tuple(once)
        self.steps = tuple(steps)
        surely = {id(c): self._read(r) for c, r in zip(self.cells, self.roots, strict=True)}
        self.always_circles = in_order(surely) is None

    def _read(self, root: Node) -> set[int]:
        """Return the cells of the circle that a formula reads whatever its functions choose, by their nodes' ids."""
        inside = {id(c) for c in self.cells}
        stack, seen = [root], set[int]()
        while stack:
            node = stack.pop()
            if id(node) not in seen:
                seen.add(id(node))
                stack += node.args[: LAZY.get(node.op, len(node.args))]
        return seen & inside


class State:
    """What the cells of a circle hold in some trials.

    Parameters
    ----------
    careful
        Evaluates formulas.
    loop
        The circle.
    outside
        What the cells and draws outside hold, one value for each trial, in the order of the circle's `leaves`.
    cells
        What the cells of the circle hold.
    """

    def __init__(self, careful: Careful, loop: Loop, outside: Sequence[Boxed], cells: Sequence[Boxed]) -> None:
        self.loop = loop
        self.cells = list(cells)
        self.texts = careful.texts
        self._careful = careful
        self._outside = list(outside)
        self._known: dict[int, Any] = {id(n): v for n, v in zip(loop.leaves, outside, strict=True)}
        self._evaluate(loop.once, self._known)

    @classmethod
    def at_start(cls, careful: Careful, loop: Loop, outside: Sequence[Boxed]) -> State:
        """Return what the cells hold before the first pass."""
        count = len(outside[0])
        return cls(careful, loop, outside, [np.full(count, boxes.box(s, careful.texts)) for s in loop.starts])

    def _evaluate(self, nodes: Sequence[Node], known: dict[int, Any]) -> None:
        for node in nodes:
            known[id(node)] = self._careful.value(node, [known[id(a)] for a in node.args])

    def some(self, places: NDArray[Any]) -> State:
        """Return some of the trials."""
        outside, cells = ([v[places] for v in values] for values in (self._outside, self.cells))
        return State(self._careful, self.loop, outside, cells)

    def go(self, reads: list[dict[int, Mask]] | None = None) -> list[Boxed]:
        """Compute every cell once, each from what the others hold by then; return what they held before.

        Parameters
        ----------
        reads
            Takes, for every cell, the trials in which its formula reads each of the others, by their nodes' ids.
        """
        before = list(self.cells)
        known = self._known | {id(n): v for n, v in zip(self.loop.cells, self.cells, strict=True)}
        for i, (cell, root, step) in enumerate(zip(self.loop.cells, self.loop.roots, self.loop.steps, strict=True)):
            # Parts that formulas have in common are computed for each: cells may have changed in between.
            here = dict(known)
            self._evaluate(step, here)
            if reads is not None:
                reads.append(read_by(root, self, here))
            value = here[id(root)]
            if np.isnan(value).any():
                value = np.where(boxes.is_blank(value), 0.0, value)
            # A copy, in which every bit of what a box holds stays.
            self.cells[i] = known[id(cell)] = np.array(np.broadcast_to(value, before[i].shape))
        return before

    def moved(self, before: Sequence[Boxed], change: float) -> Mask:
        """Return the trials in which a cell has changed by so much, or is something else than it was."""
        found = np.zeros(self.cells[0].shape, dtype=np.bool_)
        for old, new in zip(before, self.cells, strict=True):
            same = is_near(old, new, change)
            if np.isnan(new).any():
                same |= np.isnan(new) & np.isnan(old) & (boxes.payloads(new) == boxes.payloads(old))
            found |= ~same
        return found


def is_near(old: Boxed, new: Boxed, change: float) -> Mask:
    """Return where numbers have changed by less than so much; where that is nothing, where they are the same."""
    return np.asarray(np.abs(new - old) < change) if change else np.asarray(new == old)


def settled(careful: Careful, loop: Loop, args: Sequence[Boxed]) -> list[list[Boxed]]:
    """Return what the cells of a circle come to.

    Parameters
    ----------
    careful
        Evaluates formulas.
    loop
        The circle.
    args
        What the cells and draws outside hold, in the order of its `leaves`.

    Returns
    -------
    One row for each cell, and one that is TRUE where a trial has not settled by the workbook's own measure.
    """
    shape = np.broadcast_shapes(*(a.shape for a in args))
    outside = [np.broadcast_to(a, shape).reshape(-1) for a in args]
    count = len(outside[0])
    state = State.at_start(careful, loop, outside)
    result = np.empty((len(loop.cells) + 1, count))
    result[-1] = boxes.FALSE
    _iterate(state, result, np.arange(count), 0)
    straighten(careful, loop, outside, result)
    return [[row.reshape(shape)] for row in result]


def _iterate(state: State, result: NDArray[np.float64], places: NDArray[np.intp], first: int) -> None:
    """Go on with trials until they have settled, and put what they come to in their places."""
    terms = state.loop.terms
    for turn in range(first, terms.passes):
        before = state.go()
        is_last = turn == terms.passes - 1
        moved = state.moved(before, terms.change) if turn else np.ones(len(places), dtype=np.bool_)
        if is_last and turn:
            result[-1, places[moved & state.moved(before, terms.near)]] = boxes.TRUE
        done = ~moved | is_last
        if done.any():
            result[:-1, places[done]] = np.stack(state.cells)[:, done]
            places = places[~done]
            if not len(places):
                return
            state = state.some(np.flatnonzero(~done))


def straighten(careful: Careful, loop: Loop, outside: Sequence[Boxed], result: NDArray[np.float64]) -> None:
    """Correct the trials in which the cells go in no circle: they follow from each other, in whatever order.

    Parameters
    ----------
    careful, loop, outside
        As `settled` has them.
    result
        What it returns, which is corrected.
    """
    if loop.always_circles:
        return
    with np.errstate(all="ignore"):
        state = State.at_start(careful, loop, [np.broadcast_to(a, result.shape[1]) for a in outside])
        reads: list[dict[int, Mask]] = []
        state.go(reads)
        places = np.flatnonzero(~go_in_circles(loop, reads))
        if not len(places):
            return
        state = state.some(places)
        result[-1, places] = boxes.FALSE
        for turn in range(2, len(loop.cells) + 3):
            reads = []
            before = state.go(reads)
            result[:-1, places] = np.stack(state.cells)
            # What they then choose to read may lead in a circle, after all.
            circular = go_in_circles(loop, reads)
            if circular.any():
                _iterate(state.some(np.flatnonzero(circular)), result, places[circular], turn)
            left = ~circular & state.moved(before, 0.0)
            if not left.any():
                return
            places = places[left]
            state = state.some(np.flatnonzero(left))


def is_unsettled(table: Sequence[Sequence[Boxed]], place: int) -> bool:
    """Whether one of the trials has not settled, of which `settled` gave the table."""
    flags = np.ravel(boxes.payloads(table[-1][0]) == boxes.payloads(np.array(boxes.TRUE)))
    return bool(flags[place if flags.size > 1 else 0])
