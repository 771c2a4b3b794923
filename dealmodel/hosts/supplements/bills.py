"""Treasury bills and prices in fractions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.calendar import day_of, months_later, serial_of
from dealmodel.hosts.supplements.values import number, refuse, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_HALF_YEAR = 182


def tbilleq(settlement: EngineValue, maturity: EngineValue, discount: EngineValue) -> float:
    """Yield of a bond that would be worth the same as a Treasury bill."""
    days, rate = _life(settlement, maturity), number(discount)
    refuse(rate <= 0)
    if days <= _HALF_YEAR:
        return 365 * rate / (360 - rate * days)
    price = 1 - rate * days / 360
    year = days / (366 if days == 366 else 365)  # noqa: PLR2004
    root = year**2 - (2 * year - 1) * (1 - 1 / price)
    refuse(root < 0 or price <= 0)
    return 2 * (math.sqrt(root) - year) / (2 * year - 1)


def dollarde(dollars: EngineValue, fraction: EngineValue) -> float:
    """Decimal price of a price in fractions, such as 1.02 for 1 and 2/16."""
    price, parts, digits = _fraction(dollars, fraction)
    units = math.trunc(price)
    return units + (price - units) * digits / parts


def dollarfr(dollars: EngineValue, fraction: EngineValue) -> float:
    """Price in fractions of a decimal price."""
    price, parts, digits = _fraction(dollars, fraction)
    units = math.trunc(price)
    return units + (price - units) * parts / digits


def _fraction(dollars: EngineValue, fraction: EngineValue) -> tuple[float, int, float]:
    """Return a price, the denominator, and the power of ten that its numerators need."""
    price, parts = number(dollars), number(fraction)
    refuse(parts < 0)
    refuse(parts < 1, CellError.DIV0)
    return price, int(parts), 10.0 ** math.ceil(math.log10(int(parts)))


def _life(settlement: EngineValue, maturity: EngineValue) -> int:
    begin, end = whole(settlement), whole(maturity)
    refuse(not 0 < end - begin <= serial_of(months_later(day_of(begin), 12)) - begin)
    return end - begin
