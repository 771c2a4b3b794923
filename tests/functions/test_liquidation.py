from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealmodel.contract import contract_of
from dealmodel.functions.liquidation import conversion_proceeds, liquidation, proceeds_for_payout


@dataclass(frozen=True)
class ShareClass:
    """A class of shares in whole numbers, so that the slow waterfall below is exact."""

    shares: int
    preference: int
    participates: bool
    cap: int
    rank: int


Choices = tuple[bool, ...]


def pay(proceeds: Fraction, classes: list[ShareClass], converts: Choices) -> list[Fraction]:
    """Pay a waterfall as a charter tells it, for given choices: ranks from the top, then the rest until a cap."""
    paid = [Fraction(0)] * len(classes)
    left = proceeds
    for rank in sorted({c.rank for c in classes}, reverse=True):
        due = {i: c.preference for i, c in enumerate(classes) if c.rank == rank and not converts[i]}
        if sum(due.values()):
            part = min(left / sum(due.values()), Fraction(1))
            for i, amount in due.items():
                paid[i] += part * amount
                left -= part * amount
    sharing = {i for i, c in enumerate(classes) if c.shares and (converts[i] or c.participates)}
    while left > 0 and sharing:
        room = {
            i: (classes[i].cap - paid[i]) / classes[i].shares for i in sharing if classes[i].cap and not converts[i]
        }
        step = min([left / sum(classes[i].shares for i in sharing), *room.values()])
        for i in sharing:
            paid[i] += step * classes[i].shares
            left -= step * classes[i].shares
        sharing -= {i for i, most in room.items() if most == step}
    return paid


def equilibria(proceeds: Fraction, classes: list[ShareClass]) -> set[tuple[Fraction, ...]]:
    """Return the payouts of all sets of choices in which no class gains by changing its own."""
    paid = {c: pay(proceeds, classes, c) for c in product([False, True], repeat=len(classes))}
    return {
        tuple(payouts)
        for choices, payouts in paid.items()
        if all(paid[flip(choices, i)][i] <= payouts[i] for i in range(len(classes)))
    }


def flip(choices: Choices, i: int) -> Choices:
    return (*choices[:i], not choices[i], *choices[i + 1 :])


@st.composite
def share_classes(draw: st.DrawFn, most: int = 5) -> list[ShareClass]:
    """Draw classes whose terms often tie: equal preferences per share, equal ranks, caps at the preference."""
    drawn = []
    for _ in range(draw(st.integers(1, most))):
        preference = draw(st.sampled_from([0, 0, 1, 2, 3, 5, 10, 30]))
        participates = draw(st.booleans())
        cap = draw(st.sampled_from([0, preference, preference + 1, 2 * preference, 3 * preference]))
        shares = draw(st.sampled_from([0, 1, 1, 2, 3, 5, 20]))
        drawn.append(ShareClass(shares, preference, participates, cap, draw(st.integers(0, 2))))
    if not any(c.shares for c in drawn):
        drawn.append(ShareClass(1, 0, participates=False, cap=0, rank=0))
    return drawn


def terms(classes: list[ShareClass]) -> tuple[list[float], ...]:
    rows = [(c.shares, c.preference, c.participates, c.cap, c.rank) for c in classes]
    return tuple(list(map(float, column)) for column in zip(*rows, strict=True))


amounts = st.integers(0, 400).map(lambda n: n / 4)


@given(share_classes(), amounts)
@settings(max_examples=300, deadline=None)
def test_payouts_are_the_only_ones_at_which_no_class_gains_by_changing_its_choice(
    classes: list[ShareClass], proceeds: float
) -> None:
    found = equilibria(Fraction(proceeds), classes)
    assert len(found) == 1
    expected = list(map(float, found.pop()))
    np.testing.assert_allclose(liquidation(proceeds, *terms(classes)), expected, rtol=1e-12, atol=1e-12)


@given(share_classes(most=8).filter(lambda classes: len(classes) >= 6), amounts)
@settings(max_examples=15, deadline=None)
def test_eight_classes_are_paid_as_in_a_search_over_all_choices(classes: list[ShareClass], proceeds: float) -> None:
    (expected,) = equilibria(Fraction(proceeds), classes)
    got = liquidation(proceeds, *terms(classes))
    np.testing.assert_allclose(got, list(map(float, expected)), rtol=1e-12, atol=1e-12)


money = st.floats(0, 1e9, allow_subnormal=False).map(lambda x: round(x, 2))


@st.composite
def any_terms(draw: st.DrawFn, most: int = 12) -> tuple[list[float], ...]:
    """Draw terms of ordinary size: shares, preferences, participation, caps, ranks."""
    size = draw(st.integers(1, most))

    def column(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=size, max_size=size))

    shares = column(st.one_of(st.just(0.0), st.floats(1, 1e8).map(round)))
    shares[draw(st.integers(0, size - 1))] = 1e6
    preferences = column(st.one_of(st.just(0.0), money))
    multiples = column(st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0]))
    caps = [preference * multiple for preference, multiple in zip(preferences, multiples, strict=True)]
    participating = column(st.sampled_from([0.0, 1.0]))
    ranks = column(st.integers(0, 4).map(float))
    return shares, preferences, participating, caps, ranks


@given(any_terms(), money)
def test_payouts_sum_to_the_proceeds(terms: tuple[list[float], ...], proceeds: float) -> None:
    payouts = liquidation(proceeds, *terms)
    assert (payouts >= 0).all()
    assert payouts.sum() == pytest.approx(proceeds, rel=1e-12)


@given(any_terms(), st.lists(money, min_size=2, max_size=30))
def test_no_payout_falls_as_the_proceeds_rise(terms: tuple[list[float], ...], proceeds: list[float]) -> None:
    rising = np.sort(proceeds)
    payouts = liquidation(rising, *terms)
    assert (np.diff(payouts, axis=0) >= -1e-12 * rising[1:, None]).all()


@given(any_terms(), money)
def test_nobody_is_paid_less_than_as_common_or_more_than_a_cap_allows(
    terms: tuple[list[float], ...], proceeds: float
) -> None:
    shares, preferences, participating, caps, _ = map(np.array, terms)
    payouts = liquidation(proceeds, *terms)
    if proceeds <= preferences.sum():
        assert (payouts <= preferences * (1 + 1e-12)).all()
        return
    common = (shares > 0) & (preferences == 0) & ((participating == 0) | (caps == 0))
    per_share = np.where(common, payouts / np.where(common, shares, 1), 0).max()
    slack = 1e-9 * proceeds
    assert (payouts >= preferences - slack).all()
    assert (payouts >= shares * per_share - slack).all()
    capped = (participating == 1) & (caps > 0)
    if common.any():
        assert (payouts[capped] <= np.maximum(caps, shares * per_share)[capped] + slack).all()


@given(any_terms(), money, st.floats(1e-3, 1e3))
def test_payouts_scale_with_the_currency(terms: tuple[list[float], ...], proceeds: float, rate: float) -> None:
    shares, preferences, participating, caps, ranks = map(np.array, terms)
    converted = liquidation(proceeds * rate, shares, preferences * rate, participating, caps * rate, ranks)
    np.testing.assert_allclose(converted, liquidation(proceeds, *terms) * rate, rtol=1e-9, atol=1e-9 * proceeds * rate)


@given(any_terms(), money, st.randoms(use_true_random=False))
def test_the_order_of_the_classes_does_not_matter(
    terms: tuple[list[float], ...], proceeds: float, random: object
) -> None:
    order = list(range(len(terms[0])))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = liquidation(proceeds, *(np.array(term)[order] for term in terms))
    np.testing.assert_allclose(shuffled, liquidation(proceeds, *terms)[order], rtol=1e-9, atol=1e-9 * proceeds)


@given(any_terms(), st.floats(1.0, 10.0))
def test_ranks_do_not_matter_once_the_preferences_are_covered(terms: tuple[list[float], ...], times: float) -> None:
    proceeds = sum(terms[1]) * times * (1 + 1e-12)
    unranked = (*terms[:4], [0.0] * len(terms[4]))
    flat = liquidation(proceeds, *unranked)
    np.testing.assert_allclose(liquidation(proceeds, *terms), flat, rtol=1e-12, atol=1e-9 * proceeds)


@given(any_terms(most=4), st.lists(money, min_size=1, max_size=5))
def test_a_column_of_proceeds_gives_each_payout_alone(terms: tuple[list[float], ...], proceeds: list[float]) -> None:
    together = liquidation(proceeds, *terms)
    alone = [liquidation(amount, *terms) for amount in proceeds]
    np.testing.assert_array_equal(together, alone)


@given(any_terms(most=4), any_terms(most=4), money)
def test_terms_of_several_cases_give_each_case_alone(
    one: tuple[list[float], ...], other: tuple[list[float], ...], proceeds: float
) -> None:
    size = min(len(one[0]), len(other[0]))
    one, other = (tuple(term[:size] for term in terms) for terms in (one, other))
    together = liquidation(proceeds, *(np.array(pair) for pair in zip(one, other, strict=True)))
    np.testing.assert_array_equal(together, [liquidation(proceeds, *one), liquidation(proceeds, *other)])


def test_a_bad_case_leaves_its_neighbours_alone() -> None:
    payouts = liquidation([100.0, -1.0, 60.0], [40, 60], [0, 50], [0, 1], [0, 0], [0, 1])
    np.testing.assert_array_equal(payouts, [[20, 80], [np.nan, np.nan], [4, 56]])


def test_participation_is_true_or_1() -> None:
    rest = ([40, 60], [0, 50])
    flags = liquidation(100.0, *rest, [False, True], [0, 0], [0, 1])
    np.testing.assert_array_equal(flags, liquidation(100.0, *rest, [0, 1], [0, 0], [0, 1]))


def test_ten_thousand_proceeds_on_eight_classes_take_well_under_a_second() -> None:
    shares = [5e6, 1e6, 8e5, 6e5, 5e5, 4e5, 3e5, 0.0]
    preferences = [0.0, 2e6, 4e6, 6e6, 9e6, 1e7, 1.5e7, 3e6]
    caps = [0.0, 0.0, 8e6, 0.0, 2.7e7, 0.0, 0.0, 0.0]
    proceeds = np.linspace(0, 5e8, 10_000)
    start = time.perf_counter()
    payouts = liquidation(proceeds, shares, preferences, [0, 0, 1, 0, 1, 1, 0, 0], caps, list(range(8)))
    assert time.perf_counter() - start < 0.5
    np.testing.assert_allclose(payouts.sum(axis=1), proceeds, rtol=1e-12)


@given(any_terms())
def test_a_class_is_indifferent_at_its_conversion_point_and_gains_above(
    terms: tuple[list[float], ...],
) -> None:
    shares, preferences, participating, caps, _ = map(np.array, terms)
    points = conversion_proceeds(*terms[:4])
    held = np.where(participating == 1, caps, preferences)
    for i in np.flatnonzero(~np.isnan(points)):
        slack = 1e-9 * points[i]
        assert liquidation(points[i], *terms)[i] == pytest.approx(held[i], rel=1e-9, abs=slack)
        above = liquidation(points[i] * 1.5 + 1, *terms)
        assert above[i] > held[i]
        # As common it is paid as much per share as any other class that has converted.
        converted = points < points[i]
        assert above[converted] / shares[converted] == pytest.approx(above[i] / shares[i], rel=1e-6)


@given(any_terms(), st.data())
def test_proceeds_for_a_payout_pay_it_and_no_less_would(terms: tuple[list[float], ...], data: st.DataObject) -> None:
    size = len(terms[0])
    position = data.draw(st.integers(1, size))
    most = 1e9 if terms[0][position - 1] else terms[1][position - 1]
    payout = min(data.draw(money), most)
    proceeds = proceeds_for_payout(payout, position, *terms)
    slack = 1e-9 * max(proceeds, payout)
    assert liquidation(proceeds, *terms)[position - 1] == pytest.approx(payout, rel=1e-9, abs=slack)
    if payout > 1:
        less = liquidation(proceeds * (1 - 1e-6), *terms)[position - 1]
        assert less < payout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((100, [40, 60], [0, 50], [0, 1], [0, 49], [0, 1]), "caps must be 0 or at least the preference"),
        ((100, [0, 0], [0, 50], [0, 1], [0, 0], [0, 1]), "shares must sum to above 0"),
        ((-1, [40, 60], [0, 50], [0, 1], [0, 0], [0, 1]), "proceeds must be at least 0; got -1"),
        ((100, [40, -60], [0, 50], [0, 1], [0, 0], [0, 1]), "shares (2) must be at least 0; got -60"),
    ],
)
def test_the_reason_for_an_error_is_told(arguments: tuple[object, ...], reason: str) -> None:
    (told,) = contract_of(liquidation).complaints(arguments)
    assert told.startswith(reason)


def test_a_cap_has_no_meaning_for_a_class_that_does_not_participate() -> None:
    terms = ([100.0, 60.0, 30.0], [40.0, 60.0], [0.0, 50.0])
    capped = liquidation(*terms, [False, False], [0.0, 10.0], [0, 1])
    assert capped.tolist() == liquidation(*terms, [False, False], [0.0, 0.0], [0, 1]).tolist()
    assert np.isnan(liquidation(*terms, [False, True], [0.0, 10.0], [0, 1])).all()
