"""Operations of numbers over intervals of an input: what they can be, how steep, and where they are errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.careful.functions.single_values import half_up, is_odd_root
from dealmodel.simulation.enclosures import intervals
from dealmodel.simulation.enclosures.enclosure import (
    Enclosure,
    NotEnclosedError,
    constant,
    finished,
    flag,
    in_part,
    stepping,
)
from dealmodel.simulation.enclosures.intervals import ONE, ZERO, Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_HIGHEST = 512
"""Whole exponents up to this one are products."""
_CLOSE = 2e-14
"""Difference of two numbers, relative to them, within which fifteen digits may or may not tell them apart."""


def add(a: Enclosure, b: Enclosure) -> Enclosure:
    """Return a sum."""
    return finished(intervals.add(a.value, b.value), intervals.add(a.slope, b.slope), a, b)


def subtract(a: Enclosure, b: Enclosure) -> Enclosure:
    """Return a difference."""
    return add(a, negative(b))


def negative(a: Enclosure) -> Enclosure:
    """Return a number with the other sign."""
    return finished(intervals.negative(a.value), intervals.negative(a.slope), a)


def multiply(a: Enclosure, b: Enclosure) -> Enclosure:
    """Return a product."""
    slope = intervals.add(intervals.multiply(a.slope, b.value), intervals.multiply(a.value, b.slope))
    if a is b:
        return finished(intervals.whole_power(a.value, 2), slope, a)
    return finished(intervals.multiply(a.value, b.value), slope, a, b)


def divide(a: Enclosure, b: Enclosure) -> Enclosure:
    """Return a quotient; a division by 0 is an error."""
    value = intervals.divide(a.value, b.value)
    change = intervals.subtract(a.slope, intervals.multiply(value, b.slope))
    own = in_part(intervals.holds(b.value, 0.0), intervals.is_zero(b.value))
    return finished(value, intervals.divide(change, b.value), a, b, own=own)


def total(numbers: Sequence[Enclosure]) -> Enclosure:
    """Return a sum of many, in whichever order they are added."""
    found = constant(0.0)
    size = np.array(0.0)
    for number in numbers:
        found = add(found, number)
        with np.errstate(invalid="ignore"):
            size = size + intervals.absolute(number.value).high
    if len(numbers) > 2:  # noqa: PLR2004  two are the same in any order
        found = finished(intervals.widened(found.value, len(numbers), size), found.slope, found)
    return found


def power(a: Enclosure, b: Enclosure) -> Enclosure:
    """Return a power as a spreadsheet has it: none of nothing by nothing, and odd roots of negative numbers."""
    exponent = _fixed(b)
    if exponent is not None and exponent.is_integer() and abs(exponent) <= _HIGHEST:
        return _whole_power(a, int(exponent))
    negative_base = a.value.low < 0
    if exponent is not None and is_odd_root(exponent) and negative_base.any():
        return _odd_root(a, exponent)
    value = intervals.real_power(a.value, b.value)
    zero_base, not_above = intervals.holds(a.value, 0.0), b.value.low <= 0
    own = in_part(negative_base | (zero_base & not_above), a.value.high < 0)
    # (a^b)' = a^b (b' ln a + b a'/a)
    part = intervals.divide(intervals.multiply(b.value, a.slope), a.value)
    if not (intervals.is_zero(b.slope)).all():
        part = intervals.add(part, intervals.multiply(b.slope, intervals.logarithm(a.value)))
    return finished(value, intervals.multiply(value, part), a, b, own=own)


def _fixed(a: Enclosure) -> float | None:
    """Return a number that is the same throughout, or None."""
    low, high = a.value
    return float(low) if low.ndim == 0 and low == high else None


def _whole_power(a: Enclosure, exponent: int) -> Enclosure:
    if exponent == 0:
        zero = intervals.holds(a.value, 0.0)
        return finished(ONE, ZERO, a, own=in_part(zero, intervals.is_zero(a.value)))
    if exponent < 0:
        return divide(constant(1.0), _whole_power(a, -exponent))
    if exponent == 1:
        return a
    before = intervals.whole_power(a.value, exponent - 1)
    slope = intervals.multiply(intervals.multiply(intervals.exactly(float(exponent)), before), a.slope)
    return finished(intervals.whole_power(a.value, exponent), slope, a)


def _odd_root(a: Enclosure, exponent: float) -> Enclosure:
    """Return an odd root, which negative numbers have, too."""
    if exponent < 0:
        raise NotEnclosedError("1 over an odd root of negative numbers")
    value = intervals.rising(lambda number: np.copysign(np.abs(number) ** exponent, number), a.value)
    steep = intervals.real_power(intervals.absolute(a.value), intervals.exactly(exponent - 1))
    slope = intervals.multiply(intervals.multiply(intervals.exactly(exponent), steep), a.slope)
    return finished(value, slope, a)


# -- functions of one number -------------------------------------------------------------------------------------------


def absolute(a: Enclosure) -> Enclosure:
    """Return a number without its sign."""
    back = intervals.negative(a.slope)
    slope = intervals.where(
        a.value.low >= 0, a.slope, intervals.where(a.value.high <= 0, back, intervals.hull(a.slope, back))
    )
    return finished(intervals.absolute(a.value), slope, a)


def root(a: Enclosure) -> Enclosure:
    """Return a square root."""
    value = intervals.root(a.value)
    slope = intervals.divide(a.slope, intervals.multiply(intervals.exactly(2.0), value))
    return finished(value, slope, a, own=in_part(a.value.low < 0, a.value.high < 0))


def exponential(a: Enclosure) -> Enclosure:
    """Return a power of e."""
    value = intervals.exponential(a.value)
    return finished(value, intervals.multiply(value, a.slope), a)


def logarithm(a: Enclosure) -> Enclosure:
    """Return a natural logarithm."""
    own = in_part(a.value.low <= 0, a.value.high <= 0)
    return finished(intervals.logarithm(a.value), intervals.divide(a.slope, a.value), a, own=own)


def logarithm_to_ten(a: Enclosure) -> Enclosure:
    """Return a decimal logarithm, however it is worked out."""
    found = divide(logarithm(a), constant(float(np.log(10.0))))
    return finished(intervals.widened(found.value, 16), intervals.widened(found.slope, 16), found)


def sine(a: Enclosure) -> Enclosure:
    """Return a sine."""
    return finished(intervals.sine(a.value), intervals.multiply(intervals.cosine(a.value), a.slope), a)


def cosine(a: Enclosure) -> Enclosure:
    """Return a cosine."""
    slope = intervals.multiply(intervals.negative(intervals.sine(a.value)), a.slope)
    return finished(intervals.cosine(a.value), slope, a)


def arc_tangent(a: Enclosure) -> Enclosure:
    """Return an arc tangent."""
    square = intervals.add(ONE, intervals.whole_power(a.value, 2))
    return finished(intervals.rising(np.arctan, a.value), intervals.divide(a.slope, square), a)


def hyperbolic_tangent(a: Enclosure) -> Enclosure:
    """Return a hyperbolic tangent."""
    value = intervals.rising(np.tanh, a.value)
    rest = intervals.subtract(ONE, intervals.whole_power(value, 2))
    return finished(value, intervals.multiply(rest, a.slope), a)


def normal_below(a: Enclosure) -> Enclosure:
    """Return the probability of a standard normal number below another."""
    from scipy.special import ndtr  # noqa: PLC0415  few workbooks call it

    value = intervals.rising(ndtr, a.value, 64)
    square = intervals.divide(intervals.whole_power(a.value, 2), intervals.exactly(-2.0))
    density = intervals.divide(intervals.exponential(square), intervals.exactly(float(np.sqrt(2 * np.pi))))
    return finished(value, intervals.multiply(intervals.widened(density, 16), a.slope), a)


def whole(a: Enclosure) -> Enclosure:
    """Return the next whole number below."""
    return stepping(lambda value: intervals.stepped(np.floor, value), a)


def sign(a: Enclosure) -> Enclosure:
    """Return -1, 0 or 1."""
    return stepping(lambda value: intervals.stepped(np.sign, value), a)


def rounded(kind: str, a: Enclosure, digits: Enclosure) -> Enclosure:
    """Return ROUND, ROUNDUP, ROUNDDOWN or TRUNC to a fixed number of digits."""
    places = _fixed(digits)
    if places is None:
        raise NotEnclosedError(f"{kind} to a number of digits that varies")
    factor = 10.0 ** float(np.trunc(places))
    steps: dict[str, Callable[[intervals.Values], intervals.Values]] = {"ROUND": half_up, "ROUNDUP": np.ceil}
    step = steps.get(kind, np.floor)

    def there(number: intervals.Values) -> intervals.Values:
        return np.asarray(np.copysign(step(np.abs(number * factor)), number) / factor + 0.0)

    # The product with the factor is rounded: of the fifteen digits that count, the last may fall either way.
    return stepping(lambda value: intervals.stepped(there, intervals.widened(value, 4)), a)


def modulo(a: Enclosure, b: Enclosure) -> Enclosure:
    """Return what a division leaves: level with the dividend between its jumps."""
    return subtract(a, multiply(b, whole(_beside(divide(a, b)))))


def _beside(a: Enclosure) -> Enclosure:
    return a._replace(value=intervals.widened(a.value, 2))


# -- extremes and comparisons ------------------------------------------------------------------------------------------


def extreme(a: Enclosure, b: Enclosure, *, largest: bool) -> Enclosure:
    """Return the larger or the smaller of two numbers."""
    value = (intervals.larger if largest else intervals.smaller)(a.value, b.value)
    first, second = (a, b) if largest else (b, a)
    slope = intervals.where(
        first.value.low > second.value.high,
        a.slope,
        intervals.where(first.value.high < second.value.low, b.slope, intervals.hull(a.slope, b.slope)),
    )
    return finished(value, slope, a, b)


def compared(operator: str, a: Enclosure, b: Enclosure) -> Enclosure:
    """Return a comparison of two numbers, which go by fifteen digits."""
    below, above = _surely_below(a.value, b.value), _surely_below(b.value, a.value)
    same = (a.value.low == a.value.high) & (b.value.low == b.value.high) & (a.value.low == b.value.low)
    true, false = {
        "=": (same, below | above),
        "<>": (below | above, same),
        "<": (below, above | same),
        ">": (above, below | same),
        "<=": (below | same, above),
        ">=": (above | same, below),
    }[operator]
    return flag(np.asarray(true), np.asarray(false), a, b)


def _surely_below(a: Interval, b: Interval) -> intervals.Mask:
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.maximum(np.abs(a.high), np.abs(b.low))
        return np.asarray((a.high < b.low) & (np.isinf(size) | (b.low - a.high > _CLOSE * size)))


ONE_NUMBER: dict[str, Callable[[Enclosure], Enclosure]] = {
    "neg": negative,
    "%": lambda a: divide(a, constant(100.0)),
    "ABS": absolute,
    "SIGN": sign,
    "SQRT": root,
    "EXP": exponential,
    "LN": logarithm,
    "LOG10": logarithm_to_ten,
    "INT": whole,
    "SIN": sine,
    "COS": cosine,
    "ATAN": arc_tangent,
    "TANH": hyperbolic_tangent,
    "NORMSDIST": normal_below,
}
TWO_NUMBERS: dict[str, Callable[[Enclosure, Enclosure], Enclosure]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "^": power,
    "POWER": power,
    "MOD": modulo,
}
