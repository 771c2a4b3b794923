"""Events, counts and given values: against SciPy's, with ties, blanks and everything certain."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from dealmodel import distributions as of

COUNTS = [
    (of.bernoulli(0.3), stats.bernoulli(0.3)),
    (of.binomial(12, 0.3), stats.binom(12, 0.3)),
    (of.binomial(1000, 0.02), stats.binom(1000, 0.02)),
    (of.binomial(100_000, 0.7), stats.binom(100_000, 0.7)),
    (of.poisson(0.1), stats.poisson(0.1)),
    (of.poisson(4.5), stats.poisson(4.5)),
    (of.poisson(1e6), stats.poisson(1e6)),
]
counts = pytest.mark.parametrize(("ours", "theirs"), COUNTS, ids=lambda pair: repr(pair)[:40])


@counts
def test_moments_are_those_of_scipy(ours: of.Distribution, theirs: Any) -> None:  # noqa: ANN401
    assert ours.mean() == pytest.approx(theirs.mean(), rel=1e-14)
    assert ours.variance() == pytest.approx(theirs.var(), rel=1e-13)


@counts
def test_shares_are_those_of_scipy(ours: of.Distribution, theirs: Any) -> None:  # noqa: ANN401
    lengths = np.sqrt(theirs.var())
    values = theirs.mean() + lengths * np.array([-8, -3, -1, -0.5, 0, 0.3, 1, 3, 8])
    assert np.allclose(ours.cdf(values), theirs.cdf(values), rtol=1e-11, atol=1e-300)
    assert np.allclose(ours.sf(values), theirs.sf(values), rtol=1e-11, atol=1e-300)


@counts
def test_quantiles_are_those_of_scipy(ours: of.Distribution, theirs: Any) -> None:  # noqa: ANN401
    shares = np.random.default_rng(3).random(300)
    shares = np.concatenate([[1e-300, 1e-12, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-12], shares])
    assert np.array_equal(ours.ppf(shares), theirs.ppf(shares))


@counts
def test_many_quantiles_are_those_one_by_one(ours: of.Distribution, theirs: Any) -> None:  # noqa: ANN401
    shares = np.random.default_rng(5).random(100)
    shares[:2] = 0, 1
    assert ours.ppf(shares).tolist() == [ours.ppf(share) for share in shares]
    assert ours.ppf([0, 1]).tolist() == [theirs.support()[0], theirs.support()[1]]


def test_a_rare_event_keeps_its_digits() -> None:
    with mp.workdps(40):
        none = mp.mpf(1e-9) * 0 + (1 - mp.mpf(1e-9)) ** 100
    assert of.binomial(100, 1e-9).sf(0) == pytest.approx(float(1 - none), rel=1e-13)
    assert of.poisson(1e-9).sf(0) == pytest.approx(-np.expm1(-1e-9), rel=1e-14)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (of.bernoulli(0), 0),
        (of.bernoulli(1), 1),
        (of.binomial(0, 0.3), 0),
        (of.binomial(7, 0), 0),
        (of.binomial(7, 1), 7),
        (of.poisson(0), 0),
        (of.event(0, 300), 0),
        (of.event(1, 300), 300),
        (of.event(0, -300), 0),
        (of.event(1, -300), -300),
        (of.event(0.5, 0), 0),
        (of.discrete([5, 6], [1, 0]), 5),
        (of.empirical([5]), 5),
    ],
    ids=repr,
)
def test_what_is_certain(number: of.Distribution, value: float) -> None:
    assert number.support == (value, value)
    assert number.ppf([0, 1e-300, 0.5, 1]).tolist() == [value] * 4
    assert number.mean() == value
    assert number.variance() == 0
    assert number.cdf([value - 1, value, value + 1]).tolist() == [0, 1, 1]
    assert number.sf([value - 1, value, value + 1]).tolist() == [1, 0, 0]


@pytest.mark.parametrize(("probability", "impact"), [(0.25, 300.0), (0.25, -300.0), (1e-12, 5.0), (1e-12, -5.0)])
def test_an_event_is_all_or_nothing(probability: float, impact: float) -> None:
    fine = of.event(probability, impact)
    shares = np.random.default_rng(7).random(10_000)
    values = fine.ppf(shares)
    assert set(values.tolist()) <= {0.0, impact}
    assert np.mean(values == impact) == pytest.approx(probability, abs=0.02)
    assert fine.mean() == probability * impact
    assert fine.variance() == pytest.approx(probability * (1 - probability) * impact**2, rel=1e-15)
    assert fine.ppf([0, 1]).tolist() == sorted([0.0, impact])
    # The last share of the lower value, and the next one.
    last = 1 - probability if impact > 0 else probability
    assert fine.ppf([last, np.nextafter(last, 1)]).tolist() == sorted([0.0, impact])


def test_a_value_that_comes_twice_has_both_probabilities() -> None:
    price = of.discrete([20, 10, 20, 30], [0.25, 0.25, 0.25, 0.25])
    assert price.cdf([9, 10, 15, 20, 29, 30, 31]).tolist() == [0, 0.25, 0.25, 0.75, 0.75, 1, 1]
    assert price.ppf([0, 0.25, 0.26, 0.75, 0.76, 1]).tolist() == [10, 10, 20, 20, 30, 30]
    assert price.mean() == 20
    assert price.variance() == 50


def test_a_value_without_probability_never_comes() -> None:
    price = of.discrete([1, 2, 3, 4, 5], [0, 0.5, 0, 0.5, 0])
    assert price.support == (2, 4)
    assert price.ppf([0, 1e-300, 0.5, 0.6, 1]).tolist() == [2, 2, 2, 4, 4]
    assert price.cdf([1, 2, 3, 4]).tolist() == [0, 0.5, 0.5, 1]


def test_probabilities_that_sum_to_one_nearly() -> None:
    for off in (-5e-10, 5e-10):
        price = of.discrete([1, 2], [0.5, 0.5 + off])
        assert price.ppf([0.4, 1 - 1e-16, 1]).tolist() == [1, 2, 2]
        assert price.cdf(2) == 1
    assert np.isnan(of.discrete([1, 2], [0.5, 0.5 + 2e-9]).ppf(0.4))
    tenths = of.discrete(range(10), [0.1] * 10)
    assert tenths.ppf([0.05, 0.95, 1]).tolist() == [0, 9, 9]


def test_the_empirical_distribution_steps_at_its_observations() -> None:
    price = of.empirical([340, 240, 294, 294])
    assert price.cdf([239, 240, 293, 294, 339, 340]).tolist() == [0, 0.25, 0.25, 0.75, 0.75, 1]
    assert price.ppf([0, 0.25, 0.26, 0.75, 0.76, 1]).tolist() == [240, 240, 294, 294, 340, 340]
    assert price.mean() == 292
    assert price.variance() == np.var([340, 240, 294, 294])


@pytest.mark.parametrize("count", [1, 3, 7, 10, 49, 1000])
def test_the_quantile_of_each_step_is_its_observation(count: int) -> None:
    data = np.random.default_rng(count).permutation(count).astype(float)
    number = of.empirical(data)
    assert number.ppf(number.cdf(data)).tolist() == data.tolist()
    assert number.ppf(np.arange(1, count + 1) / count).tolist() == sorted(data)


def test_blank_cells_are_observations_of_zero() -> None:
    from dealmodel.callpath import call  # noqa: PLC0415
    from dealmodel.catalogue import CATALOGUE  # noqa: PLC0415

    assert call(CATALOGUE["DM_EMPIRICAL"], [[[3.0, None, 6.0]]]) == of.empirical([3, 0, 6]).mean()
    assert call(CATALOGUE["DM_DISCRETE"], [[[3.0, None]], [[0.5, 0.5]]]) == of.discrete([3, 0], [0.5, 0.5]).mean()


def test_counts_beyond_whole_float64_end() -> None:
    found = of.poisson(1e300).ppf([0.1, 0.9])
    assert np.isnan(found).all() or (np.diff(found) >= 0).all()
    assert of.poisson([2.0, 1e18]).ppf(0.5)[0] == 2
    assert of.poisson(1e18).ppf(0.5) == pytest.approx(1e18)
