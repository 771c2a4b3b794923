"""A sheet keeps the name that the workbook gives it, also where the engine has one of that name in other letters."""

from __future__ import annotations

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from tests.support.workbooks import name_cells, raw_book, saved


def book(name: str) -> Model:
    workbook = openpyxl.Workbook()
    first = workbook.active
    assert first is not None
    first.title = name
    other = workbook.create_sheet("Other")
    first["A1"], first["B1"], first["C1"] = 5, f"={name}!A1*2", "=SUM(A:A)"
    first["D1"] = ArrayFormula("D1:D2", "=A1:A2*3")
    other["A1"], other["A2"] = f"={name}!B1+1", f'=INDIRECT("{name.upper()}!A1")'
    name_cells(workbook, {"start": f"{name}!$A$1"})
    return Model.from_bytes(saved(workbook), "book.xlsx")


@pytest.mark.parametrize("name", ["sheet1", "SHEET1", "Sheet1", "sheet2"])
def test_a_sheet_is_computed_and_told_under_its_own_name(name: str) -> None:
    model = book(name)
    assert model.book.sheets == (name, "Other")
    assert [model[f"{name}!{cell}"] for cell in ("B1", "C1", "D1")] == [10.0, 5.0, 15.0]
    assert [model[f"Other!{cell}"] for cell in ("A1", "A2")] == [11.0, 5.0]
    model["start"] = 7
    assert [model[f"{name.title()}!{cell}"] for cell in ("B1", "C1", "D1")] == [14.0, 7.0, 21.0]
    assert model["Other!A1"] == 15.0
    behind = model.calculation.dependence.behind([CellAt(name, 1, 1)])
    assert {str(at) for at in behind} >= {f"{name}!B1", f"{name}!C1", "Other!A1"}


def test_what_is_kept_is_told_under_its_own_name() -> None:
    rows = '<row r="1"><c r="A1"><f>VENDOR(1)</f><v>3</v></c><c r="B1"><f>A1*2</f><v>6</v></c></row>'
    model = Model.from_bytes(raw_book(rows, sheet_names=("sheet1",)), "book.xlsx").recalculate()
    assert [str(kept.at) for kept in model.kept] == ["sheet1!A1", "sheet1!B1"]
