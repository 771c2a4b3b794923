from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from mpmath import mp, mpf

from dealmodel import dlom_chaffe, dlom_finnerty, dlom_ghaidarov
from tests.functions.draws import close, decimals

YEARS = (0.25, 1.0, 7.0)
VARIANCES = 10.0 ** np.arange(-16, 2.1, 0.5)
RATES = (-0.02, 0.0, 1e-12, 1e-4, 0.03, 0.2)
YIELDS = (0.0, 0.03)

years = decimals(0, 20)
volatilities = decimals(0, 3)
rates = decimals(-0.05, 0.2)


def average_strike_put(variance: Any, t: Any, q: Any) -> Any:  # noqa: ANN401  mpmath has no types
    half = mp.sqrt(variance) / 2
    return mp.exp(-q * t) * (mp.ncdf(half) - mp.ncdf(-half))


def finnerty(t: Any, sigma: Any, q: Any) -> Any:  # noqa: ANN401
    a = sigma**2 * t
    return average_strike_put(
        a + mp.log(2 * (mp.exp(a) - a - 1)) - 2 * mp.log(mp.exp(a) - 1),
        t,
        q,
    )


def ghaidarov(t: Any, sigma: Any, q: Any) -> Any:  # noqa: ANN401
    a = sigma**2 * t
    return average_strike_put(mp.log(2 * (mp.exp(a) - a - 1) / a**2), t, q)


def chaffe(t: Any, sigma: Any, r: Any, q: Any) -> Any:  # noqa: ANN401
    d1 = (r - q + sigma**2 / 2) * t / (sigma * mp.sqrt(t))
    d2 = d1 - sigma * mp.sqrt(t)
    return (mp.exp(-r * t) * mp.erfc(d2 / mp.sqrt(2)) - mp.exp(-q * t) * mp.erfc(d1 / mp.sqrt(2))) / 2


@pytest.mark.parametrize(
    ("function", "twin"),
    [(dlom_finnerty, finnerty), (dlom_ghaidarov, ghaidarov)],
)
@pytest.mark.parametrize("t", YEARS)
def test_average_strike_puts_lose_no_digits_from_tiny_to_huge_variance(function: Any, twin: Any, t: float) -> None:  # noqa: ANN401
    for variance, q in product(VARIANCES, YIELDS):
        sigma = float(np.sqrt(variance / t))
        with mp.workdps(80):
            expected = float(twin(mpf(t), mpf(sigma), mpf(q)))
        assert function(t, sigma, q) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("t", YEARS)
def test_chaffe_loses_no_digits_where_it_is_well_conditioned(t: float) -> None:
    for variance, r, q in product(VARIANCES, RATES, YIELDS):
        sigma = float(np.sqrt(variance / t))
        # A relative change of the volatility is multiplied by about the square of this distance from the money.
        distance = abs(r - q) * np.sqrt(t) / sigma
        if distance > 30:
            continue
        with mp.workdps(80):
            expected = float(chaffe(mpf(t), mpf(sigma), mpf(r), mpf(q)))
        assert dlom_chaffe(t, sigma, r, q) == pytest.approx(expected, rel=2e-15 * (1 + distance**2))


@given(t=years, r=rates, q=rates)
def test_chaffe_without_volatility_is_the_certain_payoff(t: float, r: float, q: float) -> None:
    payoff = max(0.0, np.exp(-q * t) * np.expm1((q - r) * t))
    assert close(dlom_chaffe(t, 0.0, r, q), payoff)
    assert dlom_chaffe(t, 1e-150, r, q) == pytest.approx(payoff, rel=1e-12, abs=1e-140)


@given(t=years, sigma=volatilities, r=rates, q=rates)
def test_chaffe_lies_between_its_payoff_and_the_strike(t: float, sigma: float, r: float, q: float) -> None:
    discount = dlom_chaffe(t, sigma, r, q)
    strike = np.exp(-r * t)
    assert max(0.0, strike - np.exp(-q * t)) - 1e-15 <= discount <= strike * (1 + 1e-15)


@pytest.mark.parametrize("t", YEARS)
@pytest.mark.parametrize("r", [0.0, 0.03])
def test_discounts_rise_with_volatility_without_a_step_between_the_branches(t: float, r: float) -> None:
    sigma = np.sqrt(np.concatenate([np.geomspace(1e-6, 50, 400), np.linspace(0.99, 1.01, 200)]) / t)
    sigma.sort()
    for discounts in (
        dlom_chaffe(t, sigma, r),
        dlom_finnerty(t, sigma),
        dlom_ghaidarov(t, sigma),
    ):
        assert (np.diff(discounts) >= -1e-15).all()


@settings(max_examples=50)
@given(t=years, sigma=volatilities)
def test_finnerty_is_below_ghaidarov_and_below_its_ceiling(t: float, sigma: float) -> None:
    ceiling = 0.32281
    discount = dlom_finnerty(t, sigma)
    assert 0 <= discount <= min(ceiling, dlom_ghaidarov(t, sigma) * (1 + 1e-14))
    assert dlom_ghaidarov(t, sigma) <= 1


@given(t=years, sigma=volatilities, q=rates)
def test_dividends_discount_the_average_strike_puts(t: float, sigma: float, q: float) -> None:
    for function in (dlom_finnerty, dlom_ghaidarov):
        assert close(function(t, sigma, q), function(t, sigma) * np.exp(-q * t), rtol=1e-14)


def test_only_time_and_variance_count() -> None:
    assert close(dlom_finnerty(4.0, 0.2), dlom_finnerty(1.0, 0.4), rtol=1e-15)
    assert close(dlom_chaffe(4.0, 0.2, 0.0), dlom_chaffe(1.0, 0.4, 0.0), rtol=1e-15)


def test_a_grid_of_times_and_volatilities_is_one_call() -> None:
    t, sigma = np.array([[0.5], [2.0]]), np.array([0.0, 0.2, 1.5])
    for function in (dlom_chaffe, dlom_finnerty, dlom_ghaidarov):
        extra = (0.01,) if function is dlom_chaffe else ()
        grid = function(t, sigma, *extra)
        assert grid.shape == (2, 3)
        assert close(grid, [[function(float(y), float(s), *extra) for s in sigma] for y in t[:, 0]])
