"""An amount that is paid in level instalments."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import at_most, worksheet
from dealmodel.domain import Amount, NonNegative, Periods, Rate, WholeNumber


@worksheet(at_most("upfront", "principal"))
def instalment(
    period: WholeNumber, principal: NonNegative, periods: Periods, rate: Rate = 0.0, upfront: NonNegative = 0.0
) -> Amount:
    """Payment that is due in a period.

    Parameters
    ----------
    period
        Period asked for; 0 is the signing.
    principal
        Amount to be paid in all, before interest.
    periods
        Number of level payments, the first due in period 1.
    rate
        Interest rate per period.
    upfront
        Part paid at signing.

    Returns
    -------
    Payment, in the currency of `principal`; 0 before the signing and after the last payment.

    Notes
    -----
    period 0: upfront; 1..n: (principal - upfront) r / (1 - (1 + r)^-n), which is (principal - upfront) / n at
    r = 0; else 0.

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 2: amortising loan.

    Examples
    --------
    >>> instalment([0, 1, 2, 3, 4], 1000.0, 3, 0.0, 400.0)
    array([400., 200., 200., 200.,   0.])
    """
    level = np.where(rate == 0, 1 / periods, rate / -np.expm1(-periods * np.log1p(rate)))
    due = np.where((period >= 1) & (period <= periods), (principal - upfront) * level, 0.0)
    return np.where(period == 0, upfront, due)


@worksheet(at_most("upfront", "principal"))
def instalment_balance(
    period: WholeNumber, principal: NonNegative, periods: Periods, rate: Rate = 0.0, upfront: NonNegative = 0.0
) -> Amount:
    """Amount that is still owed after a period's payment.

    Parameters
    ----------
    period
        Period asked for; 0 is the signing.
    principal
        Amount to be paid in all, before interest.
    periods
        Number of level payments, the first due in period 1.
    rate
        Interest rate per period.
    upfront
        Part paid at signing.

    Returns
    -------
    Balance, in the currency of `principal`; 0 before the signing and after the last payment.

    Notes
    -----
    (principal - upfront) (1 - (1 + r)^-(n - k)) / (1 - (1 + r)^-n), which is (principal - upfront) (n - k) / n at
    r = 0, for k = 0..n; else 0.

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 2: the balance of an amortising loan is the
       present value of its remaining payments.

    Examples
    --------
    >>> instalment_balance([0, 1, 2, 3], 1000.0, 3, 0.10).round(2)
    array([1000.  ,  697.89,  365.56,    0.  ])
    """
    left = np.clip(periods - period, 0, periods)
    # Powers with exponents of one sign only: a high rate or a rate near -1 would overflow in the printed form.
    growth = np.log1p(rate)
    part = np.exp(np.minimum(growth, 0) * (periods - left)) * (
        np.expm1(-np.abs(growth) * left) / np.expm1(-np.abs(growth) * periods)
    )
    owed = (principal - upfront) * np.where(rate == 0, left / periods, part)
    return np.where(period < 0, 0.0, owed)
