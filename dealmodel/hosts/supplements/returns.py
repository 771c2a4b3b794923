"""Rates of return. The engine counts blanks and texts in a range of cash flows; Excel leaves them out."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import CellErrorRaised, refuse
from dealmodel.hosts.supplements.values import every_number, number, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dealmodel.hosts.engine_values import EngineValue

STEPS = 100
YEAR = 365
_LOWEST = -1 + 1e-9
_RATES = (-0.999, -0.9, -0.75, -0.5, -0.3, -0.2, -0.1, 0.0, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0, 100.0, 1e4, 1e6)
"""Rates between which a sign of the net present value is looked for."""


def irr(values: EngineValue, guess: EngineValue = 0.1) -> float:
    """Rate at which cash flows in equal periods are worth nothing."""
    flows = numbers(values)
    start = number(guess)
    refuse(start <= -1, CellError.VALUE)
    refuse(not min(flows, default=0.0) < 0 < max(flows, default=0.0))
    return _rate([(flow, float(i)) for i, flow in enumerate(flows)], start)


def xirr(values: EngineValue, dates: EngineValue, guess: EngineValue = 0.1) -> float:
    """Rate at which dated cash flows are worth nothing."""
    flows, days, start = every_number(values), _days(dates), number(guess)
    refuse(len(flows) != len(days) or start <= -1)
    refuse(not min(flows, default=0.0) < 0 < max(flows, default=0.0))
    return _rate([(flow, (day - days[0]) / YEAR) for flow, day in zip(flows, days, strict=True)], start)


def xnpv(rate: EngineValue, values: EngineValue, dates: EngineValue) -> float:
    """Present value of dated cash flows."""
    r, flows, days = number(rate), numbers(values), _days(dates)
    refuse(r < 0 or not flows or len(flows) != len(days))
    return math.fsum(flow / (1 + r) ** ((day - days[0]) / YEAR) for flow, day in zip(flows, days, strict=True))


def mirr(values: EngineValue, finance_rate: EngineValue, reinvest_rate: EngineValue) -> float:
    """Rate of return where deficits are financed at one rate and surpluses reinvested at another."""
    flows, finance, reinvest = numbers(values), number(finance_rate), number(reinvest_rate)
    periods = len(flows) - 1
    paid = math.fsum(-flow / (1 + finance) ** i for i, flow in enumerate(flows) if flow < 0)
    gained = math.fsum(flow * (1 + reinvest) ** (periods - i) for i, flow in enumerate(flows) if flow > 0)
    refuse(paid == 0 or periods < 1, CellError.DIV0)
    refuse(gained / paid < 0)
    return float((gained / paid) ** (1 / periods)) - 1


def fvschedule(principal: EngineValue, schedule: EngineValue) -> float:
    """Value of a principal after rates that change from period to period."""
    return number(principal) * math.prod(1 + rate for rate in every_number(schedule))


def _days(dates: EngineValue) -> list[int]:
    days = [math.floor(day) for day in every_number(dates)]
    refuse(not days or min(days) < days[0] or days[0] < 0)
    return days


def _rate(flows: Sequence[tuple[float, float]], guess: float) -> float:
    """Return the rate nearest to a guess at which flows at times are worth nothing."""

    def worth(rate: float) -> float:
        return math.fsum(flow * (1 + rate) ** -time for flow, time in flows)

    def slope(rate: float) -> float:
        return math.fsum(-time * flow * (1 + rate) ** (-time - 1) for flow, time in flows)

    scale = math.fsum(abs(flow) for flow, _ in flows)
    rate = guess
    for _ in range(STEPS):
        try:
            value, steepness = worth(rate), slope(rate)
        except OverflowError:
            break
        better = max(rate - value / steepness, (rate + _LOWEST) / 2) if steepness else rate
        if abs(better - rate) <= 1e-15 * max(1.0, abs(rate)):
            break
        rate = better
    return rate if abs(worth(rate)) <= 1e-9 * scale else _between(worth, guess)


def _between(worth: Callable[[float], float], guess: float) -> float:
    """Return a rate at which the value changes its sign, between the two rates nearest to the guess that hold one."""
    pairs = sorted(itertools.pairwise(_RATES), key=lambda pair: abs(sum(pair) / 2 - guess))
    found = next((pair for pair in pairs if worth(pair[0]) * worth(pair[1]) <= 0), None)
    if found is None:
        raise CellErrorRaised(CellError.NUM)
    low, high = found
    sign = worth(low)
    for _ in range(2 * STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if worth(middle) * sign > 0 else (low, middle)
    return (low + high) / 2
