"""Inputs that are noted while trials run are those that are computed apart from them."""

from __future__ import annotations

import numpy as np
import pytest

from dealmodel.simulation.options import Options
from dealmodel.simulation.running.runner import Block
from dealmodel.simulation.simulate import prepare
from tests.support.workbooks import model_of

CELLS = {
    "A1": "=DM_NORMAL(10,2)",
    "A2": "=DM_PERT(1,2,4)",
    "A3": "=DM_UNIFORM(A1,A1+A2)",
    "A4": "=2*DM_TRIANGULAR(0,1,3)",
    "A5": "=RANDBETWEEN(1,6)",
    "A6": "=DM_DISCRETE({1,2,3},{0.2,0.3,0.5})",
}
PLAIN = "SUM(A1:A6)"
RAISING = "IF(A1>15.5,SQRT(15.5-A1),0)+SUM(A1:A6)"
"""What is an error in one of some hundred trials: the program is made anew when they appear."""
TEXTUAL = 'IF(A1>16,"much",A2)&A3+A4+A5+A6'


@pytest.mark.parametrize("formula", [PLAIN, RAISING, TEXTUAL])
@pytest.mark.parametrize("trials", [5, 20_000])
def test_noted_inputs_are_those_computed_apart(formula: str, trials: int) -> None:
    runner, _ = prepare(model_of({**CELLS, "B1": f"={formula}"}), Options(trials=50_000, seed=0, outputs=["S!B1"]))
    for start in (0, 20_000):
        noted = runner.block(start, start + trials, note=True)
        apart = runner.inputs(Block(noted.uniforms, noted.outputs, noted.codes))
        assert len(apart) == len(CELLS)
        for name, column in runner.inputs(noted).items():
            assert np.array_equal(column, apart[name]), name


def test_inputs_are_noted_where_they_come_up_on_the_way() -> None:
    runner, _ = prepare(model_of({**CELLS, "B1": f"={PLAIN}"}), Options(trials=1000, seed=0, outputs=["S!B1"]))
    assert {draw.name for draw in runner.block(0, 1000, note=True).drawn} >= {"S!A1", "S!A2", "S!A6"}
    assert not runner.block(0, 1000).drawn
