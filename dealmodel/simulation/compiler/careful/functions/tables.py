"""Functions that give tables of a size that is known: sorted ranges, matrices, frequencies, fitted lines.

For all trials at once, where the ranges hold numbers alone; formulas over others are left to the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.boxes import NUM
from dealmodel.simulation.compiler.careful.operands import trial_count
from dealmodel.simulation.compiler.graph import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.operands import Evaluator, Grid, Value

    Array = NDArray[np.float64]

_TINY = 1e-13
"""Part of a column's size below which what is left of it beside its mean is noise."""


def _stacked(name: str, value: Value, count: tuple[int, ...]) -> Array:
    """Return a range as an array, its rows and columns last."""
    rows = value if isinstance(value, list) else [[value]]
    cells = [c for row in rows for c in row]
    if any(c is None or np.isnan(c).any() for c in cells):
        raise NotCompiledError(f"{name} of other than numbers is not compiled")
    array = np.stack([np.broadcast_to(c, count) for c in cells if c is not None], axis=-1)
    return array.reshape(*count, len(rows), len(rows[0]))


def _laid_out(table: Array) -> Grid:
    """Return an array as a range; -0.0 becomes 0.0, as in cells."""
    height, width = table.shape[-2:]
    return [[np.asarray(table[..., i, j] + 0.0) for j in range(width)] for i in range(height)]


def _is_given(careful: Evaluator, args: Sequence[Value], place: int) -> bool:
    return place < len(args) and args[place] is not None and not careful.is_omitted(args[place])


def _fixed(careful: Evaluator, name: str, args: Sequence[Value], place: int, default: float) -> float:
    if not _is_given(careful, args, place):
        return default
    found = careful.number(args[place])
    if found.ndim or not np.isfinite(found):
        raise NotCompiledError(f"{name} in a way that varies is not compiled")
    return float(found)


def _sorted(careful: Evaluator, args: Sequence[Value]) -> Value:
    table = _stacked("SORT", args[0], trial_count(args))
    column = int(_fixed(careful, "SORT", args, 1, 1.0))
    order = _fixed(careful, "SORT", args, 2, 1.0)
    if _fixed(careful, "SORT", args, 3, 0.0):
        return _laid_out(np.swapaxes(_by_column(np.swapaxes(table, -1, -2), column, order), -1, -2))
    return _laid_out(_by_column(table, column, order))


def _by_column(table: Array, column: int, order: float) -> Array:
    if not 1 <= column <= table.shape[-1] or order not in (1.0, -1.0):
        raise NotCompiledError("SORT by a column that is not there is not compiled")
    places = np.argsort(order * table[..., column - 1], axis=-1, kind="stable")
    return np.take_along_axis(table, places[..., None], axis=-2)


def _product(_careful: Evaluator, args: Sequence[Value]) -> Value:
    count = trial_count(args)
    first, second = (_stacked("MMULT", a, count) for a in args)
    if first.shape[-1] != second.shape[-2]:
        raise NotCompiledError("MMULT of tables that do not fit is not compiled")
    return _laid_out(np.matmul(first, second))


def _inverse(_careful: Evaluator, args: Sequence[Value]) -> Value:
    table = _stacked("MINVERSE", args[0], trial_count(args))
    if table.shape[-1] != table.shape[-2]:
        raise NotCompiledError("MINVERSE of a table that is not square is not compiled")
    try:
        return _laid_out(np.asarray(np.linalg.inv(table), dtype=np.float64))
    except np.linalg.LinAlgError as error:
        raise NotCompiledError("MINVERSE of a table without an inverse is not compiled") from error


def _frequencies(_careful: Evaluator, args: Sequence[Value]) -> Value:
    count = trial_count(args)
    data, bins = (_stacked("FREQUENCY", a, count) for a in args)
    values, ends = (a.reshape(*count, -1) for a in (data, bins))
    within = (values[..., None, :] <= ends[..., :, None]).sum(axis=-1)
    found = []
    for i in range(ends.shape[-1]):
        # What the next lower end has, it does not count again; of equal ends the first has it.
        lower = (ends < ends[..., i : i + 1]) | ((ends == ends[..., i : i + 1]) & (np.arange(ends.shape[-1]) < i))
        found.append(within[..., i] - np.where(lower, within, 0).max(axis=-1))
    found.append(values.shape[-1] - within.max(axis=-1))
    return _laid_out(np.stack(found, axis=-1)[..., None].astype(np.float64))


# -- lines through points ----------------------------------------------------------------------------------------------


def _points(careful: Evaluator, name: str, args: Sequence[Value]) -> tuple[Array, Array, bool]:
    """Return y, the columns of x, and whether they stand in rows."""
    count = trial_count(args)
    y = _stacked(name, args[0], count)
    height, width = y.shape[-2:]
    if _is_given(careful, args, 1):
        x = _stacked(name, args[1], count)
    else:
        x = np.broadcast_to(np.arange(1.0, height * width + 1).reshape(height, width), y.shape)
    across = height == 1 < width
    if x.shape[-2:] == (height, width):
        return y.reshape(*count, -1), x.reshape(*count, -1, 1), across
    if across and x.shape[-1] == width:
        return y[..., 0, :], np.swapaxes(x, -1, -2), across
    if width != 1 or x.shape[-2] != height:
        raise NotCompiledError(f"{name} of ranges that do not fit is not compiled")
    return y[..., 0], x, across


def _fitted(
    careful: Evaluator, name: str, args: Sequence[Value], y: Array, x: Array, const: int
) -> tuple[Array, Array]:
    """Return the slopes, one for each column of x, and the constant; of centred columns, whose sums keep digits."""
    constant = _fixed(careful, name, args, const, 1.0) != 0
    middle = x.mean(axis=-2) if constant else np.zeros((*x.shape[:-2], x.shape[-1]))
    level = y.mean(axis=-1) if constant else np.zeros(y.shape[:-1])
    orthogonal, triangle = np.linalg.qr(x - middle[..., None, :])
    sizes = np.abs(np.diagonal(triangle, axis1=-2, axis2=-1))
    least = _TINY * np.abs(x).max(axis=(-1, -2))[..., None]
    if x.shape[-2] < x.shape[-1] + constant or not (sizes > least).all():
        raise NotCompiledError(f"{name} of columns that depend on each other is not compiled")
    along = np.matmul(np.swapaxes(orthogonal, -1, -2), (y - level[..., None])[..., None])
    slopes = np.linalg.solve(triangle, along)[..., 0]
    return slopes, level - (middle * slopes).sum(axis=-1)


def _line(name: str) -> Callable[[Evaluator, Sequence[Value]], Value]:
    """Return LINEST or LOGEST without statistics: the coefficients from the last column to the first."""

    def found(careful: Evaluator, args: Sequence[Value]) -> Value:
        if _fixed(careful, name, args, 3, 0.0):
            raise NotCompiledError(f"{name} with statistics is not compiled")
        y, x, _ = _points(careful, name, args)
        slopes, constant = _fitted(careful, name, args, _logarithms(name, y), x, 2)
        row = np.concatenate([slopes[..., ::-1], constant[..., None]], axis=-1)
        return _laid_out((np.exp(row) if name == "LOGEST" else row)[..., None, :])

    return found


def _along(name: str) -> Callable[[Evaluator, Sequence[Value]], Value]:
    """Return TREND or GROWTH: values on the line, or on the exponential curve, through points."""

    def found(careful: Evaluator, args: Sequence[Value]) -> Value:
        y, x, across = _points(careful, name, args)
        slopes, constant = _fitted(careful, name, args, _logarithms(name, y), x, 3)
        if _is_given(careful, args, 2):
            new = _stacked(name, args[2], trial_count(args))
            if x.shape[-1] == 1:
                table = new * slopes[..., :, None] + constant[..., None, None]
                return _laid_out(np.exp(table) if name == "GROWTH" else table)
            new = np.swapaxes(new, -1, -2) if across else new
            if new.shape[-1] != x.shape[-1]:
                raise NotCompiledError(f"{name} at points that do not fit is not compiled")
        else:
            new = x
        values = np.matmul(new, slopes[..., None])[..., 0] + constant[..., None]
        values = np.exp(values) if name == "GROWTH" else values
        return _laid_out(values[..., None, :] if across else values[..., None])

    return found


def _logarithms(name: str, y: Array) -> Array:
    if name not in ("GROWTH", "LOGEST"):
        return y
    if (y <= 0).any():
        raise NotCompiledError(f"{name} of numbers that are not positive is not compiled")
    return np.log(y)


def _checked(function: Callable[[Evaluator, Sequence[Value]], Value]) -> Callable[[Evaluator, Sequence[Value]], Value]:
    """Return a function whose results are errors where they are too large for a number."""

    def call(careful: Evaluator, args: Sequence[Value]) -> Value:
        found = function(careful, args)
        return [[np.where(np.isfinite(c), c, NUM) for c in row] for row in found] if isinstance(found, list) else found

    return call


TABLES: dict[str, Callable[[Evaluator, Sequence[Value]], Value]] = {
    name: _checked(function)
    for name, function in {
        "SORT": _sorted,
        "MMULT": _product,
        "MINVERSE": _inverse,
        "FREQUENCY": _frequencies,
        "LINEST": _line("LINEST"),
        "LOGEST": _line("LOGEST"),
        "TREND": _along("TREND"),
        "GROWTH": _along("GROWTH"),
    }.items()
}
"""Functions that give a range, of a size that is the same in all trials."""
