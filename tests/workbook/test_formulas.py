from __future__ import annotations

import pytest

from dealmodel.cells import OMITTED_TEXT
from dealmodel.workbook.address import Area, a1, parse_area, parse_cell, parse_region, quote_sheet, split_sheet
from dealmodel.workbook.formulas import called_functions, canonical, move, refers_outside, tokens
from dealmodel.workbook.stored.tables import Table

FORMULAS = [
    'SUM(A1:B2,\'My sheet\'!C3)&"a ""quoted"" text"',
    "'it''s'!A1+[1]Sheet1!$B$2*Sales[[#This Row],[Unit '[price']]]",
    "{1,2;3,-4}+1.5E-3%^2<>#N/A",
    "_xlfn.LET(_xlpm.x,A1#,_xlpm.x*2)",
    "Élan!Ä1+名前*$1:$3",
    "A1 B2,(C3)",
    'unclosed "text',
    "'unclosed sheet",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_tokens_joined_are_the_formula(formula: str) -> None:
    assert "".join(text for _, text in tokens(formula)) == formula


@pytest.mark.parametrize(
    ("formula", "down", "right", "moved"),
    [
        ("A1", 1, 1, "B2"),
        ("$A1+A$1+$A$1", 2, 3, "$A3+D$1+$A$1"),
        ("SUM(A1:B2)", 1, 0, "SUM(A2:B3)"),
        ("SUM(A:A,$B:B,1:1,$2:3)", 1, 1, "SUM(B:B,$B:C,2:2,$2:4)"),
        ("'A1'!B2+Sheet1!C3", 1, 1, "'A1'!C3+Sheet1!D4"),
        ('"A1"&A1', 1, 0, '"A1"&A2'),
        ("LOG10(A1)+ATAN2(B1,C1)", 1, 0, "LOG10(A2)+ATAN2(B2,C2)"),
        ("Table1[A1]+[1]S!A1", 1, 0, "Table1[A1]+[1]S!A2"),
        ("A1:INDEX(B:B,3)", 0, 1, "B1:INDEX(C:C,3)"),
        ("XFD1+A1048576", 1, 1, "A2+B1"),
        ("price+x1.y+_xlpm.a1", 5, 5, "price+x1.y+_xlpm.a1"),
        ("B2", -1, -1, "A1"),
        ("A1", -1, -1, "XFD1048576"),
    ],
)
def test_moved_formula_reads_as_it_does_when_copied(formula: str, down: int, right: int, moved: str) -> None:
    assert move(formula, down, right) == moved


@pytest.mark.parametrize(
    "spelled",
    [
        "DM_STAKE_SOLD(A1,8)",
        "dm_stake_sold(A1,8)",
        "[1]!dm_stake_sold(A1,8)",
        "'C:\\Users\\a b\\dealmodel.xlam'!DM_STAKE_SOLD(A1,8)",
        "_xldudf_DM_STAKE_SOLD(A1,8)",
        "_xlfn._xldudf_DM_STAKE_SOLD(A1,8)",
        "ORG.DEALMODEL.CALCADDIN.DMSTAKESOLD(A1,8)",
        "org.dealmodel.calcaddin.dmstakesold(A1,8)",
    ],
)
def test_every_spelling_of_a_host_is_the_canonical_name(spelled: str) -> None:
    assert canonical(spelled) == "DM_STAKE_SOLD(A1,8)"
    assert canonical(f'1+{spelled}*"[1]!dm_x("') == '1+DM_STAKE_SOLD(A1,8)*"[1]!dm_x("'


@pytest.mark.parametrize(
    ("formula", "marked"),
    [
        ("DM_X(,1)", "DM_X(#,1)"),
        ("DM_X(1,)", "DM_X(1,#)"),
        ("DM_X(1,,3)", "DM_X(1,#,3)"),
        ("DM_X( , )", "DM_X( #, #)"),
        ("DM_X()", "DM_X()"),
        ("DM_X(SUM(,1),)", "DM_X(SUM(,1),#)"),
        ("DM_X({1,2;3,4},)", "DM_X({1,2;3,4},#)"),
        ("IF(A1,,DM_X((1,2),))", "IF(A1,,DM_X((1,2),#))"),
        ("DM_X(DM_Y(,),1)", "DM_X(DM_Y(#,#),1)"),
    ],
)
def test_omitted_arguments_of_ours_are_marked_and_of_others_are_not(formula: str, marked: str) -> None:
    assert canonical(formula) == marked.replace("#", f'"{OMITTED_TEXT}"')


@pytest.mark.parametrize(
    ("formula", "outside"),
    [
        ("[1]Sheet1!A1", True),
        ("SUM([2]Sheet1:Sheet3!A1)", True),
        ("'[book.xlsx]My sheet'!A1", True),
        ("'C:\\[book.xlsx]S'!A1", True),
        ("[1]!dm_stake_sold(A1,8)", False),
        ("Table1[Units]+Table1[[#This Row],[Units]]+[@Units]", False),
        ('"[1]Sheet1!A1"', False),
        ("A1*2", False),
    ],
)
def test_references_to_other_workbooks_are_seen(formula: str, outside: bool) -> None:
    assert refers_outside(formula) is outside


def test_called_functions_are_those_before_a_bracket() -> None:
    assert called_functions('SUM(A1,"MAX(")+now()+sum(IF(LOG10(2)>name,1))') == {"SUM", "NOW", "IF", "LOG10"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("A1", (1, 1)),
        ("$XFD$1048576", (1048576, 16384)),
        ("xfd1", (1, 16384)),
        ("XFE1", None),
        ("A0", None),
        ("A01", None),
        ("A1048577", None),
        ("A", None),
        ("1", None),
        ("A1B", None),
        ("A1:B2", None),
        ("A\u0661", None),
        ("", None),
    ],
)
def test_address_is_parsed_within_the_sheet(text: str, place: tuple[int, int] | None) -> None:
    assert parse_cell(text) == place
    if place:
        assert a1(*place) == text.upper().replace("$", "")


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("B2:A1", Area(1, 1, 2, 2)),
        ("$C$3", Area(3, 3, 3, 3)),
        ("B:C", Area(1, 2, 1048576, 3)),
        ("$4:3", Area(3, 1, 4, 16384)),
        ("XFE:A", None),
        ("0:1", None),
        ("A1:B", None),
        ("A1:B2:C3", None),
        ("name", None),
    ],
)
def test_region_is_parsed_as_a_rectangle(text: str, area: Area | None) -> None:
    assert parse_region(text) == area


def test_area_is_no_whole_column() -> None:
    assert parse_area("B:C") is None
    assert list(Area(1, 1, 2, 2).places()) == [(1, 1), (1, 2), (2, 1), (2, 2)]


@pytest.mark.parametrize(
    "sheet", ["Sheet1", "My sheet", "A1", "2018", "it's", "Übersicht", "名前", "R&D", "a.b", "XFD1"]
)
def test_sheet_name_survives_quoting(sheet: str) -> None:
    assert split_sheet(f"{quote_sheet(sheet)}!B2") == (sheet, "B2")
    assert quote_sheet("A1") == "'A1'", "a name that reads as a cell needs quotes"


@pytest.mark.parametrize(
    ("specifier", "area"),
    [
        ("", Area(3, 2, 6, 4)),
        ("Units", Area(3, 3, 6, 3)),
        ("units", Area(3, 3, 6, 3)),
        ("#All", Area(2, 2, 7, 4)),
        ("#Headers", Area(2, 2, 2, 4)),
        ("#Totals", Area(7, 2, 7, 4)),
        ("[#Totals],[Units]", Area(7, 3, 7, 3)),
        ("[#This Row],[Units]", Area(4, 3, 4, 3)),
        ("[#This Row],Units", Area(4, 3, 4, 3)),
        ("[#This Row], Nothing", None),
        ("[#This Row], [Units]:[its '[net']]", Area(4, 3, 4, 4)),
        ("@Units", Area(4, 3, 4, 3)),
        ("@[its '[net']]", Area(4, 4, 4, 4)),
        ("@", Area(4, 2, 4, 4)),
        ("[Units]:[Name]", Area(3, 2, 6, 3)),
        ("[#Headers],[#Data],[Name]", Area(2, 2, 6, 2)),
        ("[#Data],[#Totals],[Name]", Area(3, 2, 7, 2)),
        ("No such", None),
    ],
)
def test_structured_reference_means_cells(specifier: str, area: Area | None) -> None:
    table = Table("Sales", "S", Area(2, 2, 7, 4), ("Name", "Units", "its [net]"), 1, 1)
    assert table.resolve(specifier, 4) == area


def test_this_row_outside_of_the_table_and_missing_totals_are_nothing() -> None:
    table = Table("Sales", "S", Area(2, 2, 7, 4), ("a", "b", "c"), 1, 0)
    assert table.resolve("@a", 2) is None
    assert table.resolve("@a", 8) is None
    assert table.resolve("#Totals", 4) is None
