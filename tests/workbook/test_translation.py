"""What Excel takes for granted in formulas, on values that Excel itself gives."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table as SheetTable

from dealmodel.cells import CellError
from dealmodel.workbook.model import Model
from tests.support.workbooks import computed, model_of, name_cells, one_sheet, raw_book, saved

NUMBERS = {f"A{i}": 11.0 * i for i in range(1, 6)} | {f"B{i}": 22.0 * i for i in range(1, 6)} | {"C3": "text"}


def close_to(value: object) -> object:
    return pytest.approx(value) if type(value) is float else value


def plain(formula: str, at: str = "Z3", **names: str) -> object:
    return model_of({**NUMBERS, at: f"={formula}"}, names)[f"S!{at}"]


def array(formula: str, **names: str) -> object:
    return model_of({**NUMBERS, "Z3": ArrayFormula("Z3", f"={formula}")}, names)["S!Z3"]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("A1:A5", 33.0),
        ("A1:A5*2", 66.0),
        ("-A1:A5%", -0.33),
        ("A1:A5+B1:B5", 99.0),
        ("EXP(A1:A5-33)", 1.0),
        ("SUM(A1:A5*B1:B5)", 33.0 * 66.0),
        ("SUM(A1:A5)", 165.0),
        ("A:A", 33.0),
        ("column*2", 66.0),
        ("ROUND(column,-1)", 30.0),
        ("IF(A1:A5>30,A1:A5,0)", 33.0),
        ("IFERROR(A1:A5,0)", 33.0),
        ("INDEX(A1:B5,2,0)", CellError.VALUE),
        ("INDEX(A1:B5,0,2)", 66.0),
        ("VLOOKUP(A1:A5,A1:B5,2,FALSE)", 66.0),
        ("A6:A9", CellError.VALUE),
        ("A1:B1", CellError.VALUE),
        ("A1:B5", CellError.VALUE),
        ("{7,8}", 7.0),
        ("SUM(A1*{1,2})", 33.0),
        ("SUM(LARGE(A1:A5,{1,2}))", 99.0),
        ("DM_SHORTFALL(A1:A5,50)", 39.0),
        ("SUM(DM_SHORTFALL(A1:A5,50))", 39.0 + 28 + 17 + 6),
        ("TRANSPOSE(A1:A5)", 11.0),
        # Microsoft, documentation of LINEST, example 4.
        ("SUM(LINEST({3100;4500;4400;5400;7500;8100},{1;2;3;4;5;6})*{9,1})", 11000.0),
        ("ROUND(LINEST({3100;4500;4400;5400;7500;8100},{1;2;3;4;5;6})*2,0)", 2000.0),
        ("CHOOSE(2,A1:A5,B1:B5)", 66.0),
        ("OFFSET(A1,0,0,5,1)", 33.0),
        ('INDIRECT("A1:A5")', 33.0),
    ],
)
def test_plain_formula_takes_the_cell_in_its_own_row(formula: str, value: object) -> None:
    assert plain(formula, column="S!$A$1:$A$5") == close_to(value)


def test_blank_in_its_own_row_stays_blank_and_is_no_zero() -> None:
    # The first of the formulas lie above the range, as below a heading; those beside it read their own cells.
    cells = {"A3": 7.0, "A5": "x"} | {f"C{row}": '=IF(column="","none",column&"!")' for row in range(1, 8)}
    model = model_of(cells, {"column": "S!$A$3:$A$6"})
    values = [model[f"S!C{row}"] for row in range(1, 8)]
    assert values == [CellError.VALUE, CellError.VALUE, "7!", "none", "x!", "none", CellError.VALUE]


def test_whole_rows_and_columns_by_name_give_their_own_cell() -> None:
    cells = {"A1": 2, "B1": 3, "A2": "=rate*2", "B2": "=rate*2", "C9": "=EXP(rates)"}
    model = model_of(cells, {"rate": "S!$1:$1", "rates": "S!$A:$A"})
    assert (model["S!A2"], model["S!B2"], model["S!C9"]) == (4.0, 6.0, 1.0)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUMPRODUCT(LEN(C1:C5))", 4.0),
        ("SUMPRODUCT(--ISNUMBER(A1:C5))", 10.0),
        ("SUMPRODUCT(ROUND(A1:A5,-1))", 10.0 + 20 + 30 + 40 + 60),
        ("SUMPRODUCT(A1:A5/(1+0.1)^ROW(A1:A5))", sum(11 * i / 1.1**i for i in range(1, 6))),
        ("SUMPRODUCT(MOD(ROW(A1:A5),2)*A1:A5)", 11.0 + 33 + 55),
        ("SUMPRODUCT(COLUMN(A1:B1)*A1:B1)", 11.0 + 2 * 22),
        ("SUMPRODUCT(COUNTIF(A1:A5,A1:A3))", 3.0),
        ("SUMPRODUCT(SUMIF(A1:A5,A1:A2,B1:B5))", 66.0),
        ("SUMPRODUCT(--(MONTH(A1:A5)=1))", 2.0),
        ('SUMPRODUCT(--(LEFT(C1:C5,1)="t"))', 1.0),
        ("SUMPRODUCT(--ISERROR(C1:C5*1))", 1.0),
        ("SUMPRODUCT((A1:A5>20)*(A1:A5<50)*B1:B5)", 44.0 + 66 + 88),
        ("SUMPRODUCT(DM_SHORTFALL(A1:A5,50))", 39.0 + 28 + 17 + 6),
    ],
)
def test_functions_of_values_work_on_every_element_of_an_array_argument(formula: str, value: float) -> None:
    assert plain(formula) == pytest.approx(value)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(ABS(A1:A5-30))", 19.0 + 8 + 3 + 14 + 25),
        ("SUM(IF(A1:A5>30,A1:A5,0))", 33.0 + 44 + 55),
        ("MAX(LEN(C1:C5))", 4.0),
        ("SUM(PMT(A1:A3/1000,10,-100))", sum(100 * (r := 0.011 * i) / (1 - (1 + r) ** -10) for i in (1, 2, 3))),
        ("INDEX(B1:B5,MATCH(1,(A1:A5>20)*(B1:B5>60),0))", 66.0),
        ("SUM(IFERROR(1/(A1:A5=33),0))", 1.0),
        ('SUM(TEXT(A1:A5,"0")*1)', 165.0),
        ("SUM(ROUND(column/7,0))", sum(round(11 * i / 7) for i in range(1, 6))),
        ("AVERAGE(INDEX(A1:A5,{1,3}))", 22.0),
        ("SUM(INDEX(B1:B5,SMALL(IF(A1:A5>20,ROW(A1:A5)),ROW(1:2))))", 44.0 + 66.0),
        ("SUM(INDEX(B1:B5,LARGE(ROW(A1:A5),{1,2})))", 110.0 + 88.0),
        ("SUM(MATCH(A1:A3,A1:A5,0))", 6.0),
        ("SUM(ROUND(A1:A2+TRANSPOSE(A1:A2),0))", 22.0 + 33 + 33 + 44),
    ],
)
def test_array_formula_works_on_all_of_its_ranges(formula: str, value: float) -> None:
    assert array(formula, column="S!$A$1:$A$5") == pytest.approx(value)


def test_element_that_one_array_lacks_is_not_available() -> None:
    model = model_of({**NUMBERS, "Z1": ArrayFormula("Z1:Z3", "=ROUND(A1:A2,ROW(A1:A3)-1)")})
    assert [model[f"S!Z{i}"] for i in (1, 2, 3)] == [11.0, 22.0, CellError.NA]


@pytest.mark.parametrize(
    ("text", "formula", "value"),
    [
        ("0.21", "x*2", 0.42),
        ('"abc"', 'x&"d"', "abcd"),
        ("S!$A$1+S!$A$2", "x*2", 66.0),
        ("other", "SUM(x)", 165.0),
        ("{1,2,3}", "SUM(x)", 6.0),
        ("OFFSET(S!$A$1,0,0,3,1)", "SUM(x)", 66.0),
        ("S!$A$1:INDEX(S!$A:$A,COUNT(S!$A:$A))", "SUM(x)", 165.0),
        ("S!$A$1:$A$5", "SUM(x)", 165.0),
        ("_xlfn.LAMBDA(_xlpm.a,_xlpm.b,_xlpm.a-2*_xlpm.b)", "x(10,3)", 4.0),
        ("_xlfn.LAMBDA(7)", "x()", 7.0),
        ("DM_SHORTFALL(1,S!$A$1)", "x", 10.0),
    ],
)
def test_names_stand_for_what_they_say(text: str, formula: str, value: object) -> None:
    assert plain(formula, x=text, other="S!$A$1:$A$5") == close_to(value)


@pytest.mark.parametrize("name", ["growth", "Index", "match", "offset", "rows", "cell", "choose"])
def test_a_name_may_be_that_of_a_function(name: str) -> None:
    cells = {"A1": 0.25, "A2": 4.0, "B1": f"=1+{name}", "B2": f"=SUM({name},2)*{name.upper()}", "B3": f"={name}"}
    model = model_of({**cells, "B4": f"=INDEX(A1:A2,2)*{name}", "B5": f"=ROWS(A1:A2)*{name}"}, {name: "S!$A$1"})
    assert [model[f"S!B{row}"] for row in range(1, 6)] == [1.25, 0.5625, 0.25, 1.0, 0.5]


def test_relative_name_reads_from_the_cell_that_uses_it() -> None:
    # Stored as it reads in A1: the cell one column to the left, over the edge of the sheet.
    model = model_of({"A1": 5, "B1": "=left*2", "A7": 4, "B7": "=left*2"}, {"left": "S!XFD1"})
    assert (model["S!B1"], model["S!B7"]) == (10.0, 8.0)


def test_name_of_a_sheet_comes_before_that_of_the_workbook() -> None:
    book = one_sheet({"A1": "=rate", "A2": "=T!rate"}, {"rate": "0.1"})
    other = book.create_sheet("T")
    other["A1"] = "=rate"
    name_cells(other, {"rate": "0.3"})
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert (model["S!A1"], model["S!A2"], model["T!A1"]) == (0.1, 0.3, 0.3)


def test_name_that_stands_for_itself_is_kept() -> None:
    model = model_of({"A1": "=x+1"}, {"x": "y+1", "y": "x+1"})
    model.recalculate()
    assert [str(k.at) for k in model.kept] == ["S!A1"]


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        ('<c r="B2"><f>{0}</f></c>', ""),
        ('<c r="B2"><f>edate( "2018-02-09" ,1)</f></c>', ""),
        ('<c r="B2"><f>_xlfn.{0}</f></c>', ""),
        ('<c  r="B2"><f>{0}</f></c>', ""),
        ('<c r="A2"><f t="shared" ref="A2:B2" si="0">{0}</f></c><c r="B2"><f t="shared" si="0"/></c>', ""),
        ('<c r="B2"><f>later</f></c>', '<definedName name="later">{0}</definedName>'),
        ('<c r="B2"><f>INDEX(later,1)</f></c>', '<definedName name="later">{0}+{{0;1}}</definedName>'),
        ('<c r="B2"><f t="array" ref="B2">{0}</f></c>', ""),
        ('<c r="B2"><f>IFERROR(1/0,{0})</f></c>', ""),
        ('<c r="B2"><f>_xlfn.LET(_xlpm.x,{0},_xlpm.x)</f></c>', ""),
        ('<c r="B2"><f>INDEX(EDATE({{"2018-02-09";"2018-02-10"}},1),1)</f></c>', ""),
    ],
)
def test_functions_reach_the_engine_wherever_a_workbook_calls_them(cells: str, names: str) -> None:
    call = 'EDATE("2018-02-09",1)'
    defined = f"<definedNames>{names.format(call)}</definedNames>" if names else ""
    data = raw_book(f'<row r="2">{cells.format(call)}</row>', names=defined)
    assert Model.from_bytes(data, "book.xlsx")["S!B2"] == 43168.0


def test_references_through_several_sheets() -> None:
    book = one_sheet({"A1": "=SUM(Jan:Mar!B2)", "A2": "=AVERAGE('Jan:Mar'!B2,10)", "A3": "=MAX(Mar:Jan!B2:C2)"})
    for i, sheet in enumerate(("Jan", "Feb", "Mar")):
        book.create_sheet(sheet)["B2"] = i + 1
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert (model["S!A1"], model["S!A2"], model["S!A3"]) == (6.0, 4.0, 3.0)


def test_structured_references() -> None:
    book = one_sheet(
        {
            "A1": "Item",
            "B1": "Unit [price]",
            "C1": "Units",
            "D1": "Total",
            "A2": "a",
            "B2": 2,
            "C2": 5,
            "D2": "=T1[[#This Row],[Unit '[price']]]*T1[[#This Row],[Units]]",
            "A3": "b",
            "B3": 3,
            "C3": 7,
            "D3": "=T1[[#This Row],[Unit '[price']]]*T1[[#This Row],[Units]]",
            "F1": "=SUM(T1[Total])",
            "F2": "=ROWS(t1[])&COLUMNS(T1[#All])&T1[[#Headers],[Units]]",
            "F3": "=SUM(T1[[Unit '[price']]:[Units]])",
            "F5": "=T1[[#This Row],[Units]]",
            "F6": "=SUMPRODUCT(T1[Units]*T1[Unit '[price']])",
        }
    )
    book["S"].add_table(SheetTable(displayName="T1", ref="A1:D3"))
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert [model[f"S!{a}"] for a in ("D2", "D3", "F1", "F2", "F3", "F6")] == [10.0, 21.0, 31.0, "24Units", 17.0, 31.0]
    assert model["S!F5"] is CellError.REF


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("_xlfn.LET(_xlpm.x,A1,_xlpm.y,_xlpm.x*2,_xlpm.y+1)", 23.0),
        ("SUM(_xlfn.LET(_xlpm.x,A1:A5,ROUND(_xlpm.x,-1)))", 160.0),
        ("_xlfn.LAMBDA(_xlpm.x,_xlpm.x*2)(A1)", 22.0),
        ("_xlfn.XLOOKUP(33,A1:A5,B1:B5)", 66.0),
        ("SUM(_xlfn._xlws.FILTER(A1:A5,A1:A5>30))", 132.0),
        ("SUM(_xlfn.SINGLE(A1:A5))", 33.0),
        ("-2^2", 4.0),
        ("2^-1", 0.5),
        ("10%%", 0.001),
        ("1-2-3", -4.0),
        ("2/(4/2)", 1.0),
        ("2^3^2", 64.0),
        ("(1+2)*3&A1:A5", "933"),
        ("A1:A5=33", True),
        ('"#N/A"&A1:A5', "#N/A33"),
    ],
)
def test_younger_functions_and_operators(formula: str, value: object) -> None:
    assert plain(formula) == value


def test_long_chains_of_operators_are_read() -> None:
    assert plain("+".join(["SUM(A1:A1)"] * 120)) == 1320.0
    assert plain("&".join(["INDEX(A1:A5,1)"] * 100)) == "11" * 100


def test_hidden_rows_are_left_out_of_subtotals() -> None:
    book = one_sheet({**NUMBERS, "D1": "=SUBTOTAL(109,A1:A5)", "D2": "=SUBTOTAL(9,A1:A5)", "D3": "=SUM(A1:A5)"})
    book["S"].row_dimensions[2].hidden = True
    book["S"].row_dimensions[4].hidden = True
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert [model[f"S!D{i}"] for i in (1, 2, 3)] == [99.0, 165.0, 165.0]
    book["S"].auto_filter.ref = "A1:A5"
    book["S"].auto_filter.add_filter_column(0, ["11"])
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert [model[f"S!D{i}"] for i in (1, 2, 3)] == [99.0, 99.0, 165.0]


SHARED: dict[str, Any] = {
    "top left": '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="shared" ref="B1:B3" si="0">A1*2</f></c></row>'
    '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><f t="shared" si="0"/></c></row>'
    '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><f t="shared" si="0"/></c></row>',
    "bottom": '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="shared" si="0"/></c></row>'
    '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><f t="shared" si="0"/></c></row>'
    '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><f t="shared" ref="B1:B3" si="0">A3*2</f></c></row>',
    "index used twice": '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f t="shared" ref="B1:B1" si="0">A1*2</f></c></row>'
    '<row r="2"><c r="A2"><v>2</v></c><c r="B2"><f t="shared" ref="B2:B3" si="0">A2+A2</f></c></row>'
    '<row r="3"><c r="A3"><v>3</v></c><c r="B3"><f t="shared" si="0"/></c></row>',
}


@pytest.mark.parametrize("cells", SHARED.values(), ids=SHARED)
def test_shared_formulas_wherever_their_anchor_stands(cells: str) -> None:
    model = Model.from_bytes(raw_book(cells), "book.xlsx")
    assert [model[f"S!B{i}"] for i in (1, 2, 3)] == [2.0, 4.0, 6.0]


SIDES = {"A1": 1, "A2": 2, "A3": 3, "A4": 4, "B1": "a", "B2": "b", "B3": "b", "B4": "c"}
BLOCK = {"D1": "a", "E1": "b", "F1": "c", "D2": 1, "E2": 2, "F2": 3, "D3": 4, "E3": 5, "F3": 6}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ('SUMIF(B1:B4,"b",A1)', 5),
        ('SUMIF(B1:B4,"b",S!$A$1:$A$2)', 5),
        ('SUMIF(B2:B3,"b",A1:A9)', 3),
        ('SUMIF(B:B,"b",A2:A9)', 7),
        ('SUMIF(B1:B4,"b",A:A)', 5),
        ('AVERAGEIF(B1:B4,"b",A1)', 2.5),
        ('SUMPRODUCT(SUMIF(B1:B4,{"b","c"},A1))', 9),
    ],
)
def test_range_beside_the_one_of_a_condition_is_as_large_from_its_first_cell(formula: str, expected: float) -> None:
    assert computed(formula, **SIDES) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(_xlfn.XLOOKUP(2,A1:A4,A1:A4):_xlfn.XLOOKUP(4,A1:A4,A1:A4))", 9),
        ('SUM(A1:_xlfn.XLOOKUP("b",B1:B4,A1:A4,,0,-1))', 6),
        ('SUM(_xlfn.XLOOKUP("b",D1:F1,D2:F3):_xlfn.XLOOKUP("c",D1:F1,D2:F3))', 16),
        ("SUM(_xlfn.XLOOKUP(2.5,A1:A4,A1:A4,,-1):A4)", 9),
        ("SUM(_xlfn.XLOOKUP(9,A1:A4,A1:A4):A4)", CellError.NA),
    ],
)
def test_xlookup_finds_the_ends_of_a_range(formula: str, expected: float | CellError) -> None:
    assert computed(formula, **SIDES, **BLOCK) == expected


@pytest.mark.parametrize(("formula", "expected"), [("-A1", -1000), ("A1%", 10), ("SUMPRODUCT(--A1:A2)", 1007)])
def test_signs_and_percent_read_texts_as_numbers(formula: str, expected: float) -> None:
    assert computed(formula, A1="1,000", A2=" 7 ") == expected
