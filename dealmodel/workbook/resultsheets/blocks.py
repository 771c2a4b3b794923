"""Where results stand on their sheets: blocks of cells, each a defined name of the sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dealmodel.workbook.address import Area, column_letters

if TYPE_CHECKING:
    from collections.abc import Mapping

SIMULATION, SENSITIVITY = "Simulation", "Sensitivity"
WIDTHS = (30, 18, *(12,) * 6, 19, *(12,) * 9)
"""Widths of the columns that are seen; what the charts show stands beyond them. One holds words in a table."""
COLUMNS = len(WIDTHS)
RUN_TOP = 5
RUN_LABELS = (
    "Output in the charts",
    "Scenario",
    "Trials",
    "Sampler",
    "Seed",
    "Checked against the engine",
    "Made by",
    "How to repeat it",
    "Notes",
)
SWING_LABELS = ("Output", "Its value", "Scenario", "Made by", "How to repeat it", "Notes")
TABLE_LABELS = ("Output", "Rows", "Columns", "Made by", "How to repeat it")
CHOSEN = 7
"""Outputs that a user may name on the sheet."""
BINS, POINTS, STEPS, DOTS, BARS = 40, 41, 40, 500, 10
"""Bars of the histogram, points of the cumulative curve and of the convergence, dots, bars of the tornado."""
HISTOGRAM_HEADS = ("Label", "From", "Trials", "5% below", "50% below", "95% below")
DEVIATION_HEADS = ("Input", "at its low value", "at its high value")
SWUNG = 12
"""Bars of the tornado of one-way swings."""
TITLES = 8
_DATA_TOP = 6


@dataclass(frozen=True, slots=True)
class Size:
    """How much the sheets hold; a sheet of what-if results without swings, or without rows, has no place for them."""

    outputs: int = 10
    inputs: int = 20
    bars: int = BARS
    swings: int = 30
    rows: int = 25
    columns: int = 15


@dataclass(frozen=True, slots=True)
class SimulationBlocks:
    """The blocks of the sheet Simulation.

    Attributes
    ----------
    size
        How much it holds.
    watched
        Cells whose values are kept to see whether the results are stale.
    """

    size: Size
    watched: int = 0

    @property
    def table_top(self) -> int:
        """The header row of the results."""
        return RUN_TOP + len(RUN_LABELS) + 2

    @property
    def charts_top(self) -> int:
        """The row of the heading above the charts."""
        return self.table_top + self.size.outputs + 2

    @property
    def inputs_top(self) -> int:
        """The header row of the uncertain inputs."""
        return self.charts_top + 2 * CHART_ROWS + 4

    @property
    def last_row(self) -> int:
        """The last row that is seen."""
        return self.inputs_top + self.size.inputs

    def areas(self) -> Mapping[str, Area]:
        """Return the block of every name."""
        blocks = {
            "run": _block(RUN_TOP, 2, len(RUN_LABELS), 1),
            "outputs": _block(RUN_TOP, 16, CHOSEN, 1),
            "statistics": _block(self.table_top + 1, 1, self.size.outputs, COLUMNS),
            "inputs": _block(self.inputs_top + 1, 1, self.size.inputs, 7),
            "titles": _block(_DATA_TOP, 20, TITLES, 1),
            "histogram": _block(_DATA_TOP, 22, BINS + 1, 6),
            "cumulative": _block(_DATA_TOP + 1, 29, POINTS, 2),
            "convergence": _block(_DATA_TOP + 1, 32, STEPS, 4),
            "tornado": _block(_DATA_TOP + 1, 37, self.size.bars, 2),
            "scatter": _block(_DATA_TOP + 1, 40, DOTS, 2),
            "inputs_hash": _block(_DATA_TOP, 43, 1, 1),
        }
        if self.watched:
            blocks["inputs_then"] = _block(_DATA_TOP + 1, 43, self.watched, 1)
        return blocks


CHART_ROWS = 20
"""Rows that a chart covers."""


@dataclass(frozen=True, slots=True)
class SensitivityBlocks:
    """The blocks of the sheet Sensitivity."""

    size: Size
    watched: int = 0

    @property
    def has_swings(self) -> bool:
        """Whether there is a place for inputs that move alone."""
        return self.size.swings > 0

    @property
    def has_table(self) -> bool:
        """Whether there is a place for two inputs that move together."""
        return self.size.rows > 0

    @property
    def swings_top(self) -> int:
        """The header row of the swings."""
        return RUN_TOP + len(SWING_LABELS) + 2

    @property
    def table_top(self) -> int:
        """The first row of what is said of the table."""
        return self.swings_last + 3 if self.has_swings else RUN_TOP

    @property
    def swings_last(self) -> int:
        """The last row beside the chart of the swings, and of the swings."""
        return self.swings_top + max(self.size.swings, CHART_ROWS + 2)

    @property
    def grid_top(self) -> int:
        """The first row of the table itself."""
        return self.table_top + len(TABLE_LABELS) + 1

    @property
    def last_row(self) -> int:
        """The last row that is seen."""
        return self.grid_top + self.size.rows if self.has_table else self.swings_last

    def areas(self) -> Mapping[str, Area]:
        """Return the block of every name."""
        blocks = {}
        if self.has_swings:
            blocks = {
                "swing_run": _block(RUN_TOP, 2, len(SWING_LABELS), 1),
                "swings": _block(self.swings_top + 1, 1, self.size.swings, 9),
                "titles": _block(_DATA_TOP, 20, 2, 1),
                "deviations": _block(_DATA_TOP, 22, SWUNG + 1, 3),
                "inputs_hash": _block(_DATA_TOP, 26, 1, 1),
            }
        if self.has_table:
            blocks |= {
                "table_run": _block(self.table_top, 2, len(TABLE_LABELS), 1),
                "grid": _block(self.grid_top, 1, self.size.rows + 1, self.size.columns + 1),
                "table_inputs_hash": _block(_DATA_TOP, 28, 1, 1),
            }
        if self.watched:
            blocks["inputs_then"] = _block(_DATA_TOP + 1, 26, self.watched, 1)
            blocks["table_inputs_then"] = _block(_DATA_TOP + 1, 28, self.watched, 1)
        return blocks


def _block(top: int, left: int, height: int, width: int) -> Area:
    return Area(top, left, top + height - 1, left + width - 1)


def absolute(area: Area) -> str:
    """Return an area as `$A$1:$B$2`."""
    ends = []
    for row, column in ((area.top, area.left), (area.bottom, area.right)):
        ends.append(f"${column_letters(column)}${row}")
    return ":".join(dict.fromkeys(ends))
