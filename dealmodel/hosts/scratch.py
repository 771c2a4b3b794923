"""A workbook in which calls of a LAMBDA are worked out, the cells that it refers to at their own places."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import formualizer

from dealmodel.cells import OMITTED_TEXT
from dealmodel.hosts.engine_values import UNCOMPUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EngineValue: TypeAlias = Any
Rows: TypeAlias = "list[list[EngineValue]]"
_TAKE = "DEALMODEL_TAKE"
_ARRAYS, _FREE = "dm arrays", "dm free"


class Closure(NamedTuple):
    """A LAMBDA with all that it refers to."""

    parameters: tuple[str, ...]
    body: str
    sheet: str
    """The sheet on which its formula stands."""
    ranges: tuple[tuple[str, int, int, Rows], ...]
    """The cells that it refers to: sheet, first row, first column, values."""
    free: tuple[tuple[str, Rows], ...]
    """The variables that it takes from around it, with their values."""


class TooMuchError(Exception):
    """There is more to be worked out than anyone waits for."""


class UnknownError(Exception):
    """The engine does not know what a call gives."""


class Scratch:
    """A workbook in which calls of a LAMBDA are worked out.

    Parameters
    ----------
    new_workbook
        Gives an empty workbook of the engine that knows the functions among some words.
    closure
        The LAMBDA.
    """

    def __init__(self, new_workbook: Callable[[str], formualizer.Workbook], closure: Closure) -> None:
        self._taken = taken = dict[int, EngineValue]()
        self._workbook = new_workbook(closure.body)

        # It must not lead back to this object: the garbage collector does not see through the engine.
        def take(number: EngineValue, value: EngineValue) -> EngineValue:
            taken[int(number)] = value
            return 0.0

        self._workbook.register_function(_TAKE, take, min_args=2, max_args=2)
        self._sheet = closure.sheet
        sheets = (closure.sheet, *(sheet for sheet, *_ in closure.ranges), _ARRAYS, _FREE)
        for sheet in {name.casefold(): name for name in sheets}.values():
            self._workbook.add_sheet(sheet)
        self._column = 1
        for sheet, row, column, rows in closure.ranges:
            _put(self._workbook.sheet(sheet), row, column, rows)
            if sheet.casefold() == closure.sheet.casefold():
                self._column = max(self._column, column + len(rows[0]))
        pairs = []
        row = 1
        for name, rows in closure.free:
            _put(self._workbook.sheet(_FREE), row, 1, rows)
            pairs += [name, _address(_FREE, row, 1, rows)]
            row += len(rows)
        self._parameters = closure.parameters
        self._rest = "".join(f",{text}" for text in (*pairs, closure.body))
        self._sizes: list[tuple[int, int]] = []
        """Rows and columns of the arguments of the last single call."""

    def values(self, calls: Sequence[Sequence[Rows]]) -> list[EngineValue]:
        """Return what calls with some arguments give."""
        sheet = self._workbook.sheet(_ARRAYS)
        wide = max(sum(len(rows[0]) for rows in call) for call in calls)
        block, formulas, top = [], [], 1
        for number, call in enumerate(calls):
            height = max(len(rows) for rows in call)
            lines: Rows = [[] for _ in range(height)]
            addresses, column = [], 1
            for rows in call:
                addresses.append(_address(_ARRAYS, top, column, rows))
                for i in range(height):
                    lines[i] += rows[i] if i < len(rows) else [None] * len(rows[0])
                column += len(rows[0])
            block += [line + [None] * (wide - len(line)) for line in lines]
            formulas.append([self._formula(number, addresses)])
            top += height
        _put(sheet, 1, 1, block)
        self._workbook.set_formulas_batch(self._sheet, 1, self._column, formulas)
        self._workbook.evaluate_all()
        return [self._result(number) for number in range(len(calls))]

    def value(self, call: Sequence[Rows]) -> EngineValue:
        """Return what a call gives, of which there may be others before and after it."""
        sheet = self._workbook.sheet(_ARRAYS)
        sizes = [(len(rows), len(rows[0])) for rows in call]
        columns = list(itertools.accumulate((width for _, width in sizes), initial=1))
        for column, rows in zip(columns, call, strict=False):
            _put(sheet, 1, column, rows)
        if sizes != self._sizes:
            # What is left of larger arguments lies beyond the addresses of these.
            self._sizes = sizes
            addresses = [_address(_ARRAYS, 1, *pair) for pair in zip(columns, call, strict=False)]
            self._workbook.set_formula(self._sheet, 1, self._column, self._formula(0, addresses))
        self._workbook.evaluate_cell(self._sheet, 1, self._column)
        return self._result(0)

    def _formula(self, number: int, addresses: Sequence[str]) -> str:
        pairs = itertools.chain(*zip(self._parameters, addresses, strict=True))
        return f"={_TAKE}({number},LET({','.join(pairs)}{self._rest}))"

    def _result(self, number: int) -> EngineValue:
        if number not in self._taken:
            raise UnknownError
        value = self._taken.pop(number)
        if isinstance(value, dict) and value.get("kind") in (*UNCOMPUTED, "Name"):
            # #NAME? is what is not known here.
            raise TooMuchError if value["kind"] == "Cancelled" else UnknownError
        return value


def _put(sheet: formualizer.Sheet, row: int, column: int, rows: Rows) -> None:
    plain = [[None if cell == OMITTED_TEXT else cell for cell in line] for line in rows]
    sheet.set_values_batch(row, column, len(plain), len(plain[0]), plain)


def _address(sheet: str, row: int, column: int, rows: Rows) -> str:
    first = formualizer.CellRef(None, row, column)
    if len(rows) == len(rows[0]) == 1:
        return f"'{sheet}'!{first}"
    return f"'{sheet}'!{first}:{formualizer.CellRef(None, row + len(rows) - 1, column + len(rows[0]) - 1)}"


def as_rows(value: EngineValue) -> Rows:
    """Return a value as an array."""
    return value if isinstance(value, list) else [[value]]


def cells_in(value: EngineValue) -> int:
    """Return the number of a value's elements."""
    return len(value) * len(value[0]) if isinstance(value, list) else 1
