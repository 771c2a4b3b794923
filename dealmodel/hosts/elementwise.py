"""Functions of single values, worked out for every element of an array.

The engine knows ROUND and its like for one value only; over a range it gives an error, or silently the first
element. Here the elements are laid out in a scratch workbook and the engine's own function is called for each.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, TypeAlias

import formualizer

from dealmodel.cells import OMITTED_TEXT
from dealmodel.hosts.engine_values import TOO_LONG
from dealmodel.hosts.supplements.refusals import GIVEN_UP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

EngineValue: TypeAlias = Any
Case: TypeAlias = tuple[EngineValue, ...]
_CASES = "cases"
_NOT_AVAILABLE = {"type": "Error", "kind": "Na"}
_NEVER_ALIKE = frozenset({"INDIRECT", "RANDBETWEEN"})
"""Functions that do not give the same for the same arguments."""
_MOST_KEPT = 200_000
"""Results of one function that are kept: many formulas ask for the months of the same dates."""
_CASES_AT_ONCE = 2_000
"""Calls that stand in one scratch workbook."""
_MOST_CASES = 250_000
"""Elements for which a function is worked out; more would take longer than anyone waits."""
_HASHABLE = frozenset({float, str, type(None)})
"""Kinds of values of which no two that differ are equal."""


class Elementwise:
    """Calls a function of the engine for every element of its arguments.

    Parameters
    ----------
    new_workbook
        Gives an empty workbook of the engine that calls one function.
    """

    def __init__(self, new_workbook: Callable[[str], formualizer.Workbook]) -> None:
        self._new_workbook = new_workbook
        self._known: dict[str, dict[Case, EngineValue]] = {}
        """The results of functions of single values, by their arguments."""

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
        if height * width > _MOST_CASES:
            GIVEN_UP.add(function.upper())
            return TOO_LONG
        cases = list(zip(*(_spread(g, height, width) for g in grids), strict=True))
        keys = list(zip(*(map(_key, values) for values in zip(*cases, strict=True)), strict=True))
        known = self._results_of(function, letters)
        new = {key: case for key, case in zip(keys, cases, strict=True) if key not in known}
        known.update((key, _without(case)) for key, case in new.items() if _MISSING_KEY in key)
        distinct = {key: case for key, case in new.items() if key not in known}
        if distinct:
            known.update(zip(distinct, self._work_out(function, letters, list(distinct.values())), strict=True))
        results = [known[key] for key in keys]
        return results[0] if height == width == 1 else [results[i : i + width] for i in range(0, len(results), width)]

    def _results_of(self, function: str, letters: str) -> dict[Case, EngineValue]:
        if set(letters) != {"V"} or function in _NEVER_ALIKE:
            return {}
        known = self._known.setdefault(function, {})
        if len(known) > _MOST_KEPT:
            known.clear()
        return known

    def _work_out(self, function: str, letters: str, cases: Sequence[Case]) -> list[EngineValue]:
        # A scratch workbook twice as large takes more than twice the time.
        parts = (cases[i : i + _CASES_AT_ONCE] for i in range(0, len(cases), _CASES_AT_ONCE))
        return [value for part in parts for value in self._work_out_at_once(function, letters, part)]

    def _work_out_at_once(self, function: str, letters: str, cases: Sequence[Case]) -> list[EngineValue]:
        workbook = self._new_workbook(function)
        workbook.add_sheet(_CASES)
        ranges = {i: _lay_out(workbook, f"range{i}", v) for i, v in enumerate(cases[0]) if letters[i] != "V"}
        _put(workbook, _CASES, [[None if i in ranges else v for i, v in enumerate(case)] for case in cases])
        columns = [ranges.get(i) or f"{formualizer.CellRef(None, 1, i + 1)}"[:-1] for i in range(len(letters))]
        formulas = []
        for row, case in enumerate(cases, start=1):
            cells = [
                "" if value == OMITTED_TEXT else column if i in ranges else f"{column}{row}"
                for i, (column, value) in enumerate(zip(columns, case, strict=True))
            ]
            formulas.append([f"=@{function}({','.join(cells)})"])
        column = len(letters) + 1
        workbook.set_formulas_batch(_CASES, 1, column, formulas)
        workbook.evaluate_all()
        block = workbook.sheet(_CASES).get_values(formualizer.RangeAddress(_CASES, 1, column, len(cases), column))
        return [row[0] for row in block]


def _lay_out(workbook: formualizer.Workbook, sheet: str, value: EngineValue) -> str:
    """Put a range on a sheet of its own and return its address."""
    rows = value if isinstance(value, list) else [[value]]
    workbook.add_sheet(sheet)
    _put(workbook, sheet, rows)
    return f"{sheet}!$A$1:{formualizer.CellRef(None, len(rows), len(rows[0]))}"


def _put(workbook: formualizer.Workbook, sheet: str, rows: Sequence[Sequence[EngineValue]]) -> None:
    """Put values into a sheet; all at once, which takes an eighth of the time."""
    plain = [[None if value == OMITTED_TEXT else value for value in row] for row in rows]
    workbook.sheet(sheet).set_values_batch(1, 1, len(plain), len(plain[0]), plain)


def _spread(grid: Sequence[Sequence[EngineValue]], height: int, width: int) -> Iterable[EngineValue]:
    """Return an argument's elements, row by row, in the shape of all; where it has none, what stands for that."""
    if len(grid) == len(grid[0]) == 1:
        return itertools.repeat(grid[0][0], height * width)
    rows = [[*row] * width if len(row) == 1 else [*row, *[_MISSING] * (width - len(row))] for row in grid]
    all_rows = rows * height if len(rows) == 1 else [*rows, *[[_MISSING] * width] * (height - len(rows))]
    return itertools.chain.from_iterable(all_rows)


def _without(case: Case) -> EngineValue:
    """Return what an element is of which an argument has none: the first error among those before it, or #N/A."""
    before = itertools.takewhile(lambda value: value is not _MISSING, case)
    return next((value for value in before if isinstance(value, dict)), _NOT_AVAILABLE)


def _key(value: EngineValue) -> EngineValue:
    """Return what tells a value from others: TRUE is not 1, and errors have no hash."""
    return value if value.__class__ in _HASHABLE else (id(value),) if isinstance(value, list) else (repr(value),)


_MISSING = object()
"""Stands for an element that an argument does not have."""
_MISSING_KEY = _key(_MISSING)
