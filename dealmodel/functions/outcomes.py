"""Values that hang on uncertain outcomes."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Requirement, sums_to_one, total, worksheet
from dealmodel.domain import Amount, Listed, NonNegative, Number, Probability, Rate, Span


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


@worksheet(
    Requirement(
        ("offer_price", "downside_price"),
        np.not_equal,
        "offer_price must differ from downside_price",
    )
)
def deal_probability(market_price: NonNegative, offer_price: NonNegative, downside_price: NonNegative) -> Number:
    """Probability of closing that the market price of a target implies.

    Parameters
    ----------
    market_price
        Price of the target's share.
    offer_price
        Price that the holder gets if the deal closes.
    downside_price
        Price of the share if it does not.

    Returns
    -------
    Probability, not clipped: above 1 the market expects a better offer, below 0 a lower price than the downside.

    Notes
    -----
    (m - d) / (o - d)

    References
    ----------
    .. [1] K. C. Brown & M. V. Raymond, "Risk arbitrage and the prediction of successful corporate takeovers",
       Financial Management 15(3), 1986, 54-63.

    Examples
    --------
    >>> round(deal_probability(92.0, 100.0, 70.0), 4)
    0.7333
    """
    return (market_price - downside_price) / (offer_price - downside_price)


@worksheet()
def earn_out(amount: NonNegative, probability: Probability, rate: Rate, years: Span) -> Amount:
    """Present value of a payment that hangs on an event.

    Parameters
    ----------
    amount
        Amount paid if the event occurs.
    probability
        Probability that it does.
    rate
        Discount rate per year.
    years
        Time until the payment.

    Returns
    -------
    Present value, in the currency of `amount`.

    Notes
    -----
    p a / (1 + r)^years

    References
    ----------
    .. [1] IFRS 3.39: contingent consideration is recognised at its acquisition-date fair value; IFRS 13.B25: expected
       present value technique.

    Examples
    --------
    >>> round(earn_out(121.0, 0.60, 0.10, 2.0), 10)
    60.0
    """
    return probability * amount * np.power(1 + rate, -years)


@worksheet(sums_to_one("probabilities"))
def provision(outcomes: Listed[NonNegative], probabilities: Listed[Probability], rate: Rate, years: Span) -> Amount:
    """Provision for an obligation of uncertain amount.

    Parameters
    ----------
    outcomes
        Amounts that may have to be paid.
    probabilities
        Their probabilities, which sum to 1 within 1e-9.
    rate
        Pre-tax discount rate per year.
    years
        Time until the payment.

    Returns
    -------
    Provision, in the currency of `outcomes`.

    Notes
    -----
    sum p a / (1 + r)^years

    References
    ----------
    .. [1] IAS 37.39, expected value, and IAS 37.45: "the amount of a provision shall be the present value of the
       expenditures expected to be required to settle the obligation".

    Examples
    --------
    >>> round(provision([0.0, 440.0], [0.75, 0.25], 0.10, 1.0), 10)
    100.0
    """
    return total(outcomes * probabilities) * np.power(1 + rate, -years)
