"""Looking up in lists that are sorted, or are taken for sorted: by halves, as Excel does.

The engine finds nothing where a list is not sorted or mixes kinds of values; Excel finds what halving leads to,
among the values of the kind that is looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError, Scalar
from dealmodel.hosts.engine_values import EngineValue, to_engine, to_scalar
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import each, number, one, place_of, whole
from dealmodel.hosts.supplements.wildcards import wild_test

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Cells = Sequence[Scalar]


def match(value: EngineValue, array: EngineValue, match_type: EngineValue = 1.0) -> EngineValue:
    """Position of a value in a row or column (MATCH)."""
    cells, way = _line(array), number(match_type)

    @each
    def position(wanted: EngineValue) -> float:
        sought = one(wanted)
        if not way:
            found = _exact(_key(sought), cells, wild_test(sought))
        else:
            found = _halving(cells, _key(sought), falling=way < 0)
        refuse(found is None, CellError.NA)
        return float((found or 0) + 1)

    return position(value)


def vlookup(
    value: EngineValue, table: EngineValue, column: EngineValue, range_lookup: EngineValue = 1.0
) -> EngineValue:
    """Value in a column of the row whose first cell is looked for."""
    refuse(isinstance(table, str), CellError.VALUE)
    rows = table if isinstance(table, list) else [[table]]
    firsts, sorted_ = [to_scalar(row[0]) for row in rows], bool(number(range_lookup))

    @each
    def found(wanted: EngineValue, which: EngineValue) -> EngineValue:
        at = place_of(which)
        refuse(at < 1, CellError.VALUE)
        refuse(at > len(rows[0]), CellError.REF)
        sought = one(wanted)
        key = _key(sought)
        row = _halving(firsts, key, falling=False) if sorted_ else _exact(key, firsts, wild_test(sought))
        return to_engine(CellError.NA) if row is None else rows[row][at - 1]

    return found(value, column)


def hlookup(value: EngineValue, table: EngineValue, row: EngineValue, range_lookup: EngineValue = 1.0) -> EngineValue:
    """Value in a row of the column whose first cell is looked for."""
    across = [list(column) for column in zip(*table, strict=True)] if isinstance(table, list) else table
    return vlookup(value, across, row, range_lookup)


def lookup(value: EngineValue, vector: EngineValue, results: EngineValue = OMITTED_TEXT) -> EngineValue:
    """Value beside the last one that is not above what is looked for."""
    rows = vector if isinstance(vector, list) else [[vector]]
    if results == OMITTED_TEXT:
        wide = len(rows[0]) > len(rows)
        keys = rows[0] if wide else [row[0] for row in rows]
        values = rows[-1] if wide else [row[-1] for row in rows]
    else:
        keys, values = _flat(rows), _flat(results)
    cells = [to_scalar(key) for key in keys]

    @each
    def found(wanted: EngineValue) -> EngineValue:
        position = _halving(cells, _key(one(wanted)), falling=False)
        return to_engine(CellError.NA) if position is None or position >= len(values) else values[position]

    return found(value)


def xlookup(
    value: EngineValue,
    keys: EngineValue,
    results: EngineValue,
    if_not_found: EngineValue = OMITTED_TEXT,
    match_mode: EngineValue = 0.0,
    search_mode: EngineValue = 1.0,
) -> EngineValue:
    """Value, row or column beside a value that is looked for."""
    cells, mode, search = _line(keys), whole(match_mode), whole(search_mode)
    rows = results if isinstance(results, list) else [[results]]
    upright = not isinstance(keys, list) or len(keys) == len(cells)
    refuse(len(rows if upright else rows[0]) != len(cells), CellError.VALUE)
    missing = to_engine(CellError.NA) if if_not_found == OMITTED_TEXT else if_not_found

    def beside(wanted: EngineValue) -> list[EngineValue]:
        found = _found(one(wanted), cells, mode, search)
        if found is None:
            return [missing]
        return list(rows[found]) if upright else [row[found] for row in rows]

    if isinstance(value, list):
        return [[beside(wanted)[0] for wanted in row] for row in value]
    line = beside(value)
    if len(line) == 1:
        return line[0]
    return [line] if upright else [[cell] for cell in line]


def xmatch(
    value: EngineValue,
    array: EngineValue,
    match_mode: EngineValue = OMITTED_TEXT,
    search_mode: EngineValue = OMITTED_TEXT,
) -> EngineValue:
    """Position of a value in a row or column, found as XLOOKUP finds it."""
    cells = _line(array)
    mode, search = (default if v == OMITTED_TEXT else whole(v) for v, default in ((match_mode, 0), (search_mode, 1)))

    @each
    def position(wanted: EngineValue) -> float:
        found = _found(one(wanted), cells, mode, search)
        refuse(found is None, CellError.NA)
        return float((found or 0) + 1)

    return position(value)


_NEAR = 1e-11
"""More than numbers may differ that the engine takes for the same."""


def near(value: EngineValue, key: EngineValue) -> bool:
    """Whether a number that was looked for is not the one that was found, but so near that the engine does not see."""
    numbers = [v for v in (value, key) if isinstance(v, (int, float)) and not isinstance(v, bool)]
    return len(numbers) == 2 and 0 < abs(numbers[0] - numbers[1]) <= _NEAR * max(1.0, abs(numbers[0]))  # noqa: PLR2004


def _flat(argument: EngineValue) -> list[EngineValue]:
    return [cell for row in argument for cell in row] if isinstance(argument, list) else [argument]


def _line(argument: EngineValue) -> Cells:
    """Return the cells of one row or one column."""
    if isinstance(argument, list):
        refuse(min(len(argument), len(argument[0])) > 1, CellError.NA)
    return [to_scalar(cell) for cell in _flat(argument)]


def _key(value: Scalar) -> tuple[int, float | str] | None:
    """Return what values are compared by: numbers, then texts, then FALSE and TRUE; None for what is none of them."""
    if isinstance(value, bool):
        return 2, float(value)
    if isinstance(value, (int, float)):
        return 0, float(value)
    return (1, value.casefold()) if isinstance(value, str) else None


def _halving(cells: Cells, wanted: tuple[int, float | str] | None, *, falling: bool) -> int | None:
    """Return the last position whose value is not beyond what is looked for; Excel stops where it meets that."""
    wanted = (0, 0.0) if wanted is None else wanted
    low, high = 0, len(cells) - 1
    found = None
    while low <= high:
        middle = (low + high) // 2
        at = _of_kind(cells, middle, high, wanted[0])
        if at is None:
            high = middle - 1
            continue
        key = _key(cells[at])
        if key is None:
            break
        if key == wanted:
            return _end_of_equals(cells, at, wanted, -1 if falling else 1)
        if key < wanted if falling else key > wanted:
            high = middle - 1
        else:
            found, low = at, at + 1
    return found


def _of_kind(cells: Cells, begin: int, end: int, kind: int) -> int | None:
    """Return the first position between two whose value is of a kind."""
    for i in range(begin, end + 1):
        key = _key(cells[i])
        if key is not None and key[0] == kind:
            return i
    return None


def _end_of_equals(cells: Cells, at: int, wanted: tuple[int, float | str], step: int) -> int:
    """Return the last, or for a step back the first, of the cells beside one that hold the same."""
    while 0 <= at + step < len(cells) and _key(cells[at + step]) == wanted:
        at += step
    return at


def _exact(wanted: tuple[int, float | str] | None, cells: Cells, test: Callable[[str], object] | None) -> int | None:
    # A blank that is looked for is zero; XLOOKUP alone finds a blank for it.
    wanted = (0, 0.0) if wanted is None else wanted
    for i, cell in enumerate(cells):
        if test is not None and isinstance(cell, str):
            if test(cell):
                return i
        elif _key(cell) == wanted:
            return i
    return None


def _text_test(wanted: Scalar, mode: int) -> Callable[[str], object] | None:
    """Return the test of a text with wildcards, or with a regular expression, where there is one."""
    if mode == 2:  # noqa: PLR2004
        return wild_test(wanted)
    if mode != 3 or not isinstance(wanted, str):  # noqa: PLR2004
        return None
    from dealmodel.hosts.supplements.patterns import Expression  # noqa: PLC0415  for few workbooks

    return Expression(wanted).holds


def _found(wanted: Scalar, cells: Cells, mode: int, search: int) -> int | None:
    """Return the position that XLOOKUP finds.

    Parameters
    ----------
    wanted
        The value.
    cells
        Where it is looked for.
    mode
        0 exact, -1 or the next smaller, 1 or the next larger, 2 with wildcards, 3 with a regular expression.
    search
        1 from the first, -1 from the last, 2 by halves in a rising list, -2 in a falling one.
    """
    refuse(mode not in (0, -1, 1, 2, 3) or search not in (1, -1, 2, -2), CellError.VALUE)
    refuse(mode > 1 and abs(search) == 2, CellError.VALUE)  # noqa: PLR2004
    key = _key(wanted)
    # Halving goes among the values of one kind; where there are none, all that there are come before or after.
    if abs(search) == 2 and (key is None or any((found := _key(c)) and found[0] == key[0] for c in cells)):  # noqa: PLR2004
        return _by_halves(key, cells, mode, falling=search < 0)
    order = range(len(cells)) if search > 0 else range(len(cells) - 1, -1, -1)
    test = _text_test(wanted, mode)
    best: tuple[tuple[int, float | str], int] | None = None
    for i in order:
        found = _key(cells[i])
        if found == key or (test is not None and isinstance(cells[i], str) and test(str(cells[i]))):
            return i
        if mode in (-1, 1) and found and key and (found < key) == (mode < 0):
            nearer = best is None or (found > best[0] if mode < 0 else found < best[0])
            best = (found, i) if nearer else best
    return best[1] if best else None


def _by_halves(key: tuple[int, float | str] | None, cells: Cells, mode: int, *, falling: bool) -> int | None:
    found = _halving(cells, key, falling=falling)
    if key is not None and found is not None and _key(cells[found]) == key:
        # Of equal values XLOOKUP takes the lowest in rising order, the last one in a falling list.
        return _end_of_equals(cells, found, key, 1 if falling else -1)
    # What halving finds is on the near side of the value; the next larger, or smaller, stands after it.
    if mode == (1 if falling else -1):
        return found
    after = 0 if found is None else found + 1
    return after if mode == (-1 if falling else 1) and after < len(cells) else None
