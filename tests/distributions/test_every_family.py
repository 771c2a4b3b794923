"""What holds for every distribution, on arguments drawn from their declared domains."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealmodel.distributions import DISTRIBUTIONS, Distribution
from dealmodel.functions.uncertainty import MeanRequirement
from tests.distributions.draws import CONTINUOUS, GIVEN, arguments, distributions, is_ascending

GRID = np.array([0, 1e-300, 1e-12, 1e-6, 0.01, 0.1, 0.25, 0.4999, 0.5, 0.5001, 0.75, 0.9, 0.99, 1 - 1e-6, 1 - 1e-12, 1])
every_family = pytest.mark.parametrize("name", DISTRIBUTIONS)
several = settings(max_examples=settings().max_examples // 3)
few = settings(max_examples=settings().max_examples // 5)


@every_family
@several
@given(data=st.data())
def test_quantiles_ascend_between_the_ends_of_the_support(name: str, data: st.DataObject) -> None:
    of = data.draw(distributions(name))
    values = of.ppf(GRID)
    assert is_ascending(values)
    assert (values[0], values[-1]) == of.support


@every_family
@several
@given(data=st.data())
def test_the_share_up_to_a_quantile_is_at_least_that_asked_for(name: str, data: st.DataObject) -> None:
    of = data.draw(distributions(name))
    values = of.ppf(GRID[2:-2])
    assert (of.cdf(values) >= GRID[2:-2] - 4e-15).all() or name in CONTINUOUS
    assert is_ascending(of.cdf(values))
    assert is_ascending(-of.sf(values))
    assert np.allclose(of.cdf(values) + of.sf(values), 1, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", CONTINUOUS)
@several
@given(data=st.data())
def test_the_quantile_of_the_share_is_the_value_again(name: str, data: st.DataObject) -> None:
    of = data.draw(distributions(name))
    inner = GRID[3:-3]
    values = of.ppf(inner)
    # How far the quantile moves with the logarithm of the share, and how far the last digits of value and bounds reach.
    change = np.abs(of.ppf(inner * (1 + 1e-4)) - of.ppf(inner * (1 - 1e-4))) / 2e-4
    digit = 1e-15 * (np.abs(values) + np.abs(values - values.mean()) + np.min(np.abs(of.support)))
    assert (np.abs(of.ppf(of.cdf(values)) - values) <= 1e-12 * change + 8 * digit).all()
    assert (np.abs(of.cdf(values) / inner - 1) * change <= 1e-12 * change + 8 * digit).all()


@pytest.mark.parametrize("name", GIVEN)
@several
@given(data=st.data())
def test_the_quantile_is_the_first_value_that_reaches_the_share(name: str, data: st.DataObject) -> None:
    of = data.draw(distributions(name))
    inner = np.concatenate([GRID[1:-1], np.random.default_rng(1).random(40)])
    values = of.ppf(inner)
    assert (of.cdf(values) >= inner).all()
    assert (of.cdf(np.nextafter(values, -np.inf)) < inner).all()
    reached = of.cdf(values)
    assert np.array_equal(of.ppf(reached[reached < 1]), values[reached < 1])


@every_family
@several
@given(data=st.data())
def test_mean_and_variance_are_the_integrals_of_the_quantiles(name: str, data: st.DataObject) -> None:
    of = data.draw(distributions(name))
    variance = of.variance()
    if not (np.isfinite(variance) and has_light_tails(of)):
        return
    # The rule of rectangles in the log-odds of the share misses a kink or a step by little, and nothing else.
    log_odds = np.arange(-36, 36, 1 / 256)
    shares = 1 / (1 + np.exp(-log_odds))
    weights = shares / (1 + np.exp(log_odds)) / 256
    values = of.ppf(shares)
    scale = np.sqrt(variance) + 1e-9 * abs(of.mean())
    assert abs(np.sum(weights * values) - of.mean()) <= 3e-3 * scale
    assert abs(np.sum(weights * (values - of.mean()) ** 2) - variance) <= 6e-3 * scale**2
    if name in CONTINUOUS and name != "DM_TRIANGULAR":
        assert abs(np.sum(weights * values) - of.mean()) <= 1e-7 * scale
        assert abs(np.sum(weights * (values - of.mean()) ** 2) - variance) <= 1e-6 * scale**2


def has_light_tails(of: Distribution) -> bool:
    """Whether what lies beyond the shares that float64 tells from 0 and 1 adds nothing to a variance."""
    far, farther = of.ppf([1 - 1e-9, 1 - 1e-15])
    low, lower = of.ppf([1e-9, 1e-15])
    reach = max(abs(farther - of.mean()), abs(lower - of.mean()))
    return bool(reach**2 * 1e-13 < 1e-7 * of.variance()) and np.isfinite(far - low)


@every_family
@few
@given(data=st.data())
def test_an_array_of_distributions_gives_what_each_gives_alone(name: str, data: st.DataObject) -> None:
    family = DISTRIBUTIONS[name]
    length = data.draw(st.integers(1, 4))
    # Only the quantiles of a metalog: cases with bounds and without do not stand in one array.
    cases = [data.draw(arguments(family, length))[: 3 if name == "DM_METALOG" else None] for _ in range(3)]
    columns = [np.array(column) for column in zip(*cases, strict=True)]
    together = family(*columns)
    shares = np.array([0.0, 1e-9, 0.3, 0.5, 0.8, 1.0])[:, None]
    alone = [family(*case) for case in cases]
    assert together.shape == (3,)
    assert np.allclose(
        together.ppf(shares).T, [one.ppf(shares[:, 0]) for one in alone], rtol=1e-13, atol=1e-300, equal_nan=True
    )
    values = np.array([one.ppf(0.6) for one in alone])
    for method in ("cdf", "sf"):
        expected = [getattr(one, method)(value) for one, value in zip(alone, values, strict=True)]
        assert np.allclose(getattr(together, method)(values), expected, rtol=1e-13, atol=0, equal_nan=True)
    for method in ("mean", "variance"):
        expected = [getattr(one, method)() for one in alone]
        assert np.allclose(getattr(together, method)(), expected, rtol=1e-12, atol=1e-300, equal_nan=True)


@every_family
@few
@given(data=st.data())
def test_arguments_outside_their_domain_give_nan_and_spoil_no_other(name: str, data: st.DataObject) -> None:
    family = DISTRIBUTIONS[name]
    case = data.draw(arguments(family).filter(lambda case: len(case) <= 4))[: len(family.contract.parameters)]
    at = data.draw(st.integers(0, len(case) - 1))
    columns = [np.array([value, value, value], dtype=np.float64) for value in case]
    columns[at][1, ...] = np.nan
    of = family(*columns)
    for found in (of.ppf(0.3), of.cdf(1.0), of.sf(1.0), of.mean(), of.variance(), *of.support):
        assert np.isnan(found[1])
    assert not np.isnan(of.ppf(0.3)[[0, 2]]).any()
    assert of.proper.tolist() == [True, False, True]


@every_family
@several
@given(data=st.data())
def test_the_mean_is_what_the_sheet_shows(name: str, data: st.DataObject) -> None:
    family = DISTRIBUTIONS[name]
    case = data.draw(arguments(family).filter(lambda case: -1e9 not in case))
    assert np.array_equal(family(*case).mean(), family.function(*case), equal_nan=True)
    if not any(isinstance(r, MeanRequirement) for r in family.contract.requirements):
        assert np.isfinite(family(*case).mean())
