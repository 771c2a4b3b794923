"""Whole rows and columns in arrays, as far as any cell of the sheets in question is in use.

The engine cuts each of them off where its own cells end, so that two that do not end alike, as `(A:A="x")*(C:C)`,
do not fit each other; and a million blanks, where a range is given in full, take seconds.
"""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area, CellAt, parse_region, split_sheet
from dealmodel.workbook.spelling.meanings import cells_text
from dealmodel.workbook.spelling.syntax import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dealmodel.workbook.spelling.meanings import Meanings
    from dealmodel.workbook.spelling.syntax import Node

_Text = TypeVar("_Text")


class Extent(Enum):
    """How much is written of whole rows and columns."""

    USED = "the lines in use and the first blank one"
    BLANK = "the first blank line, which stands for all that are left out"
    TWO = "that line and the next, which make an array"
    FULL = "all lines"


class WholeLines:
    """The whole rows and columns of one formula.

    Parameters
    ----------
    meanings
        What the workbook's names mean.
    at
        The cell in which the formula stands.
    tree
        The formula.
    """

    def __init__(self, meanings: Meanings, at: CellAt, tree: Node) -> None:
        self._meanings = meanings
        self._at = at
        self._tree = tree
        self.left_out: dict[str, int] = {}
        """Blank lines beyond those that were written, since this was last emptied: rows or columns, and how many."""
        self.extent = Extent.USED
        """How much of them is written now."""

    def within(self, extent: Extent, write: Callable[[Node], _Text], node: Node) -> _Text:
        """Return what is written of a node in some extent."""
        before, self.extent = self.extent, extent
        try:
            return write(node)
        finally:
            self.extent = before

    def is_whole(self, text: str) -> bool:
        """Whether a reference is to whole rows or columns."""
        return self._whole(text) is not None

    def cut(self, text: str) -> str:
        """Return a reference up to the first blank line after all that is in use; anything else as it is."""
        found = self._whole(text)
        if found is None:
            return text
        sheet, (top, left, bottom, right) = found
        if self.extent is Extent.FULL:
            return cells_text(sheet, found[1])
        row, column = self._first_blank
        end = (row, right) if bottom == MAX_ROW else (bottom, column)
        return cells_text(sheet, Area(top, left, *end))

    def part(self, text: str) -> str:
        """Return the same as part of a sum, and remember what is left out of it."""
        found = self._whole(text)
        if found is None:
            return text
        sheet, area = found
        if self.extent is Extent.FULL:
            return cells_text(sheet, area)
        top, left, bottom, right = area
        is_used, more = self.extent is Extent.USED, int(self.extent is Extent.TWO)
        row, column = self._first_blank
        if bottom == MAX_ROW:
            self.left_out["rows"] = MAX_ROW - row
            return cells_text(sheet, Area(top if is_used else row, left, row + more, right))
        self.left_out["columns"] = MAX_COLUMN - column
        return cells_text(sheet, Area(top, left if is_used else column, bottom, column + more))

    def _whole(self, text: str) -> tuple[str, Area] | None:
        """Return the sheet and the area of a reference to whole rows or columns, but not to a whole sheet."""
        sheet, address = split_sheet(text) or (self._at.sheet, text)
        region = parse_region(address) if ":" in address else None
        if region is None or (region.height == MAX_ROW) == (region.width == MAX_COLUMN):
            return None
        found = self._meanings.find_sheet(sheet)
        return None if found is None else (found, region)

    @cached_property
    def _first_blank(self) -> tuple[int, int]:
        """The first row and column beyond all that the sheets of the formula hold."""
        used = [self._meanings.used(sheet) for sheet in {self._at.sheet, *self._sheets(self._tree)}]
        rows, columns = zip(*used, strict=True)
        return min(max(rows) + 1, MAX_ROW), min(max(columns) + 1, MAX_COLUMN)

    def _sheets(self, node: Node) -> Iterator[str]:
        """Yield the sheets to which a part of the formula refers."""
        if node["node_type"] == "Reference":
            name = self._meanings.named(node["reference"], self._at)
            area = self._meanings.book.area_of(name) if name else None
            split = split_sheet(node["reference"])
            found = area[0] if area else self._meanings.find_sheet(split[0]) if split else None
            if found is not None:
                yield found
        for part in parts_of(node):
            yield from self._sheets(part)
