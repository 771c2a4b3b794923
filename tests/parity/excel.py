"""Calls through xlwings as on Windows, with stand-ins for COM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.cells import OMITTED, CellError
from dealmodel.certify.calls import as_rows
from dealmodel.certify.hosts import Outcome
from tests.support.pywin32_stub import CVERR, MISSING, FakeRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.cells import Cells, Scalar
    from dealmodel.certify.calls import Call
    from tests.support.pywin32_stub import Windows

CODES = {
    CellError.NULL: 2000,
    CellError.DIV0: 2007,
    CellError.VALUE: 2015,
    CellError.REF: 2023,
    CellError.NAME: 2029,
    CellError.NUM: 2036,
    CellError.NA: 2042,
}
ERRORS = {str(error): error for error in CellError}


def on_excel(excel: Windows, calls: Sequence[Call]) -> list[Outcome]:
    """Call every function as VBA does, with its arguments in cells and typed into the formula."""
    outcomes = []
    for number, call in enumerate(calls):
        for way, spell in (("cells", as_range), ("typed", as_literal)):
            result = excel.call(call.entry.name, *map(spell, call.arguments))
            rows = [[ERRORS.get(cell, cell) for cell in row] for row in result]
            outcomes.append(Outcome(number, way, rows))
    return outcomes


def as_range(argument: Cells) -> Any:  # noqa: ANN401
    if argument is OMITTED:
        return MISSING
    return FakeRange([[bare(cell) for cell in row] for row in as_rows(argument)])


def as_literal(argument: Cells) -> Any:  # noqa: ANN401
    if argument is OMITTED:
        return MISSING
    if isinstance(argument, list):
        return tuple(tuple(bare(cell) for cell in row) for row in argument)
    return bare(argument)  # type: ignore[arg-type]


def bare(cell: Scalar) -> object:
    """Spell a cell as pywin32 does."""
    return CVERR + CODES[cell] if isinstance(cell, CellError) else cell
