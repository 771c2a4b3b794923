"""Where a function is zero."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.hosts.supplements.refusals import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = 100
_STEP = 1e-6
_WIDER = 1.6


def root_near(function: Callable[[float], float], guess: float, lowest: float) -> float:
    """Return where a function is zero, looked for by Newton's method from a guess and then by halving.

    Parameters
    ----------
    function
        Smooth above `lowest`.
    guess
        Where to begin.
    lowest
        The function has no value here or below.
    """
    at = guess
    for _ in range(STEPS):
        value = function(at)
        step = _STEP * max(1.0, abs(at))
        slope = (function(at + step) - function(at - step)) / (2 * step)
        if not value or not slope:
            break
        better = at - value / slope
        if better - _STEP <= lowest or not math.isfinite(better):
            break
        if abs(better - at) <= 1e-14 * max(1.0, abs(better)):
            return better
        at = better
    return at if function(at) == 0 else _halved(function, *_bracket(function, guess, lowest))


def _bracket(function: Callable[[float], float], guess: float, lowest: float) -> tuple[float, float]:
    """Return two places about a guess between which a function changes its sign."""
    low, high = max(guess - _STEP, lowest + _STEP), guess + _STEP
    for _ in range(STEPS):
        if function(low) * function(high) <= 0:
            return low, high
        width = (high - low) * _WIDER
        low, high = max(low - width, (low + lowest) / 2), high + width
    refuse(when=True)
    raise AssertionError


def _halved(function: Callable[[float], float], low: float, high: float) -> float:
    rising = function(low) <= 0
    for _ in range(2 * STEPS):
        middle = (low + high) / 2
        if (function(middle) <= 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2
