"""SUBTOTAL and AGGREGATE, which leave out hidden rows, errors, and cells that hold totals themselves.

The engine hands a function values only. The translator adds where each range stands, and the book knows which rows
are hidden there.
"""

from __future__ import annotations

import functools
import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import EngineValue, to_scalar
from dealmodel.hosts.supplements.refusals import CellErrorRaised, errors_as_values, refuse
from dealmodel.hosts.supplements.values import number, rank_from_top
from dealmodel.workbook.address import Area
from dealmodel.workbook.formulas import tokens
from dealmodel.workbook.spelling.arguments import bare_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dealmodel.cells import Scalar
    from dealmodel.workbook.book import Book

    Numbers = Sequence[float]

TOTAL = "DEALMODEL_TOTAL"
"""Function of the engine's only: a total of ranges with their places."""
NOT_AGGREGATE = -1
"""Stands for the options of SUBTOTAL, which has none."""
_TOTALS = frozenset({"SUBTOTAL", "AGGREGATE"})
_NAMES_TOTAL = re.compile(r"\b(?:SUBTOTAL|AGGREGATE)\s*\(", re.IGNORECASE)
_PLACES = 4
"""Arguments of each range: its sheet, first row, first column, and values."""
_COUNT, _COUNTA = 2, 3
_VISIBLE = 100
"""What is added to the number of a SUBTOTAL that leaves out rows hidden by hand."""


class LeftOut(NamedTuple):
    """What a total leaves out."""

    rows: str
    """Rows that are `hidden` in any way, that are `filtered`, or none."""
    errors: bool
    totals: bool


class Totals:
    """Works out SUBTOTAL and AGGREGATE.

    Parameters
    ----------
    book
        The stored workbook.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._totals_of = functools.cache(self._find_totals)

    def __call__(self, *arguments: EngineValue) -> EngineValue:
        """Return a total.

        Parameters
        ----------
        arguments
            The number of a function; that of AGGREGATE's options, or `NOT_AGGREGATE`; the order that LARGE and its
            like take; and for each range its sheet, or a blank for an array, first row, first column and values.
        """
        return errors_as_values(self._total)(*arguments)

    def _total(self, function: EngineValue, options: EngineValue, order: EngineValue, *ranges: EngineValue) -> float:
        chosen, leave = left_out(math.trunc(number(function)), math.trunc(number(options)))
        groups = [ranges[i : i + _PLACES] for i in range(0, len(ranges), _PLACES)]
        groups = groups[:1] if chosen in _ORDERED else groups
        cells = [cell for group in groups for cell in self._cells(group, leave)]
        if chosen == _COUNTA:
            return float(sum(cell is not None for cell in cells))
        error = next((cell for cell in cells if isinstance(cell, CellError)), None)
        if error is not None and chosen != _COUNT:
            raise CellErrorRaised(error)
        numbers = [float(cell) for cell in cells if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
        if chosen in _SIMPLE:
            return _SIMPLE[chosen](numbers)
        refuse(order == OMITTED_TEXT, CellError.VALUE)
        return _ORDERED[chosen](sorted(numbers), number(order))

    def _cells(self, group: Sequence[EngineValue], leave: LeftOut) -> Iterator[Scalar]:
        sheet, row, column, values = group
        rows = values if isinstance(values, list) else [[values]]
        top, left = int(row or 0), int(column or 0)
        area = Area(top, left, top + len(rows) - 1, left + len(rows[0]) - 1)
        counts = self.counted(str(sheet or ""), area, leave)
        for i, line in enumerate(rows, start=top):
            for j, value in enumerate(line, start=left):
                cell = to_scalar(value)
                if counts(i, j) and not (leave.errors and isinstance(cell, CellError)):
                    yield cell

    def counted(self, sheet: str, area: Area, leave: LeftOut) -> Callable[[int, int], bool]:
        """Return what tells whether a cell of an area counts: one that is neither hidden nor a total itself.

        Parameters
        ----------
        sheet
            The name of the area's sheet; empty for an array that stands nowhere.
        area
            The area.
        leave
            What is left out.
        """
        name = self._book.find_sheet(sheet) if sheet else None
        if name is None:
            return lambda _row, _column: True
        totals = self._totals_of(name) if leave.totals else frozenset()
        hidden = self._hidden(name, area, leave.rows)
        return lambda row, column: row not in hidden and (row, column) not in totals

    def _hidden(self, sheet: str, area: Area, which: str) -> frozenset[int]:
        if not which or not self._book.sheet(sheet).hidden_rows:
            return frozenset()
        runs = self._book.visible_rows(sheet, area, filtered_only=which == "filtered")
        visible = {row for first, last in runs for row in range(first, last + 1)}
        return frozenset(range(area.top, area.bottom + 1)) - visible

    def _find_totals(self, sheet: str) -> frozenset[tuple[int, int]]:
        """Return the cells whose formulas are totals."""
        formulas = self._book.formulas(sheet).items()
        return frozenset(place for place, formula in formulas if is_total(formula))


def is_total(formula: str) -> bool:
    """Whether a formula computes a total, which other totals leave out.

    Examples
    --------
    >>> is_total("A1+SUBTOTAL(9,B1:B3)"), is_total("_xlfn.AGGREGATE(9,6,B1:B3)"), is_total('IF(A1="SUBTOTAL(9)",1,2)')
    (True, True, False)
    """
    # Few formulas are; a pattern tells it of the others ten times quicker than their tokens do.
    if not _NAMES_TOTAL.search(formula):
        return False
    return any(kind == "word" and bare_name(text) in _TOTALS for kind, text in tokens(formula))


def left_out(function: int, options: int) -> tuple[int, LeftOut]:
    """Return the number of the function, and what it leaves out."""
    if options == NOT_AGGREGATE:
        all_hidden, chosen = divmod(function, _VISIBLE)
        refuse(not 1 <= chosen <= _LAST_OF_SUBTOTAL or all_hidden not in (0, 1), CellError.VALUE)
        return chosen, LeftOut("hidden" if all_hidden else "filtered", errors=False, totals=True)
    refuse(not 0 <= options <= 7 or not 1 <= function <= _LAST, CellError.VALUE)  # noqa: PLR2004  all options
    rows = "hidden" if options % 2 else ""
    return function, LeftOut(rows, errors=options in (2, 3, 6, 7), totals=options < 4)  # noqa: PLR2004


def _average(numbers: Numbers) -> float:
    return math.fsum(numbers) / len(numbers)


def _variance(numbers: Numbers, lost: int) -> float:
    """Return the variance, from the sum of squares as Excel's totals do; the mean takes `lost` degrees of freedom."""
    count = len(numbers)
    refuse(count <= lost, CellError.DIV0)
    squares = count * sum(n * n for n in numbers) - sum(numbers) ** 2
    return max(squares, 0.0) / count / (count - lost)


def _median(numbers: Numbers) -> float:
    refuse(not numbers)
    ordered, middle = sorted(numbers), len(numbers) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _mode(numbers: Numbers) -> float:
    """Return the number that is there most often, the first of several."""
    best = max(dict.fromkeys(numbers), key=numbers.count, default=0.0)
    refuse(numbers.count(best) < 2, CellError.NA)  # noqa: PLR2004  none is there twice
    return best


def _rank(numbers: Numbers, order: float) -> float:
    """Return the smallest number but so many."""
    place = math.trunc(order)
    refuse(not 1 <= place <= len(numbers))
    return numbers[place - 1]


def _inclusive(numbers: Numbers, part: float) -> float:
    refuse(not numbers or not 0 <= part <= 1)
    return _between(numbers, part * (len(numbers) - 1))


def _exclusive(numbers: Numbers, part: float) -> float:
    place = part * (len(numbers) + 1) - 1
    refuse(not 0 < part < 1 or not 0 <= place <= len(numbers) - 1)
    return _between(numbers, place)


def _between(numbers: Numbers, place: float) -> float:
    low, share = int(place), place % 1
    return numbers[low] + (numbers[low + 1] - numbers[low]) * share if share else numbers[low]


_SIMPLE: Mapping[int, Callable[[Numbers], float]] = MappingProxyType(
    {
        1: _average,
        _COUNT: lambda numbers: float(len(numbers)),
        4: lambda numbers: max(numbers, default=0.0),
        5: lambda numbers: min(numbers, default=0.0),
        6: lambda numbers: math.prod(numbers) if numbers else 0.0,
        7: lambda numbers: math.sqrt(_variance(numbers, 1)),
        8: lambda numbers: math.sqrt(_variance(numbers, 0)),
        9: math.fsum,
        10: lambda numbers: _variance(numbers, 1),
        11: lambda numbers: _variance(numbers, 0),
        12: _median,
        13: _mode,
    }
)
_ORDERED: Mapping[int, Callable[[Numbers, float], float]] = MappingProxyType(
    {
        14: lambda numbers, order: _rank(numbers[::-1], rank_from_top(order)),
        15: _rank,
        16: _inclusive,
        17: lambda numbers, order: _inclusive(numbers, math.trunc(order) / 4),
        18: _exclusive,
        19: lambda numbers, order: _exclusive(numbers, math.trunc(order) / 4),
    }
)
_LAST_OF_SUBTOTAL, _LAST = 11, 19
