"""What is told of an input's influence is what the formulas and more than chance say."""

from __future__ import annotations

import numpy as np
import openpyxl
import pytest

from dealmodel.simulation.options import Options
from dealmodel.simulation.sampling.correlation import from_matrix
from dealmodel.simulation.simulate import simulate
from tests.support.books import book
from tests.support.circular_books import iterating, model_of

UNIFORM = "=DM_UNIFORM(-PI(),PI())"
ISHIGAMI = {"A1": UNIFORM, "A2": UNIFORM, "A3": UNIFORM, "B1": "=SIN(A1)+7*SIN(A2)^2+0.1*A3^4*SIN(A1)"}


def test_an_input_that_no_formula_leads_from_has_no_influence_at_all() -> None:
    cells = {"A1": "=DM_NORMAL(0,1)", "A2": "=DM_NORMAL(0,1)", "B1": "=A1^2", "B2": "=B1*0+ABS(A2)", "B3": "=A1+A2"}
    found = simulate(book(cells), Options(trials=777, sampler="random", seed=3, outputs=["S!B1", "S!B2", "S!B3"]))
    by_output = {name: {i.input: i for i in rows} for name, rows in found.influences.items()}
    assert by_output["S!B1"]["S!A1"].correlation != 0.0
    assert (by_output["S!B1"]["S!A2"].correlation, by_output["S!B1"]["S!A2"].contribution) == (0.0, 0.0)
    assert by_output["S!B2"]["S!A1"].correlation != 0.0
    assert by_output["S!B3"]["S!A1"].contribution == pytest.approx(0.5, abs=0.1)


def test_what_chance_alone_may_give_contributes_nothing_to_the_variance() -> None:
    found = simulate(book(ISHIGAMI), Options(trials=4096, sampler="random", seed=1, outputs=["S!B1"]))
    shares = {i.input: i.contribution for i in found.influences["S!B1"]}
    assert shares == {"S!A1": 1.0, "S!A2": 0.0, "S!A3": 0.0}
    (note,) = found.notes
    assert note.startswith("rank correlations account for less than half of what moves S!B1 (")
    assert "--indices" in note


def test_inputs_that_go_together_by_a_correlation_keep_it_but_contribute_nothing() -> None:
    cells = {"A1": "=DM_NORMAL(0,1)", "A2": "=DM_NORMAL(0,1)", "B1": "=A1*2"}
    matrix = from_matrix(["S!A1", "S!A2"], np.array([[1.0, 0.8], [0.8, 1.0]]))
    found = simulate(book(cells), Options(trials=2048, seed=1, outputs=["S!B1"], correlation=matrix))
    first, second = found.influences["S!B1"]
    assert (first.input, first.contribution) == ("S!A1", 1.0)
    assert (second.input, second.contribution) == ("S!A2", 0.0)
    assert second.correlation == pytest.approx(0.8, abs=0.05)


def test_the_shares_of_a_circle_are_those_of_all_that_stand_behind_it() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for formula in ("=A1+0.5*B2", "=A2+0.5*B1", "=A3"):
        sheet.append(["=DM_UNIFORM(1,2)", formula])
    outputs = [f"Sheet!B{row}" for row in (1, 2, 3)]
    found = simulate(model_of(iterating(workbook)), Options(trials=1024, seed=1, outputs=outputs))
    moved = [{i.input for i in found.influences[name] if i.contribution} for name in outputs]
    assert moved == [{"Sheet!A1", "Sheet!A2"}, {"Sheet!A1", "Sheet!A2"}, {"Sheet!A3"}]


def test_nothing_moves_an_output_that_differs_in_its_last_digits_alone() -> None:
    cells = {"A1": "=DM_NORMAL(10,1)", "B1": "=A1*0.3/(A1*0.1)", "B2": "=A1"}
    found = simulate(book(cells), Options(trials=512, seed=1, outputs=["S!B1", "S!B2"]))
    assert found.statistics["S!B1"].lowest < found.statistics["S!B1"].highest
    assert [i.correlation for i in found.influences["S!B1"]] == [0.0]
    assert found.notes == ()
