"""Matrices: products, inverses and determinants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import CellError
from dealmodel.hosts.engine_values import EngineValue, to_scalar
from dealmodel.hosts.supplements.refusals import CellErrorRaised, refuse

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mmult(first: EngineValue, second: EngineValue) -> EngineValue:
    """Return the product of two matrices."""
    left, right = _matrix(first), _matrix(second)
    refuse(left.shape[1] != right.shape[0], CellError.VALUE)
    with np.errstate(all="ignore"):
        return _table(left @ right)


def minverse(matrix: EngineValue) -> EngineValue:
    """Return the inverse of a matrix."""
    try:
        with np.errstate(all="ignore"):
            inverse = np.linalg.inv(_square(matrix))
    except np.linalg.LinAlgError:
        raise CellErrorRaised(CellError.NUM) from None
    return _table(inverse)


def mdeterm(matrix: EngineValue) -> float:
    """Return the determinant of a matrix."""
    with np.errstate(all="ignore"):
        return float(np.linalg.det(_square(matrix)))


def _matrix(value: EngineValue) -> NDArray[np.float64]:
    rows = [[to_scalar(cell) for cell in row] for row in (value if isinstance(value, list) else [[value]])]
    for row in rows:
        for cell in row:
            if isinstance(cell, CellError):
                raise CellErrorRaised(cell)
            refuse(isinstance(cell, (bool, str)) or cell is None, CellError.VALUE)
    return np.array(rows, dtype=np.float64)


def _square(value: EngineValue) -> NDArray[np.float64]:
    matrix = _matrix(value)
    refuse(matrix.shape[0] != matrix.shape[1], CellError.VALUE)
    return matrix


def _table(matrix: NDArray[np.floating[Any]]) -> EngineValue:
    refuse(not np.isfinite(matrix).all())
    return (matrix + 0.0).tolist()
