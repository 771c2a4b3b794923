"""Bonds that pay coupons in equal periods, or pay interest at maturity.

References
----------
.. [1] Microsoft, documentation of PRICE, YIELD, DURATION, ACCRINT, COUPDAYS: the formulas as printed there.
.. [2] Excel 16, probes in oneiron-dev's formualizer, engine/tests/finance_probes.rs: COUPDAYS, ACCRINT, ACCRINTM.
.. [3] Mayle, *Standard Securities Calculation Methods*, 3rd ed. 1993, vol. 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.supplements.calendar import Day, day_of, is_month_end, months_later, serial_of
from dealmodel.hosts.supplements.daycounts import (
    ACTUAL,
    ACTUAL_360,
    ACTUAL_365,
    US_30_360,
    Coupons,
    days_360,
    days_360_europe,
    days_between,
    days_in_year,
    read_basis,
)
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.roots import root_near
from dealmodel.hosts.supplements.values import number, plain_number, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

FREQUENCIES = (1, 2, 4)
PAR = 1000.0


class Terms(NamedTuple):
    """What the functions of bonds have in common."""

    settlement: Day
    maturity: Day
    frequency: int
    basis: int
    coupons: Coupons

    @classmethod
    def of(cls, settlement: EngineValue, maturity: EngineValue, frequency: EngineValue, basis: EngineValue) -> Terms:
        """Read them from arguments."""
        begin, end, times, kind = (
            day_of(whole(settlement)),
            day_of(whole(maturity)),
            int(plain_number(frequency)),
            read_basis(basis),
        )
        refuse(times not in FREQUENCIES or begin >= end)
        return cls(begin, end, times, kind, Coupons.of(begin, end, times))

    @property
    def length(self) -> float:
        """Days of the coupon period."""
        return self.coupons.length(self.frequency, self.basis)

    @property
    def accrued(self) -> float:
        """Part of the coupon period that has passed at settlement."""
        return self.coupons.accrued(self.settlement, self.basis) / self.length


def coupdaybs(
    settlement: EngineValue, maturity: EngineValue, frequency: EngineValue, basis: EngineValue = 0.0
) -> float:
    """Days from the begin of the coupon period to settlement."""
    terms = Terms.of(settlement, maturity, frequency, basis)
    return float(terms.coupons.accrued(terms.settlement, terms.basis))


def coupdays(settlement: EngineValue, maturity: EngineValue, frequency: EngineValue, basis: EngineValue = 0.0) -> float:
    """Days of the coupon period that holds settlement.

    Actual days Excel counts up to the same day of a later month, though coupons are paid at its end, unless settlement
    is between the two. The lengths in its prices and durations are those of the coupons.
    """
    terms = Terms.of(settlement, maturity, frequency, basis)
    same_day = months_later(terms.coupons.before, 12 // terms.frequency)
    if terms.basis == ACTUAL and terms.settlement < same_day:
        return float(days_between(terms.coupons.before, same_day, ACTUAL))
    return terms.length


def coupdaysnc(
    settlement: EngineValue, maturity: EngineValue, frequency: EngineValue, basis: EngineValue = 0.0
) -> float:
    """Days from settlement to the next coupon."""
    terms = Terms.of(settlement, maturity, frequency, basis)
    before, after, _ = terms.coupons
    if terms.basis == US_30_360:
        return float(days_360(before, after, both=True) - days_360(before, terms.settlement))
    return float(days_between(terms.settlement, after, terms.basis))


def coupncd(settlement: EngineValue, maturity: EngineValue, frequency: EngineValue, basis: EngineValue = 0.0) -> float:
    """Next coupon date."""
    return float(serial_of(Terms.of(settlement, maturity, frequency, basis).coupons.after))


def couppcd(settlement: EngineValue, maturity: EngineValue, frequency: EngineValue, basis: EngineValue = 0.0) -> float:
    """Last coupon date before settlement."""
    return float(serial_of(Terms.of(settlement, maturity, frequency, basis).coupons.before))


def coupnum(settlement: EngineValue, maturity: EngineValue, frequency: EngineValue, basis: EngineValue = 0.0) -> float:
    """Coupons between settlement and maturity."""
    return float(Terms.of(settlement, maturity, frequency, basis).coupons.number)


def price(
    settlement: EngineValue,
    maturity: EngineValue,
    rate: EngineValue,
    yld: EngineValue,
    redemption: EngineValue,
    frequency: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Price of 100 of face value."""
    terms = Terms.of(settlement, maturity, frequency, basis)
    coupon, interest, back = number(rate), number(yld), number(redemption)
    refuse(coupon < 0 or interest < 0 or back <= 0)
    return _price(terms, coupon, interest, back)


def yield_(
    settlement: EngineValue,
    maturity: EngineValue,
    rate: EngineValue,
    pr: EngineValue,
    redemption: EngineValue,
    frequency: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Yield of a bond at a price (YIELD)."""
    terms = Terms.of(settlement, maturity, frequency, basis)
    coupon, paid, back = number(rate), number(pr), number(redemption)
    refuse(coupon < 0 or paid <= 0 or back <= 0)
    if terms.coupons.number == 1:
        worth = back + 100 * coupon / terms.frequency
        cost = paid + 100 * terms.accrued * coupon / terms.frequency
        return (worth - cost) / cost * terms.frequency / (1 - terms.accrued)
    return root_near(lambda interest: _price(terms, coupon, interest, back) - paid, 0.05, -terms.frequency)


def duration(
    settlement: EngineValue,
    maturity: EngineValue,
    coupon: EngineValue,
    yld: EngineValue,
    frequency: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Macaulay duration, in years."""
    terms = Terms.of(settlement, maturity, frequency, basis)
    rate, interest = number(coupon) / terms.frequency, number(yld) / terms.frequency
    refuse(rate < 0 or interest < 0)
    times = [1 - terms.accrued + k for k in range(terms.coupons.number)]
    values = [100 * rate / math.pow(1 + interest, time) for time in times]
    values[-1] += 100 / math.pow(1 + interest, times[-1])
    return math.fsum(t * v for t, v in zip(times, values, strict=True)) / math.fsum(values) / terms.frequency


def mduration(
    settlement: EngineValue,
    maturity: EngineValue,
    coupon: EngineValue,
    yld: EngineValue,
    frequency: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Return on the price of a lower yield, per unit of it: the modified duration."""
    years = duration(settlement, maturity, coupon, yld, frequency, basis)
    return years / (1 + number(yld) / whole(frequency))


def pricemat(
    settlement: EngineValue,
    maturity: EngineValue,
    issue: EngineValue,
    rate: EngineValue,
    yld: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Price of 100 of face value that pays interest at maturity."""
    whole_life, held, coupon = _at_maturity(settlement, maturity, issue, rate, basis)
    interest = number(yld)
    refuse(interest < 0)
    return (100 + whole_life * coupon * 100) / (1 + (whole_life - held) * interest) - held * coupon * 100


def yieldmat(
    settlement: EngineValue,
    maturity: EngineValue,
    issue: EngineValue,
    rate: EngineValue,
    pr: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Yield of a security that pays interest at maturity."""
    whole_life, held, coupon = _at_maturity(settlement, maturity, issue, rate, basis)
    paid = number(pr)
    refuse(paid <= 0)
    cost = paid / 100 + held * coupon
    return (1 + whole_life * coupon - cost) / cost / (whole_life - held)


def accrintm(
    issue: EngineValue, settlement: EngineValue, rate: EngineValue, par: EngineValue = PAR, basis: EngineValue = 0.0
) -> float:
    """Interest that a security has earned which pays it at maturity."""
    begin, end, kind = day_of(whole(issue)), day_of(whole(settlement)), read_basis(basis)
    earned, face = number(rate), number(par)
    refuse(min(earned, face) <= 0 or begin > end)
    if begin == end:
        return 0.0
    return face * earned * days_between(begin, end, kind) / days_in_year(begin, end, kind)


def accrint(
    issue: EngineValue,
    first_interest: EngineValue,
    settlement: EngineValue,
    rate: EngineValue,
    par: EngineValue,
    frequency: EngineValue,
    basis: EngineValue = 0.0,
    calc_method: EngineValue = 1.0,
) -> float:
    """Interest that a bond has earned which pays coupons."""
    issued, first, settled = (day_of(whole(v)) for v in (issue, first_interest, settlement))
    earned, face, times, kind = number(rate), number(par), whole(frequency), read_basis(basis)
    refuse(min(earned, face) <= 0 or times not in FREQUENCIES or issued >= settled)
    since_issue, at_end, step = number(calc_method) != 0, is_month_end(first), 12 // times
    begin = first_begin = months_later(first, -step, at_end=at_end)
    periods = 1
    while since_issue and (later := months_later(first, (periods - 1) * step, at_end=at_end)) < settled:
        begin, periods = later, periods + 1
    length = Coupons(first_begin, first, 1).length(times, kind)
    parts = [days_between(max(issued, begin), settled, kind) / length]
    while begin > issued:
        end, begin = begin, months_later(begin, -step, at_end=at_end)
        parts.append(float(since_issue) if issued <= begin else _part_of_period(issued, begin, end, times, kind))
    return face * earned / times * math.fsum(parts)


def _part_of_period(issued: Day, begin: Day, end: Day, frequency: int, basis: int) -> float:
    """Return the part of a coupon period after a bond was issued."""
    lengths = {
        US_30_360: days_360(begin, end, both=True),
        ACTUAL: days_between(begin, end, ACTUAL),
        ACTUAL_360: 360 / frequency,
        ACTUAL_365: 365 / frequency,
    }
    return days_between(issued, end, basis) / lengths.get(basis, days_360_europe(begin, end))


def _price(terms: Terms, rate: float, interest: float, redemption: float) -> float:
    coupon = 100 * rate / terms.frequency
    left = 1 - terms.accrued
    if terms.coupons.number == 1:
        return (redemption + coupon) / (1 + left * interest / terms.frequency) - coupon * terms.accrued
    growth = 1 + interest / terms.frequency
    paid = math.fsum(coupon / math.pow(growth, k + left) for k in range(terms.coupons.number))
    return redemption / math.pow(growth, terms.coupons.number - 1 + left) + paid - coupon * terms.accrued


def _at_maturity(
    settlement: EngineValue, maturity: EngineValue, issue: EngineValue, rate: EngineValue, basis: EngineValue
) -> tuple[float, float, float]:
    """Return a security's life and the part of it before settlement, in years, and its rate."""
    settled, end, issued = (day_of(whole(v)) for v in (settlement, maturity, issue))
    coupon, kind = number(rate), read_basis(basis)
    refuse(coupon < 0 or not issued <= settled < end)
    year = days_in_year(issued, settled, kind)
    return days_between(issued, end, kind) / year, days_between(issued, settled, kind) / year, coupon
