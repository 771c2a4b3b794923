from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dealmodel import (
    enterprise_value,
    equity_value,
    expected_value,
    implied_valuation,
    multiple,
    post_money,
    pre_money,
    present_value,
    reconciles,
    step_consideration,
    step_primary_share,
    step_stake,
    step_valuation,
    valuation_range,
    value_at_multiple,
    why,
)
from tests.functions.draws import decimals

prices = decimals(0.01, 1e4)
amounts = decimals(-1e4, 1e4)
shares_of_new_money = decimals(0, 1)


class Step(NamedTuple):
    """A stake before and a larger one after."""

    before: float
    after: float


@st.composite
def steps(draw: st.DrawFn, least: float = 0.01) -> Step:
    before = draw(decimals(0, 1 - least))
    return Step(before, draw(decimals(before + least, 1)))


@given(price=prices, step=steps(), new=shares_of_new_money)
def test_price_of_a_step_gives_its_value_back(price: float, step: Step, new: float) -> None:
    value = step_valuation(price, *step, new)
    assume(value > 0)
    assert step_consideration(*step, value, new) == pytest.approx(price, rel=1e-12)


@given(price=prices, step=steps(), new=shares_of_new_money)
def test_value_of_a_step_gives_its_stake_back(price: float, step: Step, new: float) -> None:
    value = step_valuation(price, *step, new)
    assume(value > 0)
    assert step_stake(step.before, price, value, new) == pytest.approx(step.after, rel=1e-12, abs=1e-14)


@given(price=prices, step=steps(), new=shares_of_new_money)
def test_value_of_a_step_gives_its_new_money_back(price: float, step: Step, new: float) -> None:
    assume(step.before > 0.01)
    value = step_valuation(price, *step, new)
    assert step_primary_share(price, *step, value) == pytest.approx(new, abs=1e-12)


@given(price=prices, step=steps())
def test_a_step_from_nothing_is_a_price_over_a_stake(price: float, step: Step) -> None:
    assume(step.after > 0)
    for new in (0.0, 0.5, 1.0):
        assert step_valuation(price, 0.0, step.after, new) == implied_valuation(price, step.after)


@given(price=prices, step=steps(), new=shares_of_new_money)
def test_old_shares_and_new_money_make_up_the_value_of_the_buyer(price: float, step: Step, new: float) -> None:
    value = step_valuation(price, *step, new)
    before_money = pre_money(value, new * price)
    bought = price * (1 - new)
    assert step.after * value == pytest.approx(step.before * before_money + bought + new * price, rel=1e-11)


def test_a_whole_takeover_is_one_hundred_per_cent() -> None:
    price = step_consideration(0.51, 1.0, 3125.0)
    assert step_stake(0.51, price, 3125.0) == 1.0
    assert implied_valuation(3125.0, step_stake(0.51, price, 3125.0)) == 3125.0


class Rounded(NamedTuple):
    """A step as reported, with half of the last digit of its price and of its stakes."""

    price: float
    before: float
    after: float
    new: float
    price_half: float
    stake_half: float


@st.composite
def rounded_steps(draw: st.DrawFn) -> Rounded:
    step = draw(steps(least=0.05))
    half = draw(decimals(0, 0.02))
    return Rounded(draw(prices), *step, draw(shares_of_new_money), draw(decimals(0, 100)), half)


def corners(r: Rounded) -> tuple[float, float]:
    """Return the value at the two corners that the range is attained at."""
    low, high = max(r.before - r.stake_half, 0.0), min(r.after + r.stake_half, 1.0)
    least = step_valuation(max(r.price - r.price_half, 0.0), low, high, r.new)
    most = step_valuation(r.price + r.price_half, r.before + r.stake_half, r.after - r.stake_half, r.new)
    return least, most


@given(reported=rounded_steps())
def test_both_ends_of_a_range_are_attained(reported: Rounded) -> None:
    assert valuation_range(*reported) == pytest.approx(corners(reported), rel=1e-12)


unit = st.floats(0, 1)


@given(reported=rounded_steps(), place=st.tuples(unit, unit, unit))
def test_a_range_holds_every_value_that_the_rounded_figures_allow(
    reported: Rounded, place: tuple[float, float, float]
) -> None:
    r = reported
    widths = (r.price_half, r.stake_half, r.stake_half)
    price, before, after = (
        figure + (2 * at - 1) * width for figure, at, width in zip(r[:3], place, widths, strict=True)
    )
    value = step_valuation(max(price, 0.0), max(before, 0.0), min(after, 1.0), r.new)
    low, high = valuation_range(*reported)
    assert low * (1 - 1e-12) <= value <= high * (1 + 1e-12)
    assert reconciles(value, low, high, 1e-9 * (1 + value)) == 1.0


@given(price=prices, step=steps(), new=shares_of_new_money)
def test_the_range_of_exact_figures_is_their_value_twice(price: float, step: Step, new: float) -> None:
    value = step_valuation(price, *step, new)
    assert valuation_range(price, *step, new, 0.0, 0.0) == pytest.approx([value, value], rel=1e-12)


@given(hundredths=st.tuples(st.integers(0, 40), st.integers(1, 20)))
def test_intervals_of_stakes_that_touch_give_no_range(hundredths: tuple[int, int]) -> None:
    before, half = (n / 100 for n in hundredths)
    after = (hundredths[0] + 2 * hundredths[1]) / 100
    assert np.isnan(valuation_range(100.0, before, after, 0.0, 0.0, half)).all()
    assert "must be below" in why("DM_VALUATION_RANGE", 100.0, before, after, 0.0, 0.0, half)


@given(reported=amounts, low=amounts, width=decimals(0, 1e3), half=decimals(0, 1e3))
def test_a_figure_reconciles_where_the_intervals_overlap(
    reported: float, low: float, width: float, half: float
) -> None:
    high = low + width
    nearest = min(max(reported, low), high)
    assume(not math.isclose(abs(nearest - reported), half, rel_tol=1e-9, abs_tol=1e-9))
    assert reconciles(reported, low, high, half) == (abs(nearest - reported) < half)


@given(value=amounts, parts=st.tuples(amounts, amounts, amounts, amounts, amounts))
def test_enterprise_and_equity_value_invert_each_other(
    value: float, parts: tuple[float, float, float, float, float]
) -> None:
    size = sum(map(abs, (value, *parts)))
    assert equity_value(enterprise_value(value, *parts), *parts) == pytest.approx(value, abs=1e-14 * size)
    assert enterprise_value(equity_value(value, *parts), *parts) == pytest.approx(value, abs=1e-14 * size)


@given(before=amounts, money=amounts)
def test_pre_and_post_money_invert_each_other(before: float, money: float) -> None:
    assert pre_money(post_money(before, money), money) == pytest.approx(before, abs=1e-15 * (abs(money) + 1e4))


@given(value=amounts, metric=prices)
def test_a_multiple_gives_its_value_back(value: float, metric: float) -> None:
    assert value_at_multiple(metric, multiple(value, metric)) == pytest.approx(value, rel=1e-14)


@given(data=st.data())
def test_an_expected_value_lies_between_the_outcomes(data: st.DataObject) -> None:
    weights = np.array(data.draw(st.lists(st.integers(0, 100), min_size=1, max_size=8)), dtype=np.float64)
    assume(weights.sum() > 0)
    values = data.draw(st.lists(amounts, min_size=weights.size, max_size=weights.size))
    mean = expected_value(values, weights / weights.sum())
    slack = 1e-14 * max(map(abs, values))
    assert min(values) - slack <= mean <= max(values) + slack


@given(
    flows=st.lists(st.tuples(amounts, decimals(-5, 30)), min_size=1, max_size=8),
    rate=decimals(-0.5, 1),
)
def test_present_values_add_up(flows: list[tuple[float, float]], rate: float) -> None:
    together = present_value(*zip(*flows, strict=True), rate)  # type: ignore[call-arg]
    alone = [present_value([amount], [time], rate) for amount, time in flows]
    assert together == pytest.approx(sum(alone), rel=1e-12, abs=1e-12 * max(map(abs, alone)))


@given(amount=amounts, time=decimals(-5, 30), rate=decimals(-0.5, 1))
def test_a_present_value_grows_back_to_its_amount(amount: float, time: float, rate: float) -> None:
    assert present_value([present_value([amount], [time], rate)], [-time], rate) == pytest.approx(amount, rel=1e-12)
