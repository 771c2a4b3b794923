"""Every value of an input at which an output is at a target, and what is known about there being no others."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.errors import InputRefusedError
from dealmodel.simulation.whatif.attempt import Attempt, attempt
from dealmodel.simulation.whatif.curve import Curve
from dealmodel.simulation.whatif.levers import BESIDE
from dealmodel.simulation.whatif.roots import Found, Root, search
from dealmodel.simulation.whatif.shown import shower
from dealmodel.workbook.address import named_place

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dealmodel.workbook.model import Model

    Show = Callable[[float], str]
    Values = NDArray[np.float64]

DENSE = 4096
"""Steps in which an interval is searched for roots."""
DIGITS = "{:.12g}".format
"""How roots are shown: to the digits to which they are known."""
_ROUNDED = 1e-13
"""Change of an output from place to place, relative to it, that is no more than rounding."""
_ENDS = 2
_YEARS = 10
"""Years either way in which a date is searched that has no range."""
MOST_WHOLE = 1_000_000
"""Whole numbers that are tried one by one."""


@dataclass(frozen=True, slots=True)
class Solution:
    """All roots in an interval, or why there is none.

    Attributes
    ----------
    output, target, name, low, high
        What was asked; the interval without what the cell does not take.
    roots
        The roots, in ascending order.
    jumps
        Places where the output passes the target without taking it.
    proof
        How it is known that there are no other roots. Proofs: `independent` where no formula leads from the input to
        the output, `whole` where every whole number was tried, `proven` where enclosures of the formulas leave no room
        for another. Evidence: `monotone` where the output rises or falls from place to place throughout, `dense` where
        it was looked at in many places, `error` where it is an error at all of them.
    open
        Stretches of which enclosures tell nothing; narrow ones at the roots and jumps of what is `proven`.
    reason
        What was found about the whole interval, in words, and what the proof leaves open.
    places, values
        The values of the input that were looked at, and the output there; NaN where it is an error.
    open_ends
        Whether the cell takes no value at the low and the high end itself, as 0 where numbers above 0 are taken.
    """

    output: str
    target: float
    name: str
    low: float
    high: float
    roots: tuple[Root, ...]
    jumps: tuple[float, ...]
    proof: str
    reason: str
    places: Values = field(repr=False)
    values: Values = field(repr=False)
    open: tuple[tuple[float, float], ...] = ()
    open_ends: tuple[bool, bool] = (False, False)

    def interval(self, show: Callable[[float], str] = "{:g}".format) -> str:
        """Return the interval in words."""
        before = ["above ", "below "]
        ends = zip(before, self.open_ends, (self.low, self.high), strict=True)
        return " to ".join(f"{word if is_open else ''}{show(end)}" for word, is_open, end in ends)


def solve(model: Model, output: str, target: float, name: str, between: tuple[float, float] | None = None) -> Solution:
    """Find every value of an input at which an output is at a target.

    Parameters
    ----------
    model
        The workbook.
    output
        Name or address of what is to reach the target.
    target
        The target.
    name
        The input that is changed.
    between
        The interval; by default the workbook's range of the input, or what its distribution nearly always gives, else
        from 0 to four times its value, or ten years about a date.

    Returns
    -------
    The roots. Enclosures of the formulas over ever smaller pieces tell where there can be none, and where there can be
    one alone. The interval is evaluated in 4,096 steps besides, and where roots are possible; each step in which the
    output passes the target, and each turning point near it, is searched again until the root is known to twelve
    digits. Where the enclosures tell too little, two roots within one step between which the output does not turn
    visibly could stay hidden.

    Raises
    ------
    InputRefusedError
        If the interval is empty, or the cell takes nothing of it.
    """
    if not _is_number(target) or not math.isfinite(target):
        raise InputRefusedError(f"the target must be a number; got {target!r}")
    curve = Curve(model, output, name, target)
    low, high = _interval(curve, between)
    places = _places(curve, low, high)
    whole = curve.lever.whole
    curve.set_scale(places)
    tried = Attempt() if whole or not curve.depends else attempt(curve, float(places[0]), float(places[-1]))
    if tried.is_complete:
        # Where the output is level is known: what merely comes close to the target is not on it.
        curve.rounding = 0.0
    found = curve(places)
    curve.check(places)
    known = _tried(curve, places, found) if whole else tried.completed(search(curve, places, found), curve)
    if known.roots:
        # Not at the ends of stretches: where a lookup jumps, the engine takes for equal what all but is.
        curve.check(np.array([(root.low + root.high) / 2 for root in known.roots]))
    rest = tried.open(known)
    is_proven = tried.proof is not None and not rest.wide
    proof = "proven" if is_proven else _proof(curve, found, whole=whole)
    place, value = shower(model, curve.lever.at, DIGITS), shower(model, curve.at, DIGITS)
    behaviour = _behaviour(places, found, target, known, place, value)
    reason = f"{behaviour}. {rest.words if is_proven else _limits(proof, places)}"
    if not is_proven and proof not in ("independent", "whole"):
        reason += f" {rest.words}"
    return Solution(
        output, target, name, low, high, known.roots, known.jumps, proof, reason, places, found + target,
        rest.stretches,
        (not curve.lever.takes(low), not curve.lever.takes(high)),
    )  # fmt: skip


def _interval(curve: Curve, between: tuple[float, float] | None) -> tuple[float, float]:
    lever = curve.lever
    if between is not None and (len(between) != _ENDS or not all(map(_is_number, between))):
        raise InputRefusedError(f"{lever.name} must be searched between two numbers; got {between!r}")
    if between is not None and not (all(map(math.isfinite, between)) and between[0] < between[1]):
        low, high = between
        raise InputRefusedError(
            f"{lever.name} must be searched from a lower to a higher value; got {low:g} to {high:g}"
        )
    low, high = lever.confined(*(between or _default_interval(curve)))
    if between is not None and not low < high:
        refusal = lever.refusal(between[0] if lever.value > between[0] else between[1])
        raise InputRefusedError(
            f"{named_place(lever.name, lever.at)} must be {refusal}; got {between[0]:g} to {between[1]:g}"
        )
    return low, high


def _is_number(value: object) -> bool:
    return isinstance(value, Real)


def _default_interval(curve: Curve) -> tuple[float, float]:
    found = curve.lever.range(0)
    if found.source == "workbook":
        return found.low, found.high
    support = curve.lever.support()
    if support is not None:
        return support
    if curve.lever.is_dated:
        return curve.lever.years_about(_YEARS)
    value = curve.lever.value
    return (0.0, 4 * value) if value > 0 else (4 * value, 0.0) if value < 0 else (-1.0, 1.0)


def _places(curve: Curve, low: float, high: float) -> Values:
    if not curve.lever.whole:
        places = np.linspace(low, high, DENSE + 1)
        # An end that the cell does not take belongs to no place.
        beside = BESIDE * (high - low)
        places[0] += 0.0 if curve.lever.takes(low) else beside
        places[-1] -= 0.0 if curve.lever.takes(high) else beside
        return places
    first, last = math.ceil(low), math.floor(high)
    if last - first >= MOST_WHOLE:
        raise InputRefusedError(f"at most {MOST_WHOLE:,} whole numbers are tried; got {first:,} to {last:,}")
    if last < first:
        raise InputRefusedError(
            f"{curve.lever.name} takes whole numbers alone, and there is none from {low:g} to {high:g}"
        )
    return np.arange(first, last + 1, dtype=np.float64)


def _tried(curve: Curve, places: Values, found: Values) -> Found:
    """Return the roots among whole numbers, and the numbers at which the output has passed the target."""
    on = np.abs(found) <= curve.rounding
    roots = tuple(Root(float(p), float(p), curve.output(float(p))) for p in places[on])
    passed = (found[:-1] * found[1:] < 0) & ~on[:-1] & ~on[1:]
    return Found(roots, tuple(float(p) for p in places[1:][passed]))


# -- what is known about all of the interval ---------------------------------------------------------------------------


def _proof(curve: Curve, found: Values, *, whole: bool) -> str:
    finite = np.isfinite(found)
    if not curve.depends:
        return "independent"
    if whole:
        return "whole"
    if not finite.any():
        return "error"
    steps = np.diff(found)
    moves = bool(np.any(steps != 0))
    return "monotone" if finite.all() and moves and (bool((steps >= 0).all()) or bool((steps <= 0).all())) else "dense"


def _limits(proof: str, places: Values) -> str:
    """Say what is proved, and what is not."""
    count, step = len(places), f"{places[1] - places[0]:.3g}" if len(places) > 1 else "0"
    return {
        "independent": "Proof: as the other inputs stand, no formula leads from the input to the output.",
        "whole": f"Proof: each of the {count:,} whole numbers was tried.",
        "monotone": f"Evidence, no proof: it never turns among {count:,} places, so that only a bump narrower than "
        f"{step}, unseen between two of them, could hold another root.",
        "dense": f"Evidence, no proof: {count:,} places, {step} apart, every crossing and every turning point near the "
        "target searched again; roots that lie closer together than that, without a turn seen at a place, could stay "
        "hidden.",
        "error": f"Evidence, no proof: {count:,} places, {step} apart.",
    }[proof]


def _steps(found: Values, target: float) -> Values:
    """Return how the output goes on from place to place; what is no more than rounding is no step."""
    values = found + target
    steps = np.diff(found)
    return np.where(np.abs(steps) <= _ROUNDED * np.maximum(np.abs(values[:-1]), np.abs(values[1:])), 0.0, steps)


def _behaviour(places: Values, found: Values, target: float, known: Found, place: Show, value: Show) -> str:
    """Say what the output does over the interval."""
    counts = np.isfinite(found)
    if not counts.any():
        return "The output is an error throughout"
    steps = _steps(found[counts], target)
    lowest, highest = float(found[counts].min()) + target, float(found[counts].max()) + target
    within = f"from {value(lowest)} to {value(highest)}"
    if not steps.any():
        but = " but for rounding" if lowest < highest else ""
        words = f"The output does not move{but}: it is {value(lowest)} throughout"
    elif (steps >= 0).all():
        words = f"The output rises throughout, {within}"
    elif (steps <= 0).all():
        words = f"The output falls throughout, from {value(highest)} to {value(lowest)}"
    else:
        turns = int(np.count_nonzero(np.diff(np.sign(steps[steps != 0]))))
        words = f"The output turns {turns} time{'' if turns == 1 else 's'} and stays {within}"
    if not counts.all():
        words += f"; it is an error at {int((~counts).sum()):,} of {len(places):,} places"
    if not known.roots:
        nearest = int(np.nanargmin(np.abs(found)))
        near = value(float(found[nearest]) + target)
        words += f"; nearest to the target is {near}, at {place(float(places[nearest]))}"
    return words
