from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel import (
    after_tax_fine,
    capped_fine,
    cash_left,
    cash_waterfall,
    covenant_headroom,
    debt_capacity,
    headroom,
    why,
)
from dealmodel.errors import ShapeError
from tests.functions.draws import close, decimals

amounts = decimals(0, 1e6)
signed = decimals(-1e6, 1e6)
fractions = decimals(0, 1)


@given(cash=signed, claims=st.lists(amounts, min_size=1, max_size=8))
def test_what_the_waterfall_does_not_pay_out_is_left(cash: float, claims: list[float]) -> None:
    paid = cash_waterfall(cash, claims)
    assert cash_left(cash, claims) + paid.sum() == pytest.approx(max(cash, 0.0), rel=1e-14, abs=1e-8)
    assert cash_left(cash, claims) >= 0


@given(cash=signed, facilities=amounts, obligations=amounts, minimum=amounts)
def test_more_cash_is_more_headroom_and_a_minimum_binds_like_an_obligation(
    cash: float, facilities: float, obligations: float, minimum: float
) -> None:
    left = headroom(cash, facilities, obligations, minimum)
    assert headroom(cash, facilities, minimum, obligations) == pytest.approx(left, abs=1e-8)
    assert headroom(cash + 1000, facilities, obligations, minimum) == pytest.approx(left + 1000, abs=1e-8)


@given(ebitda=signed, leverage=decimals(0, 10), net_debt=signed)
def test_new_debt_up_to_capacity_stays_within_the_leverage(ebitda: float, leverage: float, net_debt: float) -> None:
    capacity = debt_capacity(ebitda, leverage, net_debt)
    assert capacity >= 0
    if capacity > 0:
        assert net_debt + capacity == pytest.approx(leverage * ebitda, rel=1e-12, abs=1e-8)


@given(net_debt=signed, ebitda=decimals(1, 1e6), limit=decimals(0.1, 10))
def test_ebitda_that_falls_by_the_headroom_is_at_the_limit(net_debt: float, ebitda: float, limit: float) -> None:
    room = covenant_headroom([net_debt], [ebitda], [limit])[0]
    assert limit * ebitda * (1 - room) == pytest.approx(net_debt, rel=1e-12, abs=1e-9 * limit * ebitda)
    assert (room > 0) == (debt_capacity(ebitda, limit, net_debt) > 0)


@given(
    quarters=st.lists(st.tuples(signed, st.integers(-100, 1000), decimals(1, 8)), min_size=1, max_size=12),
    window=st.integers(1, 5),
)
def test_the_trailing_window_is_the_covenant_on_the_sums(
    quarters: list[tuple[float, float, float]], window: int
) -> None:
    net_debt, ebitda, limits = (np.array(column) for column in zip(*quarters, strict=True))
    rooms = covenant_headroom(net_debt, ebitda, limits, window)
    for i in range(len(quarters)):
        trailing = sum(ebitda[i + 1 - window : i + 1]) if i + 1 >= window else 0.0
        if trailing <= 0:
            assert np.isnan(rooms[i])
        else:
            expected = covenant_headroom(net_debt[i : i + 1], [trailing], limits[i : i + 1])[0]
            assert rooms[i] == pytest.approx(expected, rel=1e-14)


def test_several_windows_are_several_cases() -> None:
    rooms = covenant_headroom([100.0, 100.0], [50.0, 50.0], [4.0, 4.0], [[1.0], [2.0]])
    assert close(rooms, [[[0.5, 0.5]], [[np.nan, 0.75]]])


def test_a_covenant_without_its_limits_is_a_wrong_call() -> None:
    with pytest.raises(ShapeError, match="limits must be as long as net_debt: 2 elements; got 1"):
        covenant_headroom([1.0, 2.0], [1.0, 2.0], [4.0])
    words = "window must be a whole number at least 1; got 0"
    assert why("DM_COVENANT_HEADROOM", [[1.0]], [[1.0]], [[4.0]], 0.0) == words


@given(fine=amounts, turnover=amounts, share=fractions, minimum=amounts)
def test_a_maximum_never_raises_a_fine(fine: float, turnover: float, share: float, minimum: float) -> None:
    capped = capped_fine(fine, turnover, share, minimum)
    assert 0 <= capped <= fine
    assert capped == fine or capped == max(share * turnover, minimum)
    assert capped_fine(fine, turnover, 1.0) == min(fine, turnover)


@given(fine=amounts, share=fractions, tax=fractions)
def test_a_fine_after_tax_lies_between_taxed_in_full_and_not_deducted(fine: float, share: float, tax: float) -> None:
    cost = after_tax_fine(fine, share, tax)
    assert fine * (1 - tax) * (1 - 1e-15) <= cost <= fine
    assert after_tax_fine(fine, 0.0, tax) == after_tax_fine(fine, share, 0.0) == fine
    assert close(after_tax_fine(fine, tax, share), cost)


@pytest.mark.parametrize("huge", [1e9, 1e15, 1e300])
def test_what_a_claim_gets_keeps_its_digits_however_large_the_claim(huge: float) -> None:
    assert cash_waterfall(250.125, [100.0, 150.0, huge, 7.0]).tolist() == [100.0, 150.0, 0.125, 0.0]
