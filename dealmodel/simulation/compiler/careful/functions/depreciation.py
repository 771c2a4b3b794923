"""Depreciation, for all trials at once: over whole periods, within the domains of the functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.compiler.careful.natively import Found, UnsureError, natively, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dealmodel.simulation.compiler.boxes import Boxed
    from dealmodel.simulation.compiler.careful.natively import Function
    from dealmodel.simulation.compiler.careful.operands import Value

    Mask = NDArray[np.bool_]

_MOST_PERIODS = 400
"""Periods up to which depreciation is worked out one after the other."""
_MONTHS = 12.0
_IN_DOUBT = 1e-9
"""Distance of a thousandfold rate from a half, at which its rounding is left to the engine."""


def _straight_line(args: Sequence[Value]) -> Found:
    cost, salvage, life = numbers(args, None, None, None)
    return Found((cost - salvage) / life, np.asarray(life > 0))


def _digits(args: Sequence[Value]) -> Found:
    cost, salvage, life, period = numbers(args, None, None, None, None)
    sure = (life > 0) & (period >= 1) & (period <= life) & (salvage >= 0) & (cost >= 0)
    return Found((cost - salvage) * (life - period + 1) * 2 / (life * (life + 1)), np.asarray(sure))


def _fixed(args: Sequence[Value]) -> Found:
    """Return DB: a fixed rate, rounded to three digits, on the book value."""
    cost, salvage, life, period, first = numbers(args, None, None, None, None, _MONTHS)
    exact = (1 - (salvage / cost) ** (1 / life)) * 1000
    rate = np.rint(exact) / 1000
    sure = (cost > 0) & (salvage >= 0) & (life > 0) & _is_whole(period) & (period <= life) & (first == _MONTHS)
    sure = sure & (np.abs(exact - np.floor(exact) - 0.5) > _IN_DOUBT)
    return Found(cost * rate * (1 - rate) ** (period - 1), np.asarray(sure))


def _declining(args: Sequence[Value]) -> Found:
    """Return DDB: a multiple of the straight rate on the book value, down to what is left at the end."""
    cost, salvage, life, period, factor = numbers(args, None, None, None, None, 2.0)
    sure = (salvage >= 0) & (cost > salvage) & _is_whole(period) & (period <= life) & (factor > 0)
    before, after = _written_off(cost, salvage, life, factor, (period - 1, period), sure)
    return Found(after - before, sure)


def _between(args: Sequence[Value]) -> Found:
    """Return VDB: what is written off from one time to another, by straight line where that is more."""
    cost, salvage, life, start, end, factor, stays = numbers(args, None, None, None, None, None, 2.0, 0.0)
    sure = (salvage >= 0) & (cost >= salvage) & (life > 0) & (factor > 0) & (start >= 0) & (start <= end)
    sure = sure & (end <= life) & (start == np.floor(start)) & (end == np.floor(end)) & ~np.isnan(stays)
    before, after = _written_off(cost, salvage, life, factor, (start, end), sure, stays == 0)
    return Found(after - before, sure)


def _is_whole(period: Boxed) -> Mask:
    return np.asarray((period == np.floor(period)) & (period >= 1))


def _written_off(
    cost: Boxed,
    salvage: Boxed,
    life: Boxed,
    factor: Boxed,
    times: tuple[Boxed, Boxed],
    sure: Mask,
    switches: Mask | None = None,
) -> list[Boxed]:
    """Return what is written off up to whole times, where that is sure.

    Parameters
    ----------
    switches
        Where straight line takes over as soon as it is more.
    """
    ends = [np.where(sure, t, 0.0) for t in times]
    last = max(float(end.max(initial=0.0)) for end in ends)
    if last > _MOST_PERIODS:
        raise UnsureError
    done = np.zeros(np.broadcast_shapes(sure.shape, *(np.shape(a) for a in (cost, salvage, life, factor, *ends))))
    found = [done, done]
    for period in range(int(last)):
        left = cost - salvage - done
        written = np.minimum((cost - done) * factor / life, left)
        if switches is not None:
            written = np.where(switches & (left > 0), np.maximum(written, left / (life - period)), written)
        done = done + written
        found = [np.where(end > period, done, known) for end, known in zip(ends, found, strict=True)]
    return found


_BODIES: dict[str, Callable[[Sequence[Value]], Found]] = {
    "SLN": _straight_line,
    "SYD": _digits,
    "DB": _fixed,
    "DDB": _declining,
    "VDB": _between,
}
DEPRECIATIONS: dict[str, Function] = {name: natively(name, body) for name, body in _BODIES.items()}
