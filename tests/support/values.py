"""Comparison of cell values, and what Python returns for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import OMITTED, CellError, Omitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dealmodel.cells import Cells, Scalar
    from dealmodel.contract import Contract

ATOL = 1e-15


def as_rows(value: Any) -> list[list[Scalar]]:  # noqa: ANN401
    """Return a cell value, or rows of them, as rows."""
    return [list(row) for row in value] if isinstance(value, (list, tuple)) else [[value]]


def assert_cells_equal(found: Any, expected: Any, rtol: float = 1e-12, atol: float = ATOL) -> None:  # noqa: ANN401
    """Compare cells: shape, kind of each, error by error, numbers within a tolerance.

    Parameters
    ----------
    found, expected
        A cell value, or rows of them.
    rtol, atol
        Relative and absolute tolerance of numbers.
    """
    left, right = as_rows(found), as_rows(expected)
    assert [len(row) for row in left] == [len(row) for row in right], f"{found} has not the shape of {expected}"
    for i, (found_row, expected_row) in enumerate(zip(left, right, strict=True), start=1):
        for j, (a, b) in enumerate(zip(found_row, expected_row, strict=True), start=1):
            assert _same(a, b, rtol, atol), f"cell ({i}, {j}) is {a!r}, not {b!r}"


def _same(found: Scalar, expected: Scalar, rtol: float, atol: float) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):
        return found is expected
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        return math.isclose(found, expected, rel_tol=rtol, abs_tol=atol)
    return found == expected


def is_plain_number(cells: Cells) -> bool:
    """Whether an argument is one number, TRUE or FALSE."""
    return isinstance(cells, (int, float))


def holds_only_numbers(cells: Cells) -> bool:
    """Whether an argument can be given in Python: numbers and blanks, or left out."""
    if isinstance(cells, Omitted):
        return True
    return all(cell is None or isinstance(cell, (int, float)) for row in as_rows(cells) for cell in row)


def as_python(contract: Contract, arguments: Sequence[Cells]) -> list[Any]:
    """Return the arguments as one passes them in Python: blanks as 0, a series along the last axis."""
    found: list[Any] = []
    for parameter, cells in zip(contract.parameters, arguments, strict=False):
        if isinstance(cells, Omitted):
            found.append(OMITTED)
        elif parameter.is_text or is_plain_number(cells):
            found.append(cells)
        else:
            array = np.array([[0 if c is None else c for c in row] for row in as_rows(cells)], dtype=np.float64)
            if not parameter.core:
                found.append(array[0, 0] if array.size == 1 else array)
            else:
                found.append(array.reshape(-1) if min(array.shape) == 1 else array[:, None, :])
    return found


def as_sheet(contract: Contract, result: Any, shape: tuple[int, int]) -> list[list[Scalar]]:  # noqa: ANN401
    """Return what Python gives in the shape in which it stands on a sheet."""
    array: NDArray[np.float64] = np.asarray(result, dtype=np.float64)
    cases = array.shape[: array.ndim - contract.result_axes]
    if contract.result_axes == 1 and len(cases) == 2 and cases[0] == 1 and cases[1] > 1:
        array = array[0].T
    is_flag = contract.result.domain.kind == "TRUE or FALSE"
    cells: list[Scalar] = [
        CellError.NUM if not math.isfinite(x) else bool(x) if is_flag else x for x in array.reshape(-1).tolist()
    ]
    assert len(cells) == shape[0] * shape[1], f"{array.shape} does not fill {shape}"
    return [cells[row * shape[1] : (row + 1) * shape[1]] for row in range(shape[0])]
