"""Arguments that few formulas have, on values that Excel stored in the workbooks of IronCalc's tests, or documents."""

from __future__ import annotations

import pytest
from openpyxl.worksheet.formula import ArrayFormula

from dealmodel.cells import CellError
from dealmodel.workbook.model import Model
from tests.support.workbooks import computed, model_of, one_sheet, saved

LIST = {"A1": 1.0, "A2": 2.0, "A3": "=NA()", "A4": "x", "A5": True}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        # COUNTIF.xlsx: what gives an error is a condition that such errors meet.
        ('COUNTIF(A1:A5,_xlfn.CONCAT("<>",A3))', 1.0),
        ('COUNTIFS(A1:A5,_xlfn.CONCAT("<>",A3))', 1.0),
        # ROW_COLUM.xlsx: a part of a line is a whole one, and what stands after the point is cut off otherwise.
        ("SUM(OFFSET(A1,0,0,0.9,1))", 1.0),
        ("SUM(OFFSET(A1,0,0,2.9,1))", 3.0),
        ("SUM(OFFSET(A1,0,0,0,1))", CellError.REF),
        # GCD_LCM.xlsx and MROUND_TRUNC_INT.xlsx: to functions of the Analysis ToolPak what is left out is #N/A.
        ("GCD(,A2)", CellError.NA),
        ("MROUND(A1,)", CellError.NA),
        ("EDATE(,A1)", CellError.NA),
        ("SUM(,A2)", 2.0),
        # INDIRECT.xlsx
        ("INDIRECT(1/0,FALSE)", CellError.DIV0),
        ('INDIRECT("R1C1",FALSE)', 1.0),
        # SMALL_LARGE.xlsx
        ('SMALL("Hello",1)', CellError.VALUE),
        ('SMALL("3.4",1)', 3.4),
        ("SMALL(A4,1)", CellError.NUM),
        # FormulaEvalTestData_Copy.xlsx of Apache POI
        ("SUMPRODUCT(A4,A1)", CellError.VALUE),
        ("SUMPRODUCT(A1,A2)", 2.0),
        ("MODE(2,2,B1)", CellError.VALUE),
        # Microsoft, documentation of TEXTJOIN, and of CONCAT
        ('_xlfn.TEXTJOIN(", ",TRUE,A1:A2,B1,A4,"",A5)', "1, 2, x, TRUE"),
        ('_xlfn.TEXTJOIN({",";"-"},FALSE,A1:A2,B1:B2,A4)', "1,2-,-x"),
        ("_xlfn.CONCAT(A1:A2,1/3)", "120.333333333333333"),
        ('_xlfn.TEXTJOIN("-",TRUE,1/3,0.1+0.2)', "0.333333333333333-0.3"),
        # Microsoft, documentation of NOT: a condition is TRUE or FALSE, also as a text.
        ('NOT("FALSE")', True),
        # Microsoft, documentation of HYPERLINK: the name is a value, a text, a name or a cell.
        ('HYPERLINK("https://example.org",A2*2)', 4.0),
        ('HYPERLINK("https://example.org",B1)', 0.0),
        ("HYPERLINK(A3,A2*2)", CellError.NA),
        # Microsoft, documentation of FIND: nothing is found where the search begins, but not behind the end.
        ('FIND("",A4&"yz",3)', 3.0),
        ('FIND("",A4&"yz",4)', CellError.VALUE),
        # Microsoft, "Compatibility Versions": an emoji is two characters to LEN and its kin, but one to LEFT.
        ('LEN(A4&"😀")', 3.0),
        ('SUM(LEN({"a","😀"}))', 3.0),
        ('MID("a😀b",2,2)&LEFT("😀b")', "😀😀"),
        ('FIND("b","a😀b")+SEARCH("B","a😀b")', 8.0),
        # ECMA-376, part 1, 18.8.31: the system's long date and time take the place of the whole format.
        ('TEXT(44197,"[$-F800]dddd, mmmm dd, yyyy")', "Friday, January 1, 2021"),
        ('TEXT(44197.5,"[$-F400]h:mm:ss AM/PM")', "12:00:00 PM"),
        ('TEXT(-2,"[$-F800]dddd;(0)")', "(2)"),
    ],
)
def test_odd_arguments_are_read_as_excel_reads_them(formula: str, value: object) -> None:
    assert computed(formula, **LIST) == value


def test_one_value_that_is_no_error_stays_one_value() -> None:
    # IFERROR.xlsx, C37 and C40: the array in place of an error is there only for one.
    arrays = {"C1": ArrayFormula("C1:C2", "=IFERROR(7,A1:A2)"), "D1": ArrayFormula("D1:D2", "=IFERROR(NA(),A1:A2)")}
    model = model_of({**LIST, **arrays})
    assert [model[f"S!{cell}"] for cell in ("C1", "C2", "D1", "D2")] == [7.0, 7.0, 1.0, 2.0]


def test_a_name_that_there_is_not_has_no_sheet() -> None:
    model = model_of({"A1": "=_xlfn.SHEET(nowhere)", "A2": "=_xlfn.SHEET(somewhere)"}, {"somewhere": "S!$B$2"})
    assert (model["S!A1"], model["S!A2"]) == (None, 1.0)
    assert [str(kept.at) for kept in model.kept] == ["S!A1"]


def test_the_address_of_a_cell_of_another_sheet_holds_the_name_of_the_file() -> None:
    book = one_sheet({"A1": '=CELL("address",Other!B2)', "A2": '=CELL("address",B2)', "A3": '=CELL("row",Other!B2)'})
    book.create_sheet("Other")
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert (model["S!A2"], model["S!A3"]) == ("$B$2", 2.0)
    assert [str(kept.at) for kept in model.kept] == ["S!A1"]


@pytest.mark.parametrize(
    "formula",
    ["SUMIF((A1,A2),1)", "COUNTIF((A1:A2,A3),1)", "SUMIFS((A1,A2),A1:A2,1)", "SUMIF(A1:A3,1,(B1,B2))"],
)
def test_several_areas_are_no_range_of_conditions(formula: str) -> None:
    assert computed(formula, A1=1, A2=2, A3=3) is CellError.VALUE
