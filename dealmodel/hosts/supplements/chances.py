"""Probability that a value lies between two limits (PROB)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import number, numbers

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

SUM_TOLERANCE = 1e-7


def prob(
    values: EngineValue, probabilities: EngineValue, lower: EngineValue, upper: EngineValue | None = None
) -> float:
    """Sum of the probabilities of the values between two limits."""
    found, chances, low = numbers(values), numbers(probabilities), number(lower)
    high = low if upper is None else number(upper)
    refuse(len(found) != len(chances), CellError.NA)
    refuse(not found, CellError.DIV0)
    refuse(any(not 0 < chance <= 1 for chance in chances) or abs(math.fsum(chances) - 1) > SUM_TOLERANCE)
    return math.fsum(chance for value, chance in zip(found, chances, strict=True) if low <= value <= high)
