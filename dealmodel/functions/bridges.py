"""From one value to another: pre- and post-money, enterprise and equity, metric and multiple."""

from __future__ import annotations

from dealmodel.contract import total, worksheet
from dealmodel.domain import Amount, Fraction, Listed, Multiple, Positive, Stake


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


@worksheet()
def value_at_multiple(metric: Amount, multiple: Multiple) -> Amount:
    """Value at a multiple.

    Parameters
    ----------
    metric
        What the multiple is of: revenue, EBITDA, customers.
    multiple
        Multiple, in times.

    Returns
    -------
    Value, in the currency of `metric`.

    Notes
    -----
    metric multiple, the inverse of DM_MULTIPLE

    References
    ----------
    .. [1] Rosenbaum & Pearl, *Investment Banking*, ch. 1: implied enterprise value is the metric times the multiple.

    Examples
    --------
    >>> value_at_multiple(1250.0, 2.5)
    3125.0
    """
    return metric * multiple


@worksheet()
def sum_of_parts(
    values: Listed[Amount], stakes: Listed[Stake], net_debt: Amount = 0.0, holding_discount: Fraction = 0.0
) -> Amount:
    """Equity value of a holding company from its parts.

    Parameters
    ----------
    values
        Equity value of each part, as a whole.
    stakes
        Stake held in each.
    net_debt
        Net debt of the holding itself; net cash is negative.
    holding_discount
        Discount at which the market values the parts.

    Returns
    -------
    Equity value, in the currency of `values`.

    Notes
    -----
    sum(v s) (1 - d) - net debt

    References
    ----------
    .. [1] vernimmen.com, "What are the different methods used for calculating the holding company discount?": the
       investments, each valued, against the market capitalisation.

    Examples
    --------
    >>> sum_of_parts([2000.0, 500.0], [0.60, 1.00], 400.0, 0.20)
    960.0
    """
    return total(values * stakes) * (1 - holding_discount) - net_debt
