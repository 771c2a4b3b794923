from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import mpf, workdps

from dealmodel.functions.ownership import diluted_stake, holdings_after, pro_rata, stake_sold
from dealmodel.functions.rounds import (
    conversion_price,
    fully_diluted,
    note_balance,
    note_shares,
    pool_top_up,
    round_price,
    treasury_shares,
)

money = st.floats(1e4, 1e9)
counts = st.floats(1e3, 1e9)
parts = st.floats(0, 0.6).map(lambda part: round(part, 6))
prices = st.floats(0.01, 1e3)
discounts = st.floats(0, 0.9)


@st.composite
def rounds(draw: st.DrawFn) -> tuple[float, float, float, float, float]:
    """Draw pre-money value, shares, new money, pool target and existing pool that leave the holders a part."""
    pre_money, shares = draw(money), draw(counts)
    new_money = draw(st.one_of(st.just(0.0), money))
    target = draw(parts) * pre_money / (pre_money + new_money)
    return pre_money, shares, new_money, target, 1.5 * draw(parts) * shares


@given(rounds())
def test_all_shares_after_a_round_are_worth_the_post_money_value(
    terms: tuple[float, float, float, float, float],
) -> None:
    pre_money, shares, new_money, _, _ = terms
    price = round_price(*terms)
    assert (shares + pool_top_up(*terms)) * price == pytest.approx(pre_money, rel=1e-9)
    after = shares + pool_top_up(*terms) + new_money / price
    assert new_money / price / after == pytest.approx(stake_sold(new_money, pre_money), rel=1e-9)


@given(rounds())
def test_the_pool_is_exactly_the_target_or_was_larger_already(
    terms: tuple[float, float, float, float, float],
) -> None:
    _, shares, new_money, target, existing = terms
    top_up, price = pool_top_up(*terms), round_price(*terms)
    pool = (existing + top_up) / (shares + top_up + new_money / price)
    if top_up > 0:
        assert pool == pytest.approx(target, rel=1e-9)
    else:
        assert pool >= target * (1 - 1e-9)


@given(rounds(), st.floats(1e-12, 1e-3))
def test_the_price_has_no_jump_where_the_existing_pool_meets_the_target(
    terms: tuple[float, float, float, float, float], step: float
) -> None:
    pre_money, shares, new_money, _, existing = terms
    border = existing / shares * pre_money / (pre_money + new_money)
    assume(0 < border < 0.9 * pre_money / (pre_money + new_money))
    below, above = (round_price(pre_money, shares, new_money, border * (1 + sign * step), existing) for sign in (-1, 1))
    assert below == pytest.approx(pre_money / shares, rel=1e-12)
    assert above <= below * (1 + 1e-12)
    assert above == pytest.approx(below, rel=20 * step + 1e-12)


@given(rounds(), st.floats(1, 1.5))
def test_a_larger_pool_target_never_raises_the_price(
    terms: tuple[float, float, float, float, float], factor: float
) -> None:
    pre_money, shares, new_money, target, existing = terms
    larger = round_price(pre_money, shares, new_money, target * factor, existing)
    assert larger <= round_price(*terms) * (1 + 1e-12)


@given(rounds(), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_a_price_scales_with_the_currency_and_against_a_split(
    terms: tuple[float, float, float, float, float], rate: float, split: float
) -> None:
    pre_money, shares, new_money, target, existing = terms
    other = round_price(pre_money * rate, shares * split, new_money * rate, target, existing * split)
    assert other == pytest.approx(round_price(*terms) * rate / split, rel=1e-9)


@given(st.floats(0.001, 1), money, money)
def test_a_pro_rata_amount_keeps_the_stake(stake: float, pre_money: float, new_money: float) -> None:
    participation = pro_rata(stake, new_money) / new_money
    kept = diluted_stake(stake, pre_money, new_money, participation)
    assert kept == pytest.approx(stake, rel=1e-12)


@given(st.lists(st.tuples(counts, st.floats(-1, 1)), min_size=1, max_size=8))
def test_stakes_after_an_issue_sum_to_one(holders: list[tuple[float, float]]) -> None:
    shares = np.array([count for count, _ in holders])
    issued = np.array([count * part for count, part in holders])
    assume((shares + issued).sum() > 0)
    stakes = holdings_after(shares, issued)
    assert stakes.sum() == pytest.approx(1, rel=1e-12)
    assert ((stakes >= 0) & (stakes <= 1)).all()


tranches = st.lists(st.tuples(counts, prices), min_size=1, max_size=6)


@given(tranches, prices, st.floats(1, 10))
def test_options_dilute_more_at_a_higher_price_and_never_more_than_all(
    tranches: list[tuple[float, float]], price: float, factor: float
) -> None:
    options, strikes = (list(column) for column in zip(*tranches, strict=True))
    net, higher = treasury_shares([price, price * factor], options, strikes)
    assert 0 <= net <= higher * (1 + 1e-12)
    assert higher <= sum(options)
    # What is exercised is paid: the net shares are worth what the options are.
    intrinsic = sum(n * max(price - strike, 0) for n, strike in tranches)
    assert net * price == pytest.approx(intrinsic, rel=1e-9, abs=1e-9 * sum(options) * price)


@given(tranches, prices, counts)
def test_fully_diluted_shares_are_basic_and_treasury_shares(
    tranches: list[tuple[float, float]], price: float, basic: float
) -> None:
    options, strikes = (list(column) for column in zip(*tranches, strict=True))
    assert fully_diluted(basic, price, options, strikes) == basic + treasury_shares(price, options, strikes)


@given(counts, prices, money, counts, discounts)
def test_a_note_converts_at_the_price_that_gives_more_shares(
    balance: float, price: float, cap: float, capitalisation: float, discount: float
) -> None:
    at = conversion_price(price, cap / capitalisation, discount)
    shares = note_shares(balance, price, cap, capitalisation, discount)
    assert shares == pytest.approx(balance / at, rel=1e-12)
    assert shares >= note_shares(balance, price, 0.0, capitalisation, discount) * (1 - 1e-12)
    assert note_shares(balance, price, 0.0, capitalisation, discount) == pytest.approx(
        balance / (price * (1 - discount)), rel=1e-12
    )


@given(money, st.floats(0, 1), st.floats(0, 10))
def test_interest_grows_with_the_number_of_compounding_periods(principal: float, rate: float, years: float) -> None:
    yearly, quarterly, daily = note_balance(principal, rate, years, [1, 4, 365])
    slack = 1 + 1e-9
    assert principal <= yearly * slack
    assert yearly <= quarterly * slack
    assert quarterly <= daily * slack
    assert daily <= principal * np.exp(rate * years) * slack
    simple = note_balance(principal, rate, years)
    assert simple == note_balance(principal, rate, years, 0)
    # Simple interest pays more within the first year, less after it.
    assert (simple >= yearly / slack) if years <= 1 else (simple <= yearly * slack)


def test_a_bad_case_leaves_its_neighbours_alone() -> None:
    price = round_price(8e6, [6e6, 0.0], [2e6, 2e6], [0.2, 0.2])
    np.testing.assert_allclose(price, [1.0, np.nan])
    assert np.isnan(pool_top_up(8e6, 6e6, 2e6, [0.8, 1.0])).all()


@pytest.mark.parametrize("rate", [1e-15, 1e-12, 1e-8, 0.05, 1.0, 30.0])
@pytest.mark.parametrize("compounding", [1, 12, 365, 8760])
def test_a_balance_keeps_its_digits_over_many_periods(rate: float, compounding: int) -> None:
    with workdps(50):
        exact = 1000 * (1 + mpf(rate) / compounding) ** (10 * compounding)
        assert abs(note_balance(1000.0, rate, 10.0, compounding) / exact - 1) < 1e-12
