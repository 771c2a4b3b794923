"""How choices are enclosed: what an argument is as a number, and which of several values it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import OMITTED_TEXT, CellError
from dealmodel.simulation.enclosures import intervals
from dealmodel.simulation.enclosures.enclosure import (
    MAYBE,
    NEVER,
    SURELY,
    Choice,
    Enclosure,
    Item,
    NotEnclosedError,
    certain,
    chosen,
    constant,
    finished,
    flag,
    in_part,
    without_error,
)
from dealmodel.simulation.enclosures.intervals import ALL, EMPTY, ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence

_FAILED = Enclosure(EMPTY, ALL, np.array(SURELY, dtype=np.int8))
"""A value that is an error everywhere."""


def number(item: Item) -> Enclosure:
    """Return an argument as arithmetic takes it."""
    if isinstance(item, Enclosure):
        return item._replace(is_flag=False)
    if isinstance(item, Choice):
        return chosen(item.test, number(item.yes), number(item.no))
    if item is None:
        return constant(0.0)
    if isinstance(item, CellError):
        return _FAILED
    if isinstance(item, (bool, float, int)):
        return constant(float(item))
    if isinstance(item, list) and len(item) == len(item[0]) == 1:
        return number(item[0][0])
    raise NotEnclosedError("a text or a range where a number is wanted")


def optional(args: Sequence[Item], place: int, default: float) -> Enclosure:
    """Return an argument as a number, or its default where it is left out."""
    given = args[place] if place < len(args) else OMITTED_TEXT
    return constant(default) if given == OMITTED_TEXT else number(given)


def fixed(item: Item, what: str) -> float:
    """Return a number that is the same throughout; nothing is told where it is not."""
    found = number(item).value
    if found.low.ndim or found.low != found.high:
        raise NotEnclosedError(f"{what} varies")
    return float(found.low)


def condition(item: Item) -> Enclosure:
    """Return an argument as a condition."""
    if isinstance(item, str):
        raise NotEnclosedError("a text where a condition is wanted")
    return number(item)


def if_(args: list[Item]) -> Item:  # noqa: PLR0911  one for each kind of condition
    """Return IF: one of two values, or a choice where one of them is a text."""
    test, yes, no = [*args, False, False][:3] if len(args) < 3 else args  # noqa: PLR2004
    if isinstance(test, Choice):
        return if_([test.test, if_([test.yes, yes, no]), if_([test.no, yes, no])])
    arms = [0.0 if a is None or a == OMITTED_TEXT else a for a in (yes, no)]
    if isinstance(test, CellError):
        return test
    if isinstance(test, (bool, float)):
        return arms[0] if test else arms[1]
    told = condition(test)
    if any(isinstance(a, list) for a in arms):
        raise NotEnclosedError("a choice of ranges")
    if _is_number(arms[0]) and _is_number(arms[1]):
        return chosen(told, number(arms[0]), number(arms[1]))
    if all(isinstance(a, bool) or (isinstance(a, Enclosure) and a.is_flag) for a in arms):
        yes_flag, no_flag = (number(a)._replace(is_flag=True) for a in arms)
        return chosen(told, yes_flag, no_flag)
    holds, fails = certain(told)
    if (holds & (told.error == NEVER)).all():
        return arms[0]
    return arms[1] if (fails & (told.error == NEVER)).all() else Choice(told, arms[0], arms[1])


def _is_number(item: Item) -> bool:
    return isinstance(item, (float, CellError)) or (isinstance(item, Enclosure) and not item.is_flag)


def if_error(args: list[Item]) -> Item:
    """Return IFERROR."""
    value, otherwise = args[0], args[1] if len(args) > 1 else OMITTED_TEXT
    otherwise = 0.0 if otherwise == OMITTED_TEXT or otherwise is None else otherwise
    if isinstance(value, CellError):
        return otherwise
    if isinstance(value, Choice):
        return if_([value.test, if_error([value.yes, otherwise]), if_error([value.no, otherwise])])
    if not isinstance(value, Enclosure):
        return value
    if (value.error == NEVER).all():
        return value
    if isinstance(otherwise, str):
        held = value._replace(error=np.where(value.error == SURELY, SURELY, NEVER).astype(np.int8))
        return if_([flag(np.asarray(value.error == SURELY), np.asarray(value.error == NEVER)), otherwise, held])
    return without_error(value, number(otherwise))


def if_missing(args: list[Item]) -> Item:
    """Return IFNA."""
    value = args[0]
    if isinstance(value, Enclosure) and (value.error == NEVER).all():
        return value
    if isinstance(value, (float, bool, str)):
        return value
    # Of which kind an error is, is not kept: it may be #N/A, and it may be another.
    found = without_error(number(value), number(args[1] if len(args) > 1 else OMITTED_TEXT))
    error = np.where(number(value).error == NEVER, NEVER, np.maximum(found.error, MAYBE)).astype(np.int8)
    return Enclosure(intervals.where(found.error == SURELY, ALL, found.value), ALL, error)


def is_error(args: list[Item]) -> Item:
    """Return ISERROR."""
    value = args[0]
    if isinstance(value, Choice):
        return if_([value.test, is_error([value.yes]), is_error([value.no])])
    if not isinstance(value, Enclosure):
        return isinstance(value, CellError)
    return flag(np.asarray(value.error == SURELY), np.asarray(value.error == NEVER))


def is_a_number(args: list[Item]) -> Item:
    """Return ISNUMBER."""
    value = args[0]
    if isinstance(value, Choice):
        return if_([value.test, is_a_number([value.yes]), is_a_number([value.no])])
    if not isinstance(value, Enclosure):
        return isinstance(value, float)
    if value.is_flag:
        return False
    return flag(np.asarray(value.error == NEVER), np.asarray(value.error == SURELY))


def choose(args: list[Item]) -> Item:
    """Return CHOOSE."""
    place = number(args[0])
    return picked(place, [number(a) for a in args[1:]])


def picked(place: Enclosure, values: Sequence[Enclosure]) -> Enclosure:
    """Return one of some values by its place, from 1; beyond them is an error."""
    low, high = np.trunc(place.value.low), np.trunc(place.value.high)
    value, slope, error = EMPTY, ZERO, np.array(NEVER, dtype=np.int8)
    sure = np.array(False)  # noqa: FBT003
    for i, one in enumerate(values, start=1):
        may = (low <= i) & (i <= high)
        only = may & (low == high)
        sure = sure | (may & (one.error != SURELY))
        value = intervals.where(may, intervals.hull(value, one.value), value)
        slope = intervals.where(only, one.slope, slope)
        error = np.where(may, np.maximum(error, one.error), error).astype(np.int8)
    error = np.where((error == SURELY) & sure, MAYBE, error).astype(np.int8)
    slope = intervals.where(low == high, slope, ALL)
    outside = in_part((low < 1) | (high > len(values)), (high < 1) | (low > len(values)))
    return finished(value, slope, place, Enclosure(value, slope, error), own=outside)
