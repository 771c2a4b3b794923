"""Calls of worksheet functions as a workbook, so that a spreadsheet program computes them as a user would have them.

Every call stands twice where it can: with its arguments in cells, and with its arguments typed into the formula. A
result of several cells is entered over one row and one column more than it needs, so that a wrong shape shows.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dealmodel import callpath
from dealmodel.cells import OMITTED, CellError, Cells, Scalar
from dealmodel.workbook.address import Area, CellAt, a1
from dealmodel.workbook.spelling.plain import constant_xml, formula_xml, plain_package, rows_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.catalogue import Entry

Rows: TypeAlias = list[list[Scalar]]
PER_SHEET = 1000
"""Calls on one sheet."""


@dataclass(frozen=True, slots=True)
class Call:
    """A worksheet function with arguments."""

    entry: Entry
    arguments: tuple[Cells, ...]

    def evaluate(self) -> Rows:
        """Return the result as every host should have it."""
        return as_rows(callpath.call(self.entry, self.arguments))


def as_rows(value: Cells) -> Rows:
    """Return a value as rows."""
    return [list(row) for row in value] if isinstance(value, (list, tuple)) else [[value]]  # type: ignore[list-item]


@dataclass(frozen=True, slots=True)
class Entered:
    """A formula in the workbook and where its result stands."""

    number: int
    """Which call it is."""
    inline: bool
    """Whether the arguments are typed into the formula."""
    at: CellAt
    height: int
    width: int
    """Size of the result, without the row and the column that an array formula has more."""
    array: bool

    def result(self, value: Callable[[CellAt], Scalar]) -> Rows:
        """Return the result, with what is too much if its shape is wrong."""
        more = 1 if self.array else 0
        rows = [
            [value(CellAt(self.at.sheet, self.at.row + i, self.at.column + j)) for j in range(self.width + more)]
            for i in range(self.height + more)
        ]
        return _trimmed(rows, self.height, self.width) if self.array else rows


def _trimmed(rows: Rows, height: int, width: int) -> Rows:
    """Return the rows that a result of that size fills, or all of them if another size filled them.

    An array formula repeats a single row or column, and fills what is beyond any other with #N/A.
    """
    fitting = [row[:width] for row in rows[:height]]
    expected = [
        [
            fitting[0 if height == 1 else i][0 if width == 1 else j]
            if (height == 1 or i < height) and (width == 1 or j < width)
            else CellError.NA
            for j in range(width + 1)
        ]
        for i in range(height + 1)
    ]
    return fitting if rows == expected else rows


class CallBook:
    """A workbook of calls.

    Parameters
    ----------
    calls
        The calls, with the size that their results should have.
    """

    def __init__(self, calls: Sequence[tuple[Call, int, int]]) -> None:
        self.entered: list[Entered] = []
        self._sized = calls
        self.calls = [call for call, _, _ in calls]

    def to_bytes(self) -> bytes:
        """Return the .xlsx file."""
        self.entered.clear()
        sheets: dict[str, dict[tuple[int, int], str]] = {}
        for start in range(0, len(self._sized), PER_SHEET):
            sheet = f"Calls{start // PER_SHEET + 1}"
            sheets[sheet] = {}
            row = 1
            for number in range(start, min(start + PER_SHEET, len(self._sized))):
                row += self._write(sheet, sheets[sheet], row, number)
        return plain_package({name: [rows_xml(cells)] for name, cells in sheets.items()})

    def _write(self, sheet: str, written: dict[tuple[int, int], str], top: int, number: int) -> int:
        """Write a call and its arguments from a row on; return how many rows that takes."""
        call, height, width = self._sized[number]
        column, tallest = 1, height + 1
        references = []
        for argument in call.arguments:
            if argument is OMITTED:
                references.append("")
                continue
            rows = as_rows(argument)
            area = Area(top, column, top + len(rows) - 1, column + len(rows[0]) - 1)
            for place, value in zip(area.places(), itertools.chain(*rows), strict=True):
                written[place] = constant_xml(*place, value)
            references.append(_reference(area))
            column = area.right + 2
            tallest = max(tallest, area.height)
        formulas = [(False, _formula(call.entry, references))]
        if all(map(_can_be_typed, call.arguments)):
            formulas.append((True, _formula(call.entry, list(map(_typed, call.arguments)))))
        for inline, formula in formulas:
            for array in (False, True) if height == width == 1 else (True,):
                area = Area(top, column, top + height, column + width)
                written[top, column] = formula_xml(top, column, formula, area if array else None)
                self.entered.append(Entered(number, inline, CellAt(sheet, top, column), height, width, array))
                column = area.right + 2
        return tallest + 1


def _reference(area: Area) -> str:
    first, last = a1(area.top, area.left), a1(area.bottom, area.right)
    return first if first == last else f"{first}:{last}"


def _formula(entry: Entry, arguments: Sequence[str]) -> str:
    given = list(arguments)
    while given and not given[-1]:
        given.pop()
    return f"{entry.name}({','.join(given)})"


def _can_be_typed(argument: Cells) -> bool:
    """Whether a formula can hold an argument: no array in it may hold a blank, and none in Calc an error."""
    if isinstance(argument, (list, tuple)):
        return not any(cell is None or isinstance(cell, CellError) for row in argument for cell in row)
    return argument is not None


def _typed(argument: Cells) -> str:
    if argument is OMITTED:
        return ""
    if isinstance(argument, (list, tuple)):
        return "{" + ";".join(",".join(map(_literal, row)) for row in argument) + "}"
    return _literal(argument)  # type: ignore[arg-type]


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return str(value) if isinstance(value, CellError) else repr(value).upper()
