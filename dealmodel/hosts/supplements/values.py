"""Arguments of Excel's functions, read as Excel reads them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dealmodel.cells import CellError, Scalar
from dealmodel.hosts.engine_values import EngineValue, to_engine, to_scalar
from dealmodel.hosts.supplements.refusals import (
    CellErrorRaised,
    NotComputable,
    errors_as_values,
    only_cell,
    refuse,
)

if TYPE_CHECKING:
    from dealmodel.hosts.supplements.refusals import Function


def number(value: EngineValue) -> float:
    """Return an argument as one number: a blank is 0, a text the number or the date that it stands for."""
    if type(value) is float:
        return value
    cell = to_scalar(only_cell(value))
    if isinstance(cell, CellError):
        raise CellErrorRaised(cell)
    if not isinstance(cell, str):
        return float(cell or 0.0)
    from dealmodel.hosts.supplements.texts import is_of_this_year, number_in  # noqa: PLC0415  texts are rarely given

    found = number_in(cell)
    if found is None:
        if is_of_this_year(cell):
            raise NotComputable
        raise CellErrorRaised(CellError.VALUE)
    return found


def plain_number(value: EngineValue) -> float:
    """Return an argument as one number where TRUE and FALSE are none, as in the functions of the Analysis ToolPak."""
    refuse(isinstance(to_scalar(only_cell(value)), bool), CellError.VALUE)
    return number(value)


def truth(value: EngineValue) -> bool:
    """Return an argument as TRUE or FALSE: a number by whether it is zero, a text by what it says."""
    cell = one(value)
    if not isinstance(cell, str):
        return bool(cell)
    refuse(cell.upper() not in ("TRUE", "FALSE"), CellError.VALUE)
    return cell.upper() == "TRUE"


def whole(value: EngineValue) -> int:
    """Return an argument as a whole number; what stands after the point is cut off."""
    return int(number(value))


def rows_of(value: EngineValue) -> list[list[EngineValue]]:
    """Return an argument as rows."""
    return value if isinstance(value, list) else [[value]]


def one(value: EngineValue) -> Scalar:
    """Return an argument as one value; an error ends the function."""
    cell = to_scalar(only_cell(value))
    if isinstance(cell, CellError):
        raise CellErrorRaised(cell)
    return cell


def each(body: Function) -> Function:
    """Return a function of single values that takes arrays too and is worked out for every element."""

    @functools.wraps(body)
    def function(*arguments: EngineValue) -> EngineValue:
        if list not in map(type, arguments):
            return body(*arguments)
        grids = [a for a in arguments if isinstance(a, list)]
        height, width = max(map(len, grids)), max(len(g[0]) for g in grids)
        alone = errors_as_values(body)
        return [[alone(*(_element(a, i, j) for a in arguments)) for j in range(width)] for i in range(height)]

    return function


def _element(value: EngineValue, row: int, column: int) -> EngineValue:
    if not isinstance(value, list):
        return value
    i, j = 0 if len(value) == 1 else row, 0 if len(value[0]) == 1 else column
    return value[i][j] if i < len(value) and j < len(value[0]) else to_engine(CellError.NA)


def cells_of(value: EngineValue) -> list[Scalar]:
    """Return the cells of a range, row by row."""
    rows = value if isinstance(value, list) else [[value]]
    return [to_scalar(cell) for row in rows for cell in row]


def numbers(value: EngineValue) -> list[float]:
    """Return the numbers of a range; texts, blanks, TRUE and FALSE are left out, and an error ends the function."""
    found = []
    for cell in cells_of(value):
        if isinstance(cell, CellError):
            raise CellErrorRaised(cell)
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            found.append(float(cell))
    return found


def every_number(value: EngineValue) -> list[float]:
    """Return the cells of a range as numbers: a blank is 0, and a text or TRUE ends the function with #VALUE!."""
    found = []
    for cell in cells_of(value):
        if isinstance(cell, CellError):
            raise CellErrorRaised(cell)
        refuse(isinstance(cell, (bool, str)), CellError.VALUE)
        found.append(float(cell or 0.0))
    return found
