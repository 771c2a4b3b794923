"""The values of large sheets, read while the engine computes."""

from __future__ import annotations

import threading

import pytest

from dealmodel.cells import CellError
from dealmodel.errors import WorkbookError
from dealmodel.workbook.address import CellAt
from dealmodel.workbook.model import Model
from dealmodel.workbook.stored import numbers
from dealmodel.workbook.stored.numbers import MANY, reading_ahead
from dealmodel.workbook.stored.sheet import SheetPart
from tests.support.workbooks import raw_book, worksheet

OTHERS = (
    '<c r="A1"/><c r="B1" t="s"><v>1</v></c><c r="C1" t="str"><f>""</f><v></v></c><c r="D1" t="b"><v>1</v></c>'
    '<c r="E1" t="e"><v>#N/A</v></c><c r="F1" t="inlineStr"><is><t>x</t></is></c><c r="G1"><v>-1.5E-3</v></c>'
    '<c r="H1" t="d"><v>2020-01-31</v></c><c r="I1"><f>A1*1</f></c><c s="1" r="J1"><v>7</v></c>'
)
VALUES = [None, "second", "", True, CellError.NA, "x", -0.0015, 43861.0, None, 7.0]
STRINGS = ("first", "second")


def rows(height: int, last: str = "2.5") -> str:
    """Return rows from the second on: a constant in every hundredth of them, and formulas that add one up."""
    cells = []
    for row in range(2, height + 2):
        constant = f'<c r="B{row}"><v>{row}.5</v></c>' if row % 100 == 0 else ""
        stored = last if row == height + 1 else f"{row}"
        cells.append(f'<row r="{row}"><c r="A{row}"><f>1+{row - 1}</f><v>{stored}</v></c>{constant}</row>')
    return "".join(cells)


def part_of(content: str) -> SheetPart:
    return SheetPart(worksheet(content).encode(), "sheet1.xml")


def test_values_are_the_same_all_at_once_one_by_one_and_read_ahead() -> None:
    content = f'<row r="1">{OTHERS}</row>{rows(MANY)}'
    at_once = part_of(content).values_in_order(STRINGS)
    assert at_once[:10] == VALUES
    assert at_once[-1] == 2.5
    part = part_of(content)
    with reading_ahead([part]):
        pass
    assert part.read_ahead is not None
    assert numbers.THREAD not in {thread.name for thread in threading.enumerate()}
    assert part.values_in_order(STRINGS) == at_once
    assert [part.value_at(i, STRINGS) for i in range(len(part.cells))] == at_once


def test_small_sheets_start_no_thread() -> None:
    part = part_of(rows(9))
    with reading_ahead([part]):
        assert numbers.THREAD not in {thread.name for thread in threading.enumerate()}
    assert part.read_ahead is None


def test_what_is_raised_meanwhile_is_raised() -> None:
    part = part_of(rows(MANY))
    with pytest.raises(KeyError), reading_ahead([part]):
        raise KeyError
    assert numbers.THREAD not in {thread.name for thread in threading.enumerate()}


def test_a_large_sheet_is_compared_with_what_it_stores() -> None:
    model = Model.from_bytes(raw_book(rows(MANY)), "book.xlsx")
    assert dict(model.changes()) == {CellAt("S", MANY + 1, 1): (2.5, MANY + 1.0)}
    assert model["S!B100"] == 100.5


def test_a_large_sheet_with_a_damaged_value_is_refused() -> None:
    with pytest.raises(WorkbookError, match=rf"A{MANY + 1} holds '1,5'"):
        Model.from_bytes(raw_book(rows(MANY, last="1,5")), "book.xlsx").recalculate()


@pytest.mark.parametrize("height", [9, MANY])
def test_formulas_without_a_value_are_those_to_be_spelled_with_care(height: int) -> None:
    content = rows(height).replace("<v>3</v>", "").replace("<v>4</v>", "<v></v>").replace("1+", "0.1*3+")
    evaluation = Model.from_bytes(raw_book(content), "book.xlsx").calculation.evaluation
    assert evaluation.careful == {CellAt("S", 3, 1), CellAt("S", 4, 1)}


def test_formulas_that_all_store_nothing_are_all_spelled_with_care() -> None:
    content = "".join(f'<row r="{r}"><c r="A{r}"><f>0.1*{r}</f><v>0</v></c></row>' for r in range(1, 5))
    evaluation = Model.from_bytes(
        raw_book(content, content.replace("<v>0</v>", "")), "book.xlsx"
    ).calculation.evaluation
    assert evaluation.careful == {CellAt(sheet, r, 1) for sheet in ("S", "S2") for r in range(1, 5)}
