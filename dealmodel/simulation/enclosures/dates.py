"""How dates are enclosed, where days are counted from 1900: they move in steps, and never back."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import OMITTED_TEXT
from dealmodel.hosts.supplements.daycounts import ACTUAL
from dealmodel.simulation.compiler.careful.functions import dates
from dealmodel.simulation.enclosures import arithmetic, intervals
from dealmodel.simulation.enclosures.choices import fixed, number
from dealmodel.simulation.enclosures.enclosure import Enclosure, Item, NotEnclosedError, finished, in_part
from dealmodel.simulation.enclosures.intervals import ALL, ZERO, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.simulation.compiler.careful.natively import Found

    Rule = Callable[[list[Item]], Item]

_LONGEST_YEAR, _SHORTEST_YEAR = 366.0, 365.0
_BASES = range(5)


def _stepped(low: Found, high: Found, *operands: Enclosure) -> Enclosure:
    """Return what lies between two ends, and is level where these are the same."""
    sure = np.asarray(low.sure & high.sure)
    value = intervals.where(sure, Interval(low.result, high.result), ALL)
    level = sure & (low.result == high.result)
    return finished(value, intervals.where(level, ZERO, ALL), *operands, own=in_part(~sure, np.zeros_like(sure)))


def _rising(function: Callable[..., Found]) -> Rule:
    """Return a rule for a function that never falls along any of its arguments."""

    def rule(args: list[Item]) -> Item:
        given = [number(a) for a in args]
        return _stepped(function(*(g.value.low for g in given)), function(*(g.value.high for g in given)), *given)

    return rule


def _days(args: list[Item]) -> Item:
    end, start = number(args[0]), number(args[1])
    low = dates.days_between(end.value.low, start.value.high)
    return _stepped(low, dates.days_between(end.value.high, start.value.low), end, start)


def _year_fraction(args: list[Item]) -> Item:
    start, end = number(args[0]), number(args[1])
    given = args[2] if len(args) > 2 and args[2] != OMITTED_TEXT else 0.0  # noqa: PLR2004
    basis = int(fixed(given, "a way to count days"))
    if basis not in _BASES:
        raise NotEnclosedError("a way to count days that there is not")
    if (start.value.high >= end.value.low).any():
        if (end.value.high >= start.value.low).any():
            raise NotEnclosedError("YEARFRAC of dates that may come in either order")
        start, end = end, start
    if basis == ACTUAL:
        # The years between have 365 or 366 days each.
        days = number(_days([end, start]))
        year = Interval(np.array(_SHORTEST_YEAR), np.array(_LONGEST_YEAR))
        found = arithmetic.divide(days, Enclosure(year, ALL, days.error))
        return found._replace(slope=ALL)
    near = dates.year_fraction(start.value.high, end.value.low, basis)
    return _stepped(near, dates.year_fraction(start.value.low, end.value.high, basis), start, end)


DATED: dict[str, Rule] = {
    "YEAR": _rising(dates.year_of),
    "DATE": _rising(dates.date_of),
    "EDATE": _rising(dates.months_later),
    "EOMONTH": _rising(functools.partial(dates.months_later, at_end=True)),
    "DAYS": _days,
    "YEARFRAC": _year_fraction,
}
