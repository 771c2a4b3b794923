"""Ranges over most of a sheet that holds little: the engine looks at what is in use alone."""

from __future__ import annotations

import pytest

from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import column_letters
from dealmodel.workbook.model import Model
from tests.support.workbooks import parts_of, raw_book, worksheet, zipped

FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>5</v></c></row>'


def model_with(*formulas: str, cells: str = FAR) -> Model:
    """Return the model of a sheet S with some formulas in row 1, and a sheet S2 that holds something far away."""
    row = "".join(f"<c><f>{formula}</f><v>7</v></c>" for formula in formulas)
    return Model.from_bytes(raw_book(f'<row r="1">{row}</row>', worksheet(cells)), "b.xlsx")


@pytest.mark.parametrize("cells", ["S2!A:XFD", "S2!1:1048576", "S2!$A$1:$XFD$1048576", "'s2'!A:XFD"])
@pytest.mark.parametrize(
    ("function", "value"), [("SUM", 6), ("AVERAGE", 3), ("MAX", 5), ("COUNT", 2), ("COUNTA", 2), ("MEDIAN", 3)]
)
def test_a_cell_far_away_costs_no_time(function: str, value: float, cells: str) -> None:
    assert model_with(f"{function}({cells})")["S!A1"] == value


def test_cells_beside_each_other_and_on_the_own_sheet_count() -> None:
    rows = "".join(f'<row r="{i}"><c r="B{i}"><v>1</v></c><c r="C{i}"><v>2</v></c></row>' for i in (2, 900_000))
    far = '<row r="1048576"><c r="XFD1048576"><v>5</v></c></row>'
    row = '<row r="1"><c r="A1"><f>SUM(B:XFD)</f><v>0</v></c></row>'
    assert Model.from_bytes(raw_book(row + rows + far), "b.xlsx")["S!A1"] == 2 * 3 + 5


def test_what_looks_at_every_cell_and_takes_no_parts_keeps_its_value() -> None:
    model = model_with("COUNTIF(S2!A:XFD,5)", "SUMIFS(S2!A:XFD,S2!A:XFD,5)").recalculate()
    assert [(str(kept.at), kept.reason) for kept in model.kept] == [
        ("S!A1", "it takes too long to compute"),
        ("S!B1", "it takes too long to compute"),
    ]


def test_a_cell_that_is_filled_later_is_not_passed_over() -> None:
    model = model_with("SUM(S2!A:XFD)").recalculate()
    model.set("S2!B7", 10)
    assert model["S!A1"] == 16 or [str(kept.at) for kept in model.kept] == ["S!A1"]


def test_columns_full_of_cells_far_away_keep_their_value() -> None:
    cells = "".join(
        f'<row r="{i}">'
        + "".join(f'<c r="{letters}{i}"><v>1</v></c>' for letters in map(column_letters, range(1, 60, 2)))
        + "</row>"
        for i in (1, 1_000_000)
    )
    model = model_with("SUM(S2!A:XFD)", cells=cells).recalculate()
    assert [kept.reason for kept in model.kept] == ["it takes too long to compute"]


def test_a_workbook_of_too_many_sheets_is_refused() -> None:
    sheets = b"".join(b'<sheet name="Q%d" sheetId="%d" r:id="rId1"/>' % (i, i + 2) for i in range(10_000))
    parts = parts_of(raw_book('<row r="1"><c r="A1"><v>1</v></c></row>'))
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", sheets + b"</sheets>")
    with pytest.raises(WorkbookError, match="more than 10,000 sheets; it is refused"):
        Model.from_bytes(zipped(parts), "b.xlsx")
