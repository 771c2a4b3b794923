"""The laws of continuous distributions with at most one bound, with formulas in closed form or in SciPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.distributions.bounded import beta_log_near_0, beta_quantile_near_0

if TYPE_CHECKING:
    from dealmodel.contract import Array

_UNEVEN = 1e100
"""A ratio beside whose square 1 does not show."""
_STRAIGHT = 1e-9
"""Up to this ratio or inverse of a shape the first term of a series leaves no error."""
_DEEP = -700.0
"""Below this exponent of e float64 begins to lose digits."""
_SERIES = 24
"""Terms that leave no error in float64 where each is at most a fifth of the one before."""


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal."""

    mean: Array
    sd: Array

    def support(self) -> tuple[Array, Array]:
        """Return the real line."""
        return -np.inf, np.inf

    def variance(self) -> Array:
        """Return the squared standard deviation."""
        return self.sd**2

    def cdf(self, x: Array) -> Array:
        """Return Phi((x - mean) / sd)."""
        from scipy.special import ndtr  # noqa: PLC0415

        return ndtr((x - self.mean) / self.sd)

    def sf(self, x: Array) -> Array:
        """Return Phi((mean - x) / sd)."""
        from scipy.special import ndtr  # noqa: PLC0415

        return ndtr((self.mean - x) / self.sd)

    def ppf(self, q: Array) -> Array:
        """Return mean + sd times the normal quantile."""
        from scipy.special import ndtri  # noqa: PLC0415

        return self.mean + self.sd * ndtri(q)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Lognormal by its own mean and standard deviation; `sigma` is the standard deviation of the logarithm."""

    mean: Array
    sd: Array

    @property
    def sigma(self) -> Array:
        """Return the standard deviation of the logarithm."""
        ratio = self.sd / self.mean
        uneven = np.sqrt(2 * (np.log(self.sd) - np.log(self.mean)))
        sigma = np.where(ratio > _UNEVEN, uneven, np.sqrt(np.log1p(ratio**2)))
        return np.where(ratio < _STRAIGHT, np.maximum(ratio, np.finfo(np.float64).tiny), sigma)

    def support(self) -> tuple[Array, Array]:
        """Return the positive numbers."""
        return 0.0, np.inf

    def variance(self) -> Array:
        """Return the squared standard deviation."""
        return self.sd**2

    def cdf(self, x: Array) -> Array:
        """Return Phi(z), z the deviation of the logarithm."""
        from scipy.special import ndtr  # noqa: PLC0415

        return ndtr(self._deviation(x))

    def sf(self, x: Array) -> Array:
        """Return Phi(-z)."""
        from scipy.special import ndtr  # noqa: PLC0415

        return ndtr(-self._deviation(x))

    def _deviation(self, x: Array) -> Array:
        share = x / self.mean
        is_kept = (share > np.finfo(np.float64).tiny) & np.isfinite(share)
        log_share = np.where(is_kept, np.log(share), np.log(x) - np.log(self.mean))
        return log_share / self.sigma + self.sigma / 2

    def ppf(self, q: Array) -> Array:
        """Return mean e^(sigma z - sigma^2 / 2), z the normal quantile."""
        from scipy.special import ndtri  # noqa: PLC0415

        return scaled_exp(self.mean, self.sigma * (ndtri(q) - self.sigma / 2))


def scaled_exp(scale: Array, exponent: Array) -> Array:
    """Return scale e^exponent, also where the power alone leaves the range of float64."""
    whole = scale * np.exp(exponent)
    far = is_far(exponent)
    if not np.any(far):
        return whole
    half = np.exp(exponent / 2)
    return np.where(far, scale * half * half, whole)


def is_far(exponent: Array) -> Array:
    """Whether a power of e may leave the range of float64."""
    return np.abs(exponent) > -_DEEP


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma."""

    shape: Array
    scale: Array

    def support(self) -> tuple[Array, Array]:
        """Return the positive numbers."""
        return 0.0, np.inf

    def variance(self) -> Array:
        """Return shape scale^2."""
        return self.shape * self.scale**2

    def cdf(self, x: Array) -> Array:
        """Return the regularised incomplete gamma function."""
        from scipy.special import gammainc  # noqa: PLC0415

        return gammainc(self.shape, x / self.scale)

    def sf(self, x: Array) -> Array:
        """Return its complement."""
        from scipy.special import gammaincc  # noqa: PLC0415

        return gammaincc(self.shape, x / self.scale)

    def ppf(self, q: Array) -> Array:
        """Return its inverse."""
        from scipy.special import gammaincinv  # noqa: PLC0415

        return self.scale * gammaincinv(self.shape, q)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Exponential."""

    mean: Array

    def support(self) -> tuple[Array, Array]:
        """Return the positive numbers."""
        return 0.0, np.inf

    def variance(self) -> Array:
        """Return mean^2."""
        return self.mean**2

    def cdf(self, x: Array) -> Array:
        """Return 1 - e^(-x / mean)."""
        return -np.expm1(-x / self.mean)

    def sf(self, x: Array) -> Array:
        """Return e^(-x / mean)."""
        return np.exp(-x / self.mean)

    def ppf(self, q: Array) -> Array:
        """Return -mean ln(1 - q)."""
        return -self.mean * np.log1p(-q)


@dataclass(frozen=True, slots=True)
class Weibull:
    """Weibull."""

    shape: Array
    scale: Array

    def support(self) -> tuple[Array, Array]:
        """Return the positive numbers."""
        return 0.0, np.inf

    def variance(self) -> Array:
        """Return scale^2 (Gamma(1 + 2 / k) - Gamma(1 + 1 / k)^2), without subtracting what is nearly equal."""
        from scipy.special import gamma, gammaln, zeta  # noqa: PLC0415

        inverse = 1 / self.shape
        # ln Gamma(1 + 2 t) - 2 ln Gamma(1 + t) = sum over n of zeta(n) (-t)^n (2^n - 2) / n, from n = 2.
        n = np.arange(2, _SERIES)
        small = np.minimum(inverse, 0.1)[..., None]
        series = np.sum(zeta(n) * (-small) ** n * (2.0**n - 2) / n, axis=-1)
        direct = gammaln(1 + 2 * inverse) - 2 * gammaln(1 + inverse)
        ratio = np.expm1(np.where(inverse < 0.1, series, direct))  # noqa: PLR2004  where the series is exact
        share = np.where(inverse < _STRAIGHT, inverse * (np.pi / np.sqrt(6)), np.sqrt(ratio))
        return (self.scale * gamma(1 + inverse) * share) ** 2

    def cdf(self, x: Array) -> Array:
        """Return 1 - exp(-(x / scale)^shape)."""
        return -np.expm1(-((x / self.scale) ** self.shape))

    def sf(self, x: Array) -> Array:
        """Return exp(-(x / scale)^shape)."""
        return np.exp(-((x / self.scale) ** self.shape))

    def ppf(self, q: Array) -> Array:
        """Return scale (-ln(1 - q))^(1 / shape)."""
        return self.scale * (-np.log1p(-q)) ** (1 / self.shape)


@dataclass(frozen=True, slots=True)
class Student:
    """Student's t, moved and scaled."""

    mean: Array
    scale: Array
    df: Array

    def support(self) -> tuple[Array, Array]:
        """Return the real line."""
        return -np.inf, np.inf

    def variance(self) -> Array:
        """Return scale^2 df / (df - 2) for df above 2."""
        finite = self.scale**2 * (self.df / (self.df - 2))
        return np.where(self.df > 2, finite, np.where(self.df > 1, np.inf, np.nan))  # noqa: PLR2004  as printed

    def cdf(self, x: Array) -> Array:
        """Return the lower tail."""
        from scipy.special import stdtr  # noqa: PLC0415

        return stdtr(self.df, (x - self.mean) / self.scale)

    def sf(self, x: Array) -> Array:
        """Return the upper tail, which by symmetry is the lower tail at the other side."""
        from scipy.special import stdtr  # noqa: PLC0415

        return stdtr(self.df, (self.mean - x) / self.scale)

    def ppf(self, q: Array) -> Array:
        """Return the quantile."""
        from scipy.special import stdtrit  # noqa: PLC0415

        # Far out SciPy's inverse is infinite, on the wrong side even: there df / (df + t^2), which is beta, is near 0.
        tail = np.minimum(q, 1 - q)
        log_first = beta_log_near_0(self.df / 2, 0.5, 2 * tail)
        near_0, is_near_0 = beta_quantile_near_0(self.df / 2, 0.5, 2 * tail)
        # By logarithms where the share of beta alone leaves the range of float64.
        far = np.sqrt(self.df) * np.where(log_first < _DEEP, np.exp(-log_first / 2), np.sqrt((1 - near_0) / near_0))
        found = stdtrit(self.df, q)
        is_lost = (is_near_0 | ~np.isfinite(found)) & (q != 1 / 2)
        deviation = np.where(is_lost, np.where(q < 1 / 2, -far, far), found)
        return self.mean + self.scale * deviation


@dataclass(frozen=True, slots=True)
class Pareto:
    """Pareto of the first kind."""

    minimum: Array
    alpha: Array

    def support(self) -> tuple[Array, Array]:
        """Return what is not below the minimum."""
        return self.minimum, np.inf

    def variance(self) -> Array:
        """Return m^2 alpha / ((alpha - 1)^2 (alpha - 2)) for alpha above 2."""
        finite = (self.minimum / (self.alpha - 1)) ** 2 * (self.alpha / (self.alpha - 2))
        return np.where(self.alpha > 2, finite, np.where(self.alpha > 1, np.inf, np.nan))  # noqa: PLR2004  as printed

    def cdf(self, x: Array) -> Array:
        """Return 1 - (m / x)^alpha."""
        return -np.expm1(-self.alpha * np.log1p((x - self.minimum) / self.minimum))

    def sf(self, x: Array) -> Array:
        """Return (m / x)^alpha."""
        return (self.minimum / x) ** self.alpha

    def ppf(self, q: Array) -> Array:
        """Return m (1 - q)^(-1 / alpha)."""
        return self.minimum * (1 - q) ** (-1 / self.alpha)
