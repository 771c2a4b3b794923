"""LAMBDAs that are called for every row, cell or step of arrays, as BYROW, MAP and REDUCE do.

The engine has none of these. Short ones are written out in the formula; for all others the arrays are laid out in a
scratch workbook, with the cells that the LAMBDA refers to at their own places, and its body is worked out there as
often as it has to be.

References
----------
.. [1] Microsoft, documentation of BYROW, BYCOL, MAP, MAKEARRAY, REDUCE and SCAN: each call gives one value, those of
   REDUCE may be arrays; without an initial value REDUCE and SCAN begin with the first element.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.hosts.engine_values import NOT_COMPUTED, TOO_LONG, to_engine
from dealmodel.hosts.scratch import Closure, Scratch, TooMuchError, UnknownError, as_rows, cells_in
from dealmodel.hosts.supplements.refusals import GIVEN_UP
from dealmodel.hosts.terms import AGAIN, CALLS, SEPARATOR
from dealmodel.timelimit import is_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import formualizer

EngineValue: TypeAlias = Any
Rows: TypeAlias = "list[list[EngineValue]]"
_AT_ONCE = 1_000
"""Calls that stand in one scratch workbook; one twice as large takes more than twice the time."""
_MOST_CALLS = 50_000
"""Calls of a LAMBDA; more would take longer than anyone waits."""
_MOST_CELLS = 400_000
"""Cells of all arrays and ranges that are laid out for them."""
_MOST_GROWN = 2**16
"""Cells of an array that a LAMBDA hands on to the next call."""
_DEEPEST = 150
"""Scratch workbooks that may be at work within each other: LAMBDAs within LAMBDAs."""
_CALC = to_engine(CellError.CALC)


class Repeated:
    """Calls LAMBDAs.

    Parameters
    ----------
    new_workbook
        Gives an empty workbook of the engine that knows the functions which a formula calls.
    """

    def __init__(self, new_workbook: Callable[[str], formualizer.Workbook]) -> None:
        self._new = new_workbook
        self._depth = 0
        self._failed: EngineValue = None
        """What the outermost call gives in place of its value, once one within it has failed."""
        self._named: dict[str, tuple[Closure, dict[str, EngineValue]]] = {}
        """The LAMBDAs with names that are being worked out, with what they gave, by their arguments."""

    def _new_workbook(self, formula: str) -> formualizer.Workbook:
        workbook = self._new(formula)
        workbook.register_function(CALLS, self, min_args=0, max_args=None)
        workbook.register_function(AGAIN, self.again, min_args=1, max_args=None)
        return workbook

    def __call__(
        self, kind: str, sheet: str, parameters: str, body: str, places: str, free: str, *values: EngineValue
    ) -> EngineValue:
        """Return what one of the functions gives.

        Parameters
        ----------
        kind
            Its name, or the defined name of a LAMBDA that calls itself.
        sheet
            The sheet on which the formula stands.
        parameters, free
            Names of the LAMBDA's parameters, and of the variables that it takes from around it, with commas between.
        body
            Its formula.
        places
            The ranges to which it refers, with `SEPARATOR` between: first row, first column and sheet, as in 1:1:S.
        values
            The arguments before the LAMBDA, then the values of those ranges, then those of `free`.
        """
        begins = [place.split(":", 2) for place in places.split(SEPARATOR) if place]
        names = [name for name in free.split(",") if name]
        first = len(values) - len(begins) - len(names)
        arguments, of_ranges = values[:first], values[first : first + len(begins)]
        closure = Closure(
            tuple(parameters.split(",")),
            body,
            sheet,
            tuple(
                (named, int(row), int(column), as_rows(cells))
                for (row, column, named), cells in zip(begins, of_ranges, strict=True)
            ),
            tuple(zip(names, map(as_rows, values[first + len(begins) :]), strict=True)),
        )
        if sum(map(cells_in, (*arguments, *of_ranges))) > _MOST_CELLS:
            return self._fail(kind, TOO_LONG)
        if not self._depth:
            self._failed = None
        found = self._outermost(kind, closure, arguments)
        # Within an array, or behind a function of all values, it would look like one.
        return found if self._depth or self._failed is None else self._failed

    def _outermost(self, kind: str, closure: Closure, arguments: Sequence[EngineValue]) -> EngineValue:
        if kind in _KINDS:
            return self._deeper(kind, lambda: _KINDS[kind](self, closure, arguments))
        outer = self._named.get(kind)
        self._named[kind] = closure, {}
        try:
            return self.again(kind, *arguments)
        finally:
            self._named.pop(kind)
            if outer is not None:
                self._named[kind] = outer

    def again(self, name: str, *arguments: EngineValue) -> EngineValue:
        """Return what a LAMBDA with a name gives for some arguments."""
        if name not in self._named:
            return NOT_COMPUTED
        closure, known = self._named[name]
        if len(arguments) != len(closure.parameters):
            return to_engine(CellError.VALUE)
        key = repr(arguments)
        if key in known:
            return known[key]
        found = self._deeper(name, lambda: next(self._worked_out(closure, [list(map(as_rows, arguments))])))
        if cells_in(found) > _MOST_GROWN:
            return self._fail(name, TOO_LONG)
        if len(known) < _MOST_CALLS:
            known[key] = found
        return found

    def _deeper(self, name: str, work: Callable[[], EngineValue]) -> EngineValue:
        """Return what some work gives, which may be within other work."""
        if self._depth >= _DEEPEST:
            return self._fail(name, TOO_LONG)
        self._depth += 1
        try:
            return work()
        except TooMuchError:
            return self._fail(name, TOO_LONG)
        except UnknownError:
            return self._fail(name, NOT_COMPUTED)
        finally:
            self._depth -= 1

    def _fail(self, name: str, failure: EngineValue) -> EngineValue:
        GIVEN_UP.add(name.upper())
        self._failed = self._failed or failure
        return failure

    # -- one call for each -----------------------------------------------------------------------------------------

    def by_row(self, closure: Closure, arguments: Sequence[EngineValue]) -> EngineValue:
        """Return a column with what is given for each row."""
        return [[value] for value in self._single(closure, [[[row]] for row in as_rows(arguments[0])])]

    def by_column(self, closure: Closure, arguments: Sequence[EngineValue]) -> EngineValue:
        """Return a row with what is given for each column."""
        columns = zip(*as_rows(arguments[0]), strict=True)
        return [self._single(closure, [[[[cell] for cell in column]] for column in columns])]

    def mapped(self, closure: Closure, arguments: Sequence[EngineValue]) -> EngineValue:
        """Return what is given for the elements of arrays of one size."""
        grids = [as_rows(argument) for argument in arguments]
        width = len(grids[0][0])
        if len({(len(grid), len(grid[0])) for grid in grids}) > 1:
            raise UnknownError
        cells = zip(*(itertools.chain(*grid) for grid in grids), strict=True)
        return _inrows(self._single(closure, [[[[cell]] for cell in each] for each in cells]), width)

    def made(self, closure: Closure, arguments: Sequence[EngineValue]) -> EngineValue:
        """Return an array of what is given for each row and column."""
        sizes = [as_rows(argument)[0][0] for argument in arguments]
        if any(isinstance(size, (dict, str)) for size in sizes):
            return next((size for size in sizes if isinstance(size, dict)), to_engine(CellError.VALUE))
        height, width = (int(size or 0) for size in sizes)
        if min(height, width) < 1:
            return to_engine(CellError.VALUE)
        if height * width > _MOST_CALLS:
            raise TooMuchError
        places = itertools.product(range(1, height + 1), range(1, width + 1))
        return _inrows(self._single(closure, [[[[float(i)]], [[float(j)]]] for i, j in places]), width)

    def _single(self, closure: Closure, calls: Sequence[Sequence[Rows]]) -> list[EngineValue]:
        """Return the one value of each call; one that gives an array is #CALC!."""
        return [_single(value) for value in self._worked_out(closure, calls)]

    def _worked_out(self, closure: Closure, calls: Sequence[Sequence[Rows]]) -> Iterator[EngineValue]:
        if len(calls) > _MOST_CALLS:
            raise TooMuchError
        for begin in range(0, len(calls), _AT_ONCE):
            part = calls[begin : begin + _AT_ONCE]
            if is_over():
                raise TooMuchError
            scratch = Scratch(self._new_workbook, closure)
            yield from scratch.values(part)

    # -- one call after the other ----------------------------------------------------------------------------------

    def reduced(self, closure: Closure, arguments: Sequence[EngineValue]) -> EngineValue:
        """Return what is given for the last element, each call going on from the one before."""
        return deque(self._steps(closure, arguments), maxlen=1)[0]

    def scanned(self, closure: Closure, arguments: Sequence[EngineValue]) -> EngineValue:
        """Return all that is given on the way, in the shape of the array."""
        found = [_single(value) for value in self._steps(closure, arguments)]
        if arguments[0] != OMITTED_TEXT:
            found = found[1:]
        return _inrows(found, len(as_rows(arguments[1])[0]))

    def _steps(self, closure: Closure, arguments: Sequence[EngineValue]) -> Iterator[EngineValue]:
        """Yield the beginning and what is given for each element after it."""
        cells = list(itertools.chain(*as_rows(arguments[1])))
        so_far = arguments[0]
        if so_far == OMITTED_TEXT:
            so_far = cells.pop(0)
        if len(cells) > _MOST_CALLS:
            raise TooMuchError
        yield so_far
        scratch = Scratch(self._new_workbook, closure)
        work = in_scratch = 0
        for cell in cells:
            so_far = scratch.value([as_rows(so_far), [[cell]]])
            grown = cells_in(so_far)
            work, in_scratch = work + 1 + grown, in_scratch + 1 + grown
            if grown > _MOST_GROWN or work > _MOST_CELLS * 5 or is_over():
                raise TooMuchError
            if in_scratch > _AT_ONCE * 20:
                # The engine holds on to what its cells held before.
                in_scratch = 0
                scratch = Scratch(self._new_workbook, closure)
            yield so_far


def _single(value: EngineValue) -> EngineValue:
    if not isinstance(value, list):
        return value
    return value[0][0] if len(value) == len(value[0]) == 1 else _CALC


def _inrows(values: list[EngineValue], width: int) -> Rows:
    return [values[i : i + width] for i in range(0, len(values), width)]


_KINDS = {
    "BYCOL": Repeated.by_column,
    "BYROW": Repeated.by_row,
    "MAKEARRAY": Repeated.made,
    "MAP": Repeated.mapped,
    "REDUCE": Repeated.reduced,
    "SCAN": Repeated.scanned,
}
