"""Columns that run on from cell to cell, such as balances and totals: what MIN, MAX and SUM take of the cells above.

The engine (formualizer 0.13.0) takes a reference to one cell for a range there, and looks for it through all cells of
the column that were computed one by one. As a value it finds the cell at once; the texts, truths and blanks that a
range leaves out are left out in so many words.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING

from dealmodel.workbook.address import parse_cell
from dealmodel.workbook.formulas import tokens
from dealmodel.workbook.stored.storedcells import formula_text

if TYPE_CHECKING:
    from dealmodel.workbook.stored.sheet import SheetPart
    from dealmodel.workbook.stored.storedcells import Place

LONG = 2**12
"""Cells of a column from which on this is quicker: to spell the values takes its time, too."""
_NOTHING = {"MAX": '""', "MIN": '""', "SUM": "0"}
"""What the functions take for nothing where it is a value."""
_CALLS = re.compile(r"\b(?:MAX|MIN|SUM) *\(", re.IGNORECASE)


def running_columns(part: SheetPart) -> frozenset[int]:
    """Return the long columns of a sheet in which formulas give such a function cells above them one by one.

    Parameters
    ----------
    part
        The sheet.
    """
    cells = part.cells
    if len(cells) < LONG:
        return frozenset()
    told = cells.kinds.told(lambda formula: _CALLS.search(formula_text(formula)) is not None)
    written = list(itertools.compress(zip(cells.places, cells.written_formulas, strict=True), told))
    last: dict[int, tuple[Place, bytes]] = {place[1]: (place, formula) for place, formula in written}
    heights = Counter(column for (_, column), _ in written)
    running = {
        column
        for column, (place, formula) in last.items()
        if heights[column] >= LONG and runs_on(formula_text(formula), *place)
    }
    for place, cell in cells.unusual.items():
        shared = cell.formula
        if shared and shared.kind == "shared" and shared.area and shared.area.height >= LONG:
            running.update(range(shared.area.left, shared.area.right + 1) if runs_on(shared.text, *place) else ())
    return frozenset(running)


def runs_on(formula: str, row: int, column: int) -> bool:
    """Whether a formula gives such a function a cell above it."""
    return as_values(formula, row, column) != formula


def as_values(formula: str, row: int, column: int) -> str:
    """Return a formula that gives such functions the values of single cells above it, and not the cells.

    Parameters
    ----------
    formula
        As the engine needs it otherwise.
    row, column
        The cell in which it stands.

    Examples
    --------
    >>> as_values("SUM(B3,C2)", 3, 3)
    'SUM(B3,IF(ISNUMBER(C2),+C2,IF(ISERROR(C2),C2,0)))'
    >>> as_values("SUM(B3,C2*2,C1:C2)", 3, 3)
    'SUM(B3,C2*2,C1:C2)'
    """
    if not _CALLS.search(formula):
        return formula
    cut = list(tokens(formula))
    # Between the names and marks there may be spaces.
    marks = ["", *(text for kind, text in cut if kind != "space"), ""]
    neighbours = zip(marks, marks[2:], strict=False)
    calls: list[str] = []
    pieces = []
    for kind, text in cut:
        piece = text
        if kind != "space":
            before, behind = next(neighbours)
            if text == "(":
                calls.append(before.upper())
            elif text == ")":
                calls = calls[:-1]
            elif before in ("(", ",") and behind in (",", ")") and calls and calls[-1] in _NOTHING:
                piece = _value_of(text, _NOTHING[calls[-1]]) if _is_above(text, row, column) else text
        pieces.append(piece)
    return "".join(pieces)


def _value_of(cell: str, nothing: str) -> str:
    # With a sign it is a value even to IF, which would hand on the cell.
    return f"IF(ISNUMBER({cell}),+{cell},IF(ISERROR({cell}),{cell},{nothing}))"


def _is_above(reference: str, row: int, column: int) -> bool:
    place = parse_cell(reference)
    return place is not None and place[0] < row and place[1] == column
