"""Functions of databases: a table with a header row, and criteria of which those of one row must all be met.

References
----------
.. [1] Microsoft, documentation of DSUM and the other functions of databases.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from dealmodel.cells import OMITTED_TEXT, CellError, Scalar
from dealmodel.hosts.engine_values import EngineValue, to_engine, to_scalar
from dealmodel.hosts.supplements.conditions import criterion
from dealmodel.hosts.supplements.refusals import CellErrorRaised, NotComputable, only_cell, refuse
from dealmodel.hosts.supplements.texts import shown
from dealmodel.hosts.supplements.values import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Record = Sequence[Scalar]


def dsum(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Sum of a field of the records that meet the criteria."""
    return math.fsum(_numbers(database, field, criteria))


def daverage(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Average of a field of the records that meet the criteria."""
    found = _numbers(database, field, criteria)
    return math.fsum(found) / len(found)


def dmax(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Largest number of a field of the records that meet the criteria."""
    return max(_numbers(database, field, criteria), default=0.0)


def dmin(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Smallest number of a field of the records that meet the criteria."""
    return min(_numbers(database, field, criteria), default=0.0)


def dproduct(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Product of a field of the records that meet the criteria."""
    found = _numbers(database, field, criteria)
    return math.prod(found) if found else 0.0


def dcount(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Numbers in a field of the records that meet the criteria; all these records where no field is given."""
    return float(sum(_is_number(cell) for cell in _cells(database, field, criteria, every=1.0)))


def dcounta(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Cells of a field that are not blank; all records where no field is given."""
    return float(sum(cell is not None for cell in _cells(database, field, criteria, every=1.0)))


def dget(database: EngineValue, field: EngineValue, criteria: EngineValue) -> EngineValue:
    """Field of the only record that meets the criteria."""
    found = _cells(database, field, criteria)
    refuse(not found, CellError.VALUE)
    refuse(len(found) > 1)
    return to_engine(found[0])


def dvar(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Variance of a field, taken from a sample."""
    return _spread(statistics.variance, 2, database, field, criteria)


def dvarp(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Variance of a field, taken from all there are."""
    return _spread(statistics.pvariance, 1, database, field, criteria)


def dstdev(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Return the standard deviation of a field, taken from a sample."""
    return math.sqrt(dvar(database, field, criteria))


def dstdevp(database: EngineValue, field: EngineValue, criteria: EngineValue) -> float:
    """Return the standard deviation of a field, taken from all there are."""
    return math.sqrt(dvarp(database, field, criteria))


def _spread(of: Callable[[list[float]], float], least: int, *arguments: EngineValue) -> float:
    found = _numbers(*arguments)
    refuse(len(found) < least, CellError.DIV0)
    return of(found)


def _is_number(cell: Scalar) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _numbers(database: EngineValue, field: EngineValue, criteria: EngineValue) -> list[float]:
    found = []
    for cell in _cells(database, field, criteria):
        if isinstance(cell, CellError):
            raise CellErrorRaised(cell)
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            found.append(float(cell))
    return found


def _cells(database: EngineValue, field: EngineValue, criteria: EngineValue, *, every: Scalar = None) -> list[Scalar]:
    """Return a field of the records that meet the criteria; `every` for each where no field is given."""
    table = [[to_scalar(cell) for cell in row] for row in rows_of(database)]
    headers, records = [key_of(cell) for cell in table[0]], table[1:]
    conditions = [[to_scalar(cell) for cell in row] for row in rows_of(criteria)]
    refuse(not records, CellError.VALUE)
    meets = _test(headers, conditions[0], conditions[1:])
    if every is not None and only_cell(field) in (None, OMITTED_TEXT):
        return [every for record in records if meets(record)]
    at = column_of(headers, to_scalar(only_cell(field)))
    return [record[at] for record in records if meets(record)]


def key_of(cell: Scalar) -> str:
    """Return a header as it is compared with others."""
    return "" if isinstance(cell, CellError) else shown(cell).casefold()


def column_of(headers: Sequence[str], field: Scalar) -> int:
    """Return the place of a field, which is named or counted."""
    if isinstance(field, CellError):
        raise CellErrorRaised(field)
    if isinstance(field, (int, float)):
        refuse(not 1 <= int(field) <= len(headers), CellError.VALUE)
        return int(field) - 1
    refuse(key_of(field) not in headers, CellError.VALUE)
    return headers.index(key_of(field))


def _test(headers: Sequence[str], names: Record, rows: Sequence[Record]) -> Callable[[Record], bool]:
    """Return the test of a record: whether it meets all criteria of any row."""
    places = [headers.index(key_of(name)) if key_of(name) in headers else -1 for name in names]
    alternatives = []
    for row in rows:
        wanted = [(at, cell) for at, cell in zip(places, row, strict=True) if cell is not None]
        # A formula that is worked out for every record has no header; of it the engine has one value only.
        if any(at < 0 and isinstance(cell, bool) for at, cell in wanted):
            raise NotComputable
        if all(at >= 0 for at, _ in wanted):
            alternatives.append([(at, criterion(to_engine(cell), begins=True)) for at, cell in wanted])
    return lambda record: any(all(test(record[at]) for at, test in tests) for tests in alternatives)
