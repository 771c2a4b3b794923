"""The values that the functions give in Excel are those that they give everywhere."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dealmodel import callpath
from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import OMITTED, CellError
from dealmodel.hosts.excel import read_value
from tests.hosts.excel_spellings import SPELLINGS, XL_ERR, as_addin_sends, as_excel_shows, as_single_cells, as_vba_gets
from tests.support.cases import published_calls
from tests.support.pywin32_stub import CVERR, MISSING, FakeRange

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.catalogue import Entry
    from tests.support.pywin32_stub import Windows

SAMPLES: dict[str, Callable[[int], object]] = {
    "numbers": lambda i: 0.2 * (i + 1),
    "whole numbers": lambda i: i + 1.0,
    "columns": lambda i: [[0.1 * (i + 1)], [0.2], [0.5 * (i + 1)]],
    "rows": lambda i: [[0.1 * (i + 1), None, True, 0.3, -1.0]],
    "errors": lambda i: [[0.1 * (i + 1), CellError.NA, "text", CellError.DIV0]],
    "blanks": lambda _: None,
    "nothing": lambda _: OMITTED,
    "truths": lambda _: True,
    "texts": lambda _: "text",
    "dates": lambda i: 43160.75 + i,
}
"""What the cells of an argument can hold, by its position."""
each_case = pytest.mark.parametrize(
    ("entry", "arguments"), [pytest.param(*call, id=f"{call[0].name}-{i}") for i, call in enumerate(published_calls())]
)
each_entry = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)


@each_case
def test_a_published_case_gives_in_excel_what_the_cell_path_gives(
    excel: Windows, entry: Entry, arguments: list[Any]
) -> None:
    expected = as_excel_shows(callpath.call(entry, arguments))
    for spell in SPELLINGS:
        assert repr(excel.call(entry.name, *map(spell, arguments))) == expected, spell.__name__


@each_case
def test_a_published_case_comes_back_to_the_addin_as_the_same_value(
    excel: Windows, entry: Entry, arguments: list[Any]
) -> None:
    expected = as_vba_gets(callpath.call(entry, as_single_cells(arguments)))
    found = excel.call_as_the_addin(entry.name, *map(as_addin_sends, arguments))
    assert repr(found) == repr(expected)


@each_entry
def test_whatever_cells_hold_gives_in_excel_what_the_cell_path_gives(excel: Windows, entry: Entry) -> None:
    for (kind, value), spell in itertools.product(SAMPLES.items(), SPELLINGS):
        arguments: list[Any] = [value(i) for i in range(len(entry.arguments))]
        expected = as_excel_shows(callpath.call(entry, arguments))
        assert repr(excel.call(entry.name, *map(spell, arguments))) == expected, (kind, spell.__name__)


@pytest.mark.parametrize(("code", "text"), XL_ERR.items())
def test_an_error_in_an_argument_comes_back_as_its_text(excel: Windows, code: int, text: str) -> None:
    assert excel.call("DM_STAKE_SOLD", 2.0, FakeRange([[CVERR + code]])) == [[text]]
    assert excel.call("DM_STAKE_SOLD", 2.0, FakeRange([[8.0], [CVERR + code]])) == [[0.2], [text]]


def test_an_error_that_is_not_known_yet_is_still_an_error(excel: Windows) -> None:
    busy = CVERR + 2051
    assert excel.call("DM_STAKE_SOLD", 2.0, busy) == [["#UNKNOWN!"]]


def test_a_currency_amount_that_looks_like_an_error_is_a_number() -> None:
    assert read_value(Decimal(CVERR + 2042)) == CVERR + 2042


def test_a_single_cell_goes_back_bare_a_row_as_a_row_and_a_column_as_rows(excel: Windows) -> None:
    column = FakeRange([[892.0], [100.0]])
    row = FakeRange([[892.0, 100.0]])
    assert excel.call_over_com("DM_SHORTFALL", 294.0, 892.0) == 598.0
    assert excel.call_over_com("DM_SHORTFALL", 294.0, row) == [598.0, 0.0]
    assert excel.call_over_com("DM_SHORTFALL", 294.0, column) == [[598.0], [0.0]]


def test_a_truth_goes_back_as_a_truth(excel: Windows) -> None:
    assert excel.call_over_com("DM_RECONCILES", 3150.0, 2878.8, 3387.1, MISSING) is True


def test_an_explanation_goes_back_as_text(excel: Windows) -> None:
    figures = FakeRange([[240.0]]), FakeRange([[0.0]])
    shown = excel.call_over_com("DM_WHY", "DM_IMPLIED_VALUATION", *figures)
    assert shown == "stake must be above 0 and at most 1; got 0"


def test_an_explanation_reads_what_a_paramarray_makes_of_ranges(excel: Windows) -> None:
    # VBA copies a range in a ParamArray as its Value: currency, dates and errors in their own types.
    assert excel.call_over_com("DM_WHY", "DM_IMPLIED_VALUATION", Decimal("240.0000"), 0.016) == "ok"
    found = excel.call_over_com("DM_WHY", "DM_IMPLIED_VALUATION", CVERR + 2042, 0.016)
    assert found == "consideration holds #N/A"


def test_a_text_longer_than_a_cell_is_cut(excel: Windows) -> None:
    assert len(excel.call_over_com("DM_WHY", "x" * 40000)) == 32767


def test_the_version_is_a_text(excel: Windows) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", excel.call_over_com("DM_VERSION"))
