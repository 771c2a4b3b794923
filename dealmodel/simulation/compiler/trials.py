"""Trials in the engine, one after the other: for the cells that do not compile, and to verify those that do."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import CellError
from dealmodel.errors import WorkbookError
from dealmodel.hosts.engine import Engine, in_engine
from dealmodel.hosts.engine_values import Uncomputed
from dealmodel.simulation.compiler.needed import needed_formulas
from dealmodel.simulation.sampling.draws import DISTRIBUTIONS, calls, drawn_formula
from dealmodel.workbook.address import Area, CellAt, a1, quote_sheet
from dealmodel.workbook.formulas import tokens
from dealmodel.workbook.spelling.bookfunctions import register_book_functions
from dealmodel.workbook.spelling.careful import may_need_care, reads_oddly
from dealmodel.workbook.spelling.normalise import engine_formula, plain_copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.simulation.compiler.variants import TableCell
    from dealmodel.simulation.sampling.draws import Draw
    from dealmodel.workbook.model import Model
    from dealmodel.workbook.spelling.translation import Translator


class _TrialEngine(Engine):
    """An engine whose formulas can be replaced."""

    def add_sheet(self, name: str) -> None:
        """Add a sheet."""
        self._workbook.add_sheet(name)

    def set_formula(self, at: CellAt, formula: str) -> None:
        """Put a formula into a cell."""
        self._workbook.set_formula(in_engine(at.sheet), at.row, at.column, f"={formula}")

    def set_column(self, top: CellAt, numbers: list[float]) -> None:
        """Put numbers below each other: in half the time that one after the other takes, or less."""
        self._workbook.set_values_batch(in_engine(top.sheet), top.row, top.column, [[number] for number in numbers])


class Trials:
    """A workbook in the engine, with its uncertain numbers in cells of their own.

    Parameters
    ----------
    model
        The workbook, with its inputs as they now are.
    draws
        Its uncertain numbers.
    tables
        The cells of data tables that are computed for each trial, each after those on which it depends.
    circular
        The cells that refer to each other in circles, and whether they are the same in all trials: if not, they begin
        in every trial with what they hold in the workbook.
    careful
        Whether all formulas are spelled as Excel has them to the last digit, and the engine is given all of them.
    """

    def __init__(
        self,
        model: Model,
        draws: Sequence[Draw],
        tables: Mapping[CellAt, TableCell] | None = None,
        circular: Mapping[CellAt, bool] | None = None,
        *,
        careful: bool = False,
    ) -> None:
        self._model = model
        self._draws = draws
        self._tables = tables or {}
        self._circular = circular or {}
        # Every trial may hold an odd case, even if the workbook as it stands does not.
        needs_care = may_need_care if careful else reads_oddly
        self._careful = {at for at, formula in model.calculation.cells.formulas.items() if needs_care(formula)}
        self._has_all = careful or bool(circular)
        """Whether the engine is given all formulas, whatever is asked for."""
        self._asked: set[CellAt] = set()
        self._known: frozenset[CellAt] | None = None
        """The cells whose formulas the engine has; None for all."""
        self._loaded: _TrialEngine | None = None

    def _ask_for(self, cells: Sequence[CellAt]) -> None:
        """See that the engine has what it needs for some cells: of a large workbook, that may be little."""
        if self._loaded is not None and (self._known is None or self._asked.issuperset(cells)):
            return
        inputs = (at for table in self._tables.values() for pair in table.taken.items() for at in pair)
        self._asked.update(cells, inputs, (table.formula for table in self._tables.values()))
        self._model.calculation.values()
        self._known = None if self._has_all else needed_formulas(self._model.calculation.evaluation, self._asked)
        self._load()

    @property
    def _engine(self) -> _TrialEngine:
        if self._loaded is None:
            raise RuntimeError("the engine has not been asked for any cell")
        return self._loaded

    def _load(self) -> None:
        """Give the engine the workbook, with the formulas that it is to have."""
        model, draws, book, calculation = self._model, self._draws, self._model.book, self._model.calculation
        translator = calculation.evaluation.translator
        iterate = (book.settings.iterations, book.settings.change) if book.settings.iterate else None
        data, date1904 = plain_copy(book, translator, self._careful, self._known), book.settings.date1904
        self._loaded = _TrialEngine(data, model.now, iterate, date1904=date1904, sheets=book.sheets)
        register_book_functions(self._engine, book)
        for at, value in calculation.inputs.items():
            self._engine.set_value(*at, value)
        for kept in calculation.uncomputed:
            area = calculation.cells.arrays.get(kept.at)
            for place in area.places() if area else [kept.at[1:]]:
                at = CellAt(kept.at.sheet, *place)
                self._engine.set_value(*at, model.value_at(at))
        for at in calculation.cells.in_what_ifs:
            self._engine.set_value(*at, model.value_at(at))
        self._places: dict[Draw, CellAt] = {}
        self._formulas: dict[CellAt, str] = {}
        """The formulas of the tables' input cells, as the engine has them."""
        for at in {at for table in self._tables.values() for at in table.taken} & calculation.cells.formulas.keys():
            self._formulas[at] = engine_formula(book, translator, at, None, careful=at in self._careful)
        self._column: list[Draw] = []
        # On a sheet of their own, where no whole column of a formula holds them.
        sheet = next(name for i in itertools.count(1) if book.find_sheet(name := f"draws{i}") is None)
        self._engine.add_sheet(sheet)
        self._top = CellAt(sheet, 1, 1)
        self._begin = CellAt(sheet, 1, 2) if self._circular else None
        """The cell that is TRUE while circular cells are given what they begin with."""
        spelled = self._replace_calls(model, draws, translator)
        self._begin_circles(self._circular, spelled)

    def _replace_calls(self, model: Model, draws: Sequence[Draw], translator: Translator) -> dict[CellAt, str]:
        """Let every call of a distribution refer to a cell of its own, and return the formulas that hold one."""
        formulas = model.calculation.cells.formulas
        scratch = (self._top._replace(row=1 + i) for i in range(len(draws)))
        by_cell: dict[CellAt, dict[int, Draw]] = {}
        for draw in draws:
            if draw.at in formulas and draw.function in drawn_formula(formulas[draw.at]).upper():
                by_cell.setdefault(draw.at, {})[draw.position] = draw
                self._places[draw] = next(scratch)
                self._column.append(draw)
            else:
                self._places[draw] = draw.at
        replaced_there = {}
        for at, found in by_cell.items():
            if self._known is not None and at not in self._known:
                continue
            text = replaced(drawn_formula(formulas[at]), {k: self._places[d] for k, d in found.items()})
            array, careful = at in model.calculation.cells.arrays, at in self._careful
            spelled = translator.translate(text, at, array=array, careful=careful)
            self._engine.set_formula(at, spelled)
            replaced_there[at] = spelled
            if at in self._formulas:
                self._formulas[at] = spelled
        return replaced_there

    def _begin_circles(self, circular: Mapping[CellAt, bool], spelled: Mapping[CellAt, str]) -> None:
        """Let the cells of circles hold what they begin with while they are told to."""
        calculation, book = self._model.calculation, self._model.book
        evaluation = calculation.evaluation
        row = 1
        for at, is_still in circular.items():
            if is_still:
                self._engine.set_value(*at, self._model.value_at(at))
            if is_still or at not in calculation.cells.formulas:
                continue
            area = evaluation.spills.get(at) or calculation.cells.arrays.get(at) or Area(*at[1:], *at[1:])
            first = CellAt(self._top.sheet, row, 3)
            for place in area.places():
                there = CellAt(first.sheet, row + place[0] - area.top, first.column + place[1] - area.left)
                self._engine.set_value(*there, self._model.value_at(CellAt(at.sheet, *place)))
            row += area.height
            last = CellAt(first.sheet, row - 1, first.column + area.width - 1)
            formula = spelled.get(at) or engine_formula(
                book, evaluation.translator, at, calculation.cells.arrays.get(at), careful=at in self._careful
            )
            starts = _spelled(first) if area.height == area.width == 1 else f"{_spelled(first)}:{_fixed(last)}"
            begun = f"IF({_spelled(self._top._replace(column=2))},{starts},{formula})"
            self._engine.set_formula(at, begun)
            if at in self._formulas:
                self._formulas[at] = begun

    def _evaluate(self) -> None:
        """Evaluate a trial, which begins where every other does."""
        if self._begin is not None:
            self._engine.set_value(*self._begin, True)  # noqa: FBT003
            self._engine.evaluate()
            self._engine.set_value(*self._begin, False)  # noqa: FBT003
        self._engine.evaluate()

    def run(
        self,
        variates: Mapping[Draw, NDArray[np.float64]],
        values: Mapping[CellAt, NDArray[np.float64]],
        cells: Sequence[CellAt],
    ) -> Iterator[list[Scalar]]:
        """Evaluate trial by trial, and give the values of the cells."""
        self._ask_for(cells)
        sheets: dict[str, list[tuple[int, int]]] = {}
        for at in cells:
            sheets.setdefault(at.sheet, []).append(at[1:])
        below = self._column if variates.keys() >= set(self._column) else []
        together = np.stack([variates[d] for d in below], axis=1).tolist() if below else []
        columns = [(self._places[d], v) for d, v in variates.items()] + list(values.items())
        alone = [(self._places[d], v) for d, v in variates.items() if d not in below] + list(values.items())
        trials = len(columns[0][1]) if columns else 1
        for i in range(trials):
            if together:
                self._engine.set_column(self._top, together[i])
            for at, column in alone:
                self._engine.set_value(*at, float(column[i]))
            self._evaluate()
            if self._tables:
                self._work_out_tables({at: float(column[i]) for at, column in columns})
            found: dict[CellAt, Scalar] = {}
            for sheet, places in sheets.items():
                for place, value in zip(places, self._engine.values(sheet, places), strict=True):
                    found[CellAt(sheet, *place)] = None if isinstance(value, Uncomputed) else value
            yield [_shown(found[at]) for at in cells]

    def _work_out_tables(self, given: Mapping[CellAt, float]) -> None:
        """Have every cell of the tables computed with the inputs that it takes, and put there for all that follows."""
        for at, table in self._tables.items():
            edges = {cell: self._value(edge) for cell, edge in table.taken.items()}
            for cell, value in edges.items():
                self._engine.set_value(*cell, value)
            self._evaluate()
            value = self._value(table.formula)
            for cell in edges:
                self._restore(cell, given)
            self._engine.set_value(*at, 0.0 if value is None else value)
            self._evaluate()

    def _value(self, at: CellAt) -> Scalar:
        value = self._engine.values(at.sheet, [at[1:]])[0]
        if isinstance(value, Uncomputed):
            raise WorkbookError(f"the engine cannot compute {at} for a data table: {value.reason}")
        return value

    def _restore(self, at: CellAt, given: Mapping[CellAt, float]) -> None:
        """Give the input of a table again what it holds in the trial."""
        if at in given:
            self._engine.set_value(*at, given[at])
        elif at in self._formulas:
            self._engine.set_formula(at, self._formulas[at])
        else:
            self._engine.set_value(*at, self._model.value_at(at))


def _shown(value: Scalar) -> Scalar:
    """Return a value as a spreadsheet shows it: the engine lets what is not a finite number pass."""
    if value is None:
        return 0.0
    return CellError.NUM if isinstance(value, float) and not math.isfinite(value) else value


def replaced(formula: str, places: Mapping[int, CellAt]) -> str:
    """Return a canonical formula with some of its calls of distributions replaced by references.

    Examples
    --------
    >>> replaced("1+DM_NORMAL(A1,2)*2", {0: CellAt("S", 9, 1)})
    '1+S!$A$9*2'
    """
    texts = [text for _, text in tokens(formula)]
    sampled = [call for call in calls(formula) if call.function in DISTRIBUTIONS]
    end = 0
    pieces: list[str] = []
    for position, call in enumerate(sampled):
        if position in places and call.start >= end:
            pieces += [*texts[end : call.start], _spelled(places[position])]
            end = call.end
    return "".join(pieces + texts[end:])


def _fixed(at: CellAt) -> str:
    column = a1(at.row, at.column).rstrip("0123456789")
    return f"${column}${at.row}"


def _spelled(at: CellAt) -> str:
    return f"{quote_sheet(at.sheet)}!{_fixed(at)}"
