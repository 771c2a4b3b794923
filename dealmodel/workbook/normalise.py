"""The plain copy of a workbook that the engine reads: values, formulas and names, nothing else.

Shared formulas are written out, array formulas are fitted to their range, what an older spill left behind is
cleared, and our functions get their canonical names.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from dealmodel.hosts.engine import FIT
from dealmodel.workbook.address import Area, CellAt, a1
from dealmodel.workbook.edits import written_value
from dealmodel.workbook.formulas import canonical, move, refers_outside
from dealmodel.workbook.xmltext import escape, escape_text, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.workbook.book import Book, DefinedName
    from dealmodel.workbook.sheet import Place, SheetPart, StoredCell
    from dealmodel.workbook.translation import Translator

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def formula_cells(part: SheetPart) -> dict[Place, str]:
    """Return the formula of every cell that has one of its own, shared formulas written out.

    The cells of an array beyond its first, and those of a data table, have none.
    """
    anchors = {
        c.formula.group: c for c in part.cells.values() if c.formula and c.formula.kind == "shared" and c.formula.text
    }
    formulas = {}
    for place, cell in part.cells.items():
        if cell.formula is None or cell.formula.kind == "dataTable":
            continue
        text = cell.formula.text
        if not text and cell.formula.kind == "shared" and cell.formula.group in anchors:
            anchor = anchors[cell.formula.group]
            text = move(
                anchor.formula.text if anchor.formula else "", cell.row - anchor.row, cell.column - anchor.column
            )
        if text:
            formulas[place] = text
    return formulas


def array_areas(part: SheetPart) -> dict[Place, Area]:
    """Return the range of every array formula by its first cell."""
    return {
        place: cell.formula.area
        for place, cell in part.cells.items()
        if cell.formula and cell.formula.kind == "array" and cell.formula.area
    }


def plain_copy(book: Book, translator: Translator) -> bytes:
    """Return the workbook as the engine reads it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        numbers = range(1, len(book.sheets) + 1)
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_SHEET_TYPE}"/>' for i in numbers
        )
        package.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_BOOK_TYPE}"/>{overrides}</Types>',
        )
        package.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        sheets = [("worksheet", f"worksheets/sheet{i}.xml") for i in numbers]
        package.writestr("xl/_rels/workbook.xml.rels", _relations(sheets))
        package.writestr("xl/workbook.xml", _workbook_xml(book))
        for i, sheet in zip(numbers, book.sheets, strict=True):
            package.writestr(f"xl/worksheets/sheet{i}.xml", "".join(_sheet_xml(book, sheet, translator)))
    return out.getvalue()


def _relations(targets: list[tuple[str, str]]) -> str:
    items = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{items}</Relationships>'


def _workbook_xml(book: Book) -> str:
    sheets = "".join(
        f'<sheet name={quote_attribute(name)} sheetId="{i}" r:id="rId{i}"/>'
        for i, name in enumerate(book.sheets, start=1)
    )
    names = "".join(
        f"<definedName name={quote_attribute(name.name)}{_scope(book, name)}>"
        f"{escape(canonical(name.text))}</definedName>"
        for name in book.names
        if name.text and not name.name.startswith("_xlnm") and not refers_outside(name.text)
    )
    names = f"<definedNames>{names}</definedNames>" if names else ""
    date1904 = '<workbookPr date1904="1"/>' if book.settings.date1904 else ""
    return f'<workbook {_MAIN} xmlns:r="{_OFFICE}">{date1904}<sheets>{sheets}</sheets>{names}</workbook>'


def _scope(book: Book, name: DefinedName) -> str:
    return "" if name.sheet is None else f' localSheetId="{book.sheets.index(name.sheet)}"'


def _sheet_xml(book: Book, sheet: str, translator: Translator) -> Iterator[str]:
    part = book.sheet(sheet)
    formulas = formula_cells(part)
    arrays = array_areas(part)
    covered = {place for anchor, area in arrays.items() for place in area.places() if place != anchor}
    yield f"<worksheet {_MAIN}><sheetData>"
    current = 0
    for place in sorted(part.cells):
        if place in covered:
            continue
        cell = part.cells[place]
        formula = formulas.get(place)
        if formula is not None and not refers_outside(formula):
            area = arrays.get(place)
            text = translator.translate(formula, CellAt(sheet, *place), array=area is not None)
            if area is not None and not cell.dynamic:
                text = f"{FIT}({text},{area.height},{area.width})"
            content = f'<c r="{a1(*place)}"><f>{escape(escape_text(text))}</f></c>'
        else:
            content = _constant_xml(book, part, cell)
        if not content:
            continue
        if place[0] != current:
            yield f'{"</row>" if current else ""}<row r="{place[0]}">'
            current = place[0]
        yield content
    yield f"{'</row>' if current else ''}</sheetData></worksheet>"


def _constant_xml(book: Book, part: SheetPart, cell: StoredCell) -> str:
    address = a1(cell.row, cell.column)
    value = part.value(cell, book.strings)
    if value is None:
        return ""
    kind, written = written_value(value)
    if kind == "str":
        return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'
    return f'<c r="{address}" t="{kind}"><v>{written}</v></c>'
