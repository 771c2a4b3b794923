"""Ranges over most of a sheet that holds little, such as `SUM(A:XFD)` where one cell far away is in use.

The engine goes through every cell up to the last one in use, and a formula that it is at cannot be interrupted: those
are looked at alone that lie in columns in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.workbook.address import Area, parse_region, split_sheet
from dealmodel.workbook.spelling.conditional import CONDITIONAL
from dealmodel.workbook.spelling.eachreference import TooManyCallsError
from dealmodel.workbook.spelling.meanings import cells_text
from dealmodel.workbook.spelling.nodes import OF_MANY_RANGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.workbook.spelling.meanings import Meanings

GOING_THROUGH = frozenset({*CONDITIONAL, "COUNTBLANK"})
"""Functions that look at every cell, too, but take one range and no parts of it."""
FEW, MOST = 2**22, 2**24
"""Cells of a range that are no trouble, and those that would take the engine some ten seconds."""


def parts_in_use(function: str, meanings: Meanings, home: str, reference: str) -> list[str]:
    """Return the parts of a range in which all of its cells lie that hold something; none where it is no trouble.

    Parameters
    ----------
    function
        The bare name of the function that looks at it.
    meanings
        What the workbook's names mean.
    home
        The sheet on which the formula stands.
    reference
        The range.

    Raises
    ------
    TooManyCallsError
        If they are too many, too, or the function takes no parts.
    """
    if function not in OF_MANY_RANGES and function not in GOING_THROUGH:
        return []
    named, address = split_sheet(reference) or (home, reference)
    region = parse_region(address) if ":" in address else None
    sheet = meanings.find_sheet(named) if region and region.height * region.width > FEW else None
    if region is None or sheet is None or _cells(_within(region, meanings.used(sheet))) <= FEW:
        return []
    if meanings.is_filled_since(sheet):
        raise TooManyCallsError
    areas = list(_areas(meanings, sheet, region))
    if function not in OF_MANY_RANGES or sum(map(_cells, areas)) > MOST:
        raise TooManyCallsError
    return [cells_text(sheet, area) for area in areas or [Area(*region[:2], *region[:2])]]


def _within(region: Area, end: tuple[int, int]) -> Area:
    return Area(*region[:2], min(region.bottom, end[0]), min(region.right, end[1]))


def _cells(area: Area) -> int:
    return max(area.height, 0) * max(area.width, 0)


def _areas(meanings: Meanings, sheet: str, region: Area) -> Iterator[Area]:
    """Yield what is in use of each column, those beside each other together."""
    columns: dict[int, tuple[int, int]] = {}
    for row, column in meanings.book.sheet(sheet).cells:
        if region.holds(row, column):
            top, bottom = columns.get(column, (row, row))
            columns[column] = min(top, row), max(bottom, row)
    run: Area | None = None
    for column, (top, bottom) in sorted(columns.items()):
        if run is not None and run.right == column - 1 and (run.top, run.bottom) == (top, bottom):
            run = run._replace(right=column)
            continue
        if run is not None:
            yield run
        run = Area(top, column, bottom, column)
    if run is not None:
        yield run
