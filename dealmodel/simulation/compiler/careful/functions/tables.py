"""Functions that give tables of a size that is known: sorted ranges, matrices, frequencies, fitted lines.

For all trials at once, where the ranges hold numbers alone; formulas over others are left to the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.boxes import NUM
from dealmodel.simulation.compiler.careful.functions.fits import FITS
from dealmodel.simulation.compiler.careful.functions.tableparts import fixed, laid_out, stacked
from dealmodel.simulation.compiler.careful.operands import trial_count
from dealmodel.simulation.compiler.graph import NotCompiledError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.operands import Evaluator, Value

    Array = NDArray[np.float64]


def _sorted(careful: Evaluator, args: Sequence[Value]) -> Value:
    table = stacked("SORT", args[0], trial_count(args))
    column = int(fixed(careful, "SORT", args, 1, 1.0))
    order = fixed(careful, "SORT", args, 2, 1.0)
    if fixed(careful, "SORT", args, 3, 0.0):
        return laid_out(np.swapaxes(_by_column(np.swapaxes(table, -1, -2), column, order), -1, -2))
    return laid_out(_by_column(table, column, order))


def _by_column(table: Array, column: int, order: float) -> Array:
    if not 1 <= column <= table.shape[-1] or order not in (1.0, -1.0):
        raise NotCompiledError("SORT by a column that is not there is not compiled")
    places = np.argsort(order * table[..., column - 1], axis=-1, kind="stable")
    return np.take_along_axis(table, places[..., None], axis=-2)


def _product(_careful: Evaluator, args: Sequence[Value]) -> Value:
    count = trial_count(args)
    first, second = (stacked("MMULT", a, count) for a in args)
    if first.shape[-1] != second.shape[-2]:
        raise NotCompiledError("MMULT of tables that do not fit is not compiled")
    return laid_out(np.matmul(first, second))


def _inverse(_careful: Evaluator, args: Sequence[Value]) -> Value:
    table = stacked("MINVERSE", args[0], trial_count(args))
    if table.shape[-1] != table.shape[-2]:
        raise NotCompiledError("MINVERSE of a table that is not square is not compiled")
    try:
        return laid_out(np.asarray(np.linalg.inv(table), dtype=np.float64))
    except np.linalg.LinAlgError as error:
        raise NotCompiledError("MINVERSE of a table without an inverse is not compiled") from error


def _frequencies(_careful: Evaluator, args: Sequence[Value]) -> Value:
    count = trial_count(args)
    data, bins = (stacked("FREQUENCY", a, count) for a in args)
    values, ends = (a.reshape(*count, -1) for a in (data, bins))
    within = (values[..., None, :] <= ends[..., :, None]).sum(axis=-1)
    found = []
    for i in range(ends.shape[-1]):
        # What the next lower end has, it does not count again; of equal ends the first has it.
        lower = (ends < ends[..., i : i + 1]) | ((ends == ends[..., i : i + 1]) & (np.arange(ends.shape[-1]) < i))
        found.append(within[..., i] - np.where(lower, within, 0).max(axis=-1))
    found.append(values.shape[-1] - within.max(axis=-1))
    return laid_out(np.stack(found, axis=-1)[..., None].astype(np.float64))


def _checked(function: Callable[[Evaluator, Sequence[Value]], Value]) -> Callable[[Evaluator, Sequence[Value]], Value]:
    """Return a function whose results are errors where they are too large for a number."""

    def call(careful: Evaluator, args: Sequence[Value]) -> Value:
        found = function(careful, args)
        return [[np.where(np.isinf(c), NUM, c) for c in row] for row in found] if isinstance(found, list) else found

    return call


TABLES: dict[str, Callable[[Evaluator, Sequence[Value]], Value]] = {
    name: _checked(function)
    for name, function in {
        "SORT": _sorted,
        "MMULT": _product,
        "MINVERSE": _inverse,
        "FREQUENCY": _frequencies,
        **FITS,
    }.items()
}
"""Functions that give a range, of a size that is the same in all trials."""
