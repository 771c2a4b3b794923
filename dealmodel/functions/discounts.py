"""Premiums and discounts: for control, for a minority stake, for lack of marketability."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.contract import Array, worksheet
from dealmodel.domain import ContinuousRate, Fraction, NonNegative, Number, Positive, Premium, Span, Volatility

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FARTHEST = 100.0
"""Deviations from the money beyond which the time value of an option is 0 in float64."""


@worksheet()
def control_premium(offer_price: NonNegative, undisturbed_price: Positive) -> Premium:
    """Premium of an offer over the price before it was known.

    Parameters
    ----------
    offer_price
        Price offered per share.
    undisturbed_price
        Price per share before the offer, or rumours of it, moved the market.

    Returns
    -------
    Premium, as a fraction of the undisturbed price; negative where the offer is below it.

    Notes
    -----
    offer / undisturbed - 1

    References
    ----------
    .. [1] acadifi.com, "What is the difference between a control premium and a minority discount": control price less
       minority price, over minority price; 54 against 40 is 35%.

    Examples
    --------
    >>> control_premium(54.0, 40.0)
    0.35
    """
    return (offer_price - undisturbed_price) / undisturbed_price


@worksheet()
def minority_discount(control_premium: Premium) -> Number:
    """Discount for lack of control that a control premium implies.

    Parameters
    ----------
    control_premium
        Premium of a control price over a minority price, above -1.

    Returns
    -------
    Discount, as a fraction of the control price; negative where the premium is.

    Notes
    -----
    1 - 1 / (1 + premium)

    References
    ----------
    .. [1] bvertz.wordpress.com, "Minority discount": MID = 1 - [1 / (1 + CP)].

    Examples
    --------
    >>> minority_discount(0.25)
    0.2
    """
    return control_premium / (1 + control_premium)


@worksheet()
def dlom_chaffe(
    years: Span, volatility: Volatility, rate: ContinuousRate, dividend_yield: ContinuousRate = 0.0
) -> Fraction:
    """Discount for lack of marketability by Chaffe's protective put.

    Parameters
    ----------
    years
        Time until the shares can be sold.
    volatility
        Standard deviation of the yearly log return.
    rate
        Risk-free rate, continuously compounded.
    dividend_yield
        Dividend yield, continuously compounded.

    Returns
    -------
    Discount, as a fraction of the marketable value. Without volatility or time it is what the put is then worth,
    max(0, e^(-rT) - e^(-qT)).

    Notes
    -----
    European put at the money over the spot price: e^(-rT) N(-d2) - e^(-qT) N(-d1), d1 = (r - q + sigma^2 / 2) T /
    (sigma sqrt(T)), d2 = d1 - sigma sqrt(T)

    References
    ----------
    .. [1] D. B. H. Chaffe, "Option Pricing as a Proxy for Discount for Lack of Marketability in Private Company
       Valuations", Business Valuation Review 12(4), 1993, 182-188.

    Examples
    --------
    >>> round(dlom_chaffe(2.0, 0.20, 0.01), 8)
    0.10172519
    """
    from scipy.special import ndtr  # noqa: PLC0415  200 ms, that only the models of marketability need

    deviation = volatility * np.sqrt(years)
    drift = (rate - dividend_yield) * years
    d1 = drift / deviation + deviation / 2
    as_printed = np.exp(-rate * years) * ndtr(deviation - d1) - np.exp(-dividend_yield * years) * ndtr(-d1)
    # The two terms cancel to nothing as the volatility falls: there, what the put is worth without any, plus a
    # time value that is a sum of positive parts.
    at_once = np.exp(-dividend_yield * years) * np.maximum(np.expm1(-drift), 0)
    growth = np.exp(-(rate + dividend_yield) / 2 * years)
    return np.where(deviation < 1, at_once + growth * _time_value(np.abs(drift), deviation), as_printed)


def _time_value(distance: Array, deviation: Array) -> Array:
    """Return N(t - h) e^(-ht) - N(-t - h) e^(ht) with h = distance / deviation and t = deviation / 2.

    That is exp(-(h^2 + t^2) / 2) / 2 times the integral of -erfcx' from (h - t) / sqrt(2) to (h + t) / sqrt(2),
    with erfcx(x) = e^(x^2) erfc(x) and -erfcx'(x) = 2 / sqrt(pi) - 2 x erfcx(x), which is positive.
    """
    from scipy.special import erfcx  # noqa: PLC0415

    nodes, weights = _quadrature()
    half_width = deviation / np.sqrt(8)
    centre = np.where(deviation > 0, np.minimum(distance / deviation, _FARTHEST), 0.0) / np.sqrt(2)
    at = centre[..., None] + half_width[..., None] * nodes
    slope = 2 / np.sqrt(np.pi) - 2 * at * erfcx(at)
    return np.exp(-(centre**2) - half_width**2) * half_width * np.sum(slope * weights, axis=-1) / 2


@functools.cache
def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nodes and weights of Gauss-Legendre quadrature: over one deviation 16 of them leave no error."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    return nodes, weights


@worksheet()
def dlom_finnerty(years: Span, volatility: Volatility, dividend_yield: ContinuousRate = 0.0) -> Fraction:
    """Discount for lack of marketability by Finnerty's average-strike put of 2012.

    Parameters
    ----------
    years
        Time until the shares can be sold.
    volatility
        Standard deviation of the yearly log return.
    dividend_yield
        Dividend yield, continuously compounded.

    Returns
    -------
    Discount, as a fraction of the marketable value; without dividends never above 32.3%.

    Notes
    -----
    e^(-qT) (N(nu / 2) - N(-nu / 2)), nu^2 = a + ln(2 (e^a - a - 1)) - 2 ln(e^a - 1), a = sigma^2 T

    References
    ----------
    .. [1] J. D. Finnerty, "An Average-Strike Put Option Model of the Marketability Discount", Journal of
       Derivatives 19(4), 2012, 53-69.

    Examples
    --------
    >>> round(dlom_finnerty(2.0, 0.20), 8)
    0.06464116
    """
    a = volatility**2 * years
    excess = _excess(np.minimum(a, 1))
    near = a + np.log1p(excess) - 2 * np.log1p(a * (1 + excess) / 2)
    far = np.log(2) + np.log1p(-(1 + a) * np.exp(-a)) - 2 * np.log1p(-np.exp(-a))
    return _average_strike_put(np.where(a < 1, near, far), years, dividend_yield)


@worksheet()
def dlom_ghaidarov(years: Span, volatility: Volatility, dividend_yield: ContinuousRate = 0.0) -> Fraction:
    """Discount for lack of marketability by Ghaidarov's average-strike put.

    Parameters
    ----------
    years
        Time until the shares can be sold.
    volatility
        Standard deviation of the yearly log return.
    dividend_yield
        Dividend yield, continuously compounded.

    Returns
    -------
    Discount, as a fraction of the marketable value.

    Notes
    -----
    e^(-qT) (N(nu / 2) - N(-nu / 2)), nu^2 = ln(2 (e^a - a - 1) / a^2), a = sigma^2 T

    References
    ----------
    .. [1] S. Ghaidarov, "Analysis and Critique of the Average Strike Put Option Marketability Discount Model",
       Grant Thornton, 2009.

    Examples
    --------
    >>> round(dlom_ghaidarov(2.0, 0.20), 8)
    0.06529152
    """
    a = volatility**2 * years
    near = np.log1p(_excess(np.minimum(a, 1)))
    far = a + np.log(2) + np.log1p(-(1 + a) * np.exp(-a)) - 2 * np.log(a)
    return _average_strike_put(np.where(a < 1, near, far), years, dividend_yield)


def _excess(a: Array) -> Array:
    """Return 2 (e^a - a - 1) / a^2 - 1, which is a / 3 + a^2 / 12 + ..., a Kummer function."""
    from scipy.special import hyp1f1  # noqa: PLC0415

    return a / 3 * hyp1f1(1, 4, a)


def _average_strike_put(variance: Array, years: Array, dividend_yield: Array) -> Array:
    """Return e^(-qT) (N(nu / 2) - N(-nu / 2)) from nu^2."""
    from scipy.special import erf  # noqa: PLC0415

    return np.exp(-dividend_yield * years) * erf(np.sqrt(variance / 8))
