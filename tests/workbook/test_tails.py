"""What blank rows and columns add to arrays over whole ones: a sheet has 1,048,576 rows and 16,384 columns."""

from __future__ import annotations

import pytest
from openpyxl.worksheet.formula import ArrayFormula

from dealmodel.workbook.address import MAX_COLUMN, MAX_ROW
from tests.support.workbooks import model_of

CELLS = {
    **{f"A{row}": value for row, value in enumerate((1.0, 2.0, 4.0, 8.0, 16.0), start=1)},
    "B1": 5.0,
    "B3": "x",
    "B4": 7.0,
    **{f"{column}20": value for column, value in zip("ABCDE", (1.0, 2.0, 4.0, 8.0, 16.0), strict=True)},
    "A21": 5.0,
    "C21": "x",
    "D21": 7.0,
}
"""The same numbers down the columns A and B and along the rows 20 and 21, which columns H and below hold nothing of."""
ALL_COLUMNS = MAX_COLUMN * (MAX_COLUMN + 1) / 2


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ('SUM(--(H:H=""))', float(MAX_ROW)),
        ("COUNT(IF(H:H<3,H:H+1))", float(MAX_ROW)),
        ('COUNTA(IF(H:H="",1,2))', float(MAX_ROW)),
        ("SUM(IF(H:H>3,H:H,1))", float(MAX_ROW)),
        ('MAX((B:B="x")*ROW(B:B))', 3.0),
        ('SMALL(IF(B:B="x",ROW(B:B)),1)', 3.0),
        ("LARGE(IF(H1:H9<>0,ROW(H1:H9)-1,7),2)", 7.0),
        ('SUM((B:B="x")*(ROW(B:B)<5))', 1.0),
        ('SUM(IF((B:B="x")*(ROW(B:B)<5),ROW(B:B)))', 3.0),
        ('SUMPRODUCT(--(B:B="x"),ROW(B:B))', 3.0),
        ("MEDIAN(IF(B:B>6,B:B))", 7.0),
        ('SUM(H:H="")', 0.0),
        ('COUNT(H:H="")', 0.0),
        ('COUNTA(H:H="")', float(MAX_ROW)),
        ("AND(H:H<20)", True),
        ("OR(H:H=16)", False),
    ],
)
def test_blank_rows_count_in_arrays_over_whole_columns(formula: str, value: object) -> None:
    assert model_of({**CELLS, "K30": ArrayFormula("K30", f"={formula}")})["S!K30"] == value


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("MAX(COLUMN(7:7))", float(MAX_COLUMN)),
        ('MIN(IF(21:21="",COLUMN(21:21)))', 2.0),
        ('MAX(IF(21:21="",COLUMN(21:21)))', float(MAX_COLUMN)),
        ('SUM((21:21="")*COLUMN(21:21))', ALL_COLUMNS - 1 - 3 - 4),
        ('SUMPRODUCT((21:21="")*COLUMN(21:21))', ALL_COLUMNS - 1 - 3 - 4),
        ('SUMPRODUCT(--(COLUMN(21:21)>3),--(21:21=""))', float(MAX_COLUMN - 4)),
        ('SUM(--(21:21=""))', float(MAX_COLUMN - 3)),
        ("AVERAGE(20:20*1)", 31 / MAX_COLUMN),
        ("AVERAGE(IF(20:20>2,20:20))", 28 / 3),
        ("SUM(IF(20:20<3,20:20,-1))", 1.0 + 2 - 3),
        ("STDEVP(20:20*0+1)", 0.0),
        ("SMALL(20:20*1,6)", 0.0),
        ("SMALL(20:20*1,16384)", 16.0),
        ('COUNT(1/(20:20="x"))', 0.0),
    ],
)
def test_blank_columns_count_in_arrays_over_whole_rows(formula: str, value: float) -> None:
    assert model_of({**CELLS, "K30": ArrayFormula("K30", f"={formula}")})["S!K30"] == pytest.approx(value, rel=1e-14)


def test_what_is_put_beyond_all_that_was_in_use_counts_once() -> None:
    model = model_of({**CELLS, "K30": ArrayFormula("K30", '=SUM(--(H:H=""))'), "K31": '=SUMPRODUCT(--(H:H="x"))'})
    assert (model["S!K30"], model["S!K31"]) == (MAX_ROW, 0.0)
    model["S!H9000"] = "x"
    assert (model["S!K30"], model["S!K31"]) == (MAX_ROW - 1, 1.0)


@pytest.mark.slow
def test_the_numbers_of_all_rows_are_taken_where_blank_ones_count() -> None:
    array = ArrayFormula("K30", '=MAX(IF(B:B="",ROW(B:B)))')
    assert model_of({**CELLS, "K30": array})["S!K30"] == MAX_ROW
