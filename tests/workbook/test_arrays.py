"""Array formulas: of one size, and those that take as many cells as they need."""

from __future__ import annotations

import numpy as np
import pytest
from openpyxl.worksheet.formula import ArrayFormula

import dealmodel
from dealmodel.cells import CellError
from dealmodel.errors import InputRefusedError, WorkbookError
from dealmodel.workbook.address import MAX_COLUMN, CellAt, column_letters, parse_area
from dealmodel.workbook.model import Model
from tests.support.saving import read_back, reopened
from tests.support.workbooks import (
    model_of,
    raw_book,
    sheet_xml,
    worksheet,
)


@pytest.mark.parametrize(
    ("area", "formula", "values"),
    [
        ("C1:C3", "A1:A3*2", [[2], [4], [6]]),
        ("C1:E1", "TRANSPOSE(A1:A3)", [[1, 2, 3]]),
        ("C1:D3", "A1:A3*{1,10}", [[1, 10], [2, 20], [3, 30]]),
        ("C1:C4", "A1:A3", [[1], [2], [3], [CellError.NA]]),
        ("C1:C2", "A1:A3", [[1], [2]]),
        ("C1:D2", "7", [[7, 7], [7, 7]]),
        ("C1:D3", "A1:A3", [[1, 1], [2, 2], [3, 3]]),
        ("C1:E2", "{1,2}", [[1, 2, CellError.NA], [1, 2, CellError.NA]]),
        ("C1:C3", "DM_SHORTFALL(A1:A3,2)", [[1], [0], [0]]),
        ("C1:D1", "DM_VALUATION_RANGE(1000,0.51,0.83,0,50,0.005)", None),
        ("C1:C3", "IF(A1:A3>1,A1:A3,B1:B3)", [[0], [2], [3]]),
        ("C1", "SUM(A1:A3*A1:A3)", [[14]]),
        ("C1:C3", '_xlfn.IFS(A1:A3>2,"big",A1:A3>1,"some")', [[CellError.NA], ["some"], ["big"]]),
        ("C1:C3", "_xlfn.SWITCH(A1:A3+1,2,10,3,20,-1)", [[10], [20], [-1]]),
        ("C1:C3", "_xlfn.SWITCH(A1:A3,2,A1:A3*7)", [[CellError.NA], [14], [CellError.NA]]),
        ("C1", "SUM(_xlfn.SWITCH(2,_xlfn.SWITCH(A1:A3,2,2,3),5,0))", [[5]]),
    ],
)
def test_array_formula_fills_its_range(area: str, formula: str, values: list[list[object]] | None) -> None:
    model = model_of({"A1": 1, "A2": 2, "A3": 3, "C1": ArrayFormula(area, f"={formula}")})
    place = parse_area(area)
    assert place is not None
    got = [
        [model[str(CellAt("S", r, c))] for c in range(place.left, place.right + 1)] for r in range(1, place.bottom + 1)
    ]
    expected = values or [dealmodel.valuation_range(1000, 0.51, 0.83, 0, 50, 0.005).tolist()]
    assert np.array_equal(np.array(got, dtype=object), np.array(expected, dtype=object))
    again = reopened(model)
    assert again.changes() == {}
    sheet = read_back(model.to_bytes())["S"]
    cells = [[sheet.cell(r, c).value for c in range(place.left, place.right + 1)] for r in range(1, place.bottom + 1)]
    assert cells == [[str(v) if isinstance(v, CellError) else v for v in row] for row in got]


def test_a_column_against_a_row_of_vast_size_is_not_laid_out() -> None:
    model = model_of({"A1": "=SUMPRODUCT((B1:B30000=TRANSPOSE(B1:B30000))*1)", "A2": "=SUMPRODUCT((B1:B9=B1:B9)*1)"})
    assert (model["S!A1"], model["S!A2"]) == (None, 9.0)
    assert [(str(kept.at), kept.reason) for kept in model.kept] == [("S!A1", "it takes too long to compute")]


def dynamic(rows: str) -> Model:
    return Model.from_bytes(raw_book(worksheet(rows)), "book.xlsx")


def test_dynamic_array_shrinks() -> None:
    model = dynamic(
        '<row r="1"><c r="A1"><v>3</v></c><c r="C1" cm="1"><f t="array" ref="C1:C3">_xlfn.SEQUENCE(A1)</f><v>1</v></c>'
        '</row><row r="2"><c r="C2"><v>2</v></c><c r="D2"><f>SUM(C1:C3)</f><v>6</v></c></row>'
        '<row r="3"><c r="C3" s="2"><v>3</v></c></row>'
    )
    assert model.changes() == {}
    model["S!A1"] = 2
    assert [model[f"S!{a}"] for a in ("C1", "C2", "C3", "D2")] == [1, 2, None, 3]
    assert '<c r="C3" s="2"/>' in sheet_xml(model.to_bytes())
    assert reopened(model)["S!D2"] == 3


def test_dynamic_array_grows_and_its_range_with_it() -> None:
    model = dynamic(
        '<row r="1"><c r="A1"><v>1</v></c><c r="C1" cm="1"><f t="array" ref="C1">_xlfn.SEQUENCE(A1)*2</f><v>2</v></c>'
        '</row><row r="2"><c r="D2"><f>SUM(C1:C9)</f><v>2</v></c></row>'
    )
    model["S!A1"] = 3
    assert [model[f"S!{a}"] for a in ("C2", "C3", "D2")] == [4, 6, 12]
    assert 'ref="C1:C3"' in sheet_xml(model.to_bytes())
    again = reopened(model)
    assert again.changes() == {}
    again["S!A1"] = 2
    assert [again[f"S!{a}"] for a in ("C2", "C3", "D2")] == [4, None, 6]
    with pytest.raises(InputRefusedError, match="is part of an array formula"):
        again["S!C2"] = 5


def test_errors_are_sorted_by_their_numbers_and_are_no_unknown_name() -> None:
    cells = [("1", "#NAME?", "#N/A"), ("2", "#N/A", "#NAME?"), ("3", "#DIV/0!", "#DIV/0!")]
    formula = '<f t="array" ref="C1:C3">_xlfn._xlws.SORT(A1:A3,1,-1)</f>'
    model = dynamic(
        "".join(
            f'<row r="{r}"><c r="A{r}" t="e"><v>{given}</v></c><c r="C{r}" t="e" cm="1">'
            f"{formula if r == '1' else ''}<v>{found}</v></c></row>"
            for r, given, found in cells
        )
    )
    assert (model.kept, model.changes()) == ((), {})
    model["S!A1"] = 7
    assert [model[f"S!C{r}"] for r in (1, 2, 3)] == [CellError.NA, CellError.DIV0, 7]


def test_whole_row_spills_over_a_whole_row() -> None:
    # Excel stores a zero for every blank of the sixteen thousand.
    zeros = "".join(f'<c r="{column_letters(c)}1"><v>0</v></c>' for c in range(3, MAX_COLUMN + 1))
    model = dynamic(
        '<row r="1"><c r="A1" cm="1"><f t="array" ref="A1:XFD1">3:3</f><v>5</v></c><c r="B1"><v>6</v></c>'
        f'{zeros}</row><row r="3"><c r="A3"><v>5</v></c><c r="B3"><v>6</v></c></row>'
    )
    assert model.changes() == {}
    model["S!B3"] = 7
    assert [model[f"S!{a}"] for a in ("A1", "B1", "XFD1")] == [5, 7, 0]


def test_dynamic_array_that_is_blocked_says_so() -> None:
    model = dynamic(
        '<row r="1"><c r="A1"><v>1</v></c><c r="C1" cm="1"><f t="array" ref="C1">_xlfn.SEQUENCE(A1)</f><v>1</v></c>'
        '</row><row r="2"><c r="C2"><v>99</v></c></row>'
    )
    model["S!A1"] = 3
    assert (model["S!C1"], model["S!C2"]) == (CellError.SPILL, 99)
    assert '<c r="C1" cm="1" t="e"><f t="array" ref="C1">_xlfn.SEQUENCE(A1)</f><v>#VALUE!</v></c>' in sheet_xml(
        model.to_bytes()
    )


def test_array_over_too_many_cells_is_refused() -> None:
    model = dynamic('<row r="1"><c r="A1"><f t="array" ref="A1:XFD1048576">1</f></c></row>')
    with pytest.raises(WorkbookError, match="holds arrays of more than"):
        model.recalculate()


@pytest.mark.parametrize(
    ("formula", "area", "dynamic"),
    [("SEQUENCE(12000)", "A1:A12000", True), ("ROW(Z1:Z12000)", "A1:A12000", False), ("SEQUENCE(101,100)", "A1", True)],
)
def test_an_array_larger_than_the_engine_lays_out_keeps_its_values_and_says_so(
    formula: str, area: str, dynamic: bool
) -> None:
    metadata = ' cm="1"' if dynamic else ""
    array = f'<c r="A1"{metadata}><f t="array" ref="{area}">{formula}</f><v>1</v></c>'
    model = Model.from_bytes(raw_book(f'<row r="1">{array}<c r="C1"><f>A1*2</f><v>2</v></c></row>'), "book.xlsx")
    assert (model["S!A1"], model["S!C1"]) == (1.0, 2.0)
    assert [(str(k.at), k.reason) for k in model.kept if k.because_of is None] == [
        ("S!A1", "its array fills more than 10,000 cells")
    ]


@pytest.mark.parametrize("formula", ["MATCH(A1:A3,B1:B3,0)", "VLOOKUP(A1:A3,B1:C3,2,FALSE)"])
def test_a_blank_among_what_is_looked_up_is_zero_in_an_array_as_in_a_cell(formula: str) -> None:
    cells = {"A1": 5, "A3": "x", "B1": "x", "B2": 0, "B3": 5, "C1": 1, "C2": 2, "C3": 3}
    model = model_of({**cells, "E1": ArrayFormula("E1:E3", f"={formula}"), "F2": f"={formula.replace('A1:A3', 'A2')}"})
    assert [model[f"S!{cell}"] for cell in ("E1", "E2", "E3", "F2")] == [3.0, 2.0, 1.0, 2.0]
