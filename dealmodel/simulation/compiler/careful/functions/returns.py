"""Rates of return and dated values, for all trials at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.boxes import DIV0, NUM
from dealmodel.simulation.compiler.careful.functions.lists import stacked
from dealmodel.simulation.compiler.careful.natively import Found, UnsureError, natively, numbers, refused

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
_LARGE = 1e4
"""How many times as large as the flows their present values may be for their sum to have its digits."""
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
    sure = sure & (guess > _LOWEST)
    # Flows of one sign have no rate, as those of a deal that fails altogether.
    has_rate = (flows.min(axis=-1) < 0) & (flows.max(axis=-1) > 0)
    without = np.asarray(sure & ~has_rate)
    sure = sure & has_rate
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
    present = flows * (1 + rate[..., None]) ** -times
    left = np.abs(present.sum(axis=-1))
    # Among terms far larger than the flows what is left is rounding, and tells nothing.
    told = np.abs(present).sum(axis=-1) <= _LARGE * scale
    return refused(Found(rate, sure & ~moving & told & (left <= 1e-11 * scale)), without, NUM)


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
    sure = sure & (finance[..., 0] > -1) & (reinvest[..., 0] > -1)
    found = Found((gained / paid) ** (1 / periods) - 1, sure & (paid > 0) & (gained >= 0))
    return refused(found, np.asarray(sure & (paid == 0)), DIV0)


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    "IRR": _irr,
    "XIRR": _xirr,
    "XNPV": _xnpv,
    "MIRR": _mirr,
}
RETURNS: dict[str, Function] = {name: natively(name, body) for name, body in _BODIES.items()}
