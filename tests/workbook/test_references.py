"""References in all the ways in which workbooks spell them, on values that Excel stored for the same formulas."""

from __future__ import annotations

from typing import Any

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.table import Table

from dealmodel.cells import CellError
from dealmodel.workbook.model import Model
from tests.support.workbooks import computed, model_of, raw_book, saved, worksheet

GRID = {f"{column}{row}": 10.0 * row + i for i, column in enumerate("ABC") for row in (1, 2, 3)}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(B3:A1)", 123.0),
        ("SUMIFS(A3:A1,B3:B1,21)", 20.0),
        ("SUM(A1:B2 B2:C3)", 21.0),
        ("A1:B2 B2:C3", 21.0),
        ("SUM((A1,B2,C3))", 10.0 + 21 + 32),
        ("AVERAGE((A1,B2),C3)", 21.0),
        ("LARGE((A1,B2,C3),2)", 21.0),
        ("SUM((A1:A2,C3))", 10.0 + 20 + 32),
        ("SUM(S!A:B S!2:2)", 41.0),
        ("A1:A2 B1:B2", CellError.NULL),
        ("SUM(\n1,2\n)", 3.0),
        ("A1\r\n+A2", 30.0),
    ],
)
def test_references_are_read_in_any_order_over_lines_and_where_they_cross(formula: str, value: object) -> None:
    assert computed(formula, **GRID) == value


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ('INDIRECT("B2")', 21.0),
        ('INDIRECT("R2C2",FALSE)', 21.0),
        ('SUM(INDIRECT("R2C2:R1C1",FALSE))', 10 + 11 + 20 + 21.0),
        ('INDIRECT("R[-7]C1",)', 20.0),
        ('INDIRECT("RC[-25]",FALSE)', 0.0),
        ('SUM(INDIRECT("C2",FALSE))', 63.0),
        ('SUM(INDIRECT("R2",FALSE))', 63.0),
        ('INDIRECT("R[-1048576]C",FALSE)', CellError.REF),
        ('INDIRECT("R0C1",FALSE)', CellError.REF),
        ('INDIRECT("R1C1:R2",FALSE)', CellError.REF),
        ('INDIRECT("Nowhere!A1")', CellError.REF),
        ('INDIRECT("Nowhere!R1C1",FALSE)', CellError.REF),
        ('INDIRECT("R2C2")', CellError.REF),
        ('INDIRECT("")', CellError.REF),
    ],
)
def test_an_address_as_a_text_is_the_cell_that_it_names(formula: str, value: object) -> None:
    assert computed(formula, **GRID) == value


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("ROWS(Z$7:Z9)", 3.0),
        ("ROWS(Z:Z)", 1048576.0),
        ("COLUMNS($A9:Z9)", 26.0),
        ("COLUMNS(A:$Z)", 26.0),
        ("SUMPRODUCT(ROW(1:12))", 78.0),
        ("SUMPRODUCT((ROW(Z$7:Z9)>7)*1)", 2.0),
        ("SUMPRODUCT(COLUMN(Y9:Z$9))", 51.0),
        ("SUMPRODUCT(SMALL(ROW($Z$8:$Z$12),ROWS(Z$8:Z9)))", 9.0),
        ("INDEX(Z:Z,ROW()-1)+1", 8.0),
        ("INDEX(9:9,COLUMN()-1)", 5.0),
        ("SUM(Z7:INDEX(Z:Z,ROW()-1))", 13.0),
        ("SUM(OFFSET(Z:Z,6,0,2,1))", 13.0),
        ("SUM(Z7:OFFSET(Z9,-1,0))", 13.0),
    ],
)
def test_a_formula_may_stand_among_cells_of_which_only_the_place_counts(formula: str, value: float) -> None:
    assert computed(formula, Z7=6.0, Z8=7.0, Y9=5.0) == value


FLOWS: dict[str, Any] = dict(zip(("A1", "B1", "C1", "D1", "E1"), (-30.0, 4.0, 6.0, 9.0, 12.0), strict=True))
FLOWS |= dict(zip(("A2", "B2", "C2", "D2", "E2"), (1.0, 0.0, 1.0, 0.0, 1.0), strict=True)) | {"A3": 3.0}


@pytest.mark.parametrize("range_", ["A1:INDEX(A1:E1,A3)", "A1:OFFSET(A1,0,2)", "INDEX(A1:E1,1):INDEX(A1:E1,A3)"])
@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("NPV(0.1,{})", -30 / 1.1 + 4 / 1.1**2 + 6 / 1.1**3),
        ("SUMPRODUCT({}*(A2:C2=1))", -24.0),
        ("SUMPRODUCT(-{})", 20.0),
        ("SUMPRODUCT({},A2:C2)", -24.0),
        ("SUM({})", -20.0),
        ("COLUMNS({})", 3.0),
    ],
)
def test_a_range_whose_end_is_worked_out_is_a_range_everywhere(formula: str, value: float, range_: str) -> None:
    assert computed(formula.format(range_), **FLOWS) == pytest.approx(value, rel=1e-14)


# Columns of unlike length, as lists with blanks at their end are.
UNEVEN: dict[str, Any] = {f"A{row}": text for row, text in enumerate(("k", "x", "y", "x", "z", "x", "y"), start=1)}
UNEVEN |= {"B1": "note", "B3": "n", "B5": "n"} | {f"C{row}": float(row) for row in range(2, 8)}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ('SUMIFS(C:C,B:B,"",A:A,"<>y")', 12.0),
        ('COUNTIFS(B:B,"",A:A,"<>")', 4.0),
        ('COUNTIFS(B:B,"",D:D,"")', 1048573.0),
        ('AVERAGEIFS(C:C,A:A,"x",B:B,"<>n")', 4.0),
        ('SUMPRODUCT((A:A="x")*(B:B=""))', 3.0),
        ('SUMPRODUCT(--(B:B="n"),C:C)', 8.0),
        ('SUMPRODUCT((A:A="")*1)', 1048569.0),
        ('SUMPRODUCT((A:A="x")*ISBLANK(B:B)*C:C)', 12.0),
        ('SUMPRODUCT((A:A="x")*ROW(A:A))', 12.0),
        ('SUMPRODUCT((A:A="x")/ROWS(A:A))', 3 / 1048576),
        ('SUMPRODUCT((1:1="k")*(4:4="x"))', 1.0),
        ('SUMPRODUCT((column_a="x")*column_c)', 12.0),
        ('INDEX(C:C,MATCH(1,INDEX((A:A="z")*(B:B="n"),0),0))', 5.0),
        ('LOOKUP(2,1/(B:B="n"),C:C)', 5.0),
        ('VLOOKUP("n",CHOOSE({1,2},B:B,C:C),2,0)', 3.0),
    ],
)
def test_whole_columns_of_unlike_length_fit_each_other(formula: str, value: float) -> None:
    names = {"column_a": "S!$A:$A", "column_c": "S!$C:$C"}
    assert model_of({"Z9": f"={formula}", **UNEVEN}, names)["S!Z9"] == value


def test_whole_columns_hold_what_is_put_below_all_that_was_in_use() -> None:
    formula = '=SUMPRODUCT((A:A="x")*(B:B))'
    model = model_of(
        {"A1": "x", "B1": 2.0, "C1": formula, "C2": '=SUMIFS(B:B,A:A,"x")', "C3": '=SUMPRODUCT(--(A:A=""))'}
    )
    assert [model[f"S!C{row}"] for row in (1, 2, 3)] == [2.0, 2.0, 1048575.0]
    model["S!A500"] = "x"
    model["S!B500"] = 5.0
    assert [model[f"S!C{row}"] for row in (1, 2, 3)] == [7.0, 7.0, 1048574.0]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ('SUMPRODUCT(SUMIF(INDIRECT("\'"&E1:E2&"\'!A1:A7"),"x",INDIRECT("\'"&E1:E2&"\'!C1:C7")))', 24.0),
        ('SUMPRODUCT(COUNTIF(INDIRECT(sheets&"!A:A"),"x"))', 6.0),
        ('SUMPRODUCT(N(INDIRECT("C"&{2,3,4})))', 9.0),
        ("SUMPRODUCT(N(OFFSET(C2,{0;2;4},0)))", 12.0),
        ('SUMPRODUCT(SUMIF(OFFSET(C2,{0,2,4},0,2,1),">2"))', 25.0),
        ("SUMPRODUCT(SUBTOTAL(3,OFFSET(B2,ROW(B2:B7)-ROW(B2),0))*(C2:C7>3))", 1.0),
        ("SUMPRODUCT(N(C2:C7>3))", 4.0),
    ],
)
def test_references_that_are_worked_out_from_arrays(formula: str, value: float) -> None:
    cells = {"Z9": f"={formula}", "E1": "S", "E2": "s", **UNEVEN}
    assert model_of(cells, {"sheets": "S!$E$1:$E$2"})["S!Z9"] == value


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUMPRODUCT(N(OFFSET(C1,ROW(1:9999),0)))", 27.0),
        ("SUMPRODUCT(N(OFFSET(C1,ROW(A1:A9999)-1,0)))", 27.0),
        ('SUMPRODUCT(--(T(OFFSET(A1,ROW(A1:A9999)-ROW(A1),0))="x"))', 3.0),
        ("SUMPRODUCT(SUBTOTAL(3,OFFSET(column_c,ROW(column_c)-ROW(C2),0,1)))", 6.0),
        ("SUMPRODUCT(SUBTOTAL(9,OFFSET(C2,ROW(C2:C9000)-ROW(C2),0,2,1)))", 2 * 27.0 - 2),
        ("SUMPRODUCT(SUBTOTAL(9,OFFSET(B2:C2,ROW(C2:C9000)-ROW(C2),0)))", 27.0),
        ("SUM(N(OFFSET(C1,{1;2},0)))", 5.0),
        ("SUMPRODUCT(N(OFFSET(C2,3*(ROW(C1:C2)-1),COLUMN(A1)-1)))", 2.0 + 5.0),
    ],
)
def test_each_of_thousands_of_references_is_taken(formula: str, value: float) -> None:
    assert model_of({"Z9": f"={formula}", **UNEVEN}, {"column_c": "S!$C$2:$C$7"})["S!Z9"] == value


def test_rows_that_a_filter_hides_are_left_out_of_each_subtotal() -> None:
    rows = "".join(
        f'<row r="{i}"{" hidden=" + chr(34) + "1" + chr(34) if i % 2 else ""}><c r="A{i}"><v>{i}</v></c></row>'
        for i in range(2, 2002)
    )
    total = "SUMPRODUCT(SUBTOTAL(109,OFFSET(A2,ROW(A2:A2001)-ROW(A2),0))*(A2:A2001&gt;10))"
    first = f'<row r="1"><c r="C1"><f>{total}</f></c></row>'
    model = Model.from_bytes(raw_book(worksheet(first + rows)), "book.xlsx")
    assert model["S!C1"] == sum(i for i in range(2, 2002) if i % 2 == 0 and i > 10)


@pytest.mark.parametrize("around", ["{}", "IFERROR({},0)"])
def test_references_too_many_to_be_written_out_keep_their_value(around: str) -> None:
    sum_of_each = "SUMPRODUCT(N(OFFSET(C1,A1:A1001,0)))"
    model = model_of({"Z9": f"={around.format(sum_of_each)}"})
    assert model["S!Z9"] is None
    assert [(str(kept.at), kept.reason) for kept in model.kept] == [("S!Z9", "it takes too long to compute")]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(INDEX(C2:C7,N(IF(1,{1,3}))))", 2.0 + 4.0),
        ("SUM(INDEX(C2:C7,N(IF({1},{1,3}))))", 2.0 + 4.0),
        ('SUM(VLOOKUP(T(IF(1,{"n","q"})),B2:C7,2,0))', 3.0 + 5.0),
    ],
)
def test_a_choice_of_values_tells_several_places_at_once(formula: str, value: float) -> None:
    cells = {**UNEVEN, "B2": "m", "B3": "n", "B4": "o", "B5": "q"}
    assert model_of({**cells, "Z9": f"={formula}"})["S!Z9"] == value


def test_a_choice_of_cells_tells_several_places_in_an_array_formula() -> None:
    formula = ArrayFormula("Z9", "=SUM(INDEX(C2:C7,N(IF(1,E1:E2))))")
    assert model_of({**UNEVEN, "E1": 2, "E2": 3, "Z9": formula})["S!Z9"] == 3.0 + 4.0


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("SUM(CHOOSE({1,2},C2:C4,10))", 39.0),
        ("INDEX(CHOOSE({2,1},B2:B7,C2:C7),3,1)", 4.0),
        ("NPV(0.25,CHOOSE({1,2,3},-100,50,100))", -80 + 32 + 51.2),
        ('SUM(VLOOKUP("x",A1:E7,{3,5},0))', 9.0),
        ("MATCH(FALSE,INDEX(ISBLANK(B2:B7),0),0)", 2.0),
        ('MAX(INDEX((A2:A7="x")*C2:C7,0))', 6.0),
    ],
)
def test_arrays_that_are_worked_out_without_array_entry(formula: str, value: float) -> None:
    assert computed(formula, E2=7.0, **UNEVEN) == pytest.approx(value, rel=1e-15)


def test_a_formula_that_adds_up_its_own_column_refers_to_itself() -> None:
    model = model_of({"Z8": 6.0, "Z10": "=SUM(Z:Z)", "Z11": "=ROWS(Z$8:Z11)"})
    model["S!Z8"] = 7.0
    assert model["S!Z11"] == 4.0
    assert [(str(kept.at), kept.reason) for kept in model.kept] == [("S!Z10", "it refers to itself")]


def test_a_name_may_stand_for_a_formula_on_a_table() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Item", "Amount"], ["rent", 2000], ["food", 336]):
        sheet.append(row)
    sheet.add_table(Table(displayName="tblExpenses", ref="A1:B3"))
    book.defined_names["TotalMonthlyExpenses"] = DefinedName(
        "TotalMonthlyExpenses", attr_text="SUM(tblExpenses[Amount])"
    )
    sheet["D1"] = "=TotalMonthlyExpenses*2"
    assert Model.from_bytes(saved(book), "budget.xlsx")["Sheet!D1"] == 4672.0


@pytest.mark.parametrize("name", ["sheet1", "SHEET1", "Sheet1"])
def test_a_sheet_is_itself_in_whatever_letters_it_is_called(name: str) -> None:
    cells = '<row r="1"><c r="A1"><f>IF(ISBLANK(B1),"",B1)</f></c><c r="B1" t="str"><v>Peter</v></c></row>'
    model = Model.from_bytes(raw_book(cells, sheet_names=(name,)), "people.xlsx")
    assert model[f"{name}!A1"] == "Peter"
    assert model.kept == ()
    model.to_bytes()


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("FORMULATEXT(Y1)", "=SUM(A1:B2,5)*2"),
        ("FORMULATEXT(OFFSET(Y2,-1,0))", "=SUM(A1:B2,5)*2"),
        ("FORMULATEXT(A1)", CellError.NA),
        ("ISFORMULA(Y1)", True),
        ("ISFORMULA(A1)", False),
        ('ISFORMULA(INDIRECT("Z9"))', True),
    ],
)
def test_a_formula_is_shown_as_the_workbook_has_it(formula: str, value: object) -> None:
    assert computed(f"_xlfn.{formula}", Y1="=SUM(A1:B2,5)*2", **GRID) == value


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("grid_name row_name", 21.0),
        ("SUM(grid_name 2:2)", 20 + 21.0),
        ("SUM(S!A:A S!2:3)", 20 + 30.0),
        ('SUM(grid_name A2:C2)&" x y"', "41 x y"),
    ],
)
def test_names_and_whole_lines_cross(formula: str, value: object) -> None:
    names = {"grid_name": "S!$A$1:$B$3", "row_name": "S!$B$2:$C$2"}
    assert model_of({"Z9": f"={formula}", **GRID}, names)["S!Z9"] == value


def test_a_table_without_brackets_is_its_data() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "S"
    for row in (("k", "v"), ("a", 1), ("b", 2)):
        sheet.append(row)
    sheet.add_table(Table(displayName="Deals", ref="A1:B3"))
    sheet["D1"], sheet["D2"], sheet["D3"] = "=ROWS(Deals)", '=VLOOKUP("b",Deals,2,FALSE)', '=ROWS(Deals[#All])&"Deals"'
    model = Model.from_bytes(saved(book), "b.xlsx")
    assert [model[f"S!D{row}"] for row in (1, 2, 3)] == [2.0, 2.0, "3Deals"]


def test_formulas_within_a_table_need_not_name_it() -> None:
    # XlsxWriter writes the totals of a table so.
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "S"
    for row in (
        ("k", "net, EUR", "of all"),
        ("a", 1, "=[@[net, EUR]]/SUM([net, EUR])"),
        ("b", 3, "=[[#This Row],[net, EUR]]"),
    ):
        sheet.append(row)
    sheet["B4"], sheet["E1"] = "=SUBTOTAL(109,[net, EUR])", "=SUM([net, EUR])"
    sheet.add_table(Table(displayName="Deals", ref="A1:C4", totalsRowCount=1))
    model = Model.from_bytes(saved(book), "b.xlsx")
    assert [model[f"S!{cell}"] for cell in ("B4", "C2", "C3", "E1")] == [4.0, 0.25, 3.0, None]
    assert [str(kept.at) for kept in model.kept] == ["S!E1"]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("INDEX((A1:A3,B1:B3),3,1,2)", 31.0),
        ("INDEX((A1:A3,B1:B3),2)", 20.0),
        ("INDEX(areas_name,2,1,2)", 21.0),
        ("SUM(INDEX(areas_name,0,1,C1-11))", 30.0),
        ("AREAS(areas_name)", 2.0),
        ("AREAS((A1,B1))", 2.0),
        ("AREAS((A1,B1:C2,areas_name))", 4.0),
        ("SUM(areas_name)", 62.0),
    ],
)
def test_a_reference_may_consist_of_several_areas(formula: str, value: float) -> None:
    assert model_of({"Z9": f"={formula}", **GRID}, {"areas_name": "S!$A$1:$A$2,S!$B$1:$B$2"})["S!Z9"] == value


@pytest.mark.parametrize("text", ['"Deals[v]"', '"Deals["&E1&"]"', '"B2:B3"', '"b"&2&":B3"'])
def test_a_text_names_a_column_of_a_table(text: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "S"
    for row in (("k", "v"), ("a", 1), ("b", 2)):
        sheet.append(row)
    sheet.add_table(Table(displayName="Deals", ref="A1:B3"))
    sheet["D1"], sheet["E1"] = f"=SUM(INDIRECT({text}))", "v"
    assert Model.from_bytes(saved(book), "b.xlsx")["S!D1"] == 3.0


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ('SUM(MID("123",{1,2,3},1)*1)', 6.0),
        ("SUM(ROUND({1.26,2.34},1)+1)", 5.6),
        ('SUM(LEN({"a","bb"})*2)', 6.0),
    ],
)
def test_constant_arrays_are_worked_out_whole(formula: str, value: float) -> None:
    assert computed(formula) == pytest.approx(value, rel=1e-15)


def test_a_union_of_single_cells_is_ranked_though_a_value_is_stored() -> None:
    # As Apache POI's 61063.xlsx has it; what is stored keeps the formula from being spelled with care at once.
    data = raw_book(
        '<row r="1"><c r="A1"><v>4</v></c><c r="B1"><v>2</v></c><c r="C1"><v>4</v></c><c r="D1"><v>9</v></c>'
        '<c r="E1"><f>RANK(A1,(B1,C1,D1),1)</f><v>2</v></c></row>'
    )
    model = Model.from_bytes(data, "book.xlsx")
    assert (model["S!E1"], model.kept) == (2, ())
    model["S!C1"] = 1
    model["S!D1"] = 4
    assert model["S!E1"] == 3


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("ISERROR(#REF!:B2)", True),
        ("ERROR.TYPE(S!#REF!:B2)", 4.0),
        ("COUNTA(#REF!:B2)", 1.0),
        ("ISERR(S!#REF!:INDEX(S!#REF!,COUNTA(S!#REF!)))", True),
    ],
)
def test_range_of_deleted_cells_is_an_error(formula: str, value: object) -> None:
    # Excel 16, probes in oneiron-dev's formualizer, engine/tests/excel_parse_probes.rs
    assert computed(formula, B2=7.0) == value
