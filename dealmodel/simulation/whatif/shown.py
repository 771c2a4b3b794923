"""How the numbers of inputs and outputs are shown: those of cells that show dates, as dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dealmodel.dates import day_and_time
from dealmodel.simulation.results.sixdigits import shown_or_error
from dealmodel.workbook.numberformats import GENERAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

_FIRST = 61.0
"""The first day on whose number all spreadsheets agree; below are times, and lengths of time."""


def is_dated(model: Model, at: CellAt) -> bool:
    """Whether a cell shows a date."""
    value = model.value_at(at)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < _FIRST:
        return False
    code = model.book.number_formats.of(at)
    if code == GENERAL:
        return False
    from dealmodel.hosts.supplements.formats import is_date  # noqa: PLC0415  20 ms that a plain number does not need

    return is_date(code)


def shower(model: Model, at: CellAt, otherwise: Callable[[float], str] = shown_or_error) -> Callable[[float], str]:
    """Return how the numbers of a cell are shown: as dates, or otherwise."""
    if not is_dated(model, at):
        return otherwise
    date1904 = model.book.settings.date1904
    return lambda value: day_and_time(value, date1904=date1904) if value == value else otherwise(value)  # noqa: PLR0124
