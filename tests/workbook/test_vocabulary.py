from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from openpyxl.workbook.defined_name import DefinedName

from dealmodel.cli import cli
from dealmodel.errors import InputRefusedError, UnknownNameError
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from dealmodel.workbook.vocabulary import Kind
from tests.support.workbooks import deal_book, model_of, one_sheet, saved

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def model() -> Model:
    return Model.from_bytes(saved(deal_book()), "deal.xlsx")


def test_constants_and_selectors_are_inputs_and_formulas_outputs(model: Model) -> None:
    assert list(model.inputs) == ["scenario", "price", "fine", "stake"]
    assert list(model.outputs) == ["shortfall", "offset", "value_of_all", "doubled"]
    assert [*model] == [*model.inputs, *model.outputs]
    assert len(model) == 8


def test_names_carry_what_the_header_row_calls_them(model: Model) -> None:
    price = model.inputs["price"]
    assert (price.label, price.unit, price.source, price.kind) == ("price", "USD m", "filing", Kind.INPUT)
    assert price.at == CellAt("Inputs", 5, 2)
    assert model.outputs["shortfall"].unit == "USD m"


def test_setting_a_selector_sets_the_cell_it_picks(model: Model) -> None:
    assert model.set("price", 300) == CellAt("Inputs", 5, 4)
    assert (model["price"], model["Inputs!D5"], model["Inputs!E5"]) == (300, 300, 193.3)
    model.choose("as FILED")
    assert model["price"] == 193.3
    assert model.set("price", 200) == CellAt("Inputs", 5, 5)
    assert (model["Inputs!D5"], model["shortfall"]) == (300, 692.4)


def test_name_in_a_scenario_is_a_cell_of_its_own(model: Model) -> None:
    assert model["price[As filed]"] == 193.3
    model["price[as filed]"] = 250
    assert (model["price"], model["Inputs!E5"]) == (294, 250)
    with pytest.raises(UnknownNameError, match=r"has no scenario As fild; did you mean As filed\?"):
        model["price[As fild]"] = 1
    with pytest.raises(UnknownNameError, match=r"scenario has no scenarios in deal\.xlsx"):
        model["scenario[As filed]"] = 1
    with pytest.raises(UnknownNameError, match="has no scenario nothing like it; it has As reported, As filed"):
        model.choose("nothing like it")


@pytest.mark.parametrize(
    ("formula", "number", "picked"),
    [
        ("INDEX(B1:D1,A1)", 2, "C1"),
        ("INDEX($B$1:$D$1,1,A1)", 3, "D1"),
        ("INDEX(B1:B3,A1)", 3, "B3"),
        ("INDEX(B1:D3,A1,2)", 2, "C2"),
        ("index( S!B1:D1 , MATCH(A1,{1,2,3},0) )", 3, "D1"),
        ("INDEX(row,A1)", 2, "C1"),
        ("CHOOSE(A1,B1,S!C2,$D$3)", 2, "C2"),
        ("CHOOSE(IF(A1>2,3,1),B1,C2,D3)", 3, "D3"),
    ],
)
def test_every_mere_selector_is_an_input(formula: str, number: int, picked: str) -> None:
    cells = {f"{c}{r}": 10 * r + i for r in (1, 2, 3) for i, c in enumerate("BCD")}
    model = model_of({"A1": number, "F1": f"={formula}", **cells}, {"live": "S!$F$1", "row": "S!$B$1:$D$1"})
    assert list(model.inputs) == ["live"]
    assert str(model.set("live", 7)) == f"S!{picked}"
    assert model["live"] == 7


@pytest.mark.parametrize(
    "formula",
    [
        "INDEX(B1:D1,A1)*2",
        "INDEX(B1:D1,A1)+INDEX(B2:D2,A1)",
        "INDEX(B1:D3,A1)",
        "INDEX(nowhere,A1)",
        "INDEX(B1:D1,1,2,3)",
        "CHOOSE(A1,B1,C1+1)",
        "CHOOSE(A1,B1,1)",
        "SUM(B1:D1)",
        "B1",
        "IF(A1,B1,C1)",
        "INDEX(A1:XFD9999,A1)",
    ],
)
def test_formula_that_does_more_is_an_output_and_refused(formula: str) -> None:
    model = model_of({"A1": 1, "B1": 5, "F1": f"={formula}"}, {"live": "S!$F$1"})
    assert list(model.outputs) == ["live"]
    with pytest.raises(InputRefusedError, match=re.escape(f"live (S!F1) holds the formula ={formula}")):
        model["live"] = 7


def test_selector_among_formulas_is_an_output() -> None:
    model = model_of({"A1": 1, "B1": "=1+1", "C1": 3, "F1": "=INDEX(B1:C1,A1)"}, {"live": "S!$F$1"})
    assert list(model.outputs) == ["live"]
    with pytest.raises(InputRefusedError, match="holds the formula"):
        model["live"] = 7


@pytest.mark.parametrize("number", [0, 3, "text", True])
def test_selector_that_picks_nothing_is_refused(number: object) -> None:
    model = model_of({"A1": number, "B1": 1, "C1": 2, "F1": "=INDEX(B1:C1,A1)"}, {"live": "S!$F$1"})
    with pytest.raises(InputRefusedError, match="holds the formula"):
        model["live"] = 7


@pytest.mark.parametrize("name", [3, None, ("price", "fine"), b"price"])
def test_only_a_text_is_a_name(model: Model, name: object) -> None:
    assert name not in model
    with pytest.raises(UnknownNameError, match="a name or an address is a text, such as 'Sheet1!A1'; got"):
        model[name]  # type: ignore[index]


def test_unknown_names_come_with_the_nearest(model: Model) -> None:
    with pytest.raises(UnknownNameError, match=r"deal.xlsx has no name prise; did you mean price\?"):
        model["prise"]
    with pytest.raises(UnknownNameError, match="has no name zzz; it has scenario, price, fine"):
        model["zzz"] = 1
    with pytest.raises(UnknownNameError, match=r"has no sheet Input; did you mean Inputs\?"):
        model["Input!A1"]
    with pytest.raises(UnknownNameError, match="is not one cell; write it as Inputs!A1"):
        model["Inputs!A1:B2"]
    assert "prise" not in model
    assert model.get("prise") is None


def test_book_without_names_says_how_to_go_on() -> None:
    with pytest.raises(UnknownNameError, match="has no name price; it has no names; use an address such as Sheet1!A1"):
        model_of({"A1": 1})["price"]


def test_names_and_sheets_are_found_in_any_case() -> None:
    model = model_of({"A1": 1}, {"Price": "S!$A$1"})
    assert (model["PRICE"], model[" price "], model["s!a1"], model["'S'!$A$1"]) == (1, 1, 1, 1)


def test_what_a_name_stands_for_is_told_where_it_is_no_cell() -> None:
    names = {"row": "S!$A$1:$B$1", "rate": "0.21", "two": "S!$A$1,S!$B$2"}
    model = model_of({"A1": 1}, names)
    for name, text in names.items():
        with pytest.raises(UnknownNameError, match=re.escape(f"{name} stands for {text}, not for one cell")):
            model[name] = 1


def test_name_of_a_sheet_is_found_with_and_without_it() -> None:
    book = one_sheet({"A1": 1})
    for sheet in ("My T", "U"):
        book.create_sheet(sheet)["A1"] = sheet
        book[sheet].defined_names["own"] = DefinedName("own", attr_text=f"'{sheet}'!$A$1")
    book["U"].defined_names["only"] = DefinedName("only", attr_text="U!$A$1")
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert (model["'My T'!own"], model["u!OWN"], model["only"]) == ("My T", "U", "U")
    with pytest.raises(UnknownNameError, match=re.escape("write it as 'My T'!own or U!own")):
        model["own"]


def test_hidden_names_and_print_areas_are_no_inputs() -> None:
    book = one_sheet({"A1": 1, "B1": 2}, {"shown": "S!$A$1"})
    book.defined_names["secret"] = DefinedName("secret", attr_text="S!$B$1", hidden=True)
    book["S"].print_area = "A1:B2"
    assert list(Model.from_bytes(saved(book), "book.xlsx")) == ["shown"]


@pytest.mark.parametrize("sheet", ["My sheet", "A1", "2018", "it's", "Übersicht 名前", "R&D <x>", "Sheet.1", "TRUE"])
def test_odd_sheet_names_work_in_formulas_and_addresses(sheet: str) -> None:
    book = one_sheet({"A1": "='{}'!B2*2".format(sheet.replace("'", "''"))}, {"out": "S!$A$1"})
    book.create_sheet(sheet)["B2"] = 4
    model = Model.from_bytes(saved(book), "book.xlsx")
    assert model["out"] == 8
    quoted = "'" + sheet.replace("'", "''") + "'"
    model[f"{quoted}!B2"] = 5
    model[f"{quoted}!C9"] = 1
    assert model["out"] == 10
    assert Model.from_bytes(model.to_bytes(), "book.xlsx")[f"{quoted}!B2"] == 5


def test_a_name_that_formulas_take_for_a_cell_is_told(tmp_path: Path) -> None:
    path = tmp_path / "misnamed.xlsx"
    path.write_bytes(saved(one_sheet({"A1": 2.0, "A2": "=x1+1"}, {"x1": "S!$A$1", "rate": "S!$A$1"})))
    model = Model.open(path)
    assert model["S!A2"] == 1.0
    told = "formulas that say x1 mean the cell X1, not what is named x1: give it another name"
    assert model.vocabulary.misread == (told,)
    assert CliRunner().invoke(cli, ["regenerate", str(path)]).output.count(told) == 1
