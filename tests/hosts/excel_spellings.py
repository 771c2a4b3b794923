"""How Excel hands values over and takes results: as pywin32, ranges, Currency, dates and the add-in spell them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dealmodel.cells import OMITTED, CellError
from tests.support.pywin32_stub import CVERR, MISSING, FakeRange, PyTime

if TYPE_CHECKING:
    from collections.abc import Callable


XL_ERR = {
    2000: "#NULL!",
    2007: "#DIV/0!",
    2015: "#VALUE!",
    2023: "#REF!",
    2029: "#NAME?",
    2036: "#NUM!",
    2042: "#N/A",
    2043: "#GETTING_DATA",
    2045: "#SPILL!",
    2046: "#CONNECT!",
    2047: "#BLOCKED!",
    2048: "#UNKNOWN!",
    2049: "#FIELD!",
    2050: "#CALC!",
}
CODES = {text: CVERR + code for code, text in XL_ERR.items()}


def as_excel_shows(result: object) -> str:
    """Spell a result of the cell path as Excel gets it, exactly."""
    rows = result if isinstance(result, list) else [[result]]
    return repr([[str(cell) if isinstance(cell, CellError) else cell for cell in row] for row in rows])


def as_bare(value: object) -> object:
    """Spell a cell as pywin32 does."""
    if isinstance(value, CellError):
        return CODES[str(value)]
    return value


def as_literal(value: Any) -> object:  # noqa: ANN401
    if isinstance(value, list):
        return tuple(tuple(as_bare(cell) for cell in row) for row in value)
    return MISSING if value is OMITTED else as_bare(value)


def as_range(value: Any) -> object:  # noqa: ANN401
    if value is OMITTED:
        return MISSING
    rows = value if isinstance(value, list) else [[value]]
    return FakeRange([[as_bare(cell) for cell in row] for row in rows])


def as_currency(value: Any) -> object:  # noqa: ANN401
    """Spell amounts of up to four places as VBA's Currency."""

    def spell(cell: object) -> object:
        bare = as_bare(cell)
        exact = isinstance(bare, float) and abs(bare) < 1e10 and bare == round(bare, 4)
        return Decimal(repr(bare)) if exact else bare

    if isinstance(value, list):
        return tuple(tuple(spell(cell) for cell in row) for row in value)
    return MISSING if value is OMITTED else spell(value)


def as_dates(value: Any) -> object:  # noqa: ANN401
    """Spell whole numbers as the dates they are the serial numbers of."""

    def spell(cell: object) -> object:
        bare = as_bare(cell)
        if isinstance(bare, float) and bare.is_integer() and 61 <= bare < 2958466:
            return PyTime(1899, 12, 30, tzinfo=dt.UTC) + dt.timedelta(days=bare)
        return bare

    if isinstance(value, list):
        return tuple(tuple(spell(cell) for cell in row) for row in value)
    return MISSING if value is OMITTED else spell(value)


def as_addin_sends(value: Any) -> object:  # noqa: ANN401
    """Spell an argument as the add-in's wrapper does: the `Value2` of a range, bare where it is one cell."""
    if value is OMITTED:
        return MISSING
    rows = tuple(tuple(as_bare(cell) for cell in row) for row in (value if isinstance(value, list) else [[value]]))
    return rows[0][0] if len(rows) == len(rows[0]) == 1 else rows


def as_vba_gets(result: Any) -> object:  # noqa: ANN401
    """Spell a result as VBA gets it and the wrapper leaves it: errors by their text, one row as a row."""
    rows = result if isinstance(result, list) else [[result]]
    shown = [["" if c is None else str(c) if isinstance(c, CellError) else c for c in row] for row in rows]
    return shown if len(shown) > 1 else shown[0] if len(shown[0]) > 1 else shown[0][0]


def as_single_cells(arguments: list[Any]) -> list[Any]:
    """A range of one cell and its value are the same to Excel."""
    return [a[0][0] if isinstance(a, list) and len(a) == len(a[0]) == 1 else a for a in arguments]


SPELLINGS: tuple[Callable[[Any], object], ...] = (as_literal, as_range, as_currency, as_dates)
