"""Random distributions of every family, their arguments drawn from the declared domains."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from dealmodel.distributions import DISTRIBUTIONS

if TYPE_CHECKING:
    from dealmodel.distributions import Distribution, Family
    from dealmodel.domain import Domain

FAR = 50.0
"""How far from 0 an unbounded domain is drawn."""
LONGEST = 6
ORDERED = ("low", "mode", "high")
NOT_SMALL = ("shape", "scale", "sd", "mean", "minimum", "alpha", "beta", "df")
"""Positive arguments that are drawn above 0.3, below which a quantile leaves the range of float64."""
CONTINUOUS = [name for name in DISTRIBUTIONS if name[3:] not in {
    *("BERNOULLI", "BINOMIAL", "POISSON", "DISCRETE", "EMPIRICAL", "EVENT"),
}]  # fmt: skip
GIVEN = [name for name in DISTRIBUTIONS if name not in CONTINUOUS]


def numbers(domain: Domain, *, least: float = -FAR) -> st.SearchStrategy[float]:
    """Draw numbers of a domain to three decimals."""
    if domain.whole:
        return st.integers(int(domain.low), 40).map(float)
    low, high = max(domain.low, least), min(domain.high, FAR)
    return st.floats(low, high).map(lambda x: round(x, 3)).filter(domain.holds)


@st.composite
def arguments(draw: st.DrawFn, family: Family, length: int = 0) -> list[Any]:
    """Draw arguments that make a distribution; lists of one length, if that is given."""
    if family.name == "metalog":
        return draw(quantiles())
    if family.name == "discrete":
        weights = draw(st.lists(st.integers(0, 9), min_size=length or 1, max_size=length or LONGEST).filter(any))
        values = draw(st.lists(st.integers(-3, 3).map(float), min_size=len(weights), max_size=len(weights)))
        return [values, (np.array(weights) / sum(weights)).tolist()]
    if family.name == "empirical":
        return [draw(st.lists(st.integers(-3, 3).map(float), min_size=length or 1, max_size=length or LONGEST))]
    drawn = {
        p.name: draw(numbers(p.domain, least=0.3 if p.name in NOT_SMALL and p.domain.low == 0 else -FAR))
        for p in family.contract.parameters
    }
    ordered = [name for name in ORDERED if name in drawn]
    drawn |= dict(zip(ordered, sorted(drawn[name] for name in ordered), strict=True))
    if ordered and drawn["low"] == drawn["high"]:
        drawn["high"] += 1
    return list(drawn.values())


@st.composite
def quantiles(draw: st.DrawFn) -> list[float]:
    """Draw quantiles and bounds of a metalog, from gentle to steep and close to the most skewed there are."""
    spread, share = draw(st.floats(0.01, 4)), draw(st.floats(0.167, 0.833))
    middle = draw(st.floats(-3, 3))
    steps = [middle - share * spread, middle, middle + (1 - share) * spread]
    bounds = draw(st.sampled_from(["none", "low", "high", "both"]))
    if bounds == "none":
        return [10 * step for step in steps]
    if bounds == "low":
        return [*(np.exp(steps) - 5).tolist(), -5.0]
    if bounds == "high":
        return [*(5 - np.exp(np.negative(steps))).tolist(), -1e9, 5.0]
    return [*(10 / (1 + np.exp(np.negative(steps)))).tolist(), 0.0, 10.0]


@st.composite
def distributions(draw: st.DrawFn, name: str) -> Distribution:
    """Draw a distribution of a family."""
    family = DISTRIBUTIONS[name]
    case = draw(arguments(family))
    found = family(*case[:3], high=case[4]) if name == "DM_METALOG" and case[3:4] == [-1e9] else family(*case)
    assert found.proper.all()
    return found


def is_ascending(values: Any) -> bool:  # noqa: ANN401  an array
    """Whether no value is below the one before."""
    return all(b >= a for a, b in pairwise(values))
