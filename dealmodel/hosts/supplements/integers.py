"""Whole numbers: divisors, multiples and counts of choices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import cells_of, each, number, plain_number, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_MOST_CHOSEN = 600
"""Things chosen of twice as many in more ways than a cell can count."""
_LARGEST = 2.0**53
"""Number from which Excel's divisors and multiples give up."""


def gcd(*values: EngineValue) -> float:
    """Greatest common divisor of all numbers, each cut to a whole one."""
    return float(math.gcd(*_wholes(values)))


def lcm(*values: EngineValue) -> float:
    """Least common multiple of all numbers, each cut to a whole one."""
    result = math.lcm(*_wholes(values), *(0 for value in values if isinstance(value, list) and None in cells_of(value)))
    refuse(result >= _LARGEST)
    return float(result)


def multinomial(*values: EngineValue) -> float:
    """Factorial of a sum, divided by the factorials of its parts."""
    parts = _wholes(values)
    result, total = 1, 0
    for part in parts:
        total += part
        result *= _choices(total, part)
    return float(result)


@each
def combina(count: EngineValue, chosen: EngineValue) -> float:
    """Return the combinations where things may be chosen again."""
    things, places = whole(count), whole(chosen)
    refuse(things < 0 or places < 0 or things < 1 <= places)
    return float(_choices(things + places - 1, places)) if things else 1.0


@each
def quotient(numerator: EngineValue, denominator: EngineValue) -> float:
    """Whole part of a division."""
    return float(math.trunc(plain_number(numerator) / plain_number(denominator)))


@each
def mround(value: EngineValue, multiple: EngineValue) -> float:
    """Nearest multiple; halves go away from zero."""
    amount, step = plain_number(value), plain_number(multiple)
    if not amount or not step:
        return 0.0
    refuse((amount < 0) != (step < 0))
    # Where the quotient of a midpoint has an error in its last digit, Excel goes by that.
    return math.floor(amount / step + 0.5) * step


def seriessum(x: EngineValue, n: EngineValue, m: EngineValue, coefficients: EngineValue) -> float:
    """Sum of a power series: each coefficient times the next power."""
    base, first, step = plain_number(x), plain_number(n), plain_number(m)
    refuse(not base)
    return math.fsum(number(c) * math.pow(base, first + i * step) for i, c in enumerate(cells_of(coefficients)))


def _choices(things: int, chosen: int) -> int:
    """Return the number of ways to choose some of many things, if a cell can hold it."""
    refuse(min(chosen, things - chosen) > _MOST_CHOSEN)
    return math.comb(things, chosen)


def _wholes(values: tuple[EngineValue, ...]) -> list[int]:
    found = [plain_number(cell) for value in values for cell in cells_of(value) if cell is not None]
    refuse(not found and not any(isinstance(value, list) for value in values), CellError.VALUE)
    refuse(any(n < 0 or n >= _LARGEST for n in found))
    return [math.trunc(n) for n in found]
