"""The continuous distributions against SciPy's, and in the tails against mpmath."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from dealmodel import distributions as of

if TYPE_CHECKING:
    from collections.abc import Callable

SHARES = np.array([1e-12, 1e-9, 1e-4, 0.02, 0.3, 0.499, 0.5, 0.501, 0.7, 0.98, 1 - 1e-4, 1 - 1e-9, 1 - 1e-12])


def lognorm(mean: float, sd: float) -> Any:  # noqa: ANN401
    sigma = np.sqrt(np.log1p((sd / mean) ** 2))
    return stats.lognorm(sigma, scale=mean * np.exp(-(sigma**2) / 2))


def pert(low: float, mode: float, high: float, weight: float) -> Any:  # noqa: ANN401
    width = high - low
    return stats.beta(1 + weight * (mode - low) / width, 1 + weight * (high - mode) / width, low, width)


PAIRS = [
    (of.uniform(-3, 7), stats.uniform(-3, 10)),
    (of.normal(294, 20), stats.norm(294, 20)),
    (of.lognormal(892, 100), lognorm(892, 100)),
    (of.lognormal(1, 3), lognorm(1, 3)),
    (of.lognormal(100, 1), lognorm(100, 1)),
    (of.triangular(250, 294, 340), stats.triang(44 / 90, 250, 90)),
    (of.triangular(0, 0, 4), stats.triang(0, 0, 4)),
    (of.triangular(0, 4, 4), stats.triang(1, 0, 4)),
    (of.pert(250, 294, 340), pert(250, 294, 340, 4)),
    (of.pert(0, 0, 1), stats.beta(1, 5)),
    (of.pert(0, 1, 1), stats.beta(5, 1)),
    (of.pert(0, 0.3, 1, 0), stats.uniform()),
    (of.pert(0, 0.3, 1, 20), pert(0, 0.3, 1, 20)),
    (of.beta(2, 3), stats.beta(2, 3)),
    (of.beta(0.5, 0.5), stats.beta(0.5, 0.5)),
    (of.beta(30, 0.7, -1, 4), stats.beta(30, 0.7, -1, 5)),
    (of.gamma(2.5, 3), stats.gamma(2.5, scale=3)),
    (of.gamma(0.4, 3), stats.gamma(0.4, scale=3)),
    (of.gamma(400, 0.1), stats.gamma(400, scale=0.1)),
    (of.exponential(7), stats.expon(scale=7)),
    (of.weibull(1.5, 3), stats.weibull_min(1.5, scale=3)),
    (of.weibull(0.7, 3), stats.weibull_min(0.7, scale=3)),
    (of.student(294, 20, 4), stats.t(4, 294, 20)),
    (of.student(0, 1, 2.5), stats.t(2.5)),
    (of.student(0, 1, 1000), stats.t(1000)),
    (of.pareto(100, 3), stats.pareto(3, scale=100)),
    (of.pareto(1, 2.5), stats.pareto(2.5)),
    (of.truncated_normal(294, 20, 250, 340), stats.truncnorm(-2.2, 2.3, 294, 20)),
    (of.truncated_normal(0, 1, -1e3, 1e3), stats.norm()),
]
pairs = pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=[repr(ours) for ours, _ in PAIRS])


@pairs
def test_moments_are_those_of_scipy(ours: of.Distribution, theirs: Any) -> None:  # noqa: ANN401
    assert ours.mean() == pytest.approx(theirs.mean(), rel=1e-12)
    assert ours.variance() == pytest.approx(theirs.var(), rel=1e-12)


@pairs
def test_quantiles_are_those_of_scipy(ours: of.Distribution, theirs: Any) -> None:  # noqa: ANN401
    lengths = np.sqrt(ours.variance())
    found, expected = ours.ppf(SHARES), theirs.ppf(SHARES)
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-15 * lengths)


@pairs
def test_shares_are_those_of_scipy(ours: of.Distribution, theirs: Any) -> None:  # noqa: ANN401
    values = ours.ppf(SHARES)
    # Next to a bound the last digits of a value do not tell a steep density's shares apart, and SciPy sees only them.
    low, high = ours.support
    inner = (values - low > 1e-7 * abs(low)) & (high - values > 1e-6 * abs(high))
    values = values[inner]
    assert np.allclose(ours.cdf(values), theirs.cdf(values), rtol=1e-12, atol=4e-15)
    # Next to 1 SciPy's beta has lost what its cdf still holds.
    expected = np.where(theirs.cdf(values) < 0.5, 1 - theirs.cdf(values), theirs.sf(values))
    assert np.allclose(ours.sf(values), expected, rtol=1e-12, atol=4e-15)
    assert ours.cdf(values) == pytest.approx(SHARES[inner], rel=2e-12)


@pairs
def test_the_ends_are_those_of_scipy(ours: of.Distribution, theirs: Any) -> None:  # noqa: ANN401
    if theirs.support() != (-np.inf, np.inf):
        assert ours.support == theirs.support()
    assert tuple(ours.ppf([0, 1])) == ours.support
    low, high = ours.support
    assert ours.cdf([low, high]).tolist() == [0, 1]
    assert ours.sf([low, high]).tolist() == [1, 0]
    outside = [np.nextafter(low, -np.inf), np.nextafter(high, np.inf)]
    assert ours.cdf(outside).tolist() == [0, 1]
    assert ours.sf(outside).tolist() == [1, 0]


TAILS: list[tuple[of.Distribution, Callable[[Any], Any]]] = [
    (of.normal(0, 1), lambda x: mp.erfc(x / mp.sqrt(2)) / 2),
    (of.lognormal(1, 1), lambda x: mp.erfc((mp.log(x) + mp.log(2) / 2) / mp.sqrt(2 * mp.log(2))) / 2),
    (of.triangular(-1, 0, 0), lambda x: 1 - (1 + x) ** 2),
    (of.triangular(-2, -1, 0), lambda x: x**2 / 2),
    (of.pert(-1, -1, 0, 2), lambda x: (-x) ** 3),
    (of.beta(2, 3, -1, 0), lambda x: (-x) ** 3 * (4 + 3 * x)),
    (of.gamma(2, 1), lambda x: (1 + x) * mp.exp(-x)),
    (of.exponential(1), lambda x: mp.exp(-x)),
    (of.weibull(2, 1), lambda x: mp.exp(-(x**2))),
    (
        of.student(0, 1, 3),
        lambda x: mp.mpf(1) / 2 - (mp.atan(x / mp.sqrt(3)) + mp.sqrt(3) * x / (3 + x**2)) / mp.pi,
    ),
    (of.pareto(1, 3), lambda x: x**-3),
    (of.uniform(-1, 0), lambda x: -x),
]


@pytest.mark.parametrize(("number", "tail"), TAILS, ids=[repr(number) for number, _ in TAILS])
def test_the_upper_tail_keeps_its_digits(number: of.Distribution, tail: Any) -> None:  # noqa: ANN401
    with mp.workdps(60):
        for share in (1e-6, 1e-9, 1e-12):
            # What is asked for is 1 - share rounded to float64, and that exactly.
            value = number.ppf(1 - share)
            assert float(tail(mp.mpf(value))) == pytest.approx(1 - (1 - share), rel=1e-12)
            assert number.sf(value) == pytest.approx(float(tail(mp.mpf(value))), rel=1e-12)


def test_the_smallest_shares_have_their_quantiles() -> None:
    assert of.beta(2, 4).ppf(1e-300) == pytest.approx(np.sqrt(1e-300 / 10), rel=1e-12)
    assert of.beta(1.2, 0.9).ppf(1e-20) == pytest.approx(2.376827632399702e-17, rel=1e-13)
    assert of.beta(4, 2, -1, 0).ppf(1 - 2.0**-53) == pytest.approx(-np.sqrt(2.0**-53 / 10), rel=1e-8)
    # Student's t with 3 degrees of freedom falls as 2 sqrt(3) / (pi t^3).
    far = (2 * np.sqrt(3) / (np.pi * 1e-300)) ** (1 / 3)
    assert of.student(0, 1, 3).ppf(1e-300) == pytest.approx(-far, rel=1e-12)
    assert of.student(0, 1, 1).ppf([1e-20, 0.25, 0.75]) == pytest.approx([-1e20 / np.pi, -1, 1], rel=1e-13)
    assert of.normal(0, 1).ppf(1e-300) == pytest.approx(-37.0471, abs=1e-4)
    assert of.exponential(1).ppf(1e-300) == 1e-300


@pytest.mark.parametrize("shape", [0.3, 1, 1.00425, 1.75, 40])
def test_the_median_of_what_is_symmetric_is_the_middle(shape: float) -> None:
    assert of.beta(shape, shape, -1, 1).ppf(0.5) == 0
    assert of.pert(-1, 0, 1, shape).ppf(0.5) == 0


def test_moments_that_do_not_exist() -> None:
    assert np.isnan(of.student(0, 1, 1).mean())
    assert np.isnan(of.student(0, 1, 1).variance())
    assert of.student(5, 1, 1.5).mean() == 5
    assert of.student(5, 1, [1.5, 2]).variance().tolist() == [np.inf, np.inf]
    assert np.isnan(of.pareto(1, 1).mean())
    assert np.isnan(of.pareto(1, 1).variance())
    assert of.pareto(1, [1.5, 2]).variance().tolist() == [np.inf, np.inf]
    assert of.pareto(2, 0.5).ppf(0.5) == 8
    assert of.pareto(2, 0.5).cdf(8) == 0.5


@pytest.mark.parametrize("shape", [0.2, 1, 3, 9.99, 10.01, 1e3, 1e6, 1e9])
def test_the_variance_of_a_weibull_keeps_its_digits(shape: float) -> None:
    with mp.workdps(60):
        inverse = 1 / mp.mpf(shape)
        expected = mp.gamma(1 + 2 * inverse) - mp.gamma(1 + inverse) ** 2
    assert of.weibull(shape, 10).variance() == pytest.approx(100 * float(expected), rel=1e-12)


def test_lognormal_takes_the_mean_and_deviation_of_the_number_itself() -> None:
    fine = of.lognormal(892, 100)
    rng = np.random.default_rng(1)
    drawn = fine.ppf(rng.random(200_000))
    assert drawn.mean() == pytest.approx(892, abs=1)
    assert drawn.std() == pytest.approx(100, rel=0.01)
