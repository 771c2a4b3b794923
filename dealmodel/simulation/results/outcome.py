"""What a simulation gave, as frames and as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from dealmodel.plaindata import plain
from dealmodel.simulation.results.glance import glance

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from dealmodel.simulation.running.indices import Indices
    from dealmodel.simulation.statistics.outputs import Statistics
    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

    Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Influence:
    """What an input does to an output."""

    input: str
    correlation: float
    """Rank correlation."""
    contribution: float
    """Share of the variance, by the squared rank correlation."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Outcome:
    """What a simulation gave.

    Attributes
    ----------
    book
        The workbook.
    trials
        Trials done.
    sampler, seed
        How they were drawn.
    statistics
        The statistics of every output, by name.
    influences
        The influence of the inputs on every output, the strongest first.
    columns
        The names of the rows of `data`: inputs, then outputs.
    inputs
        The names of the uncertain numbers.
    data
        The trials that were kept, one row for each input and output.
    keeps_all
        Whether those are all.
    notes
        What else a reader must know.
    checked
        Trials that the engine computed again, with the same result.
    indices
        First- and total-order indices where they were asked for.
    interrupted
        Whether the run was stopped before its end.
    call
        The call that repeats the run.
    model
        The simulated workbook, for writing results into it.
    cells
        The cells of the outputs.
    """

    book: str
    trials: int
    sampler: str
    seed: int
    statistics: dict[str, Statistics]
    influences: dict[str, tuple[Influence, ...]]
    columns: tuple[str, ...]
    inputs: tuple[str, ...]
    data: Values
    keeps_all: bool
    notes: tuple[str, ...]
    checked: int
    indices: Indices | None = None
    interrupted: bool = False
    call: str = ""
    model: Model | None = None
    cells: Mapping[str, CellAt] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return how it was run, and the figures of every output that a reader looks at first."""
        head = f"{self.book}: {self.trials:,} trials, sampler {self.sampler}, seed {self.seed}"
        return "\n".join([head, *glance(self.statistics.values()), *(f"note: {note}" for note in self.notes)])

    def column(self, name: str) -> Values:
        """Return the kept trials of an input or output."""
        column: Values = self.data[self.columns.index(name)]
        return column

    def to_frame(self) -> pd.DataFrame:
        """Return the statistics as a pandas frame, one row an output."""
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame([s.row() for s in self.statistics.values()]).set_index("output")

    def percentiles(self) -> pd.DataFrame:
        """Return the percentiles with their sampling errors: a row for each share, two columns an output."""
        import pandas as pd  # noqa: PLC0415

        columns = {
            (name, what): values
            for name, s in self.statistics.items()
            for what, values in (("value", s.percentiles), ("error", s.percentile_errors))
        }
        frame = pd.DataFrame(columns)
        frame.index.name = "percentile"
        return frame

    def sensitivities(self) -> pd.DataFrame:
        """Return the influence of every input on every output, with first- and total-order indices if there are any."""
        import pandas as pd  # noqa: PLC0415

        rows = []
        for name, influences in self.influences.items():
            for influence in influences:
                row: dict[str, Any] = {
                    "output": name,
                    "input": influence.input,
                    "rank_correlation": influence.correlation,
                    "contribution": influence.contribution,
                }
                if self.indices is not None:
                    place = self.indices.inputs.index(influence.input)
                    row["first_order"] = float(self.indices.first[name][place])
                    row["total_order"] = float(self.indices.total[name][place])
                rows.append(row)
        return pd.DataFrame(rows).set_index(["output", "input"])

    def convergence(self, output: str) -> pd.DataFrame:
        """Return the mean of an output and its standard error as the run went on."""
        import pandas as pd  # noqa: PLC0415

        points = self.statistics[output].convergence
        return pd.DataFrame(points, columns=["trials", "mean", "error"]).set_index("trials")

    def to_trials(self) -> pd.DataFrame:
        """Return the trials that were kept as a pandas frame, one row a trial."""
        import pandas as pd  # noqa: PLC0415

        frame = pd.DataFrame(self.data.T, columns=list(self.columns))
        frame.index.name = "trial"
        return frame

    def as_json(self) -> dict[str, Any]:
        """Return everything but the trials, for programs; what is not a number is null."""
        found: dict[str, Any] = {
            "book": self.book,
            "trials": self.trials,
            "sampler": self.sampler,
            "seed": self.seed,
            "checked": self.checked,
            "outputs": [
                s.row()
                | {
                    "errors": s.errors,
                    "texts": s.texts,
                    "percentiles": {f"{p:g}": v for p, v in s.percentiles.items()},
                    "percentile_errors": {f"{p:g}": v for p, v in s.percentile_errors.items()},
                    "convergence": list(s.convergence),
                    "inputs": [
                        {"input": i.input, "rank_correlation": i.correlation, "contribution": i.contribution}
                        for i in self.influences[s.name]
                    ],
                }
                for s in self.statistics.values()
            ],
            "notes": list(self.notes),
        }
        if self.indices is not None:
            found["indices"] = {
                "rows": self.indices.rows,
                "outputs": {
                    name: {
                        i: {"first": float(first), "total": float(total)}
                        for i, first, total in zip(
                            self.indices.inputs, self.indices.first[name], self.indices.total[name], strict=True
                        )
                    }
                    for name in self.statistics
                },
            }
        return cast("dict[str, Any]", plain(found))
