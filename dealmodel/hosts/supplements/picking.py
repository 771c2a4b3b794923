"""Parts of arrays: chosen, filtered and counted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError, Scalar
from dealmodel.hosts.engine_values import to_engine, to_scalar
from dealmodel.hosts.supplements.refusals import CellErrorRaised, NotComputable, refuse
from dealmodel.hosts.supplements.values import cells_of, one, place_of, rows_of, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.hosts.engine_values import EngineValue

    Rows = list[list[EngineValue]]


def rows(array: EngineValue) -> float:
    """Rows of what a function gives (ROWS)."""
    return float(len(_array(array)))


def columns(array: EngineValue) -> float:
    """Columns of what a function gives (COLUMNS)."""
    return float(len(_array(array)[0]))


def _array(argument: EngineValue) -> Rows:
    if not isinstance(argument, list):
        one(argument)
    return rows_of(argument)


def index(
    array: EngineValue,
    row: EngineValue = OMITTED_TEXT,
    column: EngineValue = OMITTED_TEXT,
    area: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Element or line of an array (INDEX)."""
    table = _array(array)
    if any(len(cells_of(place)) > 1 for place in (row, column)):
        # Which of several lines Excel gives is not documented.
        raise NotComputable
    down, right = (0 if place in (OMITTED_TEXT, None) else place_of(place) for place in (row, column))
    refuse(down < 0 or right < 0, CellError.VALUE)
    refuse(area not in (OMITTED_TEXT, None) and whole(area) != 1, CellError.REF)
    if len(table) == 1 and column == OMITTED_TEXT and len(table[0]) > 1:
        down, right = 0, down
    refuse(down > len(table) or right > len(table[0]), CellError.REF)
    lines = table[down - 1 : down] if down else table
    found = [line[right - 1 : right] if right else line for line in lines]
    return found[0][0] if len(found) == len(found[0]) == 1 else found


def union(*areas: EngineValue) -> EngineValue:
    """Cells of several areas, one area after the other, as one column without blanks."""
    return [[to_engine(cell)] for area in areas for cell in cells_of(area) if cell is not None] or [[0.0]]


def filter_(array: EngineValue, include: EngineValue, if_empty: EngineValue = OMITTED_TEXT) -> EngineValue:
    """Rows or columns for which a condition holds (FILTER)."""
    table, flags = rows_of(array), rows_of(include)
    upright = len(flags[0]) == 1 and len(flags) == len(table)
    refuse(not upright and not (len(flags) == 1 and len(flags[0]) == len(table[0])), CellError.VALUE)
    kept = [_holds(flag) for flag in cells_of(flags)]
    if upright:
        found = [line for line, keep in zip(table, kept, strict=True) if keep]
    else:
        found = [[cell for cell, keep in zip(line, kept, strict=True) if keep] for line in table] if any(kept) else []
    if found:
        return found
    refuse(if_empty == OMITTED_TEXT, CellError.CALC)
    return if_empty


def _holds(flag: Scalar) -> bool:
    if isinstance(flag, CellError):
        raise CellErrorRaised(flag)
    refuse(isinstance(flag, str), CellError.VALUE)
    return bool(flag)


def sumproduct(*arrays: EngineValue) -> float:
    """Sum of the products of elements; what is no number counts as nothing (SUMPRODUCT)."""
    refuse(any(isinstance(array, str) for array in arrays), CellError.VALUE)
    grids = [rows_of(array) for array in arrays]
    sizes = {(len(grid), len(grid[0])) for grid in grids}
    refuse(len(sizes) > 1, CellError.VALUE)
    factors = [[cell if cell.__class__ is float else _factor(cell) for row in grid for cell in row] for grid in grids]
    return math.fsum(factors[0] if len(factors) == 1 else map(math.prod, zip(*factors, strict=True)))


def _factor(value: EngineValue) -> float:
    cell = to_scalar(value)
    if isinstance(cell, CellError):
        raise CellErrorRaised(cell)
    return float(cell) if isinstance(cell, (int, float)) and not isinstance(cell, bool) else 0.0


_TRIMMED = {0: (False, False), 1: (True, False), 2: (False, True), 3: (True, True)}
"""Whether the lines before and those after are cut off, by the number that says so."""


def trimrange(
    array: EngineValue, rows_: EngineValue = OMITTED_TEXT, columns_: EngineValue = OMITTED_TEXT
) -> EngineValue:
    """Range without the blank rows and columns around it (TRIMRANGE)."""
    down, across = (3 if way in (OMITTED_TEXT, None) else whole(way) for way in (rows_, columns_))
    refuse(down not in _TRIMMED or across not in _TRIMMED, CellError.VALUE)
    kept = _without_blank(rows_of(array), *_TRIMMED[down])
    turned = _without_blank([list(line) for line in zip(*kept, strict=True)], *_TRIMMED[across])
    refuse(not turned, CellError.REF)
    return [list(line) for line in zip(*turned, strict=True)]


def trim_leading(array: EngineValue) -> EngineValue:
    """Range without the blank rows and columns before it (A1.:B9)."""
    return trimrange(array, 1.0, 1.0)


def trim_trailing(array: EngineValue) -> EngineValue:
    """Range without the blank rows and columns after it (A1:.B9)."""
    return trimrange(array, 2.0, 2.0)


def _without_blank(lines: Sequence[list[EngineValue]], before: bool, after: bool) -> list[list[EngineValue]]:
    filled = [i for i, line in enumerate(lines) if any(cell is not None for cell in line)]
    refuse(not filled, CellError.REF)
    return list(lines[filled[0] if before else 0 : filled[-1] + 1 if after else len(lines)])
