"""What-if data tables, `{=TABLE(B5,B6)}`: a formula worked out for every pair of values along two edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dealmodel.workbook.address import Area, CellAt, parse_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TRUE = ("1", "true")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A data table of a sheet."""

    sheet: str
    area: Area
    """The cells that the table fills."""
    row_input: CellAt | None
    """The cell that takes the values above the table."""
    column_input: CellAt | None
    """The cell that takes the values left of the table."""

    @classmethod
    def of(cls, sheet: str, area: Area, declared: Mapping[str, str]) -> WhatIf:
        """Return the table that the attributes of its formula declare; inputs that are deleted are None."""
        inputs: list[CellAt | None] = []
        for key, deleted in (("r1", "del1"), ("r2", "del2")):
            place = parse_cell(declared.get(key, ""))
            inputs.append(CellAt(sheet, *place) if place and declared.get(deleted) not in _TRUE else None)
        if declared.get("dt2D") in _TRUE:
            return cls(sheet, area, inputs[0], inputs[1])
        in_a_row = declared.get("dtr") in _TRUE
        return cls(sheet, area, inputs[0] if in_a_row else None, None if in_a_row else inputs[0])

    @property
    def inputs(self) -> tuple[CellAt, ...]:
        """The cells that take the values of the edges."""
        return tuple(at for at in (self.row_input, self.column_input) if at is not None)

    def cells(self) -> Iterator[tuple[CellAt, CellAt, dict[CellAt, CellAt]]]:
        """Return each cell with the cell of its formula, and with the cells whose values its inputs take."""
        above, before = self.area.top - 1, self.area.left - 1
        for row, column in self.area.places():
            formula = CellAt(
                self.sheet,
                row if self.column_input is None else above,
                column if self.row_input is None else before,
            )
            edges = {}
            if self.row_input is not None:
                edges[self.row_input] = CellAt(self.sheet, above, column)
            if self.column_input is not None:
                edges[self.column_input] = CellAt(self.sheet, row, before)
            yield CellAt(self.sheet, row, column), formula, edges
