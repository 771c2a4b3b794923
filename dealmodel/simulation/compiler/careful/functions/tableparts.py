"""Arguments and results of functions of tables, for all trials at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.graph import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.operands import Evaluator, Grid, Value

    Array = NDArray[np.float64]


def stacked(name: str, value: Value, count: tuple[int, ...]) -> Array:
    """Return a range as an array, its rows and columns last.

    Raises
    ------
    NotCompiledError
        If it holds other than numbers.
    """
    rows = value if isinstance(value, list) else [[value]]
    cells = [c for row in rows for c in row]
    if any(c is None or np.isnan(c).any() for c in cells):
        raise NotCompiledError(f"{name} of other than numbers is not compiled")
    array = np.stack([np.broadcast_to(c, count) for c in cells if c is not None], axis=-1)
    return array.reshape(*count, len(rows), len(rows[0]))


def laid_out(table: Array) -> Grid:
    """Return an array as a range; -0.0 becomes 0.0, as in cells."""
    height, width = table.shape[-2:]
    return [[np.asarray(table[..., i, j] + 0.0) for j in range(width)] for i in range(height)]


def is_given(careful: Evaluator, args: Sequence[Value], place: int) -> bool:
    """Whether an argument is there."""
    return place < len(args) and args[place] is not None and not careful.is_omitted(args[place])


def fixed(careful: Evaluator, name: str, args: Sequence[Value], place: int, default: float) -> float:
    """Return a number that has to be the same in all trials.

    Raises
    ------
    NotCompiledError
        If it varies.
    """
    if not is_given(careful, args, place):
        return default
    found = careful.number(args[place])
    if found.ndim or not np.isfinite(found):
        raise NotCompiledError(f"{name} in a way that varies is not compiled")
    return float(found)
