"""Securities sold at a discount, and their fractions of a year by day-count basis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.daycounts import years_between
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import number

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
    return (1 - paid / back) / years_between(settlement, maturity, basis)


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
    return (back / paid - 1) / years_between(settlement, maturity, basis)


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
    return paid / (1 - rate * years_between(settlement, maturity, basis))


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
    return back * (1 - rate * years_between(settlement, maturity, basis))
