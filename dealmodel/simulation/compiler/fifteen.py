"""Numbers compared as Excel compares them: by fifteen decimal digits.

So 0.1+0.2 is 0.3, and a balance that is out by the last binary digit balances. Almost always one look tells that no two
numbers are so near each other.

References
----------
.. [1] Microsoft, "Floating-point arithmetic may give inaccurate results in Excel".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Mask = NDArray[np.bool_]

_DIGITS = 15
_NEAR = 1.0000001e-14
"""Difference, relative to the larger of two numbers, beyond which their fifteen digits differ."""
_UNSURE = 0.3
"""Distance from the middle of two numbers of fifteen digits within which scaling does not tell which is nearer."""
_LEAST, _MOST = 1.001e14, 9.99e14
"""Between which sizes fifteen digits are surely the whole digits of a number that is scaled."""
_EXACT = 22
"""Powers of ten up to which they are numbers without rounding."""
_PLAIN = 280
"""Powers of ten up to which scaling neither overflows nor loses digits."""


def same(a: Values, b: Values) -> Mask:
    """Return where the fifteen digits of two numbers are the same."""
    a, b = np.broadcast_arrays(a, b)
    equal = np.asarray(a == b)
    with np.errstate(all="ignore"):
        near = np.asarray((np.abs(a - b) <= _NEAR * np.maximum(np.abs(a), np.abs(b))) & ~equal)
    if near.any():
        equal = np.array(equal)
        equal[near] = _same_of_near(a[near], b[near])
    return equal


def _same_of_near(a: Values, b: Values) -> Mask:
    with np.errstate(all="ignore"):
        place = np.floor(np.log10(np.maximum(np.abs(a), np.abs(b))))
        factor = 10.0 ** (_DIGITS - 1 - place)
        scaled = np.abs(np.stack([a, b]) * factor)
        rest = np.abs(scaled - np.floor(scaled) - 0.5)
        sure = (scaled > _LEAST) & (scaled < _MOST) & (rest > _UNSURE) & (np.abs(place) < _PLAIN)
    found: Mask = np.rint(scaled[0]) == np.rint(scaled[1])
    unsure = ~sure.all(axis=0)
    pairs = zip(a[unsure].tolist(), b[unsure].tolist(), strict=True)
    found[unsure] = [float(f"{x:.{_DIGITS}g}") == float(f"{y:.{_DIGITS}g}") for x, y in pairs]
    return found


def rounded(numbers: Values) -> Values:
    """Return numbers as texts of them have them: by fifteen digits."""
    with np.errstate(all="ignore"):
        place = np.floor(np.log10(np.abs(numbers)))
        more = _DIGITS - 1 - place
        scaled = np.abs(numbers) * 10.0**more
        whole = np.rint(scaled)
        # A whole number of fifteen digits over an exact power of ten is the nearest number to its decimals.
        found = np.copysign(np.where(more >= 0, whole / 10.0**more, whole * 10.0**-more), numbers)
        rest = np.abs(scaled - np.floor(scaled) - 0.5)
        sure = (scaled > _LEAST) & (scaled < _MOST) & (rest > _UNSURE) & (np.abs(more) <= _EXACT)
    unsure = ~(sure | (numbers == 0))
    found = np.where(numbers == 0, 0.0, found)
    if unsure.any():
        found[unsure] = [float(f"{number:.{_DIGITS}g}") for number in numbers[unsure].tolist()]
    return found


def compared(call: Any, *, holds: bool) -> Callable[..., Any]:  # noqa: ANN401  a comparison of NumPy
    """Return a comparison by fifteen digits, which may be given a place for what it finds.

    Parameters
    ----------
    call
        Compares all digits.
    holds
        What it says of numbers that are the same.
    """
    tells_order = call not in (np.equal, np.not_equal)

    def compare(a: Values, b: Values, out: Mask | None = None) -> Mask:
        beside = _beside(call, a, b, out) if tells_order else None
        if beside is not None:
            return beside
        found: Mask = call(a, b, out)
        if not _may_be_near(a, b):
            return found
        places = same(a, b)
        if out is None:
            return np.where(places, holds, found)
        np.copyto(out, holds, where=places)
        return out

    return compare


def _beside(call: Any, a: Values, b: Values, out: Mask | None) -> Mask | None:  # noqa: ANN401  a comparison of NumPy
    """Compare numbers with a single one by which is less; None where there is no single one, or one may be near it.

    They are compared with what is a little less than it, and with a little more: if both say the same, none is between.
    """
    is_second = np.ndim(b) == 0
    if not is_second and np.ndim(a):
        return None
    number = float(b if is_second else a)
    room = _room(number)
    if not 0 < room < np.inf:
        return None
    if is_second:
        found, other = call(a, number - room, out), call(a, number + room)
    else:
        found, other = call(number - room, b, out), call(number + room, b)
    # Of the ways to compare flags this is the quickest.
    return found if found.tobytes() == other.tobytes() else None


def _room(number: float) -> float:
    """Return at what distance from a number the fifteen digits of another surely differ from its own."""
    return 2 * _NEAR * abs(number)


def _may_be_near(a: Values, b: Values) -> bool:
    """Whether some two numbers may have the same fifteen digits without being the same."""
    if np.ndim(b) == 0:
        room = _room(float(b))
        # Between both ends there is one where not as many are above the one as above the other.
        return bool(room) and np.count_nonzero(a > b - room) != np.count_nonzero(a > b + room)
    with np.errstate(over="ignore", under="ignore"):
        # No less than the largest of them, in one pass; where it overflows, all are looked at.
        size = float(np.dot(b, b)) ** 0.5
        apart = np.subtract(a, b)
    np.absolute(apart, apart)
    # Not the other way round: of what is no number nothing is known.
    return not np.minimum.reduce(apart) > 2 * _NEAR * size
