"""Excel's own random numbers in a simulated workbook: uncertain cells, each with a stream of its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dealmodel.errors import WorkbookError
from dealmodel.simulation.options import Options
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.sampling.draws import as_distributions, find_draws
from dealmodel.simulation.simulate import simulate
from dealmodel.simulation.whatif.swings import sensitivity
from dealmodel.workbook.address import CellAt
from tests.support.workbooks import model_of

A1, A2, B1 = CellAt("S", 1, 1), CellAt("S", 2, 1), CellAt("S", 1, 2)


def test_the_poor_mans_simulation_gives_the_distribution_it_spells() -> None:
    model = model_of({"A1": "=NORM.INV(RAND(),100,10)", "B1": "=A1*2"})
    found = simulate(model, Options(trials=8192, seed=3, outputs=["S!B1"]))
    assert stats.kstest(found.column("S!B1"), stats.norm(200, 20).cdf).pvalue > 0.01
    assert found.checked == 64


def test_a_whole_number_between_two_comes_as_often_as_any_other() -> None:
    model = model_of({"A1": "=RANDBETWEEN(0.5,6.7)", "B1": "=A1"})
    found = simulate(model, Options(trials=6 * 4096, seed=1, sampler="latin", outputs=["S!B1"]))
    out = found.column("S!B1")
    np.testing.assert_array_equal(found.column("S!A1"), out)
    values, counts = np.unique(out, return_counts=True)
    assert values.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert np.abs(counts - 4096).max() <= 1


def test_bounds_in_the_wrong_order_are_an_error_as_in_excel() -> None:
    found = simulate(model_of({"A1": "=RANDBETWEEN(6,1)"}), Options(trials=64, seed=1, outputs=["S!A1"]))
    assert found.statistics["S!A1"].errors == {"#NUM!": 64}


def test_random_numbers_of_one_cell_differ_and_keep_their_streams() -> None:
    alone = model_of({"A1": "=RAND()", "B1": "=A1"})
    beside = model_of({"A1": "=RAND()", "A2": "=RAND()-RAND()", "B1": "=A1+0*A2"})
    options = Options(trials=512, seed=5, outputs=["S!B1"])
    first, second = (simulate(model, options).column("S!B1") for model in (alone, beside))
    np.testing.assert_array_equal(first, second)
    difference = simulate(beside, Options(trials=4096, seed=5, outputs=["S!A2"])).statistics["S!A2"]
    assert difference.sd == pytest.approx((1 / 6) ** 0.5, rel=0.02)


def test_what_if_keeps_random_numbers_in_their_middle() -> None:
    found = sensitivity(
        model_of({"A1": 100.0, "A2": "=RANDBETWEEN(1,6)", "B1": "=A1*RAND()+A2"}), "S!B1", names=["S!A1"]
    )
    (swing,) = found.swings
    assert (found.value, swing.at_low) == (54.0, 49.0)


def test_random_numbers_that_cannot_be_repeated_are_named() -> None:
    by_name = model_of({"A1": "=DM_NORMAL(0,1)", "A2": "=noise", "B1": "=A1+A2"}, {"noise": "RAND()"})
    many = model_of({"A1": "=DM_NORMAL(0,1)", "A2": "=SUM(_xlfn.RANDARRAY(3))", "B1": "=A1+A2"})
    for model in (by_name, many):
        with pytest.raises(WorkbookError, match=r"depends on S!A2, which draws random numbers .* write RAND\(\)"):
            compile_program(model, find_draws(model), (), [B1])


def test_calls_within_calls_are_found() -> None:
    assert as_distributions("RANDBETWEEN(1,RANDBETWEEN(2,6))").count("DM_UNIFORM") == 2
    assert as_distributions('IF(A1="RAND()",RAND(),2)') == 'IF(A1="RAND()",DM_UNIFORM(0,1),2)'
    model = model_of({"A1": "=RANDBETWEEN(1,RANDBETWEEN(2,6))", "B1": "=A1"})
    assert [d.position for d in find_draws(model)] == [0, 1]
    out = simulate(model, Options(trials=2048, seed=2, outputs=["S!B1"])).column("S!B1")
    assert set(np.unique(out)) == {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}


def test_the_clock_stands_still_from_trial_to_trial() -> None:
    model = model_of({"A1": "=DM_NORMAL(0,1)", "B1": "=A1+TODAY()-INT(NOW())"})
    found = simulate(model, Options(trials=256, seed=1, outputs=["S!B1"]))
    np.testing.assert_allclose(found.column("S!B1"), found.column("S!A1"))


def test_random_numbers_within_choices_and_references_keep_their_places() -> None:
    cells = {
        "A1": "=CHOOSE(2,DM_NORMAL(-99,1),DM_UNIFORM(0,1))+0*DM_NORMAL(0,1)",
        "A2": "=CHOOSE(RANDBETWEEN(1,3),10,20,30)",
        "A3": "=OFFSET(C1,0,RANDBETWEEN(0,1))+RAND()",
        "C1": 100,
        "D1": 200,
        "B1": "=A1",
        "B2": "=A2",
        "B3": "=A3",
    }
    found = simulate(model_of(cells), Options(trials=4096, seed=4, outputs=["S!B1", "S!B2", "S!B3"]))
    first, second, third = (found.column(f"S!B{i}") for i in (1, 2, 3))
    assert stats.kstest(first, stats.uniform(0, 1).cdf).pvalue > 0.01
    assert np.unique(second).tolist() == [10.0, 20.0, 30.0]
    assert np.mean(third > 150) == pytest.approx(0.5, abs=0.01)
    assert stats.kstest(third % 100, stats.uniform(0, 1).cdf).pvalue > 0.01
