"""Computations in Python stop when their time is up."""

from __future__ import annotations

import time

import pytest

from dealmodel.errors import WorkbookError
from dealmodel.timelimit import within
from dealmodel.workbook.model import Model
from tests.support.workbooks import raw_book

FOR_EVER = 30.0
"""Seconds: what ends in a fraction of one may take some on a busy machine."""


def endless() -> bytes:
    """Return a workbook whose circular references go on and on."""
    rows = "".join(f'<row r="{i}"><c r="A{i}"><f>A{i % 2000 + 1}+1</f></c></row>' for i in range(1, 2001))
    return raw_book(rows, calculation='<calcPr iterate="1" iterateCount="32767" iterateDelta="0"/>')


def test_computation_in_python_stops_within_its_time() -> None:
    model = Model.from_bytes(endless(), "book.xlsx")
    begin = time.monotonic()
    with pytest.raises(WorkbookError, match="takes too long to compute"), within(0.3), within(60):
        model.recalculate()
    assert time.monotonic() - begin < FOR_EVER
    with pytest.raises(WorkbookError, match="takes too long to compute"), within(0.2):
        model.recalculate()


@pytest.mark.parametrize("seconds", [60, 1e30])
def test_limit_of_time_leaves_alone_what_ends_before_it(seconds: float) -> None:
    model = Model.from_bytes(raw_book('<row r="1"><c><f>1+1</f></c></row>'), "book.xlsx")
    with within(seconds):
        assert model["S!A1"] == 2
    assert model.recalculate()["S!A1"] == 2


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_limit_that_is_no_time_is_refused(seconds: float) -> None:
    with pytest.raises(WorkbookError, match="a limit of time is a number of seconds above 0"), within(seconds):
        pass
