"""From cells that refer to each other in a circle to a loop, which computes them until they settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.hosts.engine_values import CIRCULAR
from dealmodel.simulation.compiler import circles
from dealmodel.simulation.compiler.binding.operations import DYNAMIC
from dealmodel.simulation.compiler.careful.loops import Loop, Terms
from dealmodel.simulation.compiler.graph import (
    CELL,
    DRAW,
    ELEMENT,
    LOOP,
    Node,
    NotCompiledError,
    UnboundError,
    leaves_of,
)
from dealmodel.simulation.compiler.variants import is_twin, real
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from dealmodel.simulation.compiler.binding.binder import Binder

_ARRAYS = f"{CIRCULAR}, and an array formula is among what it refers to"
_UNSETTLED = "\x1e"
_TABLES = f"{CIRCULAR} through a data table"


class Circular:
    """Binds the cells of circles.

    Parameters
    ----------
    binder
        Binds all others.
    """

    def __init__(self, binder: Binder) -> None:
        self._binder = binder
        self._terms = Terms.of(binder.model.book.settings)
        self._sheets = {sheet: i for i, sheet in enumerate(binder.model.book.sheets)}
        self.unsettled: list[Node] = []
        """For every loop a cell, on a sheet that no workbook has, that is TRUE in the trials that have not settled."""
        self.cells: dict[CellAt, bool] = {}
        """The cells in circles, computed by loops or by the engine, and whether they are the same in all trials."""

    def in_order(self, circle: Collection[CellAt]) -> list[CellAt]:
        """Return cells in the order in which the engine computes them while it iterates."""
        return sorted(circle, key=lambda at: (self._sheets[real(at).sheet], at.row, at.column))

    def bind(self, circle: Collection[CellAt]) -> None:
        """Bind cells that refer to each other in a circle, after all others to which they refer.

        Raises
        ------
        UnboundError
            If one turns out to refer to a cell that is not bound.
        WorkbookError
            If one varies that cannot be computed.
        """
        binder = self._binder
        cells = self.in_order(circle)
        if any(real(at) in binder.kept.reasons for at in cells):
            binder.kept.bind(cells)
            return
        tables = {at for at in cells if binder.is_of_table(at)}
        if tables:
            # A table works out its cells by themselves: the circle is cut where they are referred to.
            cells = [at for at in cells if at not in tables and not tables.isdisjoint(binder.precedents.named(at))]
        if self._terms is not None:
            self.cells |= dict.fromkeys((at for at in cells if not is_twin(at)), False)
        reason = _TABLES if tables else _ARRAYS if any(map(binder.is_of_array, cells)) else None
        if reason is None:
            try:
                pairs = self._bound(cells)
            except NotCompiledError as why:
                reason = f"{CIRCULAR}: {why}"
            else:
                reason = self._compiled(pairs)
        if reason is not None:
            self._leave(cells, reason)

    def leave(self, at: CellAt, reason: str) -> None:
        """Leave a cell to the engine that turns out not to compile, and with it its circle."""
        loop = _loop_of(self._binder.roots.get(at))
        if loop is None:
            self._leave([at], reason)
            return
        self._leave([n.value for n in loop.value.cells], f"{CIRCULAR}: {reason}")
        for told in self.unsettled:
            if _loop_of(self._binder.roots[told.value]) is loop:
                self._binder.roots[told.value] = self._binder.graph.const(False)  # noqa: FBT003

    def _leave(self, cells: Iterable[CellAt], reason: str) -> None:
        for at in cells:
            self._binder.roots.pop(at)
            self._binder.leave(at, reason)

    def begun(self) -> dict[CellAt, bool]:
        """Return the cells of circles, and whether they are the same in all trials.

        Of what the engine computes whose references nobody knows, such as INDIRECT, all that depends on it may lead
        back to it.
        """
        computed = self._binder.model.calculation.cells
        dynamic = computed.calling(DYNAMIC) if self._terms is not None else ()
        ahead = [at for at in dynamic if at in self._binder.engine_cells]
        if not ahead:
            return self.cells
        users: dict[CellAt, list[CellAt]] = {}
        for at in computed.formulas:
            for cell in self._binder.precedents.named(at):
                users.setdefault(computed.covered.get(cell, cell), []).append(at)
        found = dict.fromkeys(ahead, False)
        while ahead:
            new = [at for at in users.get(ahead.pop(), ()) if at not in found]
            found |= dict.fromkeys(new, False)
            ahead += new
        return {**found, **self.cells}

    def _bound(self, cells: Sequence[CellAt]) -> list[tuple[CellAt, Node]]:
        """Return the cells that vary with what they are computed from; the others are constants from here on."""
        binder = self._binder
        varying = list(cells)
        while True:
            for at in varying:
                binder.bound[at] = binder.graph.cell(at)
            pairs = [(at, self._root(at, cells)) for at in varying]
            still = [at for at, root in pairs if not root.varies]
            if not still:
                return pairs
            for at in still:
                binder.bound[at] = binder.graph.const(binder.model.value_at(real(at)))
                varying.remove(at)

    def _root(self, at: CellAt, cells: Sequence[CellAt]) -> Node:
        binder = self._binder
        try:
            return binder.checked_root(at)
        except UnboundError as unbound:
            binder.precedents.add(at, unbound.cells)
            for cell in cells:
                del binder.bound[cell]
            raise

    def _compiled(self, pairs: Sequence[tuple[CellAt, Node]]) -> str | None:
        """Have the cells computed, in a loop where they do refer to each other in a circle; or return why not."""
        binder, graph = self._binder, self._binder.graph
        nodes = [graph.cell(at) for at, _ in pairs]
        roots = dict(zip(nodes, (root for _, root in pairs), strict=True))
        read = {node: [n for n in leaves_of(root) if n in roots] for node, root in roots.items()}
        leaves = {n for root in roots.values() for n in leaves_of(root) if n not in roots}
        self._check_draws(leaves, roots)
        order = circles.in_order(read)
        if order is not None:
            # Functions such as IF with a switch that is off leave no circle.
            for node in order:
                binder.roots[node.value] = roots[node]
            return None
        if self._terms is None:
            return CIRCULAR
        if not leaves:
            for at, _ in pairs:
                binder.bound[at] = graph.const(binder.model.value_at(real(at)))
                self.cells[real(at)] = True
            return None
        starts = [binder.model.value_at(real(at)) for at, _ in pairs]
        loop = Loop(nodes, list(roots.values()), starts, self._terms)
        node = graph.node(LOOP, loop.leaves, loop)
        for i, (at, _) in enumerate(pairs):
            binder.roots[at] = graph.node(ELEMENT, (node,), (i, 0))
        told = CellAt(_UNSETTLED, len(self.unsettled) + 1, 1)
        self.unsettled.append(graph.cell(told))
        binder.roots[told] = graph.node(ELEMENT, (node,), (len(pairs), 0))
        return None

    def _check_draws(self, leaves: Collection[Node], cells: Collection[Node]) -> None:
        binder = self._binder
        for leaf in leaves:
            arguments = binder.draw_arguments[leaf.value] if leaf.op == DRAW else ()
            circular = [n for a in arguments for n in leaves_of(a) if n.op == CELL and n in cells]
            if circular:
                name, at = binder.draws[leaf.value].name, circular[0].value
                raise WorkbookError(f"the uncertain number {name} depends on {at}, and {at} on it: {CIRCULAR}")


def _loop_of(root: Node | None) -> Node | None:
    """Return the loop whose element a cell is, or None."""
    return root.args[0] if root is not None and root.op == ELEMENT and root.args[0].op == LOOP else None
