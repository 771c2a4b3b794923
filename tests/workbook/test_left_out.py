"""Arguments that are left out: Excel takes them for a text, a default or a blank where the engine has a zero.

What Excel 16 gave is from the probes in oneiron-dev's formualizer, engine/tests/omitted_arguments.rs (of a workbook of
SpreadsheetBench) and legacy_distribution_probes.rs, and from a workbook of fin-model-course 0.1.17,
Brinks_Operating_Model: 'Krona Exchange Rate'!C7 takes "kr " and " SEK" away.
"""

from __future__ import annotations

import pytest

from dealmodel.cells import CellError
from dealmodel.workbook.model import Model
from tests.support.workbooks import computed, model_of, one_sheet, saved

LIST = {"A1": "kr 635.72 SEK", "A2": 0.0, "A3": "a0b", "B1": "x"}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("REPLACE(REPLACE(A1,1,3,),7,4,)", "635.72"),
        ("100/REPLACE(REPLACE(A1,1,3,),7,4,)", 100 / 635.72),
        ('SUBSTITUTE(A3,"0",)', "ab"),
        ('SUBSTITUTE(A3,,"x")', "a0b"),
        ('SUBSTITUTE(A3,"b",,)', CellError.VALUE),
        ("FIND(,A3)", 1.0),
        ("SEARCH(,A3)", 1.0),
        ("MID(,1,2)", ""),
        ("TEXT(1,)", ""),
        ("EXACT(,)", True),
        ('_xlfn.CONCAT("a",,"b")', "ab"),
        ('_xlfn.TEXTJOIN(",",TRUE,"a",,"b")', "a,b"),
        ('_xlfn.TEXTJOIN(,FALSE,"a","b")', "ab"),
        ('IF(A2=1,"not ",)&"ok"', "ok"),
        ('IF(A2=0,,1)&"ok"', "ok"),
        ('IF(A2=1,"not ",0)&"ok"', "0ok"),
        ('IF(A2=0,IF(A2=1,"x",),"y")&"ok"', "ok"),
        ("LEN(IF(A2=1,1,))", 0.0),
        ('IF(IF(A2=1,1,)="","none","some")', "none"),
        ("IF(A2=1,1,)", 0.0),
        ("IF(A2=1,1,)+1", 1.0),
        ("ADDRESS(1,1,)", "$A$1"),
        ("ADDRESS(1,1,,)", "$A$1"),
        ("ADDRESS(1,1,,,)", "$A$1"),
        ('ADDRESS(1,1,,,"S")', "S!$A$1"),
        ("BETADIST(0.5,2,3,0,)", 0.6875),
        ("BETADIST(0.5,2,3,,)", 0.6875),
        ("BETADIST(0.5,2,3,0.5)", 0.0),
        ("ACCRINT(DATE(2024,3,1),DATE(2024,8,31),DATE(2024,5,1),0.1,,2,0)", 50 / 3),
        ("ACCRINTM(DATE(2008,4,1),DATE(2008,6,15),0.1,,0)", 185 / 9),
        ("ROUND(1.6,)", 2.0),
        ("COUNT(1,)", 2.0),
    ],
)
def test_what_is_left_out_is_what_excel_takes_it_for(formula: str, value: object) -> None:
    expected = pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
    assert computed(formula, **LIST) == expected


def test_left_out_text_stays_one_when_an_input_changes() -> None:
    model = Model.from_bytes(saved(one_sheet({"A1": "abc", "B1": '=SUBSTITUTE(A1,"-",)'})), "book.xlsx").recalculate()
    model.set("S!A1", "a-c")
    assert model.recalculate()["S!B1"] == "ac"


def test_text_within_a_name_keeps_its_zero_apart() -> None:
    assert model_of({"A1": 1.0, "A2": '=IF(A1=2,"x",)', "A3": '=A2&"x"'})["S!A3"] == "0x"
