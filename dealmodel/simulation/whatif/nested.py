"""Distributions within larger formulas: they move between their outer deciles, as those do that fill a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.program import compile_program
from dealmodel.simulation.running.runner import is_whole
from dealmodel.simulation.sampling.draws import find_draws
from dealmodel.simulation.whatif.levers import DECILE, Range, outer_quantiles

if TYPE_CHECKING:
    from dealmodel.simulation.sampling.draws import Draw
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

MOST = 60
"""Distributions within formulas that are moved one by one, for each of which the formulas are compiled."""


def nested_draws(model: Model) -> list[Draw]:
    """Return the distributions that stand in larger formulas, as in `=B1*(1+DM_NORMAL(0,0.1))`."""
    return [draw for draw in find_draws(model) if not is_whole(model, draw)]


def mean_of(model: Model, draw: Draw) -> float:
    """Return what a distribution is on the sheet: NaN where that is no number."""
    found = model.calculation.capture(draw.at, f"{draw.function}({','.join(draw.arguments)})")[0][0]
    return float(found) if isinstance(found, (int, float)) else float("nan")


def swung(model: Model, draw: Draw, output: CellAt) -> tuple[Range, float, float]:
    """Return the outer deciles of a distribution, and an output there while all others are their means.

    Parameters
    ----------
    model
        The workbook.
    draw
        The distribution.
    output
        The cell of the output.
    """
    program = compile_program(model, [draw], (), [output])
    shares = {draw: np.array([DECILE, 1 - DECILE])}
    low, high = program.run(shares)[output]
    program.check(shares)
    return Range(*outer_quantiles(model, draw), "distribution"), float(low), float(high)
