"""How far cash goes against fines: proceeds, offsets, fines after tax."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import worksheet
from dealmodel.domain import Amount, Fraction, FractionBelow1, NonNegative, Probability


@worksheet()
def net_proceeds(
    gross_price: Amount,
    tax_basis: Amount,
    tax_rate: Fraction,
    costs: NonNegative = 0.0,
    debt_repaid: NonNegative = 0.0,
    retained: NonNegative = 0.0,
) -> Amount:
    """Cash that a disposal leaves.

    Parameters
    ----------
    gross_price
        Price of the disposal.
    tax_basis
        Tax basis of what is sold.
    tax_rate
        Tax rate on the gain.
    costs
        Costs of the disposal, deducted from the gain.
    debt_repaid
        Debt that the disposal makes due.
    retained
        Escrow or holdback.

    Returns
    -------
    Cash, in the currency of `gross_price`; negative where the deductions exceed the price.

    Notes
    -----
    G - t max(0, G - basis - costs) - costs - debt - retained

    References
    ----------
    .. [1] US IRC s. 1001(a): gain is the excess of the amount realized over the adjusted basis; selling expenses
       reduce the amount realized (IRS Publication 544, ch. 1).

    Examples
    --------
    >>> net_proceeds(294.0, tax_basis=100.0, tax_rate=0.25, costs=4.0)
    242.5
    """
    gain = np.maximum(gross_price - tax_basis - costs, 0)
    return gross_price - tax_rate * gain - costs - debt_repaid - retained


@worksheet()
def gross_for_net(
    net: Amount,
    tax_basis: Amount,
    tax_rate: FractionBelow1,
    costs: NonNegative = 0.0,
    debt_repaid: NonNegative = 0.0,
    retained: NonNegative = 0.0,
) -> Amount:
    """Gross price at which a disposal leaves a wanted amount of cash.

    Parameters
    ----------
    net
        Cash wanted.
    tax_basis
        Tax basis of what is sold.
    tax_rate
        Tax rate on the gain, below 1.
    costs
        Costs of the disposal, deducted from the gain.
    debt_repaid
        Debt that the disposal makes due.
    retained
        Escrow or holdback.

    Returns
    -------
    Gross price, in the currency of `net`.

    Notes
    -----
    M = net + costs + debt + retained; M where M <= basis + costs, else (M - t (basis + costs)) / (1 - t): the
    exact inverse of DM_NET_PROCEEDS on both sides of the kink.

    References
    ----------
    .. [1] The inverse of DM_NET_PROCEEDS; US IRC s. 1001(a).

    Examples
    --------
    >>> gross_for_net(242.5, tax_basis=100.0, tax_rate=0.25, costs=4.0)
    294.0
    """
    before_tax = net + costs + debt_repaid + retained
    untaxed = tax_basis + costs
    return before_tax + tax_rate / (1 - tax_rate) * np.maximum(before_tax - untaxed, 0)


@worksheet()
def cash_offset(cash: Amount, fine: NonNegative) -> Amount:
    """Part of a fine that cash covers, as an amount.

    Parameters
    ----------
    cash
        Cash at hand; none where negative.
    fine
        Fine to pay.

    Returns
    -------
    Amount covered, in the currency of `fine`.

    Notes
    -----
    min(max(cash, 0), fine)

    References
    ----------
    .. [1] SiliconANGLE, 2017-06-29: a price of 294m before tax against a fine of 892m.

    Examples
    --------
    >>> cash_offset(294.0, 892.0)
    294.0
    """
    return np.minimum(np.maximum(cash, 0), fine)


@worksheet()
def offset_ratio(cash: Amount, fine: NonNegative) -> Fraction:
    """Part of a fine that cash covers, as a fraction.

    Parameters
    ----------
    cash
        Cash at hand; none where negative.
    fine
        Fine to pay.

    Returns
    -------
    Fraction; 1 where there is no fine.

    Notes
    -----
    min(max(cash, 0), fine) / fine; 1 where fine = 0

    References
    ----------
    .. [1] SiliconANGLE, 2017-06-29: 294m before tax cover 33% of 892m.

    Examples
    --------
    >>> round(offset_ratio(294.0, 892.0), 4)
    0.3296
    """
    return np.where(fine == 0, 1.0, np.minimum(np.maximum(cash, 0), fine) / fine)


@worksheet()
def shortfall(cash: Amount, fine: NonNegative) -> Amount:
    """Part of a fine that cash does not cover.

    Parameters
    ----------
    cash
        Cash at hand; an overdraft is negative and adds to the shortfall.
    fine
        Fine to pay.

    Returns
    -------
    Amount missing, in the currency of `fine`.

    Notes
    -----
    max(0, fine - cash)

    References
    ----------
    .. [1] SiliconANGLE, 2017-06-29: 892m less 294m leaves 598m.

    Examples
    --------
    >>> shortfall(294.0, 892.0)
    598.0
    """
    return np.maximum(fine - cash, 0)


@worksheet()
def surplus(cash: Amount, fine: NonNegative) -> Amount:
    """Cash that is left after a fine.

    Parameters
    ----------
    cash
        Cash at hand.
    fine
        Fine to pay.

    Returns
    -------
    Amount left, in the currency of `fine`.

    Notes
    -----
    max(0, cash - fine)

    References
    ----------
    .. [1] The counterpart of DM_SHORTFALL: cash - fine = surplus - shortfall.

    Examples
    --------
    >>> surplus(1000.0, 892.0)
    108.0
    """
    return np.maximum(cash - fine, 0)


@worksheet()
def expected_fine(
    payable: NonNegative, suspended: NonNegative = 0.0, activation_probability: Probability = 0.0
) -> Amount:
    """Fine to expect where a part of it is suspended.

    Parameters
    ----------
    payable
        Part to be paid in any case.
    suspended
        Part that falls due only on a violation of the probation.
    activation_probability
        Probability that it does.

    Returns
    -------
    Expected fine, in the currency of `payable`.

    Notes
    -----
    payable + p suspended

    References
    ----------
    .. [1] IAS 37.39, expected value; BIS order of 2017-03: 661m, of which 300m suspended for seven years.

    Examples
    --------
    >>> expected_fine(892.0, 300.0, 0.25)
    967.0
    """
    return payable + activation_probability * suspended


@worksheet()
def after_tax_fine(fine: NonNegative, deductible_share: Fraction, tax_rate: Fraction) -> Amount:
    """Cost of a fine after the tax that it saves.

    Parameters
    ----------
    fine
        Fine and related payments.
    deductible_share
        Part that may be deducted from taxable income, such as restitution.
    tax_rate
        Tax rate at which it is deducted.

    Returns
    -------
    Cost after tax, in the currency of `fine`.

    Notes
    -----
    fine (1 - share t)

    References
    ----------
    .. [1] US IRC s. 162(f): no deduction of amounts paid to a government for the violation of law, except those
       identified as restitution or as paid to come into compliance.

    Examples
    --------
    >>> after_tax_fine(1000.0, 0.40, 0.25)
    900.0
    """
    return fine * (1 - deductible_share * tax_rate)


@worksheet()
def capped_fine(
    fine: NonNegative, turnover: NonNegative, cap_share: Fraction = 0.10, minimum_cap: NonNegative = 0.0
) -> Amount:
    """Fine that a legal maximum bounds.

    Parameters
    ----------
    fine
        Fine before the maximum.
    turnover
        Worldwide turnover of the preceding business year.
    cap_share
        Maximum as a part of the turnover: 0.10 in EU competition law, 0.04 or 0.02 under the GDPR.
    minimum_cap
        Amount below which the maximum does not fall, such as the GDPR's 20 million; 0 means none.

    Returns
    -------
    Fine, in the currency of `fine`.

    Notes
    -----
    min(fine, max(minimum cap, share turnover))

    References
    ----------
    .. [1] Regulation (EC) 1/2003, art. 23(2): at most 10% of the total turnover in the preceding business year.
       Regulation (EU) 2016/679, art. 83(5): up to 20,000,000 EUR or 4% of the turnover, whichever is higher.

    Examples
    --------
    >>> capped_fine(300.0, 2000.0)
    200.0
    """
    return np.minimum(fine, np.maximum(cap_share * turnover, minimum_cap))
