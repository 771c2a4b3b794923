from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dealmodel.contract import contract_of
from dealmodel.functions.antidilution import (
    anti_dilution,
    down_round_price,
    ratchet_price,
    weighted_average_price,
)

prices = st.floats(0.01, 100)
money = st.floats(0, 1e8)
counts = st.floats(1e3, 1e8)


@dataclass(frozen=True)
class CapTable:
    """Classes of shares with their prices and their protection; the first is common."""

    shares: list[float]
    original: list[float]
    conversion: list[float]
    protection: list[int]

    @property
    def terms(self) -> tuple[list[float], list[float], list[float], list[int]]:
        return self.shares, self.original, self.conversion, self.protection

    @property
    def as_converted(self) -> list[float]:
        ratios = [o / c if c else 1.0 for o, c in zip(self.original, self.conversion, strict=True)]
        return [n * ratio for n, ratio in zip(self.shares, ratios, strict=True)]


@st.composite
def cap_tables(draw: st.DrawFn) -> CapTable:
    size = draw(st.integers(0, 5))
    original = draw(st.lists(prices, min_size=size, max_size=size))
    adjusted = draw(st.lists(st.sampled_from([1.0, 1.0, 0.8]), min_size=size, max_size=size))
    protection = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    shares = draw(st.lists(counts, min_size=size + 1, max_size=size + 1))
    conversion = [price * factor for price, factor in zip(original, adjusted, strict=True)]
    return CapTable(shares, [0.0, *original], [0.0, *conversion], [0, *protection])


@given(prices, counts, money, prices)
def test_a_weighted_average_lies_between_the_ratchet_and_the_old_price(
    old: float, outstanding: float, new_money: float, new: float
) -> None:
    price = weighted_average_price(old, outstanding, new_money, new)
    assert price <= old
    assert price >= ratchet_price(old, new) * (1 - 1e-12)
    if new >= old:
        assert price == old


@given(prices, counts, money, prices, st.floats(1, 100))
def test_a_broader_base_and_a_smaller_issue_protect_less(
    old: float, outstanding: float, new_money: float, new: float, factor: float
) -> None:
    price = weighted_average_price(old, outstanding, new_money, new)
    assert weighted_average_price(old, outstanding * factor, new_money, new) >= price * (1 - 1e-12)
    assert weighted_average_price(old, outstanding, new_money / factor, new) >= price * (1 - 1e-12)


@given(cap_tables(), money, prices)
def test_each_class_converts_at_the_price_of_its_protection(table: CapTable, new_money: float, new: float) -> None:
    outstanding = sum(table.as_converted)
    after = anti_dilution(*table.terms, new_money, new)
    for i, (n, original, conversion, protection) in enumerate(zip(*table.terms, strict=True)):
        if not conversion:
            assert after[i] == n
            continue
        price = [
            conversion,
            weighted_average_price(conversion, outstanding, new_money, new),
            ratchet_price(conversion, new),
        ][protection]
        assert after[i] == pytest.approx(n * original / price, rel=1e-9)


@given(cap_tables(), money, prices)
def test_protection_never_takes_shares_away(table: CapTable, new_money: float, new: float) -> None:
    after = anti_dilution(*table.terms, new_money, new)
    assert (after >= np.array(table.as_converted) * (1 - 1e-12)).all()


@given(cap_tables(), money, st.floats(1e4, 1e10))
def test_at_the_price_of_a_down_round_all_shares_are_worth_the_pre_money_value(
    table: CapTable, new_money: float, pre_money: float
) -> None:
    price = down_round_price(*table.terms, pre_money, new_money)
    assume(bool(np.isfinite(price)) and price > 1e-9)
    shares = anti_dilution(*table.terms, new_money, price).sum()
    assert price * shares == pytest.approx(pre_money, rel=1e-9)
    assert price <= pre_money / sum(table.as_converted) * (1 + 1e-12)


@given(cap_tables(), money, st.floats(1e-6, 0.5))
def test_there_is_a_price_only_above_what_the_protected_classes_are_due(
    table: CapTable, new_money: float, margin: float
) -> None:
    nearly_0 = 1e-30
    due = nearly_0 * anti_dilution(*table.terms, new_money, nearly_0).sum()
    assume(due > 1e-3)
    too_low, enough = down_round_price(*table.terms, [due * (1 - margin), due * (1 + margin)], new_money)
    assert np.isnan(too_low)
    assert enough > 0


@given(cap_tables(), money, st.floats(1e4, 1e10), st.floats(1, 10))
def test_a_higher_pre_money_value_means_a_higher_price(
    table: CapTable, new_money: float, pre_money: float, factor: float
) -> None:
    low, high = down_round_price(*table.terms, [pre_money, pre_money * factor], new_money)
    assume(bool(np.isfinite(low)))
    assert high >= low * (1 - 1e-12)


def test_a_bad_case_leaves_its_neighbours_alone() -> None:
    price = down_round_price([1e6, 1e6], [0, 2], [0, 2], [0, 2], [3e6, 2e6], 1e6)
    np.testing.assert_array_equal(price, [1.0, np.nan])


def test_the_reason_for_an_error_is_told() -> None:
    (told,) = contract_of(down_round_price).complaints(([1e6, 1e6], [0, 2], [0, 2], [0, 2], 2e6, 1e6))
    assert told.startswith("pre_money must be above what the protected classes are due at any price; got")
    (told,) = contract_of(weighted_average_price).complaints((2.0, 0.0, 0.0, 1.0))
    assert told == "outstanding_shares plus new_money must be above 0; got 0 and 0"
