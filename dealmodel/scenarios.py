"""What `dealmodel.open` gives: a workbook's model, and the questions that are asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dealmodel.workbook.model import Model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dealmodel.simulation.results.result import Simulation
    from dealmodel.simulation.whatif.solving import Solution
    from dealmodel.simulation.whatif.stress import Stress
    from dealmodel.simulation.whatif.swings import Sensitivity
    from dealmodel.simulation.whatif.tables import Table


class ScenarioModel(Model):
    """A workbook with named inputs and outputs, whose formulas run on many trials at once.

    Examples
    --------
    >>> import dealmodel
    >>> model = dealmodel.open("workbooks/zte_alibaba_2018.xlsx")  # doctest: +SKIP
    >>> model.simulate(10_000, seed=1).to_frame()  # doctest: +SKIP
    >>> model.solve("shortfall", 300, "price").roots  # doctest: +SKIP
    """

    def __repr__(self) -> str:
        """Return the workbook's name, and how much of it has names."""
        return f"<{type(self).__name__} {self.book.label}: {len(self.inputs)} inputs, {len(self.outputs)} outputs>"

    def simulate(self, trials: int | None = None, **options: Any) -> Simulation:  # noqa: ANN401  those of `Options`
        """Sample the uncertain cells and run the formulas on all trials at once.

        Parameters
        ----------
        trials
            How many; by default 131,072, or as many as the precision `until` takes.
        **options
            The others of `dealmodel.simulation.options.Options`: sampler, seed, inputs, outputs, correlation, targets.

        Returns
        -------
        Statistics of the outputs and the influence of the inputs.

        Raises
        ------
        InputRefusedError
            If nothing is uncertain, or an option does not suit the workbook.
        UnknownNameError
            If there is no such input, output, distribution or sampler.
        WorkbookError
            If the engine does not give what the program gave.
        """
        from dealmodel.simulation.options import Options  # noqa: PLC0415
        from dealmodel.simulation.simulate import simulate  # noqa: PLC0415  the model alone needs none of it

        return simulate(self, Options(trials=trials, **options))

    def sensitivity(self, output: str, share: float = 0.1, names: Sequence[str] = ()) -> Sensitivity:
        """Move every input from its low to its high value, one at a time.

        Parameters
        ----------
        output
            Name or address of what is looked at.
        share
            Part of its value by which an input moves for which the workbook gives neither `low` nor `high`.
        names
            The inputs to move; by default all named ones that are numbers.

        Returns
        -------
        The output at both ends of every input, the widest swing first.

        Raises
        ------
        UnknownNameError
            If there is no such output or input.
        InputRefusedError
            If the workbook names no inputs, or an input holds no number.
        """
        from dealmodel.simulation.whatif.swings import sensitivity  # noqa: PLC0415

        return sensitivity(self, output, share, names)

    def table(self, output: str, values: Mapping[str, Sequence[float] | NDArray[np.float64]]) -> Table:
        """Evaluate an output for all pairs of values of one or two inputs.

        Parameters
        ----------
        output
            Name or address of what is looked at.
        values
            The values of the input of the rows, then of that of the columns:
            `{"price": [250, 294, 340], "fine_expected": [892, 1192]}`.

        Returns
        -------
        The output, NaN where it is an error: one row for every value of the first input.

        Raises
        ------
        UnknownNameError
            If there is no such output or input.
        InputRefusedError
            If not one or two inputs are given, or a cell does not take its values.
        """
        from dealmodel.simulation.whatif.tables import axes, grid  # noqa: PLC0415

        return grid(self, output, *axes(values))

    def solve(self, output: str, target: float, name: str, between: tuple[float, float] | None = None) -> Solution:
        """Find every value of an input at which an output is at a target.

        Parameters
        ----------
        output
            Name or address of what is to reach the target.
        target
            The target.
        name
            The input that is changed.
        between
            The interval; by default the workbook's range of the input, or what its distribution nearly always gives,
            else from 0 to four times its value.

        Returns
        -------
        The roots, and what is known of there being no others.

        Raises
        ------
        UnknownNameError
            If there is no such output or input.
        InputRefusedError
            If the interval is empty, or the cell takes nothing of it.
        """
        from dealmodel.simulation.whatif.solving import solve  # noqa: PLC0415

        return solve(self, output, target, name, between)

    def stress(
        self, output: str, inputs: Mapping[str, str] | None = None, seed: int = 0, *, worst_is_high: bool = False
    ) -> tuple[Stress, ...]:
        """Confine every uncertain input to its worst decile, one at a time and then all together.

        Parameters
        ----------
        output
            Name or address of what is looked at.
        inputs
            Inputs that are made uncertain: `{"price": "PERT(250,294,340)"}`.
        seed
            The same seed gives the same trials.
        worst_is_high
            Whether a high output is the bad one, as a shortfall's is.

        Returns
        -------
        Without stress, with each input in the order of their effect, with all.

        Raises
        ------
        UnknownNameError
            If there is no such output or input.
        InputRefusedError
            If nothing is uncertain.
        """
        from dealmodel.simulation.whatif.stress import stress  # noqa: PLC0415

        return stress(self, output, inputs, seed, worst_is_high=worst_is_high)
