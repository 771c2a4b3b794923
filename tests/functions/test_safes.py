from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from dealmodel.contract import contract_of
from dealmodel.functions.ownership import stake_sold
from dealmodel.functions.rounds import conversion_price, pool_top_up, round_price
from dealmodel.functions.safes import convertible_round, safe_round, safe_round_price, safe_stake

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Deal:
    """A priced round with its instruments, as the functions take it."""

    shares: list[float]
    amounts: list[float]
    caps: list[float]
    discounts: list[float]
    post_money: list[bool]
    pre_money: float
    new_money: float
    pool_target: float
    pool_existing: float

    @property
    def round(self) -> tuple[float, ...]:
        return self.pre_money, self.new_money, self.pool_target, self.pool_existing

    @property
    def as_safes(self) -> tuple[Any, ...]:
        return self.shares, self.amounts, self.caps, self.discounts, *self.round

    @property
    def as_convertibles(self) -> tuple[Any, ...]:
        return self.shares, self.amounts, self.caps, self.discounts, self.post_money, *self.round

    @property
    def held(self) -> float:
        return sum(self.shares)

    def before(self, capitalisation: float) -> float:
        """Return the shares before the new money, from those before the pool increase as well."""
        pool = self.pool_target * (self.pre_money + self.new_money) / self.pre_money
        return max(capitalisation, (capitalisation - self.pool_existing) / (1 - pool))

    def excess(self, capitalisation: float) -> float:
        """Return by how much a capitalisation exceeds what the holders and the instruments make of it."""
        before = self.before(capitalisation)
        increase = before - capitalisation
        price = self.pre_money / before
        converted = 0.0
        for amount, cap, discount, post in zip(self.amounts, self.caps, self.discounts, self.post_money, strict=True):
            by_cap = amount * (capitalisation if post else self.held + increase) / cap if cap else 0.0
            converted += max(by_cap, amount / (price * (1 - discount)))
        return capitalisation - self.held - converted


# Hypothesis validates each new strategy, which takes longer than to draw from it.
HELD = st.lists(st.integers(0, 10_000_000).map(float), min_size=1, max_size=4)
NEW_MONEY = st.just(0.0) | st.floats(1e4, 2e7)
PRE_MONEY = st.floats(1e6, 5e7)
CAPS = st.just(0.0) | st.floats(1e6, 3e7)
DISCOUNTS = st.sampled_from([0.0, 0.1, 0.2, 0.3])
POOLS = st.just(0.0) | st.floats(0.01, 0.3)
FREE = st.sampled_from([0.0, 0.1, 0.5])
EITHER, POST_MONEY = st.booleans(), st.sampled_from([True])


@st.composite
def deals(draw: st.DrawFn, *, only_post_money: bool = False, largest: float = 3e6) -> Deal:
    """Draw rounds of ordinary size; with large amounts many have no solution."""
    size = draw(st.integers(1, 5))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=size, max_size=size))

    shares = draw(HELD)
    shares[0] += 1e6
    new_money = draw(NEW_MONEY)
    pre_money = draw(PRE_MONEY)
    room = pre_money / (pre_money + new_money)
    return Deal(
        shares,
        column(st.one_of(st.just(0.0), st.floats(1e4, largest))),
        column(CAPS),
        column(DISCOUNTS),
        column(POST_MONEY if only_post_money else EITHER),
        pre_money,
        new_money,
        draw(POOLS) * room,
        draw(FREE) * sum(shares),
    )


def read(deal: Deal, table: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, float]:
    """Return the shares of the instruments, of the new investors and of the pool increase."""
    counts = table[:, 0]
    holders = len(deal.shares)
    np.testing.assert_array_equal(counts[:holders], deal.shares)
    return counts[holders:-2], counts[-2], counts[-1]


@given(deals())
@settings(max_examples=300)
def test_every_instrument_converts_at_the_lower_of_its_two_prices(deal: Deal) -> None:
    table = convertible_round(*deal.as_convertibles)
    assume(np.isfinite(table).all())
    converted, _, increase = read(deal, table)
    capitalisation = deal.held + converted.sum()
    price = deal.pre_money / (capitalisation + increase)
    for i, post in enumerate(deal.post_money):
        divisor = capitalisation if post else deal.held + increase
        cap_price = deal.caps[i] / divisor if deal.caps[i] else price
        expected = deal.amounts[i] / conversion_price(price, cap_price, deal.discounts[i])
        assert converted[i] == pytest.approx(expected, rel=1e-9)


@given(deals())
def test_the_new_money_buys_its_stake_and_the_pool_is_the_target(deal: Deal) -> None:
    table = convertible_round(*deal.as_convertibles)
    assume(np.isfinite(table).all())
    _, new_shares, increase = read(deal, table)
    after = table[:, 0].sum()
    assert table[:, 1].sum() == pytest.approx(1, rel=1e-12)
    assert new_shares / after == pytest.approx(stake_sold(deal.new_money, deal.pre_money), rel=1e-9)
    if increase > 0:
        assert (increase + deal.pool_existing) / after == pytest.approx(deal.pool_target, rel=1e-9)
    else:
        assert deal.pool_existing / after >= deal.pool_target * (1 - 1e-9)


@given(deals())
def test_the_capitalisation_is_the_root_that_a_bracket_finds(deal: Deal) -> None:
    table = convertible_round(*deal.as_convertibles)
    assume(np.isfinite(table).all())
    converted, _, _ = read(deal, table)
    solution = deal.held + converted.sum()
    assume(solution < 1e4 * deal.held)
    root = brentq(deal.excess, deal.held * (1 - 1e-9), solution * 2, xtol=1e-6, rtol=1e-14)
    assert solution == pytest.approx(root, rel=1e-9)


@given(deals(largest=3e7))
@settings(max_examples=300)
def test_there_is_no_answer_only_where_no_capitalisation_is_enough(deal: Deal) -> None:
    table = convertible_round(*deal.as_convertibles)
    excess = [deal.excess(deal.held * factor) for factor in np.geomspace(1, 1e9, 200)]
    if np.isnan(table).any():
        assert np.isnan(table).all()
        assert max(excess) < 0
    elif table[:, 0].sum() < 1e6 * deal.held:
        assert max(excess) > 0


@given(deals(only_post_money=True))
def test_post_money_caps_alone_are_a_safe_round(deal: Deal) -> None:
    table = safe_round(*deal.as_safes)
    np.testing.assert_array_equal(table, convertible_round(*deal.as_convertibles))
    price = safe_round_price(*deal.as_safes)
    assert np.isnan(price) == np.isnan(table).all()
    if not np.isnan(price) and deal.new_money:
        assert price == pytest.approx(deal.new_money / table[-2, 0], rel=1e-12)


@given(deals(only_post_money=True))
def test_a_safe_at_its_cap_holds_amount_over_cap_before_the_money(deal: Deal) -> None:
    table = safe_round(*deal.as_safes)
    assume(np.isfinite(table).all())
    converted, _, _ = read(deal, table)
    stakes = converted / (deal.held + converted.sum())
    for i, cap in enumerate(deal.caps):
        if cap and deal.amounts[i] <= cap:
            # At least what the cap gives: the round may give more.
            assert stakes[i] >= safe_stake(deal.amounts[i], cap) * (1 - 1e-9)


@given(deals(only_post_money=True), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_a_safe_round_scales_with_the_currency_and_with_a_share_split(deal: Deal, rate: float, split: float) -> None:
    table = safe_round(*deal.as_safes)
    assume(np.isfinite(table).all() and deal.held + table[:, 0].sum() < 1e4 * deal.held)
    in_other_units = safe_round(
        np.multiply(deal.shares, split),
        np.multiply(deal.amounts, rate),
        np.multiply(deal.caps, rate),
        deal.discounts,
        deal.pre_money * rate,
        deal.new_money * rate,
        deal.pool_target,
        deal.pool_existing * split,
    )
    slack = 1e-8 * table[:, 0].sum()
    np.testing.assert_allclose(in_other_units[:, 0] / split, table[:, 0], rtol=1e-8, atol=slack)
    np.testing.assert_allclose(in_other_units[:, 1], table[:, 1], rtol=1e-8, atol=1e-8)


@given(deals(only_post_money=True), st.floats(1, 3))
def test_a_higher_pre_money_value_never_costs_the_holders(deal: Deal, factor: float) -> None:
    table = safe_round(*deal.as_safes)
    shares, amounts, caps, discounts, pre_money, *rest = deal.as_safes
    assume(np.isfinite(table).all())
    higher = safe_round(shares, amounts, caps, discounts, pre_money * factor, *rest)
    holders = slice(len(deal.shares))
    assert (higher[holders, 1] >= table[holders, 1] * (1 - 1e-9)).all()


@given(deals(only_post_money=True))
def test_without_safes_a_safe_round_is_a_plain_round(deal: Deal) -> None:
    none = [0.0] * len(deal.amounts)
    table = safe_round(deal.shares, none, deal.caps, deal.discounts, *deal.round)
    plain = (deal.pre_money, deal.held, deal.new_money, deal.pool_target, deal.pool_existing)
    price = safe_round_price(deal.shares, none, deal.caps, deal.discounts, *deal.round)
    assert price == pytest.approx(round_price(*plain), rel=1e-9)
    assert table[-1, 0] == pytest.approx(pool_top_up(*plain), rel=1e-9, abs=1e-9 * deal.held)


@given(st.lists(deals(only_post_money=True), min_size=2, max_size=3))
def test_several_rounds_at_once_are_each_round_alone(several: list[Deal]) -> None:
    holders = min(len(deal.shares) for deal in several)
    safes = min(len(deal.amounts) for deal in several)
    cases = [
        (
            deal.shares[:holders],
            deal.amounts[:safes],
            deal.caps[:safes],
            deal.discounts[:safes],
            *deal.round[:3],
            0.0,
        )
        for deal in several
    ]
    together = safe_round(*(np.array(argument) for argument in zip(*cases, strict=True)))
    alone = [safe_round(*case) for case in cases]
    np.testing.assert_allclose(together, alone, rtol=1e-12)


def test_the_kink_between_cap_and_price_is_seamless() -> None:
    # 1m at a cap of 10m against 8m shares: at the price of the round from 10m of pre-money value less the pool.
    pre_money = 10e6 + np.array([-1.0, -1e-6, 0.0, 1e-6, 1.0])
    safe = safe_round([8e6], [1e6], [10e6], [0.0], pre_money, 3e6)[:, 1, 0]
    np.testing.assert_allclose(safe, 8e6 / 9, rtol=2e-7)
    assert safe[0] > safe[2] == pytest.approx(safe[4], rel=1e-15)


def test_rounds_without_an_answer_leave_their_neighbours_alone() -> None:
    table = safe_round([8e6], [8.4e6], [0.0], [0.30], [12e6, 24e6], 3e6)
    assert np.isnan(table[0]).all()
    np.testing.assert_allclose(table[1, :, 0], [8e6, 8e6, 2e6, 0.0])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"safe_amounts": [10e6]}, "safe_amounts over the lower of safe_caps and the discounted pre_money"),
        ({"pool_target": 0.8}, "pool_target plus the stake of the new money must be below 1"),
        ({"pool_existing": 9e6}, "pool_existing must be at most the sum of shares; got 9000000 and 8000000"),
        ({"shares": [0.0]}, "shares must sum to above 0"),
        ({"safe_discounts": [1.0]}, "safe_discounts must be at least 0 and below 1; got 1"),
    ],
)
def test_the_reason_for_an_error_is_told(changed: dict[str, Any], reason: str) -> None:
    arguments: dict[str, Any] = {
        "shares": [8e6],
        "safe_amounts": [1e6],
        "safe_caps": [10e6],
        "safe_discounts": [0.0],
        "pre_money": 12e6,
        "new_money": 3e6,
        "pool_target": 0.1,
        "pool_existing": 0.0,
    } | changed
    assert contract_of(safe_round).complaints(list(arguments.values()))[0].startswith(reason)
