from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl.worksheet.datavalidation import DataValidation

from dealmodel.errors import InputRefusedError
from dealmodel.workbook.model import Model
from tests.support.workbooks import MAIN, one_sheet, raw_book, saved

if TYPE_CHECKING:
    from dealmodel.cells import Scalar


def model_with(rule: DataValidation, sqref: str = "A1", cells: dict[str, Any] | None = None, **names: str) -> Model:
    book = one_sheet(cells or {"A1": 1}, names)
    book["S"].add_data_validation(rule)
    for area in sqref.split():
        rule.add(area)
    return Model.from_bytes(saved(book), "book.xlsx")


def accepts(model: Model, cell: str, value: object) -> bool:
    before = model[f"S!{cell}"]
    try:
        model[f"S!{cell}"] = value
    except InputRefusedError:
        assert model[f"S!{cell}"] == before, "a refused value leaves the cell as it was"
        return False
    return True


def rule(kind: Any, first: object = None, second: object = None, **more: Any) -> DataValidation:  # noqa: ANN401
    more = {"operator": "between", "allow_blank": True, "showErrorMessage": True, **more}
    return DataValidation(kind, formula1=first, formula2=second, **more)


@pytest.mark.parametrize(
    ("operator", "taken", "refused", "words"),
    [
        ("between", (0.0, 0.5, 1.0), (-1e-9, 1.1), "a number at least 0 and at most 1"),
        ("notBetween", (-1, 1.1), (0, 0.5, 1), "a number below 0 or above 1"),
        ("equal", (0,), (1e-9, -1), "a number equal to 0"),
        ("notEqual", (1,), (0, -0.0), "a number other than 0"),
        ("greaterThan", (1e-9,), (0, -1), "a number above 0"),
        ("lessThan", (-1e-9,), (0, 1), "a number below 0"),
        ("greaterThanOrEqual", (0, 5), (-1,), "a number at least 0"),
        ("lessThanOrEqual", (0, -5), (1,), "a number at most 0"),
    ],
)
def test_decimal_holds_with_every_operator(
    operator: str, taken: tuple[float, ...], refused: tuple[float, ...], words: str
) -> None:
    model = model_with(rule("decimal", 0, 1, operator=operator))
    assert all(accepts(model, "A1", value) for value in taken)
    assert not any(accepts(model, "A1", value) for value in refused)
    with pytest.raises(InputRefusedError, match=re.escape(f"S!A1 must be {words}; got 'text'")):
        model["S!A1"] = "text"
    assert not accepts(model, "A1", value=True)


def test_whole_numbers_only() -> None:
    model = model_with(rule("whole", 1, 12))
    assert accepts(model, "A1", 12.0)
    assert not accepts(model, "A1", 1.5)
    with pytest.raises(InputRefusedError, match="must be a whole number at least 1 and at most 12; got 13"):
        model["S!A1"] = 13


def test_dates_are_shown_as_dates() -> None:
    model = model_with(rule("date", "DATE(2018,1,1)", 43465))
    assert accepts(model, "A1", 43140)
    with pytest.raises(InputRefusedError, match="must be a date at least 2018-01-01 and at most 2018-12-31; got 43000"):
        model["S!A1"] = 43000


def test_text_length_counts_as_spreadsheets_do() -> None:
    model = model_with(rule("textLength", 2, 4), cells={"A1": "abc"})
    assert accepts(model, "A1", "abcd")
    assert accepts(model, "A1", "😀")
    assert accepts(model, "A1", 300)
    assert not accepts(model, "A1", "😀😀😀")
    assert not accepts(model, "A1", 5)


@pytest.mark.parametrize(
    ("source", "taken", "refused"),
    [
        ('"Yes, No,51"', ("Yes", "No", 51, "51"), ("yes", "Maybe", 52)),
        ("$C$1:$C$3", ("a", "A", 7), ("b", 8)),
        ("S!C1:C3", ("a",), ("b",)),
        ("choices", ("a", 7), ("b",)),
        ('INDIRECT("C1:C2")', ("a",), (7, "b")),
        ("IF($C$3=7,$C$1:$C$2,$C$3)", ("a",), (7,)),
    ],
)
def test_lists_come_from_texts_ranges_names_and_formulas(
    source: str, taken: tuple[object, ...], refused: tuple[object, ...]
) -> None:
    cells = {"A1": "a", "C1": "a", "C2": "x", "C3": 7}
    model = model_with(rule("list", source), cells=cells, choices="S!$C$1:$C$3")
    assert all(accepts(model, "A1", value) for value in taken)
    assert not any(accepts(model, "A1", value) for value in refused)


def test_list_is_shown_and_long_ones_are_cut() -> None:
    model = model_with(rule("list", '"Yes,No"'), cells={"A1": "Yes"})
    with pytest.raises(InputRefusedError, match=r"must be one of Yes, No; got 'Maybe'"):
        model["S!A1"] = "Maybe"
    long = model_with(rule("list", "$C$1:$C$20"), cells={"A1": 1, **{f"C{i}": i for i in range(1, 21)}})
    with pytest.raises(InputRefusedError, match=r"one of 1, 2, .*, 12, \.\.\.; got 21"):
        long["S!A1"] = 21


def test_custom_formula_sees_the_new_value_and_gives_its_own_words() -> None:
    model = model_with(rule("custom", "A1<B1", error="The price must be\nbelow the cap."), cells={"A1": 1, "B1": 10})
    assert accepts(model, "A1", 9)
    with pytest.raises(InputRefusedError, match="must be The price must be below the cap; got 10"):
        model["S!A1"] = 10
    plain = model_with(rule("custom", "MOD(A1,2)=0"), cells={"A1": 2})
    with pytest.raises(InputRefusedError, match=re.escape("must be such that MOD(A1,2)=0; got 3")):
        plain["S!A1"] = 3
    ours = model_with(rule("custom", "ISNUMBER(DM_STEP_VALUATION(1,0.5,A1))"), cells={"A1": 0.6})
    assert not accepts(ours, "A1", 0.4)


def test_relative_formulas_move_with_the_cell() -> None:
    cells = {"B2": 1, "B5": 1, "B6": 1, "C2": 5, "C5": 10, "C6": 20}
    model = model_with(rule("decimal", 0, "C2"), "B2 B5:B6", cells)
    assert accepts(model, "B6", 20)
    assert not accepts(model, "B5", 11)
    assert not accepts(model, "B2", 6)
    assert accepts(model, "B5", 10)


def test_limits_may_be_names_other_cells_and_functions_of_ours() -> None:
    model = model_with(rule("decimal", "low", "DM_SHORTFALL(1,C1)"), cells={"A1": 1, "B1": 0, "C1": 11}, low="S!$B$1")
    assert accepts(model, "A1", 10)
    assert not accepts(model, "A1", -1)
    model["S!C1"] = 3
    assert not accepts(model, "A1", 10)


def test_limit_that_is_an_error_lets_nothing_pass() -> None:
    model = model_with(rule("decimal", 0, "1/0"))
    with pytest.raises(InputRefusedError, match=re.escape("within limits that cannot be computed here (0, 1/0)")):
        model["S!A1"] = 1


def test_blank_is_taken_where_the_rule_says_so() -> None:
    assert accepts(model_with(rule("decimal", 0, 1)), "A1", None)
    with pytest.raises(InputRefusedError, match="must be filled in; got nothing"):
        model_with(rule("decimal", 0, 1, allow_blank=False))["S!A1"] = None


@pytest.mark.parametrize("style", ["warning", "information"])
def test_rules_that_only_warn_do_not_count(style: str) -> None:
    assert accepts(model_with(rule("decimal", 0, 1, errorStyle=style)), "A1", 5)


def test_rule_holds_where_its_message_is_off() -> None:
    assert not accepts(model_with(rule("decimal", 0, 1, showErrorMessage=False)), "A1", 5)


def test_other_cells_are_free() -> None:
    model = model_with(rule("decimal", 0, 1), cells={"A1": 1, "B1": 7})
    assert accepts(model, "B1", 700)
    assert not accepts(model, "B1", "text"), "a number was there"
    assert not accepts(model, "B1", value=True)
    assert accepts(model, "B2", "text"), "nothing was there"


@pytest.mark.parametrize("sqref", ["A1:A1048576", "A:A", "1:3"])
def test_whole_columns_and_rows_are_ranges(sqref: str) -> None:
    data = raw_book(
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><dataValidations>'
        f'<dataValidation type="decimal" allowBlank="1" sqref="{sqref}"><formula1>0</formula1><formula2>1</formula2>'
        "</dataValidation></dataValidations></worksheet>"
    )
    assert not accepts(Model.from_bytes(data, "book.xlsx"), "A1", 2)


def test_rules_of_the_extension_list_reach_other_sheets() -> None:
    extension = (
        '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" xmlns:x14="urn:x14"><x14:dataValidations count="1" '
        'xmlns:xm="urn:xm"><x14:dataValidation type="list" allowBlank="1" showErrorMessage="1" xr:uid="{1}">'
        "<x14:formula1><xm:f>'My lists'!$A$1:$A$2</xm:f></x14:formula1><xm:sqref>A1 C3</xm:sqref>"
        "</x14:dataValidation></x14:dataValidations></ext></extLst>"
    )
    text = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
    data = raw_book(
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{text.format("A1", "a")}</row></sheetData>'
        f"{extension}</worksheet>",
        f'<row r="1">{text.format("A1", "a")}</row><row r="2">{text.format("A2", "b")}</row>',
        sheet_names=("S", "My lists"),
    )
    model = Model.from_bytes(data, "book.xlsx")
    assert accepts(model, "A1", "b")
    assert accepts(model, "C3", "b")
    assert not accepts(model, "C3", "c")


def test_garbled_rule_is_passed_over() -> None:
    data = raw_book(
        f'<worksheet xmlns="{MAIN}"><sheetData/><dataValidations><dataValidation type="list" sqref="A1">'
        "<formula1>&bad;</formula1></dataValidation></dataValidations></worksheet>"
    )
    assert accepts(Model.from_bytes(data, "book.xlsx"), "A1", 5)


@pytest.mark.parametrize("value", [1e308, 5e-324, -0.0])
def test_extreme_numbers_are_numbers(value: Scalar) -> None:
    assert accepts(model_with(rule("decimal", -1, 1e308)), "A1", value)
