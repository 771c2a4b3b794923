"""Arrays cut, wrapped and made larger, and what a value is."""

from __future__ import annotations

import itertools
import math
from typing import TypeAlias

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import EngineValue, to_engine, to_scalar
from dealmodel.hosts.supplements.refusals import CellErrorRaised, refuse
from dealmodel.hosts.supplements.values import each, number, numbers, place_of, rows_of, whole

Rows: TypeAlias = list[list[EngineValue]]
_MOST = 2**20
"""Cells that an array may have that is made here."""
_LARGEST_POWER = 710.0
"""Power of e that no cell holds."""
_NOT_AVAILABLE = to_engine(CellError.NA)


def munit(dimension: EngineValue) -> Rows:
    """Matrix of ones on the diagonal and zeros beside it."""
    size = whole(dimension)
    refuse(size < 1 or size * size > _MOST, CellError.VALUE)
    return [[float(i == j) for j in range(size)] for i in range(size)]


def take(array: EngineValue, rows: EngineValue, columns: EngineValue = OMITTED_TEXT) -> Rows:
    """First rows and columns of an array, or the last ones for negative numbers."""
    cut = _taken(rows_of(array), rows)
    return [list(row) for row in zip(*_taken([list(c) for c in zip(*cut, strict=True)], columns), strict=True)]


def expand(
    array: EngineValue, rows: EngineValue, columns: EngineValue = OMITTED_TEXT, pad_with: EngineValue = OMITTED_TEXT
) -> Rows:
    """Array with rows and columns added."""
    given = rows_of(array)
    height = len(given) if rows == OMITTED_TEXT else whole(rows)
    width = len(given[0]) if columns == OMITTED_TEXT else whole(columns)
    refuse(height < len(given) or width < len(given[0]) or height * width > _MOST, CellError.VALUE)
    pad = _NOT_AVAILABLE if pad_with == OMITTED_TEXT else pad_with
    wide = [[*row, *[pad] * (width - len(row))] for row in given]
    return wide + [[pad] * width for _ in range(height - len(given))]


def drop(array: EngineValue, rows: EngineValue, columns: EngineValue = OMITTED_TEXT) -> Rows:
    """Array without its first rows and columns, or without the last ones for negative numbers."""
    cut = _dropped(rows_of(array), rows)
    return [list(row) for row in zip(*_dropped([list(c) for c in zip(*cut, strict=True)], columns), strict=True)]


def vstack(*arrays: EngineValue) -> Rows:
    """Arrays below each other; what narrower ones lack is #N/A."""
    given = [rows_of(array) for array in arrays]
    width = max(len(rows[0]) for rows in given)
    return [[*row, *[_NOT_AVAILABLE] * (width - len(row))] for rows in given for row in rows]


def hstack(*arrays: EngineValue) -> Rows:
    """Arrays beside each other; what shorter ones lack is #N/A."""
    given = [rows_of(array) for array in arrays]
    if len({len(rows) for rows in given}) == 1:
        return [list(itertools.chain(*parts)) for parts in zip(*given, strict=True)]
    turned = ([list(column) for column in zip(*rows, strict=True)] for rows in given)
    return [list(row) for row in zip(*vstack(*turned), strict=True)]


def sequence(
    rows: EngineValue,
    columns: EngineValue = OMITTED_TEXT,
    start: EngineValue = OMITTED_TEXT,
    step: EngineValue = OMITTED_TEXT,
) -> Rows:
    """Numbers at equal distances, row by row."""
    height, width, first, distance = (1.0 if v == OMITTED_TEXT else number(v) for v in (rows, columns, start, step))
    refuse(min(height, width) < 0 or height * width > _MOST, CellError.VALUE)
    tall, wide = place_of(height), place_of(width)
    refuse(not tall or not wide, CellError.CALC)
    return [[first + (i * wide + j) * distance for j in range(wide)] for i in range(tall)]


def wraprows(vector: EngineValue, wrap_count: EngineValue, pad_with: EngineValue = _NOT_AVAILABLE) -> Rows:
    """Row or column broken into rows."""
    given = rows_of(vector)
    refuse(min(len(given), len(given[0])) > 1, CellError.VALUE)
    cells, width = [cell for row in given for cell in row], whole(wrap_count)
    refuse(width < 1)
    filled = cells + [pad_with] * (-len(cells) % width if len(cells) > width else 0)
    return [filled[i : i + width] for i in range(0, len(filled), width)]


def wrapcols(vector: EngineValue, wrap_count: EngineValue, pad_with: EngineValue = _NOT_AVAILABLE) -> Rows:
    """Row or column broken into columns."""
    return [list(row) for row in zip(*wraprows(vector, wrap_count, pad_with), strict=True)]


def percentof(part: EngineValue, whole_: EngineValue) -> float:
    """Part of a sum."""
    return math.fsum(numbers(part)) / math.fsum(numbers(whole_))


@each
def permutationa(count: EngineValue, chosen: EngineValue) -> float:
    """Permutations where things may be chosen again."""
    things, places = whole(count), whole(chosen)
    refuse(things < 0 or places < 0)
    refuse(things > 1 and places * math.log(things) > _LARGEST_POWER)
    return float(things**places)


def type_(value: EngineValue) -> float:
    """Kind of a value as a number (TYPE)."""
    if isinstance(value, list):
        return 64.0
    cell = to_scalar(value)
    if isinstance(cell, CellError):
        return 16.0
    return 4.0 if isinstance(cell, bool) else 2.0 if isinstance(cell, str) else 1.0


@each
def error_type(value: EngineValue) -> float:
    """Tell errors by their numbers (ERROR.TYPE)."""
    cell = to_scalar(value)
    if not isinstance(cell, CellError):
        raise CellErrorRaised(CellError.NA)
    return float(1 + list(CellError).index(cell))


def _taken(rows: Rows, argument: EngineValue) -> Rows:
    if argument == OMITTED_TEXT:
        return rows
    count = math.trunc(number(argument))
    refuse(not count, CellError.CALC)
    return rows[:count] if count > 0 else rows[count:]


def _dropped(rows: Rows, argument: EngineValue) -> Rows:
    if argument == OMITTED_TEXT:
        return rows
    count = math.trunc(number(argument))
    left = rows[count:] if count >= 0 else rows[:count]
    refuse(not left, CellError.CALC)
    return left
