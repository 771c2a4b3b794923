"""Uncertain numbers: on the sheet each is its mean, in a simulation it is sampled.

`dealmodel.distributions` has variance, cdf and quantiles of each, over the domains that are declared here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dealmodel.contract import Requirement, at_most, below, worksheet
from dealmodel.domain import NonNegativeNumber, Number, PositiveNumber

_LARGEST_SHAPE = 1e12
"""Of a beta distribution: beyond it, float64 tells few of the quantiles around the mode apart."""


class MeanRequirement(Requirement):
    """A condition on the mean alone: where it fails, the distribution exists and can be sampled without a mean."""

    __slots__ = ()


def _mean_needs_above_1(name: str) -> MeanRequirement:
    return MeanRequirement((name,), lambda value: value > 1, f"{name} must be above 1 for a mean to exist")


def _finite_width() -> Requirement:
    def holds(low: Any, high: Any) -> Any:  # noqa: ANN401  float64 arrays
        return np.isfinite(high - low)

    return Requirement(("low", "high"), holds, "low and high must be less than 1.79E308 apart")


def _between_shapes(name: str, least: float = 0.0) -> Requirement:
    words = f"{name} must be at most 1E12" if least == 0 else f"{name} must be between {least:.0E} and 1E12"
    return Requirement((name,), lambda shape: (shape >= least) & (shape <= _LARGEST_SHAPE), words)


@worksheet(below("low", "high"), _finite_width())
def uniform(low: Number, high: Number) -> Number:
    """Any number between two, all equally likely.

    Parameters
    ----------
    low
        Lowest value.
    high
        Highest value, above `low`.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    (low + high) / 2

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 2, ch. 26.

    Examples
    --------
    >>> uniform(250.0, 340.0)
    295.0
    """
    return (low + high) / 2


@worksheet()
def normal(mean: Number, sd: PositiveNumber) -> Number:  # noqa: ARG001  the mean does not hang on it
    """Bell curve.

    Parameters
    ----------
    mean
        Mean.
    sd
        Standard deviation.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    mean

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 1, ch. 13.

    Examples
    --------
    >>> normal(294.0, 20.0)
    294.0
    """
    return mean


@worksheet()
def lognormal(mean: PositiveNumber, sd: PositiveNumber) -> Number:  # noqa: ARG001  the mean does not hang on it
    """Positive number whose logarithm is normal.

    Parameters
    ----------
    mean
        Mean of the number itself, not of its logarithm.
    sd
        Standard deviation of the number itself.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    mean; the logarithm has variance s^2 = ln(1 + (sd / mean)^2) and mean ln(mean) - s^2 / 2

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 1, ch. 14.

    Examples
    --------
    >>> lognormal(892.0, 100.0)
    892.0
    """
    return mean


@worksheet(at_most("low", "mode"), at_most("mode", "high"), below("low", "high"), _finite_width())
def triangular(low: Number, mode: Number, high: Number) -> Number:
    """Three-point estimate with straight sides.

    Parameters
    ----------
    low
        Lowest value.
    mode
        Most likely value; it may be the lowest or the highest.
    high
        Highest value, above `low`.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    (low + mode + high) / 3

    References
    ----------
    .. [1] S. Kotz & J. R. van Dorp, *Beyond Beta*, World Scientific 2004, ch. 1.

    Examples
    --------
    >>> triangular(250.0, 294.0, 341.0)
    295.0
    """
    return (low + mode + high) / 3


@worksheet(
    at_most("low", "mode"),
    at_most("mode", "high"),
    below("low", "high"),
    _finite_width(),
    _between_shapes("lambda_"),
)
def pert(low: Number, mode: Number, high: Number, lambda_: NonNegativeNumber = 4.0) -> Number:
    """Three-point estimate with a smooth curve, in which the extremes weigh little.

    Parameters
    ----------
    low
        Lowest value.
    mode
        Most likely value; it may be the lowest or the highest.
    high
        Highest value, above `low`.
    lambda_
        Weight of the most likely value against either extreme, at most 1E12; 0 is the uniform distribution.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    (low + lambda mode + high) / (lambda + 2): a beta distribution on [low, high] with alpha = 1 + lambda (mode - low)
    / (high - low) and beta = 1 + lambda (high - mode) / (high - low)

    References
    ----------
    .. [1] D. Vose, *Risk Analysis*, 3rd ed., Wiley 2008: PERT and modified PERT distribution;
       vosesoftware.com/riskwiki/PERTdistribution.php.

    Examples
    --------
    >>> pert(250.0, 294.0, 344.0)
    295.0
    """
    return (low + lambda_ * mode + high) / (lambda_ + 2)


@worksheet(below("low", "high"), _finite_width(), _between_shapes("alpha", 1e-12), _between_shapes("beta", 1e-12))
def beta(alpha: PositiveNumber, beta: PositiveNumber, low: Number = 0.0, high: Number = 1.0) -> Number:
    """Share or other bounded number of a given shape.

    Parameters
    ----------
    alpha
        First shape, from 1E-12 to 1E12; the larger, the closer to `high`.
    beta
        Second shape, from 1E-12 to 1E12; the larger, the closer to `low`.
    low
        Lowest value.
    high
        Highest value, above `low`.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    low + (high - low) alpha / (alpha + beta)

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 2, ch. 25.

    Examples
    --------
    >>> beta(1.0, 3.0)
    0.25
    """
    return low + (high - low) * alpha / (alpha + beta)


@worksheet()
def gamma(shape: PositiveNumber, scale: PositiveNumber) -> Number:
    """Positive number such as a total of losses or a time to several events.

    Parameters
    ----------
    shape
        Shape; 1 is the exponential distribution.
    scale
        Scale, in the unit of the number.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    shape scale

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 1, ch. 17.

    Examples
    --------
    >>> gamma(2.0, 147.0)
    294.0
    """
    return shape * scale


@worksheet()
def exponential(mean: PositiveNumber) -> Number:
    """Time to an event that is as likely at any time.

    Parameters
    ----------
    mean
        Mean, which is 1 over the rate.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    mean

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 1, ch. 19.

    Examples
    --------
    >>> exponential(7.0)
    7.0
    """
    return mean


@worksheet()
def weibull(shape: PositiveNumber, scale: PositiveNumber) -> Number:
    """Time to a failure that becomes more or less likely with age.

    Parameters
    ----------
    shape
        Shape; above 1 the failure becomes more likely with age, below 1 less.
    scale
        Time by which 63.2% have failed.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    scale Gamma(1 + 1 / shape)

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 1, ch. 21.

    Examples
    --------
    >>> weibull(0.5, 10.0)
    20.0
    """
    from scipy.special import gamma as factorial  # noqa: PLC0415  200 ms that few need

    return scale * factorial(1 + 1 / shape)


@worksheet(_mean_needs_above_1("df"))
def student(mean: Number, scale: PositiveNumber, df: PositiveNumber) -> Number:  # noqa: ARG001  of the shape alone
    """Bell curve with heavy tails.

    Parameters
    ----------
    mean
        Centre, which is the mean where one exists.
    scale
        Scale; the standard deviation is larger, scale sqrt(df / (df - 2)), and exists for df above 2.
    df
        Degrees of freedom; the fewer, the heavier the tails. There is no mean for df up to 1.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    mean, for df > 1

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 2, ch. 28.

    Examples
    --------
    >>> student(294.0, 20.0, 4.0)
    294.0
    """
    return mean


@worksheet(_mean_needs_above_1("alpha"))
def pareto(minimum: PositiveNumber, alpha: PositiveNumber) -> Number:
    """Value above a minimum with a tail that falls as a power: a few very large losses.

    Parameters
    ----------
    minimum
        Lowest value.
    alpha
        Tail index; the smaller, the heavier the tail. The mean is infinite for alpha up to 1.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    alpha minimum / (alpha - 1), for alpha > 1

    References
    ----------
    .. [1] N. L. Johnson, S. Kotz & N. Balakrishnan, *Continuous Univariate Distributions*, vol. 1, ch. 20.

    Examples
    --------
    >>> pareto(100.0, 3.0)
    150.0
    """
    return alpha / (alpha - 1) * minimum
