"""A range of cases against one call for each: what the conventions say of shapes, errors, blanks and texts.

The expected cells are found without the code that reads and lays out ranges: for every cell of the result its own
arguments are picked by hand, and the pure function is called with plain numbers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dealmodel.callpath import call
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.domain import Kind
from tests.support.any_cells import any_cells
from tests.support.layout import shape_of, shape_on_sheet
from tests.support.values import as_rows, assert_cells_equal

if TYPE_CHECKING:
    from dealmodel.catalogue import Entry
    from dealmodel.contract import Contract, Parameter

ENTRIES = [e for e in CATALOGUE.values() if not e.takes_cells and e.contract.result.core != "table"]


def picked(parameter: Parameter, cells: Any, row: int, column: int) -> Any:  # noqa: ANN401  cells or a list of them
    """Return an argument's part in one case: a cell, or the cells of its series."""
    while parameter.is_text and isinstance(cells, list):
        cells = cells[0] if cells else None
    if cells is OMITTED or not isinstance(cells, list):
        return [cells] if parameter.core and cells is not OMITTED else cells
    height, width = len(cells), len(cells[0])
    if not parameter.core:
        return cells[row if height > 1 else 0][column if width > 1 else 0]
    if min(height, width) == 1:
        return [cell for line in cells for cell in line]
    return cells[row]


def number(cell: Any) -> float | CellError:  # noqa: ANN401
    """Return what a cell stands for."""
    if isinstance(cell, CellError):
        return cell
    if cell is not None and not isinstance(cell, (float, int)):
        return CellError.VALUE
    try:
        return float(cell or 0)
    except OverflowError:
        return CellError.NUM


def as_given(parameter: Parameter, part: Any) -> Any:  # noqa: ANN401
    """Return one argument as Python takes it, or the first error in it."""
    if parameter.is_text or part is OMITTED:
        return part if isinstance(part, CellError) or part is OMITTED else "text"
    if not parameter.core:
        return number(part)
    numbers = [number(cell) for cell in part]
    return next((value for value in numbers if isinstance(value, CellError)), numbers)


def outcome(entry: Entry, arguments: list[Any]) -> Any:  # noqa: ANN401  a cell, or a list of them
    """Return what one case gives."""
    error = next((argument for argument in arguments if isinstance(argument, CellError)), None)
    if error is not None:
        return error
    found = np.asarray(entry.contract(*arguments), dtype=np.float64)
    if entry.contract.result.domain.kind is Kind.FLAG:
        return CellError.NUM if np.isnan(found) else bool(found)
    if found.ndim:
        return [value if math.isfinite(value) else CellError.NUM for value in found.tolist()]
    return found.item() if np.isfinite(found) else CellError.NUM


def is_upright(contract: Contract, arguments: list[Any]) -> bool:
    """Whether the result stands in columns: the first single series does, and no cases stand below each other."""
    shapes = [
        (parameter, shape_of(cells) or (1, 1))
        for parameter, cells in zip(contract.parameters, arguments, strict=False)
        if cells is not OMITTED and not parameter.is_text
    ]
    singles = [shape for parameter, shape in shapes if parameter.core and min(shape) == 1]
    heights = [shape[0] for parameter, shape in shapes if not parameter.core or min(shape) > 1]
    return bool(singles) and singles[0][0] > 1 and max(heights, default=1) == 1


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
@settings(max_examples=settings().max_examples // 8)
@given(data=st.data())
def test_every_cell_is_what_its_own_arguments_give(entry: Entry, data: st.DataObject) -> None:
    contract = entry.contract
    arguments = data.draw(any_cells(contract))
    shape = shape_on_sheet(contract, arguments)
    assume(shape is not None)
    assert shape is not None

    def case(row: int, column: int) -> Any:  # noqa: ANN401
        parts = (
            as_given(parameter, picked(parameter, cells, row, column))
            for parameter, cells in zip(contract.parameters, arguments, strict=False)
        )
        return outcome(entry, list(parts))

    def spread(found: Any, count: int) -> list[Any]:  # noqa: ANN401
        return [found] * count if isinstance(found, CellError) else list(found)

    if not contract.result.core:
        expected = [[case(row, column) for column in range(shape[1])] for row in range(shape[0])]
    elif is_upright(contract, arguments) and not contract.result.core.isdigit():
        columns = [spread(case(0, column), shape[0]) for column in range(shape[1])]
        expected = [list(row) for row in zip(*columns, strict=True)]
    else:
        expected = [spread(case(row, 0), shape[1]) for row in range(shape[0])]
    found = as_rows(call(entry, arguments))
    sizes = [abs(cell) for row in expected for cell in row if isinstance(cell, float) and math.isfinite(cell)]
    assert_cells_equal(found, expected, rtol=1e-12, atol=1e-12 * max(sizes, default=0.0))
