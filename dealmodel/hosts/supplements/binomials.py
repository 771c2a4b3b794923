"""Binomial distributions; the engine refuses probabilities of nothing, and takes those of one where Excel does not.

References
----------
.. [1] C. Loader, "Fast and accurate computation of binomial probabilities", 2000: the probabilities of large numbers.
.. [2] Microsoft, documentation of BINOM.DIST, BINOM.DIST.RANGE and BINOM.INV.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy import special

from dealmodel.cells import OMITTED_TEXT
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import each, number, truth, whole

if TYPE_CHECKING:
    from dealmodel.hosts.engine_values import EngineValue

_EXACT = 1000
"""Trials up to which the number of ways is a number that a cell can hold."""


@each
def binom_dist(
    number_s: EngineValue, trials: EngineValue, probability_s: EngineValue, cumulative: EngineValue
) -> float:
    """Binomial distribution or its probabilities."""
    successes, count, chance = whole(number_s), whole(trials), number(probability_s)
    is_sum = truth(cumulative)
    refuse(not 0 <= successes <= count or not 0 <= chance <= 1)
    if is_sum:
        return float(special.bdtr(successes, count, chance))
    return _probability(successes, count, chance)


@each
def binom_dist_range(
    trials: EngineValue, probability_s: EngineValue, number_s: EngineValue, number_s2: EngineValue = OMITTED_TEXT
) -> float:
    """Probability of so many successes, or of a number of them between two."""
    count, chance, first = whole(trials), number(probability_s), whole(number_s)
    last = first if number_s2 == OMITTED_TEXT else whole(number_s2)
    refuse(not 0 <= chance <= 1 or not 0 <= first <= last <= count)
    if first == last:
        return _probability(first, count, chance)
    below = float(special.bdtr(first - 1, count, chance)) if first else 0.0
    return float(special.bdtr(last, count, chance)) - below


@each
def binom_inv(trials: EngineValue, probability_s: EngineValue, alpha: EngineValue) -> float:
    """Fewest successes up to which the distribution holds a probability."""
    count, chance, wanted = number(trials), number(probability_s), number(alpha)
    refuse(count < 0 or not 0 < chance < 1 or not 0 < wanted < 1)
    low, high = 0, int(count)
    while low < high:
        middle = (low + high) // 2
        if special.bdtr(middle, int(count), chance) >= wanted:
            high = middle
        else:
            low = middle + 1
    return float(low)


def _probability(successes: int, trials: int, chance: float) -> float:
    """Return the probability of so many successes."""
    failures, miss = trials - successes, 1 - chance
    if chance in (0, 1) or not successes or not failures:
        return chance**successes * miss**failures
    if trials <= _EXACT:
        return math.comb(trials, successes) * chance**successes * miss**failures
    log = (
        _stirling_error(trials)
        - _stirling_error(successes)
        - _stirling_error(failures)
        - _deviance(successes, trials * chance)
        - _deviance(failures, trials * miss)
    )
    return math.exp(log) * math.sqrt(trials / (2 * math.pi * successes * failures))


def _stirling_error(n: int) -> float:
    """Return what the logarithm of a factorial is above Stirling's formula."""
    if n <= 15:  # noqa: PLR2004  where the series below has too few digits
        return math.lgamma(n + 1) - (n + 0.5) * math.log(n) + n - math.log(2 * math.pi) / 2
    square = 1.0 / (n * n)
    return (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / n


def _deviance(x: float, mean: float) -> float:
    """Return x log(x / mean) + mean - x, without losing digits where x is near the mean."""
    if abs(x - mean) >= 0.1 * (x + mean):
        return x * math.log(x / mean) + mean - x
    part = (x - mean) / (x + mean)
    total, term, square = (x - mean) * part, 2 * x * part, part * part
    for k in range(3, 1000, 2):
        term *= square
        new = total + term / k
        if new == total:
            break
        total = new
    return total
