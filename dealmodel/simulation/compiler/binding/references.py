"""References of formulas to rectangles of cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.workbook.address import (
    MAX_COLUMN,
    MAX_ROW,
    Area,
    CellAt,
    column_number,
    parse_area,
    parse_cell,
    split_sheet,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.workbook.spelling.meanings import Meanings

_WHOLE_LINES = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})|\$?(\d{1,7}):\$?(\d{1,7})")


class References:
    """Finds what references mean.

    Parameters
    ----------
    meanings
        What the workbook's names mean.
    sheets
        The names of the sheets, by their names without regard to case.
    """

    def __init__(self, meanings: Meanings, sheets: Mapping[str, str]) -> None:
        self._meanings = meanings
        self._sheets = sheets

    def area(self, text: str, at: CellAt) -> tuple[str, Area] | None:
        """Return what a reference means, or None where that is not a rectangle of cells."""
        plain = parse_cell(text)
        if plain is not None:
            return at.sheet, Area(*plain, *plain)
        sheet, address = split_sheet(text) or (None, text)
        area = parse_area(address) or self._lines(address, sheet or at.sheet)
        if area is None:
            name = self._meanings.named(text, at)
            return None if name is None else self._meanings.book.area_of(name)
        found = at.sheet if sheet is None else self._sheets.get(sheet.casefold())
        return None if found is None else (found, area)

    def size(self, text: str, at: CellAt) -> int:
        """Return how many cells a reference means, those beyond the last one in use of whole rows and columns too."""
        found = self.area(text, at)
        if found is None:
            return 0
        area = found[1]
        match = _WHOLE_LINES.fullmatch((split_sheet(text) or (None, text))[1])
        if match is None:
            return area.height * area.width
        return MAX_ROW * area.width if match[1] else area.height * MAX_COLUMN

    def _lines(self, address: str, sheet: str) -> Area | None:
        match = _WHOLE_LINES.fullmatch(address)
        found = self._sheets.get(sheet.casefold())
        if not match or found is None:
            return None
        places = self._meanings.book.sheet(found).cells
        bottom, right = (max((p[i] for p in places), default=1) for i in (0, 1))
        if match[1]:
            first, last = sorted((column_number(match[1]), column_number(match[2])))
            return Area(1, first, bottom, last)
        first, last = sorted((int(match[3]), int(match[4])))
        return Area(first, 1, last, right)
