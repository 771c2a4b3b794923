"""Arguments of Excel's functions, read as Excel reads them."""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError, Scalar
from dealmodel.hosts.engine_values import EngineValue, to_engine, to_scalar
from dealmodel.hosts.supplements.refusals import (
    CellErrorRaised,
    NotComputable,
    TakesTooLong,
    errors_as_values,
    only_cell,
    refuse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dealmodel.hosts.supplements.refusals import Function


NEARLY_WHOLE = 2.0**-22
"""What a place may lack to the next whole number. Source: probes of Excel 16 in oneiron-dev's formualizer,
engine/tests/whole_number_probes.rs."""
MOST_ELEMENTS = 2**22
"""Elements for which a function of single values is worked out; a column against a row may give a million millions."""


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


def place_of(value: EngineValue) -> int:
    """Return an argument as a whole number that is cut off below, but for what is missing to the next by an error.

    Excel reads rows, columns and the parts of dates so: INDEX takes the second row for 2 - 1E-7, and the first for
    2 - 3E-7, wherever a sum of fractions comes to nearly a whole number.

    Examples
    --------
    >>> place_of(2 - 1e-7), place_of(2 - 3e-7), place_of(-0.5)
    (2, 1, -1)
    """
    return math.floor(number(value) + NEARLY_WHOLE)


def rank_from_top(order: float) -> float:
    """Return the rank that LARGE takes for a number: the next whole one, and none below the first."""
    return float(math.ceil(order)) if order >= 1 else 0.0


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
        return for_each(errors_as_values(body), *arguments) if list in map(type, arguments) else body(*arguments)

    return function


def for_each(body: Function, *arguments: EngineValue) -> EngineValue:
    """Return what a function of single values, which raises nothing, gives for every element of arrays."""
    height, width = size_of_all(*arguments)
    return in_rows(list(map(body, *(elements(a, height, width) for a in arguments))), width)


def size_of_all(*arguments: EngineValue) -> tuple[int, int]:
    """Return the height and the width to which arguments broadcast."""
    grids = [rows_of(a) for a in arguments]
    height, width = max(map(len, grids)), max(len(g[0]) for g in grids)
    if height * width > MOST_ELEMENTS:
        raise TakesTooLong
    return height, width


def elements(value: EngineValue, height: int, width: int) -> Iterable[EngineValue]:
    """Return the elements of an argument, row by row, in the shape of all; one that it does not have is #N/A."""
    rows = rows_of(value)
    have = len(rows[0])
    if len(rows) == have == 1:
        return itertools.repeat(rows[0][0], height * width)
    if have == 1 < width:
        rows = [row * width for row in rows]
    elif have < width:
        rows = [[*row, *[_MISSING] * (width - have)] for row in rows]
    missing = height - len(rows)
    rows = rows * height if len(rows) == 1 else [*rows, *[[_MISSING] * width] * missing] if missing else rows
    return itertools.chain.from_iterable(rows)


def in_rows(values: Sequence[EngineValue], width: int) -> list[list[EngineValue]]:
    """Return values as rows."""
    if width == 1:
        return [[value] for value in values]
    return [list(values[i : i + width]) for i in range(0, len(values), width)]


_MISSING = to_engine(CellError.NA)


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
