"""Rounding to multiples; the engine takes another way with negative numbers and refuses zero."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import each, number, one

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue


@each
def ceiling(value: EngineValue, significance: EngineValue) -> float:
    """Next multiple away from zero; of a positive step upwards."""
    amount, step = number(value), number(significance)
    refuse(amount > 0 > step)
    return _multiple(amount, step, math.ceil) if step else 0.0


@each
def floor(value: EngineValue, significance: EngineValue) -> float:
    """Next multiple towards zero; of a positive step downwards."""
    amount, step = number(value), number(significance)
    refuse(amount > 0 > step)
    refuse(not step and amount != 0, CellError.DIV0)
    return _multiple(amount, step, math.floor) if step else 0.0


@each
def ceiling_math(value: EngineValue, significance: EngineValue = 1.0, mode: EngineValue = 0.0) -> float:
    """Next multiple upwards; away from zero where a mode is given and the number is negative."""
    amount, step = number(value), abs(number(significance))
    away = number(mode) != 0 and amount < 0
    return _multiple(amount, step, math.floor if away else math.ceil) if step else 0.0


@each
def floor_math(value: EngineValue, significance: EngineValue = 1.0, mode: EngineValue = 0.0) -> float:
    """Next multiple downwards; towards zero where a mode is given and the number is negative."""
    amount, step = number(value), abs(number(significance))
    towards = number(mode) != 0 and amount < 0
    return _multiple(amount, step, math.ceil if towards else math.floor) if step else 0.0


def ceiling_precise(value: EngineValue, significance: EngineValue = 1.0) -> EngineValue:
    """Next multiple upwards, whatever the signs."""
    return ceiling_math(value, significance)


def floor_precise(value: EngineValue, significance: EngineValue = 1.0) -> EngineValue:
    """Next multiple downwards, whatever the signs."""
    return floor_math(value, significance)


@each
def isodd(value: EngineValue) -> bool:
    """Whether a number is odd."""
    return math.trunc(_number_or_blank(value)) % 2 != 0


@each
def iseven(value: EngineValue) -> bool:
    """Whether a number is even."""
    return math.trunc(_number_or_blank(value)) % 2 == 0


def _number_or_blank(value: EngineValue) -> float:
    refuse(isinstance(one(value), bool), CellError.VALUE)
    return number(value)


def _multiple(amount: float, step: float, whole: object) -> float:
    """Return a multiple of a step; a quotient that differs from a whole number by noise is that number."""
    quotient = amount / step
    near = round(quotient)
    return step * (near if math.isclose(quotient, near, rel_tol=1e-15) else whole(quotient)) + 0.0  # type: ignore[operator]
