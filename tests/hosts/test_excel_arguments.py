"""What arrives from Excel is read as cells, whatever it is, and nothing makes a function raise."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealmodel.catalogue import CATALOGUE
from dealmodel.cells import CellError
from dealmodel.hosts.excel import (
    MAX_CELLS,
    read_value,
)
from tests.support.pywin32_stub import CVERR, MISSING, FakeRange, PyTime
from tests.support.strategies import CHARACTERS

if TYPE_CHECKING:
    from dealmodel.catalogue import Entry
    from tests.support.pywin32_stub import Windows

NEVER_RAISES = settings().max_examples // 3
"""Odd calls of each function: a few for each come to a thousand."""
each_entry = pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.51, 0.51),
        (True, True),
        ("text", "text"),
        (None, [[None]]),
        (7, 7.0),
        (Decimal("0.3125"), 0.3125),
        (10**400, CellError.NUM),
        (Decimal("sNaN"), CellError.NUM),
        (PyTime(2018, 3, 1, tzinfo=dt.UTC), 43160.0),
        (PyTime(2018, 3, 1, 18, 30, 15, tzinfo=dt.UTC), 43160 + (18 * 3600 + 30 * 60 + 15) / 86400),
        (dt.datetime(1900, 3, 1), 61.0),  # noqa: DTZ001
        (1 + 2j, CellError.VALUE),
        (object, CellError.VALUE),
        (b"bytes", CellError.VALUE),
        (((1.0, 2.0), (3.0, None)), [[1.0, 2.0], [3.0, None]]),
        ((1.0, "a", CVERR + 2042), [[1.0, "a", CellError.NA]]),
        (((1.0,), 2.0), [[1.0], [CellError.VALUE]]),
        ((((1.0,),),), [[CellError.VALUE]]),
        ((), [[]]),
    ],
)
def test_what_pywin32_hands_over_is_read_as_cells(value: object, expected: object) -> None:
    assert repr(read_value(value)) == repr(expected)


def test_an_argument_left_out_takes_its_default(excel: Windows) -> None:
    assert excel.call("DM_STEP_VALUATION", 1000.0, 0.0, 0.5, MISSING) == [[2000.0]]


def test_a_required_argument_left_out_is_an_error(excel: Windows) -> None:
    assert excel.call("DM_STEP_VALUATION", 1000.0, MISSING, 0.5, MISSING) == [["#VALUE!"]]


@pytest.mark.parametrize("blank", [None, FakeRange([[None]])])
def test_a_blank_cell_is_zero_and_not_an_argument_left_out(excel: Windows, blank: object) -> None:
    assert excel.call("DM_STEP_VALUATION", 1000.0, blank, 0.5, blank) == [[2000.0]]


def test_a_cell_formatted_as_currency_keeps_its_digits(excel: Windows) -> None:
    assert excel.call("DM_POST_MONEY", FakeRange([[0.123456789]]), 0.0) == [[0.123456789]]


def test_several_areas_are_an_error_and_not_their_first_area(excel: Windows) -> None:
    assert excel.call("DM_SHORTFALL", 294.0, FakeRange([[892.0]], areas=2)) == [["#VALUE!"]]


def test_a_whole_sheet_is_refused_before_it_is_read(excel: Windows) -> None:
    sheet = FakeRange([[1.0]], shape=(1048576, 16384))
    assert excel.call("DM_SHORTFALL", 294.0, sheet) == [["#VALUE!"]]
    assert sheet.reads == 0


@pytest.mark.slow
def test_a_whole_column_is_read(excel: Windows) -> None:
    column = FakeRange([[1.0]] * 1048576)
    assert excel.call("DM_PEAK_FUNDING", column, column, 0.0) == [[0.0]]
    assert MAX_CELLS >= 1048576


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(),
    st.integers(CVERR, CVERR + 2100),
    st.text(CHARACTERS, max_size=5),
    st.decimals(),
    st.datetimes(),
    st.complex_numbers(),
    st.binary(max_size=3),
    st.just(MISSING),
    st.just(object()),
    st.just({}),
)
_ANYTHING = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=8)
_RANGES = st.lists(st.lists(_SCALARS, min_size=2, max_size=2), min_size=1, max_size=3).map(FakeRange)


@each_entry
@given(data=st.data())
@settings(max_examples=NEVER_RAISES, deadline=None)
def test_nothing_makes_a_function_raise(excel: Windows, entry: Entry, data: st.DataObject) -> None:
    most = 3 if entry.max_arguments is None else entry.max_arguments
    arguments = [data.draw(_ANYTHING | _RANGES) for _ in range(most)]
    rows = excel.call(entry.name, *arguments)
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in (cell for row in rows for cell in row):
        assert type(cell) in {float, bool, str}
        assert not isinstance(cell, float) or math.isfinite(cell)


@each_entry
@given(data=st.data())
@settings(max_examples=NEVER_RAISES, deadline=None)
def test_nothing_that_the_addin_sends_makes_a_function_raise(excel: Windows, entry: Entry, data: st.DataObject) -> None:
    most = 3 if entry.max_arguments is None else entry.max_arguments
    found = excel.call_as_the_addin(entry.name, *(data.draw(_ANYTHING) for _ in range(most)))
    rows = found if isinstance(found, list) else [found]
    for cell in (cell for row in rows for cell in (row if isinstance(row, list) else [row])):
        assert type(cell) in {float, bool, str}
        assert not isinstance(cell, float) or math.isfinite(cell)
