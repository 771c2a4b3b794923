"""Numbers and places as complaints show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHOWN = 6
"""Elements of a row that are shown; more do not fit on one line of a terminal."""


def number(value: float) -> str:
    """Return a number with the fifteen digits that a spreadsheet keeps."""
    return f"{value:.15g}"


def place(outside: NDArray[np.bool_]) -> str:
    """Return where the first offending element stands, counted from 1 as spreadsheets do.

    Examples
    --------
    >>> place(np.array([[False], [True]]))
    ' (2)'
    """
    first = np.argwhere(outside)[0]
    where = ", ".join(str(i + 1) for i, n in zip(first, outside.shape, strict=True) if n > 1)
    return f" ({where})" if where else ""


def element(array: NDArray[np.float64], met: NDArray[np.bool_]) -> str:
    """Return the element at which a condition fails, or its row where the condition is on a whole row.

    Examples
    --------
    >>> element(np.array([0.2, 0.7]), np.array([True, False]))
    '0.7'
    >>> element(np.array([0.2, 0.7]), np.array([False]))
    '0.2, 0.7'
    """
    index = tuple(np.argwhere(~met)[0])
    spread = np.broadcast_to(array, np.broadcast_shapes(array.shape, met.shape))
    if spread.shape == met.shape:
        return number(spread[index])
    row = spread[index[:-1]]
    return ", ".join(map(number, row[:_SHOWN])) + (", ..." if row.size > _SHOWN else "")
