"""Interval arithmetic holds every value that its operands allow."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealmodel.simulation.enclosures import intervals
from dealmodel.simulation.enclosures.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBERS = st.floats(-1e6, 1e6) | st.integers(-5, 5).map(float) | st.sampled_from([1e-300, -1e-12, 0.1, 1e300])
PAIRS = st.tuples(NUMBERS, NUMBERS).map(sorted)
SHARES = st.floats(0, 1)


def between(ends: list[float], share: float) -> float:
    """Return a number between two, both among them."""
    return min(max(ends[0] * (1 - share) + ends[1] * share, ends[0]), ends[1])


def interval(ends: list[float]) -> Interval:
    return Interval(np.array([ends[0]]), np.array([ends[1]]))


def inside(found: Interval, number: Fraction) -> bool:
    low, high = float(found.low[0]), float(found.high[0])
    return (math.isinf(low) or Fraction(low) <= number) and (math.isinf(high) or number <= Fraction(high))


@pytest.mark.parametrize(
    ("enclose", "exact"),
    [
        (intervals.add, lambda x, y: x + y),
        (intervals.subtract, lambda x, y: x - y),
        (intervals.multiply, lambda x, y: x * y),
        (intervals.divide, lambda x, y: x / y if y else None),
        (intervals.larger, max),
        (intervals.smaller, min),
        (intervals.hull, lambda x, _: x),
    ],
)
@given(a=PAIRS, b=PAIRS, share=SHARES, other=SHARES)
def test_exact_results_lie_within(
    enclose: Callable[[Interval, Interval], Interval],
    exact: Callable[[Fraction, Fraction], Fraction | None],
    a: list[float],
    b: list[float],
    share: float,
    other: float,
) -> None:
    number = exact(Fraction(between(a, share)), Fraction(between(b, other)))
    assert number is None or inside(enclose(interval(a), interval(b)), number)


@given(a=PAIRS, share=SHARES, exponent=st.integers(1, 20))
def test_exact_powers_lie_within(a: list[float], share: float, exponent: int) -> None:
    assert inside(intervals.whole_power(interval(a), exponent), Fraction(between(a, share)) ** exponent)


@pytest.mark.parametrize(
    ("enclose", "call", "low", "high"),
    [
        (intervals.exponential, math.exp, -700, 700),
        (intervals.logarithm, math.log, 1e-300, 1e300),
        (intervals.root, math.sqrt, 0, 1e300),
        (intervals.sine, math.sin, -1e9, 1e9),
        (intervals.cosine, math.cos, -1e9, 1e9),
        (intervals.cosine, math.cos, -9, 9),
        (intervals.absolute, abs, -9, 9),
    ],
)
@given(data=st.data())
def test_functions_lie_within(
    enclose: Callable[[Interval], Interval],
    call: Callable[[float], float],
    low: float,
    high: float,
    data: st.DataObject,
) -> None:
    numbers = st.floats(low, high)
    ends = sorted((data.draw(numbers), data.draw(numbers)))
    found = enclose(interval(ends))
    assert found.low[0] <= call(between(ends, data.draw(SHARES))) <= found.high[0]


@given(
    a=st.tuples(*[st.just(0.0) | st.floats(1e-9, 1e6)] * 2).map(sorted),
    b=st.tuples(*[st.floats(-9, 9)] * 2).map(sorted),
)
def test_powers_of_real_exponents_lie_within(a: list[float], b: list[float]) -> None:
    found = intervals.real_power(interval(a), interval(b))
    for x in (*a, sum(a) / 2):
        for y in (*b, sum(b) / 2):
            if x or y > 0:
                assert found.low[0] <= math.pow(x, y) <= found.high[0]


def test_what_is_exact_stays_so() -> None:
    zero, some = interval([0.0, 0.0]), interval([0.1, 0.3])
    assert intervals.is_zero(intervals.multiply(zero, interval([-math.inf, math.inf])))[0]
    assert intervals.add(zero, some) == some
    assert intervals.divide(some, interval([0.0, 2.0])).low[0] == pytest.approx(0.05)
    assert np.isinf(intervals.divide(some, interval([-1.0, 2.0])).low[0])
