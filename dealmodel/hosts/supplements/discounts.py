"""Securities sold at a discount, and their fractions of a year by day-count basis."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.values import number, refuse, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue


def disc(
    settlement: EngineValue,
    maturity: EngineValue,
    price: EngineValue,
    redemption: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Discount rate of a security."""
    paid, back = number(price), number(redemption)
    refuse(min(paid, back) <= 0)
    return (1 - paid / back) / _years(settlement, maturity, basis)


def intrate(
    settlement: EngineValue,
    maturity: EngineValue,
    investment: EngineValue,
    redemption: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Interest rate of a fully invested security; YIELDDISC is the same formula per 100 of face value."""
    paid, back = number(investment), number(redemption)
    refuse(min(paid, back) <= 0)
    return (back / paid - 1) / _years(settlement, maturity, basis)


def received(
    settlement: EngineValue,
    maturity: EngineValue,
    investment: EngineValue,
    discount: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Amount received at maturity."""
    paid, rate = number(investment), number(discount)
    refuse(min(paid, rate) <= 0)
    return paid / (1 - rate * _years(settlement, maturity, basis))


def pricedisc(
    settlement: EngineValue,
    maturity: EngineValue,
    discount: EngineValue,
    redemption: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Price of a discounted security."""
    rate, back = number(discount), number(redemption)
    refuse(min(rate, back) <= 0)
    return back * (1 - rate * _years(settlement, maturity, basis))


def _years(settlement: EngineValue, maturity: EngineValue, basis: EngineValue) -> float:
    """Return the fraction of a year between two dates: 30/360 (0, 4), actual/actual, /360 or /365 (1, 2, 3)."""
    first, last, kind = whole(settlement), whole(maturity), whole(basis)
    refuse(first < 1 or first >= last or kind not in range(5))
    if kind in (2, 3):
        return (last - first) / (360 if kind == 2 else 365)  # noqa: PLR2004
    begin, end = (date(1899, 12, 30) + timedelta(days=day) for day in (first, last))
    if kind == 1:
        return (last - first) / _days_in_year(begin, end)
    days = [begin.day, end.day]
    if kind == 0:
        last_of_february = begin.month == 2 and begin.day == calendar.monthrange(begin.year, 2)[1]  # noqa: PLR2004
        days[0] = 30 if last_of_february else min(days[0], 30)
        days[1] = 30 if days[1] == 31 and days[0] == 30 else days[1]  # noqa: PLR2004
    else:
        days = [min(day, 30) for day in days]
    return (360 * (end.year - begin.year) + 30 * (end.month - begin.month) + days[1] - days[0]) / 360


def _days_in_year(begin: date, end: date) -> float:
    """Return the length of a year as the actual/actual basis counts it."""
    if (end.year, end.month, end.day) <= (begin.year + 1, begin.month, begin.day):
        leap_days = [date(year, 2, 29) for year in range(begin.year, end.year + 1) if calendar.isleap(year)]
        same_leap_year = begin.year == end.year and calendar.isleap(begin.year)
        return 366.0 if same_leap_year or any(begin <= day <= end for day in leap_days) else 365.0
    years = range(begin.year, end.year + 1)
    return sum(366 if calendar.isleap(year) else 365 for year in years) / len(years)
