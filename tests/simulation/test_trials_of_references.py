"""Trials of formulas that tell only when they are computed to which cells they refer."""

from __future__ import annotations

import pytest

from dealmodel.simulation.options import Options
from dealmodel.simulation.simulate import simulate
from tests.support.workbooks import model_of

CASES = {"A1": "=DM_DISCRETE({1,3},{0.5,0.5})", "D1": "=DM_UNIFORM(2,3)", "D3": "=D1*10"}


@pytest.mark.parametrize("formula", ['=INDIRECT("D"&A1)', "=INDIRECT(B1)", '=SUM(INDIRECT("S!D"&A1))'])
def test_what_only_a_text_leads_to_is_drawn_as_well(formula: str) -> None:
    model = model_of({**CASES, "B1": '=IF(A1=1,"D1","D3")', "C1": formula})
    found = simulate(model, Options(trials=1024, seed=0, outputs=["S!C1"])).statistics["S!C1"]
    assert 2.0 <= found.lowest < 2.1
    assert 29.0 < found.highest <= 30.0
    assert found.mean == pytest.approx(13.75, rel=1e-2)
