"""Depreciation: declining balance over any part of an asset's life, and the two French methods.

References
----------
.. [1] Microsoft, documentation of DB, DDB, VDB, AMORDEGRC and AMORLINC.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.calendar import Day, day_of, is_leap
from dealmodel.hosts.supplements.daycounts import ACTUAL, ACTUAL_360, ACTUAL_365, days_between, read_basis
from dealmodel.hosts.supplements.refusals import NotComputable, refuse
from dealmodel.hosts.supplements.values import number, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_MONTHS = 12
MANY_PERIODS = 100_000
"""Periods beyond which nothing is depreciated step by step."""
_COEFFICIENTS = ((7, 2.5), (5, 2.0), (3, 1.5))
"""By which the French degressive method multiplies the rate, for lives from seven, from five, from three years."""


def db(
    cost: EngineValue, salvage: EngineValue, life: EngineValue, period: EngineValue, month: EngineValue = 12.0
) -> float:
    """Depreciation of one period at a fixed rate on the book value."""
    value, rest, years, time, first = number(cost), number(salvage), number(life), number(period), whole(month)
    refuse(min(value, rest) < 0 or years <= 0 or not 1 <= first <= _MONTHS)
    refuse(not 0 < time <= years + (first < _MONTHS))
    at = max(int(time), 1)
    if not value:
        return 0.0
    rate = round(1 - math.pow(rest / value, 1 / years), 3)
    lost = value * rate * first / _MONTHS
    if at == 1:
        return lost
    for _ in range(2, at):
        before, lost = lost, lost + (value - lost) * rate
        if lost == before:
            break
    return (value - lost) * rate * ((_MONTHS - first) / _MONTHS if at > years else 1)


def ddb(
    cost: EngineValue, salvage: EngineValue, life: EngineValue, period: EngineValue, factor: EngineValue = 2.0
) -> float:
    """Depreciation of one period at a multiple of the straight rate on the book value."""
    value, rest, years, at, speed = map(number, (cost, salvage, life, period, factor))
    refuse(min(value, rest) < 0 or min(years, at, speed) <= 0 or at > years)
    if value <= rest:
        return 0.0
    if at < 1:
        return min(value * speed / years, value - rest)
    rate = speed / years
    if at > 2 and at % 1 and rate < 1:  # noqa: PLR2004
        before = value * math.pow(1 - rate, at - 1)
        return max(min(before * rate, before - rest), 0.0)
    begin = at - 1 if at >= 2 else 0.0  # noqa: PLR2004  a first period may be longer than one
    return _written_off(value, rest, years, at, speed) - _written_off(value, rest, years, begin, speed)


def vdb(
    cost: EngineValue,
    salvage: EngineValue,
    life: EngineValue,
    start: EngineValue,
    end: EngineValue,
    factor: EngineValue = 2.0,
    no_switch: EngineValue = 0.0,
) -> float:
    """Depreciation between two points of an asset's life, switching to straight line where that is more."""
    value, rest, years, begin, finish, speed = map(number, (cost, salvage, life, start, end, factor))
    switch = not number(no_switch)
    refuse(min(value, rest, begin) < 0 or years <= 0 or speed <= 0 or not begin <= finish <= years)
    if not switch:
        return _written_off(value, rest, years, finish, speed) - _written_off(value, rest, years, begin, speed)
    done = [_switched(value, rest, years, time, speed, begin % 1) for time in (begin, finish)]
    return done[1] - done[0]


def amorlinc(
    cost: EngineValue,
    purchased: EngineValue,
    first_period: EngineValue,
    salvage: EngineValue,
    period: EngineValue,
    rate: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Depreciation of one period by the French straight-line method."""
    value, rest, at, percent = number(cost), number(salvage), whole(period), number(rate)
    part = _first_part(purchased, first_period, basis)
    refuse(value < 0 or not 0 <= rest <= value or at < 0 or percent <= 0)
    if value == rest or at > math.ceil(1 / percent):
        return 0.0
    left = value - rest
    if at > MANY_PERIODS:
        left = max(left - value * percent * (at - 1 + (part or 1.0)), 0.0)
        return min(value * percent, left)
    for i in range(at + 1):
        written = min(value * percent * (part if i == 0 and part else 1.0), left)
        left -= written
    return written


def amordegrc(
    cost: EngineValue,
    purchased: EngineValue,
    first_period: EngineValue,
    salvage: EngineValue,
    period: EngineValue,
    rate: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Depreciation of one period by the French degressive method, in whole units of the currency."""
    value, rest, at, percent = number(cost), number(salvage), whole(period), number(rate)
    part = _first_part(purchased, first_period, basis)
    refuse(value < 0 or not 0 <= rest <= value or at < 0 or percent <= 0)
    years = 1 / percent
    if min(at, years) > MANY_PERIODS:
        raise NotComputable
    refuse(years < 3 or 4 < years < 5)  # noqa: PLR2004  for which the method has no coefficient
    if value == rest or at > math.ceil(years):
        return 0.0
    speed = percent * next(coefficient for least, coefficient in _COEFFICIENTS if math.ceil(years) >= least)
    life = math.ceil(years) + bool(part)
    written = _rounded(min(value * speed * (part or 1.0), value - rest))
    left = value - written
    for i in range(1, at + 1):
        last_but_one = life - i - 1 == 2  # noqa: PLR2004  from here on half of what is left, then all of it
        written = left * (0.5 if last_but_one else speed)
        speed = 1.0 if last_but_one else speed
        written = 0.0 if left < rest else written
        left -= written
    return _rounded(written) if at else written


def _written_off(cost: float, salvage: float, life: float, time: float, factor: float) -> float:
    """Return what is written off from the begin of life to a time; within a period it grows evenly."""
    if time > MANY_PERIODS and factor < life:
        # So many steps are one power.
        return min(-cost * math.expm1(time * math.log1p(-factor / life)), cost - salvage)
    done = 0.0
    for period in range(math.ceil(time)):
        share = min(1.0, time - period)
        done += min((cost - done) * factor / life, cost - salvage - done) * share
    return done


def _switched(cost: float, salvage: float, life: float, time: float, factor: float, begin: float) -> float:
    """Return the same where straight line takes over as soon as it is more.

    Periods are counted from the part of one with which the depreciation that is asked for begins.
    """
    done, at = 0.0, 0.0
    while at < time and done != cost - salvage:
        if at > MANY_PERIODS:
            raise NotComputable
        step = begin if begin and not at else 1.0
        share = min(step, time - at)
        declining = min((cost - done) * factor / life, cost - salvage - done)
        straight = (cost - done - salvage) / (life - at)
        # What is left of a life that is no whole number of periods is not written off any more.
        done += 0.0 if share < step and at == int(life) and straight > declining else max(declining, straight) * share
        at += step
    return done


def _first_part(purchased: EngineValue, first_period: EngineValue, basis: EngineValue) -> float:
    """Return the part of a year before the first period ends; 0 where an asset is bought on that day."""
    kind = read_basis(basis)
    bought, end = (_without_leap_day(day_of(whole(v)), kind) for v in (purchased, first_period))
    refuse(kind == ACTUAL_360 or bought > end)
    year = 366 if kind == ACTUAL and is_leap(bought.year) else 365 if kind in (ACTUAL, ACTUAL_365) else 360
    return days_between(bought, end, kind) / year


def _without_leap_day(day: Day, basis: int) -> Day:
    return day._replace(day=28) if basis in (ACTUAL, ACTUAL_365) and day[1:] == (2, 29) else day


def _rounded(amount: float) -> float:
    """Return whole units, a half up."""
    return math.floor(round(amount, 13) + 0.5)
