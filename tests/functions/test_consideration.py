from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from dealmodel import (
    deferred_consideration,
    earn_out,
    formula_price,
    locked_box_interest,
    locked_box_price,
    present_value,
    put_liability,
    ticking_fee,
)
from dealmodel.domain import NON_NEGATIVE
from dealmodel.errors import ShapeError
from tests.functions.draws import close, decimals, series

amounts = decimals(0, 1e6)
rates = st.one_of(decimals(-0.5, 1.0), st.sampled_from([0.0, 1e-12, -1e-12]))
days = st.integers(0, 1500).map(float)
plans = st.integers(1, 8).flatmap(
    lambda n: st.tuples(series(NON_NEGATIVE, n), st.lists(decimals(0, 30), min_size=n, max_size=n))
)


@given(upfront=amounts, plan=plans, rate=rates)
def test_deferred_consideration_agrees_with_forty_digits(
    upfront: float, plan: tuple[list[float], list[float]], rate: float
) -> None:
    with mp.workdps(50):
        later = mp.fsum(mpf(a) / (1 + mpf(rate)) ** mpf(t) for a, t in zip(*plan, strict=True))
        expected = float(mpf(upfront) + later)
    assert deferred_consideration(upfront, *plan, rate) == pytest.approx(expected, rel=1e-13)


@given(upfront=amounts, plan=plans)
def test_without_interest_a_deferred_price_costs_its_face(
    upfront: float, plan: tuple[list[float], list[float]]
) -> None:
    assert close(deferred_consideration(upfront, *plan, 0.0), upfront + sum(plan[0]), rtol=1e-14)


@given(upfront=amounts, plan=plans, low=decimals(0, 0.2), more=decimals(0, 0.5))
def test_a_deferred_price_costs_less_at_a_higher_rate(
    upfront: float, plan: tuple[list[float], list[float]], low: float, more: float
) -> None:
    dearer, cheaper = (deferred_consideration(upfront, *plan, rate) for rate in (low, low + more))
    assert upfront * (1 - 1e-15) <= cheaper <= dearer * (1 + 1e-14)


@given(amount=amounts, rate=rates, years=decimals(0, 30))
def test_a_put_an_earn_out_that_is_certain_and_a_dated_amount_are_worth_the_same(
    amount: float, rate: float, years: float
) -> None:
    expected = present_value([amount], [years], rate)
    assert close(put_liability(amount, rate, years), expected, rtol=1e-14)
    assert close(earn_out(amount, 1.0, rate, years), expected, rtol=1e-14)


@given(price=amounts, rate=rates, first=days, second=days, leakage=amounts)
def test_locked_box_interest_runs_by_the_day(
    price: float, rate: float, first: float, second: float, leakage: float
) -> None:
    both = locked_box_interest(price, rate, first) + locked_box_interest(price, rate, second)
    assert locked_box_interest(price, rate, first + second) == pytest.approx(both, rel=1e-14)
    at_closing = locked_box_price(price, rate, first, leakage)
    assert at_closing == pytest.approx(price + locked_box_interest(price, rate, first) - leakage, rel=1e-14, abs=1e-9)


def test_a_year_of_360_days_bears_more_interest() -> None:
    assert close(locked_box_interest(100.0, 0.06, 360.0, 360.0), 6.0)
    assert locked_box_interest(100.0, 0.06, 360.0) < 6.0


@given(
    tiers=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 50)), min_size=1, max_size=6).map(sorted),
    closing=st.integers(0, 1500),
)
def test_the_ticking_fee_is_the_sum_over_the_days(tiers: list[tuple[int, int]], closing: int) -> None:
    starts, fees = zip(*tiers, strict=True)
    by_day = sum(fees[max(i for i, s in enumerate(starts) if s <= day)] for day in range(closing) if day >= starts[0])
    assert ticking_fee(closing, starts, fees) == by_day


def test_starts_that_fall_are_refused_with_words() -> None:
    from dealmodel import why  # noqa: PLC0415

    assert np.isnan(ticking_fee(10.0, [5.0, 0.0], [1.0, 2.0]))
    assert why("DM_TICKING_FEE", 10.0, [[5.0, 0.0]], [[1.0, 2.0]]) == "starts must not fall; got 0"
    with pytest.raises(ShapeError, match="daily_fees must be as long as starts: 2 elements; got 1"):
        ticking_fee(10.0, [0.0, 5.0], [1.0])


@given(
    metric=decimals(-1e3, 1e3),
    multiple=decimals(0, 20),
    stake=decimals(0, 1),
    net_debt=decimals(-1e3, 1e3),
    floor=amounts,
    width=decimals(0.01, 1e4),
)
def test_the_formula_price_stays_between_floor_and_cap(
    metric: float, multiple: float, stake: float, net_debt: float, floor: float, width: float
) -> None:
    cap = floor + width
    price = formula_price(metric, multiple, stake, net_debt, floor, cap)
    assert floor <= price <= cap
    free = formula_price(metric, multiple, stake, net_debt)
    assert price == min(max(free, floor), cap)
    assert free == max(stake * (multiple * metric - net_debt), 0.0)
    assert np.isnan(formula_price(metric, multiple, stake, net_debt, cap, max(floor, 1e-3)))
