"""The formulas of a worksheet: of cells with one of their own, of arrays, and of what-if data tables."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area
from dealmodel.workbook.formulas import kinds_of, move, refers_outside
from dealmodel.workbook.shapes import Movable, shape, whole_references
from dealmodel.workbook.storedcells import formula_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from dealmodel.workbook.sheet import SheetPart
    from dealmodel.workbook.storedcells import Place, StoredCell

LARGEST_ARRAY = 2**20
"""Cells that an array formula may fill."""
UNSTORED = 2**15
"""Cells that arrays and data tables may fill beyond those that a sheet stores; Excel stores every one of them."""
LONGEST = 2**15
"""Characters of a formula that is computed; Excel takes 8,192, and files put prefixes before names."""
_MUCH_TEXT, _TIMES_WRITTEN_OUT = 2**23, 50
"""Characters of a sheet's formulas that are not looked at closely, and how many there may be to each byte of it."""


def formula_cells(part: SheetPart) -> dict[Place, str]:
    """Return the formula of every cell that has one of its own, shared formulas written out.

    The cells of an array beyond its first, and those of a data table, have none.
    """
    cells = part.cells
    anchors: dict[str, list[StoredCell]] = {}
    for cell in cells.unusual.values():
        if cell.formula and cell.formula.kind == "shared" and cell.formula.text:
            anchors.setdefault(cell.formula.group, []).append(cell)
    movable = functools.cache(_movable)
    most, written = max(_MUCH_TEXT, _TIMES_WRITTEN_OUT * len(part.part)), 0
    formulas: dict[Place, str] = {}
    for place, (letters, _, _, group, formula, _, _, _) in zip(cells.places, cells.raw, strict=True):
        text = ""
        if formula:
            # A call for each formula of a large sheet takes longer than all else here.
            is_plain = b"&" not in formula and b"_x" not in formula
            text = formula.decode("utf-8", "replace").strip() if is_plain else formula_text(formula)
        elif group:
            text = _shared(place, anchors.get(group.decode(), ()), movable)
            written += len(text)
        elif not letters and (own := cells.unusual[place].formula) and own.kind != "dataTable":
            is_repeated = not own.text and own.kind == "shared"
            text = _shared(place, anchors.get(own.group, ()), movable) if is_repeated else own.text
            written += len(text)
        if text:
            formulas[place] = text
        if written > most:
            raise WorkbookError(f"{part.label} shares formulas of more than {most >> 20} MB; it is refused")
    return formulas


def kinds_of_formulas(part: SheetPart) -> list[str]:
    """Return some of a sheet's formulas, from which all others differ in digits only, or are the same elsewhere."""
    usual = kinds_of([raw[4] for raw in part.cells.raw if raw[4]])
    others = [cell.formula for cell in part.cells.unusual.values() if cell.formula]
    return [*map(formula_text, usual), *(own.text for own in others if own.kind != "dataTable")]


def hindrance(formula: str) -> str | None:
    """Return why a formula is not computed, or None where nothing in its text hinders that."""
    if len(formula) > LONGEST:
        return "it is longer than a formula can be"
    return "it refers to another workbook" if refers_outside(formula) else None


def _shared(place: Place, anchors: Sequence[StoredCell], movable: Callable[[str, int, int], Movable | None]) -> str:
    """Return a shared formula as it reads in a cell; the index may serve several groups, each with its range."""
    around = (a for a in anchors if a.formula and a.formula.area and a.formula.area.holds(*place))
    anchor = next(around, anchors[0] if anchors else None)
    if anchor is None or anchor.formula is None:
        return ""
    found = movable(anchor.formula.text, anchor.row, anchor.column)
    text = found.at(*place) if found else None
    return text or move(anchor.formula.text, place[0] - anchor.row, place[1] - anchor.column)


def _movable(formula: str, row: int, column: int) -> Movable | None:
    """Return a formula that is quick to move, or None where it cannot simply be moved."""
    is_simple = shape(formula, row, column) is not None and not whole_references(formula)
    return Movable(formula, row, column) if is_simple else None


def array_areas(part: SheetPart) -> dict[Place, Area]:
    """Return the range of every array formula by its first cell."""
    areas = {
        place: cell.formula.area or Area(*place, *place)
        for place, cell in part.cells.unusual.items()
        if cell.formula and cell.formula.kind == "array" and cell.formula.text
    }
    _check(part, areas.values())
    return areas


def data_tables(part: SheetPart) -> dict[Area, Mapping[str, str]]:
    """Return the attributes of every what-if data table by its range."""
    tables = {
        cell.formula.area: cell.formula.declared
        for cell in part.cells.unusual.values()
        if cell.formula and cell.formula.kind == "dataTable" and cell.formula.area
    }
    _check(part, tables)
    return tables


def _check(part: SheetPart, areas: Collection[Area]) -> None:
    """Refuse arrays that fill more cells than there can be, or far more than there are."""
    filled = sum(area.height * area.width for area in areas)
    if filled > LARGEST_ARRAY:
        raise WorkbookError(f"{part.label} holds arrays of more than {LARGEST_ARRAY} cells; it is refused")
    if filled > UNSTORED + len(part.cells):
        raise WorkbookError(f"{part.label} holds arrays of {filled} cells and stores {len(part.cells)}; it is refused")
