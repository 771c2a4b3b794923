"""One-way swings: every input moved from its low to its high value, alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.errors import InputRefusedError
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.results.sixdigits import shown, shown_or_error
from dealmodel.simulation.whatif.behind import numbers_behind
from dealmodel.simulation.whatif.levers import Lever, output_cell, uncertain_inputs
from dealmodel.simulation.whatif.nested import MOST, mean_of, nested_draws, swung
from dealmodel.textable import Column, aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dealmodel.simulation.whatif.levers import Range
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

SWING = 0.1
"""Part of its value by which an input is moved where the workbook gives no range."""

_ROUNDING = 1e-12
"""Change of an output, relative to it, that is no more than rounding."""


@dataclass(frozen=True, slots=True)
class Swing:
    """What moving one input does to an output.

    Attributes
    ----------
    name, value
        The input, and its value as the workbook stands.
    range
        The values between which it moves, and who gives them.
    at_low, at_high
        The output there; NaN where it is an error.
    cell
        The input's cell; None for a distribution within a larger formula.
    """

    name: str
    value: float
    range: Range
    at_low: float
    at_high: float
    cell: CellAt | None = None

    @property
    def width(self) -> float:
        """How far the output moves."""
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True, slots=True, repr=False)
class Sensitivity:
    """One-way swings, the widest first.

    Attributes
    ----------
    output, value
        The output and its value as the workbook stands; NaN where it is an error.
    swings
        One for each input that moves it; those that make an error of it come last.
    without
        Inputs that do not move it.
    zeros
        Inputs that were not moved: those that are 0 and have no range, and distributions within formulas beyond the
        first sixty.
    """

    output: str
    value: float
    swings: tuple[Swing, ...]
    without: tuple[str, ...]
    zeros: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the output and what every input does to it."""
        titles = ("from", "to", "output from", "to")
        columns = [Column("input"), *(Column(title, right=True) for title in titles)]
        rows = [
            [s.name, shown(s.range.low), shown(s.range.high), shown_or_error(s.at_low), shown_or_error(s.at_high)]
            for s in self.swings
        ]
        return "\n".join([f"{self.output} = {shown_or_error(self.value)}", *aligned(columns, rows)])

    def to_frame(self) -> pd.DataFrame:
        """Return the swings as a pandas frame, one row an input, the widest first."""
        import pandas as pd  # noqa: PLC0415  300 ms that only frames need

        columns = ["input", "value", "low", "high", "output_at_low", "output_at_high", "width", "range_from"]
        rows = [
            (s.name, s.value, s.range.low, s.range.high, s.at_low, s.at_high, s.width, s.range.source)
            for s in self.swings
        ]
        return pd.DataFrame(rows, columns=columns).set_index("input")


def sensitivity(model: Model, output: str, share: float = SWING, names: Sequence[str] = ()) -> Sensitivity:
    """Move every numeric input from its low to its high value, one at a time.

    Parameters
    ----------
    model
        The workbook.
    output
        Name or address of what is looked at.
    share
        Part of its value by which an input moves where the workbook gives neither `low` nor `high`.
    names
        The inputs to move; by default all named ones that are numbers, and all distributions, those within larger
        formulas included; in a workbook that names none, the numbers from which the output is computed.

    Raises
    ------
    UnknownNameError
        If there is no such output or input.
    InputRefusedError
        If there is nothing to move, or an input holds no number.
    """
    if not 0 < share < math.inf:
        raise InputRefusedError(f"an input moves by a share of its value, such as 0.1; got {share:g}")
    at = output_cell(model, output)
    levers = [Lever(model, name) for name in names] or _levers(model)
    nested = [] if names else nested_draws(model)
    if not levers:
        levers = [Lever(model, str(cell)) for cell in numbers_behind(model, at)]
    if not levers and not nested:
        raise InputRefusedError(f"{output} is computed from no number that could be moved")
    cells = {lever.at: lever.value for lever in levers}
    program = compile_program(model, (), list(cells), [at])
    chosen = program.selectors(lever.at for lever in levers if lever.value.is_integer())
    choosing = {lever.name for lever in levers if lever.at in chosen}
    ranges = {lever.name: lever.range(share, chooses=lever.name in choosing) for lever in levers}
    moved = [lever for lever in levers if ranges[lever.name].low < ranges[lever.name].high]
    values = {cell: np.full(1 + 2 * len(moved), value) for cell, value in cells.items()}
    for i, lever in enumerate(moved):
        found = ranges[lever.name]
        values[lever.at][1 + 2 * i : 3 + 2 * i] = found.low, found.high
    out = program.run({}, values)[at]
    program.check({}, values)
    swings = [
        Swing(lever.name, lever.value, ranges[lever.name], float(out[1 + 2 * i]), float(out[2 + 2 * i]), lever.at)
        for i, lever in enumerate(moved)
    ]
    base = float(out[0])
    swings = [_within(swing, base) if swing.name in choosing else swing for swing in swings]
    swings += [Swing(d.name, mean_of(model, d), *swung(model, d, at)) for d in nested[:MOST]]
    moving = [s for s in swings if not (_same(s.at_low, base) and _same(s.at_high, base))]
    ordered = sorted(moving, key=lambda s: -s.width if math.isfinite(s.width) else math.inf)
    without = tuple(s.name for s in swings if s not in moving)
    zeros = tuple([lever.name for lever in levers if lever not in moved] + [d.name for d in nested[MOST:]])
    return Sensitivity(output, base, tuple(ordered), without, zeros)


def _within(swing: Swing, base: float) -> Swing:
    """Return a swing among what there is to choose from: beside it an output that is a number becomes an error."""
    low, high, at_low, at_high = swing.range.low, swing.range.high, swing.at_low, swing.at_high
    if math.isnan(at_low) and not math.isnan(base):
        low, at_low = swing.value, base
    if math.isnan(at_high) and not math.isnan(base):
        high, at_high = swing.value, base
    return replace(swing, range=replace(swing.range, low=low, high=high), at_low=at_low, at_high=at_high)


def _same(one: float, other: float) -> bool:
    """Whether an output has not moved but for rounding, as that of a circle that settles is rounded."""
    return math.isclose(one, other, rel_tol=_ROUNDING) or (math.isnan(one) and math.isnan(other))


def _levers(model: Model) -> list[Lever]:
    """Return the named inputs that are numbers."""
    found: dict[object, Lever] = {}
    for name in (*model.inputs, *uncertain_inputs(model)):
        value = model[name]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            lever = Lever(model, name)
            found.setdefault(lever.at, lever)
    return list(found.values())
