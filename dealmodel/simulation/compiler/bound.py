"""A program's formulas, for whoever works them out in another way, as enclosures do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.simulation.compiler.careful.evaluator import Careful
    from dealmodel.simulation.compiler.graph import Graph, Node
    from dealmodel.workbook.address import CellAt


class Bound(NamedTuple):
    """A program's formulas, for whoever works them out in another way.

    Attributes
    ----------
    cells
        The cells and draws that vary, precedents first.
    roots
        Of every cell that has a formula what it computes, by the cell's node's id.
    fixed
        What draws are that are the same in all trials, by their nodes' ids.
    outputs
        The nodes of the outputs.
    graph
        Makes nodes.
    careful
        Evaluates them.
    """

    cells: Sequence[Node]
    roots: Mapping[int, Node]
    fixed: Mapping[int, float]
    outputs: Mapping[CellAt, Node]
    graph: Graph
    careful: Careful
