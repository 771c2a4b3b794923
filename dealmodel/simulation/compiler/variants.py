"""Cells as what-if data tables see them: computed once more, with other values in the tables' input cells.

A cell that depends on an input of a table has a twin for every value that the input takes there. Twins stand on sheets
of their own, whose names hold a mark that no workbook has, so that they are bound, compiled and copied like all cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dealmodel.errors import WorkbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.computing.whatif import WhatIf

_MARK = "\x1f"


class TableCell(NamedTuple):
    """A cell of a data table.

    Attributes
    ----------
    formula
        The cell whose formula it works out.
    taken
        The cells whose values the inputs take.
    """

    formula: CellAt
    taken: Mapping[CellAt, CellAt]


class _Variant(NamedTuple):
    taken: Mapping[CellAt, CellAt]
    moved: frozenset[CellAt]
    """The cells that depend on the inputs."""


def is_twin(at: CellAt) -> bool:
    """Whether a cell is one that a data table sees otherwise."""
    return _MARK in at.sheet


def real_sheet(sheet: str) -> str:
    """Return the sheet on which the cells stand of which others are twins."""
    return sheet.partition(_MARK)[0]


def real(at: CellAt) -> CellAt:
    """Return the cell of which another is the twin, or the cell itself."""
    return at._replace(sheet=real_sheet(at.sheet)) if _MARK in at.sheet else at


def beside(sheet: str, at: CellAt) -> str:
    """Return the name of a sheet for the formula of a cell: that of twins where the cell is one."""
    _, mark, number = at.sheet.partition(_MARK)
    return sheet + mark + number


class Variants:
    """The data tables of a workbook, and the twins that they need.

    Parameters
    ----------
    what_ifs
        The tables.
    references
        Gives the cells to which a cell refers, precedents of arrays and tables included.
    """

    def __init__(self, what_ifs: Sequence[WhatIf], references: Callable[[CellAt], Iterable[CellAt]]) -> None:
        self.tables = {
            cell: TableCell(formula, taken) for what_if in what_ifs for cell, formula, taken in what_if.cells()
        }
        self._references = references
        self._variants: list[_Variant] = []
        self._numbers: dict[object, int] = {}

    def twin(self, table: TableCell) -> CellAt:
        """Return the twin of the cell whose formula a table works out; the cell itself where no input moves it.

        Raises
        ------
        WorkbookError
            If another table hangs on the inputs.
        """
        key = (table.formula, *table.taken.items())
        if key not in self._numbers:
            self._numbers[key] = len(self._variants)
            self._variants.append(_Variant(table.taken, self._moved(table)))
        return self.resolved(table.formula._replace(sheet=f"{table.formula.sheet}{_MARK}{self._numbers[key]}"))

    def beside(self, twin: CellAt) -> list[CellAt]:
        """Return all twins that a data table needs as it needs one."""
        return [at._replace(sheet=beside(at.sheet, twin)) for at in self._of(twin).moved]

    def is_moved(self, at: CellAt) -> bool:
        """Whether a cell is a twin that is computed otherwise than its cell."""
        return _MARK in at.sheet and real(at) in self._of(at).moved

    def resolved(self, at: CellAt) -> CellAt:
        """Return where the value of a twin comes from: itself, its cell, or what stands on the edge of the table."""
        if _MARK not in at.sheet:
            return at
        variant, cell = self._of(at), real(at)
        return variant.taken.get(cell) or (at if cell in variant.moved else cell)

    def _of(self, at: CellAt) -> _Variant:
        return self._variants[int(at.sheet.partition(_MARK)[2])]

    def _moved(self, table: TableCell) -> frozenset[CellAt]:
        """Return the cells between the inputs of a table and its formula."""
        users: dict[CellAt, list[CellAt]] = {at: [] for at in (*table.taken, table.formula)}
        """Of every cell behind the formula those behind it, too, that refer to it."""
        stack = [table.formula]
        while stack:
            at = stack.pop()
            own = at in self.tables and self.tables[at].formula == table.formula
            # What the formula takes of its own table is a circle: the value that stands there.
            for reference in () if own or at in table.taken else self._references(at):
                if reference not in users:
                    users[reference] = []
                    stack.append(reference)
                users[reference].append(at)
        moved: set[CellAt] = set()
        stack = list(table.taken)
        while stack:
            for at in users[stack.pop()]:
                if at in moved:
                    continue
                if at in self.tables:
                    raise WorkbookError(
                        f"an output depends on a data table whose formula {table.formula} depends on another one, at "
                        f"{at}; a simulation computes tables one by one"
                    )
                moved.add(at)
                stack.append(at)
        return frozenset(moved)
