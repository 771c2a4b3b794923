"""A worksheet part: its cells, its rows, and the values that they hold."""

from __future__ import annotations

import math
import re
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.cells import CellError, Scalar
from dealmodel.dates import iso_serial
from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area, a1, parse_area
from dealmodel.workbook.stored.numbers import Numbers
from dealmodel.workbook.stored.sheetxml import SheetXml
from dealmodel.workbook.stored.storedcells import TEXTS, Place, StoredCell, StoredCells
from dealmodel.workbook.stored.xmltext import attributes, element_text, unescape_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_ERRORS = {error.value: error for error in CellError}


class SheetPart(SheetXml):
    """The cells of one worksheet part.

    Parameters
    ----------
    part
        The XML, in UTF-8.
    label
        What messages call it.
    date1904
        Whether the workbook counts days from 1904.

    Raises
    ------
    WorkbookError
        If it is no worksheet, or a damaged one.
    """

    def __init__(self, part: bytes, label: str, *, date1904: bool = False) -> None:
        super().__init__(part, label)
        self.date1904 = date1904
        self.read_ahead: Numbers | None = None
        """The numbers of the cells, where they were read before they are needed."""

    @cached_property
    def cells(self) -> StoredCells:
        """Every cell by row and column."""
        return StoredCells(self)

    @cached_property
    def hidden_rows(self) -> frozenset[int]:
        """The rows that are hidden, by hand or by a filter."""
        hidden = set()
        row = 0
        for match in self.patterns.row.finditer(self.part, *self.data):
            declared = attributes(match[1])
            row = self.whole(declared["r"]) if "r" in declared else row + 1
            if declared.get("hidden") in ("1", "true"):
                hidden.add(row)
        return frozenset(hidden)

    @cached_property
    def filtered(self) -> Area | None:
        """The range of a filter that is at work."""
        return active_filter(self.part[self.data[1] :])

    @cached_property
    def merged(self) -> tuple[Area, ...]:
        """The ranges that are merged into one cell."""
        found = (attributes(m[1]).get("ref", "") for m in self.patterns.merged.finditer(self.part, self.data[1]))
        return tuple(area for area in map(parse_area, found) if area)

    def values(self, strings: Sequence[str]) -> dict[Place, Scalar]:
        """Return the stored value of every cell that is not blank."""
        return self.by_place(self.values_in_order(strings))

    def by_place(self, values: Sequence[Scalar]) -> dict[Place, Scalar]:
        """Return values that stand in the order of the cells by row and column, without blank ones."""
        return {place: value for place, value in zip(self.cells.places, values, strict=True) if value is not None}

    def values_in_order(self, strings: Sequence[str]) -> list[Scalar]:
        """Return the stored value of every cell in the order of `cells`; None where one is blank.

        Raises
        ------
        WorkbookError
            If a cell holds what is no value of its type.
        """
        numbers, self.read_ahead = self.read_ahead or Numbers.of(self.cells.raw), None
        found, others = numbers
        if found is None:
            found, others = [None] * len(self.cells), range(len(self.cells))
        known: dict[tuple[bytes, bytes], Scalar] = {}
        """The same texts stand in many cells."""
        for i in others:
            spelled = self.cells.raw[i][2], self.cells.raw[i][5]
            if not spelled[1]:
                found[i] = self.value_at(i, strings)
                continue
            if spelled not in known:
                known[spelled] = self.value_at(i, strings)
            found[i] = known[spelled]
        return found

    def value_at(self, i: int, strings: Sequence[str]) -> Scalar:
        """Return the stored value of one cell by its place in the order of `cells`; None where it is blank.

        Raises
        ------
        WorkbookError
            If the cell holds what is no value of its type.
        """
        letters, _, kind, _, _, value, inline, _, _ = self.cells.raw[i]
        if value:
            return self._value(self.cells.places[i], kind.decode() or "n", element_text(value), strings)
        if inline:
            return unescape_text(element_text(inline))
        return None if letters else self.value(self.cells.unusual[self.cells.places[i]], strings)

    def value(self, cell: StoredCell, strings: Sequence[str]) -> Scalar:
        """Return the stored value of a cell."""
        if cell.is_blank or cell.text is None:
            return None
        return self._value((cell.row, cell.column), cell.kind, cell.text, strings)

    def _value(self, place: Place, kind: str, text: str, strings: Sequence[str]) -> Scalar:
        if kind in TEXTS:
            return unescape_text(text)
        try:
            return self._other_value(kind, text.strip(), strings)
        except (ValueError, IndexError, OverflowError):
            raise WorkbookError(f"{self.label} is damaged: {a1(*place)} holds {text!r}") from None

    def _other_value(self, kind: str, text: str, strings: Sequence[str]) -> Scalar:
        if kind == "s":
            return strings[self.whole(text)]
        if kind == "b":
            return text in ("1", "true")
        if kind == "e":
            return _ERRORS.get(text, CellError.VALUE)
        if kind == "d":
            return iso_serial(text, date1904=self.date1904)
        number = float(text)
        if not math.isfinite(number) or "_" in text:
            raise ValueError(text)
        return number


def active_filter(part: bytes) -> Area | None:
    """Return the range of the first filter of a sheet or a table that hides rows."""
    match = re.search(rb"<(?:[\w.-]+:)?autoFilter\b([^>]*[^>/])>\s*<(?:[\w.-]+:)?filterColumn\b", part)
    return parse_area(attributes(match[1]).get("ref", "")) if match else None
