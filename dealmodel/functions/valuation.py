"""What a price for a stake implies for the whole company."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Requirement, at_most, below, total, worksheet
from dealmodel.domain import Amount, Fraction, Listed, NonNegative, Number, Pair, Positive, Stake, StakeAbove0, Truth
from dealmodel.functions.stakes import ROUNDING, result_is_a_stake, snapped


@worksheet()
def implied_valuation(consideration: NonNegative, stake: StakeAbove0) -> Amount:
    """Value of 100% of the equity that the price of a stake implies.

    Parameters
    ----------
    consideration
        Price paid for the stake.
    stake
        Stake bought, as a fraction of the equity.

    Returns
    -------
    Equity value, in the currency of `consideration`.

    Notes
    -----
    consideration / stake

    References
    ----------
    .. [1] Guardian, 2007-10-25: Microsoft paid 240m for 1.6% of Facebook, which "values it at $15bn".

    Examples
    --------
    >>> implied_valuation(240.0, 0.016)
    15000.0
    """
    return consideration / stake


@worksheet(below("stake_before", "stake_after"))
def step_valuation(
    consideration: Amount, stake_before: Stake, stake_after: StakeAbove0, primary_share: Fraction = 0.0
) -> Amount:
    """Post-money equity value implied by raising a stake.

    Parameters
    ----------
    consideration
        Price paid for the step.
    stake_before
        Stake held before.
    stake_after
        Stake held after, above `stake_before`.
    primary_share
        Part of the consideration that is new money into the company; the rest buys existing shares at the same
        price.

    Returns
    -------
    Post-money equity value, in the currency of `consideration`.

    Notes
    -----
    I (1 - p s0) / (s1 - s0): the buyer's old shares are diluted by the new money, s1 V = s0 (V - p I) + I.

    References
    ----------
    .. [1] Caixin Global, 2017-06-28: 1.0bn raised Alibaba's stake in Lazada from 51% to 83%, all secondary.

    Examples
    --------
    >>> round(step_valuation(1000.0, 0.51, 0.83), 9)
    3125.0
    """
    return consideration * (1 - primary_share * stake_before) / (stake_after - stake_before)


@worksheet(below("stake_before", "stake_after"))
def step_primary_share(
    consideration: Positive, stake_before: StakeAbove0, stake_after: StakeAbove0, post_money: Amount
) -> Number:
    """Part of a step's price that must be new money to explain a reported value.

    Parameters
    ----------
    consideration
        Price paid for the step.
    stake_before
        Stake held before; with none the mix does not show in the figures.
    stake_after
        Stake held after.
    post_money
        Reported value of the company after the step.

    Returns
    -------
    Fraction, not clipped: below 0 or above 1 no mix of new and existing shares explains the figures.

    Notes
    -----
    (I - V (s1 - s0)) / (I s0), the inverse of DM_STEP_VALUATION in p.

    References
    ----------
    .. [1] SiliconANGLE, 2017-06-29: Lazada at "about $3.15 billion"; Caixin Global, 2017-06-28: all secondary.

    Examples
    --------
    >>> round(step_primary_share(1000.0, 0.51, 0.83, 3150.0), 4)
    -0.0157
    """
    return (consideration - post_money * (stake_after - stake_before)) / (consideration * stake_before)


@worksheet(at_most("stake_before", "stake_after"))
def step_consideration(
    stake_before: Stake, stake_after: Stake, post_money: Amount, primary_share: Fraction = 0.0
) -> Amount:
    """Price of raising a stake at a given post-money value.

    Parameters
    ----------
    stake_before
        Stake held before.
    stake_after
        Stake held after.
    post_money
        Value of the company after the step.
    primary_share
        Part of the price that is new money into the company.

    Returns
    -------
    Price, in the currency of `post_money`. #NUM! where the buyer already owns all and all is new money.

    Notes
    -----
    V (s1 - s0) / (1 - p s0), the inverse of DM_STEP_VALUATION in I.

    References
    ----------
    .. [1] Caixin Global, 2017-06-28: 51% to 83% of Lazada for 1.0bn.

    Examples
    --------
    >>> round(step_consideration(0.51, 0.83, 3125.0), 9)
    1000.0
    """
    return post_money * (stake_after - stake_before) / (1 - primary_share * stake_before)


@worksheet(result_is_a_stake("step"))
def step_stake(
    stake_before: Stake, consideration: Amount, post_money: Positive, primary_share: Fraction = 0.0
) -> Stake:
    """Stake after paying a price for a step at a given post-money value.

    Parameters
    ----------
    stake_before
        Stake held before.
    consideration
        Price paid for the step.
    post_money
        Value of the company after the step.
    primary_share
        Part of the price that is new money into the company.

    Returns
    -------
    Stake after the step; #NUM! above 1.

    Notes
    -----
    s0 + I (1 - p s0) / V, the inverse of DM_STEP_VALUATION in s1.

    References
    ----------
    .. [1] Caixin Global, 2017-06-28: 51% to 83% of Lazada for 1.0bn.

    Examples
    --------
    >>> round(step_stake(0.51, 1000.0, 3125.0), 12)
    0.83
    """
    return snapped(stake_before + consideration * (1 - primary_share * stake_before) / post_money)


@worksheet(
    below("stake_before", "stake_after"),
    Requirement(
        ("stake_before", "stake_after", "stake_half_width"),
        lambda before, after, half_width: after - before - 2 * half_width > ROUNDING,
        "stake_before plus stake_half_width must be below stake_after less stake_half_width",
    ),
)
def valuation_range(
    consideration: NonNegative,
    stake_before: Stake,
    stake_after: StakeAbove0,
    primary_share: Fraction,
    consideration_half_width: NonNegative,
    stake_half_width: Fraction,
) -> Pair[Amount]:
    """Lowest and highest post-money value that rounded figures allow.

    Parameters
    ----------
    consideration
        Price paid for the step, as reported.
    stake_before
        Stake held before, as reported.
    stake_after
        Stake held after, as reported.
    primary_share
        Part of the price that is new money into the company.
    consideration_half_width
        Half of the last digit reported of the price: 50 for "1.0bn" in millions.
    stake_half_width
        Half of the last digit reported of the stakes: 0.005 for "51%".

    Returns
    -------
    A row of two: lowest and highest value. The intervals are cut at the bounds of the arguments (no price below
    0, no stake below 0 or above 1), so both ends are attained.

    Notes
    -----
    DM_STEP_VALUATION rises with I and s0 and falls with s1: lowest at (I - h, s0 - d, s1 + d), highest at
    (I + h, s0 + d, s1 - d).

    References
    ----------
    .. [1] R. E. Moore, *Interval Analysis* (1966), ch. 3: the range of a function monotone in each argument is
       attained at the corners.

    Examples
    --------
    >>> valuation_range(1000.0, 0.51, 0.83, 0.0, 50.0, 0.005).round(1)
    array([2878.8, 3387.1])
    """
    lowest = (
        np.maximum(consideration - consideration_half_width, 0)
        * (1 - primary_share * np.maximum(stake_before - stake_half_width, 0))
        / (np.minimum(stake_after + stake_half_width, 1) - np.maximum(stake_before - stake_half_width, 0))
    )
    highest = (
        (consideration + consideration_half_width)
        * (1 - primary_share * (stake_before + stake_half_width))
        / (stake_after - stake_before - 2 * stake_half_width)
    )
    return np.stack(np.broadcast_arrays(lowest, highest), axis=-1)


@worksheet(at_most("low", "high"))
def reconciles(reported: Amount, low: Amount, high: Amount, reported_half_width: NonNegative = 0.0) -> Truth:
    """Tell whether a reported figure agrees with a range.

    Parameters
    ----------
    reported
        The figure as reported.
    low
        Lowest value of the range.
    high
        Highest value of the range.
    reported_half_width
        Half of the last digit reported.

    Returns
    -------
    TRUE where the intervals overlap, touching included. In Python 1.0 or 0.0.

    Notes
    -----
    reported - h <= high and reported + h >= low

    References
    ----------
    .. [1] R. E. Moore, *Interval Analysis* (1966), ch. 2: intersection of intervals.

    Examples
    --------
    >>> reconciles(3150.0, 2878.8, 3387.1)
    1.0
    """
    return (reported - reported_half_width <= high) & (reported + reported_half_width >= low)


@worksheet(
    Requirement(
        ("amounts",),
        lambda amounts: np.sum(amounts, axis=-1, keepdims=True) > 0,
        "amounts must sum to more than 0",
    )
)
def blended_valuation(amounts: Listed[NonNegative], valuations: Listed[Positive]) -> Amount:
    """Value that a purchase in tranches at different values comes to.

    Parameters
    ----------
    amounts
        Price paid for each tranche.
    valuations
        Value of the whole company at which each was bought.

    Returns
    -------
    Value at which the same money in one tranche buys the same stake, in the currency of `amounts`.

    Notes
    -----
    sum(a) / sum(a / v)

    References
    ----------
    .. [1] investopedia.com, "Harmonic mean": the weighted harmonic mean, sum w / sum(w / x); 10% at 25 times earnings
       and 90% at 250 times come to 131.6 times.

    Examples
    --------
    >>> round(blended_valuation([500.0, 500.0], [1000.0, 2000.0]), 6)
    1333.333333
    """
    return total(amounts) / total(amounts / valuations)
