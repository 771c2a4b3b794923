"""Distributions with degrees of freedom: Excel cuts these to whole numbers, the engine takes them as they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy import special

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import each, number, truth, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_LARGEST_LOG = 700.0
"""Logarithm of a hazard behind which nothing is left."""
_MOST = 10**10
"""Degrees of freedom that Excel takes."""


@each
def poisson_dist(x: EngineValue, mean: EngineValue, cumulative: EngineValue) -> float:
    """Poisson distribution or its probabilities."""
    at, rate = number(x), number(mean)
    refuse(at < 0 or rate < 0)
    count = int(at)
    if not rate:
        return 1.0 if truth(cumulative) or not count else 0.0
    if truth(cumulative):
        return float(special.pdtr(count, rate))
    return math.exp(count * math.log(rate) - rate - math.lgamma(count + 1))


@each
def weibull_dist(x: EngineValue, alpha: EngineValue, beta: EngineValue, cumulative: EngineValue) -> float:
    """Weibull distribution or density, which is nothing at zero whatever the shape."""
    at, power, scale = number(x), number(alpha), number(beta)
    is_sum = truth(cumulative)
    refuse(at < 0 or power <= 0 or scale <= 0)
    if not at:
        return 0.0
    log = power * math.log(at / scale)
    if log > _LARGEST_LOG:
        return 1.0 if is_sum else 0.0
    hazard = math.exp(log)
    return -math.expm1(-hazard) if is_sum else power * hazard / at * math.exp(-hazard)


@each
def chisq_dist(x: EngineValue, deg_freedom: EngineValue, cumulative: EngineValue) -> float:
    """Chi-squared distribution or density."""
    at, freedom = number(x), _freedom(deg_freedom)
    refuse(at < 0)
    if truth(cumulative):
        return float(special.chdtr(freedom, at))
    if not at:
        refuse(freedom == 1)
        return 0.5 if freedom == 2 else 0.0  # noqa: PLR2004
    return math.exp((freedom / 2 - 1) * math.log(at) - at / 2 - freedom / 2 * math.log(2) - math.lgamma(freedom / 2))


@each
def chisq_dist_rt(x: EngineValue, deg_freedom: EngineValue) -> float:
    """Chi-squared distribution, right tail."""
    at, freedom = number(x), _freedom(deg_freedom)
    refuse(at < 0)
    return float(special.chdtrc(freedom, at))


@each
def chisq_inv(probability: EngineValue, deg_freedom: EngineValue) -> float:
    """Quantile of the chi-squared distribution."""
    chance, freedom = number(probability), _freedom(deg_freedom)
    refuse(not 0 <= chance < 1)
    return float(2 * special.gammaincinv(freedom / 2, chance))


@each
def chisq_inv_rt(probability: EngineValue, deg_freedom: EngineValue) -> float:
    """Quantile of the chi-squared distribution, by the right tail."""
    chance, freedom = number(probability), _freedom(deg_freedom)
    refuse(not 0 < chance <= 1)
    return float(2 * special.gammainccinv(freedom / 2, chance))


@each
def f_dist(x: EngineValue, deg_freedom1: EngineValue, deg_freedom2: EngineValue, cumulative: EngineValue) -> float:
    """F distribution or density."""
    at, first, second = number(x), _freedom(deg_freedom1), _freedom(deg_freedom2)
    refuse(at < 0)
    if truth(cumulative):
        return float(special.fdtr(first, second, at))
    if not at:
        refuse(first == 1)
        return 1.0 if first == 2 else 0.0  # noqa: PLR2004
    log = first * math.log(first * at) + second * math.log(second) - (first + second) * math.log(first * at + second)
    return math.exp(log / 2 - float(special.betaln(first / 2, second / 2))) / at


@each
def f_dist_rt(x: EngineValue, deg_freedom1: EngineValue, deg_freedom2: EngineValue) -> float:
    """F distribution, right tail."""
    at, first, second = number(x), _freedom(deg_freedom1), _freedom(deg_freedom2)
    refuse(at < 0)
    return float(special.fdtrc(first, second, at))


@each
def f_inv(probability: EngineValue, deg_freedom1: EngineValue, deg_freedom2: EngineValue) -> float:
    """Quantile of the F distribution."""
    chance, first, second = number(probability), _freedom(deg_freedom1), _freedom(deg_freedom2)
    refuse(not 0 <= chance < 1)
    return float(special.fdtri(first, second, chance)) if chance else 0.0


@each
def f_inv_rt(probability: EngineValue, deg_freedom1: EngineValue, deg_freedom2: EngineValue) -> float:
    """Quantile of the F distribution, by the right tail."""
    chance, first, second = number(probability), _freedom(deg_freedom1), _freedom(deg_freedom2)
    refuse(not 0 < chance <= 1)
    # The quantile of the mirrored distribution, so that a small tail keeps its digits.
    return 1 / float(special.fdtri(second, first, chance)) if chance < 1 else 0.0


@each
def t_dist(x: EngineValue, deg_freedom: EngineValue, cumulative: EngineValue) -> float:
    """Student's distribution or density."""
    at, freedom = number(x), _freedom(deg_freedom)
    if truth(cumulative):
        return float(special.stdtr(freedom, at))
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
    return math.exp(scale - (freedom + 1) / 2 * math.log1p(at * at / freedom))


@each
def t_dist_2t(x: EngineValue, deg_freedom: EngineValue) -> float:
    """Student's distribution, both tails."""
    at = number(x)
    refuse(at < 0)
    return 2 * float(special.stdtr(_freedom(deg_freedom), -at))


@each
def t_dist_rt(x: EngineValue, deg_freedom: EngineValue) -> float:
    """Student's distribution, right tail."""
    return float(special.stdtr(_freedom(deg_freedom), -number(x)))


@each
def t_inv(probability: EngineValue, deg_freedom: EngineValue) -> float:
    """Quantile of Student's distribution."""
    chance, freedom = number(probability), _freedom(deg_freedom)
    refuse(not 0 < chance < 1)
    return float(special.stdtrit(freedom, chance))


@each
def t_inv_2t(probability: EngineValue, deg_freedom: EngineValue) -> float:
    """Quantile of Student's distribution, by both tails; Excel gives one for chances up to two, too."""
    chance, freedom = number(probability), _freedom(deg_freedom)
    refuse(not 0 < chance < 2)  # noqa: PLR2004  both tails
    return -float(special.stdtrit(freedom, chance / 2))


@each
def beta_inv(
    probability: EngineValue, alpha: EngineValue, beta: EngineValue, a: EngineValue = 0.0, b: EngineValue = 1.0
) -> float:
    """Quantile of the beta distribution between two bounds."""
    chance, first, second, low, high = (number(v) for v in (probability, alpha, beta, a, b))
    refuse(not 0 < chance < 1 or first <= 0 or second <= 0 or low >= high)
    return low + float(special.betaincinv(first, second, chance)) * (high - low)


@each
def confidence_norm(alpha: EngineValue, standard_dev: EngineValue, size: EngineValue) -> float:
    """Half the confidence interval of a mean whose deviation is known."""
    chance, deviation, count = number(alpha), number(standard_dev), whole(size)
    refuse(not 0 < chance < 1 or deviation <= 0 or count < 1)
    return -float(special.ndtri(chance / 2)) * deviation / math.sqrt(count)


@each
def confidence_t(alpha: EngineValue, standard_dev: EngineValue, size: EngineValue) -> float:
    """Half the confidence interval of a mean whose deviation is estimated."""
    chance, deviation, count = number(alpha), number(standard_dev), whole(size)
    refuse(not 0 < chance < 1 or deviation <= 0 or count < 1)
    refuse(count == 1, CellError.DIV0)
    return -float(special.stdtrit(count - 1, chance / 2)) * deviation / math.sqrt(count)


def _freedom(argument: EngineValue) -> int:
    """Return an argument as degrees of freedom."""
    freedom = whole(argument)
    refuse(not 1 <= freedom <= _MOST)
    return freedom
