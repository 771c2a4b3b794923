"""What was found out about formulas of one workbook serves the next one, but only where it is true there, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.worksheet.table import Table

from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from dealmodel.workbook.spelling import findings
from dealmodel.workbook.spelling.translation import Translator
from tests.support.workbooks import name_cells, saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dealmodel.workbook.book import Book

AT = CellAt("S", 3, 5)


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    """Begin and end without findings of other tests."""
    findings.recent.cache_clear()
    yield
    findings.recent.cache_clear()


def book_of(
    *sheets: str, rows: int = 4, hidden: int = 0, names: Mapping[str, str] | None = None, table: str = ""
) -> Book:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "S"
    for sheet in sheets:
        book.create_sheet(sheet)["A1"] = 1
    for row in range(1, rows + 1):
        book.active[f"A{row}"] = "units" if row == 1 and table else row
    if hidden:
        book.active.row_dimensions[hidden].hidden = True
    if table:
        book.active.add_table(Table(displayName="Sales", ref=table))
    name_cells(book, names or {})
    return Model.from_bytes(saved(book), "book.xlsx").book


def translated(book: Book, formula: str, *, careful: bool = False) -> str:
    return Translator(book).translate(formula, AT, array=False, careful=careful)


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize(
    ("formula", "first", "second"),
    [
        ("SUMPRODUCT((A:A>1)*A:A)", book_of(rows=4), book_of(rows=9)),
        ("SUBTOTAL(9,A1:A4)", book_of(), book_of(hidden=2)),
        ("SUM(Feb:Mar!A1)", book_of("Jan", "Feb", "Mar"), book_of("Feb", "Jan", "Mar")),
        ("rate*2", book_of(names={"rate": "0.1"}), book_of(names={"rate": "0.2"})),
        ("SUM(year2)", book_of(names={"year2": "S!$A$1:$A$2"}), book_of(names={"year2": "S!$A$1:$A$3"})),
        ("SUM(Sales)*2", book_of(table="A1:A4"), book_of(table="A1:A3")),
        ("Sales+1", book_of(names={"Sales": "S!$A$2"}), book_of(table="A1:A4")),
        ('INDIRECT("Jan!A1")', book_of("Jan"), book_of("Feb")),
    ],
)
def test_what_means_something_else_in_another_workbook_is_found_out_anew(
    formula: str, first: Book, second: Book, careful: bool
) -> None:
    alone = translated(second, formula, careful=careful)
    findings.recent.cache_clear()
    before = translated(first, formula, careful=careful)
    assert before != alone
    assert translated(second, formula, careful=careful) == alone


def test_the_findings_of_a_workbook_serve_another_with_the_same_sheets_and_names() -> None:
    first, second = (book_of(names={"rate": "S!$A$1"}, rows=rows) for rows in (4, 9))
    assert translated(first, "VLOOKUP(rate,A1:B4,2)") == translated(second, "VLOOKUP(rate,A1:B4,2)")
    assert findings.findings_of(first) is findings.findings_of(second)
    assert len(findings.findings_of(first).filled) == 1


def test_functions_that_a_known_formula_calls_are_made_ready_in_the_next_workbook_too() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in range(1, 9):
        book.active.append([row, f"=VLOOKUP(A{row}+0.5,$A$1:$A$8,1)"])
    for _ in range(2):
        assert Model.from_bytes(saved(book), "book.xlsx")["Sheet!B7"] == 7.0


def test_findings_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_KEPT", 3)
    book = book_of()
    for i in range(9):
        translated(book, f"SUM(A1:A{i + 1})*B{i}")
    assert len(findings.findings_of(book).filled) <= 3


def test_nothing_is_kept_of_a_workbook_that_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "LARGEST", 10)
    book = book_of()
    assert findings.findings_of(book) is not findings.findings_of(book)
