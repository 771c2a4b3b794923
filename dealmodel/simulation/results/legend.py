"""What cells without a name are called on their sheet: by the text beside them, or above."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dealmodel.errors import UnknownNameError
from dealmodel.simulation.results.figures import unit_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dealmodel.workbook.address import CellAt
    from dealmodel.workbook.model import Model

_REST = re.compile(r"(#\d+)?( \(drawn\))?$")
"""What names of uncertain numbers have behind that of their cell."""
_FARTHEST = 30
"""Cells between a cell and its label, at most."""
_LONGEST = 40


def legend(model: Model, names: Iterable[str]) -> dict[str, str]:
    """Return the labels of those names that are addresses."""
    found = {}
    for name in dict.fromkeys(names):
        if "!" in name:
            label = _label(model, _REST.sub("", name))
            if label:
                found[name] = label
    return found


def legend_line(model: Model | None, names: Iterable[str]) -> str:
    """Return the labels in a line; empty where there are none."""
    labels = {} if model is None else legend(model, names)
    return "; ".join(f"{name}: {label}" for name, label in labels.items())


def unit_or_label(model: Model | None, name: str) -> str:
    """Return the unit of a name; of a cell without a name, what it is called on its sheet."""
    return "" if model is None else unit_of(model, name) or legend(model, [name]).get(name, "")


def _label(model: Model, address: str) -> str:
    try:
        at = model.vocabulary.find(address)
    except UnknownNameError:
        return ""
    left = (at._replace(column=column) for column in range(at.column - 1, max(0, at.column - _FARTHEST), -1))
    above = (at._replace(row=row) for row in range(at.row - 1, max(0, at.row - _FARTHEST), -1))
    beside, over = (next(filter(None, (_text(model, cell) for cell in cells)), "") for cells in (left, above))
    # In a table the row says which one, and the column what of it.
    parts = [beside, over] if beside and over and at.column > 2 else [beside or over]  # noqa: PLR2004
    return ", ".join(parts)


def _text(model: Model, at: CellAt) -> str:
    if at in model.formulas:
        return ""
    value = model.value_at(at)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
