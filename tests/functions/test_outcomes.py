from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import mp, mpf

from dealmodel import deal_probability, earn_out, expected_value, provision, why
from tests.functions.draws import close, decimals

prices = decimals(0, 1e4)
amounts = decimals(0, 1e6)
rates = st.one_of(decimals(-0.5, 1.0), st.sampled_from([0.0, 1e-12, -1e-12]))
spans = decimals(0, 30)


@st.composite
def gambles(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    """Outcomes with probabilities that sum to 1."""
    n = draw(st.integers(1, 8))
    weights = np.array(draw(st.lists(st.integers(0, 100), min_size=n, max_size=n)), dtype=float)
    assume(weights.sum() > 0)
    return draw(st.lists(amounts, min_size=n, max_size=n)), (weights / weights.sum()).tolist()


@given(gamble=gambles(), rate=rates, years=spans)
def test_provision_agrees_with_forty_digits(gamble: tuple[list[float], list[float]], rate: float, years: float) -> None:
    with mp.workdps(50):
        mean = mp.fsum(mpf(a) * mpf(p) for a, p in zip(*gamble, strict=True))
        expected = float(mean / (1 + mpf(rate)) ** mpf(years))
    assert provision(*gamble, rate, years) == pytest.approx(expected, rel=1e-13)


@given(gamble=gambles(), rate=rates, years=spans)
def test_provision_is_the_discounted_expected_value(
    gamble: tuple[list[float], list[float]], rate: float, years: float
) -> None:
    outcomes, probabilities = gamble
    assert close(provision(outcomes, probabilities, rate, 0.0), expected_value(outcomes, probabilities))
    parts = [earn_out(a, p, rate, years) for a, p in zip(outcomes, probabilities, strict=True)]
    assert provision(outcomes, probabilities, rate, years) == pytest.approx(sum(parts), rel=1e-13)


@given(gamble=gambles())
def test_a_provision_for_today_lies_between_the_outcomes(gamble: tuple[list[float], list[float]]) -> None:
    outcomes, probabilities = gamble
    assert min(outcomes) * (1 - 1e-14) <= provision(outcomes, probabilities, 0.1, 0.0) <= max(outcomes) * (1 + 1e-14)


@pytest.mark.parametrize(
    ("last", "counts"), [(0.5, True), (0.5 + 9e-10, True), (0.5 + 2e-9, False), (0.5 - 2e-9, False)]
)
def test_probabilities_sum_to_one_within_a_billionth(last: float, *, counts: bool) -> None:
    assert np.isfinite(provision([1.0, 2.0], [0.5, last], 0.0, 1.0)) == counts


def test_probabilities_that_do_not_sum_to_one_are_explained() -> None:
    assert why("DM_PROVISION", [[1.0, 2.0]], [[0.5, 0.4]], 0.1, 1.0) == "probabilities must sum to 1; got 0.5, 0.4"


@given(offer=prices, downside=prices, probability=decimals(-0.5, 1.5))
def test_deal_probability_inverts_the_expected_price_and_is_not_clipped(
    offer: float, downside: float, probability: float
) -> None:
    assume(abs(offer - downside) > 0.01)
    market = downside + probability * (offer - downside)
    assume(market >= 0)
    size = max(offer, downside) / abs(offer - downside)
    assert deal_probability(market, offer, downside) == pytest.approx(probability, abs=1e-15 * (1 + 4 * size))


@given(price=prices, market=prices)
def test_without_a_spread_there_is_no_probability(price: float, market: float) -> None:
    assert np.isnan(deal_probability(market, price, price))


def test_an_offer_at_the_downside_is_explained() -> None:
    words = "offer_price must differ from downside_price; got 100 and 100"
    assert why("DM_DEAL_PROBABILITY", 90.0, 100.0, 100.0) == words


@given(amount=amounts, rate=rates, years=spans, probability=decimals(0, 1))
def test_earn_out_agrees_with_forty_digits(amount: float, rate: float, years: float, probability: float) -> None:
    with mp.workdps(50):
        expected = float(mpf(amount) * mpf(probability) / (1 + mpf(rate)) ** mpf(years))
    assert earn_out(amount, probability, rate, years) == pytest.approx(expected, rel=1e-13)
