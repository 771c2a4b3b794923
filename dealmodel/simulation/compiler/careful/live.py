"""Which cells of a circle are read in a trial: IF, CHOOSE and their kin leave alone what they do not choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.graph import walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.loops import Loop, State
    from dealmodel.simulation.compiler.graph import Node

    Mask = NDArray[np.bool_]

LAZY = {"IF": 1, "CHOOSE": 1, "IFERROR": 1, "IFNA": 1}
"""Functions that read the arguments after the first so many only where they are chosen."""


def read_by(root: Node, state: State, known: Mapping[int, Any]) -> dict[int, Mask]:
    """Return the trials in which a formula reads each cell of a circle, by the cells' nodes' ids.

    Parameters
    ----------
    root
        The formula.
    state
        The circle.
    known
        What the parts of the formula give, by their nodes' ids.
    """
    read: dict[int, Mask] = {id(root): np.ones(state.cells[0].shape, dtype=np.bool_)}
    # Every node after all that take it as an argument.
    for node in reversed(list(walk([root]))):
        mask = read[id(node)]
        for i, arg in enumerate(node.args):
            here = mask & _chosen(state, node, i, known) if i >= LAZY.get(node.op, len(node.args)) else mask
            read[id(arg)] = read[id(arg)] | here if id(arg) in read else here
    return {id(c): read[id(c)] for c in state.loop.cells if id(c) in read}


def go_in_circles(loop: Loop, reads: Sequence[Mapping[int, Mask]]) -> Mask:
    """Return the trials in which what the cells of a circle read leads back to them.

    Parameters
    ----------
    loop
        The circle.
    reads
        For every cell what it reads, as `read_by` tells.
    """
    count = next(len(mask) for cells in reads for mask in cells.values())
    places = {id(c): i for i, c in enumerate(loop.cells)}
    done = [np.zeros(count, dtype=np.bool_) for _ in loop.cells]
    changes = True
    while changes:
        changes = False
        for i, cells in enumerate(reads):
            waits = np.zeros(count, dtype=np.bool_)
            for key, mask in cells.items():
                waits |= mask & ~done[places[key]]
            new = ~waits & ~done[i]
            changes = changes or bool(new.any())
            done[i] |= new
    return np.asarray(~np.logical_and.reduce(done))


def _chosen(state: State, node: Node, place: int, known: Mapping[int, Any]) -> Mask:
    """Return in which trials a function reads an argument that it may leave alone."""
    first = known[id(node.args[0])]
    if isinstance(first, list):
        return np.array(True)  # noqa: FBT003
    if node.op in ("IFERROR", "IFNA"):
        return boxes.is_error(first) if node.op == "IFERROR" else boxes.is_na(first)
    if node.op == "CHOOSE":
        numbers = boxes.number(first, state.texts)
        return np.asarray((numbers >= place) & (numbers < place + 1))
    holds, operand = boxes.condition(first, state.texts)
    fails = ~holds & ~boxes.is_error(operand)
    return holds if place == 1 else fails
