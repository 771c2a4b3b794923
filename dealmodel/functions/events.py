"""Events, counts and given values under uncertainty; and the mark of an output.

On the sheet each is its mean, in a simulation it is sampled. `dealmodel.distributions` has the rest.
"""

from __future__ import annotations

from dealmodel.contract import sums_to_one, total, worksheet
from dealmodel.domain import Count, Listed, NonNegativeNumber, Number, Probability, Text


@worksheet()
def bernoulli(probability: Probability) -> Number:
    """1 if something happens, 0 if not.

    Parameters
    ----------
    probability
        Probability that it happens.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    probability

    References
    ----------
    .. [1] N. L. Johnson, A. W. Kemp & S. Kotz, *Univariate Discrete Distributions*, 3rd ed., ch. 3.

    Examples
    --------
    >>> bernoulli(0.25)
    0.25
    """
    return probability


@worksheet()
def binomial(trials: Count, probability: Probability) -> Number:
    """How many of several independent trials succeed.

    Parameters
    ----------
    trials
        Number of trials.
    probability
        Probability that one succeeds.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    trials probability

    References
    ----------
    .. [1] N. L. Johnson, A. W. Kemp & S. Kotz, *Univariate Discrete Distributions*, 3rd ed., ch. 3.

    Examples
    --------
    >>> binomial(8, 0.25)
    2.0
    """
    return trials * probability


@worksheet()
def poisson(rate: NonNegativeNumber) -> Number:
    """How often something happens that is as likely at any time.

    Parameters
    ----------
    rate
        How often it happens on average.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    rate

    References
    ----------
    .. [1] N. L. Johnson, A. W. Kemp & S. Kotz, *Univariate Discrete Distributions*, 3rd ed., ch. 4.

    Examples
    --------
    >>> poisson(2.5)
    2.5
    """
    return rate


@worksheet(sums_to_one("probabilities"))
def discrete(values: Listed[Number], probabilities: Listed[Probability]) -> Number:
    """One of several values, each with its probability.

    Parameters
    ----------
    values
        Values, in any order; where one comes twice, its probabilities add up. A blank cell is 0.
    probabilities
        Their probabilities, which sum to 1 within 1e-9.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    sum p v

    References
    ----------
    .. [1] N. L. Johnson, A. W. Kemp & S. Kotz, *Univariate Discrete Distributions*, 3rd ed., ch. 1.

    Examples
    --------
    >>> discrete([0.0, 294.0, 892.0], [0.5, 0.25, 0.25])
    296.5
    """
    return total(values * probabilities)


@worksheet()
def empirical(data: Listed[Number]) -> Number:
    """One of the values observed, all equally likely.

    Parameters
    ----------
    data
        Observations, in any order. A blank cell is an observation of 0.

    Returns
    -------
    Mean; sampled when the workbook is simulated.

    Notes
    -----
    sum x / n

    References
    ----------
    .. [1] B. Efron & R. J. Tibshirani, *An Introduction to the Bootstrap*, Chapman & Hall 1993, ch. 4: the empirical
       distribution function.

    Examples
    --------
    >>> empirical([240.0, 294.0, 294.0, 340.0])
    292.0
    """
    return total(data) / data.shape[-1]


@worksheet()
def event(probability: Probability, impact: Number) -> Number:
    """Amount that is due in full or not at all, such as a suspended fine.

    Parameters
    ----------
    probability
        Probability that the event happens.
    impact
        Amount if it does; negative for a payment, as the model signs it. Otherwise 0.

    Returns
    -------
    Mean; when the workbook is simulated, in each trial either `impact` or 0, never a part of it.

    Notes
    -----
    probability impact

    References
    ----------
    .. [1] IAS 37.39-40: the expected value of many obligations; of a single one, the individual outcomes count.

    Examples
    --------
    >>> event(0.25, 300.0)
    75.0
    """
    return probability * impact


@worksheet(shows_texts=True)
def output(value: Number, name: Text = "") -> Number:  # noqa: ARG001  read by the simulation
    """Mark a cell as an output of the simulation.

    Parameters
    ----------
    value
        What the cell shows; in a cell it may be a text, which the simulation counts.
    name
        Name under which the simulation reports it; the cell's address where left out.

    Returns
    -------
    The value, as it is.

    Notes
    -----
    value

    References
    ----------
    .. [1] The conventions of this package: outputs are named where they stand.

    Examples
    --------
    >>> output(294.0, "price")
    294.0
    """
    return value
