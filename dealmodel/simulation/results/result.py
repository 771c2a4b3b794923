"""The result of a simulation, which can be written and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dealmodel.simulation.results.outcome import Outcome

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Simulation(Outcome):
    """The result of a simulation: what it gave, with charts of it."""

    def save(self, path: str | Path, command: str = "", *, separate: bool = False) -> Path:
        """Write the results with native charts.

        Parameters
        ----------
        path
            The file. Where the simulated workbook has a sheet for results, it becomes that workbook with them; else
            it holds the results alone.
        command
            How to repeat the run, which the file says.
        separate
            Whether it holds the results alone in any case, with a sheet of charts for every output.
        """
        from pathlib import Path  # noqa: PLC0415

        from dealmodel.simulation.results.book import write_results  # noqa: PLC0415  the workbook side of it

        return write_results(self, Path(path), command, separate=separate)

    def draw(self, folder: str | Path) -> list[Path]:
        """Write the charts of every output as PNG files; see `dealmodel.simulation.results.pictures`."""
        from pathlib import Path  # noqa: PLC0415

        from dealmodel.simulation.results.pictures import draw_pictures  # noqa: PLC0415  matplotlib is an extra

        return draw_pictures(self, Path(folder))
