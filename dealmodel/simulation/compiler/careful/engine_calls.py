"""Functions that are not written here, called in the engine: once for all trials that give them the same values.

What a cell holds is the engine's own answer then, errors included, while the rest of the workbook stays compiled.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import OMITTED_TEXT
from dealmodel.hosts.engine import ENGINE_ERRORS, SEED
from dealmodel.hosts.engine_values import Uncomputed, to_engine, to_result
from dealmodel.hosts.supplements import registrations
from dealmodel.hosts.terms import Terms
from dealmodel.simulation.compiler import boxes
from dealmodel.simulation.compiler.careful.operands import Criterion, trial_count
from dealmodel.simulation.compiler.graph import NotCompiledError
from dealmodel.workbook.address import a1
from dealmodel.workbook.spelling.arguments import gives_one_value, need
from dealmodel.workbook.spelling.careful import TEXTS
from dealmodel.workbook.spelling.conditional import CONDITIONAL
from dealmodel.workbook.spelling.readings import READERS
from dealmodel.workbook.spelling.totals import TOTAL, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import formualizer
    from numpy.typing import NDArray

    from dealmodel.hosts.engine_values import EngineValue
    from dealmodel.simulation.compiler.boxes import Boxed, Texts
    from dealmodel.simulation.compiler.careful.operands import Value
    from dealmodel.workbook.model import Model

    Case = tuple[EngineValue, ...]

_SHEET = "cases"
_AT_ONCE = 256
"""Calls that are laid out on a sheet at once, of functions of single values."""
_LEAST_AT_ONCE = 8
_ROWS_AT_ONCE = 4000
"""Rows that are filled by calls at once: to put a value down the engine asks every range whether it holds it."""
_MOST_TEXTS = 200_000
"""Different texts that a run keeps; formulas that make more of them are left to the engine."""
_ABOUT_REFERENCES = frozenset(
    [
        *("AREAS", "CELL", "COLUMN", "COLUMNS", "HYPERLINK", "INDIRECT", "ISFORMULA", "ISREF", "OFFSET", "ROW", "ROWS"),
        *("SHEET", "SUBTOTAL", "AGGREGATE", "RANDBETWEEN"),
    ]
)
"""What tells something else than what the values of its arguments make: where they stand, or chance."""
_JOIN = "&"
_WITH_CARE = {_JOIN: "DEALMODEL_JOIN"} | {name: f"DEALMODEL_{name}" for name in (*CONDITIONAL, "SEARCH")}
"""Functions that the engine is given in another spelling where it has to be right in odd cases."""
_WHOLE_DAYS = frozenset(
    [
        *("DATE", "DATEDIF", "DAY", "DAYS", "EDATE", "EOMONTH", "ISOWEEKNUM", "MONTH", "NETWORKDAYS"),
        *("NETWORKDAYS.INTL", "WEEKDAY", "WEEKNUM", "WORKDAY", "WORKDAY.INTL", "YEAR", "YEARFRAC"),
        *("COUPDAYBS", "COUPDAYS", "COUPDAYSNC", "COUPNCD", "COUPNUM", "COUPPCD"),
    ]
)
"""Functions that cut what stands after the point off all their arguments."""


def is_called(function: str) -> bool:
    """Whether a function can be called in the engine with the values of its arguments alone."""
    if function.startswith("DEALMODEL_"):
        return function in _RESPELLED
    return function in _OTHERS or (gives_one_value(function) and function not in _ABOUT_REFERENCES)


_RESPELLED = frozenset([TOTAL, *(name for name, *_ in registrations() if name.startswith("DEALMODEL_"))])
_OTHERS = frozenset({_JOIN, "ERROR.TYPE", "TRUNC"})


class EngineCalls:
    """Calls functions in the engine.

    Parameters
    ----------
    model
        The workbook, which has the clock and the way to count days.
    texts
        The texts of the program.
    """

    def __init__(self, model: Model, texts: Texts) -> None:
        self.date1904 = date1904 = model.book.settings.date1904
        self._terms = Terms(model.now.replace(tzinfo=UTC), SEED, date1904=date1904)
        self._texts = texts
        self._in_python: dict[str, tuple[Callable[..., EngineValue], int, int | None]] = {
            name: (function, least, most) for name, function, least, most in registrations(date1904=date1904)
        } | {TOTAL: (Totals(model.book), 3, None)}
        self._sheets: dict[object, _Sheet] = {}

    def __call__(self, function: str, args: Sequence[Value]) -> Boxed:
        """Return what a function gives in every trial.

        Raises
        ------
        NotCompiledError
            If the engine does not know it, or it gives a range.
        """
        args = [self(_JOIN, a.parts) if isinstance(a, Criterion) else a for a in args]
        if function in TEXTS:
            texts = TEXTS[function] or range(len(args))
            args = [self(_JOIN, [a]) if i in texts and isinstance(a, np.ndarray) else a for i, a in enumerate(args)]
        if function in READERS:
            args = self._read(args, *READERS[function])
        cells = [c for a in args if a is not None for row in (a if isinstance(a, list) else [[a]]) for c in row]
        count = trial_count(args)
        varying = [i for i, c in enumerate(cells) if c.ndim]
        fixed = [None if c.ndim else self._spelled(float(c)) for c in cells]
        if not varying:
            return np.array(self._boxed(self._work_out(function, args, fixed, varying, [()])[0]))
        columns = np.stack([np.broadcast_to(cells[i], count) for i in varying], axis=-1)
        if function in _WHOLE_DAYS:
            columns = np.where(columns >= 0, np.trunc(columns), columns)
        places, back = _distinct(columns)
        cases = [tuple(self._spelled(v) for v in row) for row in columns[places]]
        found = [self._boxed(v) for v in self._work_out(function, args, fixed, varying, cases)]
        return np.array(found, dtype=np.float64)[back]

    def _read(self, args: Sequence[Value], reader: str, truth: int) -> list[Value]:
        """Return arguments with the numbers for which texts stand, as in the workbook."""
        texts = [i != truth and isinstance(a, np.ndarray) and bool(boxes.is_text(a).any()) for i, a in enumerate(args)]
        return [self(reader, [a]) if is_text else a for a, is_text in zip(args, texts, strict=True)]

    @staticmethod
    def _refuse_literals(function: str, args: Sequence[Value]) -> None:
        """Refuse what counts as an argument and would not count in a cell, where it is laid out."""
        for i, arg in enumerate(args):
            if arg is None or isinstance(arg, list) or need(function, i) == "V":
                continue
            if np.isnan(arg).any() and not boxes.is_error(arg[np.isnan(arg)] if arg.ndim else arg).all():
                raise NotCompiledError(f"{function} of single values is not compiled")

    def _spelled(self, box: float) -> EngineValue:
        return to_engine(boxes.unbox(box, self._texts))

    def _boxed(self, value: EngineValue) -> float:
        while isinstance(value, list):
            if len(value) != 1 or len(value[0]) != 1:
                raise NotCompiledError("a function gives a range")
            value = value[0][0]
        result = to_result(value)
        if isinstance(result, Uncomputed):
            raise NotCompiledError(result.reason)
        if isinstance(result, str) and self._texts.count > _MOST_TEXTS:
            raise NotCompiledError(f"it makes more than {_MOST_TEXTS:,} different texts")
        return float(boxes.box(0.0 if result is None else result, self._texts))

    def _work_out(
        self,
        function: str,
        args: Sequence[Value],
        fixed: Sequence[EngineValue],
        varying: Sequence[int],
        cases: Sequence[Case],
    ) -> list[EngineValue]:
        in_python = self._in_python.get(_WITH_CARE.get(function, function))
        if in_python is not None:
            call, least, most = in_python
            if len(args) < least or (most is not None and len(args) > most):
                raise NotCompiledError(f"{function} takes another number of arguments")
            return [call(*_filled(args, fixed, varying, case)) for case in cases]
        self._refuse_literals(function, args)
        shapes = tuple(None if a is None else (len(a), len(a[0])) if isinstance(a, list) else () for a in args)
        key = (function, shapes, repr(fixed), tuple(varying))
        if key not in self._sheets:
            self._sheets[key] = _Sheet(self._terms.new_workbook(function), function, shapes, fixed, varying)
        try:
            return self._sheets[key].values(cases)
        finally:
            self._terms.escapes.raise_again()


def _distinct(columns: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows that differ, bit by bit, by their places, and which of them every row is."""
    bits = columns.view(np.int64)
    _, places, back = np.unique(bits[:, 0], return_index=True, return_inverse=True)
    for column in bits.T[1:]:
        # Numbers in the place of values: quicker to sort than rows of bytes.
        _, other = np.unique(column, return_inverse=True)
        pairs = back.ravel() * (int(other.max(initial=0)) + 1) + other.ravel()
        _, places, back = np.unique(pairs, return_index=True, return_inverse=True)
    return places, back.ravel()


def _filled(
    args: Sequence[Value], fixed: Sequence[EngineValue], varying: Sequence[int], case: Case
) -> list[EngineValue]:
    """Return the arguments of one call as the engine hands them over: one cell as its value, one left out as 0."""
    values = list(fixed)
    for i, value in zip(varying, case, strict=True):
        values[i] = value
    left = iter(values)
    given: list[Any] = []
    for arg in args:
        if arg is None:
            given.append(0.0)
        elif isinstance(arg, list) and (len(arg), len(arg[0])) != (1, 1):
            given.append([[next(left) for _ in row] for row in arg])
        else:
            given.append(next(left))
    return given


class _Sheet:
    """Calls of a function laid out one below the other.

    Parameters
    ----------
    workbook
        An empty workbook of the engine.
    function
        The function.
    shapes
        Of every argument height and width; nothing for a single value, None for one that is left out.
    fixed
        What all calls have in common, argument by argument, row by row.
    varying
        Which of them differ.
    """

    def __init__(
        self,
        workbook: formualizer.Workbook,
        function: str,
        shapes: Sequence[tuple[int, ...] | None],
        fixed: Sequence[EngineValue],
        varying: Sequence[int],
    ) -> None:
        self._workbook = workbook
        self._varying = tuple(varying)
        self._height = max([s[0] for s in shapes if s], default=1)
        self._together = min(_AT_ONCE, max(_LEAST_AT_ONCE, _ROWS_AT_ONCE // self._height))
        self._places: list[tuple[int, int]] = []
        """Of every value the row within its call, and the column."""
        spelled: list[tuple[int, int, int, int] | str] = []
        column = 1
        left = iter(fixed)
        for shape in shapes:
            if shape is None:
                spelled.append("")
                continue
            height, width = shape or (1, 1)
            start = len(self._places)
            self._places += [(i, column + j) for i in range(height) for j in range(width)]
            values = [next(left) for _ in range(height * width)]
            if not shape and start not in self._varying and values[0] == OMITTED_TEXT:
                spelled.append(f'"{OMITTED_TEXT}"')
            else:
                spelled.append((0, column, height - 1, column + width - 1))
            column += width
        self._width = column
        self._fixed = list(fixed)
        self._function = function
        self._arguments = spelled
        self._laid_out = 0
        workbook.add_sheet(_SHEET)

    def values(self, cases: Sequence[Case]) -> list[EngineValue]:
        """Return what each call gives.

        Raises
        ------
        NotCompiledError
            If the engine cannot read it.
        """
        import formualizer  # noqa: PLC0415  loaded by the engine already

        found: list[EngineValue] = []
        try:
            for start in range(0, len(cases), self._together):
                some = cases[start : start + self._together]
                self._put(some)
                self._lay_out(len(some))
                self._workbook.evaluate_all()
                rows = len(some) * self._height
                address = formualizer.RangeAddress(_SHEET, 1, self._width, rows, self._width)
                found += [row[0] for row in self._workbook.sheet(_SHEET).get_values(address)[:: self._height]]
        except ENGINE_ERRORS as error:
            raise NotCompiledError(f"the engine cannot call {self._function}") from error
        return found

    def _lay_out(self, count: int) -> None:
        """Put down the formulas of so many calls."""
        for call in range(self._laid_out, count):
            top = 1 + call * self._height
            texts = [
                a
                if isinstance(a, str)
                else a1(top + a[0], a[1]) + (f":{a1(top + a[2], a[3])}" if (a[2], a[3]) != (0, a[1]) else "")
                for a in self._arguments
            ]
            self._workbook.set_formula(_SHEET, top, self._width, f"=@{self._function}({','.join(texts)})")
        self._laid_out = max(self._laid_out, count)

    def _put(self, cases: Sequence[Case]) -> None:
        """Put down the arguments of some calls."""
        rows: list[list[EngineValue]] = [[None] * (self._width - 1) for _ in range(len(cases) * self._height)]
        for call, case in enumerate(cases):
            top = call * self._height
            for i, (row, column) in enumerate(self._places):
                if i not in self._varying:
                    rows[top + row][column - 1] = self._fixed[i]
            for i, value in zip(self._varying, case, strict=True):
                row, column = self._places[i]
                rows[top + row][column - 1] = value
        self._workbook.set_values_batch(_SHEET, 1, 1, rows)
