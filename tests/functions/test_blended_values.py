from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dealmodel import (
    blended_valuation,
    control_premium,
    implied_valuation,
    minority_discount,
    multiple,
    sum_of_parts,
    value_at_multiple,
    why,
)
from tests.functions.draws import close, decimals

amounts = decimals(0.01, 1e6)
tranches = st.lists(st.tuples(amounts, decimals(1, 1e7)), min_size=1, max_size=8)


@given(tranches=tranches)
def test_the_blended_value_lies_between_the_values_and_sells_the_same_stake(
    tranches: list[tuple[float, float]],
) -> None:
    paid, values = (np.array(column) for column in zip(*tranches, strict=True))
    blended = blended_valuation(paid, values)
    assert values.min() * (1 - 1e-14) <= blended <= values.max() * (1 + 1e-14)
    stake = (paid / values).sum()
    assert paid.sum() / blended == pytest.approx(stake, rel=1e-14)
    if stake <= 1:
        assert close(implied_valuation(paid.sum(), stake), blended)


@given(tranches=tranches, order=st.randoms())
def test_the_order_of_tranches_does_not_matter(tranches: list[tuple[float, float]], order: object) -> None:
    shuffled = list(tranches)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    left, right = (blended_valuation(*map(list, zip(*t, strict=True))) for t in (tranches, shuffled))
    assert close(left, right, rtol=1e-14)


def test_nothing_paid_is_explained() -> None:
    assert np.isnan(blended_valuation([0.0, 0.0], [1.0, 2.0]))
    words = "amounts must sum to more than 0; got 0, 0"
    assert why("DM_BLENDED_VALUATION", [[0.0, 0.0]], [[1.0, 2.0]]) == words


@given(metric=decimals(0.01, 1e6), times=decimals(-50, 50))
def test_a_value_at_a_multiple_has_that_multiple(metric: float, times: float) -> None:
    assert close(multiple(value_at_multiple(metric, times), metric), times, rtol=1e-15)


@given(minority=decimals(0.01, 1e4), control=decimals(0.01, 1e4))
def test_the_minority_discount_takes_back_the_control_premium(minority: float, control: float) -> None:
    discount = minority_discount(control_premium(control, minority))
    assert control * (1 - discount) == pytest.approx(minority, rel=4e-15 * (1 + minority / control))


@pytest.mark.parametrize("exponent", range(-300, 1, 20))
def test_a_tiny_premium_keeps_its_digits(exponent: int) -> None:
    premium = 3 * 10.0**exponent
    assert minority_discount(premium) == pytest.approx(premium / (1 + premium), rel=1e-15)


@given(
    parts=st.lists(st.tuples(decimals(-1e6, 1e6), decimals(0, 1)), min_size=1, max_size=8),
    net_debt=decimals(-1e6, 1e6),
    discount=decimals(0, 1),
)
def test_a_holding_is_worth_its_parts(parts: list[tuple[float, float]], net_debt: float, discount: float) -> None:
    values, stakes = map(list, zip(*parts, strict=True))
    gross = sum(v * s for v, s in parts)
    size = sum(abs(v) for v in values) + abs(net_debt)
    assume(size > 0)
    assert sum_of_parts(values, stakes, net_debt, discount) == pytest.approx(
        gross * (1 - discount) - net_debt, abs=1e-14 * size
    )
    assert sum_of_parts(values, stakes, net_debt, 1.0) == -net_debt
