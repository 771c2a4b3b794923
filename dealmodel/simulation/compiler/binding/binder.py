"""From the formulas upstream of the outputs to a graph: references resolved, constants folded, draws found."""

from __future__ import annotations

import contextlib
from functools import cached_property
from typing import TYPE_CHECKING, cast

from dealmodel.errors import WorkbookError
from dealmodel.simulation.compiler.binding.circular import Circular
from dealmodel.simulation.compiler.binding.draw_arguments import bound_arguments, is_in_formula, may_reach_all
from dealmodel.simulation.compiler.binding.folding import Folding
from dealmodel.simulation.compiler.binding.formula import Formula
from dealmodel.simulation.compiler.binding.kept_cells import KeptCells
from dealmodel.simulation.compiler.binding.parts import part
from dealmodel.simulation.compiler.binding.precedents import Precedents
from dealmodel.simulation.compiler.binding.rectangles import Rectangles
from dealmodel.simulation.compiler.binding.references import References
from dealmodel.simulation.compiler.binding.roots import Roots
from dealmodel.simulation.compiler.binding.tabled import Tabled
from dealmodel.simulation.compiler.boxes import Texts
from dealmodel.simulation.compiler.careful.evaluator import Careful
from dealmodel.simulation.compiler.circles import Circles
from dealmodel.simulation.compiler.graph import (
    CELL,
    CONST,
    DRAW,
    Graph,
    Node,
    NotCompiledError,
    UnboundError,
)
from dealmodel.simulation.compiler.variants import Variants, is_twin, real
from dealmodel.simulation.sampling.draws import DISTRIBUTIONS
from dealmodel.workbook.accuracy import CHANCES
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.cells import Scalar
    from dealmodel.simulation.compiler.binding.shapes import Read
    from dealmodel.simulation.compiler.variants import TableCell
    from dealmodel.simulation.sampling.draws import Draw
    from dealmodel.workbook.model import Model


class Binder:
    """Binds formulas to a graph.

    Parameters
    ----------
    model
        The workbook.
    draws
        Its uncertain numbers.
    varied
        The constants that differ from trial to trial.
    """

    def __init__(self, model: Model, draws: Sequence[Draw], varied: Sequence[CellAt]) -> None:
        self.model = model
        self.graph = Graph()
        self._calculation = model.calculation
        self._translator = model.calculation.evaluation.translator
        self._computed = model.calculation.cells
        self.texts = Texts(self._coerce)
        self.folding = Folding(self.graph, self.texts, Careful(self.texts), self._calculation)
        self.draws = tuple(draws)
        self._in_formulas: dict[tuple[CellAt, int], int] = {}
        self._outside: dict[CellAt, int] = {}
        for i, draw in enumerate(self.draws):
            if is_in_formula(self._computed, draw):
                self._in_formulas[draw.at, draw.position] = i
            else:
                self._outside[draw.at] = i
        self._varied = frozenset(varied)
        self._with_draws = frozenset(at for at, _ in self._in_formulas)
        # Without uncertain numbers, as in what-if, every distribution is its mean, wherever it stands.
        self._undrawn = frozenset(self._computed.calling_by_name(DISTRIBUTIONS | CHANCES) if self.draws else ())
        """The cells whose formulas draw by a defined name, where no stream is given to them."""
        self.roots = Roots(self._made_later)
        """What every cell that varies is computed from, precedents first."""
        self.engine_cells: dict[CellAt, str] = {}
        """The cells that are left to the engine, with the reason."""
        self.draw_arguments: dict[int, tuple[Node, ...]] = {}
        self.bound: dict[CellAt, Node] = {}
        """What references to cells give."""
        self._covered = self._computed.covered
        self._variants = Variants(self._computed.what_ifs, self._direct_precedents)
        self._tabled = Tabled(self, self._variants)
        computed = {*self._computed.formulas, *self._covered, *self._variants.tables}
        self.inner = computed - {*self._outside, *self._varied}
        """The cells that are computed from others, and do not come from outside."""
        sheets = {name.casefold(): name for name in (*model.book.sheets, *model.book.linked_sheets)}
        self.ranges = Rectangles(
            model.book,
            self._computed.formulas,
            self.graph,
            References(self._translator.meanings, sheets),
            self.cell,
            lambda at: at not in self.bound and at in self.inner,
        )
        self.precedents = Precedents(self._computed, self._translator, sheets, self.ranges, self._variants.tables)
        self._circles = Circles(self._missing)
        self.kept = KeptCells(self)
        self.circular = Circular(self)

    def _coerce(self, text: str) -> Scalar:
        quoted = '"' + text.replace('"', '""') + '"'
        sheet = self.model.book.sheets[0]
        return self._calculation.capture(CellAt(sheet, 1, 1), f"0+{quoted}")[0][0]

    # -- all that the outputs need ---------------------------------------------------------------------------------

    def bind(self, outputs: Sequence[CellAt]) -> dict[CellAt, Node]:
        """Bind the outputs and all they need, and return their nodes.

        Raises
        ------
        WorkbookError
            If an uncertain number hangs on a cell that is left to the engine.
        """
        for at in outputs:
            self.need(at)
        reaches_all = may_reach_all(self)
        for i, draw in enumerate(self.draws):
            if reaches_all or draw.at in self._outside:
                self.draw(i)
        return {at: self.cell(at) for at in outputs}

    def need(self, wanted: CellAt) -> None:
        """Bind a cell after all it refers to, without recursion: a column of sums may be as long as a sheet."""
        stack = [wanted]
        open_cells: set[CellAt] = set()
        bound = self.bound
        while stack:
            at = stack[-1]
            if at in bound or at not in self.inner:
                stack.pop()
                open_cells.discard(at)
                continue
            is_open = at in open_cells
            circle = self._circles.of(at)
            if circle is not None:
                open_cells.discard(at)
                stack += self._bind_circle(circle)
                continue
            read = self._copied(at)
            missing = self._bind_copy(at, read, is_open=is_open) if read else [] if is_open else self._missing(at)
            if missing:
                open_cells.add(at)
                if any(found in open_cells for found in missing):
                    # It is one of a circle, or what it refers to is.
                    self._circles.search(at)
                else:
                    stack.extend(reversed(missing))
            elif not read:
                try:
                    self._bind_cell(at)
                except UnboundError as unbound:
                    # What OFFSET and its like refer to is known only now.
                    self.precedents.add(at, unbound.cells)
                    open_cells.discard(at)

    def _bind_circle(self, circle: frozenset[CellAt]) -> list[CellAt]:
        """Bind the cells of a circle, or return those that have to be bound before them."""
        referred = (c for at in self.circular.in_order(circle) for c in self._missing(at))
        if missing := list(dict.fromkeys(c for c in referred if c not in circle)):
            return missing
        with contextlib.suppress(UnboundError):
            self.circular.bind(circle)
        if any(at not in self.bound for at in circle):
            self._circles.forget()
        return []

    def _copied(self, at: CellAt) -> Read | None:
        """Return the formula of a cell, if it refers to single cells and compiles for sure, as most do."""
        if at in self._odd or is_twin(at):
            return None
        read = self.precedents.read(at)
        return read if read.shape is not None and read.shape.is_plain and read.compiles_for_sure else None

    @cached_property
    def _odd(self) -> frozenset[CellAt]:
        """The cells that are more than a formula of their own that draws nothing."""
        others = (self._computed.arrays, self._covered, self._variants.tables, self._undrawn, self._with_draws)
        return self.precedents.by_chance.union(*others, self.kept.reasons)

    def _bind_copy(self, at: CellAt, read: Read, *, is_open: bool) -> list[CellAt]:
        """Bind a formula that refers to single cells, or return those that have to be bound before it.

        It is left for later: copies are compiled together.
        """
        bound, inner = self.bound, self.inner
        missing: list[CellAt] = []
        varies = False
        for cell in cast("tuple[CellAt, ...]", read.slots):
            node = bound.get(cell)
            if node is None:
                if cell in inner and not is_open:
                    missing.append(cell)
                    continue
                node = self.cell(cell)
            varies = varies or node.varies
        if not missing and varies:
            bound[at] = self.graph.cell(at)
            self.roots.leave(at, read)
        elif not missing:
            bound[at] = self.graph.const(self.model.value_at(at))
        return missing

    def _missing(self, at: CellAt) -> list[CellAt]:
        """Return the cells that have to be bound before a cell."""
        covering = self.precedents.covering(at)
        if covering is not None:
            return [] if covering in self.bound else [covering]
        bound, inner = self.bound, self.inner
        return [c for c in self.precedents.named(at) if c not in bound and c in inner]

    def _direct_precedents(self, at: CellAt) -> Sequence[CellAt]:
        """Return the cells from which the value of a cell follows at once."""
        if at not in self.inner:
            return ()
        covering = self._covered.get(at)
        return self.precedents.named(at) if covering is None else (covering,)

    def _bind_cell(self, at: CellAt) -> None:
        """Bind a formula whose precedents are bound."""
        if at in self._variants.tables:
            self._tabled.bind(at)
            return
        if real(at) in self.kept.reasons:
            self.kept.bind([at])
            return
        if is_twin(at):
            self._bind_twin(at)
            return
        self._check_chance(at)
        covering = self._covered.get(at)
        if covering is None:
            if not self._may_vary(at):
                self.bound[at] = self.graph.const(self.model.value_at(at))
                return
            if self._waits(at):
                return
        try:
            root = self._root(at, covering)
        except NotCompiledError as reason:
            self._leave_if_it_varies(at, str(reason))
            return
        self.settle(at, root)

    def _check_chance(self, at: CellAt) -> None:
        """Refuse a formula whose random numbers cannot be drawn again for each trial."""
        there = real(at)
        if at in self._undrawn or (at in self.precedents.by_chance and at not in self._with_draws):
            raise WorkbookError(
                f"an output depends on {at}, which draws random numbers by RANDARRAY or a defined name; these cannot "
                "be drawn again for each trial: write RAND() or a distribution such as DM_UNIFORM(0,1) into the cell"
            )
        if is_twin(at) and there in self._with_draws and any(map(self._variants.is_moved, self.precedents.named(at))):
            raise WorkbookError(f"an output depends on a data table whose input moves the distribution at {there}")

    def checked_root(self, at: CellAt) -> Node:
        """Return the node of a formula that fills no array.

        Raises
        ------
        WorkbookError
            If its random numbers cannot be drawn again for each trial.
        """
        self._check_chance(at)
        return self._root(at, None)

    def is_of_array(self, at: CellAt) -> bool:
        """Whether a cell is filled by an array."""
        return real(at) in self._covered or real(at) in self._computed.arrays

    @property
    def tables(self) -> Mapping[CellAt, TableCell]:
        """The cells of data tables that vary, each after those on which it depends."""
        return self._tabled.varying

    def is_of_table(self, at: CellAt) -> bool:
        """Whether a cell is filled by a data table."""
        return at in self._variants.tables

    def _root(self, at: CellAt, covering: CellAt | None) -> Node:
        """Return the node of a cell's formula, or its part of an array's."""
        if covering is None:
            return part(self.graph, self._formula_root(at), 0, 0)
        if covering in self.engine_cells:
            raise NotCompiledError(self.engine_cells[covering])
        anchor = self._computed.arrays[real(covering)]
        return part(self.graph, self._formula_root(covering), at.row - anchor.top, at.column - anchor.left)

    def _bind_twin(self, at: CellAt) -> None:
        """Bind a cell as a data table sees it."""
        self._check_chance(at)
        covering = self.precedents.covering(at)
        if covering is None and self._waits(at):
            return
        try:
            root = self._root(at, covering)
        except NotCompiledError as reason:
            self.leave(at, str(reason))
            return
        root = root if root.varies else self.folding.folded(root)
        if root.op in (CONST, CELL, DRAW):
            self.bound[at] = root
        else:
            self.bound[at] = self.graph.cell(at)
            self.roots[at] = root

    def _waits(self, at: CellAt) -> bool:
        """Leave a formula for later if it compiles for sure: copies are compiled together."""
        read = self.precedents.read(at)
        can_wait = real(at) not in self._with_draws and read.compiles_for_sure
        if can_wait:
            self.bound[at] = self.graph.cell(at)
            self.roots.leave(at, read)
        return can_wait

    def _made_later(self, at: CellAt) -> Node:
        return part(self.graph, self._formula_root(at), 0, 0)

    def _may_vary(self, at: CellAt) -> bool:
        """Whether a formula refers to anything that varies, or does not say to what it refers."""
        if at in self._with_draws:
            return True
        if not self.precedents.are_all_named(at):
            return True
        bound = self.bound
        return any((bound[cell] if cell in bound else self.cell(cell)).varies for cell in self.precedents.named(at))

    def settle(self, at: CellAt, root: Node) -> None:
        """Note what a cell is computed from, whose value is a constant where that does not vary."""
        if not root.varies:
            self.bound[at] = self.graph.const(self.model.value_at(at))
        else:
            self.bound[at] = root if root.op in (CELL, DRAW) else self.graph.cell(at)
            self.roots[at] = root

    def _formula_root(self, at: CellAt) -> Node:
        tree = self.precedents.read(at).tree
        if tree is None:
            raise NotCompiledError("its formula cannot be read")
        return Formula(self, at, slots=self.precedents.read(at).slots).node(tree)

    def leave(self, at: CellAt, reason: str) -> None:
        """Leave a cell to the engine.

        Raises
        ------
        WorkbookError
            If a data table needs it otherwise than it is.
        """
        if is_twin(at) or at in self._variants.tables:
            raise WorkbookError(f"an output depends on a data table, for which {real(at)} does not compile: {reason}")
        self.engine_cells[at] = reason
        node = self.graph.cell(at)
        self.bound[at] = node

    def _leave_if_it_varies(self, at: CellAt, reason: str) -> None:
        tree = self.precedents.read(at).tree if at in self._computed.formulas else None
        covering = self._computed.covered.get(at)
        varies = self.cell(covering).varies if covering is not None else tree is None or self._may_vary(at)
        if varies:
            self.leave(at, reason)
        else:
            self.bound[at] = self.graph.const(self.model.value_at(at))

    # -- cells and draws -------------------------------------------------------------------------------------------

    def cell(self, at: CellAt) -> Node:
        """Return what a reference to a cell gives."""
        bound = self.bound.get(at)
        if bound is None:
            there = self._variants.resolved(at)
            if there != at:
                bound = self.cell(there)
            elif at in self._outside:
                bound = self.draw(self._outside[at])
            elif at in self._varied:
                bound = self.graph.cell(at)
            else:
                bound = self.graph.const(self.model.value_at(at))
            self.bound[at] = bound
        return bound

    def draw(self, index: int) -> Node:
        """Return an uncertain number."""
        if index not in self.draw_arguments:
            self.draw_arguments[index] = bound_arguments(self, self.draws[index])
        return self.graph.node(DRAW, (), index)

    def draw_at(self, at: CellAt, position: int) -> int | None:
        """Return which uncertain number a call in a formula is."""
        return self._in_formulas.get((real(at), position))
