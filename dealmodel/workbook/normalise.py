"""The plain copy of a workbook that the engine reads: values, formulas and names, nothing else.

Shared formulas are written out, array formulas are fitted to their range, what an older spill left behind is
cleared, and our functions get their canonical names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.errors import WorkbookError
from dealmodel.hosts.engine import FIT
from dealmodel.workbook.address import Area, CellAt
from dealmodel.workbook.formulas import canonical, move, refers_outside
from dealmodel.workbook.plain import constant_xml, formula_xml, plain_package
from dealmodel.workbook.xmltext import escape, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dealmodel.workbook.book import Book, DefinedName
    from dealmodel.workbook.sheet import Place, SheetPart, StoredCell
    from dealmodel.workbook.translation import Translator

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
    formulas = {}
    for place, cell in part.cells.items():
        if cell.formula is None or cell.formula.kind == "dataTable":
            continue
        text = cell.formula.text
        if not text and cell.formula.kind == "shared":
            text = _shared(cell, anchors.get(cell.formula.group, []))
        if text:
            formulas[place] = text
    return formulas


def _shared(cell: StoredCell, anchors: Sequence[StoredCell]) -> str:
    """Return a shared formula as it reads in a cell; the index may serve several groups, each with its range."""
    around = (a for a in anchors if a.formula and a.formula.area and a.formula.area.holds(cell.row, cell.column))
    anchor = next(around, anchors[0] if anchors else None)
    if anchor is None or anchor.formula is None:
        return ""
    return move(anchor.formula.text, cell.row - anchor.row, cell.column - anchor.column)


def array_areas(part: SheetPart) -> dict[Place, Area]:
    """Return the range of every array formula by its first cell."""
    return {
        place: _checked(part, cell.formula.area or Area(*place, *place))
        for place, cell in part.cells.items()
        if cell.formula and cell.formula.kind == "array" and cell.formula.text
    }


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


def plain_copy(book: Book, translator: Translator) -> bytes:
    """Return the workbook as the engine reads it."""
    sheets = {sheet: _cells(book, sheet, translator) for sheet in book.sheets}
    return plain_package(sheets, _names_xml(book), date1904=book.settings.date1904)


def _names_xml(book: Book) -> str:
    return "".join(
        f"<definedName name={quote_attribute(name.name)}{_scope(book, name)}>"
        f"{escape(canonical(name.text))}</definedName>"
        for name in book.names
        if name.text and not name.name.startswith("_xlnm") and not refers_outside(name.text)
    )


def _scope(book: Book, name: DefinedName) -> str:
    return "" if name.sheet is None else f' localSheetId="{book.sheets.index(name.sheet)}"'


def _cells(book: Book, sheet: str, translator: Translator) -> dict[Place, str]:
    part = book.sheet(sheet)
    formulas = formula_cells(part)
    arrays = array_areas(part)
    covered = {place for anchor, area in arrays.items() for place in area.places() if place != anchor}
    cells = {}
    for place, cell in part.cells.items():
        if place in covered:
            continue
        formula = formulas.get(place)
        if formula is not None and not refers_outside(formula):
            area = arrays.get(place)
            text = translator.translate(formula, CellAt(sheet, *place), array=area is not None)
            if area is not None and not cell.dynamic:
                text = f"{FIT}({text},{area.height},{area.width})"
            content = formula_xml(*place, text)
        else:
            content = constant_xml(*place, part.value(cell, book.strings))
        if content:
            cells[place] = content
    return cells
