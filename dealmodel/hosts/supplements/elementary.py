"""Elementary functions, where the engine's fail at the ends of their domains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import each, number, plain_number, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_BITS = 2.0**48
"""Number from which bits are no longer shifted."""
_MOST_SHIFTED = 53
_WINDOWS = "windows-1252"


@each
def gamma(x: EngineValue) -> float:
    """Gamma function, of negative numbers too but for the whole ones."""
    return math.gamma(number(x))


@each
def coth(x: EngineValue) -> float:
    """Hyperbolic cotangent."""
    return 1 / math.tanh(number(x))


@each
def fisherinv(y: EngineValue) -> float:
    """Correlation that a value of Fisher's transformation stands for."""
    return math.tanh(number(y))


@each
def log(x: EngineValue, base: EngineValue = 10.0) -> float:
    """Logarithm; to a base of one it is a division by zero."""
    value, root = number(x), number(base)
    refuse(value <= 0 or root <= 0)
    return math.log10(value) if root == 10 else math.log(value) / math.log(root)  # noqa: PLR2004  the usual one


@each
def delta(first: EngineValue, second: EngineValue = 0.0) -> float:
    """One where two numbers are the same to the last digit."""
    return float(plain_number(first) == plain_number(second))


@each
def bitlshift(value: EngineValue, shift_amount: EngineValue) -> float:
    """Whole number with its bits moved to the left, or to the right for a negative amount."""
    return _shifted(value, whole(shift_amount))


@each
def bitrshift(value: EngineValue, shift_amount: EngineValue) -> float:
    """Whole number with its bits moved to the right, or to the left for a negative amount."""
    return _shifted(value, -whole(shift_amount))


def _shifted(value: EngineValue, left: int) -> float:
    bits = number(value)
    refuse(not 0 <= bits < _BITS or bits % 1 != 0 or abs(left) > _MOST_SHIFTED)
    result = int(bits) << left if left > 0 else int(bits) >> -left
    refuse(result >= _BITS)
    return float(result)


@each
def char(code: EngineValue) -> str:
    """Character of a number of Windows; the five numbers that have none stand for themselves."""
    place = whole(code)
    refuse(not 0 < place < 256, CellError.VALUE)  # noqa: PLR2004  one byte
    try:
        return bytes([place]).decode(_WINDOWS)
    except UnicodeDecodeError:
        return chr(place)
