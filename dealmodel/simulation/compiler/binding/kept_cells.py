"""Formulas that are not computed and keep their stored values."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.simulation.compiler.variants import real

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.simulation.compiler.binding.binder import Binder
    from dealmodel.workbook.address import CellAt


class KeptCells:
    """Binds the formulas that are not computed.

    Parameters
    ----------
    binder
        Binds all others.
    """

    def __init__(self, binder: Binder) -> None:
        self._binder = binder

    @cached_property
    def reasons(self) -> Mapping[CellAt, str]:
        """The formulas that are not computed, with the reason."""
        calculation = self._binder.model.calculation
        calculation.values()
        return {k.at: k.reason for k in calculation.uncomputed}

    def bind(self, cells: Sequence[CellAt]) -> None:
        """Bind cells, one of which is kept, to their stored values, which are right where nothing behind them varies.

        Raises
        ------
        WorkbookError
            If something does.
        """
        binder = self._binder
        behind = {c for at in cells for c in binder.precedents.named(at)}.difference(cells)
        if any(binder.cell(c).varies for c in behind):
            at = next(real(at) for at in cells if real(at) in self.reasons)
            raise WorkbookError(
                f"an output depends on {at}, which cannot be computed for each trial: {self.reasons[at]}"
            )
        for at in cells:
            binder.bound[at] = binder.graph.const(binder.model.value_at(real(at)))
