"""Rates: effective and nominal ones, and those of Treasury bills.

References
----------
.. [1] Microsoft, documentation of EFFECT, NOMINAL, ISPMT, TBILLEQ, TBILLPRICE and TBILLYIELD.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.calendar import day_of, months_later, serial_of
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import each, number, plain_number

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_HALF_A_YEAR, _YEAR, _LEAP_YEAR = 182, 365, 366


@each
def effect(nominal_rate: EngineValue, periods: EngineValue) -> float:
    """Effective rate of a year with interest on interest."""
    rate, count = plain_number(nominal_rate), int(plain_number(periods))
    refuse(rate <= 0 or count < 1)
    return (1 + rate / count) ** count - 1


@each
def nominal(effect_rate: EngineValue, periods: EngineValue) -> float:
    """Nominal rate of a year without interest on interest."""
    rate, count = plain_number(effect_rate), int(plain_number(periods))
    refuse(rate <= 0 or count < 1)
    return float(count * ((1 + rate) ** (1 / count) - 1))


@each
def ispmt(rate: EngineValue, period: EngineValue, periods: EngineValue, present_value: EngineValue) -> float:
    """Interest of a period of a loan that is repaid in equal parts; periods are counted from 0."""
    return number(present_value) * number(rate) * (number(period) / number(periods) - 1)


@each
def tbilleq(settlement: EngineValue, maturity: EngineValue, discount: EngineValue) -> float:
    """Yield of a bill as that of a bond; beyond half a year with interest on the first half's."""
    days, rate = _days(settlement, maturity), plain_number(discount)
    refuse(rate <= 0)
    if days <= _HALF_A_YEAR:
        return _YEAR * rate / (360 - rate * days)
    price = 1 - rate * days / 360
    refuse(price <= 0)
    share = days / (_LEAP_YEAR if days == _LEAP_YEAR else _YEAR)
    root = math.sqrt(share * share - (2 * share - 1) * (1 - 1 / price))
    return (2 * root - 2 * share) / (2 * share - 1)


@each
def tbillprice(settlement: EngineValue, maturity: EngineValue, discount: EngineValue) -> float:
    """Price of a bill for 100 of its face value."""
    days, rate = _days(settlement, maturity), plain_number(discount)
    price = 100 * (1 - rate * days / 360)
    refuse(rate <= 0 or price < 0)
    return price


@each
def tbillyield(settlement: EngineValue, maturity: EngineValue, price: EngineValue) -> float:
    """Yield of a bill on its price."""
    days, paid = _days(settlement, maturity), plain_number(price)
    refuse(paid <= 0)
    return (100 - paid) / paid * 360 / days


def _days(settlement: EngineValue, maturity: EngineValue) -> int:
    """Return the days of a bill, which may not run for more than a year."""
    begin, end = (math.floor(plain_number(v)) for v in (settlement, maturity))
    refuse(begin >= end or end > serial_of(months_later(day_of(begin), 12)))
    return end - begin
