"""The numbers from which an output is computed, in a workbook that names none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.errors import InputRefusedError
from dealmodel.simulation.compiler.needed import needed_formulas
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.workbook.address import Area
    from dealmodel.workbook.model import Model

MOST = 500
"""Numbers behind an output that are taken for its inputs; more are data."""


def numbers_behind(model: Model, output: CellAt) -> list[CellAt]:
    """Return the cells of numbers from which an output is computed, in the order of sheets, rows and columns.

    The numbers of a timeline, such as the years 1, 2, 3 above a forecast, are none that anyone would move.

    Raises
    ------
    InputRefusedError
        If they are too many to be inputs.
    """
    evaluation = model.calculation.evaluation
    formulas = needed_formulas(evaluation, [output])
    found: set[CellAt] = set()
    for at in evaluation.cells.formulas if formulas is None else formulas:
        for spelled, area in evaluation.dependence.precedents(at):
            sheet = model.book.find_sheet(spelled)
            if sheet is not None and area is not None:
                found.update(cell for cell in _cells(model, sheet, area) if _number(model, cell) is not None)
        if len(found) > MOST:
            raise InputRefusedError(
                f"{model.book.label} names no inputs, and {output} is computed from more than {MOST} numbers; say "
                "which to move, such as --input Sheet1!B2"
            )
    return [cell for cell in model.book.in_order(found) if not _is_of_timeline(model, cell)]


def _cells(model: Model, sheet: str, area: Area) -> Iterator[CellAt]:
    """Yield the cells of an area that hold anything, of a whole column too."""
    stored = model.book.sheet(sheet).cells
    if area.height * area.width <= len(stored):
        yield from (CellAt(sheet, *place) for place in area.places() if place in stored)
    else:
        yield from (CellAt(sheet, *place) for place in stored if area.holds(*place))


def _number(model: Model, at: CellAt) -> float | None:
    if min(at.row, at.column) < 1 or model.calculation.computes(at):
        return None
    value = model.value_at(at)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _is_of_timeline(model: Model, at: CellAt) -> bool:
    """Whether a number is one more than that before it, or one less than that after it, in a row or column."""
    value = _number(model, at)
    if value is None or not value.is_integer():
        return False
    beside = [(at._replace(column=at.column + step), step) for step in (-1, 1)]
    beside += [(at._replace(row=at.row + step), step) for step in (-1, 1)]
    return any(_number(model, cell) == value + step for cell, step in beside)
