"""Domains: both sides of every bound, in words and in numbers."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel import domain as module
from dealmodel.cells import OMITTED
from dealmodel.domain import AMOUNT, PERIODS, RATE, STAKE, STAKE_ABOVE_0, TEXT, TRUTH, Domain, Kind
from tests.support.strategies import inside, outsiders

DOMAINS = {name: value for name, value in vars(module).items() if isinstance(value, Domain)}
NUMERIC = {name: domain for name, domain in DOMAINS.items() if domain.kind is not Kind.TEXT}
every_domain = pytest.mark.parametrize("domain", NUMERIC.values(), ids=NUMERIC.keys())


def neighbours(bound: float) -> tuple[float, float]:
    return math.nextafter(bound, -math.inf), math.nextafter(bound, math.inf)


@every_domain
def test_a_low_bound_belongs_unless_it_is_open(domain: Domain) -> None:
    if math.isinf(domain.low):
        assert domain.holds(-sys.float_info.max)
        return
    below, above = neighbours(domain.low)
    assert not domain.holds(below)
    assert domain.holds(domain.low) == (not domain.low_open and (not domain.whole or float(domain.low).is_integer()))
    assert domain.holds(above) == (not domain.whole)


@every_domain
def test_a_high_bound_belongs_unless_it_is_open(domain: Domain) -> None:
    if math.isinf(domain.high):
        assert domain.holds(sys.float_info.max)
        return
    below, above = neighbours(domain.high)
    assert not domain.holds(above)
    assert domain.holds(domain.high) == (not domain.high_open)
    assert domain.holds(below) == (not domain.whole)


@every_domain
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, -(10**400)])
def test_no_domain_holds_what_is_not_a_finite_float(domain: Domain, value: float) -> None:
    assert not domain.holds(value)


@every_domain
@given(data=st.data())
def test_numbers_masks_and_arrays_agree(domain: Domain, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.floats() | inside(domain) | st.sampled_from(outsiders(domain)), max_size=6))
    mask = domain.contains(values)
    assert mask.tolist() == [domain.holds(value) for value in values]
    assert domain.contains_all(np.array(values)) == mask.all()


@pytest.mark.parametrize("domain", [AMOUNT, STAKE, STAKE_ABOVE_0, RATE, PERIODS])
@pytest.mark.parametrize("length", [1, 7999, 8000, 8001, 2**16, 2**16 + 1, 200_000])
def test_a_long_array_is_outside_for_one_element(domain: Domain, length: int) -> None:
    array = np.full(length, max(1.0, domain.lowest) if domain.highest >= 1 else domain.highest)
    assert domain.contains_all(array)
    for value in outsiders(domain):
        for place in {0, length // 2, length - 1}:
            spoiled = array.copy()
            spoiled[place] = value
            assert not domain.contains_all(spoiled)


@pytest.mark.parametrize("value", [1e200, -1e200, sys.float_info.max, -0.0, 5e-324])
def test_an_unbounded_domain_holds_numbers_whose_square_is_too_large(value: float) -> None:
    assert AMOUNT.contains_all(np.array([1.0, value]))
    assert AMOUNT.contains_all(np.full(20_000, value))


def test_minus_zero_is_zero() -> None:
    assert STAKE.contains_all(np.array([-0.0, 1.0]))
    assert STAKE.holds(-0.0)
    assert not STAKE_ABOVE_0.holds(-0.0)
    assert not STAKE_ABOVE_0.contains_all(np.array([-0.0, 1.0]))


def test_whole_numbers_and_lists_are_read_as_floats() -> None:
    assert STAKE.contains_all([0, 1])
    assert not STAKE.contains_all([0, 2])
    assert not STAKE.contains_all(np.array([0, 2]))
    assert STAKE.contains_all(np.array([0.5], dtype=">f8"))


def test_an_empty_array_is_inside() -> None:
    assert STAKE.contains_all(np.empty(0))
    assert STAKE.contains_all(np.empty((0, 3)))


def test_arrays_of_any_layout_are_tested() -> None:
    grid = np.arange(12.0).reshape(3, 4) / 11
    for array in (grid, grid.T, grid[:, ::2], np.asfortranarray(grid), np.broadcast_to(grid[0], (3, 4))):
        assert STAKE.contains_all(array)
        assert not STAKE.contains_all(array + 1)
    assert STAKE.contains_all(np.array(0.5))
    assert not AMOUNT.contains_all(np.array([[0.0, np.nan]]).T)


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (AMOUNT, "a finite number"),
        (STAKE, "at least 0 and at most 1"),
        (STAKE_ABOVE_0, "above 0 and at most 1"),
        (RATE, "above -1"),
        (PERIODS, "a whole number at least 1"),
        (TRUTH, "TRUE or FALSE"),
        (TEXT, "text"),
        (Domain("day", "days", high=365, high_open=True), "below 365"),
        (Domain("day", "days", whole=True), "a whole number"),
        (Domain("day", "days", low=-1.5, high=2.25, high_open=True), "at least -1.5 and below 2.25"),
    ],
)
def test_a_domain_says_its_bounds(domain: Domain, words: str) -> None:
    assert domain.words == words


def test_every_domain_says_what_it_is_counted_in() -> None:
    assert all(domain.noun and domain.unit for domain in DOMAINS.values())


def test_an_alias_carries_its_domain() -> None:
    for name, domain in DOMAINS.items():
        alias = getattr(module, "".join(part.capitalize() for part in name.split("_")), None)
        if alias is not None:
            assert alias.__metadata__ == (domain,)


def test_domains_of_the_same_bounds_are_equal() -> None:
    assert Domain("stake", "fraction", low=0, high=1) == STAKE
    assert hash(Domain("stake", "fraction", low=0, high=1)) == hash(STAKE)
    assert repr(STAKE).startswith("Domain(noun='stake'")


def test_what_is_left_out_has_a_name() -> None:
    assert repr(OMITTED) == "omitted"
