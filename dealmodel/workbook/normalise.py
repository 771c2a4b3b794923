"""The plain copy of a workbook that the engine reads: values, formulas and names, nothing else.

Shared formulas are written out, array formulas are fitted to their range, what an older spill left behind is
cleared, and our functions get their canonical names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.hosts.engine import FIT, in_engine
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.formulacells import array_areas, hindrance
from dealmodel.workbook.formulas import canonical, refers_outside
from dealmodel.workbook.plain import constant_xml, formula_xml, plain_package
from dealmodel.workbook.xmltext import escape, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Collection

    from dealmodel.workbook.address import Area
    from dealmodel.workbook.book import Book, DefinedName
    from dealmodel.workbook.storedcells import Place, RawCell
    from dealmodel.workbook.translation import Translator

DISPLAYED = "DEALMODEL_DISPLAYED"
"""Function of the engine's only: a number rounded to what its cell shows of it."""
_NUMBER = re.compile(rb"[-+.0-9eE]+").fullmatch


def plain_copy(book: Book, translator: Translator, careful: Collection[CellAt] = ()) -> bytes:
    """Return the workbook as the engine reads it.

    Parameters
    ----------
    book, translator
        The workbook.
    careful
        The cells whose formulas are spelled as Excel has it to the last digit.
    """
    careful_on: dict[str, set[Place]] = {sheet: set() for sheet in book.sheets}
    for at in careful:
        careful_on[at.sheet].add(at[1:])
    cells = ((sheet, _cells_xml(book, sheet, translator, places)) for sheet, places in careful_on.items())
    sheets = {in_engine(sheet): xml for sheet, xml in cells}
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


def engine_formula(book: Book, translator: Translator, at: CellAt, area: Area | None, *, careful: bool = False) -> str:
    """Return the formula of a cell as the engine reads it.

    Parameters
    ----------
    book, translator
        The workbook.
    at
        The cell.
    area
        The range of its array, where it begins one.
    careful
        Whether everything is spelled as Excel has it to the last digit.
    """
    text = _in_full(book, translator, at, area, careful=careful)
    if not book.settings.as_displayed:
        return text
    code = translator.formats.of(at).replace('"', '""')
    return f'{DISPLAYED}({text},"{code}")'


def _in_full(book: Book, translator: Translator, at: CellAt, area: Area | None, *, careful: bool) -> str:
    formula = book.formulas(at.sheet)[at.row, at.column]
    if area is None:
        return translator.translate(formula, at, array=False, careful=careful)
    text = translator.translate(formula, at, array=True, careful=careful)
    cell = book.cell(at)
    if cell is not None and cell.dynamic:
        return text
    return f"{FIT}({text},{area.height},{area.width})"


def _cells_xml(book: Book, sheet: str, translator: Translator, careful: Collection[Place]) -> bytes:
    """Return the cells of a sheet; the engine finds them by their addresses, without rows."""
    part = book.sheet(sheet)
    formulas, values, arrays = book.formulas(sheet), book.values(sheet), array_areas(part)
    covered = {place for anchor, area in arrays.items() for place in area.places() if place != anchor}
    changed = part.cells if book.settings.as_displayed else careful

    def others(place: Place, raw: RawCell) -> bytes:
        letters, digits, kind, group, formula, value, _, _ = raw
        if place in covered:
            return b""
        if value and kind in (b"", b"n") and not (formula or group) and values[place] and _NUMBER(value):
            return b'<c r="%b%b"><v>%b</v></c>' % (letters, digits, value)
        if formula and place not in changed and (filled := translator.filled_down(formula, sheet, place)):
            return b'<c r="%b%b"><f>%b</f></c>' % (letters, digits, filled)
        if (text := formulas.get(place)) is not None and not hindrance(text):
            at = CellAt(sheet, *place)
            text = engine_formula(book, translator, at, arrays.get(place), careful=place in careful)
            return formula_xml(*place, text).encode()
        return constant_xml(*place, values[place]).encode() if place in values else b""

    as_written = part.cells.kinds.told(translator.stays_as_written)
    if changed or covered:
        pairs = zip(as_written, part.cells.places, strict=True)
        as_written = [stays and place not in changed and place not in covered for stays, place in pairs]
    pieces = [
        # Most are written into the copy as they stand in the part.
        b'<c r="%b%b"><f>%b</f></c>' % (raw[0], raw[1], raw[4]) if stays else others(place, raw)
        for place, raw, stays in zip(part.cells.places, part.cells.raw, as_written, strict=True)
    ]
    if not part.cells.are_in_order:
        pieces = [piece for _, piece in sorted(zip(part.cells.places, pieces, strict=True))]
    return b"".join(pieces)
