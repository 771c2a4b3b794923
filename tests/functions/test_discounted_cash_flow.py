from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from dealmodel import cost_of_equity, dcf_value, present_value, terminal_value, wacc
from dealmodel.domain import NON_NEGATIVE
from tests.functions.draws import close, decimals, series

flows = st.integers(1, 30).flatmap(lambda n: series(NON_NEGATIVE, n))
rates = st.one_of(decimals(-0.5, 1.0), st.sampled_from([0.0, 1e-12, -1e-12, 1e-6]))
spreads = decimals(1e-6, 0.5)
amounts = decimals(0, 1e6)


def dcf(cash_flows: list[float], rate: float, growth: float, shift: float) -> float:
    with mp.workdps(50):
        r, g = mpf(rate), mpf(growth)
        n = len(cash_flows)
        parts = [mpf(cf) / (1 + r) ** (i - mpf(shift)) for i, cf in enumerate(cash_flows, start=1)]
        last = mpf(cash_flows[-1]) * (1 + g) / (r - g) / (1 + r) ** (n - mpf(shift))
        return float(mp.fsum(parts) + last)


@given(cash_flows=flows, rate=rates, spread=spreads, mid_period=st.booleans())
def test_dcf_agrees_with_forty_digits(cash_flows: list[float], rate: float, spread: float, *, mid_period: bool) -> None:
    growth = max(rate - spread, -1.0)
    expected = dcf(cash_flows, rate, growth, 0.5 if mid_period else 0.0)
    assert dcf_value(cash_flows, rate, growth, mid_period) == pytest.approx(expected, rel=1e-13)


@given(cash_flow=decimals(-1e6, 1e6), rate=rates, spread=spreads)
def test_terminal_value_agrees_with_forty_digits(cash_flow: float, rate: float, spread: float) -> None:
    growth = max(rate - spread, -1.0)
    with mp.workdps(50):
        expected = float(mpf(cash_flow) * (1 + mpf(growth)) / (mpf(rate) - mpf(growth)))
    assert terminal_value(cash_flow, rate, growth) == pytest.approx(expected, rel=1e-14)


@given(first=amounts, n=st.integers(1, 20), rate=decimals(0.01, 0.5), spread=decimals(0.01, 0.2))
def test_flows_that_already_grow_for_ever_are_a_perpetuity_whatever_the_forecast(
    first: float, n: int, rate: float, spread: float
) -> None:
    growth = rate - spread
    forecast = first * (1 + growth) ** np.arange(n)
    assert close(dcf_value(forecast, rate, growth), first / (rate - growth), rtol=1e-12)


@given(cash_flows=flows, rate=rates, spread=spreads)
def test_mid_period_is_worth_half_a_period_more_terminal_value_included(
    cash_flows: list[float], rate: float, spread: float
) -> None:
    growth = max(rate - spread, -1.0)
    middle = dcf_value(cash_flows, rate, growth, mid_period=True)
    assert close(middle, dcf_value(cash_flows, rate, growth) * np.sqrt(1 + rate), rtol=1e-13)


@given(cash_flows=flows, rate=rates, spread=spreads)
def test_dcf_is_the_present_value_of_the_forecast_and_of_the_terminal_value(
    cash_flows: list[float], rate: float, spread: float
) -> None:
    growth = max(rate - spread, -1.0)
    times = np.arange(1.0, len(cash_flows) + 1)
    last = terminal_value(cash_flows[-1], rate, growth)
    parts = present_value(cash_flows, times, rate) + present_value([last], [times[-1]], rate)
    assert close(dcf_value(cash_flows, rate, growth), parts, rtol=1e-13)


@pytest.mark.parametrize("growth", [0.05, 0.05 + 1e-15, 0.2])
def test_growth_that_reaches_the_rate_has_no_value(growth: float) -> None:
    assert np.isnan(terminal_value(100.0, 0.05, growth))
    assert np.isnan(dcf_value([100.0, 105.0], 0.05, growth))
    assert np.isfinite(terminal_value(100.0, 0.05, 0.05 - 1e-15))


@given(case=st.tuples(amounts, amounts, decimals(0, 1), decimals(0, 1), decimals(0, 1)))
def test_the_average_cost_lies_between_the_costs(case: tuple[float, ...]) -> None:
    equity, debt, of_equity, of_debt, tax = case
    average: Any = wacc(equity, debt, of_equity, of_debt, tax)
    if equity + debt == 0:
        assert np.isnan(average)
        return
    lowest, highest = sorted((of_equity, of_debt * (1 - tax)))
    assert lowest - 1e-15 <= average <= highest + 1e-15
    assert close(wacc(3 * equity, 3 * debt, of_equity, of_debt, tax), average, rtol=1e-14)


@given(beta=decimals(-2, 3), rate=decimals(-0.01, 0.1), premium=decimals(0, 0.1), size=decimals(0, 0.05))
def test_cost_of_equity_is_linear_in_beta(beta: float, rate: float, premium: float, size: float) -> None:
    assert cost_of_equity(rate, 0.0, premium, size) == pytest.approx(rate + size, abs=1e-16)
    step = cost_of_equity(rate, beta + 1, premium, size) - cost_of_equity(rate, beta, premium, size)
    assert step == pytest.approx(premium, abs=1e-15)
