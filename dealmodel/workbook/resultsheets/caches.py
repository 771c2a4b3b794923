"""What the charts of a workbook that has just been built store of its cells: openpyxl leaves it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.workbook.address import CellAt
from dealmodel.workbook.book import Book
from dealmodel.workbook.charts import follow_cells
from dealmodel.workbook.stored.package import Package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.cells import Scalar


def with_caches(data: bytes, label: str) -> bytes:
    """Return a workbook whose charts store what their cells hold, so that they are drawn without a recalculation.

    A chart over a block that is still empty stores as many points without a value, which follow once there are some.
    """
    package = Package(data, label)
    book = Book(package)
    known: dict[CellAt, Scalar] = {}
    for name in book.names:
        place = book.area_of(name) if name.sheet is not None else None
        if place is not None:
            known |= {CellAt(place[0], *cell): None for cell in place[1].places()}
    for sheet, cell in book.cells():
        known[CellAt(sheet, cell.row, cell.column)] = book.sheet(sheet).value(cell, book.strings)
    follow_cells(package, book, known, _nothing, fill=True)
    return package.to_bytes()


def _nothing(at: CellAt, formula: str) -> Sequence[Sequence[Scalar]]:
    """Stand for names that are formulas, which the books that are built here have none of."""
    raise AssertionError(at, formula)
