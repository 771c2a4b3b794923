"""Functions of single values, worked out for every element of an array.

The engine knows ROUND and its like for one value only; over a range it gives an error, or silently the first
element. Here the elements are laid out in a scratch workbook and the engine's own function is called for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import formualizer

from dealmodel.cells import OMITTED_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EngineValue: TypeAlias = Any
Case: TypeAlias = tuple[EngineValue, ...]
_CASES = "cases"
_NOT_AVAILABLE = {"type": "Error", "kind": "Na"}


class Elementwise:
    """Calls a function of the engine for every element of its arguments.

    Parameters
    ----------
    new_workbook
        Gives an empty workbook of the engine.
    """

    def __init__(self, new_workbook: Callable[[], formualizer.Workbook]) -> None:
        self._new_workbook = new_workbook

    def __call__(self, function: str, letters: str, *arguments: EngineValue) -> EngineValue:
        """Return the function's values, in the shape to which its arguments broadcast.

        Parameters
        ----------
        function
            Its name, as a formula spells it.
        letters
            What each argument needs: `V` a value, of which the elements are taken, else a range as it is.
        arguments
            Values, or rows of them.
        """
        grids = [
            a if letter == "V" and isinstance(a, list) else [[a]] for letter, a in zip(letters, arguments, strict=True)
        ]
        height, width = max(len(g) for g in grids), max(len(g[0]) for g in grids)
        cases = [[_case(grids, i, j) for j in range(width)] for i in range(height)]
        distinct = {_key(case): case for row in cases for case in row if isinstance(case, tuple)}
        results = dict(zip(distinct, self._work_out(function, letters, list(distinct.values())), strict=True))
        grid = [[results[_key(case)] if isinstance(case, tuple) else case for case in row] for row in cases]
        return grid[0][0] if height == width == 1 else grid

    def _work_out(self, function: str, letters: str, cases: Sequence[Case]) -> list[EngineValue]:
        workbook = self._new_workbook()
        workbook.add_sheet(_CASES)
        ranges = {i: _lay_out(workbook, i, v) for i, v in enumerate(cases[0]) if letters[i] != "V"}
        for row, case in enumerate(cases, start=1):
            cells = []
            for i, value in enumerate(case):
                if value == OMITTED_TEXT:
                    cells.append("")
                elif i in ranges:
                    cells.append(ranges[i])
                else:
                    workbook.set_value(_CASES, row, i + 1, value)
                    cells.append(str(formualizer.CellRef(None, row, i + 1)))
            workbook.set_formula(_CASES, row, len(case) + 1, f"=@{function}({','.join(cells)})")
        workbook.evaluate_all()
        column = len(letters) + 1
        block = workbook.sheet(_CASES).get_values(formualizer.RangeAddress(_CASES, 1, column, len(cases), column))
        return [row[0] for row in block]


def _lay_out(workbook: formualizer.Workbook, position: int, value: EngineValue) -> str:
    """Put a range on a sheet of its own and return its address."""
    rows = value if isinstance(value, list) else [[value]]
    sheet = f"range{position}"
    workbook.add_sheet(sheet)
    for i, row in enumerate(rows, start=1):
        for j, cell in enumerate(row, start=1):
            if cell is not None:
                workbook.set_value(sheet, i, j, cell)
    return f"{sheet}!$A$1:{formualizer.CellRef(None, len(rows), len(rows[0]))}"


def _case(grids: Sequence[Sequence[Sequence[EngineValue]]], i: int, j: int) -> Case | EngineValue:
    """Return the arguments of one element; where one of them has no such element, the first error among them."""
    case: list[EngineValue] = []
    for grid in grids:
        row, column = 0 if len(grid) == 1 else i, 0 if len(grid[0]) == 1 else j
        if row >= len(grid) or column >= len(grid[0]):
            return next((value for value in case if isinstance(value, dict)), _NOT_AVAILABLE)
        case.append(grid[row][column])
    return tuple(case)


def _key(case: Case) -> str:
    """Return what tells a case from others: TRUE is not 1, and errors have no hash."""
    return repr([value if not isinstance(value, list) else id(value) for value in case])
