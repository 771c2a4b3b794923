"""Dates and times: the engine takes no text for a date, and knows some weekends only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.calendar import (
    LAST,
    Day,
    day_of,
    month_length,
    months_later,
    serial_months_later,
    serial_of,
    weekday_of,
)
from dealmodel.hosts.supplements.daycounts import days_360_europe, days_between, days_in_year, read_basis
from dealmodel.hosts.supplements.refusals import NotComputable, refuse
from dealmodel.hosts.supplements.texts import is_of_this_year, moment_in, text_of
from dealmodel.hosts.supplements.values import cells_of, each, number, one, place_of, plain_number, truth, whole

if TYPE_CHECKING:
    from collections.abc import Collection

    from dealmodel.hosts.engine_values import EngineValue

_SECONDS = 86400
_LONGEST = 32767
"""Hours, minutes or seconds that TIME takes."""
_BEFORE = tuple(-i for i in (365, 334, 306, 275, 245, 214, 184, 153, 122, 92, 61, 31))
"""The first days of the months of 1899, before all dates."""
_WEEK = 7
_WEEKENDS = {
    1: (5, 6),
    2: (6, 0),
    3: (0, 1),
    4: (1, 2),
    5: (2, 3),
    6: (3, 4),
    7: (4, 5),
    **{i: (j,) for i, j in zip(range(11, 18), (6, 0, 1, 2, 3, 4, 5), strict=True)},
}
"""Days without work by the number that stands for them; Monday is 0."""


@each
def year(serial: EngineValue) -> float:
    """Year of a date."""
    return float(day_of(number(serial)).year)


@each
def month(serial: EngineValue) -> float:
    """Month of a date."""
    return float(day_of(number(serial)).month)


@each
def day(serial: EngineValue) -> float:
    """Day of the month of a date."""
    return float(day_of(number(serial)).day)


@each
def date(year_: EngineValue, month_: EngineValue, day_: EngineValue) -> float:
    """Return the date of a year, a month and a day, which may lie outside the year and the month (DATE)."""
    given, months, days_ = map(place_of, (year_, month_, day_))
    refuse(not 0 <= given < 10000)  # noqa: PLR2004
    more, at = divmod(months - 1, 12)
    in_year = given + more + (1900 if given < 1900 else 0)  # noqa: PLR2004  years are counted from 1900
    refuse(not 1899 <= in_year < 10000)  # noqa: PLR2004
    first = serial_of(Day(in_year, at + 1, 1)) if in_year > 1899 else _BEFORE[at]  # noqa: PLR2004
    found = first + days_ - 1
    refuse(not 0 <= found <= LAST)
    return float(found)


@each
def time(hour_: EngineValue, minute_: EngineValue, second_: EngineValue) -> float:
    """Part of a day (TIME)."""
    parts = [math.trunc(number(v)) for v in (hour_, minute_, second_)]
    refuse(max(parts) > _LONGEST)
    seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
    refuse(seconds < 0)
    return seconds % _SECONDS / _SECONDS


@each
def datevalue(text: EngineValue) -> float:
    """Date that a text stands for, without its time."""
    cell = one(text)
    found = moment_in(cell) if isinstance(cell, str) else None
    if found is None and isinstance(cell, str) and is_of_this_year(cell):
        raise NotComputable
    refuse(found is None, CellError.VALUE)
    return float(math.floor(found or 0.0))


@each
def hour(serial: EngineValue) -> float:
    """Hour of a time."""
    return float(_clock(serial) // 3600)


@each
def minute(serial: EngineValue) -> float:
    """Minute of a time."""
    return float(_clock(serial) // 60 % 60)


@each
def second(serial: EngineValue) -> float:
    """Second of a time."""
    return float(_clock(serial) % 60)


@each
def timevalue(text: EngineValue) -> float:
    """Part of a day that a text stands for."""
    found = moment_in(text_of(text))
    refuse(found is None, CellError.VALUE)
    return (found or 0.0) % 1


@each
def value(text: EngineValue) -> float:
    """Read the number, date or time that a text stands for (VALUE)."""
    cell = one(text)
    refuse(isinstance(cell, bool), CellError.VALUE)
    return number(cell)


@each
def days(end: EngineValue, start: EngineValue) -> float:
    """Days from one date to another."""
    return float(_date(end) - _date(start))


@each
def edate(start: EngineValue, months: EngineValue) -> float:
    """Date some months later."""
    if start.__class__ is months.__class__ is float and start >= 0.0:
        # Time lines have it in every month: nothing else has to be asked of two numbers.
        return float(serial_months_later(int(start), int(months)))
    refuse(isinstance(start, bool) or isinstance(months, bool), CellError.VALUE)
    return float(serial_months_later(_date(start), whole(months)))


@each
def eomonth(start: EngineValue, months: EngineValue) -> float:
    """Last day of the month some months later."""
    refuse(isinstance(start, bool) or isinstance(months, bool), CellError.VALUE)
    return float(serial_months_later(_date(start), whole(months), at_end=True))


@each
def weekday(serial: EngineValue, kind: EngineValue = 1.0) -> float:
    """Day of the week."""
    moment = number(serial)
    way, date = whole(kind), _date(moment)
    from_monday = weekday_of(date)
    if way == 3:  # noqa: PLR2004  Monday is 0
        return float(from_monday)
    first = {1: 6, 2: 0, **{i: i - 11 for i in range(11, 18)}}.get(way)
    if first is None:
        refuse(when=True)
        return 0.0
    return float((from_monday - first) % _WEEK + 1)


@each
def weeknum(serial: EngineValue, kind: EngineValue = 1.0) -> float:
    """Week of the year."""
    date, way = _plain_date(serial), int(plain_number(kind))
    if way == 21:  # noqa: PLR2004  as ISO 8601 has it
        return isoweeknum(serial)  # type: ignore[no-any-return]
    first = {1: 6, 2: 0, **{i: i - 11 for i in range(11, 18)}}.get(way)
    if first is None:
        refuse(when=True)
        return 0.0
    january = date - _day_of_year(date) + 1
    return float((date - january + (weekday_of(january) - first) % _WEEK) // _WEEK + 1)


@each
def isoweeknum(serial: EngineValue) -> float:
    """Week of the year as ISO 8601 has it: the first holds the year's first Thursday."""
    date = _date(serial)
    thursday = date - weekday_of(date) + 3
    if thursday < 1:
        # The first of January 1900 was a Sunday to Excel, in the last week of the year before.
        return 52.0
    return float((_day_of_year(thursday) - 1) // _WEEK + 1)


@each
def yearfrac(start: EngineValue, end: EngineValue, basis: EngineValue = 0.0) -> float:
    """Fraction of a year between two dates, in either order."""
    first, last = sorted(day_of(_date(v)) for v in (start, end))
    kind = read_basis(basis)
    return days_between(first, last, kind) / days_in_year(first, last, kind) if first != last else 0.0


@each
def days360(start: EngineValue, end: EngineValue, european: EngineValue = 0.0) -> float:
    """Days between two dates in years of twelve months of thirty days."""
    # A time that is a second's fraction before midnight is the next day.
    first, last = (day_of(math.floor(number(v) + 0.5 / _SECONDS)) for v in (start, end))
    if truth(european):
        return float(days_360_europe(first, last))
    # Unlike the functions of bonds this one leaves an end in February as it is, and takes dates in either order.
    begin = 30 if first.day == 31 or first[1:] == (2, month_length(first.year, 2)) else first.day  # noqa: PLR2004
    end_day = 30 if last.day == 31 and begin == 30 else last.day  # noqa: PLR2004
    return float((last.year - first.year) * 360 + (last.month - first.month) * 30 + end_day - begin)


@each
def datedif(start: EngineValue, end: EngineValue, unit: EngineValue) -> float:
    """Whole years, months or days between two dates."""
    first, last = _date(start), _date(end)
    refuse(first > last)
    begin, finish = day_of(first), day_of(last)
    months = (finish.year - begin.year) * 12 + finish.month - begin.month - (finish.day < begin.day)
    code = text_of(unit).upper()
    if code == "MD":
        if finish.day >= begin.day:
            return float(finish.day - begin.day)
        before = months_later(finish._replace(day=1), -1)
        return float(last - serial_of(before) - begin.day + 1)
    if code == "YD":
        years = months // 12
        same = months_later(begin, 12 * years)
        return float(last - serial_of(same))
    found = {"Y": months // 12, "M": months, "D": last - first, "YM": months % 12}
    refuse(code not in found)
    return float(found[code])


def networkdays(start: EngineValue, end: EngineValue, holidays: EngineValue = None) -> EngineValue:
    """Days from Monday to Friday between two dates, both counted."""
    return networkdays_intl(start, end, 1.0, holidays)


def networkdays_intl(
    start: EngineValue, end: EngineValue, weekend: EngineValue = 1.0, holidays: EngineValue = None
) -> EngineValue:
    """Working days between two dates, both counted."""
    off, free = _weekend(weekend), _holidays(holidays)

    @each
    def between(first: EngineValue, last: EngineValue) -> float:
        begin, finish = _plain_date(first), _plain_date(last)
        low, high = sorted((begin, finish))
        weeks, rest = divmod(high - low + 1, _WEEK)
        worked = weeks * (_WEEK - len(off)) + sum(weekday_of(low + i) not in off for i in range(rest))
        worked -= sum(low <= date <= high and weekday_of(date) not in off for date in free)
        return float(worked if begin <= finish else -worked)

    return between(start, end)


def workday(start: EngineValue, count: EngineValue, holidays: EngineValue = None) -> EngineValue:
    """Date some days from Monday to Friday later."""
    return workday_intl(start, count, 1.0, holidays)


def workday_intl(
    start: EngineValue, count: EngineValue, weekend: EngineValue = 1.0, holidays: EngineValue = None
) -> EngineValue:
    """Date some working days later."""
    off, free = _weekend(weekend), _holidays(holidays)
    refuse(len(off) == _WEEK, CellError.VALUE)

    @each
    def later(first: EngineValue, number_of: EngineValue) -> float:
        date, left = _plain_date(first), math.floor(plain_number(number_of))
        step = 1 if left > 0 else -1
        # Whole weeks at once, and holidays off: what is left over is gone day by day.
        weeks = max(abs(left) - 1 - len(free), 0) // (_WEEK - len(off))
        days = sorted((date + step, date + step * _WEEK * weeks)) if weeks else (0, -1)
        date += step * _WEEK * weeks
        refuse(not 0 <= date <= LAST)
        idle = sum(days[0] <= day <= days[1] and weekday_of(day) not in off for day in free)
        left -= step * (weeks * (_WEEK - len(off)) - idle)
        while left:
            date += step
            refuse(not 0 <= date <= LAST)
            left -= step * (weekday_of(date) not in off and date not in free)
        return float(date)

    return later(start, count)


def _date(argument: EngineValue) -> int:
    """Return an argument as a day."""
    found = math.floor(number(argument))
    refuse(not 0 <= found <= LAST)
    return found


def _plain_date(argument: EngineValue) -> int:
    """Return an argument as a day where TRUE and FALSE are none."""
    found = math.floor(plain_number(argument))
    refuse(not 0 <= found <= LAST)
    return found


def _clock(argument: EngineValue) -> int:
    """Return the second of the day, rounded."""
    moment = number(argument)
    refuse(moment < 0)
    return math.floor(moment % 1 * _SECONDS + 0.5) % _SECONDS


def _day_of_year(serial: int) -> int:
    return serial - serial_of(day_of(serial)._replace(month=1, day=1)) + 1


def _weekend(argument: EngineValue) -> Collection[int]:
    cell = one(argument)
    if cell is None:
        return _WEEKENDS[1]
    if isinstance(cell, str):
        refuse(len(cell) != _WEEK or not set(cell) <= {"0", "1"}, CellError.VALUE)
        return tuple(i for i, mark in enumerate(cell) if mark == "1")
    kind = int(cell) if isinstance(cell, (int, float)) else 0
    refuse(kind not in _WEEKENDS)
    return _WEEKENDS[kind]


def _holidays(argument: EngineValue) -> frozenset[int]:
    return frozenset(_plain_date(cell) for cell in cells_of(argument) if cell not in (None, ""))
