"""Tables of a workbook, and the cells that a structured reference such as `Sales[[#This Row],[Units]]` means."""

from __future__ import annotations

import re
from typing import NamedTuple

from dealmodel.workbook.address import Area

_PIECE = re.compile(r"\s*\[((?:[^\[\]']|'.)*)\]\s*([,:]?)\s*")
_ESCAPE = re.compile(r"'(.)", re.DOTALL)


class Table(NamedTuple):
    """A table of a sheet."""

    name: str
    sheet: str
    area: Area
    columns: tuple[str, ...]
    header_rows: int
    total_rows: int
    filtered: Area | None = None
    """The range of its filter, where one is at work."""

    def resolve(self, specifier: str, row: int) -> Area | None:
        """Return the cells that a specifier, the text between the outer brackets, means.

        Parameters
        ----------
        specifier
            Such as `Units`, `#Totals`, `[#This Row],[Units]`, `[#This Row],Units` or `@[Unit cost]`.
        row
            The row in which the reference stands.

        Examples
        --------
        >>> table = Table("Sales", "Sheet1", Area(1, 1, 5, 2), ("Units", "Price"), 1, 1)
        >>> table.resolve("[#This Row],[Price]", 3)
        Area(top=3, left=2, bottom=3, right=2)
        """
        items, columns = _parse(specifier)
        rows = self._rows(items, row)
        if rows is None:
            return None
        if not columns:
            return Area(rows[0], self.area.left, rows[1], self.area.right)
        known = [name.casefold() for name in self.columns]
        if any(column.casefold() not in known for column in columns):
            return None
        places = sorted(self.area.left + known.index(column.casefold()) for column in columns)
        return Area(rows[0], places[0], rows[1], places[-1])

    def _rows(self, items: list[str], row: int) -> tuple[int, int] | None:
        """Return the first and last row of the parts named, or None where the table has them not."""
        top, bottom = self.area.top, self.area.bottom
        first, last = top + self.header_rows, bottom - self.total_rows
        parts = {
            "#all": (top, bottom),
            "#data": (first, last),
            "#headers": (top, top + self.header_rows - 1),
            "#totals": (bottom - self.total_rows + 1, bottom),
            "#this row": (row, row),
        }
        spans = [parts.get(item.casefold(), (1, 0)) for item in items or ["#data"]]
        outside = "#this row" in (item.casefold() for item in items) and not first <= row <= last
        if outside or any(begin > end for begin, end in spans):
            return None
        return min(begin for begin, _ in spans), max(end for _, end in spans)


def _parse(specifier: str) -> tuple[list[str], list[str]]:
    """Split a specifier into the parts of the table (`#Totals`) and the columns that it names."""
    text = specifier.strip()
    items: list[str] = []
    if text.startswith("@"):
        items, text = ["#This Row"], text[1:].strip()
    if not text.startswith("["):
        if not text:
            return items, []
        return ([text], []) if text.startswith("#") else (items, [_ESCAPE.sub(r"\1", text)])
    columns = []
    while piece := _PIECE.match(text):
        if piece[1].startswith("#"):
            items.append(piece[1])
        else:
            columns.append(_ESCAPE.sub(r"\1", piece[1]))
        text = text[piece.end() :]
    if text:
        # The last column may stand without brackets of its own, as XlsxWriter has it: `[#This Row],Units`.
        columns.append(_ESCAPE.sub(r"\1", text.strip()))
    return items, columns
