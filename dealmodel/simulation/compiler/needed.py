"""What the engine needs for some cells, so that it has to evaluate nothing else in every trial.

Its own graph tells, not the compiler's, which is what trials in the engine are to find mistakes of.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW, Area, CellAt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dealmodel.workbook.computing.evaluation import Evaluation

_ANYWHERE = frozenset({"OFFSET", "INDIRECT"})
"""Functions that tell to which cells they refer when they are evaluated, and not before."""


def needed_formulas(evaluation: Evaluation, wanted: Iterable[CellAt]) -> frozenset[CellAt] | None:
    """Return the cells whose formulas the engine needs for some cells; None where they may be any.

    Parameters
    ----------
    evaluation
        The workbook, evaluated.
    wanted
        The cells, those with formulas included.
    """
    cells = evaluation.cells
    if evaluation.circular:
        # In which order the engine goes through a circle may hang on all that there is.
        return None
    unseen = _Unseen(cells.formulas)
    arrays = _Arrays(evaluation)
    anywhere = frozenset(cells.calling(_ANYWHERE))
    found: set[CellAt] = set()
    ahead = [(at.sheet, Area(*at[1:], *at[1:])) for at in wanted]
    while ahead:
        sheet, area = ahead.pop()
        ahead += [(at.sheet, Area(*at[1:], *at[1:])) for at in arrays.taken(sheet, area)]
        for at in unseen.taken(sheet, area):
            if at in anywhere:
                return None
            found.add(at)
            for named, there in evaluation.dependence.precedents(at):
                if there is None:
                    return None
                ahead.append((named, there))
    return frozenset(found)


class _Arrays:
    """The arrays of a workbook, each of which is taken once."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._left: dict[str, dict[CellAt, Area]] = {}
        cells = evaluation.cells
        for at, area in {**cells.arrays, **evaluation.spills}.items():
            # In other trials it may fill more cells than it fills now.
            reach = Area(*at[1:], MAX_ROW, MAX_COLUMN) if at in evaluation.spills else area
            self._left.setdefault(at.sheet, {})[at] = reach

    def taken(self, sheet: str, area: Area) -> list[CellAt]:
        """Take the first cells of those that may fill a cell of an area."""
        left = self._left.get(sheet, {})
        found = [at for at, reach in left.items() if _meet(area, reach)]
        for at in found:
            del left[at]
        return found


def _meet(one: Area, other: Area) -> bool:
    """Whether two areas have cells in common."""
    rows = max(one.top, other.top) <= min(one.bottom, other.bottom)
    return rows and max(one.left, other.left) <= min(one.right, other.right)


class _Unseen:
    """The formulas of a workbook, each of which is taken once."""

    def __init__(self, formulas: Iterable[CellAt]) -> None:
        self._rows: dict[str, dict[int, list[int]]] = {}
        for at in formulas:
            self._rows.setdefault(at.sheet, {}).setdefault(at.column, []).append(at.row)
        for columns in self._rows.values():
            for rows in columns.values():
                rows.sort()

    def taken(self, sheet: str, area: Area) -> Iterator[CellAt]:
        """Take those in an area that have not been taken."""
        columns = self._rows.get(sheet, {})
        within = range(area.left, area.right + 1)
        for column in within if len(within) < len(columns) else list(columns):
            if column in within and (rows := columns.get(column)):
                first, last = bisect_left(rows, area.top), bisect_right(rows, area.bottom)
                found = rows[first:last]
                del rows[first:last]
                yield from (CellAt(sheet, row, column) for row in found)
