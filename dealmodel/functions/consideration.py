"""What is paid for a company, and when: deferred prices, interest until closing, puts of a minority."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Requirement, total, worksheet
from dealmodel.domain import (
    Amount,
    DayCount,
    Days,
    Listed,
    Multiple,
    NonNegative,
    Rate,
    Series,
    Span,
    Stake,
)


@worksheet()
def deferred_consideration(
    upfront: NonNegative, instalments: Series[NonNegative], times: Series[Span], rate: Rate
) -> Amount:
    """Cost today of a price of which a part is paid later.

    Parameters
    ----------
    upfront
        Part paid at closing.
    instalments
        Parts paid later, certain in amount.
    times
        When each falls due, in years from closing.
    rate
        Discount rate per year: what the buyer would pay to borrow.

    Returns
    -------
    Consideration at the date of closing, in the currency of `upfront`.

    Notes
    -----
    upfront + sum a / (1 + r)^time

    References
    ----------
    .. [1] IFRS 3.37: consideration transferred is measured at fair value at the acquisition date, liabilities to
       former owners included.

    Examples
    --------
    >>> round(deferred_consideration(210.0, [108.0], [2.0], 0.08), 4)
    302.5926
    """
    return upfront + total(instalments * np.power(1 + rate, -times))


@worksheet()
def locked_box_interest(equity_price: NonNegative, rate: Rate, days: Days, day_count: DayCount = 365.0) -> Amount:
    """Interest on a locked-box price until closing.

    Parameters
    ----------
    equity_price
        Price of the equity at the locked-box date.
    rate
        Simple interest rate per year, the "ticker".
    days
        Days from the locked-box date to closing.
    day_count
        Days in a year by the agreement: 365 or 360.

    Returns
    -------
    Interest, in the currency of `equity_price`.

    Notes
    -----
    P r days / day count

    References
    ----------
    .. [1] captonpartners.fi, "Locked-box interest": the seller is compensated for the delay between the effective
       date and the payment of the price.

    Examples
    --------
    >>> locked_box_interest(100.0, 0.05, 73.0)
    1.0
    """
    return equity_price * rate * days / day_count


@worksheet()
def locked_box_price(
    equity_price: NonNegative, rate: Rate, days: Days, leakage: NonNegative = 0.0, day_count: DayCount = 365.0
) -> Amount:
    """Price at closing under a locked box.

    Parameters
    ----------
    equity_price
        Price of the equity at the locked-box date.
    rate
        Simple interest rate per year, the "ticker".
    days
        Days from the locked-box date to closing.
    leakage
        Value that the seller took out after the locked-box date and that was not permitted.
    day_count
        Days in a year by the agreement: 365 or 360.

    Returns
    -------
    Price at closing, in the currency of `equity_price`.

    Notes
    -----
    P (1 + r days / day count) - leakage

    References
    ----------
    .. [1] tagalliances.com, "Completion accounts and locked box": the seller reimburses the buyer for leakage between
       the locked-box date and completion.

    Examples
    --------
    >>> locked_box_price(100.0, 0.05, 73.0, 3.0)
    98.0
    """
    return equity_price + equity_price * rate * days / day_count - leakage


@worksheet(
    Requirement(
        ("starts",),
        lambda starts: np.diff(starts, axis=-1, prepend=starts[..., :1]) >= 0,
        "starts must not fall",
    )
)
def ticking_fee(days: Days, starts: Listed[Days], daily_fees: Listed[NonNegative]) -> Amount:
    """Fee that grows with every day a closing is late.

    Parameters
    ----------
    days
        Days from signing to closing.
    starts
        Days from signing after which each fee runs, until the next one does; in rising order.
    daily_fees
        Fee per day in each of these times: an amount, or an amount per share.

    Returns
    -------
    Fee at closing, in the currency of `daily_fees`.

    Notes
    -----
    sum f_i max(0, min(days, start_(i+1)) - start_i)

    References
    ----------
    .. [1] Light Reading, 2022-02-22: TEGNA's holders receive 0.00167 per share per day from the 9-month anniversary
       of signing, 0.0025 from the 12-month, 0.00333 from the 13-month, 0.00417 from the 14-month.

    Examples
    --------
    >>> round(ticking_fee(393.0, [273.0, 365.0, 393.0], [0.00167, 0.0025, 0.00333]), 5)
    0.22364
    """
    until = np.concatenate([starts[..., 1:], np.full_like(starts[..., :1], np.inf)], axis=-1)
    return total(daily_fees * np.maximum(np.minimum(days, until) - starts, 0))


@worksheet(
    Requirement(
        ("floor", "cap"),
        lambda floor, cap: (cap == 0) | (floor <= cap),
        "floor must be at most cap",
    )
)
def formula_price(
    metric: Amount,
    multiple: Multiple,
    stake: Stake,
    net_debt: Amount = 0.0,
    floor: NonNegative = 0.0,
    cap: NonNegative = 0.0,
) -> Amount:
    """Price of a minority under a put or call at a formula.

    Parameters
    ----------
    metric
        What the formula measures by, such as EBITDA, at exercise.
    multiple
        Multiple agreed.
    stake
        Stake under the option.
    net_debt
        Net debt at exercise.
    floor
        Least price of the stake.
    cap
        Greatest price of the stake; 0 means none.

    Returns
    -------
    Price of the stake at exercise, in the currency of `metric`.

    Notes
    -----
    s (multiple metric - net debt), at least the floor and at most the cap

    References
    ----------
    .. [1] datastudios.org, "How written put options over non-controlling interests are accounted for": formula
       multiples with floor, cap and collar.

    Examples
    --------
    >>> formula_price(50.0, 8.0, 0.30, 100.0)
    90.0
    """
    price = np.maximum(stake * (multiple * metric - net_debt), floor)
    return np.where(cap == 0, price, np.minimum(price, cap))


@worksheet()
def put_liability(redemption_amount: NonNegative, rate: Rate, years: Span) -> Amount:
    """Liability for a put that a minority holds.

    Parameters
    ----------
    redemption_amount
        Amount to pay at exercise, as DM_FORMULA_PRICE gives it.
    rate
        Discount rate per year.
    years
        Time until the put can first be exercised.

    Returns
    -------
    Financial liability, in the currency of `redemption_amount`.

    Notes
    -----
    amount / (1 + r)^years

    References
    ----------
    .. [1] IAS 32.23: an obligation to purchase own equity instruments is a financial liability "for the present
       value of the redemption amount".

    Examples
    --------
    >>> round(put_liability(1000.0, 0.12, 2.0), 2)
    797.19
    """
    return redemption_amount * np.power(1 + rate, -years)
