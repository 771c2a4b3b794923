"""References to all that a dynamic array fills, as `A6#`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.simulation.compiler.binding.shapes import SLOT
from dealmodel.simulation.compiler.graph import NotCompiledError
from dealmodel.simulation.compiler.variants import is_twin
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.spelling.arguments import bare_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.simulation.compiler.binding.formula import Formula
    from dealmodel.simulation.compiler.graph import Node


ANCHOR = "ANCHORARRAY"
"""What Excel's files write for `#`."""


def anchor_of(tree: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the tree of the cell of which a part of a formula takes all that its array fills; None for any other."""
    if tree.get("operator") == "#":
        found: Mapping[str, Any] = tree["operand"]
        return found
    is_call = tree["node_type"] == "Function" and bare_name(tree["name"]) == ANCHOR and len(tree["args"]) == 1
    return tree["args"][0] if is_call else None


def spilled(formula: Formula, tree: Mapping[str, Any]) -> Node:
    """Return the cells that the array in a cell fills.

    What compiles has the same size in all trials; an array whose size varies is left to the engine.

    Parameters
    ----------
    formula
        The formula that takes them.
    tree
        The tree of the cell.

    Raises
    ------
    NotCompiledError
        If the array's size may vary, or is not the one that the workbook has stored.
    UnboundError
        If cells of it are to be bound before.
    """
    if tree["node_type"] not in ("Reference", SLOT) or is_twin(formula.at):
        raise NotCompiledError("the operator # of other than a cell is not compiled")
    sheet, area = formula.target(tree)
    anchor = CellAt(sheet, area.top, area.left)
    calculation = formula.binder.model.calculation
    fills = calculation.evaluation.spills.get(anchor)
    if fills is None or fills != calculation.cells.arrays.get(anchor):
        raise NotCompiledError(f"{anchor}# fills other cells than the workbook has stored, and is not compiled")
    found = formula.rectangle(sheet, fills)
    if anchor in formula.binder.engine_cells:
        raise NotCompiledError(f"the size of {anchor}# may vary")
    return found
