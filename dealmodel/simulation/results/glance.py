"""The figures of outputs that a reader looks at first, as lines of text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dealmodel.simulation.results.sixdigits import shown
from dealmodel.textable import Column, aligned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dealmodel.simulation.statistics.outputs import Statistics

_SHARES = (0.05, 0.5, 0.95)


def glance(statistics: Iterable[Statistics]) -> list[str]:
    """Return a table of means, standard deviations and percentiles, a line for each output."""
    titles = ("mean", "sd", *(f"{share:.0%}" for share in _SHARES))
    columns = [Column("output"), *(Column(title, right=True) for title in titles)]
    rows = [
        [s.name, shown(s.mean), shown(s.sd), *(shown(s.percentiles.get(share, math.nan)) for share in _SHARES)]
        for s in statistics
    ]
    return aligned(columns, rows)
