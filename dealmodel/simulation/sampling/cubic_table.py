"""Any quantile function as a table of cubics, each compared with the function before it is used.

The steps divide each halving of the probability of the nearer end equally: they are as fine in the tails as in the
middle, and the first binary digits of that probability, as float64 has them, tell its step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Function = Callable[[Values], Values]


class Quantiles(Protocol):
    """Gives the quantiles of one distribution."""

    def __call__(self, uniforms: Values, out: Values | None = None) -> Values:
        """Return the quantiles of numbers between 0 and 1, both excluded; in another place, if that is given."""


_TOLERANCE = 1e-12
"""What may be missing, relative to the distance of the quartiles and from the median, together."""
_ROUNDING = 4 * 2.0**-52
"""What may be missing, relative to the value itself."""
_QUARTILES = np.array([0.25, 0.5, 0.75])
_HALVINGS = 18
"""How often the probability of an end is halved: what lies beyond comes up once in 260,000 trials."""
_PLACES = (8, 10)
"""Binary digits that tell the steps of a halving apart: more where fewer do not suffice."""
_MOST_OUTSIDE = 2.0**-6
"""The probability of an end from which cubics have to hold for a table to be worth it."""
_NODES = np.array([0.0, 0.25, 0.75, 1.0])
"""Where a cubic meets the function: few binary digits, so that 1 less such a probability is exact."""
_POWERS = 4
_MANTISSA = 52
_EXPONENTS = 64
"""Exponents that are told apart: those of all numbers that streams give, 2^-53 at the least."""


class Steps(NamedTuple):
    """The steps of a half: what the digits of the probability of its end say.

    Attributes
    ----------
    places
        Binary digits that tell the steps of a halving apart.
    first
        The number of the first step: its exponent and these digits, as float64 has them.
    number
        How many there are; the last is the middle alone.
    """

    places: int
    first: int
    number: int

    @classmethod
    def of(cls, places: int) -> Steps:
        """Return those that so many binary digits tell apart."""
        first = int(np.float64(2.0 ** -(_HALVINGS + 1)).view(np.int64)) >> (_MANTISSA - places)
        return cls(places, first, (_HALVINGS << places) + 1)

    @property
    def begins(self) -> Values:
        """The probabilities at which they begin."""
        return (np.arange(self.first, self.first + self.number) << (_MANTISSA - self.places)).view(np.float64)

    @property
    def slots(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where `Table` finds the steps: those of the lower half, and those of the upper half."""
        numbers = np.arange(self.first, self.first + self.number)
        within = numbers & ((1 << self.places) - 1)
        exponents = (numbers >> self.places) & (_EXPONENTS - 1)
        lower, upper = exponents + _EXPONENTS, _EXPONENTS - 1 - exponents
        return lower << self.places | within, upper << self.places | within


class Table:
    """Cubics over short steps of probability, and the quantile function where they do not hold.

    Parameters
    ----------
    steps
        The steps of each half.
    lower, upper
        Coefficients of the steps of the lower half, and those of the upper half, each from its end on: one row a power,
        the constant first.
    least
        The probability of an end below which cubics do not hold.
    beyond
        The quantile function.

    Notes
    -----
    With h = round(u), u - h is the probability of the nearer end, in the upper half its negative, without a loss. The
    last six digits of its exponent tell the halving. h is 0, or else 1, whose exponent is ten ones: an exclusive or
    with it inverts these six and, as those before them are ones, leaves the next one 0, which tells the half.
    """

    def __init__(self, steps: Steps, lower: Values, upper: Values, least: float, beyond: Function) -> None:
        self._beyond = beyond
        self._shift = np.array(_MANTISSA - steps.places)
        self._slot = np.array((2 * _EXPONENTS << steps.places) - 1)
        self._begin = np.array(-1 << (_MANTISSA - steps.places))
        known = steps.begins >= least
        below, above = (slots[known] for slots in steps.slots)
        # Each in memory of its own: most of it is never touched, and pages of large pieces are large.
        self._coefficients = [np.zeros(2 * _EXPONENTS << steps.places) for _ in range(_POWERS)]
        # Where cubics do not hold, the constant is NaN.
        self._coefficients[0][:] = np.nan
        for power, row in enumerate(self._coefficients):
            row[below] = lower[power, known]
            row[above] = upper[power, known] * (-1) ** power

    def __call__(self, uniforms: Values, out: Values | None = None) -> Values:
        """Return the quantiles."""
        half = np.rint(uniforms)
        within = np.subtract(uniforms, half)
        slot, digits = half.view(np.int64), within.view(np.int64)
        np.bitwise_xor(slot, digits, out=slot)
        np.right_shift(slot, self._shift, out=slot)
        np.bitwise_and(slot, self._slot, out=slot)
        place = np.empty_like(within)
        np.bitwise_and(digits, self._begin, out=place.view(np.int64))
        within -= place
        # Of the ways to take numbers from a table this is the fastest.
        found: Values = self._coefficients[3].take(slot, out=out, mode="wrap")
        for power in self._coefficients[2::-1]:
            found *= within
            found += power.take(slot, out=place, mode="wrap")
        if np.isnan(np.minimum.reduce(found, initial=np.inf)):
            outside = np.flatnonzero(np.isnan(found))
            found[outside] = self._beyond(uniforms[outside])
        return found


def tabulated(function: Function) -> Quantiles | None:
    """Return a quantile function by a table; None where cubics do not hold but for the ends.

    Parameters
    ----------
    function
        The quantile function.
    """
    with np.errstate(all="ignore"):
        for steps in map(Steps.of, _PLACES):
            lower, from_below = _half(function, function, steps)
            upper, from_above = _half(lambda probabilities: function(1.0 - probabilities), function, steps)
            least = max(from_below, from_above)
            if least <= _MOST_OUTSIDE:
                return Table(steps, lower, upper, least, function)
    return None


def _half(half: Function, function: Function, steps: Steps) -> tuple[Values, float]:
    """Return the coefficients of one half, a row for every power, and the probability from which on they hold."""
    first_quartile, median, third_quartile = function(_QUARTILES)
    edges = steps.begins
    begins, widths = edges[:-1], np.diff(edges)
    at_edges, halfway = half(edges), half(begins + widths / 2)
    rises = np.stack([*(half(begins + node * widths) for node in _NODES[1:-1]), at_edges[1:]]) - at_edges[:-1]
    # Not through BLAS, which would start its threads for this.
    first, second, third = np.einsum("ij,jk->ik", np.linalg.inv(_NODES[1:, None] ** np.arange(1, 4)), rises)
    # A cubic misses most in the middle of its nodes.
    missing = np.abs(at_edges[:-1] + ((third / 2 + second) / 2 + first) / 2 - halfway)
    distance = third_quartile - first_quartile + np.abs(halfway - median)
    failing = np.flatnonzero(~(missing <= _TOLERANCE * distance + _ROUNDING * np.abs(halfway)))
    coefficients = np.zeros((_POWERS, steps.number))
    coefficients[0] = at_edges
    coefficients[1:, :-1] = first / widths, second / widths**2, third / widths**3
    return coefficients, float(edges[failing[-1] + 1 if failing.size else 0])
