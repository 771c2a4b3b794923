"""What-if data tables, `{=TABLE(B5,B6)}`: a formula worked out for every pair of values along two edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.engine_values import Uncomputed
from dealmodel.workbook.accuracy import same
from dealmodel.workbook.address import Area, CellAt, parse_cell

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from dealmodel.cells import Scalar
    from dealmodel.hosts.engine import Engine

_TRUE = ("1", "true")


class WhatIf(NamedTuple):
    """A data table of a sheet."""

    sheet: str
    area: Area
    """The cells that the table fills."""
    row_input: CellAt | None
    """The cell that takes the values above the table."""
    column_input: CellAt | None
    """The cell that takes the values left of the table."""
    is_whole: bool = True
    """Whether no input cell is missing: it may have been deleted since."""

    @classmethod
    def of(cls, sheet: str, area: Area, declared: Mapping[str, str]) -> WhatIf:
        """Return the table that the attributes of its formula declare; inputs that are deleted are None."""
        inputs: list[CellAt | None] = []
        for key, deleted in (("r1", "del1"), ("r2", "del2")):
            place = parse_cell(declared.get(key, ""))
            inputs.append(CellAt(sheet, *place) if place and declared.get(deleted) not in _TRUE else None)
        if declared.get("dt2D") in _TRUE:
            return cls(sheet, area, inputs[0], inputs[1], is_whole=None not in inputs)
        in_a_row = declared.get("dtr") in _TRUE
        row, column = (inputs[0], None) if in_a_row else (None, inputs[0])
        return cls(sheet, area, row, column, is_whole=inputs[0] is not None)

    @property
    def first(self) -> CellAt:
        """The first cell that the table fills."""
        return CellAt(self.sheet, self.area.top, self.area.left)

    @property
    def inputs(self) -> tuple[CellAt, ...]:
        """The cells that take the values of the edges."""
        return tuple(at for at in (self.row_input, self.column_input) if at is not None)

    @property
    def edges(self) -> frozenset[CellAt]:
        """The cells whose values the inputs take."""
        return frozenset(edge for _, _, edges in self.cells() for edge in edges.values())

    @property
    def sources(self) -> frozenset[CellAt]:
        """The cells that the table's own follow from: those of its formulas, and its edges."""
        return self.edges.union(formula for _, formula, _ in self.cells())

    def work_out(
        self, engines: Iterable[Engine], edges: Mapping[CellAt, Scalar], linked: Container[CellAt]
    ) -> dict[CellAt, Scalar] | str:
        """Return the values of the table, or why there are none; the inputs keep the last ones that they took.

        Parameters
        ----------
        engines
            The engine for each cell in turn.
        edges
            The values of the edges.
        linked
            The edges that are computed. Where such a value is another one once the inputs have taken theirs, as the
            one of `=B1+1` is beside the input cell B1, the values of a table are none to rely on.
        """
        values: dict[CellAt, Scalar] = {}
        for engine, (cell, formula, taken) in zip(engines, self.cells(), strict=False):
            for input_cell, edge in taken.items():
                engine.set_value(*input_cell, edges[edge])
            engine.evaluate()
            if any(_differs(_value_at(engine, at), edges[at]) for at in taken.values() if at in linked):
                return "the values along the edge of its data table change with its input cell"
            value = _value_at(engine, formula)
            if isinstance(value, Uncomputed):
                return value.reason
            values[cell] = value
        return values

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


def _differs(now: Scalar | Uncomputed, before: Scalar) -> bool:
    return isinstance(now, Uncomputed) or not same(now, before)


def _value_at(engine: Engine, at: CellAt) -> Scalar | Uncomputed:
    """Return what a formula has that refers to a cell, which takes a blank one for zero."""
    value = engine.values(at.sheet, [at[1:]])[0]
    return 0.0 if value is None else value
