"""Formulas on other workbooks are computed with what is stored of those, as by Excel while they are closed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from dealmodel.cells import CellError
from dealmodel.cli import cli
from dealmodel.errors import InputRefusedError, WorkbookError
from dealmodel.scenarios import ScenarioModel
from dealmodel.workbook.linkedformulas import MOST_SHEETS
from dealmodel.workbook.model import Model
from tests.support.linkedbooks import stored, with_links
from tests.support.saving import NOW
from tests.support.workbooks import EXCEL_FOLDER, MAIN, needs_excel_files, parts_of, raw_book, worksheet, zipped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RATES = stored(
    {
        "Data": "A1=2 A2=3 A3=str:x A5=e:#DIV/0! B1=b:1 C1=10 C2=20 C3=30",
        "My Sheet": "A1=7 B2=str:two",
        "O'Brien": "A1=11",
        "Lost": None,
        "Q1": "A1=1",
        "Q2": "A1=20",
        "Q3": "A1=300",
    },
    '<definedName name="Rate" refersTo="=\'My Sheet\'!$A$1"/>'
    '<definedName name="Series" refersTo="=Data!$A$1:$A$2"/>'
    '<definedName name="Local" refersTo="=Data!$C$1" sheetId="0"/>'
    '<definedName name="Unknown"/><definedName name="Constant" refersTo="=0.35"/>'
    '<definedName name="Broken" refersTo="=#REF!"/><definedName name="Far" refersTo="=Lost!$A$1"/>',
)
LINKS = {"file:///C:/a%20folder/Rates%202024.xlsx": RATES}
NAMES = (
    "<definedNames><definedName name='outside'>[1]Data!$A$1</definedName>"
    "<definedName name='lost'>[1]Lost!$A$1</definedName><definedName name='behind'>lost*2</definedName>"
    "<definedName name='twice'>outside*2</definedName><definedName name='price'>S!$A$1</definedName></definedNames>"
)


def linked(
    *cells: str, links: Mapping[str, str] | None = None, names: str = NAMES, sheets: tuple[str, ...] = ("S",)
) -> ScenarioModel:
    """Return a workbook of one sheet with cells such as `A1:5` or `B1=[1]Data!A1:2`, the stored value last."""
    xml = ""
    for cell in ("A1:5", *cells):
        head, _, value = cell.rpartition(":")
        address, _, formula = head.partition("=")
        text = formula.replace("&", "&amp;").replace("<", "&lt;")
        xml += f'<row><c r="{address}">{f"<f>{text}</f>" if formula else ""}<v>{value}</v></c></row>'
    data = raw_book(xml, *[""] * (len(sheets) - 1), names=names, sheet_names=sheets)
    return ScenarioModel.from_bytes(with_links(data, LINKS if links is None else links), "book.xlsx", NOW)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("[1]Data!A1*A1", 10),
        ("[1]data!$A$2", 3),
        ("'[1]My Sheet'!A1", 7),
        ("'[1]O''Brien'!A1+1", 12),
        ("SUM([1]Data!A1:A3)", 5),
        ("SUM([1]Data!A:A,A1)", CellError.DIV0),
        ("SUM([1]Data!C:C)", 60),
        ("SUM([1]Data!$1:$2)", 35),
        ("SUM([1]Q1:Q3!A1)", 321),
        ("SUM('[1]Q2:Q3'!A1)", 320),
        ("[1]Data!A4", 0),
        ('[1]Data!A4&"-"', "-"),
        ("ISBLANK([1]Data!A4)", True),
        ("[1]Data!A3", "x"),
        ("[1]Data!B1", True),
        ("[1]Data!A5", CellError.DIV0),
        ("IFERROR([1]Data!A5,1)", 1),
        ("[1]Data!#REF!", CellError.REF),
        ("[1]!Rate", 7),
        ("[1]!rate*2", 14),
        ("SUM([1]!Series)", 5),
        ("[1]Data!Local", 10),
        ("'[1]My Sheet'!Rate", 7),
        ("VLOOKUP(3,[1]Data!$A$1:$C$3,3,FALSE)", 20),
        ("INDEX([1]Data!C1:C3,MATCH(3,[1]Data!A1:A3,0))", 20),
        ("SUMPRODUCT([1]Data!A1:A2,[1]Data!C1:C2)", 80),
        ("SUMPRODUCT(([1]Data!A:A=3)*1)", CellError.DIV0),
        ("ROWS([1]Data!A1:A9)+COLUMNS([1]Data!A:C)", 12),
        ("COUNTIF(A1:A1,[1]Data!A1)", 0),
        ('SUMIF(A1:A1,">"&[1]Data!A1)', 5),
        ("outside+A1", 7),
        ("twice+1", 5),
        ("[0]!price+1", 6),
        ("[0]S!A1+1", 6),
    ],
)
def test_cell_is_computed_with_what_is_stored_of_the_other_workbook(formula: str, value: object) -> None:
    model = linked(f"B1={formula}:99")
    assert model["S!B1"] == value
    assert not model.kept


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("[1]Lost!A1", "it refers to Rates 2024.xlsx, of which the values of Lost are not stored here"),
        ("[1]Data:Q1!A1", "it refers to Rates 2024.xlsx, of which the values of Data:Q1 are not stored here"),
        ("[1]Nowhere!A1", "it refers to Rates 2024.xlsx, of which the values of Nowhere are not stored here"),
        ("IFERROR([1]Lost!A1,0)", "it refers to Rates 2024.xlsx, of which the values of Lost are not stored here"),
        ("[1]!Unknown", "it refers to Unknown of Rates 2024.xlsx, of which no cells are stored here"),
        ("[1]!Constant", "it refers to Constant of Rates 2024.xlsx, of which no cells are stored here"),
        ("[1]!Broken", "it refers to Broken of Rates 2024.xlsx, of which no cells are stored here"),
        ("[1]!Far", "it refers to Rates 2024.xlsx, of which the values of Lost are not stored here"),
        ("[1]!Sales[Total]", "it refers to a table of Rates 2024.xlsx, which is not stored here"),
        ("[1]!Macro(1)", "it calls a function of Rates 2024.xlsx"),
        ("[2]Data!A1", "it refers to another workbook, to which there is no link"),
        ("'C:\\x\\[Rates.xlsx]Data'!A1", "it refers to another workbook, C:\\x\\[Rates.xlsx]Data"),
        ("[Rates.xlsx]Data!A1", "it refers to another workbook"),
        ("SUMIF([1]Data!A1:A2,2)", "SUMIF needs Rates 2024.xlsx to be open"),
        ("COUNTIFS(A1,1,[1]Data!A1,2)", "COUNTIFS needs Rates 2024.xlsx to be open"),
        ("SUM(OFFSET([1]Data!A1,0,0,2,1))", "OFFSET needs Rates 2024.xlsx to be open"),
        ("COUNTBLANK([1]Data!A1:A5)", "COUNTBLANK needs Rates 2024.xlsx to be open"),
        ("COUNTBLANK(outside)", "COUNTBLANK needs another workbook to be open"),
        ("SUM([1]Data!A1:INDEX([1]Data!A:A,2))", "references that are combined need Rates 2024.xlsx to be open"),
        ("SUM(([1]Data!A1,[1]Data!A2))", "references that are combined need Rates 2024.xlsx to be open"),
        ("INDIRECT(\"'[Rates 2024.xlsx]Data'!A1\")", "INDIRECT needs another workbook to be open"),
        ('IFERROR(INDIRECT("\'["&A1&"]Data\'!B2"),0)', "INDIRECT needs another workbook to be open"),
        ("lost+1", "lost: it refers to Rates 2024.xlsx, of which the values of Lost are not stored here"),
        ("IFERROR(behind,0)", "lost: it refers to Rates 2024.xlsx, of which the values of Lost are not stored here"),
    ],
)
def test_cell_that_needs_the_other_workbook_itself_keeps_its_stored_value(formula: str, reason: str) -> None:
    model = linked(f"B1={formula}:99", "B2=B1*2:0")
    assert (model["S!B1"], model["S!B2"]) == (99, 198)
    assert [str(k.at) for k in model.kept] == ["S!B1"]
    assert model.kept[0].reason.startswith(reason)


def test_stored_cells_follow_no_input_but_formulas_on_them_do() -> None:
    model = linked("B1=[1]Data!A1*A1:10", "B2=B1+SUM([1]Data!C1:C3):70")
    assert not model.changes()
    model["price"] = 6
    assert (model["S!B1"], model["S!B2"]) == (12, 72)


def test_sheets_of_other_workbooks_are_none_of_this_one() -> None:
    model = linked("B1=[1]Data!A1:2", "B2=SHEETS():1", "B3=SHEET():1", 'B4=INDIRECT("1/Data!A1"):0', "B5=S!A1:5")
    assert [model[f"S!B{i}"] for i in range(1, 6)] == [2, 1, 1, CellError.REF, 5]
    with pytest.raises(KeyError, match="has no sheet 1/Data"):
        model["1/Data!A1"]
    with pytest.raises(KeyError, match="has no sheet 1/Data"):
        model["1/Data!A1"] = 3


def test_a_sheet_of_this_workbook_may_be_called_as_one_of_another_is_here() -> None:
    model = linked("B1=[1]Data!A1+'1/Data'!A1:0", sheets=("S", "1/Data", "1//Data"))
    assert model["S!B1"] == 2


def test_two_links_keep_their_values_apart() -> None:
    links = {"a.xlsx": stored({"Data": "A1=1"}), "b.xlsx": stored({"Data": "A1=2"})}
    assert linked("B1=[1]Data!A1+10*[2]Data!A1:0", links=links)["S!B1"] == 21


def test_array_formula_takes_stored_cells() -> None:
    xml = (
        '<row r="1"><c r="A1"><f t="array" ref="A1:A3">[1]Data!C1:C3*2</f><v>0</v></c></row>'
        '<row r="2"><c r="A2"><v>0</v></c></row><row r="3"><c r="A3"><v>0</v></c></row>'
    )
    model = Model.from_bytes(with_links(raw_book(xml), LINKS), "book.xlsx", NOW)
    assert [model[f"S!A{i}"] for i in (1, 2, 3)] == [20, 40, 60]


def test_shared_formula_takes_stored_cells() -> None:
    rows = '<row r="1"><c r="A1"><f t="shared" ref="A1:A3" si="0">[1]Data!C1*2</f><v>0</v></c></row>'
    rows += "".join(f'<row r="{i}"><c r="A{i}"><f t="shared" si="0"/><v>0</v></c></row>' for i in (2, 3))
    model = Model.from_bytes(with_links(raw_book(rows), LINKS), "book.xlsx", NOW)
    assert [model[f"S!A{i}"] for i in (1, 2, 3)] == [20, 40, 60]


def test_trials_run_through_stored_cells() -> None:
    model = linked(
        "B1=A1*[1]Data!A1:0",
        "B2=VLOOKUP(3,[1]Data!$A$1:$C$3,3,FALSE)*A1+SUM([1]Data!C:C)+twice:0",
        "B3=SUM([1]Q1:Q3!A1)*A1+INDEX([1]Data!C1:C3,A1/A1):0",
    )
    outputs = [f"S!B{i}" for i in (1, 2, 3)]
    found = model.simulate(512, seed=1, inputs={"price": "UNIFORM(1,2)"}, outputs=outputs)
    assert not any("engine" in note for note in found.notes)
    price = found.column("price")
    expected = (2 * price, 20 * price + 60 + 4, 321 * price + 10)
    for name, values in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(found.column(name), values, rtol=1e-14)


def test_no_trial_follows_an_input_through_a_cell_that_keeps_its_value() -> None:
    model = linked("B1=SUMIF([1]Data!A1:A2,A1):99", "B2=B1+1:100")
    with pytest.raises(WorkbookError, match=r"S!B1, which cannot be computed for each trial: SUMIF needs Rates 2024"):
        model.simulate(512, seed=1, inputs={"price": "UNIFORM(1,2)"}, outputs=["S!B2"])


@pytest.mark.parametrize("formula", ["VENDOR(A1)", "IF(A1>5,VENDOR(A1),A1)", "[1]Lost!A1*A1"])
def test_no_trial_takes_a_kept_value_for_what_follows_from_its_inputs(formula: str) -> None:
    model = linked(f"B1={formula}:50", "B2=B1+A1:55", "B3=VENDOR(3)+A1*0:4", "C1=VENDOR(3):4", "C2=C1+A1:9")
    with pytest.raises(WorkbookError, match="S!B1, which cannot be computed for each trial"):
        model.simulate(512, seed=1, inputs={"price": "UNIFORM(1,2)"}, outputs=["S!B2"])
    found = model.simulate(512, seed=1, inputs={"price": "UNIFORM(1,2)"}, outputs=["S!C2"])
    np.testing.assert_allclose(found.column("S!C2"), 4 + found.column("price"), rtol=1e-14)


def test_command_tells_whose_values_were_taken(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(linked("B1=[1]Data!A1*A1:10").book.package.data)
    plain = CliRunner().invoke(cli, ["regenerate", str(path)])
    assert plain.exit_code == 0
    assert "note: Rates 2024.xlsx was not opened: what formulas take from it are the values stored here" in plain.output
    told = json.loads(CliRunner().invoke(cli, ["regenerate", str(path), "--json"]).output)
    assert (told["linked"], told["kept"]) == (["Rates 2024.xlsx"], [])


def test_list_of_another_workbook_says_what_an_input_may_be() -> None:
    rule = (
        '<dataValidations count="1"><dataValidation type="list" sqref="A1"><formula1>series</formula1>'
        "</dataValidation></dataValidations>"
    )
    names = "<definedNames><definedName name='series'>[1]Data!$C$1:$C$3</definedName></definedNames>"
    data = raw_book(worksheet('<row r="1"><c r="A1"><v>10</v></c></row>', rule), names=names)
    model = Model.from_bytes(with_links(data, LINKS), "book.xlsx", NOW)
    model["S!A1"] = 20
    with pytest.raises(InputRefusedError, match="one of 10, 20, 30"):
        model["S!A1"] = 21


def test_values_under_other_prefixes_are_read() -> None:
    content = (
        f'<x:externalBook xmlns:x="{MAIN}"><x:sheetNames><x:sheetName val="Data"/></x:sheetNames><x:sheetDataSet>'
        '<x:sheetData sheetId="0"><x:row r="1"><x:cell r="A1" t="str"><x:v>a&amp;b _x0041_</x:v></x:cell>'
        '<x:cell r="B1" t="str"><x:v></x:v></x:cell><x:cell r="C1"/></x:row></x:sheetData></x:sheetDataSet>'
        "</x:externalBook>"
    )
    model = linked('B1=[1]Data!A1&"|":0', "B2=ISTEXT([1]Data!B1):0", "B3=ISBLANK([1]Data!C1):0", links={"x": content})
    assert [model[f"S!B{i}"] for i in (1, 2, 3)] == ["a&b A|", True, True]


DAMAGED = {
    "an address beyond the sheet": '<row r="1"><cell r="ZZZZ99999999999"><v>1</v></cell></row>',
    "the same cell twice": '<row r="1"><cell r="A1"><v>1</v></cell><cell r="A1"><v>2</v></cell></row>',
    "no number": '<row r="1"><cell r="A1"><v>NaN</v></cell></row>',
    "too large a number": '<row r="1"><cell r="A1"><v>1e999</v></cell></row>',
    "a shared text": '<row r="1"><cell r="A1" t="s"><v>0</v></cell></row>',
    "a formula": '<row r="1"><cell r="A1"><f>1+1</f><v>1</v></cell></row>',
    "a comment": '<row r="1"><cell r="A1"><v>1</v></cell></row><!-- </sheetData> -->',
    "no end": '<row r="1"><cell r="A1"><v>1',
    "elements in elements": f'<row r="1">{"<row>" * 9000}{"</row>" * 9000}</row><cell>',
}


@pytest.mark.parametrize("cells", DAMAGED.values(), ids=DAMAGED)
def test_damaged_values_are_not_taken(cells: str) -> None:
    content = stored({"Data": ""}).replace('<row r="1"></row>', cells)
    model = linked("B1=[1]Data!A1:99", links={"x.xlsx": content})
    assert model["S!B1"] == 99
    assert [k.reason for k in model.kept] == ["it refers to x.xlsx, of which the values of Data are not stored here"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<externalBook/>",
        '<ddeLink ddeService="a" ddeTopic="b"><ddeItems><ddeItem name="Data"/></ddeItems></ddeLink>',
        stored({"Data": "A1=1"}).replace('sheetId="0"', 'sheetId="99999999999999999999"'),
        stored({"Data": "A1=1"}).replace('sheetId="0"', 'sheetId="-1"'),
        stored({"Data": "A1=1"}).replace('sheetId="0"', 'sheetId="1"'),
    ],
)
def test_link_that_stores_no_sheet_answers_nothing(content: str) -> None:
    model = linked("B1=[1]Data!A1:99", links={"x.xlsx": content})
    assert (model["S!B1"], len(model.kept)) == (99, 1)


def test_entities_in_a_link_are_not_expanded() -> None:
    data = linked("B1=[1]Data!A1:99").book.package.data
    parts = parts_of(data)
    part = "xl/externalLinks/externalLink1.xml"
    parts[part] = b'<!DOCTYPE x [<!ENTITY a "2"><!ENTITY b "&a;&a;">]>' + parts[part].replace(
        b"<v>2</v>", b"<v>&b;</v>"
    )
    model = Model.from_bytes(zipped(parts), "book.xlsx", NOW)
    assert (model["S!B1"], len(model.kept)) == (99, 1)


@pytest.mark.parametrize("target", ["../../../etc/passwd", "worksheets/sheet1.xml", "/xl/workbook.xml", "C:\\x", ""])
def test_link_that_leads_to_no_part_of_its_own_answers_nothing(target: str) -> None:
    parts = parts_of(linked("B1=[1]Data!A1:99").book.package.data)
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(b"externalLinks/externalLink1.xml", target.encode())
    model = Model.from_bytes(zipped(parts), "book.xlsx", NOW)
    assert (model["S!B1"], len(model.kept)) == (99, 1)


def test_names_that_stand_for_each_other_end() -> None:
    chain = "".join(f"<definedName name='n{i}'>n{i + 1}+[1]Lost!A1</definedName>" for i in range(3000))
    circle = "<definedName name='p'>q+[1]Data!A1</definedName><definedName name='q'>p+[1]Data!A1</definedName>"
    model = linked("B1=n0+1:99", "B2=p+1:98", names=f"<definedNames>{chain}{circle}</definedNames>")
    assert (model["S!B1"], model["S!B2"], len(model.kept)) == (99, 98, 2)


def test_more_sheets_than_are_read_answer_nothing() -> None:
    names = [f"s{i}" for i in range(MOST_SHEETS + 1)]
    links = {"x.xlsx": stored(dict.fromkeys(names, "A1=1"))}
    model = linked(f"B1=SUM([1]s0:{names[-1]}!A1):99", "B2=SUM([1]s0:s9!A1):0", links=links)
    assert (model["S!B1"], model["S!B2"]) == (99, 10)


@needs_excel_files
def test_workbook_of_excel_gives_what_excel_stored() -> None:
    model = Model.open(EXCEL_FOLDER / "dotnet__ExternalLink.xlsx")
    assert (model["Sheet1!A2"], model.kept, model.changes()) == (2, (), {})
    assert dict(model.book.linked_sheets) == {"1/Sheet1": "Book2.xlsx"}


def test_what_one_workbook_stores_is_not_taken_for_what_another_does() -> None:
    names = "<definedNames><definedName name='rate'>[1]!Rate</definedName></definedNames>"
    cells = ("B1=rate*A1:0", "B2=rate*A1:0", "C1=SUM([1]Q1:Q3!A1):0", "C2=SUM([1]Q1:Q3!A1):0")
    one = stored({"Q1": "A1=1", "Q2": "A1=2", "Q3": "A1=3"}, '<definedName name="Rate" refersTo="=Q1!$A$1"/>')
    other = stored({"Q1": "A1=1", "Q3": "A1=3", "Q2": "A1=2"}, '<definedName name="Rate" refersTo="=Q2!$A$1"/>')
    given = [linked(*cells, names=names, links={"x.xlsx": link}) for link in (one, other)]
    assert [[model[f"S!{a}"] for a in ("B1", "B2", "C1", "C2")] for model in given] == [[5, 5, 6, 6], [10, 10, 4, 4]]


def test_input_behind_a_formula_that_needs_the_other_workbook_moves_what_depends_on_it() -> None:
    model = linked("A2:1", "B1=SUMIF([1]Data!A1:A2,A1):99", "B2=B1*A2:99", "B3=[1]Data!A1*A1:10")
    model["S!A2"] = 2
    assert [model[f"S!B{i}"] for i in (1, 2, 3)] == [99, 198, 10]
    assert [str(k.at) for k in model.kept] == ["S!B1"]
    model["price"] = 6
    assert [model[f"S!B{i}"] for i in (1, 2, 3)] == [99, 99, 12]
    assert [str(k.at) for k in model.kept] == ["S!B1", "S!B2"]
