"""Values and rates of return over intervals of an input.

A rate of return has no formula. Where flows change their sign once, from money paid to money received, their present
value falls with the rate and rises with each flow [1]_, so that the rate rises with each flow: it lies between the
rates of all flows at their lowest and at their highest.

References
----------
.. [1] R. A. Brealey, S. C. Myers, F. Allen, *Principles of Corporate Finance*, 13th ed., ch. 5: multiple rates of
   return need more than one change of sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.enclosures import arithmetic, intervals
from dealmodel.simulation.enclosures.enclosure import Enclosure, NotEnclosedError, constant, finished, in_part
from dealmodel.simulation.enclosures.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.simulation.enclosures.intervals import Mask, Values

_BESIDE = 1e-9
"""How far from the rate a function may end its search, which stops where the present value is all but nothing."""
_LOWEST, _HIGHEST = -1 + 1e-9, 1e6
"""Between which rates one is looked for."""
_HALVINGS = 80


def present_value(rate: Enclosure, flows: Sequence[Enclosure]) -> Enclosure:
    """Return NPV: flows at the ends of periods, discounted."""
    growth = arithmetic.add(constant(1.0), rate)
    found = constant(0.0)
    for flow in reversed(flows):
        found = arithmetic.divide(arithmetic.add(found, flow), growth)
    size = sum((intervals.absolute(f.value).high for f in flows), start=np.array(0.0))
    return finished(intervals.widened(found.value, 4 * len(flows), np.asarray(size)), found.slope, found)


def annuity(name: str, args: Sequence[Enclosure]) -> Enclosure:
    """Return PMT, PV or FV: level payments, at the ends or at the beginnings of periods."""
    given = [*args, *[constant(0.0)] * (5 - len(args))]
    rate, periods, first, second, due = given
    if intervals.holds(rate.value, 0.0).any():
        if not intervals.is_zero(rate.value).all():
            raise NotEnclosedError(f"{name} at rates on both sides of 0")
        plain = (
            arithmetic.divide(arithmetic.add(first, second), periods)
            if name == "PMT"
            else arithmetic.add(second, arithmetic.multiply(first, periods))
        )
        return arithmetic.negative(plain)
    one = constant(1.0)
    growth = arithmetic.power(arithmetic.add(one, rate), periods)
    ahead = arithmetic.add(one, arithmetic.multiply(rate, due))
    gained = arithmetic.divide(arithmetic.subtract(growth, one), rate)
    level = arithmetic.multiply(ahead, gained)
    if name == "PMT":
        found = arithmetic.divide(arithmetic.add(arithmetic.multiply(first, growth), second), level)
    elif name == "PV":
        found = arithmetic.divide(arithmetic.add(second, arithmetic.multiply(first, level)), growth)
    else:
        found = arithmetic.add(arithmetic.multiply(second, growth), arithmetic.multiply(first, level))
    return arithmetic.negative(found)


def rate_of_return(flows: Sequence[Enclosure], times: Sequence[float]) -> Enclosure:
    """Return the rate at which flows are worth nothing.

    Parameters
    ----------
    flows
        The flows.
    times
        After how many periods each comes.
    """
    turns_once = _turn_once(flows)
    if not turns_once.any() or min(times) < 0 or list(times) != sorted(times):
        raise NotEnclosedError("a rate of return of flows that may change their sign more than once")
    sizes = np.broadcast_arrays(*(end for f in flows for end in f.value))
    known = np.isfinite(sizes).all(axis=0) & turns_once
    low = _rate([f.value.low for f in flows], times)
    high = _rate([f.value.high for f in flows], times)
    pad = _BESIDE * (1 + np.abs(high))
    rate = Interval(np.where(known, low - pad, -np.inf), np.where(known, high + pad, np.inf))
    # With the rate, a present value changes by -sum(t f / (1 + r)^(t + 1)), and with a flow by 1 / (1 + r)^t.
    growth = Interval(np.maximum(intervals.add(intervals.ONE, rate).low, 1e-12), 1 + rate.high)
    by_flow = [intervals.divide(intervals.ONE, intervals.real_power(growth, intervals.exactly(t))) for t in times]
    change = steep = intervals.ZERO
    for flow, time, factor in zip(flows, times, by_flow, strict=True):
        change = intervals.add(change, intervals.multiply(flow.slope, factor))
        part = intervals.multiply(intervals.multiply(flow.value, intervals.exactly(time)), factor)
        steep = intervals.add(steep, intervals.divide(part, growth))
    odd = ~known | (low <= _LOWEST) | (high >= _HIGHEST / 2)
    return finished(rate, intervals.divide(change, steep), *flows, own=in_part(odd, np.zeros_like(odd)))


def _turn_once(flows: Sequence[Enclosure]) -> Mask:
    """Return where flows surely turn once from money paid to money received."""
    lows, highs = (np.stack(np.broadcast_arrays(*ends), axis=0) for ends in zip(*(f.value for f in flows), strict=True))
    still_paid = np.logical_and.accumulate(highs <= 0, axis=0)
    turns_once = (still_paid | (lows >= 0)).all(axis=0)
    return np.asarray(turns_once & (still_paid & (highs < 0)).any(axis=0) & (~still_paid & (lows > 0)).any(axis=0))


def _rate(flows: Sequence[Values], times: Sequence[float]) -> Values:
    """Return the rate of flows that turn once, by halving: their present value at later flows' worth falls with it."""
    turned = np.stack(np.broadcast_arrays(*flows), axis=-1)
    when = np.array(times)
    low, high = np.full(turned.shape[:-1], _LOWEST), np.full(turned.shape[:-1], _HIGHEST)
    with np.errstate(all="ignore"):
        for _ in range(_HALVINGS):
            # By halves of the growth's logarithm, so that rates near -1 and large ones are as exact.
            middle = np.sqrt((1 + low) * (1 + high)) - 1
            worth = (turned * np.exp(-when * np.log1p(middle)[..., None])).sum(axis=-1)
            low, high = np.where(worth > 0, middle, low), np.where(worth > 0, high, middle)
    return np.asarray((low + high) / 2)
