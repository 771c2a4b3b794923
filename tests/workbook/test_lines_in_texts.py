"""`ROW(INDIRECT("1:"&n))` and its kin count lines; the formula itself may stand in them."""

from __future__ import annotations

import pytest

from dealmodel.cells import CellError
from dealmodel.simulation.options import Options
from dealmodel.simulation.simulate import simulate
from tests.support.workbooks import model_of

CELLS = {"A1": 10.0, "B1": 11.0}
NAMES = {"place": "S!$C$2"}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ('SUMPRODUCT(100/1.1^ROW(INDIRECT("1:"&A1)))', sum(100 / 1.1**k for k in range(1, 11))),
        ('SUMPRODUCT(ROW(INDIRECT("$A1:Z"&B1)))', 66.0),
        ('SUMPRODUCT(COLUMN(INDIRECT("Y:"&"AB")))', 25.0 + 26 + 27 + 28),
        ('SUMPRODUCT(MID(12345,ROW(INDIRECT("1:"&LEN(12345))),1)*1)', 15.0),
        ('ROWS(INDIRECT("S!1:"&A1))*100+COLUMNS(INDIRECT("A1:Z10"))', 1026.0),
        ('ROW(INDIRECT("place"))+COLUMN(INDIRECT("place"))', 5.0),
        ('ROW(INDIRECT("Nowhere!1:"&A1))', CellError.REF),
        ('ROW(INDIRECT("1:"&1/0))', CellError.DIV0),
        ('ROW(INDIRECT(""))', CellError.REF),
    ],
)
def test_a_formula_may_stand_in_the_lines_that_a_text_names(formula: str, value: object) -> None:
    found = model_of({"Z8": f"={formula}", **CELLS}, NAMES)["S!Z8"]
    assert found == (pytest.approx(value, rel=1e-14) if isinstance(value, float) else value)


def test_the_lines_follow_their_text_when_it_changes() -> None:
    model = model_of({"Z8": '=SUMPRODUCT(ROW(INDIRECT("1:"&A1)))', **CELLS})
    for last in (12, 3, 10):
        model["S!A1"] = last
        assert model["S!Z8"] == last * (last + 1) / 2


def test_trials_have_as_many_lines_as_are_drawn() -> None:
    gap = '=SUMPRODUCT(2*ROW(INDIRECT("1:"&A1)))-A1*(A1+1)'
    model = model_of({"A1": "=DM_POISSON(4)+1", "A5": gap, "A6": "=A1"})
    found = simulate(model, Options(trials=200, seed=1, outputs=["S!A5", "S!A6"])).statistics
    assert found["S!A6"].highest > 6
    assert found["S!A5"].lowest == found["S!A5"].highest == 0.0
