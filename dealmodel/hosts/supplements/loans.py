"""Interest and principal of annuities; the engine is wrong where payments are due at the begin of a period."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import number, plain_number

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue


def pmt(
    rate: EngineValue,
    periods: EngineValue,
    present: EngineValue,
    future: EngineValue = 0.0,
    due: EngineValue = 0.0,
) -> float:
    """Payment of each period; no rate of minus one or below has one."""
    r, n, pv, fv = map(number, (rate, periods, present, future))
    refuse(r <= -1 or n == 0)
    return _payment(r, n, pv, fv, due=number(due) != 0)


def pv(
    rate: EngineValue,
    periods: EngineValue,
    payment: EngineValue,
    future: EngineValue = 0.0,
    due: EngineValue = 0.0,
) -> float:
    """Present value of payments; a rate of minus one divides by zero."""
    r, n, paid, fv = map(number, (rate, periods, payment, future))
    grown = _growth(r, n)
    return -(fv + _paid(r, n, paid, grown, due=number(due) != 0)) / grown


def fv(
    rate: EngineValue,
    periods: EngineValue,
    payment: EngineValue,
    present: EngineValue = 0.0,
    due: EngineValue = 0.0,
) -> float:
    """Future value of payments."""
    r, n, paid, held = map(number, (rate, periods, payment, present))
    grown = _growth(r, n)
    return -(held * grown + _paid(r, n, paid, grown, due=number(due) != 0))


def _growth(rate: float, periods: float) -> float:
    refuse(rate == -1 and periods < 0, CellError.DIV0)
    return math.pow(1 + rate, periods)


def _paid(rate: float, periods: float, payment: float, grown: float, *, due: bool) -> float:
    """Return what payments have grown to."""
    return payment * (1 + rate * due) * (grown - 1) / rate if rate else payment * periods


def ipmt(
    rate: EngineValue,
    period: EngineValue,
    periods: EngineValue,
    present: EngineValue,
    future: EngineValue = 0.0,
    due: EngineValue = 0.0,
) -> float:
    """Interest of one period."""
    return _interest(*map(number, (rate, period, periods, present, future)), due=number(due) != 0)


def ppmt(
    rate: EngineValue,
    period: EngineValue,
    periods: EngineValue,
    present: EngineValue,
    future: EngineValue = 0.0,
    due: EngineValue = 0.0,
) -> float:
    """Principal of one period."""
    payment = _payment(*map(number, (rate, periods, present, future)), due=number(due) != 0)
    return payment - ipmt(rate, period, periods, present, future, due)


def cumipmt(
    rate: EngineValue,
    periods: EngineValue,
    present: EngineValue,
    start: EngineValue,
    end: EngineValue,
    due: EngineValue,
) -> float:
    """Interest of several periods; a start between two of them begins with the later one."""
    r, n, pv, when = map(plain_number, (rate, periods, present, due))
    inside = _whole_periods(start, end)
    refuse(min(r, n, pv) <= 0 or number(end) > n or when not in (0, 1))
    return math.fsum(_interest(r, period, n, pv, 0.0, due=when == 1) for period in inside)


def cumprinc(
    rate: EngineValue,
    periods: EngineValue,
    present: EngineValue,
    start: EngineValue,
    end: EngineValue,
    due: EngineValue,
) -> float:
    """Principal of several periods."""
    interest = cumipmt(rate, periods, present, start, end, due)
    payment = _payment(number(rate), number(periods), number(present), 0.0, due=number(due) == 1)
    return payment * len(_whole_periods(start, end)) - interest


def _whole_periods(start: EngineValue, end: EngineValue) -> range:
    """Return the periods that lie between a start and an end."""
    first, last = plain_number(start), plain_number(end)
    refuse(not 1 <= first <= last)
    return range(math.ceil(first), math.floor(last) + 1)


def _payment(rate: float, periods: float, present: float, future: float, *, due: bool) -> float:
    if rate == 0:
        return -(present + future) / periods
    growth = math.pow(1 + rate, periods)
    return -(present * growth + future) * rate / ((1 + rate * due) * (growth - 1))


def _interest(rate: float, period: float, periods: float, present: float, future: float, *, due: bool) -> float:
    refuse(not 1 <= period < periods + 1)
    if rate == 0 or (due and period == 1):
        return 0.0
    payment = _payment(rate, periods, present, future, due=due)
    growth = math.pow(1 + rate, period - 1)
    owed = -(present * growth + payment * (1 + rate * due) * (growth - 1) / rate)
    # Paid at the begin of the period, it has not grown over that period.
    return owed * rate / (1 + rate * due)
