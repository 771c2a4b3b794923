"""What a cheaper issue does to shares that are protected against it."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Array, Requirement, total, worksheet
from dealmodel.domain import Listed, NonNegative, Positive, Price, PriceOr0, Protection, Shares

_WEIGHTED_AVERAGE, _FULL_RATCHET = 1, 2


@worksheet(
    Requirement(
        ("outstanding_shares", "new_money"),
        lambda outstanding, new_money: outstanding + new_money > 0,
        "outstanding_shares plus new_money must be above 0",
    )
)
def weighted_average_price(
    old_price: Price, outstanding_shares: Shares, new_money: NonNegative, new_price: Price
) -> Price:
    """Conversion price after a cheaper issue, by weighted average.

    Parameters
    ----------
    old_price
        Conversion price before.
    outstanding_shares
        Shares before the issue: broad-based with all shares as converted and options, narrow-based with
        fewer.
    new_money
        Money paid for the new shares.
    new_price
        Price of a new share.

    Returns
    -------
    Conversion price after, never above `old_price`.

    Notes
    -----
    CP (A + B) / (A + C), with A = outstanding_shares, B = new_money / CP, C = new_money / new_price.

    References
    ----------
    .. [1] NVCA, Model Certificate of Incorporation, art. 4, s. 4.4.4: CP2 = CP1 (A + B) / (A + C).

    Examples
    --------
    >>> round(weighted_average_price(2.0, 2e6, 1e6, 1.0), 4)
    1.6667
    """
    at_old_price, at_new_price = new_money / old_price, new_money / new_price
    ratio = (outstanding_shares + at_old_price) / (outstanding_shares + at_new_price)
    return old_price * np.where(new_price < old_price, np.minimum(ratio, 1), 1)


@worksheet()
def ratchet_price(old_price: Price, new_price: Price) -> Price:
    """Conversion price after a cheaper issue, by full ratchet.

    Parameters
    ----------
    old_price
        Conversion price before.
    new_price
        Price of a new share.

    Returns
    -------
    Conversion price after, never above `old_price`.

    Notes
    -----
    min(CP, new_price)

    References
    ----------
    .. [1] Feld & Mendelson, *Venture Deals*, ch. 4, antidilution: the conversion price falls to the new
       price.

    Examples
    --------
    >>> ratchet_price(10.0, [5.0, 12.0])
    array([ 5., 10.])
    """
    return np.minimum(old_price, new_price)


def _as_converted(shares: Array, original_prices: Array, conversion_prices: Array) -> Array:
    """Return the common shares into which each class converts; common itself has no conversion price."""
    return np.where(conversion_prices > 0, shares * original_prices / conversion_prices, shares)


_PRICES = Requirement(
    ("original_prices", "conversion_prices"),
    lambda original, conversion: (original > 0) == (conversion > 0),
    "original_prices and conversion_prices of a class must both be above 0, or both 0 for common",
)
_HAVE_SHARES = Requirement(("shares",), lambda shares: total(shares) > 0, "shares must sum to above 0")


@worksheet(_PRICES, _HAVE_SHARES)
def anti_dilution(
    shares: Listed[Shares],
    original_prices: Listed[PriceOr0],
    conversion_prices: Listed[PriceOr0],
    protection: Listed[Protection],
    new_money: NonNegative,
    new_price: Price,
) -> Listed[Shares]:
    """Shares of each class, as converted to common, after a cheaper issue.

    Parameters
    ----------
    shares
        Shares of each class before, common and options among them.
    original_prices
        Issue price of each class; 0 for common.
    conversion_prices
        Conversion price of each class before; 0 for common.
    protection
        0 none, 1 broad-based weighted average, 2 full ratchet.
    new_money
        Money paid for the new shares.
    new_price
        Price of a new share.

    Returns
    -------
    Common shares into which each class converts, in the orientation of `shares`; the new shares are not
    among them.

    Notes
    -----
    n x issue price / CP2, with CP2 = CP (A + B) / (A + C) or min(CP, new_price), where A counts all classes
    as converted before the issue, B = new_money / CP, C = new_money / new_price.

    References
    ----------
    .. [1] NVCA, Model Certificate of Incorporation, art. 4, s. 4.1.1 and 4.4.4: conversion ratio,
       adjustment.

    Examples
    --------
    >>> anti_dilution([1e6, 1e6], [0.0, 2.0], [0.0, 2.0], [0, 1], 1e6, 1.0).round(6)
    array([1000000., 1200000.])
    """
    before = _as_converted(shares, original_prices, conversion_prices)
    outstanding = total(before)
    average = (outstanding + new_money / conversion_prices) / (outstanding + new_money / new_price)
    ratio = np.select(
        [protection == _WEIGHTED_AVERAGE, protection == _FULL_RATCHET],
        [average, new_price / conversion_prices],
        1.0,
    )
    return before / np.where(conversion_prices > new_price, ratio, 1.0)


def _floors(before: Array, conversion_prices: Array, protection: Array, new_money: Array) -> tuple[Array, Array]:
    """Return slope and constant of the value of each class at a new price p below its conversion price.

    It is p times the shares as converted, which grow as p falls; with full ratchet so much that the value
    stays.
    """
    outstanding = total(before)
    diluted = outstanding + new_money / conversion_prices
    is_priced = conversion_prices > 0
    averaged = is_priced & (protection == _WEIGHTED_AVERAGE)
    ratcheted = is_priced & (protection == _FULL_RATCHET)
    slope = np.select([averaged, ratcheted], [before * outstanding / diluted, 0.0], before)
    constant = np.select([averaged, ratcheted], [before * new_money / diluted, before * conversion_prices], 0.0)
    return slope, constant


def _protection_leaves_a_price(*terms: Array) -> Array:
    """Tell whether the protected classes are worth less than the company at a price near 0."""
    shares, original_prices, conversion_prices, protection, pre_money, new_money = terms
    before = _as_converted(shares, original_prices, conversion_prices)
    return total(_floors(before, conversion_prices, protection, new_money)[1]) < pre_money


@worksheet(
    _PRICES,
    _HAVE_SHARES,
    Requirement(
        ("shares", "original_prices", "conversion_prices", "protection", "pre_money", "new_money"),
        _protection_leaves_a_price,
        "pre_money must be above what the protected classes are due at any price",
    ),
)
def down_round_price(
    shares: Listed[Shares],
    original_prices: Listed[PriceOr0],
    conversion_prices: Listed[PriceOr0],
    protection: Listed[Protection],
    pre_money: Positive,
    new_money: NonNegative,
) -> Price:
    """Price per share of a round whose pre-money value includes the shares from anti-dilution protection.

    Parameters
    ----------
    shares
        Shares of each class before, common, options and pool among them.
    original_prices
        Issue price of each class; 0 for common.
    conversion_prices
        Conversion price of each class before; 0 for common.
    protection
        0 none, 1 broad-based weighted average, 2 full ratchet.
    pre_money
        Value of the company before the round, all shares as converted after the adjustment.
    new_money
        Money the company raises.

    Returns
    -------
    Price per share, in the currency of `pre_money`. #NUM! where no price is low enough: the protected
    classes take the whole value.

    Notes
    -----
    The p for which p times the sum of DM_ANTI_DILUTION at p is pre_money. A class of a shares as converted
    before is worth a p, but where p is below its conversion price a (A p + new_money) / (A + new_money /
    CP) by weighted average and a CP by full ratchet; the sum is convex and piecewise linear in p.

    References
    ----------
    .. [1] NVCA, Model Term Sheet: price on a fully-diluted pre-money valuation; Model Certificate of
       Incorporation, art. 4, s. 4.4.4.

    Examples
    --------
    >>> round(down_round_price([1e6, 1e6], [0.0, 2.0], [0.0, 2.0], [0, 2], 3e6, 1e6), 10)
    1.0
    """
    before = _as_converted(shares, original_prices, conversion_prices)
    slope, constant = _floors(before, conversion_prices, protection, new_money)
    price = pre_money / total(before)
    # Tangents of a convex function from the right meet the value in a falling sequence, one per piece.
    for _ in range(np.shape(before)[-1] + 1):
        is_adjusted = price < conversion_prices
        value_slope = total(np.where(is_adjusted, slope, before))
        previous, price = price, (pre_money - total(np.where(is_adjusted, constant, 0.0))) / value_slope
        if np.array_equal(previous, price, equal_nan=True):
            break
    return price
