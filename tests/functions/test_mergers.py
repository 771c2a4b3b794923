from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given

from dealmodel import (
    accretion,
    breakeven_synergies,
    exchange_ratio,
    goodwill,
    pro_forma_eps,
    pro_forma_stake,
    remeasurement_gain,
)
from tests.functions.draws import close, decimals

incomes = decimals(-1e4, 1e4)
shares = decimals(1, 1e4)
tax_rates = decimals(0, 0.9)


@given(own=incomes, target=incomes, other=incomes, before=shares, issued=shares, tax=tax_rates)
def test_breakeven_synergies_leave_earnings_per_share_unchanged(
    own: float, target: float, other: float, before: float, issued: float, tax: float
) -> None:
    synergies = breakeven_synergies(own, target, other, before, issued, tax)
    after = pro_forma_eps(own, target, other + synergies * (1 - tax), before, issued)
    size = (abs(own) + abs(target) + abs(other)) / before + 1
    assert after == pytest.approx(own / before, abs=1e-12 * size)


@given(own=decimals(1, 1e4), target=incomes, other=incomes, before=shares, issued=shares, tax=tax_rates)
def test_a_deal_that_needs_synergies_is_dilutive_and_one_that_spares_them_accretive(
    own: float, target: float, other: float, before: float, issued: float, tax: float
) -> None:
    needed = breakeven_synergies(own, target, other, before, issued, tax)
    gain = accretion(pro_forma_eps(own, target, other, before, issued), own / before)
    assume(abs(gain) > 1e-9)
    assert np.sign(needed) == -np.sign(gain)


def test_breakeven_synergies_keep_small_differences_of_large_incomes() -> None:
    # 1e16 + 1 is not a float64; the printed form would give 0 or 2.
    assert breakeven_synergies(1e16, 0.0, -1.0, 1.0, 0.0, 0.0) == 1.0


@given(offer=decimals(0.01, 1e4), price=decimals(0.01, 1e4), target=shares, before=shares)
def test_at_the_offer_price_the_stake_is_the_targets_part_of_the_joint_value(
    offer: float, price: float, target: float, before: float
) -> None:
    stake = pro_forma_stake(target, exchange_ratio(offer, price), before)
    assert close(stake, target * offer / (target * offer + before * price), rtol=1e-13)
    assert 0 <= stake <= 1


@given(before=decimals(0.01, 1e4), rise=decimals(-1, 5))
def test_accretion_is_the_rise(before: float, rise: float) -> None:
    assert accretion(before * (1 + rise), before) == pytest.approx(rise, abs=1e-15 * 8)


@pytest.mark.parametrize("standalone", [0.0, -1.0])
def test_accretion_of_a_loss_has_no_meaning(standalone: float) -> None:
    assert np.isnan(accretion(1.0, standalone))


@given(value=decimals(0, 1e6), held=decimals(0, 1), assets=decimals(-1e6, 1e6), carrying=decimals(0, 1e6))
def test_the_remeasured_stake_enters_goodwill(value: float, held: float, assets: float, carrying: float) -> None:
    # A purchase of the rest at the same value: goodwill is the whole value less the net assets.
    remeasured = carrying + remeasurement_gain(held, value, carrying)
    whole = goodwill((1 - held) * value, 0.0, max(remeasured, 0.0), assets)
    assert whole == pytest.approx(value - assets, abs=1e-9)
