"""What can be proved about where an output is at a target: bisection of an interval until each piece tells.

A piece is done with where its enclosure leaves the target out, or where the output rises or falls throughout, so that
it meets the target once at most; all others are cut into smaller ones, down to the width at which a root is known.

References
----------
.. [1] R. E. Moore, R. B. Kearfott, M. J. Cloud, *Introduction to Interval Analysis*, SIAM 2009, ch. 8.1: all zeros of a
   function by bisection with exclusion and monotonicity tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.enclosures import intervals
from dealmodel.simulation.enclosures.enclosure import NEVER, Enclosure
from dealmodel.simulation.enclosures.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Enclose = Callable[[Values, Values], Enclosure]

_FIRST = 64
"""Pieces to begin with."""
_PARTS = 16
"""Parts into which a piece is cut."""
_MOST = 4096
"""Pieces that are looked at in one round; where there are more, the formulas tell too little."""
_FINEST = 1e-11
"""Width of a piece, relative to the interval, at which it is left open."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proved about an interval.

    Attributes
    ----------
    pieces
        How many pieces were looked at.
    excluded
        How many of them leave the target out.
    single
        Stretches, ascending, in each of which the output rises or falls throughout: it meets the target once at most.
    level
        Stretches in which the output is the same everywhere, and may be at the target.
    left
        Stretches of which nothing is proved.
    finest
        Width at which a piece is left open.
    """

    pieces: int
    excluded: int
    single: tuple[tuple[float, float], ...]
    level: tuple[tuple[float, float], ...]
    left: tuple[tuple[float, float], ...]
    finest: float


def prove(enclose: Enclose, target: float, low: float, high: float, rounds: int, near: float = 0.0) -> Proof:
    """Cut an interval into pieces until each tells whether it may hold a root.

    Parameters
    ----------
    enclose
        Encloses the output over pieces.
    target
        The target.
    low, high
        The interval.
    rounds
        How often pieces are cut at most.
    near
        Distance from the target at which an output is not told from it: level, it is on it but for rounding.
    """
    edges = np.linspace(low, high, _FIRST + 1)
    left, right = edges[:-1], edges[1:]
    finest = _FINEST * (high - low)
    looked, excluded = 0, 0
    single: list[tuple[float, float, int]] = []
    level: list[tuple[float, float]] = []
    open_: list[tuple[float, float]] = []
    for turn in range(rounds):
        kinds = _kinds(enclose, target, left, right, near)
        looked += len(left)
        excluded += int((kinds == _OUT).sum())
        for kind in (_RISING, _FALLING):
            single += [(a, b, kind) for a, b in _pairs(left, right, kinds == kind)]
        level += _pairs(left, right, kinds == _LEVEL)
        told = kinds != _OPEN
        # Neighbours in floating point cannot be cut.
        final = ~told & ((right - left <= finest) | (np.nextafter(left, np.inf) >= right))
        open_ += _pairs(left, right, final)
        again = ~told & ~final
        if not again.any():
            left = right = np.empty(0)
            break
        if again.sum() * _PARTS > _MOST or turn == rounds - 1:
            left, right = left[again], right[again]
            break
        left, right = _cut(left[again], right[again])
    open_ += list(zip(left.tolist(), right.tolist(), strict=True))
    return Proof(looked, excluded, _merged_by_kind(single), _merged(level), _merged(open_), finest)


_OPEN, _OUT, _RISING, _FALLING, _LEVEL = range(5)


def _kinds(enclose: Enclose, target: float, left: Values, right: Values, near: float) -> NDArray[np.int8]:
    """Return what each piece tells."""
    # The pieces, and their ends as pieces without width, in one go.
    edges = np.unique(np.concatenate([left, right]))
    found = enclose(np.concatenate([left, edges]), np.concatenate([right, edges]))
    count = len(left)
    value, slope = (Interval(pair.low[:count], pair.high[:count]) for pair in (found.value, found.slope))
    at_edges = Interval(found.value.low[count:], found.value.high[count:])
    safe = found.error[:count] == NEVER
    starts, stops = (np.searchsorted(edges, ends) for ends in (left, right))
    at_left, at_right = (Interval(at_edges.low[i], at_edges.high[i]) for i in (starts, stops))
    smooth = safe & np.isfinite(slope.low) & np.isfinite(slope.high)
    value = intervals.where(smooth, _by_mean_value(value, slope, at_left, at_right, left, right), value)
    rising, falling = safe & (slope.low > 0), safe & (slope.high < 0)
    level = safe & intervals.is_zero(slope)
    between = intervals.hull(at_left, at_right)
    value = intervals.where(rising | falling, intervals.meet(value, between), value)
    value = intervals.where(level, intervals.meet(value, at_left), value)
    # Where it surely moves, coming near is not being there.
    beside = np.where(smooth & (slope.low != 0) & (slope.high != 0), 0.0, near)
    out = ~intervals.holds(Interval(value.low - beside, value.high + beside), target)
    kinds = np.select([out, level, rising, falling], [_OUT, _LEVEL, _RISING, _FALLING], _OPEN)
    return kinds.astype(np.int8)


def _by_mean_value(
    value: Interval, slope: Interval, at_left: Interval, at_right: Interval, left: Values, right: Values
) -> Interval:
    """Return what values can be that start and end where they do and move by no more than their slopes."""
    width = intervals.subtract(intervals.exactly(right), intervals.exactly(left))
    reach = Interval(np.zeros_like(left), width.high)
    move = intervals.multiply(slope, reach)
    ahead, back = intervals.add(at_left, move), intervals.subtract(at_right, move)
    return intervals.meet(value, intervals.meet(ahead, back))


def _pairs(left: Values, right: Values, mask: Mask) -> list[tuple[float, float]]:
    return list(zip(left[mask].tolist(), right[mask].tolist(), strict=True))


def _cut(left: Values, right: Values) -> tuple[Values, Values]:
    shares = np.arange(_PARTS + 1) / _PARTS
    edges = left[:, None] + (right - left)[:, None] * shares
    edges[:, 0], edges[:, -1] = left, right
    edges = np.maximum.accumulate(np.minimum(edges, right[:, None]), axis=1)
    starts, stops = edges[:, :-1].ravel(), edges[:, 1:].ravel()
    wide = stops > starts
    return starts[wide], stops[wide]


def _merged(pairs: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return stretches that touch as one."""
    merged: list[tuple[float, float]] = []
    for low, high in sorted(pairs):
        if merged and low <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return tuple(merged)


def _merged_by_kind(found: list[tuple[float, float, int]]) -> tuple[tuple[float, float], ...]:
    """Return stretches that touch and go the same way as one: it rises, or falls, throughout both."""
    merged: list[tuple[float, float, int]] = []
    for low, high, kind in sorted(found):
        if merged and low == merged[-1][1] and kind == merged[-1][2]:
            merged[-1] = merged[-1][0], high, kind
        else:
            merged.append((low, high, kind))
    return tuple((low, high) for low, high, _ in merged)
