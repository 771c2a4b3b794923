"""Values of cash flows, and the rates that discount them."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Array, Requirement, below, total, worksheet
from dealmodel.domain import Amount, Fraction, Growth, NonNegative, Number, Rate, Series, Truth, Years


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


@worksheet(below("growth", "rate"))
def terminal_value(cash_flow: Amount, rate: Rate, growth: Growth) -> Amount:
    """Value of all cash flows after the last that is forecast.

    Parameters
    ----------
    cash_flow
        Last cash flow that is forecast.
    rate
        Discount rate per period, above `growth`.
    growth
        Growth per period for ever.

    Returns
    -------
    Value at the date of `cash_flow`, in its currency.

    Notes
    -----
    cf (1 + g) / (r - g)

    References
    ----------
    .. [1] M. J. Gordon, "Dividends, earnings, and stock prices", Review of Economics and Statistics 41, 1959, 99-105.

    Examples
    --------
    >>> round(terminal_value(80.0, 0.075, 0.025), 6)
    1640.0
    """
    return _perpetuity(cash_flow, rate, growth)


@worksheet(below("growth", "rate"))
def dcf_value(cash_flows: Series[Amount], rate: Rate, growth: Growth, mid_period: Truth = False) -> Amount:
    """Value of forecast cash flows and of all that follow.

    Parameters
    ----------
    cash_flows
        Cash flows at the ends of periods 1 to n.
    rate
        Discount rate per period, above `growth`.
    growth
        Growth per period after the last cash flow, for ever.
    mid_period
        TRUE where cash flows fall in the middle of their periods; those after the last do too.

    Returns
    -------
    Value today, in the currency of `cash_flows`.

    Notes
    -----
    sum cf_i / (1 + r)^(i - m) + cf_n (1 + g) / (r - g) / (1 + r)^(n - m), with m = 1/2 in mid-period, else 0

    References
    ----------
    .. [1] BVWire 204-1, 2019-09-11, M. Vitti: in mid-period a Gordon growth terminal value is discounted N - 0.5
       periods.

    Examples
    --------
    >>> round(dcf_value([100.0, 102.0], 0.10, 0.02), 6)
    1250.0
    """
    times = np.arange(1, cash_flows.shape[-1] + 1) - np.where(mid_period != 0, 0.5, 0.0)
    factors = np.power(1 + rate, -times)
    return total(cash_flows * factors) + _perpetuity(cash_flows[..., -1:], rate, growth) * factors[..., -1:]


def _perpetuity(cash_flow: Array, rate: Array, growth: Array) -> Array:
    """Return the value, at its own date, of all that follows a cash flow."""
    return cash_flow * (1 + growth) / (rate - growth)


@worksheet()
def cost_of_equity(risk_free: Rate, beta: Number, market_premium: Number, size_premium: Number = 0.0) -> Number:
    """Cost of equity by the capital asset pricing model.

    Parameters
    ----------
    risk_free
        Risk-free rate.
    beta
        Beta of the share.
    market_premium
        Expected return of the market above the risk-free rate.
    size_premium
        Further premium, such as for a small company.

    Returns
    -------
    Rate per period, as the others are.

    Notes
    -----
    r_f + beta MRP + size premium

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 8: capital asset pricing model.

    Examples
    --------
    >>> round(cost_of_equity(0.0897, 0.99, 0.0659), 4)
    0.1549
    """
    return risk_free + beta * market_premium + size_premium


@worksheet(
    Requirement(
        ("equity_value", "debt_value"),
        lambda equity, debt: equity + debt > 0,
        "equity_value plus debt_value must be above 0",
    )
)
def wacc(
    equity_value: NonNegative, debt_value: NonNegative, cost_of_equity: Rate, cost_of_debt: Rate, tax_rate: Fraction
) -> Number:
    """Weighted average cost of capital.

    Parameters
    ----------
    equity_value
        Market value of the equity.
    debt_value
        Market value of the debt.
    cost_of_equity
        Cost of equity, after tax.
    cost_of_debt
        Cost of debt, before tax.
    tax_rate
        Tax rate at which interest is deducted.

    Returns
    -------
    Rate per period, as the costs are.

    Notes
    -----
    E / (E + D) k_e + D / (E + D) k_d (1 - t)

    References
    ----------
    .. [1] Brealey, Myers & Allen, *Principles of Corporate Finance*, ch. 19: after-tax weighted-average cost of
       capital.

    Examples
    --------
    >>> round(wacc(0.564, 0.436, 0.1549, 0.1106, 0.27), 4)
    0.1226
    """
    return (equity_value * cost_of_equity + debt_value * cost_of_debt * (1 - tax_rate)) / (equity_value + debt_value)
