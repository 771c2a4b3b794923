"""Values on the command line read as their cells show them in a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from dealmodel.display import Display
from dealmodel.workbook.model import Model
from dealmodel.workbook.numberformats import NumberFormats
from tests.support.workbooks import EXCEL_FOLDER, name_cells, needs_excel_files, saved

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = {
    "money": "#,##0.0_);(#,##0.0)",
    "share": "0.00%",
    "year": "0",
    "day": "d mmm yyyy",
    "plain": "General",
    "built_in": "0.00%",
    "millions": '$#,##0.0,,"m"',
}


def displayed(values: Mapping[str, Any], *, date1904: bool = False) -> tuple[Display, Model]:
    book = openpyxl.Workbook()
    if date1904:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.title = "S"
    for row, (name, value) in enumerate(values.items(), 1):
        sheet.cell(row, 1, value).number_format = FORMATS[name]
    name_cells(book, {name: f"S!$A${row}" for row, name in enumerate(values, 1)})
    model = Model.from_bytes(saved(book), "book.xlsx")
    return Display(model), model


def shown(values: Mapping[str, Any], *, date1904: bool = False) -> dict[str, str]:
    display, model = displayed(values, date1904=date1904)
    return {name: display.value(named, model[name]) for name, named in model.inputs.items()}


def test_values_have_the_format_of_their_cells() -> None:
    values = {"money": -1234.56, "share": 0.5125, "year": 2018, "day": 43140, "plain": 0.5, "millions": 1223300000}
    assert shown(values) == {
        "money": "(1,234.6)",
        "share": "51.25%",
        "year": "2018",
        "day": "9 Feb 2018",
        "plain": "0.50",
        "millions": "$1,223.3m",
    }


def test_numbers_that_would_fill_the_line_are_shown_by_their_size() -> None:
    largest = {"money": 1e308, "share": -1e300, "millions": 1e40}
    assert shown(largest) == {"money": "1e+308", "share": "-1e+300", "millions": "1e+40"}
    assert shown({"money": 9.5e20})["money"] == f"950{',000' * 6}.0"


def test_dates_of_a_workbook_that_counts_from_1904_are_the_same_days() -> None:
    assert shown({"day": 43140 - 1462}, date1904=True) == {"day": "9 Feb 2018"}


def test_texts_truths_errors_and_moments_before_the_calendar_stay_readable() -> None:
    display, model = displayed({"day": -5, "money": "n/a", "share": True})
    inputs = model.inputs
    assert [display.value(inputs[name], model[name]) for name in inputs] == ["-5.00", "n/a", "TRUE"]


@pytest.mark.parametrize(
    ("name", "before", "after", "change"),
    [
        ("money", 294.0, 300.0, "+6.0"),
        ("money", 300.0, 294.0, "-6.0"),
        ("money", 300.0, 300.01, "+0.01"),
        ("money", 300.0, 300.0, ""),
        ("money", 1e9, 1e9 + 1e-7, ""),
        ("share", 0.5, 0.4, "-10.00%"),
        ("day", 43140.0, 43142.5, "+2.5 days"),
        ("money", None, 3.0, "was empty"),
        ("money", "open", 3.0, "was open"),
        ("money", True, 1.0, ""),
    ],
)
def test_changes_have_the_format_of_their_cells_and_never_vanish(
    name: str, before: float, after: float, change: str
) -> None:
    display, model = displayed({name: 1})
    assert display.change(model.inputs[name], before, after) == change


@needs_excel_files
def test_formats_that_excel_wrote_are_those_that_openpyxl_reads() -> None:
    path = EXCEL_FOLDER / "cthurber__Valuation.xlsx"
    model = Model.open(path)
    formats = NumberFormats(model.book)
    sheets = openpyxl.load_workbook(path)
    # Formats that a file holds as numbers: openpyxl spells these with spaces and colours that no text shows.
    by_number = {"mm-dd-yy", *(f for f in BUILTIN_FORMATS.values() if "_" in f)}
    seen = set()
    for at in model.formulas:
        read = sheets[at.sheet].cell(at.row, at.column).number_format
        if read not in by_number:
            assert formats.of(at) == read
            seen.add(read)
    assert len(seen) > 3
