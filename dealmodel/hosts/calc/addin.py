"""The functions as LibreOffice's Python calls them: UNO's values in, rows of UNO's values out.

Calc hands over a number, a text, a range as rows, or nothing where an argument is left out. An empty cell of a range
comes as an empty text; an error comes as a NaN that carries the error's number, and goes out so. A single cell that
is empty comes as 0, TRUE as 1. A range that holds an error never comes: Calc answers Err:504 itself.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, TypeAlias

from dealmodel import callpath
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError, Cells, Scalar
from dealmodel.hosts.calc.names import method_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.catalogue import Entry

Value: TypeAlias = float | str
Rows: TypeAlias = tuple[tuple[Value, ...], ...]

_QUIET_NAN = 0x7FF8000000000000
_CODE = 0xFFFF
CODES = {
    CellError.NUM: 503,
    CellError.VALUE: 519,
    CellError.NULL: 521,
    CellError.REF: 524,
    CellError.NAME: 525,
    CellError.DIV0: 532,
    CellError.NA: 32767,
}
"""The numbers of Calc's errors that other programs know too."""
NOT_CONVERGED = 523
_ERRORS = {code: error for error, code in CODES.items()} | {NOT_CONVERGED: CellError.NUM}


def members() -> dict[str, Callable[..., Rows]]:
    """Return the methods of the add-in by name."""
    return {method_name(name): _method(entry) for name, entry in CATALOGUE.items()}


def _method(entry: Entry) -> Callable[..., Rows]:
    def method(_self: object, *values: Any) -> Rows:  # noqa: ANN401  UNO's values
        while values and values[-1] is None:
            values = values[:-1]
        result = callpath.call(entry, [read(value) for value in values])
        if type(result) is float:
            return ((result,),)
        rows = result if isinstance(result, list) else [[result]]
        return tuple(tuple(map(_write, row)) for row in rows)

    return method


def read(value: Any) -> Cells:  # noqa: ANN401  UNO's values
    """Return an argument as cell values.

    Examples
    --------
    >>> read(((1.5, ""), (error_number(CellError.NA), "text")))
    [[1.5, None], [<CellError.NA: '#N/A'>, 'text']]
    """
    if value is None:
        return OMITTED
    if isinstance(value, tuple):
        return [[_read_cell(cell) for cell in row] for row in value]
    return value if isinstance(value, str) else _read_cell(value)


def _read_cell(cell: Any) -> Scalar:  # noqa: ANN401  UNO's values
    if type(cell) is float:
        return cell if cell == cell else cell_error(_number_in(cell))  # noqa: PLR0124  NaN
    if cell is None or cell == "":
        return None
    return cell if isinstance(cell, str) else float(cell)


def _write(cell: Scalar) -> Value:
    if isinstance(cell, CellError):
        return error_number(cell)
    if cell is None:
        return ""
    # LibreOffice turns a truth in an `any` into 0, whichever it is.
    return cell if isinstance(cell, str) else float(cell)


def error_number(error: CellError) -> float:
    """Return the NaN that is an error in Calc; one that Calc does not know is #VALUE!."""
    code = CODES.get(error, CODES[CellError.VALUE])
    number: float = struct.unpack("<d", struct.pack("<Q", _QUIET_NAN | code))[0]
    return number


def cell_error(code: int) -> CellError:
    """Return the error of a number of Calc's, as Calc itself writes it into an .xlsx.

    Examples
    --------
    >>> cell_error(532), cell_error(504)
    (<CellError.DIV0: '#DIV/0!'>, <CellError.VALUE: '#VALUE!'>)
    """
    return _ERRORS.get(code, CellError.VALUE)


def _number_in(nan: float) -> int:
    bits: int = struct.unpack("<Q", struct.pack("<d", nan))[0]
    return bits & _CODE
