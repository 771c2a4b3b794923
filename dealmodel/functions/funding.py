"""What R&D is left unfunded: gaps, balances, runway."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import total, worksheet
from dealmodel.domain import Amount, Duration, Series
from dealmodel.functions.running import sum_before


@worksheet()
def funding_gap(required: Amount, available: Amount) -> Amount:
    """Gap of one period.

    Parameters
    ----------
    required
        Money that the plan needs.
    available
        Money there is for it.

    Returns
    -------
    Gap, in the currency of `required`; 0 where there is enough.

    Notes
    -----
    max(0, required - available)

    References
    ----------
    .. [1] European Commission, guidance on State aid: the funding gap is the negative difference of inflows and
       outflows.

    Examples
    --------
    >>> funding_gap(500.0, 380.0)
    120.0
    """
    return np.maximum(required - available, 0)


@worksheet()
def funding_balance(required: Series[Amount], available: Series[Amount], opening: Amount = 0.0) -> Series[Amount]:
    """Balance after each period when nothing new is raised.

    Parameters
    ----------
    required
        Money that the plan needs in each period.
    available
        Money there is for it in each period.
    opening
        Cash before the first period.

    Returns
    -------
    Balance after each period, in the orientation of `required`.

    Notes
    -----
    opening + running sum of (available - required)

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 29: cash budget, cumulative requirement.

    Examples
    --------
    >>> funding_balance([500.0, 550.0, 600.0], [600.0, 500.0, 500.0], 40.0)
    array([140.,  90., -10.])
    """
    return opening + np.cumsum(available - required, axis=-1)


@worksheet()
def carried_gap(required: Series[Amount], available: Series[Amount], opening: Amount = 0.0) -> Series[Amount]:
    """Money to raise in each period when surpluses carry forward.

    Parameters
    ----------
    required
        Money that the plan needs in each period.
    available
        Money there is for it in each period.
    opening
        Cash before the first period.

    Returns
    -------
    New money of each period, in the orientation of `required`; in all, DM_PEAK_FUNDING.

    Notes
    -----
    max(0, -balance) in each period, the balance starting at opening, and each next one at max(0, balance)

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 29: sources of short-term financing.

    Examples
    --------
    >>> carried_gap([500.0, 550.0, 600.0], [600.0, 420.0, 500.0], 0.0)
    array([  0.,  30., 100.])
    """
    change = np.moveaxis(available - required, -1, 0)
    gaps = np.empty((len(change), *np.broadcast_shapes(change.shape[1:], opening.shape[:-1])))
    carried = opening[..., 0]
    # Period by period: the difference of what two of them need in all has the rounding of all before.
    for period, moved in enumerate(change):
        balance = carried + moved
        gaps[period] = np.maximum(-balance, 0)
        carried = np.maximum(balance, 0)
    return np.moveaxis(gaps, 0, -1)


@worksheet()
def peak_funding(required: Series[Amount], available: Series[Amount], opening: Amount = 0.0) -> Amount:
    """Deepest hole of the balance: the money the plan needs in all.

    Parameters
    ----------
    required
        Money that the plan needs in each period.
    available
        Money there is for it in each period.
    opening
        Cash before the first period.

    Returns
    -------
    Peak funding requirement, in the currency of `required`; 0 where the balance never is negative.

    Notes
    -----
    max(0, -min(balance))

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 29: cumulative financing required.

    Examples
    --------
    >>> peak_funding([500.0, 550.0, 600.0], [600.0, 420.0, 500.0], 0.0)
    130.0
    """
    lowest = np.min(opening + np.cumsum(available - required, axis=-1), axis=-1, keepdims=True)
    return np.maximum(-lowest, 0)


@worksheet()
def runway(cash: Amount, burn: Series[Amount]) -> Duration:
    """Periods until the cash runs out.

    Parameters
    ----------
    cash
        Cash before the first period; none where negative.
    burn
        Cash spent in each period, evenly; negative burn adds cash.

    Returns
    -------
    Periods, with the fraction of the period in which the cash runs out; at most the length of `burn`.

    Notes
    -----
    whole periods before the balance turns negative, plus balance / burn of the period in which it does

    References
    ----------
    .. [1] Feld & Mendelson, *Venture Deals*: runway is cash divided by burn rate.

    Examples
    --------
    >>> runway(250.0, [100.0, 100.0, 100.0])
    2.5
    """
    start = cash - sum_before(burn)
    periods = start.shape[-1]
    whole = total(np.logical_and.accumulate(start >= burn, axis=-1))
    at = np.minimum(whole, periods - 1).astype(np.intp)
    last_start = np.take_along_axis(start, at, axis=-1)
    last_burn = np.take_along_axis(np.broadcast_to(burn, start.shape), at, axis=-1)
    part = np.where(whole < periods, np.maximum(last_start, 0) / last_burn, 0.0)
    return np.where(cash < 0, 0.0, whole + part)
