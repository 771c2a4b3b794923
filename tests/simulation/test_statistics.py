"""Statistics taken while trials stream through are those of all trials."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dealmodel.simulation.statistics.moments import Moments
from dealmodel.simulation.statistics.outputs import Accumulator, Statistics, thinned
from dealmodel.simulation.statistics.ranks import RankedInputs, contributions, ranks
from dealmodel.simulation.statistics.tally import Distribution, Scale, Tally

RNG = np.random.default_rng(0)


def _accumulated(values: np.ndarray, target: float | None = None, piece: int = 997) -> Accumulator:
    accumulator = Accumulator(target)
    for start in range(0, len(values), piece):
        part = values[start : start + piece]
        accumulator.add(part, np.zeros(len(part), dtype=np.int8))
    return accumulator


def test_moments_in_pieces_are_those_of_the_whole() -> None:
    values = RNG.gamma(2.0, 3.0, 20_000) + 1e4
    moments = Moments()
    for piece in np.array_split(values, 13):
        moments.add(Moments.of(piece))
    moments.add(Moments.of(np.empty(0)))
    assert moments.count == len(values)
    assert moments.mean == pytest.approx(values.mean(), rel=1e-14)
    assert moments.sd == pytest.approx(values.std(ddof=1), rel=1e-12)
    assert moments.skew == pytest.approx(stats.skew(values), rel=1e-10)
    assert moments.kurtosis == pytest.approx(stats.kurtosis(values, fisher=False), rel=1e-10)
    assert moments.error == pytest.approx(stats.sem(values), rel=1e-12)


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(300, 50, 40_000),
        np.concatenate([RNG.normal(300, 50, 30_000), np.full(9_000, 300.0)]),
        np.where(RNG.random(40_000) < 0.3, 892.0, 0.0),
        RNG.pareto(1.1, 40_000) * 100,
        RNG.lognormal(0, 1, 40_000) * 1e-9,
    ],
    ids=["normal", "with an atom", "two points", "heavy tail", "small numbers"],
)
def test_streamed_quantiles_are_those_of_all_trials(values: np.ndarray) -> None:
    shares = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)
    tally = _accumulated(values).tally
    assert tally is not None
    streamed, whole = Distribution.binned(tally), Distribution.of(values)
    spread = float(np.subtract(*np.quantile(values, [0.75, 0.25]))) or 1.0
    for share in shares:
        exact = float(np.quantile(values, share))
        assert whole.quantile(share) == pytest.approx(exact, rel=1e-14, abs=1e-300)
        assert (
            abs(streamed.quantile(share) - exact) <= math.hypot(tally.scale.spread, exact - tally.scale.centre) / 16384
        )
    assert streamed.lower_tail() == pytest.approx(whole.lower_tail(), rel=1e-6, abs=spread * 1e-6)
    assert streamed.upper_tail() == pytest.approx(whole.upper_tail(), rel=1e-6, abs=spread * 1e-6)
    assert streamed.count == whole.count == len(values)


def test_a_tail_is_the_mean_of_the_lowest_or_highest() -> None:
    values = Distribution.of(np.arange(1.0, 31.0))
    # 5% of 30 trials are 1.5: (1 + 2 / 2) / 1.5
    assert values.lower_tail(0.05) == pytest.approx(2 / 1.5, rel=1e-15)
    assert values.upper_tail(0.05) == pytest.approx((30 + 29 / 2) / 1.5, rel=1e-15)
    assert values.lower_tail(1.0) == values.upper_tail(1.0) == pytest.approx(15.5, rel=1e-15)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80), st.floats(0.01, 1.0))
def test_the_upper_tail_is_the_lower_one_turned_over(values: list[float], share: float) -> None:
    found, turned = Distribution.of(np.array(values)), Distribution.of(-np.array(values))
    assert found.upper_tail(share) == pytest.approx(-turned.lower_tail(share), rel=1e-9, abs=1e-9)
    assert found.lower_tail(share) <= np.mean(values) + 1e-6 <= found.upper_tail(share) + 2e-6


def test_the_error_of_a_quantile_is_that_of_theory() -> None:
    values = Distribution.of(np.sort(stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)))
    for share in (0.05, 0.5, 0.95):
        theory = math.sqrt(share * (1 - share) / 1e5) / stats.norm.pdf(stats.norm.ppf(share))
        assert values.quantile_error(share) == pytest.approx(theory, rel=1e-2)


def test_probabilities_and_errors_are_counted() -> None:
    accumulator = Accumulator(target=2.0)
    accumulator.add(np.array([-1.0, 0.0, 2.0, 3.0, np.nan]), np.array([0, 0, 0, 0, 2], dtype=np.int8))
    found = Statistics.of("x", accumulator, {"#DIV/0!": 1}, None)
    assert (found.trials, found.negative, found.above) == (4, 0.25, 0.25)
    assert accumulator.summary.errors == {2: 1}
    assert (found.lowest, found.highest) == (-1.0, 3.0)


def test_an_output_without_a_number_has_no_statistics() -> None:
    accumulator = Accumulator()
    accumulator.add(np.full(3, np.nan), np.full(3, 6, dtype=np.int8))
    found = Statistics.of("x", accumulator, {}, None)
    assert found.trials == 0
    tails = (found.lower_tail, found.upper_tail)
    assert all(math.isnan(v) for v in (found.mean, found.sd, found.percentiles[0.5], *tails, found.negative))


def test_the_histogram_holds_all_trials() -> None:
    values = Distribution.of(RNG.normal(0, 1, 5000))
    edges, counts = values.histogram(40)
    assert len(edges) == 41
    assert counts.sum() == 5000
    assert Distribution.of(np.full(7, 3.0)).histogram(4)[1].sum() == 7


def test_convergence_keeps_its_last_point() -> None:
    points = [(i, 0.0, 0.0) for i in range(1, 1234)]
    found = thinned(points)
    assert len(found) <= 100
    assert found[-1] == points[-1]


@pytest.mark.parametrize(
    "values",
    [
        RNG.normal(size=5000),
        RNG.normal(size=65_537),
        RNG.integers(-3, 4, 5000).astype(float),
        1e9 + RNG.normal(size=5000) * 1e-5,
        np.array([0.0, -0.0, -1.0, np.inf, -np.inf, 2.0**-1074, -(2.0**-1074)]),
        np.array([7.0]),
        np.empty(0),
    ],
    ids=["different", "many", "few", "close", "odd", "one", "none"],
)
def test_ranks_are_those_of_scipy(values: np.ndarray) -> None:
    assert np.array_equal(ranks(values), stats.rankdata(values))


def test_rank_correlations_are_spearmans() -> None:
    x = RNG.normal(size=(4000, 2))
    y = np.exp(x[:, 0]) + 0.1 * x[:, 1]
    ranked = RankedInputs(x.T)
    found = ranked.correlations(y)
    assert found == pytest.approx([stats.spearmanr(column, y).statistic for column in x.T], rel=1e-12)
    assert contributions(found).sum() == pytest.approx(1.0)
    assert ranked.correlations(np.ones(4000)) == pytest.approx([0.0, 0.0])
    assert contributions(np.zeros(2)) == pytest.approx([0.0, 0.0])
    y[::3] = np.nan
    known = np.isfinite(y)
    expected = [stats.spearmanr(column[known], y[known]).statistic for column in x.T]
    assert ranked.correlations(y) == pytest.approx(expected, rel=1e-12)
    assert ranked.correlations(np.full(4000, np.nan)) == pytest.approx([0.0, 0.0])


def test_a_tally_is_the_same_to_the_last_bit_whenever_it_is_asked() -> None:
    blocks = [RNG.normal(100, 30, 16_384) for _ in range(11)]
    scale = Scale.around(blocks[0])
    at_the_end, each_time = Tally(scale), Tally(scale)
    for block in blocks:
        at_the_end.add(block)
        each_time.add(block)
        assert each_time.points[1].sum() > 0
    for one, other in zip(at_the_end.points, each_time.points, strict=True):
        np.testing.assert_array_equal(one, other)
    assert at_the_end.points[1].sum() == 11 * 16_384


def test_what_is_the_same_in_all_trials_has_no_deviation() -> None:
    """The mean of many equal numbers is out by rounding, from which no deviation, skew or error must come."""
    moments = Moments()
    for size in (1001, 1000, 333):
        moments.add(Moments.of(np.full(size, 0.10692800178949247)))
    assert (moments.mean, moments.sd, moments.error) == (0.10692800178949247, 0.0, 0.0)
    assert math.isnan(moments.skew)


def test_a_deviation_that_is_small_is_none_of_rounding() -> None:
    values = 1e6 + 1e-6 * np.arange(4.0)
    assert Moments.of(values).sd == pytest.approx(float(np.std(values, ddof=1)), rel=1e-6)
