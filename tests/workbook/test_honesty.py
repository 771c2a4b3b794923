"""What cannot be computed, or is computed otherwise than before, is never passed over in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dealmodel.cells import CellError
from dealmodel.hosts.engine import Engine
from dealmodel.report import Regeneration
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.computing.disagreements import volatile_cells
from dealmodel.workbook.model import Model
from dealmodel.workbook.spelling import arguments
from dealmodel.workbook.spelling.plain import plain_package
from tests.support.saving import NOW
from tests.support.workbooks import each_excel_file, model_of, needs_excel_files, raw_book, sheet_xml

if TYPE_CHECKING:
    from pathlib import Path

CDE = ("S!C1", "S!D1", "S!E1")
NAMES = (
    '<definedNames><definedName name="clock">NOW()-1</definedName>'
    '<definedName name="one">S!$A$1</definedName></definedNames>'
)


def book(*rows: str, names: str = "", calculation: str = "") -> Model:
    """Return a workbook of one sheet; a row is the content of its cells, such as `B1=A1*2:7` or `A1:5`."""
    xml = ""
    for row in rows:
        cells = ""
        for cell in row.split("; "):
            head, _, stored = cell.rpartition(":")
            address, _, formula = head.partition("=")
            value = f"<v>{stored}</v>" if stored else ""
            kind = ' t="e"' if stored.startswith("#") else ""
            text = formula.replace("&", "&amp;").replace("<", "&lt;")
            cells += f'<c r="{address}"{kind}>{f"<f>{text}</f>" if formula else ""}{value}</c>'
        xml += f"<row>{cells}</row>"
    return Model.from_bytes(raw_book(xml, names=names, calculation=calculation), "book.xlsx", NOW)


def kept(model: Model) -> dict[str, str]:
    model.recalculate()
    return {str(k.at).removeprefix("S!"): k.reason for k in model.kept}


# -- cells that cannot be computed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "missing"),
    [
        ('_xll.VENDOR("price",A1)', "_XLL.VENDOR"),
        ("MyVbaFunction(A1)", "MYVBAFUNCTION"),
        ('RTD("prog",,"topic")', "RTD"),
        ('CUBEVALUE("conn","[m]")', "CUBEVALUE"),
        ('_xlfn.WEBSERVICE("http://x")', "_XLFN.WEBSERVICE"),
        ('_xludf.DUMMYFUNCTION("x")', "_XLUDF.DUMMYFUNCTION"),
    ],
)
def test_function_of_others_and_all_that_depends_on_it_keep_their_values(formula: str, missing: str) -> None:
    model = book("A1:2", f"A2={formula}:50; B2=A2*A1:99; C2=SUM(A2:B2)+1:77", "A3=A1*2:0")
    assert kept(model) == {
        "A2": f"there is no function {missing} here",
        "B2": "it depends on S!A2, which cannot be computed",
        "C2": "it depends on S!A2, which cannot be computed",
    }
    model["S!A1"] = 3
    assert [model[f"S!{a}"] for a in ("A2", "B2", "C2", "A3")] == [50, 99, 77, 6]
    assert model.disagreements[0].at == CellAt("S", 3, 1)


@pytest.mark.parametrize("formula", ["IFERROR(VENDOR(A1),5)", "IF(ISERROR(VENDOR(A1)),5,6)", "COUNT(VENDOR(A1))"])
def test_error_of_an_unknown_function_that_another_one_hides_is_no_result(formula: str) -> None:
    model = book("A1:2", f"A2={formula}:7; B2=A2+1:8")
    assert kept(model) == {
        "A2": "there is no function VENDOR here",
        "B2": "it depends on S!A2, which cannot be computed",
    }
    assert (model["S!A2"], model["S!B2"]) == (7, 8)


def test_dependants_by_range_name_array_and_table_keep_their_values() -> None:
    cells = (
        '<row r="1"><c r="A1"><f>VENDOR()</f><v>2</v></c><c r="B1"><f>SUM(A:A)</f><v>9</v></c>'
        '<c r="C1"><f>one+1</f><v>9</v></c><c r="D1"><f t="array" ref="D1:D2">A1:A2*2</f><v>8</v></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="D2"><v>7</v></c><c r="E2"><f>D2</f><v>6</v></c></row>'
        '<row r="5"><c r="C5"><f>A1*F1</f><v>5</v></c></row>'
        '<row r="6"><c r="B6"><v>1</v></c><c r="C6"><f t="dataTable" ref="C6:C7" r1="F1"/><v>4</v></c></row>'
        '<row r="7"><c r="B7"><v>2</v></c><c r="C7"><v>3</v></c><c r="D7"><f>C7+1</f><v>2</v></c></row>'
    )
    model = Model.from_bytes(raw_book(cells, names=NAMES), "book.xlsx")
    assert kept(model).keys() == {"A1", "B1", "C1", "D1", "E2", "C5", "C6", "D7"}
    model["S!F1"] = 4
    kept_cells = ("B1", "C1", "D1", "D2", "E2", "C5", "C6", "C7", "D7")
    assert [model[f"S!{a}"] for a in kept_cells] == [9, 9, 8, 7, 6, 5, 4, 3, 2]


@pytest.mark.parametrize(
    "formula", ["rate", "rate+0", "(RATE)", "-rate", "[0]!rate*1", "IF(TRUE,rate,0)", "SUM(A3,rate)"]
)
def test_what_depends_on_a_cell_by_its_name_keeps_its_value(formula: str) -> None:
    names = '<definedName name="rate">S!$A$2</definedName>'
    model = book("A1:2", f"A2=VENDOR(A1):50; B2={formula}:7; C2=B2*A1:14", 'A3="rate":0', names=names)
    behind = "it depends on S!A2, which cannot be computed"
    assert kept(model) == {"A2": "there is no function VENDOR here", "B2": behind, "C2": behind}
    model["S!A1"] = 3
    assert [model[f"S!{a}"] for a in ("A2", "B2", "C2", "A3")] == [50, 7, 14, "rate"]


@pytest.mark.parametrize(
    "formula",
    [
        'INDIRECT("B"&A1)*2',
        "OFFSET(A1,0,1)*2",
        'IFERROR(INDIRECT("B1"),0)*2',
        "SUM(OFFSET(A1,0,0,1,2))*2-2",
        'INDIRECT("C1")-4',
        "ISNUMBER(OFFSET(A1,0,1))*10",
    ],
)
def test_what_offset_and_indirect_lead_to_a_kept_cell_is_kept_with_it(formula: str) -> None:
    model = book(f'A1:1; B1=FOREIGN(A1):5; C1=B1+9:14; D1={formula}:10; E1=D1+1:11; F1=INDIRECT("A1")+1:2')
    model["S!G1"] = 1.0
    assert [model[f"S!{cell}1"] for cell in "BCDEF"] == [5.0, 14.0, 10.0, 11.0, 2.0]
    assert {str(k.at): str(k.because_of) for k in model.kept} == {"S!B1": "None", **dict.fromkeys(CDE, "S!B1")}


def test_what_offset_leads_to_one_of_several_kept_cells_names_none_of_them() -> None:
    model = book("A1:1; B1=FOREIGN(A1):5; C1=OTHER(A1):6; D1=OFFSET(A1,0,2):6; E1=OFFSET(A1,0,0)+1:2")
    assert model["S!E1"] == 2.0
    told = {str(k.at): k.reason for k in model.kept}
    assert told.keys() == {"S!B1", "S!C1", "S!D1"}
    assert told["S!D1"] == "it depends on one of several cells, which cannot be computed"


def test_what_is_kept_is_told_before_any_value_was_asked_for() -> None:
    assert [str(k.at) for k in book("A1=FOREIGN(1):5; B1=A1+1:6").kept] == ["S!A1", "S!B1"]
    assert [str(k.at) for k in book("A1=FOREIGN(1):5; B1=A1+1:6").uncomputed] == ["S!A1"]


def test_an_array_that_offset_lays_over_a_kept_cell_is_kept_whole() -> None:
    spill = '<c r="D1" cm="1"><f t="array" ref="D1:D2">OFFSET(A1,0,0,2,1)+1</f><v>2</v></c>'
    rows = f'<row r="1"><c r="A1"><v>1</v></c>{spill}</row>'
    rows += '<row r="2"><c r="A2"><f>FOREIGN(A1)</f><v>7</v></c><c r="D2"><v>8</v></c></row>'
    model = Model.from_bytes(raw_book(rows), "book.xlsx")
    assert (model["S!D1"], model["S!D2"]) == (2.0, 8.0)
    assert [str(k.at) for k in model.kept] == ["S!A2", "S!D1"]


def test_functions_of_google_sheets_are_what_they_came_to_there() -> None:
    query = '__xludf.DUMMYFUNCTION("GOOGLEFINANCE(""CURRENCY:USDRMB"",A1)")'
    model = book("A1:2", f"A2=IFERROR({query},6.5):6.5; B2=A2*A1:13; C2={query}:7")
    assert kept(model) == {"C2": "there is no function __XLUDF.DUMMYFUNCTION here"}
    model["S!A1"] = 3
    assert [model[f"S!{a}"] for a in ("A2", "B2", "C2")] == [6.5, 19.5, 7]
    assert [n for n in Regeneration.of(model).notes if "Google" in n]


def test_the_first_of_several_cells_in_the_order_of_the_sheets_is_named() -> None:
    vendor = "".join(f'<c r="{column}1"><f>VENDOR()</f><v>1</v></c>' for column in "ABCDEFGH")
    second = '<row r="1"><c r="A1"><f>S!A9+1</f><v>1</v></c></row>'
    first = f'<row r="1">{vendor}</row><row r="9"><c r="A9"><f>SUM(B1:H1)</f><v>1</v></c></row>'
    model = Model.from_bytes(raw_book(second, first, sheet_names=("Z", "S")), "book.xlsx").recalculate()
    told = [(str(k.at), k.reason) for k in model.kept if k.because_of]
    reason = "it depends on S!B1, which cannot be computed"
    assert told == [("Z!A1", reason), ("S!A9", reason)]


def test_every_dependant_is_told_however_many_there_are() -> None:
    rows = "".join(f'<row r="{i}"><c r="B{i}"><f>$A$1+{i}</f><v>1</v></c></row>' for i in range(2, 2002))
    model = Model.from_bytes(raw_book(f'<row r="1"><c r="A1"><f>VENDOR()</f><v>2</v></c></row>{rows}'), "book.xlsx")
    assert len(kept(model)) == 2001
    assert len(model.uncomputed) == 1


def test_circle_that_the_file_does_not_iterate_keeps_its_values_and_its_tail() -> None:
    model = book("A1=B1+1:1; B1=A1+1:2; C1=B1*10:0; D1=1+1:0")
    assert kept(model) == {
        "A1": "it refers to itself",
        "B1": "it refers to itself",
        "C1": "it depends on S!B1, which cannot be computed",
    }


def test_formula_that_cannot_be_read_and_unknown_name_keep_their_values() -> None:
    model = book("A1=1+:4; B1=nowhere:5; C1=A1:6")
    assert kept(model) == {
        "A1": "the engine cannot read it",
        "B1": "it holds a name that is not known here",
        "C1": "it depends on S!A1, which cannot be computed",
    }


def test_link_to_another_workbook_feeds_the_rest_with_its_stored_value_as_in_excel() -> None:
    model = book("A1:3", "A2=[1]Other!A1:7; B2=A2*A1:0")
    assert kept(model) == {"A2": "it refers to another workbook, to which there is no link"}
    assert model["S!B2"] == 21


def test_nothing_that_is_kept_changes_in_the_file() -> None:
    model = book("A1:2", "A2=VENDOR(A1):50; B2=A2*A1:99")
    model["S!A1"] = 3
    assert sheet_xml(model.to_bytes()) == sheet_xml(model.book.package.data).replace("<v>2</v>", "<v>3</v>", 1)


def test_error_that_the_workbooks_own_program_stored_is_a_result() -> None:
    model = book("A1=nowhere+1:#NAME?; B1=IFERROR(A1,3):3")
    assert kept(model) == {}
    assert (model["S!A1"], model["S!B1"]) == (CellError.NAME, 3)


def test_cell_without_a_stored_value_stays_empty() -> None:
    model = model_of({"A1": "=NOSUCH(1)", "B1": "=A1*2", "C1": "=IFERROR(A1,5)", "D1": "=1+1"})
    assert kept(model).keys() == {"A1", "B1", "C1"}
    assert [model[f"S!{a}"] for a in ("A1", "B1", "C1", "D1")] == [None, None, None, 2]


def test_what_our_own_spelling_and_lambdas_call_is_known() -> None:
    model = book(
        "A1=_xldudf_DM_STAKE_SOLD(2,8):0; B1=_xlfn.LET(_xlpm.x,2,_xlpm.x+1):0; C1=twice(4):0",
        names='<definedNames><definedName name="twice">_xlfn.LAMBDA(_xlpm.x,_xlpm.x*2)</definedName></definedNames>',
    )
    assert "A1" not in kept(model)
    assert model["S!B1"] == 3


def test_every_function_whose_arguments_are_known_is_known_to_the_engine() -> None:
    """So that only the others have to be asked for."""
    engine = Engine(plain_package({"S": []}), NOW)
    elsewhere = {"AREAS", "CELL"}  # always spelled in another way
    names = [name for name in arguments._NEEDS if name not in elsewhere]  # noqa: SLF001  each of them
    assert [name for name in names if not (engine.knows(name) or engine.knows(f"_xlfn.{name}"))] == []


# -- two ways of evaluating --------------------------------------------------------------------------------------------


def parted(model: Model) -> dict[str, tuple[object, object]]:
    return {str(d.at).removeprefix("S!"): (d.stored, d.computed) for d in model.disagreements}


def test_value_that_was_stored_otherwise_is_told_and_what_follows_from_it_is_not() -> None:
    model = book("A1:3", "A2=A1*2:7; B2=A2+1:8; C2=A1+1:4", "A3=SUM(A2:B2):15; B3=A1-1:1")
    assert parted(model) == {"A2": (7, 6), "B3": (1, 2)}


def test_changed_inputs_do_not_hide_what_was_stored_otherwise_before() -> None:
    model = book("A1:3; B1:1", "A2=A1*2:7; B2=B1*5:5")
    model["S!B1"] = 2
    assert parted(model) == {"A2": (7, 6)}
    model["S!A1"] = 4
    assert parted(model) == {"A2": (7, 6)}


def test_clock_and_chance_explain_a_difference() -> None:
    model = book("A1=NOW():1; B1=A1+1:2; C1=RANDBETWEEN(1,9)*100:5; D1=clock*2:3; E1=1+1:9", names=NAMES)
    assert parted(model) == {"E1": (9, 2)}


def test_a_clock_behind_a_name_of_a_name_explains_a_difference() -> None:
    names = (
        '<definedNames><definedName name="inner">NOW()+1</definedName>'
        '<definedName name="outer">inner*2</definedName></definedNames>'
    )
    model = book("A1=outer:1; B1=A1+1:2; E1=1+1:9", names=names)
    assert parted(model) == {"E1": (9, 2)}


def test_cell_that_was_never_computed_explains_itself_and_what_follows() -> None:
    model = book("A1=1+1:; B1=A1+1:1; C1=DM_STAKE_SOLD(2,8):#NAME?; D1=C1*2:#NAME?; E1=2+2:5")
    assert parted(model) == {"E1": (5, 4)}


def test_workbook_that_asks_to_be_calculated_on_opening_stores_nothing_to_differ_from() -> None:
    model = book("A1=1+1:9", calculation='<calcPr fullCalcOnLoad="1"/>')
    assert parted(model) == {}


def test_last_digits_of_two_programs_are_no_difference() -> None:
    assert parted(book("A1:0.1", "A2=A1*3:0.3; B2=A1*7:0.69999999999999996")) == {}


@needs_excel_files
@each_excel_file
def test_what_excel_stored_is_computed_or_told(path: Path) -> None:
    """Every changed cell is told, follows from one that is, or has a clock, chance or no stored value behind it."""
    model = Model.open(path, NOW).recalculate()
    told = [d.at for d in model.disagreements]
    dependence = model.calculation.dependence
    explained = set(told) | dependence.behind(told).keys() | volatile_cells(model.calculation)
    left = {at for at in model.changes() if at not in explained}
    unstored = {at for at in left if model.book.value(at) in (None, CellError.NAME)}
    assert left - unstored - dependence.behind(unstored).keys() == set()


def test_what_takes_too_long_for_every_element_is_not_hidden_by_a_function_that_catches_errors() -> None:
    model = model_of({"Z9": "=IFERROR(SUMPRODUCT(MOD(ROW(A1:A300000),7)),0)"})
    assert model["S!Z9"] is None
    assert kept(model) == {"Z9": "the engine does not know something in it"}


@pytest.mark.parametrize(
    "formula",
    [
        "_xlfn.GROUPBY(A1:A2,B1:B2,_xleta.SUM)",
        "SUM(_xlfn.PIVOTBY(A1:A2,B1:B2,B1:B2,_xlfn.LAMBDA(_xlpm.x,SUM(_xlpm.x))))",
        # Dates of the year in which they are read, and months in another language.
        'DATEVALUE("5-Jul")',
        '"1/2"+0',
        'IFERROR(VALUE("Mar-20"),0)',
        'TEXT(A1,"[$-407]d. mmmm yyyy")',
    ],
)
def test_what_is_not_known_to_be_as_excel_has_it_keeps_its_value(formula: str) -> None:
    model = model_of({"A1": 1, "A2": 2, "B1": 3, "B2": 4, "Z9": f"={formula}"})
    assert model["S!Z9"] is None
    assert list(kept(model)) == ["Z9"]


# -- cells whose stored values stay right as long as nothing behind them changes ---------------------------------------


def test_what_a_pivot_table_gives_feeds_the_rest_until_what_is_asked_changes() -> None:
    model = book("A1:3; B1:4", 'A2=IFERROR(GETPIVOTDATA("x",$F$1,"year",A1),0):7; B2=A2*B1:28; C2=B2+A3:29', "A3:1")
    assert kept(model) == {"A2": "it asks a pivot table, which Excel alone works out"}
    assert not model.changes()
    model["S!B1"] = 5
    assert [model[f"S!{a}"] for a in ("A2", "B2", "C2")] == [7, 35, 36]
    assert list(kept(model)) == ["A2"]
    model["S!A1"] = 4
    assert [model[f"S!{a}"] for a in ("A2", "B2", "C2")] == [7, 28, 29]
    assert list(kept(model)) == ["A2", "B2", "C2"]
    model["S!A1"] = 3
    assert [model[f"S!{a}"] for a in ("A2", "B2", "C2")] == [7, 35, 36]


@pytest.mark.parametrize(
    "asked", ["A1", "SUM(A1:B1)", "one", "IF(one>2,one)", "A:A", 'INDIRECT("A1")', "D1", "'S'!$A$1", "S:S!A1", "far"]
)
def test_input_behind_a_cell_that_is_not_computed_moves_all_that_depends_on_it(asked: str) -> None:
    names = (
        "<definedNames><definedName name='one'>S!$A$1</definedName>"
        "<definedName name='far'>one+1</definedName></definedNames>"
    )
    pivot = f'GETPIVOTDATA("x",$F$1,{asked})'
    cells = f"B2={pivot}:7; C2=B2*2:14; D2=GETPIVOTDATA(C2,$F$1):8; E2=D2+1:9"
    model = book("A1:3; B1:4; D1=A1+1:4", cells, names=names)
    assert list(kept(model)) == ["B2", "D2"]
    model["S!A1"] = 9
    assert [model[f"S!{a}2"] for a in "BCDE"] == [7, 14, 8, 9]
    assert list(kept(model)) == ["B2", "D2", "C2", "E2"]


def test_other_sheets_and_cells_leave_what_a_pivot_table_gave_as_it_is() -> None:
    model = book("A1:3; B1:4", 'B2=GETPIVOTDATA("x",$F$1,"A1",[1]S!A1):7; C2=B2*A1:21')
    model["S!A1"] = 5
    assert model["S!C2"] == 35


def test_what_excel_alone_tells_of_a_cell_is_named_as_such() -> None:
    model = model_of({"A1": 1.0, "B1": '=CELL("width",A:A)', "B2": '=CELL("row",A1)'})
    assert [(str(kept.at), kept.reason) for kept in model.kept] == [("S!B1", "it asks CELL for what Excel alone tells")]
    assert model["S!B2"] == 1.0
