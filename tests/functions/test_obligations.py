from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import mp, mpf

from dealmodel import (
    cash_offset,
    cash_waterfall,
    expected_fine,
    gross_for_net,
    instalment,
    net_proceeds,
    offset_ratio,
    present_value,
    shortfall,
    surplus,
)
from tests.functions.draws import decimals

cash = decimals(-1e4, 1e4)
amounts = decimals(0, 1e4)
tax_rates = decimals(0, 0.99)
deductions = st.tuples(amounts, amounts, amounts)


@given(price=cash, basis=cash, tax=tax_rates, less=deductions)
def test_a_gross_price_gives_its_net_proceeds_back(
    price: float, basis: float, tax: float, less: tuple[float, float, float]
) -> None:
    net = net_proceeds(price, basis, tax, *less)
    size = sum(map(abs, (price, basis, *less)))
    assert gross_for_net(net, basis, tax, *less) == pytest.approx(price, abs=1e-13 * size / (1 - tax))


@given(net=cash, basis=cash, tax=tax_rates, less=deductions)
def test_net_proceeds_give_their_gross_price_back(
    net: float, basis: float, tax: float, less: tuple[float, float, float]
) -> None:
    price = gross_for_net(net, basis, tax, *less)
    size = sum(map(abs, (price, net, basis, *less)))
    assert net_proceeds(price, basis, tax, *less) == pytest.approx(net, abs=1e-13 * size)


@given(basis=amounts, tax=tax_rates, costs=amounts, beyond=st.sampled_from([-1.0, -1e-6, 0.0, 1e-6, 1.0]))
def test_gross_and_net_invert_each_other_across_the_kink(basis: float, tax: float, costs: float, beyond: float) -> None:
    price = basis + costs + beyond
    net = net_proceeds(price, basis, tax, costs)
    assert net == pytest.approx(basis + beyond * (1 - tax if beyond > 0 else 1), abs=1e-11)
    assert gross_for_net(net, basis, tax, costs) == pytest.approx(price, abs=1e-10 / (1 - tax))


@given(price=cash, more=decimals(0, 100), basis=cash, tax=tax_rates)
def test_net_proceeds_rise_with_the_price_by_at_most_as_much(
    price: float, more: float, basis: float, tax: float
) -> None:
    rise = net_proceeds(price + more, basis, tax) - net_proceeds(price, basis, tax)
    assert more * (1 - tax) - 1e-9 <= rise <= more + 1e-9


@given(held=amounts, fine=amounts)
def test_what_cash_covers_and_what_it_does_not_make_up_the_fine(held: float, fine: float) -> None:
    assert cash_offset(held, fine) + shortfall(held, fine) == pytest.approx(fine, rel=1e-15)


@given(held=cash, fine=amounts)
def test_surplus_less_shortfall_is_cash_less_the_fine(held: float, fine: float) -> None:
    assert surplus(held, fine) - shortfall(held, fine) == held - fine
    assert min(surplus(held, fine), shortfall(held, fine)) == 0


@given(held=cash, fine=amounts)
def test_the_offset_is_its_ratio_of_the_fine(held: float, fine: float) -> None:
    assert offset_ratio(held, fine) * fine == pytest.approx(cash_offset(held, fine), rel=1e-14)
    assert 0 <= offset_ratio(held, fine) <= 1


@given(payable=amounts, suspended=amounts, probability=decimals(0, 1))
def test_an_expected_fine_lies_between_nothing_and_all_of_the_suspended_part(
    payable: float, suspended: float, probability: float
) -> None:
    assert payable <= expected_fine(payable, suspended, probability) <= payable + suspended


periods = st.integers(1, 40)
rates = st.one_of(decimals(-0.5, 1), st.sampled_from([0.0, 1e-12, -1e-12, 1e-6]))


@given(principal=amounts, n=periods, rate=rates, part=decimals(0, 1))
def test_instalments_amortise_what_is_not_paid_upfront(principal: float, n: int, rate: float, part: float) -> None:
    upfront = principal * part
    times = np.arange(1, n + 1)
    payments = instalment(times, principal, n, rate, upfront)
    assert present_value(payments, times, rate) == pytest.approx(principal - upfront, rel=1e-10, abs=1e-9)
    assert instalment(0, principal, n, rate, upfront) == upfront
    assert instalment([-1, n + 1], principal, n, rate, upfront).tolist() == [0.0, 0.0]


@given(principal=amounts, n=periods, rate=rates)
def test_an_instalment_agrees_with_forty_digits(principal: float, n: int, rate: float) -> None:
    with mp.workdps(40):
        r = mpf(rate)
        level = mpf(principal) * r / (1 - (1 + r) ** -n) if rate else mpf(principal) / n
        expected = float(level)
    assert instalment(1, principal, n, rate) == pytest.approx(expected, rel=1e-13)


claims = st.lists(amounts, min_size=1, max_size=6)


@given(held=cash, owed=claims)
def test_a_waterfall_pays_what_there_is_or_what_is_owed(held: float, owed: list[float]) -> None:
    paid = cash_waterfall(held, owed)
    assert paid.sum() == pytest.approx(min(max(held, 0.0), sum(owed)), rel=1e-12, abs=1e-12 * sum(owed))
    assert (paid >= 0).all()
    assert (paid <= owed).all()


@given(held=cash, owed=claims)
def test_a_waterfall_pays_no_claim_before_those_above_it_are_full(held: float, owed: list[float]) -> None:
    assume(sum(owed) > 0)
    unpaid = np.asarray(owed) - cash_waterfall(held, owed)
    first = int(np.argmax(unpaid > 1e-9 * sum(owed)))
    if unpaid[first] > 0:
        assert cash_waterfall(held, owed)[first + 1 :] == pytest.approx(0.0, abs=1e-9 * sum(owed))


@given(held=amounts, owed=claims)
def test_a_waterfall_does_not_depend_on_how_claims_are_cut(held: float, owed: list[float]) -> None:
    halves = np.repeat(np.asarray(owed) / 2, 2)
    paid = cash_waterfall(held, halves).reshape(-1, 2).sum(axis=1)
    assert paid == pytest.approx(cash_waterfall(held, owed), rel=1e-12, abs=1e-12 * max(held, sum(owed)))
