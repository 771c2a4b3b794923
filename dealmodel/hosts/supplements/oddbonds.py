"""Bonds whose first or last coupon period is longer or shorter than the others.

References
----------
.. [1] Microsoft, documentation of ODDFPRICE, ODDFYIELD, ODDLPRICE and ODDLYIELD: the formulas as printed there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from dealmodel.hosts.supplements.bonds import FREQUENCIES
from dealmodel.hosts.supplements.calendar import Day, day_of, is_month_end, month_length, months_later
from dealmodel.hosts.supplements.daycounts import (
    ACTUAL,
    ACTUAL_360,
    ACTUAL_365,
    US_30_360,
    Coupons,
    days_360,
    days_between,
    read_basis,
)
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.roots import root_near
from dealmodel.hosts.supplements.values import number, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue


class OddFirst(NamedTuple):
    """A bond with an odd first period."""

    settlement: Day
    maturity: Day
    issue: Day
    first: Day
    rate: float
    frequency: int
    basis: int

    def price(self, interest: float, redemption: float) -> float:
        """Return the price of 100 of face value."""
        around = Coupons.of(self.settlement, self.first, self.frequency)
        length = around.length(self.frequency, self.basis)
        if _days(self.issue, self.first, self.basis) < length:
            return self._short(length, interest, redemption)
        return self._long(around, length, interest, redemption)

    def _short(self, length: float, interest: float, redemption: float) -> float:
        coupon, growth = 100 * self.rate / self.frequency, 1 + interest / self.frequency
        number_left = Coupons.of(self.settlement, self.maturity, self.frequency).number
        left = _days(self.settlement, self.first, self.basis) / length
        paid = [coupon * _days(self.issue, self.first, self.basis) / length] + [coupon] * (number_left - 1)
        values = [amount / math.pow(growth, k + left) for k, amount in enumerate(paid)]
        earned = coupon * _days(self.issue, self.settlement, self.basis) / length
        return redemption / math.pow(growth, number_left - 1 + left) + math.fsum(values) - earned

    def _long(self, around: Coupons, length: float, interest: float, redemption: float) -> float:
        coupon, growth = 100 * self.rate / self.frequency, 1 + interest / self.frequency
        life, earned = self._first_period(length)
        if self.basis in (ACTUAL_360, ACTUAL_365):
            left = _days(self.settlement, around.after, self.basis) / length
        else:
            left = 1 - days_between(around.before, self.settlement, self.basis) / length
        wait = self._periods_before_first() + left
        number_after = Coupons.of(self.first, self.maturity, self.frequency).number
        paid = math.fsum(coupon / math.pow(growth, k + wait) for k in range(1, number_after + 1))
        first = coupon * life / math.pow(growth, wait)
        return redemption / math.pow(growth, wait + number_after) + first + paid - coupon * earned

    def _first_period(self, length: float) -> tuple[float, float]:
        """Return the first period's life and the part of it that has passed, in coupon periods."""
        life, earned = [], []
        end = self.first
        for periods in range(Coupons.of(self.issue, self.first, self.frequency).number, 0, -1):
            begin = months_later(end, -12 // self.frequency)
            days = _days(begin, end, self.basis) if self.basis == ACTUAL else length
            life.append((days if periods > 1 else _days(self.issue, end, self.basis)) / days)
            earned.append(_days(max(self.issue, begin), min(self.settlement, end), self.basis) / days)
            end = begin
        return math.fsum(life), math.fsum(earned)

    def _periods_before_first(self) -> int:
        """Return the whole coupon periods between settlement and the first coupon."""
        at_end = is_month_end(self.first)
        if not at_end and self.first.month != 2 and self.first.day > 28:  # noqa: PLR2004  days that February lacks
            at_end = is_month_end(self.settlement)
        last_day = month_length(self.settlement.year, self.settlement.month)
        begin = self.settlement._replace(day=last_day) if at_end else self.settlement
        step, number_of = 12 // self.frequency, int(self.settlement < begin)
        date = months_later(begin, step, at_end=at_end)
        while date < self.first:
            number_of += 1
            date = months_later(date, step, at_end=at_end)
        return number_of


def oddfprice(
    settlement: EngineValue,
    maturity: EngineValue,
    issue: EngineValue,
    first_coupon: EngineValue,
    rate: EngineValue,
    yld: EngineValue,
    redemption: EngineValue,
    frequency: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Price of a bond with an odd first period."""
    bond = _odd_first(settlement, maturity, issue, first_coupon, rate, frequency, basis)
    interest, back = number(yld), number(redemption)
    refuse(interest < 0 or back <= 0)
    # Excel takes no first coupon that is off the coupon dates.
    refuse(Coupons.of(bond.first, bond.maturity, bond.frequency).before != bond.first)
    return bond.price(interest, back)


def oddfyield(
    settlement: EngineValue,
    maturity: EngineValue,
    issue: EngineValue,
    first_coupon: EngineValue,
    rate: EngineValue,
    pr: EngineValue,
    redemption: EngineValue,
    frequency: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Yield of a bond with an odd first period."""
    bond = _odd_first(settlement, maturity, issue, first_coupon, rate, frequency, basis)
    paid, back = number(pr), number(redemption)
    refuse(paid <= 0 or back <= 0)
    return root_near(lambda interest: bond.price(interest, back) - paid, 0.05, -bond.frequency)


def oddlprice(
    settlement: EngineValue,
    maturity: EngineValue,
    last_interest: EngineValue,
    rate: EngineValue,
    yld: EngineValue,
    redemption: EngineValue,
    frequency: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Price of a bond with an odd last period."""
    life, earned, left, coupon = _odd_last(settlement, maturity, last_interest, rate, frequency, basis)
    interest, back = number(yld), number(redemption)
    refuse(interest < 0 or back <= 0)
    return (back + life * coupon) / (1 + left * interest / whole(frequency)) - earned * coupon


def oddlyield(
    settlement: EngineValue,
    maturity: EngineValue,
    last_interest: EngineValue,
    rate: EngineValue,
    pr: EngineValue,
    redemption: EngineValue,
    frequency: EngineValue,
    basis: EngineValue = 0.0,
) -> float:
    """Yield of a bond with an odd last period."""
    life, earned, left, coupon = _odd_last(settlement, maturity, last_interest, rate, frequency, basis)
    paid, back = number(pr), number(redemption)
    refuse(paid <= 0 or back <= 0)
    cost = paid + earned * coupon
    return (back + life * coupon - cost) / cost * whole(frequency) / left


def _odd_first(
    settlement: EngineValue,
    maturity: EngineValue,
    issue: EngineValue,
    first_coupon: EngineValue,
    rate: EngineValue,
    frequency: EngineValue,
    basis: EngineValue,
) -> OddFirst:
    settled, end, issued, first = (day_of(whole(v)) for v in (settlement, maturity, issue, first_coupon))
    bond = OddFirst(settled, end, issued, first, number(rate), whole(frequency), read_basis(basis))
    in_order = bond.issue < bond.settlement < bond.first < bond.maturity
    refuse(bond.rate < 0 or bond.frequency not in FREQUENCIES or not in_order)
    return bond


def _odd_last(
    settlement: EngineValue,
    maturity: EngineValue,
    last_interest: EngineValue,
    rate: EngineValue,
    frequency: EngineValue,
    basis: EngineValue,
) -> tuple[float, float, float, float]:
    """Return the last period's life, what of it has passed and what is left, in coupon periods; and a coupon."""
    settled, end, last = (day_of(whole(v)) for v in (settlement, maturity, last_interest))
    percent, times, kind = number(rate), whole(frequency), read_basis(basis)
    refuse(percent < 0 or times not in FREQUENCIES or not last < settled < end)
    life, earned, left = [], [], []
    begin = last
    periods = Coupons.of(last, end, times).number
    for i in range(1, periods + 1):
        finish = months_later(begin, 12 // times)
        length = _days_both(begin, finish, kind)
        lived = length if i < periods else _days_both(begin, end, kind)
        passed = _days(begin, settled, kind) if begin < settled else 0
        life.append(lived / length)
        earned.append((lived if finish < settled else passed) / length)
        left.append(_days(max(settled, begin), min(end, finish), kind) / length)
        begin = finish
    return math.fsum(life), math.fsum(earned), math.fsum(left), 100 * percent / times


def _days(first: Day, last: Day, basis: int) -> int:
    return max(days_between(first, last, basis), 0)


def _days_both(first: Day, last: Day, basis: int) -> int:
    return max(days_360(first, last, both=True), 0) if basis == US_30_360 else _days(first, last, basis)
