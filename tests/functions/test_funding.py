from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel import carried_gap, funding_balance, funding_gap, peak_funding, rnd_budget, runway
from tests.functions.draws import decimals

amounts = decimals(-1e4, 1e4)
needs = decimals(0, 1e4)
plans = st.integers(1, 8).flatmap(
    lambda n: st.tuples(st.lists(needs, min_size=n, max_size=n), st.lists(needs, min_size=n, max_size=n))
)
Plan = tuple[list[float], list[float]]


@given(plan=plans, opening=amounts)
def test_the_carried_gaps_total_the_peak(plan: Plan, opening: float) -> None:
    gaps = carried_gap(*plan, opening)
    assert gaps.sum() == pytest.approx(peak_funding(*plan, opening), rel=1e-12, abs=1e-9)
    assert (gaps >= 0).all()


@given(plan=plans, opening=needs)
def test_with_the_carried_gaps_the_balance_is_never_below_nothing(plan: Plan, opening: float) -> None:
    required, available = plan
    raised = np.asarray(available) + carried_gap(required, available, opening)
    assert funding_balance(required, raised, opening).min() >= -1e-8


@given(plan=plans, opening=needs)
def test_with_less_than_the_carried_gaps_the_balance_falls_below_nothing(plan: Plan, opening: float) -> None:
    required, available = plan
    gaps = carried_gap(required, available, opening)
    for period in np.flatnonzero(gaps > 1):
        less = gaps.copy()
        less[period] -= 1
        assert funding_balance(required, np.asarray(available) + less, opening)[period] < 0


@given(plan=plans, opening=amounts)
def test_the_peak_is_the_deepest_hole_of_the_balance(plan: Plan, opening: float) -> None:
    assert peak_funding(*plan, opening) == max(0.0, -funding_balance(*plan, opening).min())


@given(plan=plans)
def test_the_peak_as_opening_leaves_nothing_to_raise(plan: Plan) -> None:
    assert peak_funding(*plan, peak_funding(*plan)) == pytest.approx(0.0, abs=1e-8)


@given(required=amounts, available=amounts)
def test_one_period_without_an_opening_is_a_plain_gap(required: float, available: float) -> None:
    assert carried_gap([required], [available]).tolist() == [funding_gap(required, available)]


@given(cash=needs, burn=st.lists(decimals(1, 1e3), min_size=1, max_size=8))
def test_cash_lasts_until_the_burn_has_used_it_up(cash: float, burn: list[float]) -> None:
    lasts = runway(cash, burn)
    spent = np.interp(lasts, np.arange(len(burn) + 1), np.concatenate([[0.0], np.cumsum(burn)]))
    assert spent == pytest.approx(min(cash, sum(burn)), rel=1e-9)


@given(cash=amounts, burn=st.lists(amounts, min_size=1, max_size=8))
def test_a_runway_is_within_the_series(cash: float, burn: list[float]) -> None:
    assert 0 <= runway(cash, burn) <= len(burn)


@given(cash=needs, burn=st.lists(amounts, min_size=1, max_size=8))
def test_the_balance_is_not_negative_in_any_whole_period_of_the_runway(cash: float, burn: list[float]) -> None:
    whole = int(runway(cash, burn))
    assert (cash - np.cumsum(burn)[:whole] >= -1e-9).all()
    if whole < len(burn):
        assert cash - sum(burn[: whole + 1]) < 1e-9


@given(cash=needs, more=needs, burn=st.lists(amounts, min_size=1, max_size=8))
def test_more_cash_never_lasts_shorter(cash: float, more: float, burn: list[float]) -> None:
    assert runway(cash + more, burn) >= runway(cash, burn) - 1e-9


def test_an_overdraft_has_no_runway() -> None:
    assert runway(-1.0, [-5.0, 0.0]) == 0.0


@given(base=amounts, growth=decimals(-0.5, 1), first=decimals(-5, 5), second=decimals(-5, 5))
def test_growth_compounds(base: float, growth: float, first: float, second: float) -> None:
    twice = rnd_budget(second, rnd_budget(first, base, growth), growth)
    assert twice == pytest.approx(rnd_budget(first + second, base, growth), rel=1e-12)


@pytest.mark.parametrize("huge", [1e12, 1e15, 1e300])
def test_a_gap_keeps_its_digits_beside_periods_of_any_size(huge: float) -> None:
    assert carried_gap([huge, 0.1, 0.3], [0.0, 0.0, 0.2]).tolist() == [huge, 0.1, 0.3 - 0.2]
    assert carried_gap([0.0, huge, 0.3], [huge, 0.0, 0.2]).tolist() == [0.0, 0.0, 0.3 - 0.2]
    assert runway(0.25, [huge, 1.0]) == pytest.approx(0.25 / huge, rel=1e-15)
    assert runway(huge, [huge, 1.0]) == 1.0


def test_equal_shortfalls_are_equal_gaps() -> None:
    assert carried_gap([0.1] * 40, [0.0] * 40).tolist() == [0.1] * 40


@given(plan=plans, others=plans, opening=st.lists(amounts, min_size=2, max_size=2))
def test_several_plans_have_the_gaps_of_each(plan: Plan, others: Plan, opening: list[float]) -> None:
    length = min(len(plan[0]), len(others[0]))
    required, available = ([side[:length], other[:length]] for side, other in zip(plan, others, strict=True))
    found = carried_gap(required, available, opening)
    alone = [carried_gap(*case).tolist() for case in zip(required, available, opening, strict=True)]
    assert found.tolist() == alone
