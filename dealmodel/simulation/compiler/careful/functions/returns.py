"""Rates of return, dated values and annuities, for all trials at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.careful.functions.lists import stacked
from dealmodel.simulation.compiler.careful.natively import Found, UnsureError, natively, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]

_STEPS = 40
"""Steps of Newton's method, after which a trial is left to the engine; seven are the rule."""
_LOWEST = -1 + 1e-9
_YEAR = 365.0


def _irr(args: Sequence[Value]) -> Found:
    flows, sure = stacked(args[:1])
    (guess,) = numbers(args[1:], 0.1)
    return _rate(flows, np.arange(float(flows.shape[-1])), np.asarray(guess), sure)


def _xirr(args: Sequence[Value]) -> Found:
    if len(args) not in (2, 3):
        raise UnsureError
    flows, times, sure = _dated(args[0], args[1])
    (guess,) = numbers(args[2:], 0.1)
    return _rate(flows, times, np.asarray(guess), sure)


def _xnpv(args: Sequence[Value]) -> Found:
    if len(args) != 3:  # noqa: PLR2004
        raise UnsureError
    (rate,) = numbers(args[:1], None)
    flows, times, sure = _dated(args[1], args[2])
    sure = sure & (rate > 0)
    growth = np.where(sure, 1 + rate, 1.0)[..., None]
    return Found((flows * growth**-times).sum(axis=-1), sure)


def _dated(values: Value, dates: Value) -> tuple[Array, Array, Mask]:
    """Return cash flows, and after how many years each comes."""
    flows, sure = stacked([values])
    days, known = stacked([dates])
    given = [len(a) * len(a[0]) if isinstance(a, list) else 1 for a in (values, dates)]
    if not flows.shape[-1] == days.shape[-1] == given[0] == given[1]:
        raise UnsureError
    days = np.floor(days)
    first = days[..., :1]
    return flows, (days - first) / _YEAR, sure & known & (days >= first).all(axis=-1) & (first[..., 0] >= 0)


def _rate(flows: Array, times: Array, guess: Array, sure: Mask) -> Found:
    """Return the rate at which flows at times are worth nothing, by Newton's method from a guess.

    The same steps as those of the function that the engine calls, so that of several rates it is the same.
    """
    sure = sure & (guess > _LOWEST) & (flows.min(axis=-1) < 0) & (flows.max(axis=-1) > 0)
    shape = np.broadcast_shapes(flows.shape[:-1], guess.shape, times.shape[:-1], sure.shape)
    rate = np.array(np.broadcast_to(guess, shape), dtype=np.float64)
    sure = np.broadcast_to(sure, shape)
    scale = np.abs(flows).sum(axis=-1)
    moving = sure.copy()
    for _ in range(_STEPS):
        growth = 1 + rate[..., None]
        present = flows * growth**-times
        value = present.sum(axis=-1)
        slope = -(times * present).sum(axis=-1) / growth[..., 0]
        better = np.maximum(rate - value / slope, (rate + _LOWEST) / 2)
        moving &= ~(np.abs(better - rate) <= 1e-14 * np.maximum(1.0, np.abs(rate)))
        # What has settled stays: no trial depends on how long the others take.
        rate = np.where(moving & np.isfinite(better), better, rate)
        if not moving.any():
            break
    left = np.abs((flows * (1 + rate[..., None]) ** -times).sum(axis=-1))
    return Found(rate, sure & ~moving & (left <= 1e-11 * scale))


def _mirr(args: Sequence[Value]) -> Found:
    if len(args) != 3:  # noqa: PLR2004
        raise UnsureError
    flows, sure = stacked(args[:1])
    finance, reinvest = (np.asarray(a)[..., None] for a in numbers(args[1:], None, None))
    periods = flows.shape[-1] - 1
    if periods < 1:
        raise UnsureError
    places = np.arange(periods + 1.0)
    paid = np.where(flows < 0, -flows / (1 + finance) ** places, 0.0).sum(axis=-1)
    gained = np.where(flows > 0, flows * (1 + reinvest) ** (periods - places), 0.0).sum(axis=-1)
    sure = sure & (paid > 0) & (gained >= 0) & (finance[..., 0] > -1) & (reinvest[..., 0] > -1)
    return Found((gained / paid) ** (1 / periods) - 1, sure)


# -- annuities -----------------------------------------------------------------------------------------------------


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
    return Found(
        np.log(ratio) / np.log1p(rate), (rate > -1) & (rate != 0) & (ratio > 0) & ((due == 0) | (np.abs(due) >= 1))
    )


def _effective(args: Sequence[Value]) -> Found:
    rate, periods = numbers(args, None, None)
    count = np.floor(periods)
    return Found((1 + rate / count) ** count - 1, np.asarray((rate > 0) & (count >= 1)))


def _nominal(args: Sequence[Value]) -> Found:
    rate, periods = numbers(args, None, None)
    count = np.floor(periods)
    return Found(count * ((1 + rate) ** (1 / count) - 1), np.asarray((rate > 0) & (count >= 1)))


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    "IRR": _irr,
    "XIRR": _xirr,
    "XNPV": _xnpv,
    "MIRR": _mirr,
    "IPMT": _ipmt,
    "PPMT": _ppmt,
    "NPER": _nper,
    "EFFECT": _effective,
    "NOMINAL": _nominal,
}
RETURNS: dict[str, Function] = {name: natively(name, body) for name, body in _BODIES.items()}
