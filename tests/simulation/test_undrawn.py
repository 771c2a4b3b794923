"""Random numbers that cannot be given a stream are refused: a list of them in one call, or behind a defined name."""

from __future__ import annotations

import pytest

from dealmodel.errors import WorkbookError
from dealmodel.simulation.options import Options
from dealmodel.simulation.simulate import simulate
from dealmodel.simulation.whatif.swings import sensitivity
from tests.support.workbooks import model_of

CELLS = {"A1": 1, "A2": 2, "A3": 3, "A4": "=DM_NORMAL(0,1)", "B2": "=B1+A4*0"}


@pytest.mark.parametrize(
    "argument", ["{1,2,3}", "A1:A3", "A1:A3*1", "SEQUENCE(3)", "INDEX(A1:A3,0)"], ids=["constants", *"abcd"]
)
def test_a_list_where_one_number_is_drawn_is_refused(argument: str) -> None:
    model = model_of({**CELLS, "B1": f"=SUM(DM_NORMAL({argument},1))"})
    with pytest.raises(WorkbookError, match="S!B1: DM_NORMAL is drawn for one number in each argument"):
        simulate(model, Options(trials=64, seed=0, outputs=["S!B2"]))


def test_a_list_of_values_is_drawn_from() -> None:
    model = model_of({**CELLS, "B1": "=DM_DISCRETE({1,2},{0.5,0.5})"})
    found = simulate(model, Options(trials=4096, seed=0, outputs=["S!B2"])).statistics["S!B2"]
    assert found.mean == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(
    ("names", "formula"),
    [
        ({"noise": "DM_NORMAL(0,1)"}, "=noise*2"),
        ({"noise": "DM_NORMAL(0,1)", "more": "noise+1"}, "=more+A4"),
        ({"chance": "RAND()"}, "=chance+DM_NORMAL(0,1)"),
    ],
)
def test_a_name_that_draws_is_refused_with_its_cell(names: dict[str, str], formula: str) -> None:
    model = model_of({**CELLS, "B1": formula}, names)
    with pytest.raises(WorkbookError, match="depends on S!B1, which draws random numbers by RANDARRAY or a defined"):
        simulate(model, Options(trials=64, seed=0, outputs=["S!B2"]))


def test_a_name_that_draws_is_its_mean_in_what_if() -> None:
    model = model_of({"A1": 1, "B1": "=noise*2+A1"}, {"x": "S!$A$1", "y": "S!$B$1", "noise": "DM_NORMAL(3,1)"})
    assert sensitivity(model, "y").value == 7.0
