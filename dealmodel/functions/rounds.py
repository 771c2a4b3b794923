"""What a share costs in a round, and how many shares there are: price, option pool, options, conversion."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Requirement, at_most, total, worksheet
from dealmodel.domain import (
    Compounding,
    FractionBelow1,
    InterestRate,
    Listed,
    NonNegative,
    Positive,
    Price,
    PriceOr0,
    Shares,
    SharesAbove0,
    Term,
)

ROOM_FOR_HOLDERS = Requirement(
    ("pool_target", "pre_money", "new_money"),
    lambda target, pre, new: target * (pre + new) < pre,
    "pool_target plus the stake of the new money must be below 1",
)


@worksheet(at_most("pool_existing", "shares"), ROOM_FOR_HOLDERS)
def round_price(
    pre_money: Positive,
    shares: SharesAbove0,
    new_money: NonNegative = 0.0,
    pool_target: FractionBelow1 = 0.0,
    pool_existing: Shares = 0.0,
) -> Price:
    """Price per share of a round whose option pool is topped up before the money.

    Parameters
    ----------
    pre_money
        Value of the company before the round, the topped-up pool included.
    shares
        Fully diluted shares before the round, those in `pool_existing` included.
    new_money
        Money the company raises.
    pool_target
        Part of the fully diluted shares after the round that the pool is to be.
    pool_existing
        Shares of the pool that are not granted yet.

    Returns
    -------
    Price per share, in the currency of `pre_money`.

    Notes
    -----
    (pre + new) / N, with N = (shares - pool_existing) / (1 - pool_target - new / (pre + new)) shares after
    the round; where the existing pool already meets the target, N = shares / (1 - new / (pre + new)). The
    larger N is the one that applies, and the two meet where the existing pool is exactly the target.

    References
    ----------
    .. [1] Venture Hacks, "The option pool shuffle": 2m on 8m pre-money, 6m shares, pool of 20%: 1.00 per
       share.

    Examples
    --------
    >>> round(round_price(8e6, 6e6, new_money=2e6, pool_target=0.20), 10)
    1.0
    """
    # (pre + new) / N without differences of nearly equal stakes: what is not the pool over the shares that are not.
    topped_up = (pre_money - pool_target * (pre_money + new_money)) / (shares - pool_existing)
    return np.minimum(topped_up, pre_money / shares)


@worksheet(at_most("pool_existing", "shares"), ROOM_FOR_HOLDERS)
def pool_top_up(
    pre_money: Positive,
    shares: SharesAbove0,
    new_money: NonNegative,
    pool_target: FractionBelow1,
    pool_existing: Shares = 0.0,
) -> Shares:
    """Shares to add to the option pool before a round.

    Parameters
    ----------
    pre_money
        Value of the company before the round, the topped-up pool included.
    shares
        Fully diluted shares before the round, those in `pool_existing` included.
    new_money
        Money the company raises.
    pool_target
        Part of the fully diluted shares after the round that the pool is to be.
    pool_existing
        Shares of the pool that are not granted yet.

    Returns
    -------
    Shares to add; 0 where the existing pool already meets the target.

    Notes
    -----
    max(0, pool_target N - pool_existing), with N = (shares - pool_existing) / (1 - pool_target - new / (pre
    + new))

    References
    ----------
    .. [1] Venture Hacks, "The option pool shuffle": 2m on 8m pre-money, 6m shares, pool of 20%: 2m new
       options.

    Examples
    --------
    >>> round(pool_top_up(8e6, 6e6, 2e6, 0.20), 6)
    2000000.0
    """
    pool_value = pool_target * (pre_money + new_money)
    missing = pool_value * shares - pre_money * pool_existing
    return np.maximum(missing / (pre_money - pool_value), 0)


@worksheet()
def treasury_shares(price: Price, options: Listed[Shares], strikes: Listed[PriceOr0]) -> Shares:
    """Net new shares from options, by the treasury stock method.

    Parameters
    ----------
    price
        Price of a share.
    options
        Options in each tranche.
    strikes
        Exercise price of each tranche.

    Returns
    -------
    Shares issued on exercise less those the proceeds buy back; options out of the money count 0.

    Notes
    -----
    sum n max(0, 1 - K / P)

    References
    ----------
    .. [1] ASC 260-10-45-23 and IAS 33.45: the treasury stock method.
    .. [2] analystnotes.com: 10,000 options at 10, market 15: 3,333 shares.

    Examples
    --------
    >>> treasury_shares(40.0, [20_000.0, 50_000.0], [30.0, 50.0])
    5000.0
    """
    return total(options * np.maximum(1 - strikes / price, 0))


@worksheet()
def fully_diluted(basic_shares: Shares, price: Price, options: Listed[Shares], strikes: Listed[PriceOr0]) -> Shares:
    """Fully diluted shares, by the treasury stock method.

    Parameters
    ----------
    basic_shares
        Shares outstanding.
    price
        Price of a share.
    options
        Options in each tranche.
    strikes
        Exercise price of each tranche.

    Returns
    -------
    Shares outstanding plus the net new shares from options.

    Notes
    -----
    basic + sum n max(0, 1 - K / P)

    References
    ----------
    .. [1] Rosenbaum & Pearl, *Investment Banking*, ch. 1: calculation of fully diluted shares outstanding.

    Examples
    --------
    >>> fully_diluted(100_000.0, [25.0, 40.0], [20_000.0, 50_000.0], [30.0, 50.0])
    array([100000., 105000.])
    """
    return basic_shares + total(options * np.maximum(1 - strikes / price, 0))


@worksheet()
def conversion_price(round_price: Price, cap_price: Price, discount: FractionBelow1 = 0.0) -> Price:
    """Price at which a note or a SAFE converts in a round.

    Parameters
    ----------
    round_price
        Price per share of the round.
    cap_price
        Price per share at the valuation cap; without a cap, the price of the round.
    discount
        Discount on the price of the round.

    Returns
    -------
    The lower of the two prices, which gives more shares.

    Notes
    -----
    min(cap price, round (1 - d))

    References
    ----------
    .. [1] fundersclub.com, "Convertible note with cap and discount": 5.00 less 20% against 2.50 at the cap.

    Examples
    --------
    >>> conversion_price(5.0, [2.5, 4.5], 0.20)
    array([2.5, 4. ])
    """
    return np.minimum(cap_price, round_price * (1 - discount))


@worksheet()
def note_balance(
    principal: NonNegative, rate: InterestRate, years: Term, compounding: Compounding = 0.0
) -> NonNegative:
    """Principal of a note with its interest.

    Parameters
    ----------
    principal
        Amount lent.
    rate
        Interest rate per year.
    years
        Time since the note was issued, in years.
    compounding
        Compounding periods a year; 0 is simple interest.

    Returns
    -------
    Balance, in the currency of `principal`.

    Notes
    -----
    P (1 + r y), or P (1 + r / m)^(m y) with m periods a year.

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 2: simple and compound interest.

    Examples
    --------
    >>> note_balance(500_000.0, 0.05, 1.0)
    525000.0
    """
    # Not a power: 1 + a small rate has lost digits, which many periods bring to light.
    compound = np.exp(compounding * years * np.log1p(rate / compounding))
    return principal * np.where(compounding == 0, 1 + rate * years, compound)


@worksheet()
def note_shares(
    balance: NonNegative,
    round_price: Price,
    cap: NonNegative,
    capitalisation: SharesAbove0,
    discount: FractionBelow1 = 0.0,
) -> Shares:
    """Shares into which a convertible note converts.

    Parameters
    ----------
    balance
        Principal and interest that convert.
    round_price
        Price per share of the round.
    cap
        Valuation cap; 0 where the note has none.
    capitalisation
        Shares by which the note divides its cap.
    discount
        Discount on the price of the round.

    Returns
    -------
    Shares, not rounded.

    Notes
    -----
    balance / min(cap / capitalisation, round (1 - d))

    References
    ----------
    .. [1] fundersclub.com, "Convertible note with cap and discount": 25,000 at a cap of 5m, round price
       5.00.

    Examples
    --------
    >>> note_shares(25_000.0, 5.0, 5e6, 2e6, 0.20)
    10000.0
    """
    cap_price = np.where(cap > 0, cap / capitalisation, np.inf)
    return balance / np.minimum(cap_price, round_price * (1 - discount))
