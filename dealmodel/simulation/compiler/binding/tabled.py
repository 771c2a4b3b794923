"""The cells of what-if data tables, bound to the twins of the cells that they work out."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.simulation.compiler.graph import UnboundError
from dealmodel.simulation.compiler.variants import is_twin

if TYPE_CHECKING:
    from dealmodel.simulation.compiler.binding.binder import Binder
    from dealmodel.simulation.compiler.variants import TableCell, Variants
    from dealmodel.workbook.address import CellAt


class Tabled:
    """Binds the cells of data tables.

    Parameters
    ----------
    binder
        Binds all others.
    variants
        The tables.

    Attributes
    ----------
    varying
        The cells that vary, each after those on which it depends.
    """

    def __init__(self, binder: Binder, variants: Variants) -> None:
        self._binder = binder
        self._variants = variants
        self.varying: dict[CellAt, TableCell] = {}

    def bind(self, at: CellAt) -> None:
        """Bind a cell of a data table to the twin of the cell whose formula it works out.

        Raises
        ------
        UnboundError
            If the twin is not bound.
        WorkbookError
            If the table cannot be computed.
        """
        binder = self._binder
        table = self._variants.tables[at]
        if not any(binder.cell(c).varies for c in (table.formula, *table.taken.values())):
            binder.bound[at] = binder.graph.const(binder.model.value_at(at))
            return
        if at in self._kept:
            raise WorkbookError(f"an output depends on the data table at {at}, which cannot be computed")
        twin = self._variants.twin(table)
        if is_twin(twin) and twin not in binder.bound:
            binder.inner.update(self._variants.beside(twin))
            raise UnboundError([twin])
        self.varying[at] = table
        binder.settle(at, binder.cell(twin))

    @cached_property
    def _kept(self) -> frozenset[CellAt]:
        """The cells of data tables that keep their stored values."""
        calculation = self._binder.model.calculation
        kept = {k.at for k in calculation.uncomputed}
        return frozenset(c for w in calculation.cells.what_ifs if w.first in kept for c, _, _ in w.cells())
