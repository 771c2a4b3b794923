"""Sums and counts by conditions are Excel's, whether the engine's own functions work them out or ours."""

from __future__ import annotations

import pytest

from dealmodel.cells import CellError
from tests.support.workbooks import computed, model_of


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("COUNTIF(A1:A4,5)", 2.0),
        ("COUNTIF(A1:A4,B1)", 2.0),
        ("COUNTIFS(A1:A4,B1,A1:A4,5)", 2.0),
        ("SUMIF(A1:A4,B1,C1:C4)", 3.0),
        ("SUMIF(A1:A4,B1,D1:D4)", CellError.DIV0),
        ('SUMIF(D1:D4,">0")', 6.0),
        ("AVERAGEIF(A1:A4,B1,C1:C4)", 1.5),
        ("SUMIFS(C1:C3,A1:A4,B1)", CellError.VALUE),
        ("SUMIFS(C1:C4,A1:A4,B9)", 0.0),
        ('COUNTIF(D1:D4,"#DIV/0!")', 1.0),
        ("COUNTIF(D1:D4,D2)", 1.0),
    ],
)
@pytest.mark.parametrize("text", ["$5", '=TEXT(5,"$0")', '="$"&5'])
def test_conditions_meet_texts_that_stand_for_a_number_and_sums_their_errors(
    formula: str, value: object, text: str
) -> None:
    cells = {"A1": 5, "A2": text, "A3": "x", "A4": 6, "B1": 5, "C1": 1, "C2": 2, "C3": 4, "C4": 8}
    assert computed(formula, **cells, D1=2, D2="=1/0", D3=4, D4=-1) == value


def test_a_text_that_stands_for_a_number_may_be_put_in_later() -> None:
    model = model_of({"A1": 5, "A2": "x", "B1": "=COUNTIF(A1:A2,5)", "B2": "=COUNTIF(A1:A2,A1)"})
    assert (model["S!B1"], model["S!B2"]) == (1.0, 1.0)
    model["S!A2"] = "$5"
    assert (model["S!B1"], model["S!B2"]) == (2.0, 2.0)
