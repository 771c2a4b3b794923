"""The values of uncertain numbers from uniform ones, for distributions whose arguments are fixed: many at once, fast.

A distribution that has no short formula is tabulated: polynomials of fifth degree over equal steps of probability,
each compared with the quantile function between its knots before it is used. Where a polynomial would show a
difference, next to the ends, the quantile function itself answers.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.distributions.continuous import Lognormal, scaled_exp
from dealmodel.simulation.quantile_table import quantiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dealmodel.distributions import Distribution, Family

    Values = NDArray[np.float64]
    Quantiles = Callable[[Values], Values]

_CELLS = 2048
"""Steps of probability."""
_DEGREE = 5
_INSIDE = (0.04, 0.21, 0.5, 0.79, 0.96)
"""Where in each step a polynomial is compared with the quantile function: where it misses most."""
_TOLERANCE = 1e-12
"""What may be missing, relative to the distance of the quartiles."""
_ROUNDING = 4 * 2.0**-52
"""What may be missing, relative to the value itself."""


def sampler(distribution: Distribution) -> Quantiles:
    """Return what gives the quantiles of one distribution.

    Parameters
    ----------
    distribution
        A single distribution, not an array of them; one outside its domain gives NaN.
    """
    make = _MAKERS.get(distribution.family.name)
    if make is None or distribution.shape != () or not distribution.proper:
        return lambda uniforms: quantiles(distribution, uniforms)
    with np.errstate(all="ignore"):
        return make(distribution, *(np.float64(a) for a in distribution.arguments))


# -- formulas --------------------------------------------------------------------------------------------------------


def _uniform(_: Distribution, low: float, high: float) -> Quantiles:
    def values(uniforms: Values) -> Values:
        found = uniforms * (high - low)
        found += low
        return np.minimum(found, high, out=found)

    return values


def _triangular(_: Distribution, low: float, mode: float, high: float) -> Quantiles:
    width = high - low
    left, right = (mode - low) / width, (high - mode) / width

    def values(uniforms: Values) -> Values:
        # Each half stays at the mode where the other moves.
        rising = np.minimum(uniforms, left)
        rising *= left
        np.sqrt(rising, out=rising)
        falling = np.subtract(1.0, uniforms)
        np.minimum(falling, right, out=falling)
        falling *= right
        np.sqrt(falling, out=falling)
        rising *= width
        rising += low
        falling *= width
        np.subtract(high - mode, falling, out=falling)
        rising += falling
        return np.clip(rising, low, high, out=rising)

    return values


def _exponential(_: Distribution, mean: float) -> Quantiles:
    def values(uniforms: Values) -> Values:
        found = np.log1p(-uniforms)
        found *= -mean
        return found

    return values


def _normal(_: Distribution, mean: float, sd: float) -> Quantiles:
    standard = _standard_normal()

    def values(uniforms: Values) -> Values:
        found = standard(uniforms)
        found *= sd
        found += mean
        return found

    return values


def _lognormal(_: Distribution, mean: float, sd: float) -> Quantiles:
    standard = _standard_normal()
    sigma = float(Lognormal(np.asarray(mean), np.asarray(sd)).sigma)

    def values(uniforms: Values) -> Values:
        found = standard(uniforms)
        found -= sigma / 2
        found *= sigma
        return np.asarray(scaled_exp(mean, found))

    return values


# -- tables ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """Polynomials over the steps from `first` up to `last`, and the quantile function beyond them.

    Attributes
    ----------
    coefficients
        One row for each power, the constant first; one column a step.
    low, high
        The probabilities between which the polynomials hold.
    beyond
        The quantile function.
    """

    coefficients: Values
    low: float
    high: float
    beyond: Quantiles

    def __call__(self, uniforms: Values) -> Values:
        """Return the quantiles."""
        within = uniforms * float(_CELLS)
        steps = within.astype(np.int64)
        within -= steps
        found: Values = self.coefficients[_DEGREE].take(steps)
        term = np.empty_like(found)
        for row in self.coefficients[_DEGREE - 1 :: -1]:
            found *= within
            row.take(steps, out=term, mode="clip")
            found += term
        outside = np.flatnonzero((uniforms < self.low) | (uniforms >= self.high))
        if outside.size:
            found[outside] = self.beyond(uniforms[outside])
        return found


def tabulated(function: Quantiles) -> Quantiles:
    """Return a quantile function by a table, or itself where polynomials do not hold over most of its steps."""
    offsets = (1 - np.cos(np.pi * np.arange(_DEGREE + 1) / _DEGREE)) / 2
    steps = np.arange(_CELLS)
    at = np.clip((steps + offsets[:, None]) / _CELLS, 2.0**-53, 1 - 2.0**-53)
    with np.errstate(all="ignore"):
        knots = function(at.ravel()).reshape(at.shape)
        start = knots[0]
        powers = offsets[1:, None] ** np.arange(1, _DEGREE + 1)
        # Not through BLAS, which would start its threads for this.
        coefficients = np.concatenate([start[None], np.einsum("ij,jk->ik", np.linalg.inv(powers), knots[1:] - start)])
        held = np.isfinite(coefficients).all(axis=0)
        coefficients = np.where(held, coefficients, 0.0)
        spread = float(knots[0, 3 * _CELLS // 4] - knots[0, _CELLS // 4])
        for place in _INSIDE:
            expected = function((steps + place) / _CELLS)
            missing = np.abs(np.polynomial.polynomial.polyval(place, coefficients) - expected)
            held &= missing <= _TOLERANCE * spread + _ROUNDING * np.abs(expected)
    failing = np.flatnonzero(~held)
    below, above = failing[failing < _CELLS // 2], failing[failing >= _CELLS // 2]
    first = int(below[-1]) + 1 if below.size else 0
    last = int(above[0]) if above.size else _CELLS
    if last - first < _CELLS // 2:
        return function
    return Table(np.ascontiguousarray(coefficients), first / _CELLS, last / _CELLS, function)


@functools.cache
def _standard_normal() -> Quantiles:
    from scipy.special import ndtri  # noqa: PLC0415

    return tabulated(ndtri)


@functools.lru_cache(maxsize=256)
def _table(family: Family, arguments: tuple[tuple[str, float], ...]) -> Quantiles:
    distribution = family(**dict(arguments))
    return tabulated(lambda uniforms: quantiles(distribution, uniforms))


def _from_table(distribution: Distribution, *arguments: float) -> Quantiles:
    names = (p.name for p in distribution.family.contract.parameters)
    given = zip(names, arguments, distribution.given, strict=True)
    return _table(distribution.family, tuple((name, a) for name, a, is_given in given if is_given))


_MAKERS: dict[str, Callable[..., Quantiles]] = {
    "uniform": _uniform,
    "triangular": _triangular,
    "exponential": _exponential,
    "normal": _normal,
    "lognormal": _lognormal,
    "beta": _from_table,
    "pert": _from_table,
    "gamma": _from_table,
    "student": _from_table,
    "truncated_normal": _from_table,
}
