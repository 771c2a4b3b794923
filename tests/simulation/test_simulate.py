"""Workbooks are simulated: closed forms, the engine's values, stable draws, results."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from dealmodel.distributions import DISTRIBUTIONS, Distribution
from dealmodel.errors import InputRefusedError, UnknownNameError
from dealmodel.simulation.compare import compare
from dealmodel.simulation.options import Options
from dealmodel.simulation.running.batches import BLOCK
from dealmodel.simulation.running.runner import SLAB
from dealmodel.simulation.sampling.correlation import from_matrix
from dealmodel.simulation.sampling.streams import SAMPLERS
from dealmodel.simulation.simulate import prepare, simulate
from tests.support.books import book
from tests.support.engine_trials import EngineTrials
from tests.support.workbooks import model_of

if TYPE_CHECKING:
    from dealmodel.workbook.model import Model

DEAL: dict[str, str | float] = {
    "A1": "=DM_PERT(250,294,340)",
    "A2": "=DM_LOGNORMAL(892,100)",
    "A3": 0.1,
    "A4": "=DM_EVENT(0.3,300)",
    "A5": "=A1*(1-A3)",
    "A6": '=DM_OUTPUT(MAX(A2+A4-A5,0),"shortfall")',
    "A7": "=DM_OUTPUT(A5/A2)",
}
NAMES = {"price": "A1", "fine": "A2", "tax": "A3", "net": "A5", "ratio": "A7"}
LAWS = {
    "DM_UNIFORM": "250,340",
    "DM_NORMAL": "294,20",
    "DM_LOGNORMAL": "892,300",
    "DM_TRIANGULAR": "250,294,341",
    "DM_PERT": "250,294,344",
    "DM_BETA": "2,3,10,20",
    "DM_GAMMA": "2,147",
    "DM_EXPONENTIAL": "7",
    "DM_WEIBULL": "1.5,10",
    "DM_STUDENT": "294,20,4",
    "DM_TRUNCATED_NORMAL": "294,20,280,340",
    "DM_PARETO": "100,3",
    "DM_BERNOULLI": "0.3",
    "DM_BINOMIAL": "10,0.3",
    "DM_POISSON": "4",
    "DM_DISCRETE": "C1:C3,D1:D3",
    "DM_EMPIRICAL": "C1:C3",
    "DM_METALOG": "250,294,350",
    "DM_EVENT": "0.3,300",
}
LISTS = {"C1": 100, "C2": 200, "C3": 300, "D1": 0.2, "D2": 0.3, "D3": 0.5}
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "DM_DISCRETE": ([100.0, 200.0, 300.0], [0.2, 0.3, 0.5]),
    "DM_EMPIRICAL": ([100.0, 200.0, 300.0],),
}


def _law(function: str) -> Distribution:
    arguments = ARGUMENTS.get(function) or tuple(map(float, LAWS[function].split(",")))
    return DISTRIBUTIONS[function](*arguments)


def _deal() -> Model:
    return book(DEAL, NAMES)


# -- distributions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_distribution_is_sampled_as_it_is(sampler: str) -> None:
    cells = {f"A{i}": f"={name}({arguments})" for i, (name, arguments) in enumerate(LAWS.items(), start=1)}
    model = book({**cells, "B1": "=SUM(A1:A19)", **LISTS})
    trials = 8192
    found = simulate(model, Options(trials=trials, sampler=sampler, seed=2, outputs=["S!B1"], keep=True, check=8))
    for i, name in enumerate(LAWS, start=1):
        values, law = found.column(f"S!A{i}"), _law(name)
        points = np.unique(values)
        if len(points) > 400:
            assert stats.kstest(values, law.cdf).pvalue > 0.001, name
            continue
        # A distribution with steps: the share up to each of them, against the bound of Dvoretzky, Kiefer and Wolfowitz.
        shares = np.searchsorted(np.sort(values), points, side="right") / trials
        assert np.abs(shares - law.cdf(points)).max() < math.sqrt(math.log(2 / 0.001) / (2 * trials)), name
    assert found.column("S!B1") == pytest.approx(found.data[:19].sum(axis=0), rel=1e-12)


# -- closed forms ----------------------------------------------------------------------------------------------------


def test_a_sum_of_normals_is_normal() -> None:
    found = simulate(
        book({"A1": "=DM_NORMAL(100,3)", "A2": "=DM_NORMAL(50,4)", "A3": "=A1+A2"}, {"x": "A3"}),
        Options(trials=65_536, seed=0, targets={"x": 150.0}),
    )
    s = found.statistics["x"]
    law = stats.norm(150, 5)
    assert s.mean == pytest.approx(150, abs=0.001)
    assert s.sd == pytest.approx(5, rel=1e-3)
    assert s.skew == pytest.approx(0, abs=0.02)
    assert s.kurtosis == pytest.approx(3, abs=0.05)
    assert s.above == pytest.approx(0.5, abs=0.002)
    for share, value in s.percentiles.items():
        assert value == pytest.approx(law.ppf(share), abs=4 * s.percentile_errors[share])
    # Expected shortfall of a normal: mean - sd phi(z) / p.
    tail = 5 * stats.norm.pdf(stats.norm.ppf(0.05)) / 0.05
    assert (s.lower_tail, s.upper_tail) == pytest.approx((150 - tail, 150 + tail), rel=2e-4)


def test_a_product_of_lognormals_is_lognormal() -> None:
    cells = {"A1": "=DM_LOGNORMAL(10,2)", "A2": "=DM_LOGNORMAL(3,1)", "A3": "=A1*A2"}
    s = simulate(book(cells, {"x": "A3"}), Options(trials=65_536, seed=0)).statistics["x"]
    variance = math.log(1 + 0.2**2) + math.log(1 + (1 / 3) ** 2)
    law = stats.lognorm(math.sqrt(variance), scale=30 / math.exp(variance / 2))
    assert s.mean == pytest.approx(30, rel=1e-3)
    for share, value in s.percentiles.items():
        assert value == pytest.approx(law.ppf(share), abs=4 * s.percentile_errors[share])


def test_events_add_up_to_a_binomial() -> None:
    cells = {f"A{i}": "=DM_EVENT(0.3,1)" for i in range(1, 6)}
    found = simulate(book({**cells, "B1": "=SUM(A1:A5)"}), Options(trials=65_536, seed=0, outputs=["S!B1"]))
    counts = np.bincount(found.column("S!B1").astype(int), minlength=6) / found.trials
    assert counts == pytest.approx(stats.binom(5, 0.3).pmf(np.arange(6)), abs=0.004)


def test_correlated_normals_have_the_variance_of_their_sum() -> None:
    cells = {"A1": "=DM_NORMAL(100,3)", "A2": "=DM_NORMAL(50,4)", "A3": "=A1+A2"}
    names = {"a": "A1", "b": "A2", "x": "A3"}
    rho = 0.5
    given = from_matrix(["a", "b"], np.array([[1, 6 / math.pi * math.asin(rho / 2)], [0, 1]]))
    for method, tolerance in (("copula", 2e-3), ("iman-conover", 1e-2)):
        options = Options(trials=32_768, seed=0, correlation=given, method=method)
        s = simulate(book(cells, names), options).statistics["x"]
        assert s.sd == pytest.approx(math.sqrt(9 + 16 + 2 * rho * 12), rel=tolerance)


def _ishigami() -> Model:
    cells = {f"A{i}": "=DM_UNIFORM(-PI(),PI())" for i in (1, 2, 3)}
    return book({**cells, "B1": "=SIN(A1)+7*SIN(A2)^2+0.1*A3^4*SIN(A1)"}, {"y": "B1"})


def test_the_indices_of_the_ishigami_function_are_known() -> None:
    # Ishigami & Homma (1990), a = 7, b = 0.1; Saltelli et al. (2008), Global Sensitivity Analysis, section 4.6.
    found = simulate(_ishigami(), Options(trials=16_384, seed=0, indices=16_384))
    assert found.statistics["y"].sd ** 2 == pytest.approx(13.844588, rel=3e-3)
    assert found.indices is not None
    order = [found.indices.inputs.index(name) for name in ("S!A1", "S!A2", "S!A3")]
    assert found.indices.first["y"][order] == pytest.approx([0.313905, 0.442411, 0], abs=0.01)
    assert found.indices.total["y"][order] == pytest.approx([0.557589, 0.442411, 0.243684], abs=0.01)
    assert found.sensitivities().loc[("y", "S!A2"), "total_order"] == pytest.approx(0.442411, abs=0.01)


def test_the_indices_of_the_g_function_are_known() -> None:
    # Sobol's g function with a = (0, 1, 4.5, 9): V_i = 1 / (3 (1 + a_i)^2), V + 1 = product of (1 + V_i),
    # S_i = V_i / V, ST_i = V_i product of the other (1 + V_j) / V. Saltelli & Sobol (1995).
    a = np.array([0.0, 1.0, 4.5, 9.0])
    cells = {f"A{i}": "=DM_UNIFORM(0,1)" for i in range(1, 5)}
    terms = "*".join(f"(ABS(4*A{i}-2)+{x})/(1+{x})" for i, x in enumerate(a, start=1))
    found = simulate(book({**cells, "B1": f"={terms}"}, {"y": "B1"}), Options(trials=1024, seed=0, indices=16_384))
    parts = 1 / (3 * (1 + a) ** 2)
    variance = np.prod(1 + parts) - 1
    assert found.indices is not None
    assert found.indices.first["y"] == pytest.approx(parts / variance, abs=0.01)
    assert found.indices.total["y"] == pytest.approx(parts * (variance + 1) / (1 + parts) / variance, abs=0.01)


def test_indices_need_independent_inputs() -> None:
    with pytest.raises(InputRefusedError, match="need independent inputs"):
        simulate(_deal(), Options(trials=64, indices=8, correlation=from_matrix(["price", "fine"], np.eye(2))))


# -- the engine ------------------------------------------------------------------------------------------------------


def test_the_program_gives_what_the_engine_gives_trial_by_trial() -> None:
    options = Options(trials=300, seed=5, inputs={"tax": "UNIFORM(0.05,0.2)"})
    program, engine = (simulate(_deal(), options, compiled) for compiled in (None, EngineTrials))
    assert program.columns == engine.columns
    assert np.allclose(program.data, engine.data, rtol=1e-11, atol=0)


@pytest.mark.parametrize(
    "formula",
    [
        "=DM_NORMAL(10,2)+DM_PERT(1,DM_UNIFORM(2,3),4,)",
        "=DM_NORMAL(DM_NORMAL(0,1),DM_UNIFORM(1,DM_EXPONENTIAL(2)+1))*2",
        "=DM_BETA(2,3,,5)-DM_EVENT(0.3,DM_GAMMA(2,100))",
    ],
)
def test_distributions_of_distributions_are_sampled_as_the_engine_does(formula: str) -> None:
    model = book({"A1": formula, "A2": "=A1*2"})
    options = Options(trials=100, seed=0, outputs=["S!A2"])
    program, engine = (simulate(model, options, compiled) for compiled in (None, EngineTrials))
    # A number near 0 may be the difference of two that are known to a trillionth.
    assert np.allclose(program.column("S!A2"), engine.column("S!A2"), rtol=1e-11, atol=1e-11)


def test_errors_are_counted_and_left_out() -> None:
    model = book({"A1": "=DM_BERNOULLI(0.25)", "A2": "=DM_UNIFORM(1,2)", "A3": "=A2/A1"}, {"x": "A3"})
    found = simulate(model, Options(trials=4096, seed=0))
    s = found.statistics["x"]
    assert s.errors == {"#DIV/0!": 4096 - s.trials}
    assert s.trials == pytest.approx(1024, abs=60)
    assert s.mean == pytest.approx(1.5, abs=0.05)
    assert any("x is an error in" in note for note in found.notes)


# -- stable draws ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_another_input_changes_no_draw_of_the_others(sampler: str) -> None:
    options = Options(trials=500, sampler=sampler, seed=0, keep=True)
    more = {**DEAL, "A3": "=DM_UNIFORM(0.05,0.2)", "A8": "=DM_NORMAL(0,1)+A3"}
    before, after = simulate(_deal(), options), simulate(book(more, NAMES), options)
    for name in before.inputs:
        assert np.array_equal(before.column(name), after.column(name))


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    for sampler in ("sobol", "random"):
        short, long = (simulate(_deal(), Options(trials=n, sampler=sampler, seed=0, keep=True)) for n in (1000, 20_000))
        assert np.array_equal(short.data, long.data[:, :1000])


def test_0_is_a_seed_and_none_is_another_each_time() -> None:
    first, again, other = (simulate(_deal(), Options(trials=64, seed=seed)) for seed in (0, 0, None))
    assert first.seed == 0
    assert np.array_equal(first.data, again.data)
    assert other.seed != 0
    repeated = simulate(_deal(), Options(trials=64, seed=other.seed))
    assert np.array_equal(other.data, repeated.data)


def test_two_scenarios_are_compared_trial_by_trial() -> None:
    one, other = _deal(), _deal()
    one["tax"] = 0.2
    found = compare(one, other, Options(trials=20_000, seed=0, outputs=["net", "shortfall"]))
    # The net proceeds differ by a tenth of the price in every trial; independent runs would blur that.
    price = simulate(_deal(), Options(trials=20_000, seed=0, keep=True)).column("price")
    assert found.differences["net"].mean == pytest.approx(-0.1 * price.mean(), rel=1e-12)
    assert found.differences["net"].highest == pytest.approx(-0.1 * price.min(), rel=1e-9)
    assert found.shared == ("price", "fine", "S!A4")
    assert found.differences["shortfall"].negative == 0.0
    assert found.to_frame().loc["net", "below_0"] == 1.0
    assert found.as_json()["differences"][0]["output"] == "net"
    head, *rows = repr(found).splitlines()
    assert head == "differences: 20,000 trials, sampler sobol, seed 0"
    assert [row.split()[0] for row in rows] == ["output", "net", "shortfall"]


@pytest.mark.parametrize("method", ["copula", "iman-conover"])
def test_correlated_trials_do_not_hang_on_how_many_run_at_once(method: str) -> None:
    correlation = from_matrix(["price", "fine"], np.array([[1.0, 0.7], [0.7, 1.0]]))
    options = Options(trials=SLAB + 5 * BLOCK, sampler="latin", seed=0, correlation=correlation, method=method)
    runner, _ = prepare(_deal(), options)
    whole = runner.uniforms(0, SLAB + 5 * BLOCK)
    edges = [0, 1, 777, SLAB - 5, SLAB + 9, SLAB + 5 * BLOCK]
    pieces = [runner.uniforms(a, b) for a, b in zip(edges[-2::-1], edges[:0:-1], strict=True)]
    for draw, values in whole.items():
        assert np.array_equal(np.concatenate([piece[draw] for piece in pieces[::-1]]), values)
    columns = {draw.name: values for draw, values in whole.items()}
    assert stats.spearmanr(columns["price"], columns["fine"]).statistic == pytest.approx(0.7, abs=0.01)
    plain, _ = prepare(_deal(), Options(trials=SLAB + 5 * BLOCK, sampler="latin", seed=0))
    for draw, values in plain.uniforms(0, SLAB + 5 * BLOCK).items():
        if method == "iman-conover":
            assert np.array_equal(np.sort(values), np.sort(columns[draw.name]))


@pytest.mark.parametrize("trials", [1, 2, 3, 5])
def test_a_few_correlated_trials_are_reordered_as_far_as_they_can_be(trials: int) -> None:
    correlation = from_matrix(["price", "fine", "S!A4"], np.full((3, 3), 0.5) + np.eye(3) / 2)
    for method in ("copula", "iman-conover"):
        found = simulate(_deal(), Options(trials=trials, seed=0, correlation=correlation, method=method))
        assert found.trials == trials
        assert np.isfinite(found.data).all()


# -- runs ------------------------------------------------------------------------------------------------------------


def test_statistics_do_not_hang_on_whether_trials_are_kept() -> None:
    trials = 2 * BLOCK + 77
    kept, streamed = (simulate(_deal(), Options(trials=trials, seed=0, keep=keep)) for keep in (True, False))
    assert kept.data.shape[1] == trials
    for name, s in kept.statistics.items():
        t = streamed.statistics[name]
        assert (s.mean, s.sd, s.skew, s.kurtosis) == (t.mean, t.sd, t.skew, t.kurtosis)
        for share, value in s.percentiles.items():
            assert t.percentiles[share] == pytest.approx(value, rel=1e-4)


def test_a_run_stops_when_the_means_are_known() -> None:
    done = simulate(_deal(), Options(until=0.005, seed=0, sampler="random"))
    assert done.trials < 100_000
    assert done.checked == 64
    for s in done.statistics.values():
        assert 1.96 * s.mean_error <= 0.005 * abs(s.mean)
    short = simulate(_deal(), Options(until=1e-9, trials=1000, seed=0))
    assert any("not within" in note for note in short.notes)


def test_an_interrupt_keeps_what_is_done() -> None:
    def stop(done: int, wanted: int) -> None:
        assert wanted == 10 * BLOCK
        if done >= 2 * BLOCK:
            raise KeyboardInterrupt

    found = simulate(_deal(), Options(trials=10 * BLOCK, seed=0, progress=stop))
    assert found.interrupted
    assert found.trials == 2 * BLOCK
    assert found.statistics["shortfall"].trials == 2 * BLOCK
    assert "stopped after" in found.notes[0]


# -- outputs and refusals --------------------------------------------------------------------------------------------


def test_outputs_are_the_marked_cells_or_else_the_named_ones() -> None:
    assert list(simulate(_deal(), Options(trials=64, seed=0)).statistics) == ["shortfall", "ratio"]
    unmarked = {**DEAL, "A6": "=MAX(A2+A4-A5,0)", "A7": "=A5/A2", "A8": "=A3*2", "A9": '="a text"'}
    model = book(unmarked, {**NAMES, "twice": "A8", "text": "A9"})
    assert list(simulate(model, Options(trials=64, seed=0)).statistics) == ["net", "ratio"]
    found = simulate(_deal(), Options(trials=64, seed=0, outputs=["net", "shortfall", "S!A7"]))
    assert list(found.statistics) == ["net", "shortfall", "S!A7"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trials": 1.5}, "trials must be a whole number, 1 or more; got 1.5"),
        ({"trials": True}, "trials must be a whole number, 1 or more; got True"),
        ({"seed": math.nan}, "seed must be a whole number; got nan"),
        ({"seed": "x"}, "seed must be a whole number; got 'x'"),
        ({"indices": -4}, "indices must be a whole number, 0 or more; got -4"),
        ({"check": -1}, "check must be a whole number, 0 or more; got -1"),
        ({"processes": "2"}, "processes must be a whole number, 0 or more; got '2'"),
        ({"targets": {"": math.nan}}, "must be a finite number; got nan"),
        ({"targets": {"": "7"}}, "must be a finite number; got '7'"),
        ({"targets": 7}, "targets takes a mapping from names; got 7"),
        ({"inputs": ["price"]}, "inputs takes a mapping from names"),
        ({"inputs": {"price": 3}}, "inputs takes names with distributions"),
        ({"outputs": "net"}, "outputs takes a list of names, such as \\['net'\\]"),
        ({"until": "0.5%"}, "the precision is a share of the mean, such as 0.005; got '0.5%'"),
        ({"correlation": [[1.0]]}, "correlation must be a Correlation, as read_file gives; got"),
    ],
)
def test_an_option_of_another_kind_is_refused_by_name(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputRefusedError, match=message):
        simulate(_deal(), Options(**({"trials": 64} | wrong)))


def test_what_cannot_be_simulated_is_refused() -> None:
    plain = book({"A1": 1, "A2": "=A1*2"}, {"x": "A2"})
    with pytest.raises(InputRefusedError, match="nothing is uncertain in book"):
        simulate(plain, Options())
    with pytest.raises(InputRefusedError, match="has no outputs"):
        simulate(book({"A1": "=DM_NORMAL(0,1)"}), Options())
    with pytest.raises(InputRefusedError, match="trials must be a whole number, 1 or more; got 0"):
        simulate(_deal(), Options(trials=0))
    with pytest.raises(InputRefusedError, match="share of the mean"):
        simulate(_deal(), Options(until=2.0))
    with pytest.raises(InputRefusedError, match="target for nothing"):
        simulate(_deal(), Options(targets={"nothing": 1.0}))
    with pytest.raises(UnknownNameError, match="nothing"):
        simulate(_deal(), Options(outputs=["nothing"]))
    with pytest.raises(UnknownNameError, match="name tax, which is not uncertain"):
        simulate(_deal(), Options(correlation=from_matrix(["price", "tax"], np.eye(2))))
    with pytest.raises(InputRefusedError, match="copula or iman-conover"):
        simulate(_deal(), Options(method="none"))
    with pytest.raises(InputRefusedError, match="no output in common"):
        compare(_deal(), book({"A1": "=DM_NORMAL(0,1)", "A2": "=A1"}, {"other": "A2"}), Options(trials=8))


def test_results_are_given_as_frames() -> None:
    found = simulate(_deal(), Options(trials=4096, seed=0, targets={"": 800.0}))
    assert found.to_frame().index.tolist() == ["shortfall", "ratio"]
    assert found.to_frame().loc["shortfall", "target"] == 800.0
    shortfall = found.statistics["shortfall"]
    assert found.to_frame().loc["shortfall", "mean_lowest_5%"] == shortfall.lower_tail
    assert found.to_frame().loc["shortfall", "mean_highest_5%"] == shortfall.upper_tail
    assert found.percentiles().loc[0.5, ("ratio", "value")] == found.statistics["ratio"].percentiles[0.5]
    assert set(found.sensitivities().columns) == {"rank_correlation", "contribution"}
    assert found.convergence("ratio").index[-1] == 4096
    assert found.to_trials().shape == (4096, 5)
    assert found.checked == 64


def test_more_trials_than_anyone_waits_for_are_refused_at_once() -> None:
    with pytest.raises(InputRefusedError, match=r"a run has 10,000,000,000 trials at most.*; got 1,000,000,000,000"):
        simulate(model_of({"A1": "=DM_UNIFORM(0,1)"}), Options(trials=10**12, outputs=["S!A1"]))
