"""Lookups find numbers by all their binary digits, as Excel's do: to them, 0.1*3 is not 0.3.

References: joeu2004, learn.microsoft.com/en-us/answers/a/11355118: the operator = rounds to fifteen digits,
match and lookup functions compare the exact binary values.
"""

from __future__ import annotations

import pytest

from dealmodel.cells import CellError
from tests.support.workbooks import computed, model_of

CELLS = {
    "A1": "=2-7.1E-15",
    "A2": "=2-1E-13",
    "A3": "=0.1*3",
    **{f"B{i}": float(i) for i in (1, 2, 3)},
    **{f"C{i}": text for i, text in enumerate("abc", start=1)},
    **{f"D{i}": i / 10 for i in (1, 2, 3)},
}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("MATCH(A1,B1:B3,0)", CellError.NA),
        ("MATCH(A1,B1:B3,1)", 1),
        ("MATCH(A2,B1:B3)", 1),
        ("MATCH(A3,D1:D3,0)", CellError.NA),
        ("MATCH(A3,D1:D3,1)", 3),
        ("MATCH(1E-14,{0},0)", CellError.NA),
        ("XMATCH(A2,B1:B3)", CellError.NA),
        ("VLOOKUP(A2,B1:C3,2,FALSE)", CellError.NA),
        ("VLOOKUP(A2,B1:C3,2)", "a"),
        ("HLOOKUP(A2,{1,2;5,6},2,FALSE)", CellError.NA),
        ("HLOOKUP(A2,{1,2;5,6},2)", 5),
        ("XLOOKUP(A2,B1:B3,C1:C3)", CellError.NA),
        ('XLOOKUP(A2,B1:B3,C1:C3,"none")', "none"),
        ("XLOOKUP(A2,B1:B3,C1:C3,,-1)", "a"),
        ("A3=D3", True),
        ("VLOOKUP(2,B:C,2,0)", "b"),
        ("VLOOKUP(2,B1:C3,2,)", "b"),
        ("MATCH(2,B1:B3,)", 2),
        ('MATCH("B",C1:C3,0)', 2),
        ("SUM(B1:XLOOKUP(2,B1:B3,B1:B3))", 3),
        ('XLOOKUP(9,B1:B3,C1:C3,"none")', "none"),
        ("MATCH(D3,D1:D3,0)", 3),
    ],
)
def test_number_that_is_nearly_the_same_is_not_found(formula: str, value: object) -> None:
    assert computed(formula, **CELLS) == value


def test_lookup_that_follows_an_input_does_not_find_what_is_nearly_the_same() -> None:
    model = model_of({**CELLS, "F1": 2, "F2": "=MATCH(F1,B1:B3,0)", "F3": "=VLOOKUP(F1,B1:C3,2)"}, {"key": "S!$F$1"})
    assert (model["S!F2"], model["S!F3"]) == (2, "b")
    model["key"] = 2 - 1e-13
    assert (model["S!F2"], model["S!F3"]) == (CellError.NA, "a")
