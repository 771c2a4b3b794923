"""The functions that are supplied to the engine give Excel's own values, and the engine does not."""

from __future__ import annotations

import csv
import functools
import inspect
import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import formualizer
import pytest

from dealmodel.cells import CellError, Scalar
from dealmodel.hosts.engine_values import Uncomputed, to_result
from dealmodel.hosts.supplements import SUPPLEMENTS, registrations
from dealmodel.hosts.supplements.respelled import RESPELLED
from dealmodel.hosts.supplements.supplement import Supplement, body
from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CASES = Path(__file__).with_name("excel_values.csv")
SHEET: Mapping[str, Scalar] = {
    **dict(zip(("A1", "B1", "C1", "D1", "E1", "F1"), (-20.0, 5.0, 5.0, 5.0, 5.0, 5.0), strict=True)),
    **dict(zip(("A2", "B2", "C2"), (-70.0, 12.0, 15.0), strict=True)),
    **dict(zip(("A3", "B3"), ("=NA()", 5.0), strict=True)),
    **dict(zip(("H1", "H2", "H3", "H5"), (1.0, "x", 3.0, 5.0), strict=True)),
}
"""Cells that the formulas refer to."""
ROW = 20


class Case(NamedTuple):
    """A formula with Excel's own value."""

    name: str
    formula: str
    expected: str
    rtol: str
    source: str

    def is_met_by(self, value: object) -> bool:
        """Whether a value is the expected one to the digits that the source gives."""
        wanted = value_of(self.expected)
        if isinstance(wanted, float) and isinstance(value, (int, float)) and not isinstance(value, bool):
            return math.isclose(value, wanted, rel_tol=float(self.rtol or 0.0), abs_tol=1e-12 if self.rtol else 0.0)
        return type(value) is type(wanted) and value == wanted


def value_of(text: str) -> Scalar:
    """Return what a field stands for: an error, TRUE, a number or a text."""
    errors = {error.value: error for error in CellError}
    if text in errors:
        return errors[text]
    if text in ("TRUE", "FALSE"):
        return text == "TRUE"
    if text.startswith('"'):
        return text[1:-1]
    return float(text) if re.fullmatch(r"-?\d+\.?\d*(?:[eE][+-]?\d+)?", text) else text


@functools.cache
def cases() -> tuple[Case, ...]:
    """Return all cases."""
    with CASES.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return tuple(Case(*row) for row in rows[1:])


@functools.cache
def ours() -> Mapping[Case, object]:
    """Return what a model gives for every case."""
    formulas = {f"Z{ROW + i}": f"={case.formula}" for i, case in enumerate(cases())}
    model = model_of({**SHEET, **formulas})
    return {case: model[f"S!{cell}"] for case, cell in zip(cases(), formulas, strict=True)}


@functools.cache
def engines_own() -> Mapping[Case, object]:
    """Return what the engine gives for every case without any function of ours."""
    workbook = formualizer.Workbook()
    workbook.add_sheet("S")
    workbook.set_temporal_egress("serial")
    workbook.set_deterministic_clock(datetime(2026, 1, 1, tzinfo=UTC))
    for cell, value in SHEET.items():
        place = int(cell[1:]), ord(cell[0]) - ord("A") + 1
        if value == "=NA()":
            workbook.set_formula("S", *place, value)
        else:
            workbook.set_value("S", *place, value)
    values: dict[Case, object] = {}
    for i, case in enumerate(cases()):
        workbook.set_formula("S", ROW + i, 26, f"={case.formula}")
        result = to_result(workbook.evaluate_cell("S", ROW + i, 26))
        values[case] = result.reason if isinstance(result, Uncomputed) else result
    return values


def of(name: str, among: Sequence[Case]) -> list[Case]:
    return [case for case in among if case.name == name]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.formula)
def test_a_supplied_function_gives_what_excel_gives(case: Case) -> None:
    assert case.is_met_by(ours()[case]), (ours()[case], case.expected, case.source)


@pytest.mark.parametrize("name", [s.name for s in (*SUPPLEMENTS, *RESPELLED)])
def test_a_function_is_supplied_only_where_the_engine_gets_it_wrong(name: str) -> None:
    its = of(name, cases())
    assert its, "no value of Excel's is known for it"
    assert not all(case.is_met_by(engines_own()[case]) for case in its), "the engine gets it right: take it out"


def test_every_case_belongs_to_a_function_that_is_supplied() -> None:
    assert {case.name for case in cases()} == {s.name for s in (*SUPPLEMENTS, *RESPELLED)}


def arguments_of(place: str) -> tuple[int, int | None]:
    """Return how many arguments a Python function takes at least and at most."""
    parameters = inspect.signature(body(place)).parameters.values()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return 0, None
    return sum(p.default is p.empty for p in parameters), len(parameters)


@pytest.mark.parametrize("supplement", [*SUPPLEMENTS, *RESPELLED], ids=lambda s: s.name)
def test_the_table_counts_the_arguments_of_its_functions(supplement: Supplement) -> None:
    fewest, many = arguments_of(supplement.place)
    assert fewest <= supplement.least
    assert many is None or (supplement.most is not None and supplement.most <= many)
    assert body(supplement.place).__doc__
    assert supplement.reason


def test_names_are_registered_once_and_with_the_prefix_of_younger_functions() -> None:
    names = [name for name, *_ in registrations()]
    assert len(names) == len(set(names)) == 2 * len((*SUPPLEMENTS, *RESPELLED))
    assert "_XLFN.MUNIT" in names
