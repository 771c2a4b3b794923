"""The law of the truncated normal distribution, accurate however far out in a tail it is cut, and however narrow.

Probabilities are ratios of integrals of the density over parts of the interval. Each integral is scaled by the
density at the point of its interval that is nearest to the mean, so that none underflows.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.functions.truncation import moments, noticeable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.contract import Array

_ROOT_HALF_PI = np.sqrt(np.pi / 2)
_SHALLOW = 0.5
"""Up to this fall of the logarithm of the density, the closed form would cancel and quadrature leaves no error."""
_FAR = 8.0
"""Deviations from the mean beyond which the normal quantile no longer tells neighbouring values apart."""
_NARROW = 0.1
"""Width, against the scale on which the density falls, below which it does not either."""
_CLOSE = 0.05
"""Distance from an end, against that scale, below which its digits are lost in those of the quantile."""


@dataclass(frozen=True, slots=True)
class TruncatedNormal:
    """Normal with a mean and a standard deviation, cut to an interval."""

    mean: Array
    sd: Array
    low: Array
    high: Array

    def support(self) -> tuple[Array, Array]:
        """Return the interval."""
        return self.low, self.high

    def variance(self) -> Array:
        """Return the variance of what is left."""
        return moments(self.mean, self.sd, self.low, self.high)[1]

    def cdf(self, x: Array) -> Array:
        """Return (Phi(z) - Phi(a)) / (Phi(b) - Phi(a))."""
        a, z, b = ((point - self.mean) / self.sd for point in (self.low, x, self.high))
        part = _mass_between(a, z, (x - self.low) / self.sd)
        whole = _mass_between(a, b, (self.high - self.low) / self.sd)
        # The fall of the logarithm of the density from the point nearest the mean of all to that of the part.
        fall = np.where(
            b <= 0, (x - self.high) / self.sd * (z + b) / 2, np.where(a < 0, np.minimum(z, 0) ** 2 / 2, 0.0)
        )
        return np.minimum(part / whole * np.exp(-fall), 1.0)

    def sf(self, x: Array) -> Array:
        """Return the cdf of the mirror image."""
        return TruncatedNormal(-self.mean, self.sd, -self.high, -self.low).cdf(-x)

    def ppf(self, q: Array) -> Array:
        """Return the quantile: by the normal quantile where that is accurate, else by Newton's method from an end."""
        mirrored = self.low + self.high < 2 * self.mean
        near = np.where(mirrored, self.mean - self.high, self.low - self.mean) / self.sd
        width = (self.high - self.low) / self.sd
        end, other = np.where(mirrored, self.high, self.low), np.where(mirrored, self.low, self.high)
        inwards = np.where(mirrored, -self.sd, self.sd)
        lower, upper = np.where(mirrored, 1 - q, q), np.where(mirrored, q, 1 - q)
        steep = (near > _FAR) | (width * (1 + np.abs(near)) < _NARROW)
        if steep.all():
            return _place(end, other, inwards, *_by_newton(near, width, lower, upper))
        values = self._plain(near, width, end, other, inwards, lower, upper)
        if steep.any():
            where = np.broadcast_to(steep, values.shape)
            frame = np.broadcast_arrays(values, end, other, inwards, near, width, lower, upper)[1:]
            ends, others, signed, *shape = (operand[where] for operand in frame)
            values[where] = _place(ends, others, signed, *_by_newton(*shape))
        return values

    def _plain(
        self, near: Array, width: Array, end: Array, other: Array, inwards: Array, lower: Array, upper: Array
    ) -> Array:
        """Return the quantile by the normal quantile, and next to the ends from there."""
        from scipy.special import ndtr, ndtri  # noqa: PLC0415

        far = near + width
        mass = np.where(near > 0, ndtr(-near) - ndtr(-far), ndtr(far) - ndtr(near))
        below, above = ndtr(near) + lower * mass, ndtr(-far) + upper * mass
        values = np.asarray(self.mean + inwards * np.copysign(ndtri(np.minimum(below, above)), below - above))
        for edge, signed, slope, share in (end, inwards, near, lower), (other, -inwards, -far, upper):
            # In units of the density at the edge, and so nearly the distance from it.
            target = share * (mass * (2 * _ROOT_HALF_PI) * np.exp(slope**2 / 2))
            close = target * (1 + np.abs(slope)) < _CLOSE
            if close.any():
                edges, steps, slopes, targets = (o[close] for o in np.broadcast_arrays(edge, signed, slope, target))
                values[close] = edges + steps * _from_end(slopes, targets)
        return values


def _place(end: Array, other: Array, inwards: Array, distance: Array, rest: Array) -> Array:
    """Return the point that lies so far from either end, from the nearer one."""
    return np.where(distance <= rest, end + inwards * distance, other - inwards * rest)


def _by_newton(a: Array, width: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Return the distances from a, near the mean, and from the other end, with these shares of the mass between."""
    from scipy.special import erfcx  # noqa: PLC0415

    whole = _mass(a, width)
    endless = _ROOT_HALF_PI * erfcx(a / np.sqrt(2))
    beyond = np.exp(-width * (a + width / 2)) * erfcx((a + width) / np.sqrt(2)) * _ROOT_HALF_PI / endless
    is_lower = lower <= upper
    fall = np.where(is_lower, -np.log1p(-lower * whole / endless), -np.log(beyond + upper * (whole / endless)))
    distance = np.minimum(2 * fall * endless / (1 + np.sqrt(1 + 2 * fall * endless**2)), width)
    rest = width - distance
    for _ in range(4):
        density = np.exp(-distance * (a + distance / 2))
        from_below = (lower * whole - _mass(a, distance)) / density
        from_above = _mass(a + distance, rest) - upper * whole / density
        step = _step(a + distance, np.where(is_lower, from_below, from_above))
        distance, rest = np.clip(distance + step, 0, width), np.clip(rest - step, 0, width)
    return distance, rest


def _from_end(slope: Array, target: Array) -> Array:
    """Return the short distance over which the integral of exp(-slope t - t^2 / 2) is the target."""
    distance = _step(slope, target)
    for _ in range(2):
        missing = (target - _mass(slope, distance)) * np.exp(distance * (slope + distance / 2))
        distance = distance + _step(slope + distance, missing)
    return distance


def _step(rate: Array, missing: Array) -> Array:
    """Return how far to go for what is missing of the integral of a density that falls exponentially from 1."""
    depth = rate * missing
    return missing * np.where(depth == 0, 1.0, -np.log1p(-depth) / depth)


def truncated_normal(mean: Array, sd: Array, low: Array, high: Array) -> TruncatedNormal:
    """Return the law, with a deviation in proportion to the interval."""
    return TruncatedNormal(mean, noticeable(mean, sd, low, high), low, high)


def _mass_between(a: Array, b: Array, width: Array) -> Array:
    """Return the integral of exp(-(t^2 - r^2) / 2) from a to b, r being the point nearest to 0."""
    from scipy.special import erf  # noqa: PLC0415

    across = _ROOT_HALF_PI * (erf(b / np.sqrt(2)) - erf(a / np.sqrt(2)))
    return np.where((a < 0) & (b > 0), across, _mass(np.where(a >= 0, a, -b), width))


def _mass(a: Array, width: Array) -> Array:
    """Return the integral of exp(-a t - t^2 / 2) from 0 to `width`, for a of at least 0 or a small width."""
    from scipy.special import erfcx  # noqa: PLC0415

    depth = width * (a + width / 2)
    steep = _ROOT_HALF_PI * (erfcx(a / np.sqrt(2)) - erfcx((a + width) / np.sqrt(2)) * np.exp(-depth))
    shallow = depth < _SHALLOW
    if not np.any(shallow):
        return steep
    nodes, weights = _quadrature()
    at = np.where(shallow, width, 0.0)[..., None] * nodes
    flat = width * np.sum(weights * np.exp(-at * (np.asarray(a)[..., None] + at / 2)), axis=-1)
    return np.where(shallow, flat, steep)


@functools.cache
def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes on [0, 1] and weights of Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(10)
    return (nodes + 1) / 2, weights / 2
