"""The rows of the template and the worked case are as high as their texts, whatever font stands in for Arial."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font, LoadFlags
from openpyxl.utils import get_column_letter

from dealmodel.workbook.template import CASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

BOOKS = Path(__file__).parents[2] / "workbooks"
PIXELS_A_POINT = 96 / 72
DIGIT, PADDING, INDENT = 7, 5, 9
"""Pixels of a digit of the default font, of what a column has beyond its digits, and of an indent."""
LEADING = 1.17
USUAL = 15
"""Points of a row that names no height."""
MADE = 100
"""Points the font is measured at."""


class Widest:
    """DejaVu Sans, which machines without Arial and Liberation Sans take: the widest of the fonts that stand in."""

    def __init__(self) -> None:
        self._faces = {}
        for bold in (False, True):
            name = "DejaVu Sans:bold" if bold else "DejaVu Sans"
            self._faces[bold] = FT2Font(font_manager.findfont(name, fallback_to_default=False))
            self._faces[bold].set_size(MADE, 72)

    @functools.cache  # noqa: B019  one object serves the module, and most words stand in many cells
    def _hundred(self, word: str, bold: bool) -> float:
        self._faces[bold].set_text(word, 0.0, flags=LoadFlags.NO_HINTING)
        return float(self._faces[bold].get_width_height()[0]) / 64

    def width(self, word: str, cell: Cell) -> float:
        """Return the pixels of a word."""
        return self._hundred(word, bool(cell.font.b)) * float(cell.font.sz) / MADE * PIXELS_A_POINT

    def lines(self, cell: Cell, room: float) -> int:
        count, filled = 1, 0.0
        # The ink of a space is nothing; its advance is the difference it makes.
        space = self.width("o o", cell) - self.width("oo", cell)
        for word in str(cell.value).split():
            wide = self.width(word, cell)
            if filled and filled + space + wide > room:
                count, filled = count + 1, wide
            else:
                filled += wide + (space if filled else 0.0)
        return count


def texts(sheet: Worksheet) -> Iterator[tuple[Cell, float]]:
    """Give the cells whose texts are wrapped, and the pixels they have."""
    wide = {f"{get_column_letter(r.min_col)}{r.min_row}": r.max_col for r in sheet.merged_cells.ranges}
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and cell.alignment.wrap_text:
                columns = range(cell.column, wide.get(cell.coordinate, cell.column) + 1)
                widths = (sheet.column_dimensions[get_column_letter(c)].width for c in columns)
                yield cell, sum(w * DIGIT + PADDING for w in widths) - INDENT * (1 + (cell.alignment.indent or 0))


@pytest.mark.parametrize("case", CASES)
def test_no_text_is_cut_by_a_low_row(case: str) -> None:
    widest = Widest()
    seen = 0
    for sheet in openpyxl.load_workbook(BOOKS / f"{case}.xlsx", data_only=True):
        for cell, room in texts(sheet):
            needed = widest.lines(cell, room) * cell.font.sz * LEADING
            height = sheet.row_dimensions[cell.row].height or USUAL
            assert needed <= height, f"{sheet.title}!{cell.coordinate}: {cell.value}"
            seen += 1
    assert seen > 300
