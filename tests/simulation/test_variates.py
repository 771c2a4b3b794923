"""Fast quantiles of fixed distributions are those of the distribution, in every trial alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dealmodel import distributions as d
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.sampling.cubic_table import Table
from dealmodel.simulation.sampling.draws import find_draws
from dealmodel.simulation.sampling.streams import SAMPLERS, streams_of
from dealmodel.simulation.sampling.variates import sampler
from dealmodel.workbook.address import CellAt
from tests.support.books import book

RNG = np.random.default_rng(0)
EVERYWHERE = np.clip(
    np.concatenate(
        [RNG.random(20_000), 10.0 ** -RNG.uniform(0, 15.9, 2000), 1 - 10.0 ** -RNG.uniform(0, 15.9, 2000), [0.5]]
    ),
    2.0**-53,
    1 - 2.0**-53,
)
TABULATED = [
    d.normal(294.0, 20.0),
    d.lognormal(892.0, 100.0),
    d.lognormal(1.0, 5.0),
    d.beta(2.0, 3.0),
    d.beta(0.5, 0.7),
    d.beta(20.0, 30.0),
    d.beta(2.0, 3.0, high=5.0),
    d.pert(250.0, 294.0, 340.0),
    d.pert(0.0, 1.0, 100.0, 40.0),
    d.beta(0.1, 3.0),
    d.gamma(0.05, 3.0),
    d.gamma(2.0, 147.0),
    d.gamma(100.0, 1.0),
    d.student(294.0, 20.0, 4.0),
    d.student(0.0, 1.0, 1.0),
    d.truncated_normal(294.0, 20.0, 280.0, 340.0),
    d.truncated_normal(0.0, 1.0, 5.0, 6.0),
]
BY_FORMULA = [
    d.uniform(250.0, 340.0),
    d.triangular(250.0, 294.0, 341.0),
    d.triangular(1.0, 1.0, 5.0),
    d.triangular(-3.0, 2.0, 2.0),
    d.exponential(7.0),
]
OTHERS = [d.weibull(1.5, 10.0), d.pareto(100.0, 3.0), d.bernoulli(0.3), d.binomial(10.0, 0.3), d.poisson(4.0)]
LAWS: list[tuple[d.Distribution, stats.rv_continuous]] = [
    (d.normal(294.0, 20.0), stats.norm(294, 20)),
    (d.uniform(250.0, 340.0), stats.uniform(250, 90)),
    (d.triangular(250.0, 294.0, 341.0), stats.triang(44 / 91, 250, 91)),
    (d.pert(250.0, 294.0, 344.0), stats.beta(1 + 4 * 44 / 94, 1 + 4 * 50 / 94, 250, 94)),
    (d.gamma(2.0, 147.0), stats.gamma(2, scale=147)),
    (d.student(294.0, 20.0, 4.0), stats.t(4, 294, 20)),
    (d.truncated_normal(294.0, 20.0, 280.0, 340.0), stats.truncnorm(-0.7, 2.3, 294, 20)),
    (d.exponential(7.0), stats.expon(scale=7)),
]


@pytest.mark.parametrize("distribution", [*TABULATED, *BY_FORMULA, *OTHERS], ids=repr)
def test_values_are_those_of_the_quantile_function(distribution: d.Distribution) -> None:
    expected = np.asarray(distribution.ppf(EVERYWHERE))
    found = sampler(distribution)(EVERYWHERE)
    quartiles = np.asarray(distribution.ppf([0.25, 0.75]))
    assert np.all(np.abs(found - expected) <= 1e-11 * (np.abs(expected) + quartiles[1] - quartiles[0]))
    low, high = distribution.support
    assert found.min() >= low
    assert found.max() <= high


@pytest.mark.parametrize("distribution", TABULATED[3:], ids=repr)
def test_distributions_without_a_formula_are_tabulated(distribution: d.Distribution) -> None:
    # Without a table a value takes twenty times as long or more.
    assert isinstance(sampler(distribution), Table)


@pytest.mark.parametrize("distribution", [*TABULATED, *BY_FORMULA], ids=repr)
def test_a_value_does_not_hang_on_the_others(distribution: d.Distribution) -> None:
    values = sampler(distribution)
    assert np.array_equal([values(EVERYWHERE[i : i + 1])[0] for i in range(200)], values(EVERYWHERE)[:200])
    assert np.array_equal(values(EVERYWHERE[::-1]), values(EVERYWHERE)[::-1])


@pytest.mark.parametrize("distribution", [*TABULATED, *BY_FORMULA, *OTHERS], ids=repr)
def test_values_can_be_put_in_a_place(distribution: d.Distribution) -> None:
    values = sampler(distribution)
    place = np.full(len(EVERYWHERE) + 1, 7.0)
    values(EVERYWHERE, place[:-1])
    assert np.array_equal(place[:-1], values(EVERYWHERE))
    assert place[-1] == 7.0


@pytest.mark.parametrize(("distribution", "law"), LAWS, ids=[repr(a) for a, _ in LAWS])
@pytest.mark.parametrize("kind", SAMPLERS)
def test_sampled_values_follow_the_law_of_scipy(
    kind: str, distribution: d.Distribution, law: stats.rv_continuous
) -> None:
    uniforms = streams_of(kind, ["x"], 11, 1 << 15)["x"].uniforms(0, 1 << 15)
    assert stats.kstest(sampler(distribution)(uniforms), law.cdf).pvalue > 1e-3


def test_what_is_outside_its_domain_is_no_number() -> None:
    assert np.isnan(sampler(d.normal(0.0, -1.0))(EVERYWHERE[:5])).all()
    assert np.isnan(sampler(d.pert(3.0, 2.0, 1.0))(EVERYWHERE[:5])).all()


def test_a_workbook_samples_a_fixed_distribution_by_its_table() -> None:
    model = book({"A1": "=DM_GAMMA(2,147)", "A2": "=A1*1"})
    at = CellAt("S", 2, 1)
    draws = find_draws(model)
    program = compile_program(model, draws, (), [at])
    # To the last bit: the quantile function itself differs there, and takes 20 times as long.
    assert np.array_equal(program.run({draws[0]: EVERYWHERE})[at], sampler(d.gamma(2.0, 147.0))(EVERYWHERE))
    assert not np.array_equal(sampler(d.gamma(2.0, 147.0))(EVERYWHERE), d.gamma(2.0, 147.0).ppf(EVERYWHERE))
