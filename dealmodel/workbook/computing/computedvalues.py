"""What the cells of a workbook compute to: mostly what is stored, so that only what is not is held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dealmodel.cells import Scalar
from dealmodel.workbook.address import CellAt

if TYPE_CHECKING:
    from collections.abc import Collection

    from dealmodel.workbook.book import Book
    from dealmodel.workbook.computing.computedcells import ComputedCells


class ComputedValues(Mapping[CellAt, Scalar]):
    """The values of all cells that are computed.

    Parameters
    ----------
    book, cells
        The stored workbook, and what is computed in it.
    news
        The values that are not the stored ones.
    spilled
        The cells that dynamic arrays fill beside those that they filled before.
    """

    def __init__(
        self, book: Book, cells: ComputedCells, news: Mapping[CellAt, Scalar], spilled: Collection[CellAt]
    ) -> None:
        self._book = book
        self._cells = cells
        self.news = news
        self._spilled = spilled

    def __getitem__(self, at: CellAt) -> Scalar:
        """Return the value of a cell that is computed."""
        if at in self.news:
            return self.news[at]
        if at not in self:
            raise KeyError(at)
        return self._book.value(at)

    def __contains__(self, at: object) -> bool:
        """Whether a cell is computed."""
        if at in self.news or at in self._spilled:
            return True
        return isinstance(at, CellAt) and (self._cells.has_formula(at) or at in self._cells.in_what_ifs)

    def __iter__(self) -> Iterator[CellAt]:
        """Yield the cells: those with formulas first."""
        cells = self._cells
        yield from dict.fromkeys((*cells.formulas, *cells.covered, *self._spilled, *cells.in_what_ifs, *self.news))

    def __len__(self) -> int:
        """Return the number of cells."""
        return sum(1 for _ in self)
