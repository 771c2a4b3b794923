"""The arguments of uncertain numbers, bound to the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.errors import WorkbookError
from dealmodel.simulation.compiler.binding.formula import Formula
from dealmodel.simulation.compiler.binding.operations import DYNAMIC
from dealmodel.simulation.compiler.graph import GRID, OMITTED_NODE, Node, NotCompiledError, UnboundError
from dealmodel.simulation.sampling.draws import DISTRIBUTIONS, calls, drawn_formula
from dealmodel.workbook.spelling.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.simulation.compiler.binding.binder import Binder
    from dealmodel.simulation.sampling.draws import Draw
    from dealmodel.workbook.computing.computedcells import ComputedCells


def is_in_formula(computed: ComputedCells, draw: Draw) -> bool:
    """Whether an uncertain number is a call in its cell's formula, and not put into the cell from outside."""
    formula = computed.formulas.get(draw.at)
    return formula is not None and draw.function in drawn_formula(formula).upper()


def may_reach_all(binder: Binder) -> bool:
    """Whether the engine computes a cell that may refer to any other, as INDIRECT does, whose draws it then needs."""
    return any(at in binder.engine_cells for at in binder.model.calculation.cells.calling(DYNAMIC))


def bound_arguments(binder: Binder, draw: Draw) -> tuple[Node, ...]:
    """Return the arguments of an uncertain number.

    Raises
    ------
    WorkbookError
        If one cannot be simulated.
    """
    translator = binder.model.calculation.evaluation.translator
    nodes: list[Node] = []
    within = draw.position + 1
    for text in draw.arguments:
        tree = parse(translator.translate(text, draw.at, array=True)) if text else None
        if text and tree is None:
            raise WorkbookError(f"{draw.name}: the argument {text} cannot be read")
        if tree is None:
            nodes.append(binder.graph.node(OMITTED_NODE))
            continue
        for cell in binder.precedents.in_tree(tree, draw.at):
            binder.need(cell)
        try:
            node = _argument(binder, draw, within, tree)
        except NotCompiledError as reason:
            raise WorkbookError(f"{draw.name}: the argument {text} cannot be simulated: {reason}") from reason
        if node.op == GRID and len(node.args) > 1 and not draw.takes_list(len(nodes)):
            raise WorkbookError(
                f"{draw.name}: {draw.function} is drawn for one number in each argument; got {text}. Write one "
                "distribution into each cell"
            )
        nodes.append(node)
        within += sum(call.function in DISTRIBUTIONS for call in calls(text))
    return tuple(nodes)


def _argument(binder: Binder, draw: Draw, within: int, tree: Mapping[str, Any]) -> Node:
    while True:
        try:
            return Formula(binder, draw.at, within).node(tree)
        except UnboundError as unbound:
            for cell in unbound.cells:
                binder.need(cell)
