"""Declining-balance depreciation over any part of an asset's life (VDB)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.values import number, refuse

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue


def vdb(
    cost: EngineValue,
    salvage: EngineValue,
    life: EngineValue,
    start: EngineValue,
    end: EngineValue,
    factor: EngineValue = 2.0,
    no_switch: EngineValue = 0.0,
) -> float:
    """Depreciation between two points of an asset's life, switching to straight line where that is more."""
    value, rest, years, begin, finish, speed = map(number, (cost, salvage, life, start, end, factor))
    refuse(min(value, rest, begin) < 0 or years <= 0 or speed <= 0 or not begin <= finish <= years)
    done = [_written_off(value, rest, years, time, speed, switch=not number(no_switch)) for time in (begin, finish)]
    return done[1] - done[0]


def _written_off(cost: float, salvage: float, life: float, time: float, factor: float, *, switch: bool) -> float:
    """Return what is written off from the begin of life to a time; within a period it grows evenly."""
    book, straight = cost, 0.0
    for period in range(math.ceil(time)):
        share = min(1.0, time - period)
        declining = min(book * min(factor / life, 1.0), max(book - salvage, 0.0))
        left = life - period
        if switch and not straight and left > 0 and (book - salvage) / left > declining:
            straight = (book - salvage) / left
        book -= (straight or declining) * share
    return cost - book
