"""Cell values in, cell values out: the one call path of all hosts.

Hosts translate only their own spelling of errors, dates and omitted arguments; what a blank, a text, a row or a
column means to a worksheet function is decided here, once.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from dealmodel.cells import ERRORS, OMITTED, CellError, Omitted
from dealmodel.domain import Kind
from dealmodel.errors import DealModelError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.catalogue import Entry
    from dealmodel.cells import Cells, Scalar
    from dealmodel.contract import Contract, Parameter

_CODES = {error: code for code, error in enumerate(ERRORS, start=1)}
_NUMBERS = frozenset({float, int, bool})
_FLOATS = frozenset({float})


@dataclass(frozen=True, slots=True)
class _Argument:
    """One argument as an array, and where it holds errors."""

    values: NDArray[np.float64] | str | Omitted
    codes: NDArray[np.int8] | None = None
    """Error codes in the shape of the argument without its core dimension; None where there is no error."""
    upright: bool | None = None
    """Whether a series stands in a column; None where the argument is not a single series."""


def call(entry: Entry, arguments: Sequence[Cells]) -> Scalar | list[list[Scalar]]:
    """Evaluate a worksheet function as a spreadsheet does.

    Parameters
    ----------
    entry
        The function.
    arguments
        Numbers, texts, errors, `None` for a blank cell, `OMITTED`, or rows of them.

    Returns
    -------
    One cell value, or rows of them. Data outside a domain is `#NUM!`, a text or a wrong shape `#VALUE!`, and
    an error in an argument comes back as it is; nothing is raised.

    Examples
    --------
    >>> from dealmodel.catalogue import CATALOGUE
    >>> call(CATALOGUE["DM_STAKE_SOLD"], [2.0, [[8.0], [0.0], ["n/a"]]])
    [[0.2], [<CellError.NUM: '#NUM!'>], [<CellError.VALUE: '#VALUE!'>]]
    """
    try:
        return evaluate(entry, arguments)
    except DealModelError:
        return CellError.VALUE


def evaluate(entry: Entry, arguments: Sequence[Cells]) -> Scalar | list[list[Scalar]]:
    """Evaluate like `call`, but raise what a cell shows as `#VALUE!`.

    Raises
    ------
    ArgumentsError
        If there are too few or too many arguments.
    ShapeError
        If the arguments do not go together, or the result has no place on a sheet.
    """
    if entry.takes_cells:
        return entry.call_cells(arguments)
    contract = entry.contract
    if len(arguments) == contract.plain_numbers and _FLOATS.issuperset(map(type, arguments)):
        # Nearly all calls are such, of which there is nothing to find out.
        return _to_cell(contract.scalar(arguments), contract)
    values = contract.bind(arguments, {})
    text = shown_text(contract, arguments)
    if text is not None:
        return text
    if contract.takes_scalars(values):
        return _to_cell(contract.scalar(values), contract)
    return _call_arrays(contract, [_read(p, v) for p, v in zip(contract.parameters, values, strict=True)])


def shown_text(contract: Contract, arguments: Sequence[Cells]) -> str | None:
    """Return the text that a function shows as it is, as `DM_OUTPUT` does, or None where it shows none.

    Examples
    --------
    >>> from dealmodel.catalogue import CATALOGUE
    >>> shown_text(CATALOGUE["DM_OUTPUT"].contract, [[["Covenant broken"]], "covenant"])
    'Covenant broken'
    """
    if not contract.shows_texts or not arguments or any(isinstance(a, CellError) for a in arguments):
        return None
    value: object = arguments[0]
    while _is_range(value) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else None


def read_values(contract: Contract, arguments: Sequence[Cells]) -> tuple[list[object], list[CellError | None]]:
    """Return the arguments as the contract takes them, and the first error in each; for explanations."""
    read = [_read(p, v) for p, v in zip(contract.parameters, contract.bind(arguments, {}), strict=True)]
    errors = [None if a.codes is None else ERRORS[a.codes[a.codes > 0].flat[0] - 1] for a in read]
    return [a.values for a in read], errors


def _to_cell(number: float, contract: Contract) -> Scalar:
    if number != number or number in (np.inf, -np.inf):  # noqa: PLR0124  NaN
        return CellError.NUM
    return bool(number) if contract.result.domain.kind is Kind.FLAG else number + 0.0


def _read(parameter: Parameter, cells: object) -> _Argument:
    """Return an argument as an array, errors and texts as NaN with their code."""
    if cells is OMITTED:
        return _Argument(OMITTED)
    if parameter.is_text:
        return _read_text(cells)
    values, codes = _read_grid(parameter, cells if _is_range(cells) else [[cells]])
    height, width = values.shape
    if not parameter.core:
        plain = values.reshape(()) if values.size == 1 else values
        return _Argument(plain, codes if codes is None else codes.reshape(plain.shape))
    if min(height, width) == 1:
        series = values.reshape(-1)
        first = None if codes is None else _first_code(codes.reshape(-1))
        return _Argument(series, first, upright=height > 1)
    # One series per row: a column of cases, each with its series along the last axis.
    return _Argument(values[:, None, :], None if codes is None else _first_code(codes)[:, None])


def _is_range(cells: object) -> TypeGuard[Sequence[object]]:
    return isinstance(cells, Sequence) and not isinstance(cells, str)


def _read_text(cells: object) -> _Argument:
    """Return a text argument; a range gives its first cell, a number its digits."""
    while _is_range(cells):
        cells = cells[0] if cells else None
    if isinstance(cells, CellError):
        return _Argument("", np.array(_CODES[cells], dtype=np.int8))
    if cells is None:
        return _Argument("")
    if isinstance(cells, float):
        return _Argument(f"{cells:.15g}")
    return _Argument(str(cells).upper() if isinstance(cells, bool) else str(cells))


def _read_grid(parameter: Parameter, rows: Sequence[Any]) -> tuple[NDArray[np.float64], NDArray[np.int8] | None]:
    one_of_each = {type(row): row for row in rows}.values()
    widths = set(map(len, rows)) if all(map(_is_range, one_of_each)) else {-1}
    if len(widths) > 1 or -1 in widths:
        raise ShapeError(f"{parameter.name} must be rows of the same length")
    shape = (len(rows), *widths)
    if 0 in shape:
        raise ShapeError(f"{parameter.name} must have at least one cell; got none")
    cells = list(itertools.chain.from_iterable(rows))
    if _NUMBERS.issuperset(map(type, cells)):
        with contextlib.suppress(OverflowError):
            return np.array(cells, dtype=np.float64).reshape(shape), None
    read = [_number_and_code(cell) for cell in cells]
    values = np.array([number for number, _ in read], dtype=np.float64).reshape(shape)
    codes = np.array([code for _, code in read], dtype=np.int8).reshape(shape)
    return values, codes if codes.any() else None


def _number_and_code(cell: object) -> tuple[float, int]:
    if cell is None:
        return 0.0, 0
    if isinstance(cell, CellError):
        return np.nan, _CODES[cell]
    if isinstance(cell, (float, int)):
        try:
            return float(cell), 0
        except OverflowError:
            return np.nan, _CODES[CellError.NUM]
    return np.nan, _CODES[CellError.VALUE]


def _first_code(codes: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the first code along the last axis that is not 0, and 0 where none is."""
    at = np.argmax(codes != 0, axis=-1)
    return np.take_along_axis(codes, at[..., None], axis=-1)[..., 0]


def _call_arrays(contract: Contract, arguments: Sequence[_Argument]) -> Scalar | list[list[Scalar]]:
    result = contract.evaluate([a.values for a in arguments])
    core_axes = contract.result_axes
    upright = next((a.upright for a in arguments if a.upright is not None), False)
    lay_out = functools.partial(_lay_out, core_axes=core_axes, upright=upright and not contract.result.core.isdigit())
    cells = _to_cells(lay_out(result), contract)
    shape = result.shape[: result.ndim - core_axes]
    codes = [np.broadcast_to(a.codes, shape) for a in arguments if a.codes is not None]
    if codes:
        # The leftmost argument's error wins, as in a spreadsheet's own functions.
        code = functools.reduce(lambda first, later: np.where(first != 0, first, later), codes)
        spread = lay_out(np.broadcast_to(code.reshape(shape + (1,) * core_axes), result.shape))
        for found in np.unique(spread[spread != 0]):
            cells[spread == found] = ERRORS[found - 1]
    rows: list[list[Scalar]] = cells.tolist()
    return rows[0][0] if cells.size == 1 else rows


def _lay_out(result: NDArray[np.generic], *, core_axes: int, upright: bool) -> NDArray[np.generic]:
    """Return the result in two dimensions, as it stands on the sheet."""
    if core_axes == 0:
        return np.atleast_2d(result)
    shape = result.shape[: result.ndim - core_axes]
    cases = int(np.prod(shape, dtype=np.int64))
    tail = result.shape[result.ndim - core_axes :]
    if cases == 1:
        grid = result.reshape(tail if core_axes == 2 else (1, *tail))  # noqa: PLR2004  a table
        return grid.T if upright and core_axes == 1 else grid
    if core_axes == 1 and cases == shape[0]:
        return result.reshape(cases, *tail)
    if core_axes == 1 and cases == shape[-1] and upright:
        return result.reshape(cases, *tail).T
    raise ShapeError("several cases of a series must stand in a column, one series a row")


def _to_cells(grid: NDArray[np.generic], contract: Contract) -> NDArray[np.object_]:
    values = grid.astype(np.float64) + 0.0
    is_flag = contract.result.domain.kind is Kind.FLAG
    cells: NDArray[np.object_] = (values != 0 if is_flag else values).astype(np.object_)
    cells[~np.isfinite(values)] = CellError.NUM
    return cells
