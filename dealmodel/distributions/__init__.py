"""The distributions behind the uncertain numbers of a workbook: mean, variance, cdf and quantiles of each.

Each is named as its worksheet function and takes the same arguments, numbers or arrays, over the same domains.

Examples
--------
>>> price = pert(250.0, 294.0, 344.0)
>>> price.mean()
295.0
>>> price.ppf([0.0, 0.5, 1.0]).round(2)
array([250.  , 294.76, 344.  ])
>>> DISTRIBUTIONS["DM_EVENT"](0.25, 300.0).ppf([0.5, 0.8])
array([  0., 300.])
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from dealmodel.catalogue import PREFIX
from dealmodel.distributions import bounded, continuous, fitted, outcomes, truncated
from dealmodel.distributions.base import Distribution, Family
from dealmodel.functions import events, truncation, uncertainty
from dealmodel.functions import metalog as quantiles

if TYPE_CHECKING:
    from collections.abc import Mapping

uniform = Family(uncertainty.uniform, bounded.Uniform)
normal = Family(uncertainty.normal, continuous.Normal)
lognormal = Family(uncertainty.lognormal, continuous.Lognormal)
triangular = Family(uncertainty.triangular, bounded.Triangular)
pert = Family(uncertainty.pert, bounded.pert)
beta = Family(uncertainty.beta, bounded.Beta)
gamma = Family(uncertainty.gamma, continuous.Gamma)
exponential = Family(uncertainty.exponential, continuous.Exponential)
weibull = Family(uncertainty.weibull, continuous.Weibull)
student = Family(uncertainty.student, continuous.Student)
truncated_normal = Family(truncation.truncated_normal, truncated.truncated_normal)
pareto = Family(uncertainty.pareto, continuous.Pareto)
bernoulli = Family(events.bernoulli, outcomes.bernoulli)
binomial = Family(events.binomial, outcomes.Binomial)
poisson = Family(events.poisson, outcomes.Poisson)
discrete = Family(events.discrete, outcomes.discrete)
empirical = Family(events.empirical, outcomes.empirical)
metalog = Family(quantiles.metalog, fitted.metalog)
event = Family(events.event, outcomes.TwoPoint)

_FAMILIES = (
    uniform,
    normal,
    lognormal,
    triangular,
    pert,
    beta,
    gamma,
    exponential,
    weibull,
    student,
    truncated_normal,
    pareto,
    bernoulli,
    binomial,
    poisson,
    discrete,
    empirical,
    metalog,
    event,
)

DISTRIBUTIONS: Mapping[str, Family] = MappingProxyType({PREFIX + f.name.upper(): f for f in _FAMILIES})
"""The families by worksheet name."""

__all__ = [
    "DISTRIBUTIONS",
    "Distribution",
    "Family",
    "bernoulli",
    "beta",
    "binomial",
    "discrete",
    "empirical",
    "event",
    "exponential",
    "gamma",
    "lognormal",
    "metalog",
    "normal",
    "pareto",
    "pert",
    "poisson",
    "student",
    "triangular",
    "truncated_normal",
    "uniform",
    "weibull",
]
