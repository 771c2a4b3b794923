"""The normal distribution cut off on both sides: its moments, accurate however far out the cut lies."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.contract import Array, below, worksheet
from dealmodel.domain import Number, PositiveNumber

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 4096
"""Cases integrated at once, so that the nodes of all stay in the cache."""
_NODES = 48
"""On exp(-40 x^2) over [-1, 1], the steepest that comes, Gauss-Legendre of 48 nodes leaves no error in float64."""
_DROP = 40.0
"""Where the density has fallen by e^-40 from its highest, what is left does not show in float64."""

_EVEN = 1e12
"""Deviations, of the farthest bound from the mean, beyond which no float64 shows that the density is not even."""


@worksheet(below("low", "high"))
def truncated_normal(mean: Number, sd: PositiveNumber, low: Number, high: Number) -> Number:
    """Bell curve of which only the part between two bounds is left.

    Parameters
    ----------
    mean
        Mean of the whole bell curve, before it is cut.
    sd
        Standard deviation of the whole bell curve.
    low
        Lowest value.
    high
        Highest value, above `low`.

    Returns
    -------
    Mean of what is left, which differs from `mean` unless the bounds lie symmetrically; sampled when the workbook is
    simulated.

    Notes
    -----
    mean + sd (phi(a) - phi(b)) / (Phi(b) - Phi(a)), a = (low - mean) / sd, b = (high - mean) / sd

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 1, ch. 13, 10.1.

    Examples
    --------
    >>> round(truncated_normal(0.0, 1.0, 0.0, 100.0), 12) == round((2 / np.pi) ** 0.5, 12)
    True
    """
    return moments(mean, sd, low, high)[0]


def noticeable(mean: Array, sd: Array, low: Array, high: Array) -> Array:
    """Return the deviation, or one beside which the density is as even and that is not out of all proportion."""
    return np.minimum(sd, _EVEN * np.maximum(np.abs(low - mean), np.abs(high - mean)))


def moments(mean: Array, sd: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Return mean and variance by quadrature over a density without cancellation.

    The printed formulas subtract numbers that agree in ever more digits as the bounds move into a tail or towards
    each other. Here distances d from the point of highest density, in deviations, are weighed with the density
    exp(-s d - d^2 / 2), where s is how far that point lies from the mean: every term is positive.
    """
    operands = np.broadcast_arrays(mean, noticeable(mean, sd, low, high), low, high)
    flat = [np.ravel(operand) for operand in operands]
    chunks = [_moments(*(operand[i : i + _CHUNK] for operand in flat)) for i in range(0, flat[0].size, _CHUNK)] or [
        (np.empty(0), np.empty(0))
    ]
    means, variances = (np.concatenate(part).reshape(operands[0].shape) for part in zip(*chunks, strict=True))
    return means, variances


def _moments(mean: Array, sd: Array, low: Array, high: Array) -> tuple[Array, Array]:
    highest = np.clip(mean, low, high)
    outwards = np.where(mean >= high, -1.0, 1.0)
    slope = np.abs(highest - mean) / sd
    width = (high - low) / sd
    reach = 2 * _DROP / (slope + np.sqrt(slope**2 + 2 * _DROP))
    inside = (low < mean) & (mean < high)
    start = np.where(inside, np.maximum((low - mean) / sd, -reach), 0.0)
    stop = np.where(inside, np.minimum((high - mean) / sd, reach), np.minimum(width, reach))
    nodes, weights = _quadrature()
    at = start[:, None] + (stop - start)[:, None] * nodes
    density = weights * np.exp(-(slope[:, None] + at / 2) * at)
    mass = density.sum(axis=-1)
    distance = (density * at).sum(axis=-1) / mass
    spread = (density * (at - distance[:, None]) ** 2).sum(axis=-1) / mass
    return highest + outwards * sd * distance, sd**2 * spread


@functools.cache
def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes on [0, 1] and weights of Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights
