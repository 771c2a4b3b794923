"""Dates as serial numbers, counted in days as Excel counts them: with 29 February 1900, which never was."""

from __future__ import annotations

import contextlib
import functools
from contextvars import ContextVar
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.supplements.refusals import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

LAST = 2958465
"""31 December 9999."""
FROM_1904 = 1462
"""Days between the begins of the two calendars."""
_FICTITIOUS = 60
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of the months in common years."""
_EPOCH = date(1899, 12, 30)
_EPOCH_NUMBER = _EPOCH.toordinal()
_FIRST_WHOLE_YEAR, _LAST_YEAR = 1901, 9999
"""Years in which every day is one to everyone."""
_shift: ContextVar[int] = ContextVar("days by which serial numbers are lower than Excel's own", default=0)


class Day(NamedTuple):
    """A day of Excel's calendar."""

    year: int
    month: int
    day: int


def day_of(serial: float) -> Day:
    """Return the day of a serial number; 0 is 0 January 1900.

    Examples
    --------
    >>> day_of(60), day_of(61)
    (Day(year=1900, month=2, day=29), Day(year=1900, month=3, day=1))
    """
    number = int(serial) + _shift.get()
    refuse(serial < 0 or number > LAST)
    return _day_of(number)


@functools.cache
def _day_of(whole: int) -> Day:
    if whole == 0:
        return Day(1900, 1, 0)
    if whole == _FICTITIOUS:
        return Day(1900, 2, 29)
    found = _EPOCH + timedelta(days=whole + (whole < _FICTITIOUS))
    return Day(found.year, found.month, found.day)


def serial_of(day: Day) -> int:
    """Return the serial number of a day that exists."""
    number = _number_of(day) - _shift.get()
    refuse(number < 0)
    return number


@functools.cache
def _number_of(day: Day) -> int:
    """Return the days from the begin of 1900."""
    if day == (1900, 2, 29):
        return _FICTITIOUS
    if day.day == 0:
        return _number_of(day._replace(day=1)) - 1
    refuse(not 1900 <= day.year <= 9999)  # noqa: PLR2004  the years of Excel's calendar
    number = date(day.year, day.month, day.day).toordinal() - _EPOCH.toordinal()
    return number - (number <= _FICTITIOUS)


@contextlib.contextmanager
def counting_from_1904() -> Iterator[None]:
    """Take serial numbers for days since 1 January 1904."""
    token = _shift.set(FROM_1904)
    try:
        yield
    finally:
        _shift.reset(token)


def weekday_of(serial: int) -> int:
    """Return the day of the week of a serial number; Monday is 0."""
    return (serial + _shift.get() - 2) % 7


def month_length(year: int, month: int) -> int:
    """Return the number of days of a month."""
    if month != 2:  # noqa: PLR2004  February
        return _LENGTHS[month - 1]
    return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0 or year == 1900) else 28  # noqa: PLR2004  to Excel


def is_month_end(day: Day) -> bool:
    """Whether a day is the last of its month."""
    return day.day == month_length(day.year, day.month)


def is_leap(year: int) -> bool:
    """Whether a year has a 29 February."""
    return month_length(year, 2) == 29  # noqa: PLR2004


@functools.lru_cache(maxsize=2**14)
def months_later(day: Day, months: int, *, at_end: bool = False) -> Day:
    """Return the same day of another month, or that month's last day where it is shorter or where that is asked for.

    Examples
    --------
    >>> months_later(Day(2011, 1, 31), 1)
    Day(year=2011, month=2, day=28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    refuse(not 1900 <= year <= 9999)  # noqa: PLR2004  the years of Excel's calendar
    last = month_length(year, month + 1)
    return Day(year, month + 1, last if at_end else min(day.day, last))


def serial_months_later(serial: int, months: int, *, at_end: bool = False) -> int:
    """Return the same of a serial number, which time lines ask for in every month.

    Examples
    --------
    >>> serial_months_later(40574, 1), serial_months_later(31, 1), serial_months_later(40574, 1, at_end=True)
    (40602, 60, 40602)
    """
    shift = _shift.get()
    number = serial + shift
    if _FICTITIOUS < number <= LAST:
        # From March 1900 on, Excel's calendar is everyone's.
        day = date.fromordinal(number + _EPOCH_NUMBER)
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        if _FIRST_WHOLE_YEAR <= year <= _LAST_YEAR:
            last = month_length(year, month + 1)
            found = date(year, month + 1, last if at_end else min(day.day, last)).toordinal() - _EPOCH_NUMBER - shift
            refuse(found < 0)
            return found
    return serial_of(months_later(day_of(serial), months, at_end=at_end))
