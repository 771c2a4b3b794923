"""Days and years between two dates by day-count basis, and the coupon dates of a bond.

The five bases are those of Excel: 0 US 30/360, 1 actual/actual, 2 actual/360, 3 actual/365, 4 European 30/360.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.supplements.calendar import Day, day_of, is_leap, is_month_end, months_later, serial_of
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import plain_number, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

US_30_360, ACTUAL, ACTUAL_360, ACTUAL_365, EURO_30_360 = range(5)
_FEBRUARY = 2


def read_basis(value: EngineValue) -> int:
    """Return an argument as a day-count basis."""
    basis = int(plain_number(value))
    refuse(not US_30_360 <= basis <= EURO_30_360)
    return basis


def days_360(first: Day, last: Day, *, both: bool = False) -> int:
    """Return the days between two dates in years of twelve months of thirty days, as in the United States.

    Parameters
    ----------
    first, last
        The dates.
    both
        Whether a last date at the end of its month is its 30th whatever the first is.
    """
    begin, end = first.day, last.day
    begins_february_end = first.month == _FEBRUARY and is_month_end(first)
    if last.month == _FEBRUARY and is_month_end(last) and (begins_february_end or both):
        end = 30
    if end == 31 and (begin >= 30 or both):  # noqa: PLR2004  the rule's own days
        end = 30
    if begin == 31 or begins_february_end:  # noqa: PLR2004
        begin = 30
    return _months(first, last) * 30 + end - begin


def days_360_europe(first: Day, last: Day) -> int:
    """Return the days between two dates in years of twelve months of thirty days, as in Europe."""
    return _months(first, last) * 30 + min(last.day, 30) - min(first.day, 30)


def days_between(first: Day, last: Day, basis: int) -> int:
    """Return the days between two dates."""
    if basis == US_30_360:
        return days_360(first, last)
    if basis == EURO_30_360:
        return days_360_europe(first, last)
    return serial_of(last) - serial_of(first)


def days_in_year(first: Day, last: Day, basis: int) -> float:
    """Return the length of a year between two dates."""
    if basis != ACTUAL:
        return 365.0 if basis == ACTUAL_365 else 360.0
    if last.year > first.year + 1 or (last.year == first.year + 1 and last[1:] > first[1:]):
        days = serial_of(Day(last.year + 1, 1, 1)) - serial_of(Day(first.year, 1, 1))
        return days / (last.year - first.year + 1)
    return 366.0 if _holds_leap_day(first, last) else 365.0


def years_between(first: EngineValue, last: EngineValue, basis: EngineValue) -> float:
    """Return the fraction of a year between two dates, given as arguments; the first must be the earlier."""
    begin, end, kind = day_of(whole(first)), day_of(whole(last)), read_basis(basis)
    refuse(begin >= end)
    return days_between(begin, end, kind) / days_in_year(begin, end, kind)


class Coupons(NamedTuple):
    """The coupon dates of a bond about its settlement."""

    before: Day
    """The last coupon date not after settlement."""
    after: Day
    """The first coupon date after settlement."""
    number: int
    """Coupons after settlement."""

    @classmethod
    def of(cls, settlement: Day, maturity: Day, frequency: int) -> Coupons:
        """Count coupon dates back from maturity; from a month's end they are all at month ends."""
        at_end = is_month_end(maturity)
        step = 12 // frequency
        number = 1
        while months_later(maturity, -number * step, at_end=at_end) > settlement:
            number += 1
        before, after = (months_later(maturity, -n * step, at_end=at_end) for n in (number, number - 1))
        return cls(before, after, number)

    def accrued(self, settlement: Day, basis: int) -> int:
        """Return the days from the last coupon date to settlement."""
        return days_between(self.before, settlement, basis)

    def length(self, frequency: int, basis: int) -> float:
        """Return the days of the coupon period."""
        if basis == ACTUAL:
            return float(days_between(self.before, self.after, basis))
        return (365 if basis == ACTUAL_365 else 360) / frequency


def _months(first: Day, last: Day) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _holds_leap_day(first: Day, last: Day) -> bool:
    """Whether a year at most between two dates is a leap year to Excel."""
    if (first.year == last.year and is_leap(first.year)) or last[1:] == (2, 29):
        return True
    if first.year == last.year:
        return False
    return (is_leap(first.year) and first.month <= _FEBRUARY) or (is_leap(last.year) and last.month > _FEBRUARY)
