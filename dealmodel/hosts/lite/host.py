"""The functions as xlwings Lite calls them; it comes along inside the workbook.

xlwings hands over rows of cells, their errors as texts, and None for a single blank cell as for an argument that is
left out: where an argument has a default, None means the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from dealmodel import callpath
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError, Cells, Scalar

if TYPE_CHECKING:
    import inspect
    from collections.abc import Sequence

Value: TypeAlias = float | bool | str
_ERRORS = {error.value: error for error in CellError}


def call(name: str, *arguments: Sequence[Sequence[object]] | None) -> Value | list[list[Value]]:
    """Call a worksheet function.

    Parameters
    ----------
    name
        Its worksheet name.
    arguments
        Rows of cells each, or None.

    Returns
    -------
    One value, or rows of them; an error is its text, which xlwings turns into the error.

    Examples
    --------
    >>> call("DM_SHORTFALL", [[294.0]], [[892.0], ["#N/A"], [-1.0]])
    [[598.0], ['#N/A'], ['#NUM!']]
    """
    entry = CATALOGUE[name]
    spread = entry.arguments if entry.max_arguments is not None else entry.arguments[:1] * len(arguments)
    result = callpath.call(entry, [_read(given, a) for given, a in zip(arguments, spread, strict=False)])
    if isinstance(result, list):
        return [[_write(cell) for cell in row] for row in result]
    return _write(result)


def _read(rows: Sequence[Sequence[object]] | None, argument: inspect.Parameter) -> Cells:
    if rows is None:
        return None if argument.default is argument.empty else OMITTED
    read = [[_read_cell(cell) for cell in row] for row in rows]
    return read[0][0] if len(read) == len(read[0]) == 1 else read


def _read_cell(cell: object) -> Scalar:
    if isinstance(cell, str):
        return _ERRORS.get(cell, cell)
    if cell is None or isinstance(cell, (bool, float)):
        return cell
    return float(cell) if isinstance(cell, int) else CellError.VALUE


def _write(cell: Scalar) -> Value:
    if cell is None:
        return ""
    return cell.value if isinstance(cell, CellError) else cell
