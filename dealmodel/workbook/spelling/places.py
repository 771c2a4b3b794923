"""References of which a function needs the place only, and not what the cells there hold.

Excel does not look into the cells of `ROWS(C$18:C18)`, nor into those that `INDEX(B:B,ROW()-1)` passes over, so that
such a formula may stand among them. To the engine it refers to itself.
"""

from __future__ import annotations

import re

from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, column_letters, parse_region

_PLACES = {"ROW": "rows", "ROWS": "rows", "COLUMN": "columns", "COLUMNS": "columns"}
"""Functions that look at the place of a range, with what they ask for."""
_PICKING = ("INDEX", "OFFSET")
"""Functions that take cells from the range that is their first argument, wherever it lies."""
_CORNER = re.compile(r"(\$?)([A-Za-z]*)(\$?)(\d*)")


def by_place(function: str, position: int, text: str) -> str:
    """Return an argument that does not make a formula refer to itself where Excel does not see it so.

    Parameters
    ----------
    function
        The function, in upper case.
    position
        Place of the argument, from 0.
    text
        The argument as the engine needs it.

    Examples
    --------
    >>> by_place("ROWS", 0, "C$18:C18"), by_place("COLUMN", 0, "Data!A:$C"), by_place("INDEX", 0, "B:B")
    ('$XFD$18:$XFD18', 'Data!A$1048576:$C$1048576', '$B$1:$B$1048576')
    """
    if position or ":" not in text or not (function in _PLACES or function in _PICKING):
        return text
    sheet, mark, address = text.rpartition("!")
    region = parse_region(address)
    if region is None:
        return text
    first, last = (_CORNER.fullmatch(end) for end in address.split(":"))
    if first is None or last is None:
        return text
    if function in _PICKING:
        # To the engine an index that is worked out depends on every cell of whole rows and columns, not of others.
        whole = not (first[2] and first[4])
        left, right = column_letters(region.left), column_letters(region.right)
        return f"{sheet}{mark}${left}${region.top}:${right}${region.bottom}" if whole else text
    if _PLACES[function] == "rows":
        beside = f"${column_letters(MAX_COLUMN)}"
        return f"{sheet}{mark}{beside}{_row(first, 1)}:{beside}{_row(last, MAX_ROW)}"
    return f"{sheet}{mark}{_column(first, 1)}${MAX_ROW}:{_column(last, MAX_COLUMN)}${MAX_ROW}"


def _row(corner: re.Match[str], limit: int) -> str:
    """Return the row of a corner; of whole columns, the first or last of the sheet."""
    dollar, letters, second_dollar, digits = corner.groups()
    return f"{second_dollar if letters else dollar}{digits}" if digits else f"${limit}"


def _column(corner: re.Match[str], limit: int) -> str:
    """Return the column of a corner; of whole rows, the first or last of the sheet."""
    return f"{corner[1]}{corner[2]}" if corner[2] else f"${column_letters(limit)}"
