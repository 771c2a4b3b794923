"""Parts of formulas in which nothing varies: computed once, here or by the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.simulation.compiler.binding.trees import text_of
from dealmodel.simulation.compiler.boxes import unbox
from dealmodel.simulation.compiler.graph import NotCompiledError
from dealmodel.simulation.compiler.variants import is_twin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.simulation.compiler.binding.shapes import Target
    from dealmodel.simulation.compiler.boxes import Texts
    from dealmodel.simulation.compiler.careful.evaluator import Careful
    from dealmodel.simulation.compiler.graph import Graph, Node
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.computing.calculation import Calculation


class Folding:
    """Turns nodes into constants.

    Parameters
    ----------
    graph, texts
        The program's.
    careful
        Evaluates what can be computed here.
    calculation
        Computes the rest.
    """

    def __init__(self, graph: Graph, texts: Texts, careful: Careful, calculation: Calculation) -> None:
        self._graph = graph
        self._texts = texts
        self._careful = careful
        self._calculation = calculation
        self._folded: dict[int, Node] = {}
        """What nodes without anything that varies came out as, by their ids."""

    def constant(self, node: Node, at: CellAt, tree: Mapping[str, Any], slots: Sequence[CellAt | Target]) -> Node:
        """Return a node without anything that varies as a constant, computed here or else by the engine."""
        folded = self._folded.get(id(node))
        if folded is not None:
            return folded
        known: dict[int, Any] = {}
        try:
            self._careful.run([node], known)
        except NotCompiledError:
            if is_twin(at):
                # The engine would take what the cells hold, not what a data table puts there.
                return node
            rows = self._calculation.capture(at, text_of(tree, slots))
            nodes = [[self._graph.const(value) for value in row] for row in rows]
            return nodes[0][0] if len(nodes) == len(nodes[0]) == 1 else self._graph.grid(nodes)
        value = known[id(node)]
        if isinstance(value, list):
            return self._graph.grid([[self._graph.const(unbox(c[()], self._texts)) for c in row] for row in value])
        folded = self._folded[id(node)] = self._graph.const(unbox(value[()], self._texts))
        return folded

    def folded(self, node: Node) -> Node:
        """Return a node without anything that varies as a constant where it can be computed here, else as it is."""
        known: dict[int, Any] = {}
        try:
            self._careful.run([node], known)
        except NotCompiledError:
            return node
        value = known[id(node)]
        return node if isinstance(value, list) else self._graph.const(unbox(value[()], self._texts))
