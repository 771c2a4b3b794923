"""An output as a function of one input, measured from a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dealmodel.simulation.enclosures.enclosing import Enclosing
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.whatif.levers import Lever, output_cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dealmodel.workbook.model import Model

    Values = NDArray[np.float64]

_ROUNDING = 1e-12
"""Difference from the target, relative to the numbers at hand, that is put down to rounding."""


class Curve:
    """How far an output is from a target, by the value of an input.

    Parameters
    ----------
    model
        The workbook.
    output, name
        The output and the input, by name or address.
    target
        The target.
    """

    def __init__(self, model: Model, output: str, name: str, target: float) -> None:
        self.at = output_cell(model, output)
        self.lever = Lever(model, name)
        self.target = target
        self._program = compile_program(model, (), [self.lever.at], [self.at])
        self.rounding = _ROUNDING * abs(target)
        """How far from the target an output may be that is on it."""

    @property
    def depends(self) -> bool:
        """Whether a formula leads from the input to the output at all."""
        return self.at == self.lever.at or bool(self._program.cells)

    def set_scale(self, places: Values) -> None:
        """Take the size of what is rounded from the values at some places."""
        found = self._program.run({}, {self.lever.at: places})[self.at]
        found = np.abs(found[np.isfinite(found)])
        if found.size and not self.target:
            # Outputs far from the target are as large as one likes, and tell nothing of its rounding.
            self.rounding = _ROUNDING * min(1.0, float(np.median(found)))

    def __call__(self, places: Values) -> Values:
        """Return how far the output is above the target; NaN where it is an error."""
        return np.asarray(self._program.run({}, {self.lever.at: places})[self.at] - self.target)

    def output(self, place: float) -> float:
        """Return the output at a place."""
        return float(self._program.run({}, {self.lever.at: np.array([place])})[self.at][0])

    def enclosing(self) -> Enclosing:
        """Return the formulas between input and output, to be worked out over intervals."""
        bound = self._program.bound()
        return Enclosing(bound, bound.graph.cell(self.lever.at), bound.outputs[self.at])

    def check(self, places: Values) -> None:
        """Have a sample of places computed again by the engine.

        Raises
        ------
        DisagreementError
            If it comes out otherwise there.
        """
        self._program.check({}, {self.lever.at: places})
