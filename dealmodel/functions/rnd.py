"""R&D as spending and as an asset: budgets, intensity, capitalised R&D, tax credits."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Requirement, total, worksheet
from dealmodel.domain import Amount, Fraction, Growth, Life, NonNegative, Number, Positive, Series, Truth


@worksheet()
def rnd_budget(period: Number, base: Amount, growth: Growth) -> Amount:
    """R&D budget of a period.

    Parameters
    ----------
    period
        Periods from the base year, which is 0.
    base
        Budget of the base year.
    growth
        Growth per period.

    Returns
    -------
    Budget, in the currency of `base`.

    Notes
    -----
    base (1 + g)^period

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 2: compound growth.

    Examples
    --------
    >>> rnd_budget([0, 1, 2], 100.0, 0.10).round(6)
    array([100., 110., 121.])
    """
    return base * np.power(1 + growth, period)


@worksheet()
def rnd_intensity(rnd: NonNegative, revenue: Positive) -> Number:
    """R&D as a part of revenue.

    Parameters
    ----------
    rnd
        R&D expense.
    revenue
        Revenue of the same period.

    Returns
    -------
    Fraction; above 1 where R&D exceeds revenue.

    Notes
    -----
    R&D / revenue

    References
    ----------
    .. [1] convergedigest.com, 2017-08-27: ZTE, "R&D spending increased to RMB 6.68 billion in the first half, or 12.4%
       of revenue".

    Examples
    --------
    >>> rnd_intensity(125.0, 1000.0)
    0.125
    """
    return rnd / revenue


_HISTORY = Requirement(
    ("spend", "life"),
    lambda spend, life: spend.shape[-1] >= life + 1,
    "spend must hold life + 1 years",
)


@worksheet(_HISTORY)
def rnd_asset(spend: Series[NonNegative], life: Life) -> Amount:
    """R&D as an asset, straight line.

    Parameters
    ----------
    spend
        R&D expense of each year in chronological order; the last is the current year. At least `life` + 1 years.
    life
        Years over which R&D is written off.

    Returns
    -------
    Unamortised R&D at the end of the current year, in the currency of `spend`.

    Notes
    -----
    sum spend_i max(0, 1 - age_i / life); the current year has age 0 and is not amortised.

    References
    ----------
    .. [1] A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 3.2: Cisco in 2005, 9.92bn.

    Examples
    --------
    >>> round(rnd_asset([2704.0, 3922.0, 3448.0, 3135.0, 3192.0, 3320.0], 5), 6)
    9918.2
    """
    age = np.arange(spend.shape[-1])[::-1]
    return total(spend * np.maximum(life - age, 0)) / life


@worksheet(_HISTORY)
def rnd_amortisation(spend: Series[NonNegative], life: Life) -> Amount:
    """Amortisation of R&D in the current year, straight line.

    Parameters
    ----------
    spend
        R&D expense of each year in chronological order; the last is the current year. At least `life` + 1 years.
    life
        Years over which R&D is written off.

    Returns
    -------
    Charge of the current year, in the currency of `spend`.

    Notes
    -----
    sum of the `life` years before the current one / life

    References
    ----------
    .. [1] A. Damodaran, *Damodaran on Valuation*, 2nd ed., illustration 3.2: Cisco in 2005, 3.28bn.

    Examples
    --------
    >>> round(rnd_amortisation([2704.0, 3922.0, 3448.0, 3135.0, 3192.0, 3320.0], 5), 6)
    3280.2
    """
    age = np.arange(spend.shape[-1])[::-1]
    return total(spend * ((age >= 1) & (age <= life))) / life


@worksheet()
def after_credit(
    spend: NonNegative, credit_rate: Fraction, taxable_credit: Truth = False, tax_rate: Fraction = 0.0
) -> Amount:
    """Cost of R&D after a tax credit.

    Parameters
    ----------
    spend
        R&D that qualifies for the credit.
    credit_rate
        Credit, as a part of the spend.
    taxable_credit
        TRUE where the credit itself is taxed.
    tax_rate
        Tax rate on the credit; without effect where it is not taxed.

    Returns
    -------
    Cost, in the currency of `spend`, before any deduction of the spend itself.

    Notes
    -----
    spend (1 - c (1 - t)) where the credit is taxable, else spend (1 - c)

    References
    ----------
    .. [1] forrestbrown.co.uk, "R&D tax rates": a 20% expenditure credit taxed at 25% is worth 15%, at 19% 16.2%.

    Examples
    --------
    >>> after_credit(1000000.0, 0.20, taxable_credit=True, tax_rate=0.25)
    850000.0
    """
    return spend * (1 - credit_rate * (1 - np.where(taxable_credit != 0, tax_rate, 0.0)))
