"""What a cell shows of a value that fills several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.simulation.compiler.binding.operations import gives_many
from dealmodel.simulation.compiler.careful.functions.single_values import ELEMENTWISE
from dealmodel.simulation.compiler.careful.functions.tables import TABLES
from dealmodel.simulation.compiler.graph import EACH, ELEMENT, GRID, rows_of

if TYPE_CHECKING:
    from dealmodel.simulation.compiler.graph import Graph, Node


def part(graph: Graph, root: Node, i: int, j: int) -> Node:
    """Return the node of the cell that stands so many rows and columns from the first of an array."""
    if root.op == GRID:
        rows = rows_of(root)
        i, j = 0 if len(rows) == 1 else i, 0 if len(rows[0]) == 1 else j
        inside = i < len(rows) and j < len(rows[0])
        return rows[i][j] if inside else graph.const(CellError.NA)
    if root.op.startswith("DM_") or root.op in ELEMENTWISE or root.op in TABLES or root.op == EACH:
        return graph.node(ELEMENT, (root,), (i, j)) if gives_many(root) else root
    return root
