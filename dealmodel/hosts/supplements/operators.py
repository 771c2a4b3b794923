"""Operators as Excel has them; the engine compares and subtracts numbers with all their binary digits.

Excel compares numbers by fifteen decimal digits, and takes for nothing the last sum or difference of a formula where
it is no more than the error of its operands.

References
----------
.. [1] Microsoft, "Floating-point arithmetic may give inaccurate results in Excel": fifteen digits, and results at
   or very close to zero.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, TypeAlias

from dealmodel.cells import CellError
from dealmodel.hosts.engine_values import to_scalar
from dealmodel.hosts.supplements.refusals import errors_as_values, refuse
from dealmodel.hosts.supplements.texts import DIGITS
from dealmodel.hosts.supplements.values import each, elements, in_rows, number, one, rank_from_top, size_of_all, truth
from dealmodel.hosts.supplements.values import plain_number as plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.cells import Scalar
    from dealmodel.hosts.engine_values import EngineValue

Key: TypeAlias = tuple[int, float | str]
Order: TypeAlias = "Callable[[Any, Any], bool]"
_NOTHING = 2.0**-51
"""Size of a difference, as part of its operands, up to which it is their error."""
_SAME_DIGITS = 1e-13
"""Size of a difference, as part of its operands, above which their first fifteen digits differ."""


def ascii_(value: EngineValue) -> bool:
    """Whether a value is a text, and of letters of which the engine knows which capitals are which small ones."""
    return isinstance(value, str) and value.isascii() and value != ""


def equal(left: EngineValue, right: EngineValue) -> EngineValue:
    """Whether two values are the same."""
    return _compared(operator.eq, left, right)


def unequal(left: EngineValue, right: EngineValue) -> EngineValue:
    """Whether two values are not the same."""
    return _compared(operator.ne, left, right)


def less(left: EngineValue, right: EngineValue) -> EngineValue:
    """Whether a value comes before another."""
    return _compared(operator.lt, left, right)


def at_most(left: EngineValue, right: EngineValue) -> EngineValue:
    """Whether a value comes before another or is the same."""
    return _compared(operator.le, left, right)


def greater(left: EngineValue, right: EngineValue) -> EngineValue:
    """Whether a value comes after another."""
    return _compared(operator.gt, left, right)


def at_least(left: EngineValue, right: EngineValue) -> EngineValue:
    """Whether a value comes after another or is the same."""
    return _compared(operator.ge, left, right)


@each
def total(left: EngineValue, right: EngineValue) -> float:
    """Sum at the end of a formula."""
    return _unless_nothing(number(left), number(right))


@each
def difference(left: EngineValue, right: EngineValue) -> float:
    """Difference at the end of a formula."""
    return _unless_nothing(number(left), -number(right))


def plain_number(value: EngineValue) -> EngineValue:
    """Operand of arithmetic: a text is the number or the date that it stands for."""
    if not isinstance(value, list):
        return number(value)
    read = errors_as_values(number)
    # Most elements are numbers already, and there may be millions of them.
    return [[cell if cell.__class__ is float else read(cell) for cell in row] for row in value]


def alone(value: EngineValue) -> EngineValue:
    """Argument of a function that passes over texts in arrays: a text that stands alone is a number or #VALUE!."""
    return number(value) if isinstance(value, str) else value


@each
def rank(value: EngineValue) -> float:
    """Rank from the top (LARGE): the next whole number where it is none, and none below the first."""
    return rank_from_top(number(value))


@each
def number_without_truths(value: EngineValue) -> float:
    """Argument of a function to which TRUE and FALSE are no numbers."""
    return plain(value)


@each
def power(base: EngineValue, exponent: EngineValue) -> float:
    """Power (^): of a negative number the odd roots too, and no zeroth power of zero."""
    number_, times = number(base), number(exponent)
    refuse(number_ == 0 == times)
    refuse(number_ == 0 > times, CellError.DIV0)
    if number_ < 0 and times % 1:
        root = round(1 / times)
        refuse(root % 2 == 0 or times != 1 / root)
        return -math.pow(-number_, times)
    return math.pow(number_, times)


@each
def as_truth(value: EngineValue) -> bool:
    """Argument that is TRUE or FALSE: a number by whether it is zero, a text by what it says."""
    return truth(value)


def chosen(condition: EngineValue, when_true: EngineValue, when_false: EngineValue = False) -> EngineValue:
    """One of two values for every element; as it is where there is one condition (IF)."""

    def one_of(which: EngineValue, first: EngineValue, second: EngineValue) -> EngineValue:
        return first if truth(which) else second

    return (each(one_of) if isinstance(condition, list) else one_of)(condition, when_true, when_false)


def unless_error(value: EngineValue, otherwise: EngineValue) -> EngineValue:
    """Value, or another one for every element that is an error (IFERROR)."""

    def one_of(found: EngineValue, instead: EngineValue) -> EngineValue:
        return instead if isinstance(to_scalar(found), CellError) else found

    return (each(one_of) if isinstance(value, list) else one_of)(value, otherwise)


def _compared(order: Order, left: EngineValue, right: EngineValue) -> EngineValue:
    """Return whether two values stand in an order, for every element of arrays."""

    def by_keys(first: EngineValue, second: EngineValue) -> bool:
        return order(*_keys(first, second))

    if not (isinstance(left, list) or isinstance(right, list)):
        return by_keys(left, right)
    with_care = errors_as_values(by_keys)

    height, width = size_of_all(left, right)
    pairs = zip(elements(left, height, width), elements(right, height, width), strict=True)
    # What the first digits tell, the others do not change; and there may be millions of elements.
    found = [
        order(a, b)
        if a.__class__ is float and b.__class__ is float and (a == b or abs(a - b) > _SAME_DIGITS * abs(a))
        else with_care(a, b)
        for a, b in pairs
    ]
    return in_rows(found, width)


def _unless_nothing(first: float, second: float) -> float:
    result = first + second
    return 0.0 if abs(result) <= _NOTHING * max(abs(first), abs(second)) else result


def _keys(left: EngineValue, right: EngineValue) -> tuple[Key, Key]:
    """Return what two values are compared by: numbers, then texts, then FALSE and TRUE."""
    first, second = one(left), one(right)
    return _key(first, second), _key(second, first)


def _key(cell: Scalar, other: Scalar) -> Key:
    if cell is None:
        # A blank is whatever the other value makes of it.
        return (1, "") if isinstance(other, str) else (2, 0.0) if isinstance(other, bool) else (0, 0.0)
    if isinstance(cell, bool):
        return 2, float(cell)
    if isinstance(cell, (int, float)):
        return 0, float(f"{cell:.{DIGITS}g}")
    return 1, str(cell).casefold()
