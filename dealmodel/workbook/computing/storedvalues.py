"""The values that a workbook stores, beside those that its formulas give: when a stored one is right as it is."""

from __future__ import annotations

import itertools
import math
from functools import cached_property
from typing import TYPE_CHECKING

from dealmodel.workbook.accuracy import CLOCKS, LEFT_BY_ITERATION, TRIALS, differ_as_programs_do
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.formulas import called_functions

if TYPE_CHECKING:
    from dealmodel.cells import Scalar
    from dealmodel.workbook.book import Book
    from dealmodel.workbook.computing.calculation import Calculation

MOST_LOOKED_AT = 10_000
"""Cells of a range that are looked at for the size of the numbers in it."""

DEEPEST = 200
"""Cells behind each other that are looked at for what they hand on."""


class StoredValues:
    """The stored values of a workbook.

    Parameters
    ----------
    book, calculation
        The workbook, and what its formulas give.
    """

    def __init__(self, book: Book, calculation: Calculation) -> None:
        self.book = book
        self.calculation = calculation
        self._sizes: dict[CellAt, float] = {}
        """The largest number that each formula refers to, of those for which that was asked."""

    def is_right(self, at: CellAt, value: Scalar) -> bool:
        """Whether no input behind a cell has changed, and its stored value is right but for a program's arithmetic."""
        stored = self.book.value(at)
        if stored is None or self.calculation.first_values.get(at) != value:
            return False
        called = called_functions(self.calculation.cells.formula(at) or "") if self._tells_by_function else frozenset()
        if called & CLOCKS:
            return False
        by_trial = bool(called & TRIALS)
        if differ_as_programs_do(stored, value, 0.0, by_trial=by_trial) or self._has_settled(at, stored, value):
            return True
        if not differ_as_programs_do(stored, value, self._largest_of_all, by_trial=by_trial):
            return False
        return differ_as_programs_do(stored, value, self._largest(at), by_trial=by_trial)

    def _has_settled(self, at: CellAt, stored: Scalar, value: Scalar) -> bool:
        """Whether a cell hangs on circular references, and iterating further would not change it by more than is asked.

        Where Excel stops depends on what it had before, which no file tells.
        """
        settings = self.book.settings
        if not (isinstance(stored, float) and isinstance(value, float) and settings.iterate):
            return False
        near = math.isclose(stored, value, rel_tol=LEFT_BY_ITERATION, abs_tol=settings.change)
        return near and at in self.calculation.evaluation.circular

    @cached_property
    def _tells_by_function(self) -> bool:
        """Whether any formula calls a function for which other differences count, so that each has to be looked at."""
        return not self.calculation.cells.called_in_cells.isdisjoint(CLOCKS | TRIALS)

    @cached_property
    def _largest_of_all(self) -> float:
        """The largest number of the workbook, which is quicker to know than that of each formula."""
        stored = itertools.chain.from_iterable(self.book.values(sheet).values() for sheet in self.book.sheets)
        every = itertools.chain(stored, self.calculation.first_values.news.values())
        return max((abs(v) for v in every if isinstance(v, (int, float))), default=0.0)

    def _largest(self, at: CellAt, depth: int = 0) -> float:
        """Return the largest number that a formula refers to.

        What subtraction left of large numbers is handed on: where a cell that is referred to differs only by that, the
        numbers behind that one count.
        """
        if at in self._sizes:
            return self._sizes[at]
        self._sizes[at] = 0.0
        sizes = [0.0]
        first = self.calculation.first_values
        for named, area in self.calculation.dependence.precedents(at):
            sheet = self.book.find_sheet(named)
            if sheet is not None and area is not None and area.height * area.width <= MOST_LOOKED_AT:
                for cell in (CellAt(sheet, *place) for place in area.places()):
                    value, stored = self.calculation.value_at(cell), self.book.value(cell)
                    sizes.append(abs(value) if isinstance(value, (int, float)) else 0.0)
                    is_news = stored != value and first.get(cell) == value
                    if depth < DEEPEST and is_news and isinstance(stored, float):
                        behind = self._largest(cell, depth + 1)
                        sizes.append(behind if differ_as_programs_do(stored, value, behind, by_trial=False) else 0.0)
        self._sizes[at] = max(sizes)
        return self._sizes[at]
