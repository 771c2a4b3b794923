"""Inputs that are moved: the cell behind a name, the values it takes, and how far the workbook lets it go."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.cells import CellError
from dealmodel.dates import years_on
from dealmodel.errors import InputRefusedError
from dealmodel.simulation.running.runner import chosen_outputs, is_whole
from dealmodel.simulation.sampling.draws import find_draws, may_draw
from dealmodel.simulation.whatif.shown import is_dated
from dealmodel.workbook.address import column_letters, named_place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.simulation.sampling.draws import Draw
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

DECILE = 0.1
"""Where the range of an uncertain cell begins and ends: its outer deciles, in which it is under stress, too."""
_NEVER = 1e-4
"""Share of the trials beyond either end of what an uncertain cell nearly always gives."""
_HALVINGS = 40
"""Halvings between a value that a cell takes and one that it does not: to 1e-12 of their distance."""
_DIGITS = 9
"""Digits of the distance to a bound to which it is rounded after halving, where the cell takes the rounded one."""
_YEARS = (1900, 2100)
"""Numbers that may be calendar years."""
_LOOKED_AT = 2000
"""Values that a cell is asked about one by one; a list may have gaps anywhere."""
BESIDE = 1e-9
"""Part of an interval by which a value may lie beside a bound that does not belong to the domain."""


@dataclass(frozen=True, slots=True)
class Range:
    """Between which values an input moves.

    Attributes
    ----------
    low, high
        The values.
    source
        `workbook` for those under Low and High, `distribution` for the deciles of an uncertain cell, `share` for a
        share of the input's value, `whole` for the whole numbers about that share, `year` for a year either way of
        a date or of the first year of a plan.
    cut
        Whether the cell does not take what was wanted, so that the range ends where the cell's validation does.
    """

    low: float
    high: float
    source: str
    cut: bool = False


class Lever:
    """A numeric input of a workbook.

    Parameters
    ----------
    model
        The workbook.
    name
        Name or address of an input.

    Raises
    ------
    UnknownNameError
        If there is no such input.
    InputRefusedError
        If it holds a formula other than one distribution, or no number.
    """

    def __init__(self, model: Model, name: str) -> None:
        self._model = model
        self.name = name
        self.draw = _draw_of(model, name)
        self.at: CellAt = self.draw.at if self.draw is not None else model.input_cell(name)
        value = model.value_at(self.at)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            what = "nothing" if value is None else f"{str(value).upper() if isinstance(value, bool) else value}"
            raise InputRefusedError(
                f"{named_place(name, self.at)} holds no number that could be moved; it holds {what}"
            )
        self.value = float(value)

    def refusal(self, value: float) -> str | None:
        """Return what the cell takes instead of a value, or None where it takes it."""
        return None if self.draw is not None else self._model.refusal(self.at, value)

    def takes(self, value: float) -> bool:
        """Whether the cell takes a value."""
        return self.refusal(value) is None

    @cached_property
    def is_dated(self) -> bool:
        """Whether the cell shows a date."""
        return is_dated(self._model, self.at)

    @property
    def _begins_years(self) -> bool:
        """Whether it is the first year of a plan, written as a number: the next cell is one more."""
        if not (self.value.is_integer() and _YEARS[0] <= self.value <= _YEARS[1]):
            return False
        beside = (self.at._replace(column=self.at.column + 1), self.at._replace(row=self.at.row + 1))
        own = f"{column_letters(self.at.column)}{self.at.row}+1"
        return any(self._model.formulas.get(at, "").replace("$", "").lstrip("=") == own for at in beside)

    def years_about(self, years: int) -> tuple[float, float]:
        """Return the same day so many years before and after a date."""
        date1904 = self._model.book.settings.date1904
        low, high = (years_on(self.value, n, date1904=date1904) for n in (-years, years))
        return low, high

    @property
    def whole(self) -> bool:
        """Whether the cell takes whole numbers alone, or shows a day."""
        if self.is_dated and self.value.is_integer():
            return True
        start = round(self.value)
        return self.takes(start) and not (self.takes(start + 0.5) or self.takes(start - 0.5))

    def range(self, share: float, *, chooses: bool = False) -> Range:
        """Return the range that the workbook gives, or else a share of the value either way.

        Whatever it is, it ends where the cell's validation does.

        Parameters
        ----------
        share
            The share.
        chooses
            Whether it is a whole number by which formulas choose: it moves to whole numbers then.
        """
        low, high, source = self._wanted(share)
        if (chooses or self.whole) and source == "share":
            low, high, source = float(np.floor(low)), float(np.ceil(high)), "whole"
        return Range(*self.confined(low, high), source, cut=not (self.takes(low) and self.takes(high)))

    def _wanted(self, share: float) -> tuple[float, float, str]:
        named = self._model.inputs.get(self.name) or self._model.outputs.get(self.name)
        low, high = (named.low, named.high) if named else (None, None)
        if isinstance(low, float) and isinstance(high, float) and low < high:
            return low, high, "workbook"
        if self.draw is not None:
            return *outer_quantiles(self._model, self.draw), "distribution"
        if self.is_dated:
            return *self.years_about(1), "year"
        if self._begins_years:
            return self.value - 1, self.value + 1, "year"
        return *sorted((self.value * (1 - share), self.value * (1 + share))), "share"  # type: ignore[return-value]

    def support(self) -> tuple[float, float] | None:
        """Return between which values an uncertain cell nearly always lies, or None where it is not uncertain."""
        return None if self.draw is None else outer_quantiles(self._model, self.draw, _NEVER)

    def confined(self, low: float, high: float) -> tuple[float, float]:
        """Return an interval without its parts at the ends that the cell does not take.

        A bound that does not belong to the domain itself, as 0 where numbers above 0 are taken, stays an end.
        """
        if not self.takes(self.value):
            return low, high
        beside = BESIDE * (high - low)
        ends = [
            end if self.takes(end) or self.takes(end + step) else self._last_taken(end)
            for end, step in ((low, beside), (high, -beside))
        ]
        return ends[0], ends[1]

    def _last_taken(self, end: float) -> float:
        """Return the value nearest to an end that the cell takes, between the end and what it holds."""
        taken, refused = self.value, end
        for _ in range(_HALVINGS):
            middle = (taken + refused) / 2
            if self.takes(middle):
                taken = middle
            elif self.whole and self.takes(float(round(middle))):
                taken = float(round(middle))
                break
            else:
                refused = middle
        rounded = round(taken, _DIGITS - math.ceil(math.log10(abs(end - self.value))))
        return rounded if self.takes(rounded) else taken

    def check(self, values: NDArray[np.float64]) -> None:
        """Refuse values that the cell does not take.

        Raises
        ------
        InputRefusedError
            If it is so for one of them; of very many, for the lowest, the highest, one that is not whole, or one of
            those that are looked at between them.
        """
        suspects: list[float] = [float(values.min()), float(values.max())]
        suspects += values[values != np.round(values)][:1].tolist()
        suspects += values[:: -(-len(values) // _LOOKED_AT)].tolist()
        for value in suspects:
            refusal = self.refusal(value)
            if refusal is not None:
                raise InputRefusedError(f"{named_place(self.name, self.at)} must be {refusal}; got {value:.15g}")


def _draw_of(model: Model, name: str) -> Draw | None:
    """Return the distribution that an input's cell holds, if it holds one and nothing else."""
    named = model.vocabulary.find(name)
    at = model.picked_cell(named) or named
    if not may_draw(model.formulas.get(at, "")):
        # All but few inputs: looking through every formula takes longer than all of the rest.
        return None
    draws = (d for d in find_draws(model) if d.at == at)
    return next((d for d in draws if is_whole(model, d)), None)


def outer_quantiles(model: Model, draw: Draw, share: float = DECILE) -> tuple[float, float]:
    """Return the values that an uncertain number falls below, and exceeds, in such a share of the trials."""
    from dealmodel.simulation.program import compile_program  # noqa: PLC0415  the compiler is large

    program = compile_program(model, [draw], (), [draw.at])
    low, high = program.variates({draw: np.array([share, 1 - share])})[draw]
    return float(low), float(high)


def uncertain_inputs(model: Model) -> list[str]:
    """Return the names of the cells that hold one distribution, those of the live scenario by the name of its row."""
    draws = {d.at: d for d in find_draws(model) if is_whole(model, d)}
    named = {model.picked_cell(n.at) or n.at: n.name for n in model.outputs.values()} if draws else {}
    # What stands in the column of a scenario that is not the live one moves nothing.
    return [named.get(at, d.name) for at, d in draws.items() if at in named or not d.name.endswith("]")]


def output_cell(model: Model, output: str) -> CellAt:
    """Return the cell of an output: by name, by address, or by the name that `DM_OUTPUT` gives it.

    Raises
    ------
    UnknownNameError
        If there is none.
    InputRefusedError
        If it holds a text, or nothing.
    """
    at = next(iter(chosen_outputs(model, [output]).values()))
    value = model.value_at(at)
    if value is None or (isinstance(value, str) and not isinstance(value, CellError)):
        held = "nothing" if value is None else f"the text {value!r}"
        raise InputRefusedError(f"{named_place(output, at)} is no number; it holds {held}")
    return at
