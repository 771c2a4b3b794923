"""The plain copy of a workbook that the engine reads: values, formulas and names, nothing else.

Shared formulas are written out, array formulas are fitted to their range, what an older spill left behind is
cleared, and our functions get their canonical names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from dealmodel.hosts.engine import FIT, in_engine
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.formulas import canonical, refers_outside
from dealmodel.workbook.spelling.plain import constant_xml, formula_xml, plain_package
from dealmodel.workbook.spelling.running import running_columns
from dealmodel.workbook.stored.formulacells import array_areas
from dealmodel.workbook.stored.numbers import MANY, NUMBERS
from dealmodel.workbook.stored.storedcells import formula_text
from dealmodel.workbook.stored.xmltext import escape, quote_attribute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dealmodel.cells import Scalar
    from dealmodel.workbook.address import Area
    from dealmodel.workbook.book import Book, DefinedName
    from dealmodel.workbook.spelling.translation import Translator
    from dealmodel.workbook.stored.shapes import Movable
    from dealmodel.workbook.stored.storedcells import Place, RawCell

DISPLAYED = "DEALMODEL_DISPLAYED"
"""Function of the engine's only: a number rounded to what its cell shows of it."""
_TELLING = 2
"""Cells of many that are filled down which tell what the others are."""
_FEW = 32
"""How many of them are told what they are before it is seen whether they are so."""
_AT_ONCE = 2**12
"""Cells that are written at once: what is put into the same memory again and again takes half the time."""
_FEW_CONSTANTS = 1 / 8
"""Part of the cells up to which their values are read one by one."""
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
    return _spelled(book, translator, at, book.formulas(at.sheet)[at.row, at.column], area, careful=careful)


def _spelled(
    book: Book,
    translator: Translator,
    at: CellAt,
    formula: str,
    area: Area | None,
    *,
    careful: bool,
    running: bool = False,
) -> str:
    """Return a formula that stands in a cell as the engine reads it."""
    text = translator.translate(formula, at, array=area is not None, careful=careful, running=running)
    if area is not None:
        cell = book.cell(at)
        if cell is None or not cell.dynamic:
            text = f"{FIT}({text},{area.height},{area.width})"
    if not book.settings.as_displayed:
        return text
    code = book.number_formats.of(at).replace('"', '""')
    return f'{DISPLAYED}({text},"{code}")'


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
        self._formulas = book.formulas(sheet)
        self._arrays = array_areas(self._part)
        self._hindered = book.hindered(sheet)
        self._covered = {p for anchor, area in self._arrays.items() for p in area.places() if p != anchor}
        self._as_displayed = book.settings.as_displayed
        self._running = running_columns(self._part)
        cells = self._part.cells
        self._has_few_constants = len(cells) >= MANY and len(cells) - len(self._formulas) < _FEW_CONSTANTS * len(cells)
        """Whether their values are read one by one: those of all cells are read while the engine computes."""
        self._copied: dict[tuple[Movable | None, bool, bool], Movable | None] = {}
        """What formulas that cells share are to the engine, as parts spell them, by care and whether they stand in
        running columns; None where each is another one."""

    def xml(self) -> list[bytes]:
        """Return the cells, piece by piece; the engine finds them by their addresses, without rows."""
        cells = self._part.cells
        as_written = cells.kinds.told(self._translator.stays_as_written)
        if self._as_displayed:
            as_written = [False] * len(cells)
        elif self._careful or self._covered or self._running:
            pairs = zip(as_written, cells.places, strict=True)
            careful, covered, running = self._careful, self._covered, self._running
            as_written = [stays and p not in careful and p not in covered and p[1] not in running for stays, p in pairs]
        others = self._others([i for i, stays in enumerate(as_written) if not stays])
        if not cells.are_in_order:
            pieces = self._pieces(as_written, others, slice(0, len(cells)))
            return [piece for _, piece in sorted(zip(cells.places, pieces, strict=True))]
        every = range(0, len(cells), _AT_ONCE)
        return [b"".join(self._pieces(as_written, others, slice(i, i + _AT_ONCE))) for i in every]

    def _pieces(self, as_written: Sequence[bool], others: Mapping[int, bytes], part: slice) -> list[bytes]:
        """Return some of the cells: most as they stand in the part."""
        places, raw = self._part.cells.places[part], self._part.cells.raw[part]
        pieces = [
            # To join takes half of what to format takes.
            b"".join((b'<c r="', cell[0], cell[1], b'"><f>', cell[3], b"</f></c>")) if stays else others[i]
            for i, cell, stays in zip(range(part.start, part.stop), raw, as_written[part], strict=False)
        ]
        if self._wanted is None:
            return pieces
        return [piece if self._is_wanted(place) else b"" for place, piece in zip(places, pieces, strict=True)]

    def _is_wanted(self, place: Place) -> bool:
        """Whether a cell is in the copy: a formula that is not wanted is not, nor is its value."""
        return place in (self._wanted or ()) or place not in self._formulas or place in self._hindered

    # -- cells that are not as they stand in the part --------------------------------------------------------------

    def _others(self, left: Iterable[int]) -> dict[int, bytes]:
        """Return what cells are in the copy, by their numbers: of many that are filled down at once."""
        places, raw, kinds = self._part.cells.places, self._part.cells.raw, self._part.cells.kinds.of_all
        pieces: dict[int, bytes] = {}
        alike: dict[tuple[bytes, bytes, bytes, bool], list[int]] = defaultdict(list)
        careful, covered = self._careful, self._covered
        for i in left:
            letters, _, _, formula, group, _, _, _, _ = raw[i]
            if (formula or group) and not self._as_displayed and places[i] not in covered:
                alike[letters, kinds[i], group, places[i] in careful].append(i)
            else:
                pieces[i] = self._other(i)
        for (*_, is_careful), cells in alike.items():
            self._write_filled_down(cells, pieces, careful=is_careful)
        return pieces

    def _write_filled_down(self, cells: Sequence[int], pieces: dict[int, bytes], *, careful: bool) -> None:
        """Write what cells of one column are in the copy, whose formulas differ in digits only."""
        raw = self._part.cells.raw
        at, size = 0, _FEW
        while at < len(cells):
            # The first of them tell what the others are, unless those differ in digits that are no rows.
            telling, block = cells[at : at + _TELLING], cells[at + _TELLING : at + size]
            pieces.update((i, self._other(i)) for i in telling)
            moved = self._told(block, careful=careful)
            for i, new in zip(block, moved, strict=True):
                pieces[i] = _written(raw[i], new) if new is not None else self._other(i)
            at, size = at + size, _FEW if None in moved else _AT_ONCE

    def _told(self, cells: Sequence[int], *, careful: bool) -> Sequence[bytes | None]:
        """Return how the engine needs the formulas of cells where those above told it; None for the others."""
        if cells:
            places, raw = [self._part.cells.places[i] for i in cells], [self._part.cells.raw[i] for i in cells]
            rows, column = [row for row, _ in places], places[0][1]
            running = column in self._running
            if raw[0][3] and (down := self._translator.down(self._sheet, column, careful=careful, running=running)):
                return down.others([formula for _, _, _, formula, _, _, _, _, _ in raw], rows)
            if raw[0][4] and (copied := self._shared_by(places, careful=careful)):
                return [None if formula is None else formula.encode() for formula in copied.down_to(rows, column)]
        return [None] * len(cells)

    def _shared_by(self, places: Iterable[Place], *, careful: bool) -> Movable | None:
        """Return what the formula is to the engine that all of some cells share; None where that is not known."""
        shared = {(self._formulas.shared(place), careful, place[1] in self._running) for place in places}
        return self._copied.get(shared.pop()) if len(shared) == 1 else None

    def _other(self, i: int) -> bytes:
        place, raw = self._part.cells.places[i], self._part.cells.raw[i]
        letters, digits, kind, formula, group, value, _, _, _ = raw
        if place in self._covered:
            return b""
        if value and kind in NUMBERS and not (formula or group) and self._stored(i) and _NUMBER(value):
            return b'<c r="%b%b"><v>%b</v></c>' % (letters, digits, value)
        careful = place in self._careful
        if group and not self._as_displayed and (moved := self._moved(place, careful=careful)):
            return _written(raw, moved)
        if self._formulas.are_there[i] and place not in self._hindered:
            at, area = CellAt(self._sheet, *place), self._arrays.get(place)
            text = formula_text(formula) if formula else self._formulas[place]
            running = place[1] in self._running
            spelled = _spelled(self._book, self._translator, at, text, area, careful=careful, running=running)
            return formula_xml(*place, spelled).encode()
        return constant_xml(*place, self._stored(i)).encode()

    def _stored(self, i: int) -> Scalar:
        """Return the value of a cell by its number."""
        if self._has_few_constants:
            return self._part.value_at(i, self._book.strings)
        return self._book.values_in_order(self._sheet)[i]

    def _moved(self, place: Place, *, careful: bool) -> bytes | None:
        """Return what a formula that cells share is to the engine where that is the same in all of them; else None."""
        shared = self._formulas.shared(place)
        if shared is None:
            return None
        key = shared, careful, place[1] in self._running
        if key not in self._copied:
            text, at = self._formulas[place], CellAt(self._sheet, *place)
            is_hindered = place in self._hindered
            copied = None if is_hindered else self._translator.copied(text, at, careful=careful, running=key[2])
            self._copied[key] = copied
        copied = self._copied[key]
        moved = None if copied is None else copied.at(*place)
        return None if moved is None else moved.encode()


def _written(raw: RawCell, formula: bytes) -> bytes:
    """Return a cell that holds a formula, as parts spell it."""
    return b"".join((b'<c r="', raw[0], raw[1], b'"><f>', formula, b"</f></c>"))
