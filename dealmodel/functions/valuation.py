"""What a price implies for the whole company: stakes, steps, bridges, multiples, present values."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Array, Requirement, at_most, below, sums_to_one, total, worksheet
from dealmodel.domain import (
    Amount,
    Fraction,
    Listed,
    Multiple,
    NonNegative,
    Pair,
    Positive,
    Probability,
    Rate,
    Series,
    Stake,
    StakeAbove0,
    Truth,
    Years,
)

ROUNDING = 1e-12
"""A stake this close to 1 is 1: price and value of a full take-over come back as 100%, not as an error."""


def _snap_to_one(stake: Array) -> Array:
    return np.where(np.abs(stake - 1) <= ROUNDING, 1.0, stake)


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
) -> Amount:
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
    .. [1] SiliconANGLE, June 2018: Lazada at "about $3.15 billion"; Caixin Global, 2017-06-28: all secondary.

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


@worksheet(
    Requirement(
        ("result",),
        lambda result: (result >= 0) & (result <= 1),
        "the stake after the step must be at least 0 and at most 1",
    )
)
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
    return _snap_to_one(stake_before + consideration * (1 - primary_share * stake_before) / post_money)


@worksheet(
    below("stake_before", "stake_after"),
    Requirement(
        ("stake_before", "stake_after", "stake_half_width"),
        lambda before, after, half_width: before + half_width < after - half_width,
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


@worksheet()
def pre_money(post_money: Amount, new_money: Amount) -> Amount:
    """Value of a company before new money.

    Parameters
    ----------
    post_money
        Value after the round.
    new_money
        Money the company raises.

    Returns
    -------
    Pre-money value, in the currency of `post_money`.

    Notes
    -----
    post_money - new_money

    References
    ----------
    .. [1] Feld & Mendelson, *Venture Deals*, ch. 4: post-money = pre-money + investment.

    Examples
    --------
    >>> pre_money(10.0, 2.0)
    8.0
    """
    return post_money - new_money


@worksheet()
def post_money(pre_money: Amount, new_money: Amount) -> Amount:
    """Value of a company after new money.

    Parameters
    ----------
    pre_money
        Value before the round.
    new_money
        Money the company raises.

    Returns
    -------
    Post-money value, in the currency of `pre_money`.

    Notes
    -----
    pre_money + new_money

    References
    ----------
    .. [1] Feld & Mendelson, *Venture Deals*, ch. 4: post-money = pre-money + investment.

    Examples
    --------
    >>> post_money(8.0, 2.0)
    10.0
    """
    return pre_money + new_money


@worksheet()
def enterprise_value(
    equity_value: Amount,
    debt: Amount = 0.0,
    cash: Amount = 0.0,
    minority_interest: Amount = 0.0,
    preferred_equity: Amount = 0.0,
    associates: Amount = 0.0,
) -> Amount:
    """Enterprise value from equity value.

    Parameters
    ----------
    equity_value
        Value of the common equity.
    debt
        Financial debt.
    cash
        Cash and equivalents.
    minority_interest
        Non-controlling interests in subsidiaries.
    preferred_equity
        Preferred shares.
    associates
        Stakes in companies that are not consolidated.

    Returns
    -------
    Enterprise value, in the currency of `equity_value`.

    Notes
    -----
    E + D - C + MI + PE - A

    References
    ----------
    .. [1] Rosenbaum & Pearl, *Investment Banking*, ch. 1: calculation of enterprise value.

    Examples
    --------
    >>> enterprise_value(1125.0, debt=400.0, cash=80.0, minority_interest=50.0, preferred_equity=30.0,
    ...                  associates=25.0)
    1500.0
    """
    return equity_value + debt - cash + minority_interest + preferred_equity - associates


@worksheet()
def equity_value(
    enterprise_value: Amount,
    debt: Amount = 0.0,
    cash: Amount = 0.0,
    minority_interest: Amount = 0.0,
    preferred_equity: Amount = 0.0,
    associates: Amount = 0.0,
) -> Amount:
    """Equity value from enterprise value.

    Parameters
    ----------
    enterprise_value
        Value of the operating business.
    debt
        Financial debt.
    cash
        Cash and equivalents.
    minority_interest
        Non-controlling interests in subsidiaries.
    preferred_equity
        Preferred shares.
    associates
        Stakes in companies that are not consolidated.

    Returns
    -------
    Equity value, in the currency of `enterprise_value`.

    Notes
    -----
    EV - D + C - MI - PE + A, the inverse of DM_ENTERPRISE_VALUE.

    References
    ----------
    .. [1] dealacademy.co.uk, enterprise value bridge: 1,500 - (400 - 80) - 50 - 30 + 25 = 1,125.

    Examples
    --------
    >>> equity_value(1500.0, 400.0, 80.0, 50.0, 30.0, 25.0)
    1125.0
    """
    return enterprise_value - debt + cash - minority_interest - preferred_equity + associates


@worksheet()
def multiple(value: Amount, metric: Positive) -> Multiple:
    """Valuation multiple.

    Parameters
    ----------
    value
        Enterprise or equity value.
    metric
        What it is measured by: revenue, EBITDA, customers; above 0, else the multiple is not meaningful.

    Returns
    -------
    Multiple, in times.

    Notes
    -----
    value / metric

    References
    ----------
    .. [1] Rosenbaum & Pearl, *Investment Banking*, ch. 1: multiples of negative metrics are "NM".

    Examples
    --------
    >>> multiple(3125.0, 1250.0)
    2.5
    """
    return value / metric


@worksheet(sums_to_one("probabilities"))
def expected_value(values: Listed[Amount], probabilities: Listed[Probability]) -> Amount:
    """Probability-weighted mean of outcomes.

    Parameters
    ----------
    values
        Outcomes.
    probabilities
        Their probabilities, which sum to 1 within 1e-9.

    Returns
    -------
    Expected value, in the unit of `values`.

    Notes
    -----
    sum p v

    References
    ----------
    .. [1] IAS 37.39: "the obligation is estimated by weighting all possible outcomes by their associated
       probabilities", expected value.

    Examples
    --------
    >>> expected_value([0.0, 300.0], [0.75, 0.25])
    75.0
    """
    return total(values * probabilities)


@worksheet()
def present_value(amounts: Series[Amount], times: Series[Years], rate: Rate) -> Amount:
    """Present value of dated amounts.

    Parameters
    ----------
    amounts
        Cash flows.
    times
        When each falls, in years from today.
    rate
        Discount rate per year.

    Returns
    -------
    Present value, in the currency of `amounts`.

    Notes
    -----
    sum a / (1 + r)^time

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 2: present value formula.

    Examples
    --------
    >>> round(present_value([110.0, 121.0], [1.0, 2.0], 0.10), 10)
    200.0
    """
    return total(amounts / np.power(1 + rate, times))
