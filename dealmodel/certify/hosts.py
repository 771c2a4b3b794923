"""The hosts of a certificate: each evaluates calls in its own way and returns what its cells hold."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dealmodel.cells import OMITTED, CellError, Cells, Scalar
from dealmodel.certify.calls import CallBook, as_rows
from dealmodel.domain import Kind
from dealmodel.errors import DealModelError
from dealmodel.hosts.calc.addin import cell_error
from dealmodel.workbook.model import Model
from dealmodel.workbook.retarget import retarget
from dealmodel.workbook.stored.package import Package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.certify.calls import Call, Entered, Rows
    from dealmodel.contract import Parameter
    from dealmodel.hosts.calc.office import Office
    from dealmodel.workbook.address import CellAt

LABEL = "calls.xlsx"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a host gives for a call."""

    call: int
    """Which call it is."""
    way: str
    """How the call stands: its arguments in `cells`, or `typed` into the formula, which may be an array formula."""
    rows: Rows


def call_book(calls: Sequence[Call], expected: Sequence[Rows]) -> CallBook:
    """Return the workbook of calls for results of known sizes."""
    return CallBook([(c, len(rows), len(rows[0])) for c, rows in zip(calls, expected, strict=True)])


# -- Python --------------------------------------------------------------------------------------------------------


def on_python(calls: Sequence[Call], expected: Sequence[Rows]) -> list[Outcome]:
    """Call the functions as Python does.

    A call with an error or a text in place of a number has no way there, nor has one that a sheet refuses because it
    has only two directions.
    """
    outcomes = []
    for number, (call, should) in enumerate(zip(calls, expected, strict=True)):
        if call.entry.takes_cells or all(map(_is_of_numbers, call.arguments)):
            rows = _call_python(call, (len(should), len(should[0])))
            if rows is not None:
                outcomes.append(Outcome(number, "python", rows))
    return outcomes


def _is_of_numbers(argument: Cells) -> bool:
    return argument is OMITTED or not any(isinstance(c, (str, CellError)) for row in as_rows(argument) for c in row)


def _call_python(call: Call, shape: tuple[int, int]) -> Rows | None:
    entry = call.entry
    try:
        if entry.takes_cells:
            return [[entry.call_cells(call.arguments)]]
        contract = entry.contract
        values = [_as_python(p, a) for p, a in zip(contract.parameters, call.arguments, strict=False)]
        array = np.asarray(entry.function(*values), dtype=np.float64)
    except DealModelError:
        return [[CellError.VALUE] * shape[1]] * shape[0]
    if array.ndim > 2 and shape == (1, 1):  # noqa: PLR2004  rows and columns
        return None
    cases = array.shape[: array.ndim - contract.result_axes]
    if contract.result_axes == 1 and len(cases) == 2 and cases[1] > cases[0] == 1:  # noqa: PLR2004  a row of columns
        array = array[0].T
    truth = contract.result.domain.kind is Kind.FLAG
    cells: list[Scalar] = [
        CellError.NUM if not math.isfinite(x) else bool(x) if truth else x for x in array.reshape(-1).tolist()
    ]
    return [cells[i * shape[1] : (i + 1) * shape[1]] for i in range(len(cells) // shape[1])]


def _as_python(parameter: Parameter, argument: Cells) -> Any:  # noqa: ANN401  a number, a text or an array
    """Return an argument as one passes it in Python: a blank as 0, a series along the last axis."""
    if argument is OMITTED or parameter.is_text:
        return argument
    array = np.array([[0 if c is None else c for c in row] for row in as_rows(argument)], dtype=np.float64)
    if parameter.core:
        return array.reshape(-1) if min(array.shape) == 1 else array[:, None, :]
    return array[0, 0] if array.size == 1 else array


# -- spreadsheet programs ------------------------------------------------------------------------------------------


def on_engine(book: CallBook) -> list[Outcome]:
    """Evaluate with the headless engine, through the workbook's own recalculation."""
    model = Model.from_bytes(book.to_bytes(), LABEL).recalculate()
    # A model keeps the stored value of a cell rather than show #NAME?; these have none stored.
    unnamed = {kept.at for kept in model.kept}

    def value(entered: Entered, at: CellAt) -> Scalar:
        return CellError.NAME if entered.at in unnamed else model.value_at(at)

    return [_outcome(entered, entered.result(partial(value, entered))) for entered in book.entered]


def on_libreoffice(book: CallBook, office: Office) -> list[Outcome]:
    """Evaluate with LibreOffice: the workbook rewritten for it, opened, calculated anew and read."""
    data = retarget(Package(book.to_bytes(), LABEL), "calc").data
    found = calculated(data, office)
    outcomes = [_outcome(e, e.result(lambda at: found[at.sheet].value(at))) for e in book.entered]
    return [_with_truths(book.calls[o.call], o) for o in outcomes]


def calculated(data: bytes, office: Office) -> dict[str, CalcSheet]:
    """Have LibreOffice open an .xlsx file and calculate every formula anew; return the values of its sheets."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, LABEL)
        file.write_bytes(data)
        document = office.ask("load", str(file))
        office.ask("calculate", document)
        sheets = {name: CalcSheet(rows) for name, rows in office.ask("read_all", document).items()}
        office.ask("close", document)
    return sheets


def _outcome(entered: Entered, rows: Rows) -> Outcome:
    way = ("typed" if entered.inline else "cells") + (", array" if entered.array else "")
    return Outcome(entered.number, way, rows)


def _with_truths(call: Call, outcome: Outcome) -> Outcome:
    """Return the result of a function that says TRUE or FALSE with truths: in Calc TRUE is the number 1."""
    if call.entry.takes_cells or call.entry.contract.result.domain.kind is not Kind.FLAG:
        return outcome
    truths: dict[Scalar, Scalar] = {1.0: True, 0.0: False}
    return replace(outcome, rows=[[truths.get(cell, cell) for cell in row] for row in outcome.rows])


class CalcSheet:
    """The values of a sheet as LibreOffice's driver reads them."""

    def __init__(self, rows: list[list[Any]]) -> None:
        self._rows = rows

    def value(self, at: CellAt) -> Scalar:
        """Return a value as a cell holds it elsewhere."""
        if at.row > len(self._rows) or at.column > len(self._rows[0]):
            return None
        value = self._rows[at.row - 1][at.column - 1]
        if isinstance(value, tuple):
            return cell_error(value[0])
        return None if value == "" else value


def calc_rule(call: Call) -> tuple[str, CellError] | None:
    """Return the rule by which Calc answers a call itself, without asking the function, and its answer.

    It does so where an argument is an error, by the last one, and where a range holds one, by Err:504, which other
    programs call #VALUE!. A function answers by the first error, and element by element.
    """
    ranges = [a for a in call.arguments if isinstance(a, (list, tuple)) and len(a) * len(a[0]) > 1]
    if any(isinstance(cell, CellError) for rows in ranges for row in rows for cell in row):
        return "Calc answers a range that holds an error with Err:504 itself", CellError.VALUE
    alone = [cell for a in call.arguments if a is not OMITTED for row in as_rows(a) for cell in row]
    errors = [cell for cell in alone if isinstance(cell, CellError)]
    return ("Calc answers a call with errors among its arguments by the last one", errors[-1]) if errors else None
