"""Dates, for all trials at once, where days are counted from 1900 and lie after the first year.

The 29 February 1900, which never was, and what is no number are left to the engine.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dealmodel.hosts.supplements.calendar import LAST
from dealmodel.hosts.supplements.daycounts import ACTUAL, ACTUAL_365, EURO_30_360, US_30_360
from dealmodel.hosts.supplements.values import NEARLY_WHOLE
from dealmodel.simulation.compiler.careful.natively import Found, UnsureError, numbers, of_dates, truths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

    Mask = NDArray[np.bool_]
    Whole = NDArray[np.int64]

_FIRST = 367
"""The first of January 1901."""
_EPOCH = 25569
"""The first of January 1970, from which NumPy counts."""
_MOST = 1e6
"""Months and days, either way, beyond which the engine is asked."""
_SECOND = 1 / 86400
_FEBRUARY = 2
_BASES = 5


class _Dates(NamedTuple):
    """Days of the calendar."""

    year: Whole
    month: Whole
    day: Whole


def _date(serial: Boxed) -> tuple[Whole, Mask]:
    """Return the days of serial numbers, and where they are such."""
    sure = np.asarray((serial >= _FIRST) & (serial < LAST + 1))
    return np.floor(np.where(sure, serial, _FIRST)).astype(np.int64), sure


def _whole(number: Boxed, cut: Callable[[Boxed], Boxed] = np.trunc) -> tuple[Whole, Mask]:
    sure = np.asarray(np.abs(number) < _MOST)
    return cut(np.where(sure, number, 0.0)).astype(np.int64), sure


def _place(number: Boxed) -> Boxed:
    """Return numbers cut off below, but for what lacks nearly nothing to the next whole one."""
    return np.floor(number + NEARLY_WHOLE)


def _split(serial: Whole) -> _Dates:
    days = (serial - _EPOCH).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    since = months.astype(np.int64)
    day: Whole = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    return _Dates(1970 + since // 12, since % 12 + 1, day)


def _first_of(months: Whole) -> Whole:
    """Return the first days of months, counted from the begin of the year 0."""
    since: Any = (months - 1970 * 12).astype("datetime64[M]")
    days: Whole = since.astype("datetime64[D]").astype(np.int64) + _EPOCH
    return days


def _months(dates: _Dates) -> Whole:
    return np.asarray(dates.year * 12 + dates.month - 1)


def _in_range(serial: Whole) -> Mask:
    return np.asarray((serial >= _FIRST) & (serial <= LAST))


def _of(count: int, function: Callable[..., Found]) -> Callable[[Sequence[Value]], Found]:
    return lambda args: function(*numbers(args, *[None] * count))


def _part(which: Callable[[_Dates], Whole]) -> Callable[[Sequence[Value]], Found]:
    """Return MONTH or DAY."""

    def body(args: Sequence[Value]) -> Found:
        serial, sure = _date(*numbers(args, None))
        return Found(which(_split(serial)).astype(np.float64), sure)

    return body


def date_of(*parts: Boxed) -> Found:
    """Return the day of a year, a month and a day of it, which may lie outside of both."""
    (year, is_year), (month, is_month), (day, is_day) = (_whole(part, _place) for part in parts)
    sure = is_year & is_month & is_day & (year >= 0) & (year < 10000)  # noqa: PLR2004  the years that DATE takes
    # Years are counted from 1900 before it.
    months = (year + np.where(year < 1900, 1900, 0)) * 12 + month - 1  # noqa: PLR2004
    sure = sure & (months >= 1901 * 12) & (months < 10000 * 12)
    found = _first_of(np.where(sure, months, 1970 * 12)) + day - 1
    return Found(found.astype(np.float64), np.asarray(sure & _in_range(found)))


def months_later(start: Boxed, months: Boxed, *, at_end: bool = False) -> Found:
    """Return the same day of another month, or that month's last day where it is shorter or where that is asked for."""
    (serial, is_date), (more, is_count) = _date(start), _whole(months)
    date = _split(serial)
    at = _months(date) + more
    sure = is_date & is_count & (at >= 1901 * 12) & (at < 10000 * 12)
    at = np.where(sure, at, 1970 * 12)
    first = _first_of(at)
    length = _first_of(at + 1) - first
    day = length if at_end else np.minimum(date.day, length)
    return Found((first + day - 1).astype(np.float64), np.asarray(sure))


def days_between(end: Boxed, start: Boxed) -> Found:
    """Return the days from one date to another."""
    (end_day, is_end), (start_day, is_start) = _date(end), _date(start)
    return Found((end_day - start_day).astype(np.float64), np.asarray(is_end & is_start))


def year_of(serial: Boxed) -> Found:
    """Return the year of a date."""
    days, sure = _date(serial)
    return Found(_split(days).year.astype(np.float64), sure)


def _weekday(args: Sequence[Value]) -> Found:
    moment, kind = numbers(args, None, 1.0)
    serial, sure = _date(moment)
    way, is_way = _whole(kind)
    from_monday = (serial - 2) % 7
    starts = np.full(18, -1)
    starts[[1, 2, *range(11, 18)]] = [6, 0, *range(7)]
    first = starts[np.clip(way, 0, len(starts) - 1)]
    monday_is_0 = way == 3  # noqa: PLR2004
    found = np.where(monday_is_0, from_monday, (from_monday - first) % 7 + 1)
    sure = sure & is_way & (monday_is_0 | ((first >= 0) & (way < len(starts)) & (way > 0)))
    return Found(found.astype(np.float64), np.asarray(sure))


# -- day counts --------------------------------------------------------------------------------------------------------


def _leap(year: Whole) -> Mask:
    return np.asarray((year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0)))


def _is_february_end(date: _Dates) -> Mask:
    return np.asarray((date.month == _FEBRUARY) & (date.day == 28 + _leap(date.year)))


def _thirties(first: _Dates, last: _Dates, begin: Whole, end: Whole) -> Whole:
    return np.asarray((_months(last) - _months(first)) * 30 + end - begin)


def _days_360(first: _Dates, last: _Dates) -> Whole:
    """Return days as bonds of the United States count them; see `daycounts.days_360`."""
    begins_february_end = _is_february_end(first)
    end = np.where(_is_february_end(last) & begins_february_end, 30, last.day)
    end = np.where((end == 31) & (first.day >= 30), 30, end)  # noqa: PLR2004  the rule's own days
    begin = np.where((first.day == 31) | begins_february_end, 30, first.day)  # noqa: PLR2004
    return _thirties(first, last, begin, end)


def _days_360_europe(first: _Dates, last: _Dates) -> Whole:
    return _thirties(first, last, np.minimum(first.day, 30), np.minimum(last.day, 30))


def _actual_year(first: _Dates, last: _Dates) -> Boxed:
    """Return the length of a year between two dates; see `daycounts.days_in_year`."""
    later_in_year = _months(last) % 12 * 32 + last.day > _months(first) % 12 * 32 + first.day
    is_long = (last.year > first.year + 1) | ((last.year == first.year + 1) & later_in_year)
    whole = _first_of((last.year + 1) * 12) - _first_of(first.year * 12)
    same = first.year == last.year
    is_leap_day = (last.month == _FEBRUARY) & (last.day == 29)  # noqa: PLR2004
    across = (_leap(first.year) & (first.month <= _FEBRUARY)) | (_leap(last.year) & (last.month > _FEBRUARY))
    holds = (same & _leap(first.year)) | is_leap_day | (~same & across)
    return np.where(is_long, whole / (last.year - first.year + 1), np.where(holds, 366.0, 365.0))


def _year_fraction(args: Sequence[Value]) -> Found:
    start, end, basis = numbers(args, None, None, 0.0)
    if basis.ndim or not 0 <= basis < _BASES:
        raise UnsureError
    return year_fraction(start, end, int(basis))


def year_fraction(start: Boxed, end: Boxed, kind: int) -> Found:
    """Return the fraction of a year between two dates, in either order, by a way of counting days."""
    (a, is_start), (b, is_end) = _date(start), _date(end)
    low, high = np.minimum(a, b), np.maximum(a, b)
    first, last = _split(low), _split(high)
    if kind == US_30_360:
        found = _days_360(first, last) / 360.0
    elif kind == EURO_30_360:
        found = _days_360_europe(first, last) / 360.0
    else:
        year = _actual_year(first, last) if kind == ACTUAL else 365.0 if kind == ACTUAL_365 else 360.0
        found = (high - low) / year
    # The year after the last one that there is begins on no day.
    is_sure = is_start & is_end & (last.year < 9999)  # noqa: PLR2004
    return Found(np.where(low == high, 0.0, found), np.asarray(is_sure))


def _days360(args: Sequence[Value]) -> Found:
    """Return DAYS360; the sheet's own, which takes dates in either order and an end in February as it is."""
    start, end, european = numbers(args, None, None, 0.0)
    # A time that is a second's fraction before midnight is the next day.
    (a, is_start), (b, is_end) = _date(start + 0.5 * _SECOND), _date(end + 0.5 * _SECOND)
    first, last = _split(a), _split(b)
    begin = np.where((first.day == 31) | _is_february_end(first), 30, first.day)  # noqa: PLR2004
    american = _thirties(first, last, begin, np.where((last.day == 31) & (begin == 30), 30, last.day))  # noqa: PLR2004
    is_european, is_told = truths(european)
    found = np.where(is_european, _days_360_europe(first, last), american)
    return Found(found.astype(np.float64), np.asarray(is_start & is_end & is_told))


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    "YEAR": _of(1, year_of),
    "MONTH": _part(lambda d: d.month),
    "DAY": _part(lambda d: d.day),
    "DATE": _of(3, date_of),
    "EDATE": _of(2, months_later),
    "EOMONTH": _of(2, functools.partial(months_later, at_end=True)),
    "DAYS": _of(2, days_between),
    "WEEKDAY": _weekday,
    "DAYS360": _days360,
    "YEARFRAC": _year_fraction,
}
DATES: dict[str, Function] = {name: of_dates(name, body) for name, body in _BODIES.items()}
