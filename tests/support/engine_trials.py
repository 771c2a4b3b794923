"""Trials in the engine, one after the other: slow, and what the compiled program is measured against.

The workbook's formulas stay as they are; only where one calls a distribution function, a function of the engine's
takes its place, which gives the quantile at a number that stands in a cell of a sheet of its own.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from dealmodel import callpath
from dealmodel.cells import ERRORS, OMITTED, OMITTED_TEXT, CellError
from dealmodel.distributions import DISTRIBUTIONS
from dealmodel.errors import DealModelError, WorkbookError
from dealmodel.hosts.engine import ENGINE_ERRORS
from dealmodel.hosts.engine_values import Uncomputed, to_engine, to_scalar
from dealmodel.simulation.sampling.draws import Draw, calls
from dealmodel.workbook.computing.calculation import Calculation
from dealmodel.workbook.formulas import canonical, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from dealmodel.cells import Cells, Scalar
    from dealmodel.hosts.engine_values import EngineValue
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

    Values = NDArray[np.float64]

SAMPLE = "DEALMODEL_SAMPLE"
"""Function of the engine's only: the quantile of a distribution, given its place among the draws and a number."""
SCRATCH = "dealmodel trials"
CODES = MappingProxyType({error: code for code, error in enumerate(ERRORS, start=1)})


class EngineTrials:
    """A workbook in an engine of its own, evaluated trial by trial.

    Parameters
    ----------
    model
        The workbook, with the inputs that were put in; it is not changed.
    draws
        Its uncertain numbers.
    varied
        Constants that get a value in each trial.
    outputs
        Cells to read.
    """

    fallback: tuple[()] = ()
    fixed: frozenset[Draw] = frozenset()
    """None: the engine computes them all."""

    def __init__(
        self, model: Model, draws: Sequence[Draw], varied: Sequence[CellAt], outputs: Sequence[CellAt]
    ) -> None:
        self.draws = tuple(draws)
        self.varied = tuple(varied)
        self.outputs = tuple(outputs)
        self._codes: dict[CellAt, NDArray[np.int8]] = {}
        self._calculation = Calculation(model.book, model.now)
        for at, value in model._calculation.inputs.items():  # noqa: SLF001  what was put in, not what is stored
            self._calculation.put(at, value)
        self._calculation.values()
        self._engine = self._calculation.evaluation.engine  # its formulas change, so it belongs to nobody else
        workbook = self._engine._workbook  # noqa: SLF001
        workbook.add_sheet(SCRATCH)
        workbook.register_function(SAMPLE, self._sample, min_args=2, max_args=None)
        for number in range(len(self.draws)):
            workbook.set_value(SCRATCH, number + 1, 1, 0.5)
        formulas = model.formulas
        by_cell: dict[CellAt, list[tuple[int, Draw]]] = {}
        for number, draw in enumerate(self.draws):
            by_cell.setdefault(draw.at, []).append((number, draw))
        for at, found in by_cell.items():
            if at in self._calculation.cells.arrays:
                raise WorkbookError(f"{at} calls {found[0][1].function} in an array formula, which cannot be simulated")
            formula = formulas.get(at)
            text = _outside(*found[0]) if formula is None else _sampled(canonical(formula), _by_position(found))
            translator = self._calculation.evaluation.translator  # it knows the names of the workbook
            try:
                workbook.set_formula(*at, f"={translator.translate(text, at, array=False)}")
            except ENGINE_ERRORS as error:
                raise WorkbookError(f"the engine cannot read the formula of {at}: {error}") from error

    def _sample(self, number: EngineValue, uniform: EngineValue, *arguments: EngineValue) -> EngineValue:
        return to_engine(variate(self.draws[int(number)].function, float(uniform), list(map(_cells, arguments))))

    def run(
        self,
        uniforms: Mapping[Draw, Values],
        values: Mapping[CellAt, Values] | None = None,
        drawn: dict[Draw, Values] | None = None,  # noqa: ARG002  it has none that come up on the way
    ) -> dict[CellAt, Values]:
        """Return what the outputs are in each trial; NaN where one is an error or no number."""
        values = values or {}
        columns = [*uniforms.values(), *values.values()]
        trials = len(columns[0]) if columns else 1
        found = {at: np.full(trials, np.nan) for at in self.outputs}
        self._codes = {at: np.zeros(trials, dtype=np.int8) for at in self.outputs}
        numbers = {draw: number for number, draw in enumerate(self.draws)}
        for trial in range(trials):
            for draw, column in uniforms.items():
                self._engine.set_value(SCRATCH, numbers[draw] + 1, 1, float(column[trial]))
            for at, column in values.items():
                self._engine.set_value(*at, float(column[trial]))
            self._engine.evaluate()
            for at in self.outputs:
                value = self._engine.values(at.sheet, [at[1:]])[0]
                number, code = _number(value)
                found[at][trial], self._codes[at][trial] = number, code
        return found

    def variates(self, *_: object, **__: object) -> dict[Draw, Values]:
        """Return none of the uncertain numbers."""
        return {}

    def texts(self, _: Values) -> dict[str, int]:
        """Return no texts: they are told as errors."""
        return {}

    unsettled = 0

    def draws_behind(self) -> None:
        """Tell nothing: the engine's formulas are not looked through."""

    def errors(self, at: CellAt) -> NDArray[np.int8]:
        """Return the error codes of an output in the last run, in the order of `cells.ERRORS`; 0 for none."""
        return self._codes[at]

    @property
    def effort(self) -> int:
        """No formulas are evaluated to compare them."""
        return 0

    def foresee(self, _: Mapping[Draw, Values]) -> Callable[[], None]:
        """Foresee nothing: there is nothing to compare the engine with."""
        return lambda: None

    def check(
        self,
        uniforms: Mapping[Draw, Values],
        values: Mapping[CellAt, Values] | None = None,
        count: int = 64,
        answers: Sequence[Sequence[Scalar]] | None = None,
    ) -> int:
        """Do nothing: there is nothing to compare the engine with."""
        assert not values
        assert not answers
        return min(count, len(next(iter(uniforms.values()))))


def _number(value: Scalar | Uncomputed) -> tuple[float, int]:
    if isinstance(value, CellError):
        return np.nan, CODES[value]
    if isinstance(value, (str, Uncomputed)):
        return np.nan, CODES[CellError.VALUE]
    return (0.0 if value is None else float(value)), 0


def _cells(value: EngineValue) -> Cells:
    if isinstance(value, list):
        return [[to_scalar(v) for v in row] for row in value]
    return OMITTED if value == OMITTED_TEXT else to_scalar(value)


def variate(function: str, uniform: float, arguments: Sequence[Cells]) -> Scalar:
    """Return the quantile of a distribution as a cell has it.

    Parameters
    ----------
    function
        Worksheet name of the distribution.
    uniform
        Number between 0 and 1.
    arguments
        What its arguments are in cells.
    """
    family = DISTRIBUTIONS[function]
    try:
        values, errors = callpath.read_values(family.contract, arguments)
        error = next((e for e in errors if e is not None), None)
        quantile = np.nan if error else np.asarray(family(*values).ppf(uniform)).reshape(-1)[0]
    except DealModelError:
        return CellError.VALUE
    return error or (float(quantile) if np.isfinite(quantile) else CellError.NUM)


def _by_position(found: Sequence[tuple[int, Draw]]) -> dict[int, int]:
    return {draw.position: number for number, draw in found}


def _outside(number: int, draw: Draw) -> str:
    return f"{SAMPLE}({number},'{SCRATCH}'!$A${number + 1}{''.join(f',{a}' for a in draw.arguments)})"


def _sampled(formula: str, numbers: Mapping[int, int]) -> str:
    """Return a formula with calls of distributions, by position, replaced by samples, by number."""
    pieces = [text for _, text in tokens(formula)]
    sampled = (call for call in calls(formula) if call.function in DISTRIBUTIONS)
    for position, call in enumerate(sampled):
        if position in numbers:
            number = numbers[position]
            pieces[call.start] = SAMPLE
            pieces[call.start + 1] = f"({number},'{SCRATCH}'!$A${number + 1},"
    return "".join(pieces)
