"""Tests whether two samples have one mean (T.TEST).

References
----------
.. [1] Microsoft, documentation of T.TEST: paired, of equal variance, of unequal variance.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy import special

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.counts import pairs_of
from dealmodel.hosts.supplements.refusals import refuse
from dealmodel.hosts.supplements.values import numbers, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dealmodel.hosts.engine_values import EngineValue

_PAIRED, _EQUAL, _UNEQUAL = 1, 2, 3


def t_test(array1: EngineValue, array2: EngineValue, tails: EngineValue, type_: EngineValue) -> float:
    """Probability that two samples of one mean differ as these do."""
    sides, kind = whole(tails), whole(type_)
    refuse(sides not in (1, 2) or kind not in (_PAIRED, _EQUAL, _UNEQUAL))
    if kind == _PAIRED:
        # A pair counts only where both are numbers.
        differences = [first - second for first, second in pairs_of(array1, array2)]
        error, freedom = _variance(differences) / len(differences), len(differences) - 1.0
        distance = _mean(differences)
    else:
        first, second = numbers(array1), numbers(array2)
        distance = _mean(first) - _mean(second)
        shares = [_variance(sample) / len(sample) for sample in (first, second)]
        freedom = float(len(first) + len(second) - 2)
        if kind == _EQUAL:
            pooled = (_variance(first) * (len(first) - 1) + _variance(second) * (len(second) - 1)) / freedom
            error = pooled * (1 / len(first) + 1 / len(second))
        else:
            error = sum(shares)
            parts = [share**2 / (len(s) - 1) for share, s in zip(shares, (first, second), strict=True)]
            freedom = error**2 / sum(parts)
    return sides * float(special.stdtr(freedom, -abs(distance) / math.sqrt(error)))


def _mean(sample: Sequence[float]) -> float:
    refuse(not sample, CellError.DIV0)
    return math.fsum(sample) / len(sample)


def _variance(sample: Sequence[float]) -> float:
    refuse(len(sample) < 2, CellError.DIV0)  # noqa: PLR2004  one value does not vary
    mean = _mean(sample)
    return math.fsum((value - mean) ** 2 for value in sample) / (len(sample) - 1)
