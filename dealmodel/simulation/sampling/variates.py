"""The values of uncertain numbers from uniform ones, for distributions whose arguments are fixed: many at once, fast.

A distribution that has no short formula is tabulated.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.distributions.continuous import Lognormal, is_far, scaled_exp
from dealmodel.simulation.sampling.cubic_table import tabulated
from dealmodel.simulation.sampling.quantile_table import quantiles
from dealmodel.simulation.sampling.streams import LEAST, MOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dealmodel.distributions import Distribution, Family
    from dealmodel.simulation.sampling.cubic_table import Function, Quantiles

    Values = NDArray[np.float64]


_EVERYWHERE = np.concatenate([[LEAST], np.linspace(0, 1, 101)[1:-1], [MOST]])


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
    farthest = (standard(np.array([LEAST, MOST])) - sigma / 2) * sigma

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


def _tabulated(function: Function) -> Quantiles:
    """Return a quantile function by a table where one can be made."""
    table = tabulated(function)
    return _of(function) if table is None else table


@functools.cache
def _standard_normal() -> Quantiles:
    from scipy.special import ndtri  # noqa: PLC0415

    return _tabulated(ndtri)


@functools.lru_cache(maxsize=256)
def _table(family: Family, arguments: tuple[tuple[str, float], ...]) -> Quantiles:
    distribution = family(**dict(arguments))
    return _tabulated(lambda uniforms: quantiles(distribution, uniforms))


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
