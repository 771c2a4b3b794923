"""What a combination does to the books and to the holders: goodwill, exchange ratios, earnings per share."""

from __future__ import annotations

from dealmodel.contract import worksheet
from dealmodel.domain import (
    Amount,
    ExchangeRatio,
    FractionBelow1,
    NonNegative,
    Number,
    Positive,
    Shares,
    SharesAbove0,
    Stake,
)


@worksheet()
def goodwill(
    consideration: NonNegative, minority_interest: Amount, previously_held: NonNegative, net_assets: Amount
) -> Amount:
    """Goodwill of an acquisition.

    Parameters
    ----------
    consideration
        Consideration transferred, at fair value.
    minority_interest
        Non-controlling interest in the target, at fair value or at its share of the net assets.
    previously_held
        Fair value of the stake held before control.
    net_assets
        Identifiable assets less liabilities, at fair value.

    Returns
    -------
    Goodwill, in the currency of `consideration`; negative is the gain of a bargain purchase.

    Notes
    -----
    c + nci + held - net assets

    References
    ----------
    .. [1] IFRS 3.32 and 3.34; EY, *International GAAP 2019*, ch. 9: 22,000 + 3,800 + 6,000 - 19,000 = 12,800.

    Examples
    --------
    >>> goodwill(22000.0, 3800.0, 6000.0, 19000.0)
    12800.0
    """
    return consideration + minority_interest + previously_held - net_assets


@worksheet()
def remeasurement_gain(stake_held: Stake, fair_value: NonNegative, carrying_amount: Amount) -> Amount:
    """Gain on a stake that was held before control.

    Parameters
    ----------
    stake_held
        Stake held before control.
    fair_value
        Fair value of the whole equity at the date of control.
    carrying_amount
        Carrying amount of the stake before.

    Returns
    -------
    Gain in profit or loss, in the currency of `fair_value`; negative is a loss.

    Notes
    -----
    s FV - carrying

    References
    ----------
    .. [1] IFRS 3.42; EY, *International GAAP 2019*, ch. 9: a 20% associate carried at 4,700 and worth 6,000 gives a
       gain of 1,300.

    Examples
    --------
    >>> remeasurement_gain(0.20, 30000.0, 4700.0)
    1300.0
    """
    return stake_held * fair_value - carrying_amount


@worksheet()
def exchange_ratio(offer_price: NonNegative, acquirer_price: Positive) -> ExchangeRatio:
    """Shares of the acquirer for one share of the target.

    Parameters
    ----------
    offer_price
        Price offered per target share.
    acquirer_price
        Price of the acquirer's share.

    Returns
    -------
    Exchange ratio, in acquirer shares per target share.

    Notes
    -----
    offer price / acquirer price

    References
    ----------
    .. [1] financeinterviewcoach.com, "Walk me through an accretion-dilution analysis": 75 per share paid in shares
       at 45, 25 new shares for 15.

    Examples
    --------
    >>> round(exchange_ratio(75.0, 45.0), 6)
    1.666667
    """
    return offer_price / acquirer_price


@worksheet()
def pro_forma_stake(target_shares: Shares, exchange_ratio: ExchangeRatio, acquirer_shares: SharesAbove0) -> Stake:
    """Stake of the target's holders in the combined company.

    Parameters
    ----------
    target_shares
        Shares of the target that are exchanged.
    exchange_ratio
        Acquirer shares for each.
    acquirer_shares
        Shares of the acquirer before.

    Returns
    -------
    Stake in the combined company.

    Notes
    -----
    T x / (A + T x)

    References
    ----------
    .. [1] CRN, "Hewlett-Packard's HP-Compaq merger fact sheet": 0.6325 of an HP share per Compaq share, owned 64% by
       HP's and 36% by Compaq's shareholders.

    Examples
    --------
    >>> pro_forma_stake(100.0, 0.5, 50.0)
    0.5
    """
    issued = target_shares * exchange_ratio
    return issued / (acquirer_shares + issued)


@worksheet()
def pro_forma_eps(
    acquirer_income: Amount,
    target_income: Amount,
    adjustments: Amount,
    acquirer_shares: SharesAbove0,
    new_shares: Shares,
) -> Amount:
    """Earnings per share of the combined company.

    Parameters
    ----------
    acquirer_income
        Net income of the acquirer.
    target_income
        Net income of the target.
    adjustments
        Effects of the deal after tax, signed: synergies positive, interest and amortisation negative.
    acquirer_shares
        Shares of the acquirer before.
    new_shares
        Shares issued for the deal.

    Returns
    -------
    Earnings per share, in the currency of the incomes.

    Notes
    -----
    (NI_a + NI_t + adjustments) / (n0 + n1)

    References
    ----------
    .. [1] financeinterviewcoach.com, "Walk me through an accretion-dilution analysis": 540 on 185 shares, 2.9189.

    Examples
    --------
    >>> round(pro_forma_eps(240.0, 300.0, 0.0, 160.0, 25.0), 4)
    2.9189
    """
    return (acquirer_income + target_income + adjustments) / (acquirer_shares + new_shares)


@worksheet()
def accretion(pro_forma_eps: Amount, standalone_eps: Positive) -> Number:
    """Rise of earnings per share by a deal.

    Parameters
    ----------
    pro_forma_eps
        Earnings per share of the combined company.
    standalone_eps
        Earnings per share of the acquirer alone; above 0, else the fraction is not meaningful.

    Returns
    -------
    Fraction of the standalone earnings per share; negative is dilution.

    Notes
    -----
    pro forma / standalone - 1

    References
    ----------
    .. [1] financeinterviewcoach.com, "Walk me through an accretion-dilution analysis": 2.9189 against 1.50.

    Examples
    --------
    >>> round(accretion(1.65, 1.50), 10)
    0.1
    """
    return (pro_forma_eps - standalone_eps) / standalone_eps


@worksheet()
def breakeven_synergies(
    acquirer_income: Amount,
    target_income: Amount,
    adjustments: Amount,
    acquirer_shares: SharesAbove0,
    new_shares: Shares,
    tax_rate: FractionBelow1,
) -> Amount:
    """Synergies before tax at which a deal leaves earnings per share unchanged.

    Parameters
    ----------
    acquirer_income
        Net income of the acquirer.
    target_income
        Net income of the target.
    adjustments
        Other effects of the deal after tax, signed: interest and amortisation negative.
    acquirer_shares
        Shares of the acquirer before.
    new_shares
        Shares issued for the deal.
    tax_rate
        Tax rate on the synergies, below 1.

    Returns
    -------
    Synergies a year, in the currency of the incomes: positive is what a dilutive deal lacks, negative what an
    accretive one could lose.

    Notes
    -----
    (eps0 (n0 + n1) - (NI_a + NI_t + adjustments)) / (1 - t), eps0 = NI_a / n0

    References
    ----------
    .. [1] felix.fe.training, "M&A case study - synergies to breakeven": the shortfall of earnings per share, times
       the shares after the deal, divided by 1 less the tax rate.

    Examples
    --------
    >>> breakeven_synergies(240.0, 30.0, 0.0, 160.0, 25.0, 0.25)
    10.0
    """
    # NI_a cancels: eps0 (n0 + n1) - NI_a = NI_a n1 / n0.
    return (acquirer_income * new_shares / acquirer_shares - target_income - adjustments) / (1 - tax_rate)
