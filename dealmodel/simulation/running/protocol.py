"""What a run asks of what evaluates its trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dealmodel.cells import Scalar
    from dealmodel.simulation.sampling.draws import Draw
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.computing.computedcells import Kept
    from dealmodel.workbook.model import Model

    Values = NDArray[np.float64]
    Codes = NDArray[np.int8]


class Program(Protocol):
    """What evaluates trials: the compiled program, or the engine."""

    @property
    def draws(self) -> tuple[Draw, ...]:
        """The uncertain numbers that it needs."""

    @property
    def fallback(self) -> Sequence[Kept]:
        """The cells that the engine evaluates trial by trial, with the reason."""

    def run(
        self,
        uniforms: Mapping[Draw, Values],
        values: Mapping[CellAt, Values] | None = None,
        drawn: dict[Draw, Values] | None = None,
    ) -> dict[CellAt, Values]:
        """Return what the outputs are in each trial, and put there the uncertain numbers that come up on the way."""

    def errors(self, at: CellAt) -> Codes:
        """Return the error codes of an output in the last run."""

    def texts(self, values: Values) -> dict[str, int]:
        """Return how often each text came up among values of outputs that are no numbers."""

    @property
    def unsettled(self) -> int:
        """In how many trials of the last run circular references had not settled."""

    @property
    def fixed(self) -> frozenset[Draw]:
        """The uncertain numbers whose arguments are the same in all trials."""

    def draws_behind(self) -> dict[CellAt, frozenset[Draw]] | None:
        """Return the uncertain numbers behind each output; None where the formulas do not tell."""

    def variates(
        self,
        uniforms: Mapping[Draw, Values],
        values: Mapping[CellAt, Values] | None = None,
        draws: Collection[Draw] | None = None,
    ) -> dict[Draw, Values]:
        """Return the uncertain numbers themselves, or some."""

    @property
    def effort(self) -> int:
        """How many formulas the engine evaluates for a trial; 0 where not every trial is evaluated that is checked."""

    def foresee(self, uniforms: Mapping[Draw, Values]) -> Callable[[], list[list[Scalar]] | None]:
        """Return what has the engine give the outputs in each trial, if it can."""

    def check(
        self,
        uniforms: Mapping[Draw, Values],
        values: Mapping[CellAt, Values] | None = None,
        count: int = 64,
        answers: Sequence[Sequence[Scalar]] | None = None,
    ) -> int:
        """Evaluate a random sample of trials in the engine, and return how many; refuse what comes out otherwise."""


if TYPE_CHECKING:
    Compile = Callable[[Model, Sequence[Draw], Sequence[CellAt], Sequence[CellAt]], Program]
