"""Columns that run on from cell to cell: spelled for the engine in a way that is quick, with the same values."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from dealmodel.hosts.terms import Terms
from dealmodel.workbook.model import Model
from dealmodel.workbook.spelling.normalise import plain_copy
from dealmodel.workbook.spelling.running import LONG, as_values, running_columns
from dealmodel.workbook.spelling.translation import Translator
from dealmodel.workbook.stored.sheet import SheetPart
from tests.support.workbooks import raw_book, worksheet

FUNCTIONS = ("MAX", "MIN", "SUM")
ABOVE = (
    *("7", "-7.25", "0", "-0.0", "1E308", '"x"', '"3"', '""', '" "', "TRUE", "FALSE", "DATE(2020,1,31)", "NOW()"),
    *("1/0", "NA()", "SQRT(-1)", "NOT.KNOWN()", "1E308*10", "UNKNOWN(1)", "Z9"),
)
"""What may stand above; the last one is a blank cell's."""


def bits(value: object) -> object:
    return struct.pack(">d", value) if isinstance(value, float) else repr(value)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("call", ["{f}(C2)", "{f}(C2,B3)", "{f}(5,C2,B2:B3)", "{f}(C2,B2,C1)", "{f}(C1:C2,C2)"])
def test_the_value_of_a_cell_counts_as_the_cell_does(function: str, call: str) -> None:
    terms = Terms(datetime(2020, 1, 1, tzinfo=UTC), 0, date1904=False)
    workbook = terms.new_workbook()
    workbook.register_function("UNKNOWN", lambda _: {"type": "Error", "kind": "NImpl"}, min_args=1, max_args=1)
    formula = call.format(f=function)
    spelled = as_values(formula, 3, 3)
    assert "+C2" in spelled
    for i, above in enumerate(ABOVE):
        sheet = f"s{i}"
        workbook.add_sheet(sheet)
        for row, column, content in ((1, 3, "0.1"), (2, 3, above), (2, 2, "3.3"), (3, 2, "-2.5")):
            if content != "Z9":
                workbook.set_formula(sheet, row, column, f"={content}")
        workbook.set_formula(sheet, 3, 3, f"={formula}")
        workbook.set_formula(sheet, 3, 4, f"={spelled}")
    workbook.evaluate_all()
    for i, above in enumerate(ABOVE):
        cell, value = (workbook.get_value(f"s{i}", 3, column) for column in (3, 4))
        assert bits(cell) == bits(value), above


@pytest.mark.parametrize(
    "formula",
    [
        *(
            "SUM(C3)",
            "SUM(C4,B2)",
            "SUM(C1:C2)",
            "SUM((C1,C2))",
            "SUM(S!C2)",
            "SUM(C2*2,-C2)",
            "SUM(C2#)",
            "AVERAGE(C2)",
        ),
        *("IF(C2,C2,SUM(B1))", 'SUM("(",IF(B1,C2,0))', "MYSUM(C2)", "SUM(IF(B1,C2))+C2", "C2", 'A1&"SUM(C2)"'),
    ],
)
def test_nothing_else_is_spelled_as_a_value(formula: str) -> None:
    assert as_values(formula, 3, 3) == formula


def test_spaces_and_signs_of_fixed_rows_stay() -> None:
    spelled = as_values("max( $C$1 ,2)", 3, 3)
    assert spelled == 'max( IF(ISNUMBER($C$1),+$C$1,IF(ISERROR($C$1),$C$1,"")) ,2)'


def rows(height: int, formula: str, *, shared: bool = False) -> str:
    """Return the cells C2 to C<height + 1>, whose formulas are filled down from that of C2; C1 holds 100, B 1."""
    cells = ['<row r="1"><c r="C1"><v>100</v></c></row>']
    for row in range(2, height + 2):
        text = f"<f>{formula.format(above=row - 1, row=row)}</f>"
        if shared:
            first = f'<f t="shared" si="0" ref="C2:C{height + 1}">{formula.format(above=1, row=2)}</f>'
            text = first if row == 2 else '<f t="shared" si="0"/>'
        cells.append(f'<row r="{row}"><c r="B{row}"><v>1</v></c><c r="C{row}">{text}<v>0</v></c></row>')
    return "".join(cells)


def part_of(content: str) -> SheetPart:
    return SheetPart(worksheet(content).encode(), "sheet1.xml")


@pytest.mark.parametrize("shared", [False, True])
def test_only_long_columns_that_run_on_are_spelled_so(shared: bool) -> None:
    running = "MAX(0,SUM(C{above},-B{row}))"
    assert running_columns(part_of(rows(LONG, running, shared=shared))) == {3}
    assert not running_columns(part_of(rows(LONG - 1, running, shared=shared)))
    assert not running_columns(part_of(rows(LONG, "C{above}-SUM(B{row})", shared=shared)))


@pytest.mark.parametrize("shared", [False, True])
def test_a_long_balance_runs_down_to_nothing(shared: bool) -> None:
    model = Model.from_bytes(raw_book(rows(LONG, "C{above}-MIN(C{above},B{row}*0.5)", shared=shared)), "book.xlsx")
    copy = plain_copy(model.book, Translator(model.book))
    assert copy.count(b"IF(ISNUMBER(C") == LONG
    for row in (2, 3, 100, 201, 202, LONG + 1):
        assert model[f"S!C{row}"] == max(0.0, 100 - 0.5 * (row - 1))
