"""R&D that may fail: chances, costs and values of stages that follow each other only on success."""

from __future__ import annotations

import numpy as np

from dealmodel.contract import Array, total, worksheet
from dealmodel.domain import Amount, NonNegative, Probability, ProbabilityAbove0, Rate, Series, Span


@worksheet()
def rnpv(cash_flows: Series[Amount], probabilities: Series[Probability], rate: Rate) -> Amount:
    """Risk-adjusted net present value.

    Parameters
    ----------
    cash_flows
        Cash flow of each period if it is reached; the first falls today.
    probabilities
        Probability of reaching each period.
    rate
        Discount rate per period, without a premium for the risk of failure.

    Returns
    -------
    Value today, in the currency of `cash_flows`.

    Notes
    -----
    sum p_i cf_i / (1 + r)^i, i = 0..n-1

    References
    ----------
    .. [1] J. J. Stewart, P. N. Allison & R. S. Johnson, "Putting a price on biotechnology", Nature Biotechnology
       19, 2001, 813-817.

    Examples
    --------
    >>> round(rnpv([-20.0, -100.0, 250.0], [1.0, 0.7, 0.35], 0.0), 10)
    -2.5
    """
    periods = np.arange(cash_flows.shape[-1])
    return total(probabilities * cash_flows * np.power(1 + rate, -periods))


@worksheet()
def reach_probabilities(success: Series[Probability]) -> Series[Probability]:
    """Probability of reaching each stage.

    Parameters
    ----------
    success
        Probability that each stage succeeds once it is reached.

    Returns
    -------
    Probabilities in the orientation of `success`; the first is 1, and the last stage's own success is not in them.

    Notes
    -----
    reach_i = product of success_j over j < i

    References
    ----------
    .. [1] J. J. Stewart, P. N. Allison & R. S. Johnson, "Putting a price on biotechnology", Nature Biotechnology
       19, 2001, 813-817.

    Examples
    --------
    >>> reach_probabilities([0.7, 0.5, 1.0])
    array([1.  , 0.7 , 0.35])
    """
    return _reach(success)


@worksheet()
def expected_rnd_cost(costs: Series[NonNegative], success: Series[Probability]) -> Amount:
    """Cost to expect of a programme that stops at the first failure.

    Parameters
    ----------
    costs
        Cost of each stage.
    success
        Probability that each stage succeeds once it is reached.

    Returns
    -------
    Expected cost, in the currency of `costs`, not discounted.

    Notes
    -----
    sum reach_i cost_i, with the reach of DM_REACH_PROBABILITIES

    References
    ----------
    .. [1] phasefolio.com, "rNPV engine": costs are weighted by the probability of reaching the stage that incurs
       them.

    Examples
    --------
    >>> expected_rnd_cost([20.0, 100.0, 650.0], [0.7, 0.5, 1.0])
    317.5
    """
    return total(_reach(success) * costs)


@worksheet()
def cost_per_success(
    costs: Series[NonNegative], success: Series[ProbabilityAbove0], durations: Series[Span], rate: Rate
) -> Amount:
    """Cost of one success, with the failures on the way to it, at the date of the success.

    Parameters
    ----------
    costs
        Cost of each stage, spent evenly over it.
    success
        Probability that each stage succeeds once it is reached.
    durations
        Length of each stage, in years.
    rate
        Cost of capital per year; 0 gives the cost out of pocket.

    Returns
    -------
    Capitalised cost, in the currency of `costs`.

    Notes
    -----
    sum cost_i / (product of success_j over j >= i) (1 + r)^(d_i / 2 + sum of d_j over j > i)

    References
    ----------
    .. [1] S. M. Paul et al., "How to improve R&D productivity: the pharmaceutical industry's grand challenge", Nature
       Reviews Drug Discovery 9, 2010, 203-214, fig. 2: 873m out of pocket, 1,778m capitalised at 11%.

    Examples
    --------
    >>> round(cost_per_success([10.0, 30.0], [0.5, 0.6], [1.0, 2.0], 0.0), 6)
    83.333333
    """
    started = 1 / np.cumprod(success[..., ::-1], axis=-1)[..., ::-1]
    to_go = np.cumsum(durations[..., ::-1], axis=-1)[..., ::-1] - durations / 2
    return total(costs * started * np.power(1 + rate, to_go))


@worksheet()
def milestone_rnpv(
    costs: Series[NonNegative],
    milestones: Series[Amount],
    success: Series[Probability],
    durations: Series[Span],
    rate: Rate,
) -> Amount:
    """Risk-adjusted net present value of a programme with milestone payments.

    Parameters
    ----------
    costs
        Cost of each stage, paid when it starts.
    milestones
        Payment received for the success of each stage, when it ends; negative where it is paid.
    success
        Probability that each stage succeeds once it is reached.
    durations
        Length of each stage, in years.
    rate
        Discount rate per year, without a premium for the risk of failure.

    Returns
    -------
    Value today, in the currency of `costs`.

    Notes
    -----
    sum reach_i (success_i milestone_i / (1 + r)^end_i - cost_i / (1 + r)^start_i), with the reach of
    DM_REACH_PROBABILITIES, start_i = sum of d_j over j < i, end_i = start_i + d_i

    References
    ----------
    .. [1] J. J. Stewart, P. N. Allison & R. S. Johnson, "Putting a price on biotechnology", Nature Biotechnology
       19, 2001, 813-817.

    Examples
    --------
    >>> round(milestone_rnpv([20.0, 100.0, 650.0], [0.0, 0.0, 900.0], [0.7, 0.5, 1.0], [1.0, 2.0, 0.0], 0.0), 10)
    -2.5
    """
    end = np.cumsum(durations, axis=-1)
    start = np.concatenate([np.zeros_like(end[..., :1]), end[..., :-1]], axis=-1)
    won = success * milestones * np.power(1 + rate, -end)
    return total(_reach(success) * (won - costs * np.power(1 + rate, -start)))


def _reach(success: Array) -> Array:
    """Return the probability of reaching each stage."""
    chances = np.cumprod(success, axis=-1)
    return np.concatenate([np.ones_like(chances[..., :1]), chances[..., :-1]], axis=-1)
