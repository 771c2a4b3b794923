"""Arguments so large or so small that a formula as printed leaves the range of float64: the right number or NaN."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from dealmodel import distributions as of
from dealmodel.callpath import evaluate
from dealmodel.catalogue import find
from dealmodel.cells import CellError
from dealmodel.explain import why
from dealmodel.simulation.sampling.variates import sampler

SHARES = (1e-9, 0.01, 0.3, 0.5, 0.7, 0.99, 1 - 1e-9)


def deviation(share: float) -> mp.mpf:
    return mp.sqrt(2) * mp.erfinv(2 * mp.mpf(share) - 1)


@pytest.mark.parametrize("mean", [1e-200, 1e-20, 1.0, 1e20, 1e300])
@pytest.mark.parametrize("sd", [1e-300, 1e-20, 1e-9, 1.0, 1e20, 1e160, 1e300])
def test_a_lognormal_of_any_deviation_has_its_quantiles_and_is_sampled_by_them(mean: float, sd: float) -> None:
    number = of.lognormal(mean, sd)
    with mp.workdps(60):
        sigma = mp.sqrt(mp.log1p((mp.mpf(sd) / mean) ** 2))
        expected = [float(mean * mp.exp(sigma * deviation(q) - sigma**2 / 2)) for q in SHARES]
    assert number.ppf(SHARES) == pytest.approx(expected, rel=1e-12, abs=1e-307)
    # The table of the normal quantile holds to 1e-12 of its own spread, which sigma, up to 52, takes into the exponent.
    assert sampler(number)(np.array(SHARES)) == pytest.approx(expected, rel=1e-10, abs=1e-307)
    assert number.mean() == mean
    assert np.isfinite(number.cdf([1e-300, 1e-20, mean, 1e20, 1e300])).all()


def test_a_lognormal_far_below_its_mean_keeps_the_shares_of_its_values() -> None:
    number = of.lognormal(1, 1e300)
    values = number.ppf([0.3, 0.5, 0.7, 0.99])
    assert values[1] == pytest.approx(1e-300, rel=1e-12)
    assert number.cdf(values[1:]) == pytest.approx([0.5, 0.7, 0.99], rel=1e-12)


@pytest.mark.parametrize("large", [1e6, 1e9, 1e12])
def test_a_beta_with_one_large_shape_keeps_both_halves_next_to_its_end(large: float) -> None:
    number = of.beta(1, large)
    with mp.workdps(60):
        expected = [float(-mp.expm1(mp.log1p(-mp.mpf(q)) / large)) for q in SHARES]
    assert number.ppf(SHARES) == pytest.approx(expected, rel=1e-13)
    assert number.cdf(expected) == pytest.approx(SHARES, rel=1e-12)
    # The same at the other end, where float64 has the digits of 1.
    assert of.beta(large, 1, -1, 0).ppf(SHARES) == pytest.approx([-x for x in reversed(expected)], rel=1e-6)
    assert of.pert(0, 0, 1, large - 1).ppf(SHARES) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("alpha", "beta"), [(4e5, 7e6), (2e8, 9e8), (6e4, 4e9), (3.0, 7e10)])
def test_quantiles_of_a_beta_with_large_shapes_reach_their_shares(alpha: float, beta: float) -> None:
    shares = np.linspace(0.001, 0.999, 333)
    number = of.beta(alpha, beta)
    values = number.ppf(shares)
    neighbours = number.cdf(np.nextafter(values, 2)) - number.cdf(np.nextafter(values, -1))
    assert (np.abs(number.cdf(values) - shares) <= 4 * neighbours + 1e-12).all()


def test_student_with_few_degrees_of_freedom_is_far_out_and_on_its_side() -> None:
    with mp.workdps(60):
        a = mp.mpf(0.001) / 2
        share = (2 * mp.mpf(0.3) * a * mp.beta(a, 0.5)) ** (1 / a)
        expected = float(-mp.sqrt(mp.mpf(0.001) * (1 - share) / share))
    assert of.student(0, 1, 0.001).ppf([0.3, 0.5, 0.7]) == pytest.approx([expected, 0, -expected], rel=1e-9)
    assert of.student(0, 1, 1).ppf(1e-300) == pytest.approx(-1e300 / np.pi, rel=1e-12)


def test_moments_whose_factors_leave_float64_though_they_do_not() -> None:
    assert of.pareto(1e300, 1e20).mean() == 1e300
    assert of.weibull(1e300, 1e300).variance() == pytest.approx(np.pi**2 / 6, rel=1e-12)


def test_a_normal_cut_to_a_hair_is_even_however_wide_it_was() -> None:
    hair = of.truncated_normal(0, 1e300, 0, 1e-200)
    assert hair.ppf([0.25, 0.5]) == pytest.approx([0.25e-200, 0.5e-200], rel=1e-12)
    assert hair.cdf(0.75e-200) == pytest.approx(0.75, rel=1e-12)
    assert hair.mean() == pytest.approx(0.5e-200, rel=1e-12)
    assert of.truncated_normal(0, 1e300, 1, 2).variance() == pytest.approx(1 / 12, rel=1e-12)


def test_a_metalog_between_bounds_of_any_size_keeps_its_middle() -> None:
    # Nearly symmetrical in the log-odds of its bounds, so that the quantile at 70% is 1e150 e^(a2 ln(7/3)).
    number = of.metalog(1, 1e150, 1e300, 0.9, 1.1e300)
    with mp.workdps(80):
        low, high, gaps = mp.mpf(0.9), mp.mpf(1.1e300), []
        for less, more in ((mp.mpf(1), mp.mpf(1e150)), (mp.mpf(1e150), mp.mpf(1e300))):
            gaps.append(mp.log((more - low) * (high - less) / ((less - low) * (high - more))))
        steps = (sum(gaps) / 2 + (gaps[1] - gaps[0]) / mp.mpf("0.8") / 5) / mp.log(9) * mp.log(mp.mpf(7) / 3)
        odds = mp.exp(steps) * (mp.mpf(1e150) - low) / (high - mp.mpf(1e150))
        expected = float((low + high * odds) / (1 + odds))
    assert number.ppf(0.7) == pytest.approx(expected, rel=1e-11)
    assert number.cdf(expected) == pytest.approx(0.7, rel=1e-12)
    assert number.ppf([0.1, 0.5, 0.9]) == pytest.approx([1, 1e150, 1e300], rel=1e-11)


WIDE = "low and high must be less than 1.79E308 apart"
REFUSED = [
    ("DM_UNIFORM", (-1e308, 1e308), WIDE),
    ("DM_TRIANGULAR", (-1e308, 0.0, 1e308), WIDE),
    ("DM_PERT", (-1e308, 0.0, 1e308), WIDE),
    ("DM_BETA", (2.0, 3.0, -1e308, 1e308), WIDE),
    ("DM_PERT", (0.0, 0.3, 1.0, 1e300), "lambda_ must be at most 1E12"),
    ("DM_BETA", (1e20, 3.0), "alpha must be between 1E-12 and 1E12"),
    ("DM_BETA", (1.0, 1e-320), "beta must be between 1E-12 and 1E12"),
    ("DM_METALOG", (-1e308, 0.0, 1e308), "quantiles, and bounds where given, must be less than 1.79E308 apart"),
    ("DM_METALOG", (1.0, 2.0, 3.0, -1.7e308, 1.7e308), "less than 1.79E308 apart"),
]


@pytest.mark.parametrize(("name", "arguments", "reason"), REFUSED, ids=[f"{n}{a}" for n, a, _ in REFUSED])
def test_what_float64_cannot_tell_apart_is_an_error_with_its_reason(
    name: str, arguments: tuple[float, ...], reason: str
) -> None:
    number = of.DISTRIBUTIONS[name](*arguments)
    assert np.isnan(number.ppf([0.0, 0.3, 1.0])).all()
    assert np.isnan(number.cdf(0.5))
    assert np.isnan(number.mean())
    assert np.isnan(number.variance())
    assert evaluate(find(name), arguments) is CellError.NUM
    assert reason in why(name, *arguments)
