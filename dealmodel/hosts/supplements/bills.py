"""Prices in fractions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import plain_number

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue


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
    price, parts = plain_number(dollars), plain_number(fraction)
    refuse(parts < 0)
    refuse(parts < 1, CellError.DIV0)
    return price, int(parts), 10.0 ** math.ceil(math.log10(int(parts)))
