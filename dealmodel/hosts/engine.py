"""The headless host: formualizer evaluates a workbook's formulas in process, calling our functions.

What is particular to the engine stays here: its spelling of errors, the omitted arguments that it would turn into
zeros (`formulas.canonical` marks them), array formulas of fixed size, and the clock.
"""

from __future__ import annotations

import re
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

import formualizer

from dealmodel.catalogue import CATALOGUE
from dealmodel.errors import WorkbookError
from dealmodel.hosts.callbacks import Captured, callback_of
from dealmodel.hosts.elementwise import Elementwise
from dealmodel.hosts.engine_values import Uncomputed, runs_of, to_engine, to_result
from dealmodel.hosts.escapes import interruptible
from dealmodel.hosts.fit import fit
from dealmodel.hosts.supplements import given_up, supplements
from dealmodel.hosts.terms import CALLS, Terms
from dealmodel.timelimit import stopping, too_long

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from dealmodel.cells import Scalar
    from dealmodel.hosts.engine_values import EngineValue

FIT = "DEALMODEL_FIT"
"""Function of the engine's only: spreads an array formula over the range it was entered in."""
EACH = "DEALMODEL_EACH"
"""Function of the engine's only: works out a function of single values for every element of arrays."""
CAPTURE = "DEALMODEL_CAPTURE"
"""Function of the engine's only: hands its argument back to Python."""
OWN_SHEET = "Sheet1"
"""A sheet that the engine always has, and takes for another one where its name is spelled otherwise."""
SEED = 0
"""What RAND() and its kin begin with where nothing else is given."""
MOST_SPILLED = 10_000
"""Cells that the engine lets one array fill; a larger one is #SPILL! to it."""
EVERYTHING = 2**31
"""More links, and more work, than any inspection of a cell takes."""
_ODD = frozenset({bool, type(None)})
_UNFIT = frozenset({"GROUPBY", "PIVOTBY", "_XLFN.GROUPBY", "_XLFN.PIVOTBY"})
"""Functions that the engine has, but not as Excel: it groups in another order, and takes no functions."""
_CANCELLED = "#CANCELLED!"
SETTLED = 1e-9
"""Largest change at which circular references have settled, unless the workbook has a smaller one."""
SPARSE = 64
"""Cells of a block for each one wanted, beyond which they are read one by one."""
AT_ONCE = 2**12
"""Values that are taken out of the engine at once."""
ENGINE_ERRORS = (
    formualizer.ExcelEvaluationError,
    formualizer.FormualizerHostError,
    formualizer.InspectionError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What the engine raises."""


def in_engine(sheet: str) -> str:
    """Return the name of a sheet as the engine has it.

    Examples
    --------
    >>> in_engine("SHEET1"), in_engine("Sheet2")
    ('Sheet1', 'Sheet2')
    """
    return OWN_SHEET if sheet.casefold() == OWN_SHEET.casefold() else sheet


def _in_engine(address: str) -> str:
    """Return the address of a cell as the engine has it."""
    sheet, mark, cell = address.rpartition("!")
    return f"{in_engine(sheet)}{mark}{cell}"


class Engine:
    """A workbook in the engine.

    Parameters
    ----------
    data
        A plain .xlsx: values, formulas, defined names. Formulas are canonical.
    now
        What NOW() and TODAY() give.
    iterate
        Number of iterations and largest change where the workbook computes circular references; else None.
    date1904
        Whether the workbook counts days from 1904.
    seed
        What the numbers of RAND() and its kin follow from.
    words
        The words of all formulas and names, as `words_in` gives them: functions that are not among them are not
        made ready, which for all of them takes as long as to compute a small workbook.
    sheets
        The names of the sheets as the workbook spells them.

    Raises
    ------
    WorkbookError
        If the engine cannot load it.
    """

    def __init__(
        self,
        data: bytes,
        now: datetime,
        iterate: tuple[int, float] | None = None,
        *,
        date1904: bool = False,
        seed: int = SEED,
        words: Iterable[str] | None = None,
        sheets: Iterable[str] = (),
    ) -> None:
        self._spelled = next((name for name in sheets if in_engine(name) == OWN_SHEET), OWN_SHEET)
        # What the engine calls must not lead back to this object: the garbage collector does not see through it.
        self._terms = Terms(now.replace(tzinfo=UTC), seed, date1904=date1904)
        config = self._terms.config()
        # Only cells that do refer to themselves in this calculation are circular, as in Excel.
        config.cycle_detection = "runtime"
        if iterate:
            config.cycle_policy = "iterate"
            # A spreadsheet goes on from where it stopped each time it calculates; here there is one calculation only.
            config.iterate_max_iterations, config.iterate_max_change = iterate[0], min(iterate[1], SETTLED)
        try:
            self._workbook = formualizer.Workbook.from_bytes(
                data, config=formualizer.WorkbookConfig(eval_config=config)
            )
        except ENGINE_ERRORS as error:
            raise WorkbookError(f"the engine cannot load the workbook: {_one_line(error)}") from error
        self._terms.set_clock(self._workbook)
        self._captured = Captured()
        self._own: dict[str, tuple[Callable[..., EngineValue], int | None]] = {}
        """The functions of the engine's only, which few formulas call."""
        self._knows_words = words is not None
        self._supplied: set[str] = set()
        self._supply({*supplements(), *CATALOGUE} if words is None else words)
        self.register(FIT, fit, 3)
        self.register(EACH, each := Elementwise(self._terms.new_workbook), None)
        self.register(CALLS, _lambdas(partial(_scratch, self._terms, each)), None)
        self.register(CAPTURE, self._captured, 1)

    def register(self, name: str, callback: Callable[..., EngineValue], most: int | None = None) -> None:
        """Give the engine one more function; where the words of formulas are known, once one of them calls it."""
        if self._knows_words and name not in self._supplied:
            self._own[name] = callback, most
        else:
            self._workbook.register_function(name, self._terms.escapes.watch(callback), min_args=0, max_args=most)

    def _supply(self, words: Iterable[str]) -> None:
        """Give the engine the functions among some words that it has not yet."""
        new = set(words) - self._supplied
        self._supplied |= new
        self._terms.supply(self._workbook, new)
        for name in new & CATALOGUE.keys():
            self.register(name, callback_of(CATALOGUE[name]))
        for name in new & self._own.keys():
            self.register(name, *self._own.pop(name))

    def evaluate(self) -> None:
        """Evaluate what has to be evaluated.

        Raises
        ------
        WorkbookError
            If the engine gives up, or its time is up.
        """
        given_up()
        self._workbook.reset_cancel()
        try:
            with interruptible(self._workbook.cancel):
                self._evaluate()
        finally:
            self._terms.escapes.raise_again()

    def _evaluate(self) -> None:
        try:
            with stopping(self._workbook.cancel):
                self._workbook.evaluate_all()
        except ENGINE_ERRORS as error:
            if isinstance(error, WorkbookError):
                raise
            if _CANCELLED in str(error):
                raise too_long() from None
            raise WorkbookError(f"the engine cannot evaluate the workbook: {_one_line(error)}") from error

    @property
    def met_circles(self) -> bool:
        """Whether cells that refer to each other in a circle were among those evaluated last, and may iterate."""
        return self._workbook.last_cycle_telemetry().static_sccs > 0

    def set_value(self, sheet: str, row: int, column: int, value: Scalar) -> None:
        """Put a constant into a cell."""
        self._workbook.set_value(in_engine(sheet), row, column, to_engine(value))

    def set_values(self, values: Iterable[tuple[tuple[str, int, int], Scalar]]) -> None:
        """Put constants into cells: each a sheet, a row and a column, with a value.

        Those below each other the engine takes at once. One by one, each takes as long as to look at all that depends
        on it, which may be all others.
        """
        for (sheet, row, column), run in runs_of(values).items():
            cells = [[to_engine(value)] for value in run]
            self._workbook.sheet(in_engine(sheet)).set_values_batch(row, column, len(cells), 1, cells)

    def put_formula(self, sheet: str, row: int, column: int, formula: str) -> bool:
        """Put a formula into a cell; whether the engine can read it."""
        self._supply(words_in(formula))
        try:
            self._workbook.set_formula(in_engine(sheet), row, column, f"={formula}")
        except ENGINE_ERRORS:
            return False
        return True

    def put_formulas(self, formulas: Mapping[tuple[str, int, int], str]) -> None:
        """Put formulas into cells, by sheet, row and column; those that the engine cannot read are left out.

        Only the next evaluation reads them, all at once: what depends on what is not known until then.
        """
        self._supply(words_in("\n".join(formulas.values())))
        for (sheet, row, column), formula in formulas.items():
            if can_read(formula):
                self._workbook.set_formulas_batch(in_engine(sheet), row, column, [[f"={formula}"]])

    def values(self, sheet: str, places: Sequence[tuple[int, int]]) -> list[Scalar | Uncomputed]:
        """Return the values of cells of a sheet, by row and column."""
        return [to_result(value) for value in self._as_spelled(sheet, places)]

    def news(
        self, sheet: str, places: Sequence[tuple[int, int]], known: Sequence[Scalar]
    ) -> dict[tuple[int, int], Scalar | Uncomputed]:
        """Return the values of formulas of a sheet that are not to the last digit what they are known to have been."""
        news = {}
        # Not all at once: what is put into the same memory again and again is quicker to look at.
        for i in range(0, len(places), AT_ONCE):
            some, before = places[i : i + AT_ONCE], known[i : i + AT_ONCE]
            values = self._as_spelled(sheet, some)
            # 1 and TRUE are the same, too, and are looked at more closely.
            if values == before and _ODD.isdisjoint(map(type, values)) and _ODD.isdisjoint(map(type, before)):
                continue
            for place, value, old in zip(some, values, before, strict=True):
                # Most are the same, and this says so at once.
                if value != old or value.__class__ in _ODD or old.__class__ in _ODD:
                    # A formula that gives a blank cell gives zero.
                    result = 0.0 if value is None else to_result(value)
                    if result.__class__ is not old.__class__ or result != old:
                        news[place] = result
        return news

    def _as_spelled(self, sheet: str, places: Sequence[tuple[int, int]]) -> list[EngineValue]:
        """Return the values of cells as the engine spells them."""
        sheet = in_engine(sheet)
        rows, columns = zip(*places, strict=True)
        top, bottom, right = min(rows), max(rows), max(columns)
        if (bottom - top + 1) * right > SPARSE * len(places):
            return [self._workbook.get_value(sheet, row, column) for row, column in places]
        block = self._workbook.sheet(sheet).get_values(formualizer.RangeAddress(sheet, top, 1, bottom, right))
        return [block[row - top][column - 1] for row, column in places]

    def spill(self, address: str) -> str | None:
        """Return the range over which a cell's array spills, or None where it does not."""
        role = self._workbook.inspect_cell(_in_engine(address)).cell.spill
        return role.extent if role is not None else None

    def dependants(self, address: str) -> list[str]:
        """Return the addresses of the cells whose formulas refer to a cell."""
        report = self._workbook.dependents(_in_engine(address), max_results=EVERYTHING, max_work=EVERYTHING)
        return [self._in_book(d.cell) for d in report.dependents]

    def precedents(self, address: str) -> list[str]:
        """Return the addresses of the cells and ranges to which a cell's formula refers."""
        report = self._workbook.precedents(_in_engine(address), max_links=EVERYTHING, max_work=EVERYTHING)
        # A formula that is a name and nothing else refers to that, which refers to a cell.
        references = (p.reference.resolution or p.reference for p in report.precedents)
        return [self._in_book(found) for r in references if (found := r.address or r.resolved)]

    def _in_book(self, address: str) -> str:
        """Return an address of the engine with the name of its sheet as the workbook spells it."""
        is_own = self._spelled != OWN_SHEET and address.startswith(f"{OWN_SHEET}!")
        return f"{self._spelled}{address[len(OWN_SHEET) :]}" if is_own else address

    def capture(self, sheet: str, row: int, column: int, formula: str) -> list[list[Scalar]]:
        """Evaluate a formula as if it stood in a cell, and return its value as rows; #NAME? where it cannot be read.

        The cell must be empty; it is empty again afterwards.
        """
        self._supply({CAPTURE, *words_in(formula)})
        sheet = in_engine(sheet)
        try:
            self._workbook.set_formula(sheet, row, column, f"={CAPTURE}({formula})")
            self._workbook.evaluate_cell(sheet, row, column)
        except ENGINE_ERRORS:
            self._captured.take()
        self._workbook.set_value(sheet, row, column, None)
        self._terms.escapes.raise_again()
        return self._captured.take()

    def knows(self, function: str) -> bool:
        """Whether the engine has a function, ours included."""
        if function in CATALOGUE or function in _UNFIT:
            return function in CATALOGUE
        probe = self._terms.new_workbook(function)
        probe.add_sheet("probe")
        try:
            probe.set_formula("probe", 1, 1, f"={function}()")
        except ENGINE_ERRORS:
            return False
        value = probe.evaluate_cell("probe", 1, 1)
        return not (isinstance(value, dict) and value.get("kind") == "Name")


def can_read(formula: str) -> bool:
    """Whether the engine can read a formula.

    Examples
    --------
    >>> can_read("SUM(A1,2)"), can_read("SUM(A1")
    (True, False)
    """
    try:
        formualizer.parse(f"={formula}")
    except (formualizer.ParserError, formualizer.TokenizerError, ValueError):
        return False
    return True


def words_in(formulas: str) -> set[str]:
    """Return the words of formulas in upper case: the functions that they call, and what else looks like a name.

    Examples
    --------
    >>> sorted(words_in('edate(start,A$1)&"_xlfn.X.y"'))
    ['A', 'EDATE', 'START', '_XLFN.X.Y']
    """
    return set(re.findall(r"[A-Z_][\w.]*", formulas.upper()))


def _lambdas(new_workbook: Callable[[str], formualizer.Workbook]) -> Callable[..., EngineValue]:
    """Return what calls LAMBDAs, which few workbooks have."""
    known: list[Callable[..., EngineValue]] = []

    def call(*arguments: EngineValue) -> EngineValue:
        if not known:
            from dealmodel.hosts.repeated import Repeated  # noqa: PLC0415

            known.append(Repeated(new_workbook))
        return known[0](*arguments)

    return call


def _scratch(terms: Terms, each: Elementwise, formula: str) -> formualizer.Workbook:
    """Return an empty workbook that knows the functions which a formula calls."""
    workbook = terms.new_workbook(*(words := words_in(formula)))
    workbook.register_function(FIT, terms.escapes.watch(fit), min_args=0, max_args=None)
    workbook.register_function(EACH, terms.escapes.watch(each), min_args=0, max_args=None)
    for name in words & CATALOGUE.keys():
        workbook.register_function(name, terms.escapes.watch(callback_of(CATALOGUE[name])), min_args=0, max_args=None)
    return workbook


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
