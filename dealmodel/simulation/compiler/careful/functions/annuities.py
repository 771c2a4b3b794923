"""Annuities and rates of interest, for all trials at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.careful.natively import Found, UnsureError, natively, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

_MOST_PERIODS = 400
"""Periods up to which interest is added up, one after the other."""
_STEPS = 20
"""Steps of Newton's method for a rate, after which a trial is left to the engine: what has not settled by then may not
settle at all, which hangs on the last digit."""
_SMALL = 1e-3
"""Rates below which the last digits of what is worked out by powers are noise."""
_MOST_GROWTH = 1e3
"""What a loan may grow by over its life, beyond which the digits of what is left of it are noise."""
_NEAR_ZERO, _SETTLED, _FLAT = 1e-10, 1e-10, 1e-20
_START, _AFTER_ZERO, _LOWEST_RATE = 0.1, 0.01, -0.99
"""Rates: where the search begins, where it goes on from zero, and below which it does not go."""


def _payment(rate: Array, periods: Array, present: Array, future: Array, due: Array) -> Array:
    growth = (1 + rate) ** periods
    return np.asarray(-(present * growth + future) * rate / (np.where(due != 0, 1 + rate, 1.0) * (growth - 1)))


def _interest(args: Sequence[Value]) -> tuple[Array, Array, Mask]:
    rate, period, periods, present, future, due = numbers(args, None, None, None, None, 0.0, 0.0)
    payment = _payment(rate, periods, present, future, due)
    ahead = np.where(due != 0, 1 + rate, 1.0)
    growth = (1 + rate) ** (period - 1)
    owed = -(present * growth + payment * ahead * (growth - 1) / rate)
    sure = (period >= 1) & (period < periods + 1) & (rate > -1) & (rate != 0) & ~((due != 0) & (period == 1))
    sure = sure & ~np.isnan(due)
    return np.asarray(owed * rate / ahead), payment, np.asarray(sure)


def _ipmt(args: Sequence[Value]) -> Found:
    interest, _, sure = _interest(args)
    return Found(interest, sure)


def _ppmt(args: Sequence[Value]) -> Found:
    interest, payment, sure = _interest(args)
    return Found(payment - interest, sure)


def _nper(args: Sequence[Value]) -> Found:
    rate, payment, present, future, due = numbers(args, None, None, None, 0.0, 0.0)
    level = payment * np.where(due != 0, 1 + rate, 1.0) / rate
    ratio = (level - future) / (level + present)
    found = np.log(ratio) / np.log1p(rate)
    # Of next to no rate, or time, the engine has fewer digits.
    sure = (rate > -1) & (np.abs(rate) > _SMALL) & (np.abs(found) > _SMALL) & (ratio > 0)
    return Found(found, np.asarray(sure & ((due == 0) | (np.abs(due) >= 1))))


def _effective(args: Sequence[Value]) -> Found:
    rate, periods = numbers(args, None, None)
    count = np.floor(periods)
    return Found((1 + rate / count) ** count - 1, np.asarray((rate > 0) & (count >= 1)))


def _nominal(args: Sequence[Value]) -> Found:
    rate, periods = numbers(args, None, None)
    count = np.floor(periods)
    return Found(count * ((1 + rate) ** (1 / count) - 1), np.asarray((rate > 0) & (count >= 1)))


def _cumulated(args: Sequence[Value]) -> tuple[Array, Array, Array, Mask]:
    """Return the interest of several periods, how many these are, the payment, and where that is sure."""
    rate, periods, present, start, end, due = numbers(args, *[None] * 6)
    sure = (rate > 0) & (periods > 0) & (present > 0) & (start >= 1) & (start <= end) & (end <= periods)
    sure = np.asarray(sure & ((due == 0) | (due == 1)) & ((1 + rate) ** periods < _MOST_GROWTH))
    first, last = np.where(sure, np.ceil(start), 1.0), np.where(sure, np.floor(end), 0.0)
    if float(last.max(initial=0.0)) > _MOST_PERIODS:
        raise UnsureError
    payment = _payment(rate, periods, present, np.array(0.0), due)
    ahead = np.where(due != 0, 1 + rate, 1.0)
    total, growth = np.zeros(sure.shape), np.ones(sure.shape)
    for period in range(1, int(last.max(initial=0.0)) + 1):
        owed = -(present * growth + payment * ahead * (growth - 1) / rate)
        counts = (first <= period) & (period <= last) & ~((due != 0) & (period == 1))
        total = total + np.where(counts, owed * rate / ahead, 0.0)
        growth = growth * (1 + rate)
    return total, np.maximum(last - first + 1, 0.0), payment, sure


def _cumulated_interest(args: Sequence[Value]) -> Found:
    interest, _, _, sure = _cumulated(args)
    return Found(interest, sure)


def _cumulated_principal(args: Sequence[Value]) -> Found:
    interest, count, payment, sure = _cumulated(args)
    return Found(payment * count - interest, sure)


def _rate(args: Sequence[Value]) -> Found:
    """Return RATE by the steps of the engine's own search, so that of several rates it is the same."""
    periods, payment, present, future, due, guess = numbers(args, None, None, None, 0.0, 0.0, _START)
    sure = (periods > 0) & (guess > -1) & ((due == 0) | (np.abs(due) >= 1))
    for number in (payment, present, future):
        sure = sure & ~np.isnan(number)
    moving = np.array(sure)
    rate = np.array(np.broadcast_to(guess, sure.shape), dtype=np.float64)
    found = np.full(sure.shape, np.nan)
    flat = present + payment * periods + future
    for _ in range(_STEPS):
        ahead = np.where(due != 0, 1 + rate, 1.0)
        growth, slower = (1 + rate) ** periods, periods * (1 + rate) ** (periods - 1)
        value = present * growth + payment * ahead * (growth - 1) / rate + future
        slope = present * slower + payment * ahead * (slower / rate - (growth - 1) / (rate * rate))
        better = rate - value / slope
        is_zero = np.abs(rate) < _NEAR_ZERO
        done = moving & np.where(is_zero, np.abs(flat) < _SETTLED, np.abs(better - rate) < _SETTLED)
        done &= is_zero | (np.abs(slope) >= _FLAT)
        found = np.where(done, np.where(is_zero, rate, better), found)
        moving &= ~done
        if not moving.any():
            break
        rate = np.where(is_zero, _AFTER_ZERO, np.maximum(better, _LOWEST_RATE))
    # The digits of one near zero hang on how powers are rounded.
    return Found(found, np.asarray(np.abs(found) > _SMALL))


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    "IPMT": _ipmt,
    "PPMT": _ppmt,
    "NPER": _nper,
    "RATE": _rate,
    "CUMIPMT": _cumulated_interest,
    "CUMPRINC": _cumulated_principal,
    "EFFECT": _effective,
    "NOMINAL": _nominal,
}
ANNUITIES: dict[str, Function] = {name: natively(name, body) for name, body in _BODIES.items()}
