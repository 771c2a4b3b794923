from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dealmodel.cells import CellError
from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area
from dealmodel.workbook.book import Book
from dealmodel.workbook.model import Model
from dealmodel.workbook.stored.edits import with_values
from dealmodel.workbook.stored.formulacells import FormulaCells
from dealmodel.workbook.stored.package import Package
from dealmodel.workbook.stored.sheet import SheetPart
from tests.support.workbooks import MAIN, raw_book, sheet_xml, worksheet

if TYPE_CHECKING:
    from dealmodel.cells import Scalar


def part_of(cells: str, after: str = "") -> SheetPart:
    return SheetPart(worksheet(cells, after).encode(), "book.xlsx, sheet S")


def values_of(part: SheetPart, strings: tuple[str, ...] = ()) -> dict[tuple[int, int], Scalar]:
    return {place: part.value(cell, strings) for place, cell in part.cells.items()}


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A1"><v>294</v></c>', 294.0),
        ('<c r="A1"><v> 1e3 </v></c>', 1000.0),
        ('<c r="A1" t="n"><v>-0.5</v></c>', -0.5),
        ('<c r="A1" t="b"><v>1</v></c>', True),
        ('<c r="A1" t="b"><v>false</v></c>', False),
        ('<c r="A1" t="e"><v>#N/A</v></c>', CellError.NA),
        ('<c r="A1" t="e"><v>#ODD!</v></c>', CellError.VALUE),
        ('<c r="A1" t="s"><v>1</v></c>', "two"),
        ('<c r="A1" t="str"><f>B1</f><v>a &lt;&amp;&#39; b</v></c>', "a <&' b"),
        ('<c r="A1" t="str"><v></v></c>', ""),
        ('<c r="A1" t="d"><v>2018-02-09T12:00:00</v></c>', 43140.5),
        ('<c r="A1" t="inlineStr"><is><t>plain</t></is></c>', "plain"),
        ('<c r="A1" t="inlineStr"><is><r><t>two </t></r><r><rPr/><t>runs</t></r></is></c>', "two runs"),
        ('<c r="A1" t="inlineStr"><is><t>kanji</t><rPh sb="0" eb="1"><t>hint</t></rPh></is></c>', "kanji"),
        ('<c r="A1" t="inlineStr"><is><t>_x000D_ _x005F_x000D_</t></is></c>', "\r _x000D_"),
        ('<c r="A1" t="inlineStr"><is><t>_xD83D__xDE00_</t></is></c>', "😀"),
        ('<c r="A1" t="inlineStr"><is><t>_xD83D_</t></is></c>', "\ufffd"),
        ('<c r="A1" t="inlineStr"><is><t>&#x1F600;&#xD800;</t></is></c>', "😀\ufffd"),
        ('<c r="A1" t="inlineStr"/>', ""),
        ('<c r="A1" s="3"/>', None),
        ('<c r="A1"><v/></c>', None),
        ("<c r='A1' t='str'><v>quoted</v></c>", "quoted"),
        ('<c  s="1"  r="A1"\n t="b" ><v>0</v></c >', False),
    ],
)
def test_stored_value_is_read_as_its_type_says(cell: str, value: Scalar) -> None:
    read = values_of(part_of(f'<row r="1">{cell}</row>'), ("one", "two"))
    assert read == {(1, 1): value}
    assert type(read[1, 1]) is type(value)


def test_cells_and_rows_without_an_address_follow_the_one_before() -> None:
    part = part_of(
        '<row><c><v>1</v></c><c><v>2</v></c></row><row r="5"><c r="C5"><v>3</v></c><c><v>4</v></c></row><row><c/></row>'
    )
    assert list(part.cells) == [(1, 1), (1, 2), (5, 3), (5, 4), (6, 1)]


def test_prefixed_names_are_read_and_written() -> None:
    xml = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c>'
        '<x:c r="B1" t="str"><x:f>A1&amp;"x"</x:f><x:v>old</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    part = SheetPart(xml.encode(), "S")
    assert values_of(part) == {(1, 1): 1.0, (1, 2): "old"}
    new = SheetPart(with_values(part, {(1, 1): 2.0, (1, 2): "new", (2, 3): True}, {}), "S")
    assert values_of(new) == {(1, 1): 2.0, (1, 2): "new", (2, 3): True}
    assert b'<x:row r="2"><x:c r="C2" t="b"><x:v>1</x:v></x:c></x:row>' in new.part


@pytest.mark.parametrize("kind", ["", "n", "s", "str", "b", "e", "d"])
@pytest.mark.parametrize("formula", ["", "<f>A1&amp;_x0041_</f>", '<f t="shared" si="0"/>', "<f> B1 </f>"])
@pytest.mark.parametrize("value", ["", "<v></v>", "<v/>", "<v>1</v>", "<v>#N/A</v>", "<v>2018-02-09</v>"])
def test_a_cell_reads_the_same_in_the_usual_spelling_and_in_any_other(kind: str, formula: str, value: str) -> None:
    declared = f' t="{kind}"' if kind else ""
    usual, other = (
        part_of(f'<row r="2"><c{space}r="B2" s="1"{declared}>{formula}{value}</c></row>') for space in (" ", "  ")
    )
    assert not usual.cells.unusual or value in ("<v></v>", "<v/>")
    assert other.cells.unusual
    assert [c.formula for c in usual.cells.values()] == [c.formula for c in other.cells.values()]
    assert FormulaCells(usual) == FormulaCells(other)
    assert stored_in(usual) == stored_in(other)


def stored_in(part: SheetPart) -> object:
    """Return what the cells hold, read all at once and one by one, or why they cannot be read."""
    try:
        values = part.values(("zero", "one"))
    except WorkbookError as error:
        return str(error)
    assert values == {place: value for place, value in values_of(part, ("zero", "one")).items() if value is not None}
    return values


def test_cells_that_stand_in_any_order_are_computed() -> None:
    rows = '<row r="3"><c r="B3"><f>A1+A3</f></c><c r="A3"><v>5</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>'
    assert Model.from_bytes(raw_book(rows), "book.xlsx").recalculate()["S!B3"] == 7.0


def test_a_function_whose_name_differs_in_a_digit_only_is_told_from_the_other() -> None:
    rows = '<row r="1"><c r="A1"><f>LOG10(100)</f><v>2</v></c><c r="B1"><f>LOG20(100)</f><v>7</v></c></row>'
    model = Model.from_bytes(raw_book(rows), "book.xlsx").recalculate()
    assert [(str(k.at), "LOG20" in k.reason) for k in model.kept] == [("S!B1", True)]
    assert (model["S!A1"], model["S!B1"]) == (2.0, 7.0)


def test_formulas_of_a_kind_are_found_together_and_in_order() -> None:
    part = part_of(
        '<row r="1"><c r="A1"><f>LOG10(A9)</f></c><c r="B1"><f t="shared" ref="B1:C1" si="0">LOG2(A9)</f></c>'
        '<c r="C1"><f t="shared" si="0"/></c><c r="D1"><f>LOG2(A9)</f></c><c r="E1"><f> &#32; </f></c>'
        '<c r="F1"><f>LOG2(A10)</f></c><c r="G1"><f>A1</f></c><c r="H1"><f> _x0020_</f></c></row>'
    )
    formulas = FormulaCells(part)
    assert list(formulas) == [(1, column) for column in (1, 2, 3, 4, 6, 7)]
    found = formulas.where(lambda formula: "LOG2" in formula)
    assert [(place, formulas[place]) for place in found] == [
        ((1, 2), "LOG2(A9)"),
        ((1, 3), "LOG2(B9)"),
        ((1, 4), "LOG2(A9)"),
        ((1, 6), "LOG2(A10)"),
    ]
    assert formulas.where(lambda formula: "LOG3" in formula) == []


@pytest.mark.parametrize("odd", ["1_0", "nan", "inf", "1E400", "one"])
def test_a_number_that_is_none_is_refused_among_others(odd: str) -> None:
    part = part_of(f'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>{odd}</v></c><c r="C1"><v>2</v></c></row>')
    with pytest.raises(WorkbookError, match=f"B1 holds '{odd}'"):
        values_of(part, ())


def test_numbers_that_add_up_to_more_than_any_are_read() -> None:
    part = part_of('<row r="1"><c r="A1"><v>1E308</v></c><c r="B1" t="n"><v>1.5E308</v></c></row>')
    assert values_of(part, ()) == {(1, 1): 1e308, (1, 2): 1.5e308}


def test_formula_kinds_are_told_apart() -> None:
    part = part_of(
        '<row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><f t="shared" ref="B1:B2" si="4">A1</f></c>'
        '<c r="C1" cm="1"><f t="array" ref="C1:D2">A1:B2</f></c><c r="E1"><f ca="1"/></c>'
        '<c r="F1"><f t="dataTable" ref="F1:F3" dt2D="1" r1="A1" r2="B1"/></c></row>'
    )
    kinds = {place: cell.formula and (cell.formula.kind, cell.formula.area) for place, cell in part.cells.items()}
    assert kinds == {
        (1, 1): ("normal", None),
        (1, 2): ("shared", Area(1, 2, 2, 2)),
        (1, 3): ("array", Area(1, 3, 2, 4)),
        (1, 5): ("normal", None),
        (1, 6): ("dataTable", Area(1, 6, 3, 6)),
    }
    assert [place for place, cell in part.cells.items() if cell.dynamic] == [(1, 3)]


def test_merged_hidden_and_filtered_are_read() -> None:
    part = part_of(
        '<row r="1"/><row r="2" hidden="1"><c r="A2"/></row><row hidden="true"/>',
        '<autoFilter ref="A1:B9"><filterColumn colId="0"/></autoFilter>'
        '<mergeCells count="2"><mergeCell ref="A1:B2"/><mergeCell ref="D4:D5"/></mergeCells>',
    )
    assert part.merged == (Area(1, 1, 2, 2), Area(4, 4, 5, 4))
    assert part.hidden_rows == {2, 3}
    assert part.filtered == Area(1, 1, 9, 2)
    assert part_of("", '<autoFilter ref="A1:B9"/>').filtered is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ('<row r="1"><c r="A1"><v>x</v></c></row>', "A1 holds 'x'"),
        ('<row r="1"><c r="A1"><v>1_000</v></c></row>', "A1 holds '1_000'"),
        ('<row r="1"><c r="A1"><v>NaN</v></c></row>', "A1 holds 'NaN'"),
        ('<row r="1"><c r="A1"><v>1e999</v></c></row>', "A1 holds '1e999'"),
        ('<row r="1"><c r="A1" t="s"><v>2</v></c></row>', "A1 holds '2'"),
        ('<row r="1"><c r="A1" t="s"><v>²</v></c></row>', "A1 holds '²'"),
        ('<row r="1"><c r="A1" t="d"><v>soon</v></c></row>', "A1 holds 'soon'"),
        ('<row r="1"><c r="XFE1"><v>1</v></c></row>', "there is no cell XFE1"),
        ('<row r="1"><c r="A1048577"><v>1</v></c></row>', "there is no cell A1048577"),
        ('<row r="1048577"><c><v>1</v></c></row>', "there is no cell so far down"),
        ('<row r="one"><c><v>1</v></c></row>', "'one' is not a number"),
        ('<row r="1"><c r="A1"/><c r="A1"/></row>', "it holds A1 twice"),
    ],
)
def test_damaged_cells_are_refused_in_words(cells: str, words: str) -> None:
    with pytest.raises(WorkbookError, match=re.escape(words)):
        values_of(part_of(cells), ("one", "two"))


@pytest.mark.parametrize("ahead", ["", '<c r="A1"><f>1</f></c>', '<c  r="A1"/>'])
@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B1"><v>1</v>',
        "<c r='B1'>",
        '<c r="B1" t="inlineStr"><is><t>x</t></is>',
        '<c r="B1"',
        '<c r="B1"><v>1</v></col>',
    ],
)
@pytest.mark.parametrize("behind", ["", '<c r="C1"><v>1</v></c>', '<c r="C1"/>'])
def test_a_cell_that_does_not_end_is_refused(ahead: str, cell: str, behind: str) -> None:
    with pytest.raises(WorkbookError, match="a cell does not end"):
        len(part_of(f'<row r="1">{ahead}{cell}{behind}</row>').cells)


def test_a_cell_ends_where_its_own_end_stands() -> None:
    rich = "<is><r><rPr><color/></rPr><t>a</t></r></is><extLst><ext/></extLst>"
    part = part_of(f'<row r="1"><c r="A1" t="inlineStr">{rich}</c\n><c\tr="B1"/><c r="C1" s="1" ></c><c r="D1"/></row>')
    assert values_of(part) == {(1, 1): "a", (1, 2): None, (1, 3): None, (1, 4): None}
    xml = [part.part[slice(*part.cells.span(place))] for place in part.cells]
    assert [cell[-4:] for cell in xml] == [b"/c\n>", b'1"/>', b"</c>", b'1"/>']


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (b"<workbook/>", "it is not a worksheet"),
        (b"<worksheet><sheetData><row>", "its cells do not end"),
        (worksheet("").encode("utf-16"), "is not in UTF-8"),
        (worksheet("").encode("utf-16-le"), "is not in UTF-8"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + worksheet("").encode(), "is not in UTF-8"),
        (b'<!DOCTYPE worksheet [<!ENTITY a "aaaa">]>' + worksheet("").encode(), "declares a document type"),
    ],
)
def test_part_that_is_no_worksheet_is_refused(part: bytes, words: str) -> None:
    with pytest.raises(WorkbookError, match=words):
        SheetPart(part, "S")


@pytest.mark.parametrize(
    "start", [b"\xef\xbb\xbf", b'<?xml version="1.0" encoding="utf-8"?>\n', b"<?xml version='1.0'?>"]
)
def test_utf_8_is_read_with_and_without_a_declaration(start: bytes) -> None:
    part = SheetPart(start + worksheet('<row r="1"><c r="A1" t="str"><v>é</v></c></row>').encode(), "S")
    assert values_of(part) == {(1, 1): "é"}


def test_chart_sheet_has_no_cells() -> None:
    part = SheetPart(f'<chartsheet xmlns="{MAIN}"><drawing/></chartsheet>'.encode(), "Chart")
    assert part.cells == {}
    assert part.opening is None
    with pytest.raises(WorkbookError, match="Chart has no cells"):
        with_values(part, {(1, 1): 1.0}, {})


# -- whole books -------------------------------------------------------------------------------------------------------


def test_shared_texts_with_runs_and_hints_are_read() -> None:
    data = raw_book(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>',
        strings="<si><t>plain</t></si><si><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r></si>"
        '<si><t>name</t><rPh sb="0" eb="1"><t>hint</t></rPh></si>',
    )
    book = Book(Package(data, "book.xlsx"))
    assert book.strings == ["plain", "rich", "name"]
    assert book.string_index == {"plain": 0}, "what has formatting of its own is no text for another cell"


def test_new_text_is_shared_where_the_workbook_has_it() -> None:
    data = raw_book('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', strings="<si><t>old</t></si><si><t>new</t></si>")
    model = Model.from_bytes(data, "book.xlsx")
    model["S!A1"] = "new"
    assert '<c r="A1" t="s"><v>1</v></c>' in sheet_xml(model.to_bytes())


def test_dates_count_from_1904_where_the_workbook_says_so() -> None:
    data = raw_book(
        '<row r="1"><c r="A1" t="d"><v>2018-02-09</v></c><c r="B1"><f>YEAR(A1)</f></c>'
        '<c r="C1"><f>DATE(2018,2,9)</f></c></row>',
        properties='<workbookPr date1904="1"/>',
    )
    model = Model.from_bytes(data, "book.xlsx")
    assert (model["S!A1"], model["S!B1"], model["S!C1"]) == (41678.0, 2018.0, 41678.0)
