"""Formulas that only pick one of several cells, as that of a live scenario does: `=INDEX(E12:I12,scenario_number)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dealmodel.workbook.address import Area, CellAt, parse_area, split_sheet
from dealmodel.workbook.formulas import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.cells import Scalar
    from dealmodel.workbook.book import Book

_MOST_INDICES = 2
_MOST_CELLS = 10_000
"""Cells that a formula may pick from and still be a mere selector."""


class Selector(NamedTuple):
    """What a picking formula picks from."""

    sheet: str
    cells: tuple[tuple[CellAt, ...], ...]
    """The cells, in rows."""
    indices: tuple[str, ...]
    """The formulas that give the position: one along a row or column, or row and column."""

    def picked(self, evaluate: Callable[[str], Scalar]) -> CellAt | None:
        """Return the cell that is picked, or None where the position is outside.

        Parameters
        ----------
        evaluate
            Gives the value of a formula that stands in the selector's cell.
        """
        numbers = [evaluate(index) for index in self.indices]
        if not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers):
            return None
        places = [int(n) for n in numbers if isinstance(n, (int, float))]
        if len(places) == 1:
            places = [1, places[0]] if len(self.cells) == 1 else [places[0], 1]
        row, column = places
        inside = 1 <= row <= len(self.cells) and 1 <= column <= len(self.cells[0])
        return self.cells[row - 1][column - 1] if inside else None


def selector(book: Book, at: CellAt, formula: str) -> Selector | None:
    """Return what a formula picks from, or None where it does more than picking.

    Parameters
    ----------
    book
        The workbook, for its names.
    at
        The cell of the formula.
    formula
        The formula, without `=`.
    """
    function, arguments = _call(formula)
    if function == "INDEX" and 1 < len(arguments) <= _MOST_INDICES + 1:
        found = _area(book, at.sheet, arguments[0])
        if found is None or (len(arguments) == _MOST_INDICES and 1 not in (found[1].height, found[1].width)):
            return None
        sheet, area = found
        if area.height * area.width > _MOST_CELLS:
            return None
        columns = range(area.left, area.right + 1)
        rows = tuple(tuple(CellAt(sheet, row, c) for c in columns) for row in range(area.top, area.bottom + 1))
        return Selector(sheet, rows, tuple(arguments[1:]))
    if function == "CHOOSE" and len(arguments) > 1:
        cells = [_cell(book, at.sheet, text) for text in arguments[1:]]
        known = tuple(cell for cell in cells if cell is not None)
        return Selector(at.sheet, (known,), (arguments[0],)) if len(known) == len(cells) else None
    return None


def _call(formula: str) -> tuple[str, Sequence[str]]:
    """Split a formula that is one call into function and arguments; any other gives no function."""
    cut = [text for _, text in tokens(formula.strip())]
    if len(cut) < 3 or cut[1] != "(" or cut[-1] != ")":  # noqa: PLR2004  name and both brackets
        return "", []
    arguments = [""]
    depth = 0
    for text in cut[2:-1]:
        depth += (text in ("(", "{")) - (text in (")", "}"))
        if depth < 0:
            return "", []
        if text == "," and depth == 0:
            arguments.append("")
        else:
            arguments[-1] += text
    return cut[0].upper(), [argument.strip() for argument in arguments]


def _area(book: Book, sheet: str, reference: str) -> tuple[str, Area] | None:
    split = split_sheet(reference)
    found = book.find_sheet(split[0]) if split else sheet
    area = parse_area(split[1] if split else reference)
    if found is not None and area is not None:
        return found, area
    named = next((n for n in book.names if n.sheet is None and n.name.casefold() == reference.casefold()), None)
    return book.area_of(named) if named else None


def _cell(book: Book, sheet: str, reference: str) -> CellAt | None:
    found = _area(book, sheet, reference)
    return CellAt(found[0], *found[1][:2]) if found and found[1].height == found[1].width == 1 else None
