"""How far cash and credit reach: waterfalls, headroom, debt capacity, covenants."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import total, worksheet
from dealmodel.domain import Amount, Leverage, LeverageAbove0, Listed, NonNegative, Number, Periods, Series
from dealmodel.functions.running import sum_before


@worksheet()
def cash_waterfall(cash: Amount, claims: Listed[NonNegative]) -> Listed[Amount]:
    """Pay claims in order until the cash is gone.

    Parameters
    ----------
    cash
        Cash at hand; none where negative.
    claims
        Claims, the first paid first.

    Returns
    -------
    Amount paid to each claim, in its order.

    Notes
    -----
    paid_i = min(claim_i, max(0, cash - the claims before i))

    References
    ----------
    .. [1] US Bankruptcy Code s. 726: a class is paid in full before the next receives anything.

    Examples
    --------
    >>> cash_waterfall(294.0, [100.0, 150.0, 300.0])
    array([100., 150.,  44.])
    """
    return np.minimum(claims, np.maximum(cash - sum_before(claims), 0))


@worksheet()
def cash_left(cash: Amount, claims: Listed[NonNegative]) -> Amount:
    """Cash that is left when all claims are paid.

    Parameters
    ----------
    cash
        Cash at hand.
    claims
        Claims to pay.

    Returns
    -------
    Cash, in the currency of `claims`; 0 where it does not cover them.

    Notes
    -----
    max(0, cash - sum of claims)

    References
    ----------
    .. [1] The residual of DM_CASH_WATERFALL: US Bankruptcy Code s. 726(a)(6), what remains goes to the debtor.

    Examples
    --------
    >>> cash_left(294.0, [100.0, 150.0])
    44.0
    """
    return np.maximum(cash - total(claims), 0)


@worksheet()
def headroom(cash: Amount, facilities: NonNegative, obligations: NonNegative, minimum_cash: NonNegative) -> Amount:
    """Liquidity above a required minimum.

    Parameters
    ----------
    cash
        Cash at hand.
    facilities
        Committed credit that is not drawn.
    obligations
        Payments that fall due.
    minimum_cash
        Liquidity that must remain.

    Returns
    -------
    Headroom, in the currency of `cash`; negative is a breach.

    Notes
    -----
    cash + facilities - obligations - minimum

    References
    ----------
    .. [1] IFRS 7.39(c) and B11F: liquidity risk is managed with cash and committed facilities against what falls due.

    Examples
    --------
    >>> headroom(500.0, 300.0, 600.0, 150.0)
    50.0
    """
    return cash + facilities - obligations - minimum_cash


@worksheet()
def debt_capacity(ebitda: Amount, leverage: Leverage, net_debt: Amount) -> Amount:
    """Debt that can still be raised at a leverage.

    Parameters
    ----------
    ebitda
        EBITDA of a year.
    leverage
        Net debt that lenders accept, in times EBITDA.
    net_debt
        Net debt there is; net cash is negative.

    Returns
    -------
    Debt, in the currency of `ebitda`; 0 where the limit is reached.

    Notes
    -----
    max(0, EBITDA leverage - net debt)

    References
    ----------
    .. [1] capacity-calculator.com, "Calculate debt capacity": (EBITDA x leverage ratio) - existing debt.

    Examples
    --------
    >>> debt_capacity(750.0, 5.0, 1750.0)
    2000.0
    """
    return np.maximum(ebitda * leverage - net_debt, 0)


@worksheet()
def covenant_headroom(
    net_debt: Series[Amount], ebitda: Series[Amount], limits: Series[LeverageAbove0], window: Periods = 1.0
) -> Series[Number]:
    """Fraction by which EBITDA may fall before each test of a leverage covenant fails.

    Parameters
    ----------
    net_debt
        Net debt at each test; net cash is negative.
    ebitda
        EBITDA of each period.
    limits
        Highest net debt allowed at each test, in times EBITDA.
    window
        Periods whose EBITDA a test adds up: 4 where a quarterly test looks at the last twelve months.

    Returns
    -------
    Headroom at each test, in the orientation of `net_debt`; negative is a breach. #NUM! in the first periods, which
    have no full window, and where the EBITDA of the window is not above 0, as leverage is then not meaningful.

    Notes
    -----
    1 - net debt / (limit E), E = sum of the EBITDA of the last `window` periods

    References
    ----------
    .. [1] calcsimpler.com, "Private credit covenant cushion": net debt of 180m, EBITDA of 55m and a limit of 4.0 times
       leave room for a fall of 18.18%.

    Examples
    --------
    >>> covenant_headroom([180.0, 190.0], [55.0, 47.5], [4.0, 4.0]).round(4)
    array([0.1818, 0.    ])
    """
    at = np.arange(ebitda.shape[-1])
    in_window = (at <= at[:, None]) & (at > at[:, None] - window[..., None])
    trailing = np.sum(ebitda[..., None, :] * in_window, axis=-1)
    allowed = limits * trailing
    return np.where((trailing > 0) & (at + 1 >= window), (allowed - net_debt) / allowed, np.nan)
