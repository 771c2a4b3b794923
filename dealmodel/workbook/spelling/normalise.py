"""The plain copy of a workbook that the engine reads: values, formulas and names, nothing else.

Shared formulas are written out, array formulas are fitted to their range, what an older spill left behind is
cleared, and our functions get their canonical names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.hosts.engine import FIT, in_engine
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.formulas import canonical, refers_outside
from dealmodel.workbook.spelling.plain import constant_xml, formula_xml, plain_package
from dealmodel.workbook.stored.formulacells import array_areas
from dealmodel.workbook.stored.xmltext import escape, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Collection

    from dealmodel.workbook.address import Area
    from dealmodel.workbook.book import Book, DefinedName
    from dealmodel.workbook.spelling.translation import Translator
    from dealmodel.workbook.stored.shapes import Movable
    from dealmodel.workbook.stored.storedcells import Place, RawCell

DISPLAYED = "DEALMODEL_DISPLAYED"
"""Function of the engine's only: a number rounded to what its cell shows of it."""
_AS_WRITTEN = b'<c r="%b%b"><f>%b</f></c>'
_NUMBER = re.compile(rb"[-+.0-9eE]+").fullmatch


def plain_copy(
    book: Book,
    translator: Translator,
    careful: Collection[CellAt] = (),
    formulas: Collection[CellAt] | None = None,
) -> bytes:
    """Return the workbook as the engine reads it.

    Parameters
    ----------
    book, translator
        The workbook.
    careful
        The cells whose formulas are spelled as Excel has it to the last digit.
    formulas
        The cells whose formulas are wanted, those of others are left out; None for all.
    """
    careful_on = _by_sheet(book, careful)
    wanted_on = None if formulas is None else _by_sheet(book, formulas)
    copies = (
        (sheet, _SheetCopy(book, sheet, translator, places, None if wanted_on is None else wanted_on[sheet]))
        for sheet, places in careful_on.items()
    )
    sheets = {in_engine(sheet): copy.xml() for sheet, copy in copies}
    # Behind all others, whose numbers count; which of them formulas refer to is known now.
    sheets |= {sheet: _SheetCopy(book, sheet, translator, ()).xml() for sheet in book.linked_sheets}
    return plain_package(sheets, _names_xml(book), date1904=book.settings.date1904)


def _by_sheet(book: Book, cells: Collection[CellAt]) -> dict[str, set[Place]]:
    """Return the places of cells by their sheets, all of which are there."""
    found: dict[str, set[Place]] = {sheet: set() for sheet in book.sheets}
    for at in cells:
        found[at.sheet].add(at[1:])
    return found


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
    code = book.number_formats.of(at).replace('"', '""')
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


class _SheetCopy:
    """The cells of a sheet as the engine reads them.

    Parameters
    ----------
    book, sheet, translator
        The sheet.
    careful
        The cells whose formulas are spelled as Excel has it to the last digit.
    wanted
        The cells whose formulas are wanted; None for all.
    """

    def __init__(
        self,
        book: Book,
        sheet: str,
        translator: Translator,
        careful: Collection[Place],
        wanted: Collection[Place] | None = None,
    ) -> None:
        self._book, self._sheet, self._translator, self._careful = book, sheet, translator, careful
        self._wanted = wanted
        self._part = book.sheet(sheet)
        self._formulas, self._values, self._arrays = book.formulas(sheet), book.values(sheet), array_areas(self._part)
        self._hindered = book.hindered(sheet)
        self._covered = {p for anchor, area in self._arrays.items() for p in area.places() if p != anchor}
        self._as_displayed = book.settings.as_displayed
        self._copied: dict[tuple[Movable, bool], Movable | None] = {}
        """What formulas that cells share are to the engine, as parts spell them, by care; None where each is another
        one."""

    def xml(self) -> bytes:
        """Return the cells; the engine finds them by their addresses, without rows."""
        cells = self._part.cells
        as_written = cells.kinds.told(self._translator.stays_as_written)
        if self._as_displayed:
            as_written = [False] * len(cells)
        elif self._careful or self._covered:
            pairs = zip(as_written, cells.places, strict=True)
            as_written = [stays and p not in self._careful and p not in self._covered for stays, p in pairs]
        pieces = [
            # Most are written into the copy as they stand in the part.
            _AS_WRITTEN % (raw[0], raw[1], raw[5]) if stays else self._other(place, raw)
            for place, raw, stays in zip(cells.places, cells.raw, as_written, strict=True)
        ]
        if self._wanted is not None:
            pieces = [piece if self._is_wanted(p) else b"" for p, piece in zip(cells.places, pieces, strict=True)]
        if not cells.are_in_order:
            pieces = [piece for _, piece in sorted(zip(cells.places, pieces, strict=True))]
        return b"".join(pieces)

    def _is_wanted(self, place: Place) -> bool:
        """Whether a cell is in the copy: a formula that is not wanted is not, nor is its value."""
        return place in (self._wanted or ()) or place not in self._formulas or place in self._hindered

    def _other(self, place: Place, raw: RawCell) -> bytes:
        letters, digits, _, kind, group, formula, value, _, _ = raw
        if place in self._covered:
            return b""
        if value and kind in (b"", b"n") and not (formula or group) and self._values[place] and _NUMBER(value):
            return b'<c r="%b%b"><v>%b</v></c>' % (letters, digits, value)
        careful = place in self._careful
        if (formula or group) and not self._as_displayed and (moved := self._moved(place, formula, careful=careful)):
            return _AS_WRITTEN % (letters, digits, moved)
        if (text := self._formulas.get(place)) is not None and place not in self._hindered:
            at = CellAt(self._sheet, *place)
            area = self._arrays.get(place)
            text = engine_formula(self._book, self._translator, at, area, careful=careful)
            return formula_xml(*place, text).encode()
        return constant_xml(*place, self._values[place]).encode() if place in self._values else b""

    def _moved(self, place: Place, formula: bytes, *, careful: bool) -> bytes | None:
        """Return what a formula is to the engine where another cell has told it; else None."""
        if formula:
            return self._translator.filled_down(formula, self._sheet, place, careful=careful)
        shared = self._formulas.shared(place)
        if shared is None:
            return None
        if (shared, careful) not in self._copied:
            text, at = self._formulas[place], CellAt(self._sheet, *place)
            copied = None if place in self._hindered else self._translator.copied(text, at, careful=careful)
            self._copied[shared, careful] = copied
        copied = self._copied[shared, careful]
        moved = None if copied is None else copied.at(*place)
        return None if moved is None else moved.encode()
