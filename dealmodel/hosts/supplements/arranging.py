"""Arrays with their rows or columns in another order, without those that repeat, or with those that are chosen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError, Scalar
from dealmodel.hosts.engine_values import to_scalar
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import cells_of, one, rows_of, truth, whole

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from dealmodel.hosts.engine_values import EngineValue

    Rows = list[list[EngineValue]]
_ERRORS = tuple(CellError)
_ORDERS = (1, -1)


def sort(
    array: EngineValue,
    sort_index: EngineValue = OMITTED_TEXT,
    sort_order: EngineValue = OMITTED_TEXT,
    by_column: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Rows or columns in order: numbers, texts, FALSE and TRUE, errors by their numbers, and blanks last (SORT)."""
    table = rows_of(array)
    across = by_column not in (OMITTED_TEXT, None) and whole(by_column) != 0
    lines = _turned(table) if across else table
    places = [1] if sort_index == OMITTED_TEXT else [whole(place) for place in cells_of(sort_index)]
    orders = [1] if sort_order == OMITTED_TEXT else [whole(order) for order in cells_of(sort_order)]
    refuse(any(not 1 <= place <= len(lines[0]) for place in places), CellError.VALUE)
    refuse(any(order not in _ORDERS for order in orders) or len(orders) not in (1, len(places)), CellError.VALUE)
    order = list(range(len(lines)))
    for position in range(len(places) - 1, -1, -1):
        keys = [line[places[position] - 1] for line in lines]
        order = _in_order(order, keys, falling=orders[position if len(orders) > 1 else 0] < 0)
    lines = [lines[i] for i in order]
    return _turned(lines) if across else lines


def sortby(array: EngineValue, *keys: EngineValue) -> EngineValue:
    """Rows or columns in the order of other arrays, each with 1 or -1 for rising or falling (SORTBY)."""
    grids, ways = [rows_of(key) for key in keys[::2]], [*keys[1::2], OMITTED_TEXT]
    across = len(grids[0]) == 1 and len(grids[0][0]) > 1
    lines = _turned(rows_of(array)) if across else rows_of(array)
    order = list(range(len(lines)))
    for grid, way in reversed(list(zip(grids, ways, strict=False))):
        refuse(min(len(grid), len(grid[0])) > 1, CellError.VALUE)
        cells = grid[0] if across else [row[0] for row in grid]
        falls = 1 if way == OMITTED_TEXT else whole(way)
        refuse(falls not in _ORDERS or len(cells) != len(lines), CellError.VALUE)
        order = _in_order(order, cells, falling=falls < 0)
    lines = [lines[i] for i in order]
    return _turned(lines) if across else lines


def unique(
    array: EngineValue, by_column: EngineValue = OMITTED_TEXT, exactly_once: EngineValue = OMITTED_TEXT
) -> EngineValue:
    """Rows or columns without those that are there before, or only those that are there once (UNIQUE)."""
    across, once = (flag not in (OMITTED_TEXT, None) and truth(flag) for flag in (by_column, exactly_once))
    lines = _turned(rows_of(array)) if across else rows_of(array)
    keys = [tuple(_sameness(to_scalar(cell)) for cell in line) for line in lines]
    if once:
        counts = Counter(keys)
        found = [line for key, line in zip(keys, lines, strict=True) if counts[key] == 1]
    else:
        first: dict[Hashable, list[EngineValue]] = {}
        for key, line in zip(keys, lines, strict=True):
            first.setdefault(key, line)
        found = list(first.values())
    refuse(not found, CellError.CALC)
    return _turned(found) if across else found


def chooserows(array: EngineValue, *numbers: EngineValue) -> EngineValue:
    """Rows of an array by their numbers, negative ones from the end (CHOOSEROWS)."""
    lines = rows_of(array)
    found = []
    for given in numbers:
        for cell in cells_of(given):
            place = whole(one(cell))
            refuse(not 1 <= abs(place) <= len(lines), CellError.VALUE)
            found.append(lines[place - 1 if place > 0 else place])
    return found


def choosecols(array: EngineValue, *numbers: EngineValue) -> EngineValue:
    """Columns of an array by their numbers, negative ones from the end (CHOOSECOLS)."""
    return _turned(chooserows(_turned(rows_of(array)), *numbers))


def _turned(lines: Sequence[list[EngineValue]]) -> Rows:
    return [list(line) for line in zip(*lines, strict=True)]


def _in_order(places: Sequence[int], cells: Sequence[EngineValue], *, falling: bool) -> list[int]:
    """Return places in the order of the cells there, blanks last."""
    blank = [place for place in places if cells[place] is None]
    filled = [place for place in places if cells[place] is not None]
    return sorted(filled, key=lambda place: _rank(to_scalar(cells[place])), reverse=falling) + blank


def _sameness(value: Scalar) -> Hashable:
    """Return what two cells have in common that are the same to UNIQUE: the case of letters does not count."""
    return type(value), value.casefold() if isinstance(value, str) else value


def _rank(value: Scalar) -> tuple[int, float | str]:
    if isinstance(value, CellError):
        return 3, float(_ERRORS.index(value))
    if isinstance(value, bool):
        return 2, float(value)
    return (1, value.casefold()) if isinstance(value, str) else (0, float(value or 0.0))
