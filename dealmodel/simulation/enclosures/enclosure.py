"""An enclosure of what a cell is over intervals of an input: its values, its slopes, and whether it is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from dealmodel.simulation.enclosures import intervals
from dealmodel.simulation.enclosures.intervals import ALL, EMPTY, ZERO, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dealmodel.cells import CellError

    Codes = NDArray[np.int8]
    Mask = NDArray[np.bool_]

NEVER, MAYBE, SURELY = 0, 1, 2
"""Whether there is an error somewhere within an interval, or everywhere."""


class Enclosure(NamedTuple):
    """What a cell is over intervals of an input.

    Attributes
    ----------
    value
        Holds its number wherever it has one.
    slope
        Holds all its slopes, those on both sides of a kink with all between them; all numbers where it may jump.
    error
        Whether it is an error: never, maybe, surely.
    is_flag
        Whether it is TRUE or FALSE, 1 or 0 here.
    """

    value: Interval
    slope: Interval
    error: Codes
    is_flag: bool = False


class Choice(NamedTuple):
    """A value that is a text, or nothing, on one side of a condition."""

    test: Enclosure
    yes: Item
    no: Item


Plain: TypeAlias = "float | bool | str | CellError | None"
Item: TypeAlias = "Enclosure | Choice | Plain | list[list[Item]]"
"""What a node is: an enclosure, a choice, a constant cell value, or a rectangle of these."""

NO_ERROR = np.array(NEVER, dtype=np.int8)
_MAYBE = np.array(MAYBE, dtype=np.int8)
UNKNOWN = Enclosure(ALL, ALL, _MAYBE)
"""What nothing is known of."""


class NotEnclosedError(Exception):
    """An operation of which nothing can be told, with the reason; never leaves the enclosures."""


def constant(number: float) -> Enclosure:
    """Return a number that is the same everywhere."""
    return Enclosure(intervals.exactly(number), ZERO, NO_ERROR)


def is_never(a: Enclosure) -> Mask:
    """Return where a value is no error."""
    return np.asarray(a.error == NEVER)


def finished(value: Interval, slope: Interval, *operands: Enclosure, own: Codes = NO_ERROR) -> Enclosure:
    """Return the result of an operation that is an error wherever an operand is one, or where it is not finite.

    Parameters
    ----------
    value, slope
        What it is where it is no error.
    operands
        What it is computed from.
    own
        Where the operation itself makes an error.
    """
    error = own
    for operand in operands:
        if operand.error is not NO_ERROR:
            error = np.maximum(error, operand.error)
    infinite = np.isinf(value.low) | np.isinf(value.high)
    if error is NO_ERROR and not infinite.any():
        return Enclosure(value, slope, NO_ERROR)
    # What may be too large for a number may be an error.
    error = np.where(infinite, np.maximum(error, _MAYBE), error).astype(np.int8)
    value = intervals.where(error == SURELY, EMPTY, value)
    return Enclosure(value, intervals.where(error == NEVER, slope, ALL), error)


def flag(true: Mask, false: Mask, *operands: Enclosure) -> Enclosure:
    """Return a truth from where it surely holds, and surely does not."""
    low, high = np.where(true, 1.0, 0.0), np.where(false, 0.0, 1.0)
    found = finished(Interval(low, high), intervals.where(true | false, ZERO, ALL), *operands)
    return found._replace(is_flag=True)


def certain(test: Enclosure) -> tuple[Mask, Mask]:
    """Return where a condition surely holds, and surely does not."""
    value = test.value
    return np.asarray((value.low > 0) | (value.high < 0)), intervals.is_zero(value)


def chosen(test: Enclosure, yes: Enclosure, no: Enclosure) -> Enclosure:
    """Return one of two values; between them it may jump."""
    holds, fails = certain(test)
    known = holds | fails
    value = intervals.where(holds, yes.value, intervals.where(fails, no.value, intervals.hull(yes.value, no.value)))
    slope = intervals.where(holds, yes.slope, intervals.where(fails, no.slope, ALL))
    either = np.where((yes.error == SURELY) & (no.error == SURELY), SURELY, np.maximum(yes.error, no.error) > 0)
    error = np.where(holds, yes.error, np.where(fails, no.error, either))
    error = np.where(test.error == SURELY, SURELY, np.maximum(error, test.error)).astype(np.int8)
    value = intervals.where(error == SURELY, EMPTY, value)
    return Enclosure(value, intervals.where(known & (error == NEVER), slope, ALL), error, yes.is_flag and no.is_flag)


def without_error(a: Enclosure, otherwise: Enclosure) -> Enclosure:
    """Return a value, or another one where it is an error."""
    held = Enclosure(a.value, a.slope, np.where(a.error == SURELY, SURELY, NEVER).astype(np.int8))
    failing = flag(np.asarray(a.error == SURELY), is_never(a))
    return chosen(failing, otherwise, held)._replace(is_flag=a.is_flag and otherwise.is_flag)


def stepping(call: Callable[[Interval], Interval], a: Enclosure, own: Codes = NO_ERROR) -> Enclosure:
    """Return a function that moves in steps: level where both ends have the same value."""
    value = call(a.value)
    return finished(value, intervals.where(value.low == value.high, ZERO, ALL), a, own=own)


def in_part(mask: Mask, everywhere: Mask) -> Codes:
    """Return an error that may be where a mask holds, and surely is where another does."""
    if not (np.any(mask) or np.any(everywhere)):
        return NO_ERROR
    return np.where(everywhere, SURELY, np.where(mask, MAYBE, NEVER)).astype(np.int8)
