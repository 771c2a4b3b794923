"""Values as a person reads them: as their cells show them, and where a cell says nothing, by their unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeGuard

from dealmodel.cells import CellError, Scalar
from dealmodel.dates import DAYS_TO_1904
from dealmodel.hosts.supplements.refusals import CellErrorRaised
from dealmodel.workbook.numberformats import GENERAL

if TYPE_CHECKING:
    from types import ModuleType

    from dealmodel.workbook.model import Model
    from dealmodel.workbook.vocabulary import Named

_WIDEST = 1e21
"""Number from which on a format with all its digits would fill the line."""


class Display:
    """How the named cells of a workbook are shown.

    Parameters
    ----------
    model
        The workbook.
    """

    def __init__(self, model: Model) -> None:
        self._formats = model.book.number_formats
        self._days = DAYS_TO_1904 if model.book.settings.date1904 else 0

    def value(self, named: Named, value: Scalar) -> str:
        """Return a value as the cell of a name shows it."""
        return self._shown(value, self._formats.of(named.at), named.unit)

    def change(self, named: Named, before: Scalar, after: Scalar) -> str:
        """Return how the value of a name has changed; nothing where it has not."""
        code = self._formats.of(named.at)
        if not (_is_number(before) and _is_number(after)):
            same = before is after or before == after
            return "" if same else f"was {self._shown(before, code, named.unit) or 'empty'}"
        if math.isclose(before, after, rel_tol=1e-12, abs_tol=0.0):
            return ""
        difference = after - before
        is_days = code != GENERAL and _formats().is_date(code)
        size = f"{abs(difference):,.10g} days" if is_days else self._shown(abs(difference), code, named.unit)
        if not any(digit in size for digit in "123456789"):
            size = f"{abs(difference):.3g}"
        return ("+" if difference > 0 else "-") + size

    def _shown(self, value: Scalar, code: str, unit: str) -> str:
        if value is None or code == GENERAL or isinstance(value, (bool, CellError)):
            return shown(value, unit)
        if _is_number(value) and abs(value) >= _WIDEST:
            return shown(value)
        formats = _formats()
        moved = value + self._days if self._days and _is_number(value) and formats.is_date(code) else value
        try:
            return str(formats.formatted(moved, code)).strip()
        except CellErrorRaised:
            # A moment before the calendar begins, which a cell fills with #.
            return shown(value, unit)


def shown(value: Scalar, unit: str = "") -> str:
    """Return a value by its unit alone.

    Examples
    --------
    >>> shown(0.5125, "fraction"), shown(3125.0, "USD m"), shown(True), shown(1e-7)
    ('51.25%', '3,125.00', 'TRUE', '1e-07')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (str, CellError)):
        return str(value)
    if unit.startswith("fraction"):
        return f"{value:.2%}"
    if value and not 1e-2 <= abs(value) < 1e15:  # noqa: PLR2004  two decimals would hide it
        return f"{value:.6g}"
    return f"{value:,.2f}"


def _formats() -> ModuleType:
    from dealmodel.hosts.supplements import formats  # noqa: PLC0415  20 ms that a plain number does not need

    return formats


def _is_number(value: Scalar) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
