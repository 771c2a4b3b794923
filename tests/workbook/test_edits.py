"""New values in a worksheet part: nothing else of it changes."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import openpyxl
import pytest

from dealmodel.cells import CellError
from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import Area
from dealmodel.workbook.model import Model
from dealmodel.workbook.stored.edits import with_values, written_value
from dealmodel.workbook.stored.sheet import SheetPart
from tests.support.workbooks import MAIN, raw_book
from tests.workbook.test_sheet import part_of

if TYPE_CHECKING:
    from dealmodel.cells import Scalar


def written(cells: str, values: dict[tuple[int, int], Scalar], strings: dict[str, int] | None = None) -> str:
    new = with_values(part_of(cells), values, strings or {}).decode()
    match = re.search("<sheetData>(.*)</sheetData>", new)
    assert match is not None
    return match[1]


@pytest.mark.parametrize(
    ("cell", "value", "new"),
    [
        ('<c r="A1"><v>1</v></c>', 2.0, '<c r="A1"><v>2</v></c>'),
        ('<c r="A1" s="7"><f>B1</f><v>1</v></c>', 0.5, '<c r="A1" s="7"><f>B1</f><v>0.5</v></c>'),
        ('<c r="A1" s="7"><f>B1</f></c>', 0.5, '<c r="A1" s="7"><f>B1</f><v>0.5</v></c>'),
        ('<c r="A1" t="str"><f>B1</f><v>x</v></c>', True, '<c r="A1" t="b"><f>B1</f><v>1</v></c>'),
        ('<c r="A1"><f>B1</f><v>1</v></c>', CellError.NUM, '<c r="A1" t="e"><f>B1</f><v>#NUM!</v></c>'),
        ('<c r="A1"><f>B1</f><v>1</v></c>', CellError.SPILL, '<c r="A1" t="e"><f>B1</f><v>#VALUE!</v></c>'),
        ('<c r="A1" t="e" vm="1"><f>B1</f><v>#VALUE!</v></c>', 2.0, '<c r="A1"><f>B1</f><v>2</v></c>'),
        ('<c r="A1"><f>B1</f><v>1</v></c>', "a<b", '<c r="A1" t="str"><f>B1</f><v>a&lt;b</v></c>'),
        ('<c r="A1"><f>B1</f><v>1</v></c>', " a ", '<c r="A1" t="str"><f>B1</f><v xml:space="preserve"> a </v></c>'),
        ('<c r="A1"><f>B1</f><v>1</v></c>', "", '<c r="A1" t="str"><f>B1</f><v></v></c>'),
        (
            '<c r="A1"><f>B1</f><v>1</v></c>',
            "a\0\r_x000D_",
            '<c r="A1" t="str"><f>B1</f><v>a_x0000__x000D__x005F_x000D_</v></c>',
        ),
        ('<c r="A1" t="s"><v>0</v></c>', "two", '<c r="A1" t="s"><v>1</v></c>'),
        ('<c r="A1" t="s"><v>0</v></c>', "new", '<c r="A1" t="inlineStr"><is><t>new</t></is></c>'),
        ('<c r="A1" t="s"><v>0</v></c>', 3.0, '<c r="A1"><v>3</v></c>'),
        ('<c r="A1" t="inlineStr"><is><t>old</t></is></c>', 3.0, '<c r="A1"><v>3</v></c>'),
        ('<c r="A1" t="b"><v>1</v></c>', None, '<c r="A1"/>'),
        ('<c r="A1" s="2"/>', 3.0, '<c r="A1" s="2"><v>3</v></c>'),
        ('<c r="A1" s="2" />', 3.0, '<c r="A1" s="2"><v>3</v></c>'),
        ('<c r="A1"></c>', 3.0, '<c r="A1"><v>3</v></c>'),
        ('<c r="A1"><v>1</v><extLst><ext/></extLst></c>', 3.0, '<c r="A1"><v>3</v><extLst><ext/></extLst></c>'),
    ],
)
def test_only_value_and_type_of_a_cell_change(cell: str, value: Scalar, new: str) -> None:
    row = '<row r="1" spans="1:2" x14ac:dyDescent="0.2">{}<c r="B1" s="1"/></row>'
    assert written(row.format(cell), {(1, 1): value}, {"one": 0, "two": 1}) == row.format(new)


@pytest.mark.parametrize(
    ("before", "place", "after"),
    [
        ('<row r="1"><c r="C1"/></row>', (1, 1), '<row r="1"><c r="A1"><v>7</v></c><c r="C1"/></row>'),
        ('<row r="1"><c r="A1"/></row>', (1, 3), '<row r="1"><c r="A1"/><c r="C1"><v>7</v></c></row>'),
        ('<row r="1"><c/><c/></row>', (1, 3), '<row r="1"><c/><c/><c r="C1"><v>7</v></c></row>'),
        ('<row r="1"></row>', (1, 2), '<row r="1"><c r="B1"><v>7</v></c></row>'),
        ('<row r="1" ht="20"/>', (1, 2), '<row r="1" ht="20"><c r="B1"><v>7</v></c></row>'),
        ('<row r="4"/>', (2, 1), '<row r="2"><c r="A2"><v>7</v></c></row><row r="4"/>'),
        ('<row r="1"/>', (9, 1), '<row r="1"/><row r="9"><c r="A9"><v>7</v></c></row>'),
        ("<row/><row/>", (2, 1), '<row/><row><c r="A2"><v>7</v></c></row>'),
        ("", (3, 2), '<row r="3"><c r="B3"><v>7</v></c></row>'),
    ],
)
def test_cell_that_was_not_there_is_put_where_it_belongs(before: str, place: tuple[int, int], after: str) -> None:
    assert written(before, {place: 7.0}) == after


def test_several_new_cells_come_in_order() -> None:
    new = written('<row r="2"><c r="B2"/></row>', {(2, 3): 3.0, (2, 1): 1.0, (1, 2): 0.5, (2, 4): None, (3, 1): "t"})
    assert new == (
        '<row r="1"><c r="B1"><v>0.5</v></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2"/><c r="C2"><v>3</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>t</t></is></c></row>'
    )


def test_empty_sheet_data_is_opened() -> None:
    part = SheetPart(f'<worksheet xmlns="{MAIN}"><sheetData/><pageMargins/></worksheet>'.encode(), "S")
    new = with_values(part, {(2, 1): 1.0, (1, 1): 2.0}, {})
    assert (
        b'<sheetData><row r="1"><c r="A1"><v>2</v></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData>' in new
    )
    assert new.endswith(b"<pageMargins/></worksheet>")


def test_row_without_an_end_is_refused() -> None:
    with pytest.raises(WorkbookError, match="row 1 does not end"):
        with_values(part_of('<row r="1"><c r="A1"/>'), {(1, 2): 1.0}, {})


def test_grown_array_gets_its_new_range() -> None:
    part = part_of('<row r="1"><c r="A1" cm="1"><f t="array" ref="A1:A2">B1#</f><v>1</v></c></row>')
    new = with_values(part, {(3, 1): 9.0}, {}, {(1, 1): Area(1, 1, 3, 1)})
    assert b'<c r="A1" cm="1"><f t="array" ref="A1:A3">B1#</f><v>1</v></c>' in new


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0.1, "n", "0.1"),
        (-0.0, "n", "0"),
        (1e308, "n", "1E+308"),
        (5e-324, "n", "5E-324"),
        (1e22, "n", "1E+22"),
        (123456789012345680.0, "n", "1.2345678901234568E+17"),
        (float("nan"), "e", "#NUM!"),
        (float("-inf"), "e", "#NUM!"),
        (None, "n", "0"),
    ],
)
def test_numbers_are_written_as_spreadsheets_write_them(value: Scalar, kind: str, text: str) -> None:
    assert written_value(value) == (kind, text)


def test_rewritten_sheet_opens_with_openpyxl() -> None:
    data = raw_book("<row><c><v>1</v></c></row>", "<row/>")
    model = Model.from_bytes(data, "book.xlsx")
    model["S!C7"] = "text"
    model["S2!A1"] = True
    book = openpyxl.load_workbook(io.BytesIO(model.to_bytes()))
    assert (book["S"]["A1"].value, book["S"]["C7"].value, book["S2"]["A1"].value) == (1, "text", True)
