"""Any quantile function as a table of cubics, each compared with the function before it is used.

The steps divide each halving of the probability of the nearer end equally: they are as fine in the tails as in the
middle, and the first binary digits of that probability, as float64 has them, tell its step.
"""

from __future__ import annotations

from dataclasses import dataclass
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
_MIDDLE = 0.5
_QUARTILES = np.array([0.25, _MIDDLE, 0.75])
_HALVINGS = 18
"""How often the probability of an end is halved: what lies beyond comes up once in 260,000 trials."""
_PLACES = (8, 10)
"""Binary digits that tell the steps of a halving apart: more where fewer do not suffice."""
_MOST_OUTSIDE = 2.0**-6
"""The probability of an end from which cubics have to hold for a table to be worth it."""
_NODES = np.array([0.0, 0.25, 0.75, 1.0])
"""Where a cubic meets the function: few binary digits, so that 1 less such a probability is exact."""
_MANTISSA = 52


class Steps(NamedTuple):
    """The steps of a half: what the digits of the probability of its end say.

    Attributes
    ----------
    shift
        By how many binary digits those of float64 are shifted, so that the number of a step is left.
    first
        The number of the first step.
    number
        How many there are; the last is the middle alone.
    """

    shift: np.int64
    first: int
    number: int

    @classmethod
    def of(cls, places: int) -> Steps:
        """Return those that so many binary digits tell apart."""
        shift = np.int64(_MANTISSA - places)
        first = int(np.float64(2.0 ** -(_HALVINGS + 1)).view(np.int64) >> shift)
        return cls(shift, first, (_HALVINGS << places) + 1)

    @property
    def begins(self) -> Values:
        """The probabilities at which they begin."""
        return (np.arange(self.first, self.first + self.number) << self.shift).view(np.float64)


@dataclass(frozen=True, slots=True)
class Table:
    """Cubics over short steps of probability, and the quantile function where they do not hold.

    Attributes
    ----------
    steps
        The steps of each half.
    coefficients
        One row a power, the constant first: the steps of the lower half, and then those of the upper half, each from
        its end on.
    least
        The probability of an end below which cubics do not hold.
    beyond
        The quantile function.
    """

    steps: Steps
    coefficients: Values
    least: float
    beyond: Function

    def __call__(self, uniforms: Values, out: Values | None = None) -> Values:
        """Return the quantiles."""
        shift, first, number = self.steps
        within = np.subtract(1.0, uniforms)
        np.minimum(uniforms, within, out=within)
        outside = None
        if not np.minimum.reduce(within, initial=1.0) >= self.least:
            outside = np.flatnonzero(~(within >= self.least))
        digits = within.view(np.int64)
        step = digits >> shift
        begins = step << shift
        step -= first
        step += (uniforms > _MIDDLE) * number
        within -= begins.view(np.float64)
        place = begins.view(np.float64)
        # Of the ways to take numbers from a table this is the fastest; what is outside is replaced below.
        found: Values = self.coefficients[3].take(step, out=out, mode="wrap")
        for power in self.coefficients[2::-1]:
            found *= within
            found += power.take(step, out=place, mode="wrap")
        if outside is not None:
            found[outside] = self.beyond(uniforms[outside])
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
                return Table(steps, np.concatenate([lower, upper], axis=1), least, function)
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
    coefficients = np.zeros((4, steps.number))
    coefficients[0] = at_edges
    coefficients[1:, :-1] = first / widths, second / widths**2, third / widths**3
    return coefficients, float(edges[failing[-1] + 1 if failing.size else 0])
