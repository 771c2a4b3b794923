"""The formulas of a worksheet: of cells with one of their own, of arrays, and of what-if data tables."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area
from dealmodel.workbook.formulas import move
from dealmodel.workbook.shapes import Movable, shape, whole_references

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dealmodel.workbook.sheet import Place, SheetPart, StoredCell

LARGEST_ARRAY = 2**20
"""Cells that an array formula may fill."""


def formula_cells(part: SheetPart) -> dict[Place, str]:
    """Return the formula of every cell that has one of its own, shared formulas written out.

    The cells of an array beyond its first, and those of a data table, have none.
    """
    anchors: dict[str, list[StoredCell]] = {}
    for cell in part.cells.values():
        if cell.formula and cell.formula.kind == "shared" and cell.formula.text:
            anchors.setdefault(cell.formula.group, []).append(cell)
    movable = functools.cache(_movable)
    formulas = {}
    for place, cell in part.cells.items():
        if cell.formula is None or cell.formula.kind == "dataTable":
            continue
        text = cell.formula.text
        if not text and cell.formula.kind == "shared":
            text = _shared(cell, anchors.get(cell.formula.group, []), movable)
        if text:
            formulas[place] = text
    return formulas


def _shared(cell: StoredCell, anchors: Sequence[StoredCell], movable: Callable[[str, int, int], Movable | None]) -> str:
    """Return a shared formula as it reads in a cell; the index may serve several groups, each with its range."""
    around = (a for a in anchors if a.formula and a.formula.area and a.formula.area.holds(cell.row, cell.column))
    anchor = next(around, anchors[0] if anchors else None)
    if anchor is None or anchor.formula is None:
        return ""
    found = movable(anchor.formula.text, anchor.row, anchor.column)
    text = found.at(cell.row, cell.column) if found else None
    return text or move(anchor.formula.text, cell.row - anchor.row, cell.column - anchor.column)


def _movable(formula: str, row: int, column: int) -> Movable | None:
    """Return a formula that is quick to move, or None where it cannot simply be moved."""
    is_simple = shape(formula, row, column) is not None and not whole_references(formula)
    return Movable(formula, row, column) if is_simple else None


def array_areas(part: SheetPart) -> dict[Place, Area]:
    """Return the range of every array formula by its first cell."""
    areas = {
        place: _checked(part, cell.formula.area or Area(*place, *place))
        for place, cell in part.cells.items()
        if cell.formula and cell.formula.kind == "array" and cell.formula.text
    }
    if sum(area.height * area.width for area in areas.values()) > LARGEST_ARRAY:
        raise WorkbookError(f"{part.label} holds arrays of more than {LARGEST_ARRAY} cells; it is refused")
    return areas


def data_tables(part: SheetPart) -> dict[Area, Mapping[str, str]]:
    """Return the attributes of every what-if data table by its range."""
    return {
        _checked(part, cell.formula.area): cell.formula.declared
        for cell in part.cells.values()
        if cell.formula and cell.formula.kind == "dataTable" and cell.formula.area
    }


def _checked(part: SheetPart, area: Area) -> Area:
    if area.height * area.width > LARGEST_ARRAY:
        raise WorkbookError(f"{part.label} holds an array of more than {LARGEST_ARRAY} cells; it is refused")
    return area
