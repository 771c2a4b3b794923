"""Excel through xlwings: every function of the catalogue as a user-defined function.

xlwings writes a VBA function for each of `FUNCTIONS` and sends its arguments over COM. They are read here
with `Value2`, so that an error is seen as an error, an amount formatted as currency keeps all its digits and
a date is its serial number; what they mean is decided in `dealmodel.cells`. Without pywin32, on Linux or
macOS, the functions are plain Python functions of cell values.

A COM function cannot return an Excel error. It returns the error's text, "#NUM!", which the VBA of the add-in
(`dealmodel.hosts.vba`) turns into the error value.
"""

from __future__ import annotations

import inspect
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import xlwings as xw
from xlwings.conversion import Accessor, Pipeline

from dealmodel import callpath
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError, Cells, Scalar
from dealmodel.dates import serial
from dealmodel.hosts.wizard import describe, describe_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xlwings.conversion import ConversionContext

    from dealmodel.catalogue import Entry

Value: TypeAlias = float | bool | str
Result: TypeAlias = Value | list[list[Value]]

LONGEST_TEXT = 32767
"""Characters of a cell; VBA turns a longer result into #VALUE!."""
MAX_CELLS = 2**22
"""Cells read from one range, four whole columns; a whole sheet would ask for a terabyte."""

ERROR_NUMBERS: Mapping[int, CellError] = MappingProxyType(
    {
        2000: CellError.NULL,
        2007: CellError.DIV0,
        2015: CellError.VALUE,
        2023: CellError.REF,
        2029: CellError.NAME,
        2036: CellError.NUM,
        2042: CellError.NA,
        2043: CellError.GETTING_DATA,
        2045: CellError.SPILL,
        2046: CellError.CONNECT,
        2047: CellError.BLOCKED,
        2048: CellError.UNKNOWN,
        2049: CellError.FIELD,
        2050: CellError.CALC,
    }
)
"""The errors by the numbers of VBA's `CVErr`."""
_CVERR = -2146828288
"""An error arrives as the integer 0x800A0000 + xlErr..., signed; a number in a cell is never an integer."""
_ERRORS = {_CVERR + number: error for number, error in ERROR_NUMBERS.items()}

_RESERVED = """
abs addressof and any array as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cdec
cdecl cint circle clng clnglng clngptr close const csng cstr currency cvar cverr date debug decimal declare
defbool defbyte defcur defdate defdbl defdec defint deflng deflnglng deflngptr defobj defsng defstr defvar
dim do doevents double each else elseif empty end endif enum eqv erase event exit false fix for friend
function get global gosub goto if imp implements in input inputb int integer is lbound len lenb let like
lineinput lock long longlong longptr loop lset me mod new next not nothing null on open option
optional or paramarray preserve print private pset public put raiseevent redim rem resume return rset scale
seek select set sgn shared single spc static stop string sub tab then to true type typeof ubound unlock
until variant wend while with withevents write xor
"""
"""The reserved identifiers of VBA, [MS-VBAL] 3.3.5.2."""
_CONTEXTUAL = "access alias base binary compare explicit lib output property random read step"
"""Words of its statements that VBA takes for names but LibreOffice's Basic does not."""
_GENERATED = "activeworkbook app application argsarray caller err failed k range thisworkbook xlpy"
"""Names in the bodies that xlwings generates; an argument named `caller` it would replace by the cell."""
VBA_WORDS = frozenset(f"{_RESERVED} {_CONTEXTUAL} {_GENERATED}".split())


def vba_name(name: str) -> str:
    """Return an argument's name as VBA takes it: one reserved word as an argument breaks the whole module.

    Examples
    --------
    >>> vba_name("stake"), vba_name("function")
    ('stake', 'function_')
    """
    return f"{name}_" if name.lower() in VBA_WORDS else name


# -- arguments -----------------------------------------------------------------------------------------------


def read_value(value: object) -> Cells:
    """Return what pywin32 hands over for an argument, or for the `Value2` of a range, as cell values.

    Parameters
    ----------
    value
        A number, a text, a truth, a date, a currency amount, an error as its integer, None, or rows of them.

    Returns
    -------
    One cell value, or rows of them. A blank is a grid of one cell, because xlwings says None where a required
    argument is missing.

    Examples
    --------
    >>> read_value(((1.5, None), (-2146826246, "text")))
    [[1.5, None], [<CellError.NA: '#N/A'>, 'text']]
    """
    if type(value) is float:
        return value
    if value is None:
        return [[None]]
    if isinstance(value, (tuple, list)):
        return _read_rows(value)
    return _read_scalar(value)


def _read_rows(values: Sequence[object]) -> list[list[Scalar]]:
    """Return an array as rows; an array of one dimension, as VBA may send it, is a row."""
    if not any(isinstance(row, (tuple, list)) for row in values):
        values = [values]
    return [
        [cell if type(cell) is float else _read_scalar(cell) for cell in row]
        if isinstance(row, (tuple, list))
        else [CellError.VALUE]
        for row in values
    ]


def _read_scalar(value: object) -> Scalar:
    if value is None or isinstance(value, (float, bool, str, CellError)):
        return value
    if isinstance(value, datetime):
        return serial(value)
    if isinstance(value, int) and _CVERR <= value <= _CVERR + 0xFFFF:
        return _ERRORS.get(value, CellError.UNKNOWN)
    if isinstance(value, (int, Decimal)):
        try:
            return float(value)
        except (OverflowError, ValueError):
            return CellError.NUM
    return CellError.VALUE


def _read_range(context: ConversionContext) -> Cells:
    height, width = context.range.shape
    areas = context.range.api.Areas.Count
    # Value2 holds only the first area of several: a wrong number, where Excel's own functions say #VALUE!.
    if areas != 1 or height * width > MAX_CELLS:
        return CellError.VALUE
    return read_value(context.range.api.Value2)


def _read(context: ConversionContext) -> None:
    context.value = read_value(context.value) if context.range is None else _read_range(context)


def _write(context: ConversionContext) -> None:
    """Put a result into rows, which is what xlwings hands to COM."""
    if not isinstance(context.value, list):
        context.value = [[context.value]]


class CellsAccessor(Accessor):
    """xlwings' way from a cell to an argument and from a result to a cell, without its own conversions."""

    _READ = Pipeline([_read])
    _WRITE = Pipeline([_write])

    @classmethod
    def reader(cls, options: Mapping[str, object]) -> Pipeline:  # noqa: ARG003  xlwings passes it
        """Return the steps that read an argument."""
        return cls._READ

    @classmethod
    def writer(cls, options: Mapping[str, object]) -> Pipeline:  # noqa: ARG003  xlwings passes it
        """Return the steps that write a result."""
        return cls._WRITE


# -- results -------------------------------------------------------------------------------------------------


def write_result(result: Scalar | list[list[Scalar]]) -> Result:
    """Return a result with errors as text.

    Examples
    --------
    >>> write_result([[1.0, CellError.NUM]])
    [[1.0, '#NUM!']]
    """
    if isinstance(result, list):
        return [[_write_scalar(cell) for cell in row] for row in result]
    return _write_scalar(result)


def _write_scalar(cell: Scalar) -> Value:
    if type(cell) is float:
        return cell
    if cell is None:
        return ""
    if isinstance(cell, CellError):
        return cell.value
    return cell[:LONGEST_TEXT] if isinstance(cell, str) else cell


# -- functions -----------------------------------------------------------------------------------------------


def _signature(entry: Entry) -> inspect.Signature:
    """Return the signature that xlwings writes into VBA, `OMITTED` where an argument may be left out."""
    return inspect.Signature(
        [
            inspect.Parameter(vba_name(a.name), a.kind, default=a.empty if a.default is a.empty else OMITTED)
            for a in entry.arguments
        ]
    )


def _build(entry: Entry) -> Callable[..., Result]:
    """Return the UDF of one entry; the pure function itself stays as it is."""

    def evaluate(*arguments: Any) -> Result:  # noqa: ANN401  cell values; the signature is the entry's
        return write_result(callpath.call(entry, [OMITTED if a is None else a for a in arguments]))

    # xlwings registers under __name__ and reads annotations as converters.
    evaluate.__name__ = evaluate.__qualname__ = entry.name
    evaluate.__doc__ = describe(entry)
    evaluate.__annotations__ = {}
    signature = _signature(entry)
    evaluate.__signature__ = signature  # type: ignore[attr-defined]
    function = evaluate
    for name, text in zip(signature.parameters, describe_arguments(entry), strict=True):
        function = xw.arg(name, convert=CellsAccessor, doc=text)(function)
    function = xw.ret(convert=CellsAccessor)(function)
    # Outermost: each of the decorators above resets the category.
    return xw.func(category=f"dealmodel: {entry.category}")(function)


FUNCTIONS: Mapping[str, Callable[..., Result]] = MappingProxyType(
    {name: _build(entry) for name, entry in CATALOGUE.items()}
)
"""The user-defined functions by worksheet name."""
