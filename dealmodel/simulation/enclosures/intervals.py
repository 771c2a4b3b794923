"""Interval arithmetic over arrays: each result holds every value that its operands allow, whatever is rounded how.

Ends are rounded outward, so that a result encloses the exact value and what floating point makes of it. Many intervals
are worked on at once. An end may be infinite; an empty interval has its ends the wrong way round.

References
----------
.. [1] R. E. Moore, R. B. Kearfott, M. J. Cloud, *Introduction to Interval Analysis*, SIAM 2009, ch. 2 and 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Mask = NDArray[np.bool_]

_ULP = 2.0**-52
_TINY = 5e-324
_LARGEST = float(np.finfo(np.float64).max)
_LIBRARY = 8
"""Last digits, in units of the last place, by which a function of NumPy or SciPy may be off; mostly it is one."""


class Interval(NamedTuple):
    """All numbers from `low` to `high`, many times over."""

    low: Values
    high: Values


def exactly(number: float | Values) -> Interval:
    """Return intervals of one number each."""
    array = np.asarray(number, dtype=np.float64)
    return Interval(array, array)


ALL = Interval(np.array(-np.inf), np.array(np.inf))
EMPTY = Interval(np.array(np.inf), np.array(-np.inf))
ZERO = exactly(0.0)
ONE = exactly(1.0)


def holds(a: Interval, number: float | Values) -> Mask:
    """Return where a number is within."""
    return np.asarray((a.low <= number) & (number <= a.high))


def is_zero(a: Interval) -> Mask:
    """Return where an interval is 0 alone."""
    return np.asarray((a.low == 0) & (a.high == 0))


def where(mask: Mask, yes: Interval, no: Interval) -> Interval:
    """Return one interval or the other."""
    return Interval(np.where(mask, yes.low, no.low), np.where(mask, yes.high, no.high))


def hull(a: Interval, b: Interval) -> Interval:
    """Return the smallest intervals that hold both."""
    return Interval(np.minimum(a.low, b.low), np.maximum(a.high, b.high))


def meet(a: Interval, b: Interval) -> Interval:
    """Return what two intervals have in common."""
    return Interval(np.maximum(a.low, b.low), np.minimum(a.high, b.high))


def widened(a: Interval, ulps: float | Values, size: Values | None = None) -> Interval:
    """Return intervals with both ends moved outward by so many units of their last place, or of that of a size."""
    low, high = (np.abs(a.low), np.abs(a.high)) if size is None else (size, size)
    with np.errstate(invalid="ignore", over="ignore"):
        low, high = a.low - ulps * _ULP * low - _TINY, a.high + ulps * _ULP * high + _TINY
    # What overflows is beyond the largest number, not beyond all.
    low, high = np.where(a.low == np.inf, _LARGEST, low), np.where(a.high == -np.inf, -_LARGEST, high)
    return _known(low, high)


def _known(low: Values, high: Values) -> Interval:
    """Return intervals whose ends, where they are not known, are infinite."""
    return Interval(np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high))


def _outward(low: Values, high: Values) -> Interval:
    return _known(np.nextafter(low, -np.inf), np.nextafter(high, np.inf))


# -- arithmetic --------------------------------------------------------------------------------------------------------


def add(a: Interval, b: Interval) -> Interval:
    """Return sums; one with 0 is exact."""
    if a is ZERO or b is ZERO:
        return b if a is ZERO else a
    with np.errstate(invalid="ignore", over="ignore"):
        low, high = a.low + b.low, a.high + b.high
    found = _outward(low, high)
    low = np.where((a.low == 0) | (b.low == 0), low, found.low)
    high = np.where((a.high == 0) | (b.high == 0), high, found.high)
    return _known(low, high)


def negative(a: Interval) -> Interval:
    """Return intervals with the other sign."""
    if a is ZERO:
        return ZERO
    return Interval(-a.high, -a.low)


def subtract(a: Interval, b: Interval) -> Interval:
    """Return differences."""
    return add(a, negative(b))


def multiply(a: Interval, b: Interval) -> Interval:
    """Return products; one with 0 is 0, that of an end that is infinite, too: no number is."""
    if a is ZERO or b is ZERO:
        return ZERO
    return _of_corners(np.multiply, a, b, exact=lambda x, y: (x == 0) | (y == 0))


def divide(a: Interval, b: Interval) -> Interval:
    """Return quotients; by an interval that holds 0 within, all numbers, and half of them where 0 is its end."""
    if a is ZERO:
        return where(holds(b, 0.0), ALL, ZERO) if holds(b, 0.0).any() else ZERO
    plain = _of_corners(np.divide, a, b, exact=lambda x, _y: x == 0)
    if not holds(b, 0.0).any():
        return plain
    inside = (b.low < 0) & (b.high > 0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        above = Interval(np.nextafter(1 / b.high, -np.inf), np.array(np.inf))
        below = Interval(np.array(-np.inf), np.nextafter(1 / b.low, np.inf))
    at_low, at_high = (b.low == 0) & (b.high > 0), (b.high == 0) & (b.low < 0)
    found = where(at_low, multiply(a, above), where(at_high, multiply(a, below), plain))
    return where(inside | is_zero(b), ALL, found)


def _of_corners(
    call: Callable[[Values, Values], Values], a: Interval, b: Interval, exact: Callable[[Values, Values], Mask]
) -> Interval:
    """Return a function of two numbers that is monotone in each of them, from its values at the ends."""
    # A number that is the same everywhere has one end.
    first, second = (end[:1] if end.low is end.high else end for end in (a, b))
    low = high = None
    with np.errstate(all="ignore"):
        for x in first:
            for y in second:
                found = call(x, y)
                is_exact = exact(x, y)
                below = np.where(is_exact, 0.0, np.nextafter(found, -np.inf))
                above = np.where(is_exact, 0.0, np.nextafter(found, np.inf))
                low = below if low is None else np.minimum(low, below)
                high = above if high is None else np.maximum(high, above)
    return _known(np.asarray(low), np.asarray(high))


# -- powers ------------------------------------------------------------------------------------------------------------


def whole_power(a: Interval, exponent: int) -> Interval:
    """Return powers with a whole exponent from 1, as a chain of products has them, too."""
    if exponent == 1:
        return a
    with np.errstate(over="ignore", under="ignore"):
        low, high = a.low**exponent, a.high**exponent
    if exponent % 2 == 0:
        low, high = (
            np.where((a.low <= 0) & (a.high >= 0), 0.0, np.minimum(low, high)),
            np.maximum(low, high),
        )
    found = widened(Interval(low, high), _LIBRARY + exponent)
    nothing = is_zero(a)
    if exponent % 2 == 0:
        found = Interval(np.maximum(found.low, 0.0), found.high)
    return where(nothing, ZERO, found)


def real_power(a: Interval, b: Interval) -> Interval:
    """Return powers of numbers from 0; one of nothing by less than nothing is infinite."""
    lows, highs = [], []
    with np.errstate(all="ignore"):
        for x in (np.maximum(a.low, 0.0), np.maximum(a.high, 0.0)):
            for y in b:
                found = widened(exactly(np.power(x, y)), _LIBRARY)
                lows.append(found.low)
                highs.append(found.high)
    low = np.minimum(np.minimum(lows[0], lows[1]), np.minimum(lows[2], lows[3]))
    high = np.maximum(np.maximum(highs[0], highs[1]), np.maximum(highs[2], highs[3]))
    # Where the base passes 1 and the exponent 0 the ends still are the extremes: it is monotone in each of the two.
    return _known(np.maximum(low, 0.0), high)


# -- functions of one number -------------------------------------------------------------------------------------------


def rising(call: Callable[[Values], Values], a: Interval, ulps: int = _LIBRARY) -> Interval:
    """Return a function that never falls, from its values at both ends."""
    with np.errstate(all="ignore"):
        return widened(Interval(np.asarray(call(a.low)), np.asarray(call(a.high))), ulps)


def stepped(call: Callable[[Values], Values], a: Interval) -> Interval:
    """Return a function that never falls and whose values are exact."""
    with np.errstate(invalid="ignore"):
        return _known(np.asarray(call(a.low)), np.asarray(call(a.high)))


def root(a: Interval) -> Interval:
    """Return square roots of what is not negative."""
    found = rising(np.sqrt, Interval(np.maximum(a.low, 0.0), a.high), 1)
    return Interval(np.maximum(found.low, 0.0), found.high)


def exponential(a: Interval) -> Interval:
    """Return powers of e."""
    found = rising(np.exp, a)
    return Interval(np.maximum(found.low, 0.0), found.high)


def logarithm(a: Interval) -> Interval:
    """Return natural logarithms of what is positive."""
    found = rising(np.log, Interval(np.maximum(a.low, 0.0), a.high))
    # Beside 1 the logarithm is small and its error as large as that of its argument.
    return Interval(np.where(a.low <= 0, -np.inf, found.low - _ULP), found.high + _ULP)


def absolute(a: Interval) -> Interval:
    """Return numbers without their signs."""
    low = np.where(holds(a, 0.0), 0.0, np.minimum(np.abs(a.low), np.abs(a.high)))
    return Interval(low, np.maximum(np.abs(a.low), np.abs(a.high)))


def larger(a: Interval, b: Interval) -> Interval:
    """Return the larger of two numbers."""
    return Interval(np.maximum(a.low, b.low), np.maximum(a.high, b.high))


def smaller(a: Interval, b: Interval) -> Interval:
    """Return the smaller of two numbers."""
    return Interval(np.minimum(a.low, b.low), np.minimum(a.high, b.high))


def cosine(a: Interval) -> Interval:
    """Return cosines: extremes at the multiples of pi within, or at the ends."""
    with np.errstate(invalid="ignore"):
        low, high = np.cos(a.low), np.cos(a.high)
        # A little wider, as pi is rounded: an extreme more makes the result wider, never wrong.
        first, last = (a.low / np.pi) * (1 - 4 * _ULP) - 1e-9, (a.high / np.pi) * (1 + 4 * _ULP) + 1e-9
        first, last = np.minimum(first, a.low / np.pi - 1e-9), np.maximum(last, a.high / np.pi + 1e-9)
        has_top = np.floor(last / 2) >= np.ceil(first / 2)
        has_bottom = np.floor((last - 1) / 2) >= np.ceil((first - 1) / 2)
    found = widened(Interval(np.minimum(low, high), np.maximum(low, high)), 2 * _LIBRARY, np.array(1.0))
    low = np.where(has_bottom, -1.0, np.maximum(found.low, -1.0))
    high = np.where(has_top, 1.0, np.minimum(found.high, 1.0))
    far = ~(np.maximum(np.abs(a.low), np.abs(a.high)) < 1e8)  # noqa: PLR2004  where the rounding of pi counts
    return where(far, Interval(np.array(-1.0), np.array(1.0)), Interval(low, high))


def sine(a: Interval) -> Interval:
    """Return sines, as cosines a quarter of a turn away."""
    quarter = widened(exactly(np.pi / 2), 2)
    return cosine(subtract(a, quarter))
