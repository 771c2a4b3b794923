"""Numbers that are there most often, counts by classes, and sums over pairs.

References
----------
.. [1] Microsoft, documentation of MODE.SNGL, MODE.MULT, FREQUENCY, SUMX2MY2, SUMX2PY2 and SUMXMY2.
"""

from __future__ import annotations

import bisect
import math
from typing import TYPE_CHECKING

from dealmodel.cells import CellError
from dealmodel.hosts.supplements.refusals import CellErrorRaised, refuse
from dealmodel.hosts.supplements.values import cells_of, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dealmodel.hosts.engine_values import EngineValue


def mode(*values: EngineValue) -> float:
    """Return the number that is there most often, the first of several."""
    return _most_often(values)[0]


def mode_mult(*values: EngineValue) -> EngineValue:
    """Return the numbers that are there most often, as a column in the order in which they come."""
    return [[number] for number in _most_often(values)]


def frequency(data: EngineValue, bins: EngineValue) -> EngineValue:
    """Return how many numbers lie in each class, up to its bound; the last class is of those above all bounds."""
    given, bounds = numbers(data), numbers(bins)
    refuse(not bounds and not given, CellError.NA)
    rising = sorted(set(bounds))
    counts = [0] * (len(rising) + 1)
    for number in given:
        counts[bisect.bisect_left(rising, number)] += 1
    seen: set[float] = set()
    column: list[EngineValue] = []
    for bound in bounds:
        # A bound that is given again has no numbers of its own.
        column.append([0.0 if bound in seen else float(counts[rising.index(bound)])])
        seen.add(bound)
    return [*column, [float(counts[-1])]]


def sumx2my2(first: EngineValue, second: EngineValue) -> float:
    """Sum of the differences of the squares of pairs."""
    return math.fsum(x * x - y * y for x, y in pairs_of(first, second))


def sumx2py2(first: EngineValue, second: EngineValue) -> float:
    """Sum of the squares of pairs."""
    return math.fsum(x * x + y * y for x, y in pairs_of(first, second))


def sumxmy2(first: EngineValue, second: EngineValue) -> float:
    """Sum of the squares of the differences of pairs."""
    return math.fsum((x - y) ** 2 for x, y in pairs_of(first, second))


def _most_often(values: tuple[EngineValue, ...]) -> list[float]:
    counts: dict[float, int] = {}
    for value in values:
        # What stands alone must be a number.
        refuse(value is None or isinstance(value, (bool, str)), CellError.VALUE)
        for number in numbers(value):
            counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    refuse(most < 2, CellError.NA)  # noqa: PLR2004  none is there twice
    return [number for number, count in counts.items() if count == most]


def pairs_of(first: EngineValue, second: EngineValue) -> Iterator[tuple[float, float]]:
    """Yield the pairs of numbers; one with a blank, a text or a truth is left out."""
    left, right = cells_of(first), cells_of(second)
    refuse(len(left) != len(right), CellError.NA)
    found = False
    for pair in zip(left, right, strict=True):
        for cell in pair:
            if isinstance(cell, CellError):
                raise CellErrorRaised(cell)
        given = [float(cell) for cell in pair if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
        if len(given) == len(pair):
            found = True
            yield given[0], given[1]
    refuse(not found, CellError.DIV0)
