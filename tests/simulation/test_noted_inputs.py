"""Inputs that are noted while trials run are those that are computed apart from them."""

from __future__ import annotations

import numpy as np
import pytest

from dealmodel.simulation.options import Options
from dealmodel.simulation.running.runner import Block
from dealmodel.simulation.simulate import prepare, simulate
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


def test_what_is_drawn_within_a_formula_is_noted_as_it_is_drawn() -> None:
    """Not the number between 0 and 1 that it is drawn from, which tells a reader nothing."""
    cells = {
        "A1": "=DM_NORMAL(10,2)",
        "A2": "=ROUND(DM_TRIANGULAR(20,30,55),0)",
        "A3": "=IF(A1>10,DM_LOGNORMAL(6,1),0)",
        "A4": "=2*DM_UNIFORM(A1,A1+1)",
        "A5": "=DM_UNIFORM(0,1)+DM_NORMAL(100,5)",
    }
    model = model_of({**cells, "B1": "=SUM(A1:A5)"})
    found = simulate(model, Options(trials=3000, seed=0, outputs=["S!A2", "S!A3", "S!A4", "S!A5", "S!B1"], keep=True))
    draws = {name: found.data[row] for row, name in enumerate(found.inputs)}
    base = draws["S!A1"]
    assert np.array_equal(found.column("S!A2"), np.floor(draws["S!A2 (drawn)"] + 0.5))
    assert np.array_equal(found.column("S!A3"), np.where(base > 10, draws["S!A3 (drawn)"], 0))
    assert np.array_equal(found.column("S!A4"), 2 * draws["S!A4 (drawn)"])
    assert np.all((draws["S!A4 (drawn)"] >= base) & (draws["S!A4 (drawn)"] <= base + 1))
    assert np.array_equal(found.column("S!A5"), draws["S!A5 (drawn)"] + draws["S!A5#2"])
