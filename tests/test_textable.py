"""Tables of text in terminals of any width."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from dealmodel.textable import Column, folded, room_beside

if TYPE_CHECKING:
    import pytest


def test_bars_are_as_long_as_a_terminal_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, rows = [Column("input"), Column("moves", right=True)], [["price", "1,234.5"]]
    assert room_beside(columns, rows, 30, 5) == 30
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", terminal)
    for width, room in (("80", 30), ("40", 24), ("15", 5)):
        monkeypatch.setenv("COLUMNS", width)
        assert room_beside(columns, rows, 30, 5) == room


def test_columns_that_do_not_fit_follow_below_beside_the_first() -> None:
    columns = [Column("output"), *(Column(t, right=True) for t in ("mean", "sd", "min", "max"))]
    rows = [["shortfall", "1,000.5", "20", "900", "1,100"]]
    assert folded(columns, rows, 200) == [[0, 1, 2, 3, 4]]
    assert folded(columns, rows, 25) == [[0, 1, 2], [0, 3, 4]]
    assert folded(columns, rows, 5) == [[0, 1], [0, 2], [0, 3], [0, 4]]
