from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl.chart import BarChart
from openpyxl.formula import Tokenizer
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

import dealmodel
from dealmodel.cells import CellError
from dealmodel.errors import InputRefusedError, WorkbookError
from dealmodel.workbook.address import CellAt, parse_area
from dealmodel.workbook.model import Model
from tests.support.saving import NOW, read_back, reopened
from tests.support.workbooks import (
    computed,
    deal_book,
    model_of,
    one_sheet,
    packed_members,
    raw_book,
    saved,
    sheet_xml,
    without_values,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# -- the mapping -------------------------------------------------------------------------------------------------------


def test_model_is_a_mapping_that_recalculates() -> None:
    model = Model.from_bytes(saved(deal_book()), "deal.xlsx")
    assert model["shortfall"] == dealmodel.shortfall(294, 892)
    model["price"] = 300
    assert (model["shortfall"], model["doubled"]) == (592.0, 1184.0)
    model.update({"price": 250, "fine": 1000})
    assert dict(model.items())["shortfall"] == 750.0
    del model["fine"]
    assert model["fine"] == 0.0, "the selector shows an empty cell as 0"
    assert model["Inputs!D6"] is None
    assert model.recalculate() is model


def test_values_in_the_file_are_those_of_direct_calls() -> None:
    model = Model.from_bytes(saved(deal_book()), "deal.xlsx")
    model["price"] = 300
    model["stake"] = 0.51
    book = read_back(model.to_bytes())
    results = book["Results"]
    assert results["B2"].value == dealmodel.shortfall(300, 892)
    assert results["B3"].value == pytest.approx(dealmodel.offset_ratio(300, 892), rel=1e-15)
    assert results["B4"].value == pytest.approx(dealmodel.implied_valuation(300, 0.51), rel=1e-15)
    assert results["B5"].value == 2 * dealmodel.shortfall(300, 892)
    assert book["Inputs"]["B5"].value == 300


def test_frame_holds_every_name_with_its_scenarios() -> None:
    frame = Model.from_bytes(saved(deal_book()), "deal.xlsx").to_frame()
    assert list(frame.loc["price", ["kind", "value", "As reported", "As filed", "unit"]]) == [
        *("input", 294.0, 294.0, 193.3, "USD m")
    ]
    assert frame.loc["shortfall", "value"] == 598.0
    assert list(frame.index) == list(Model.from_bytes(saved(deal_book()), "deal.xlsx"))
    empty = model_of({"A1": 1}).to_frame()
    assert empty.empty
    assert "value" in empty.columns


def test_dates_texts_flags_and_errors_come_through() -> None:
    model = model_of({"A1": 1, "B1": '=A1&""', "C1": "=ISTEXT(A1)", "D1": "=1/A1", "E1": "=YEAR(A1)"})
    model["S!A1"] = datetime(2018, 2, 9)  # noqa: DTZ001
    assert [model[f"S!{c}1"] for c in "BCE"] == ["43140", False, 2018.0]
    model["S!A1"] = 0
    assert model["S!D1"] is CellError.DIV0
    assert read_back(model.to_bytes())["S"]["D1"].value == "#DIV/0!"


@pytest.mark.parametrize("value", [1e308, -1e308, 5e-324, 1e-308, -0.0, 123456789012345678.0, 0.1 + 0.2])
def test_extreme_numbers_survive_the_file(value: float) -> None:
    model = model_of({"A1": 1, "B1": "=A1"})
    model["S!A1"] = value
    again = reopened(model)
    assert (again["S!A1"], again["S!B1"]) == (value, value)
    assert again.to_bytes() == model.to_bytes()


@pytest.mark.parametrize(
    "text", ["", " padded ", "a\r\nb\tc", "<&>\"'", "_x000D_", "\0\x1f", "名前 😀", "=A1", "x" * 32767]
)
def test_odd_texts_survive_the_file(text: str) -> None:
    model = model_of({"A1": "old", "B1": "=A1&A1"})
    model["S!A1"] = text
    again = reopened(model)
    assert again["S!A1"] == text
    book = read_back(model.to_bytes())
    assert book["S"]["A1"].data_type in ("s", "n"), "a text that begins with = is no formula"


def test_overflow_is_an_error_and_no_infinity() -> None:
    assert computed("1E+308*10") is CellError.NUM
    assert computed("EXP(1000)") is CellError.NUM


# -- inputs ------------------------------------------------------------------------------------------------------------


def test_formula_array_and_table_cells_are_no_inputs() -> None:
    cells = {"A1": 1, "B1": "=A1", "C1": ArrayFormula("C1:C3", "=A1:A3*2")}
    book = one_sheet(cells, {"out": "S!$B$1"})
    model = Model.from_bytes(saved(book), "book.xlsx")
    with pytest.raises(InputRefusedError, match=r"out \(S!B1\) holds the formula =A1; change what it depends on"):
        model["out"] = 1
    with pytest.raises(InputRefusedError, match=r"S!C2 is part of an array formula"):
        model["S!C2"] = 1
    with pytest.raises(InputRefusedError, match=r"S!C1 holds the formula"):
        model["S!C1"] = 1


def test_hidden_part_of_a_merged_cell_is_no_input() -> None:
    book = one_sheet({"B2": 1})
    book["S"].merge_cells("B2:C3")
    model = Model.from_bytes(saved(book), "book.xlsx")
    model["S!B2"] = 5
    with pytest.raises(InputRefusedError, match=r"S!C3 is hidden in a merged cell; set S!B2"):
        model["S!C3"] = 1


def test_chart_sheet_takes_no_input() -> None:
    book = one_sheet({"A1": 1})
    book.create_chartsheet("Chart").add_chart(BarChart())
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert model.book.sheets == ("S", "Chart")
    with pytest.raises(InputRefusedError, match="Chart!A1 is on Chart, which has no cells"):
        model["Chart!A1"] = 1


def test_text_where_a_number_was_is_refused_and_leaves_the_number() -> None:
    model = model_of({"A1": 5, "B1": "=A1*2"})
    with pytest.raises(InputRefusedError, match=r"S!A1 must be a number; got 'text'"):
        model["S!A1"] = "text"
    assert model["S!B1"] == 10.0


def test_set_cells_beyond_the_sheet_are_seen_by_formulas() -> None:
    model = model_of({"A1": '=SUM(D9:D20)+COUNTIF(H:H,">1")'})
    model["S!D12"] = 7
    model["S!H30"] = 2
    model["S!XFD1048576"] = 1
    assert model["S!A1"] == 8.0
    again = reopened(model)
    assert (again["S!A1"], again["S!D12"], again["S!XFD1048576"]) == (8.0, 7.0, 1.0)


def test_input_set_beside_the_last_cell_survives_a_validation() -> None:
    book = one_sheet({"A1": 1, "F1": "=G3"})
    rule = DataValidation("custom", formula1="A1<B1+10")
    book["S"].add_data_validation(rule)
    rule.add("A1")
    model = Model.from_bytes(saved(book), "book.xlsx")
    for address in ("S!G3", "S!H3", "S!H4"):
        model[address] = 5
    model["S!A1"] = 2
    assert [model[a] for a in ("S!G3", "S!H3", "S!H4", "S!F1")] == [5, 5, 5, 5]


# -- the file ----------------------------------------------------------------------------------------------------------


def test_save_goes_back_to_the_file_or_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "deal.xlsx"
    path.write_bytes(saved(deal_book()))
    model = dealmodel.open(path)
    model["price"] = 300
    assert model.save(tmp_path / "other.xlsx") == tmp_path / "other.xlsx"
    assert dealmodel.open(path)["price"] == 294
    assert model.save() == path
    assert dealmodel.open(path)["price"] == 300
    with pytest.raises(WorkbookError, match="has no file of its own; say where to save it"):
        Model.from_bytes(saved(deal_book()), "deal.xlsx").save()


def test_second_regeneration_changes_nothing_and_two_runs_are_alike() -> None:
    data = saved(deal_book())
    first, second = (Model.from_bytes(data, "deal.xlsx") for _ in range(2))
    first["price"] = second["price"] = 300
    assert first.to_bytes() == second.to_bytes()
    again = Model.from_bytes(first.to_bytes(), "deal.xlsx")
    assert again.changes() == {}
    assert again.to_bytes() == first.to_bytes()


def test_input_set_back_gives_the_bytes_from_before() -> None:
    model = reopened(Model.from_bytes(saved(deal_book()), "deal.xlsx"))
    before = model.to_bytes()
    model["price"] = 300
    model["price"] = 294
    assert model.to_bytes() == before


def test_setting_what_is_there_changes_no_byte() -> None:
    data = Model.from_bytes(saved(deal_book()), "deal.xlsx").to_bytes()
    model = Model.from_bytes(data, "deal.xlsx")
    model["price"] = 294
    assert model.to_bytes() == data


def test_only_sheets_with_new_values_are_written() -> None:
    book = deal_book()
    book.create_sheet("Untouched").append(["constant", 1])
    data = Model.from_bytes(saved(book), "deal.xlsx").to_bytes()
    model = Model.from_bytes(data, "deal.xlsx")
    model["price"] = 300
    before, after = dict(packed_members(data)), dict(packed_members(model.to_bytes()))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"}


def cells_below(formulas: Mapping[str, str], changed: str) -> set[str]:
    """Return the cells that depend on one, by openpyxl's own reading of the formulas."""
    depends: dict[str, set[str]] = {}
    for cell, formula in formulas.items():
        operands = (t.value for t in Tokenizer(formula).items if t.type == "OPERAND" and t.subtype == "RANGE")
        areas = (parse_area(text.replace("$", "")) for text in operands)
        depends[cell] = {str(CellAt("S", *p)) for a in areas if a for p in a.places()}
    below: set[str] = set()
    waiting = [f"S!{changed}"]
    while waiting:
        at = waiting.pop()
        new = {f"S!{cell}" for cell, on in depends.items() if at in on} - below
        below |= new
        waiting += new
    return below


@pytest.mark.parametrize("changed", [f"{c}{r}" for c in "ABC" for r in (1, 2, 3)])
def test_changed_input_changes_exactly_its_dependants(changed: str) -> None:
    constants = {f"{c}{r}": 10 * r + i + 0.5 for i, c in enumerate("ABC") for r in (1, 2, 3)}
    formulas = {
        **{f"D{r}": f"=A{r}*2+B{r}" for r in (1, 2, 3)},
        "E1": "=SUM(C1:C3)",
        "E2": "=$D$1+E1",
        "E3": "=DM_SHORTFALL(D2,D3*9)",
        "F1": "=SUM(E1:E3)+PI()",
        "F2": "=E3/(A2+1)",
        "F3": "=SUMPRODUCT(A1:A3,C1:C3)",
        "G1": "=IF(F3>0,F1+F2+F3,0)",
        "G2": "=2*G3",
        "G3": "=7",
    }
    before = reopened(model_of({**constants, **formulas}))
    assert before.changes() == {}
    before[f"S!{changed}"] = 777.25
    assert {str(at) for at in before.changes()} == cells_below(formulas, changed)
    old, new = (sheet_xml(data) for data in (before.book.package.data, before.to_bytes()))
    first, second = (read_back(data)["S"] for data in (before.book.package.data, before.to_bytes()))
    differing = {f"S!{c.coordinate}" for row in first for c in row if c.value != second[c.coordinate].value}
    assert differing == cells_below(formulas, changed) | {f"S!{changed}"}
    assert without_values(old.encode()) == without_values(new.encode())


# -- what-if data tables -----------------------------------------------------------------------------------------------


def what_if(**attributes: Any) -> Model:  # noqa: ANN401
    rows: dict[str, object] = {"A1": 10, "A2": 3, "B5": "=A1*A2", "C5": 1, "D5": 2, "B6": 5, "B7": 6}
    area = attributes.pop("ref", "C6:D7")
    table = DataTableFormula(ref=area, t="dataTable", **attributes)
    book = one_sheet({**rows, "C6": table, "D6": 0, "C7": 0, "D7": 0, "F1": "=SUM(C6:D7)"})
    return Model.from_bytes(saved(book), "book.xlsx")


def test_two_way_data_table_is_worked_out() -> None:
    model = what_if(dt2D="1", dtr="1", r1="A1", r2="A2")
    assert [model[f"S!{a}"] for a in ("C6", "D6", "C7", "D7")] == [5, 10, 6, 12]
    assert (model["S!F1"], model["S!B5"], model["S!A1"]) == (33, 30, 10)
    assert model.kept == ()
    model["S!B6"] = 50
    assert model["S!D6"] == 100
    assert reopened(model)["S!F1"] == 50 + 100 + 6 + 12
    with pytest.raises(InputRefusedError, match="is part of a data table"):
        model["S!D7"] = 1


def test_data_table_along_one_edge_is_worked_out() -> None:
    column = what_if(ref="C6:C7", r1="A1")
    column["S!A1"] = 10
    assert [column[f"S!{a}"] for a in ("C6", "C7")] == [1, 1], "the constant above stands for the formula"
    book = one_sheet(
        {"A1": 10, "C5": "=A1*2", "D5": "=A1*3", "B6": 5, "B7": 6, "C6": DataTableFormula(ref="C6:D7", r1="A1")}
    )
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert [model[f"S!{a}"] for a in ("C6", "D6", "C7", "D7")] == [10, 15, 12, 18]
    book = one_sheet(
        {"A1": 10, "B6": "=A1*2", "C5": 5, "D5": 6, "C6": DataTableFormula(ref="C6:D6", dtr=True, r1="A1")}
    )
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert [model[f"S!{a}"] for a in ("C6", "D6")] == [10, 12]


def test_data_table_without_an_input_cell_keeps_its_values() -> None:
    model = what_if(dt2D="1", r1="A1", r2="A2", del1="1", del2="1").recalculate()
    assert [(str(k.at), k.reason) for k in model.uncomputed] == [("S!C6", "its data table has no input cell")]
    assert model["S!D6"] == 0


# -- cells that keep their values --------------------------------------------------------------------------------------


def test_circle_is_computed_where_the_workbook_iterates() -> None:
    cells = '<row r="1"><c r="A1"><f>B1/2+1</f></c><c r="B1"><f>A1</f></c></row>'
    model = Model.from_bytes(raw_book(cells, calculation='<calcPr iterate="1" iterateCount="100"/>'), "book.xlsx")
    assert model["S!A1"] == pytest.approx(2, abs=0.01)
    assert model.kept == ()


def test_reference_to_itself_that_is_never_followed_is_no_circle() -> None:
    model = model_of({"A1": "=IF(TRUE,5,A1)", "B1": "=INDEX(A1:C1,1,1)"}).recalculate()
    assert (model["S!A1"], model["S!B1"], model.kept) == (5, 5, ())


def test_numbers_are_rounded_to_what_is_displayed_where_the_workbook_says_so() -> None:
    book = one_sheet({"A1": 10, "B1": "=A1/3", "C1": "=B1/A1/3", "D1": "=B1*3", "E1": "=A1/7"})
    book.calculation.fullPrecision = False
    for cell, code in {"B1": "0.00", "C1": "0.0%", "E1": "#,##0.000_);(#,##0.000)"}.items():
        book.worksheets[0][cell].number_format = code
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert [model[f"S!{cell}"] for cell in ("B1", "C1", "D1", "E1")] == [3.33, 0.111, 3.33 * 3, 1.429]
    model["S!A1"] = 20
    assert [model[f"S!{cell}"] for cell in ("B1", "D1")] == [6.67, 6.67 * 3]


def test_clock_and_chance_are_fixed() -> None:
    # Saved once: openpyxl writes the second in which it does.
    data = saved(one_sheet({"A1": "=NOW()", "B1": "=TODAY()", "C1": "=RAND()"}))
    first, second = (Model.from_bytes(data, "book.xlsx", NOW) for _ in range(2))
    assert first["S!B1"] == 45418.0
    assert first["S!A1"] == pytest.approx(45418 + (7 * 3600 + 8 * 60 + 9) / 86400, abs=1e-9)
    assert first.to_bytes() == second.to_bytes()


@pytest.mark.parametrize("moment", [datetime(1, 1, 1), datetime(1900, 1, 1), datetime(9999, 12, 31)])  # noqa: DTZ001
def test_any_clock_gives_a_result(moment: datetime) -> None:
    model = Model.from_bytes(saved(one_sheet({"A1": "=NOW()", "B1": "=1+1"})), "book.xlsx", moment)
    assert model["S!B1"] == 2


def test_sheets_whose_names_differ_in_case_only_do_not_crash() -> None:
    data = raw_book(
        '<row r="1"><c r="A1"><v>1</v></c></row>', '<row r="1"><c r="A1"><v>2</v></c></row>', sheet_names=("s", "S")
    )
    with pytest.raises(WorkbookError, match=r"two sheets are called s|cannot load"):
        Model.from_bytes(data, "book.xlsx").recalculate()


def test_hidden_and_very_hidden_sheets_are_computed() -> None:
    book = one_sheet({"A1": "=Secret!A1+Deep!A1"})
    for name in ("Secret", "Deep"):
        book.create_sheet(name)["A1"] = "=1+1"
    book["Secret"].sheet_state = "hidden"
    book["Deep"].sheet_state = "veryHidden"
    assert Model.from_bytes(saved(book), "book.xlsx")["S!A1"] == 4
