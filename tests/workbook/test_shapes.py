from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel.workbook.address import MAX_ROW, CellAt, a1
from dealmodel.workbook.book import Book
from dealmodel.workbook.formulas import move
from dealmodel.workbook.model import Model
from dealmodel.workbook.spelling import findings, normalise
from dealmodel.workbook.spelling.normalise import engine_formula, plain_copy
from dealmodel.workbook.spelling.plain import formula_xml
from dealmodel.workbook.spelling.translation import Translator
from dealmodel.workbook.stored.shapes import FilledDown, Movable, shape
from tests.support.workbooks import each_excel_file, model_of, needs_excel_files, raw_book

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from dealmodel.workbook.stored.storedcells import Place

ROW, COLUMN = 200, 60
"""Where the random formulas stand: far enough from every edge for references to lead anywhere."""
PIECES = (
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(("", "$")),
        st.sampled_from(("A", "z", "AB", "CV")),
        st.sampled_from(("", "$")),
        st.integers(1, 400),
    ),
    st.sampled_from(("LOG10(2)", "ATAN2(1,2)", '"A1"', '"a ""B2"" %"', "'Q1 A1'!B7", "Q1!C8", "1E5", ".5E3", "12%")),
    st.sampled_from(("rate", "Q1_2018", "A1.x", "x\\A1", "TRUE", "#N/A", "B2:C3", "FY18:FY19", "sum(A1,B$2)")),
)
FORMULAS = st.lists(st.one_of(PIECES), min_size=1, max_size=5).map("+".join)


@given(FORMULAS, st.integers(-50, 50), st.integers(-50, 50))
def test_a_formula_reads_elsewhere_as_if_it_had_been_copied_there(formula: str, down: int, right: int) -> None:
    found = Movable(formula, ROW, COLUMN).at(ROW + down, COLUMN + right)
    moved = move(formula, down, right)
    # A reference over an edge goes on at the other one, which is left to `move`.
    assert found in (None, moved) or found.upper() == moved.upper()
    assert found is not None or down < 0 or right < 0


@given(FORMULAS, FORMULAS, st.integers(1, MAX_ROW))
def test_what_stands_for_a_formula_is_moved_with_it_and_for_no_other_one(formula: str, other: str, row: int) -> None:
    here, there = Movable(formula, ROW, COLUMN), Movable(other, ROW, COLUMN)
    down = FilledDown(here, there, COLUMN)
    read, moved = here.at(row, COLUMN), there.at(row, COLUMN)
    if read is None or moved is None or not here.reads(read, row, COLUMN):
        assert down.others([formula.encode()], [row]) == [None]
        return
    given = [read, f"{read}+1", "\xff"]
    assert down.others([text.encode() for text in given], [row] * 3) == [moved.encode(), None, None]


def test_nothing_stands_for_a_formula_in_a_column_where_it_would_leave_the_sheet() -> None:
    down = FilledDown(Movable("A1+1", 1, 2), Movable("1+A1", 1, 2), 1)
    assert down.others([b"A1+1", b""], [1, 1]) == [None, None]


@given(FORMULAS, st.integers(0, 50), st.integers(0, 50))
def test_a_copied_formula_has_the_same_shape(formula: str, down: int, right: int) -> None:
    copied = move(formula, down, right)
    assert shape(copied, ROW + down, COLUMN + right) == shape(formula, ROW, COLUMN)


@given(FORMULAS, FORMULAS)
def test_formulas_of_one_shape_in_one_cell_are_one_formula(first: str, second: str) -> None:
    same_shape = shape(first, ROW, COLUMN) == shape(second, ROW, COLUMN)
    assert same_shape == (first.upper() == second.upper())


@pytest.mark.parametrize("formula", ["Plan[cash]*2", "[1]Sheet1!A1", "SUM($A$5:A5)", "a\0b", "µ1+1"])
def test_what_cannot_simply_be_moved_has_no_shape(formula: str) -> None:
    assert shape(formula, 5, 2) is None


@pytest.mark.parametrize(
    ("formula", "stands", "goes"),
    [
        ("A1", (2, 1), (1, 1)),
        ("A1", (1, 2), (1, 1)),
        (f"A{MAX_ROW}", (1, 1), (2, 1)),
        ("XFD1", (1, 1), (1, 2)),
        ("SUM(B1:XFD2)", (1, 1), (MAX_ROW, 1)),
    ],
)
def test_a_reference_never_leaves_the_sheet(formula: str, stands: tuple[int, int], goes: tuple[int, int]) -> None:
    assert Movable(formula, *stands).at(*goes) is None
    assert Movable(formula, *stands).at(*stands) == formula


def by_itself(book: Book) -> Translator:
    """Return a translator that knows nothing of other formulas."""
    findings.recent.cache_clear()
    return Translator(book)


def alone(book: Book, place: Place, careful: bool) -> str:
    return engine_formula(book, by_itself(book), CellAt("S", *place), None, careful=careful)


def copied(book: Book, careful: Collection[Place]) -> str:
    """Return the cells of the plain copy in which some are spelled with care."""
    data = plain_copy(book, by_itself(book), [CellAt("S", *place) for place in careful])
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
    return sheet.partition("<sheetData>")[2].partition("</sheetData>")[0]


def test_names_that_are_relative_to_their_cell_are_translated_for_each() -> None:
    cells = {f"{c}{r}": r for r in (1, 2, 3) for c in "AB"} | {f"C{r}": "=SUM(above)+SUM(down)" for r in (1, 2, 3)}
    model = model_of(cells, {"above": "S!$A$1:$A$3", "down": "S!A:A"})
    translator = Translator(model.book)
    for row in (1, 2, 3):
        for column in (3, 4):
            at = CellAt("S", row, column)
            assert translator.translate("SUM(above)+SUM(down)", at, array=False) == by_itself(model.book).translate(
                "SUM(above)+SUM(down)", at, array=False
            )


@pytest.mark.parametrize(
    "formula", ['INDIRECT("A5")', 'INDIRECT("R5C1",FALSE)', 'INDIRECT("RC[-1]",0)', "SUM(B1:C2)+ROW()", "$A$1:A5*2"]
)
def test_what_reads_otherwise_in_each_cell_is_translated_for_each(formula: str) -> None:
    book = model_of({"A1": 1}).book
    together = Translator(book)
    for row in range(1, 8):
        at = CellAt("S", row, 4)
        assert together.translate(formula, at, array=False) == by_itself(book).translate(formula, at, array=False)


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(B{0}:C{0})",
        "SUM(B$9:C{0})",
        "SUM($B$2:B{0})&amp;5%",
        'SUM(B{0}:C{0})&amp;"A{0}"',
        "SUM(B{0}:C{0})&amp;&quot;A{0}&quot;",
        "SUM(B{0}:C{0})&lt;&gt;B{0}",
        "SUM(B{0}:C{0})&amp;_x0022_A{0}_x0022_",
        "MATCH(B{0},$B$1:$B$20)",
        "1+B{0}",
    ],
)
@pytest.mark.parametrize("careful", [False, True])
def test_formulas_that_are_filled_down_reach_the_engine_as_each_by_itself(formula: str, careful: bool) -> None:
    rows = (f'<row r="{i}"><c r="D{i}"><f>{formula.format(i)}</f></c></row>' for i in range(1, 13))
    book = Model.from_bytes(raw_book("".join(rows)), "book.xlsx").book
    places = [(i, 4) for i in range(1, 13)]
    assert copied(book, places if careful else []) == "".join(formula_xml(*p, alone(book, p, careful)) for p in places)


@pytest.mark.parametrize("at_once", [40, 4096])
@pytest.mark.parametrize("careful", [False, True])
def test_formulas_that_differ_in_digits_reach_the_engine_as_each_by_itself(
    at_once: int, careful: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normalise, "_AT_ONCE", at_once)
    rates = (7 if 40 < row < 60 else row % 7 if row < 20 else 3 for row in range(1, 151))
    formulas = [f"SUM(B{row}:C{row})+{rate}{rate}" for row, rate in enumerate(rates, start=1)]
    formulas[80] = formulas[81] = "SUM(B80:C82)"
    rows = [f'<row r="{i}"><c r="D{i}"><f>{formula}</f></c></row>' for i, formula in enumerate(formulas, start=1)]
    book = Model.from_bytes(raw_book("".join(rows)), "book.xlsx").book
    places = [(i, 4) for i in range(1, 151)]
    expected = "".join(formula_xml(*p, alone(book, p, careful)) for p in places)
    assert copied(book, places if careful else []) == expected
    backwards = Model.from_bytes(raw_book("".join(reversed(rows))), "book.xlsx").book
    assert copied(backwards, places if careful else []) == expected


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(B9:C9)",
        "SUM(B$1:B1)&amp;&quot;A1 5%&quot;",
        "SUM($B$3:B1)",
        "MATCH(B1,$B$1:$B$20)",
        "INDIRECT(&quot;B1&quot;)+B1",
        "B1+1&lt;C1",
        "XFC1+1",
        "A1048570*2",
        "b1",
        "[1]Other!B1",
        "SUM(B1:C2 B2:D3)",
        "SUM(B:B)",
    ],
)
@pytest.mark.parametrize("careful", [False, True])
def test_shared_formulas_reach_the_engine_as_each_by_itself(formula: str, careful: bool) -> None:
    places = [(row, column) for row in range(1, 10) for column in (4, 5)]
    anchor = f'<c r="D1"><f t="shared" ref="D1:E9" si="0">{formula}</f></c>'
    cells = {p: f'<c r="{a1(*p)}"><f t="shared" si="0"/></c>' if p != (1, 4) else anchor for p in places}
    rows = (f'<row r="{i}">{cells[i, 4]}{cells[i, 5]}</row>' for i in range(1, 10))
    book = Model.from_bytes(raw_book("".join(rows)), "book.xlsx").book
    text = unescape(formula, {"&quot;": '"'})
    moved = {p: move(text, p[0] - 1, p[1] - 4) for p in places}
    assert {p: found.upper() for p, found in book.formulas("S").items()} == {p: t.upper() for p, t in moved.items()}
    assert copied(book, places if careful else []) == "".join(
        formula_xml(*p, alone(book, p, careful)) for p in places if p not in book.hindered("S")
    )


@pytest.mark.parametrize(("formula", "row"), [("SUM(A$5:A7)", 3), ("SUM(A7:A$5)", 3), ("SUM($A1:A1)", 9)])
def test_a_range_that_shrinks_to_one_cell_is_not_read_as_filled_down(formula: str, row: int) -> None:
    found = Movable(formula, 5, 1)
    assert [found.reads(found.at(at, 1) or "", at, 1) for at in (row, row + 1)] == [False, formula[4] != "$"]


@needs_excel_files
@each_excel_file
@pytest.mark.parametrize("careful", [False, True])
def test_formulas_of_real_workbooks_are_translated_as_each_by_itself(path: Path, careful: bool) -> None:
    book = Book.open(path)
    together = Translator(book)
    for sheet in book.sheets:
        formulas = book.formulas(sheet)
        # Each by itself takes the names of the workbook anew; that many of a sheet are enough to meet every shape.
        for place, formula in list(formulas.items())[:: 1 + len(formulas) // 120]:
            at = CellAt(sheet, *place)
            text = together.translate(formula, at, array=False, careful=careful)
            assert text == by_itself(book).translate(formula, at, array=False, careful=careful)
