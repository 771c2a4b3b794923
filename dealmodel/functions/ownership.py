"""Who is diluted by how much."""

from __future__ import annotations

from dealmodel.contract import Requirement, total, worksheet
from dealmodel.domain import (
    Amount,
    Fraction,
    Listed,
    NonNegative,
    Number,
    Positive,
    ShareChange,
    Shares,
    Stake,
    StakeAbove0,
)
from dealmodel.functions.stakes import result_is_a_stake, snapped


@worksheet(
    Requirement(
        ("pre_money", "new_money"),
        lambda pre, new: pre + new > 0,
        "pre_money plus new_money must be above 0",
    ),
    result_is_a_stake("round"),
)
def diluted_stake(stake: Stake, pre_money: Positive, new_money: Amount, participation: Fraction = 0.0) -> Stake:
    """Stake a holder keeps after a round of new money.

    Parameters
    ----------
    stake
        Stake before the round.
    pre_money
        Value of the company before the round.
    new_money
        Money the company raises, in the currency of `pre_money`; negative where it buys shares back.
    participation
        Part of the new money that the holder puts in.

    Returns
    -------
    Stake after the round, in the broadcast shape.

    Notes
    -----
    (s pre + q new) / (pre + new)

    References
    ----------
    .. [1] Feld & Mendelson, *Venture Deals*, ch. 4: post-money = pre-money + investment.

    Examples
    --------
    >>> diluted_stake([0.30, 0.05], pre_money=80.0, new_money=20.0)
    array([0.24, 0.04])
    """
    return snapped((stake * pre_money + participation * new_money) / (pre_money + new_money))


@worksheet()
def dilution(stake_before: StakeAbove0, stake_after: Stake) -> Number:
    """Fraction of a holding that is lost.

    Parameters
    ----------
    stake_before
        Stake before.
    stake_after
        Stake after.

    Returns
    -------
    Fraction of the holding; negative where the stake has grown.

    Notes
    -----
    1 - after / before

    References
    ----------
    .. [1] Feld & Mendelson, *Venture Deals*, ch. 4: dilution is the fall of a holder's percentage.

    Examples
    --------
    >>> round(dilution(0.30, 0.24), 10)
    0.2
    """
    return 1 - stake_after / stake_before


@worksheet()
def stake_sold(new_money: NonNegative, pre_money: Positive) -> Stake:
    """Stake of the investors who bring new money.

    Parameters
    ----------
    new_money
        Money the company raises.
    pre_money
        Value of the company before the round.

    Returns
    -------
    Stake of the new money after the round.

    Notes
    -----
    new / (pre + new)

    References
    ----------
    .. [1] Venture Hacks, "The option pool shuffle": 2m on 8m pre-money is 20% of the company.

    Examples
    --------
    >>> stake_sold(2.0, 8.0)
    0.2
    """
    return new_money / (pre_money + new_money)


@worksheet()
def pro_rata(stake: Stake, new_money: NonNegative) -> NonNegative:
    """Amount a holder puts into a round to keep a stake undiluted.

    Parameters
    ----------
    stake
        Stake before the round.
    new_money
        Money the company raises.

    Returns
    -------
    Amount, in the currency of `new_money`.

    Notes
    -----
    s new

    References
    ----------
    .. [1] YC, Pro Rata Side Letter: the right to buy the holder's fraction of the securities that are sold.

    Examples
    --------
    >>> pro_rata(0.15, 2e6)
    300000.0
    """
    return stake * new_money


@worksheet(
    Requirement(
        ("shares", "issued"),
        lambda shares, issued: shares + issued >= 0,
        "shares plus issued must be at least 0 for each holder",
    ),
    Requirement(
        ("shares", "issued"),
        lambda shares, issued: total(shares + issued) > 0,
        "shares plus issued must sum to above 0",
    ),
)
def holdings_after(shares: Listed[Shares], issued: Listed[ShareChange]) -> Listed[Stake]:
    """Stakes after an issue of shares.

    Parameters
    ----------
    shares
        Shares of each holder before.
    issued
        Shares issued to each holder; negative where they are bought back.

    Returns
    -------
    Stake of each holder, in the orientation of `shares`.

    Notes
    -----
    (n + i) / sum of (n + i)

    References
    ----------
    .. [1] 1984 Ventures, Founders' Handbook, "Cap Table 101": 1m + 1m shares, 500,000 issued: 40%, 40%, 20%.

    Examples
    --------
    >>> holdings_after([1e6, 1e6, 0.0], [0.0, 0.0, 500_000.0])
    array([0.4, 0.4, 0.2])
    """
    after = shares + issued
    return after / total(after)
