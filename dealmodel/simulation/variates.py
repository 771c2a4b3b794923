"""The values of uncertain numbers from uniform ones, for distributions whose arguments are fixed: many at once, fast.

A distribution that has no short formula is tabulated: polynomials over equal steps of probability, each compared with
the quantile function between its knots before it is used. Where a polynomial would show a difference, next to the
ends, the quantile function itself answers.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dealmodel.distributions.continuous import Lognormal, is_far, scaled_exp
from dealmodel.simulation.quantile_table import quantiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dealmodel.distributions import Distribution, Family

    Values = NDArray[np.float64]
    Function = Callable[[Values], Values]


class Quantiles(Protocol):
    """Gives the quantiles of one distribution."""

    def __call__(self, uniforms: Values, out: Values | None = None) -> Values:
        """Return the quantiles of numbers between 0 and 1, both excluded; in another place, if that is given."""


_TOLERANCE = 1e-12
"""What may be missing, relative to the distance of the quartiles."""
_ROUNDING = 4 * 2.0**-52
"""What may be missing, relative to the value itself."""
_LEAST, _MOST = 2.0**-53, 1 - 2.0**-53
"""Between which all numbers of streams are."""
_EVERYWHERE = np.concatenate([[_LEAST], np.linspace(0, 1, 101)[1:-1], [_MOST]])


def sampler(distribution: Distribution) -> Quantiles:
    """Return what gives the quantiles of one distribution.

    Parameters
    ----------
    distribution
        A single distribution, not an array of them; one outside its domain gives NaN.
    """
    make = _MAKERS.get(distribution.family.name)
    if make is None or distribution.shape != () or not distribution.proper:
        return _of(lambda uniforms: quantiles(distribution, uniforms))
    with np.errstate(all="ignore"):
        return make(distribution, *(np.float64(a) for a in distribution.arguments))


@functools.lru_cache(maxsize=1024)
def fixed(family: Family, *arguments: float | tuple[float, ...]) -> tuple[Quantiles, bool]:
    """Return what gives the quantiles of one distribution, made once, and whether all of them are finite.

    Parameters
    ----------
    family
        Its family.
    arguments
        Its arguments, as the family takes them, lists as tuples.
    """
    values = sampler(family(*arguments))
    # Quantiles only rise, so both ends tell.
    return values, bool(np.isfinite(values(_EVERYWHERE)).all())


def _of(function: Function) -> Quantiles:
    """Return a function as quantiles that can be put in a place."""

    def values(uniforms: Values, out: Values | None = None) -> Values:
        found = function(uniforms)
        if out is None:
            return found
        np.copyto(out, found)
        return out

    return values


# -- formulas --------------------------------------------------------------------------------------------------------


def _uniform(_: Distribution, low: float, high: float) -> Quantiles:
    def values(uniforms: Values, out: Values | None = None) -> Values:
        found = np.multiply(uniforms, high - low, out=out)
        found += low
        return np.minimum(found, high, out=found)

    return values


def _triangular(_: Distribution, low: float, mode: float, high: float) -> Quantiles:
    width = high - low
    left, right = (mode - low) / width, (high - mode) / width

    def values(uniforms: Values, out: Values | None = None) -> Values:
        # Each half stays at the mode where the other moves.
        falling = np.subtract(1.0, uniforms)
        rising = np.minimum(uniforms, left, out=out)
        rising *= left
        np.sqrt(rising, out=rising)
        np.minimum(falling, right, out=falling)
        falling *= right
        np.sqrt(falling, out=falling)
        rising *= width
        rising += low
        falling *= width
        np.subtract(high - mode, falling, out=falling)
        rising += falling
        np.maximum(rising, low, out=rising)
        return np.minimum(rising, high, out=rising)

    return values


def _exponential(_: Distribution, mean: float) -> Quantiles:
    def values(uniforms: Values, out: Values | None = None) -> Values:
        found = np.negative(uniforms, out=out)
        np.log1p(found, out=found)
        found *= -mean
        return found

    return values


def _normal(_: Distribution, mean: float, sd: float) -> Quantiles:
    standard = _standard_normal()

    def values(uniforms: Values, out: Values | None = None) -> Values:
        found = standard(uniforms, out)
        found *= sd
        found += mean
        return found

    return values


def _lognormal(_: Distribution, mean: float, sd: float) -> Quantiles:
    standard = _standard_normal()
    sigma = float(Lognormal(np.asarray(mean), np.asarray(sd)).sigma)
    farthest = (standard(np.array([_LEAST, _MOST])) - sigma / 2) * sigma

    def values(uniforms: Values, out: Values | None = None) -> Values:
        found = standard(uniforms, out)
        found -= sigma / 2
        found *= sigma
        np.exp(found, out=found)
        found *= mean
        return found

    def far(uniforms: Values) -> Values:
        return np.asarray(scaled_exp(mean, (standard(uniforms) - sigma / 2) * sigma))

    return _of(far) if is_far(farthest).any() else values


# -- tables ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """Polynomials over equal steps, and the quantile function where they do not hold.

    Attributes
    ----------
    steps
        Into how many the probabilities are divided.
    coefficients
        One row a step, the constant first; of up to four powers each, which are taken at once.
        NaN where polynomials do not hold.
    beyond
        The quantile function.
    """

    steps: int
    coefficients: tuple[Values, ...]
    beyond: Function

    def __call__(self, uniforms: Values, out: Values | None = None) -> Values:
        """Return the quantiles."""
        within = uniforms * float(self.steps)
        whole = np.floor(within)
        within -= whole
        step = whole.astype(np.int64)
        found: Values = whole if out is None else out
        powers = [c for part in self.coefficients for c in part.take(step, axis=0, mode="clip").T]
        np.multiply(powers[-1], within, out=found)
        for power in powers[-2:0:-1]:
            found += power
            found *= within
        found += powers[0]
        outside = np.flatnonzero(np.isnan(found))
        if outside.size:
            found[outside] = self.beyond(uniforms[outside])
        return found


def tabulated(function: Function, degree: int = 5, steps: int = 2048) -> Quantiles:
    """Return a quantile function by a table, or itself where polynomials do not hold over most of its steps.

    Parameters
    ----------
    function
        The quantile function.
    degree
        Of the polynomials: one of 3 takes a third less time than one of 5, and needs four times as many steps.
    steps
        How many polynomials.
    """
    offsets = (1 - np.cos(np.pi * np.arange(degree + 1) / degree)) / 2
    # Where a polynomial misses most: between its knots.
    between = (offsets[1:] + offsets[:-1]) / 2
    numbers = np.arange(steps)
    at = np.clip((numbers + offsets[:, None]) / steps, _LEAST, _MOST)
    with np.errstate(all="ignore"):
        knots = function(at.ravel()).reshape(at.shape)
        start = knots[0]
        powers = offsets[1:, None] ** np.arange(1, degree + 1)
        # Not through BLAS, which would start its threads for this.
        coefficients = np.concatenate([start[None], np.einsum("ij,jk->ik", np.linalg.inv(powers), knots[1:] - start)])
        held = np.isfinite(coefficients).all(axis=0)
        coefficients = np.where(held, coefficients, 0.0)
        spread = float(start[3 * steps // 4] - start[steps // 4])
        for place in between:
            expected = function((numbers + place) / steps)
            missing = np.abs(np.polynomial.polynomial.polyval(place, coefficients) - expected)
            held &= missing <= _TOLERANCE * spread + _ROUNDING * np.abs(expected)
    failing = np.flatnonzero(~held)
    below, above = failing[failing < steps // 2], failing[failing >= steps // 2]
    first = int(below[-1]) + 1 if below.size else 0
    last = int(above[0]) if above.size else steps
    if last - first < steps // 2:
        return _of(function)
    coefficients[:, :first] = coefficients[:, last:] = np.nan
    parts = tuple(np.ascontiguousarray(coefficients[i : i + 4].T) for i in range(0, degree + 1, 4))
    return Table(steps, parts, function)


@functools.cache
def _standard_normal() -> Quantiles:
    from scipy.special import ndtri  # noqa: PLC0415

    return tabulated(ndtri, 3, 8192)


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
