from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from dealmodel import instalment, instalment_balance, present_value
from tests.functions.draws import close, decimals

EDGES = [0.0, 1e-300, 1e-16, -1e-16, 1e-12, -1e-12, 1e-6, 9.0, 1e3, -0.5, -0.99]
principals = decimals(1, 1e6)
rates = st.one_of(decimals(-0.9, 2.0), st.sampled_from(EDGES))
counts = st.integers(1, 60)


def balance(period: int, principal: float, periods: int, rate: float, upfront: float) -> float:
    with mp.workdps(400):
        owed, r = mpf(principal) - mpf(upfront), mpf(rate)
        if r == 0:
            return float(owed * (periods - period) / periods)
        return float(owed * (1 - (1 + r) ** (period - periods)) / (1 - (1 + r) ** -periods))


@pytest.mark.parametrize("rate", EDGES)
@pytest.mark.parametrize("periods", [1, 3, 40, 360])
def test_the_balance_loses_no_digits_at_any_rate(rate: float, periods: int) -> None:
    for period in {0, 1, periods // 2, periods - 1, periods}:
        expected = balance(period, 1000.0, periods, rate, 200.0)
        assert instalment_balance(period, 1000.0, periods, rate, 200.0) == pytest.approx(expected, rel=1e-13)


@given(principal=principals, periods=counts, rate=rates, part=decimals(0, 1))
def test_each_period_bears_interest_and_takes_the_payment(
    principal: float, periods: int, rate: float, part: float
) -> None:
    upfront = principal * part
    schedule = np.arange(periods + 2)
    owed = instalment_balance(schedule, principal, periods, rate, upfront)
    paid = instalment(schedule, principal, periods, rate, upfront)
    tolerance = 1e-13 * (1 + rate) * principal
    assert np.allclose(owed[1:], owed[:-1] * (1 + rate) - paid[1:], rtol=1e-12, atol=tolerance)
    assert owed[0] == principal - upfront
    assert owed[periods] == owed[-1] == 0.0


@given(principal=principals, periods=counts, rate=decimals(-0.2, 0.5), data=st.data())
def test_the_balance_is_the_present_value_of_what_is_still_to_pay(
    principal: float, periods: int, rate: float, data: st.DataObject
) -> None:
    period = data.draw(st.integers(0, periods - 1))
    later = np.arange(period + 1, periods + 1)
    payments = instalment(later, principal, periods, rate)
    expected = present_value(payments, later - period, rate)
    assert close(instalment_balance(period, principal, periods, rate), expected, rtol=1e-12)


@given(principal=principals, periods=counts, rate=rates)
def test_the_balance_never_rises(principal: float, periods: int, rate: float) -> None:
    owed = instalment_balance(np.arange(periods + 1), principal, periods, rate)
    assert (np.diff(owed) <= 1e-12 * principal).all()


def test_nothing_is_owed_before_signing_and_all_that_is_paid_is_paid_at_once() -> None:
    assert instalment_balance(-1, 1000.0, 3, 0.1) == 0.0
    assert close(instalment_balance([0, 1, 2, 3], 1000.0, 3, 0.1, 1000.0), np.zeros(4))
