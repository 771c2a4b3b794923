from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel import after_credit, rnd_amortisation, rnd_asset, rnd_budget, rnd_intensity, why
from tests.functions.draws import close, decimals

spending = st.lists(decimals(0, 1e5), min_size=2, max_size=15)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[float], int]:
    """Spending with a life that it is long enough for."""
    spend = draw(spending)
    return spend, draw(st.integers(1, len(spend) - 1))


@given(history=histories(), spent=decimals(0, 1e5))
def test_the_asset_rolls_forward_by_spend_less_amortisation(history: tuple[list[float], int], spent: float) -> None:
    spend, life = history
    longer = [*spend, spent]
    rolled = rnd_asset(spend, life) + spent - rnd_amortisation(longer, life)
    assert rnd_asset(longer, life) == pytest.approx(rolled, rel=1e-13, abs=1e-9)


@given(amount=decimals(0.01, 1e5), life=st.integers(1, 20))
def test_steady_spending_holds_an_asset_of_half_its_life_and_is_written_off_in_full(amount: float, life: int) -> None:
    spend = [amount] * (life + 1)
    assert close(rnd_asset(spend, life), amount * (life + 1) / 2, rtol=1e-13)
    assert close(rnd_amortisation(spend, life), amount, rtol=1e-13)


@given(history=histories(), older=spending)
def test_years_before_the_life_do_not_count(history: tuple[list[float], int], older: list[float]) -> None:
    spend, life = history
    for function in (rnd_asset, rnd_amortisation):
        assert close(function([*older, *spend], life), function(spend[-life - 1 :], life))


@given(history=histories())
def test_a_longer_life_is_a_larger_asset(history: tuple[list[float], int]) -> None:
    spend, _ = history
    lives = np.arange(1.0, len(spend))
    assert (np.diff(rnd_asset(spend, lives)) >= -1e-9).all()


@pytest.mark.parametrize("function", [rnd_asset, rnd_amortisation])
def test_a_history_that_is_too_short_is_refused_with_words(function: object) -> None:
    assert np.isnan(function([1.0, 2.0], 2))  # type: ignore[operator]
    assert np.isfinite(function([1.0, 2.0], 1))  # type: ignore[operator]
    name = function.__name__.upper()  # type: ignore[attr-defined]
    assert why(name, [[1.0, 2.0]], 2.0) == "spend must hold life + 1 years; got 1, 2 and 2"


@pytest.mark.parametrize("life", [0.0, -1.0, 1.5, np.nan])
def test_a_life_is_a_whole_number_of_years(life: float) -> None:
    assert np.isnan(rnd_asset([1.0, 2.0, 3.0], life))
    assert np.isnan(rnd_amortisation([1.0, 2.0, 3.0], life))


@given(base=decimals(0.01, 1e5), growth=decimals(-0.5, 0.5), share=decimals(0.01, 0.5))
def test_intensity_stays_where_revenue_grows_as_the_budget_does(base: float, growth: float, share: float) -> None:
    budget = rnd_budget(np.arange(6), base, growth)
    revenue = rnd_budget(np.arange(6), base / share, growth)
    assert close(rnd_intensity(budget, revenue), share, rtol=1e-13)


@given(spend=decimals(0, 1e6), credit=decimals(0, 1), tax=decimals(0, 1))
def test_tax_on_the_credit_gives_back_that_part_of_it(spend: float, credit: float, tax: float) -> None:
    free = after_credit(spend, credit)
    assert after_credit(spend, credit, taxable_credit=False, tax_rate=tax) == free
    taxed = after_credit(spend, credit, taxable_credit=True, tax_rate=tax)
    assert taxed - free == pytest.approx(spend * credit * tax, abs=1e-15 * 4 * (1 + spend))
    assert 0 <= free <= taxed * (1 + 1e-15) + 1e-9
