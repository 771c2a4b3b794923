"""Two-way tables: an output for all pairs of values of two inputs at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dealmodel.errors import InputRefusedError
from dealmodel.simulation.program import compile_program
from dealmodel.simulation.whatif.levers import Lever, output_cell
from dealmodel.workbook.entries import parse_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from dealmodel.workbook.model import Model

MOST_CELLS = 1_000_000
"""Cells of a table; all of them are computed at once."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The values that an input takes in a table."""

    name: str
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Table:
    """An output over one or two inputs.

    Attributes
    ----------
    output
        The output.
    rows, columns
        The inputs; without `columns` there is one column.
    values
        The output, NaN where it is an error.
    """

    output: str
    rows: Axis
    columns: Axis | None
    values: NDArray[np.float64]

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a pandas frame with the values of the inputs as its index and its columns."""
        import pandas as pd  # noqa: PLC0415  300 ms that only frames need

        index = pd.Index(self.rows.values, name=self.rows.name)
        columns = (
            pd.Index([self.output]) if self.columns is None else pd.Index(self.columns.values, name=self.columns.name)
        )
        return pd.DataFrame(self.values, index=index, columns=columns)


def parse_axis(text: str, *, date1904: bool = False) -> Axis:
    """Read `price=250:340:10`: a name, the first and the last value, how many values.

    Parameters
    ----------
    text
        The text; values may be percentages, or dates such as 2018-06-30.
    date1904
        Whether the workbook counts days from 1904.

    Raises
    ------
    InputRefusedError
        If it is something else, or has fewer than two values.

    Examples
    --------
    >>> parse_axis("price=250:340:4").values
    array([250., 280., 310., 340.])
    >>> parse_axis("tax=10%:30%:3").values.tolist(), parse_axis("day=2018-06-30:2018-07-02:3").values.tolist()
    ([0.1, 0.2, 0.3], [43281.0, 43282.0, 43283.0])
    """
    name, _, rest = text.rpartition("=")
    parts = rest.split(":")
    try:
        low, high = (parse_number(part, name.strip(), date1904=date1904) for part in parts[:2])
        count = int(parts[2])
    except (ValueError, IndexError, InputRefusedError):
        low = high = count = 0
    if not name.strip() or len(parts) != 3 or not math.isfinite(high - low):  # noqa: PLR2004
        raise InputRefusedError(f"{text} is not NAME=LOW:HIGH:COUNT, such as price=250:340:10")
    if count < 2 or low == high:  # noqa: PLR2004  a first and a last one
        raise InputRefusedError(f"{text} is not NAME=LOW:HIGH:COUNT with two values or more that differ")
    if count > MOST_CELLS:
        raise InputRefusedError(f"a table has at most {MOST_CELLS:,} cells; got {count:,} values of {name.strip()}")
    return Axis(name.strip(), np.linspace(low, high, count))


def axes(values: Mapping[str, Sequence[float] | NDArray[np.float64]]) -> list[Axis]:
    """Return the axes of a table from the values of one or two inputs.

    Raises
    ------
    InputRefusedError
        If there are none or more than two, or the values are not a row of numbers.
    """
    if len(values) not in (1, 2):
        raise InputRefusedError(f"a table has one or two inputs; got {', '.join(values) or 'none'}")
    found = []
    for name, given in values.items():
        try:
            numbers = np.array(given, dtype=np.float64)
        except (TypeError, ValueError):
            numbers = np.empty(0)
        if numbers.ndim != 1 or not numbers.size or not np.isfinite(numbers).all():
            raise InputRefusedError(f"{name} needs numbers, such as [250, 294, 340]; got {given!r:.60}")
        found.append(Axis(name, numbers))
    return found


def grid(model: Model, output: str, rows: Axis, columns: Axis | None = None) -> Table:
    """Evaluate an output for all pairs of values of two inputs at once.

    Parameters
    ----------
    model
        The workbook.
    output
        Name or address of what is looked at.
    rows, columns
        The inputs and their values.

    Raises
    ------
    InputRefusedError
        If both are the same cell, a cell does not take its values, or the table has more than a million cells.
    """
    at = output_cell(model, output)
    axes = [rows] if columns is None else [rows, columns]
    levers = [Lever(model, axis.name) for axis in axes]
    cells = [lever.at for lever in levers]
    if len(set(cells)) < len(cells):
        raise InputRefusedError(f"a table needs two different inputs; got {rows.name} twice")
    size = math.prod(len(axis.values) for axis in axes)
    if size > MOST_CELLS:
        raise InputRefusedError(f"a table has at most {MOST_CELLS:,} cells; got {size:,}")
    axes = [_by_days(axis) if lever.is_dated else axis for lever, axis in zip(levers, axes, strict=True)]
    for lever, axis in zip(levers, axes, strict=True):
        lever.check(axis.values)
    spread = np.meshgrid(*(axis.values for axis in axes), indexing="ij")
    values = {cell: mesh.ravel() for cell, mesh in zip(cells, spread, strict=True)}
    program = compile_program(model, (), cells, [at])
    out = program.run({}, values)[at]
    program.check({}, values)
    across = axes[1] if columns is not None else None
    return Table(output, axes[0], across, out.reshape(len(rows.values), -1))


def _by_days(axis: Axis) -> Axis:
    """Return an axis of dates that is from day to day between whole ones."""
    ends = axis.values[[0, -1]]
    return replace(axis, values=np.round(axis.values)) if (ends == np.round(ends)).all() else axis
