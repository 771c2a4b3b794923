"""Rectangles of cells that formulas refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.simulation.compiler.graph import NotCompiledError, UnboundError
from dealmodel.simulation.compiler.variants import beside, real, real_sheet
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.spelling.totals import Totals, is_total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dealmodel.simulation.compiler.binding.references import References
    from dealmodel.simulation.compiler.graph import Graph, Node
    from dealmodel.workbook.address import Area
    from dealmodel.workbook.book import Book

_MOST_CELLS = 100_000
"""Cells of a range that are nodes of the graph; a formula over more of them is left to the engine."""


class Rectangles:
    """Gives what references to rectangles mean.

    Parameters
    ----------
    book, formulas
        The workbook, and its formulas.
    graph
        Makes the nodes.
    references
        Tells what references mean.
    cell
        Gives the node of a cell.
    is_open
        Tells whether a cell is computed from others and not bound yet.
    """

    def __init__(
        self,
        book: Book,
        formulas: Mapping[CellAt, str],
        graph: Graph,
        references: References,
        cell: Callable[[CellAt], Node],
        is_open: Callable[[CellAt], bool],
    ) -> None:
        self._book = book
        self.totals = Totals(book)
        """Knows which cells totals leave out."""
        self._formulas = formulas
        self._graph = graph
        self._references = references
        self._cell = cell
        self._is_open = is_open

    def cells_in(self, sheet: str, area: Area) -> Iterator[CellAt]:
        """Yield the cells of a rectangle; of a very large one those that hold formulas."""
        if area.height * area.width > _MOST_CELLS:
            formulas, name = self._formulas, real_sheet(sheet)
            yield from (c._replace(sheet=sheet) for c in formulas if c.sheet == name and area.holds(c.row, c.column))
        else:
            yield from (CellAt(sheet, *place) for place in area.places())

    def reference(self, text: str, at: CellAt) -> Node:
        """Return what a reference gives: a cell, or a grid."""
        found = self.area(text, at)
        if found is None:
            raise NotCompiledError(f"{text} is not a range of cells")
        return self.rectangle(*found)

    def area(self, text: str, at: CellAt) -> tuple[str, Area] | None:
        """Return the rectangle that a reference in a formula means, or None where that is something else."""
        found = self._references.area(text, real(at))
        return found if found is None else (beside(found[0], at), found[1])

    def beyond(self, text: str, at: CellAt) -> int:
        """Return how many cells a reference means beyond those in use, which are blank."""
        found = self._references.area(text, real(at))
        return 0 if found is None else self._references.size(text, real(at)) - found[1].height * found[1].width

    def need_bound(self, sheet: str, area: Area) -> None:
        """See that the cells of a rectangle are bound.

        Raises
        ------
        UnboundError
            If some are not.
        """
        missing = [c for c in self.cells_in(sheet, area) if self._is_open(c)]
        if missing:
            raise UnboundError(missing)

    def used(self, sheet: str) -> tuple[int, int]:
        """Return the last row and the last column of a sheet that hold anything."""
        places = self._book.sheet(real_sheet(sheet)).cells
        return max((row for row, _ in places), default=1), max((column for _, column in places), default=1)

    def without_totals(self, sheet: str, area: Area) -> Node:
        """Return a rectangle in which cells that are totals themselves are blank.

        Raises
        ------
        NotCompiledError
            If it is very large.
        """
        blank = self._graph.const(None)
        rows = self._rows(sheet, area)
        return self._graph.grid([[blank if self._is_total(at) else self._cell(at) for at in row] for row in rows])

    def _is_total(self, at: CellAt) -> bool:
        return is_total(self._formulas.get(real(at), ""))

    def rectangle(self, sheet: str, area: Area) -> Node:
        """Return what a reference to a rectangle gives.

        Raises
        ------
        NotCompiledError
            If it is very large.
        """
        rows = self._rows(sheet, area)
        if area.height == area.width == 1:
            return self._cell(rows[0][0])
        return self._graph.grid([[self._cell(at) for at in row] for row in rows])

    def _rows(self, sheet: str, area: Area) -> list[list[CellAt]]:
        if area.height * area.width > _MOST_CELLS:
            raise NotCompiledError(f"a range has more than {_MOST_CELLS:,} cells")
        columns = range(area.left, area.right + 1)
        return [[CellAt(sheet, i, j) for j in columns] for i in range(area.top, area.bottom + 1)]
