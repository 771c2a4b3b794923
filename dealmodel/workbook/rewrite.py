"""A workbook with other values in some cells, and every other byte as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.workbook.stored.edits import with_values
from dealmodel.workbook.stored.package import Package

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dealmodel.cells import Scalar
    from dealmodel.workbook.address import Area, CellAt
    from dealmodel.workbook.book import Book


def with_cells(book: Book, values: Mapping[CellAt, Scalar], areas: Mapping[CellAt, Area]) -> Package:
    """Return the package of a workbook with the values of some cells replaced.

    Parameters
    ----------
    book
        The workbook.
    values
        New values; None leaves a cell empty.
    areas
        New ranges of array formulas that have grown, by their first cell.
    """
    package = Package(book.package.data, book.label)
    values_there: dict[str, dict[tuple[int, int], Scalar]] = {}
    for at, value in values.items():
        values_there.setdefault(at.sheet, {})[at[1:]] = value
    areas_there: dict[str, dict[tuple[int, int], Area]] = {}
    for at, area in areas.items():
        areas_there.setdefault(at.sheet, {})[at[1:]] = area
    for sheet in values_there.keys() | areas_there.keys():
        part = book.sheet(sheet)
        new = with_values(part, values_there.get(sheet, {}), book.string_index, areas_there.get(sheet))
        package.replace(book.paths[sheet], new)
    return package
