from __future__ import annotations

import pytest
from hypothesis import assume, example, given

from dealmodel import diluted_stake, dilution, implied_valuation, post_money, pro_rata, stake_sold
from tests.functions.draws import decimals

stakes = decimals(0, 1)
values = decimals(0.01, 1e4)
money = decimals(0, 1e4)


@given(stake=stakes, before=values, new=money)
def test_all_stakes_after_a_round_are_the_whole_company(stake: float, before: float, new: float) -> None:
    holders = diluted_stake(stake, before, new) + diluted_stake(1 - stake, before, new)
    assert holders + stake_sold(new, before) == pytest.approx(1.0, rel=1e-14)


@given(stake=stakes, before=values, new=money, part=stakes)
def test_who_takes_part_has_old_shares_and_a_part_of_the_new(
    stake: float, before: float, new: float, part: float
) -> None:
    together = diluted_stake(stake, before, new) + part * stake_sold(new, before)
    assert diluted_stake(stake, before, new, part) == pytest.approx(together, rel=1e-13, abs=1e-15)


@given(stake=stakes, before=values, new=values)
def test_the_pro_rata_amount_keeps_a_stake(stake: float, before: float, new: float) -> None:
    part = pro_rata(stake, new) / new
    assert diluted_stake(stake, before, new, part) == pytest.approx(stake, rel=1e-13, abs=1e-15)


@given(stake=decimals(0.01, 1), before=values, new=money)
def test_everyone_is_diluted_by_the_stake_sold(stake: float, before: float, new: float) -> None:
    assert dilution(stake, diluted_stake(stake, before, new)) == pytest.approx(stake_sold(new, before), abs=1e-14)


@given(before=values, new=values)
def test_the_stake_sold_values_the_company_after_the_money(before: float, new: float) -> None:
    assert implied_valuation(new, stake_sold(new, before)) == pytest.approx(post_money(before, new), rel=1e-13)


@example(stake=0.0, before=0.617188, new=80.0, part=0.621094)  # where rounding takes from nothing
@given(stake=stakes, before=values, new=money, part=stakes)
def test_a_buyback_undoes_a_round(stake: float, before: float, new: float, part: float) -> None:
    # A buyback of thousands of times what is left rounds by more than a stake may be off: no stake comes back.
    assume(new <= 1000 * before)
    after = diluted_stake(stake, before, new, part)
    back = diluted_stake(after, before + new, -new, part)
    assert back == pytest.approx(stake, rel=1e-11, abs=1e-11 * (before + new) / before)
