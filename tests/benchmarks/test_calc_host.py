"""Calls of our functions in LibreOffice Calc."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dealmodel.hosts.calc.office import Office

pytestmark = [pytest.mark.benchmark, pytest.mark.libreoffice]

CELLS = 10_000
ROUNDS = 5
LIMIT = 50e-6
"""Seconds a call may take."""


def test_a_call_in_a_column_of_ten_thousand_cells(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    book = office.ask("new")
    rows = range(1, CELLS + 1)
    inputs = [
        (f"{column}{i}", value)
        for i in rows
        for column, value in (("A", 1000.0 + i), ("B", 0.5 - i / 1e5), ("C", 0.6 + i / 1e5))
    ]
    office.ask("put", book, "Sheet1", inputs)
    office.ask("enter", book, "Sheet1", [(f"D{i}", f"=DM_STEP_VALUATION(A{i};B{i};C{i})") for i in rows])
    seconds = statistics.median(office.ask("time_calculation", book) for _ in range(ROUNDS)) / CELLS
    values = [row[0] for row in office.ask("read", book, "Sheet1", f"D1:D{CELLS}")]
    office.ask("close", book)
    with capsys.disabled():
        print(f"\nDM_STEP_VALUATION in Calc: {seconds * 1e6:.1f} us a call (at most {LIMIT * 1e6:.0f})")
    assert values[0] == pytest.approx(1001.0 / 0.10002, rel=1e-12)
    assert all(isinstance(value, float) for value in values)
    assert seconds <= LIMIT
