"""The model that `dealmodel.open` gives: every question that can be asked of a workbook, in Python."""

from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

import dealmodel
from dealmodel.errors import InputRefusedError, UnknownNameError
from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from pathlib import Path

    from dealmodel.scenarios import ScenarioModel

CELLS = {"A1": 4.0, "A2": 3.0, "A3": "=DM_NORMAL(10,2)", "B1": "=A1^2-2*A2", "B2": "=B1+A3"}
NAMES = {"price": "S!$A$1", "cost": "S!$A$2", "noise": "S!$A$3", "profit": "S!$B$1", "total": "S!$B$2"}


@pytest.fixture
def model(tmp_path: Path) -> ScenarioModel:
    path = tmp_path / "deal.xlsx"
    path.write_bytes(model_of(CELLS, NAMES).to_bytes())
    return dealmodel.open(path)


def test_a_model_is_simulated(model: ScenarioModel) -> None:
    found = model.simulate(4096, seed=0)
    assert found.to_frame().loc["total", "mean"] == pytest.approx(20.0, abs=0.01)
    assert found.statistics["total"].sd == pytest.approx(2.0, abs=0.02)


def test_inputs_set_before_are_those_of_the_run(model: ScenarioModel) -> None:
    model["price"] = 5
    assert model.simulate(1024, seed=0).statistics["total"].mean == pytest.approx(29.0, abs=0.01)
    assert model.solve("profit", 0, "cost", (0, 20)).roots[0].low == pytest.approx(12.5)


def test_what_moves_an_output_most_comes_first(model: ScenarioModel) -> None:
    found = model.sensitivity("profit", 0.25, ["cost", "price"])
    assert [(swing.name, swing.at_low, swing.at_high) for swing in found.swings] == [
        ("price", 3.0, 19.0),
        ("cost", 11.5, 8.5),
    ]


def test_a_table_has_a_row_for_each_value_of_its_first_input(model: ScenarioModel) -> None:
    found = model.table("profit", {"price": [1, 2, 3], "cost": np.array([0.0, 1.0])})
    assert found.values.tolist() == [[1.0, -1.0], [4.0, 2.0], [9.0, 7.0]]
    assert model.table("profit", {"cost": (0.5,)}).values.tolist() == [[15.0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "one or two inputs; got none"),
        ({"price": [1], "cost": [1], "noise": [1]}, "one or two inputs; got price, cost, noise"),
        ({"price": []}, "price needs numbers"),
        ({"price": ["dear"]}, "price needs numbers"),
        ({"price": [1, math.inf]}, "price needs numbers"),
        ({"price": [[1, 2], [3, 4]]}, "price needs numbers"),
        ({"price": 7}, "price needs numbers"),
    ],
)
def test_a_table_needs_the_values_of_its_inputs(
    model: ScenarioModel, values: dict[str, list[float]], message: str
) -> None:
    with pytest.raises(InputRefusedError, match=message):
        model.table("profit", values)


def test_every_root_is_found(model: ScenarioModel) -> None:
    assert [root.low for root in model.solve("profit", 10, "price", (-6, 6)).roots] == pytest.approx([-4.0, 4.0])


@pytest.mark.parametrize("between", [(1,), (None, 3), ("1", "3")])
def test_an_interval_that_is_no_pair_of_numbers_is_refused(model: ScenarioModel, between: Any) -> None:  # noqa: ANN401
    with pytest.raises(InputRefusedError, match="price must be searched between two numbers"):
        model.solve("profit", 10, "price", between)
    with pytest.raises(InputRefusedError, match="the target must be a number; got '10'"):
        model.solve("profit", cast("float", "10"), "price")


def test_answers_are_frames_and_a_model_says_what_it_is(model: ScenarioModel) -> None:
    swings = model.sensitivity("profit", 0.25, ["price"]).to_frame().reset_index().iloc[0].to_dict()
    assert [swings[name] for name in ("input", "low", "high", "width")] == ["price", 3.0, 5.0, 16.0]
    column = model.table("profit", {"price": [2, 4]}).to_frame()
    assert column["profit"].to_dict() == {2.0: -2.0, 4.0: 10.0}
    assert (
        repr(model) == f"<ScenarioModel {model.book.label}: {len(model.inputs)} inputs, {len(model.outputs)} outputs>"
    )


def test_an_uncertain_input_is_confined_to_its_worst_decile(model: ScenarioModel) -> None:
    base, alone, together = model.stress("total")
    assert (base.name, alone.name, together.name) == ("none", "noise", "all")
    # The mean of the lowest tenth of a normal is 1.755 standard deviations below the mean.
    assert alone.mean - base.mean == pytest.approx(-2 * 1.75498, abs=0.01)
    assert together.mean == alone.mean


def test_an_unknown_name_is_said(model: ScenarioModel) -> None:
    for ask in (
        lambda: model.sensitivity("nothing"),
        lambda: model.table("profit", {"nothing": [1]}),
        lambda: model.solve("profit", 0, "nothing"),
        lambda: model.stress("nothing"),
    ):
        with pytest.raises(UnknownNameError, match="nothing"):
            ask()


def test_a_model_goes_to_another_process_with_all_that_was_set(model: ScenarioModel) -> None:
    model["price"] = 5
    model.seed = 7
    there = pickle.loads(pickle.dumps(model))  # noqa: S301  its own bytes
    assert type(there) is type(model)
    assert (there["price"], there["profit"], there.seed, there.now, there.path) == (
        5.0,
        19.0,
        7,
        model.now,
        model.path,
    )


def test_results_are_read_at_a_glance(model: ScenarioModel) -> None:
    found = model.simulate(1000, seed=1, outputs=["total"])
    head, titles, row, *notes = repr(found).splitlines()
    assert head == "deal.xlsx: 1,000 trials, sampler sobol, seed 1"
    assert titles.split() == ["output", "mean", "sd", "5%", "50%", "95%"]
    name, *figures = row.split()
    statistics = found.statistics[name]
    shown = [statistics.mean, statistics.sd, *(statistics.percentiles[p] for p in (0.05, 0.5, 0.95))]
    assert [float(figure) for figure in figures] == pytest.approx(shown, rel=1e-5)
    assert notes == [f"note: {note}" for note in found.notes]
    assert notes

    swings = model.sensitivity("total")
    head, _, *rows = repr(swings).splitlines()
    assert head == "total = 20"
    assert [row.split()[0] for row in rows] == [swing.name for swing in swings.swings]
