"""Every root of a curve in an interval, found from its values at many places."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dealmodel.simulation.whatif.curve import Curve

    Values = NDArray[np.float64]

_FINER = 64
"""Steps in which a step that may hold a root is searched again."""
_CLOSE = 1e-13
"""Width of a root, relative to the interval, at which the search ends."""
_PASSED = 1e-6
"""Distance from the target, relative to that on both sides of a step, up to which a crossing is one and no jump."""
_TOUCHED = 1e-9
"""Distance from the target, relative to that of the places beside, at which a turning point is on it."""
_FLAT = 1e-9
"""Width, relative to the interval, at which a turning point, or where errors begin, is known: a curve is flat there."""
_ROUND = 1e-10
"""Distance, relative to the interval, up to which a root is moved to a round number."""
_ONE = 1e-11
"""Distance, relative to the interval, up to which two roots are the same one, found twice."""
_DIGITS = (3, 6, 9, 12)
"""Digits to which a root is rounded where the output is no farther from the target there."""


@dataclass(frozen=True, slots=True)
class Root:
    """Where an output is at its target.

    Attributes
    ----------
    low, high
        The same number, or the ends of a stretch in which every value will do.
    output
        The output there.
    """

    low: float
    high: float
    output: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: roots, and places where the output passes the target without taking it."""

    roots: tuple[Root, ...]
    jumps: tuple[float, ...]


def search(curve: Curve, places: Values, found: Values) -> Found:
    """Find the roots between places at which the curve is known.

    A step is searched again where the curve passes the target in it, where its distance from the target has a
    lowest point beside it, and where it turns into an error in it.
    """
    return _Search(curve, places, found).go()


def crossing(curve: Curve, low: float, high: float) -> Root | None:
    """Find the root between two places where the curve rises, or falls, throughout; None where it passes none."""
    ends = np.array([low, high])
    found = curve(ends)
    if not _opposite(found[:1], found[1:])[0]:
        return None
    search_ = _Search(curve, ends, found)
    place, _ = search_.bisected(low, high)
    return search_.root(place, place)


def _on_the_target(found: Values, rounding: float) -> Values:
    """Return values with those at 0 that only rounding keeps from it, where two in a row make it a stretch."""
    near = np.abs(found) <= rounding
    beside = np.concatenate([[False], near[:-1]]) | np.concatenate([near[1:], [False]])
    return np.where(near & beside, 0.0, found)


class _Search:
    def __init__(self, curve: Curve, places: Values, found: Values) -> None:
        self._curve = curve
        self._places = places
        self._found = found = _on_the_target(found, curve.rounding)
        self._span = float(places[-1] - places[0])
        self._roots: list[Root] = []
        self._jumps: list[float] = []

    def go(self) -> Found:
        places, found = self._places, self._found
        self._take_stretches()
        for i in np.flatnonzero(_opposite(found[:-1], found[1:])).tolist():
            self._take_crossing(float(places[i]), float(places[i + 1]), self._beside(i, i + 1))
        for i, k in self._near_turns():
            self._take_turn(float(places[i]), float(places[k]), self._beside(i, k))
        known = np.isfinite(found)
        for i in np.flatnonzero(known[:-1] != known[1:]).tolist():
            inside, outside = (i, i + 1) if known[i] else (i + 1, i)
            self._take_edge_of_errors(float(places[inside]), float(places[outside]))
        return Found(self._merged(), tuple(sorted(self._jumps)))

    def _beside(self, first: int, last: int) -> float:
        """Return how far the curve goes from the target beside a step, on the side on which it stays nearer."""
        away = np.abs(self._found)
        sides = [away[max(first - 1, 0) : first + 1], away[last : last + 2]]
        return min((float(side[np.isfinite(side)].max()) for side in sides if np.isfinite(side).any()), default=0.0)

    # -- places that are roots themselves --------------------------------------------------------------------------

    def _take_stretches(self) -> None:
        on = np.flatnonzero(self._found == 0)
        for stretch in np.split(on, np.flatnonzero(np.diff(on) > 1) + 1) if on.size else ():
            first, last = int(stretch[0]), int(stretch[-1])
            ends = (self._places[first],) * 2 if first == last else (self._edge(first, -1), self._edge(last, 1))
            self._roots.append(self.root(*map(float, ends)))

    def _edge(self, index: int, step: int) -> float:
        """Return where the roots that begin at a place end, on one side of it."""
        if not 0 <= index + step < len(self._places):
            return float(self._places[index])
        inside, outside = float(self._places[index]), float(self._places[index + step])
        while abs(outside - inside) > max(_CLOSE * self._span, 4 * math.ulp(inside)):
            between = np.linspace(inside, outside, _FINER + 1)
            still = int(
                np.flatnonzero(np.logical_and.accumulate(np.abs(self._curve(between)) <= self._curve.rounding))[-1]
            )
            inside, outside = float(between[still]), float(between[min(still + 1, _FINER)])
        return inside

    # -- between places --------------------------------------------------------------------------------------------

    def _take_crossing(self, low: float, high: float, beside: float = 0.0) -> None:
        """Take what lies between two places on both sides of the target: a root, or a jump."""
        at_ends = self._curve(np.array([low, high]))
        place, left = self.bisected(low, high)
        # Two roots that all but touch have ends as near the target as rounding lets a root come.
        if math.isnan(left) or abs(left) > max(_PASSED * float(np.abs(at_ends).max()), _TOUCHED * beside):
            self._jumps.append(place)
        else:
            self._roots.append(self.root(place, place))

    def bisected(self, low: float, high: float) -> tuple[float, float]:
        """Return where the curve passes the target, and how far from it it is there; NaN beside an error."""
        while True:
            between = np.linspace(low, high, _FINER + 1)
            found = self._curve(between)
            exact = np.flatnonzero(found == 0)
            if exact.size:
                return float(between[exact[len(exact) // 2]]), 0.0
            passing = np.flatnonzero(_opposite(found[:-1], found[1:]))
            if not passing.size:
                return (low + high) / 2, math.nan
            i = int(passing[0])
            low, high = float(between[i]), float(between[i + 1])
            # In a wide interval the curve may still be far from the target: only neighbours in floating point tell.
            is_close = high - low <= _CLOSE * self._span and np.abs(found[i : i + 2]).min() <= self._curve.rounding
            if is_close or high - low <= 4 * math.ulp(max(abs(low), abs(high))):
                best = i if abs(found[i]) <= abs(found[i + 1]) else i + 1
                return float(between[best]), float(found[best])

    def _near_turns(self) -> Iterator[tuple[int, int]]:
        """Give the steps around each place at which the curve is nearest to the target on one side of it."""
        found, last = self._found, len(self._found) - 1
        away, signs = np.abs(found), np.sign(found)
        for i in np.flatnonzero(
            (away > 0)
            & (np.concatenate([[True], ~(away[1:] > away[:-1])]))
            & (np.concatenate([~(away[:-1] >= away[1:]), [True]]))
        ):
            before, after = max(int(i) - 1, 0), min(int(i) + 1, last)
            if signs[before] * signs[i] > 0 and signs[i] * signs[after] > 0:
                yield before, after

    def _take_turn(self, low: float, high: float, beside: float) -> None:
        """Take the roots at a turning point: none, two that lie close together, or one that only touches."""
        while True:
            between = np.linspace(low, high, _FINER + 1)
            found = self._curve(between)
            passing = np.flatnonzero(_opposite(found[:-1], found[1:]))
            for i in passing:
                self._take_crossing(float(between[i]), float(between[i + 1]), beside)
            if passing.size or not np.isfinite(found).any():
                return
            best = int(np.nanargmin(np.abs(found)))
            low, high = float(between[max(best - 1, 0)]), float(between[min(best + 1, _FINER)])
            if found[best] == 0 or high - low <= _FLAT * self._span:
                if abs(float(found[best])) <= _TOUCHED * beside:
                    self._roots.append(self.root(float(between[best]), float(between[best])))
                return

    def _take_edge_of_errors(self, inside: float, outside: float) -> None:
        """Take the roots between the last place at which the curve is known and the errors that begin there."""
        first = float(self._curve(np.array([inside]))[0])
        while abs(outside - inside) > max(_CLOSE * self._span, 4 * math.ulp(max(abs(inside), abs(outside)))):
            between = np.linspace(inside, outside, _FINER + 1)
            found = self._curve(between)
            last = int(np.flatnonzero(np.logical_and.accumulate(np.isfinite(found)))[-1])
            passing = np.flatnonzero(_opposite(found[:last], found[1 : last + 1]))
            for i in passing:
                self._take_crossing(*sorted((float(between[i]), float(between[i + 1]))))
            exact = np.flatnonzero(found[1 : last + 1] == 0)
            self._roots += [self.root(float(between[i + 1]), float(between[i + 1])) for i in exact]
            inside, outside = float(between[last]), float(between[min(last + 1, _FINER)])
            if inside == outside or exact.size:
                break
        # A square root begins at its bound, which is rarely one of the places.
        for digits in _DIGITS:
            place = float(f"{outside:.{digits}g}")
            if abs(place - outside) <= _FLAT * self._span and first != 0 and self._curve(np.array([place]))[0] == 0:
                self._roots.append(self.root(place, place))
                return

    # -- roots -----------------------------------------------------------------------------------------------------

    def root(self, low: float, high: float) -> Root:
        """Return a root at round numbers, where these will do."""
        ends = [self._rounded(low), self._rounded(high)] if low < high else [self._rounded(low)] * 2
        return Root(ends[0], ends[1], self._curve.output(ends[0]))

    def _rounded(self, place: float) -> float:
        """Return a round number within rounding of a root, where the output is no farther from the target there."""
        left = abs(float(self._curve(np.array([place]))[0]))
        for rounded in (0.0, *(float(f"{place:.{digits}g}") for digits in _DIGITS)):
            if (
                abs(rounded - place) <= max(_ROUND * self._span, 4 * math.ulp(place))
                and abs(float(self._curve(np.array([rounded]))[0])) <= left
            ):
                return rounded
        return place

    def _merged(self) -> tuple[Root, ...]:
        """Return the roots in ascending order, each once."""
        merged: list[Root] = []
        for root in sorted(self._roots, key=lambda r: (r.low, -r.high)):
            if merged and root.low <= merged[-1].high + _ONE * self._span:
                continue
            merged.append(root)
        return tuple(merged)


def at_round_number(curve: Curve, low: float, high: float) -> Root | None:
    """Return a root at a round number between two places, where a formula may have a value of its own, or None."""
    middle = (low + high) / 2
    places = [place for digits in _DIGITS if low <= (place := float(f"{middle:.{digits}g}")) <= high]
    on = [place for place in places if float(curve(np.array([place]))[0]) == 0]
    return Root(on[0], on[0], curve.output(on[0])) if on else None


def stretch(curve: Curve, low: float, high: float, beside: float) -> Root:
    """Return a stretch in which every value will do, with round numbers for its ends where they lie beside."""
    ends = []
    for end in (low, high):
        rounded = (float(f"{end:.{digits}g}") for digits in _DIGITS)
        ends.append(next((place for place in rounded if abs(place - end) <= beside), end))
    return Root(ends[0], ends[1], curve.output((low + high) / 2))


def _opposite(before: Values, after: Values) -> NDArray[np.bool_]:
    """Return where two have opposite signs; their product might be too large, or too small to be told from 0."""
    opposite: NDArray[np.bool_] = np.sign(before) * np.sign(after) < 0
    return opposite
