"""COUNT passes over errors that are worked out within it.

Microsoft, "COUNT function": "Arguments that are error values or text that cannot be translated into numbers are not
counted."
"""

from __future__ import annotations

import pytest

from tests.support.workbooks import model_of


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("COUNT(1/0,2)", 1.0),
        ("COUNT(A1:A3,1/0)", 3.0),
        ('COUNT(-"x",1)', 1.0),
        ("COUNT(NA(),#N/A,3)", 1.0),
        ("COUNT(A1+1,A9)", 1.0),
        ("COUNT((A1:A2,A3))", 3.0),
        ("SUMPRODUCT(COUNT(A1:A3/(A1:A3-2)))", 2.0),
    ],
)
def test_an_error_is_not_counted(formula: str, value: float) -> None:
    model = model_of({"A1": 1, "A2": 2, "A3": 3, "C1": f"={formula}"})
    model.recalculate()
    assert model["S!C1"] == value
